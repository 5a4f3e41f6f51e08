"""The member test: its rules are checked, its points exact, and nobody's own are given away."""

from __future__ import annotations

import copy
import json
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import ROOT
from klimatlib.claims.claims import ClaimBook, new_claim
from klimatlib.config import Options, Question, Questions, validate
from klimatlib.errors import InputError
from klimatlib.indicators import member_test
from klimatlib.indicators.member_test import GROUPS, Form, panel, quantile, split
from klimatlib.run import checks, survey_follow_up
from klimatlib.sources.inputs import Inputs
from klimatlib.sources.survey_export import all_answers, borne_out, chosen, evidence, points, read_answers
from klimatlib.swedish import NBSP
from test_survey_export import PLACES, REGISTER, as_csv

YES_NO = {"counts_as_yes": ["Ja", "Delvis"], "counts_as_no": ["Nej"], "counts_as_missing": ["Vet ej"]}
PLAN = {"id": "plan", "area": "mal", "label": "Plan", "wording": {"2022": "Plan?", "2023": "Plan?"}}
SEVERAL = {"counts_as_yes": ["Tåg, buss", "Cykel"], "counts_as_no": ["Inget"], "several": True}
RULES = {
    "areas": {"mal": {"title": "Mål", "maximum": {"2022": 5}}},
    "questions": [
        {**PLAN, "options": {"2022": {**YES_NO, "points": {"Ja": 3, "Delvis": 1, "Nej": 0}}}},
        {**PLAN, "id": "resor", "label": "Resor", "wording": {"2022": "Resor?", "2023": "Resor?"},
         "options": {"2022": {**SEVERAL, "points": {"Tåg, buss": 1.5, "Cykel": 0.5, "Inget": 0}}}},
        {"id": "krav", "label": "Krav", "wording": {"2022": "Krav?"},
         "options": {"2022": {**YES_NO, "base_requirement": True}}},
    ],
}  # fmt: skip


def rules(change=lambda plan, resor, values: None):
    values = copy.deepcopy(RULES)
    change(values["questions"][0], values["questions"][1], values)
    return validate(json.dumps(values).encode(), Questions, file="params/questions.yml")


def new_options(plan, year="2023", **changed):
    plan["options"][year] = {**plan["options"]["2022"], **changed}


WRONG = {
    "add up to 4, its maximum is 5": lambda plan, *_: plan["options"]["2022"]["points"].update(Ja=2),
    "questions of 2023 add up to 4": lambda plan, *_: new_options(
        plan, points={"Ja": 2, "Delvis": 1, "Nej": 0}),
    "(demo) add up to 2": lambda plan, resor, _: resor.update(reports=["demo"], wording={"2021": "R?"}) or (
        resor["options"].update({"2021": resor["options"].pop("2022")})),
    "no area 'mål'": lambda plan, *_: plan.update(area="energi"),
    "has points but no area": lambda plan, *_: plan.pop("area"),
    "no theme": lambda *all: all[2]["questions"][2]["options"]["2022"].pop("base_requirement"),
    "no points for 'delvis'": lambda plan, *_: plan["options"]["2022"]["points"].pop("Delvis"),
    "points: 'Kanske' is no answer": lambda plan, *_: plan["options"]["2022"]["points"].update(Kanske=1),
    "maximum is 2, but the answers give 3": lambda plan, *_: plan["options"]["2022"].update(maximum=2),
    "maximum is 3, but the answers give 2": lambda plan, resor, _: resor["options"]["2022"].update(maximum=3),
    "without points": lambda *all: all[2]["questions"][2]["options"]["2022"].update(several=True),
    "'planeras' is new; list it under new": lambda plan, *_: new_options(
        plan, counts_as_no=["Nej", "Planeras"], points={"Ja": 3, "Delvis": 1, "Nej": 0, "Planeras": 0}),
    "'ja' is listed as new but stood there": lambda plan, *_: new_options(plan, new=["Ja"]),
    "'Ja' is new, but no year is before": lambda plan, *_: plan["options"]["2022"].update(new=["Ja"]),
    "'delvis' is gone; say under former": lambda plan, *_: new_options(
        plan, counts_as_yes=["Ja"], points={"Ja": 3, "Nej": 0}),
    "'Ja' is still an option": lambda plan, *_: new_options(plan, former={"Ja": 1}),
    "'kanske' was no option in 2022": lambda plan, *_: new_options(plan, former={"Kanske": 1}),
    "the wording of 2023 differ": lambda plan, *_: plan.update(
        comparable_with=[2022], wording={"2022": "Plan?", "2023": "Planer?"}),
    "the points of 2023 differ": lambda plan, *_: plan.update(comparable_with=[2022]) or new_options(
        plan, points={"Ja": 3, "Delvis": 2, "Nej": 0}),
    "the options of 2023 differ": lambda plan, *_: plan.update(comparable_with=[2022]) or new_options(
        plan, counts_as_no=["Nej", "Inte"], new=["Inte"], points={"Ja": 3, "Delvis": 1, "Nej": 0, "Inte": 0}),
}  # fmt: skip


@pytest.mark.parametrize("message", WRONG)
def test_rules_that_cannot_be_are_told_in_one_error(message):
    rules()
    with pytest.raises(InputError) as caught:
        rules(WRONG[message])
    assert message.replace("mål", "energi") in str(caught.value)
    assert len(caught.value.problems) == 1


def test_points_may_change_where_the_note_says_so_and_a_report_without_them_knows_no_area():
    def noted(plan, *_):
        plan.update(comparable_with=[2022], comparison_note={"2022": "Ett nytt poängtal."})
        new_options(plan, points={"Ja": 3, "Delvis": 2, "Nej": 0})

    assert rules(noted).questions[0].changed(2022, 2023) == "points"
    own = rules(lambda plan, resor, values: [q.update(reports=["demo"]) for q in values["questions"]])
    assert (own.used("2023").areas, [*own.used("2023 demo").areas]) == ({}, ["mal"])


TRIPS = Options(
    **SEVERAL, points={"Tåg, buss": 1.5, "Cykel": 0.5, "Inget": 0}, maximum=1.5, former={"Flyg": 1}
)
AS_TYPED = [
    ("cykel; tåg, buss", ["cykel", "tåg, buss"], Fraction(3, 2)),
    ("Tåg, buss, Cykel.", ["tåg, buss", "cykel"], Fraction(3, 2)),
    ("Cykel;", ["cykel"], Fraction(1, 2)),
    ("Cykel\nCykel", ["cykel"], Fraction(1, 2)),
    ("Cykel, skidor", [], None),
    ("", [], None),
    ("," * 999, [], None),
    ("Flyg", [], Fraction(1)),
]


@pytest.mark.parametrize(("answer", "options", "given"), AS_TYPED)
def test_several_answers_in_a_cell_are_told_apart_and_their_points_are_added_up_to_the_maximum(
    answer, options, given
):
    assert (chosen(answer, TRIPS), points(answer, TRIPS)) == (options, given)


HEAD = ["Kommun", "Plan?", "Plan? [Poäng]", "Resor?", "Points - Resor?", "Poäng"]
ASKED = {q.id: q for q in rules().questions[:2]}


def test_points_of_a_quiz_are_held_against_the_rules_and_never_quoted():
    rows = [
        ["Håbo", "Ja", "3,00 / 3,00", "Cykel, Tåg, buss", "2", "5 / 5"],
        ["Lund", "Delvis", "1 / 3", "", "0", "1 / 5"],
    ]
    frame = read_answers(as_csv([HEAD, *rows]), "svar", ASKED, 2023, REGISTER, PLACES).frame
    assert [*frame["counts_as"]] == ["yes", "yes", "yes", "missing"]
    turned = as_csv([*zip(HEAD, *rows, strict=True)])  # one row a question
    assert read_answers(turned, "svar", ASKED, 2023, REGISTER, PLACES).frame.equals(frame)
    rows[1][2], rows[0][5] = "2 / 3", "4 / 5"
    with pytest.raises(InputError) as caught:
        read_answers(as_csv([HEAD, *rows]), "svar", ASKED, 2023, REGISTER, PLACES)
    assert [problem.where for problem in caught.value.problems] == [
        "column 'Plan? [Poäng]'",
        "column 'Poäng'",
    ]
    assert "other points in 1 row (3)" in str(caught.value)
    turned = as_csv([*zip(HEAD, *rows, strict=True)])
    with pytest.raises(InputError, match=r"^svar, transposed: 2 problems"):
        read_answers(turned, "svar", ASKED, 2023, REGISTER, PLACES)
    both = [["Håbo", "Ja", "", "Cykel, Inget", "", ""]]
    with pytest.raises(InputError, match="with 1 spelling of no answer option") as caught:
        read_answers(as_csv([HEAD, *both]), "svar", ASKED, 2023, REGISTER, PLACES)


def test_a_column_for_each_option_is_one_answer():
    head = ["Kommun", "Plan?", "Resor?", "", ""]
    data = as_csv(
        [head, ["", "Response", "Tåg, buss", "Cykel", "Inget"], ["Håbo", "Ja", "Tåg, buss", "Cykel", ""]]
    )
    frame = read_answers(data, "svar", ASKED, 2023, REGISTER, PLACES).frame.set_index("question_id")
    assert frame.loc["resor", "answer"] == "Tåg, buss; Cykel"


# Three questions: a keeps its rules, b gives 3 instead of 2, c is new.
def form(year, **most):
    options = {
        name: Options(counts_as_yes=["Ja"], counts_as_no=["Nej"], points={"Ja": n, "Nej": 0})
        for name, n in most.items()
    }
    options["krav"] = Options(counts_as_yes=["Ja"], counts_as_no=["Nej"], base_requirement=True)
    asked = {
        name: Question(id=name, area="x" if name == "a" else "y", label=name, wording={str(year): name},
                       options={str(year): own})
        for name, own in options.items()
    }  # fmt: skip
    areas = {name: SimpleArea(name) for name in ("x", "y")}
    return Form(year, "municipality", *GROUPS["municipality"], areas, asked, options)


class SimpleArea:
    def __init__(self, title):
        self.title = title


THEN, NOW = form(2022, a=1, b=2), form(2023, a=1, b=3, c=4)
BEFORE = {"1": {"a": "Nej", "b": "Ja"}, "2": {"a": "Ja", "b": "Ja"}, "3": {"a": "Ja", "b": ""}}
AFTER = {"1": {"a": "Ja", "b": "Ja", "c": "Ja"}, "2": {"a": "Ja", "b": "Nej", "c": "Nej"}, "3": {"a": "Ja"}}


def test_a_change_is_rules_new_questions_and_answers():
    assert panel(THEN, NOW, BEFORE, AFTER) == ["1", "2"]
    whole = split(THEN, NOW, BEFORE, AFTER, ["1", "2"])
    # Before 2 and 3; last year's answers by this year's rules 3 and 4; now 8 and 1.
    assert (whole.before, whole.now) == (Fraction(5, 2), Fraction(9, 2))
    assert {part.id: part.value for part in whole.parts} == {"rules": 1, "questions": 2, "answers": -1}
    of_x = split(THEN, NOW, BEFORE, AFTER, ["1", "2"], area="x")
    assert {part.id: part.value for part in of_x.parts} == {
        "rules": 0,
        "questions": 0,
        "answers": Fraction(1, 2),
    }


TEXTS = st.sampled_from(["Ja", "Nej"])


@given(st.data())
def test_the_parts_of_a_change_add_up_exactly_and_so_do_the_areas(data):
    names = ["a", "b", "c", "d"]
    worth = st.integers(0, 40).map(lambda n: n / 4)
    asked = [data.draw(st.sets(st.sampled_from(names), min_size=1)) for _ in range(2)]
    then, now = (
        form(year, **{name: data.draw(worth) for name in sorted(of)})
        for year, of in zip((2022, 2023), asked, strict=True)
    )
    codes = [str(n) for n in range(data.draw(st.integers(1, 4)))]
    before, after = (
        {code: {name: data.draw(TEXTS) for name in sorted(of)} for code in codes} for of in asked
    )
    whole = split(then, now, before, after, codes)
    assert sum(part.value for part in whole.parts) == whole.change
    rescored = [sum(filter(None, own.values())) for own in now.scores(before).values()]
    assert whole.parts[0].value == Fraction(sum(rescored), len(codes)) - whole.before
    of_areas = [split(then, now, before, after, codes, area=area) for area in ("x", "y")]
    for at, part in enumerate(whole.parts):
        assert sum(each.parts[at].value for each in of_areas) == part.value


def test_a_quantile_lies_between_two_values():
    values = [Fraction(n) for n in (5, 1, 2, 10)]
    assert [quantile(values, Fraction(n, 4)) for n in range(5)] == [
        1,
        Fraction(7, 4),
        Fraction(7, 2),
        Fraction(25, 4),
        10,
    ]


def book(members, *, asked=6, agreed=(), least=5):
    given_by = {str(n): own for n, own in enumerate(members)}

    def claim(*about, **typed):
        return new_claim(*about, source="enkät", subject="municipalities", direction=1, **typed)

    group = member_test._Group(NOW, given_by, asked, least, agreed, claim)
    before = {code: {name: own[name] for name in ("a", "b")} for code, own in given_by.items()}
    return ClaimBook([*group.counts(), *group.points(), *group.requirements(), *group.changes(THEN, before)])


FIVE = [{"a": yes, "b": "Ja", "c": "Nej", "krav": yes} for yes in ("Ja", "Ja", "Ja", "Nej", "Nej")]


def test_points_are_told_with_their_bounds_over_all_members():
    told = book([*FIVE, {"a": "Ja", "b": "", "c": "Nej", "krav": ""}], asked=7)
    text = {claim.id.removeprefix("test-municipalities-"): claim.text for claim in told}
    assert [text[f"total-{part}"] for part in ("q1", "median", "q3", "possible")] == ["3", "4", "4", "8"]
    assert (told["test-municipalities-total-median"].n, told["test-municipalities-x-median"].n) == (5, 6)
    # With nought for what is open: 0 1 3 3 4 4 4; with the most: 3 3 4 4 4 4 8.
    assert (text["total-low"], text["total-high"]) == ("3", "4")
    assert (text["krav"], text["krav-low"], text["krav-high"]) == tuple(f"{n}{NBSP}%" for n in (60, 43, 71))
    assert (told["test-municipalities-krav"].k, text["total-panel-rules"], text["panel-n"]) == (
        3,
        "+1,00",
        "5",
    )


@pytest.mark.parametrize(("members", "agreed"), [(FIVE[:4], ()), (FIVE, {"0"})])
def test_nothing_is_told_of_so_few_or_so_few_that_have_not_agreed(members, agreed):
    told = book(members, agreed=agreed)
    assert {claim.kind for claim in told} == {"count"}
    assert {claim.part for claim in told} == {"answered", "asked", "possible"}
    assert len(book(FIVE, agreed={"0", "1", "2", "3", "4"})) == len(book(FIVE))


@pytest.fixture(scope="module")
def demo():
    return Inputs.open("params/demo.yml", start=ROOT)


@pytest.fixture(scope="module")
def told(demo):
    """All claims of the example year's test."""
    return ClaimBook(member_test.claims(demo, source="påhittat"))


def test_the_example_has_66_points_three_years_and_regions_that_are_too_few(demo, told):
    possible = [told.select(subject=s, part="possible") for s in ("municipalities", "regions")]
    assert [sorted(int(claim.value) for claim in each) for each in possible] == [
        [5, 5, 8, 10, 11, 12, 15, 66]
    ] * 2
    medians = told.select(measure="medlemstest", method="median")
    assert {claim.data_year for claim in medians} == {2021, 2022, 2023}
    assert not told.select(subject="regions", method="median")  # there is one
    whole = {c.part: c.value for c in told.select(measure="medlemstest", role="panel", unit="points")}
    assert abs(whole["rules"] + whole["questions"] + whole["answers"] - whole["change"]) < Fraction(1, 10**5)
    assert all(whole[part] for part in ("rules", "questions", "answers"))
    assert told["test-municipalities-krav"].k < told["test-municipalities-krav"].n
    codes = {*all_answers(demo)["code"]}
    assert not codes & {*demo.project.params.applicants}


def test_an_applicant_is_scored_and_a_file_of_several_is_not(demo):
    said = "\n".join(survey_follow_up.score(ROOT / "data/demo/answers_applicant.csv", "demo"))
    told = ["Haninge (0136): the municipalities' test of 2023", "Baskrav: 3 of 4 met", "In all: "]
    assert all(text in said for text in [*told, "NOT MET       Beslutad handlingsplan: Nej"])
    with pytest.raises(InputError, match="alone, got") as caught:
        [*survey_follow_up.score(ROOT / "data/demo/answers_2023_regions.csv", "demo")]
    assert "Vet ej" not in str(caught.value)
    with pytest.raises(InputError, match="2023 has no points"):
        [*survey_follow_up.score(ROOT / "data/demo/answers_applicant.csv", "2023")]


def test_check_tells_by_area_what_is_missing(demo):
    said = "\n".join(survey_follow_up._test_so_far(demo))
    assert "The member test of 2023 (66 points)" in said
    assert "Transporter: " in said
    answers = all_answers(demo)
    open_ = answers[
        (answers["counts_as"] == "missing") & answers["question_id"].isin({"krav-mal", "dialog", "solel"})
    ]
    assert all(question in said for question in open_["question_id"])
    (said,) = survey_follow_up._test_so_far(Inputs.open("params/2023.yml", start=ROOT))
    assert "2023 has no points in params/questions.yml" in said


def test_the_next_points_are_those_of_the_nearest_better_answer_and_of_several_the_best_that_is_lacking():
    own = {q.id: q.options["2022"] for q in rules().questions}
    test = Form(2023, "municipality", *GROUPS["municipality"], {}, {q.id: q for q in rules().questions}, own)
    assert member_test.next_steps(test, {"plan": "Nej", "resor": "Cykel"}) == [
        ("resor", ("Tåg, buss", Fraction(3, 2))),
        ("plan", ("Delvis", 1)),
    ]
    assert member_test.next_steps(test, {"plan": "Ja", "resor": "Tåg, buss; Cykel"}) == []


def test_a_member_s_own_points_are_worked_out_with_its_consent_alone(demo):
    own = member_test.own(demo, "1281", source="påhittat")
    assert [len(table) for table in (own.points, own.required)] == [8, 4]
    assert {claim.subject for claim in own.claims} == {"1281", "municipalities"}
    areas = [claim.value for claim in own.claims if claim.subject == "1281" and claim.kind == "level"]
    assert sum(areas[:-1]) == areas[-1]
    assert member_test.own(demo, "1480", source="påhittat").claims == ()


KEYS = ["code", "question_id"]


def test_yes_that_is_borne_out_is_counted_and_a_contradiction_is_told_with_both_sources(demo, told):
    answers, looked_up = all_answers(demo), evidence(demo)
    held, against = borne_out(answers, looked_up)
    assert len(against) == 1
    assert not {*map(tuple, held[KEYS].to_numpy())} & {*map(tuple, against[KEYS].to_numpy())}
    (message,) = map(str, checks._contradictions(demo, looked_up))
    assert looked_up.loc[against["place"].item(), "url"] in message
    assert "contradicts data/demo/answers_2023.csv" in message
    counts = {claim.part: claim.value for claim in told.select(measure="krav-mal", kind="count")}
    assert counts["evidenced"] == int((held["question_id"] == "krav-mal").sum()) < counts["yes"]
