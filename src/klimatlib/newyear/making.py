"""Make a new year's parameters and data folder, and its entries in the files that all years share."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from klimatlib import examples, published, sources
from klimatlib.errors import InputError, Problem, UsageError
from klimatlib.newyear import facts, parameters, shared, tables, texts
from klimatlib.params import Project, load_project
from klimatlib.project import find_root
from klimatlib.sources import Inputs, questions, release_names
from klimatlib.whole import write_whole

Say = Callable[[str], None]


@dataclass(frozen=True)
class _Whole:
    """A file that is to be written whole, or was there before."""

    path: Path
    text: str
    there: bool


def new(name: str, *, say: Say) -> None:
    """Make a new year's report ready to be filled in, from the finished report of the year before.

    Parameters
    ----------
    name
        The year.
    say
        Told what was made and what was there already, line by line.

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
    asked = [i for i, question in questions(inputs).items() if str(before) in question.wording]
    folder, content = root / "data" / str(year), {}
    if not folder.exists():
        content = dict(_data(last, asked, year))
    files = [*_shared(root, last, year), _parameters(root, last, year)]
    _say(say, last, folder, there=folder.exists(), count=len(content))
    if content:
        _put(folder, content)
    for file in files:
        _say(say, last, file.path, there=file.there)
        if not file.there:
            write_whole(file.path, file.text)
    say(f"klimatlib check {year} says what to fill in; docs/new-year.md goes through it step by step")


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
        "facts.yml": lambda text: facts.carried(text, home=home, year=year),
        "members.csv": lambda text: tables.members(text, year=year),
        "goals.csv": lambda text: tables.goals(text, year=year),
        "published.csv": tables.header,
    }
    for name, make in made.items():
        yield name, make(inputs.read(last.data / name).decode("utf-8-sig")).encode()
    if last.params.survey_input == "counts":
        yield "survey.csv", tables.survey(asked, year=year).encode()
    for path in sorted(last.data.glob(f"answers_{before}.*")):
        yield path.name, inputs.read(path)
    if inputs.exists(sources.examples_file(last)):
        yield (
            "examples.yml",
            tables.examples(examples.members_told(examples.chosen(inputs)), year=year).encode(),
        )
    for path in sorted((last.data / "texts").rglob("*.md")):
        text = inputs.read(path).decode("utf-8-sig")
        name = path.relative_to(last.data).as_posix()
        yield name, texts.carried(text, before=before, year=year).encode()


def _shared(root: Path, last: Project, year: int) -> Iterator[_Whole]:
    """Yield the files of all years with the entries of the new one."""
    for name, amend in (("questions", shared.questions), ("sources", shared.sources)):
        path = root / "params" / f"{name}.yml"
        text = path.read_text(encoding="utf-8-sig")
        amended = amend(text, last, year)
        yield _Whole(path, amended, amended == text)


def _parameters(root: Path, last: Project, year: int) -> _Whole:
    path = root / "params" / f"{year}.yml"
    if path.exists():
        return _Whole(path, "", True)
    members = _members(last)
    text = last.params_path.read_text(encoding="utf-8-sig")
    known = parameters.Known(year, last.name, members, tuple(release_names(Inputs(last))))
    return _Whole(path, parameters.carried(text, last.params, known), False)


def _members(last: Project) -> int:
    """Return how many members the last report counted; the new year is set beside it."""
    book = published.claims(Inputs(last), last.name)
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


def _say(say: Say, last: Project, path: Path, *, there: bool, count: int = 0) -> None:
    made = f"made, {count} files" if count else "made" if not path.exists() else "has the year's entries now"
    say(f"{last.relative(path)}: {'is here already, left as it is' if there else made}")
