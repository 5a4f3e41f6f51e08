"""Lay out a practice project for docs/new-year.md: a small invented association with its report of 2023.

    python docs/practice.py FOLDER

It is the tiny world of the tests under the name of its year, with two municipalities more, and the raw
statistics of the next year in received/. Nothing in the project itself is touched.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
TINY, PRACTICE = (ROOT / "tests" / "data" / name for name in ("tiny", "practice"))
# Texts that say something; the others are there, and empty.
_TEXTS = ("foreword.md", "members.md", "goal1.md", "emissions.md", "survey.md", "survey_themes.md")
_PHRASES = {"kolsankor": "arbetar med lokala kolsänkor", "biokol": "arbetar med biokol"}
_FETCHED = """\
  emissions: {file: "data/statistics/emissions_{vintage}.csv", raw: received/emissions.csv, \
publisher: Exempelverket, title: Utsläpp}
  population: {file: "data/statistics/population_{vintage}.csv", raw: received/population.json, \
publisher: Exempelbyrån, title: Folkmängd}
"""


def lay_out(target: Path) -> None:
    """Write the practice project into a folder."""
    shutil.copytree(ROOT / "notebooks", target / "notebooks")
    shutil.copy(ROOT / "requirements.lock", target)
    channels = shutil.ignore_patterns("channels")  # which come when the report stands
    shutil.copytree(TINY / "data" / "tiny", target / "data" / "2023", ignore=channels)
    shutil.copytree(PRACTICE, target, dirs_exist_ok=True)
    for path in (target / "data" / "2023" / "texts").iterdir():
        if path.name not in _TEXTS:
            path.write_text("", encoding="utf-8")
    _parameters(target / "params")


def _parameters(folder: Path) -> None:
    folder.mkdir()
    for shared in ("sectors", "channels", "guard_words", "gpc"):
        shutil.copy(ROOT / "params" / f"{shared}.yml", folder)
    shutil.copy(TINY / "params" / "targets.yml", folder)
    params, sources, questions = (
        (TINY / "params" / f"{name}.yml").read_text(encoding="utf-8")
        for name in ("tiny", "sources", "questions")
    )
    year = params.replace("emissions_vintage: tiny", 'emissions_vintage: "2023-11-02"')
    year = year.replace("population_vintage: tiny", 'population_vintage: "2023-02-22"')
    listed = sources.replace("data/tiny/", "data/2023/").replace("-tiny:", "-2023:")
    for question, phrase in _PHRASES.items():
        head = f"  - id: {question}\n"
        questions = questions.replace(head, f"{head}    verb_phrase: {phrase}\n")
    listed = "\n".join(line for line in listed.split("\n") if "_tiny.csv" not in line)
    for name, text in (("2023", year), ("sources", listed + _FETCHED), ("questions", questions)):
        (folder / f"{name}.yml").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    lay_out(Path(sys.argv[1]))
