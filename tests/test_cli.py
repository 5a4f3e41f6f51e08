"""The command as a person and as a scheduled run meet it."""

from __future__ import annotations

import errno
import resource
import shutil

import pytest

from conftest import edit, few_chapters, klimatlib, seal
from klimatlib.errors import in_words, shortage
from klimatlib.execution.publishing import locked


def test_check_tells_what_was_read(tiny):
    done = klimatlib("check", "tiny", cwd=few_chapters(tiny))
    assert (done.returncode, done.stderr) == (0, "")
    assert "emissions           54 rows, 1990-2020" in done.stdout
    assert done.stdout.endswith("tiny: nothing wrong found, 1 warning\n")


SIDES = "give one report or two, or one report and --vintage A B"
PERCENTS = "infer-n 79 55 93 62 38 90 83 57 64 81 --at-most 51"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ("report 2099", 2, "params/2099.yml: no such parameter file; there is tiny.yml"),
        ("report", 2, "Missing argument 'NAME'"),
        ("raport tiny", 2, "No such command 'raport'"),
        ("report tiny --renderer word", 2, "'word' is not one of"),
        ("report tiny --log-format json", 2, "--log-format goes with --scheduled"),
        ("diff", 2, SIDES),
        ("diff tiny", 2, "outputs/tiny/claims.csv: nothing is published or committed; make it with"),
        ("diff a b --vintage x y", 2, SIDES),
        ("-C .. check 2023", 2, "go to the project's folder"),
        (PERCENTS, 0, "42\n"),
        ("infer-n 79%% 55%% --at-most 100000", 2, "'79%%' is no percentage"),
        ("infer-n 79% 55% --at-most 100000", 0, "numbers of respondents fit"),
        ("infer-n 33,3 66.7 --at-most 5", 0, "3 is the only number of respondents up to 5"),
        ("infer-n 50 33 --at-most 5", 1, "no n up to 5 gives all of them"),
        ("infer-n 33, --at-most 5", 2, "'33,' is no percentage; expected 0 to 100, such as 79 or 33,3"),
        ("infer-n 101 --at-most 5", 2, "'101' is no percentage"),
    ],
)
def test_each_call_ends_with_its_exit_code_and_one_clear_message(tiny, words, code, said):
    done = klimatlib(*words.split(), cwd=tiny)
    assert done.returncode == code
    assert said in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_diff_lists_what_moved_and_the_sentence_that_no_longer_holds(tiny, tiny_report):
    start = '"emissions-members-level","2023","5.{0}","t CO2e per capita","5,{0}'
    for name, tenth in (("2022", 2), ("2023", 3)):
        folder = tiny / "outputs" / name
        folder.mkdir(parents=True)
        for file in ("report.qmd", "claims.csv"):
            shutil.copy(tiny_report / "outputs" / "tiny" / file, folder)
        edit(folder / "claims.csv", start.format(2), start.format(tenth))
        seal(folder)
    shutil.copy(tiny / "params" / "tiny.yml", tiny / "params" / "2023.yml")
    done = klimatlib("diff", "2022", "2023", cwd=tiny)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.replace("\u00a0", " ").splitlines()
    assert lines[0] == "moved     emissions-members-level: 5,2 ton -> 5,3 ton"
    assert "no longer holds: 5,2 ton per invånare. (emissions-members-level is 5,3 ton)" in lines


def test_diff_sets_two_releases_beside_each_other(tiny):
    folder = tiny / "data" / "statistics"
    older = shutil.copy(folder / "emissions_tiny.csv", folder / "emissions_older.csv")
    for sector, before, after in (("Alla", 240, 246), ("Transporter", 30, 36)):
        edit(older, f"1281,2020,{sector},{before}", f"1281,2020,{sector},{after}")
    done = klimatlib("diff", "tiny", "--vintage", "older", "tiny", cwd=tiny)
    missing = "outputs/tiny/claims.csv: missing; get it from git, or make it with: klimatlib report tiny"
    assert done.stderr.startswith(missing)
    assert done.stdout.splitlines()[0] == "data year 2020, releases older and tiny"


@pytest.mark.parametrize(
    "words", ["diff tiny --vintage tiny later", "report tiny --vintage later", "check tiny"]
)
def test_a_release_with_later_years_alone_is_told(tiny, words):
    folder = tiny / "data" / "statistics"
    table = (folder / "emissions_tiny.csv").read_text(encoding="utf-8")
    later = table.replace(",1990,", ",2030,").replace(",2020,", ",2040,")
    (folder / "emissions_later.csv").write_text(later, encoding="utf-8")
    edit(tiny / "params" / "tiny.yml", "definition:", "revisions: [later]\ndefinition:")
    done = klimatlib(*words.split(), cwd=tiny)
    assert done.returncode == 2
    assert "data/statistics: no year up to 2020 has the nation" in done.stderr
    assert "emissions_later.csv" in done.stderr


def test_where_few_files_may_be_open_that_is_told_and_not_memory(monkeypatch):
    full = OSError(errno.EMFILE, "Too many open files", "x.csv")
    monkeypatch.setattr("resource.getrlimit", lambda which: (40, 40))
    few = "only 40 files may be open at once; raise it with: ulimit -n 1024"
    assert (in_words(full), shortage()) == (f"x.csv: Too many open files; {few}", few)
    monkeypatch.setattr("resource.getrlimit", lambda which: (1024, 4096))
    assert shortage() == "was memory short?"


def test_a_lock_that_a_full_disk_does_not_take_is_named_with_the_room_there(tmp_path):
    before, lock = resource.getrlimit(resource.RLIMIT_FSIZE), tmp_path / "outputs" / ".lock-tiny"
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        with pytest.raises(OSError) as told, locked(lock):
            pass
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert in_words(told.value).startswith(f"{lock}: File too large; ")
    assert f"MB are free in {lock.parent};" in in_words(told.value)
