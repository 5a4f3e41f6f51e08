"""Whether a report is already made: the published folder is whole, and all that it rests on is as it was.

This is asked before anything heavy is imported, so that a run that has nothing to do is over at once.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from klimatlib.config import draft_folder
from klimatlib.files import write_whole
from klimatlib.jobs import ABSENT, Record, differences, digest, digest_or_absent, read_record


def kept_folder(root: Path, name: str) -> Path:
    """Return where a report's steps are kept."""
    return root / "outputs" / ".kept" / name


def destination(root: Path, name: str, *, final: bool) -> Path:
    """Return the folder that a report is published in: a draft never takes the place of a final report.

    A draft goes to ``outputs/<name>/`` as long as no final report stands there, and else beside it, to
    ``outputs/<name>-draft/``.
    """
    published = root / "outputs" / name
    manifest = read_record(published / "manifest.json") or {}
    return draft_folder(published) if manifest.get("final") is True and not final else published


def remember(
    root: Path, name: str, record: Record, *, manifest: Path, choice: str, final: bool = False
) -> None:
    """Note what the report that is about to be published rests on.

    Before, and not after: a note on a report that never came to stand there is seen by its manifest, and a
    report that stands there has nothing left to fail.

    Parameters
    ----------
    root, name
        The project, the report.
    record
        ``inputs``, ``looked``, ``foundation`` as in `klimatlib.jobs`; ``lines``, what a run tells of it.
    manifest
        Its manifest, where it stands now.
    choice, final
        The renderer that was asked for; whether the report is final.
    """
    told = {
        **record,
        "renderer": _renderer(choice),
        "final": final,
        "manifest": digest(manifest),
    }
    text = json.dumps(told, indent=1, sort_keys=True, ensure_ascii=False)
    write_whole(_note(root, name, final=final), text + "\n")


def last_run(root: Path, name: str, *, final: bool = False) -> Record | None:
    """Return what `remember` noted; None where a report was not made here."""
    return read_record(_note(root, name, final=final))


def _note(root: Path, name: str, *, final: bool) -> Path:
    """Return the file of the note on what stands in a report's `destination`."""
    beside = destination(root, name, final=final).name != name
    return kept_folder(root, name) / ("run-draft.json" if beside else "run.json")


def reasons(root: Path, name: str, record: Record, *, choice: str, final: bool = False) -> list[str]:
    """Return why a report must be made anew, in words; nothing when it stands."""
    found = [*differences(root, record)]
    if record.get("renderer") != _renderer(choice):
        found.append("another renderer is asked for or installed")
    if record.get("final") != final:
        found.append(f"a {'final report' if final else 'draft'} is asked for")
    published = destination(root, name, final=final)
    return [*found, *_damage(published, str(record.get("manifest")), root)]


def damage(published: Path, outputs: Mapping[str, str], root: Path) -> Iterator[str]:
    """Yield in words how a published folder differs from what its manifest tells of its files."""
    shown = published.relative_to(root).as_posix()
    there = {p.relative_to(published).as_posix() for p in published.rglob("*") if p.is_file()}
    for name in sorted({*outputs} | there - {"manifest.json"}):
        now = digest_or_absent(published / name)
        if now != outputs.get(name, ABSENT):
            yield f"{shown}/{name} {'is gone' if not now else 'changed' if name in outputs else 'appeared'}"


def _damage(published: Path, manifest: str, root: Path) -> Iterator[str]:
    """Yield how the published folder differs from its manifest, and that from the one of the last run."""
    path = published / "manifest.json"
    if digest_or_absent(path) != manifest:
        shown = path.relative_to(root).as_posix()
        yield f"{shown} {'changed' if path.is_file() else 'is gone'}"
        return
    yield from damage(published, json.loads(path.read_text(encoding="utf-8"))["outputs"], root)


def _renderer(choice: str) -> list[object]:
    """Tell a renderer from another without starting it; the embedded one is among the installed packages."""
    quarto = None if choice == "embedded" else shutil.which("quarto")
    if quarto is None:
        return [choice]
    program = os.stat(quarto)  # noqa: PTH116
    return [choice, str(Path(quarto).resolve()), program.st_size, program.st_mtime_ns]
