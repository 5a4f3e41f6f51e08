"""Odd surroundings: the run is complete, with the same bytes, or is refused in one clear line."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from torture import world
from torture.cells import write_notebook
from torture.promise import Effort, Found

_RUN = 'exec "$@"'


@dataclass(frozen=True)
class Case:
    """Surroundings of a run.

    Attributes
    ----------
    shell
        What a shell does, in the project's folder, to run the command.
    environment
        Variables; ``{root}`` is the project's folder.
    short
        Tried with every change, too.
    needs
        What the system must let us do.
    ends
        The exit codes that are right: 0 when the report is made, another when the old one is left.
    """

    shell: str = _RUN
    environment: Mapping[str, str] = field(default_factory=dict)
    short: bool = False
    needs: tuple[str, ...] = ()
    ends: tuple[int, ...] = (0,)


_MOUNT = f'{" ".join(world.SPACE)} sh -c \'{{}} && exec "$@"\' sh "$@"'
_RO = "mount --bind {at} {at} && mount -o remount,ro,bind {at}"
_WEAK = 'exec setpriv --bounding-set=-dac_override,-dac_read_search,-fowner "$@"'
CASES: Mapping[str, Case] = {
    "plain C, no UTF-8 mode": Case(
        environment={"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}, short=True
    ),
    "Turkish": Case(environment={"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"}),
    "umask 000": Case(f"umask 000; {_RUN}"),
    "umask 077": Case(f"umask 077; {_RUN}"),
    "another folder": Case('cd / && exec "$1" -C "$OLDPWD" "$2" "$3" "$4" "$5" "$6"'),
    "no HOME": Case(f"unset HOME; {_RUN}"),
    "a HOME that is not there": Case(environment={"HOME": "/nonexistent"}),
    "a HOME full of settings": Case(
        environment={"HOME": "{root}/home", "IPYTHONDIR": "{root}/home/.ipython", "MPLBACKEND": "TkAgg"}
    ),
    "standard input closed": Case(f"{_RUN} <&-"),
    "standard output closed": Case(f"{_RUN} >&-"),
    "all streams closed": Case(f"{_RUN} <&- >&- 2>&-"),
    "standard output full": Case(f"{_RUN} >/dev/full", ends=(0, 1)),
    "30 file handles": Case(f"ulimit -n 30; {_RUN}", short=True, ends=(0, 1)),
    "16 file handles": Case(f"ulimit -n 16; {_RUN}", ends=(0, 1)),
    "64 file handles": Case(f"ulimit -n 64; {_RUN}", ends=(0, 1)),
    "files of at most 100 kB": Case(f"ulimit -f 100; {_RUN}", short=True, ends=(1,)),
    "warnings are errors": Case(environment={"PYTHONWARNINGS": "error"}, short=True),
    "no asserts": Case(environment={"PYTHONOPTIMIZE": "2"}),
    "a fixed hash seed": Case(environment={"PYTHONHASHSEED": "4711"}),
    "bytes that are no text": Case(f"export ODD=$(printf '\\377\\376'); {_RUN}"),
    "an empty PATH": Case(environment={"PATH": ""}),
    "a proxy that is not there": Case(environment={"http_proxy": "http://127.0.0.1:9"}),
    "no hang-up": Case(f"trap '' HUP; {_RUN}"),
    "signals ignored": Case(f"trap '' INT PIPE; {_RUN}"),
    "one processor": Case(f"taskset -c 0 {_RUN[5:]}", needs=("taskset", "-c", "0", "true")),
    "no TMPDIR there": Case(environment={"TMPDIR": "{root}/nowhere"}, short=True),
    "a long TMPDIR": Case(environment={"TMPDIR": "{root}/" + "lång-" * 20}, ends=(0, 1)),
    "loopback down": Case(f"unshare -rn {_RUN[5:]}", needs=("unshare", "-rn", "true")),
    "a full TMPDIR": Case(
        _MOUNT.format("mount -t tmpfs -o size=4k tmpfs tmp"),
        {"TMPDIR": "{root}/tmp"},
        needs=(*world.SPACE, "true"),
        ends=(1,),
    ),
    "a TMPDIR that can only be read": Case(
        _MOUNT.format(_RO.format(at="tmp")),
        {"TMPDIR": "{root}/tmp"},
        needs=(*world.SPACE, "true"),
        ends=(0, 1),
    ),
    "outputs that can only be read": Case(
        _MOUNT.format(_RO.format(at="outputs")), short=True, needs=(*world.SPACE, "true"), ends=(1,)
    ),
    "a project that can only be read": Case(
        _MOUNT.format(_RO.format(at=".") + ' && cd "$PWD"'), needs=(*world.SPACE, "true"), ends=(1,)
    ),
    "outputs without rights": Case(
        f"chmod 555 outputs; {_WEAK}",
        needs=("setpriv", "--bounding-set=-dac_override", "true"),
        ends=(1,),
    ),
    "inputs without rights": Case(
        f"chmod 000 data/tiny/facts.yml; {_WEAK}",
        needs=("setpriv", "--bounding-set=-dac_override", "true"),
        ends=(1, 2),
    ),
    "no shared memory": Case(
        _MOUNT.format("mount -t tmpfs -o ro tmpfs /dev/shm"), needs=(*world.SPACE, "true"), ends=(0, 1)
    ),
}


PLAIN = (
    *("plain C, no UTF-8 mode", "loopback down", "30 file handles", "no TMPDIR there"),
    *("warnings are errors", "outputs without rights"),
)


def odd(effort: Effort) -> Found:
    """Make the report anew in each case."""
    failures, left_out, tried = [], [], 0
    for name, case in CASES.items():
        if not (effort.whole or case.short):
            continue
        if case.needs and not world.may(*case.needs):
            left_out.append(name)
            continue
        tried += 1
        wrong = _wrong(effort.where / f"{tried}", case)
        failures += [f"{name}: {wrong}"] if wrong else []
    told = f"not permitted here: {', '.join(left_out)}" if left_out else ""
    return Found(tried, failures, "surroundings", told)


def _wrong(where: Path, case: Case) -> str:
    _, old, new = world.made()
    root = world.again(where / "en värld")
    (root / "tmp").mkdir()
    _settings_of_a_person(root / "home")
    (root / ("lång-" * 20)).mkdir()
    environment = {key: value.replace("{root}", str(root)) for key, value in case.environment.items()}
    done = world.run(["/bin/sh", "-c", case.shell, "sh", *world.REPORT, "--fresh"], root, **environment)
    (root / "outputs").chmod(0o755)
    if done.code not in case.ends:
        return f"ended with {done.code}: {done.told[-300:]}"
    if done.code == 0:
        return world.fault(root / "outputs" / "tiny", new) or (f"said {done.told}" if done.told else "")
    return world.fault(root / "outputs" / "tiny", old) or done.unclear


def _settings_of_a_person(home: Path) -> None:
    """IPython and matplotlib settings that would change or break a run."""
    startup = home / ".ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00.py").write_text("raise RuntimeError('mine')\n", encoding="utf-8")
    (home / ".config" / "matplotlib").mkdir(parents=True)
    (home / ".config" / "matplotlib" / "matplotlibrc").write_text("font.size: 40\n", encoding="utf-8")


def plain_odd(effort: Effort) -> Found:
    """Plain papermill in the same surroundings, where a folder called ``en värld`` holds its notebook."""
    failures, emptied, tried = [], [], 0
    for name in PLAIN:
        case = CASES[name]
        if case.needs and not world.may(*case.needs):
            continue
        tried += 1
        root = effort.where / f"{tried}" / "en värld"
        write_notebook(root / "in.ipynb", "print(year)", parameters="year = 2022")
        shutil.copy(root / "in.ipynb", root / "ut.ipynb")
        command = [sys.executable, "-m", "papermill", str(root / "in.ipynb"), str(root / "ut.ipynb")]
        environment = {key: value.replace("{root}", str(root)) for key, value in case.environment.items()}
        done = world.run(["/bin/sh", "-c", case.shell, "sh", *command], root, seconds=120, **environment)
        left = (root / "ut.ipynb").stat().st_size
        if done.code and (len(done.told.strip().splitlines()) > 1 or not left):
            failures.append(f"{name}: exit {done.code}")
            emptied += [] if left else [name]
    told = f"each with a traceback; the old output emptied: {', '.join(emptied) or 'never'}"
    return Found(tried, failures, "surroundings", told)
