"""D: the same inputs give the same bytes, a report can be made again, and damage is seen before use."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random

import pandas as pd

from conftest import ROOT, TINY, copy_project
from klimatlib import verify
from klimatlib.claims.claims import read_claims
from klimatlib.errors import KlimatlibError
from torture import clocks
from torture.promise import Effort, Found, Promise

AT_HOME = ("PATH", "LD_LIBRARY_PATH", "TMPDIR", "LANG")
RUN = """
from klimatlib import build
build.report("params/tiny.yml", renderer="embedded")
"""


@dataclass(frozen=True)
class World:
    """What is other than at home.

    Attributes
    ----------
    env
        Environment variables; an empty one is taken away.
    umask
        What is kept from others.
    before
        Programs that start the run: ``taskset -c 0``. Where one is missing, the world cannot be tried.
    place
        The folder of the project.
    days
        How far the wall clock is off.
    shuffled
        Whether the files are written in another order, which is the order of their folders on some disks.
    """

    env: Mapping[str, str] = field(default_factory=dict)
    umask: int = 0o022
    before: tuple[str, ...] = ()
    place: str = "projekt"
    days: int = 0
    shuffled: bool = False


# Each of the fifteen alone, in the whole campaign.
WORLDS = {
    "again": World(),
    "time zone": World({"TZ": "Pacific/Kiritimati"}),
    "locale C": World({"LC_ALL": "C"}),
    "Swedish locale": World({"LC_ALL": "sv_SE.UTF-8"}),
    "umask 077": World(umask=0o077),
    "a path with å and a space": World(place="en mapp med åäö/projekt"),
    "no home": World({"HOME": "/nonexistent"}),
    "another host": World(before=("unshare", "--uts", "sh", "-c", 'hostname other; exec "$@"', "sh")),
    "one core": World(before=("taskset", "-c", "0")),
    "hash seed": World({"PYTHONHASHSEED": "4711"}),
    "400 days later": World(days=400),
    "order of folders": World(shuffled=True),
    "terminal and user": World({"COLUMNS": "40", "TERM": "dumb", "USER": "någon", "LOGNAME": "någon"}),
    "no network": World(before=("unshare", "--net")),
    "BLAS": World({"OPENBLAS_NUM_THREADS": "1", "OPENBLAS_CORETYPE": "Haswell", "OMP_NUM_THREADS": "1"}),
}
# Most of them in two worlds, for every commit: what differs then is found out one by one.
MOST = {
    "far west, Swedish, open, odd clock": World(
        {
            "TZ": "Pacific/Pago_Pago",
            "LC_ALL": "sv_SE.UTF-8",
            "PYTHONHASHSEED": "4711",
            "COLUMNS": "237",
            "SOURCE_DATE_EPOCH": "1",
            "HOME": "/nonexistent",
            "USER": "någon",
            "OPENBLAS_CORETYPE": "Haswell",
        },
        umask=0o000,
        before=("taskset", "-c", "0") if shutil.which("taskset") else (),
        place="annan plats/projekt",
        shuffled=True,
    ),
    "far east, plain C, private": World(
        {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "PYTHONHASHSEED": "1", "COLUMNS": "40"},
        umask=0o077,
        place="en mapp med åäö",
    ),
}


def run_in(world: World, where: Path) -> Path:
    """Make the tiny world's report in another world, and return the published folder."""
    root = where / world.place
    copy_project(root, tiny=True)
    if world.shuffled:
        _shuffle(root / "data")
    kept = {key: os.environ[key] for key in AT_HOME if key in os.environ}
    clock = clocks.set_by(timedelta(world.days)) if world.days else {}
    env = {key: value for key, value in {**kept, **world.env, **clock}.items() if value}
    command = [*world.before, sys.executable, "-c", RUN]
    done = subprocess.run(command, cwd=root, env=env, umask=world.umask, capture_output=True)
    assert done.returncode == 0, done.stderr.decode(errors="replace")[-3000:]
    return root / "outputs" / "tiny"


def _shuffle(folder: Path) -> None:
    """Write the files of a folder anew in another order: on some disks they are found in that."""
    contents = [(path, path.read_bytes()) for path in sorted(folder.rglob("*")) if path.is_file()]
    Random(1).shuffle(contents)
    for path, _ in contents:
        path.unlink()
    for path, data in contents:
        path.write_bytes(data)


def differences(first: Path, second: Path) -> list[str]:
    """Return the files of two folders that are not the same in both."""
    one, other = (
        {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
        for folder in (first, second)
    )
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def same_bytes(effort: Effort) -> Found:
    """Make the report in other worlds, and compare every file."""
    worlds = WORLDS if effort.whole else MOST
    home, failures, files = effort.tiny() / "outputs" / "tiny", [], 0
    for place, (name, world) in enumerate(worlds.items()):
        made = run_in(world, effort.where / str(place))
        failures += [f"{name}: {file}" for file in differences(home, made)]
        files += sum(path.is_file() for path in made.rglob("*"))
        shutil.rmtree(effort.where / str(place))
    return Found(files, failures, f"files in {len(worlds)} worlds")


def plain_bytes(effort: Effort) -> Found:
    """Run a notebook twice, make its page and its document twice, and save a table and a chart twice."""
    copy_project(effort.where / "home", tiny=True)
    folders = [effort.where / name for name in ("one", "other")]
    for folder in folders:
        folder.mkdir()
        _by_hand(effort.where / "home", folder)
    names = sorted(path.name for path in folders[0].iterdir())
    return Found(len(names), differences(*folders), "files of two runs in the same place")


def _by_hand(root: Path, out: Path) -> None:
    program = Path(sys.executable).parent
    notebook, given = root / "notebooks" / "10_members.ipynb", ["-p", "params_file", "params/tiny.yml"]
    commands = [
        [program / "papermill", notebook, out / "a.ipynb", *given, "-p", "out_dir", str(out / "extra")],
        [program / "jupyter-nbconvert", "--to", "html", out / "a.ipynb"],
        [sys.executable, "-c", _EXPORTS, out],
    ]
    for command in commands:
        subprocess.run([str(word) for word in command], cwd=root, check=True, capture_output=True)
    shutil.rmtree(out / "extra", ignore_errors=True)


_EXPORTS = """
import subprocess, sys, time
from pathlib import Path
import matplotlib; matplotlib.use("agg")
import matplotlib.pyplot as plt, pandas as pd, pypandoc
out = Path(sys.argv[1]); time.sleep(1.1)
frame = pd.DataFrame({"kommun": ["Lund", "Malmö"], "ton": [1.5, 2.5]})
frame.to_csv(out / "t.csv"); frame.to_excel(out / "t.xlsx"); frame.to_html(out / "t.html")
(out / "styled.html").write_text(frame.style.to_html())
axes = frame.plot.bar(x="kommun"); axes.figure.savefig(out / "f.svg"); axes.figure.savefig(out / "f.pdf")
axes.figure.savefig(out / "f.png")
(out / "t.md").write_text("# Rubrik\\n\\nText.\\n")
pypandoc.convert_file(out / "t.md", "docx", outputfile=str(out / "t.docx"))
"""


def made_again(effort: Effort) -> Found:
    """Make every published year again from its inputs and from what git keeps of it, and compare.

    The short form does so with the tiny world; CI does it with every year by itself.
    """
    root = ROOT if effort.whole else _as_git_keeps(effort.tiny(), effort.where / "värld")
    books = sorted(root.glob("outputs/*/claims.csv"))
    failures, numbers, names = [], 0, [path.parent.name for path in books]
    for name, path in zip(names, books, strict=True):
        try:
            verify.rebuild(root, name)
        except KlimatlibError as error:
            failures += [f"{name}: {line}" for line in str(error).splitlines()]
        numbers += len(read_claims(path.read_bytes(), file=path.name))
    return Found(numbers, failures, f"numbers of {len(names)} published years")


def _as_git_keeps(made: Path, root: Path) -> Path:
    shutil.copytree(made, root)
    for path in sorted(root.glob("outputs/*/*")):
        if path.name not in {"claims.csv", "manifest.json"}:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    return root


def flipped_bits(effort: Effort) -> Found:
    """Flip one bit of what a report was made from, or of what was published, and verify."""
    root, random = effort.where / "värld", Random(20)
    shutil.copytree(effort.tiny(), root)
    files = [path for path in _archive(root) if path.stat().st_size]
    tries, failures = 100, []
    for _ in range(tries):
        path = random.choice(files)
        shown, whole = path.relative_to(root).as_posix(), path.read_bytes()
        path.write_bytes(_flip(whole, random))
        try:
            verify.verify(root, "tiny")
            failures.append(f"{shown}: not seen")
        except KlimatlibError as error:
            if shown not in str(error):
                failures.append(f"{shown}: not named in {error}")
        path.write_bytes(whole)
    return Found(tries, failures, f"flipped bits in {len(files)} files")


def _archive(root: Path) -> Iterator[Path]:
    """Yield what the report was made from, and what was published; of the manifest git tells."""
    published = root / "outputs" / "tiny"
    manifest = json.loads((published / "manifest.json").read_bytes())
    yield from (published / name for name in manifest["outputs"])
    for kind in ("inputs", "parameters", "notebooks", "lock"):
        yield from (root / name for name in manifest[kind])


def _flip(data: bytes, random: Random) -> bytes:
    place, bit = random.randrange(len(data)), 1 << random.randrange(8)
    return data[:place] + bytes([data[place] ^ bit]) + data[place + 1 :]


def plain_bits(effort: Effort) -> Found:
    """Flip one bit of a table and read it with pandas: what is neither refused nor the same counts."""
    source, random = TINY / "data" / "statistics" / "emissions_tiny.csv", Random(20)
    whole, right, silent = source.read_bytes(), pd.read_csv(source), 0
    path, tries = effort.where / "t.csv", 100
    for _ in range(tries):
        path.write_bytes(_flip(whole, random))
        try:
            silent += not pd.read_csv(path).equals(right)
        except (ValueError, UnicodeDecodeError):
            continue
    return Found(tries, unit="flipped bits in a table that pandas reads", failed=silent)


PROMISES = (
    Promise(
        "D1", "The same inputs give the same bytes", "every file, in 15 worlds", same_bytes, plain_bytes,
        needs_whole=("taskset", "unshare", "cc"),
    ),
    Promise(
        "D2", "Years later, every number comes out again", "every number of every year, to the last digit",
        made_again, "papermill keeps neither inputs nor their hashes",
    ),
    Promise("D3", "What is damaged is seen before it is used", "100 of 100", flipped_bits, plain_bits),
)  # fmt: skip
