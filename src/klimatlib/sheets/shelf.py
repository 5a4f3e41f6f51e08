"""The published fact sheets: what stands there, what of it is whole and as fresh as what it rests on."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from klimatlib import jobs, publish
from klimatlib.jobs import Job
from klimatlib.params import Project
from klimatlib.sheets.make import MANIFEST

_CODE = re.compile(r"\d{4}")


def folder(project: Project) -> Path:
    """Return the folder of a report's fact sheets."""
    return project.published.with_name(f"{project.name}-sheets")


def stem(project: Project, slug: str) -> str:
    """Return the name of a sheet's HTML and PDF."""
    return f"faktablad-{slug}-{project.name}"


def standing(project: Project) -> dict[str, Mapping[str, Any]]:
    """Return the manifests of the sheets that are published, by code.

    What a run that was cut off in the middle of a swap left is put right first.
    """
    shelf = folder(project)
    for old in sorted(shelf.glob(".old-*")):
        publish.recover(shelf / old.name.removeprefix(".old-"))
    found = {}
    for path in sorted(shelf.glob(f"*/{MANIFEST}")):
        if _CODE.fullmatch(path.parent.name) and (manifest := _manifest(path)):
            found[path.parent.name] = manifest
    return found


def withdraw(project: Project, consenting: set[str]) -> Iterator[str]:
    """Remove the sheets that show answers of members that no longer consent; yield their codes."""
    for code, manifest in standing(project).items():
        if manifest.get("answers") and code not in consenting:
            shutil.rmtree(folder(project) / code)
            yield code


def is_fresh(project: Project, job: Job, manifest: Mapping[str, Any]) -> bool:
    """Whether a published sheet is whole, and rests on the same as a run of ``job`` would now."""
    home = folder(project) / manifest["municipality"]
    whole = all(jobs.digest_or_absent(home / name) == known for name, known in manifest["outputs"].items())
    return whole and not jobs.reasons(job, manifest)


def _manifest(path: Path) -> Mapping[str, Any] | None:
    """Return a sheet's manifest, unless it is not one."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    whole = isinstance(found, dict) and {"municipality", "inputs", "outputs"} <= set(found)
    return found if whole and found["municipality"] == path.parent.name else None
