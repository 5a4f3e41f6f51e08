"""Series: a question reworded, with other options, new or gone, told alike wherever it stands."""

from __future__ import annotations

import dataclasses
import itertools
import json
import re
from collections import defaultdict

import pandas as pd
import pytest
from matplotlib.figure import Figure

from conftest import ROOT
from klimatlib.charts import charts
from klimatlib.claims.claims import Claim, ClaimBook, exact
from klimatlib.indicators import association
from klimatlib.prose.statements import seams
from klimatlib.prose.templates import Binder, comparisons, composed
from klimatlib.report.html import minify_svg
from klimatlib.run import checks
from klimatlib.share import dashboard, open_data
from klimatlib.sources import inputs as sources
from klimatlib.sources.inputs import Inputs

YES, PARTLY = {"counts_as_yes": ["Ja"], "counts_as_no": ["Nej"]}, {"counts_as_yes": ["Ja", "Delvis"]}
SAME = {"wording": {"2022": "Görs det?", "2023": "Görs det?"}, "options": {"2022": YES}}
OTHER_WORDS = {**SAME, "wording": {"2022": "Görs det?", "2023": "Görs det ofta?"}}
ADDED = {**SAME, "options": {"2022": YES, "2023": YES | PARTLY}}
DROPPED = {**SAME, "options": {"2022": YES | PARTLY, "2023": YES}}
MOVED = {**SAME, "options": {"2022": YES | PARTLY, "2023": {**YES, "counts_as_no": ["Delvis", "Nej"]}}}
# The same options in another order and spelling are no change.
RESPELT = {**SAME, "options": {"2022": YES | PARTLY, "2023": {**YES, "counts_as_yes": ["delvis ", "JA"]}}}
FORMERLY = {"wording": {"2022": "Gjordes det?"}, "options": {"2022": YES}}
NEW = {"wording": {"2023": "Görs det nu?"}, "options": {"2023": YES}}
WITH_2022 = {"comparable_with": [2022]}
CANNOT, WAS = "Andelen kan inte jämföras med 2022: ", "År 2022 var andelen 40 %, men "
REWORDED, OPTIONS = "Frågan ställdes då på ett annat sätt.", "Svarsalternativen var andra då."
CASES: dict[str, tuple[dict[str, object], str, str, str]] = {  # light, note, and the sentence
    "same": (SAME | WITH_2022, "yes", "", "Det är en ökning från 40 % 2022."),
    "respelt": (RESPELT | WITH_2022, "yes", "", "Det är en ökning från 40 % 2022."),
    "reworded": (OTHER_WORDS, "broken", REWORDED, f"{CANNOT}{REWORDED[:1].lower()}{REWORDED[1:]}"),
    "added": (ADDED, "broken", OPTIONS, f"{CANNOT}{OPTIONS[:1].lower()}{OPTIONS[1:]}"),
    "dropped": (DROPPED, "broken", OPTIONS, f"{CANNOT}{OPTIONS[:1].lower()}{OPTIONS[1:]}"),
    "moved": (MOVED, "broken", OPTIONS, f"{CANNOT}{OPTIONS[:1].lower()}{OPTIONS[1:]}"),
    "explained": (
        ADDED | {"comparison_note": {"2022": "”Delvis” fanns inte då."}},
        "broken", "”Delvis” fanns inte då.", f"{CANNOT}”Delvis” fanns inte då.",
    ),
    "qualified": (
        ADDED | WITH_2022 | {"comparison_note": {"2022": "”Delvis” fanns inte då."}},
        "caution", "”Delvis” fanns inte då.", f"{WAS}”Delvis” fanns inte då.",
    ),
    "put-anew": (OTHER_WORDS | WITH_2022, "caution", REWORDED, f"{WAS}frågan ställdes då på ett annat sätt."),
    "new": (NEW, "", "", ""),
}  # fmt: skip
LABELS = {
    "": "–",
    "yes": "40\xa0% (2022)",
    "caution": "40\xa0% (2022)",
    "broken": "40\xa0% (2022), bruten serie",
}


@pytest.fixture
def series(tiny):
    """The tiny world with a question of each case and one that is gone; its inputs and book."""
    asked = {name: keys for name, (keys, *_) in CASES.items()} | {"gone": FORMERLY}
    told = {"theme": "t", "verb_phrase": "gör det"}
    questions = [{"id": name, "label": f"Fråga {name}", **told, **keys} for name, keys in asked.items()]
    (tiny / "params/questions.yml").write_text(json.dumps({"questions": questions}), encoding="utf-8")
    counts = "".join(f"{name},14,20\n" for name in CASES)
    (tiny / "data/tiny/survey.csv").write_text(f"question_id,k,n\n{counts}", encoding="utf-8")
    path = tiny / "params/tiny.yml"
    path.write_text(re.sub("survey_members: .*", "survey_members: 30", path.read_text("utf-8")), "utf-8")
    inputs = Inputs.open("params/tiny.yml")
    return inputs, sources.questions(inputs), *year_of(inputs, dict.fromkeys(CASES, (14, 8)))


def year_of(inputs, counted, n=20, members=30):
    """The claims on a year in which so many said yes, now and the year before, and its shares."""
    params, questions = inputs.project.params, sources.questions(inputs)
    counts = pd.DataFrame([(i, k, n) for i, (k, _) in counted.items()], columns=["question_id", "k", "n"])
    typed = {"unit": "share", "kind": "share", "data_year": 2022, "definition": "d", "source": "s"}
    earlier = ClaimBook(
        Claim(f"survey-{i}", 2022, value=exact(k / n), text="x", k=k, n=n, members=members, **typed)
        for i, (_, k) in counted.items()
        if i != "new"
    )
    shares = association.shares(counts, questions, members=members)
    none = pd.DataFrame(columns=["indicator", "previous_year", "previous_value"])
    about = {"params": params, "source": "Enkäten", "earlier": earlier}
    return ClaimBook(association.survey_claims(shares, questions, none, **about)), shares


def plain(text):
    return re.sub(r"\[([^\]]*)\]\{[^}]*\}", r"\1", text).replace("\xa0", " ")


def test_a_changed_question_breaks_or_qualifies_its_series_in_every_output_alike(series):
    inputs, questions, book, shares = series
    table = association.survey_table(book, shares).set_index("Fråga")
    pages = {row["id"]: row for row in dashboard._survey(inputs, book)["questions"]}
    columns = (6 + 5, 6 + 7, 6 + 8)  # previous_year, comparable, comparison_note
    rows = {row[0]: [row[i] for i in columns] for row in open_data._survey_rows(inputs, book)}
    binder = Binder({}, book, 2023, "K", {}, sources.guard_words(inputs))
    sentences = {
        one.question.id: one.text for one in composed([*questions.values()], book) if one.part == "compared"
    }
    assert {*pages} == {*rows} == {*CASES}
    for name, (_, light, note, sentence) in CASES.items():
        label, year = f"Fråga {name}", 2022 if light else None
        assert book[f"survey-{name}"].comparable == light, name
        assert table.at[label, "Tidigare"] == LABELS[light]
        assert (pages[name]["light"][0], (pages[name]["before"] or {}).get("note", "")) == (light, note)
        assert rows[name] == [year, light or None, note or None]
        if sentence:
            assert plain(binder.render(sentences[name], file="t.md").markdown).strip() == sentence
        else:
            assert name not in sentences
    assert book["survey-compared"].value == 4
    for claim in (book[f"survey-{name}"] for name, (_, light, *_) in CASES.items() if light == "broken"):
        with pytest.raises(Exception, match="is not the same as 2022"):  # in a channel or any text
            binder.render(f'Andelen ökade till {{{{ claim("{claim.id}") }}}}.', file="t.md")


def drawn(book, shares):
    data = association.survey_table(book, shares)
    return charts.dots("d", association.survey_dots(book, shares), data=data, headline="F", caption="Andel.")


def test_the_ring_of_a_broken_series_is_broken_at_every_size_and_the_picture_says_what_that_means(series):
    *_, book, shares = series
    chart = drawn(book, shares)
    broken = [name for name, (_, light, *_) in CASES.items() if light == "broken"]
    for picture in (chart.svg, chart.narrow):
        for svg in (picture.decode(), minify_svg(picture.decode())):
            assert svg.count("stroke-dasharray") == len(broken)
        assert "Streckad ring: ställdes då på annat sätt, jämför inte" in svg
    assert chart.caption.startswith(
        "Andel. Stapeln visar vad andelen kan vara bland alla medlemmar, ringen ett"
    )
    assert all(f"fråga {name}" in chart.alt.partition("Går inte att jämföra")[2] for name in broken)
    plain_book, plain_shares = year_of(series[0], {"same": (14, 8)})
    chart = drawn(plain_book, plain_shares)
    assert b"stroke-dasharray" not in chart.svg and "Streckad" not in minify_svg(chart.svg.decode())
    alone, alone_shares = year_of(series[0], {"new": (14, 8)})
    chart = drawn(alone, alone_shares)
    assert "ring" not in chart.caption + minify_svg(chart.svg.decode())


def gap(box, x):
    return max(box.x0 - x, x - box.x1, 0)


@pytest.mark.parametrize("narrow", [False, True], ids=["wide", "narrow"])
def test_a_label_stands_nearest_to_its_own_mark_and_touches_no_other_label_of_its_row(narrow):
    typed = {"unit": "share", "kind": "share", "data_year": 2023, "definition": "d", "source": "s"}
    rows = []
    for now, before in itertools.product(range(0, 21, 2), repeat=2):
        share, low, high = (
            Claim(f"c{end}", 2023, value=exact(k / n), text=f"{100 * k / n:.0f} %", **typed)
            for end, k, n in (("", now, 20), ("-low", now, 25), ("-high", now + 5, 25))
        )
        share = dataclasses.replace(share, previous_year=2022, previous_value=exact(before / 20))
        rows.append(("Namn", share, low, high))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(charts, "_drawn", lambda *words, **_: words)
        *_, draw, wide_mm, narrow_mm = charts.dots("d", rows, data=pd.DataFrame(), headline="", caption="B.")
    with charts.style():
        size = (86 / 25.4, narrow_mm / 25.4) if narrow else (170 / 25.4, wide_mm / 25.4)
        figure = Figure(figsize=size)
        draw(figure, narrow)
        figure.draw_without_rendering()
        axes = figure.axes[0]
        texts = [text for text in axes.texts if text.get_text() != "Namn"]
        for place, (_, *claims) in enumerate(rows):
            of_ring, of_dot = (t.get_window_extent() for t in texts[2 * place : 2 * place + 2])
            values = [claims[0].previous_value, *(claim.value for claim in claims)]
            ring, dot, *bar = (axes.transData.transform((float(100 * v), 0))[0] for v in values)
            for box, own, other in ((of_ring, ring, dot), (of_dot, dot, ring)):
                if box.x0 < own < box.x1:  # below its mark
                    assert abs(box.x0 + box.x1 - 2 * own) <= abs(box.x0 + box.x1 - 2 * other)
                else:  # beside it or its bar, and not beyond the other mark
                    assert (own >= other) == (box.x0 > own) or other >= own + 30 or own == other
            if not bar[0] <= ring <= bar[1]:
                assert gap(of_ring, ring) <= min(gap(of_ring, x) for x in bar)
            assert not of_ring.overlaps(of_dot)


@pytest.mark.parametrize(
    ("counted", "text"),
    [
        ({"new": (14, 0)}, "Ingen fråga har en tidigare siffra att jämföra med."),
        ({"same": (14, 8)}, "En fråga går att ställa bredvid 2022."),
        ({"same": (14, 8), "respelt": (14, 8)}, "Två frågor går att ställa bredvid 2022."),
        (
            {"same": (14, 8), "new": (1, 0)},
            "En fråga går att ställa bredvid 2022.\n"
            "Den återstående frågan har ingen tidigare siffra att jämföra med.",
        ),
        (
            {"reworded": (14, 8), "added": (3, 9)},
            "Frågan eller svarsalternativen var andra då för ”Fråga reworded” och ”Fråga added”; "
            "andelarna går inte att jämföra.",
        ),
        (
            {"qualified": (14, 8), "added": (3, 9), "new": (1, 0)},
            "En fråga går att ställa bredvid 2022.\n"
            "Frågan eller svarsalternativen var andra då för ”Fråga qualified”; läs det med försiktighet.\n"
            "Frågan eller svarsalternativen var andra då för ”Fråga added”; andelarna går inte att jämföra.\n"
            "Den återstående frågan har ingen tidigare siffra att jämföra med.",
        ),
    ],
)  # fmt: skip
def test_what_may_be_compared_is_told_in_whole_sentences_and_never_beside_one_that_denies_it(
    series, counted, text
):
    inputs, questions = series[:2]
    book, _ = year_of(inputs, counted)
    told = {"d": comparisons(questions, book)}
    binder = Binder({}, book, 2023, "K", told, sources.guard_words(inputs))
    assert plain(binder.render("{{ d }}", file="t.md").markdown).strip() == text


@pytest.mark.parametrize(("known", "text"), [
    ([False], "Då är bara andelen känd, inte hur många som svarade, så förändringen bör läsas"),
    ([False, False], "Då är bara andelarna kända, inte hur många som svarade, så förändringarna bör läsas"),
    ([True, False], "Hur många som svarade då är inte känt för ”Fråga respelt”; läs det med försiktighet."),
])  # fmt: skip
def test_shares_of_which_nobody_knows_how_many_answered_are_named(series, known, text):
    inputs, questions = series[:2]
    names = ["same", "respelt"][: len(known)]
    book, _ = year_of(inputs, dict.fromkeys(names, (14, 8)))
    lost = {f"survey-{name}-previous" for name, is_known in zip(names, known, strict=True) if not is_known}
    claims = [dataclasses.replace(c, k=None, n=None, members=None) if c.id in lost else c for c in book]
    claims = [
        dataclasses.replace(c, comparable="caution") if f"{c.id}-previous" in lost else c for c in claims
    ]
    assert text in comparisons(questions, ClaimBook(claims))


@pytest.mark.parametrize(("number", "text", "refused"), [
    ("en", " frågor", True), ("en", " nya medlemmar", True), ("ett", " områden", True),
    ("1", " kommuner", True), ("en", " år före", True), ("En", " personer", True), ("en", " fråga", False),
    ("ett", " år", False), ("en", " arbetar", False), ("en", " har lämnat", False),
    ("två", " frågor", False), ("en", " ny sektor", False), ("en", ", så", False),
    ("ett", " seminarium", False), ("en", " skriver", False),
])  # fmt: skip
def test_one_is_followed_by_no_plural_and_by_no_other_gender(number, text, refused):
    line = f'Det var [{number}]{{.claim claim="x"}}{text}.'
    assert bool(seams(line, file="t.md")) == refused


@pytest.mark.parametrize(("number", "unfit"), [(0, False), (1, True), (2, False)])
def test_check_finds_where_the_year_has_one_of_what_a_text_tells_in_the_plural(monkeypatch, number, unfit):
    monkeypatch.chdir(ROOT)
    inputs = Inputs.open("params/2023.yml", draft=True)

    def other(node, key=""):
        match node:
            case dict():
                return {name: other(value, name) for name, value in node.items()}
            case list():
                return [other(value, key) for value in node]
            case int() if type(node) is int and node < 1900 and key not in ("id", "number", "order"):
                return number
        return node

    facts = other(sources.facts(inputs))
    facts["members"] |= dict.fromkeys(("joined", "left", "observers_joined"), ["Ort"] * number)
    words = sources.guard_words(inputs)
    read = checks._read_notebooks(inputs), facts, sources.questions(inputs), words
    found = [*checks._texts(inputs, defaultdict(dict), *read)]
    assert all("no Swedish; write both" in problem.text for problem in found)
    assert (
        ("data/2023/texts/goal3.md", "line 6") in {(p.file, p.where) for p in found} if unfit else not found
    )
