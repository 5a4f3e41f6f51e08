"""Channels: what the year's report becomes on the web, in mail, in social media and in the press.

Each channel has a text in ``data/<name>/texts/channels/``, bound to the published claims as the report's own
texts are. It prints no number that the report does not print, and none that two people have not signed; a
draft may, and says on every file that it is one. The folder is ``outputs/<name>-channels/``, which a run of
the report does not touch.
"""

from __future__ import annotations

import base64
import html
import json
import re
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import typst

from klimatlib import swedish
from klimatlib.charts.blocks import to_html
from klimatlib.claims import signatures
from klimatlib.claims.claims import Claim, ClaimBook
from klimatlib.config import Project
from klimatlib.errors import ClaimError, InputError, Problem, progress
from klimatlib.execution.publishing import MANIFEST, changed, digest, publish, write_manifest
from klimatlib.indicators.emissions import pace_view, sector_highlights
from klimatlib.prose import linter as english
from klimatlib.prose import templates as examples
from klimatlib.prose.linter import lint
from klimatlib.prose.templates import Binder
from klimatlib.report.document import DRAFT
from klimatlib.report.html import ASSETS, FONTS, asset, closed_page
from klimatlib.report.renderers import private_folder
from klimatlib.sources import inputs as sources
from klimatlib.sources.inputs import Inputs

# --- klimatlib.share.channels: What the channels are, and what the platforms let a post be.

ALT = 300  # characters; some platforms take more, and a screen reader cannot be told to skim
POSTS = 3


@dataclass(frozen=True)
class Channel:
    """A channel: the name of its text, of its files, and what it is called on the page; its language."""

    text: str
    stem: str
    title: str
    language: str = "sv"

    @property
    def swedish(self) -> bool:
        """Whether it is in Swedish."""
        return self.language == "sv"


NEWS = Channel("news", "nyhet", "Webbnyhet")
NEWSLETTER = Channel("newsletter", "nyhetsbrev", "Nyhetsbrev")
PRESS = Channel("press", "pressmeddelande", "Pressmeddelande")
ENGLISH = Channel("english", "english", "Sammanfattning på engelska", "en")
POST = tuple(Channel(f"post-{n}", f"inlagg-{n}", f"Inlägg {n}") for n in range(1, POSTS + 1))
FRIDAY = Channel("fredagslyftet", "fredagslyftet", "Fredagslyftet")
CHANNELS = (NEWS, NEWSLETTER, *POST, PRESS, ENGLISH, FRIDAY)


@dataclass(frozen=True)
class Platform:
    """A platform's limits: characters of a post, those shown ahead of "more", hashtags (None: any number)."""

    name: str
    post: int
    ahead: int
    hashtags: int | None = None


PLATFORMS = {
    platform.name: platform
    for platform in (
        Platform("Facebook", 63_206, 125),
        Platform("Instagram", 2_200, 125, 5),
        Platform("LinkedIn", 3_000, 140),
        Platform("Mastodon", 500, 500),
        Platform("Bluesky", 300, 300),
        Platform("X", 280, 280),
    )
}


def strictest(names: Iterable[str]) -> Platform:
    """Return the limits that hold on all of some platforms; the name is of the one with the shortest post.

    >>> strictest(["LinkedIn", "Instagram"])
    Platform(name='Instagram', post=2200, ahead=125, hashtags=5)
    """
    chosen = [PLATFORMS[name] for name in names]
    shortest = min(chosen, key=lambda platform: platform.post)
    tags = [platform.hashtags for platform in chosen if platform.hashtags is not None]
    return Platform(
        shortest.name,
        shortest.post,
        min(platform.ahead for platform in chosen),
        min(tags, default=None),
    )


def length(text: str) -> int:
    """Return a text's length as the strictest platforms count it: an emoji is two.

    >>> length("52 %"), length("🌱")
    (4, 2)
    """
    return len(text.encode("utf-16-le")) // 2


# --- klimatlib.share.channels: The channels' texts: bound to the published claims, as Markd

FOLDER = "channels"
_SECTION = re.compile(r"^::: \{\.(?P<name>[a-z]+)(?P<more>[^{}]*)\}\n(?P<body>.*?)\n:::$", re.M | re.S)
_FENCE = re.compile(r"^:::.*\n?", re.M)
_ATTRIBUTED = re.compile(r"\[([^\[\]]*)\]\{[^{}]*\}")
_NEEDLESS = re.compile(r"\\([@|^~$])")  # escapes of the report's own Markdown, which others print
_PLAIN = re.compile(
    r"\\(?P<plain>.)|<(?P<bare>https?:[^<>\s]*)>|\[(?P<link>[^\[\]]*)\]\((?P<to>[^()\s]*)\)|\*\*?", re.S
)


@dataclass(frozen=True)
class Bound:
    """A channel's text with its numbers in place.

    Attributes
    ----------
    channel
        What it is for.
    file
        The text's file, as messages name it.
    markdown
        The text; each number carries the id of its claim.
    claims
        The claims that it prints, in the language of the text.
    """

    channel: Channel
    file: str
    markdown: str
    claims: tuple[Claim, ...]

    @property
    def sections(self) -> dict[str, tuple[str, str]]:
        """Its fenced sections: name to attributes and Markdown."""
        return {
            found["name"]: (found["more"].strip(), found["body"].strip("\n"))
            for found in _SECTION.finditer(self.markdown)
        }


def bind(inputs: Inputs, book: ClaimBook, examples: list[dict[str, Any]]) -> list[Bound]:
    """Return all channels' texts, bound; that of Fredagslyftet only where there are examples to tell.

    Parameters
    ----------
    inputs
        The report's inputs.
    book
        The published claims.
    examples
        The members' examples that the report tells, as `klimatlib.prose.templates.view` gives them.

    Raises
    ------
    InputError
        With what is wrong in all the texts.
    """
    known, found, problems = printed(inputs.project), list[Bound](), list[Problem]()
    for channel in CHANNELS:
        if channel == FRIDAY and not examples:
            continue
        try:
            one = _bound(inputs, book, channel, examples)
            problems += _unprinted(one, known)
            found.append(one)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return found


def _bound(inputs: Inputs, book: ClaimBook, channel: Channel, examples: list[dict[str, Any]]) -> Bound:
    project = inputs.project
    name = f"{FOLDER}/{channel.text}.md"
    file = project.relative(project.data / "texts" / name)
    source = sources.text(inputs, name)
    own = ClaimBook(book) if channel.swedish else english.book_of(book)
    linter: Callable[..., list[Problem]] = lint if channel.swedish else english.english_lint
    told_by = sources.origin(inputs, project.relative(project.data / "facts.yml"))
    binder = Binder(
        sources.facts(inputs),
        own,
        project.params.year,
        f"{told_by.publisher}: {told_by.title}",
        {**_names(inputs, book), "examples": examples},
        linter,
    )
    try:
        block = binder.render(source, file=file)
    except ClaimError as error:
        raise InputError([Problem(file, "", str(error))]) from None
    return Bound(channel, file, block.markdown, tuple(own[claim] for claim in block.claims))


def _names(inputs: Inputs, book: ClaimBook) -> Mapping[str, object]:
    """Return what the texts may use beside facts and claims, as the report's own texts do."""
    params = inputs.project.params
    missed = [target for target in pace_view(book) if not target["enough"]]
    return {
        "params": params,
        "sectors": sector_highlights(book, params, sources.sectors(inputs)),
        "target": missed[0] if missed else None,  # the first that the pace since the base year would miss
    }


def _unprinted(bound: Bound, known: set[str]) -> Iterator[Problem]:
    for claim in bound.claims:
        if claim.id not in known:
            told = f"prints {claim.id}, which the report does not; a channel tells only what the report tells"
            yield Problem(bound.file, "", told)


def parts(bound: Bound) -> list[Bound]:
    """Return a text's parts, one for each heading of the second level, each a channel under that title."""
    found = [part for part in re.split(r"^(?=## )", bound.markdown, flags=re.M) if part.strip()]
    return [
        replace(
            bound,
            channel=replace(
                bound.channel,
                stem=f"{bound.channel.stem}-{number}",
                title=plain(part.split("\n", 1)[0]),
            ),
            markdown=part.split("\n", 1)[1],
            claims=tuple(claim for claim in bound.claims if f'"{claim.id}"' in part),
        )
        for number, part in enumerate(found, 1)
    ]


def tidy(markdown: str) -> str:
    """Return Markdown for other programs: numbers as plain text, no fences, no attributes."""
    text = _NEEDLESS.sub(r"\1", _FENCE.sub("", _ATTRIBUTED.sub(r"\1", markdown)))
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n") + "\n"


def plain(markdown: str) -> str:
    r"""Return Markdown as the words that a reader sees: a paragraph a line, no markup, links as addresses.

    >>> plain('# Nytt\n\nVi är [51]{.claim claim="members-count"}\nmedlemmar.\n\n#klimat')
    'Nytt\n\nVi är 51 medlemmar.\n\n#klimat'
    """
    parts = re.split(r"\n\s*\n", tidy(markdown).strip("\n"))
    return "\n\n".join(filter(None, (_paragraph(part) for part in parts)))


def _paragraph(text: str) -> str:
    lines = re.sub(r"^#+ ", "", text).split("\n")
    joined = "".join(("\n• " + line[2:] if line.startswith("- ") else " " + line.strip()) for line in lines)
    return _PLAIN.sub(_words, joined).strip()


def _words(found: re.Match[str]) -> str:
    if found["plain"]:
        return found["plain"]
    if found["bare"]:
        return _unescaped(found["bare"])
    return _address(found["link"], _unescaped(found["to"])) if found["to"] else ""


def _unescaped(address: str) -> str:
    return re.sub(r"\\(.)", r"\1", address)


def _address(shown: str, to: str) -> str:
    bare = re.sub(r"^(?:https?://|mailto:)|/$", "", to)
    return shown if bare.endswith(shown.removeprefix("www.")) else f"{shown} ({to.removeprefix('mailto:')})"


# --- klimatlib.share.channels: What the channels rest on: a published report that is whole

_PRINTED = re.compile(r'\{\.claim claim="([^"]*)"\}')


def claims(inputs: Inputs) -> ClaimBook:
    """Return the published claims, those of a report that is whole and of today's inputs.

    Raises
    ------
    InputError
        No published report, one that was altered by hand, or one of other inputs than stand here now.
    """
    project = inputs.project
    book = sources.published_claims(inputs, project.name)
    sources.read_published(inputs, project.published, "report.qmd")
    if problems := _moved(project, _manifest(project)):
        raise InputError(problems)
    return book


def printed(project: Project) -> set[str]:
    """Return the ids of the claims that the report prints."""
    return {*_PRINTED.findall((project.published / "report.qmd").read_text(encoding="utf-8"))}


def _manifest(project: Project) -> Mapping[str, Any]:
    path = project.published / MANIFEST
    return sources.parse_manifest(path.read_bytes(), display_path=project.relative(path))


def _moved(project: Project, manifest: Mapping[str, Any]) -> list[Problem]:
    """Return which of the files that the report rests on are not as they were."""
    known = {**manifest["inputs"], **manifest["parameters"], **manifest["notebooks"]}
    told = f"is not as it was when outputs/{project.name}/ was made; make that anew with: {_command(project)}"
    return [Problem(path, "", told) for path, _ in changed(project.root, dict(sorted(known.items())))]


def unsigned(inputs: Inputs, book: ClaimBook, told: Collection[str]) -> dict[str, str]:
    """Return the told claims that two people have not signed as they stand, with how each is signed."""
    found = signatures.lacking(book, sources.signatures(inputs))
    return {claim: how for claim, how in found.items() if claim in told}


def unpublishable(project: Project, lacking: Mapping[str, str], *, of: int) -> InputError:
    """Return the error of channels with claims, so many of all that they print, that lack signatures."""
    count = f"{len(lacking)} of the {of} claims that the channels print lack two people's signatures"
    sign = f"klimatlib sign {project.name} --as PERSON CLAIM ..."
    advice = f"sign with: {sign}; to look at them before that: klimatlib channels {project.name} --draft"
    return signatures.refusal(lacking, project, f"{count}; {advice}")


def _command(project: Project) -> str:
    return f"klimatlib report {project.name}"


# --- klimatlib.share.channels: A post's square picture, typeset as the report is: 1080 pixe

PIXELS = 1080
_PIXELS_PER_INCH = 144  # of a page of 540 points


def draw(post: Post, *, institution: str, status: str, notice: str, scene: int) -> bytes:
    """Return a post's picture as PNG.

    Parameters
    ----------
    post
        The post.
    institution
        Whose picture it is.
    status, notice
        That it is a draft, or example data; empty where it is neither.
    scene
        Number of the landscape.

    Raises
    ------
    InputError
        Words that take more room than there is.
    """
    said = {**_pictures_words(post.picture), "institution": institution, "status": status, "notice": notice}
    with private_folder() as folder:
        for name in ("report.typ", "post.typ"):
            shutil.copyfile(ASSETS / name, folder / name)
        try:
            return _compiled(folder, json.dumps({**said, "scene": scene}, ensure_ascii=False))
        except typst.TypstError as error:
            told = error.message.removeprefix("panicked with: ").strip('"')
            raise InputError([Problem(post.bound.file, "picture", told)]) from error


def _compiled(folder: Path, said: str) -> bytes:
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])
    made = typst.compile(
        str(folder / "post.typ"),
        root=str(folder),
        font_paths=fonts,
        format="png",
        ppi=_PIXELS_PER_INCH,
        sys_inputs={"post": said},
    )
    return made if isinstance(made, bytes) else made[0]


def _pictures_words(picture: Picture) -> dict[str, str]:
    return {"number": picture.number, "words": picture.words, "source": picture.source}


# --- klimatlib.share.channels: Posts in social media: a text held to the platforms' limits,

SECTIONS = ("post", "picture", "alt")
_ATTRIBUTE = re.compile(r'platforms="([^"]*)"')
_NUMBER = re.compile(r'\[(?P<text>[^\[\]]*)\]\{\.claim claim="(?P<id>[^"]*)"\}\s*(?P<words>.*)', re.S)
_HASHTAG = re.compile(r"(?<!\w)#\w+")


@dataclass(frozen=True)
class Picture:
    """What a square picture says: a number, its words, and where it comes from."""

    number: str
    words: str
    source: str


@dataclass(frozen=True)
class Post:
    """A post.

    Attributes
    ----------
    bound
        Its text, of which these are the sections.
    markdown, text
        What is posted, with claims and as plain words.
    platforms
        Where it is posted.
    picture
        Its picture.
    alt
        What the picture shows, for those who do not see it; its source line last.
    """

    bound: Bound
    markdown: str
    text: str
    platforms: tuple[str, ...]
    picture: Picture
    alt: str

    @property
    def limit(self) -> Platform:
        """The limits that hold on all its platforms."""
        return strictest(self.platforms)


def posts(bound: Sequence[Bound], own: Sequence[str], *, facts: str) -> list[Post]:
    """Return the posts that the texts hold.

    Parameters
    ----------
    bound
        Their texts.
    own
        The platforms that the association uses.
    facts
        The file that tells them, as messages name it.

    Raises
    ------
    InputError
        A section that is missing, a platform that is unknown or not used, a text over a limit: all at once.
    """
    problems = [problem for one in bound for problem in _shape(one, own, facts)]
    if problems:
        raise InputError(problems)
    found = [_post(one, own) for one in bound]
    if problems := [problem for post in found for problem in _limits(post)]:
        raise InputError(problems)
    return found


def too_long(bound: Sequence[Bound], own: Sequence[str]) -> list[Problem]:
    """Return which texts, posts without a picture, are longer than the platforms of the association take."""
    most = strictest(own).post if own else length("".join(one.markdown for one in bound))
    long = [(one, length(plain(one.markdown))) for one in bound]
    return [
        Problem(
            one.file, one.channel.title, f"{size} characters, expected at most {most}: {size - most} too many"
        )
        for one, size in long
        if size > most
    ]


def _shape(bound: Bound, own: Sequence[str], facts: str) -> Iterator[Problem]:
    sections = bound.sections
    for name in SECTIONS:
        if name not in sections:
            yield Problem(bound.file, "", f"no section ::: {{.{name}}}; a post has {', '.join(SECTIONS)}")
    if "picture" in sections and not _NUMBER.fullmatch(sections["picture"][1]):
        yield Problem(bound.file, "picture", "expected a claim first, then the words that go with it")
    for name in _platforms(bound, own):
        if name not in PLATFORMS:
            yield Problem(bound.file, "post", f"unknown platform {name!r}; known: {', '.join(PLATFORMS)}")
        elif own and name not in own:
            yield Problem(
                bound.file, "post", f"{name} is not among the channels of sociala-medier in {facts}"
            )
    if not _platforms(bound, own):
        told = f'no platforms; write ::: {{.post platforms="LinkedIn"}}, or give {facts} an activity'
        yield Problem(bound.file, "post", f"{told} sociala-medier with channels")


def _platforms(bound: Bound, own: Sequence[str]) -> tuple[str, ...]:
    attributes, _ = bound.sections.get("post", ("", ""))
    named = _ATTRIBUTE.search(attributes)
    return tuple(re.split(r"[,\s]+", named[1].strip())) if named else tuple(own)


def _post(bound: Bound, own: Sequence[str]) -> Post:
    sections = {name: body for name, (_, body) in bound.sections.items()}
    picture = _picture(bound, sections["picture"])
    return Post(
        bound,
        sections["post"],
        plain(sections["post"]),
        _platforms(bound, own),
        picture,
        re.sub(r"[ \n]+", " ", f"{plain(sections['alt'])} {picture.source}"),
    )


def _picture(bound: Bound, markdown: str) -> Picture:
    found = _NUMBER.fullmatch(markdown)
    if found is None:  # which has been told
        raise AssertionError(markdown)
    claim = next(claim for claim in bound.claims if claim.id == found["id"])
    return Picture(found["text"], plain(found["words"]), source_line(claim))


def source_line(claim: Claim) -> str:
    """Return where a number comes from, in short lines: publishers and data year; who answered."""
    publishers = dict.fromkeys(part.split(":")[0].strip() for part in claim.source.split(";"))
    told = f"Källa: {swedish.listing([*publishers])}. Gäller {claim.data_year}."
    counted = claim.n is not None and claim.members is not None
    return f"{told}\nSvar från {claim.n} av {claim.members} medlemmar." if counted else told


def _limits(post: Post) -> Iterator[Problem]:
    limit, file = post.limit, post.bound.file
    first = post.text.split("\n\n")[0]
    for what, text, most, why in (
        ("the post", post.text, limit.post, f"{limit.name} takes"),
        ("its first paragraph", first, limit.ahead, "a telephone shows no more than"),
        ("the alt text", post.alt, ALT, "expected at most"),
    ):
        over = length(text) - most
        if over > 0:
            yield Problem(file, "", f"{what} has {length(text)} characters, {why} {most}: {over} too many")
    tags = len(_HASHTAG.findall(post.text))
    if limit.hashtags is not None and tags > limit.hashtags:
        yield Problem(file, "", f"{tags} hashtags; expected at most {limit.hashtags}")
    if post.picture.number not in post.alt:
        yield Problem(file, "alt", f"does not tell the picture's number, {post.picture.number}")


# --- klimatlib.share.channels: The channels' pages: one for each longer text, and the index

_TITLE = re.compile(r"\A\s*# (?P<title>[^\n]+)\n")
_NOTE = re.compile(r'(<span class="claim" data-claim="[^"]*") title=')
_HEADING = re.compile(r"<(/?)h([1-3])\b")


@dataclass(frozen=True)
class Look:
    """What all pages say: whose they are, of which report, and that it is a draft or example data."""

    institution: str
    report: str
    year: int
    notice: str


@dataclass(frozen=True)
class Card:
    """A channel on the index.

    Attributes
    ----------
    stem, title, language
        Of the channel.
    count
        How long its text is, and how long it may be.
    body
        The text as HTML, each number with what it rests on.
    text, markup
        What is copied: plain words, and HTML where that is of use.
    files
        Its files.
    picture, alt
        Its picture in base 64, and what it shows; empty without one.
    """

    stem: str
    title: str
    language: str
    count: str
    body: str
    text: str
    markup: str
    files: tuple[str, ...]
    picture: str = ""
    alt: str = ""


def page(bound: Bound, look: Look) -> str:
    """Return a text as a page of its own.

    Raises
    ------
    RenderError
        If something in it would load or run.
    """
    title, rest = split_title(bound.markdown)
    heading = re.sub(r"</?p>", "", _noted(title, bound.claims)).strip()
    return _framed(
        "frame.html.j2",
        look,
        language=bound.channel.language,
        title=plain(title),
        heading=heading,
        body=_noted(rest, bound.claims),
    )


def fragment(bound: Bound) -> str:
    """Return a text as plain HTML to paste: headings, paragraphs, lists, links, and nothing else."""
    return to_html(tidy(bound.markdown))


def index(cards: Sequence[Card], look: Look) -> str:
    """Return the page with all channels; as `page`."""
    title = f"Kanaler {look.year}"
    return _framed("index.html.j2", look, language="sv", title=title, heading=html.escape(title), cards=cards)


def text_card(bound: Bound, files: Sequence[str]) -> Card:
    """Return the card of a longer text."""
    words = plain(bound.markdown)
    return Card(
        bound.channel.stem,
        bound.channel.title,
        bound.channel.language,
        f"{swedish.number(len(words.split()))} ord",
        _lower(_noted(bound.markdown, bound.claims)),
        words,
        fragment(bound),
        tuple(files),
    )


def post_card(post: Post, picture: bytes, files: Sequence[str]) -> Card:
    """Return the card of a post."""
    channel, limit = post.bound.channel, post.limit
    where = swedish.listing([*post.platforms])
    long, most = swedish.number(length(post.text)), swedish.number(limit.post)
    return Card(
        channel.stem,
        channel.title,
        channel.language,
        f"{where} · {long} av {most} tecken",
        _noted(post.markdown, post.bound.claims),
        post.text,
        "",
        tuple(files),
        base64.b64encode(picture).decode(),
        post.alt,
    )


def split_title(markdown: str) -> tuple[str, str]:
    """Return a text's heading, and the rest."""
    found = _TITLE.match(markdown)
    return (found["title"], markdown[found.end() :]) if found else ("", markdown)


def _noted(markdown: str, claims: Sequence[Claim]) -> str:
    """Return Markdown as HTML whose numbers say what they rest on, as those of the report do."""
    return _NOTE.sub(r"\1 data-note=", to_html(markdown, claims))


def _lower(text: str) -> str:
    """Set the highest headings on the third level, the others below: a channel's title is of the second."""
    down = 3 - min((int(found[2]) for found in _HEADING.finditer(text)), default=3)
    return _HEADING.sub(lambda found: f"<{found[1]}h{int(found[2]) + down}", text)


def _framed(template: str, look: Look, **said: object) -> str:
    return closed_page(
        ASSETS / "channels" / template,
        styles=[asset(f"{name}.css") for name in ("report", "sheet", "channels/channels")],
        script=asset("report.js") + asset("channels/channels.js"),
        institution=look.institution,
        report=look.report,
        notice=look.notice,
        **said,
    )


# --- klimatlib.share.channels: Make the channels: bind, hold to limits and signatures, writ

_NOT_SIGNED = f"{DRAFT}: får inte publiceras, för alla siffror är inte signerade av två personer."
_PAGES = (NEWS, PRESS, ENGLISH)


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
    project, book = inputs.project, claims(inputs)
    bound = bind(inputs, book, examples.shown(inputs))
    told = {claim.id for one in bound for claim in one.claims}
    lacking = unsigned(inputs, book, told)
    if lacking and not draft:
        raise unpublishable(inputs.project, lacking, of=len(told))
    facts, own = project.relative(project.data / "facts.yml"), _make_platforms(sources.facts(inputs))
    made = posts([one for one in bound if one.channel in POST], own, facts=facts)
    if problems := too_long([part for one in bound if one.channel == FRIDAY for part in parts(one)], own):
        raise InputError(problems)
    home = project.published.with_name(f"{project.name}-channels")

    def fill(stage: Path) -> None:
        _write(stage, project, bound, made, draft=draft)
        report = project.published / MANIFEST
        made_from = {
            "report": project.name,
            "draft": draft,
            "claims": {i: [book[i].text, signatures.fingerprint(book[i])] for i in sorted(told)},
            "unsigned": sorted(lacking) if draft else [],
            "inputs": {**inputs.digests, project.relative(report): digest(report)},
        }
        write_manifest(stage, made_from, {})

    publish(home, fill)
    signed = f"{len(told) - len(lacking)} of the {len(told)} claims that they print are signed by two people"
    progress(
        "channels",
        f"{project.relative(home)}/: {len(bound)} channels{', a draft' if draft else ''}; {signed}",
    )
    return home


def _make_platforms(facts: Mapping[str, Any]) -> list[str]:
    """Return the platforms that the association uses, as the year's facts have them; none if not told."""
    told = [
        name for a in facts["activities"] if a["id"] == "sociala-medier" for name in a.get("channels", ())
    ]
    return [name for name in told if name in PLATFORMS]


def _write(
    stage: Path, project: Project, bound: Sequence[Bound], made: Sequence[Post], *, draft: bool
) -> None:
    params = project.params
    notice = " ".join(part for part in (_NOT_SIGNED if draft else "", params.notice) if part)
    look = Look(params.association, f"{params.title} {params.year}", params.year, notice)
    own = {post.bound.channel: post for post in made}
    cards = list[Card]()
    for one in bound:
        if one.channel in own:
            cards.append(_write_post(stage, own[one.channel], look, params.notice or "", draft=draft))
        else:
            cards += _write_text(stage, one, look)
    _put(stage / "index.html", index(cards, look))


def _write_text(stage: Path, bound: Bound, look: Look) -> list[Card]:
    """Write a longer text: Markdown, and a page and HTML to paste where it has a title of its own.

    Each part of Fredagslyftet goes out on a day of its own, and has a card of its own.
    """
    stem = bound.channel.stem
    files = {f"{stem}.md": _said(look.notice, tidy(bound.markdown))}
    if bound.channel in _PAGES:
        files[f"{stem}.html"] = page(bound, look)
        head = f"<p><strong>{look.notice}</strong></p>\n" if look.notice else ""
        files[f"{stem}-fragment.html"] = head + fragment(bound)
    for name, text in files.items():
        _put(stage / name, text)
    cards = parts(bound) if bound.channel == FRIDAY else [bound]
    return [text_card(one, [*files]) for one in cards]


def _write_post(stage: Path, post: Post, look: Look, notice: str, *, draft: bool) -> Card:
    stem = post.bound.channel.stem
    picture = draw(
        post,
        institution=look.institution,
        status=DRAFT if draft else "",
        notice=notice,
        scene=POST.index(post.bound.channel),
    )
    (stage / f"{stem}.png").write_bytes(picture)
    _put(stage / f"{stem}.txt", _said(look.notice, post.text + "\n"))
    _put(stage / f"{stem}.alt.txt", _said(look.notice, post.alt + "\n"))
    return post_card(post, picture, [f"{stem}.txt", f"{stem}.png", f"{stem}.alt.txt"])


def _said(notice: str, text: str) -> str:
    """Return a text with the notice ahead of it, where there is one."""
    return f"{notice}\n\n{text}" if notice else text


def _put(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="")
