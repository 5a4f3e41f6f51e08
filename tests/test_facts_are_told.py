"""Everything in the year's facts is told in the report: found by walking the whole tree."""

from __future__ import annotations

import copy
import csv
import fnmatch
import functools
import itertools
import json
import operator
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pypandoc
import pytest
import yaml

from conftest import ROOT
from klimatlib.charts.blocks import MARKDOWN

DATA = ROOT / "data" / "2023"
FACTS = yaml.safe_load((DATA / "facts.yml").read_text("utf-8"))
QUESTIONS = yaml.safe_load((ROOT / "params" / "questions.yml").read_text("utf-8"))["questions"]
RULES = yaml.safe_load((ROOT / "tests" / "data" / "facts.yml").read_text("utf-8"))
KEYS, EXCEPTIONS = RULES["keys"], RULES["exceptions"]
MONTHS, NUMBERS = RULES["words"]["months"], RULES["words"]["numbers"]

Keys = tuple[str, ...]
Around = tuple[dict[str, Any], ...]


@dataclass
class Section:
    chapter: str
    heading: str
    text: str


def inline(node: Any) -> str:
    """Return the text of a pandoc node, with the addresses of its links."""
    match node:
        case list():
            return "".join(map(inline, node))
        case {"t": "Str", "c": text}:
            return str(text)
        case {"t": "Link", "c": [_, text, [address, _]]}:
            return f"{inline(text)} <{address}>"
        case {"t": kind, "c": content}:
            return inline(content) + " " * (kind in ("Para", "Plain", "Header"))
        case {"t": _}:
            return " "
    return ""


def flat(blocks: list[Any]) -> Iterator[Any]:
    """Yield the blocks in reading order, a box's title as a paragraph before what it holds."""
    for block in blocks:
        if block["t"] == "Div":
            (_, _, attributes), inner = block["c"]
            yield from ({"t": "Str", "c": f" {value} "} for key, value in attributes if key == "title")
            yield from flat(inner)
        else:
            yield block


@pytest.fixture(scope="module")
def document(report_2023: Path) -> list[Section]:
    """The report's text, section by section; its front matter is the first."""
    parsed = json.loads(pypandoc.convert_file(report_2023 / "report.qmd", "json", format=MARKDOWN))
    front = " ".join(inline(parsed["meta"][key]["c"]) for key in ("institution", "title", "subtitle"))
    sections = [Section("", "", front)]
    for block in flat(parsed["blocks"]):
        text = inline(block)
        if block["t"] == "Header":
            chapter = text.strip() if block["c"][0] == 1 else sections[-1].chapter
            sections.append(Section(chapter, text.strip(), ""))
        sections[-1].text += text
    return [Section(*(" ".join(part.split()) for part in vars(s).values())) for s in sections]


def leaves(node: Any, path: Keys = (), around: Around = ()) -> Iterator[tuple[Keys, str, Any, Around]]:
    """Yield the path, the key, the value and the enclosing mappings of every leaf."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from leaves(value, (*path, key), (*around, node))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            name = value.get("id", index) if isinstance(value, dict) else index
            yield from leaves(value, (*path, str(name)), around)
    elif node is not None and not isinstance(node, bool):
        key = next(part for part in reversed(path) if not part.isdigit())
        yield path, key, node, around


def exactly(text: str, ending: str = "s?") -> str:
    """Return the pattern of a whole name; only its first letter may change case, inside a sentence."""
    return rf"(?<!\w)(?i:{re.escape(text[0])}){re.escape(text[1:])}{ending}(?!\w)"


def number_pattern(value: int) -> str:
    words = [*NUMBERS[value : value + 1], *(["ett"] if value == 1 else [])]
    digits = str(value) if 1900 < value < 2100 else f"{value:,}".replace(",", " ")  # a year or a number
    return "(?i:" + "|".join(exactly(form, "") for form in (digits, *words)) + ")"


def date_pattern(iso: str, key: str) -> str:
    day = date.fromisoformat(iso)
    before, after = (r"\d+–" if key == "end" else ""), (r"(?:–\d+)?" if key == "start" else "")
    return rf"(?<![\w–]){before}{day.day}{after} {MONTHS[day.month - 1]}"


def core_of(text: str) -> list[str]:
    """Return the patterns of what no free wording may lose: numbers, names, and a word in some form."""
    numbers = re.findall(rf"\d+|(?i:\b(?:{'|'.join(NUMBERS[2:])})\b)", text)
    # A capital inside a sentence is a name.
    names = re.findall(r"(?<=[^.:;] )\(?([A-ZÅÄÖ][\w-]*)", text)
    values = [NUMBERS.index(n.lower()) if n.isalpha() else int(n) for n in numbers]
    stems = [word[:4] for word in re.findall(r"\w{4,}", text)]
    kept = ["(?i:" + "|".join(stems) + ")"] * (len(stems) > 1)
    return [*map(number_pattern, values), *(rf"(?<!\w){re.escape(name)}" for name in names), *kept]


def patterns(key: str, value: Any, item: dict[str, Any]) -> list[str]:
    """Return what must stand in the report for one leaf; the key says of what kind it is."""
    if isinstance(value, int) and key not in KEYS["filing"]:
        return [number_pattern(value)]
    if key == "month":
        return [exactly(MONTHS[int(value[5:]) - 1], "")]
    if key == "qualifier":
        return [f"(?i:{exactly(value, '')} {item['count']})"]
    is_person = key == "role" and {"party", "affiliation"} & set(item)
    kind = "phrase" if is_person else next((kind for kind, keys in KEYS.items() if key in keys), "")
    if kind == "date":
        return [date_pattern(value, key)]
    if kind == "freely":
        return core_of(value)
    if kind == "filing":
        return []
    forms = {
        "name": [exactly(value)],
        "phrase": [rf"(?i:(?<!\w){re.escape(value)})"],
        "address": [rf"(?<![\w.]){re.escape(value)}(?![\w-])"],
    }
    if kind not in forms:
        raise KeyError(f"say in tests/data/facts.yml how {key!r} must be stated")
    return forms[kind]


def home(path: Keys, value: Any, around: Around, document: list[Section]) -> list[Section]:
    """Return the sections where a fact belongs: its activity's own, or its chapter."""
    if str(value) == str(FACTS["report"]["year"]) or str(value).startswith(FACTS["report"]["association"]):
        return document  # the association and the year are the whole report's
    if path[0] != "activities":
        name = RULES["homes"].get(".".join(path[:2]), RULES["homes"].get(path[0], ""))
        return [s for s in document if s.chapter.startswith(name) or s.heading.startswith(name)]
    named = re.compile(rf"(?i:(?<!\w){re.escape(around[1]['title'])})")
    return [s for s in document if named.search(s.heading)] or [s for s in document if named.search(s.text)]


def missing(facts: Any, document: list[Section]) -> list[str]:
    """Return every fact that the report does not tell where it belongs, with its path."""
    return [
        f"{'.'.join(path)}: {value}"
        for path, key, value, around in leaves(facts)
        for pattern in patterns(key, value, around[-1])
        if not any(re.search(pattern, section.text) for section in home(path, value, around, document))
    ]


def table_rows() -> dict[str, str]:
    """Return the pattern of every row that a table must print, from the other files of the year."""
    goals, published, counts = (
        list(csv.DictReader((DATA / f"{name}.csv").read_text("utf-8").splitlines()))
        for name in ("goals", "published", "survey")
    )
    expected, shares = {}, {row["indicator"]: row for row in published}
    for row in goals:
        name = f"{row['channel']}: {row['label']}" if row["channel"] else row["label"]
        unit = " %" if row["goal_unit"] == "procent" else ""
        goal = f"{row['goal_min']}–{row['goal_max']}" if row["goal_max"] else row["goal_min"] + unit
        verdict = "(Nått|Inte nått)" if row["goal_unit"] == row["result_unit"] else "Mäts i en annan enhet"
        numbers = rf" (minst )?{goal} [minst \d–%]*?{row['result']}{unit} {verdict}"
        expected[row["id"]] = rf"(?i:{name})[a-zåäö, ]*{numbers if row['result'] else ' – – –'}"
    for row in counts:
        label = next(question["label"] for question in QUESTIONS if question["id"] == row["question_id"])
        share = shares.pop(row["question_id"])
        before = f"{share['previous_value']} % ({share['previous_year']})" if share["previous_value"] else "–"
        percents = rf"{share['value']} % {row['k']} av {row['n']} \d+ % \d+ % {re.escape(before)}"
        expected[row["question_id"]] = f"{label} {percents}"
    expected["members"] = shares.pop("medlemmar-antal")["value"] + " medlemmar"
    for indicator, row in shares.items():
        what, whom = indicator.replace("niva", "nivå").split("-")[1:]
        value = row["value"].replace(".", ",") + (" %" if row["unit"].startswith("percent") else " ton")
        expected[indicator] = rf"(?i:{what}, {whom})\w* {value}(?!\w)"
    for talk in next(item for item in FACTS["activities"] if item["id"] == "webbfika")["sessions"]:
        guests = ".*?".join(guest["name"] for guest in talk["speakers"])
        expected[talk["id"]] = f"{date_pattern(talk['date'], 'date')} {talk['title']} {guests}"
    return expected


def missing_rows(text: str) -> list[str]:
    return [f"{row}: {pattern}" for row, pattern in table_rows().items() if not re.search(pattern, text)]


@pytest.fixture(scope="module")
def text(document: list[Section], report_2023: Path) -> str:
    """The report's words, and the data that stand under its charts."""
    told = [f"# {section.heading} # {section.text}" for section in document]
    charts = [(report_2023 / "figures" / f"{name}.csv").read_text("utf-8") for name in ("goals", "survey")]
    rows = (" ".join(row) for data in charts for row in csv.reader(data.splitlines()))
    return " ".join([*told, *rows]).replace("\u00a0", " ")


def test_every_fact_is_told_where_it_belongs_and_no_exception_is_stale(document: list[Section]) -> None:
    unstated = missing(FACTS, document)
    excused = {path: fnmatch.filter(unstated, f"{path}: *") for path in EXCEPTIONS}
    assert [fact for fact in unstated if fact not in itertools.chain(*excused.values())] == []
    for path, facts in excused.items():
        stated = [".".join(keys) for keys, *_ in leaves(FACTS) if fnmatch.fnmatch(".".join(keys), path)]
        assert set(stated) == {fact.split(": ")[0] for fact in facts} != set(), EXCEPTIONS[path]


INVENTED = [
    ("board.people.0.name", "Karin Påhittad"),
    ("board.people.1.party", "KD"),
    ("activities.0.dates.end", "2023-04-29"),
    ("activities.0.participants.count", 61),
    ("activities.1.participants.qualifier", "över"),
    ("activities.2.month", "2023-03"),
    ("activities.5.date", "2023-11-06"),
    ("activities.5.date", "2023-11-17"),
    ("activities.8.title", "Rekommendationer för nedföljning"),
    ("activities.11.sessions.0.speakers.0.affiliation", "SVT"),
    ("activities.0.topics.0", "Svalkande glassprovning"),
    ("activities.7.summary_points.1", "Smidig rapportering i hela Norden"),
    ("growth.new_members.goal.min", 4),
    ("contact.email", "kansli@klimatkommunerna.se"),
]


def test_an_invented_fact_is_reported_as_missing_and_one_of_a_new_kind_needs_a_way_to_be_told(
    document: list[Section],
) -> None:
    stated = set(missing(FACTS, document))
    for path, value in INVENTED:
        facts = copy.deepcopy(FACTS)
        *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
        functools.reduce(operator.getitem, parents, facts)[last] = value
        reported = set(missing(facts, document)) - stated
        ending = f"{last}: {value}" if last != 0 else str(value)
        assert [fact for fact in reported if fact.endswith(ending)], path
    with pytest.raises(KeyError, match="sponsor"):
        missing({"activities": [{"title": "Årsmöte", "sponsor": "Påhittade bolaget"}]}, document)


WRONG = {
    "33 av 42": "34 av 42", "44 % (2022)": "45 % (2022)", "86 Nått": "68 Nått", "46 %": "47 %",
    "51 medlemmar": "50 medlemmar", "10 oktober": "11 oktober",
}  # fmt: skip


def test_every_row_of_the_other_files_is_printed_and_one_printed_wrongly_is_reported(text: str) -> None:
    assert missing_rows(text) == []
    for printed, wrong in WRONG.items():
        assert missing_rows(text.replace(printed, wrong)), wrong


def test_the_chapters_and_sections_come_in_order(text: str) -> None:
    place = 0
    for heading in RULES["order"].split(" / "):
        start = text.find(heading, place)
        assert start >= 0, f"{heading!r} is missing or out of order"
        place = start + len(heading)
