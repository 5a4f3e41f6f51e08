"""Whether a published report is whole, and whether it can be made again, byte for byte.

The manifest is taken at its word: it tells the sha256 of every file that went in and came out. That it is the
one that was published is for git to tell.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from klimatlib import jobs, published
from klimatlib.build import unchanged
from klimatlib.build.manifest import versions
from klimatlib.claims.claims import compare, read_claims
from klimatlib.errors import InputError, IntegrityError, Problem, UsageError, counted, cut, progress
from klimatlib.report.renderers import find_renderer

_MOST_SHOWN = 20
_INPUTS = ("parameters", "inputs", "notebooks", "lock", "signatures", "compared_with")
_COPIED = ("params", "data", "notebooks")


def verify(root: Path, name: str) -> None:
    """Hash a published folder, and all that it was made from, and hold it against the manifest.

    Parameters
    ----------
    root, name
        The project, the published folder's name; of fact sheets each has a manifest of its own.

    Raises
    ------
    IntegrityError
        When a file changed, is gone or appeared; names each.
    InputError
        When there is no manifest.
    """
    folder = _folder(root, name)
    made = {path.parent: _read(path, root) for path in sorted(folder.glob(f"*/{published.MANIFEST}"))}
    if not made or (folder / published.MANIFEST).is_file():
        made = {folder: _read(folder / published.MANIFEST, root)}
    found = [line for place, manifest in made.items() for line in _faults(place, manifest, root)]
    _refuse(f"outputs/{name} is not as published", list(dict.fromkeys(found)), advice=_advice(found))
    count = sum(len(manifest["outputs"]) for manifest in made.values())
    inputs = {path for manifest in made.values() for path in _made_from(manifest)}
    progress("verify", f"outputs/{name}: {count} files are as published")
    progress("verify", f"what they were made from is as it was: {len(inputs)} files")


def rebuild(root: Path, name: str) -> None:
    """Make a published report again from what stands here, in a folder of its own, and compare.

    What was published is not touched, and need not all be here: git keeps its claims and its manifest. Where
    library, packages, Python and renderer are those of the manifest every byte must be the same. Under others
    the documents may differ, and are then named; the numbers may not.

    Raises
    ------
    IntegrityError
        When what is here is not as published, or what is made is not the same.
    InputError
        When there is no manifest, or the report cannot be made.
    """
    folder = _folder(root, name)
    manifest = _read(folder / published.MANIFEST, root)
    here = {file: known for file, known in manifest["outputs"].items() if (folder / file).is_file()}
    faults = [*_faults(folder, {**manifest, "outputs": here}, root)]
    _refuse(f"outputs/{name} is not as published", faults)
    with tempfile.TemporaryDirectory(prefix="klimatlib-verify-") as place:
        made = _made(root, Path(place).resolve(), manifest)
        differ = sorted(_differences(made, manifest["outputs"]))
        numbers = _numbers(folder, made) if "claims.csv" in differ else []
    others = [f"{what} differs: {then}, now {now}" for what, then, now in _other_makers(root, manifest)]
    for line in others:
        progress("verify", line)
    if numbers or (differ and not others):
        _refuse(f"outputs/{name} made again is not the same", numbers or differ)
    count = f"{len(manifest['outputs']) - len(differ)} of {len(manifest['outputs'])} files"
    progress("verify", f"outputs/{name} made again: every number is the same, and {count} are, byte for byte")
    for line in cut([f"differs, made by others than then: {file}" for file in differ], _MOST_SHOWN):
        progress("verify", line)


def _folder(root: Path, name: str) -> Path:
    folder = root / "outputs" / name
    if folder.parent != root / "outputs" or name.startswith("."):
        raise UsageError(f"{name!r} is no published folder: expected a name as 2023")
    return folder


def _read(path: Path, root: Path) -> Mapping[str, Any]:
    shown = path.relative_to(root).as_posix()
    if not path.is_file():
        known = ", ".join(sorted(p.parent.name for p in root.glob(f"outputs/*/{published.MANIFEST}")))
        raise InputError([Problem(shown, "", f"missing; published here: {known or 'nothing'}")])
    return published.manifest(path.read_bytes(), shown=shown)


def _faults(folder: Path, manifest: Mapping[str, Any], root: Path) -> Iterator[str]:
    yield from unchanged.damage(folder, manifest["outputs"], root)
    for path, what in jobs.changed(root, _made_from(manifest)):
        yield f"{path}, from which it was made, {what}"


def _made_from(manifest: Mapping[str, Any]) -> dict[str, str | None]:
    return {path: known for kind in _INPUTS for path, known in manifest.get(kind, {}).items()}


def _other_makers(root: Path, manifest: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield what makes reports here and is not what made this one: name, then, now."""
    then, now = manifest["versions"], versions(find_renderer(_renderer(manifest)))
    for name in sorted({*then} | {*now}):
        if then.get(name) != now.get(name):
            yield name, str(then.get(name)), str(now.get(name))
    library = manifest["klimatlib"]["library"], jobs.library_digest()
    if library[0] != library[1]:
        yield "klimatlib", library[0][:12], library[1][:12]


def _made(root: Path, place: Path, manifest: Mapping[str, Any]) -> Path:
    """Make the report in a copy of the project, as a person would; return its folder."""
    for name in _COPIED:
        shutil.copytree(root / name, place / name, ignore=shutil.ignore_patterns("raw", ".ipynb_checkpoints"))
    shutil.copy(root / "requirements.lock", place)
    for path in manifest.get("compared_with", {}):  # an earlier report
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / path, place / path)
    name, _, vintage = str(manifest["report"]).partition("@")
    words = ["-C", str(place), "report", name, "--renderer", _renderer(manifest)]
    words += ["--vintage", vintage] if vintage else ["--final"] if manifest["final"] else []
    done = subprocess.run([sys.executable, "-m", "klimatlib", *words], capture_output=True, text=True)
    if done.returncode:
        told = (done.stderr or done.stdout).strip()
        raise IntegrityError(f"outputs/{manifest['report']} cannot be made again: {told}")
    return place / "outputs" / str(manifest["report"])


def _differences(made: Path, outputs: Mapping[str, str]) -> Iterator[str]:
    there = {path.relative_to(made).as_posix(): path for path in made.rglob("*") if path.is_file()}
    for name in sorted({*outputs} | {*there} - {published.MANIFEST}):
        if name not in there or jobs.digest(there[name]) != outputs.get(name):
            yield name


def _numbers(folder: Path, made: Path) -> list[str]:
    """Return in words which published numbers come out otherwise, to the last digit."""
    if not (folder / "claims.csv").is_file():
        return ["claims.csv"]
    books = (read_claims((place / "claims.csv").read_bytes(), file="claims.csv") for place in (folder, made))
    changes = compare(*books)
    return [
        *(f"{one.before.id} was {one.before.value}, is {one.after.value}" for one in changes.altered),
        *(f"{claim.id} was {claim.value}, is not there" for claim in changes.vanished),
        *(f"{claim.id} was not there, is {claim.value}" for claim in changes.appeared),
    ]


def _refuse(head: str, found: list[str], *, advice: str = "") -> None:
    if found:
        lines = [
            f"{head}: {counted(len(found), 'difference')}",
            *cut(found, _MOST_SHOWN, indent="  "),
            advice,
        ]
        raise IntegrityError("\n".join(line for line in lines if line))


def _advice(found: list[str]) -> str:
    """Tell what to do where files are gone, as in a fresh checkout, and nothing else is wrong."""
    if not all(line.endswith("is gone") for line in found):
        return ""
    return "git keeps claims and manifest alone: make the rest with klimatlib report, or look with --rebuild"


def _renderer(manifest: Mapping[str, Any]) -> str:
    return str(manifest["versions"]["renderer"]).split()[0]
