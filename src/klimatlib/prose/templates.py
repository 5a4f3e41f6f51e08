"""The report's texts: Markdown with placeholders, whose every number is a claim and carries its id.

`Binder` fills a text in and holds it to its claims. Two kinds of text are made here first, as drafts that a
text prints and that are filled in with it: the sentences on the survey's questions (`themes`), and the
members' own examples that are chosen to be told (`chosen`, `view`).
"""

from __future__ import annotations

import ast
import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

import jinja2
import pandas as pd
from jinja2 import meta, nodes
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing

from klimatlib import swedish
from klimatlib.charts.blocks import Block, Markdown, bound, escape, to_html
from klimatlib.claims.claims import Claim, ClaimBook, exact
from klimatlib.config import Channels, Example, GuardWords, Question
from klimatlib.errors import ClaimError, InputError, Problem, nearest
from klimatlib.files import decode_strict, read_file
from klimatlib.indicators import emissions
from klimatlib.indicators.association import comparison_note
from klimatlib.prose.reading import Language, keep_lemmas
from klimatlib.prose.rules import Class, Reason, Rules, carried, change, is_answer
from klimatlib.prose.statements import (
    Statement,
    bare_digits,
    blank,
    english_book,
    faults,
    judged,
    language_of,
    lint_source,
    mark,
    read,
    typography,
    unmark,
)
from klimatlib.sources import inputs as sources
from klimatlib.sources.inputs import Inputs
from klimatlib.sources.survey_export import survey_answers
from klimatlib.sources.tables import refuse, rows


class Draft(str):
    """Text whose placeholders are filled in where a template prints it."""

    __slots__ = ()


def drafts(texts: Sequence[str]) -> list[Draft]:
    """Return texts whose placeholders are to be filled in where a template prints them."""
    return [Draft(text) for text in texts]


@dataclass
class Binder:
    """Binds texts to the year's facts and claims."""

    facts: Mapping[str, Any]  # of the year, nested
    book: ClaimBook  # claims that may be printed; numbers from the facts are recorded in it
    year: int  # of the report
    source: str  # where the facts come from, as printed
    extra: Mapping[str, Any] = field(default_factory=dict)  # more names that the texts may use
    words: GuardWords | None = None  # that the claims must carry; needed to render
    language: Language = "sv"
    names: Mapping[str, str] = field(default_factory=dict)  # of municipalities, by code
    gaps: bool = False  # print names that only a notebook knows as gaps

    @property
    def rules(self) -> Rules:
        """The rules that hold a text to its claims; made anew when numbers have been recorded since."""
        if self.words is None:
            raise TypeError("a text is held to its claims by guard words; give them")
        return Rules(self.words, self.book, self.language, self.names)

    @cached_property
    def _counts(self) -> Any:
        """The facts, their numbers as counts."""
        return _counted(self.facts)

    def render(self, text: str, *, file: str) -> Block:
        """Return a text with its placeholders filled in.

        Raises InputError: unknown names, a template that cannot be read, and all that the linter finds; with
        file and line.
        """
        if problems := placeholders(text, file=file):
            raise InputError(problems)
        rendered, ids = self.fill(text, file=file)
        if problems := faults(text, rendered, self.rules, file=file):
            raise InputError(problems)
        markdown = unmark(rendered)
        return Block(markdown, to_html(markdown, [self.book[claim_id] for claim_id in ids]), ids)

    def statements(self, text: str, *, file: str) -> list[Statement]:
        """Return a text's statements and the claims in them, not yet judged."""
        return list(read(self.fill(text, file=file)[0], self.book))

    def fill(self, text: str, *, file: str) -> tuple[str, tuple[str, ...]]:
        """Return the text filled in, its lines marked, and the ids of the claims that it prints.

        Raises InputError: unknown names, or a template that cannot be read; with file and line.
        """
        printed: dict[str, None] = {}

        def claim(claim_id: str, *, words: bool = False, form: str = "", upper: bool = False) -> Markdown:
            if self.gaps and (isinstance(claim_id, _Gap) or claim_id not in self.book):
                return Markdown(GAP)
            claim = self.book[claim_id]
            printed[claim_id] = None
            form = form or ("ett" if claim.unit == "years" else "en")
            if words and claim.value != int(claim.value):
                raise LookupError(f"{claim_id} is {claim.text}; only a whole number has words")
            number = swedish.in_words(int(claim.value), form) if words else claim.text
            return bound(swedish.upper_first(number) if upper else number, claim_id)

        def about(claim_id: str) -> Claim | _Gap:
            return _Gap() if self.gaps and claim_id not in self.book else self.book[claim_id]

        def number(
            path: str, *, words: bool = False, form: str = "en", unit: str = "", counts: str = ""
        ) -> Markdown:
            claim = self.book.record(self._fact(path, unit, counts))
            printed[claim.id] = None
            in_words = words and claim.unit == "count" and float(claim.value).is_integer()
            return bound(swedish.in_words(int(claim.value), form) if in_words else claim.text, claim.id)

        facts = self._counts
        names = {
            **self.extra, "facts": facts, "fact": lambda path: look_up(facts, path), "year": self.year,
            "activity": {activity["id"]: activity for activity in facts.get("activities", ())},
            "claim": claim, "about": about, "has": self.book.__contains__, "number": number,
        }  # fmt: skip
        try:
            environment = _WITH_GAPS if self.gaps else TEMPLATES
            return environment.from_string(_parsed(text), globals=names).render(), tuple(printed)
        except jinja2.TemplateSyntaxError as error:
            problem = Problem(file, f"line {error.lineno}", str(error.message))
        except InputError:
            raise
        except Exception as error:  # whatever a filter or a name comes to, it has a place in the text
            message = str(error.args[0]) if error.args else str(error)
            kind = "" if isinstance(error, _TOLD) else f"{type(error).__name__}: "
            advice = "; a placeholder only prints" if isinstance(error, SecurityError) else ""
            problem = Problem(file, _template_line(error), f"{kind}{message or 'cannot be printed'}{advice}")
        raise InputError([*lint_source(text, file=file), problem])

    def _fact(self, path: str, unit: str, counts: str) -> Claim:
        """Return the claim of a number among the facts."""
        value = count(look_up(self.facts, path), path)
        is_year = path.endswith("year")
        text = str(value) if is_year else swedish.number(value, 0 if float(value).is_integer() else 1)
        parts = path.split(".")
        known = self.words.counted if self.words else {}
        what = counts or next((known[part] for part in reversed(parts) if part in known), "")
        if not what:
            raise LookupError(f"nothing says what {path!r} counts; write number({path!r}, counts='antal …')")
        definition = swedish.upper_first(what)
        for length in range(len(parts), 0, -1):
            node = look_up(self.facts, ".".join(parts[:length]))
            if isinstance(node, Mapping) and "title" in node:
                definition = f"{node['title']}: {what}"
                break
        text, unit = (swedish.quantity(value, unit), unit) if unit else (text, "year" if is_year else "count")
        return Claim(
            f"fact-{swedish.slug(path)}", self.year, exact(value), unit, text, "fact", measure=path,
            data_year=self.year, definition=definition, source=self.source,
        )  # fmt: skip


class _Count(int):
    """A number among the facts: to compare with, and to print by ``number()`` alone."""


def _counted(facts: Any, key: str = "") -> Any:
    """Return facts whose numbers are counts, but for years and for ids, which are names."""
    if isinstance(facts, Mapping):
        return {name: _counted(value, str(name)) for name, value in facts.items()}
    if isinstance(facts, list | tuple):
        return [_counted(value, key) for value in facts]
    year = isinstance(facts, int) and 1900 <= facts <= 2100
    if year or isinstance(facts, bool) or key in ("id", "number"):
        return facts
    return _Count(facts) if isinstance(facts, int) else facts


GAP = "…"
_TOLD = (jinja2.UndefinedError, LookupError, SecurityError, ClaimError)  # whose messages say all


class _Gap(jinja2.ChainableUndefined):
    """A name that only a notebook knows, in a text that is filled in without it."""

    def __call__(self, *_: object, **__: object) -> Any:
        return self

    __add__ = __radd__ = __getitem__ = __call__

    def _never(self, other: object) -> bool:
        return False

    __lt__ = __gt__ = __le__ = __ge__ = _never  # type: ignore[assignment]

    def __str__(self) -> str:
        return GAP


@jinja2.pass_context
def _printed(context: Context, value: object) -> object:
    """Return a value as it is printed: a draft filled in like the text around it, foreign text escaped."""
    if isinstance(value, Draft):
        return Markdown(context.environment.from_string(value, globals=context.get_all()).render())
    if isinstance(value, _Count | float | Decimal):
        raise LookupError(f"{value} is bound to nothing; print it by claim() or number()")
    if isinstance(value, bool) or not isinstance(value, str | int | jinja2.Undefined):
        kind = "nothing" if value is None else f"a {type(value).__name__}"
        raise LookupError(f"a placeholder prints {kind}; expected text: a part of it, or a list by | listing")
    return escape(value) if isinstance(value, str) else value


def _upper_first(text: str) -> str:
    """Return a text, or a bound number, with its first letter in upper case."""
    if isinstance(text, Markdown):
        return Markdown(text[:1] + swedish.upper_first(text[1:]))
    return swedish.upper_first(text)


def _dates(span: Mapping[str, str]) -> str:
    return swedish.date_range(span["start"], span["end"])


def _listing(items: Iterable[object], last: str = "och") -> str:
    listed = [items] if isinstance(items, str) else [*items]
    if isinstance(items, str) or not all(isinstance(item, str | int) for item in listed):
        raise LookupError("listing makes words of a list of texts; give it one, as map(attribute=…) makes it")
    return swedish.listing([str(item) for item in listed], last)


# The environment of all texts; the pages have another, which escapes HTML and reads files.
TEMPLATES = ImmutableSandboxedEnvironment(
    undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    comment_start_string="{##", comment_end_string="##}", finalize=_printed, autoescape=False,
)  # fmt: skip
TEMPLATES.filters |= {
    "date": swedish.date, "dates": _dates, "month": swedish.month, "listing": _listing,
    "lower_first": swedish.lower_first, "upper_first": _upper_first,
}  # fmt: skip
del TEMPLATES.filters["indent"]  # given a list, it adds to the facts themselves


@lru_cache(maxsize=200)  # a text is looked at in several ways
def _parsed(text: str) -> nodes.Template:
    return TEMPLATES.parse(mark(text))


class _GapContext(Context):
    """Gives a gap for each name that nothing gives."""

    def resolve_or_missing(self, key: str) -> Any:
        value = super().resolve_or_missing(key)
        return _Gap() if value is missing else value


_WITH_GAPS = TEMPLATES.overlay()
_WITH_GAPS.context_class = _GapContext


def _template_line(error: Exception) -> str:
    """Return the innermost line of a template that an error came through."""
    trace, line = error.__traceback__, ""
    while trace:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = f"line {trace.tb_lineno}"
        trace = trace.tb_next
    return line


# ---- the statements of a report's texts --------------------------------------------------------------
_OF_TEXTS = (".md", ".qmd", ".txt")


def lint_report(
    inputs: Inputs, files: Iterable[Path] = ()
) -> tuple[list[tuple[str, Statement]], list[Problem]]:
    """Return the statements of a report's texts, each with its file, by the last run's claims; and problems.

    ``inputs``: the report's inputs. ``files``: markdown files to read instead of the report's own texts.
    Raises InputError: when there are no claims of a run, or a file is no text.
    """
    project, words = inputs.project, sources.guard_words(inputs)
    published = sources.published_claims(inputs, project.reviewed.name)
    book = ClaimBook(claim for claim in published if claim.kind != "fact")
    questions, facts = sources.questions(inputs), sources.facts(inputs)
    places = sources.places(inputs).names
    # A table may be members' answers, and the statements are printed.
    expected = f"no text; expected Markdown, a file {' or '.join(_OF_TEXTS)}"
    refuse(Problem(str(path), "", expected) for path in files if path.suffix.lower() not in _OF_TEXTS)
    extra: dict[str, Any] = {
        "params": project.params,
        "survey_theme": themes(questions, book),
        "survey_comparisons": comparisons(questions, book),
        "definition": emissions.DEFINITIONS[project.params.definition],
        "examples": view(chosen(inputs), questions),
        **of_emissions(inputs, book, places),
    }
    channels = inputs.model(project.root / "params" / "channels.yml", Channels).channels
    notebooks = [project.root / "notebooks" / f"{name}.ipynb" for name in sources.outline(inputs).notebooks]
    cells = [read_file(path, project.relative(path)).decode(errors="replace") for path in notebooks]
    printed = {name for text in cells for name in _PRINTS.findall(text)}
    english = [project.data / f"texts/channels/{each.text}.md" for each in channels if each.language == "en"]
    about = (project.params.year, "facts.yml", extra, words)
    swedish_binder = Binder(facts, book, *about, "sv", places, gaps=True)
    english_binder = Binder(facts, english_book(book), *about, "en", places, gaps=True)
    binders, languages = (swedish_binder, english_binder), get_args(Language)
    # of the language that a number is printed in, and that of the words
    rules = {(b.language, each): replace(b.rules, language=each) for b in binders for each in languages}
    home, found, problems = project.data / "texts", list[tuple[str, Statement]](), list[Problem]()
    texts = list[tuple[bool, str, str, Path]]()
    for path in [*files] or sorted(home.rglob("*.md")):
        own = home in path.parents
        shown = project.relative(path) if own else str(path)
        data = inputs.read(path) if own else read_file(path, shown)
        texts.append((own, shown, decode_strict(data, shown), path))
    for path in notebooks if not files else ():
        texts += [(True, *headline) for headline in _headlines(path, project.relative(path))]
    for own, shown, source, path in texts:
        language: Language = "en" if path in english else "sv"
        binder = english_binder if language == "en" else swedish_binder
        known = binder.book
        try:
            rendered, _ = binder.fill(source, file=shown)
        except InputError as error:
            problems += error.problems
            continue
        if not own or path.name in printed or path in notebooks:
            problems += unknown_claims(source, known, file=shown)
        problems += placeholders(source, file=shown)
        if language == "sv" and own:
            problems += typography(source, file=shown)
        digits = {problem.where: problem for problem in bare_digits(source, file=shown, years=not own)}
        for statement in read(rendered, known):
            if GAP in statement.text:
                continue
            statement = judged(statement, rules[language, language if own else language_of(statement.text)])
            for line in {f"line {line}": None for _, line in statement.lines if f"line {line}" in digits}:
                reason = Reason(0, "false", "digit", digits.pop(line).text)
                statement = replace(statement, class_="false", reasons=(*statement.reasons, reason))
            found.append((shown, statement))
        problems += digits.values()
    keep_lemmas()
    return found, problems


def _headlines(path: Path, file: str) -> Iterator[tuple[str, str, Path]]:
    """Yield the headlines that a notebook gives its charts in words, each with its place and the notebook."""
    for cell in json.loads(read_file(path, file))["cells"]:
        try:
            tree = ast.parse("".join(cell["source"])) if cell["cell_type"] == "code" else ast.Module([], [])
        except SyntaxError:  # told where cells are tried
            continue
        for word in (word for call in ast.walk(tree) if isinstance(call, ast.Call) for word in call.keywords):
            if word.arg == "headline" and isinstance(word.value, ast.Constant):
                yield f"{file}, cell {cell['id']}", str(word.value.value), path


def of_emissions(inputs: Inputs, book: ClaimBook, places: Mapping[str, str]) -> dict[str, Any]:
    """Return what texts may say of emissions, by name; nothing where no chapter tells of them.

    ``places`` are the names of municipalities by code.
    """
    if not book.select(subject="members", role="achieved"):
        return {}
    sectors = sources.sectors(inputs)
    return {
        "sectors": emissions.sector_highlights(book, inputs.project.params, sectors),
        "spread": emissions.spread_view(book, places, sectors), "paces": emissions.achieved_paces(book),
        "pace_told": Draft(emissions.pace_sentence(book)), "targets": emissions.pace_view(book),
        "later": Draft(emissions.later_levels(book)),
    }  # fmt: skip


def own_words(inputs: Inputs) -> set[str]:
    """Return the association's own words: those of its facts and of ``params/guard_words.yml``."""
    facts = json.dumps(sources.facts(inputs), ensure_ascii=False).lower()
    return {*re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", facts), *sources.guard_words(inputs).spelling}


_PRINTS = re.compile(r'chapter\.text\(\\?"([a-z0-9_]+\.md)\\?"')
_CLAIM = re.compile(r"\b(?P<how>claim|about|has)\([\"'](?P<id>[^\"']*)[\"'] *[,)]")


def unknown_claims(source: str, book: ClaimBook, *, file: str) -> list[Problem]:
    """Find the claims that a text names and a run has not recorded, but for those that it asks for first."""
    asked = {name["id"] for name in _CLAIM.finditer(source) if name["how"] == "has"}
    problems = []
    for number, line in enumerate(_COMMENT.sub(blank, source).split("\n"), 1):
        for name in _CLAIM.finditer(line):
            if name["id"] not in book and name["id"] not in asked:
                advice = nearest(name["id"], (claim.id for claim in book))
                advice = advice or "record it in a notebook, or mend the name"
                problems.append(Problem(file, f"line {number}", f"no claim {name['id']!r}; {advice}"))
    return problems


def in_lines(found: Iterable[tuple[str, Statement]], *, as_json: bool) -> Iterator[str]:
    """Yield statements as lines: all as JSON, or those that are false or open with why, and then how many."""
    counts = Counter[str]()
    for file, statement in found:
        counts[statement.class_] += 1
        if as_json:
            yield json.dumps(statement.as_dict(file), ensure_ascii=False)
        elif statement.class_ in ("false", "open"):
            yield f"{file}: line {statement.line()}: {statement.class_}: {statement.words}"
            yield from (f"    {reason.decision}: {reason.text}" for reason in statement.reasons)
    if not as_json:
        yield ", ".join(f"{counts[each]} {each}" for each in get_args(Class))


# ---- placeholders: only claim() and number() print numbers -------------------------------------------
_NAMES_OF_ALL = ("facts", "activity", "year", "fact", "about", "has", "claim", "number", "params")
_BINDING = {"claim", "number", "about", "has", "fact", "survey_theme"}
_BARE_NUMBERS = {
    "about()": ("n", "k", "members", "value", "text"),
    "params": ("survey_members", "minimum_cell", "members_previous"),
}
_OF_CLAIMS = {"upper_first", "lower_first", "listing"}
_COUNTING = {"length", "count", "wordcount", "sum", "round", "int", "float", "abs", "format", "min", "max"}
_COUNTING |= {"random", "string", "center", "tojson", "filesizeformat"}
_ARITHMETIC = (nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Pow, nodes.Neg)


def placeholders(text: str, *, file: str) -> list[Problem]:
    """Find the placeholders that would print a number which is neither a claim's nor a fact's.

    A constant with a digit, arithmetic, ``loop.index``, a filter that counts, a number out of a claim's
    fields, and any filter on a claim but the first letter's case.
    """
    try:
        tree = _parsed(text)
    except jinja2.TemplateSyntaxError as error:
        message = f"{error.message}; close the placeholder, or end the block"
        return [Problem(file, f"line {error.lineno}", message)]
    found = dict[tuple[int, str], None]()
    for printed in tree.find_all((nodes.Output, nodes.Assign)):
        parts = printed.iter_child_nodes(exclude=["target"])
        found.update(dict.fromkeys(each for node in parts for each in _numbers_of(node)))
    advice = "print a number by claim() or number()"
    return [Problem(file, f"line {line}", f"a placeholder prints {what}; {advice}") for line, what in found]


def _numbers_of(node: nodes.Node) -> Iterator[tuple[int, str]]:
    """Yield what in a printed expression makes a number of its own, with its line."""
    if isinstance(node, nodes.TemplateData) or _calls(node) in _BINDING:
        return
    if isinstance(node, nodes.Getitem):  # the place of an item
        yield from _numbers_of(node.node)
        return
    if isinstance(node, nodes.Const) and any(sign.isdigit() for sign in str(node.value)):
        yield node.lineno, f"the constant {str(node.value)!r}"
    elif isinstance(node, _ARITHMETIC):
        yield node.lineno, "arithmetic"
    elif isinstance(node, nodes.Getattr):
        name = node.node.name if isinstance(node.node, nodes.Name) else f"{_calls(node.node)}()"
        if name == "loop" or node.attr in _BARE_NUMBERS.get(name, ()):
            yield node.lineno, f"{name}.{node.attr}"
    elif isinstance(node, nodes.Filter):
        of_claim = _calls(node.node) in ("claim", "number") and node.name not in _OF_CLAIMS
        if node.name in _COUNTING or of_claim:
            yield node.lineno, f"what the filter {node.name} makes"
    for child in node.iter_child_nodes():
        yield from _numbers_of(child)


def _calls(node: nodes.Node | None) -> str:
    """Return the name of the function that an expression calls."""
    return node.node.name if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) else ""


def unknown_names(text: str, known: Collection[str], *, file: str) -> list[Problem]:
    """Find the names in a text that nothing gives it: neither all texts have them, nor is it ``known``."""
    given, names = {*known, *_NAMES_OF_ALL, *TEMPLATES.globals}, [*_parsed(text).find_all(nodes.Name)]
    if given.issuperset(node.name for node in names):  # to tell what is set in the text takes longer
        return []
    try:
        unknown = meta.find_undeclared_variables(_parsed(text)) - given
    except jinja2.TemplateSyntaxError:  # an unknown filter: told where the text is filled in
        return []
    uses = [node for node in names if node.name in unknown]
    found = {node.name: node.lineno for node in reversed(uses)}
    advice = f"expected one of {', '.join(sorted({*known, *_NAMES_OF_ALL}))}, or set it before"
    return [Problem(file, f"line {line}", f"no name {name!r}; {advice}") for name, line in found.items()]


# ---- facts by their path -------------------------------------------------------------------------
_COMMENT = re.compile(r"{##.*?##}", re.S)
_NAMES = re.compile(r'\b(?P<kind>fact|number)\("(?P<path>[^"]+)"[,)]|\bactivity\["(?P<activity>[^"]+)"\]')


def look_up(facts: Any, path: str) -> Any:
    """Return what stands at a dotted path; list items go by id, name or place.

    Raises LookupError: with the part of the path that leads nowhere.
    """
    node = facts
    for part in path.split("."):
        if isinstance(node, Mapping) and part in node:
            node = node[part]
            continue
        items = node if isinstance(node, Sequence) and not isinstance(node, str) else ()
        if part.isdigit() and int(part) < len(items):
            node = items[int(part)]
            continue
        named = (
            item for item in items if isinstance(item, Mapping) and part in (item.get("id"), item.get("name"))
        )
        node = next(named, None)
        if node is None:
            raise LookupError(f"no fact {path!r}: {part!r} is not there; mend the name, or add it")
    return node


def count(value: Any, path: str) -> float:
    """Return a fact as a count; of a list the number of its items.

    Raises LookupError: it is no number, or less than nought.
    """
    if isinstance(value, list):
        return len(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise LookupError(f"the fact {path!r} is no number but {value!r}; write digits, without quotes")
    if value < 0:
        raise LookupError(f"the fact {path!r} is {value}; expected a count, at least 0")
    return value


def lacking(text: str, facts: Mapping[str, Any], *, file: str) -> list[Problem]:
    """Find what a text's source names and the facts do not have, or not as a number; ``file`` is its name."""
    problems = []
    without_comments = _COMMENT.sub(blank, text)
    for number, line in enumerate(without_comments.split("\n"), 1):
        for name in _NAMES.finditer(line):
            path = name["path"] or f"activities.{name['activity']}"
            try:
                value = look_up(facts, path)
                if name["kind"] == "number":
                    count(value, path)
            except LookupError as error:
                problems.append(Problem(file, f"line {number}", str(error.args[0])))
    return problems


# ---- sentences on the survey's questions ---------------------------------------------------------
_OF_THEM = " av de svarande"
_VERB = re.compile(r"(?P<verb>\S+(?: (?:och|eller) \S+)?) (?P<rest>.+)")
_AGAIN = {"har": "har det", "är": "är det"}


class Composed(NamedTuple):
    """A sentence that klimatlib composes on a question, with placeholders for its claims, and what it tells.

    ``part``: the share, how many answered the question, the comparison with an earlier year, or more on it.
    """

    question: Question
    part: Literal["share", "respondents", "compared", "detail"]
    text: str


def themes(questions: Mapping[str, Question], book: ClaimBook) -> Callable[[str], Draft]:
    """Return what a text calls for the sentences of a theme: ``{{ survey_theme("kolsankor") }}``.

    The questions go by their ids; the order of their themes decides how the sentences vary.
    """
    return lambda theme: Draft("\n".join(sentence.text for sentence in of_theme(theme, questions, book)))


def of_theme(theme: str, questions: Mapping[str, Question], book: ClaimBook) -> list[Composed]:
    """Return the sentences of a theme one by one, as `themes` prints them.

    Raises LookupError: no such theme.
    """
    order = list(dict.fromkeys(question.theme for question in questions.values()))
    if theme not in order:
        raise LookupError(f"no survey theme {theme!r}; there is {', '.join(order)}")
    asked = [question for question in questions.values() if question.theme == theme]
    return composed(asked, book, place=order.index(theme))


def composed(questions: Sequence[Question], book: ClaimBook, *, place: int = 0) -> list[Composed]:
    """Compose the sentences on a theme's questions, those on the largest share first.

    ``questions``: the theme's questions; one without a claim was not asked this year and is left out.
    ``book``: claims of the year. ``place``: the theme's place among the themes; neighbours begin in different
    ways.

    Raises InputError: a question without words for its sentence, or with a typed number in them.
    """
    asked = sorted((one for one in questions if _id(one) in book), key=lambda one: -book[_id(one)].value)
    if problems := [problem for question in asked for problem in unfit(question)]:
        raise InputError(problems)
    texts = []
    for step, question in enumerate(asked):
        claim = book[_id(question)]
        # How many answered, where that is another number than the chapter has printed already.
        own_n = "survey-respondents" in book and claim.n != book["survey-respondents"].value
        answered = f'Frågan besvarades av {{{{ about("{claim.id}").n }}}}.' if own_n else ""
        detail, share = question.detail.get(str(claim.year), ""), _share(question, book, place, step)
        texts += [Composed(question, "share", share), Composed(question, "respondents", answered)]
        texts += [
            Composed(question, "compared", compared(question, book)),
            Composed(question, "detail", detail),
        ]
    return [sentence for sentence in texts if sentence.text]


def most_common(questions: Mapping[str, Question], book: ClaimBook) -> str:
    """Return the headline on the largest share of all: what `themes` says of it, or the question's label."""
    first = max((q for q in questions.values() if _id(q) in book), key=lambda q: book[_id(q)].value)
    if unfit(first):
        return f'{first.label}: {{{{ claim("{_id(first)}") }}}}{_OF_THEM}'
    return _share(first, book, 0, 0).removesuffix(".")


def _share(question: Question, book: ClaimBook, place: int, step: int) -> str:
    claim = book[_id(question)]
    number = f'{{{{ claim("{claim.id}") }}}}'
    of_them = f"{number}{'' if step else _OF_THEM}"
    verb, rest = _phrase(question)
    degree = f", {question.degree}" if question.degree else ""
    others = [other for other in book if is_answer(other) and other.id != claim.id]
    if step == 0 and others and all(claim.value > other.value for other in others):
        again = _AGAIN.get(verb, "gör det")
        return f"Flest {verb} {rest}: {of_them} {again} {question.degree or ''}".rstrip() + "."
    if question.turned and (place + step) % 2:
        return question.turned.replace("{share}", of_them) + f"{degree}."
    if step == 0 and place % 2 == 0:
        return f"{_OF_THEM.strip().capitalize()} {verb} {number} {rest}{degree}."
    return f"{of_them} {verb} {rest}{degree}."


def compared(question: Question, book: ClaimBook) -> str:
    """Return the sentence on an earlier year, as far as the numbers carry it; empty with nothing to compare.

    ``question``: the question; its comparison note gives the reason for a broken series. ``book``: claims of
    the year; the earlier share is one of them.
    """
    claim = book[_id(question)]
    previous = f"{claim.id}-previous"
    year, before = f'{{{{ about("{claim.id}").previous_year }}}}', f'{{{{ claim("{previous}") }}}}'
    support = carried(claim)
    if support == "none" or previous not in book:
        return ""
    note = swedish.lower_first(comparison_note(question, claim)).rstrip(".")
    if support == "broken":
        return f"Andelen kan inte jämföras med {year}: {note}."
    if question.changed(claim.previous_year or 0, claim.year):
        return f"År {year} var andelen {before}, men {note}."
    if support == "yes":
        return f"Det är en {'ökning' if change(claim) > 0 else 'minskning'} från {before} {year}."
    if claim.text == book[previous].text:
        return f"År {year} var andelen lika stor."
    if support == "few":
        return f"År {year} var andelen {before}, men skillnaden motsvarar bara några få svarande."
    return f"År {year} var andelen {before}; hur många som svarade då är inte känt."


def comparisons(questions: Mapping[str, Question], book: ClaimBook) -> Draft:
    """Return the sentences on which of the year's questions may be set beside an earlier year, and which not.

    ``questions`` are by id; ``book`` has the claims of `indicators.association.survey_claims`.
    """
    answers: dict[str, Any] = {"kind": "share", "role": "main", "denominator": "respondents"}
    claims = [claim for question in questions for claim in book.select(measure=question, **answers)]
    beside = [claim for claim in claims if claim.comparable in ("yes", "caution")]
    earlier = {claim.measure: claim for claim in book.select(kind="share", role="previous")}
    unknown = [c for c in beside if c.comparable == "caution" and not getattr(earlier.get(c.measure), "n", 0)]
    sentences = list[str]()

    def names(those: Iterable[Claim]) -> str:
        return swedish.listing([f"”{questions[claim.measure].label}”" for claim in those])

    if beside:
        of_years = {claim.previous_year or 0: claim.id for claim in beside}
        years = [f'{{{{ about("{claim_id}").previous_year }}}}' for _, claim_id in sorted(of_years.items())]
        number = '{{ claim("survey-compared", words=true, upper=true) }}'
        asked = "fråga" if len(beside) == 1 else "frågor"
        sentences.append(f"{number} {asked} går att ställa bredvid {swedish.listing(years, 'eller')}.")
    if unknown and len(unknown) == len(beside):
        sentences.append(_ONLY_SHARES[len(beside) == 1])
    elif unknown:
        why = f"Hur många som svarade då är inte känt för {names(unknown)}"
        sentences.append(f"{why}; läs det med försiktighet.")
    thens = {"caution": "läs det med försiktighet", "broken": "andelarna går inte att jämföra"}
    for light, then in thens.items():
        if those := [claim for claim in claims if claim.comparable == light and claim not in unknown]:
            sentences.append(f"Frågan eller svarsalternativen var andra då för {names(those)}; {then}.")
    if rest := sum(claim.comparable == "" for claim in claims):
        which = "Den återstående frågan" if rest == 1 else "Övriga frågor"
        nothing = f"{which} har ingen" if sentences else "Ingen fråga har en"
        sentences.append(f"{nothing} tidigare siffra att jämföra med.")
    return Draft("\n".join(sentences))


_ONLY_SHARES = (
    "Då är bara andelarna kända, inte hur många som svarade, så förändringarna bör läsas med försiktighet.",
    "Då är bara andelen känd, inte hur många som svarade, så förändringen bör läsas med försiktighet.",
)


def _phrase(question: Question) -> tuple[str, str]:
    """Return the verb of a question's sentence, and what follows it."""
    match = _VERB.fullmatch(question.verb_phrase or "")
    return (match["verb"], match["rest"]) if match else ("", "")


def unfit(question: Question) -> list[Problem]:
    """Return why klimatlib can compose no sentence on a question: no words for it, or a typed number."""
    file = "params/questions.yml"
    if not _phrase(question)[0]:
        message = "no verb_phrase; write what those who say yes do, as ”arbetar med lokala kolsänkor”"
        return [Problem(file, question.id, message)]
    authored = (question.verb_phrase, question.turned, question.degree, *question.detail.values())
    words = "\n".join(filter(None, authored)).replace("{share}", "{{ share }}")
    notes = bare_digits("\n".join(question.comparison_note.values()), file=file, years=True)
    problems = [*lint_source(words, file=file), *notes]
    return [Problem(file, question.id, problem.text) for problem in problems]


def _id(question: Question) -> str:
    return f"survey-{question.id}"


# ---- good examples: which of the members' own are told -------------------------------------------
MOST = 4  # examples in a report
_PARTS = {  # of the country, by the county's code; the others are Götaland
    **dict.fromkeys(("21", "22", "23", "24", "25"), "Norrland"),
    **dict.fromkeys(("01", "03", "04", "17", "18", "19", "20"), "Svealand"),
}
_SIZES = ((30_000, "under 30 000"), (100_000, "30 000-100 000"))  # inhabitants


@dataclass(frozen=True)
class Candidate:
    """An example that a member has given."""

    example: Example
    name: str  # of its member
    part: str  # of the country
    size: str  # the size class of its member
    theme: str  # of its question
    supported: bool  # whether the member's own answer to the question counts as yes

    @property
    def traits(self) -> tuple[str, str, str]:
        """What the choice spreads over."""
        return self.part, self.size, self.theme

    def lot(self, year: int) -> str:
        """Return its lot for a year: a hash of year, member and question, so that it can be drawn again."""
        return hashlib.sha256(f"{year} {self.example.member} {self.example.question}".encode()).hexdigest()


@dataclass(frozen=True)
class Choice:
    """A candidate, its place among those that are told (0 for one that is not), and why."""

    candidate: Candidate
    place: int
    why: str


def chosen(inputs: Inputs) -> list[Choice]:
    """Return the year's examples with the choice between them; none without ``examples.yml``.

    Raises InputError: an example that cannot be read, or whose text has a number of its own.
    """
    given = sources.examples(inputs)
    if not given.examples:
        return []
    if problems := example_faults(inputs):
        raise InputError(problems)
    params, questions = inputs.project.params, sources.questions(inputs)
    names = {row.code: row.name for row in rows(sources.members(inputs))}
    counties = {row.municipality_code: row.county_code for row in rows(sources.municipalities(inputs))}
    table = sources.population(inputs)
    table = table[table["year"] == params.emissions_year]
    inhabitants = {row.municipality_code: int(row.population) for row in rows(table)}
    says_yes = set[tuple[str, str]]()
    if params.survey_input == "answers":
        answers = survey_answers(inputs)
        yes = answers[answers["counts_as"] == "yes"]
        says_yes = {*zip(yes["code"], yes["question_id"], strict=True)}
    candidates = [
        Candidate(
            example, names[example.member],
            # A region has its county's code, and no inhabitants here.
            _PARTS.get(counties.get(example.member, example.member), "Götaland"),
            _size(inhabitants.get(example.member)), questions[example.question].theme,
            (example.member, example.question) in says_yes,
        )
        for example in given.examples
    ]  # fmt: skip
    return choose(candidates, last_year=given.last_year, year=params.year)


def _size(inhabitants: int | None) -> str:
    """Return the size class of a municipality; that of a region, without inhabitants, is its own."""
    if inhabitants is None:
        return "region"
    return next((size for limit, size in _SIZES if inhabitants < limit), "from 100 000")


def example_faults(inputs: Inputs) -> list[Problem]:
    """Find what the linter sees in the texts as they stand: a number that is bound to nothing, typography."""
    file = inputs.project.relative(inputs.project.data / "examples.yml")
    return [
        Problem(file, f"examples.{place}.text", problem.text)
        for place, example in enumerate(sources.examples(inputs).examples)
        for problem in lint_source(example.text, file=file)
    ]


def choose(
    candidates: Sequence[Candidate], *, last_year: Iterable[str], year: int, most: int = MOST
) -> list[Choice]:
    """Choose the examples that are told, in order, and say of each why.

    Each step takes the example whose part of the country, size and theme have been taken least; of equals
    the one whose part has, and then the lot decides.

    ``candidates``: the examples, in any order. ``last_year``: codes of the members whose examples the report
    before told. ``year``: the report's year; the lot is drawn anew each year. ``most``: how many are told at
    most.

    Those that are told come first, in order, then the others.
    """
    before, choices, taken = {*last_year}, list[Choice](), list[Candidate]()

    def uses(one: Candidate) -> list[int]:
        return [[other.traits[i] for other in taken].count(trait) for i, trait in enumerate(one.traits)]

    ready = [one for one in candidates if one.supported and one.example.member not in before]
    while ready and len(taken) < most:
        best = min(ready, key=lambda one: (sum(uses(one)), uses(one)[0], one.lot(year)))
        new = [trait for trait, times in zip(best.traits, uses(best), strict=True) if not times]
        why = f"first of {', '.join(new)}" if new else "the least told so far"
        choices.append(Choice(best, len(taken) + 1, why if taken else "drawn by lot"))
        taken.append(best)
        ready = [one for one in ready if one.example.member != best.example.member]
    members = {one.example.member for one in taken}
    for one in sorted((one for one in candidates if one not in taken), key=lambda one: one.lot(year)):
        why = "others spread more evenly over parts, sizes and themes"
        if not one.supported:
            why = "nothing shows that the member's own answer is yes"
        elif one.example.member in before:
            why = "the member was told last year"
        elif one.example.member in members:
            why = "another example of the member is told"
        choices.append(Choice(one, 0, why))
    return choices


def table(choices: Sequence[Choice]) -> pd.DataFrame:
    """Return the choice as a table: place, member, question, part of the country, size, theme, reason.

    Of examples that the member's own answer does not support only the number is told: the rest would tell the
    answer.
    """
    lines = [
        (choice.place or "-", one.name, one.example.question, *one.traits, choice.why)
        for choice in choices
        if (one := choice.candidate).supported
    ]
    if hidden := len(choices) - len(lines):
        why = "nothing shows that the member's own answer is yes"
        lines.append(("-", f"{hidden} more", "", "", "", "", why))
    columns = ["place", "member", "question", "part", "inhabitants", "theme", "why"]
    return pd.DataFrame(lines, columns=columns).set_index("place")


def view(choices: Sequence[Choice], questions: Mapping[str, Question]) -> list[dict[str, Any]]:
    """Return for the texts each example that is told: the member's name, text, link, the question's label."""
    examples = [(choice.candidate.name, choice.candidate.example) for choice in choices if choice.place]
    return [
        {
            "name": name, "text": Draft(" ".join(example.text.split())), "link": example.link,
            "label": questions[example.question].label,
        }
        for name, example in examples
    ]  # fmt: skip


def members_told(choices: Iterable[Choice]) -> list[str]:
    """Return the codes of the members whose examples are told, sorted."""
    return sorted(choice.candidate.example.member for choice in choices if choice.place)
