"""Promises on sameness: nothing around a run changes a byte, damage is seen (C3, C6, D1 to D3)."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest

from campaign.conftest import Tries, cases
from campaign.processes import REPORT, SPACE, Small, fault, run
from conftest import ROOT, copy_project, few_chapters
from klimatlib.claims.claims import read_claims
from klimatlib.errors import KlimatlibError
from klimatlib.execution.publishing import digests
from klimatlib.run import archive, build


@dataclass(frozen=True)
class World:
    """What is other than at home, when a run is tried for a promise.

    ``{root}`` in a variable is the project's folder. A shell there does what ``shell`` says to run the
    command; the wall clock is ``by`` off from so many seconds ``after`` the start. ``ends`` are the exit
    codes that are right.
    """

    promise: str = "D1"
    env: Mapping[str, str] = field(default_factory=dict)
    shell: str = 'exec "$@"'
    place: str = "projekt"
    by: dt.timedelta = dt.timedelta()
    after: float = -1e9
    shuffled: bool = False
    few: bool = False  # one chapter alone, which takes a third of the time
    ends: tuple[int, ...] = (0,)


def _odd(command: str, *ends: int, **env: str) -> World:
    return World("C3", env, command if "$@" in command else f'{command}; exec "$@"', ends=ends or (0,))


def _mounted(command: str, *ends: int, **env: str) -> World:
    return _odd(f'{" ".join(SPACE)} sh -c \'{command} && exec "$@"\' sh "$@"', *ends, **env)


_BARE = {"HOME": "/nonexistent", "LC_ALL": "C", "SOURCE_DATE_EPOCH": "1"}
_USER = {"COLUMNS": "40", "TERM": "dumb", "USER": "någon", "LOGNAME": "någon"}
_BLAS = {"OPENBLAS_NUM_THREADS": "1", "OPENBLAS_CORETYPE": "Haswell", "OMP_NUM_THREADS": "1"}
_ALL = {"TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "1", **_BARE, **_USER, **_BLAS}
_PLACE, _TODAY, _DAY = "en mapp med åäö/projekt", dt.datetime.now(), dt.timedelta(1)
_READ_ONLY = "mount --bind {0} {0} && mount -o remount,ro,bind {0}"
_WEAK = 'exec setpriv --bounding-set=-dac_override,-dac_read_search,-fowner "$@"'
WORLDS = {
    **{f"most of it at once, {kind}": World(
        "D1", _ALL, 'umask 077; exec "$@"', _PLACE, 400 * _DAY, 2.0, shuffled=True, few="one" in kind)
       for kind in ("one chapter", "all chapters")},
    "again": World(), "locale C": World(env={"LC_ALL": "C"}), "BLAS": World(env=_BLAS),
    "Swedish locale": World(env={"LC_ALL": "sv_SE.UTF-8"}), "terminal and user": World(env=_USER),
    "Turkish locale": World(env={"LC_ALL": "tr_TR.UTF-8"}), "no home": World(env=_BARE),
    "umask 000": World(shell='umask 000; exec "$@"'), "umask 077": World(shell='umask 077; exec "$@"'),
    "a path with å and a space": World(place=_PLACE), "time zone": World(env={"TZ": "Pacific/Pago_Pago"}),
    "another host": World(shell='exec unshare --uts sh -c \'hostname other; exec "$@"\' sh "$@"'),
    "one core": World(shell='exec taskset -c 0 "$@"'), "hash seed": World(env={"PYTHONHASHSEED": "4711"}),
    "order of folders": World(shuffled=True), "no network": World(shell='exec unshare -rn "$@"'),
    **{f"{by} later under way": World("C6", by=by, after=2.0)
       for by in (400 * _DAY, -_DAY, _DAY / 24, -_DAY / 24)},
    **{f"in {year}": World("C6", by=_TODAY.replace(year=year, day=1) - _TODAY)
       for year in (1971, 2038, 2100)},
    "outputs that can only be read": _mounted(_READ_ONLY.format("outputs"), 1),
    "files of at most 100 kB": _odd("ulimit -f 100", 1), "30 file handles": _odd("ulimit -n 30", 0, 1),
    "16 file handles": _odd("ulimit -n 16", 0, 1), "standard output full": _odd('exec "$@" >/dev/full', 0, 1),
    "a HOME full of settings": _odd(
        "true", HOME="{root}/home", IPYTHONDIR="{root}/home/.ipython", MPLBACKEND="TkAgg"),
    "warnings are errors": _odd("true", PYTHONWARNINGS="error"),
    "no asserts": _odd("true", PYTHONOPTIMIZE="2"),
    "bytes that are no text": _odd("export ODD=$(printf '\\377\\376')"),
    "an empty PATH": _odd("true", PATH=""),
    "a full TMPDIR": _mounted("mount -t tmpfs -o size=4k tmpfs tmp", 1, TMPDIR="{root}/tmp"),
    "a TMPDIR that can only be read": _mounted(_READ_ONLY.format("tmp"), 0, 1, TMPDIR="{root}/tmp"),
    "a project that can only be read": _mounted(_READ_ONLY.format(".") + ' && cd "$PWD"', 1),
    "outputs without rights": _odd(f"chmod 555 outputs; {_WEAK}", 1),
    "inputs without rights": _odd(f"chmod 000 data/tiny/facts.yml; {_WEAK}", 1, 2),
    "no shared memory": _mounted("mount -t tmpfs -o ro tmpfs /dev/shm", 0, 1),
}  # fmt: skip


@pytest.fixture(scope="session")
def clock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library that stands between a program and the wall clock."""
    library = tmp_path_factory.mktemp("clock") / "clockjump.so"
    source = Path(__file__).with_name("clockjump.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    return library


@pytest.mark.promise("C3", "C6", "D1", needs="cc")
@pytest.mark.parametrize(
    "name", cases([*WORLDS], short=["most of it at once, one chapter", "outputs that can only be read"])
)
def test_what_is_around_a_run_changes_no_byte_or_is_told_in_one_clear_line(
    tries: Tries, tiny_report: Path, small: Small, tmp_path: Path, clock: Path, name: str
) -> None:
    world, root = WORLDS[name], tmp_path / WORLDS[name].place
    if world.promise == "D1":  # from nothing
        old = new = small.new if world.few else digests(tiny_report / "outputs" / "tiny")
        copy_project(root, tiny=True)
        if world.few:
            few_chapters(root)
    else:
        old, new = small.old, small.new
        root.parent.mkdir(exist_ok=True)
        small.copy(root)
    if world.shuffled:  # on some disks files are listed in the order in which they were written
        contents = [
            (path, path.read_bytes()) for path in sorted((root / "data").rglob("*")) if path.is_file()
        ]
        for path, _ in contents:
            path.unlink()
        for path, data in Random(1).sample(contents, len(contents)):
            path.write_bytes(data)
    for folder, file, text in (
        ("tmp", "", ""), ("home/.config/matplotlib", "matplotlibrc", "font.size: 40\n"),
        ("home/.ipython/profile_default/startup", "00.py", "raise RuntimeError('mine')\n"),
    ):  # fmt: skip
        (root / folder).mkdir(parents=True)
        if file:
            (root / folder / file).write_text(text, encoding="utf-8")
    environment = {key: value.replace("{root}", str(root)) for key, value in world.env.items()}
    if world.by:
        at, by = max(time.monotonic() + world.after, 1), world.by.total_seconds()
        environment |= {"LD_PRELOAD": str(clock), "JUMP_SEEN": str(tmp_path / "seen")}
        environment |= {"JUMP_AT": f"{at:.3f}", "JUMP_BY": f"{by:.0f}"}
    done = run(["/bin/sh", "-c", world.shell, "sh", *REPORT, "--fresh"], root, **environment)
    if (root / "outputs").exists():
        (root / "outputs").chmod(0o755)
    wrong = "" if done.code in world.ends else f"ended with {done.code}"
    wrong = wrong or fault(root / "outputs" / "tiny", old if done.code else new)
    wrong = wrong or (done.unclear if done.code else "said more" if done.said else "")
    wrong = wrong or ("no process saw the clock" if world.by and not (tmp_path / "seen").exists() else "")
    problem = wrong and f"{name}: {wrong}: {done.said[-300:]}"
    tries(world.promise, problem, number=1 if old is not new else len(new))
    if world.by and world.promise == "D1":
        tries("C6", wrong)


@pytest.mark.promise("D2")
@pytest.mark.parametrize("world", cases(["small", "published years"], short=1))
def test_every_published_number_comes_out_again(
    tries: Tries, small: Small, tmp_path: Path, world: str
) -> None:
    root = ROOT
    if world == "small":
        root = small.copy(tmp_path / "värld")
        for path in root.glob("outputs/*/*"):  # as git keeps it
            if path.name not in ("claims.csv", "manifest.json"):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
    for path in sorted(root.glob("outputs/*/claims.csv")):
        problem = ""
        try:
            build.rebuild(root, path.parent.name)
        except KlimatlibError as error:
            problem = f"{path.parent.name}: {error}"
        numbers = len(read_claims(path.read_bytes(), file=path.name))
        tries("D2", problem, number=numbers, reports=path.parent.name)


@pytest.mark.promise("D3")
@pytest.mark.parametrize("count", cases([10, 90], short=1))
def test_a_flipped_bit_is_seen_and_its_file_named(
    tries: Tries, tiny_report: Path, tmp_path: Path, count: int
) -> None:
    root, random = shutil.copytree(tiny_report, tmp_path / "värld"), Random(count)
    published = root / "outputs" / "tiny"
    manifest, record = (
        json.loads((published / f"{name}.json").read_bytes()) for name in ("manifest", "build")
    )
    inputs = [name for kind in ("inputs", "parameters", "notebooks", "lock") for name in manifest[kind]]
    whole_files = [name for name in inputs if "#" not in name]  # of a shared file only what is used counts
    files = [*(f"outputs/tiny/{name}" for name in [*record["outputs"], "claims.csv"]), *whole_files]
    for _ in range(count):
        path = root / random.choice([name for name in files if (root / name).stat().st_size])
        whole = path.read_bytes()
        at, bit = random.randrange(len(whole)), 1 << random.randrange(8)
        path.write_bytes(whole[:at] + bytes([whole[at] ^ bit]) + whole[at + 1 :])
        name, problem = path.relative_to(root).as_posix(), "was not seen"
        try:
            build.verify(root, "tiny")
        except KlimatlibError as error:
            problem = "" if name in str(error) else f"is not named in {error}"
        path.write_bytes(whole)
        tries("D3", problem and f"{name} {problem}")


@pytest.mark.long
@pytest.mark.promise("D2", needs="unshare")
def test_an_archive_makes_its_report_again_without_network_and_with_one_key(
    tries: Tries, tmp_path: Path
) -> None:
    """The last commit's example year, by a bare Python; it needs the wheels that the Makefile keeps."""
    project, keys = tmp_path / "projekt", [tmp_path / "a.key", tmp_path / "b.key"]
    subprocess.run(["git", "clone", "-q", str(ROOT), str(project)], check=True)
    code = "from klimatlib.cli import main; main()"
    words: list[list[object]] = [["report", "demo", "--renderer", "embedded"]]
    recipients = [word for key in keys for word in ("--recipient", archive.new_key(key))]
    words += [["archive", "demo", "--to", tmp_path / "demo.zip", *recipients]]
    for each in words:
        own = {**os.environ, "PYTHONPATH": str(project / "src")}
        subprocess.run([sys.executable, "-c", code, *map(str, each)], cwd=project, env=own, check=True)
    python = Path(sys.base_prefix, "bin", "python3")
    command = ["unshare", "-rn", str(python), "demo.zip", "b.key", "--rebuild"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    same = re.search(r"every number is the same, and (\d+) of \1 files are, byte for byte", done.stdout)
    tries("D2", "" if same else f"{done.returncode}: {done.stdout[-300:]} {done.stderr[-300:]}")
