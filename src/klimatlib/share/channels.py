"""Channels: what the year's report becomes on the web, in mail, in social media and in the press.

What the channels are, and what the platforms take, stands in ``params/channels.yml``. Each channel has a text
in ``data/<name>/texts/channels/``, bound to the published claims as the report's own texts are. It prints no
number that the report does not print, and none that two people have not signed; a draft may, and says on
every file that it is one. The folder is ``outputs/<name>-channels/``, which a run of the report does not
touch.
"""

from __future__ import annotations

import html
import json
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import typst

from klimatlib import swedish
from klimatlib.charts.blocks import to_html
from klimatlib.claims import signatures
from klimatlib.claims.claims import CLAIM_SPAN, Claim, ClaimBook
from klimatlib.config import Channel, Channels, Params, Platform
from klimatlib.errors import ClaimError, InputError, Problem, progress
from klimatlib.execution.publishing import MANIFEST, changed, digest, publish, write_manifest
from klimatlib.indicators.emissions import pace_view, sector_highlights
from klimatlib.prose.linter import english_book, english_lint, lint
from klimatlib.prose.templates import Binder, chosen, view
from klimatlib.report.document import DRAFT
from klimatlib.report.html import ASSETS, FONTS, asset, closed_page
from klimatlib.report.renderers import private_folder
from klimatlib.sources import inputs as sources
from klimatlib.sources.inputs import Inputs

_ASSETS = Path(__file__).parent / "assets" / "channels"
_SECTIONS = ("post", "picture", "alt")  # of a post's text
_NOT_SIGNED = f"{DRAFT}: får inte publiceras, för alla siffror är inte signerade av två personer."


@dataclass(frozen=True)
class Bound:
    """A channel's text with its numbers in place."""

    channel: Channel
    file: str  # the text's file, as messages name it
    markdown: str  # each number carries the id of its claim
    claims: tuple[Claim, ...]  # those that it prints, in the language of the text


@dataclass(frozen=True)
class Post:
    """A post in social media, with a square picture: a number, its words and where it comes from."""

    bound: Bound
    markdown: str  # what is posted, its numbers with their claims
    text: str  # the same as plain words
    platforms: tuple[str, ...]
    strictest: str  # the platform with the shortest post
    limit: Platform  # what holds on all of its platforms
    number: str
    words: str
    source: str
    alt: str  # what the picture shows, for those who do not see it; its source line last


@dataclass(frozen=True)
class Card:
    """A channel on the index."""

    channel: Channel
    count: str  # how long its text is, and how long it may be
    body: str  # the text as HTML, each number with what it rests on
    text: str  # what is copied: plain words
    files: tuple[str, ...]
    markup: str = ""  # or HTML, where that is of use
    picture: bytes = b""  # of a post, as PNG
    alt: str = ""


def make(params_file: str, *, draft: bool = False) -> Path:
    """Make a report's channels.

    Parameters
    ----------
    params_file
        The report's parameter file, relative to the project.
    draft
        Make them although not all their numbers are signed; every file and picture then says so.

    Returns
    -------
    Path
        The folder, with ``index.html``.

    Raises
    ------
    InputError
        No published report of today's inputs, a text that says what its claims do not carry, a post over its
        limit, or a claim without two people's signatures; the folder is then as it was.
    """
    inputs = Inputs.open(params_file)
    project, book = inputs.project, published_book(inputs)
    settings = inputs.model(project.root / "params" / "channels.yml", Channels)
    texts = bind(inputs, book, settings, view(chosen(inputs), sources.questions(inputs)))
    printed = {claim.id for text in texts for claim in text.claims}
    missing = signatures.lacking(book, sources.signatures(inputs))
    unsigned = {claim: how for claim, how in missing.items() if claim in printed}
    if unsigned and not draft:
        count = f"{len(unsigned)} of the {len(printed)} claims that the channels print lack"
        sign = f"sign with: klimatlib sign {project.name} --as PERSON CLAIM ..."
        look = f"to look at them before that: klimatlib channels {project.name} --draft"
        raise signatures.refusal(unsigned, project, f"{count} two people's signatures; {sign}; {look}")
    facts = project.relative(project.data / "facts.yml")
    ours = [a for a in sources.facts(inputs)["activities"] if a["id"] == settings.activity]
    used = [name for a in ours for name in a.get("channels", ()) if name in settings.platforms]
    made = {
        post.bound.channel: post
        for post in posts(
            [text for text in texts if text.channel.kind == "post"], used, settings, facts=facts
        )
    }
    each_example = [part for text in texts if text.channel.kind == "examples" for part in parts(text)]
    if problems := too_long(each_example, used, settings):
        raise InputError(problems)

    def fill(stage: Path) -> None:
        params = project.params
        notice = " ".join(filter(None, (_NOT_SIGNED if draft else "", params.notice)))
        cards = list[Card]()
        for text in texts:
            if text.channel in made:
                scene = [*made].index(text.channel)
                cards.append(_write_post(stage, made[text.channel], params, notice, scene, draft=draft))
            else:
                cards += _write_text(stage, text, params, notice)
        title = f"Kanaler {params.year}"
        page = _page("index.html.j2", params, notice, title=title, heading=html.escape(title), cards=cards)
        _write(stage / "index.html", page)
        report = project.published / MANIFEST
        made_from = {
            "report": project.name,
            "draft": draft,
            "claims": {i: [book[i].text, signatures.fingerprint(book[i])] for i in sorted(printed)},
            "unsigned": sorted(unsigned) if draft else [],
            "inputs": {**inputs.digests, project.relative(report): digest(report)},
        }
        write_manifest(stage, made_from, {})

    home = publish(project.published.with_name(f"{project.name}-channels"), fill)
    signed = f"{len(printed) - len(unsigned)} of the {len(printed)} claims that they print"
    kind = f"{len(texts)} channels{', a draft' if draft else ''}"
    progress("channels", f"{project.relative(home)}/: {kind}; {signed} are signed by two people")
    return home


def published_book(inputs: Inputs) -> ClaimBook:
    """Return the published claims, those of a report that is whole and of today's inputs.

    Raises
    ------
    InputError
        No published report, one that was altered by hand, or one of other inputs than stand here now.
    """
    project = inputs.project
    book = sources.published_claims(inputs, project.name)
    sources.read_published(inputs, project.published, "report.qmd")
    path = project.published / MANIFEST
    manifest = sources.parse_manifest(path.read_bytes(), display_path=project.relative(path))
    hashes = {**manifest["inputs"], **manifest["parameters"], **manifest["notebooks"]}
    command = f"klimatlib report {project.name}"
    message = f"is not as it was when outputs/{project.name}/ was made; make that anew with: {command}"
    if problems := [
        Problem(path, "", message) for path, _ in changed(project.root, dict(sorted(hashes.items())))
    ]:
        raise InputError(problems)
    return book


# ---- texts: bound to the published claims, as Markdown, as plain words ---------------------------
def bind(
    inputs: Inputs, book: ClaimBook, settings: Channels, examples: Sequence[Mapping[str, Any]]
) -> list[Bound]:
    """Return all channels' texts, bound; that of the examples only where there are examples to tell.

    Parameters
    ----------
    inputs
        The report's inputs.
    book
        The published claims.
    settings
        The channels.
    examples
        The members' examples that the report tells (`klimatlib.prose.templates.view`).

    Raises
    ------
    InputError
        With what is wrong in all the texts.
    """
    project, facts = inputs.project, sources.facts(inputs)
    missed = [target for target in pace_view(book) if not target["enough"]]
    names = {
        "params": project.params,
        "sectors": sector_highlights(book, project.params, sources.sectors(inputs)),
        "target": missed[0] if missed else None,  # the first that the pace since the base year would miss
        "examples": examples,
    }
    origin = sources.origin(inputs, project.relative(project.data / "facts.yml"))
    credit = f"{origin.publisher}: {origin.title}"
    report = (project.published / "report.qmd").read_text(encoding="utf-8")
    in_report = {claim_id for _, claim_id in CLAIM_SPAN.findall(report)}
    why = "which the report does not; a channel tells only what the report tells"
    texts, problems = list[Bound](), list[Problem]()
    for channel in settings.channels:
        if channel.kind == "examples" and not examples:
            continue
        name = f"channels/{channel.text}.md"
        file = project.relative(project.data / "texts" / name)
        printable, linter = (
            (ClaimBook(book), lint) if channel.language == "sv" else (english_book(book), english_lint)
        )
        binder = Binder(facts, printable, project.params.year, credit, names, linter)
        try:
            block = binder.render(sources.text(inputs, name), file=file)
        except InputError as error:
            problems += error.problems
        except ClaimError as error:
            problems.append(Problem(file, "", str(error)))
        else:
            problems += [Problem(file, "", f"prints {i}, {why}") for i in block.claims if i not in in_report]
            texts.append(Bound(channel, file, block.markdown, tuple(printable[i] for i in block.claims)))
    if problems:
        raise InputError(problems)
    return texts


def parts(bound: Bound) -> list[Bound]:
    """Return a text's parts, one for each heading of the second level, each a channel under that title."""
    made = list[Bound]()
    for part in re.split(r"^(?=## )", bound.markdown, flags=re.M):
        if part.strip():
            heading, _, markdown = part.partition("\n")
            own = {"file": f"{bound.channel.file}-{len(made) + 1}", "title": plain(heading)}
            printed = {claim_id for _, claim_id in CLAIM_SPAN.findall(part)}
            claims = tuple(claim for claim in bound.claims if claim.id in printed)
            channel = bound.channel.model_copy(update=own)
            made.append(replace(bound, channel=channel, markdown=markdown, claims=claims))
    return made


_FENCE = re.compile(r"^:::.*\n?", re.M)
_ATTRIBUTED = re.compile(r"\[([^\[\]]*)\]\{[^{}]*\}")
_NEEDLESS = re.compile(r"\\([@|^~$])")  # escapes of the report's own Markdown, which others print
_MARKUP = re.compile(
    r"\\(?P<plain>.)|<(?P<bare>https?:[^<>\s]*)>|\[(?P<link>[^\[\]]*)\]\((?P<to>[^()\s]*)\)|\*\*?", re.S
)


def tidy(markdown: str) -> str:
    """Return Markdown for other programs: numbers as plain text, no fences, no attributes."""
    text = _NEEDLESS.sub(r"\1", _FENCE.sub("", _ATTRIBUTED.sub(r"\1", markdown)))
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n") + "\n"


def plain(markdown: str) -> str:
    r"""Return Markdown as the words that a reader sees: a paragraph a line, no markup, links as addresses.

    >>> plain('# Nytt\n\nVi är [51]{.claim claim="members-count"}\nmedlemmar.\n\n#klimat')
    'Nytt\n\nVi är 51 medlemmar.\n\n#klimat'
    """
    paragraphs = []
    for part in re.split(r"\n\s*\n", tidy(markdown).strip("\n")):
        lines = re.sub(r"^#+ ", "", part).split("\n")
        text = "".join("\n• " + line[2:] if line.startswith("- ") else " " + line.strip() for line in lines)
        paragraphs.append(_MARKUP.sub(_without_markup, text).strip())
    return "\n\n".join(filter(None, paragraphs))


def _without_markup(match: re.Match[str]) -> str:
    """Return the words of an escape, an address or a link; nothing for a sign of emphasis."""
    if match["plain"] or not (match["bare"] or match["to"]):
        return match["plain"] or ""
    address = re.sub(r"\\(.)", r"\1", match["bare"] or match["to"])
    words = match["link"]
    if words is None:
        return address
    bare = re.sub(r"^(?:https?://|mailto:)|/$", "", address)
    said = bare.endswith(words.removeprefix("www."))
    return words if said else f"{words} ({address.removeprefix('mailto:')})"


# ---- posts: a text, a picture and its words, held to the platforms' limits -----------------------
_SECTION = re.compile(r"^::: \{\.(?P<name>[a-z]+)(?P<more>[^{}]*)\}\n(?P<body>.*?)\n:::$", re.M | re.S)
_PLATFORMS = re.compile(r'platforms="([^"]*)"')
_NUMBER = re.compile(r'\[(?P<text>[^\[\]]*)\]\{\.claim claim="(?P<id>[^"]*)"\}\s*(?P<words>.*)', re.S)
_HASHTAG = re.compile(r"(?<!\w)#\w+")


def posts(texts: Sequence[Bound], used: Sequence[str], settings: Channels, *, facts: str) -> list[Post]:
    """Return the posts that texts hold.

    Parameters
    ----------
    texts
        Their texts.
    used
        The platforms that the association uses.
    settings
        The platforms' limits.
    facts
        The file that names those in use, as messages name it.

    Raises
    ------
    InputError
        A section that is missing, a platform that is unknown or not used, a text over a limit: all at once.
    """
    made, problems = list[Post](), list[Problem]()
    for bound in texts:
        post = _post(bound, used, settings, facts)
        if isinstance(post, Post):
            made.append(post)
        else:
            problems += post
    if problems := problems or [problem for post in made for problem in _over_limits(post, settings)]:
        raise InputError(problems)
    return made


def _post(bound: Bound, used: Sequence[str], settings: Channels, facts: str) -> Post | list[Problem]:
    """Return a text's post, or why there is none in it."""
    sections = {match["name"]: match["body"].strip("\n") for match in _SECTION.finditer(bound.markdown)}
    attributes = {match["name"]: match["more"] for match in _SECTION.finditer(bound.markdown)}
    problems = [
        Problem(bound.file, "", f"no section ::: {{.{name}}}; a post has {', '.join(_SECTIONS)}")
        for name in _SECTIONS
        if name not in sections
    ]
    picture = _NUMBER.fullmatch(sections.get("picture", ""))
    if "picture" in sections and picture is None:
        problems.append(
            Problem(bound.file, "picture", "expected a claim first, then the words that go with it")
        )
    named = _PLATFORMS.search(attributes.get("post", ""))
    platforms = tuple(re.split(r"[,\s]+", named[1].strip())) if named else tuple(used)
    for name in platforms:
        if name not in settings.platforms:
            message = f"unknown platform {name!r}; known: {', '.join(settings.platforms)}"
            problems.append(Problem(bound.file, "post", message))
        elif used and name not in used:
            message = f"{name} is not among the channels of {settings.activity} in {facts}"
            problems.append(Problem(bound.file, "post", message))
    if not platforms:
        message = f'no platforms; write ::: {{.post platforms="LinkedIn"}}, or give {facts} an activity'
        problems.append(Problem(bound.file, "post", f"{message} {settings.activity} with channels"))
    if problems or picture is None:
        return problems
    source = source_line(next(claim for claim in bound.claims if claim.id == picture["id"]))
    alt = re.sub(r"[ \n]+", " ", f"{plain(sections['alt'])} {source}")
    text, words = plain(sections["post"]), plain(picture["words"])
    limits = strictest(platforms, settings)
    return Post(bound, sections["post"], text, platforms, *limits, picture["text"], words, source, alt)


def strictest(platforms: Sequence[str], settings: Channels) -> tuple[str, Platform]:
    """Return which of some platforms takes the shortest post, and the limits that hold on all of them."""
    limits = [settings.platforms[name] for name in platforms]
    shortest = min(platforms, key=lambda name: settings.platforms[name].longest)
    hashtags = min((limit.hashtags for limit in limits if limit.hashtags is not None), default=None)
    longest, first = settings.platforms[shortest].longest, min(limit.first for limit in limits)
    return shortest, Platform(longest=longest, first=first, hashtags=hashtags)


def source_line(claim: Claim) -> str:
    """Return where a number comes from, in short lines: publishers and data year; who answered."""
    publishers = dict.fromkeys(part.split(":")[0].strip() for part in claim.source.split(";"))
    line = f"Källa: {swedish.listing([*publishers])}. Gäller {claim.data_year}."
    counted = claim.n is not None and claim.members is not None
    return f"{line}\nSvar från {claim.n} av {claim.members} medlemmar." if counted else line


def length(text: str) -> int:
    """Return a text's length as the strictest platforms count it: an emoji is two.

    >>> length("52 %"), length("🌱")
    (4, 2)
    """
    return len(text.encode("utf-16-le")) // 2


def _over_limits(post: Post, settings: Channels) -> Iterator[Problem]:
    limit, file = post.limit, post.bound.file
    for what, text, most, why in (
        ("the post", post.text, limit.longest, f"{post.strictest} takes"),
        ("its first paragraph", post.text.split("\n\n")[0], limit.first, "a telephone shows no more than"),
        ("the alt text", post.alt, settings.longest_alt, "expected at most"),
    ):
        over = length(text) - most
        if over > 0:
            yield Problem(file, "", f"{what} has {length(text)} characters, {why} {most}: {over} too many")
    hashtags = len(_HASHTAG.findall(post.text))
    if limit.hashtags is not None and hashtags > limit.hashtags:
        yield Problem(file, "", f"{hashtags} hashtags; expected at most {limit.hashtags}")
    if post.number not in post.alt:
        yield Problem(file, "alt", f"does not tell the picture's number, {post.number}")


def too_long(texts: Sequence[Bound], used: Sequence[str], settings: Channels) -> list[Problem]:
    """Return which texts, posts without a picture, are longer than the platforms of the association take."""
    problems = []
    for bound in texts if used else ():
        size, most = length(plain(bound.markdown)), strictest(used, settings)[1].longest
        if size > most:
            message = f"{size} characters, expected at most {most}: {size - most} too many"
            problems.append(Problem(bound.file, bound.channel.title, message))
    return problems


def _picture(post: Post, params: Params, scene: int, *, draft: bool) -> bytes:
    """Return a post's square picture as PNG, 1080 pixels wide, typeset as the report is.

    Raises
    ------
    InputError
        Words that take more room than there is.
    """
    words = {"number": post.number, "words": post.words, "source": post.source, "scene": scene}
    status, notice = DRAFT if draft else "", params.notice or ""
    frame = {"institution": params.association, "status": status, "notice": notice}
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])
    with private_folder() as folder:
        for path in (ASSETS / "report.typ", _ASSETS / "post.typ"):
            shutil.copyfile(path, folder / path.name)
        try:
            made = typst.compile(
                str(folder / "post.typ"),
                root=str(folder),
                font_paths=fonts,
                format="png",
                ppi=144,  # of a page of 540 points
                sys_inputs={"post": json.dumps({**words, **frame}, ensure_ascii=False)},
            )
        except typst.TypstError as error:
            message = error.message.removeprefix("panicked with: ").strip('"')
            raise InputError([Problem(post.bound.file, "picture", message)]) from error
    return made if isinstance(made, bytes) else made[0]


# ---- files and pages -----------------------------------------------------------------------------
_TITLE = re.compile(r"\A\s*# (?P<title>[^\n]+)\n")
_NOTE = re.compile(r'(<span class="claim" data-claim="[^"]*") title=')
_HEADING = re.compile(r"<(/?)h([1-3])\b")


def _write_post(stage: Path, post: Post, params: Params, notice: str, scene: int, *, draft: bool) -> Card:
    """Write a post's text, its picture and the words for it."""
    picture = _picture(post, params, scene, draft=draft)
    stem = post.bound.channel.file
    files = (f"{stem}.txt", f"{stem}.png", f"{stem}.alt.txt")
    (stage / files[1]).write_bytes(picture)
    for name, text in ((files[0], post.text), (files[2], post.alt)):
        _write(stage / name, f"{notice}\n\n{text}\n" if notice else f"{text}\n")
    size, most = swedish.number(length(post.text)), swedish.number(post.limit.longest)
    count = f"{swedish.listing([*post.platforms])} · {size} av {most} tecken"
    body = _noted(post.markdown, post.bound.claims)
    return Card(post.bound.channel, count, body, post.text, files, picture=picture, alt=post.alt)


def _write_text(stage: Path, bound: Bound, params: Params, notice: str) -> list[Card]:
    """Write a longer text: Markdown, and a page and HTML to paste where it has a title of its own.

    Each of the examples goes out on a day of its own, and has a card of its own.
    """
    stem, markdown = bound.channel.file, tidy(bound.markdown)
    files = {f"{stem}.md": f"{notice}\n\n{markdown}" if notice else markdown}
    if bound.channel.kind == "page":
        match = _TITLE.match(bound.markdown)
        title, rest = (match["title"], bound.markdown[match.end() :]) if match else ("", bound.markdown)
        files[f"{stem}.html"] = _page(
            "frame.html.j2",
            params,
            notice,
            language=bound.channel.language,
            title=plain(title),
            heading=re.sub(r"</?p>", "", _noted(title, bound.claims)).strip(),
            body=_noted(rest, bound.claims),
        )
        head = f"<p><strong>{notice}</strong></p>\n" if notice else ""
        files[f"{stem}-fragment.html"] = head + to_html(markdown)
    for name, text in files.items():
        _write(stage / name, text)
    cards = []
    for part in parts(bound) if bound.channel.kind == "examples" else [bound]:
        words, body = plain(part.markdown), _noted(part.markdown, part.claims)
        # A channel's title is of the second level: the highest of its own headings goes to the third.
        down = 3 - min((int(level) for _, level in _HEADING.findall(body)), default=3)
        body = _HEADING.sub(partial(_lowered, down), body)
        count = f"{swedish.number(len(words.split()))} ord"
        cards.append(Card(part.channel, count, body, words, (*files,), to_html(tidy(part.markdown))))
    return cards


def _lowered(down: int, tag: re.Match[str]) -> str:
    return f"<{tag[1]}h{int(tag[2]) + down}"


def _noted(markdown: str, claims: Sequence[Claim]) -> str:
    """Return Markdown as HTML whose numbers say what they rest on, as those of the report do."""
    return _NOTE.sub(r"\1 data-note=", to_html(markdown, claims))


def _page(template: str, params: Params, notice: str, *, language: str = "sv", **values: object) -> str:
    style = (_ASSETS / "channels.css").read_text(encoding="utf-8")
    return closed_page(
        _ASSETS / template,
        styles=[asset("report.css"), asset("sheet.css"), style],
        script=asset("report.js") + (_ASSETS / "channels.js").read_text(encoding="utf-8"),
        institution=params.association,
        report=f"{params.title} {params.year}",
        notice=notice,
        language=language,
        **values,
    )


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="")
