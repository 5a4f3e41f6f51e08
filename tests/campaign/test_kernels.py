"""Promises on notebooks and their kernels: nothing outlives a run or passes for done (B3 to B6)."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from itertools import product
from pathlib import Path

import nbformat
import pytest

from campaign.conftest import Tries, cases
from campaign.processes import (
    REPORT,
    STAND_IN,
    Small,
    left_behind,
    put_quarto,
    run,
    start,
    wait_for,
    write_notebook,
)

COMPANY = {
    "sleeps": "import time; {at}; time.sleep(600)",
    "holds the interpreter": "import re; {at}; re.match(r'(a+)+$', 'a' * 60 + 'b')",
    "waits for a program": "import subprocess; {at}; subprocess.run(['sleep', '600'], check=True)",
    "has children": "import multiprocessing as mp, time\n"
    "p = mp.get_context('fork').Process(target=time.sleep, args=(600,))\np.start(); {at}; p.join()",
    "renders by a program that hears no SIGTERM": "",
}
STOPS = [*product(COMPANY, (signal.SIGKILL, signal.SIGTERM, signal.SIGINT), range(8))]
SOME_STOPS = [(name, signal.SIGTERM, 0) for name in [*COMPANY][3:]]


@pytest.mark.promise("B3")
@pytest.mark.parametrize(
    "stop", cases(STOPS, short=SOME_STOPS), ids=lambda stop: f"{stop[0]}-{stop[1].name}-{stop[2]}"
)
def test_nothing_of_a_run_is_alive_five_seconds_after_the_command(
    tries: Tries, small: Small, tmp_path: Path, stop: tuple[str, signal.Signals, int]
) -> None:
    name, number, _ = stop
    root = small.copy(tmp_path / "värld", cell=COMPANY[name].format(at="open('at', 'w').close()"))
    if COMPANY[name]:
        mark = f"mark-stop-{number}-{os.getpid()}"
        process, at = start(REPORT, root, TORTURE=mark), root / "notebooks" / "at"
    else:
        mark, at = str(tmp_path / "bin" / STAND_IN.name), tmp_path / "bin" / "at"
        path = put_quarto(tmp_path / "bin", "hang-with-child")
        hangs = (tmp_path / "bin" / "quarto").read_text(encoding="utf-8")
        (tmp_path / "bin" / "quarto").write_text(
            hangs.replace("exec ", f'[ "$1" = render ] && touch "{at}"\nexec ', 1)
        )
        process = start([*REPORT[:-1], "quarto"], root, PATH=path)
    begun = wait_for(at, process)
    time.sleep(0.5)  # for what the cell itself starts
    process.send_signal(number)
    left = left_behind(mark)
    process.wait(timeout=60)
    tries(
        "B3",
        left if begun else f"did not begin: {(root / 'said').read_text()}",
        kinds=name,
        signals=number.name,
    )


TIMEOUT_S = 2
ENDINGS = {  # a cell, and within how many seconds of it a run must end
    "dies by SIGKILL": ("import os; os.kill(os.getpid(), 9)", 5),
    "loops": ("while True: pass", TIMEOUT_S + 15),
    "ends its process": ("import os; os._exit(3)", 5),
    "sleeps": ("import time; time.sleep(600)", TIMEOUT_S + 15),
    "freezes": ("import os, signal; os.kill(os.getpid(), signal.SIGSTOP)", TIMEOUT_S + 15),
}
LIMITED = f"from klimatlib.execution import notebooks\nnotebooks.CELL_TIMEOUT_S = {TIMEOUT_S}\n"


@pytest.mark.promise("B4")
@pytest.mark.parametrize("case", cases([*product(range(8), ENDINGS)], short=2))
def test_a_kernel_that_dies_freezes_or_loops_ends_the_run_in_time_with_its_cell_named(
    tries: Tries, small: Small, tmp_path: Path, case: tuple[int, str]
) -> None:
    ending = case[1]
    cell, seconds = ENDINGS[ending]
    root = small.copy(
        tmp_path / "värld", cell=f"import pathlib; pathlib.Path('at').touch(); print('begun')\n{cell}"
    )
    (tmp_path / "sitecustomize.py").write_text(LIMITED, encoding="utf-8")
    done = run(REPORT, root, PYTHONPATH=str(tmp_path))
    took = time.time() - (root / "notebooks" / "at").stat().st_mtime
    slack = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    half = [path.read_text(encoding="utf-8") for path in (root / "outputs").rglob("10_members*.ipynb")]
    wrong = "" if re.search(r"notebooks/10_members\.ipynb, cell \S", done.said) else "does not name the cell"
    wrong = (
        wrong
        or done.unclear
        or ("" if any("begun" in text for text in half) else "keeps no half-run notebook")
    )
    wrong = wrong or (f"took {took:.1f} s" if took > seconds * slack else "")
    tries("B4", wrong and f"a cell that {ending}: {wrong}: {done.said}", seconds=took, kinds=ending)


OURS = 'params_file = "params/tiny.yml"\nout_dir = "outputs/tiny"'
AGAIN = 'params_file = "params/tiny.yml"'
# What a notebook does, its parameters cell, and what is said of it.
TRAPS: dict[str, tuple[str, str, list[str]]] = {
    "a misspelt parameter": ("expected params_file and out_dir", OURS.replace("file", "fil"), []),
    "no parameters tag": ("0 cells tagged", "", []),
    "a second parameters cell": ("2 cells tagged", OURS, ["parameters", OURS]),
    "a later cell that sets a parameter again": ("a later cell overrides", OURS, ["", AGAIN]),
    "a default computed from another": ("expected nothing but lines", f"{OURS}\nlabel = out_dir", []),
    "the same with a type": ("expected nothing but lines", f"{OURS}\nlabel: str = out_dir", []),
    "exit(0) in the middle": ("did not run to its end", OURS, ["", "import sys; sys.exit(0)"]),
    "a failing shell command": ("is not Python", OURS, ["", "!false"]),
    "a failing program": ("check=True", OURS, ["", "import subprocess; subprocess.run(['false'])"]),
    "an error in a thread": ("ZeroDivisionError", OURS, [
        "", "import threading; t = threading.Thread(target=lambda: 1 / 0); t.start(); t.join()"]),
    "an error that is expected": ("ZeroDivisionError", OURS, ["raises-exception", "1 / 0"]),
}  # fmt: skip
LOOK = (  # a line for each notebook: its name, its kernel, its folder of outputs, and where it runs
    "import os; from pathlib import Path; from IPython.display import Markdown, display\n"
    "with Path('../looks').open('a') as lines:\n"
    "    lines.write(f'{chapter.name} {os.getpid()} {chapter.out} {Path.cwd()}\\n')\n"
    "display(Markdown('En text.'))"
)
CHAPTER = (
    'from klimatlib import Chapter\nchapter = Chapter("10_members", params_file=params_file, out_dir=out_dir)'
)


@pytest.mark.promise("B5")
@pytest.mark.parametrize("trap", cases([*TRAPS], short=["a misspelt parameter", "exit(0) in the middle"]))
def test_a_notebook_that_would_run_the_wrong_year_or_half_of_it_is_refused(
    tries: Tries, small: Small, tmp_path: Path, trap: str
) -> None:
    says, parameters, inserted = TRAPS[trap]
    root = small.copy(tmp_path / "värld")
    path = root / "notebooks" / "10_members.ipynb"
    book = nbformat.read(path, as_version=4)
    at = next(n for n, cell in enumerate(book.cells) if "parameters" in cell.metadata.get("tags", []))
    book.cells[at].source = parameters or OURS
    book.cells[at].metadata["tags"] = ["parameters"] if parameters else []
    if inserted:
        tag, source = inserted
        cell = nbformat.v4.new_code_cell(source, metadata={"tags": [tag] if tag else []}, id="trap")
        book.cells.insert(at + 1, cell)
    nbformat.write(book, path)
    done = run(REPORT, root)
    wrong = "was run" if done.code == 0 else "" if says in done.said else f"said {done.said}"
    tries("B5", wrong and f"{trap}: {wrong}")


@pytest.mark.promise("B6")
@pytest.mark.parametrize("count", cases([6, 90], short=1))
def test_notebooks_that_run_side_by_side_do_not_mix(
    tries: Tries, small: Small, tmp_path: Path, count: int
) -> None:
    root = small.copy(tmp_path / "värld")
    names = [f"{number}_x" for number in range(11, 11 + count)]
    for name in names:
        chapter = CHAPTER.replace("10_members", name)
        path = write_notebook(
            root / "notebooks" / f"{name}.ipynb", chapter, LOOK, "chapter.close()", parameters=OURS
        )
        book = nbformat.read(path, as_version=4)
        book.cells[2].metadata["tags"] = ["report"]
        nbformat.write(book, path)
    chapters = [*names, "10_members"]
    outline = {"chapters": chapters, "summary": "10_members", "order": chapters}
    (root / "notebooks" / "report.yml").write_text(json.dumps(outline), encoding="utf-8")
    done = run(REPORT, root, seconds=900)
    assert done.code == 0, done.said
    looks = [line.split() for line in (root / "looks").read_text(encoding="utf-8").splitlines()]
    assert sorted(look[0] for look in looks) == names and len({look[1] for look in looks}) == count
    for name, _, out, place in looks:
        right = out == str(root / "outputs" / ".staging-tiny") and place == str(root / "notebooks")
        tries("B6", "" if right else f"{name} ran in {place} for {out}")
