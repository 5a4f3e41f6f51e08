"""A small project with every file that a run can read, and what a check understands of it.

Two reports: ``tal`` has the survey as counts, ``svar`` as the members' own answers of two years, with
consent, signatures, corrections and a report of the year before.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd

from conftest import ROOT, copy_project, seal
from klimatlib import published
from klimatlib.claims.claims import Claim, ClaimBook
from klimatlib.run import checks
from klimatlib.sources import inputs as sources
from klimatlib.sources.inputs import Inputs
from klimatlib.sources.survey_export import answers_of_both_years, consent, survey_counts

COUNTS, ANSWERS = "tal", "svar"
_PLACES = ("0000", "0180", "1280", "1281", "2580")
_YEARS = re.compile(r"[0-9]{4},(1990|2000|2005|2010|2015|2019|2020),|municipality_code")
_ASKED = ("Arbetar kommunen med lokala kolsänkor?", "Arbetar kommunen med biokol?")
_MEMBERS = """code,name,kind,joined,left,status,certainty,source
0180,Stockholm,municipality,<=2010,,member,confirmed,påhittat
12,Region Skåne,region,2003,,member,confirmed,påhittat
1280,Malmö,municipality,2003,,member,confirmed,påhittat
1281,Lund,municipality,2003,,member,confirmed,påhittat
1480,Göteborg,municipality,2022-05,2023,left,confirmed,påhittat
2580,Luleå,municipality,2023-02,,member,confirmed,"påhittat, till punkt och pricka"
"""
_SAID = {  # 2022, 2023: kolsänkor, biokol
    "Stockholms stad": ("Nej", "Nej", "Ja", "Nej"),
    "Region Skåne": ("Ja", "Nej", "Ja", ""),
    "Malmö": ("Ja", "Ja", "Nej", "Ja"),
    "Lunds kommun": ("Nej", "Vet ej", "ja ", "Ja"),
    "Luleå": ("", "", "Ja", "Nej"),
}


@dataclass(frozen=True)
class Seen:
    """What a check understands of a report: its inputs as data, and what it warns of."""

    inputs: dict[str, Any]
    warnings: tuple[str, ...]

    def same(self, other: Seen) -> bool:
        """Whether the inputs are the same, number by number."""
        return self.inputs == other.inputs

    def __str__(self) -> str:
        return f"accepted with {len(self.warnings)} warnings"


def make(root: Path) -> Path:
    """Make the project; return its folder."""
    copy_project(root, tiny=True)
    (root / "data" / "tiny").rename(root / "data" / COUNTS)
    (root / "params" / "tiny.yml").unlink()
    (root / "data" / COUNTS / "members.csv").write_text(_MEMBERS, encoding="utf-8")
    _facts(root / "data" / COUNTS / "facts.yml")
    _statistics(root / "data" / "statistics")
    for name, survey in ((COUNTS, "counts"), (ANSWERS, "answers")):
        (root / "params" / f"{name}.yml").write_text(_params(name, survey), encoding="utf-8")
    shutil.copytree(root / "data" / COUNTS, root / "data" / ANSWERS)
    _counts(root / "data" / COUNTS)
    _answers(root)
    _catalogues(root / "params")
    return root


def look(root: Path, name: str) -> Seen:
    """Check a report as the command does, and return all that it rests on."""
    inputs = Inputs.open(f"params/{name}.yml", start=root)
    report = checks.check(inputs)
    frames: dict[str, Callable[[Inputs], pd.DataFrame]] = {
        "municipalities": sources.municipalities, "emissions": sources.emissions,
        "population": sources.population, "members": sources.members, "survey": survey_counts,
        "goals": sources.goals, "published": sources.published, "consent": consent,
    }  # fmt: skip
    found: dict[str, Any] = {table: _plain(read(inputs)) for table, read in frames.items()}
    if name == ANSWERS:
        found["answers"] = [_plain(frame) for frame in answers_of_both_years(inputs)]
    found |= {
        "releases": {release: _plain(frame) for release, frame in sources.releases(inputs).items()},
        "facts": sources.facts(inputs), "questions": sources.questions(inputs),
        "outline": sources.outline(inputs), "credits": sources.credits(inputs),
        "signatures": sources.signatures(inputs), "corrections": inputs.corrections(),
        "earlier": published.previous_claims(inputs).to_csv(), "params": inputs.project.params,
        "texts": {path.name: sources.text(inputs, path.name)
                  for path in sorted((inputs.project.data / "texts").glob("*.md"))},
    }  # fmt: skip
    return Seen(found, tuple(report.warnings))


def _plain(frame: pd.DataFrame) -> str:
    """Return a table as text that tells every value apart; the order of its rows does not matter."""
    return "\n".join(sorted(frame.to_csv(index=False, lineterminator="\n").splitlines()))


def _params(name: str, survey: str) -> str:
    return f"""# En provvärld. Allt är påhittat.
year: 2023
association: Provkommunerna
title: Verksamhetsberättelse
document_date: "2024-03-01"
emissions_year: 2020
base_year: 1990
emissions_vintage: "2025"
revisions: ["2021-10-14"]
definition: ratio_of_sums
survey_input: {survey}
survey_members: 5
minimum_cell: 1
members_previous: 5
previous: {"före" if name == ANSWERS else "null"}
notice: Exempeldata. Alla uppgifter är påhittade.
"""


def _facts(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    text = text.replace("count_year_end: 3", "count_year_end: 5").replace(
        "left: []", "left: [Göteborgs stad]"
    )
    path.write_text(f"report: {{year: 2023}}\n{text}", encoding="utf-8")


def _statistics(folder: Path) -> None:
    real = ROOT / "data" / "statistics"
    (folder / "emissions_tiny.csv").unlink()
    for path in real.glob("*.csv"):
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = lines if path.stem == "municipalities" else [
            line for line in lines if line.startswith((*_PLACES, "municipality_code")) and _YEARS.match(line)
        ]  # fmt: skip
        (folder / path.name).write_text("".join(kept), encoding="utf-8")


def _counts(folder: Path) -> None:
    (folder / "survey.csv").write_text("question_id,k,n\nkolsankor,4,5\nbiokol,2,4\n", encoding="utf-8")
    published = (
        "year,indicator,value,unit,previous_year,previous_value,reason\n"
        "2023,kolsankor,80,percent of respondents,2022,50,\n"
        "2023,biokol,50,percent of respondents,,,\n2023,medlemmar-antal,5,members at year end,,,\n"
        "2023,utslapp-niva-medlemmar,2.3,t CO2e per inhabitant,,,\n"
    )
    (folder / "published.csv").write_text(published, encoding="utf-8")


def _answers(root: Path) -> None:
    folder = root / "data" / ANSWERS
    shutil.copy(root / "data" / COUNTS / "published.csv", folder / "published.csv")
    (folder / "survey.csv").unlink()
    for year, first in ((2022, 0), (2023, 2)):
        lines = [f"Tid;Kommun;E-post;{';'.join(_ASKED)};Kommentar"]
        for number, (name, said) in enumerate(_SAID.items()):
            one, two = said[first], said[first + 1]
            if one or two:
                lines.append(f"{year}-10-0{number + 1} 08:15;{name};svar@example.org;{one};{two};")
        if year == 2023:
            lines.append(f"{year}-10-09 08:15;Malmö stad;svar@example.org;Ja;Nej;för tidigt")
        (folder / f"answers_{year}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "consent.csv").write_text(
        'code,given,source\n1281,2023-10-23,"kryss, i enkäten"\n', encoding="utf-8"
    )
    six = "-".join(["0a1b2c3d"] * 6)
    (folder / "signatures.csv").write_text(
        f"name,claim,date,text,fingerprint\nAnna Ek,members-count,2024-03-01,5,{six}\n"
        f"Bo Åberg,members-count,2024-03-02,5,{six}\n", encoding="utf-8"
    )  # fmt: skip
    before = root / "outputs" / "före"
    before.mkdir(parents=True)
    told: dict[str, Any] = {
        "definition": "Medlemmar vid årets slut",
        "source": "Provkommunerna",
        "data_year": 2022,
    }
    count = Claim("members-count", 2022, Decimal(5), "members", "5", "count", measure="members", **told)
    told |= {"measure": "kolsankor", "denominator": "respondents", "k": 2, "n": 4, "members": 5}
    share = Claim("survey-kolsankor", 2022, Decimal("0.5"), "share", "50 %", "share", **told)
    ClaimBook([count, share]).write(before / "claims.csv")
    seal(before)


def _catalogues(params: Path) -> None:
    questions = (params / "questions.yml").read_text(encoding="utf-8")
    for wording in _ASKED:
        questions = questions.replace(
            f'{{"2023": "{wording}"}}', f'{{"2022": "{wording}", "2023": "{wording}"}}'
        )
    questions = questions.replace(
        "counts_as_no: [Nej]", "counts_as_no: [Nej]\n    counts_as_missing: [Vet ej]"
    )
    marker = "counts_as_missing: [Vet ej]"
    head, _, tail = questions.rpartition(marker)
    questions = f"{head}{marker}\n    comparable_with: [2022]{tail}"
    (params / "questions.yml").write_text(questions, encoding="utf-8")
    (params / "corrections.yml").write_text(
        """corrections:
  - id: malmo-dubbelt
    file: data/svar/answers_2023.csv
    where: {Tid: "2023-10-09 08:15", Kommun: Malmö stad}
    drop: true
    why: Sent too early, and a whole answer before it.
    decided: "2024-01-15"
""", encoding="utf-8")  # fmt: skip
    files = ["facts.yml", "goals.csv", "members.csv", "published.csv"]
    known = {
        f"{name}-{Path(file).stem.replace('_', '-')}": f"data/{name}/{file}"
        for name, more in ((COUNTS, ["survey.csv"]), (ANSWERS, ["answers_2022.csv", "answers_2023.csv"]))
        for file in (*files, *more)
    }
    known |= {f"statistik-{n}": f"data/statistics/{file}" for n, file in enumerate(
        ["emissions_2025.csv", "emissions_2021-10-14.csv", "population.csv", "municipalities.csv"]
    )}  # fmt: skip
    lines = ["sources:"]
    for name, file in known.items():
        more = '    vintage: "2025"\n    retrieved: "2024-05-02"\n' if "statistics" in file else ""
        lines.append(
            f"  {name}:\n    file: {file}\n    publisher: Provverket\n    title: {json.dumps(file)}\n{more}"
        )
    (params / "sources.yml").write_text("\n".join(lines), encoding="utf-8")
