"""Bound prose: the report's texts, with every number held to its claim or fact.

A text is Markdown with Jinja placeholders. What is undefined is an error, and a digit that no placeholder
made is refused with its file and line. A number taken from the facts becomes a claim of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import jinja2
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from klimatlib import swedish
from klimatlib.blocks import Block, Markdown, bound, escape, to_html
from klimatlib.claims.claims import Claim, ClaimBook, exact
from klimatlib.errors import InputError, Problem
from klimatlib.named import count, look_up
from klimatlib.prose import Sentence, bare_digits, lint, lint_source, mark, sentences, unmark
from klimatlib.sentences import Draft

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
