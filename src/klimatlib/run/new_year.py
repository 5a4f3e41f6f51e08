"""A new year's report, made ready to be filled in from the finished report of the year before.

What the association *is* carries over to be confirmed; what it *did* is emptied. Whatever is to be filled in
has a mark (`klimatlib.config.todo`), and everything that reads the file refuses it until that is done.
docs/new-year.md goes through a year step by step.

Files that people have written keep their comments and their order: they are amended as text, and what was
amended is read back before it is written.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel

from klimatlib.config import Params, Questions, Source, Sources, load_project, todo, validate
from klimatlib.errors import InputError, Problem, UsageError, progress
from klimatlib.execution.publishing import publish
from klimatlib.files import atomic_write, find_root
from klimatlib.prose.templates import chosen, members_told
from klimatlib.sources.inputs import (
    Inputs,
    published_claims,
    questions,
    read_facts,
    release_names,
)
from klimatlib.sources.tables import SURVEY_COUNTS

ModelT = TypeVar("ModelT", bound=BaseModel)


def new(name: str) -> None:
    """Make a new year's report ready to be filled in, from the finished report of the year before.

    All is composed before the first file is written. What is there already is left as it is, so that a run
    that was cut off is completed by the next one.

    Parameters
    ----------
    name
        The year.

    Raises
    ------
    UsageError
        No year, or a year without the one before.
    InputError
        The report of the year before is not finished.
    """
    root = find_root()
    year = _year(name, root)
    inputs = Inputs(load_project(f"params/{year - 1}.yml", start=root))
    folder, params_file = root / "data" / str(year), root / "params" / f"{year}.yml"
    content = {} if folder.exists() else dict(_data(inputs, year))
    texts: dict[Path, str | None] = {}
    for shared, amend in ((_QUESTIONS, add_wordings), (_SOURCES, add_sources)):
        text = (root / shared).read_text(encoding="utf-8-sig")
        amended = amend(text, inputs, year)
        texts[root / shared] = None if amended == text else amended
    texts[params_file] = None if params_file.exists() else _parameters(inputs, year)

    if content:
        publish(folder, lambda stage: _fill(stage, content, folder))
    _report(folder, root, f"made, {len(content)} files" if content else "")
    for path, composed in texts.items():
        if composed is not None:
            atomic_write(path, composed)
        made = "made" if path == params_file else "has the year's entries now"
        _report(path, root, made if composed is not None else "")
    progress(
        "new", f"klimatlib check {year} says what to fill in; docs/new-year.md goes through it step by step"
    )


def _year(name: str, root: Path) -> int:
    """Return the year; the one before must be here."""
    if not re.fullmatch(r"(19|20)\d\d", name):
        raise UsageError(f"{name}: a new report is named by its year; write klimatlib new 2024, for example")
    year, params = int(name), root / "params"
    if (params / f"{year - 1}.yml").is_file():
        return year
    if (params / f"{year}.yml").is_file():
        raise UsageError(
            f"{year} is here already, and no report of {year - 1} to complete it from; "
            f"klimatlib check {year} says what it lacks"
        )
    here = ", ".join(sorted(path.stem for path in params.glob("[12][0-9][0-9][0-9].yml"))) or "none"
    raise UsageError(
        f"{year} is made from the report of {year - 1}, and there is no params/{year - 1}.yml; "
        f"the years here are {here}: make the next one first"
    )


def _data(inputs: Inputs, year: int) -> Iterator[tuple[str, str | bytes]]:
    """Yield what the new data folder holds: path in it, and content.

    Consent and signatures are not among it: each is given for one year's report.
    """
    project, before = inputs.project, str(year - 1)

    def text(path: Path) -> str:
        return inputs.read(path).decode("utf-8-sig")

    facts = text(project.data / "facts.yml")
    yield "facts.yml", carry_facts(facts, home=project.relative(project.data), year=year)
    yield "members.csv", carry_members(text(project.data / "members.csv"), year=year)
    yield "goals.csv", carry_goals(text(project.data / "goals.csv"), year=year)
    header, _, _ = text(project.data / "published.csv").partition("\n")
    yield "published.csv", header.rstrip("\r") + "\n"
    if project.params.survey_input == "counts":
        asked = [i for i, question in questions(inputs).items() if before in question.wording]
        yield "survey.csv", empty_survey(asked, year=year)
    for path in sorted(project.data.glob(f"answers_{before}.*")):
        yield path.name, inputs.read(path)
    if inputs.exists(project.data / "examples.yml"):
        yield "examples.yml", empty_examples(members_told(chosen(inputs)), year=year)
    for path in sorted((project.data / "texts").rglob("*.md")):
        yield path.relative_to(project.data).as_posix(), carry_text(text(path), year=year)


def _parameters(inputs: Inputs, year: int) -> str:
    last = inputs.project
    text = last.params_path.read_text(encoding="utf-8-sig")
    book = published_claims(inputs, last.name)
    if "members-count" not in book:
        shown = last.relative(last.published / "claims.csv")
        raise InputError([Problem(shown, "members-count", "missing; make the report again")])
    members = int(book["members-count"].value)  # by its name: a book of the earlier form has no kinds
    return carry_parameters(text, last.params, year=year, members=members, releases=release_names(inputs))


def _fill(stage: Path, content: Mapping[str, str | bytes], folder: Path) -> None:
    """Write the data folder; under the lock of `publish`, so that no other run has made it since."""
    if folder.exists():
        raise UsageError(f"{folder.name}: another run has just made it; run klimatlib new again")
    for name, data in content.items():
        (stage / name).parent.mkdir(parents=True, exist_ok=True)
        (stage / name).write_bytes(data.encode() if isinstance(data, str) else data)


def _report(path: Path, root: Path, made: str) -> None:
    shown = path.relative_to(root).as_posix()
    progress("new", f"{shown}: {made or 'is here already, left as it is'}")


# The year's facts and parameters.

_DID = ("activities", "foreword_points", "growth")
# Of the facts on members, those that are the year's own: value, and what to fill in.
_OF_MEMBERS = {
    "count_year_end": ("", "members at the end of {year}: those of the year before, + joined, - left"),
    "joined": (" []", "names of those that joined in {year}, as they are printed; [] for none"),
    "left": (" []", "names of those that left in {year}; [] for none"),
    "observers_joined": (" []", "names of the observers that joined in {year}; [] for none"),
}
_KEY = re.compile(r"^(?P<key>[a-z_]+):(?P<value>[^#\n]*)(?P<comment>#.*)?$")
_DROPPED = ("survey_inferred", "data", "previous")


def carry_facts(text: str, *, home: str, year: int) -> str:
    """Return the facts of a new year, still to be filled in.

    Parameters
    ----------
    text
        ``facts.yml`` of the year before.
    home
        Its folder, as the marks name it.
    year
        The new year.
    """
    facts = read_facts(text.encode(), home)
    head, *blocks = re.split(r"^(?=[A-Za-z_]\w*:)", text, flags=re.M)
    made = [head]
    for block in blocks:
        key = block.split(":", 1)[0]
        if key == "report":
            made.append(block.replace(str(year - 1), str(year)))
        elif key in _DID:
            mark = todo(f"{key} of {year}, in the shape that they have in {home}/facts.yml")
            made.append(f"# {mark}\n{key}: {'[]' if isinstance(facts[key], list) else '{}'}\n\n")
        elif key == "members":
            made.append(_facts_on_members(block, year))
        else:
            mark = todo(
                f"{key}: as in {year - 1}; mend what is otherwise in {year}, then take this line away"
            )
            own_year = re.compile(rf"^(  (?:year|title|id): .*){year - 1}", re.M)
            made.append(f"# {mark}\n" + own_year.sub(rf"\g<1>{year}", block))
    return "".join(made).rstrip("\n") + "\n"


def _facts_on_members(block: str, year: int) -> str:
    lines, key = list[str](), ""
    for line in block.rstrip("\n").split("\n"):
        entry = re.match(r"  (\w+):", line)
        key = entry[1] if entry else key
        if entry and key in _OF_MEMBERS:
            value, ask = _OF_MEMBERS[key]
            lines.append(f"  {key}:{value}  # {todo(ask.format(year=year))}")
        elif key not in _OF_MEMBERS or not line.startswith("   "):  # what goes on below an emptied one goes
            lines.append(line)
    return "\n".join(lines) + "\n\n"


def carry_parameters(text: str, last: Params, *, year: int, members: int, releases: Iterable[str]) -> str:
    """Return the parameter file of a new year; what is not known stands as last year's, with a mark.

    Parameters
    ----------
    text, last
        The file of the year before, and what it says.
    year
        The new year.
    members
        Members at the end of the year before, as published.
    releases
        The releases of the emissions at hand, oldest first.
    """

    def ask(value: object, question: str) -> str:
        return f"{value}  # {todo(question)}"

    release, here = f'"{last.emissions_vintage}"', ", ".join(releases)
    values = {
        "year": str(year),
        "document_date": ask(f'"{year}-12-31"', "the date of this edition"),
        "emissions_year": ask(last.emissions_year, f"is it the data year of {year}'s report?"),
        "emissions_vintage": ask(release, f"is it the release of {year}'s report? here are {here}"),
        "revisions": f"[{release}]",
        "survey_members": ask(last.survey_members, f"how many members were asked in {year}?"),
        "members_previous": str(members),
    }
    if last.data_url:  # never the same for two years: it names the datasets
        address = last.data_url.replace(str(year - 1), str(year))
        values["data_url"] = ask(address, f"where will the open data of {year} be?")
    lines, set_already, carried = list[str](), set[str](), True
    for line in text.splitlines():
        if entry := _KEY.match(line):
            key, comment = entry["key"], entry["comment"]
            carried = key not in (*_DROPPED, *values)  # a value that goes on below its key goes with it
            if key in values:
                kept_comment = f"  {comment}" if comment and "#" not in values[key] else ""
                lines.append(f"{key}: {values[key]}{kept_comment}")
                set_already.add(key)
            elif carried:
                lines.append(line)
        elif not line.strip() or line.startswith("#"):
            lines.append(line.replace(str(year - 1), str(year)))
        elif carried:
            lines.append(line)
    lines += [f"{key}: {value}" for key, value in values.items() if key not in set_already]
    lines += ["", "# The report before this one: its published numbers are what this year's are set beside."]
    return "\n".join([*lines, f'previous: "{year - 1}"', ""])


# The files that all years share.

_QUESTIONS, _SOURCES = "params/questions.yml", "params/sources.yml"
_GIVEN_ANEW = ("consent.csv", "signatures.csv")  # for one year's report; `new` makes neither
_KEPT = {"file", "publisher", "title", "url", "licence"}


def add_wordings(text: str, inputs: Inputs, year: int) -> str:
    """Return the questions, each of the year before with its wording to confirm, and comparable with then.

    That stands until the wording is changed: `check` then asks whether the two years may still be compared.
    Unchanged where any question has a wording of the year already.
    """
    before = year - 1
    asked = validate(text.encode(), Questions, shown=_QUESTIONS).questions
    if any(str(year) in question.wording for question in asked):
        return text
    additions, expected = list[tuple[int, str]](), []
    nodes = _child(yaml.compose(text), "questions").value
    for node, question in zip(nodes, asked, strict=True):
        if str(before) not in question.wording:
            expected.append(question)
            continue
        confirm = todo(f"as it was put: {question.wording[str(before)]}")
        wording = {**question.wording, str(year): confirm}
        years = tuple(dict.fromkeys([*question.comparable_with, before]))
        expected.append(question.model_copy(update={"wording": wording, "comparable_with": years}))
        entry = f'"{year}": {json.dumps(confirm, ensure_ascii=False)}'
        additions.append(_one_entry_more(text, _child(node, "wording"), entry))
        if not question.comparable_with:
            answers = _child(node, "counts_as_missing" if question.counts_as_missing else "counts_as_no")
            line = f"comparable_with: [{before}]"
            additions.append(_one_line_below(text, answers, node.start_mark.column, line))
        elif before not in question.comparable_with:
            additions.append(_one_entry_more(text, _child(node, "comparable_with"), str(before)))
    amended = text
    for place, addition in sorted(additions, key=lambda one: one[0], reverse=True):
        amended = amended[:place] + addition + amended[place:]
    read_back = _read_back(amended, Questions, _QUESTIONS)
    if read_back is None or read_back.questions != tuple(expected):
        advice = f'give each question its wording "{year}" by hand: its layout is one that new cannot add to'
        raise InputError([Problem(_QUESTIONS, "", advice)])
    return amended


def add_sources(text: str, inputs: Inputs, year: int) -> str:
    """Return the sources with those of the new year's own files, after the year before.

    What people give anew each year, consent and signatures, gets none: it is not made.
    Unchanged where one of these files has a source already.
    """
    listed = validate(text.encode(), Sources, shown=_SOURCES).sources
    home = inputs.project.relative(inputs.project.data)
    added = dict(_sources_of_year(listed, home, inputs.project.name, year))
    if {source["file"] for source in added.values()} & {source.file for source in listed.values()}:
        return text
    entries = yaml.safe_dump(added, allow_unicode=True, sort_keys=False, width=1000).splitlines()
    indent = " " * _child(yaml.compose(text), "sources").start_mark.column
    amended = "\n".join([text.rstrip("\n"), *(indent + line for line in entries), ""])
    read_back = _read_back(amended, Sources, _SOURCES)
    if read_back is None or {*read_back.sources} != {*listed, *added}:
        advice = f"add the sources of data/{year}/ by hand: its layout is one that new cannot add to"
        raise InputError([Problem(_SOURCES, "", advice)])
    return amended


def _sources_of_year(
    listed: Mapping[str, Source], home: str, report: str, year: int
) -> Iterator[tuple[str, dict[str, str]]]:
    before = str(year - 1)
    for name, source in listed.items():
        folder, _, file = source.file.rpartition("/")
        answers_before = file.startswith(f"answers_{before}.")
        if folder != home or file in _GIVEN_ANEW or (file.startswith("answers_") and not answers_before):
            continue
        stem = name.removesuffix(f"-{report}").removesuffix(f"-{before}")
        entry = source.model_dump(exclude_none=True, include=_KEPT)
        if answers_before:
            yield f"{stem}-{year}-of-{before}", {**entry, "file": f"data/{year}/{file}"}
            file = file.replace(before, str(year), 1)
        title = source.title.replace(before, str(year))
        yield f"{stem}-{year}", {**entry, "file": f"data/{year}/{file}", "title": title}


def _child(node: yaml.Node | None, key: str) -> yaml.CollectionNode:
    """Return what stands under a key; the files' models have been held against them before."""
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    child: yaml.CollectionNode = next(value for name, value in pairs if name.value == key)
    return child


def _one_entry_more(text: str, node: yaml.CollectionNode, entry: str) -> tuple[int, str]:
    """Return where and how one entry more is put into a mapping or a sequence."""
    if node.flow_style:
        return node.end_mark.index - 1, f", {entry}"
    dash = "- " if isinstance(node, yaml.SequenceNode) else ""
    return _one_line_below(text, node, node.start_mark.column, dash + entry)


def _one_line_below(text: str, node: yaml.Node, column: int, line: str) -> tuple[int, str]:
    """Return where and how a line is put below all that a node holds."""
    end = text.find("\n", len(text[: node.end_mark.index].rstrip()))
    return (end if end >= 0 else len(text)), "\n" + " " * column + line


def _read_back(text: str, model: type[ModelT], shown: str) -> ModelT | None:
    try:
        return validate(text.encode(), model, shown=shown)
    except InputError:
        return None


# The tables of the year, and the members' examples.


def carry_members(text: str, *, year: int) -> str:
    """Return the register with those that were known to join in the year as its members, and a mark.

    Parameters
    ----------
    text
        ``members.csv`` of the year before.
    year
        The new year.
    """
    rows = _rows(text)
    for row in rows:
        if row["status"] == "joined_later" and row["joined"].startswith(str(year)):
            row["status"] = "member"
    ask = f"add who joined in {year}; give who left status left and {year} in column left"
    mark = todo(f"{ask}; then take this row away")
    return _csv(rows[0], [*rows, {next(iter(rows[0])): mark}])


def carry_goals(text: str, *, year: int) -> str:
    """Return the goals without their results; each result has a mark, in the column where it stood.

    Parameters
    ----------
    text
        ``goals.csv`` of the year before.
    year
        The new year.
    """
    rows = _rows(text)
    for row in rows:
        column = "result" if row["result"] else "result_note"
        mark = todo(f"result of {row['id']} in {year}; is its goal still the same?")
        row.update({"result": "", "result_note": "", column: mark})
    return _csv(rows[0], rows)


def empty_survey(asked: Iterable[str], *, year: int) -> str:
    """Return the survey's counts with a marked row for each question that was asked the year before."""
    ask = f"how many said yes (k) of those who answered yes or no (n) in {year}"
    columns = list(SURVEY_COUNTS.schema.columns)
    return _csv(columns, [{columns[0]: i, columns[1]: todo(f"{i}: {ask}")} for i in asked])


def empty_examples(last_year: Sequence[str], *, year: int) -> str:
    """Return the members' examples of the year: none yet, and whose the report before had.

    Parameters
    ----------
    last_year
        Codes of the members whose examples the report before told.
    year
        The new year.
    """
    codes = ", ".join(f'"{code}"' for code in last_year)
    mark = todo(f"the examples that members give in {year}, each with its consent; [] for none")
    told_before = f"last_year: [{codes}]  # told in the report of {year - 1}, and not told again"
    return "\n".join([f"# {mark}", told_before, "examples: []", ""])


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def _csv(columns: Collection[str], rows: Iterable[Mapping[str, str]]) -> str:
    """Return a table as CSV; a cell that a row does not have is empty."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(columns), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


# The texts.

_OF_THE_YEAR = re.compile(r"\bactivity\[|\bactivities\.|\b(?:facts\.)?(?:foreword_points|growth)\b")
_COMMENT = re.compile(r"{##.*?##}\n?", re.S)
_HEADING = re.compile(r"^(?P<level>#+) (?P<title>.*?)(?: *\{[^{}]*\})?$")


@dataclass
class _Part:
    """A part of a text: the chapter heading or line of the frame that stays, and the lines below it."""

    kept: list[str] = field(default_factory=list)
    body: list[str] = field(default_factory=list)

    @property
    def of_the_year(self) -> bool:
        """Whether it speaks of what the year's facts hold."""
        return bool(_OF_THE_YEAR.search("\n".join(self.body)))


def carry_text(text: str, *, year: int) -> str:
    """Return a text of the new year, still to be written or read.

    A text is emptied as a whole where most of its parts speak of the year, else only these parts are; what
    they said stands in a comment, which is never printed.

    Parameters
    ----------
    text
        The text of the year before.
    year
        The new year.
    """
    if not text.strip():
        return text
    read = f"{{## {todo(f'read this text against {year}, mend it, then take this line away')} ##}}"
    if not _OF_THE_YEAR.search(text):
        return f"{read}\n{text}"
    parts = _parts(_COMMENT.sub("", text))
    of_the_year = [part.of_the_year for part in parts if "".join(part.body).strip()]
    whole = "facts." in "".join(_OF_THE_YEAR.findall(text)) or 2 * sum(of_the_year) >= len(of_the_year)
    lines = [] if whole else [read]
    for part in parts:
        lines += [*part.kept, *(_emptied(part, year) if whole or part.of_the_year else part.body)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines).strip("\n")) + "\n"


def _parts(text: str) -> list[_Part]:
    """Cut a text at its headings and at the fences of its boxes.

    A chapter's heading is kept, and so is any other heading or fence without a placeholder. A box whose title
    has one goes, up to its end, with the title. A line that sets a variable belongs to what follows.
    """
    parts, ahead, depth = [_Part()], list[str](), 0
    for line in text.rstrip("\n").split("\n"):
        heading, fence = _HEADING.match(line), line.startswith(":::")
        opened = (1 if line.strip(": ") else -1) if fence else 0
        if depth:
            parts[-1].body.append(line)
            depth += opened
        elif line.startswith("{% set"):
            ahead.append(line)
        elif heading and heading["level"] == "#":
            own = [variable for variable in ahead if _OF_THE_YEAR.search(variable)]
            parts.append(_Part([*(variable for variable in ahead if variable not in own), line], own))
            ahead = []
        elif heading or fence:
            plain = not ahead and "{{" not in line
            parts.append(_Part([line]) if plain else _Part([], [*ahead, line]))
            depth, ahead = (0 if plain else opened), []
        else:
            parts[-1].body += [*ahead, line]
            ahead = []
    return parts


def _emptied(part: _Part, year: int) -> Iterator[str]:
    """Yield what stands in the place of a part's body: what it said, in a comment with a mark."""
    body = "\n".join(part.body).strip("\n")
    if body and all(line.startswith("{% set") for line in body.split("\n")):
        yield from ("", f"{{## {body} ##}}")
    elif body:
        title = _HEADING.match(part.kept[-1]) if part.kept else None
        named = dict.fromkeys(re.findall(r'activity\["([^"]+)"\]', body))
        if title and title["level"] != "#":
            what = f"”{title['title']}” of {year}"
        elif named:
            what = f"of {year} in the place of {', '.join(named)}"
        else:
            what = f"this of {year} in the place of ”{_first_words(part.body)}”"
        mark = todo(f"write {what}; what {year - 1} said follows, take it away")
        yield from ("", f"{{## {mark}", body, "##}")
    yield ""


def _first_words(lines: Iterable[str]) -> str:
    """Return the first words of a text, without its placeholders."""
    own = " ".join(line for line in lines if not line.startswith((":::", "{%")))
    words = re.sub(r"{[{%].*?[%}]}|\[|\]\([^)]*\)|[#*]", " ", own).split()
    return " ".join(words[:5]) + ("…" if len(words) > 5 else "")
