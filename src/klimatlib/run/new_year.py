"""The facts of a new year: what the association is carries over to be confirmed, what it did is emptied."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from klimatlib.config import (
    Params,
    Project,
    Question,
    Questions,
    Source,
    Sources,
    load_project,
    to_fill,
    validate,
)
from klimatlib.errors import InputError, Problem, UsageError, progress
from klimatlib.files import find_root, write_whole
from klimatlib.prose import templates as examples_module
from klimatlib.sources import inputs as sources_module
from klimatlib.sources.inputs import Inputs, published_claims, read_facts, release_names
from klimatlib.sources.inputs import questions as questions_module
from klimatlib.sources.tables import SURVEY_COUNTS

# --- klimatlib.run.new_year: The facts of a new year: what the association is carries ove

_BLOCK = re.compile(r"^(?=[A-Za-z_]\w*:)", re.M)
_DID = ("activities", "foreword_points", "growth")
_YEARS_OWN = r"^(  (?:year|title|id): .*){}"
_MEMBERS = {
    "count_year_end": ("", "members at the end of {year}: those of the year before, + joined, - left"),
    "joined": ("[]", "names of those that joined in {year}, as they are printed; [] for none"),
    "left": ("[]", "names of those that left in {year}; [] for none"),
    "observers_joined": ("[]", "names of the observers that joined in {year}; [] for none"),
}


def carried(text: str, *, home: str, year: int) -> str:
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
    known = read_facts(text.encode(), home)
    head, *blocks = _BLOCK.split(text)
    made = head + "".join(_carried(block, known, home, year) for block in blocks)
    return made.rstrip("\n") + "\n"


def _carried(block: str, known: dict[str, object], home: str, year: int) -> str:
    key = block.split(":", 1)[0]
    if key == "report":
        return block.replace(str(year - 1), str(year))
    if key in _DID:
        empty = "[]" if isinstance(known[key], list) else "{}"
        told = f"{key} of {year}, in the shape that they have in {home}/facts.yml"
        return f"# {to_fill(told)}\n{key}: {empty}\n\n"
    if key == "members":
        return "\n".join(_members(block, year)) + "\n"
    told = f"{key}: as in {year - 1}; mend what is otherwise in {year}, then take this line away"
    own = re.compile(_YEARS_OWN.format(year - 1), re.M)
    return f"# {to_fill(told)}\n" + own.sub(rf"\g<1>{year}", block)


def _members(block: str, year: int) -> Iterator[str]:
    """Yield the lines of the members' facts with the year's own ones emptied."""
    emptied = False
    for line in block.rstrip("\n").split("\n"):
        found = re.match(r"  (\w+):", line)
        if found and found[1] in _MEMBERS:
            value, told = _MEMBERS[found[1]]
            yield f"  {found[1]}: {value}".rstrip() + f"  # {to_fill(told.format(year=year))}"
        elif found or not emptied or not line.startswith("   "):
            yield line
        emptied = (found[1] in _MEMBERS) if found else emptied
    yield ""


# --- klimatlib.run.new_year: The parameters of a new year: those of the year before, line

_KEY = re.compile(r"^(?P<key>[a-z_]+):(?P<value>[^#\n]*)(?P<comment>#.*)?$")
_DROPPED = ("survey_inferred", "data", "previous")


@dataclass(frozen=True)
class Known:
    """What is known of a new year.

    Attributes
    ----------
    year
        The year.
    before
        Name of the report of the year before.
    members
        Its members at the year's end, as published.
    releases
        The releases of the emissions at hand, oldest first.
    """

    year: int
    before: str
    members: int
    releases: tuple[str, ...]


def parameters_carried(text: str, last: Params, known: Known) -> str:
    """Return the new year's parameter file.

    Parameters
    ----------
    text
        The file of the year before.
    last
        What it says.
    known
        What is known of the new year.
    """
    set_anew = _values(last, known)
    lines: list[str] = []
    inside = True  # a value that goes on below its key goes with it
    for line in text.splitlines():
        found = _KEY.match(line)
        if found:
            inside = found["key"] not in (*_DROPPED, *set_anew)
            lines += [_line(found, set_anew)] if found["key"] not in _DROPPED else []
        elif not line.strip() or line.startswith("#"):
            lines.append(line.replace(str(last.year), str(known.year)))
        elif inside:
            lines.append(line)
    given = {found["key"] for line in lines if (found := _KEY.match(line))}
    lines += [f"{key}: {value}" for key, value in set_anew.items() if key not in given]
    before = "# The report before this one: its published numbers are what this year's are set beside."
    return "\n".join([*lines, "", before, f'previous: "{known.before}"', ""])


def _line(found: re.Match[str], set_anew: dict[str, str]) -> str:
    if found["key"] not in set_anew:
        return found.group()
    value = set_anew[found["key"]]
    comment = f"  {found['comment']}" if found["comment"] and "#" not in value else ""
    return f"{found['key']}: {value}{comment}"


def _values(last: Params, known: Known) -> dict[str, str]:
    """Return what is set anew, as it is written: what cannot be known stands as last year's, with a mark."""
    year, releases = known.year, ", ".join(known.releases)

    def ask(value: object, told: str) -> str:
        return f"{value}  # {to_fill(told)}"

    release, address = f'"{last.emissions_vintage}"', {}
    if last.data_url:  # never the same for two years: it names the datasets
        new = last.data_url.replace(str(last.year), str(year))
        address = {"data_url": ask(new, f"where will the open data of {year} be?")}
    return {
        **address,
        "year": str(year),
        "document_date": ask(f'"{year}-12-31"', "the date of this edition"),
        "emissions_year": ask(last.emissions_year, f"is it the data year of {year}'s report?"),
        "emissions_vintage": ask(release, f"is it the release of {year}'s report? here are {releases}"),
        "revisions": f"[{release}]",
        "survey_members": ask(last.survey_members, f"how many members were asked in {year}?"),
        "members_previous": str(known.members),
    }


# --- klimatlib.run.new_year: The files that all years share, with the new year's entries

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


# --- klimatlib.run.new_year: The tables of a new year: the register and the goals carry o


def members(text: str, *, year: int) -> str:
    """Return the register with those that were known to join in the year as its members, and a mark.

    Parameters
    ----------
    text
        ``members.csv`` of the year before.
    year
        The new year.
    """
    rows = _read(text)
    for row in rows:
        if row["status"] == "joined_later" and row["joined"].startswith(str(year)):
            row["status"] = "member"
    told = f"add who joined in {year}; give who left status left and {year} in column left"
    return _written([*rows, _marked(rows[0], told, "then take this row away")])


def goals(text: str, *, year: int) -> str:
    """Return the goals without their results; each result has a mark, in the column where it stood.

    Parameters
    ----------
    text
        ``goals.csv`` of the year before.
    year
        The new year.
    """
    rows = _read(text)
    for row in rows:
        column = "result" if row["result"] else "result_note"
        row.update({"result": "", "result_note": ""})
        row[column] = to_fill(f"result of {row['id']} in {year}; is its goal still the same?")
    return _written(rows)


def survey(questions: Iterable[str], *, year: int) -> str:
    """Return the survey's counts with a marked row for each question that was asked the year before."""
    columns = list(SURVEY_COUNTS.schema.columns)
    told = f"how many said yes (k) of those who answered yes or no (n) in {year}"
    cells = [[i, to_fill(f"{i}: {told}"), ""] for i in questions]
    return _written([dict(zip(columns, row, strict=True)) for row in cells])


def examples(told: Sequence[str], *, year: int) -> str:
    """Return the members' examples of the year: none yet, and whose were told the year before.

    Parameters
    ----------
    told
        Codes of the members whose examples the report before told.
    year
        The new year.
    """
    codes = ", ".join(f'"{code}"' for code in told)
    return "\n".join(
        [
            f"# {to_fill(f'the examples that members give in {year}, each with its consent; [] for none')}",
            f"last_year: [{codes}]  # told in the report of {year - 1}, and not told again",
            "examples: []",
            "",
        ]
    )


def header(text: str) -> str:
    """Return a table's header alone."""
    return text.split("\n", 1)[0].rstrip("\r") + "\n"


def _marked(like: dict[str, str], *told: str) -> dict[str, str]:
    first, *rest = like
    return {first: to_fill("; ".join(told)), **dict.fromkeys(rest, "")}


def _read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def _written(rows: Sequence[dict[str, str]]) -> str:
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


# --- klimatlib.run.new_year: The texts of a new year: what speaks of claims carries over

_OF_THE_YEAR = re.compile(r"\bactivity\[|\bactivities\.|\b(?:facts\.)?(?:foreword_points|growth)\b")
_COMMENT = re.compile(r"{##.*?##}\n?", re.S)
_HEADING = re.compile(r"^(?P<level>#+) (?P<title>.*?)(?: *\{[^{}]*\})?$")


@dataclass
class _Part:
    """A chapter heading or a line of the frame, and what stands below it."""

    kept: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    @property
    def of_the_year(self) -> bool:
        """Whether it tells of what the year's facts hold."""
        return bool(_OF_THE_YEAR.search("\n".join(self.said)))


def texts_carried(text: str, *, before: int, year: int) -> str:
    """Return a text of the new year, still to be written or read.

    A text is emptied as a whole where most of its parts tell of the year, else only these parts are.

    Parameters
    ----------
    text
        The text of the year before.
    before, year
        The years.
    """
    if not text.strip():
        return text
    read = to_fill(f"read this text against {year}, mend it, then take this line away")
    if not _OF_THE_YEAR.search(text):
        return f"{{## {read} ##}}\n{text}"
    parts = _parts(_COMMENT.sub("", text))
    told = [part.of_the_year for part in parts if "".join(part.said).strip()]
    whole = "facts." in "".join(_OF_THE_YEAR.findall(text)) or 2 * sum(told) >= len(told)
    lines = list[str]()
    for part in parts:
        emptied = whole or part.of_the_year
        lines += _emptied(part, before, year) if emptied else [*part.kept, *part.said]
    head = [] if whole else [f"{{## {read} ##}}"]
    return re.sub(r"\n{3,}", "\n\n", "\n".join([*head, *lines]).strip("\n")) + "\n"


def _parts(text: str) -> list[_Part]:
    parts, ahead, boxes = [_Part()], list[str](), 0
    for line in text.rstrip("\n").split("\n"):
        heading, fence = _HEADING.match(line), line.startswith(":::")
        if boxes:  # a box whose title is of the year, up to its end
            parts[-1].said.append(line)
            boxes += _opened(line) if fence else 0
        elif line.startswith("{% set"):
            ahead.append(line)  # it belongs to what follows
        elif heading or fence:
            parts.append(_part(line, ahead, chapter=bool(heading and heading["level"] == "#")))
            boxes, ahead = _opened(line) if fence and not parts[-1].kept else 0, []
        else:
            parts[-1].said += [*ahead, line]
            ahead = []
    return parts


def _opened(fence: str) -> int:
    return 1 if fence.strip(": ") else -1


def _part(line: str, ahead: list[str], *, chapter: bool) -> _Part:
    if chapter:
        own = [known for known in ahead if _OF_THE_YEAR.search(known)]
        return _Part([*(known for known in ahead if known not in own), line], own)
    plain = not ahead and "{{" not in line
    return _Part([line]) if plain else _Part([], [*ahead, line])


def _emptied(part: _Part, before: int, year: int) -> Iterator[str]:
    yield from part.kept
    said = "\n".join(part.said).strip("\n")
    if said and all(line.startswith("{% set") for line in said.split("\n")):
        yield from ("", f"{{## {said} ##}}")
    elif said:
        yield from ("", f"{{## {to_fill(_told(part, before, year))}", said, "##}")
    yield ""


def _told(part: _Part, before: int, year: int) -> str:
    title = _HEADING.match(part.kept[-1]) if part.kept else None
    named = dict.fromkeys(re.findall(r'activity\["([^"]+)"\]', "\n".join(part.said)))
    if title and title["level"] != "#":
        what = f"”{title['title']}” of {year}"
    elif named:
        what = f"of {year} in the place of {', '.join(named)}"
    else:
        what = f"this of {year} in the place of ”{_beginning(part.said)}”"
    return f"write {what}; what {before} said follows, take it away"


def _beginning(lines: list[str]) -> str:
    """Return the first words of a text, without its placeholders."""
    own = " ".join(line for line in lines if not line.startswith((":::", "{%")))
    words = re.sub(r"{[{%].*?[%}]}|\[|\]\([^)]*\)|[#*]", " ", own).split()
    return " ".join(words[:5]) + ("…" if len(words) > 5 else "")


# --- klimatlib.run.new_year: Make a new year's parameters and data folder, and its entrie


@dataclass(frozen=True)
class _Whole:
    """A file that is to be written whole, or was there before."""

    path: Path
    text: str
    there: bool


def new(name: str) -> None:
    """Make a new year's report ready to be filled in, from the finished report of the year before.

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
    year, before = _years(name, root)
    last = load_project(f"params/{before}.yml", start=root)
    inputs = Inputs(last)
    asked = [i for i, question in questions_module(inputs).items() if str(before) in question.wording]
    folder, content = root / "data" / str(year), {}
    if not folder.exists():
        content = dict(_data(last, asked, year))
    files = [*_shared(root, last, year), _parameters(root, last, year)]
    _report(last, folder, there=folder.exists(), count=len(content))
    if content:
        _put(folder, content)
    for file in files:
        _report(last, file.path, there=file.there)
        if not file.there:
            write_whole(file.path, file.text)
    progress(
        "new", f"klimatlib check {year} says what to fill in; docs/new-year.md goes through it step by step"
    )


def _years(name: str, root: Path) -> tuple[int, int]:
    """Return the year and the one before, which must be here."""
    if not re.fullmatch(r"(19|20)\d\d", name):
        raise UsageError(f"{name}: a new report is named by its year; write klimatlib new 2024, for example")
    year = int(name)
    if (root / "params" / f"{year - 1}.yml").is_file():
        return year, year - 1
    if (root / "params" / f"{year}.yml").is_file():
        told = f"{year} is here already, and no report of {year - 1} to complete it from"
        raise UsageError(f"{told}; klimatlib check {year} says what it lacks")
    here = sorted(p.stem for p in (root / "params").glob("[12][0-9][0-9][0-9].yml"))
    told = f"{year} is made from the report of {year - 1}, and there is no params/{year - 1}.yml"
    raise UsageError(f"{told}; the years here are {', '.join(here) or 'none'}: make the next one first")


def _data(last: Project, asked: list[str], year: int) -> Iterator[tuple[str, bytes]]:
    """Yield what the new data folder holds: path in it, and content.

    Consent and signatures are not among it: each is given for one year's report.
    """
    before, home = last.params.year, last.relative(last.data)
    inputs = Inputs(last)
    made: Mapping[str, Callable[[str], str]] = {
        "facts.yml": lambda text: carried(text, home=home, year=year),
        "members.csv": lambda text: members(text, year=year),
        "goals.csv": lambda text: goals(text, year=year),
        "published.csv": header,
    }
    for name, make in made.items():
        yield name, make(inputs.read(last.data / name).decode("utf-8-sig")).encode()
    if last.params.survey_input == "counts":
        yield "survey.csv", survey(asked, year=year).encode()
    for path in sorted(last.data.glob(f"answers_{before}.*")):
        yield path.name, inputs.read(path)
    if inputs.exists(sources_module.examples_file(last)):
        yield (
            "examples.yml",
            examples(examples_module.members_told(examples_module.chosen(inputs)), year=year).encode(),
        )
    for path in sorted((last.data / "texts").rglob("*.md")):
        text = inputs.read(path).decode("utf-8-sig")
        name = path.relative_to(last.data).as_posix()
        yield name, texts_carried(text, before=before, year=year).encode()


def _shared(root: Path, last: Project, year: int) -> Iterator[_Whole]:
    """Yield the files of all years with the entries of the new one."""
    for name, amend in (("questions", questions), ("sources", sources)):
        path = root / "params" / f"{name}.yml"
        text = path.read_text(encoding="utf-8-sig")
        amended = amend(text, last, year)
        yield _Whole(path, amended, amended == text)


def _parameters(root: Path, last: Project, year: int) -> _Whole:
    path = root / "params" / f"{year}.yml"
    if path.exists():
        return _Whole(path, "", True)
    members = _making_members(last)
    text = last.params_path.read_text(encoding="utf-8-sig")
    known = Known(year, last.name, members, tuple(release_names(Inputs(last))))
    return _Whole(path, parameters_carried(text, last.params, known), False)


def _making_members(last: Project) -> int:
    """Return how many members the last report counted; the new year is set beside it."""
    book = published_claims(Inputs(last), last.name)
    if "members-count" not in book:
        shown = last.relative(last.published / "claims.csv")
        raise InputError([Problem(shown, "members-count", "missing; make the report again")])
    return int(book["members-count"].value)


def _put(folder: Path, content: Mapping[str, bytes]) -> None:
    """Write a folder beside its place, and put it there in one step."""
    draft = folder.with_name(f".new-{folder.name}")
    shutil.rmtree(draft, ignore_errors=True)
    for name, data in content.items():
        path = draft / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    draft.rename(folder)


def _report(last: Project, path: Path, *, there: bool, count: int = 0) -> None:
    made = f"made, {count} files" if count else "made" if not path.exists() else "has the year's entries now"
    progress("new", f"{last.relative(path)}: {'is here already, left as it is' if there else made}")


# --- klimatlib.run.new_year: A new year from the one before: what carries over, what is e

__all__ = ["new"]
