"""Look at a single file: what klimatlib recognises it as, and what it understood of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from klimatlib import schemas, sources
from klimatlib.errors import UsageError
from klimatlib.project import find_root
from klimatlib.schemas import Table
from klimatlib.sources import Inputs, Reading
from klimatlib.sources.files import read_file
from klimatlib.sources.official.ned import read_emissions
from klimatlib.sources.official.places import Places
from klimatlib.sources.official.recognise import KINDS, read_any
from klimatlib.sources.table import read_table
from klimatlib.spreadsheet import to_csv
from klimatlib.whole import write_whole

_OWN: dict[str, Table] = {
    "survey-counts": schemas.SURVEY_COUNTS,
    "members": schemas.MEMBERS,
    "goals": schemas.GOALS,
}
_SHOWN_ROWS = 5


@dataclass(frozen=True)
class Meaning:
    """What a file does not say of itself.

    Attributes
    ----------
    report
        The report whose questions and members a survey belongs to; by default that of the file's folder.
    substance
        What an export of the emissions database must hold: ``GGT`` or another of its substances.
    selection
        Whether an export may leave out municipalities or sectors; its sums are then not checked.
    """

    report: str | None = None
    substance: str = "GGT"
    selection: bool = False


def look(file: Path, *, out: Path | None = None, meaning: Meaning | None = None) -> Iterator[str]:
    """Read a file of any known format and tell what it holds, line by line.

    Parameters
    ----------
    file
        The file; its name does not matter.
    out
        Where to write the tidy table, as CSV; must not be there yet. Members' answers are readable by their
        owner only.
    meaning
        What the file does not say of itself.

    Raises
    ------
    InputError
        What is wrong with the file, or that its format is not known.
    UsageError
        When ``out`` is there already.
    """
    if out and out.exists():
        raise UsageError(f"{out}: is there already; give another name or remove it")
    reading = understand(file, meaning or Meaning())
    if out:
        write_whole(out, to_csv(reading.frame), private=reading.kind == "survey-answers")
    yield from _told(reading)
    if out:
        yield f"written: {out}"


def understand(file: Path, meaning: Meaning) -> Reading:
    """Return the reading of a file, whatever its known format."""
    data = read_file(file, str(file))
    root = find_root()
    codes = schemas.MUNICIPALITIES
    path = root / "data" / "statistics" / "municipalities.csv"
    places = Places.from_frame(read_table(path.read_bytes(), codes, file=path.name))

    def own(kind: str) -> sources.Reader:
        return lambda content, name: _reading(kind, read_table(content, _OWN[kind], file=name), name)

    def answers(content: bytes, name: str) -> Reading:
        return sources.answers_of(Inputs.open(_params_file(file, meaning.report, root)), content, name)

    def export(content: bytes, name: str) -> Reading:
        whole = not meaning.selection
        return read_emissions(
            content, name, places=places, require_substance=meaning.substance, complete=whole
        )

    readers = {**{kind: own(kind) for kind in _OWN}, "survey-answers": answers}
    readers |= {"facts": _activities, "emissions-export": export}
    here = file.resolve()
    shown = here.relative_to(root).as_posix() if here.is_relative_to(root) else str(file)
    return read_any(data, shown, places=places, readers=readers)


def _told(reading: Reading) -> Iterator[str]:
    frame = reading.frame
    yield f"{reading.file}: {KINDS[reading.kind]}"
    yield f"publisher {reading.publisher}" + (f", release {reading.vintage}" if reading.vintage else "")
    if reading.unit:
        yield f"unit {reading.unit}" + (f", substance {reading.substance}" if reading.substance else "")
    years = f", years {frame['year'].min()}-{frame['year'].max()}" if "year" in frame and len(frame) else ""
    yield f"{len(frame)} rows{years}, columns {', '.join(map(str, frame.columns))}"
    yield from (f"note: {note}" for note in reading.notes)
    if reading.kind != "survey-answers":  # single members' answers are not for the screen
        yield from frame.head(_SHOWN_ROWS).to_string(index=False).splitlines()


def _reading(kind: str, frame: pd.DataFrame, file: str) -> Reading:
    return Reading(kind, frame, file, "the association", None, None, None, ())


def _activities(content: bytes, file: str) -> Reading:
    found = sources.read_facts(content, file)["activities"]
    columns = ["id", "goal", "section", "title", "period", "date", "place"]
    frame = pd.DataFrame([{name: activity.get(name, "") for name in columns} for activity in found])
    return _reading("facts", frame, file)


def _params_file(file: Path, report: str | None, root: Path) -> str:
    name = report or file.resolve().parent.name
    if not (root / "params" / f"{name}.yml").is_file():
        told = "is a survey; say which report it belongs to: --report NAME"
        raise UsageError(f"{file}: {told}")
    return f"params/{name}.yml"
