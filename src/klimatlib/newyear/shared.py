"""The files that all years share, with the new year's entries put in; every other line stays as it is."""

from __future__ import annotations

import json
from collections.abc import Iterator

import yaml

from klimatlib.catalogue import Question, Questions, Source, Sources
from klimatlib.errors import InputError, Problem
from klimatlib.marks import to_fill
from klimatlib.models import validate
from klimatlib.params import Project

_QUESTIONS, _SOURCES = "params/questions.yml", "params/sources.yml"
_ANEW = ("consent.csv", "signatures.csv")  # given for one year's report; `new` makes neither
_KEPT = ("file", "publisher", "title", "url", "licence")


def questions(text: str, last: Project, year: int) -> str:
    """Return the questions, each of the year before with its wording to confirm, and comparable with then.

    That stands until the wording is changed: `check` then asks whether the two years may still be compared.
    Unchanged where any question has a wording of the year already.
    """
    before = last.params.year
    known = validate(text.encode(), Questions, shown=_QUESTIONS).questions
    if any(str(year) in question.wording for question in known):
        return text
    nodes = _at(yaml.compose(text), "questions").value
    changes = [
        change
        for node, question in zip(nodes, known, strict=True)
        if str(before) in question.wording
        for change in _question(text, node, question, before, year)
    ]
    amended = _inserted(text, changes)
    wanted = tuple(_asked(question, before, year) for question in known)
    if _understood(amended) != wanted:
        told = f'give each question its wording "{year}" by hand: its layout is one that new cannot add to'
        raise InputError([Problem(_QUESTIONS, "", told)])
    return amended


def _asked(question: Question, before: int, year: int) -> Question:
    """Return a question as it must be understood once the year is put in."""
    if str(before) not in question.wording:
        return question
    wording = {**question.wording, str(year): _to_confirm(question.wording[str(before)])}
    years = dict.fromkeys([*question.comparable_with, before])
    return question.model_copy(update={"wording": wording, "comparable_with": tuple(years)})


def _to_confirm(wording: str) -> str:
    return to_fill(f"as it was put: {wording}")


def _understood(text: str) -> tuple[Question, ...] | None:
    try:
        return validate(text.encode(), Questions, shown=_QUESTIONS).questions
    except InputError:
        return None


def _question(
    text: str, node: yaml.Node, question: Question, before: int, year: int
) -> Iterator[tuple[int, str]]:
    """Yield what is put in for one question: place in the text, and what."""
    wording = _at(node, "wording")
    told = f'"{year}": {json.dumps(_to_confirm(question.wording[str(before)]), ensure_ascii=False)}'
    yield _more(text, wording, told)
    if before in question.comparable_with:
        return
    if question.comparable_with:
        yield _more(text, _at(node, "comparable_with"), str(before))
    else:
        answers = _at(node, "counts_as_missing" if question.counts_as_missing else "counts_as_no")
        yield _below(text, answers, node.start_mark.column, f"comparable_with: [{before}]")


def _at(node: yaml.Node | None, key: str) -> yaml.CollectionNode:
    """Return what stands under a key; the files' models have been held against them before."""
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    found: yaml.CollectionNode = next(value for name, value in pairs if name.value == key)
    return found


def _more(text: str, node: yaml.CollectionNode, entry: str) -> tuple[int, str]:
    """Return where and how one entry more is put into a mapping or a sequence."""
    if node.flow_style:
        return node.end_mark.index - 1, f", {entry}"
    dash = "- " if isinstance(node, yaml.SequenceNode) else ""
    return _below(text, node, node.start_mark.column, dash + entry)


def _below(text: str, node: yaml.Node, column: int, line: str) -> tuple[int, str]:
    """Return where and how a line is put below all that a node holds."""
    end = len(text[: node.end_mark.index].rstrip())
    after = text.find("\n", end)
    return (after if after >= 0 else len(text)), "\n" + " " * column + line


def _inserted(text: str, changes: list[tuple[int, str]]) -> str:
    for place, more in sorted(changes, key=lambda change: change[0], reverse=True):
        text = text[:place] + more + text[place:]
    return text


def sources(text: str, last: Project, year: int) -> str:
    """Return the sources with those of the new year's own files, after the year before.

    What people give anew each year, consent and signatures, gets none: it is not made.
    Unchanged where one of these files has a source already.
    """
    known = validate(text.encode(), Sources, shown=_SOURCES).sources
    wanted = dict(_sources(known, last, year))
    if {source["file"] for source in wanted.values()} & {source.file for source in known.values()}:
        return text
    entries = yaml.safe_dump(wanted, allow_unicode=True, sort_keys=False, width=1000).splitlines()
    indent = " " * _at(yaml.compose(text), "sources").start_mark.column
    amended = "\n".join([text.rstrip("\n"), *(indent + line for line in entries), ""])
    try:
        told = {*validate(amended.encode(), Sources, shown=_SOURCES).sources}
    except InputError:
        told = set()
    if told != {*known, *wanted}:
        advice = f"add the sources of data/{year}/ by hand: its layout is one that new cannot add to"
        raise InputError([Problem(_SOURCES, "", advice)])
    return amended


def _sources(known: dict[str, Source], last: Project, year: int) -> Iterator[tuple[str, dict[str, str]]]:
    before, home = last.params.year, last.relative(last.data)
    for name, source in known.items():
        folder, _, file = source.file.rpartition("/")
        if folder != home or file in _ANEW:
            continue
        told = source.model_dump(exclude_none=True, include={*_KEPT})
        stem = name.removesuffix(f"-{last.name}").removesuffix(f"-{before}")
        told["file"] = f"data/{year}/{file}"
        if file.startswith(f"answers_{before}."):
            yield f"{stem}-{year}-of-{before}", told
            told = {**told, "file": told["file"].replace(f"answers_{before}.", f"answers_{year}.")}
        elif file.startswith("answers_"):
            continue
        yield f"{stem}-{year}", {**told, "title": source.title.replace(str(before), str(year))}
