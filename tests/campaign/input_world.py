"""A small project with every file that a run can read, and what a check understands of it.

Two reports: ``tal`` has the survey as counts, ``svar`` as the members' own answers of two years, with
consent, signatures, corrections and a report of the year before. Most of it lies in ``tests/data/inputs``.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd

from conftest import ROOT, copy_project, seal
from klimatlib.claims.claims import Claim, ClaimBook
from klimatlib.run import checks
from klimatlib.run.plausibility import all_corrections
from klimatlib.sources import inputs as sources
from klimatlib.sources.inputs import Inputs
from klimatlib.sources.survey_export import answers_of_both_years, consent, survey_counts

OVERLAY = ROOT / "tests" / "data" / "inputs"
_STATISTICS = re.compile("(0000|0180|1280|1281|2580),(1990|2000|2005|2010|2015|2019|2020),|municipality_c")


@dataclass(frozen=True)
class Seen:
    """What a check understands of a report: all its inputs as data, and what it warns of."""

    inputs: dict[str, Any]
    warnings: frozenset[str]


def make(root: Path) -> Path:
    """Make the project; return its folder."""
    copy_project(root, tiny=True)
    (root / "data" / "tiny").rename(root / "data" / "tal")
    (root / "params" / "tiny.yml").unlink()
    facts = root / "data" / "tal" / "facts.yml"
    text = facts.read_text(encoding="utf-8").replace("left: []", "left: [Göteborgs stad]")
    text = "report: {year: 2023}\n" + re.sub("count_year_end: .", "count_year_end: 5", text)
    facts.write_text(text, encoding="utf-8")
    shutil.copytree(OVERLAY / "data" / "tal", root / "data" / "tal", dirs_exist_ok=True)
    shutil.copytree(root / "data" / "tal", root / "data" / "svar")
    (root / "data" / "svar" / "survey.csv").unlink()
    shutil.copytree(OVERLAY, root, dirs_exist_ok=True)
    for table in ("emissions", "population"):
        (root / "data" / "statistics" / f"{table}_tiny.csv").unlink()
    for path in (ROOT / "data" / "statistics").glob("*.csv"):
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if path.stem == "municipalities" or _STATISTICS.match(line)]
        (root / "data" / "statistics" / path.name).write_text("".join(kept), encoding="utf-8")
    before = root / "outputs" / "före"
    before.mkdir(parents=True)
    stated: dict[str, Any] = {"definition": "Medlemmar vid årets slut", "source": "Prov", "data_year": 2022}
    count = Claim("members-count", 2022, Decimal(5), "members", "5", "count", **stated)
    of = {"k": 2, "n": 4, "members": 5, **stated}
    share = Claim("survey-kolsankor", 2022, Decimal("0.5"), "share", "50 %", "share", **of)
    ClaimBook([count, share]).write(before / "claims.csv")
    seal(before)
    return root


def look(root: Path, report: str) -> Seen:
    """Check a report as the command does, and return all that it rests on."""
    inputs = Inputs.open(f"params/{report}.yml", start=root)
    warnings = checks.check(inputs).warnings
    readers = (
        sources.municipalities, sources.emissions, sources.population, sources.members, survey_counts,
        sources.goals, sources.published, consent,
    )  # fmt: skip
    frames = [reader(inputs) for reader in readers]
    frames += answers_of_both_years(inputs) if report == "svar" else []
    texts = sorted((inputs.project.data / "texts").glob("*.md"))
    names = "facts", "questions", "outline", "credits", "signatures"
    seen: dict[str, Any] = {
        "frames": [*map(_plain, frames)],
        "releases": {release: _plain(frame) for release, frame in sources.releases(inputs).items()},
        "others": [all_corrections(inputs), *(getattr(sources, name)(inputs) for name in names)],
        "earlier": sources.previous_claims(inputs).to_csv(),
        "params": inputs.project.params,
        "texts": {path.name: sources.text(inputs, path.name) for path in texts},
    }
    return Seen(seen, frozenset(map(str, warnings)))


def _plain(frame: pd.DataFrame) -> str:
    """Return a table as text that tells every value apart; the order of its rows does not matter."""
    return "\n".join(sorted(frame.to_csv(index=False, lineterminator="\n").splitlines()))
