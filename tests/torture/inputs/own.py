"""The project's own files as they are damaged: tables as rows of cells, the rest as text."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from torture.inputs.world import ANSWERS, COUNTS

Cells = list[list[str]]


@dataclass(frozen=True)
class Table:
    """One table of the project.

    Attributes
    ----------
    path
        Where it lies.
    report
        The report that reads it.
    numbers
        Columns with numbers.
    codes
        Columns with codes, ids or names of a fixed set.
    guarded
        Numbers that something else of the project tells too, so that another size must show.
    whole
        Whether a lost row must show.
    delimiter
        What separates its columns.
    free
        Whether it is somebody's export, whose encoding and separator are recognised.
    sealed
        Whether a manifest tells its sha256: then nothing done to it is harmless.
    """

    path: str
    report: str
    numbers: tuple[int, ...] = ()
    codes: tuple[int, ...] = ()
    guarded: tuple[int, ...] = ()
    whole: bool = False
    delimiter: str = ","
    free: bool = False
    sealed: bool = False


TABLES = (
    Table("data/statistics/emissions_2025.csv", COUNTS, (1, 3), (0, 2), (3,), whole=True),
    Table("data/statistics/population.csv", COUNTS, (1, 2), (0,), (2,), whole=True),
    Table("data/statistics/municipalities.csv", COUNTS, (), (0, 2)),
    Table("data/tal/members.csv", COUNTS, (), (0, 2, 5, 6)),
    Table("data/tal/survey.csv", COUNTS, (1, 2), (0,), (1, 2), whole=True),
    Table("data/tal/goals.csv", COUNTS, (4, 5, 9), (0,)),
    Table("data/tal/published.csv", COUNTS, (0, 2), (1,)),
    Table("data/svar/consent.csv", ANSWERS, (), (0, 1)),
    Table("data/svar/signatures.csv", ANSWERS, (), (1, 2, 4)),
    Table("data/svar/answers_2023.csv", ANSWERS, (), (1, 3, 4), delimiter=";", free=True),
    Table("data/svar/answers_2022.csv", ANSWERS, (), (1, 3, 4), delimiter=";", free=True),
    Table("outputs/före/claims.csv", ANSWERS, (2, 3), (1,), sealed=True),
)
YAMLS = {
    "params/tal.yml": COUNTS, "params/svar.yml": ANSWERS, "params/questions.yml": COUNTS,
    "params/sources.yml": COUNTS,
    "params/corrections.yml": ANSWERS, "notebooks/report.yml": COUNTS, "data/tal/facts.yml": COUNTS,
}  # fmt: skip
TEXTS = ("data/tal/texts/survey.md", "data/tal/texts/members.md", "data/tal/texts/emissions.md")


@dataclass(frozen=True)
class Kind:
    """One kind of damage to a table of the project, and whether it must be taken."""

    name: str
    make: Callable[[Table, Cells, Random], bytes | None]
    harmless: bool = False


def read(data: bytes, delimiter: str) -> Cells:
    """Return the cells of an undamaged table."""
    return list(csv.reader(io.StringIO(data.decode("utf-8"), newline=""), delimiter=delimiter))


def written(
    rows: Cells, table: Table, *, delimiter: str = "", quoting: int = csv.QUOTE_MINIMAL, end: str = "\n"
) -> bytes:
    """Write cells as a spreadsheet would."""
    stream = io.StringIO(newline="")
    separator = delimiter or table.delimiter
    csv.writer(stream, delimiter=separator, lineterminator=end, quoting=quoting).writerows(rows)  # type: ignore[arg-type]
    return stream.getvalue().encode("utf-8")
