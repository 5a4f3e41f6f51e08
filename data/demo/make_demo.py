"""Make the example data: invented members, answers, goals and published figures, the same on every run.

Run ``python data/demo/make_demo.py`` in the project's folder. Only the emissions that `published` compares
with are real; they are read from ``data/statistics``.
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path

from klimatlib.config import Options, Question
from klimatlib.indicators import emissions
from klimatlib.sources import inputs as sources
from klimatlib.sources import tables as schemas
from klimatlib.sources.survey_export import chosen, of_form, points
from klimatlib.swedish import round_half_up

HERE = Path(__file__).resolve().parent
SEED = 2023
YEARS = (2022, 2023)
TEST_YEARS = (2021, *YEARS)
APPLICANTS, FIRST = ("0136", "13"), "0136"
OLD = (
    *("0114", "0120", "0126", "0138", "0180", "0181", "0192", "0380", "0484", "0486"),
    *("0580", "0680", "0780", "1233", "1280", "1281", "1282", "1283", "1293", "1480"),
    *("1490", "1780", "1880", "2081", "2181", "2380", "2482", "2580"),
)
NEW, LEFT, OBSERVER, REGION = ("0880", "2062"), "1262", "0187", "12"
SILENT = {2022: ("0486", "1490"), 2023: ("0192", "2062")}
TWICE = {2023: "1880"}
ODDS = {
    "klimatneutralt-beslut": 70,
    "samordnad-varudistribution": 50,
    "kapitalforvaltning": 40,
    "kolsankor": 60,
    "biokol": 45,
    "delningsekonomi": 65,
    "energilagring": 30,
    "fossilfria-arbetsmaskiner": 75,
    "bygg-och-renovering": 75,
    "cirkulart-byggande": 50,
    "naringslivssamarbete": 60,
    "skolor": 70,
    "parkeringsyta": 40,
    "livsmedel": 80,
}
"""How likely a yes is in 2022, in per cent."""
COMPARED = ("kapitalforvaltning", "kolsankor")
NAMES = {
    "0180": "Stockholms stad",
    "0380": "UPPSALA",
    "0580": " Linköpings kommun",
    "1233": "Vellinge  kommun",
    "1280": "Malmö stad",
    "1281": "Lunds kommun",
    "1283": "Helsingborgs stad",
    "1480": "Göteborgs Stad",
    "2482": "skellefteå",
    "2580": "Luleå kommun",
}
COMMENTS = {
    "0126": "Bra frågor i år.",
    "0680": "Vi kallar det ”delningstorg”; det öppnar i höst.",
    "1281": "Svaret om byggande gäller kommunens egna byggen.",
    "1780": "Svårt att svara ja eller nej på frågan om parkering.",
    "2380": "Se även vår klimatplan, den antas i vår.",
}
GOALS = """\
id,channel,metric,label,goal_min,goal_max,goal_unit,goal_per,goal_note,result,result_unit,result_note
linkedin-inlagg,LinkedIn,posts,Inlägg,2,3,inlägg,vecka,,118,inlägg,
instagram-inlagg,Instagram,posts,Inlägg,1,2,inlägg,vecka,,47,inlägg,
medlemsportratt,,member_highlights,Medlemsporträtt,2,,porträtt,månad,,24,porträtt,
nya-medlemmar-mal,,new_members,Nya medlemmar,2,,nya medlemmar,år,,2,nya medlemmar,
kontakter,LinkedIn,contacts,Bredare nätverk,,,kontakter,,kvalitativt mål,,kontakter,Nya kontakter varje månad
linkedin-foljare,LinkedIn,followers,Ökning av följare,20,,procent,,,34,procent,
instagram-foljare,Instagram,followers,Ökning av följare,20,,procent,,,12,procent,
"""

Answers = dict[str, dict[str, str]]
"""Member's code to question id to answer."""


def files() -> dict[str, str]:
    """Return name and content of every file that this script makes."""
    rng = random.Random(SEED)
    inputs = sources.Inputs.open("params/demo.yml", start=HERE)
    questions, test = sources.questions(inputs), member_test(inputs)
    towns = sources.municipalities(inputs)
    names = {
        **dict(zip(towns["municipality_code"], towns["municipality"], strict=True)),
        REGION: "Region Skåne",
        "13": "Region Halland",
    }
    answers, scored = two_years(rng, questions), three_years(test)
    years = {year: answers.get(year, {code: {} for code in scored[year]}) for year in (*YEARS, TEST_YEARS[0])}
    return {
        "members.csv": table(schemas.MEMBERS.schema.columns, members(names)),
        "goals.csv": GOALS,
        "published.csv": table(schemas.PUBLISHED.schema.columns, published(answers, questions, inputs)),
        **{
            f"answers_{year}{'_regions' * (form == 'region')}.csv": text
            for year, given in years.items()
            for form, text in export(rng, year, given, questions, scored[year], test, names).items()
        },
        "evidence.csv": table(schemas.EVIDENCE.schema.columns, looked_up(scored[YEARS[1]], test)),
        "answers_applicant.csv": table(*of_one(scored[YEARS[1]][FIRST], test, names[FIRST]), delimiter=";"),
    }


def members(names: Mapping[str, str]) -> Iterable[list[str]]:
    """Make the register: code, name, kind, joined, left, status, certainty, source."""
    told = {OBSERVER: ("", "", "observer"), LEFT: ("2015", "2023", "left")}
    told |= dict.fromkeys(NEW, ("2023", "", "member"))
    for code in sorted([*OLD, *NEW, LEFT, OBSERVER, REGION]):
        kind = "region" if code == REGION else "municipality"
        joined, left, status = told.get(code, ("2015", "", "member"))
        yield [code, names[code], kind, joined, left, status, "confirmed", "påhittat exempel"]


def two_years(rng: random.Random, questions: Mapping[str, Question]) -> dict[int, Answers]:
    """Make the answers of both years; a handful of them change, most of them to a yes."""
    everyone = sorted([*OLD, *NEW, LEFT, REGION])
    first = {code: {q.id: first_answer(rng, q) for q in questions.values()} for code in everyone}
    second = {code: dict(given) for code, given in first.items()}
    for code, question in changing(rng, first, questions):
        yes = first[code][question] in options(questions[question]).counts_as_yes
        second[code][question] = "Nej" if yes else rng.choice(options(questions[question]).counts_as_yes)
    absent = {2022: {*NEW, *SILENT[2022]}, 2023: {LEFT, *SILENT[2023]}}
    return {
        year: {code: given for code, given in both.items() if code not in absent[year]}
        for year, both in zip(YEARS, (first, second), strict=True)
    }


def changing(rng: random.Random, first: Answers, questions: Mapping[str, Question]) -> list[tuple[str, str]]:
    """Draw who changes which answer: mostly to a yes, and more of them on what is compared."""
    yeses = {name: options(question).counts_as_yes for name, question in questions.items()}
    said = {(code, q): a in yeses[q] for code, own in first.items() for q, a in own.items()}
    yes, no = ([cell for cell, was in said.items() if was is kind] for kind in (True, False))
    compared = [cell for cell in no if cell[1] in COMPARED]
    return sorted({*rng.sample(yes, 4), *rng.sample(no, 12), *rng.sample(compared, 8)})


def options(question: Question) -> Options:
    """Return the answer options, the same in both years."""
    return next(iter(question.options.values()))


def first_answer(rng: random.Random, question: Question) -> str:
    """Draw an answer: yes by the question's odds, now and then no answer, else no."""
    if rng.randrange(100) < 5:
        return rng.choice(["", *options(question).counts_as_missing])
    yes = rng.randrange(100) < ODDS[question.id]
    return rng.choice(options(question).counts_as_yes if yes else options(question).counts_as_no)


def member_test(inputs: sources.Inputs) -> dict[str, Question]:
    """Return the questions of the member test: those that have no theme."""
    return {name: q for name, q in sources.all_questions(inputs).items() if not q.theme}


def three_years(test: Mapping[str, Question]) -> dict[int, Answers]:
    """Make the answers to the test: most stay as they are, some become better; applicants take the last."""
    rng, years = random.Random(SEED + 1), dict[int, Answers]()
    for year in TEST_YEARS:
        absent = {LEFT, *SILENT[2023]} if year == 2023 else {*NEW, *SILENT[2022]}
        given = years[year] = {}
        for code in sorted({*OLD, *NEW, LEFT, REGION, *APPLICANTS} - absent):
            if code in APPLICANTS and year != TEST_YEARS[-1]:
                continue
            before = years.get(year - 1, {}).get(code, {})
            asked = of_form(test, "region" if len(code) == 2 else "municipality")
            given[code] = {
                name: test_answer(rng, put[1], before.get(name, ""))
                for name, question in asked.items()
                if (put := question.put_in(year))
            }
    years[TEST_YEARS[-1]][FIRST]["krav-handlingsplan"] = "Nej"
    return years


def test_answer(rng: random.Random, own: Options, before: str) -> str:
    """Draw an answer to a question of the test: as before, or else by whether it is required."""
    keep = before and chosen(before, own) and rng.randrange(100) < 85
    if keep:
        return before
    if rng.randrange(1000) < 12:
        return rng.choice(["", *own.counts_as_missing])
    if rng.randrange(100) >= (88 if own.base_requirement else 60):
        return rng.choice(own.counts_as_no)
    yes = own.counts_as_yes
    return (
        ", ".join(sorted(rng.sample(yes, rng.randint(1, len(yes))), key=yes.index))
        if own.several
        else rng.choice(yes)
    )


def looked_up(answers: Answers, test: Mapping[str, Question]) -> Iterable[list[str]]:
    """Make what the office looked up of some answers: most are borne out, one is contradicted."""
    rng, verdicts = random.Random(SEED + 2), ["motsägs"]
    towns = [code for code in answers if code in {*OLD, *NEW}]
    for question in ("krav-mal", "krav-handlingsplan", "klimatbudget"):
        yes = {*options(test[question]).counts_as_yes}
        said = [code for code in towns if answers[code][question] in yes]
        for code in sorted(rng.sample(said, 9)):
            verdict = verdicts.pop() if verdicts else rng.choice(["belagt", "belagt", "belagt", "ej belagt"])
            url = f"https://example.org/{code}/{question}"
            yield [code, question, url, "påhittat exempel", "2023-11-14", verdict]


def export(
    rng: random.Random,
    year: int,
    answers: Answers,
    questions: Mapping[str, Question],
    scored: Answers,
    test: Mapping[str, Question],
    names: Mapping[str, str],
) -> dict[str, str]:
    """Write a year's answers by form as a survey tool does: in order of time, as typed, with points."""
    order = sorted(answers)
    rng.shuffle(order)
    if year in TWICE:
        order.insert(3, TWICE[year])
    order += [code for code in APPLICANTS if code in scored]
    shared = [q.wording[str(year)] for q in questions.values() if str(year) in q.wording]
    made = {}
    for form in ("municipality", "region"):
        put = {name: q for name, q in of_form(test, form).items() if str(year) in q.wording}
        wordings = [q.wording[str(year)] for q in put.values()]
        made[form] = [
            ["Tidsstämpel", "Poäng", "Kommun eller region", "E-post", *shared, *wordings, "Kommentar"]
        ]
    for number, code in enumerate(order):
        sent = f"{year}-10-{2 + number // 3:02} {8 + number % 3 * 3:02}:{rng.randrange(60):02}"
        early = order.count(code) == 2 and code not in order[:number]
        given = [
            "" if early and place > 4 else typed(rng, a)
            for place, a in enumerate(
                answers.get(code, dict.fromkeys(questions, "") if shared else {}).values()
            )
        ]
        own = dict.fromkeys(scored[code], "") if early else scored[code]
        rules = {name: test[name].put_in(year)[1] for name in own}
        total = sum(points(answer, rules[name]) or 0 for name, answer in own.items())
        most = sum(each.most for each in rules.values())
        comment = "Skickade för tidigt, nytt svar kommer." if early else COMMENTS.get(code, "")
        contact = [f"{total} / {most}", NAMES.get(code, names[code]), f"svar{number + 1:02}@example.org"]
        form = "region" if len(code) == 2 else "municipality"
        made[form].append([sent, *contact, *given, *own.values(), comment])
    return {form: table(*rows[:1], rows[1:], delimiter=";") for form, rows in made.items()}


def of_one(
    answers: Mapping[str, str], test: Mapping[str, Question], name: str
) -> tuple[list[str], list[list[str]]]:
    """Return heading and row of an applicant's own file."""
    head = ["Kommun", *(test[question].wording[str(YEARS[1])] for question in answers)]
    return head, [[name, *answers.values()]]


def typed(rng: random.Random, answer: str) -> str:
    """Return an answer as people type it, most of them plainly."""
    forms = (f"{answer} ", answer.lower(), answer.upper(), f"{answer}.")
    return rng.choice(forms) if answer and rng.randrange(100) < 8 else answer


def published(
    answers: Mapping[int, Answers], questions: Mapping[str, Question], inputs: sources.Inputs
) -> Iterable[list[object]]:
    """Make figures as published: shares beside those of the year before, and emissions."""
    now, before = YEARS[1], YEARS[0]
    for name in COMPARED:
        shares = [percent(answers[year], questions[name]) for year in (now, before)]
        yield [now, name, shares[0], "percent of respondents", before, shares[1], ""]
    for indicator, value, unit, reason in published_emissions(inputs):
        yield [now, indicator, value, unit, "", "", reason]


def percent(answers: Answers, question: Question) -> int:
    """Share of yes among yes and no, in whole per cent."""
    given = [own[question.id] for own in answers.values()]
    yes = sum(answer in options(question).counts_as_yes for answer in given)
    no = sum(answer in options(question).counts_as_no for answer in given)
    return int(round_half_up(Fraction(yes, yes + no) * 100, 0))


def published_emissions(inputs: sources.Inputs) -> Iterable[tuple[str, object, str, str]]:
    """Make the emissions as published: the members' by another definition, the nation's one per cent off."""
    params, nation = inputs.project.params, [schemas.NATION]
    table = emissions.totals(sources.emissions(inputs), sources.population(inputs))
    towns, year, base = [*OLD, *NEW], params.emissions_year, params.base_year
    mean = emissions.reduction(table, towns, year=year, base_year=base, definition="mean_of_municipalities")
    whole = emissions.reduction(table, nation, year=year, base_year=base)
    since = f"percent per inhabitant since {base}"
    own = "Publicerat stämmer med medelvärdet av kommunernas egna minskningar"
    yield "utslapp-minskning-medlemmar", round_half_up(mean * 100, 0), since, own
    off = round_half_up(whole * 100, 0) - 1
    yield "utslapp-minskning-riket", off, since, "Troligen annan utgåva av databasen"
    rounded = "Gavs ut i hela ton; troligen andra medlemmar och annan utgåva"
    for group, codes, decimals, why in (("medlemmar", towns, 0, rounded), ("riket", nation, 1, "")):
        level = round_half_up(emissions.level(table, codes, year=year), decimals)
        yield f"utslapp-niva-{group}", level, "t CO2e per inhabitant", why


def table(columns: Iterable[str], rows: Iterable[Sequence[object]], *, delimiter: str = ",") -> str:
    """Write rows under their headings as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerow([*columns])
    writer.writerows(rows)
    return text.getvalue()


if __name__ == "__main__":
    for name, content in files().items():
        (HERE / name).write_text(content, encoding="utf-8", newline="\n")
        print(f"data/demo/{name}: {content.count(chr(10))} lines")
