"""Shared fixtures: a tiny world to break, and one real report that many tests look at."""

from __future__ import annotations

import atexit
import importlib
import json
import logging
import multiprocessing.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from multiprocessing import forkserver
from pathlib import Path
from typing import IO, TYPE_CHECKING, NoReturn

import pytest
import yaml
from filelock import FileLock
from hypothesis import settings

from klimatlib import cli, errors
from klimatlib.claims.claims import ClaimBook, read_claims
from klimatlib.execution.processes import PRELOADED, start_fork_server
from klimatlib.execution.publishing import write_manifest

if TYPE_CHECKING:
    from campaign.processes import Small

ROOT = Path(__file__).parent.parent
settings.register_profile("steady", deadline=None)  # a busy machine is no failure
settings.load_profile("steady")
TINY = ROOT / "tests" / "data" / "tiny"
# What is compiled is kept, for hundreds of processes and the next time, also where the system says otherwise.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


def copy_project(target: Path, *, tiny: bool) -> Path:
    """Copy what a run reads: the tiny world with the real notebooks, or the real project."""
    shutil.copytree(
        ROOT / "notebooks",
        target / "notebooks",
        ignore=shutil.ignore_patterns(".ipynb_checkpoints", "scratch"),
    )
    home = TINY if tiny else ROOT
    for folder in ("params", "data"):
        shutil.copytree(home / folder, target / folder, ignore=shutil.ignore_patterns("raw"))
    shutil.copy(ROOT / "requirements.lock", target)
    for shared in ("sectors", "channels", "guard_words", "gpc"):  # both worlds have these
        shutil.copy(ROOT / "params" / f"{shared}.yml", target / "params")
    return target


def few_chapters(root: Path, *names: str) -> Path:
    """Let a project's report have few chapters, or one, so that a run takes seconds; the last sums up."""
    names = names or ("10_members",)
    outline = {"chapters": [*names], "summary": names[-1], "order": [*names]}
    (root / "notebooks" / "report.yml").write_text(yaml.dump(outline, sort_keys=False), encoding="utf-8")
    return root


def seal(folder: Path) -> None:
    """Write the manifest and the build record of a published folder that a test made by hand."""
    for name in ("manifest.json", "build.json"):
        (folder / name).unlink(missing_ok=True)
    write_manifest(folder, {}, {})


def edit(path: Path, old: str, new: str) -> None:
    """Replace a text that stands once or first in a file."""
    data = path.read_bytes()
    assert old.encode() in data, old
    path.write_bytes(data.replace(old.encode(), new.encode(), 1))


def edit_notebook(root: Path, name: str, *, cell: int, source: str) -> None:
    """Give a cell of a notebook another source."""
    path = root / "notebooks" / f"{name}.ipynb"
    book = json.loads(path.read_text(encoding="utf-8"))
    book["cells"][cell]["source"] = source
    path.write_text(json.dumps(book), encoding="utf-8")


def unpin(root: Path) -> None:
    """Take the checksums out of ``params/sources.yml``: the statistics are about to be others."""
    path = root / "params" / "sources.yml"
    text = re.sub(r"\n +sha256: \w+", "", path.read_text(encoding="utf-8"))
    path.write_text(text, encoding="utf-8")


def klimatlib(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the command to its end in a fork of this process, which has imported what it needs."""
    for name in (*PRELOADED, "nbconvert"):
        importlib.import_module(name)
    start_fork_server()  # one for all commands
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        if not (number := os.fork()):
            be_the_command(words, cwd, out, err)
        code = os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])
        said = [stream.seek(0) or stream.read().decode() for stream in (out, err)]
    return subprocess.CompletedProcess(words, code, *said)


def be_the_command(words: Sequence[str], cwd: Path, out: IO[bytes], err: IO[bytes]) -> NoReturn:
    """Let a fork of this process be the command, as if it had been started in a folder, and end."""
    code = 1
    try:
        os.chdir(cwd)
        os.dup2(out.fileno(), 1)
        os.dup2(err.fileno(), 2)
        sys.stdout, sys.stderr = os.fdopen(1, "w", encoding="utf-8"), os.fdopen(2, "w", encoding="utf-8")
        sys.argv, tempfile.tempdir = ["klimatlib", *words], None
        errors._answers_were_read.clear()
        errors.logger.handlers.clear()
        atexit._clear()
        atexit.register(multiprocessing.util._exit_function)
        if forkserver._forkserver._forkserver_pid:  # is not this process's child, and need not be watched
            forkserver.ensure_running = forkserver._forkserver.ensure_running = lambda: None
        cli.main()
    except SystemExit as end:
        code = int(end.code or 0)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


@contextmanager
def collected() -> Iterator[list[str]]:
    """Collect what the library says of its runs, a line each."""
    lines: list[str] = []

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage())

    log, collector = logging.getLogger("klimatlib"), Collector()
    log.setLevel(logging.INFO)
    log.addHandler(collector)
    try:
        yield lines
    finally:
        log.removeHandler(collector)


@contextmanager
def unrendered() -> Iterator[None]:
    """Let runs here leave out documents and review pages, which take longest, where no test looks at them."""
    from klimatlib.review import room
    from klimatlib.run import build

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "render_document", lambda run, chosen: chosen)
        patch.setattr(room, "write_pages", lambda *_: None)
        yield


@pytest.fixture
def said() -> Iterator[list[str]]:
    """What the library says of its runs during a test."""
    with collected() as lines:
        yield lines


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh copy of the tiny world, as the current folder."""
    root = copy_project(tmp_path / "värld", tiny=True)
    monkeypatch.chdir(root)
    return root


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """Return a folder that one worker of this test run makes for all of them; look, do not touch."""
    home = factory.getbasetemp()
    home = home.parent if "PYTEST_XDIST_WORKER" in os.environ else home
    made = home / f"{name}.made"
    with FileLock(home / f"{name}.lock"):
        if not made.exists():
            make(home / name)
            made.touch()
    return home / name


def make_report(root: Path, params: str) -> None:
    """Copy the tiny world or the real project, and make the report there."""
    from klimatlib.run import build

    copy_project(root, tiny="tiny" in params)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        build.report(params, renderer="embedded")


@pytest.fixture(scope="session")
def tiny_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny world with its report made once; look, do not touch."""
    return made_once(tmp_path_factory, "värld", partial(make_report, params="params/tiny.yml"))


@pytest.fixture
def made(tiny_report: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the tiny world with its report made, to change and to harm, as the current folder."""
    root = tmp_path / "värld"
    shutil.copytree(tiny_report, root)
    monkeypatch.chdir(root)
    return root


def make_sheets(root: Path) -> None:
    """Copy the tiny world, and make its fact sheets."""
    from klimatlib.share import factsheets

    copy_project(root, tiny=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        factsheets.make_all("params/tiny.yml")


@pytest.fixture(scope="session")
def tiny_sheets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny world with its three fact sheets, drafts, made once; look, do not touch."""
    return made_once(tmp_path_factory, "blad", make_sheets)


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Small:
    """The tiny world with one chapter, its report made, and another, older report in its place."""
    from campaign.processes import Small

    return Small.read(made_once(tmp_path_factory, "liten värld", Small.make))


@pytest.fixture(scope="session")
def report_2023(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real report of 2023, made once for all tests; the published folder."""
    root = made_once(tmp_path_factory, "klimat", partial(make_report, params="params/2023.yml"))
    return root / "outputs" / "2023"


@pytest.fixture(scope="session")
def book(report_2023: Path) -> ClaimBook:
    """The claims of the real report."""
    return read_claims((report_2023 / "claims.csv").read_bytes(), file="claims.csv")


@pytest.fixture(scope="session")
def demo_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the example year, made once; the published folder."""
    root = made_once(tmp_path_factory, "exempel", partial(make_report, params="params/demo.yml"))
    return root / "outputs" / "demo"


# Files that make reports or open many pages; what ends a run is short, so that no processor waits.
LONG = {
    *("test_review", "test_dashboard", "test_browser", "test_new_year", "test_preview", "test_signatures"),
    *("test_sheets", "test_renderers", "test_build", "test_kernels", "test_drafts", "test_scheduled"),
    *("test_walks", "test_lab", "test_faults", "test_survey_follow_up", "test_channels", "test_notebooks"),
    *("test_pdf", "test_prose", "test_privacy", "test_open_data"),
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the campaign's files begin first, then the others that take long."""
    items.sort(key=lambda item: ("campaign" not in item.path.parts, item.path.stem not in LONG))


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in one line what was not tested, and why."""
    reasons = sorted({str(report.longrepr[2]) for report in terminalreporter.stats.get("skipped", [])})
    if reasons:
        terminalreporter.write_line("not tested here: " + "; ".join(reasons))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI everything must run: a skipped test hides a hole."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
