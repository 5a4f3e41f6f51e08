"""A year's run: what is stale, the steps, the staging folder, and the finished folder swapped in whole.

Everything is made in a staging folder of its own. The published folder is the old one until the new one is
complete, and then it is the new one; a run that fails leaves it as it was. What earlier runs made is taken
again as long as everything that it rests on is the same, byte for byte.
"""

from __future__ import annotations

import time
from pathlib import Path

from klimatlib.build import unchanged
from klimatlib.build.options import Options
from klimatlib.config import draft_folder
from klimatlib.errors import Message, progress
from klimatlib.files import find_root


def report(
    params_file: str,
    *,
    renderer: str = "auto",
    vintage: str | None = None,
    fresh: bool = False,
    final: bool = False,
    cluster: str | None = None,
) -> Path:
    """Make a year's report.

    Parameters
    ----------
    params_file
        The report's parameter file, relative to the project.
    renderer
        ``auto``, ``quarto`` or ``embedded``.
    vintage
        Another release of the emissions than the parameters name; the report is then made beside the
        published one, in a folder of its own.
    fresh
        Make everything anew, whatever stands from earlier runs.
    final
        Not a draft: refused unless two people's signatures hold for every claim.
    cluster
        Address of a Dask scheduler that runs the chapters; by default they run here.

    Returns
    -------
    Path
        The published folder; ``outputs/<name>-draft/`` for a draft of a year whose report is final.

    Raises
    ------
    KlimatlibError
        Anything that stops it; the published folder is then as it was.
    """
    began = time.monotonic()
    root, name = find_root(), Path(params_file).stem
    published = unchanged.destination(root, name, final=final)
    last = None if fresh or vintage else unchanged.last_run(root, name, final=final)
    if last is not None and not unchanged.reasons(root, name, last, choice=renderer, final=final):
        for line in last["lines"]:
            Message("inputs", line["english"], level=line["level"]).log()
        _clear_away(root / "outputs", name, published)
        outcome = "is complete: nothing has changed"
        duration = f"{time.monotonic() - began:.1f} s"
    else:
        from klimatlib.build import stages

        published = stages.make(params_file, Options(renderer, vintage, fresh, final, cluster))
        outcome, duration = "is complete", f"{time.monotonic() - began:.0f} s"
    display_path = published.relative_to(root).as_posix()
    if published == draft_folder(root / "outputs" / name):
        progress("publish", f"outputs/{name}/ is final and stays as it is; this draft is in {display_path}/")
    progress("publish", f"{display_path}/ {outcome} ({duration})")
    return published


def _clear_away(outputs: Path, name: str, published: Path) -> None:
    from klimatlib import publish

    publish.clear_away(outputs / f".staging-{name}", published, outputs / f".lock-{name}")


def explain(params_file: str, *, renderer: str = "auto", final: bool = False) -> list[str]:
    """Tell which steps a run would take, and why; runs nothing.

    Raises
    ------
    InputError
        A problem of the parameter file.
    """
    root, name = find_root(), Path(params_file).stem
    last = unchanged.last_run(root, name, final=final)
    why = ["it was not made here before"] if last is None else []
    why += unchanged.reasons(root, name, last, choice=renderer, final=final) if last else []
    if not why:
        return [f"{name}: nothing has changed, no step runs"]
    from klimatlib.build import stages

    return [*stages.explain(params_file), *(f"{name}: is made, because {reason}" for reason in why)]
