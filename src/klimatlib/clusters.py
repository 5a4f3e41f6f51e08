"""Send jobs to a Dask cluster: what a job needs travels with it, what it made comes back and is checked.

A worker needs klimatlib with the same packages, and nothing else: no shared disk, no project. It unpacks the
project's inputs into a folder of its own, does the job in a process of its own, and sends back what that
made. A worker that dies has its jobs done by another.
"""

from __future__ import annotations

import hashlib
import pickle
import tempfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from klimatlib import jobs
from klimatlib.errors import ClusterError, UsageError
from klimatlib.jobs import Job
from klimatlib.kernels.alone import in_process

_PATIENCE_S = 10
_RETRIES = 3
_SENT = ("params", "data", "notebooks")


@dataclass(frozen=True)
class Parcel:
    """Files on their way, by path relative to the project, with their sha256."""

    files: Mapping[str, bytes]
    hashes: Mapping[str, str]

    @classmethod
    def of(cls, root: Path, paths: list[Path]) -> Parcel:
        """Pack files."""
        files = {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(paths)}
        return cls(files, {name: _sha256(data) for name, data in files.items()})

    def unpack(self, root: Path, *, below: str = ".") -> None:
        """Write the files, those that the hashes say and nowhere but ``below`` a folder of the project.

        Raises
        ------
        ClusterError
            When a file is not what was sent, or would lie elsewhere.
        """
        for name, data in self.files.items():
            path = PurePosixPath(name)
            if path.is_absolute() or ".." in path.parts or not path.is_relative_to(below):
                raise ClusterError(
                    f"{name}: came back from a worker, but belongs in {below}; nothing is taken"
                )
            if _sha256(data) != self.hashes.get(name):
                raise ClusterError(f"{name}: came back from a worker, but not as it was sent; run it again")
        for name, data in self.files.items():
            target = root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)


@contextmanager
def cluster(address: str, root: Path) -> Iterator[Executor]:
    """Give an executor whose work is done by a cluster.

    Parameters
    ----------
    address
        Of the scheduler, ``tcp://host:port``.
    root
        The project. What is submitted is a function and one argument: a `Job`, or what has one as ``job``.

    Raises
    ------
    UsageError
        Without the package ``distributed``.
    ClusterError
        No scheduler there, no worker, or one with another klimatlib or other packages.
    """
    try:
        from distributed import Client
    except ModuleNotFoundError:
        raise UsageError('a cluster needs more packages: pip install "klimatlib[cluster]"') from None
    try:
        client = Client(address, timeout=_PATIENCE_S, set_as_default=False)
    except (OSError, ValueError) as error:
        told = (
            f"{address}: no Dask scheduler answers ({type(error).__name__}); start one, see docs/cluster.md"
        )
        raise ClusterError(told) from None
    with client:
        _require_fit(address, client.run(jobs.foundation, root=None), jobs.foundation(None))
        # With every job and not once to every worker: Dask gives up what was scattered when its holder dies.
        parcel = zlib.compress(pickle.dumps(Parcel.of(root, inputs_of(root))))
        yield _Shipping(client.get_executor(retries=_RETRIES, pure=False), parcel)


def inputs_of(root: Path) -> list[Path]:
    """Return the files of a project that jobs may need: neither what was fetched raw nor what was made."""
    paths = [root / "requirements.lock", *(path for name in _SENT for path in _files(root / name))]
    return [path for path in paths if path.is_file()]


class _Shipping(Executor):
    """Packs what is submitted to another executor and unpacks what comes back."""

    def __init__(self, executor: Executor, parcel: bytes) -> None:
        self._executor, self._parcel = executor, parcel

    def submit(self, work: Callable[..., Any], /, *args: Any, **_: Any) -> Future[Any]:
        """Send work; the future is done when its files are here too."""
        (given,) = args
        job, done = _job(given), Future[Any]()
        done.set_running_or_notify_cancel()
        sent = self._executor.submit(_at_worker, self._parcel, work, given)
        sent.add_done_callback(lambda answer: _receive(answer, done, job))
        return done


def _at_worker(parcel: bytes, work: Callable[[Any], Any], given: Any) -> tuple[Any, Parcel]:
    """Do the work where the project is not: in a folder that has what it needs, and is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="klimatlib-job-") as folder:
        root = Path(folder).resolve()
        sent: Parcel = pickle.loads(zlib.decompress(parcel))
        sent.unpack(root)
        moved = _moved(given, root)
        returned = in_process(work, moved)
        return returned, Parcel.of(root, _files(_job(moved).out))


def _receive(answer: Future[Any], done: Future[Any], job: Job) -> None:
    try:
        returned, parcel = answer.result()
        parcel.unpack(job.root, below=job.out_dir)
    except BaseException as error:
        done.set_exception(error)
    else:
        done.set_result(returned)


def _require_fit(address: str, workers: Mapping[str, Mapping[str, str]], own: Mapping[str, str]) -> None:
    if not workers:
        raise ClusterError(f"{address}: the scheduler has no workers; start some, see docs/cluster.md")
    for worker, there in workers.items():
        for name in own:
            if there.get(name) != own[name]:
                told = (
                    f"{worker}: {name} is not the same there as here; install the same lock on every worker"
                )
                raise ClusterError(told)


def _job(given: Any) -> Job:
    found: Job = given if isinstance(given, Job) else given.job
    return found


def _moved(given: Any, root: Path) -> Any:
    job = _job(given)
    moved = replace(job, root=root, target=root / job.target.relative_to(job.root))
    return moved if isinstance(given, Job) else replace(given, job=moved)


def _files(folder: Path) -> list[Path]:
    return [p for p in folder.rglob("*") if p.is_file() and "raw" not in p.relative_to(folder).parts[:1]]


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
