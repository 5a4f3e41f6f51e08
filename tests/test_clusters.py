"""The same jobs on a Dask cluster: a real scheduler and two workers on the loopback interface."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import Future
from pathlib import Path

import psutil
import pytest

from klimatlib import clusters, jobs, sheets
from klimatlib.clusters import Parcel
from klimatlib.errors import ClusterError
from klimatlib.jobs import Job

PATIENCE_S = 120


def dask(*words: str, folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-W", "ignore", "-m", "distributed.cli." + words[0], *words[1:]]
    with (folder / f"{words[0]}.log").open("ab") as log:
        return subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)


def wait_for(what, told: str):
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if found := what():
            return found
        time.sleep(0.05)
    raise AssertionError(f"{told} did not come within {PATIENCE_S} s")


def address_in(file: Path) -> str:
    try:
        return str(json.loads(file.read_text(encoding="utf-8"))["address"])
    except (OSError, ValueError, KeyError):
        return ""


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory):
    """A scheduler; its address, and a folder for workers."""
    folder = tmp_path_factory.mktemp("dask")
    file = folder / "scheduler.json"
    told = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file)]
    process = dask("dask_scheduler", *told, folder=folder)
    try:
        yield wait_for(lambda: address_in(file), "the scheduler"), folder
    finally:
        process.terminate()
        process.wait()


@pytest.fixture
def two_workers(scheduler):
    """Two workers, one job at a time each; they know no project."""
    address, folder = scheduler
    told = [address, "--no-nanny", "--nthreads", "1", "--host", "127.0.0.1", "--no-dashboard"]
    started = [dask("dask_worker", *told, "--name", name, folder=folder) for name in ("one", "two")]
    try:
        yield address, started
    finally:
        for process in started:
            process.kill()
            process.wait()


def make_sheets(root: Path, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "klimatlib", "-C", str(root), "sheets", "tiny", *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def busy(workers: list[subprocess.Popen[bytes]]) -> subprocess.Popen[bytes] | None:
    """Return a worker that is at work on a job."""
    return next((one for one in workers if psutil.Process(one.pid).children()), None)


def files(folder: Path) -> dict[str, bytes]:
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def test_sheets_made_on_a_cluster_are_those_made_here_even_when_a_worker_is_killed(tiny, two_workers):
    address, workers = two_workers
    running = make_sheets(tiny, "--cluster", address)
    victim = wait_for(lambda: busy(workers), "a job")
    children = psutil.Process(victim.pid).children(recursive=True)
    victim.send_signal(signal.SIGKILL)
    told, _ = running.communicate(timeout=PATIENCE_S * 2)
    assert running.returncode == 0, told
    psutil.wait_procs(children, timeout=5)
    assert [child for child in children if child.is_running()] == []
    on_cluster = files(tiny / "outputs" / "tiny-sheets")
    shutil.rmtree(tiny / "outputs")
    sheets.make_all("params/tiny.yml", say=lambda _: None)
    assert files(tiny / "outputs" / "tiny-sheets") == on_cluster


def test_a_cluster_that_is_not_there_or_has_nobody_is_told_in_one_line(tiny, scheduler):
    address, _ = scheduler
    nowhere = "tcp://127.0.0.1:1"
    for place, told in (
        (address, "the scheduler has no workers; start some"),
        (nowhere, f"{nowhere}: no Dask scheduler answers"),
    ):
        with pytest.raises(ClusterError, match=told), clusters.cluster(place, tiny):
            pass


def test_a_worker_with_other_packages_is_refused():
    own = {"klimatlib": "a", "the installed packages": "b"}
    with pytest.raises(ClusterError, match="tcp://x: the installed packages is not the same there as here"):
        clusters._require_fit("tcp://s", {"tcp://x": {**own, "the installed packages": "c"}}, own)


def job_in(root: Path) -> Job:
    return Job(root, "n", "params/tiny.yml", "outputs/x", root / "outputs" / "x" / "n.ipynb")


@pytest.mark.parametrize(
    ("name", "sent", "told"),
    [
        ("outputs/x/n.csv", b"other", "not as it was sent"),
        ("outputs/y/n.csv", b"n", "but belongs in outputs/x"),
        ("../n.csv", b"n", "but belongs in outputs/x"),
        ("/tmp/n.csv", b"n", "but belongs in outputs/x"),
        ("outputs/x/../../params/tiny.yml", b"n", "but belongs in outputs/x"),
    ],
)
def test_what_came_back_changed_or_would_lie_elsewhere_is_not_taken(tmp_path, name, sent, told):
    hashes = Parcel.of(tmp_path, []).hashes | {name: clusters._sha256(b"n")}
    answer, done = Future(), Future()
    answer.set_result(("made", Parcel({name: sent}, hashes)))
    clusters._receive(answer, done, job_in(tmp_path))
    with pytest.raises(ClusterError, match=told):
        done.result()
    assert list(tmp_path.iterdir()) == []


def test_a_parcel_holds_the_inputs_and_neither_raw_files_nor_outputs(tiny):
    (tiny / "data" / "raw").mkdir()
    (tiny / "data" / "raw" / "big.xlsx").write_bytes(b"")
    packed = [path.relative_to(tiny).as_posix() for path in clusters.inputs_of(tiny)]
    assert "data/tiny/survey.csv" in packed
    assert "requirements.lock" in packed
    assert not [name for name in packed if name.startswith(("data/raw", "outputs"))]


def test_the_digest_that_workers_are_compared_by_needs_no_project():
    assert set(jobs.foundation(None)) == {"klimatlib", "the installed packages"}
