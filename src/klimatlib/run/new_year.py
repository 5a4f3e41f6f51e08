"""What is new in a project: a year's report, made ready from the finished one before, or a chapter.

What the association *is* carries over to be confirmed; what it *did* is emptied. Whatever is to be filled in
has a mark (`klimatlib.config.todo`), and all that reads the file refuses it until that is done. Files that
people have written keep their comments and their order: they are amended as text. docs/new-year.md goes
through a year step by step.
"""

from __future__ import annotations

import io
import json
import os
import re
import string
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from klimatlib import config
from klimatlib.config import Outline, Params, Question, Questions, Sources, load_project, todo, validate
from klimatlib.errors import InputError, Problem, UsageError, progress
from klimatlib.execution.publishing import publish
from klimatlib.files import atomic_write, decode_strict, find_root, read_file
from klimatlib.prose.templates import chosen, members_told
from klimatlib.sources import inputs as sources
from klimatlib.sources.inputs import Inputs
from klimatlib.sources.survey_export import propose_wordings
from klimatlib.sources.tables import SURVEY_COUNTS, refuse


def new(name: str) -> None:
    """Make the report of a year ready to be filled in, from the finished report of the year before.

    All is composed before the first file is written. What is there already is left as it is, so that a run
    that was cut off is completed by the next one. Where the folder has the year's export of answers and
    nothing else, the year is made from answers.

    UsageError: no year, or a year without the one before. InputError: the report of the year before is not
    finished, or there is no right to write.
    """
    root = find_root()
    year = _year(name, root)
    inputs = Inputs(load_project(f"params/{year - 1}.yml", start=root))
    folder, params_file = root / "data" / str(year), root / "params" / f"{year}.yml"
    answers = sorted(folder.glob(f"answers_{year}[._]*"))  # that of the municipalities before that of regions
    members = _published_members(inputs)
    content = {} if _is_made(folder, year) else dict(_data(inputs, year, members, answers))
    wordings, ask = _wordings(inputs, year, [] if params_file.exists() else answers)
    texts = {  # empty where nothing is to be done
        root / _QUESTIONS: _add_wordings(inputs, year, wordings),
        root / _SOURCES: _add_sources(inputs, year, answers),
        params_file: "" if params_file.exists() else _parameters(inputs, year, members, ask, answers),
    }

    _require_rights((folder, *texts), root)

    def report(path: Path, made: str) -> None:
        progress("new", f"{inputs.project.relative(path)}: {made or 'is here already, left as it is'}")

    if content:
        publish(folder, lambda stage: _fill(stage, content, folder, year))
    report(folder, f"made, {len(content)} files" if content else "")
    for path, text in texts.items():
        if text:
            atomic_write(path, text)
        report(path, text and ("made" if path == params_file else "has the year's entries now"))
    advice = f"klimatlib check {year} says what to fill in; docs/new-year.md goes through it step by step"
    progress("new", advice)


def _require_rights(paths: Iterable[Path], root: Path) -> None:
    homes = dict.fromkeys(path.parent for path in paths)
    closed = [home.relative_to(root).as_posix() for home in homes if not os.access(home, os.W_OK)]
    refuse(Problem(home, "", "no right to write there, so nothing is made; ask its owner") for home in closed)


def _year(name: str, root: Path) -> int:
    """Return the year; the one before must be here."""
    if not re.fullmatch(r"(19|20)\d\d", name):
        raise UsageError(f"{name}: a new report is named by its year; write klimatlib new 2024, for example")
    before, here = int(name) - 1, sorted(path.stem for path in root.glob("params/[12][0-9][0-9][0-9].yml"))
    if str(before) not in here:
        message = f"{name} is made from the report of {before}, and there is no params/{before}.yml; the "
        message += f"years here are {', '.join(here) or 'none'}: make the next one first"
        if name in here:
            message = f"{name} is here already, and no report of {before} to complete it from; "
            message += f"klimatlib check {name} says what it lacks"
        raise UsageError(message)
    return int(name)


def _is_made(folder: Path, year: int) -> bool:
    """Whether the data folder has more than the year's answers."""
    answers = (f"answers_{year}.", f"answers_{year}_", ".", "~$")
    return any(not path.name.startswith(answers) for path in folder.glob("*"))


def _data(
    inputs: Inputs, year: int, members: int, answers: Sequence[Path]
) -> Iterator[tuple[str, str | bytes]]:
    """Yield what the new data folder holds: path in it, and content.

    Consent and signatures are not among it: each is given for one year's report.
    """
    project, before = inputs.project, str(year - 1)

    def text(name: str) -> str:
        return inputs.read(project.data / name).decode("utf-8-sig")

    facts, register = text("facts.yml"), _register(text("members.csv"), year)
    yield "facts.yml", _facts(facts, project.relative(project.data), year, members, register)
    ask = f"add who joined in {year}; give who left status left and {year} in column left"
    mark = pd.DataFrame({register.columns[0]: [todo(f"{ask}; then take this row away")]})
    yield "members.csv", _csv(pd.concat([register, mark]))
    yield "goals.csv", _goals(text("goals.csv"), year)
    yield "published.csv", text("published.csv").partition("\n")[0].rstrip("\r") + "\n"
    for path in answers:
        yield path.name, read_file(path, project.relative(path))
    if project.params.survey_input == "counts" and not answers:
        ask = todo(f"{{}}: how many said yes (k) of those who answered yes or no (n) in {year}")
        counts = [(name, ask.format(name), "") for name in _wordings(inputs, year, ())[0]]
        yield "survey.csv", _csv(pd.DataFrame(counts, columns=[*SURVEY_COUNTS.schema.columns]))
    for path in sorted(project.data.glob(f"answers_{before}[._]*")):
        yield path.name, inputs.read(path)
    if inputs.exists(project.data / "examples.yml"):
        yield "examples.yml", empty_examples(members_told(chosen(inputs)), year=year)
    names = _names_of_the_year(sources.facts(inputs))
    for path in sorted((project.data / "texts").rglob("*.md")):
        name = path.relative_to(project.data).as_posix()
        yield name, _text(text(name), year, names, is_sent=path.parent.name == "channels")


def _published_members(inputs: Inputs) -> int:
    """Return how many members the report of the year before published."""
    project, book = inputs.project, sources.published_claims(inputs, inputs.project.name)
    if "members-count" not in book:
        display_path = project.relative(project.published / "claims.csv")
        raise InputError([Problem(display_path, "members-count", "missing; make the report again")])
    return int(book["members-count"].value)


def _parameters(inputs: Inputs, year: int, members: int, ask: str, answers: Sequence[Path]) -> str:
    """Return the parameter file of the new year, with the mark of the questions' wordings."""
    last, text = inputs.project.params, inputs.project.params_path.read_text(encoding="utf-8-sig")
    releases = {table: sources.release_names(inputs, table) for table in ("emissions", "population")}
    if answers:
        text = re.sub(r"^survey_input: .*", "survey_input: answers  # or counts", text, flags=re.M)
    made = carry_parameters(text, last, year=year, members=members, releases=releases)
    return f"{made}\n# {ask}\n" if ask else made


def _fill(stage: Path, content: Mapping[str, str | bytes], folder: Path, year: int) -> None:
    """Write the data folder; under the lock of `publish`, so that no other run has made it since."""
    if _is_made(folder, year):
        raise UsageError(f"{folder.name}: another run has just made it; run klimatlib new again")
    for name, data in content.items():
        (stage / name).parent.mkdir(parents=True, exist_ok=True)
        (stage / name).touch(mode=0o600 if name.startswith("answers_") else 0o666)
        (stage / name).write_bytes(data.encode() if isinstance(data, str) else data)


# The year's facts and parameters.

_DID = ("activities", "foreword_points", "growth")
_KEY = re.compile(r"^(?P<key>[a-z_]+):(?P<value>[^#\n]*)(?P<comment>#.*)?$")
_DROPPED = ("survey_inferred", "applicants", "data", "previous")


def _facts(text: str, home: str, year: int, members: int, register: pd.DataFrame) -> str:
    """Return the facts of the new year from those of the year before, whose folder the marks name.

    Who joined and left is proposed from the new year's register, and their number from ``members``.
    """
    facts = sources.read_facts(text.encode(), home)
    joined = register["joined"].str.startswith(str(year)) & (register["status"] == "member")
    left = register["left"].str.startswith(str(year))
    of_year: dict[str, Any] = {"count_year_end": members + int(joined.sum()) - int(left.sum())}
    of_year |= {"joined": [*register["name"][joined]], "left": [*register["name"][left]]}
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
            for name, value in {**of_year, "observers_joined": []}.items():  # with what goes on below its key
                entry = f"  {name}: {json.dumps(value, ensure_ascii=False)}\n"
                own_entry = re.compile(rf"^  {name}:.*\n(?:   .*\n)*", re.M)
                block = own_entry.sub(entry.replace("\\", r"\\"), block)
            ask = f"who joined and left in {year}, and observers, as their names are printed, [] for none "
            ask += "(here what the register knows); and the number of members that makes"
            made.append(f"# {todo(ask)}\n" + block.rstrip("\n") + "\n\n")
        else:
            ask = f"{key}: as in {year - 1}; mend what is otherwise in {year}, then take this line away"
            own_year = re.compile(rf"^(  (?:year|title|id): .*){year - 1}", re.M)
            made.append(f"# {todo(ask)}\n" + own_year.sub(rf"\g<1>{year}", block))
    return "".join(made).rstrip("\n") + "\n"


def carry_parameters(
    text: str, last: Params, *, year: int, members: int, releases: Mapping[str, Iterable[str]]
) -> str:
    """Return the parameter file of a new year; what is not known stands as last year's, with a mark.

    ``text`` and ``last`` are the file of the year before and what it says, ``members`` those at the end of it
    as published, ``releases`` those at hand of ``emissions`` and ``population``.
    """

    def ask(value: object, question: str) -> str:
        return f"{value}  # {todo(question)}"

    values = {
        "year": str(year),
        "document_date": ask(f'"{year}-12-31"', "the date of this edition"),
        "emissions_year": ask(last.emissions_year, f"is it the data year of {year}'s report?"),
        "revisions": f'["{last.emissions_vintage}"]',
        "survey_members": ask(last.survey_members, f"how many members were asked in {year}?"),
        "members_previous": str(members),
    }
    for table, here in releases.items():
        used = f'"{getattr(last, f"{table}_vintage")}"'
        question = f"is it the release of {year}'s report? here are {', '.join(here)}"
        values[f"{table}_vintage"] = ask(used, question)
    if last.data_url:  # never the same for two years: it names the datasets
        address = last.data_url.replace(str(year - 1), str(year))
        values["data_url"] = ask(address, f"where will the open data of {year} be?")
    if last.documents:
        titles = {each.id: json.dumps(each.title, ensure_ascii=False) for each in last.documents}
        entries = [f'{{id: {i}, title: {text}, date: "{year}-12-31"}}' for i, text in titles.items()]
        values["documents"] = ask(f"[{', '.join(entries)}]", "the dates of these editions")
    left, lines, carried = dict(values), list[str](), True
    for line in text.splitlines():
        if entry := _KEY.match(line):
            key, comment = entry["key"], entry["comment"]
            carried = key not in (*_DROPPED, *values)  # a value that goes on below its key goes with it
            if value := left.pop(key, ""):
                lines.append(f"{key}: {value}" + (f"  {comment}" if comment and "#" not in value else ""))
        elif not line.strip() or line.startswith("#"):
            lines.append(line.replace(str(year - 1), str(year)))
            continue
        if carried:
            lines.append(line)
    lines += [f"{key}: {value}" for key, value in left.items()]
    lines += ["", "# The report before this one: its published numbers are what this year's are set beside."]
    return "\n".join([*lines, f'previous: "{year - 1}"', ""])


# The files that all years share: unchanged where they have the year already.

_QUESTIONS, _SOURCES = "params/questions.yml", "params/sources.yml"
# For one year's report; `new` makes none of them.
_GIVEN_ANEW = ("consent.csv", "comments.yml", "member_targets.csv", "signatures.csv")
# Of a question: its wordings below each other or in braces, its answer options, its years.
_WORDING = re.compile(r"^(( +)wording:\n(?:\2 .*\n)+)", re.M)
_WORDING_IN_BRACES = re.compile(r"^( +wording: \{.*)\}$", re.M)
_OPTIONS = re.compile(r"^(( +)options:.*\n(?:\2 .*\n)*)", re.M)
_COMPARABLE = re.compile(r"^( +comparable_with: \[.*)\]$", re.M)
_KEPT = {"file", "publisher", "title", "url", "licence"}


def _wordings(inputs: Inputs, year: int, answers: Sequence[Path]) -> tuple[dict[str, str], str]:
    """Return the new year's wordings by question, and the mark of what is to be confirmed, or nothing.

    They are the headings of the answers, or those of the year before where there are no answers yet.
    """
    listed, before = sources.all_questions(inputs).items(), str(year - 1)
    wordings = {name: question.wording[before] for name, question in listed if before in question.wording}
    if not answers:
        ask = f"{_QUESTIONS} has the wordings of {before} for {year} too: write there what was put otherwise"
        return wordings, todo(f"{ask}, then take this line away")
    file = inputs.project.relative(answers[0])
    of_regions = {n: wordings[n] for n, q in listed if q.asked_of == "region" and n in wordings}
    own = {name: wording for name, wording in wordings.items() if name not in of_regions}
    proposed, others = propose_wordings(read_file(answers[0], file), file, own)
    proposed |= of_regions
    lacking = ", ".join(name for name in wordings if name not in proposed)
    ask = f'{_QUESTIONS}: no wording "{year}" was found for {lacking or "any other"} among the headings of '
    ask += f"{file}; those of no question are {' | '.join(others) or 'none'}; write there what was asked"
    return proposed, todo(f"{ask}, then take this line away") if lacking or others else ""


def _add_wordings(inputs: Inputs, year: int, wordings: Mapping[str, str]) -> str:
    """Return the questions, with their wordings of the new year, and comparable with the year before.

    Where the wording is another, `check` asks whether the two years may still be compared.
    """
    text = (inputs.project.root / _QUESTIONS).read_text(encoding="utf-8-sig").rstrip("\n") + "\n"
    before, asked = year - 1, validate(text.encode(), Questions, file=_QUESTIONS).questions
    if any(str(year) in question.wording for question in asked):
        return ""
    head, *blocks = re.split(r"^(?= *- id:)", text, flags=re.M)
    amended, expected = [head], list[Question]()
    for question, block in zip(asked, blocks, strict=False):
        if put := wordings.get(question.id):
            years = tuple(dict.fromkeys([*question.comparable_with, before]))
            wording = {**question.wording, str(year): put}
            entry = f'"{year}": {json.dumps(put, ensure_ascii=False)}'.replace("\\", r"\\")
            block = _WORDING.sub(rf"\1\2  {entry}\n", block, count=1)
            block = _WORDING_IN_BRACES.sub(rf"\1, {entry}}}", block, count=1)
            if not question.comparable_with:
                block = _OPTIONS.sub(rf"\1\2comparable_with: [{before}]\n", block, count=1)
            elif before not in question.comparable_with:
                block = _COMPARABLE.sub(rf"\1, {before}]", block, count=1)
            question = question.model_copy(update={"wording": wording, "comparable_with": years})
        amended.append(block)
        expected.append(question)
    by_hand = f'give each question its wording "{year}"'
    text = "".join(amended)
    return _read_back(text, Questions, _QUESTIONS, lambda file: [*file.questions] == expected, by_hand)


def _add_sources(inputs: Inputs, year: int, answers: Sequence[Path]) -> str:
    """Return the sources with those of the new year's own files, after the year before."""
    project, before, added = inputs.project, str(year - 1), dict[str, dict[str, str]]()
    text = (project.root / _SOURCES).read_text(encoding="utf-8-sig")
    listed = validate(text.encode(), Sources, file=_SOURCES).sources
    for name, source in listed.items():
        folder, _, file = source.file.rpartition("/")
        answers_before = file.startswith((f"answers_{before}.", f"answers_{before}_"))
        of_another_year = file.startswith("answers_") and not answers_before
        given_anew = file in _GIVEN_ANEW or file.startswith("signatures-")
        if folder != project.relative(project.data) or given_anew or of_another_year:
            continue
        stem = name.removesuffix(f"-{project.name}").removesuffix(f"-{before}")
        entry = source.model_dump(exclude_none=True, include=_KEPT)
        if answers_before:
            added[f"{stem}-{year}-of-{before}"] = {**entry, "file": f"data/{year}/{file}"}
            file = file.replace(before, str(year), 1)
        if file == "survey.csv" and answers:
            file = answers[0].name
        title = source.title.replace(before, str(year))
        added[f"{stem}-{year}"] = {**entry, "file": f"data/{year}/{file}", "title": title}
    if {source["file"] for source in added.values()} & {source.file for source in listed.values()}:
        return ""
    entries = yaml.safe_dump(added, allow_unicode=True, sort_keys=False, width=1000).splitlines()
    (indent, *_), names = [*re.findall(r"^ +(?=\w)", text, re.M), ""], {*listed, *added}
    amended = "\n".join([text.rstrip("\n"), *(indent + line for line in entries), ""])
    by_hand = f"add the sources of data/{year}/"
    return _read_back(amended, Sources, _SOURCES, lambda file: {*file.sources} == names, by_hand)


def _read_back(
    text: str, model: type[config.ModelT], file: str, is_right: Callable[[config.ModelT], bool], by_hand: str
) -> str:
    """Return an amended text, if it holds what it should."""
    with suppress(InputError):
        if is_right(validate(text.encode(), model, file=file)):
            return text
    message = f"{by_hand} by hand: its layout is one that klimatlib cannot add to"
    raise InputError([Problem(file, "", message)])


# The tables of the year, and the members' examples.


def _register(text: str, year: int) -> pd.DataFrame:
    """Return the register with those that were known to join or leave in the year."""
    register = _table(text)
    for column, before, status in (("joined", "joined_later", "member"), ("left", "member", "left")):
        of_year = (register["status"] == before) & register[column].str.startswith(str(year))
        register.loc[of_year, "status"] = status
    return register


def _goals(text: str, year: int) -> str:
    """Return the goals without their results; each result has a mark, in the column where it stood."""
    goals = _table(text)
    marks = goals["id"].map(lambda goal: todo(f"result of {goal} in {year}; is its goal still the same?"))
    has_result = goals["result"] != ""
    return _csv(goals.assign(result=marks.where(has_result, ""), result_note=marks.mask(has_result, "")))


def empty_examples(last_year: Sequence[str], *, year: int) -> str:
    """Return the members' examples of the year: none yet, and the codes of whose the report before told."""
    mark = todo(f"the examples that members give in {year}, each with its consent; [] for none")
    codes = f"last_year: {json.dumps([*last_year])}  # told in the report of {year - 1}, and not told again"
    return f"# {mark}\n{codes}\nexamples: []\n"


def _table(text: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(text), dtype="str", keep_default_na=False)


def _csv(frame: pd.DataFrame) -> str:
    return frame.to_csv(index=False, lineterminator="\n")


# The texts.

_OF_THE_YEAR = re.compile(r"\bactivity\[|\bactivities\.|\b(?:facts\.)?(?:foreword_points|growth)\b")
_COMMENT = re.compile(r"{##.*?##}\n?", re.S)
_PLACEHOLDER = re.compile(r"{{.*?}}|{%.*?%}", re.S)
_CHAPTER = re.compile(r"\s*(?:{% set .*\n)*# .*\n")  # its heading, and the variables before it


def _names_of_the_year(facts: Mapping[str, Any]) -> re.Pattern[str]:
    """Return a pattern of what is a year's own: years, what was done, who joined and left."""
    names = [activity["title"] for activity in facts.get("activities", ()) if activity.get("title")]
    lists = ("joined", "left", "observers_joined")
    names += [name for key in lists for name in facts.get("members", {}).get(key, ())]
    return re.compile("|".join([r"\b(?:19|20)\d\d\b", *(rf"\b{re.escape(name)}\b" for name in names)]))


def _text(text: str, year: int, names: re.Pattern[str], *, is_sent: bool) -> str:
    """Return a text of the new year, with at most one mark.

    A text that rests on claims and facts alone is as it was: the linter and those who sign read it anyway.
    Of one that tells what was done all but the chapter's heading stands in a comment, which is never printed.
    Channels' texts are read each year before they are sent.
    """
    printed = _COMMENT.sub("", text)
    bare = _PLACEHOLDER.sub(" ", printed)
    if not _OF_THE_YEAR.search(printed):
        said = re.sub(r"^(?:#|:::).*$", "", printed, flags=re.M).strip()
        own = bool(said) and (is_sent or bare == printed or bool(names.search(bare)))
        read = f"read this text against {year}, mend it, then take this line away"
        return f"{{## {todo(read)} ##}}\n{text}" if own else text
    chapter = match[0] if (match := _CHAPTER.match(printed)) else ""
    moved = [line for line in chapter.splitlines(keepends=True) if _OF_THE_YEAR.search(line)]
    kept = "".join(line for line in chapter.splitlines(keepends=True) if line not in moved)
    body = "".join([*moved, printed.removeprefix(chapter)]).strip("\n")
    named = ", ".join(dict.fromkeys(re.findall(r'activity\["([^"]+)"\]', printed))) or "what follows"
    ask = f"write of {year} in the place of {named}; what {year - 1} said stands below in a comment: take it"
    mark = todo(f"{ask} away, or its marks where it still holds, and this line")
    return f"{{## {mark} ##}}\n{kept}\n{{##\n{body}\n##}}\n"


# A new chapter.

_IN_NAME, _IN_TITLE = re.compile("[0-9]{2}_[a-z][a-z0-9_]{0,40}"), re.compile(r"[^\W\d_][\w ,–-]{0,80}")


def new_chapter(name: str, *, title: str = "", reports: Sequence[str] = ()) -> None:
    """Write a chapter's notebook, its text for each report that has it, and its place in the outline.

    Until the outline has it, which is written last, no report is another, and the same command completes a
    run that was cut off. Its ``name`` has two digits, which place it among the chapters, and small letters,
    as ``60_energy``; its ``title``, by default the name's word, is its heading in the report, in Swedish.
    ``reports`` are those that have it, a year also for later years; by default the newest year's, and those
    that are named otherwise, such as ``demo``. The tests' own world is one of these.

    UsageError, InputError: a name, title or report that cannot be, files that are there already, or no right
    to write.
    """
    root, heading = find_root(), title.strip() or name[3:].replace("_", " ").capitalize()
    if not _IN_NAME.fullmatch(name):
        expected = "expected two digits, which place it, and small letters a to z, as 60_energy"
        raise UsageError(f"{name!r}: no chapter's name; {expected}")
    if not _IN_TITLE.fullmatch(heading):
        raise UsageError(f"{heading!r}: no chapter's heading; expected a few plain words")
    homes = dict[str, Path]()
    for each in config.report_names(root):
        homes[each] = load_project(f"params/{each}.yml", start=root, draft=True).data
    homes |= {texts.parent.name: texts.parent for texts in sorted(root.glob("tests/data/*/data/*/texts"))}
    if unknown := [each for each in reports if each not in homes]:
        raise UsageError(f"{unknown[0]!r}: no report; there is {', '.join(homes)}")
    years = sorted(each for each in homes if each.isdigit())
    meant = [*reports] or [*years[-1:], *(each for each in homes if not each.isdigit())]
    own = [each for each in homes if config.is_among(each, meant)]

    outline_file, notebook = root / Outline.home, root / "notebooks" / f"{name}.ipynb"
    files = {homes[each] / "texts" / f"{name}.md": f"# {heading}\n" for each in own}
    newest = max(own, key=lambda each: (each.isdigit(), each))
    template = (Path(__file__).parent / "assets" / "chapter.json").read_text(encoding="utf-8")
    about = {"name": name, "number": name[:2], "heading": heading, "report": newest}
    files[notebook] = string.Template(template).substitute(about)
    taken = [path for path, text in files.items() if path.exists() and path.read_bytes() != text.encode()]
    files[outline_file] = _add_chapter(outline_file, name, heading, meant if len(own) < len(homes) else [])
    message = "is there already and has another content; give the chapter another name"
    refuse(Problem(path.relative_to(root).as_posix(), "", message) for path in taken)
    _require_rights(files, root)
    for path, text in files.items():
        atomic_write(path, text)
        made = "has its place" if path == outline_file else "made"
        progress("new", f"{path.relative_to(root).as_posix()}: {made}")
    advice = f"klimatlib preview {newest} {name} shows the page"
    progress("new", f"write the text, record and draw in the notebook; {advice}")


def _add_chapter(path: Path, name: str, heading: str, reports: Sequence[str]) -> str:
    """Return the outline with a chapter after those of lower numbers, and who has it, if not all reports."""
    text = decode_strict(read_file(path, Outline.home), Outline.home)
    outline = validate(text.encode(), Outline, file=Outline.home)
    if name in outline.notebooks:
        raise UsageError(f"{name}: is a chapter already; give the new one another name")
    parts = [*enumerate(outline.order)]
    printed = [number for number, entry in parts if entry.split("#")[0] in outline.chapters]
    before = [number for number in printed if outline.order[number] < name]
    after = before[-1] + 1 if before else printed[0] if printed else len(parts)
    places = {"chapters": sum(chapter < name for chapter in outline.chapters), "order": after}
    expected = outline.model_dump()
    for key, place in places.items():
        expected[key] = (*expected[key][:place], name, *expected[key][place:])
    entries = {"titles": heading, **({"reports": tuple(reports)} if reports else {})}
    for key, value in entries.items():
        expected[key] = {**expected[key], name: value}
    with suppress(yaml.YAMLError, AttributeError, LookupError):  # `_read_back` refuses it
        lists = {key.value: node for key, node in vars(yaml.compose(text, Loader=yaml.SafeLoader))["value"]}
        additions = [_addition(text, lists[key], place, name) for key, place in places.items()]
        for key, value in entries.items():
            entry = f"{name}: {json.dumps(value, ensure_ascii=False)}"
            if key in lists:
                additions.append(_addition(text, lists[key], len(lists[key].value), entry))
            else:
                text = f"{text.rstrip()}\n{key}:\n  {entry}\n"
        for position, addition in sorted(additions, reverse=True):
            text = text[:position] + addition + text[position:]
    by_hand = f"add {name} to its chapters and its order"
    return _read_back(text, Outline, Outline.home, lambda file: file.model_dump() == expected, by_hand)


def _addition(text: str, node: Any, place: int, entry: str) -> tuple[int, str]:
    """Return where a list or mapping in a YAML text gets an entry before that in a place, and what to add."""
    last, indent = place == len(node.value), " " * node.start_mark.column
    item = node.value[place - 1 if last else place]
    start, end = (item[0], item[1]) if isinstance(item, tuple) else (item, item)
    if node.flow_style:
        return (end.end_mark.index, f", {entry}") if last else (start.start_mark.index, f"{entry}, ")
    dash = "" if isinstance(item, tuple) else "- "
    if last:
        return f"{text}\n".index("\n", end.end_mark.index), f"\n{indent}{dash}{entry}"
    return text.rindex("\n", 0, start.start_mark.index) + 1, f"{indent}{dash}{entry}\n"
