"""The survey as the dashboard shows it: the claims' texts, and single answers where the member agreed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from klimatlib import swedish
from klimatlib.charts import blocks as views
from klimatlib.claims.claims import LIGHTS, Claim, ClaimBook
from klimatlib.config import Question
from klimatlib.sources import inputs as sources
from klimatlib.sources.inputs import Inputs
from klimatlib.sources.survey_export import consent, survey_answers
from klimatlib.sources.tables import rows

THEMES = {
    "beslut": "Beslut",
    "upphandling": "Upphandling",
    "kolsankor": "Kolsänkor",
    "energi": "Energi och maskiner",
    "byggande": "Byggande",
    "samverkan": "Tillsammans med andra",
    "vardag": "I vardagen",
}
ANSWERS = {"yes": "Ja", "no": "Nej", "missing": "Inget svar"}


def survey_data(inputs: Inputs, book: ClaimBook) -> dict[str, Any]:
    """Return the survey's questions in the report's order with their claims, and who shows its answers."""
    asked = {i: q for i, q in sources.questions(inputs).items() if f"survey-{i}" in book}
    themes = dict.fromkeys(question.theme for question in asked.values())
    counts = {name: book[f"survey-{name}"] for name in ("respondents", "members") if f"survey-{name}" in book}
    return {
        "year": inputs.project.params.year,
        "inferred": inputs.project.params.survey_inferred,
        "counts": {name: claim.text for name, claim in counts.items()},
        "source": next((book[f"survey-{i}"].source for i in asked), ""),
        "themes": [[theme, THEMES.get(theme, swedish.upper_first(theme))] for theme in themes],
        "questions": [_question(question, book) for question in asked.values()],
        "own": _own_answers(inputs, book),
    }


def _question(question: Question, book: ClaimBook) -> dict[str, Any]:
    ahead = f"survey-{question.id}"
    claim, low, high = (book[f"{ahead}{end}"] for end in ("", "-low", "-high"))
    missing = f"{ahead}-missing"
    return {
        "id": question.id,
        "theme": question.theme,
        "label": question.label,
        "k": claim.k,
        "n": claim.n,
        "members": claim.members,
        "share": claim.text,
        "low": low.text,
        "high": high.text,
        "missing": book[missing].text if missing in book else None,
        "light": [claim.comparable, LIGHTS[claim.comparable]],
        "before": _before(claim, question),
        "note": claim.note,
    }


def _before(claim: Claim, question: Question) -> dict[str, Any] | None:
    if claim.previous_value is None or claim.previous_year is None:
        return None
    return {
        "year": claim.previous_year,
        "share": float(claim.previous_value),
        "text": swedish.percent(claim.previous_value),
        "note": question.comparison_note.get(str(claim.previous_year), ""),
    }


def _own_answers(inputs: Inputs, book: ClaimBook) -> list[dict[str, Any]]:
    """Return the answers of the members that agreed to show them; nobody else's are kept.

    Nobody's where so few others answered that theirs could be worked out from the shares.
    """
    params = inputs.project.params
    agreed = set(consent(inputs)["code"]) if params.survey_input == "answers" else set()
    if not agreed:
        return []
    answers = survey_answers(inputs)
    silent = len(set(answers["code"]) - agreed)
    if 0 < silent < max(params.minimum_cell, 2):
        return []
    names = views.by_code(sources.members(inputs))
    found: dict[str, dict[str, str]] = {}
    for row in rows(answers[answers["code"].isin(agreed)]):
        if f"survey-{row.question_id}" in book:
            found.setdefault(row.code, {})[row.question_id] = ANSWERS[row.counts_as]
    told: list[Mapping[str, Any]] = [
        {"code": code, "name": names[code], "answers": own} for code, own in found.items()
    ]
    return [dict(one) for one in sorted(told, key=lambda one: swedish.alphabetical(one["name"]))]
