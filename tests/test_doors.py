"""Where things come in and go out: unseen characters, formulas, paths, and who may read what is kept."""

from __future__ import annotations

import os
import stat

import pytest

from klimatlib import files as spreadsheet
from klimatlib.config import load_project, load_yaml
from klimatlib.errors import InputError, RenderError
from klimatlib.execution import publishing as publish
from klimatlib.files import own_folder, write_whole
from klimatlib.report.html import policy, sealed
from klimatlib.sources.tables import MEMBERS, read_table

HEAD = "code,name,kind,joined,left,status,certainty,source\n"


def member(name: str) -> bytes:
    return f'{HEAD}1281,"{name}",municipality,2003,,member,confirmed,x\n'.encode()


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Lu\u202end", r"line 2, character \d+: U\+202E"),
        ("Lu\rnd", r"row 2, column name: U\+000A \(line break\)"),
        ("Lu\nnd", r"row 2, column name: U\+000A \(line break\)"),
        ("=1+1", "begins with =, which a spreadsheet takes for a formula"),
        ("@SUM(A1)", "begins with @"),
    ],
)
def test_a_name_that_nobody_has_is_refused_with_its_place(name: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        read_table(member(name), MEMBERS, file="members.csv")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b'a: "x\\u202e"', "line 1, column 4: U"),
        (b"a: x\x00", r"U\+0000 \(NUL\) cannot be seen"),
        (b"a: " + b"[" * 3000, "nested more than 30 levels deep"),
        (b"? [a]\n: b", "expected a word as key"),
    ],
)
def test_yaml_that_no_person_wrote_is_refused_in_words(text: bytes, told: str) -> None:
    with pytest.raises(InputError, match=told):
        load_yaml(text, "facts.yml")


@pytest.mark.parametrize(
    "name", ["../x.yml", "/etc/hostname", "data/tiny/facts.yml", "params/../params/ x.yml"]
)
def test_a_parameter_file_stands_in_params(tiny, name: str) -> None:
    with pytest.raises(InputError, match=r"expected the name of a file in params/|letters, digits"):
        load_project(name)


def test_what_a_spreadsheet_would_run_is_guarded_and_read_again() -> None:
    texts = [
        "=cmd|' /C calc'!A0",
        "@x",
        "+1+1",
        "'=1",
        "'x'",
        "\t=1",
        "-5,2",
        "+0,3 ton per invånare",
        "Lund",
    ]
    guarded = [spreadsheet.guarded(text) for text in texts]
    assert guarded[6:] == texts[6:]
    assert all(cell.startswith("'") for cell in guarded[:4])
    assert [spreadsheet.unguarded(cell) for cell in guarded] == texts


def test_a_page_may_speak_of_what_loads_and_may_not_load() -> None:
    head = f'<meta http-equiv="Content-Security-Policy" content="{policy(scripts=["x()"])}">'
    told = (
        '<meta name="author" content="&lt;img src=x onerror=y&gt; url(x)"><p title="a onclick=b">url(y)</p>'
    )
    page = "<html><head>{}</head><body>{}<script>x()</script></body></html>"
    assert sealed(page.format(head, told), script="x()")
    for bad in (
        "<img src=x>",
        "<p onclick='y()'>",
        "<iframe></iframe>",
        "<style>p{background:url(x)}</style>",
    ):
        with pytest.raises(RenderError, match="which loads or runs"):
            sealed(page.format(head, bad), script="x()")


def test_what_is_kept_is_its_owners_whatever_the_umask(tmp_path) -> None:
    before = os.umask(0)
    try:
        write_whole(tmp_path / "answers.csv", "x", private=True)
        kept = own_folder(tmp_path / "kept")
        with publish.staging(tmp_path / ".staging", tmp_path / "published") as stage:
            working = stat.S_IMODE(stage.stat().st_mode)
            (stage / "report.html").write_text("x")
            publish.swap_in(stage, tmp_path / "published")
    finally:
        os.umask(before)
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "answers.csv", kept)]
    assert [*modes, working] == [0o600, 0o700, 0o700]
    assert stat.S_IMODE((tmp_path / "published").stat().st_mode) == 0o777
