"""Statements: what a text says, sentence by sentence, and whether its claims carry it.

`read` finds the statements of a rendered text with the claims in each: sentences, headings, list items,
table cells, captions, alt texts. `lint` gives each its class by `klimatlib.prose.rules`: plain, bound, open
or false. The source itself is read for digits that no placeholder made, and for Swedish typography.

Each line of a source gets a mark, a character of Unicode's private area, before it is rendered. The marks
stay where they are through loops and placeholders, so that a rendered word has the line it came from.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from pathlib import Path

from klimatlib import swedish
from klimatlib.claims.claims import CLAIM_SPAN, Claim, ClaimBook, printed_form, printed_value
from klimatlib.claims.signatures import Passage
from klimatlib.errors import ClaimError, Problem
from klimatlib.prose.reading import Language, Mention, lemma
from klimatlib.prose.rules import Class, Reason, Rules

_DIGIT = re.compile(r"\d+|(?<![^\W\d_])[²³¹⁰-⁹₀-₉½¼¾⅐-↉①-⓿❶-➓]")  # not those of m² and CO₂
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_TARGET = re.compile(r"\]\([^)]*\)")
_PLACEHOLDER = re.compile(r"{{.*?}}|{%.*?%}|{##.*?##}", re.S)


@dataclass(frozen=True)
class Statement:
    """A sentence as a reader meets it, and what is decided of it."""

    text: str  # its words, without markup
    mentions: tuple[Mention, ...]  # its claims, in order
    after: str  # the sentence that follows in the same paragraph
    lines: tuple[tuple[int, int], ...]  # places in the text, and the source line that begins there
    kind: str = "sentence"  # or heading, list item, table cell, caption, alt text, tile label, footnote …
    class_: Class = "plain"
    reasons: tuple[Reason, ...] = ()
    before: str = ""  # the sentence before it in the same paragraph
    led: tuple[Mention, ...] = ()  # the claims of the sentence before, by their places in it

    @property
    def words(self) -> str:
        """The text with single spaces."""
        return " ".join(self.text.split())

    def line(self, at: int = 0) -> int:
        """Return the source line of a place in the text; 0 if it is not known."""
        return next((line for start, line in reversed(self.lines) if start <= at), 0)

    def problems(self, file: str) -> list[Problem]:
        """Return what makes it false, as problems of a file."""
        found = [(self.line(reason.at), reason) for reason in self.reasons if reason.decision == "false"]
        return [Problem(file, f"line {at}" if at else "", f"{why.text} [{why.rule}]") for at, why in found]

    def as_dict(self, file: str) -> dict[str, object]:
        """Return it for JSON: file, line, text, class, reasons, claims, kind."""
        return {
            "file": file, "line": self.line(), "text": self.words, "class": self.class_,
            "reasons": [reason.text for reason in self.reasons],
            "claims": [mention.claim.id for mention in self.mentions], "kind": self.kind,
        }  # fmt: skip


def lint(rendered: str, rules: Rules) -> list[Statement]:
    """Return the statements of a rendered text, each with its class and the reasons for it."""
    return [judged(statement, rules) for statement in read(rendered, rules.book)]


def page(document: str, rules: Rules) -> tuple[Passage, ...]:
    """Return the statements of a whole document, by chapter, as people sign them.

    ``document``: its Markdown, claims as spans, with or without a YAML header. ``rules``: the rules of its
    language, over its claims.

    They come in the document's order, equal ones of a chapter once; a table's numbers are claims, not
    statements.
    """
    found: dict[str, Passage] = {}
    # Neither the header nor the imprint, which names those who signed, states anything.
    body = re.sub(r"\A---\n.*?\n---\n|\n::: \{\.back-cover\}.*\Z", "", document, flags=re.S)
    for part in re.split(r"(?m)^(?=# )", body):
        first = part.split("\n", 1)[0]
        title = re.sub(r"\s*\{[^}]*\}\s*$", "", first[2:]).strip() if first.startswith("# ") else ""
        plain = unicodedata.normalize("NFD", title.lower()).encode("ascii", "ignore").decode()
        chapter = "-".join(re.findall("[a-z0-9]+", plain)) or "start"
        for statement in lint(part, rules):
            text = statement.words
            claims = tuple(dict.fromkeys(mention.claim.id for mention in statement.mentions))
            if len(claims) == 1 and text == rules.book[claims[0]].text.replace(swedish.NBSP, " "):
                continue
            name = f"{chapter}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
            why = tuple(reason.text for reason in statement.reasons)
            words = (re.split(r"[^\w-]", statement.text[reason.at :])[0] for reason in statement.reasons)
            about = ((reason.rule, reason.claim) for reason in statement.reasons)
            marks = tuple((word, *each) for word, each in zip(words, about, strict=True))
            # Which claims an alternative text prints is guessed from its numbers: it is asked for at worst.
            guessed = statement.kind == "alt text" and statement.class_ == "false"
            decided = "open" if guessed else statement.class_
            found[name] = Passage(name, title, statement.kind, text, decided, why, claims, marks)
    return tuple(found.values())


def judged(statement: Statement, rules: Rules) -> Statement:
    """Return a statement with its class by some rules."""
    lengths = [mention.end - mention.start for mention in statement.mentions]
    if lengths == [len(statement.text.strip())]:  # a cell: its row and column say what the number is
        return replace(statement, class_="bound")
    label = statement.kind in ("table cell", "caption")
    about = {"before": statement.before, "after": statement.after}
    class_, reasons = rules.judge(statement.text, statement.mentions, **about, led=statement.led, label=label)
    return replace(statement, class_=class_, reasons=tuple(reasons))


_SWEDISH = re.compile(
    r"\b(och|av|med|har|är|som|till|i|på|det|de|än|att|den|från|om|för|en|ett|inte)\b|[åäö]"
)
_ENGLISH = re.compile(
    r"\b(the|of|in|and|are|is|were|have|has|by|to|than|our|from|as|with|every|their|not|was|be|an|never|keep|it|a|we|this|at|who"
    r"|other|members|emissions|emits?|more|less|higher|lower|since|than)\b"
)


def language_of(text: str) -> Language:
    """Return the language of a sentence, by its commonest words; the letters of names tell nothing."""
    words = re.sub(r"\b[A-ZÅÄÖ]\w*[åäö]\w*", "", text).lower()
    return "en" if len(_ENGLISH.findall(words)) > len(_SWEDISH.findall(words)) else "sv"


def faults(source: str, rendered: str, rules: Rules, *, file: str) -> list[Problem]:
    """Return all that is wrong with a text: digits, typography, and statements that its claims contradict.

    ``source``, ``rendered``: the text with its placeholders, and rendered; made from ``mark(source)`` its
    lines are known. ``rules``: the rules of its language, over the claims that stand in it. ``file``: its
    name in messages.
    """
    found = lint_source(source, file=file, language=rules.language)
    if rules.language == "sv":
        found += seams(rendered, file=file)
    for statement in lint(rendered, rules):
        found += statement.problems(file)
        for at, why in rules.unsettled(statement.text):
            found.append(Problem(file, f"line {statement.line(at)}", why))
        for mention in statement.mentions if rules.language == "en" else ():
            printed, text = statement.text[mention.start : mention.end], rules.book[mention.claim.id].text
            if printed != text:
                why = f"”{printed}” is Swedish; print {mention.claim.id} as it is, without words [english]"
                found.append(Problem(file, f"line {statement.line(mention.start)}", why))
    return sorted(dict.fromkeys(found), key=lambda problem: int(problem.where.removeprefix("line ") or 0))


def lint_source(source: str, *, file: str, language: str = "sv") -> list[Problem]:
    """Return what can be seen without a claim: bare digits and, in Swedish, typography."""
    return [*bare_digits(source, file=file), *(typography(source, file=file) if language == "sv" else ())]


def bare_digits(source: str, *, file: str, years: bool = False) -> list[Problem]:
    """Find digits that no placeholder made: numbers typed into a text are bound to nothing.

    ``source``: the text's source. ``file``: its name in messages. ``years``: whether typed years may pass,
    because claims are asked for them.
    """
    bare = _TARGET.sub(blank, _PLACEHOLDER.sub(blank, CLAIM_SPAN.sub(blank, source)))
    bare = _YEAR.sub("", bare) if years else bare
    return [
        Problem(file, f"line {number}", f"the digit {digit[0]!r} is bound to nothing; use a placeholder")
        for number, line in enumerate(bare.split("\n"), 1)
        if (digit := _DIGIT.search(line))
    ]


def blank(match: re.Match[str]) -> str:
    """Return the line breaks of what is left out, so that lines keep their numbers."""
    return "\n" * match[0].count("\n")


# ---- English: the same claims, their numbers from the same values -----------------------------------
_UNITS = {"": "", "%": "\u00a0per\u00a0cent", "procent": "\u00a0per\u00a0cent", "ton": "\u00a0tonnes"}


def english_text(claim: Claim) -> str:
    r"""Return a claim's number in English, with as many decimals as in Swedish.

    Raises ClaimError: a number in words, a range, another unit, or a text that is not what its value rounds
    to.
    """
    form = printed_form(claim)
    if form is None or form.unit not in _UNITS:
        raise ClaimError(f"claim {claim.id}: {claim.text!r} has no English form; leave it out of English")
    rounded = swedish.round_half_up(printed_value(claim), form.decimals)
    number = str(rounded) if claim.unit == "year" else f"{abs(rounded):,}"  # a year has no thousands
    sign = "+" if form.plus else swedish.MINUS if rounded < 0 else ""
    return f"{sign}{number}{_UNITS[form.unit]}"


def english_book(book: ClaimBook) -> ClaimBook:
    """Return the claims with their English texts; those without one are left out."""
    forms = ((claim, printed_form(claim)) for claim in book)
    return ClaimBook(
        replace(claim, text=english_text(claim)) for claim, form in forms if form and form.unit in _UNITS
    )


# ---- reading: statements, the claims in them, the source line of every word --------------------------
_FIRST, _LAST = 0xE000, 0xF8FF
_MARK = f"[{chr(_FIRST)}-{chr(_LAST)}]"
_MARKS = re.compile(_MARK)
_BREAK = re.compile(
    rf"\n(?:{_MARK}|\s)*\n|\n(?=(?:{_MARK}|[ \t])*(?:[-*+] |\d+\. |#|:::|\||!\[|: ))|(?<=:::)\n"
)
_TOKEN = re.compile(
    rf"(?P<claim>\[(?P<words>[^\[\]]*)\]{{\.claim claim=\"(?P<id>[^\"]*)\"}})|(?P<mark>{_MARK})"
    r"|(?P<skip>^\s*(?:[-*+] |\d+\. |#+ |>|: |:::.*)|\]\([^)]*\)|\{[^{}]*\}|\*\*?|!\[|[\[\]])"
    r"|\\(?P<plain>.)"
)
_SHOWN = re.compile(r"\b(?P<name>alt|title|label)=\"(?P<words>[^\"]*)\"")
_KINDS = (
    (re.compile(r"#"), "heading"), (re.compile(r"[-*+] \[\[.*\.value"), "tile label"),
    (re.compile(r"[-*+] |\d+\. "), "list item"),
    (re.compile(r"!\[|: "), "caption"), (re.compile(r">"), "quotation"), (re.compile(r"\[\^"), "footnote"),
)  # fmt: skip


def mark(source: str) -> str:
    """Return a source whose lines carry their numbers; `unmark` takes them away again."""
    inside = [placeholder.span() for placeholder in _PLACEHOLDER.finditer(source)]
    marked, place = [], 0
    for number, line in enumerate(source.split("\n"), 1):
        start = place + len(line) - len(line.lstrip())
        free = not any(begin < start < end for begin, end in inside)
        safe = free and line.strip() and not line.lstrip().startswith(("{%", "{{-", "{##"))
        sign = chr(_FIRST + number) if safe and number < _LAST - _FIRST else ""
        marked.append(line[: start - place] + sign + line[start - place :])
        place += len(line) + 1
    return "\n".join(marked)


def place(rendered: str) -> str:
    """Return where rendered lines stand in their source: the line that the last mark in them tells."""
    marks = _MARKS.findall(rendered)
    return f"line {ord(marks[-1]) - _FIRST}" if marks else ""


def unmark(rendered: str) -> str:
    """Return a rendered text without the marks of its source lines."""
    return _MARKS.sub("", rendered)


def read(rendered: str, book: ClaimBook) -> Iterator[Statement]:
    """Yield the statements of a rendered text, not yet judged."""
    line = 0
    for paragraph in _BREAK.split(rendered):
        words = unmark(paragraph).lstrip()
        kind = next((kind for start, kind in _KINDS if start.match(words)), "sentence")
        if words.startswith("|"):
            for cell in paragraph.split("|"):
                if not re.search(r"[^\W\d_]", unmark(cell)) or re.search(r"\{tbl-|\.claim [^}]*$", cell):
                    continue
                text, mentions, lines = _read(cell.strip(), book, line)
                line = lines[-1][1] if lines else line
                yield Statement(text, tuple(mentions), "", tuple(lines), "table cell")
            continue
        shown = [] if words.startswith(":::: ") else [*_SHOWN.finditer(paragraph)]
        text, mentions, lines = _read(paragraph, book, line)
        line = lines[-1][1] if lines else line
        starts = [0, *(end.end() for end in swedish.SENTENCE_END.finditer(text)), len(text)]
        for place, (start, end) in enumerate(pairwise(starts)):
            if re.search(r"\w", text[start:end]):
                first, last = starts[max(place - 1, 0)], starts[min(place + 2, len(starts) - 1)]
                of_lines = tuple((max(at - start, 0), number) for at, number in lines if at < end)
                own, led = _between(mentions, start, end), _between(mentions, first, start)
                around = (text[end:last], of_lines, kind)
                yield Statement(text[start:end], own, *around, before=text[first:start], led=led)
        for attribute in shown:
            about = "alt text" if attribute["name"] == "alt" else "caption"
            for words in swedish.SENTENCE_END.split(unmark(attribute["words"])):
                own = tuple(printed_claims(words, book))
                yield Statement(words, own, "", ((0, line),) if line else (), about)


def _between(mentions: Iterable[Mention], start: int, end: int) -> tuple[Mention, ...]:
    """Return the claims of a part of a text, by their places in it."""
    return tuple(Mention(c, at - start, to - start) for c, at, to in mentions if start <= at < end)


_PRINTED = re.compile(r"[+−]?\d[\d\u00a0 ]*(?:[.,]\d+)?(?:\s(?:%|ton\b|procent\b|per\scent\b|tonnes\b))?")


def printed_claims(text: str, book: ClaimBook) -> Iterator[Mention]:
    """Yield the claims whose printed texts stand in plain words, where only one claim has that text."""
    for number in _PRINTED.finditer(text):
        words = number[0].strip()
        own = [claim for claim in book if claim.text.replace("\u00a0", " ") == words.replace("\u00a0", " ")]
        if len(own) == 1 and not own[0].text.isdigit():
            yield Mention(own[0], number.start(), number.start() + len(words))


def restated(statement: Statement, book: ClaimBook) -> Statement:
    """Return the same words with the numbers of another book: what a text would say if they were so."""
    text, mentions, done = "", list[Mention](), 0
    for mention in statement.mentions:
        claim = book[mention.claim.id]
        printed = statement.text[mention.start : mention.end]
        text += statement.text[done : mention.start]
        new = claim.text if printed == mention.claim.text else printed
        mentions.append(Mention(claim, len(text), len(text) + len(new)))
        text, done = text + new, mention.end
    led = tuple(mention._replace(claim=book[mention.claim.id]) for mention in statement.led)
    return replace(statement, text=text + statement.text[done:], mentions=tuple(mentions), led=led)


def _read(paragraph: str, book: ClaimBook, line: int) -> tuple[str, list[Mention], list[tuple[int, int]]]:
    """Return a paragraph's words, its claims with their places, and where its source lines begin."""
    text, done = "", 0
    mentions: list[Mention] = []
    lines = [(0, line)] if line else []
    for token in _TOKEN.finditer(paragraph):
        text += paragraph[done : token.start()].replace("\n", " ")
        done = token.end()
        if token["mark"]:
            lines.append((len(text), ord(token["mark"]) - _FIRST))
        elif token["claim"]:
            words = unmark(token["words"]).replace("\\", "")
            if token["id"] in book:
                mentions.append(Mention(book[token["id"]], len(text), len(text) + len(words)))
            text += words
        elif token["plain"]:
            text += token["plain"]
    return text + paragraph[done:].replace("\n", " "), mentions, lines


# ---- spelling ----------------------------------------------------------------------------------------
DICTIONARIES = ("/usr/share/hunspell", "/usr/share/myspell/dicts", "/usr/local/share/hunspell")
_WORDS = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


def spelling(
    statements: Iterable[tuple[str, Statement]], own: Callable[[], Collection[str]]
) -> Iterator[str]:
    """Yield the Swedish words that the dictionary does not know, or one line where there is no dictionary.

    ``statements``: statements, each with its file. ``own``: returns the association's own words and names, in
    lower case; asked where there is a dictionary.
    """
    home = next((home for home in DICTIONARIES if Path(home, "sv_SE.dic").is_file()), "")
    try:
        from hunspell import Hunspell
    except ImportError:
        home = ""
    if not home:
        yield "spelling not looked at: it needs the dictionary hunspell-sv and klimatlib[spelling]"
        return
    words = own()
    knows = cache(Hunspell("sv_SE", hunspell_data_dir=home).spell)
    for file, statement in statements:
        for word in _WORDS.findall(statement.text) if language_of(statement.text) == "sv" else ():
            if not knows(word) and word.lower() not in words:
                advice = "mend it, or add it to spelling in params/guard_words.yml"
                yield f"{file}: line {statement.line()}: no dictionary has ”{word}”; {advice}"


# ---- Swedish typography ------------------------------------------------------------------------------
_OBJECT = "\ufffc"
_VALUE = re.compile(r"{{.*?}}", re.S)
_SILENT = re.compile(r"{%.*?%}|{##.*?##}", re.S)
_LINK = re.compile(r"\]\([^)\n]*\)|<https?://[^>\s]*>|https?://\S+|`[^`\n]*`")
_ATTRIBUTES = re.compile(r"(?<=[\]:\w ])\{[^{}\n]*\}")
_LEAD = re.compile(r"^\s*(?:[-*+] |\d+\. |#+ |:::+ ?)?")

_TWO_SPACES = (r"(?<=\S) {2,}(?=\S)", "two spaces; write one")
_RULES = (
    _TWO_SPACES,
    (rf"(?<=[\w{_OBJECT}\]”)])\s+[,.;:!?](?=\s|$)", "a space before the punctuation; write none"),
    (rf"(?<=[\d{_OBJECT}]) ?%", "a placeholder of a share brings its own %; write the placeholder alone"),
    (rf"\d-\d|(?<=[\w{_OBJECT},.”)]) -{{1,2}} (?=\S)|(?<=\S)--(?=\S)", "a hyphen for a dash; write –"),
    (r"—", "an em dash; write the shorter –"),
    (r"\"", "a straight quotation mark; write ”…”"),
    (r"[“„]", "an English or German quotation mark; write ”…”"),
    (r"['‘]", "a straight or English apostrophe; write ’"),
    (r"\.\.\.", "three full stops; write …"),
    (r"(?i)\bt ?ex\b\.?", "write ”till exempel”"),
    (r"(?i)\bbl ?a\b(?!\.)", "write ”bland annat”"),
    (r"(?i)\bo ?s ?v\b(?!\.)", "write ”och så vidare”"),
    (r"(?i)\bd ?v ?s\b(?!\.)", "write ”det vill säga”"),
    (r"(?i)\bm m\b(?!\.)", "write ”med mera”"),
    (r"(?i)\bfr o m\b", "write ”från och med”"),
    (r"(?i)\bt o m\b", "write ”till och med”"),
)
_ONE = re.compile(r"\[(en|ett|1)\]\{\.claim[^{}]*\}[ \u00a0]([^\W\d_]+)", re.I)
_NEUTER = re.compile(
    r"\w*(?:år|mål|samtal|brev|mejl|möte|område|syfte|arbete|seminarium|projekt|par|förslag|län)"
)
_SEAMS = (
    (rf"{_OBJECT}-(?:{_OBJECT}|\d)|\d-{_OBJECT}", "a hyphen for a dash between numbers; write 2–4"),
    _TWO_SPACES,
    (rf"(?<={_OBJECT})\s+[,.;:!?](?=\s|$)", "a space before the punctuation; write none"),
    (r"(?<![.…])(?:\.\.|,,|,\.)(?!\.)", "punctuation twice; write it once, the value brings its own"),
)


def typography(source: str, *, file: str) -> list[Problem]:
    """Return what breaks Swedish typography in a text's source.

    ``source``: the text's source; placeholders, attributes and addresses are no text. ``file``: its name in
    messages.
    """
    text = _VALUE.sub(lambda value: _OBJECT + blank(value), _SILENT.sub(blank, source))
    text = _LINK.sub(lambda link: "]" if link[0].startswith("]") else blank(link), text)
    return [
        Problem(file, f"line {number}", message)
        for number, line in enumerate(_ATTRIBUTES.sub("", text).split("\n"), 1)
        for message in _odd(line, _RULES)
    ]


def seams(rendered: str, *, file: str) -> list[Problem]:
    """Return what breaks typography where a value meets the text around it."""
    problems = []
    for line in rendered.split("\n"):
        where = place(line)
        words = _ATTRIBUTES.sub("", _LINK.sub("]", CLAIM_SPAN.sub(_OBJECT, unmark(line))))
        problems += [Problem(file, where, message) for message in _odd(words, _SEAMS)]
        for one, word in _ONE.findall(unmark(line)):
            if (one.lower() == "en" and _NEUTER.fullmatch(word.lower())) or _is_plural(word.lower()):
                advice = 'write both: {% if … == 1 %}…{% else %}…{% endif %}, or the form="ett"'
                problems.append(Problem(file, where, f"”{one} {word}”: no Swedish; {advice} [typography]"))
    return problems


def _is_plural(word: str) -> bool:
    """Whether a word is a noun or an adjective that cannot follow the number one; no verb is."""
    base = lemma(word, "sv")
    ending = "" if word in (base, f"{base}r") else word[-2:]
    ends = ending == "or" or (ending in ("ar", "er") and not base.endswith("a"))
    return word in (f"{base}a", f"{base}n") or ends


def _odd(line: str, rules: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield what rules find in a line, each with the words around it."""
    words = _LEAD.sub("", line)
    for pattern, advice in rules:
        if hit := re.search(pattern, words):
            around = words[max(hit.start() - 12, 0) : hit.end() + 12].replace(_OBJECT, "{{…}}").strip()
            yield f"”{around}”: {advice} [typography]"
