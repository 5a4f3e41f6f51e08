"""Promise E9: what members answered is in nothing that a command prints, logs, publishes or leaves behind."""

from __future__ import annotations

import json
import os
import re
import shlex
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fnmatch import fnmatch
from functools import cache
from multiprocessing import forkserver
from pathlib import Path

import pyrage
import pytest

from campaign.conftest import LONG, SHORT, Tries
from campaign.hostile import all_text, change_yaml
from campaign.processes import KLIMATLIB, put_quarto
from conftest import copy_project, edit, edit_notebook, few_chapters, klimatlib
from klimatlib.cli import cli
from klimatlib.run import checks
from klimatlib.share.factsheets import fingerprint
from klimatlib.sources.inputs import Inputs
from test_archive import commit
from test_kernels import dask, wait_for

MARK, OPTION = "kanarie", "Ja, i kanariegul grad"  # each of the 50 answers has it
LISTED = f"'Ja', '{OPTION}', 'Nej'"  # the options, as a message lists them
ASKED = ["Arbetar kommunen med lokala kolsänkor?", "Arbetar kommunen med biokol?"]
FREE = [f"Vad mer vill ni berätta, del {number}?" for number in range(15)]
SAID = (("Lund", OPTION, "Nej"), ("Luleå", "Ja", OPTION), ("Region Skåne", "Nej", "Nej"))
ANSWERS, PARAMS, SURVEY = "data/2023/answers_2023.csv", "params/2023.yml", "notebooks/50_survey.ipynb"
# All that may hold answers, its owner's alone; docs/survey.md lists it. The second line: until the next run.
KEPT = (ANSWERS, "export.csv", "tidy.csv", "outputs/failed-2023/*", "data/2024/*", f"arkiv/project/{ANSWERS}")
LEFT = ("outputs/.staging-*", "../tmp/.klimatlib-*")
KEY, OTHER = (pyrage.x25519.Identity.generate() for _ in range(2))
# A comment comes by a slip, and may stand there, in its table, and in its member's own sheet.
COMMENT, OF_COMMENT = "sothöna", ("svar.json", "data/2023/comments.yml", "outputs/2023-sheets/2580/*")
CALLS = {  # of each command, with its exit code
    "report": {"2023 --renderer embedded": 0, "2023 --explain": 0, "2023 --fresh --final": 2,
               "2023 --vintage older --scheduled --log-format json": 2},
    "check": {"2023": 0, "2023 --survey --csv reminders.csv": 0},
    "letter": {"2023": 0},
    "gpc": {"2023": 0, "2023 --all": 0},
    "lint": {"2023 --json": 0, f"2023 {ANSWERS}": 2},
    "read": {f"{ANSWERS} --out tidy.csv": 0,
             "export.csv --report 2023 --selection --substance CO2 --years 2020": 0},
    "score": {f"{ANSWERS} --report 2023": 2},
    "diff": {"2023 2023": 0, "2023 --vintage tiny tiny": 2},
    "preview": {"2023": 0, "2023 50_survey": 0, "2023 none": 2},
    "infer-n": {"50 --at-most 9": 0},
    "verify": {"2023": 0, "none --rebuild": 2},
    "sign": {"2023": 0, "2023 survey-* --as Anna --date 2024-03-01 --reason Ja": 0,
             "2023 --as Anna --withdraw": 0, f"2023 --from {ANSWERS}": 2},
    "comments": {f"2023 {ANSWERS}": 2},
    "sheets": {"2023 1281 2580": 0, "2023 --all": 0},
    "channels": {"2023 --draft": 0},
    "archive": {f"2023 --to arkiv.zip --recipient {KEY.to_public()} --recipient {OTHER.to_public()}": 0,
                "--open arkiv.zip --key nyckel": 0, "--open arkiv.zip --to arkiv2 --rebuild": 2,
                "--new-key nyckel2": 0},
    "receive": {f"{ANSWERS}": 2, "svar.json --yes": 0},
    "new": {"2024": 2},
    "new-chapter": {"40_emissions --title Svar --report 2023": 2},
    "fetch": {"2023 --offline": 2, "2023 --scheduled --log-format text": 2},
}  # fmt: skip
ELSEWHERE = {"--cluster", "--watch", "--open"}  # tried below: they need another process, or do not end
TEXT = f"text = open('../{ANSWERS}').read()\n"
RAISES = f"{TEXT}raise ValueError(text)"
WAITS = f"{TEXT}import time\nprint(text)\nopen('slow', 'w')\ntime.sleep(600)"
SHOWS = "from klimatlib.sources import survey_export\nsurvey_export.survey_answers(chapter.inputs)"
RUN = "report 2023 --renderer embedded"


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The tiny world as 2023 with 50 marked answers, of which Lund's may be shown.

    All that a command may write is beside it, also for what a fork server runs: there is another than before.
    """
    root = copy_project(tmp_path_factory.mktemp("svar") / "värld", tiny=True)
    (root / "data" / "tiny").rename(root / "data" / "2023")
    (root / "params" / "tiny.yml").rename(root / PARAMS)
    (root / "data" / "2023" / "survey.csv").unlink()
    rows = [["Tid", "Kommun eller region", "E-post", *ASKED, *FREE]]
    for name, *said in SAID:
        free = [f"{MARK}-{number} {name}" for number in range(len(FREE))]
        rows.append(["2023-10-02 08:41", name, f"{MARK}-{name}@example.org", *said, *free])
    text = "\n".join(";".join(row) for row in rows) + "\n"
    for file, content in ((ANSWERS, text), ("export.csv", text.replace("Kommun eller region", "Vem"))):
        (root / file).write_text(content, encoding="utf-8")
        (root / file).chmod(0o600)
    (root / "data/2023/consent.csv").write_text("code,given,source\n1281,2023-11-01,påhittat\n", "utf-8")
    few_chapters(root, "40_emissions", "50_survey")  # what a sheet takes claims from
    change_yaml(root / PARAMS, lambda v: v.update(survey_input="answers"))
    change_yaml(
        root / "params" / "questions.yml",
        lambda v: [q["options"]["2022"]["counts_as_yes"].append(OPTION) for q in v["questions"]],
    )
    catalogue = root / "params" / "sources.yml"
    text = catalogue.read_text(encoding="utf-8").replace("data/tiny/survey.csv", ANSWERS)
    catalogue.write_text(text.replace("data/tiny/", "data/2023/"), encoding="utf-8")
    (root / "nyckel").write_text(str(KEY), encoding="utf-8")
    commit(root)
    places = ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "IPYTHONDIR")
    places += ("JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "MPLCONFIGDIR")
    before = os.umask(0)
    with pytest.MonkeyPatch.context() as patch:
        for name in places:
            place = root.parent / {"TMPDIR": "tmp"}.get(name, name)  # sockets have short paths
            place.mkdir()
            patch.setenv(name, str(place))
        forkserver._forkserver._stop()
        yield root
    forkserver._forkserver._stop()
    os.umask(before)


def write_slip(root: Path) -> None:
    """Let Luleå answer its sheet, which is published by now, with a comment."""
    slip = {"form": "klimatlib slip 1", "report": "2023", "year": 2023, "member": "2580"}
    slip |= {"saved": "2024-02-03", "by": "Bo Ek", "comment": f"Vi följer en {COMMENT}."}
    slip |= {"sheet": fingerprint(root / "outputs" / "2023-sheets" / "2580")}
    (root / "svar.json").write_text(json.dumps(slip, ensure_ascii=False), encoding="utf-8")


def run(root: Path, words: str, *, kill: Path | None = None, **more: str) -> tuple[int, str]:
    """Run a command from nothing, for anybody to read what it writes; kill it at a sign."""
    limit, _, command = words.rpartition("; ")
    program = ["sh", "-c", f'{limit or ":"}; exec "$@"', "sh", *KLIMATLIB, *shlex.split(command)]
    with subprocess.Popen(
        program, cwd=root, env={**os.environ, **more}, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, umask=0,
    ) as process:  # fmt: skip
        while kill and not kill.exists() and process.poll() is None:
            time.sleep(0.05)
        if kill:
            process.kill()
        said = process.communicate()[0].decode(errors="replace").replace(LISTED, "")
    return process.returncode, said


def forked(root: Path, words: str) -> tuple[int, str]:
    """Run a command as `run` does, in a fork of this process."""
    done = klimatlib(*shlex.split(words), cwd=root)
    return done.returncode, (done.stdout + done.stderr).replace(LISTED, "")


@cache
def text_of(path: Path, changed_ns: int) -> str:
    """Return what a file holds but for the options; each state of it is read once."""
    return all_text(path).replace(LISTED, "")


def holds(mark: str, path: Path) -> bool:
    """Whether a file holds an answer, or what else has a mark."""
    return mark in text_of(path, path.stat().st_mtime_ns)


def leaks(root: Path, *allowed: str) -> Iterator[str]:
    """Tell of each file beside and in a world that holds an answer and may not, or that others may read."""
    for path in sorted(root.parent.rglob("*")):
        name = os.path.relpath(path, root)
        # The options are in the questions; each file of the archive is looked at where it is unpacked.
        is_input = not path.is_file() or name.endswith(("params/questions.yml", "arkiv.zip"))
        if is_input or not holds(MARK, path):
            continue
        if any(fnmatch(name, f"{pattern}*") for pattern in allowed):
            folders = [each for each in path.parents if root.parent in each.parents]
            modes = [stat.S_IMODE(each.stat().st_mode) & 0o077 for each in (path, *folders)]
            if not all(modes):
                continue
            name += " can be read by others"
        yield name


@pytest.mark.promise("E9")
@pytest.mark.parametrize("each", [pytest.param(1, marks=SHORT), pytest.param(9, marks=LONG)])
def test_no_command_tells_or_leaves_an_answer(tries: Tries, answered: Path, each: int) -> None:
    """Each command's first call, and the one that opens what another sealed; at length, every call."""
    assert sum(line.count(MARK) for line in (answered / ANSWERS).read_text("utf-8").splitlines()) == 50
    assert {*CALLS} == {*cli.commands}  # a new command has its calls here, and each option its try
    for name, calls in CALLS.items():
        options = {word for option in cli.commands[name].params for word in option.opts if word[:2] == "--"}
        assert options - ELSEWHERE <= {*" ".join(calls).split()}, name
        if name == "receive":
            write_slip(answered)
        for call, code in [*calls.items()][: each + (name in ("archive", "receive"))]:
            ended, said = forked(answered, f"{name} {call}")
            quiet = ended == code and MARK not in said and "Traceback" not in said
            tries("E9", "" if quiet else f"{name} {call}: {ended}: {said[-300:]}")
            for leak in leaks(answered, *KEPT):
                tries("E9", f"{name} {call}: {leak}")
    for code, agreed in (("1281", True), ("2580", False)):
        sheet = next((answered / "outputs/2023-sheets" / code).glob("*.html")).read_text("utf-8")
        shown = "Kommunens egna svar" in re.sub(r"\s+", " ", sheet)
        tries("E9", "" if shown == agreed else f"{code}: own answers are shown: {shown}")
    tries("E9", "" if (done := forked(answered, "sheets 2023 2580"))[0] == 0 else f"sheets: {done}")
    files = (path for path in answered.parent.rglob("*") if path.is_file())
    said = {os.path.relpath(p, answered) for p in files if holds(COMMENT, p)}
    beside = [name for name in said if not any(fnmatch(name, pattern) for pattern in OF_COMMENT)]
    own = [pattern for pattern in OF_COMMENT if not any(fnmatch(name, pattern) for name in said)]
    tries("E9", f"the comment is in {beside}, and not in {own}" if beside or own else "")
    change_yaml(answered / PARAMS, lambda v: v.pop("notice", None))  # by which the answers are no real ones
    for mode in (0o644, 0o600):
        (answered / ANSWERS).chmod(mode)
        exposed = checks.check(Inputs.open(PARAMS, start=answered)).exposed
        warned = f"chmod 600 {ANSWERS}" in " ".join(map(str, exposed))
        tries("E9", "" if warned == (mode == 0o644) else f"{mode:o}: warned: {warned}")


@pytest.mark.long
@pytest.mark.promise("E9")
def test_watching_tells_and_leaves_no_answer(tries: Tries, answered: Path) -> None:
    page = answered / "outputs" / "2023-preview" / "report.html"
    page.unlink(missing_ok=True)
    ended, said = run(answered, "preview 2023 --watch --open", kill=page, BROWSER="true")
    tries("E9", "" if ended == -9 and MARK not in said and "Traceback" not in said else f"{ended}: {said}")
    for leak in leaks(answered, *KEPT, *LEFT):
        tries("E9", f"watching: {leak}")


@pytest.mark.long
@pytest.mark.promise("E9")
def test_a_cluster_keeps_no_answer(tries: Tries, answered: Path) -> None:
    folder = answered.parent / "tmp"
    file = folder / "scheduler.json"
    with dask("scheduler", "--port", "0", "--scheduler-file", str(file), folder=folder):
        address = json.loads(wait_for(lambda: file.is_file() and file.read_text("utf-8")))["address"]
        with dask("worker", address, "--nthreads", "1", folder=folder) as worker:
            ended, said = run(answered, f"{RUN} --fresh --cluster {address}")
            tries("E9", "" if ended == 0 and MARK not in said else f"cluster: {ended}: {said[-300:]}")
            for leak in leaks(answered, *KEPT):
                tries("E9", f"cluster: {leak}")
            worker.kill()


STAGES: dict[str, tuple[int, str, Callable[[Path], object]]] = {  # exit code, command, what is done before
    "a cell that raises": (
        1, f"{RUN} --scheduled", lambda root: edit_notebook(root, "50_survey", cell=-2, source=RAISES)),
    "a cell that shows": (
        1, f"{RUN} --scheduled", lambda root: edit_notebook(root, "50_survey", cell=-2, source=SHOWS)),
    "a bad cell": (
        2, f"{RUN} --scheduled", lambda root: edit(root / ANSWERS, ";Nej;Nej;", f";{MARK};{MARK} 2;")),
    "a bad text": (2, RUN, lambda root: edit(root / "data/2023/texts/survey.md", "\n", "\n52 {{ svar }}\n")),
    "a renderer that fails": (1, "report 2023 --renderer quarto --fresh", lambda root: None),
    "a full disk": (1, f"ulimit -f 100; {RUN} --fresh --scheduled", lambda root: None),
    "killed": (-9, f"{RUN} --fresh", lambda root: edit_notebook(root, "50_survey", cell=-2, source=WAITS)),
}  # fmt: skip


@contextmanager
def restored(root: Path, *files: str) -> Iterator[None]:
    """Put files back as they were."""
    before = {file: (root / file).read_bytes() for file in files}
    try:
        yield
    finally:
        for file, data in before.items():
            (root / file).write_bytes(data)


@pytest.mark.promise("E9")
@pytest.mark.parametrize("stage", [pytest.param(s, marks=SHORT if "shows" in s else LONG) for s in STAGES])
def test_a_run_that_fails_tells_and_leaves_no_answer(
    tries: Tries, answered: Path, tmp_path: Path, stage: str
) -> None:
    code, words, harm = STAGES[stage]
    sign = answered / "notebooks" / "slow"
    with restored(answered, ANSWERS, SURVEY, "data/2023/texts/survey.md"):
        harm(answered)
        path = put_quarto(tmp_path / "bin", "fail")
        alone = stage in ("a renderer that fails", "a full disk", "killed")  # with what a fork has not
        kill = sign if stage == "killed" else None
        done = run(answered, words, kill=kill, PATH=path) if alone else forked(answered, words)
        again = [] if stage != "a bad cell" else [
            forked(answered, f"{name} {each}") for name, some in CALLS.items() for each in some]  # fmt: skip
    sign.unlink(missing_ok=True)
    tries("E9", "" if done[0] == code else f"{stage}: {done}")
    for ended, said in (done, *again):
        tries("E9", f"{ended}: {said[-300:]}" if MARK in said or "Traceback" in said else "")
    for leak in leaks(answered, *KEPT, *LEFT):
        tries("E9", f"{stage}: {leak}")
    if stage == "a cell that raises":
        (kept,) = (answered / "outputs" / "failed-2023").iterdir()
        tries("E9", "" if MARK in all_text(kept) and "ValueError" in done[1] else "its message is not kept")
    if stage == "killed":
        tries("E9", "" if run(answered, RUN)[0] == 0 else "the next run fails")
        left = [path.name for path in (answered.parent / "tmp").iterdir()]
        tries("E9", f"left {left}" if left else "")
    for leak in leaks(answered, *KEPT):
        tries("E9", f"{stage}, after it: {leak}")
