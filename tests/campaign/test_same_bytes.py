"""Promises on sameness: nothing around a run changes a byte, damage is seen (C3, C6, D1 to D3)."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest

from campaign.conftest import Tries, cases
from campaign.processes import REPORT, SPACE, Small, fault, hashes, run
from conftest import ROOT, copy_project
from klimatlib.claims.claims import read_claims
from klimatlib.errors import KlimatlibError
from klimatlib.run import build


@dataclass(frozen=True)
class Case:
    """Surroundings of a run.

    Attributes
    ----------
    shell
        What a shell does, in the project's folder, to run the command.
    environment
        Variables; ``{root}`` is the project's folder.
    ends
        The exit codes that are right: 0 when the report is made, another when the old one is left.
    """

    shell: str = 'exec "$@"'
    environment: Mapping[str, str] = field(default_factory=dict)
    ends: tuple[int, ...] = (0,)


def _mounted(command: str, ends: tuple[int, ...], **environment: str) -> Case:
    return Case(f'{" ".join(SPACE)} sh -c \'{command} && exec "$@"\' sh "$@"', environment, ends)


def _limited(command: str, *ends: int) -> Case:
    return Case(f'{command}; exec "$@"', ends=ends or (0,))


_READ_ONLY = "mount --bind {0} {0} && mount -o remount,ro,bind {0}"
_WEAK = 'exec setpriv --bounding-set=-dac_override,-dac_read_search,-fowner "$@"'
CASES: dict[str, Case] = {
    "files of at most 100 kB": _limited("ulimit -f 100", 1), "30 file handles": _limited("ulimit -n 30", 0,
        1),
    "16 file handles": _limited("ulimit -n 16", 0, 1), "64 file handles": _limited("ulimit -n 64", 0, 1),
    "Turkish": Case(environment={"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"}),
    "umask 000": _limited("umask 000"), "umask 077": _limited("umask 077"), "no HOME": _limited("unset HOME"),
    "another folder": Case('cd / && exec "$1" "$2" "$3" -C "$OLDPWD" "$4" "$5" "$6" "$7" "$8"'),
    "a HOME that is not there": Case(environment={"HOME": "/nonexistent"}),
    "a HOME full of settings": Case(
        environment={"HOME": "{root}/home", "IPYTHONDIR": "{root}/home/.ipython", "MPLBACKEND": "TkAgg"}),
    "standard output full": Case('exec "$@" >/dev/full', ends=(0, 1)),
    "warnings are errors": Case(environment={"PYTHONWARNINGS": "error"}),
    "no asserts": Case(environment={"PYTHONOPTIMIZE": "2"}),
    "a fixed hash seed": Case(environment={"PYTHONHASHSEED": "4711"}),
    "bytes that are no text": _limited("export ODD=$(printf '\\377\\376')"),
    "an empty PATH": Case(environment={"PATH": ""}),
    "a proxy that is not there": Case(environment={"http_proxy": "http://127.0.0.1:9"}),
    "no hang-up": _limited("trap '' HUP"), "signals ignored": _limited("trap '' INT PIPE"),
    "one processor": Case('exec taskset -c 0 "$@"'), "loopback down": Case('exec unshare -rn "$@"'),
    "no TMPDIR there": Case(environment={"TMPDIR": "{root}/nowhere"}),
    "a long TMPDIR": Case(environment={"TMPDIR": "{root}/" + "lång-" * 20}, ends=(0, 1)),
    "a full TMPDIR": _mounted("mount -t tmpfs -o size=4k tmpfs tmp", (1,), TMPDIR="{root}/tmp"),
    "a TMPDIR that can only be read": _mounted(_READ_ONLY.format("tmp"), (0, 1), TMPDIR="{root}/tmp"),
    "outputs that can only be read": _mounted(_READ_ONLY.format("outputs"), (1,)),
    "a project that can only be read": _mounted(_READ_ONLY.format(".") + ' && cd "$PWD"', (1,)),
    "outputs without rights": Case(f"chmod 555 outputs; {_WEAK}", ends=(1,)),
    "inputs without rights": Case(f"chmod 000 data/tiny/facts.yml; {_WEAK}", ends=(1, 2)),
    "no shared memory": _mounted("mount -t tmpfs -o ro tmpfs /dev/shm", (0, 1)),
}  # fmt: skip


@pytest.mark.promise("C3")
@pytest.mark.parametrize(
    "name", cases([*CASES], short=["files of at most 100 kB", "outputs that can only be read"])
)
def test_odd_surroundings_end_in_the_same_bytes_or_in_one_clear_line(
    tries: Tries, small: Small, tmp_path: Path, name: str
) -> None:
    case, root = CASES[name], small.copy(tmp_path / "en värld")
    for folder in ("tmp", "lång-" * 20, "home/.ipython/profile_default/startup", "home/.config/matplotlib"):
        (root / folder).mkdir(parents=True)
    (root / "home/.ipython/profile_default/startup/00.py").write_text(
        "raise RuntimeError('mine')\n", encoding="utf-8"
    )
    (root / "home/.config/matplotlib/matplotlibrc").write_text("font.size: 40\n", encoding="utf-8")
    environment = {key: value.replace("{root}", str(root)) for key, value in case.environment.items()}
    done = run(["/bin/sh", "-c", case.shell, "sh", *REPORT, "--fresh"], root, **environment)
    (root / "outputs").chmod(0o755)
    published = root / "outputs" / "tiny"
    wrong = "" if done.code in case.ends else f"ended with {done.code}: {done.said[-300:]}"
    wrong = wrong or fault(published, small.old if done.code else small.new)
    wrong = wrong or (done.unclear if done.code else done.said)
    tries("C3", wrong and f"{name}: {wrong}")


@pytest.fixture(scope="session")
def clock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library that stands between a program and the wall clock."""
    library = tmp_path_factory.mktemp("clock") / "clockjump.so"
    source = Path(__file__).with_name("clockjump.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    return library


def set_clock(library: Path, by: dt.timedelta, *, after: float = -1e9) -> dict[str, str]:
    """Return the variables for a program whose wall clock is set so many seconds from now."""
    at = time.monotonic() + after
    return {
        "LD_PRELOAD": str(library),
        "JUMP_AT": f"{max(at, 1):.3f}",
        "JUMP_BY": f"{by.total_seconds():.0f}",
    }


TODAY = dt.datetime.now()
CLOCKS = {
    **{f"{by} under way": (by, 2.0) for by in map(dt.timedelta, (400, -1))},
    **{f"{hours} hours under way": (dt.timedelta(hours=hours), 2.0) for hours in (1, -1)},
    **{f"{by} from the start": (by, -1e9) for by in map(dt.timedelta, (400, -1))},
    **{f"in {year}": (TODAY.replace(year=year, day=1) - TODAY, -1e9) for year in (1971, 2038, 2100)},
}


@pytest.mark.promise("C6", needs="cc")
@pytest.mark.parametrize("name", cases([*CLOCKS], short=1))
def test_a_wrong_clock_changes_no_byte(
    tries: Tries, small: Small, tmp_path: Path, clock: Path, name: str
) -> None:
    root, seen = small.copy(tmp_path / "värld"), tmp_path / "seen"
    by, after = CLOCKS[name]
    done = run([*REPORT, "--fresh"], root, JUMP_SEEN=str(seen), **set_clock(clock, by, after=after))
    wrong = fault(root / "outputs" / "tiny", small.new) or done.said[-300:]
    tries("C6", wrong or ("" if seen.exists() else f"{name}: no process saw it"))


@dataclass(frozen=True)
class World:
    """What is other than at home: variables, umask, programs that start the run, place, clock, disk."""

    env: Mapping[str, str] = field(default_factory=dict)
    umask: int = 0o022
    before: tuple[str, ...] = ()
    place: str = "projekt"
    days: int = 0
    shuffled: bool = False


WORLDS = {
    "most of it at once": World(
        {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "PYTHONHASHSEED": "1", "COLUMNS": "40",
            "HOME": "/nonexistent",
         "USER": "någon", "SOURCE_DATE_EPOCH": "1", "OPENBLAS_CORETYPE": "Haswell"},
        umask=0o077, place="en mapp med åäö/projekt", shuffled=True),
    "again": World(), "time zone": World({"TZ": "Pacific/Pago_Pago"}), "locale C": World({"LC_ALL": "C"}),
    "Swedish locale": World({"LC_ALL": "sv_SE.UTF-8"}), "umask 000": World(umask=0),
        "umask 077": World(umask=0o077),
    "a path with å and a space": World(place="en mapp med åäö/projekt"),
        "no home": World({"HOME": "/nonexistent"}),
    "another host": World(before=("unshare", "--uts", "sh", "-c", 'hostname other; exec "$@"', "sh")),
    "one core": World(before=("taskset", "-c", "0")), "hash seed": World({"PYTHONHASHSEED": "4711"}),
    "400 days later": World(days=400), "order of folders": World(shuffled=True),
    "terminal and user": World({"COLUMNS": "40", "TERM": "dumb", "USER": "någon", "LOGNAME": "någon"}),
    "no network": World(before=("unshare", "--net")),
    "BLAS": World({"OPENBLAS_NUM_THREADS": "1", "OPENBLAS_CORETYPE": "Haswell", "OMP_NUM_THREADS": "1"}),
}  # fmt: skip


@pytest.mark.promise("D1", needs="cc")
@pytest.mark.parametrize("name", cases([*WORLDS], short=1))
def test_the_same_inputs_give_the_same_bytes_in_another_world(
    tries: Tries, tiny_report: Path, tmp_path: Path, clock: Path, name: str
) -> None:
    world = WORLDS[name]
    root = copy_project(tmp_path / world.place, tiny=True)
    if world.shuffled:  # on some disks files are listed in the order in which they were written
        contents = [
            (path, path.read_bytes()) for path in sorted((root / "data").rglob("*")) if path.is_file()
        ]
        for path, _ in contents:
            path.unlink()
        for path, data in Random(1).sample(contents, len(contents)):
            path.write_bytes(data)
    kept = {
        key: os.environ[key] for key in ("PATH", "LD_LIBRARY_PATH", "TMPDIR", "LANG") if key in os.environ
    }
    env = {**kept, **world.env, **(set_clock(clock, dt.timedelta(world.days)) if world.days else {})}
    done = subprocess.run([*world.before, *REPORT], cwd=root, env=env, umask=world.umask, capture_output=True)
    assert done.returncode == 0, done.stderr.decode(errors="replace")[-3000:]
    home, made = hashes(tiny_report / "outputs" / "tiny"), hashes(root / "outputs" / "tiny")
    other = [file for file in sorted(home.keys() | made.keys()) if home.get(file) != made.get(file)]
    tries("D1", (other and f"{name}: {', '.join(other)}") or "", number=len(made), worlds=name)


@pytest.mark.promise("D2")
@pytest.mark.parametrize("world", cases(["tiny", "published years"], short=1))
def test_every_published_number_comes_out_again(
    tries: Tries, tiny_report: Path, tmp_path: Path, world: str
) -> None:
    root = ROOT
    if world == "tiny":
        root = shutil.copytree(tiny_report, tmp_path / "värld")
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
    files = [*(f"outputs/tiny/{name}" for name in [*record["outputs"], "claims.csv"]), *inputs]
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
