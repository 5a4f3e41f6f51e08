"""The facts of a new year: what the association is carries over to be confirmed, what it did is emptied."""

from __future__ import annotations

import re
from collections.abc import Iterator

from klimatlib.marks import to_fill
from klimatlib.sources import read_facts

_BLOCK = re.compile(r"^(?=[A-Za-z_]\w*:)", re.M)
_DID = ("activities", "foreword_points", "growth")
_YEARS_OWN = r"^(  (?:year|title|id): .*){}"
_MEMBERS = {
    "count_year_end": ("", "members at the end of {year}: those of the year before, + joined, - left"),
    "joined": ("[]", "names of those that joined in {year}, as they are printed; [] for none"),
    "left": ("[]", "names of those that left in {year}; [] for none"),
    "observers_joined": ("[]", "names of the observers that joined in {year}; [] for none"),
}


def carried(text: str, *, home: str, year: int) -> str:
    """Return the facts of a new year, still to be filled in.

    Parameters
    ----------
    text
        ``facts.yml`` of the year before.
    home
        Its folder, as the marks name it.
    year
        The new year.
    """
    known = read_facts(text.encode(), home)
    head, *blocks = _BLOCK.split(text)
    made = head + "".join(_carried(block, known, home, year) for block in blocks)
    return made.rstrip("\n") + "\n"


def _carried(block: str, known: dict[str, object], home: str, year: int) -> str:
    key = block.split(":", 1)[0]
    if key == "report":
        return block.replace(str(year - 1), str(year))
    if key in _DID:
        empty = "[]" if isinstance(known[key], list) else "{}"
        told = f"{key} of {year}, in the shape that they have in {home}/facts.yml"
        return f"# {to_fill(told)}\n{key}: {empty}\n\n"
    if key == "members":
        return "\n".join(_members(block, year)) + "\n"
    told = f"{key}: as in {year - 1}; mend what is otherwise in {year}, then take this line away"
    own = re.compile(_YEARS_OWN.format(year - 1), re.M)
    return f"# {to_fill(told)}\n" + own.sub(rf"\g<1>{year}", block)


def _members(block: str, year: int) -> Iterator[str]:
    """Yield the lines of the members' facts with the year's own ones emptied."""
    emptied = False
    for line in block.rstrip("\n").split("\n"):
        found = re.match(r"  (\w+):", line)
        if found and found[1] in _MEMBERS:
            value, told = _MEMBERS[found[1]]
            yield f"  {found[1]}: {value}".rstrip() + f"  # {to_fill(told.format(year=year))}"
        elif found or not emptied or not line.startswith("   "):
            yield line
        emptied = (found[1] in _MEMBERS) if found else emptied
    yield ""
