"""The manifest: hashes of all that went in and came out, versions, commit."""

from __future__ import annotations

import json
import platform
import subprocess
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from klimatlib import __version__, jobs
from klimatlib.config import Project
from klimatlib.files import write_whole
from klimatlib.report.renderers import Renderer

_PACKAGES = (
    "papermill",
    "nbclient",
    "nbconvert",
    "pandas",
    "seaborn",
    "matplotlib",
    "pypandoc_binary",
    "typst",
)


def write_manifest(
    project: Project,
    records: Sequence[jobs.Record],
    stage: Path,
    chosen: Renderer,
    approval: Mapping[str, object],
) -> None:
    """Write ``manifest.json``, the last file of a report.

    Parameters
    ----------
    project
        The report.
    records
        What each notebook's run rested on.
    stage
        The finished folder.
    chosen
        Who rendered the document.
    approval
        ``final``, and the hash of the signatures that make it so.
    """
    inputs = {path: known for record in records for path, known in record["inputs"].items()}
    files = sorted(path for path in stage.rglob("*") if path.is_file())
    manifest: dict[str, Any] = {
        "report": project.name,
        **approval,
        "klimatlib": {
            "version": __version__,
            "library": jobs.library_digest(),
            "commit": _commit(project),
        },
        "parameters": {project.relative(project.params_path): jobs.digest(project.params_path)},
        "lock": {"requirements.lock": jobs.digest_or_absent(project.root / "requirements.lock") or None},
        "notebooks": {f"notebooks/{record['chapter']}.ipynb": record["notebook"] for record in records},
        "inputs": inputs,
        "versions": versions(chosen),
        "outputs": {path.relative_to(stage).as_posix(): jobs.digest(path) for path in files},
    }
    text = json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False)
    write_whole(stage / "manifest.json", text + "\n")


def versions(chosen: Renderer) -> dict[str, str]:
    """Return the versions of Python, the renderer, and the packages that make a report's bytes."""
    return {
        "python": platform.python_version(),
        "renderer": f"{chosen.name} {chosen.version}",
        **{name: version(name) for name in _PACKAGES},
    }


def _commit(project: Project) -> str | None:
    def git(*words: str) -> str:
        # Whoever owns the checkout, and without refreshing its index: a service may only look.
        command = ["git", "--no-optional-locks", "-c", "safe.directory=*", "-C", str(project.root), *words]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout.strip()

    try:
        changed = git("status", "--porcelain", "--", ".", ":!outputs")
        return git("rev-parse", "HEAD") + ("+changes" if changed else "")
    except (OSError, subprocess.SubprocessError):
        return None
