"""The archive of a year: the same bytes, no answer in the clear, and what opening it refuses."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from conftest import ROOT, edit, klimatlib
from klimatlib.errors import InputError, IntegrityError, UsageError
from klimatlib.execution.publishing import digests, files_below
from klimatlib.run import archive

KEYS = ("a.key", "b.key")
ANSWERS = (
    *(f"data/demo/answers_{year}{kind}.csv" for year in (2021, 2022, 2023) for kind in ("", "_regions")),
    "data/demo/answers_applicant.csv",  # of which the report tells its source alone
    "data/demo/evidence.csv",  # what was looked up of them
)
RAW = "data/demo/Enkätsvar #1.txt"  # an export under a name of its own, which the report does not rest on
TURNED = "data/demo/exporter/svar.csv"  # one row a question


def commit(root: Path) -> None:
    """Make a commit of a project, with the library that made its report."""
    if not (root / "src").exists():
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "src" / "klimatlib", root / "src" / "klimatlib", ignore=ignored)
        (root / ".gitignore").write_text("outputs/\n/export.csv\n", encoding="utf-8")
    author = ["-c", "user.name=Test", "-c", "user.email=test@example.org"]
    for words in (["init", "-q"], ["add", "-A"], [*author, "commit", "-q", "-m", "Year", "--no-verify"]):
        subprocess.run(["git", "-C", str(root), *words], check=True, capture_output=True)


@pytest.fixture(scope="module")
def kept(demo_report: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the example year's project, its archive for two keys, and these; look, do not touch."""
    home = tmp_path_factory.mktemp("arkiv")
    root = home / "projekt"
    shutil.copytree(demo_report.parents[1], root, ignore=shutil.ignore_patterns(".kept"))
    shutil.copy(root / ANSWERS[4], root / RAW)
    (root / TURNED).parent.mkdir()
    rows = csv.reader((root / ANSWERS[4]).read_text(encoding="utf-8").splitlines(), delimiter=";")
    with (root / TURNED).open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(zip(*rows, strict=True))
    shutil.copy(root / RAW, root / "elsewhere.dat")
    commit(root)
    recipients = [archive.new_key(home / name) for name in KEYS]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(home / "none"))  # hundreds of MB of wheels else
        archive.archive(root, "demo", to=home / "demo.zip", recipients=recipients)
    return home


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def contents(file: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(file) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def test_an_archive_holds_the_year_and_no_answer_in_the_clear_and_is_the_same_bytes_again(
    kept, here, monkeypatch
):
    held, root = contents(kept / "demo.zip"), kept / "projekt"
    for path in [*files_below(root / "outputs" / "demo"), "report.pdf", "manifest.json"]:
        assert held[f"project/outputs/demo/{path}"] == (root / "outputs" / "demo" / path).read_bytes()
    for path in ("data/demo/facts.yml", "data/statistics/emissions_2025.csv", "requirements.lock"):
        assert held[f"project/{path}"] == (root / path).read_bytes()
    assert any(name.endswith("/Figtree-Regular.ttf") for name in held)
    everything = b"".join(held.values())
    for path in (*ANSWERS, RAW, TURNED, "elsewhere.dat"):
        lines = [line for line in (root / path).read_bytes().splitlines()[1:] if len(line) > 60]
        assert lines
        assert [line for line in lines if line in everything] == []
        assert f"project/{path}" not in held
    record = json.loads(held["archive.json"])
    assert (record["report"], record["answers"]) == ("demo", sorted([*ANSWERS, RAW, TURNED]))
    assert record["left_out"] == ["elsewhere.dat"]
    monkeypatch.setenv("XDG_CACHE_HOME", str(here))
    archive.archive(root, "demo", to=here / "again.zip", recipients=record["recipients"])
    again = contents(here / "again.zip")
    differ = {name for name in held if held[name] != again[name]}
    assert differ == {
        "archive.json",
        *(f"answers/{path}.age" for path in record["answers"]),
    }  # age's bytes are new
    assert {*record["files"]} == {*held} - {"archive.json"}


@pytest.mark.parametrize("key", KEYS)
def test_either_key_alone_opens_the_answers_for_their_owner_alone(kept, here, key):
    lines = [*archive.open_archive(kept / "demo.zip", keys=[kept / key])]
    assert "decrypted, for you alone to read" in "\n".join(lines)
    for path in (*ANSWERS, RAW, TURNED):
        opened = here / "demo" / "project" / path
        assert opened.read_bytes() == (kept / "projekt" / path).read_bytes()
        assert opened.stat().st_mode & 0o777 == 0o600
    assert digests(here / "demo" / "project" / "outputs" / "demo") == digests(
        kept / "projekt" / "outputs" / "demo"
    )


def test_without_a_key_all_else_is_read_and_the_file_is_a_program_that_needs_nothing_but_python(kept, here):
    program = [sys.executable, "-I", "-S", str(kept / "demo.zip")]
    done = subprocess.run(program, cwd=here, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "encrypted; give --key KEYFILE" in done.stdout
    assert (here / "demo" / "project" / "outputs" / "demo" / "report.pdf").is_file()
    assert "Gör om rapporten" in (here / "demo" / "README.md").read_text(encoding="utf-8")
    again = subprocess.run(program, cwd=here, capture_output=True, text=True, check=False)
    assert (again.returncode, again.stderr) == (1, "demo: is there already; give another folder with --to\n")


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"keys": ["c.key"]}, "c.key: opens no answers; give the secret key of age1"),
        ({"keys": ["README.md"]}, "no secret key of age"),
        ({"rebuild": True}, "what the archive lacks is needed: wheel "),
        ({"rebuild": True, "python": "PyPy 2.7"}, "is needed, here is PyPy 2.7"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line_and_nothing_is_half_done(
    kept, here, monkeypatch, options, fault
):
    archive.new_key(here / "c.key")
    (here / "README.md").write_text("nothing\n", encoding="utf-8")
    if python := options.pop("python", ""):
        monkeypatch.setattr(archive, "_here", lambda: {"python": python, "system": "x", "processor": "y"})
    how = {"keys": [here / name for name in options.pop("keys", [])], **options}
    with pytest.raises((UsageError, InputError)) as caught:
        list(archive.open_archive(kept / "demo.zip", **how))
    assert fault in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2
    assert (here / "demo").exists() == ("rebuild" in how)  # which reads and verifies all the same
    assert list(here.glob(".*")) == []


def test_a_flipped_byte_anywhere_is_found_and_named_by_its_file(kept, here):
    data, size = (kept / "demo.zip").read_bytes(), (kept / "demo.zip").stat().st_size
    with zipfile.ZipFile(kept / "demo.zip") as packed:
        entries, directory = packed.infolist(), packed.start_dir
    chosen = [entries[n * len(entries) // 12] for n in range(12)]
    inside = {
        each.header_offset + 30 + len(each.filename.encode()): each.filename
        for each in chosen
        if each.file_size
    }
    heads = {each.header_offset + n: "" for each in chosen[:3] for n in (0, 4, 10, 14, 28, 30)}
    last = {directory + n: "" for n in (0, 4, 10, 24, 38, 46)} | {size - n: "" for n in range(1, 87, 5)}
    for place, name in {**inside, **heads, **last}.items():
        harmed = bytearray(data)
        harmed[place] ^= 1
        (here / "x.zip").write_bytes(harmed)
        with pytest.raises(IntegrityError, match="another copy") as caught:
            list(archive.open_archive(here / "x.zip"))
        assert name in str(caught.value), (place, name)
    assert not (here / "x").exists()


def packed_as(path: Path, entries: dict[str, bytes], *, like: Path, how=None) -> None:
    """Write a zip with the record that fits its entries, whatever they are."""
    import hashlib

    record = json.loads(contents(like)["archive.json"])
    record["files"] = {name: hashlib.sha256(data).hexdigest() for name, data in entries.items()}
    with zipfile.ZipFile(path, "w") as target:
        for name, data in {**entries, "archive.json": json.dumps(record).encode()}.items():
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.external_attr = 0o100644 << 16
            if how and name in entries:
                how(info)
            target.writestr(info, data)


HOSTILE = {
    "a path upwards": ({"../out.txt": b"x"}, None, "leads elsewhere"),
    "a path within": ({"a/../../out.txt": b"x"}, None, "leads elsewhere"),
    "an absolute path": ({"/tmp/out.txt": b"x"}, None, "leads elsewhere"),
    "a drive": ({"C:out.txt": b"x"}, None, "leads elsewhere"),
    "a backslash": ({"..\\out.txt": b"x"}, None, "leads elsewhere"),
    "a turned name": ({"a\u202etxt.exe": b"x"}, None, "leads elsewhere"),
    "a link": ({"a": b"/etc"}, lambda i: setattr(i, "external_attr", 0o120777 << 16), "is no plain file"),
    "a bomb": ({"a": bytes(9_000_000)}, lambda i: setattr(i, "compress_type", 8), "is compressed"),
    "one name twice": ({"a/B.txt": b"x", "A/b.txt": b"y"}, None, "is there twice"),
    "another seal": ({"a": b"x"}, None, "what stands between its files"),
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_archive_is_refused_before_anything_is_written(kept, here, case):
    entries, how, fault = HOSTILE[case]
    packed_as(here / "x.zip", entries, like=kept / "demo.zip", how=how)
    with pytest.raises(IntegrityError, match=fault):
        list(archive.open_archive(here / "x.zip"))
    assert [path.name for path in here.iterdir()] == ["x.zip"]


@pytest.mark.parametrize(
    ("harm", "fault"),
    [
        (lambda data: data[: len(data) // 2], "no archive, cut short or damaged"),
        (lambda data: b"", "no archive, cut short or damaged"),
        (lambda data: b"x" + data, "what stands between its files"),
        (lambda data: data.replace(b'"report": "demo"', b'"report": "--no"'), "damaged"),
    ],
)
def test_what_is_no_whole_archive_is_refused(kept, here, harm, fault):
    (here / "x.zip").write_bytes(harm((kept / "demo.zip").read_bytes()))
    with pytest.raises(IntegrityError, match=fault):
        list(archive.open_archive(here / "x.zip"))


@pytest.mark.parametrize(
    ("change", "recipients", "fault"),
    [
        (None, 1, "can be read by the holders of 2 keys at least, got 1"),
        (None, "twice", "got 1"),
        (None, "bad", "expected a public key as age1"),
        (("data/demo/facts.yml", "activities:", "activities: "), 2, "from which it was made, changed"),
        (("outputs/demo/claims.csv", "2", "3"), 2, "outputs/demo/claims.csv changed"),
    ],
)
def test_a_year_that_is_not_as_published_or_has_too_few_keys_is_not_archived(
    kept, here, change, recipients, fault
):
    root, key = kept / "projekt", archive.new_key(here / "a.key")
    given = {1: [key], "twice": [key, key], "bad": ["age1x"], 2: [key, archive.new_key(here / "b.key")]}[
        recipients
    ]
    before = (root / change[0]).read_bytes() if change else b""
    try:
        if change:
            edit(root / change[0], *change[1:])
        with pytest.raises((UsageError, IntegrityError), match=fault):
            archive.archive(root, "demo", to=here / "x.zip", recipients=given)
    finally:
        if change:
            (root / change[0]).write_bytes(before)
    assert not (here / "x.zip").exists()


def test_a_year_of_counts_says_that_there_are_no_answers_and_needs_a_commit(made, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    done = klimatlib("archive", "tiny", cwd=made)
    assert (done.returncode, "no commit" in done.stderr) == (2, True)
    commit(made)
    done = klimatlib("archive", "tiny", cwd=made)
    assert (done.returncode, done.stderr) == (0, "")
    assert "members' answers: none are at hand" in done.stdout
    done = klimatlib("archive", "--open", "outputs/tiny-archive.zip", "--to", "opened", cwd=made)
    assert (done.returncode, done.stderr) == (0, "")
    assert "members' answers: none are at hand" in done.stdout
    edit(made / "src" / "klimatlib" / "errors.py", "import os", "import os ")
    commit(made)
    with pytest.raises(IntegrityError, match="src/klimatlib is not what made the report"):
        archive.archive(made, "tiny", to=tmp_path / "x.zip")


def test_wheels_are_those_of_the_lock_and_of_this_python_and_what_is_missing_is_named(tmp_path):
    lock = ""
    for name in (
        "good-1.0-py3-none-any.whl",
        "other_python-1.0-cp27-cp27m-win32.whl",
        "not_in_it-1.0-py3-none-any.whl",
    ):
        (tmp_path / name).write_bytes(name.encode())
        package = name.split("-")[0].replace("_", "-")
        sha = archive.digest(tmp_path / name)
        lock += f"{package}==1.0 \\\n    --hash=sha256:{sha}\n" * (package != "not-in-it")
    lock += f"on-windows==2.0 ; sys_platform == 'win32' \\\n    --hash=sha256:{'0' * 64}\n"
    wheels, lacking = archive._wheels(lock, tmp_path)
    assert [path.name for path in wheels] == ["good-1.0-py3-none-any.whl"]
    assert lacking == ["other-python==1.0"]


def test_raw_files_that_tables_were_read_from_are_in_it_and_those_that_are_gone_are_named(tmp_path):
    data = b"raw"
    sha = archive.hashlib.sha256(data).hexdigest()
    raw = f"{sha[:2]}/{sha}.xlsx"
    for name, file in (("here", raw), ("gone", f"00/{'0' * 64}.csv"), ("out", "../../params/x.yml")):
        (tmp_path / f"{name}.provenance.json").write_text(json.dumps({"file": file, "sha256": sha}))
    (tmp_path / "data" / "raw" / sha[:2]).mkdir(parents=True)
    (tmp_path / "data" / "raw" / raw).write_bytes(data)
    files = [path.name for path in tmp_path.glob("*.json")]
    gone = ["raw file of gone", "raw file of out"]
    assert archive._raw_files(tmp_path, files) == ([f"data/raw/{raw}"], gone)
