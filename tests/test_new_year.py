"""The new year: docs/new-year.md followed to the letter, and `klimatlib new` on the real project."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
import yaml

from conftest import ROOT, collected, copy_project, edit, few_chapters, klimatlib, seal, unrendered
from klimatlib.claims.claims import Claim, ClaimBook, exact
from klimatlib.config import MARK, Question
from klimatlib.errors import InputError, UsageError
from klimatlib.execution import publishing
from klimatlib.indicators import association as survey
from klimatlib.indicators.decomposition import edition_before
from klimatlib.prose.reading import Reading
from klimatlib.prose.rules import Rules
from klimatlib.prose.templates import Binder, chosen, members_told
from klimatlib.run import build, checks, new_year
from klimatlib.sources.inputs import Inputs, facts, members, previous_claims, questions
from test_prose import WORDS

# ------------------------------------------------------------------ the document

DOCUMENT = ROOT / "docs" / "new-year.md"
BLOCK = re.compile(r"^```(?P<kind>\w+)(?: (?P<file>\S+))?\n(?P<body>.*?)^```$", re.M | re.S)
AGE = re.compile(r"\d+ (days old|s\))")  # what depends on the clock
QUESTIONS = "params/questions.yml"
ANSWERS = "data/2024/answers_2024.csv"
# What an edit of a file changes in the list of what is to be done, where that is not the file itself alone.
CHANGED = {file: {file, ANSWERS} for file in ("data/2024/members.csv", QUESTIONS)}  # with it they are read


def wrong(name="2024"):
    """All problems of a report in the current project."""
    try:
        checks.check_file(f"params/{name}.yml")
    except InputError as error:
        return error.problems
    return ()


def text_of(path):
    return path.read_text(encoding="utf-8")


def patched(text, hunks):
    """The lines with - become those with +, which must be there once as they stand."""
    for hunk in re.split(r"^@@\n", hunks, flags=re.M):
        lines = hunk.splitlines(keepends=True)
        old, new = ("".join(line[1:] for line in lines if line[0] in signs) for signs in ("- ", "+ "))
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


@pytest.fixture(scope="module")
def walk(tmp_path_factory):
    """Follow the document: its folder, and the files that `check` names before and after each edit.

    ``sh`` is run, all in one shell, a last line that is klimatlib's alone in a fork of this process; ``text``
    is what the block before it must have printed; ``diff`` begins with ``--- FILE`` and replaces lines; any
    other kind is the file that stands after it, as a whole.
    """
    environment = {**os.environ, "TMPDIR": str(tmp_path_factory.mktemp("year"))}
    shell = subprocess.Popen(
        ["bash"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, encoding="utf-8", env=environment,
    )  # fmt: skip

    def run(commands):
        shell.stdin.write(f"{commands}\necho; echo __done__\n")
        shell.stdin.flush()
        return "".join(iter(shell.stdout.readline, "__done__\n")).removesuffix("\n")

    before, after, output = None, [], ""
    with pytest.MonkeyPatch.context() as patch:
        for block in BLOCK.finditer(text_of(DOCUMENT)):
            kind, file, body = block.groups()
            if kind == "sh":
                body, *own = re.split(r"^klimatlib ([^|\n]+)$", body, flags=re.M)
                output = run(body)
                patch.chdir(run("pwd").strip())
                root = Path.cwd()
                if own:
                    with unrendered():  # but for report.qmd, their source
                        done = klimatlib(*own[0].split(), cwd=root)
                    output += done.stdout + done.stderr
            elif kind == "text":
                assert AGE.sub("* \\1", output) == AGE.sub("* \\1", body)
            else:
                before = before or {problem.file for problem in wrong()}
                if kind == "diff":
                    head, body = body.split("\n", 1)
                    file = head.removeprefix("--- ")
                    body = patched(text_of(root / file), body)
                (root / file).write_text(body, encoding="utf-8")
                after.append((file, {problem.file for problem in wrong()}))
    shell.communicate(timeout=60)
    assert "outputs/2024/ is complete" in output
    return root, before, after


def test_filling_fetching_and_signing_2024_leaves_the_report_of_2023_as_it_was(walk, tmp_path, monkeypatch):
    subprocess.run([sys.executable, ROOT / "docs" / "practice.py", tmp_path], check=True)
    monkeypatch.chdir(tmp_path)
    shutil.rmtree(tmp_path / "outputs")  # its book is of the earlier form
    few_chapters(tmp_path, "40_emissions", "50_survey")  # which rest on what the years share
    with unrendered():
        build.report("params/2023.yml", renderer="embedded")
    published = publishing.digests(tmp_path / "outputs" / "2023")
    for folder in ("params", "data"):
        shutil.copytree(walk[0] / folder, tmp_path / folder, dirs_exist_ok=True)
    signed = tmp_path / "data" / "2024" / "signatures.csv"
    signed.write_text("name,document,claim,date,text,fingerprint\n", encoding="utf-8")
    assert wrong("2023") == ()
    build.verify(tmp_path, "2023")
    with unrendered():
        build.report("params/2023.yml", renderer="embedded", fresh=True)
    assert publishing.digests(tmp_path / "outputs" / "2023") == published


@pytest.fixture(scope="module")
def claims(walk):
    with (walk[0] / "outputs" / "2024" / "claims.csv").open(encoding="utf-8", newline="") as stream:
        return {row["id"]: row for row in csv.DictReader(stream)}


def test_after_each_step_check_names_exactly_what_remains(walk):
    _, remaining, after = walk
    for file, left in after:
        remaining = remaining ^ CHANGED.get(file, {file} & remaining)
        assert left == remaining, file
    assert len(after) == 9
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
    names = ("value", "comparable", "previous_year", "previous_value")
    assert [claims[claim][name] for name in names] == [value, light, year, earlier_value]


def test_the_new_release_is_used_and_the_change_is_told_from_what_2023_printed(claims):
    level, start = claims["emissions-members-level"], claims["split-emissions-before"]
    assert [level["data_year"], level["vintage"]] == ["2022", "2024-11-14"]
    assert [start["data_year"], start["vintage"]] == ["2020", "2023-11-02"]
    assert "emissions-members-level-2021" in claims
    assert claims["release-2023-11-02-nation-level"]["value"] == "4.35"  # 1740 / 400 in 2020, as 2023 told
    names = ("before", "now", "revision", "emissions", "population", "joined", "left")
    before, after, revision, *changes = (
        Decimal(claims[f"split-emissions-{name}"]["value"]) for name in names
    )
    assert (before, after, revision) == (Decimal("5.2"), Decimal("2.5"), 0)  # it has 2020 as the one before
    assert abs(sum(changes) - (after - before)) < Decimal("0.00001")


def test_a_question_put_otherwise_is_told_without_a_word_of_change_and_nothing_that_2023_said(walk):
    report = text_of(walk[0] / "outputs" / "2024" / "report.qmd")
    assert "\nAndelen kan inte jämföras med 2023: frågan gällde då bara biokol.\n" in report
    about = [line for line in report.split("\n") if "biokol" in line and "|" not in line and "![" not in line]
    assert len(about) >= 2
    rules = Rules(WORDS, ClaimBook())
    assert [line for line in about if Reading(rules.lexicon, line).has("change")] == []
    rows = text_of(walk[0] / "outputs" / "2024" / "figures" / "survey.csv").split("\n")  # the chart's own
    assert any("Bruten serie" in line for line in rows if "Biokol" in line)
    assert MARK not in report
    assert "18–19 april" in report
    assert "27–28 april" not in report  # the meeting of 2023


# ------------------------------------------------------------------ the real project


def lay_out(root):
    """A copy of the real project, with the claims that 2023 published."""
    copy_project(root, tiny=False)
    (root / "outputs" / "2023").mkdir(parents=True)
    for name in ("claims.csv", "manifest.json"):
        shutil.copy(ROOT / "outputs" / "2023" / name, root / "outputs" / "2023")
    return root


@pytest.fixture
def real(tmp_path, monkeypatch):
    monkeypatch.chdir(lay_out(tmp_path / "klimat"))
    return Path.cwd()


@pytest.fixture(scope="module")
def year_made(tmp_path_factory):
    """The real project with 2024 made; look, do not touch."""
    root = lay_out(tmp_path_factory.mktemp("real") / "klimat")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        new_year.new("2024")
    return root


def made(name="2024"):
    """Make the year; return what was said of it."""
    with collected() as lines:
        new_year.new(name)
    return lines


def state(root):
    """Every file below the project, by its path; but for locks and caches, which tell of a run."""
    files = {path.relative_to(root).as_posix(): path for path in root.rglob("*") if path.is_file()}
    return {
        name: path.read_bytes()
        for name, path in files.items()
        if "/.lock-" not in name and "/.kept/" not in name
    }


def test_in_the_real_project_all_that_is_wrong_at_first_is_what_is_to_be_filled_in(year_made, monkeypatch):
    monkeypatch.chdir(year_made)
    problems = wrong()
    assert [problem for problem in problems if "fill in: " not in problem.text] == []
    files = {problem.file for problem in problems}
    assert "params/2024.yml" in files
    assert "params/questions.yml has the wordings of 2023 for 2024 too" in text_of(Path("params/2024.yml"))
    data = {path for path in (year_made / "data" / "2024").rglob("*.*") if path.read_bytes().strip()}
    unmarked = {path.relative_to(year_made).as_posix() for path in data} - files
    later = {name for name in unmarked if "/texts/channels/" in name}  # told when the channels are made
    assert {name for name in unmarked if "/texts/" not in name} == {"data/2024/published.csv"}
    assert later
    assert all(MARK in text_of(year_made / name) for name in later)
    assert (wrong("2023"), wrong("demo")) == ((), ())


def test_what_is_known_of_the_new_year_is_filled_in_and_the_shared_files_only_gain_lines(year_made):
    params = text_of(year_made / "params" / "2024.yml")
    for line in ("year: 2024", "members_previous: 51 ", 'previous: "2023"', 'revisions: ["2025"]'):
        assert f"\n{line}" in params
    assert "survey_inferred" not in params
    with (year_made / "data/2024/members.csv").open(encoding="utf-8", newline="") as stream:
        status = {row["code"]: row["status"] for row in csv.DictReader(stream)}
    assert (status["1267"], status["1763"]) == ("member", "left")  # Höör joined in 2024, Forshaga left before
    credits = text_of(year_made / "params" / "sources.yml")
    assert credits.startswith(text_of(ROOT / "params" / "sources.yml").rstrip("\n"))
    assert credits.count("file: data/2024/") == 5
    before, after = (text_of(root / QUESTIONS).split("\n") for root in (ROOT, year_made))
    gained = [line for line in after if line not in before]
    assert {line for line in before if line not in after} == {"    comparable_with: [2022]"}
    assert len([line for line in gained if '"2024": "' in line]) == 14
    compared = {"    comparable_with: [2023]", "    comparable_with: [2022, 2023]"}
    assert {line for line in gained if '"2024": "' not in line} == compared


def with_answers(root, reword=list):
    """Put an export of answers of 2024 into the project, headed by the questions of 2023."""
    wordings = [question.wording["2023"] for question in questions(Inputs.open("params/2023.yml")).values()]
    table = [["Kommun", *reword(wordings)], *([name, *["Ja"] * len(wordings)] for name in ("Lund", "Höör"))]
    (root / "data" / "2024").mkdir(exist_ok=True)
    (root / ANSWERS).write_text("".join(f"{';'.join(row)}\n" for row in table), encoding="utf-8")


def test_a_year_made_from_answers_has_at_most_60_marks_and_its_wordings(real):
    with_answers(real)
    made()
    assert [problem for problem in wrong() if "fill in: " not in problem.text] == []
    assert len(wrong()) <= 60
    assert os.name == "nt" or (real / ANSWERS).stat().st_mode & 0o077 == 0
    assert QUESTIONS not in text_of(real / "params" / "2024.yml")  # all was found
    assert not (real / "data" / "2024" / "survey.csv").exists()
    asked = [q for q in yaml.safe_load(text_of(real / QUESTIONS))["questions"] if "theme" in q]
    wordings = [question["wording"] for question in asked]
    assert all(wording["2024"] == wording["2023"] for wording in wordings)


def test_a_near_heading_is_the_wording_what_has_no_match_is_one_mark_and_no_answer_is_quoted(real):
    with_answers(real, lambda wordings: ["hemligt svar" for _ in wordings])
    with pytest.raises(InputError, match="no heading is a question's wording") as caught:
        made()
    assert "hemligt" not in str(caught.value)
    with_answers(real, lambda wordings: [f"{wordings[0]} Ja eller nej.", "Vad gör ni?", *wordings[2:]])
    made()
    first, second, *_ = (q["wording"] for q in yaml.safe_load(text_of(real / QUESTIONS))["questions"])
    assert first["2024"] == f"{first['2023']} Ja eller nej."
    assert "2024" not in second
    (mark,) = (problem.text for problem in wrong() if QUESTIONS in problem.text)
    assert re.search("for samordnad-varudistribution among .* no question are Vad gör ni[?]; write", mark)
    assert [problem.text[:13] for problem in wrong() if problem.file == QUESTIONS] == ["put otherwise"]


def test_a_text_is_marked_where_it_has_words_of_its_own_on_the_year():
    stated = {"members": {"joined": ["Solna stad"]}, "activities": [{"title": "Gröna dagen"}]}
    own = ("Ett bra år.", "{{ x }} år 2023.", "{{ x }} på Gröna dagen.", "{{ x }}. Solna stad är ny.")
    for text in ("", "# Rubrik\n\n::: {.lead}\n:::\n", "{{ x }} av dem svarade.", *own):
        made_of_it = new_year._text(text, 2024, new_year._names_of_the_year(stated), is_sent=False)
        assert made_of_it.endswith(text)
        assert (MARK in made_of_it) == (text in own), text


NONE = "Inga nya medlemmar har kommit till. Ingen medlem har lämnat föreningen."
ONE = "en ny medlem, Solna stad. Solna stad har lämnat föreningen. Vi hälsar också en ny observatör"


@pytest.mark.parametrize(("names", "sentences"), [([], NONE), (["Solna stad"], ONE)])
def test_the_text_on_members_has_whole_sentences_for_none_and_for_one(names, sentences):
    inputs = Inputs.open(ROOT / "params" / "2023.yml", start=ROOT)
    lists = dict.fromkeys(("joined", "left", "observers_joined"), names)
    stated = {"members": {**facts(inputs)["members"], **lists, "count_year_end": 50}}
    known = {"year": 2023, "previous": 50, "register": members(inputs)}
    book = ClaimBook(survey.member_claims(stated, **known, source="s", register_source="s"))
    text = text_of(inputs.project.data / "texts" / "members.md")
    html = Binder(stated, book, 2023, "s", {"roster": []}, words=WORDS).render(text, file="members.md").html
    assert sentences in " ".join(re.sub(r"<[^>]*>", "", html).split())


def test_a_text_of_the_year_is_emptied_and_those_without_words_of_the_year_carry_over(year_made):
    carried = ("emissions", "factsheet", "goals", "gpc", "klimatlaget", "members", "method")
    carried += ("revisions", "survey")
    for path in (year_made / "data" / "2024" / "texts").glob("*.md"):
        text, before = (text_of(path), text_of(year_made / "data" / "2023" / "texts" / path.name))
        assert (text == before) == (MARK not in text) == path.name.startswith(carried), path
        live = re.sub(r"{##.*?##}", "", text, flags=re.S)
        assert text == before or not re.search(r"activity\[|activities\.|facts\.growth|^:|^##", live, re.M)


def test_without_the_right_to_write_nothing_is_made_or_said_to_be(real, monkeypatch):
    before, allowed = state(real), os.access
    monkeypatch.setattr(os, "access", lambda path, mode: "params" not in str(path) and allowed(path, mode))
    with collected() as lines, pytest.raises(InputError, match="params: no right to write there"):
        new_year.new("2024")
    assert (lines, state(real)) == ([], before)


def test_running_it_twice_changes_nothing_and_says_so(real):
    made()
    (real / "data" / "2024" / "survey.csv").unlink()  # the analyst goes over to answers
    (real / "params" / "2024.yml").write_text("year: 2024\n", encoding="utf-8")
    before = state(real)
    files = ("data/2024", QUESTIONS, "params/sources.yml", "params/2024.yml")
    assert made()[:4] == [f"{file}: is here already, left as it is" for file in files]
    assert state(real) == before
    with pytest.raises(UsageError, match="another run has just made it; run klimatlib new again"):
        new_year._fill(real / "data" / ".staging-2024", {"facts.yml": ""}, real / "data" / "2024", 2024)


@pytest.mark.parametrize("step", range(4))  # before the folder, the questions, the sources, the parameters
def test_a_run_that_was_cut_off_is_completed_by_the_next(real, year_made, monkeypatch, step):
    steps = iter(range(4))

    def until_cut_off(write):
        def written(*arguments):
            if next(steps) == step:
                raise KeyboardInterrupt
            return write(*arguments)

        return written

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        for name in ("publish", "atomic_write"):
            patch.setattr(new_year, name, until_cut_off(getattr(new_year, name)))
        made()
    if step == 0:
        shutil.copytree(real / "data" / "2023", real / "data" / ".staging-2024")  # as a killed run leaves it
    made()
    assert state(real) == state(year_made)


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("2026", UsageError, "the report of 2025, and there is no params/2025.yml; the years here are 2023"),
        ("2023", UsageError, "no report of 2022 to complete it from; klimatlib check 2023 says"),
        ("demo", UsageError, "demo: a new report is named by its year; write klimatlib new 2024"),
        ("../2024", UsageError, "a new report is named by its year"),
        ("2024", InputError, "make it with: klimatlib report 2023"),
        ("2025", InputError, "params/2024.yml: 7 problems"),  # an unfinished year is nothing to go on from
    ],
)
def test_a_year_that_cannot_be_made_is_refused_in_words(real, name, error, message):
    if name == "2025":
        made()
    if name == "2024":
        (real / "outputs" / "2023" / "claims.csv").unlink()
    before = state(real)
    with pytest.raises(error) as caught:
        made(name)
    assert message in str(caught.value)
    assert state(real) == before


@pytest.mark.parametrize("name", ["questions", "sources"])
def test_what_has_a_layout_that_cannot_be_added_to_is_left_for_the_hand(real, name):
    path = real / "params" / f"{name}.yml"
    flow = yaml.safe_dump(yaml.safe_load(text_of(path)), default_flow_style=True, allow_unicode=True)
    path.write_text(flow, encoding="utf-8")
    before = state(real)
    with pytest.raises(
        InputError, match=f"params/{name}.*by hand: its layout is one that klimatlib cannot add to"
    ):
        made()
    assert state(real) == before


def test_answers_and_whose_examples_were_told_carry_over_consent_and_signatures_do_not(real):
    params = text_of(real / "params" / "demo.yml")  # 2023 is the example's: answers, examples, consent
    (real / "params" / "2023.yml").write_text(f"{params}\ndata: demo\n", encoding="utf-8")
    old, new, given = (real / "data" / "demo", real / "data" / "2024", ("consent.csv", "signatures.csv"))
    row = ("Eva Ek", "members-count", "2024-03-01", "31", "-".join(["0" * 8] * 6))
    signed = f"name,claim,date,text,fingerprint\n{','.join(row)}\n"
    (old / "signatures.csv").write_text(signed, encoding="utf-8")
    with (real / "params" / "sources.yml").open("a", encoding="utf-8") as listed:
        for name in given:
            listed.write(f"  {name[:-4]}-demo: {{file: data/demo/{name}, publisher: P, title: T}}\n")
    codes = members_told(chosen(Inputs.open("params/2023.yml")))
    assert len(codes) == 4
    made()
    assert (new / "answers_2023.csv").read_bytes() == (old / "answers_2023.csv").read_bytes()
    missing = ("data/2024/answers_2024.csv", "missing; put the file there")
    assert missing in [(problem.file, problem.text) for problem in wrong()]
    assert f"last_year: {json.dumps(codes)}" in text_of(new / "examples.yml")
    assert "examples: []" in text_of(new / "examples.yml")
    credits = {*re.findall(r"file: data/2024/(.*)", text_of(real / "params" / "sources.yml"))}
    assert {"answers_2024.csv", "members.csv"} <= credits
    assert {path.name for path in old.iterdir()} > {*given}
    assert {*given, "survey.csv"}.isdisjoint({*credits, *(path.name for path in new.iterdir())})


# ------------------------------------------------------------------ what check holds against each other


def test_members_of_the_year_before_are_those_that_its_report_published(tiny):
    edit(tiny / "params" / "tiny.yml", "members_previous: 2", 'members_previous: 2\nprevious: "2022"')
    with pytest.raises(InputError, match="make it with: klimatlib report 2022"):
        previous_claims(Inputs.open("params/tiny.yml"))
    told = {"data_year": 2022, "definition": "d", "source": "s"}
    claim = Claim("members-count", 2022, exact(7), "members", "7", "count", **told)
    (tiny / "outputs" / "2022").mkdir(parents=True)
    ClaimBook([claim]).write(tiny / "outputs" / "2022" / "claims.csv")
    seal(tiny / "outputs" / "2022")
    (problem,) = wrong("tiny")
    assert (problem.where, problem.text) == ("members_previous", "expected 7, as report 2022 has it, got 2")


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
        fields = {"vintage": level[0], "data_year": level[1], "definition": "d", "source": "s"}
        book.record(Claim("emissions-members-level", 2023, exact(52), "t", "52", "level", **fields))
    edition = edition_before(
        {"2023": table, "2025": table}, table, register, params, book, level_id="emissions-members-level"
    )
    assert (edition.year, edition.vintage) == (year, release)
    assert (edition.emissions is not None) == (release == "2023")


WIDER = {  # the same question, where some now may answer otherwise
    "2023": {"counts_as_yes": ["Ja"], "counts_as_no": ["Nej"]},
    "2024": {"counts_as_yes": ["Ja", "Ja, delvis"], "counts_as_no": ["Nej"]},
}


def test_a_wording_and_what_it_may_be_compared_with_must_agree():
    for wording, fields, message in (
        ("så?", {"comparable_with": [2023]}, ""),
        ("så?", {}, "put as in 2023, but 2023 is not in comparable_with; add it"),
        ("så?", {"options": WIDER}, ""),
        ("så?", {"options": WIDER, "comparable_with": [2023]}, "with other answer options than in 2023, but"),
        ("så?", {"comparison_note": {"2023": "Andra svar att välja på."}}, ""),
        ("så nu?", {}, ""),
        ("så nu?", {"comparable_with": [2023]}, "put otherwise than in 2023, but 2023 is in comparable_with"),
        ("så nu?", {"comparable_with": [2023], "comparison_note": {"2023": "Bara ett ord är nytt."}}, ""),
        ("så nu?", {"comparable_with": [2023], "comparison_note": {"2022": "Ett annat år."}}, "put"),
    ):
        answers = {"2023": {"counts_as_yes": ["Ja"], "counts_as_no": ["Nej"]}}
        more = {"options": answers, **fields}
        question = Question(id="a", theme="t", label="A", wording={"2023": "så?", "2024": wording}, **more)
        problem = survey.unlike(question, (2023, 2024))
        assert problem.startswith(message)
        assert bool(problem) == bool(message)
