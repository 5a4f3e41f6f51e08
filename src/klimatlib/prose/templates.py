"""What a text names of the facts: looked up by a dotted path, and looked for before it is bound."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import jinja2
import pandas as pd
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from klimatlib import swedish
from klimatlib.charts.blocks import Block, Markdown, bound, escape, to_html
from klimatlib.claims.claims import Claim, ClaimBook, exact
from klimatlib.config import Example, Question
from klimatlib.errors import InputError, Problem
from klimatlib.prose import linter as evidence
from klimatlib.prose.linter import Sentence, bare_digits, lint, lint_source, mark, sentences, unmark
from klimatlib.sources import inputs as sources
from klimatlib.sources.inputs import Inputs
from klimatlib.sources.survey_export import survey_answers
from klimatlib.sources.tables import rows

# --- klimatlib.prose.templates: What a text names of the facts: looked up by a dotted path,

# --- klimatlib.prose.templates: What a text names of the facts: looked up by a dotted path,


def look_up(facts: Any, path: str) -> Any:
    """Return what stands at a dotted path; list items go by id, name or place.

    Raises
    ------
    LookupError
        With the part of the path that leads nowhere.
    """
    node = facts
    for part in path.split("."):
        if isinstance(node, Mapping) and part in node:
            node = node[part]
        elif isinstance(node, Sequence) and not isinstance(node, str) and _pick(node, part) is not None:
            node = _pick(node, part)
        else:
            raise LookupError(f"no fact {path!r}: {part!r} is not there; mend the name, or add it")
    return node


def lacking(text: str, facts: Mapping[str, Any], *, file: str) -> list[Problem]:
    """Find what a text names and the facts do not have, or not as a number, before it is filled in.

    Parameters
    ----------
    text
        The text's source.
    facts
        Facts of the year.
    file
        Its name in messages.
    """
    lines = enumerate(_COMMENT.sub(_lines_only, text).split("\n"), 1)
    named = ((number, found) for number, line in lines for found in _NAMES.finditer(line))
    return [
        Problem(file, f"line {number}", told)
        for number, found in named
        if (told := _absent(facts, found["path"] or f"activities.{found['activity']}", found["kind"]))
    ]


def _absent(facts: Mapping[str, Any], path: str, kind: str | None) -> str:
    try:
        value = look_up(facts, path)
        if kind == "number":
            count(value, path)
    except LookupError as error:
        return str(error.args[0])
    return ""


_COMMENT = re.compile(r"{##.*?##}", re.S)
_NAMES = re.compile(r'\b(?P<kind>fact|number)\("(?P<path>[^"]+)"[,)]|\bactivity\["(?P<activity>[^"]+)"\]')


def _lines_only(found: re.Match[str]) -> str:
    return "\n" * found.group().count("\n")


def _pick(items: Sequence[Any], part: str) -> Any:
    if part.isdigit() and int(part) < len(items):
        return items[int(part)]
    named = (
        item for item in items if isinstance(item, Mapping) and part in (item.get("id"), item.get("name"))
    )
    return next(named, None)


def count(value: Any, path: str) -> float:
    """Return a fact as a count; of a list the number of its items.

    Raises
    ------
    LookupError
        It is no number, or less than nought.
    """
    if isinstance(value, list):
        return len(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise LookupError(f"the fact {path!r} is no number but {value!r}; write digits, without quotes")
    if value < 0:
        raise LookupError(f"the fact {path!r} is {value}; expected a count, at least 0")
    return value


# --- klimatlib.prose.templates: The survey's sentences, composed from its questions: correct

_OF_THEM = " av de svarande"
_MORE = ("Dessutom", "Samtidigt", "Därtill")
_VERB = re.compile(r"(?P<verb>\S+(?: (?:och|eller) \S+)?) (?P<rest>.+)")
_AGAIN = {"har": "har det", "är": "är det"}


class Draft(str):
    """Text whose placeholders are still to be filled in."""

    __slots__ = ()


def drafts(texts: Sequence[str]) -> list[Draft]:
    """Return texts whose placeholders are to be filled in where a template prints them."""
    return [Draft(text) for text in texts]


def themes(questions: Mapping[str, Question], book: ClaimBook) -> Callable[[str], Draft]:
    """Return what a text calls for the sentences of a theme: ``{{ survey_theme("kolsankor") }}``.

    Parameters
    ----------
    questions
        Questions by id; the order of their themes decides how the sentences vary.
    book
        Claims of the year, those of `klimatlib.indicators.association.survey_claims` among them.
    """
    return lambda theme: _draft(of_theme(theme, questions, book))


def of_theme(theme: str, questions: Mapping[str, Question], book: ClaimBook) -> list[Composed]:
    """Return the sentences of a theme one by one, as `themes` prints them.

    Raises
    ------
    LookupError
        No such theme.
    """
    order = list(dict.fromkeys(question.theme for question in questions.values()))
    if theme not in order:
        raise LookupError(f"no survey theme {theme!r}; there is {', '.join(order)}")
    asked = [question for question in questions.values() if question.theme == theme]
    return composed(asked, book, place=order.index(theme))


def paragraph(questions: Sequence[Question], book: ClaimBook, *, place: int = 0) -> Draft:
    """Return the sentences on a theme's questions, a line each, as `composed` gives them."""
    return _draft(composed(questions, book, place=place))


def _draft(sentences: Iterable[Composed]) -> Draft:
    return Draft("\n".join(sentence.text for sentence in sentences))


class Composed(NamedTuple):
    """A sentence that klimatlib composes on a question, with placeholders for its claims, and what it tells.

    ``part``: the share, how many answered the question, the comparison with an earlier year, or more on it.
    """

    question: Question
    part: Literal["share", "respondents", "compared", "detail"]
    text: str


def composed(questions: Sequence[Question], book: ClaimBook, *, place: int = 0) -> list[Composed]:
    """Compose the sentences on a theme's questions, those on the largest share first.

    Parameters
    ----------
    questions
        The theme's questions; one without a claim was not asked this year and is left out.
    book
        Claims of the year.
    place
        The theme's place among the themes; neighbours begin in different ways.

    Raises
    ------
    InputError
        A question without words for its sentence, or with a typed number in them.
    """
    asked = sorted(
        (question for question in questions if _id(question) in book), key=lambda q: -book[_id(q)].value
    )
    if problems := [problem for question in asked for problem in _unfit(question)]:
        raise InputError(problems)
    sentences = []
    for step, question in enumerate(asked):
        claim = book[_id(question)]
        sentences += [
            Composed(question, "share", _share(question, book, place, step)),
            Composed(question, "respondents", _own_n(claim, book)),
            Composed(question, "compared", compared(question, book)),
            Composed(question, "detail", question.detail.get(str(claim.year), "")),
        ]
    return [sentence for sentence in sentences if sentence.text]


def _share(question: Question, book: ClaimBook, place: int, step: int) -> str:
    number = f'{{{{ claim("{_id(question)}") }}}}{"" if step else _OF_THEM}'
    verb, rest = _phrase(question)
    degree = f", {question.degree}" if question.degree else ""
    if step == 0 and _leads(book[_id(question)], book):
        again = _AGAIN.get(verb, "gör det")
        return f"Flest {verb} {rest}: {number} {again} {question.degree or ''}".rstrip() + "."
    if question.turned and (place + step) % 2:
        return question.turned.replace("{share}", number) + f"{degree}."
    if step == 0:
        return f"{_OF_THEM.strip().capitalize()} {verb} {number.removesuffix(_OF_THEM)} {rest}{degree}."
    return f"{_MORE[place % len(_MORE)]} {verb} {number} {rest}{degree}."


def _own_n(claim: Claim, book: ClaimBook) -> str:
    """Return how many answered, where that is another number than the chapter has told already."""
    if "survey-respondents" not in book or claim.n == book["survey-respondents"].value:
        return ""
    return f'Frågan besvarades av {{{{ about("{claim.id}").n }}}}.'


def compared(question: Question, book: ClaimBook) -> str:
    """Return the sentence on an earlier year, as far as the numbers carry it; empty with nothing to compare.

    Parameters
    ----------
    question
        The question; its comparison note gives the reason for a broken series.
    book
        Claims of the year; the earlier share is one of them.
    """
    claim = book[_id(question)]
    year, before = (f'{{{{ about("{claim.id}").previous_year }}}}', f'{{{{ claim("{claim.id}-previous") }}}}')
    known = evidence.carried(claim)
    if known == "none" or f"{claim.id}-previous" not in book:
        return ""
    if known == "broken":
        return _broken(question, year, str(claim.previous_year))
    if known == "yes":
        return f"Det är en {'ökning' if evidence.change(claim) > 0 else 'minskning'} från {before} {year}."
    if claim.text == book[f"{claim.id}-previous"].text:
        return f"År {year} var andelen lika stor."
    if known == "few":
        return f"År {year} var andelen {before}, men skillnaden motsvarar bara några få svarande."
    return f"År {year} var andelen {before}; hur många som svarade då är inte känt."


def _broken(question: Question, year: str, before: str) -> str:
    note = question.comparison_note.get(before)
    why = (
        f": {swedish.lower_first(note).rstrip('.')}" if note else ", för frågan ställdes då på ett annat sätt"
    )
    return f"Andelen kan inte jämföras med {year}{why}."


def _leads(claim: Claim, book: ClaimBook) -> bool:
    """Whether a share is larger than that of every other question."""
    others = [other for other in book if evidence.is_answer(other) and other.id != claim.id]
    return bool(others) and all(claim.value > other.value for other in others)


def _phrase(question: Question) -> tuple[str, str]:
    found = _VERB.fullmatch(question.verb_phrase or "")
    return (found["verb"], found["rest"]) if found else ("", "")


def _unfit(question: Question) -> list[Problem]:
    file, where = "params/questions.yml", f"{question.id}"
    if not _phrase(question)[0]:
        told = "no verb_phrase; write what those who say yes do, as ”arbetar med lokala kolsänkor”"
        return [Problem(file, where, told)]
    authored = (question.verb_phrase, question.turned, question.degree, *question.detail.values())
    words = "\n".join(filter(None, authored)).replace("{share}", "{{ share }}")
    return [Problem(file, where, problem.text) for problem in lint_source(words, file=file)]


def _id(question: Question) -> str:
    return f"survey-{question.id}"


# --- klimatlib.prose.templates: Bound prose: the report's texts, with every number held to i

__all__ = ["Binder", "bare_digits"]

_COUNTED = {
    "board": "antal i styrelsen, ersättare inräknade",
    "goals": "antal mål för föreningen",
    "infomail": "infomejl: antal i månaden, och veckor från nyhetsbrevet",
    "joined": "medlemmar som kommit till under året",
    "newsletter": "antal nyhetsbrev i månaden",
    "seminars": "antal seminarier",
    "sessions": "antal samtal",
    "staff": "antal på kansliet",
    "participants": "antal deltagare",
    "meetings_count": "antal träffar",
    "picture_pairs_count": "antal bildpar",
    "parts_count": "antal delar",
    "target_pictures_count": "antal målbilder",
    "items_count": "antal punkter",
    "areas_count": "antal områden",
    "purposes_count": "antal syften",
    "duration_minutes": "längd i minuter",
    "new_colleagues": "nya medarbetare",
}


@dataclass
class Binder:
    """Binds texts to the year's facts and claims.

    Attributes
    ----------
    facts
        Facts of the year, nested.
    book
        Claims that may be printed; numbers from the facts are recorded in it.
    year
        Report year.
    source
        Where the facts come from, as printed.
    extra
        More names that the texts may use.
    lint
        Who holds a text to its claims; by default the linter of Swedish.
    """

    facts: Mapping[str, Any]
    book: ClaimBook
    year: int
    source: str
    extra: Mapping[str, Any] = field(default_factory=dict)
    lint: Callable[..., list[Problem]] = lint

    def render(self, text: str, *, file: str) -> Block:
        """Return a text with its placeholders filled in.

        Raises
        ------
        InputError
            Unknown names, a template that cannot be read, and all that the linter finds; with file and line.
        """
        printed: list[str] = []
        rendered = self._filled(text, printed, file)
        problems = self.lint(text, rendered, self.book, file=file)
        if problems:
            raise InputError(problems)
        markdown = unmark(rendered)
        ids = tuple(dict.fromkeys(printed))
        return Block(markdown, to_html(markdown, [self.book[claim_id] for claim_id in ids]), ids)

    def sentences(self, text: str, *, file: str) -> list[Sentence]:
        """Return a text's sentences and the claims in them, whatever the linter would say of them."""
        return list(sentences(self._filled(text, [], file), self.book))

    def _filled(self, text: str, printed: list[str], file: str) -> str:
        """Return the text with its placeholders filled in and its lines marked."""
        try:
            return self._environment(printed).from_string(mark(text)).render()
        except jinja2.TemplateSyntaxError as error:
            told = Problem(file, f"line {error.lineno}", str(error.message))
        except (jinja2.UndefinedError, LookupError) as error:
            told = Problem(file, _line(error), _said(error))
        except SecurityError as error:
            told = Problem(file, _line(error), f"{_said(error)}; a placeholder only prints")
        raise InputError([*lint_source(text, file=file), told])

    def _environment(self, printed: list[str]) -> jinja2.Environment:
        environment: jinja2.Environment = ImmutableSandboxedEnvironment(
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            comment_start_string="{##",
            comment_end_string="##}",
            finalize=lambda value: _shown(value, environment),
            autoescape=False,
        )
        environment.filters.update(_FILTERS)
        environment.globals.update(self.extra)
        environment.globals.update(
            facts=self.facts,
            activity={activity["id"]: activity for activity in self.facts.get("activities", ())},
            year=self.year,
            fact=lambda path: look_up(self.facts, path),
            about=self.book.__getitem__,
            has=self.book.__contains__,
            claim=self._claim_printer(printed),
            number=self._fact_printer(printed),
        )
        return environment

    def _claim_printer(self, printed: list[str]) -> Callable[..., Markdown]:
        def claim(claim_id: str, *, words: bool = False, form: str = "en", upper: bool = False) -> Markdown:
            found = self.book[claim_id]
            printed.append(claim_id)
            text = swedish.in_words(int(found.value), form) if words else found.text
            return bound(swedish.upper_first(text) if upper else text, claim_id)

        return claim

    def _fact_printer(self, printed: list[str]) -> Callable[..., Markdown]:
        def number(path: str, *, words: bool = False, form: str = "en", unit: str = "") -> Markdown:
            value = count(look_up(self.facts, path), path)
            text = swedish.quantity(value, unit) if unit else _fact_text(value, path, words=words, form=form)
            claim = self.book.record(self._fact_claim(path, value, unit))
            printed.append(claim.id)
            return bound(text, claim.id)

        return number

    def _fact_claim(self, path: str, value: float, unit: str) -> Claim:
        return Claim(
            "fact-" + re.sub(r"[^a-z0-9]+", "-", path.lower().translate(_ASCII)).strip("-"),
            self.year,
            exact(value),
            unit or ("year" if path.endswith("year") else "count"),
            swedish.quantity(value, unit) if unit else _fact_text(value, path),
            "fact",
            measure=path,
            data_year=self.year,
            definition=self._told(path),
            source=self.source,
        )

    def _told(self, path: str) -> str:
        parts = path.split(".")
        what = next((_COUNTED[part] for part in reversed(parts) if part in _COUNTED), "")
        for length in range(len(parts), 0, -1):
            node = look_up(self.facts, ".".join(parts[:length]))
            if isinstance(node, Mapping) and "title" in node:
                return f"{node['title']}: {what or 'uppgift från kansliet'}"
        return swedish.upper_first(what) or "Uppgift från kansliet"


_ASCII = str.maketrans("åäöéü", "aaoeu")


def _fact_text(value: float, path: str, *, words: bool = False, form: str = "en") -> str:
    if path.endswith("year"):
        return str(value)
    decimals = 0 if float(value).is_integer() else 1
    return swedish.in_words(int(value), form) if words and not decimals else swedish.number(value, decimals)


def _shown(value: object, environment: jinja2.Environment) -> object:
    """Return a value as it is printed: a draft filled in like the text around it, foreign text escaped."""
    if isinstance(value, Draft):
        return Markdown(environment.from_string(value).render())
    return escape(value) if isinstance(value, str) else value


def _line(error: Exception) -> str:
    trace = error.__traceback__
    lines = []
    while trace:
        if trace.tb_frame.f_code.co_filename == "<template>":
            lines.append(trace.tb_lineno)
        trace = trace.tb_next
    return f"line {lines[-1]}" if lines else ""


def _said(error: Exception) -> str:
    return str(error.args[0]) if error.args else str(error)


def _upper_first(text: str) -> str:
    """Return a text, or a bound number, with its first letter in upper case."""
    if isinstance(text, Markdown):
        return Markdown(text[:1] + swedish.upper_first(text[1:]))
    return swedish.upper_first(text)


def _dates(span: Mapping[str, str]) -> str:
    return swedish.date_range(span["start"], span["end"])


_FILTERS: dict[str, Callable[..., Any]] = {
    "date": swedish.date,
    "dates": _dates,
    "month": swedish.month,
    "listing": lambda items, last="och": swedish.listing([str(item) for item in items], last),
    "lower_first": swedish.lower_first,
    "upper_first": _upper_first,
}


# --- klimatlib.prose.templates: Good examples: which of the members' own examples the report

TOLD = 4
_NORRLAND, _SVEALAND = ("21", "22", "23", "24", "25"), ("01", "03", "04", "17", "18", "19", "20")
_SIZES = ((30_000, "under 30 000"), (100_000, "30 000-100 000"))  # inhabitants


@dataclass(frozen=True)
class Candidate:
    """An example that a member has given.

    Attributes
    ----------
    example, name
        The example, and its member's name.
    part, size, theme
        The part of the country, the size class and the question's theme.
    supported
        Whether the member's own answer to the question counts as yes.
    """

    example: Example
    name: str
    part: str
    size: str
    theme: str
    supported: bool


@dataclass(frozen=True)
class Choice:
    """A candidate, its place among those that are told (0 for one that is not), and why."""

    candidate: Candidate
    place: int
    why: str


def chosen(inputs: Inputs) -> list[Choice]:
    """Return the year's examples with the choice between them; none without ``examples.yml``.

    Raises
    ------
    InputError
        An example that cannot be read, or whose text has a number of its own.
    """
    found = sources.examples(inputs)
    if not found.examples:
        return []
    if problems := faults(inputs):
        raise InputError(problems)
    return choose(
        _candidates(inputs, found.examples), last_year=found.last_year, year=inputs.project.params.year
    )


def told_examples(inputs: Inputs) -> list[dict[str, Any]]:
    """Return the examples that are told, as `view` gives them."""
    return view(chosen(inputs), sources.questions(inputs))


def faults(inputs: Inputs) -> list[Problem]:
    """Find what the linter sees in the texts as they stand: a number that is bound to nothing, typography."""
    file = inputs.project.relative(sources.examples_file(inputs.project))
    return [
        Problem(file, f"examples.{place}.text", problem.text)
        for place, one in enumerate(sources.examples(inputs).examples)
        for problem in lint_source(one.text, file=file)
    ]


def choose(
    candidates: Sequence[Candidate], *, last_year: Iterable[str], year: int, most: int = TOLD
) -> list[Choice]:
    """Choose the examples that are told, in order, and say of each why.

    Parameters
    ----------
    candidates
        The examples, in any order.
    last_year
        Codes of the members whose examples the report before told.
    year
        The report's year; the lot is drawn anew each year.
    most
        How many are told at most.

    Returns
    -------
    list of Choice
        First those that are told, in order, then the others.
    """
    before, told = {*last_year}, list[Candidate]()
    ready = [one for one in candidates if one.supported and one.example.member not in before]
    while ready and len(told) < most:
        told.append(min(ready, key=lambda one: _rank(one, told, year)))
        ready = [one for one in ready if one.example.member != told[-1].example.member]
    others = sorted((one for one in candidates if one not in told), key=lambda one: _lot(one, year))
    return [
        *(Choice(one, place, _why(one, told[: place - 1])) for place, one in enumerate(told, 1)),
        *(Choice(one, 0, _why_not(one, told, before)) for one in others),
    ]


def table(choices: Sequence[Choice]) -> pd.DataFrame:
    """Return the choice as a table: place, member, question, part of the country, size, theme, reason.

    Of examples that the member's own answer does not support only the number is told: the rest would tell the
    answer.
    """
    told = [one for one in choices if one.candidate.supported]
    lines = [
        (
            one.place or "-",
            one.candidate.name,
            one.candidate.example.question,
            *_traits(one.candidate),
            one.why,
        )
        for one in told
    ]
    if hidden := len(choices) - len(told):
        lines.append(
            ("-", f"{hidden} more", "", "", "", "", "nothing shows that the member's own answer is yes")
        )
    columns = ["place", "member", "question", "part", "inhabitants", "theme", "why"]
    return pd.DataFrame(lines, columns=columns).set_index("place")


def view(choices: Sequence[Choice], questions: Mapping[str, Question]) -> list[dict[str, Any]]:
    """Return for the texts each example that is told: the member's name, text, link, the question's label."""
    return [
        {
            "name": one.candidate.name,
            "text": Draft(" ".join(one.candidate.example.text.split())),
            "link": one.candidate.example.link,
            "label": questions[one.candidate.example.question].label,
        }
        for one in choices
        if one.place
    ]


def members_told(choices: Iterable[Choice]) -> list[str]:
    """Return the codes of the members whose examples are told, sorted."""
    return sorted(one.candidate.example.member for one in choices if one.place)


def part_of(county_code: str) -> str:
    """Return the part of the country that a county lies in.

    >>> part_of("25"), part_of("03"), part_of("12")
    ('Norrland', 'Svealand', 'Götaland')
    """
    return "Norrland" if county_code in _NORRLAND else "Svealand" if county_code in _SVEALAND else "Götaland"


def size_of(inhabitants: int | None) -> str:
    """Return the size class of a municipality; a region, which has no inhabitants here, is one of its own.

    >>> size_of(29_999), size_of(100_000), size_of(None)
    ('under 30 000', 'from 100 000', 'region')
    """
    if inhabitants is None:
        return "region"
    return next((told for most, told in _SIZES if inhabitants < most), "from 100 000")


def _candidates(inputs: Inputs, found: Sequence[Example]) -> list[Candidate]:
    register, questions = sources.members(inputs), sources.questions(inputs)
    names = {row.code: row.name for row in rows(register)}
    counties = {row.municipality_code: row.county_code for row in rows(sources.municipalities(inputs))}
    people, says_yes = _inhabitants(inputs), _says_yes(inputs)
    return [
        Candidate(
            one,
            names[one.member],
            part_of(counties.get(one.member, one.member)),  # a region has its county's code
            size_of(people.get(one.member)),
            questions[one.question].theme,
            says_yes(one),
        )
        for one in found
    ]


def _inhabitants(inputs: Inputs) -> dict[str, int]:
    table, year = sources.population(inputs), inputs.project.params.emissions_year
    return {row.municipality_code: int(row.population) for row in rows(table[table["year"] == year])}


def _says_yes(inputs: Inputs) -> Callable[[Example], bool]:
    if inputs.project.params.survey_input == "counts":
        return lambda _: False
    answers = survey_answers(inputs)
    yes = answers[answers["counts_as"] == "yes"]
    pairs = {*zip(yes["code"], yes["question_id"], strict=True)}
    return lambda one: (one.member, one.question) in pairs


def _traits(one: Candidate) -> tuple[str, str, str]:
    return one.part, one.size, one.theme


def _rank(one: Candidate, told: Sequence[Candidate], year: int) -> tuple[int, int, str]:
    """Return how much an example's part, size and theme are told; of equals its part, then the lot."""
    counts = [*_counts(one, told)]
    return sum(counts), counts[0], _lot(one, year)


def _counts(one: Candidate, told: Sequence[Candidate]) -> Iterator[int]:
    for place, trait in enumerate(_traits(one)):
        yield sum(_traits(other)[place] == trait for other in told)


def _lot(one: Candidate, year: int) -> str:
    drawn = f"{year} {one.example.member} {one.example.question}"
    return hashlib.sha256(drawn.encode()).hexdigest()


def _why(one: Candidate, told: Sequence[Candidate]) -> str:
    new = [trait for trait, count in zip(_traits(one), _counts(one, told), strict=True) if not count]
    if not told:
        return "drawn by lot"
    return f"first of {', '.join(new)}" if new else "the least told so far"


def _why_not(one: Candidate, told: Sequence[Candidate], before: set[str]) -> str:
    member = one.example.member
    if not one.supported:
        return "nothing shows that the member's own answer is yes"
    if member in before:
        return "the member was told last year"
    if any(other.example.member == member for other in told):
        return "another example of the member is told"
    return "others spread more evenly over parts, sizes and themes"
