"""A run that nobody watches, started as a service does: no environment, no home, other folder and umask."""

from __future__ import annotations

import configparser
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import pytest

import raw_files as raw
from campaign.processes import wait_for
from conftest import ROOT, copy_project, edit, edit_notebook, few_chapters
from klimatlib.execution.publishing import digests
from klimatlib.run.scheduled import Summary
from raw_server import Page, serving

KLIMATLIB = str(Path(sys.executable).parent / "klimatlib")
SCHEDULE = ROOT / "schedule"
LINE = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) (info   |warning|error  ) (\S+) +(.+)")


@pytest.fixture
def world(tmp_path):
    return few_chapters(copy_project(tmp_path / "en värld", tiny=True))


def start(root, *words, environment=None, command=None, **more):
    """Start it as a service would; ``command`` is the unit's own."""
    return subprocess.Popen(
        command or [KLIMATLIB, "-C", str(root), "report", "tiny", "--scheduled", *words],
        env=environment or {},
        cwd="/",
        umask=0o077,
        text=True,
        encoding="utf-8",
        **{"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more},
    )


def finish(process):
    printed, _ = process.communicate(timeout=120)
    return printed.splitlines()


def left(root, kind="log", name="tiny"):
    return (root / "outputs" / f"last-run-{name}.{kind}").read_text(encoding="utf-8")


def summary(root, name="tiny"):
    return json.loads(left(root, "json", name))


def unit(name, root):
    """Read a unit's command as systemd would run it for the report ``tiny``, installed in ``root``."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.optionxform = str
    parser.read(SCHEDULE / name, encoding="utf-8")
    told = parser["Service"]["ExecStart"].replace("%i", "tiny")
    told = told.replace("/opt/klimatlib/.venv/bin/klimatlib", KLIMATLIB).replace("/opt/klimatlib", "{root}")
    return [word.format(root=root) for word in shlex.split(told)]


def test_the_units_command_makes_the_report_with_nothing_around_it_and_again_says_that_nothing_changed(world):
    """The second time with every standard stream closed."""
    process = start(world, command=unit("klimatlib-report@.service", world), stdin=None)
    lines = finish(process)
    assert process.returncode == 0, lines
    said = [LINE.fullmatch(line).group(2, 3, 4) for line in lines]
    order = "start inputs renderer 10_members 10_members document render dashboard data publish claims end"
    assert [step for level, step, _ in said if level == "info   "] == order.split()
    assert [step for level, step, _ in said if level == "warning"] == ["inputs"]
    assert said[-1][2].startswith("done after ")
    assert left(world).splitlines() == lines
    run = summary(world)
    assert (run["outcome"], run["exit_code"], run["reason"]) == ("done", 0, "")
    assert run["facts"]["claims"] > 0
    assert {"report.html", "report.pdf", "claims.csv"} <= set(run["changed"])
    assert len(run["warnings"]) == 1
    assert left(world, "txt").startswith(f"klimatlib tiny: done, {len(run['changed'])} files changed\n")
    assert [p for p in world.glob("outputs/**/*") if p.stat().st_mode & 0o077] == []

    shell = f"exec {shlex.join([KLIMATLIB, '-C', str(world), 'report', 'tiny', '--scheduled'])} <&- >&- 2>&-"
    process = start(world, command=["/bin/sh", "-c", shell])
    finish(process)
    assert process.returncode == 0
    assert "no files changed" in left(world).splitlines()[-1]
    assert summary(world)["changed"] == []
    assert "What to do: nothing." in left(world, "txt")


def test_bad_input_says_all_of_it_and_last_why_and_where_to_look_each_line_with_the_journals_priority(world):
    (world / "data" / "tiny" / "survey.csv").write_text("question_id,k,n\nkolsankor,9,3\n", encoding="utf-8")
    (world / "data" / "tiny" / "goals.csv").unlink()
    reader, writer = os.pipe()
    journal = {"JOURNAL_STREAM": f"{os.fstat(writer).st_dev}:{os.fstat(writer).st_ino}"}
    process = start(world, "--log-format", "json", environment=journal, stdout=writer)
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8") as handle:
        lines = handle.read().splitlines()
    process.communicate(timeout=120)
    assert process.returncode == 2
    assert (lines[0][:3], lines[-1][:3]) == ("<6>", "<3>")
    assert left(world).splitlines() == [line[3:] for line in lines]
    entries = [json.loads(line[3:]) for line in lines]
    keys = {"time", "level", "step", "message", "report", "run", "seconds"}
    assert all(keys <= set(entry) for entry in entries)
    assert len({entry["run"] for entry in entries}) == 1
    assert "a share over 1: k is 9 of n 3" in " ".join(entry["message"] for entry in entries)
    assert (entries[-1]["level"], entries[-1]["exit_code"]) == ("error", 2)
    last = entries[-1]["message"]
    assert "exit 2: data/tiny/goals.csv: missing" in last
    assert last.endswith("outputs/tiny: no files changed; read outputs/last-run-tiny.txt")
    assert summary(world)["outcome"] == "failed"
    assert "mend what is named above" in left(world, "txt")


def test_whatever_a_cell_does_a_second_run_is_refused_and_nothing_of_the_first_outlives_a_stop(world):
    """The cell leaves two processes that take no signal, one of a new session, and holds the interpreter."""
    left_alive = 'trap "" TERM INT; setsid sh -c "sleep 63; :" & sleep 61 &'
    cell = f"import pathlib, re, subprocess as s; s.run({left_alive!r}, shell=True, check=True)\n"
    cell += "pathlib.Path('started').touch(); re.match('(a+)+b', 'a' * 40)"
    edit_notebook(world, "10_members", cell=3, source=cell)
    published = world / "outputs" / "tiny"
    published.mkdir(parents=True)
    (published / "report.pdf").write_bytes(b"old")
    before = digests(published)
    with tempfile.TemporaryDirectory() as short:  # sockets have short paths
        process = start(world, environment={"TMPDIR": short})
        assert wait_for(world / "notebooks" / "started", process)
        family = psutil.Process(process.pid).children
        # A child has the name of what started it until it becomes its own program.
        while len([each for each in family(recursive=True) if "sleep" in each.cmdline()]) < 2:
            assert process.poll() is None
            time.sleep(0.05)
        started = family(recursive=True)
        held, began = summary(world), time.monotonic()
        assert (held["outcome"], held["pid"]) == ("running", process.pid)
        second = start(world)
        (line,) = finish(second)
        seconds, holder = time.monotonic() - began, rf"\(pid {process.pid} on \S+ since \d{{4}}-\S+Z: "
        assert second.returncode == 75
        assert re.search(rf"{holder}klimatlib -C .* --scheduled\)", line)
        assert seconds < 1 + 2 * os.getloadavg()[0] / (os.cpu_count() or 1)  # one second on an idle machine
        assert summary(world) == held
        process.terminate()
        assert "stopped by SIGTERM; outputs/tiny: no files changed" in finish(process)[-1]
        assert list(Path(short).iterdir()) == []
    assert process.returncode == 128 + signal.SIGTERM
    assert summary(world)["outcome"] == "stopped"
    assert not (world / "outputs" / ".staging-tiny").exists()
    assert psutil.wait_procs(started, timeout=5)[1] == []
    assert digests(published) == before


def test_a_log_that_nobody_reads_any_longer_does_not_stop_the_run(world):
    (world / "data" / "tiny" / "goals.csv").unlink()
    with Path("/dev/full").open("w") as full:
        process = start(world, stdout=full)
        process.communicate(timeout=60)
    assert process.returncode == 2
    assert "standard output can no longer be written; the run goes on" in left(world)
    assert left(world).splitlines()[-1].endswith("read outputs/last-run-tiny.txt")


def test_outside_a_project_it_says_so_and_leaves_nothing(tmp_path):
    process = start(tmp_path)
    assert "no folder params/ and notebooks/" in finish(process)[0]
    assert process.returncode == 2
    assert list(tmp_path.iterdir()) == []


def test_crontab_mails_what_a_failed_run_left(world):
    (world / "data" / "tiny" / "goals.csv").unlink()
    text = (SCHEDULE / "crontab").read_text(encoding="utf-8")
    settings = dict(line.split("=", 1) for line in text.splitlines() if re.match(r"[A-Z]+=", line))
    jobs = [line.split(None, 5) for line in text.splitlines() if re.match(r"\d", line)]
    assert [job[:5] for job in jobs] == [["0", "6", "*", "4,5", "*"], ["30", "5", "*", "3,11", "1-5"]]
    command = jobs[1][5].replace("$KLIMATLIB/.venv/bin/klimatlib", KLIMATLIB)
    assert "%" not in command  # cron reads it as the end of the line
    around = {"KLIMATLIB": str(world), "YEAR": "tiny"}
    assert set(around) < set(settings)
    mailed = finish(start(world, command=["/bin/sh", "-c", command], environment=around))
    assert mailed[:2] == [
        "klimatlib ended with exit code 2", "klimatlib tiny: failed, no files changed",
    ]  # fmt: skip
    assert any("data/tiny/goals.csv: missing" in line for line in mailed)


def test_the_fetch_unit_gets_emissions_and_population_and_says_how_to_use_them(world):
    homes = {name: f"data/statistics/{name}_{{vintage}}.csv" for name in ("emissions", "population")}
    data = raw.MUNICIPALITIES.to_csv(index=False, lineterminator="\n")
    (world / "data/statistics/municipalities.csv").write_text(data, encoding="utf-8")
    (world / "data/statistics/population_tiny.csv").unlink()  # of other places
    with serving() as server:
        workbook = raw.to_xlsx({"Tabell": raw.series_rows()})
        server.pages |= {
            "/emissions": Page(raw.to_csv(raw.emission_rows("csv"))),
            "/population": Page(workbook),
        }
        about = {"publisher": "Verket", "title": "Statistik", "licence": "CC0"}
        named = {name: {"file": home, "raw": server.url(f"/{name}"), **about} for name, home in homes.items()}
        (world / "params/sources.yml").write_text(json.dumps({"sources": named}), encoding="utf-8")
        for new in (True, False):
            process = start(world, command=unit("klimatlib-fetch@.service", world))
            lines = finish(process)
            assert process.returncode == 0, lines
            run, letter = summary(world, "fetch-tiny"), left(world, "txt", "fetch-tiny")
            assert run["folder"] == "data/statistics"
            got = {name.partition("_")[0] for name in run["changed"] if name.endswith(".csv")}
            assert got == ({*homes, "subsectors"} if new else set())
            for name in homes:
                assert (f"{name}: data/statistics/{name}_" in letter) == new
                assert (f"to use it, write {name}_vintage: " in letter) == new
            assert ("What to do: nothing." in letter) != new
            assert len(letter.splitlines()) <= 10
    assert [path for path, _ in server.asked] == ["/emissions", "/population"] * 2


LETTERS = {  # how the run ended, and what its letter must say
    "nothing new": ({}, ["done, no files changed", "outputs/2024/ is as it was.", "What to do: nothing."]),
    "a new draft beside what is final": (
        {"changed": [*"abcdef"], "news": ["outputs/2024/ is final and stays as it is; this draft is in X/"],
         "numbers": ["Nivå: 3,1 ton, before 3,2 ton", "x"], "folder": "outputs/2024-draft",
         "facts": {"claims": 412}},
        ["done, 6 files changed", "2024-draft/ is new, 412 claims; changed are a, b, c, d and 2 more.",
         "outputs/2024/ is final and stays as it is", "2 claims other than before, as Nivå: 3,1 ton, before",
         "What to do: look at outputs/2024-draft/."],
    ),
    "warnings": (
        {"changed": ["a"], "warnings": [f"{i} is odd " + "long " * 90 for i in range(9)], "known": ["x"],
         "news": ["since the last run: data/2024/goals.csv changed"]},
        ["9 warnings, 9 new since the last run.", "0 is odd", "goals.csv changed", "and at the warnings."],
    ),
    "warnings known": (
        {"warnings": ["odd"], "known": ["odd"]}, ["1 warning, none new since the last run.", "nothing."],
    ),
    "many problems": (
        {"outcome": "failed", "exit_code": 2, "reason": "\n".join(f"problem {i}" for i in range(40)),
         "warnings": ["odd"] * 20, "news": ["since the last run: x changed"] * 9},
        ["failed", "problem 0", "and 38 more", "as it was", "mend what is named above, then start it again"],
    ),
    "stopped": ({"outcome": "stopped", "reason": "stopped by SIGTERM"}, ["SIGTERM", "nothing of it is left"]),
    "running": ({"ended": None, "outcome": "running"}, ["Since", "What to do: wait"]),
}  # fmt: skip


@pytest.mark.parametrize("case", LETTERS)
def test_the_letter_tells_in_ten_lines_of_mail_what_was_found_what_to_do_and_where(case):
    ended, told = LETTERS[case]
    about = {"folder": "outputs/2024", "outcome": "done", "ended": "2024-11-04T04:30:20Z", "exit_code": 0}
    letter = Summary(**{"report": "2024", "run": "r", **about, **ended}).letter()
    lines = letter.splitlines()
    assert letter.startswith(f"klimatlib 2024: {ended.get('outcome', 'done')}")
    assert all(words in letter for words in told), letter
    assert lines[-1] == "Every line is in outputs/last-run-2024.log."
    assert len(lines) <= 10 and all(0 < len(line) <= 200 for line in lines if "start it again" not in line)


def verify(folder, *names):
    command = ["systemd-analyze", "verify", "--man=no", *(str(folder / name) for name in names)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={"PATH": os.environ["PATH"]}
    )
    return done.returncode, done.stderr.replace(str(folder), "")


@pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="the units: systemd-analyze is not installed"
)
def test_systemd_takes_every_unit_wherever_the_project_stands(tmp_path):
    """And the verification finds what is wrong in one."""
    home, folder = tmp_path / "en värld", tmp_path / "units"
    folder.mkdir()
    (home / ".venv" / "bin").mkdir(parents=True)
    (home / ".venv" / "bin" / "klimatlib").symlink_to(KLIMATLIB)
    names = []
    for path in sorted(SCHEDULE.glob("*.*er*")):
        if path.suffix in (".service", ".timer"):
            text = path.read_text(encoding="utf-8").replace("/opt/klimatlib", str(home))
            names.append(path.name.replace("@", "@2024"))
            for name in (path.name, names[-1]):
                (folder / name).write_text(text, encoding="utf-8")
    assert len(names) == 5
    assert verify(folder, *names) == (0, "")
    edit(folder / "klimatlib-fetch@2024.timer", "06:00:00", "66:00:00")
    assert "Failed to parse calendar specification" in verify(folder, *names)[1]


def test_the_workflow_runs_the_same_command_with_no_more_rights_than_reading():
    import yaml

    flow = yaml.safe_load((SCHEDULE / "github-actions.yml").read_text(encoding="utf-8"))
    job = flow["jobs"]["report"]
    runs = [step.get("run", "") for step in job["steps"]]
    assert any('klimatlib report "$YEAR" --scheduled' in run for run in runs)
    assert not any("${{" in run for run in runs)  # what someone types is never read as a command
    assert flow["permissions"] == {"contents": "read"}
    assert all(re.fullmatch(r"actions/[a-z-]+@v\d+", step["uses"]) for step in job["steps"] if "uses" in step)
    (kept,) = (step["with"]["path"].splitlines() for step in job["steps"] if "upload" in step.get("uses", ""))
    assert "outputs/${{ env.YEAR }}-draft/" in kept  # beside a final report
    assert not any("failed" in path for path in kept)  # a half-run notebook may hold members' answers
    assert [each["cron"] for each in flow[True]["schedule"]] == ["30 4 * 3,11 1-5"]  # YAML reads on as true
