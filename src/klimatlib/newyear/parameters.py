"""The parameters of a new year: those of the year before, line by line, with its own comments."""

from __future__ import annotations

import re
from dataclasses import dataclass

from klimatlib.marks import to_fill
from klimatlib.params import Params

_KEY = re.compile(r"^(?P<key>[a-z_]+):(?P<value>[^#\n]*)(?P<comment>#.*)?$")
_DROPPED = ("survey_inferred", "data", "previous")


@dataclass(frozen=True)
class Known:
    """What is known of a new year.

    Attributes
    ----------
    year
        The year.
    before
        Name of the report of the year before.
    members
        Its members at the year's end, as published.
    releases
        The releases of the emissions at hand, oldest first.
    """

    year: int
    before: str
    members: int
    releases: tuple[str, ...]


def carried(text: str, last: Params, known: Known) -> str:
    """Return the new year's parameter file.

    Parameters
    ----------
    text
        The file of the year before.
    last
        What it says.
    known
        What is known of the new year.
    """
    set_anew = _values(last, known)
    lines: list[str] = []
    inside = True  # a value that goes on below its key goes with it
    for line in text.splitlines():
        found = _KEY.match(line)
        if found:
            inside = found["key"] not in (*_DROPPED, *set_anew)
            lines += [_line(found, set_anew)] if found["key"] not in _DROPPED else []
        elif not line.strip() or line.startswith("#"):
            lines.append(line.replace(str(last.year), str(known.year)))
        elif inside:
            lines.append(line)
    given = {found["key"] for line in lines if (found := _KEY.match(line))}
    lines += [f"{key}: {value}" for key, value in set_anew.items() if key not in given]
    before = "# The report before this one: its published numbers are what this year's are set beside."
    return "\n".join([*lines, "", before, f'previous: "{known.before}"', ""])


def _line(found: re.Match[str], set_anew: dict[str, str]) -> str:
    if found["key"] not in set_anew:
        return found.group()
    value = set_anew[found["key"]]
    comment = f"  {found['comment']}" if found["comment"] and "#" not in value else ""
    return f"{found['key']}: {value}{comment}"


def _values(last: Params, known: Known) -> dict[str, str]:
    """Return what is set anew, as it is written: what cannot be known stands as last year's, with a mark."""
    year, releases = known.year, ", ".join(known.releases)

    def ask(value: object, told: str) -> str:
        return f"{value}  # {to_fill(told)}"

    release, address = f'"{last.emissions_vintage}"', {}
    if last.data_url:  # never the same for two years: it names the datasets
        new = last.data_url.replace(str(last.year), str(year))
        address = {"data_url": ask(new, f"where will the open data of {year} be?")}
    return {
        **address,
        "year": str(year),
        "document_date": ask(f'"{year}-12-31"', "the date of this edition"),
        "emissions_year": ask(last.emissions_year, f"is it the data year of {year}'s report?"),
        "emissions_vintage": ask(release, f"is it the release of {year}'s report? here are {releases}"),
        "revisions": f"[{release}]",
        "survey_members": ask(last.survey_members, f"how many members were asked in {year}?"),
        "members_previous": str(known.members),
    }
