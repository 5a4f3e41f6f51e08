"""What members answered stays theirs, and nothing on the network listens while it is read."""

from __future__ import annotations

import json
import os
import re
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import psutil

from klimatlib import build
from klimatlib.errors import NotebookError
from klimatlib.execution import kernels, processes
from klimatlib.run import checks, survey_follow_up
from klimatlib.sources.inputs import Inputs
from torture import hostile
from torture.content_text import all_text
from torture.promise import Effort, Found

# What a cell sees: every socket of its kernel, and that a forked child's words arrive.
_LOOK = """\
import json, os, psutil
here = psutil.Process()
family = [p for p in (here, *here.parents()[:2]) if p.pid != 1]  # whose own nobody may look at
sockets = [c for p in family for c in p.net_connections("inet")]
found = [c.laddr.port for c in sockets if c.status == "LISTEN"]
print(json.dumps({"listening": found}))"""


def nothing_listens(effort: Effort) -> Found:
    """Run a notebook that looks, in a forked and in an ordinary kernel, and watch from outside."""
    failures: list[str] = []
    rounds = effort.count(20, 1)
    with Watched(failures) as samples:
        with processes.workers(1) as pool:
            for _ in range(rounds):
                failures += _told_by(pool.submit(_forked, effort.where).result(), "forked")
        for _ in range(rounds):
            failures += _told_by(_run(effort.where), "ordinary")
    told = f"{samples()} looks from outside"
    return Found(2 * rounds + samples(), failures, "looks", told)


def plain_kernel_listens(effort: Effort) -> Found:
    """Run the same notebook by papermill as it comes."""
    import papermill

    done = effort.where / "out.ipynb"
    papermill.execute_notebook(_notebook(effort.where), done, progress_bar=False)
    ports = _ports(_said(done))
    told = f"its kernel listens on {len(ports)} ports"
    return Found(1, [f"port {port}" for port in ports], "runs", told, failed=int(bool(ports)))


def _forked(where: Path) -> str:
    return processes.run_in_fork(_run, where, name="look")


def _run(where: Path) -> str:
    kernels.execute(_notebook(where), where / "run.ipynb", {})
    return _said(where / "run.ipynb")


def _said(path: Path) -> str:
    book = nbformat.read(path, as_version=4)
    return "".join(o.get("text", "") for cell in book.cells for o in cell.get("outputs", []))


def _notebook(where: Path) -> Path:
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(_LOOK)])
    book.metadata["kernelspec"] = {"name": "python3", "language": "python", "display_name": "Python 3"}
    path = where / "look.ipynb"
    nbformat.write(book, path)
    return path


def _ports(said: str) -> list[int]:
    """Return what the cell found."""
    found: list[int] = json.loads(said)["listening"]
    return found


def _told_by(said: str, kernel: str) -> list[str]:
    return [f"{kernel}: listens on port {port}" for port in _ports(said)]


class Watched:
    """Looks at the sockets of all processes below this one while a block runs."""

    def __init__(self, failures: list[str]) -> None:
        self._failures, self._over, self._count = failures, threading.Event(), 0
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Callable[[], int]:
        self._thread.start()
        return lambda: self._count

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.2):
            for process in psutil.Process().children(recursive=True):
                self._count += 1
                self._failures.extend(f"{name} listens" for name in _listening(process))


def _listening(process: psutil.Process) -> Iterator[str]:
    try:
        name = " ".join(process.cmdline()[:4])
        if "chrom" not in name and "playwright" not in name:
            yield from (name for c in process.net_connections("inet") if c.status == "LISTEN")
    except psutil.Error:
        return


HEADINGS = "Tidsstämpel;Kommun eller region;E-post;Arbetar kommunen med lokala kolsänkor?;"
HEADINGS += "Arbetar kommunen med biokol?;Kommentar"
TYPED, FREE, MAIL = "Ja, i kanariegul grad", "fritext-kanarie", "kanarie-post"


def _with_answers(where: Path) -> Path:
    """Return the tiny world with members' answers, each marked; only Lund lets its own be shown."""
    root = hostile.fresh(where, "answers")
    data = root / "data" / "tiny"
    (data / "survey.csv").unlink()
    rows = [
        f"2023-10-02 08:41;{name};{MAIL}-{name}@example.org;{one};{other};{FREE}-{name}"
        for name, one, other in (
            ("Lund", TYPED, "Nej"),
            ("Luleå", "Ja", "Ja"),
            ("Region Skåne", "Nej", "Nej"),
        )
    ]
    (data / "answers_2023.csv").write_text("\n".join([HEADINGS, *rows, ""]), encoding="utf-8")
    (data / "consent.csv").write_text("code,given,source\n1281,2023-11-01,påhittat\n", encoding="utf-8")
    hostile.change_yaml(root / hostile.PARAMS, lambda v: v.update(survey_input="answers"))
    hostile.change_yaml(
        root / "params/questions.yml",
        lambda v: [question["counts_as_yes"].append(TYPED) for question in v["questions"]],
    )
    hostile.change_yaml(
        root / "params/sources.yml",
        lambda v: v["sources"]["survey-tiny"].update(file="data/tiny/answers_2023.csv"),
    )
    return root


def answers_stay_private(effort: Effort) -> Found:
    """Make a report and sheets of marked answers; look for them in all files, and who may read what."""
    root = _with_answers(effort.where)
    before = os.umask(0)
    try:
        hostile.report(root)
        hostile.sheet(root, "1281")
        hostile.sheet(root, "2580")
        failures = _leaks(root) + _shown_sheets(root)
        failures += _open_files(root)
    finally:
        os.umask(before)
    files = [path for path in (root / "outputs").rglob("*") if path.is_file()]
    return Found(len(files) + 9, failures, "files", "of a report and two fact sheets")


def _leaks(root: Path) -> list[str]:
    marks = (TYPED, FREE, MAIL, "kanarie")
    files = [path for path in (root / "outputs").rglob("*") if path.is_file()]
    texts = {path: all_text(path) for path in files}
    # The questions say which answers count: the wording is public, and no member's.
    return [f"{path.name}: {mark}" for path, text in texts.items() for mark in marks if mark in text]


def _shown_sheets(root: Path) -> list[str]:
    """Look whether own answers stand on the sheet of the member that agreed, and on no other."""
    sheets = root / "outputs" / "tiny-sheets"
    shown = {
        code: "Kommunens egna svar"
        in re.sub(r"\s+", " ", next((sheets / code).glob("*.html")).read_text("utf-8"))
        for code in ("1281", "2580")
    }
    return [] if shown == {"1281": True, "2580": False} else [f"own answers are shown: {shown}"]


def _open_files(root: Path) -> list[str]:
    """Return what others may read of what is kept: steps, half-run notebooks, lists; and a lost warning."""
    failures = []
    survey = root / "notebooks" / "50_survey.ipynb"
    book = json.loads(survey.read_text(encoding="utf-8"))
    book["cells"][-2]["source"] = ["sources.survey_answers(chapter.inputs); 1 / 0"]
    survey.write_text(json.dumps(book), encoding="utf-8")
    with hostile.inside(root):
        try:
            build.report(hostile.PARAMS, renderer="embedded")
            failures.append("a notebook that fails did not fail")
        except NotebookError:
            pass
        [*survey_follow_up.follow(survey_follow_up.open_survey(hostile.PARAMS), out=root / "reminders.csv")]
    outputs = root / "outputs"
    kept = [path for path in (outputs / ".kept" / "tiny").iterdir() if path.is_dir()]
    own = (*kept, outputs / "failed-tiny", root / "reminders.csv")
    shared = [path for path in own if stat.S_IMODE(path.stat().st_mode) & 0o077]
    failures += [f"others may read {path.relative_to(root)}" for path in shared]
    return failures + _warned(root)


def _warned(root: Path) -> list[str]:
    answers = root / "data/tiny/answers_2023.csv"
    hostile.change_yaml(root / hostile.PARAMS, lambda v: v.pop("notice"))
    said = {}
    for mode in (0o644, 0o600):
        answers.chmod(mode)
        with hostile.inside(root):
            said[mode] = " ".join(checks.check(Inputs.open(hostile.PARAMS)).exposed)
    good = "chmod 600 data/tiny/answers_2023.csv" in said[0o644] and not said[0o600]
    return [] if good else [f"warned: {said}"]
