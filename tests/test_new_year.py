"""The new year: docs/new-year.md followed to the letter, and `klimatlib new` on the real project."""

from __future__ import annotations

import csv
import json
import re
import shutil
from decimal import Decimal

import jinja2
import pandas as pd
import pytest

from conftest import ROOT, collected, copy_project, seal
from klimatlib.claims.claims import Claim, ClaimBook, exact
from klimatlib.config import MARK, Question
from klimatlib.errors import InputError, UsageError
from klimatlib.files import write_whole
from klimatlib.indicators import association as survey
from klimatlib.indicators.decomposition import edition_before
from klimatlib.prose import templates as examples
from klimatlib.prose.linter import _CHANGES_WORDS
from klimatlib.run import checks
from klimatlib.run import new_year as making
from klimatlib.run import new_year as newyear
from klimatlib.sources.inputs import Inputs, previous_claims
from walkthrough import Shell, blocks, edit, timeless

DOCUMENT = ROOT / "docs" / "new-year.md"
# The file of each edit of the document, in order, and what it takes off the list of what is to be done.
STEPS = [
    ("params/2024.yml", {"params/2024.yml"}),
    ("data/2024/members.csv", set()),  # the members are now compared with the statistics, which lack a year
    ("data/statistics/population.csv", {"data/2024/members.csv"}),
    ("data/2024/facts.yml", {"data/2024/facts.yml"}),
    ("data/2024/goals.csv", {"data/2024/goals.csv"}),
    ("data/2024/survey.csv", {"data/2024/survey.csv"}),
    ("params/questions.yml", set()),  # a question that was put otherwise may not be compared
    ("params/questions.yml", {"params/questions.yml"}),
    ("data/2024/texts/survey_themes.md", {"data/2024/texts/survey_themes.md"}),
    ("data/2024/texts/survey.md", {"data/2024/texts/survey.md"}),
    ("data/2024/texts/emissions.md", {"data/2024/texts/emissions.md"}),
    ("data/2024/texts/foreword.md", {"data/2024/texts/foreword.md"}),
    ("data/2024/texts/members.md", {"data/2024/texts/members.md"}),
    ("data/2024/texts/goal1.md", {"data/2024/texts/goal1.md"}),
]


def wrong(name="2024"):
    """All problems of a report in the current project."""
    try:
        checks.check_file(f"params/{name}.yml")
    except InputError as error:
        return error.problems
    return ()


def text_of(path):
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def walk(tmp_path_factory):
    """Follow the document; its shell's folder, and the files that `check` names after each edit."""
    temporary, before, named, output = tmp_path_factory.mktemp("year"), [], [], ""
    shell = Shell(ROOT, TMPDIR=str(temporary))
    with pytest.MonkeyPatch.context() as patch:
        for block in blocks(text_of(DOCUMENT)):
            if block.kind == "sh":
                output = shell.run(block.body)
                patch.chdir(shell.folder)
            elif block.kind == "text":
                assert timeless(output) == timeless(block.body), f"{DOCUMENT.name}, line {block.line}"
            else:
                if not named:
                    before = sorted({problem.file for problem in wrong()})
                edit(shell.folder, block)
                named.append((block.file, sorted({problem.file for problem in wrong()})))
    assert "outputs/2024/ is complete" in output
    root = shell.folder
    shell.close()
    return root, before, named


@pytest.fixture(scope="module")
def claims(walk):
    with (walk[0] / "outputs" / "2024" / "claims.csv").open(encoding="utf-8", newline="") as stream:
        return {row["id"]: row for row in csv.DictReader(stream)}


def test_after_each_step_check_names_exactly_what_remains(walk):
    _, before, named = walk
    assert [file for file, _ in named] == [file for file, _ in STEPS]
    remaining = {*before}
    for (file, done), (_, left) in zip(STEPS, named, strict=True):
        remaining -= done
        assert left == sorted(remaining), file
    assert remaining == set()


@pytest.mark.parametrize(
    ("claim", "value", "light", "year", "earlier_value"),
    [  # the book of 2023 is of the earlier form, which does not say what its numbers mean
        ("members-count", "4", "caution", "2023", "3"),  # 3 + Malmö and Kiruna - Luleå
        ("members-municipalities", "3", "caution", "2023", "2"),  # Lund, Malmö, Kiruna; Region Skåne is none
        ("members-left", "1", "caution", "2023", "0"),
        ("members-joined", "2", "caution", "2023", "1"),
        ("survey-kolsankor", "1", "yes", "2023", "0.666667"),  # 4 of 4, and 2 of 3
        ("survey-biokol", "0.75", "broken", "2023", "0.333333"),  # 3 of 4, and 1 of 3
        ("goal-facebook-inlagg-result", "60", "caution", "2023", "52"),
        # (200 + 380 + 270) / (125 + 105 + 110) in 2022, and (240 + 800) / (120 + 80) in 2020
        ("emissions-members-level", "2.5", "caution", "2020", "5.2"),
    ],
)
def test_the_numbers_of_2024_stand_beside_those_that_2023_published(
    claims, claim, value, light, year, earlier_value
):
    found = claims[claim]
    beside = (found["comparable"], found["previous_year"], found["previous_value"])
    assert (found["value"], beside) == (value, (light, year, earlier_value))


def test_the_new_release_and_its_new_year_are_used(claims):
    level = claims["emissions-members-level"]
    assert (level["data_year"], level["vintage"]) == ("2022", "2024-11-14")
    assert "emissions-members-level-2021" in claims
    assert claims["release-2023-11-02-nation-level"]["value"] == "4.35"  # 1740 / 400 in 2020, as 2023 told


def test_the_change_is_told_from_what_2023_printed_with_its_release_and_its_members(claims):
    parts = ("revision", "emissions", "population", "joined", "left")
    found = {name: Decimal(claims[f"split-emissions-{name}"]["value"]) for name in ("before", "now", *parts)}
    assert (found["before"], found["now"]) == (Decimal("5.2"), Decimal("2.5"))
    assert abs(sum(found[part] for part in parts) - (found["now"] - found["before"])) < Decimal("0.00001")
    assert claims["split-emissions-before"]["data_year"] == "2020"
    assert claims["split-emissions-before"]["vintage"] == "2023-11-02"
    assert found["revision"] == 0  # the new release has 2020 as the one before had it


def test_a_question_put_otherwise_is_told_without_a_word_of_change(walk):
    report = text_of(walk[0] / "outputs" / "2024" / "report.qmd")
    lines = report[report.index('claim="survey-biokol"}') :].split("\n")
    told = next(line for line in report.split("\n") if line.startswith("Andelen kan inte jämföras"))
    assert told == "Andelen kan inte jämföras med 2023: frågan gällde då bara biokol."
    about = [line for line in report.split("\n") if "biokol" in line and "|" not in line and "![" not in line]
    assert len(about) >= 2
    assert [line for line in about for _, _, word in _CHANGES_WORDS if word.search(line)] == []
    assert any("Bruten serie" in line for line in lines if "Biokol" in line)


def test_what_2023_said_is_not_in_the_report_of_2024(walk):
    report = text_of(walk[0] / "outputs" / "2024" / "report.qmd")
    assert MARK not in report
    assert "18–19 april" in report
    assert "27–28 april" not in report  # the meeting of 2023


# ------------------------------------------------------------------ the real project


@pytest.fixture
def real(tmp_path, monkeypatch):
    """A copy of the real project, with the claims that 2023 published, as the current folder."""
    root = copy_project(tmp_path / "klimat", tiny=False)
    (root / "outputs" / "2023").mkdir(parents=True)
    for name in ("claims.csv", "manifest.json"):
        shutil.copy(ROOT / "outputs" / "2023" / name, root / "outputs" / "2023")
    monkeypatch.chdir(root)
    return root


def made(name="2024"):
    """Make the year; return what was said of it."""
    with collected() as lines:
        newyear.new(name)
    return lines


def state(root):
    """Every file below the project, by its path."""
    found = (path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in found}


def test_in_the_real_project_all_that_is_wrong_at_first_is_what_is_to_be_filled_in(real):
    made()
    found = wrong()
    assert [problem for problem in found if "fill in: " not in problem.text] == []
    files = {problem.file for problem in found}
    assert {"params/2024.yml", "params/questions.yml"} < files
    data = {path for path in (real / "data" / "2024").rglob("*.*") if path.read_bytes().strip()}
    unmarked = {path.relative_to(real).as_posix() for path in data} - files
    later = {name for name in unmarked if "/texts/channels/" in name}  # told when the channels are made
    assert unmarked - later == {"data/2024/published.csv"}  # its heading alone
    assert later
    assert all(MARK in text_of(real / name) for name in later)
    assert (wrong("2023"), wrong("demo")) == ((), ())


def test_what_is_known_of_the_new_year_is_filled_in(real):
    made()
    params = text_of(real / "params" / "2024.yml")
    for line in ("year: 2024", "members_previous: 51 ", 'previous: "2023"', 'revisions: ["2025"]'):
        assert f"\n{line}" in params
    assert "survey_inferred" not in params
    with (real / "data" / "2024" / "members.csv").open(encoding="utf-8", newline="") as stream:
        register = {row["code"]: row["status"] for row in csv.DictReader(stream)}
    assert (register["1267"], register["1763"]) == (
        "member",
        "left",
    )  # Höör joined in 2024, Forshaga left before
    credits = text_of(real / "params" / "sources.yml")
    assert credits.startswith(text_of(ROOT / "params" / "sources.yml").rstrip("\n"))
    assert credits.count("file: data/2024/") == 5


def test_the_examples_told_last_year_wait_this_year(real):
    params = text_of(real / "params" / "demo.yml")
    (real / "params" / "2023.yml").write_text(f"{params}\ndata: demo\n", encoding="utf-8")
    told = examples.members_told(examples.chosen(Inputs.open("params/2023.yml")))
    assert len(told) == 4
    made()
    carried = text_of(real / "data" / "2024" / "examples.yml")
    assert f"last_year: [{', '.join(json.dumps(code) for code in told)}]" in carried
    assert "examples: []" in carried


def test_the_questions_only_gain_lines(real):
    before = text_of(real / "params" / "questions.yml").split("\n")
    made()
    after = text_of(real / "params" / "questions.yml").split("\n")
    gained = [line for line in after if line not in before]
    lost = [line for line in before if line not in after]
    assert {*lost} == {"    comparable_with: [2022]"}
    assert len([line for line in gained if f'"2024": "{MARK} as it was put: ' in line]) == 14
    assert {line for line in gained if MARK not in line} == {
        "    comparable_with: [2023]",
        "    comparable_with: [2022, 2023]",
    }


def test_an_emptied_text_is_still_a_text(real):
    made()
    names = ("date", "dates", "month", "listing", "lower_first", "upper_first")
    environment = jinja2.Environment(comment_start_string="{##", comment_end_string="##}")
    environment.filters.update(dict.fromkeys(names, str))
    for path in (real / "data" / "2024" / "texts").glob("*.md"):
        environment.parse(text_of(path))
        printed = re.sub(r"{##.*?##}", "", text_of(path), flags=re.S)
        assert len(re.findall(r"^:::+ *\{", printed, re.M)) == len(re.findall(r"^:::+ *$", printed, re.M)), (
            path
        )
        assert not re.search(r"activity\[|activities\.|facts\.growth", printed), path
        assert printed.count("\n# ") + printed.startswith("# ") <= 2, path


def test_running_it_twice_changes_nothing_and_says_so(real):
    made()
    (real / "data" / "2024" / "survey.csv").unlink()  # the analyst goes over to answers
    (real / "params" / "2024.yml").write_text("year: 2024\n", encoding="utf-8")
    before = state(real)
    told = made()
    assert state(real) == before
    assert told[:4] == [
        f"{file}: is here already, left as it is"
        for file in ("data/2024", "params/questions.yml", "params/sources.yml", "params/2024.yml")
    ]


@pytest.mark.parametrize("step", range(4))
def test_a_run_that_was_cut_off_is_completed_by_the_next(real, monkeypatch, step):
    cut, whole, rename = [], write_whole, making._put

    def writing(path, text):
        if len(cut) == step - 1:
            raise KeyboardInterrupt
        cut.append(path)
        whole(path, text)

    def putting(folder, content):
        if step == 0:
            half = dict(list(content.items())[:7])
            rename(folder.with_name(".new-2024x"), half)
            (folder.with_name(".new-2024x")).rename(folder.with_name(".new-2024"))
            raise KeyboardInterrupt
        rename(folder, content)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(making, "write_whole", writing)
        patch.setattr(making, "_put", putting)
        made()
    made()
    completed = state(real)
    shutil.rmtree(real / "data" / "2024")
    for name in ("questions", "sources"):
        shutil.copy(ROOT / "params" / f"{name}.yml", real / "params")
    (real / "params" / "2024.yml").unlink()
    made()
    assert completed == state(real)
    assert not (real / "data" / ".new-2024").exists()


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (
            "2026",
            "2026 is made from the report of 2025, and there is no params/2025.yml; the years here are 2023",
        ),
        (
            "2023",
            "2023 is here already, and no report of 2022 to complete it from; klimatlib check 2023 says",
        ),
        ("demo", "demo: a new report is named by its year; write klimatlib new 2024"),
        ("../2024", "a new report is named by its year"),
    ],
)
def test_a_year_that_cannot_be_made_is_refused_in_words(real, name, told):
    before = state(real)
    with pytest.raises(UsageError) as caught:
        made(name)
    assert told in str(caught.value)
    assert state(real) == before


def test_an_unfinished_year_is_nothing_to_go_on_from(real):
    made()
    with pytest.raises(InputError, match=r"params/2024\.yml: 4 problems"):
        made("2025")


def test_without_the_published_claims_nothing_is_made(real):
    (real / "outputs" / "2023" / "claims.csv").unlink()
    before = state(real)
    with pytest.raises(InputError, match="make it with: klimatlib report 2023"):
        made()
    assert state(real) == before


def test_answers_carry_over_to_be_compared_with(real):
    params = text_of(real / "params" / "demo.yml")
    (real / "params" / "2023.yml").write_text(f"{params}\ndata: demo\n", encoding="utf-8")
    made()
    assert not (real / "data" / "2024" / "survey.csv").exists()
    carried = (real / "data" / "2024" / "answers_2023.csv").read_bytes()
    assert carried == (real / "data" / "demo" / "answers_2023.csv").read_bytes()
    assert ("data/2024/answers_2024.csv", "missing; put the file there") in [
        (p.file, p.text) for p in wrong()
    ]
    assert "file: data/2024/answers_2024.csv" in text_of(real / "params" / "sources.yml")


def test_consent_and_signatures_of_one_year_are_not_those_of_the_next(real):
    params = text_of(real / "params" / "demo.yml")  # answers, and consent to show some of them
    (real / "params" / "2023.yml").write_text(f"{params}\ndata: demo\n", encoding="utf-8")
    signed = (
        f"name,claim,date,text,fingerprint\nEva Ek,members-count,2024-03-01,31,{'-'.join(['0' * 8] * 6)}\n"
    )
    (real / "data" / "demo" / "signatures.csv").write_text(signed, encoding="utf-8")
    with (real / "params" / "sources.yml").open("a", encoding="utf-8") as listed:
        for name in ("consent", "signatures"):
            listed.write(f"  {name}-demo: {{file: data/demo/{name}.csv, publisher: P, title: T}}\n")
    there = {path.name for path in (real / "data" / "demo").iterdir()}
    made()
    carried = {path.name for path in (real / "data" / "2024").iterdir()}
    credits = text_of(real / "params" / "sources.yml")
    assert {"answers_2023.csv", "members.csv"} <= there & carried
    assert "file: data/2024/members.csv" in credits
    for name in ("consent.csv", "signatures.csv"):
        assert name in there
        assert name not in carried
        assert f"data/2024/{name}" not in credits


def test_the_texts_of_the_fact_sheets_carry_over_to_be_read(real):
    made()
    texts = sorted((real / "data" / "2023" / "texts").glob("factsheet*.md"))
    assert texts
    for path in texts:
        head, _, rest = text_of(real / "data" / "2024" / "texts" / path.name).partition("\n")
        assert head.startswith(f"{{## {MARK} read this text against 2024")
        assert rest == text_of(path)


# ------------------------------------------------------------------ what check holds against each other


def change(path, old, new):
    text = text_of(path)
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "old", "new", "where", "told"),
    [
        (
            "data/tiny/facts.yml",
            "count_year_end: 3",
            "count_year_end: 5",
            "members.count_year_end",
            "2 + 1 - 0 = 3",
        ),
        (
            "data/tiny/facts.yml",
            "left: []",
            "gone: []",
            "members.left",
            "expected a list of names, [] for none",
        ),
        (
            "data/tiny/facts.yml",
            "id: webbfika",
            "id: fika",
            "activities",
            "which notebook 20_activities tells",
        ),
        (
            "data/tiny/texts/goal1.md",
            'activity["arsmote"]',
            'activity["x"]',
            "line 3",
            "no fact 'activities.x'",
        ),
        (
            "data/tiny/survey.csv",
            "biokol,1,3\n",
            "",
            "biokol, wording 2023",
            "survey.csv has no answers to it",
        ),
        (
            "params/sources.yml",
            "data/tiny/goals.csv",
            "data/x.csv",
            "sources",
            "data/tiny/goals.csv comes from",
        ),
    ],
)
def test_what_would_stop_a_chapter_is_told_before_it_runs(tiny, file, old, new, where, told):
    change(tiny / file, old, new)
    found = [(problem.where, problem.text) for problem in wrong("tiny")]
    assert any(place == where and told in text for place, text in found), found


def test_a_text_that_a_notebook_prints_must_be_there(tiny):
    (tiny / "data" / "tiny" / "texts" / "social.md").unlink()
    assert [problem.file for problem in wrong("tiny")] == ["data/tiny/texts/social.md"]


def test_members_of_the_year_before_are_those_that_were_published(tiny):
    claim = Claim(
        "members-count", 2022, exact(7), "members", "7", "count", data_year=2022, definition="d", source="s"
    )
    (tiny / "outputs" / "2022").mkdir(parents=True)
    ClaimBook([claim]).write(tiny / "outputs" / "2022" / "claims.csv")
    seal(tiny / "outputs" / "2022")
    change(tiny / "params" / "tiny.yml", "members_previous: 2", 'members_previous: 2\nprevious: "2022"')
    (found,) = wrong("tiny")
    assert (found.where, found.text) == ("members_previous", "expected 7, as report 2022 has it, got 2")


def test_the_report_before_must_have_been_published(tiny):
    change(tiny / "params" / "tiny.yml", "members_previous: 2", 'members_previous: 2\nprevious: "2022"')
    with pytest.raises(InputError, match="make it with: klimatlib report 2022"):
        previous_claims(Inputs.open("params/tiny.yml"))


@pytest.mark.parametrize(
    ("level", "year", "release"),
    [
        (None, 2015, ""),  # no report before: the data year before, in the same release
        (("2023", 2010), 2010, "2023"),
        (("2022", 2010), 2010, "2022"),  # its release is not at hand: the year is known, revision is not
        (("2023", 2012), 2015, ""),  # a year that the new release does not have
    ],
)
def test_what_the_level_of_the_report_before_rested_on(tiny, level, year, release):
    params = Inputs.open("params/tiny.yml").project.params.model_copy(update={"emissions_vintage": "2025"})
    table = pd.DataFrame({"year": [2010, 2015, 2020]})
    register = pd.DataFrame(columns=["code", "kind", "status", "joined", "left"], dtype="str")
    book = ClaimBook()
    if level:
        told = {"vintage": level[0], "data_year": level[1], "definition": "d", "source": "s"}
        book.record(Claim("emissions-members-level", 2023, exact(52), "t", "52", "level", **told))
    found = edition_before({"2023": table, "2025": table}, table, register, params, book)
    assert (found.year, found.vintage, found.emissions is not None) == (year, release, release == "2023")


@pytest.mark.parametrize(
    ("wording", "comparable", "note", "told"),
    [
        ("Gör ni så?", [2023], {}, ""),
        ("Gör ni så?", [], {}, "put as in 2023, but 2023 is not in comparable_with; add it"),
        ("Gör ni så?", [], {"2023": "Andra svar att välja på."}, ""),
        ("Gör ni så nu?", [], {}, ""),
        (
            "Gör ni så nu?",
            [2023],
            {},
            "put otherwise than in 2023, but 2023 is in comparable_with; take it out",
        ),
        ("Gör ni så nu?", [2023], {"2023": "Bara ett ord är nytt."}, ""),
        ("Gör ni så nu?", [2023], {"2022": "Om ett annat år."}, "put otherwise than in 2023"),
    ],
)
def test_a_wording_and_what_it_may_be_compared_with_must_agree(wording, comparable, note, told):
    question = Question.model_validate(
        {
            "id": "a", "theme": "t", "label": "A", "wording": {"2023": "Gör ni så?", "2024": wording},
            "counts_as_yes": ["Ja"], "counts_as_no": ["Nej"],
            "comparable_with": comparable, "comparison_note": note,
        }
    )  # fmt: skip
    found = survey.unlike(question, (2023, 2024))
    assert found.startswith(told)
    assert bool(found) == bool(told)
