"""The linter: what a text says is held against the claims that it prints.

`lint` reads a rendered text sentence by sentence, with the claims in each, and lets the rules for words of
change, of amount and of comparison judge it; `english_lint` does the same for English with fewer rules.
Before that the source itself is read: digits that no placeholder made, and Swedish typography.

Each line of the source gets a mark, a character of Unicode's private area, before it is rendered. The marks
stay where they are through loops and placeholders, so that a rendered word has the line it came from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from klimatlib import swedish
from klimatlib.claims.claims import CLAIM_SPAN, HANDFUL, Claim, ClaimBook, printed_form, printed_value
from klimatlib.errors import ClaimError, Problem


@dataclass(frozen=True)
class Finding:
    """What a rule found: where in the sentence, which rule, and what to say."""

    at: int
    rule: str
    text: str


_DIGIT = re.compile(r"\d+|(?<![^\W\d_])[²³¹⁰-⁹₀-₉½¼¾⅐-↉①-⓿❶-➓]")  # not those of m² and CO₂
_TARGET = re.compile(r"\]\([^)]*\)")
_PLACEHOLDER = re.compile(r"{{.*?}}|{%.*?%}|{##.*?##}", re.S)


def lint(source: str, rendered: str, book: ClaimBook, *, file: str) -> list[Problem]:
    """Return all that is wrong with a text.

    Parameters
    ----------
    source, rendered
        The text with its placeholders, and rendered; made from ``mark(source)`` its lines are known.
    book
        Claims that stand in it.
    file
        Its name in messages.
    """
    problems = [*lint_source(source, file=file), *seams(rendered, file=file)]
    for sentence in sentences(rendered, book):
        problems += [
            Problem(file, sentence.where(finding.at), f"{finding.text} [{finding.rule}]")
            for finding in judged(sentence, book)
        ]
    return sorted(dict.fromkeys(problems), key=lambda problem: int(problem.where.removeprefix("line ") or 0))


def judged(sentence: Sentence, book: ClaimBook) -> Iterator[Finding]:
    """Yield what a sentence says that its claims do not carry."""
    for rule in (changes, amounts, pairs):
        yield from rule(sentence, book)


def lint_source(source: str, *, file: str) -> list[Problem]:
    """Return what can be seen without a claim: bare digits and typography."""
    return [*bare_digits(source, file=file), *typography(source, file=file)]


def bare_digits(text: str, *, file: str) -> list[Problem]:
    """Find digits that no placeholder made: numbers typed into a text are bound to nothing.

    Parameters
    ----------
    text
        The text's source.
    file
        Its name in messages.
    """
    bare = _TARGET.sub(_blank, _PLACEHOLDER.sub(_blank, text))
    return [
        Problem(file, f"line {number}", f"the digit {digit[0]!r} is bound to nothing; use a placeholder")
        for number, line in enumerate(bare.split("\n"), 1)
        if (digit := _DIGIT.search(line))
    ]


def _blank(match: re.Match[str]) -> str:
    """Return the line breaks of what is left out, so that lines keep their numbers."""
    return "\n" * match[0].count("\n")


# ---- English: the same claims, their numbers from the same values -----------------------------------
_UNITS = {"": "", "%": "\u00a0per\u00a0cent", "procent": "\u00a0per\u00a0cent", "ton": "\u00a0tonnes"}
_RISE = re.compile(
    r"\b(?:ris(?:e|es|en|ing)|rose|grow(?:n|s|ing)?|grew|increas\w+|higher|climbed|up from)\b", re.I
)
_FALL = re.compile(
    r"\b(?:fall(?:s|en|ing)?|fell|decreas\w+|declin\w+|reduc\w+|lower|shrank|cut(?:s|ting)?|down(?! the)"
    r"|drop\w*)\b",
    re.I,
)
_ENGLISH_MOST = re.compile(r"\b(?:most|majority|more than half)\b(?! of (?:them|these|all)\b)", re.I)


def english_text(claim: Claim) -> str:
    r"""Return a claim's number in English, with as many decimals as in Swedish.

    Raises
    ------
    ClaimError
        A number in words, a range, another unit, or a text that is not what its value rounds to.
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


def english_lint(source: str, rendered: str, book: ClaimBook, *, file: str) -> list[Problem]:
    """Return what is wrong with an English text; as `lint`, with a book of `english_book`."""
    problems = bare_digits(source, file=file)
    for sentence in sentences(rendered, book):
        findings = list[tuple[int, str]]()
        for mention in sentence.mentions:
            text = sentence.text[mention.start : mention.end]
            if text != book[mention.claim.id].text:
                advice = f"print {mention.claim.id} as it is, without words"
                findings.append((mention.start, f"”{text}” is Swedish; {advice}"))
        moved = [m for m in sentence.mentions if change(m.claim)]
        for way, pattern in ((1, _RISE), (-1, _FALL)):
            for word in pattern.finditer(sentence.text) if moved else ():
                near = _closest(word, moved)
                if _gap(word, near) <= _NEAR and change(near.claim) * way < 0:
                    goes = f"{near.claim.id}, which goes {'up' if way < 0 else 'down'}"
                    findings.append((word.start(), f"”{word[0]}” does not hold for {goes}"))
        shares = [m for m in sentence.mentions if is_share(m.claim)]
        for word in _ENGLISH_MOST.finditer(sentence.text) if shares else ():
            share = _closest(word, shares).claim
            if share.value <= Decimal("0.5"):
                message = f"”{word[0]}” needs more than 50 per cent, {share.id} is {share.text}"
                findings.append((word.start(), message))
        problems += [Problem(file, sentence.where(at), f"{message} [english]") for at, message in findings]
    return problems


# ---- reading: sentences, the claims in them, the source line of every word ---------------------------
_FIRST, _LAST = 0xE000, 0xF8FF
_MARK = f"[{chr(_FIRST)}-{chr(_LAST)}]"
_MARKS = re.compile(_MARK)
_BREAK = re.compile(rf"\n(?:{_MARK}|\s)*\n|\n(?=(?:{_MARK}|[ \t])*(?:[-*+] |\d+\. |#|:::|\|))|(?<=:::)\n")
_TOKEN = re.compile(
    rf"(?P<claim>\[(?P<words>[^\[\]]*)\]{{\.claim claim=\"(?P<id>[^\"]*)\"}})|(?P<mark>{_MARK})"
    r"|(?P<skip>^\s*(?:[-*+] |\d+\. |#+ |:::.*)|\]\([^)]*\)|\{[^{}]*\}|\*\*?|[\[\]])|\\(?P<plain>.)"
)
CLAUSE = re.compile(r";|, (?:men|medan|och|så|fast|för|samtidigt som)\b", re.I)


@dataclass(frozen=True)
class Mention:
    """A claim where it stands in a sentence: its place in the sentence's text."""

    claim: Claim
    start: int
    end: int


@dataclass(frozen=True)
class Sentence:
    """A sentence as a reader meets it."""

    text: str  # its words, without markup
    mentions: tuple[Mention, ...]  # its claims, in order
    after: str  # the sentence that follows in the same paragraph
    lines: tuple[tuple[int, int], ...]  # places in the text, and the source line that begins there

    def where(self, at: int) -> str:
        """Return the source line of a place in the text, as a message says it."""
        before = [line for start, line in self.lines if start <= at]
        return f"line {before[-1]}" if before else ""


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


def unmark(rendered: str) -> str:
    """Return a rendered text without the marks of its source lines."""
    return _MARKS.sub("", rendered)


def sentences(rendered: str, book: ClaimBook) -> Iterator[Sentence]:
    """Yield the sentences of a rendered text."""
    line = 0
    for paragraph in _BREAK.split(rendered):
        if unmark(paragraph).lstrip().startswith("|"):
            continue  # a table has no sentences
        text, mentions, lines = _read(paragraph, book, line)
        line = lines[-1][1] if lines else line
        starts = [0, *(end.end() for end in swedish.SENTENCE_END.finditer(text)), len(text)]
        for start, end, after in zip(starts, starts[1:], [*starts[2:], len(text)], strict=False):
            yield Sentence(
                text[start:end],
                tuple(
                    Mention(m.claim, m.start - start, m.end - start)
                    for m in mentions
                    if start <= m.start < end
                ),
                text[end:after],
                tuple((max(at - start, 0), number) for at, number in lines if at < end),
            )


def restated(sentence: Sentence, book: ClaimBook) -> Sentence:
    """Return the same words with the numbers of another book: what a text would say if they were so."""
    text, mentions, done = "", list[Mention](), 0
    for mention in sentence.mentions:
        claim = book[mention.claim.id]
        printed = sentence.text[mention.start : mention.end]
        text += sentence.text[done : mention.start]
        new = claim.text if printed == mention.claim.text else printed
        mentions.append(Mention(claim, len(text), len(text) + len(new)))
        text, done = text + new, mention.end
    return replace(sentence, text=text + sentence.text[done:], mentions=tuple(mentions))


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


# ---- what a claim's numbers carry: which way it went, how far ----------------------------------------
Carried = Literal["none", "broken", "few", "caution", "yes"]


def is_share(claim: Claim) -> bool:
    """Whether a claim is a share of a support number."""
    return claim.kind == "share" and claim.n is not None and claim.role != "previous"


def is_answer(claim: Claim) -> bool:
    """Whether a claim is a question's share in the whole survey: no panel's, and not the response rate."""
    return is_share(claim) and claim.members is not None and claim.denominator == "respondents"


def is_change(claim: Claim) -> bool:
    """Whether a claim's own value is a change: a reduction, or a signed one."""
    return claim.unit == "share" and claim.n is None and claim.kind in ("change", "goal")


def is_mean(claim: Claim) -> bool:
    """Whether a claim is a mean of values, and not a ratio of sums."""
    return claim.method == "mean_of_municipalities"


def change(claim: Claim) -> Decimal:
    """Return how far a share has moved since the earlier year, or a change's own signed value."""
    if is_change(claim):
        return claim.value * claim.direction
    return claim.value - (claim.previous_value if claim.previous_value is not None else claim.value)


def respondents(claim: Claim) -> Decimal | None:
    """Return a share's change in respondents; None where it has no n."""
    return None if claim.n is None else abs(change(claim)) * claim.n


def carried(claim: Claim) -> Carried:
    """Return what a share's comparison with the earlier year can carry.

    ``none`` without an earlier share, ``broken`` where the question has changed, ``few`` where the change is
    fewer than five respondents, ``caution`` where the earlier count is not known, else ``yes``.
    """
    if claim.previous_value is None:
        return "none"
    if claim.comparable == "broken":
        return "broken"
    moved = respondents(claim)
    if moved is not None and moved < HANDFUL:
        return "few"
    return "yes" if claim.comparable == "yes" else "caution"


def base_of(claim: Claim, book: ClaimBook) -> Claim:
    """Return the claim that an earlier year's share belongs to, or the claim itself."""
    if claim.role != "previous":
        return claim
    main = book.select(kind=claim.kind, subject=claim.subject, measure=claim.measure, role="main")
    return main[0] if main else claim


def earlier(claim: Claim) -> str:
    """Return the earlier share as printed, with its year."""
    if claim.previous_value is None:
        return ""
    return f"{swedish.percent(claim.previous_value)} {claim.previous_year}"


def offered(claim: Claim) -> str:
    """Return a wording on a share's change, or on a change's own value, that its numbers carry."""
    if is_change(claim):
        form = printed_form(claim)
        size = swedish.percent(abs(claim.value), form.decimals) if form else claim.text
        return f"”{'minskade' if change(claim) < 0 else 'ökade'} med {size}”"
    share, support = f"{claim.text} av de svarande", carried(claim)
    if support in ("none", "broken"):
        return f"”{share}”, without an earlier year"
    if support == "few":
        return f"”{share}, mot {earlier(claim)}, men skillnaden motsvarar bara några få svarande”"
    if support == "caution":
        return f"”{share}, mot {earlier(claim)}; hur många som svarade då är inte känt”"
    return f"”{share}, en {'ökning' if change(claim) > 0 else 'minskning'} från {earlier(claim)}”"


# ---- Swedish typography ------------------------------------------------------------------------------
_OBJECT = "\ufffc"
_VALUE = re.compile(r"{{.*?}}", re.S)
_SILENT = re.compile(r"{%.*?%}|{##.*?##}", re.S)
_LINK = re.compile(r"\]\([^)\n]*\)|<https?://[^>\s]*>|https?://\S+|`[^`\n]*`")
_ATTRIBUTES = re.compile(r"(?<=[\]:\w ])\{[^{}\n]*\}")
_LEAD = re.compile(r"^\s*(?:[-*+] |\d+\. |#+ |:::+ ?)?")

_RULES = tuple(
    (re.compile(pattern), advice)
    for pattern, advice in (
        (r"(?<=\S) {2,}(?=\S)", "two spaces; write one"),
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
)
_SEAMS = tuple(
    (re.compile(pattern), advice)
    for pattern, advice in (
        (rf"{_OBJECT}-(?:{_OBJECT}|\d)|\d-{_OBJECT}", "a hyphen for a dash between numbers; write 2–4"),
        (r"(?<=\S) {2,}(?=\S)", "two spaces; write one"),
        (rf"(?<={_OBJECT})\s+[,.;:!?](?=\s|$)", "a space before the punctuation; write none"),
        (r"(?<![.…])(?:\.\.|,,|,\.)(?!\.)", "punctuation twice; write it once, the value brings its own"),
    )
)


def typography(source: str, *, file: str) -> list[Problem]:
    """Return what breaks Swedish typography in a text's source.

    Parameters
    ----------
    source
        The text's source; placeholders, attributes and addresses are no text.
    file
        Its name in messages.
    """
    text = _VALUE.sub(lambda value: _OBJECT + _blank(value), _SILENT.sub(_blank, source))
    text = _LINK.sub(lambda link: "]" if link[0].startswith("]") else _blank(link), text)
    return [
        Problem(file, f"line {number}", message)
        for number, line in enumerate(_ATTRIBUTES.sub("", text).split("\n"), 1)
        for message in _odd(line, _RULES)
    ]


def seams(rendered: str, *, file: str) -> list[Problem]:
    """Return what breaks typography where a value meets the text around it."""
    problems = []
    for line in rendered.split("\n"):
        marked = _MARKS.search(line)
        where = f"line {ord(marked[0]) - _FIRST}" if marked else ""
        words = _ATTRIBUTES.sub("", _LINK.sub("]", CLAIM_SPAN.sub(_OBJECT, unmark(line))))
        problems += [Problem(file, where, message) for message in _odd(words, _SEAMS)]
    return problems


def _odd(line: str, rules: Iterable[tuple[re.Pattern[str], str]]) -> Iterator[str]:
    """Yield what rules find in a line, each with the words around it."""
    words = _LEAD.sub("", line)
    for pattern, advice in rules:
        if hit := pattern.search(words):
            around = words[max(hit.start() - 12, 0) : hit.end() + 12].replace(_OBJECT, "{{…}}").strip()
            yield f"”{around}”: {advice} [typography]"


# ---- words of amount: most, half, a mean, of the members ---------------------------------------------
_NEAR = 80
_MOST = re.compile(
    r"\b(?P<all>nästan (?:alla|samtliga)|så gott som (?:alla|samtliga)|i stort sett (?:alla|samtliga))\b"
    r"|\b(?P<most>de (?:allra )?flesta|flertalet|(?:en )?(?:stor |klar |knapp )?majoritet(?:en)?)\b"
    r"(?! av (?:dem|dessa|de som))",
    re.I,
)
_EXTREME = re.compile(
    r"\b(?<!de )(?<!allra )(?:(?P<least>färst|ovanligast|minst vanlig\w?)|flest|vanligast|störst andel)\b",
    re.I,
)
_ORDINALS = {"tredje": 3, "fjärde": 4, "femte": 5, "tionde": 10}
_PARTS = {"tredjedel": 3, "fjärdedel": 4, "femtedel": 5, "tiondel": 10}
_COUNTS = {"en": 1, "två": 2, "tre": 3, "fyra": 4, "fem": 5, "sex": 6, "sju": 7, "åtta": 8, "nio": 9}
_HOW = (
    r"(?:\b(?P<how>drygt|strax över|lite mer än|mer än|över|knappt|nästan|närmare|strax under|mindre än"
    r"|ungefär|omkring|cirka|runt)\s+)?"
)
_FRACTION = re.compile(
    rf"{_HOW}\b(?:(?P<half>hälften)(?! så)"
    r"|(?P<count>en|två|tre|fyra) (?P<part>tredjedel|fjärdedel|femtedel|tiondel)\w*"
    r"|vart? (?P<ordinal>tredje|fjärde|femte|tionde)"
    r"|(?P<often>två|tre|fyra|fem|sex|sju|åtta|nio) av tio)\b",
    re.I,
)
_MORE = {"drygt", "strax över", "lite mer än", "mer än", "över"}
_LESS = {"knappt", "nästan", "närmare", "strax under", "mindre än"}
_FAR = {"mer än", "över", "mindre än"}
_ROUNDED = re.compile(
    r"(?<!ligger )(?<!låg )(?<!längst )(?<!långt )"
    r"\b(?P<how>drygt|strax över|mer än|över|knappt|nästan|närmare|strax under)\s+$",
    re.I,
)
_MEAN = re.compile(
    r"\bi (?:genomsnitt|snitt|medeltal)\b|\b(?:i )?genomsnittlig\w*|\bsnittet\b|\bmedelvärdet\b", re.I
)
_MEMBERS = re.compile(
    r"^\s+(?:av\s+|bland\s+)?(?:(?:alla|samtliga|våra|föreningens|de)\s+)?(?P<who>medlem(?:mar|skommuner)(?:na|nas)?|kommuner(?:na)?)\b"
    r"(?!\s+som\s+(?:har\s+)?svara)",
    re.I,
)
_OF_MEMBERS = re.compile(
    r"\b(?:av|bland)\s+(?:(?:alla|samtliga|våra|föreningens|de)\s+)?(?P<who>medlem(?:mar|skommuner)na|kommunerna)\s+"
    r"(?:\w+\s+){0,3}$",
    re.I,
)


def amounts(sentence: Sentence, book: ClaimBook) -> Iterator[Finding]:
    """Yield the words of amount in a sentence that its claims contradict."""
    if sentence.mentions:
        yield from _majorities(sentence)
        yield from _extremes(sentence, book)
        yield from _fractions(sentence)
        yield from _means(sentence)
        for mention in sentence.mentions:
            yield from _rounded(mention, sentence)
            yield from _denominator(mention, sentence)


def _nearest(at: re.Match[str], sentence: Sentence) -> Claim | None:
    """Return the share nearest to a word, if one is near enough to be what it speaks of."""
    shares = [mention for mention in reversed(sentence.mentions) if is_share(mention.claim)]
    near = _closest(at, shares) if shares else None
    if near is None or _gap(at, near) > _NEAR or _apart(at, near, sentence):
        return None
    return near.claim


def _closest(at: re.Match[str], mentions: Iterable[Mention]) -> Mention:
    """Return the first of the mentions that are nearest to a word."""
    return min(mentions, key=lambda mention: _gap(at, mention))


def _gap(at: re.Match[str], mention: Mention) -> int:
    return max(mention.start - at.end(), at.start() - mention.end)


def _apart(at: re.Match[str], mention: Mention, sentence: Sentence) -> bool:
    """Whether a word and a claim stand in different clauses."""
    first, last = sorted([at.span(), (mention.start, mention.end)])
    between = sentence.text[first[1] : last[0]]
    return bool(CLAUSE.search(between) or re.search(r"\batt\b", between))


def _majorities(sentence: Sentence) -> Iterator[Finding]:
    for match in _MOST.finditer(sentence.text):
        claim = _nearest(match, sentence)
        need = Decimal("0.9") if match["all"] else Decimal("0.5")
        if claim is not None and (claim.value < need or claim.value == Decimal("0.5")):
            why = f"”{match.group()}” needs {'at least 90' if match['all'] else 'more than 50'} %"
            message = f"{why}, {claim.id} is {claim.text}; write ”{claim.text} av de svarande”"
            yield Finding(match.start(), "majority", message)


def _extremes(sentence: Sentence, book: ClaimBook) -> Iterator[Finding]:
    shares = [claim for claim in book if is_answer(claim)]
    for match in _EXTREME.finditer(sentence.text) if len(shares) > 1 else ():
        claim = _nearest(match, sentence)
        ends = sorted(shares, key=lambda c: (-c.value if match["least"] is None else c.value, c.id))
        if claim is not None and is_answer(claim) and claim.value != ends[0].value:
            why = f"”{match.group()}”: {claim.id} is {claim.text}, {ends[0].id} {ends[0].text}"
            yield Finding(match.start(), "extreme", f"{why}; write ”{claim.text} av de svarande”")


def _fractions(sentence: Sentence) -> Iterator[Finding]:
    for match in _FRACTION.finditer(sentence.text):
        claim, part = _nearest(match, sentence), _part(match)
        how = (match["how"] or "").lower()
        if claim is None or _holds(Fraction(claim.value), part, how):
            continue
        said = match.group()[len(how) :].strip()
        words = [word for word in ("", "drygt", "knappt") if _holds(Fraction(claim.value), part, word)]
        right = f"{words[0]} {said}".strip() if words else f"{claim.text} av de svarande"
        message = f"”{match.group()}”: {claim.id} is {claim.text}; write ”{right}”"
        yield Finding(match.start(), "fraction", message)


def _part(match: re.Match[str]) -> Fraction:
    if match["half"]:
        return Fraction(1, 2)
    if match["part"]:
        return Fraction(_COUNTS[match["count"].lower()], _PARTS[match["part"].lower()])
    if match["ordinal"]:
        return Fraction(1, _ORDINALS[match["ordinal"].lower()])
    return Fraction(_COUNTS[match["often"].lower()], 10)


def _holds(value: Fraction, part: Fraction, how: str) -> bool:
    gap = value - part
    if how in _MORE:
        return gap > 0 and (how in _FAR or gap <= Fraction(6, 100))
    if how in _LESS:
        return gap < 0 and (how in _FAR or gap >= Fraction(-6, 100))
    return abs(gap) <= (Fraction(5, 100) if how else Fraction(25, 1000))


def _rounded(mention: Mention, sentence: Sentence) -> Iterator[Finding]:
    claim, form = mention.claim, printed_form(mention.claim)
    word = _ROUNDED.search(sentence.text[: mention.start])
    if word is None or form is None or claim.kind == "fact":  # of words and ranges nothing is rounded
        return
    ahead = [m for m in sentence.mentions if m.end <= word.start() and m.claim.unit == claim.unit]
    how = word["how"].lower()
    if how == "mer än" and (claim.role == "previous" or ahead):  # which sets two numbers side by side
        return
    printed = swedish.round_half_up(printed_value(claim), form.decimals)
    gap = claim.value - (printed / 100 if printed_value(claim) != claim.value else printed)
    if gap == 0 or (gap > 0) != (how in _MORE):
        right = "" if gap == 0 else ("drygt " if gap > 0 else "knappt ")
        why = f"{claim.id} is {'exactly that' if gap == 0 else format(float(claim.value), '.4g')}"
        yield Finding(word.start(), "rounding", f"”{how} {claim.text}”: {why}; write ”{right}{claim.text}”")


def _means(sentence: Sentence) -> Iterator[Finding]:
    measured = [m for m in sentence.mentions if m.claim.unit == "share" or "per capita" in m.claim.unit]
    for match in _MEAN.finditer(sentence.text) if measured else ():
        mention = _closest(match, measured)
        near = mention.claim
        if not is_mean(near) and not _apart(match, mention, sentence):
            right = f"{near.text} per invånare" if "per capita" in near.unit else near.text
            why = f"”{match.group()}”: {near.id} is no mean but ”{near.definition}”"
            yield Finding(match.start(), "mean", f"{why}; write ”{right}”")


def _denominator(mention: Mention, sentence: Sentence) -> Iterator[Finding]:
    claim = mention.claim
    if claim.unit != "share" or claim.n is None or claim.members is None or claim.n >= claim.members:
        return
    match = _MEMBERS.search(sentence.text[mention.end :])
    ahead = _OF_MEMBERS.search(sentence.text[: mention.start])
    if hit := match or ahead:
        said = f"{claim.text}{hit.group()}" if match else hit.group().strip()
        at = mention.end + hit.start("who") if match else hit.start("who")
        why = f"”{said}”: {claim.id} is of {claim.n} respondents, not of {claim.members} members"
        yield Finding(at, "denominator", f"{why}; write ”{claim.text} av de svarande”")


# ---- two claims side by side -------------------------------------------------------------------------
_COMPARISONS = {"högre": 1, "mer": 1, "större": 1, "fler": 1, "vanligare": 1, "över": 1}
_COMPARISONS |= {"lägre": -1, "mindre": -1, "färre": -1, "ovanligare": -1, "under": -1}
_THAN = re.compile(
    r"\b(?P<word>högre|mer|större|fler|vanligare|lägre|mindre|färre|ovanligare)\b(?=(?P<gap>[^.;]*?)\bän\b)",
    re.I,
)
_OVER = re.compile(r"\b(?P<word>över|under)\s+(?:riket|landet|rikets?\s+\w+)\b", re.I)
_AGAINST = re.compile(r"\b(?:mot|jämfört med|än)\b", re.I)


def pairs(sentence: Sentence, book: ClaimBook) -> Iterator[Finding]:
    """Yield the comparisons of two claims in a sentence that do not hold."""
    for match in (*_THAN.finditer(sentence.text), *_OVER.finditer(sentence.text)):
        if two := _compared(match, sentence, book):
            yield from _judge(match, *two)
    for first, last in zip(sentence.mentions, sentence.mentions[1:], strict=False):
        yield from _mixed(first, last, sentence)


def _compared(match: re.Match[str], sentence: Sentence, book: ClaimBook) -> tuple[Claim, Claim] | None:
    """Return what is compared and with what, where the sentence leaves no doubt."""
    than = match.end("gap") if "gap" in match.re.groupindex else match.end()
    before = [m for m in sentence.mentions if m.end <= than]
    after = [m for m in sentence.mentions if m.start >= than]
    if "gap" in match.re.groupindex and before and after:
        between = sentence.text[than : after[0].start]
        if len(between) < 60 and not re.search(r"[;.]|, (?:men|och|medan)\b", between):
            return _same(before[-1], after[0], book)
    two = after if len(after) == 2 else before if len(before) == 2 and not after else []
    if two and _AGAINST.search(sentence.text[two[0].end : two[1].start]):
        return _same(two[0], two[1], book)
    return None


def _same(first: Mention, last: Mention, book: ClaimBook) -> tuple[Claim, Claim] | None:
    one, other = first.claim, last.claim
    earlier = base_of(one, book).id == base_of(other, book).id
    return None if one.unit != other.unit or earlier else (one, other)


def _judge(match: re.Match[str], one: Claim, other: Claim) -> Iterator[Finding]:
    gap = one.value - other.value
    alike = one.text == other.text or (one.n is not None and other.n is not None and abs(gap) * one.n < 1)
    if gap * _COMPARISONS[match["word"].lower()] > 0 and not alike:
        return
    word = "lika med" if alike else "högre än" if gap > 0 else "lägre än"
    why = f"”{match['word']}” does not hold: {one.id} is {one.text}, {other.id} is {other.text}"
    yield Finding(match.start(), "comparison", f"{why}; write ”{one.text}, {word} {other.text}”")


def _mixed(first: Mention, last: Mention, sentence: Sentence) -> Iterator[Finding]:
    """Refuse a mean of municipalities set beside a ratio of sums."""
    between = sentence.text[first.end : last.start]
    one, other = first.claim, last.claim
    methods = {one.method, other.method} == {"ratio_of_sums", "mean_of_municipalities"}
    if one.unit == other.unit and _AGAINST.search(between) and methods:
        kinds = [f"{c.id} is {'a mean' if is_mean(c) else 'a ratio of sums'}" for c in (one, other)]
        why = f"{swedish.listing(kinds, 'and')}; they may not be compared"
        advice = "write the two in a sentence each, with their definitions"
        yield Finding(last.start, "definition", f"{why}; {advice}")


# ---- words of change ---------------------------------------------------------------------------------
_BECAME = r"(?:blivit|blev|blir)\s+(?:\w+\s+)?"
_TIME = (
    r"(?=[^.;]{0,60}?\b(?:än|jämfört med|mot|sedan)\s+(?:år(?:et)?\s+)?"
    r"(?:(?:19|20)\d\d|förra|i fjol|innan|året|föregående|tidigare|då\b|sist|dess))"
)
_SINCE_THEN = r"(?:jämfört med|sedan)\s+(?:år\s+)?(?:(?:19|20)\d\d|förra året|i fjol)\b[^.,;]{0,40}?\s"
_WITH = r"(?=\s+(?:\w+\s+)?(?:med|till|från)\b)"
# Which way, whether the word alone ties it to a number, the words.
_PATTERNS = (
    (1, False, r"ökar|ökat|ökade|ökats|stiger|stigit|vuxit|växte|(?:gått|gick|går) upp"),
    (1, False, r"ökning(?:en|ar|arna)?|uppgång(?:en)?|höjning(?:en)?|fördubbling(?:en)?"),
    (1, False, rf"(?:steg|höjdes|växt){_WITH}|fördubbla(?:ts|des|t)|tredubbla(?:ts|des|t)"),
    (1, True, rf"{_BECAME}(?:fler|högre|större|vanligare)|(?:fler|högre|större|mer|vanligare){_TIME}"),
    (1, True, r"allt (?:fler|vanligare|större andel)|fler och fler"),
    (
        -1,
        False,
        r"minskar|minskat|minskade|minskats|sjunker|sjunkit|sjönk|fallit|(?:gått|gick|går) (?:ner|ned)",
    ),
    (-1, False, r"minskning(?:en|ar|arna)?|nedgång(?:en)?|sänkning(?:en)?|halvering(?:en)?"),
    (-1, False, rf"(?:föll|sänktes){_WITH}|halvera(?:ts|des|t)"),
    (-1, True, rf"{_BECAME}(?:färre|lägre|mindre|ovanligare)|(?:färre|lägre|mindre|ovanligare){_TIME}"),
    (1, True, rf"{_SINCE_THEN}(?:fler|högre|större|vanligare)"),
    (-1, True, rf"{_SINCE_THEN}(?:färre|lägre|mindre|ovanligare)"),
    (-1, True, r"allt (?:färre|ovanligare|mindre andel)|färre och färre"),
    (
        0,
        True,
        r"oförändra(?:d|t|de)|lika (?:stor|hög|många|vanligt)(?=[^.;]{0,30}\bsom\b)|samma (?:andel|nivå)",
    ),
)
CHANGE_WORDS = tuple((way, tied, re.compile(rf"\b(?:{words})\b", re.I)) for way, tied, words in _PATTERNS)
_ATTRIBUTE = re.compile(
    r"(?:\b(?:för|med|till|av|genom|om|mot|på|via|trots|utan|vid|efter|under|tack vare|kring|från|och|samt"
    r"|de|dessa|våra|sina|nya|ett|en)|(?:nas|ens|ets))\s+$",
    re.I,
)
_PARTICIPLE = re.compile(r"(?:ökade|minskade|ökat|minskat|oförändra\w+)$", re.I)
_NOUN = re.compile(r"(?:ning|gång|ling|ring)(?:en|ar|arna)?$", re.I)
_OWN = re.compile(r"^\s+(?:\S+\s+){0,3}?(?:sin|sitt|sina)\b", re.I)
_THAT = re.compile(r"\batt\b[^,;.]*$", re.I)
_SUBJECT = re.compile(
    r"\b(?:andel(?:en)?|siffran|svarsandelen|antalet|resultatet|nivån|utsläppen)\b[^.;]*$", re.I
)
_INVERTED = re.compile(r"^\s+(?:andelen|siffran|svarsandelen|antalet|resultatet|nivån)\b", re.I)
_TO = re.compile(r"^[^.;]{0,30}?\b(?:till|från|med|på)\s+(?:(?:drygt|knappt|nästan|hela|över)\s+)?$", re.I)
_SINCE = re.compile(
    r"^[^.;]{0,40}\b(?:sedan|jämfört med|mot)\s+(?:dess|sist|förra|i fjol|året|år|(?:19|20)\d\d)", re.I
)
_ARTICLE = re.compile(r"\b(?:en|är|var|blev)\s+(?:\w+\s+){0,2}$", re.I)
_OF = re.compile(r"^\s+(?:av|i)\s+(?!andel)", re.I)
_IF = re.compile(r"(?:^|[,;]\s+)(?:om|ifall|när)\s[^,;.]*$", re.I)
_FEW = re.compile(
    r"försiktig|några få|handfull|fåtal|övertolka|felmarginal"
    r"|få (?:kommuner|svarande|svar|medlemmar)|för liten",
    re.I,
)
_CARE = re.compile(
    r"inte känt|inte kända?|okän[dt]|känner vi inte|vet vi inte|osäk|inte (?:helt )?jämförba|ungefärlig", re.I
)
_FACTOR = re.compile(
    r"(?:\b(?P<more>mer än|över|drygt)\s+|\b(?P<less>nästan|knappt|närmare)\s+)?"
    r"\b(?P<word>fördubbl|tredubbl|halver)\w*",
    re.I,
)
_TIMES = {"fördubbl": Decimal(2), "tredubbl": Decimal(3), "halver": Decimal("0.5")}


@dataclass(frozen=True)
class _Word:
    """A word of change: which way it says, where it stands, and whether it is tied to a number."""

    way: int
    text: str
    start: int
    end: int
    tied: bool


def changes(sentence: Sentence, book: ClaimBook) -> Iterator[Finding]:
    """Yield the words of change in a sentence that its claims do not carry."""
    if not sentence.mentions:
        return
    words = list(_words(sentence))
    for word in words:
        if problem := _span(word, sentence):
            yield problem
        for claim in _targets(word, words, sentence, book):
            if problem := _judge_change(word, claim, sentence):
                yield problem
                break


def _words(sentence: Sentence) -> Iterator[_Word]:
    for way, tied, pattern in CHANGE_WORDS:
        for match in pattern.finditer(sentence.text):
            if not _aims(match, sentence.text):
                yield _Word(way, match.group(), *match.span(), tied or _tied(match, sentence))


def _aims(match: re.Match[str], text: str) -> bool:
    attribute = _PARTICIPLE.search(match.group()) and _ATTRIBUTE.search(text[: match.start()])
    supposed = _IF.search(text[: match.start()]) and match.group().lower().endswith("r")
    return bool(attribute or supposed or _OWN.search(text[match.end() :]))


def _tied(match: re.Match[str], sentence: Sentence) -> bool:
    """Whether a sentence says that a number moved, and not only that something did."""
    before, after = sentence.text[: match.start()], sentence.text[match.end() :]
    gaps = (sentence.text[match.end() : m.start] for m in sentence.mentions if m.start >= match.end())
    if any(_TO.search(gap) for gap in gaps) or _SINCE.search(after):
        return True
    if _NOUN.search(match.group()):
        return bool(_ARTICLE.search(before) and not _OF.search(after))
    return bool(_SUBJECT.search(before) or _INVERTED.search(after))


def _targets(word: _Word, words: list[_Word], sentence: Sentence, book: ClaimBook) -> list[Claim]:
    """Return the claims that a word speaks of: its nearest share, and the changes that it governs."""
    that = _THAT.search(sentence.text[: word.start])
    shares = [
        (m, base)
        for m in sentence.mentions
        if is_share(base := base_of(m.claim, book))
        and (word.tied or (base.previous_value is not None and not that))
    ]
    nearest = min(shares, key=lambda pair: _distance(word, pair[0], sentence.text), default=None)
    own = [m.claim for m in sentence.mentions if is_change(m.claim) and _governs(word, words, m)]
    return [*([nearest[1]] if nearest else []), *own]


def _governs(word: _Word, words: list[_Word], mention: Mention) -> bool:
    ahead = [other for other in words if other.end <= mention.start]
    ruling = max(ahead, key=lambda w: w.start) if ahead else min(words, key=lambda w: w.start)
    return ruling == word


def _distance(word: _Word, mention: Mention, text: str) -> int:
    between = text[word.end : mention.start] if mention.start >= word.end else text[mention.end : word.start]
    return len(between) + 500 * len(CLAUSE.findall(between))


def _judge_change(word: _Word, claim: Claim, sentence: Sentence) -> Finding | None:
    if is_change(claim):
        return _judge_own(word, claim, sentence)
    support = carried(claim)
    if support == "none":
        return _say(word, "no-previous", claim, "there is no earlier share to set it beside")
    if support == "broken":
        return _say(word, "broken", claim, f"the question is not the same as {claim.previous_year}")
    moved, size = change(claim), respondents(claim)
    still = moved == 0 or (size is not None and size < 1)
    if (word.way == 0) != still or not (still or moved * word.way > 0):
        why = "less than one respondent" if still else _way(moved)
        return _say(word, "direction", claim, f"{claim.text} now, {earlier(claim)}: {why}")
    if problem := _wrong_factor(word, claim, sentence):
        return problem
    said = sentence.text + sentence.after
    if support == "few" and word.way and not _FEW.search(said):
        return _say(
            word,
            "few",
            claim,
            f"the change is about {round(respondents(claim) or 0)} of {claim.n} respondents",
        )
    if support == "caution" and not (_FEW.search(said) or _CARE.search(said)):
        return _say(word, "caution", claim, "how many answered then is not known, and nothing says so")
    return None


def _judge_own(word: _Word, claim: Claim, sentence: Sentence) -> Finding | None:
    moved = change(claim)
    if moved * word.way <= 0:
        return _say(word, "direction", claim, f"its value is {_way(moved)}")
    if claim.value < 0 and f"med {claim.text}" in sentence.text:
        return _say(word, "sign", claim, "the minus says it once more")
    return _wrong_factor(word, claim, sentence)


def _wrong_factor(word: _Word, claim: Claim, sentence: Sentence) -> Finding | None:
    match = next((f for f in _FACTOR.finditer(sentence.text) if f.start("word") == word.start), None)
    if match is None:
        return None
    own = is_change(claim)
    times = 1 + change(claim) if own else claim.value / (claim.previous_value or claim.value or 1)
    goal = _TIMES[match["word"].lower()]
    ahead = times >= goal if goal > 1 else times <= goal
    near = abs(times - goal) <= goal / 10
    if (
        (match["more"] and ahead)
        or (match["less"] and not ahead and near)
        or (near and not (match["more"] or match["less"]))
    ):
        return None
    return _say(word, "factor", claim, f"the earlier value times {float(times):.2f}")


def _span(word: _Word, sentence: Sentence) -> Finding | None:
    """Hold ”ökade från A till B” against A and B themselves."""
    ahead = {m: sentence.text[: m.start].split() for m in sentence.mentions}
    first = next((m for m in ahead if ahead[m][-1:] == ["från"]), None)
    last = next((m for m in ahead if ahead[m][-1:] == ["till"]), None)
    if first is None or last is None or first.claim.unit != last.claim.unit:
        return None
    moved = last.claim.value - first.claim.value
    if moved * word.way > 0 or word.way == 0:
        return None
    why = f"from {first.claim.text} to {last.claim.text} it is {_way(moved)}"
    right = f"{'minskade' if moved < 0 else 'ökade'} från {first.claim.text} till {last.claim.text}"
    return Finding(word.start, "direction", f"”{word.text}”: {why}; write ”{right}”")


def _way(moved: Decimal) -> str:
    return "an increase" if moved > 0 else "a decrease" if moved < 0 else "no change"


def _say(word: _Word, rule: str, claim: Claim, why: str) -> Finding:
    text = f"”{word.text}” does not hold for {claim.id}: {why}; write {offered(claim)}"
    return Finding(word.start, rule, text)
