"""The tables of a new year: the register and the goals carry over, answers and published figures do not."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from klimatlib.marks import to_fill
from klimatlib.schemas import SURVEY_COUNTS


def members(text: str, *, year: int) -> str:
    """Return the register with those that were known to join in the year as its members, and a mark.

    Parameters
    ----------
    text
        ``members.csv`` of the year before.
    year
        The new year.
    """
    rows = _read(text)
    for row in rows:
        if row["status"] == "joined_later" and row["joined"].startswith(str(year)):
            row["status"] = "member"
    told = f"add who joined in {year}; give who left status left and {year} in column left"
    return _written([*rows, _marked(rows[0], told, "then take this row away")])


def goals(text: str, *, year: int) -> str:
    """Return the goals without their results; each result has a mark, in the column where it stood.

    Parameters
    ----------
    text
        ``goals.csv`` of the year before.
    year
        The new year.
    """
    rows = _read(text)
    for row in rows:
        column = "result" if row["result"] else "result_note"
        row.update({"result": "", "result_note": ""})
        row[column] = to_fill(f"result of {row['id']} in {year}; is its goal still the same?")
    return _written(rows)


def survey(questions: Iterable[str], *, year: int) -> str:
    """Return the survey's counts with a marked row for each question that was asked the year before."""
    columns = list(SURVEY_COUNTS.schema.columns)
    told = f"how many said yes (k) of those who answered yes or no (n) in {year}"
    cells = [[i, to_fill(f"{i}: {told}"), ""] for i in questions]
    return _written([dict(zip(columns, row, strict=True)) for row in cells])


def examples(told: Sequence[str], *, year: int) -> str:
    """Return the members' examples of the year: none yet, and whose were told the year before.

    Parameters
    ----------
    told
        Codes of the members whose examples the report before told.
    year
        The new year.
    """
    codes = ", ".join(f'"{code}"' for code in told)
    return "\n".join(
        [
            f"# {to_fill(f'the examples that members give in {year}, each with its consent; [] for none')}",
            f"last_year: [{codes}]  # told in the report of {year - 1}, and not told again",
            "examples: []",
            "",
        ]
    )


def header(text: str) -> str:
    """Return a table's header alone."""
    return text.split("\n", 1)[0].rstrip("\r") + "\n"


def _marked(like: dict[str, str], *told: str) -> dict[str, str]:
    first, *rest = like
    return {first: to_fill("; ".join(told)), **dict.fromkeys(rest, "")}


def _read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def _written(rows: Sequence[dict[str, str]]) -> str:
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()
