"""Ways to run the wrong year, or half of it, and to end as if all were well."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from klimatlib.jobs import Job

from conftest import copy_project
from klimatlib.errors import KlimatlibError
from klimatlib.execution import notebooks
from klimatlib.execution.processes import workers
from torture import world
from torture.cells import write_notebook
from torture.promise import Effort, Found

OURS = 'params_file = "params/other.yml"\nout_dir = "outputs/other"'
AGAIN = 'params_file = "params/other.yml"'
PLAIN = "year = 2022"


@dataclass(frozen=True)
class Trap:
    """A notebook with a fault, for us and for plain papermill; what it is to say, and what we say.

    Attributes
    ----------
    told
        In our refusal.
    parameters, plain
        The parameters cell; ``None`` for one without its tag.
    before
        Cells between that and the work, for both; ``{year}`` is what tells the year.
    tag
        Of the first of those cells.
    tagged
        Whether the parameters cell has its tag.
    given
        The parameter that papermill is given.
    """

    told: str
    parameters: str = OURS
    plain: str = PLAIN
    before: Sequence[str] = ()
    tag: str = ""
    tagged: bool = True
    given: str = "year"


TRAPS = {
    "a misspelt parameter": Trap(
        "expected params_file and out_dir", OURS.replace("file", "fil"), given="yaer"
    ),
    "no parameters tag": Trap("0 cells tagged", tagged=False),
    "a second parameters cell": Trap("2 cells tagged", before=["{default}"], tag="parameters"),
    "a later cell that sets the year again": Trap("a later cell overrides", before=["{again}"]),
    "a default computed from another": Trap(
        "expected nothing but lines", f"{OURS}\nlabel = out_dir", f"{PLAIN}\nlabel = year"
    ),
    "the same with a type": Trap(
        "expected nothing but lines", f"{OURS}\nlabel: str = out_dir", f"{PLAIN}\nlabel: int = year"
    ),
    "exit(0) in the middle": Trap("did not run to its end", before=["import sys; sys.exit(0)"]),
    "a failing shell command": Trap("is not Python", before=["!false"]),
    "a failing program": Trap("check=True", before=["import subprocess; subprocess.run(['false'])"]),
    "an error in a thread": Trap(
        "ZeroDivisionError",
        before=["import threading; t = threading.Thread(target=lambda: 1 / 0); t.start(); t.join()"],
    ),
    "an error that is expected": Trap("ZeroDivisionError", before=["1 / 0"], tag="raises-exception"),
}
CHAPTER = 'from klimatlib import Chapter\nchapter = Chapter("a", params_file=params_file, out_dir=out_dir)'
MOVED = "from pathlib import Path; (chapter.out / 'at').write_text(f'{chapter.params.year} {Path.cwd()}')"


def ours(effort: Effort) -> Found:
    """Run each trap as a chapter: refused before a kernel starts, or detected after."""
    failures = []
    with workers(1) as pool:
        for number, (name, trap) in enumerate(TRAPS.items()):
            root = copy_project(effort.where / str(number), tiny=True)
            (root / "params" / "other.yml").write_bytes((root / "params" / "tiny.yml").read_bytes())
            cells = [cell.replace("{default}", OURS).replace("{again}", AGAIN) for cell in trap.before]
            _write(
                root / "notebooks" / "a.ipynb", trap, trap.parameters, [*cells, CHAPTER, "chapter.close()"]
            )
            out = root / "outputs" / "a"
            job = Job(root, "a", "params/tiny.yml", "outputs/a", out / "notebooks" / "a.ipynb")
            try:
                pool.submit(notebooks.run, job).result()
                failures.append(f"{name}: was run")
            except KlimatlibError as error:
                if trap.told not in str(error) or job.target.exists():
                    failures.append(f"{name}: {error}")
    return Found(len(TRAPS), failures, "traps")


def plain(effort: Effort) -> Found:
    """Run each trap by papermill with year=2024; with 0 none may end."""
    failures = []
    for name, trap in TRAPS.items():
        last = "print(label)" if "label" in trap.plain else "print(year)"
        cells = [cell.replace("{default}", PLAIN).replace("{again}", PLAIN) for cell in trap.before]
        _write(effort.where / "in.ipynb", trap, trap.plain, [*cells, last])
        command = [sys.executable, "-m", "papermill", "in.ipynb", "out.ipynb", "--no-progress-bar"]
        done = world.run([*command, "-p", trap.given, "2024"], effort.where)
        if done.code == 0:
            wrong = _printed(effort.where / "out.ipynb") != "2024"
            failures.append(f"{name}: exit 0, {'another year' if wrong else 'though something failed'}")
    return Found(len(TRAPS), failures, "traps", "the rest refused")


def _write(path: Path, trap: Trap, parameters: str, cells: Sequence[str]) -> None:
    write_notebook(path, *cells, parameters=parameters, tags=[trap.tag] if trap.tag else [])
    if not trap.tagged:
        book = json.loads(path.read_text(encoding="utf-8"))
        book["cells"][0]["metadata"] = {}
        path.write_text(json.dumps(book), encoding="utf-8")


def _printed(path: Path) -> str:
    outputs = json.loads(path.read_text(encoding="utf-8"))["cells"][-1]["outputs"]
    return "".join("".join(output.get("text", "")) for output in outputs).strip()


def side_by_side(effort: Effort) -> Found:
    """Run many years of one notebook at once: each sees its own parameters, in its own folder."""
    years = [2004 + number for number in range(effort.count(96, 6))]  # up to 2099
    root = copy_project(effort.where / "värld", tiny=True)
    text = (root / "params" / "tiny.yml").read_text(encoding="utf-8")
    _write(root / "notebooks" / "a.ipynb", Trap(""), OURS, [CHAPTER, MOVED, "chapter.close()"])
    jobs = []
    for year in years:
        told = text.replace("year: 2023", f"year: {year}", 1) + "data: tiny\n"
        told = re.sub(r"emissions_year: \d+", "emissions_year: 2000", told)
        told = re.sub(r"document_date: \S+", 'document_date: "2100-01-01"', told)
        (root / "params" / f"{year}.yml").write_text(told, encoding="utf-8")
        out = root / "outputs" / f"{year}"
        out.mkdir(parents=True)
        jobs.append(Job(root, "a", f"params/{year}.yml", f"outputs/{year}", out / "notebooks" / "a.ipynb"))
    failures = []
    try:
        with patch("os.cpu_count", return_value=effort.count(16, 3)):
            notebooks.run_all(jobs, done=lambda job: None)
    except KlimatlibError as error:
        failures.append(str(error))
    for year, job in zip(years, jobs, strict=True):
        at = job.out / "at"
        found = at.read_text(encoding="utf-8") if at.is_file() else "nothing"
        if found != f"{year} {root / 'notebooks'}":
            failures.append(f"{year}: found {found}")
    return Found(len(years), failures, "notebooks")


def plain_side_by_side(effort: Effort) -> Found:
    """Run as many by papermill in threads, each in a folder of its own."""
    count = effort.count(32, 4)
    write_notebook(effort.where / "in.ipynb", "import os; print(year, os.getcwd())", parameters=PLAIN)
    code = (
        "import sys, papermill\nfrom concurrent.futures import ThreadPoolExecutor\nfrom pathlib import Path\n"
        "def one(year):\n    folder = Path(str(year)); folder.mkdir()\n"
        "    papermill.execute_notebook('in.ipynb', f'{folder.absolute()}.ipynb', {'year': year}, "
        "cwd=str(folder.absolute()), progress_bar=False)\n"
        "with ThreadPoolExecutor(4) as pool:\n"
        f"    list(pool.map(one, range(2000, {2000 + count})))"
    )
    subprocess.run([sys.executable, "-c", code], cwd=effort.where, capture_output=True, timeout=900)
    wrong = []
    for year in range(2000, 2000 + count):
        out = effort.where / f"{year}.ipynb"
        found = _printed(out) if out.is_file() else "nothing"
        wrong += [] if found == f"{year} {effort.where / str(year)}" else [f"{year}: found {found}"]
    return Found(count, wrong, "notebooks", "threads, cwd= of each")
