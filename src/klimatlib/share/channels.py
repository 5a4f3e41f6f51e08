"""Channels: what the year's report becomes on the web, in mail, in social media and in the press.

``params/channels.yml`` has the channels and the platforms' limits. Each channel has a text in
``data/<name>/texts/channels/``, bound to the published claims as the report's own texts are. It prints no
number that the report does not print, and none without two signatures, except in a draft, which says so on
every file. The folder is ``outputs/<name>-channels/``, which a run of the report does not touch.
"""

from __future__ import annotations

import html
import json
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import typst

from klimatlib import swedish
from klimatlib.charts.blocks import CLAIMS_MIME, to_html
from klimatlib.claims import signatures
from klimatlib.claims.claims import CLAIM_SPAN, Claim, ClaimBook, credit
from klimatlib.config import Channel, Channels, Params, Platform
from klimatlib.errors import ClaimError, InputError, Problem, progress
from klimatlib.execution.publishing import MANIFEST, changed, digest, publish, write_manifest
from klimatlib.prose.statements import english_book
from klimatlib.prose.templates import Binder, chosen, of_emissions, view
from klimatlib.report.document import Status
from klimatlib.report.html import ASSETS, FONTS, asset, closed_page
from klimatlib.report.renderers import private_folder, write_pictures
from klimatlib.sources import inputs as sources
from klimatlib.sources.inputs import Inputs
from klimatlib.sources.tables import refuse

_ASSETS = Path(__file__).parent / "assets" / "channels"
_DRAFT = "får inte publiceras, för alla siffror är inte signerade av två personer"


@dataclass(frozen=True)
class Bound:
    """A channel's text with its numbers in place."""

    channel: Channel
    file: str  # the text's file, as messages name it
    markdown: str  # each number carries the id of its claim
    claims: tuple[Claim, ...]  # those that it prints, in the language of the text
    alt: str = ""  # of a chart, what it shows


@dataclass(frozen=True)
class Post:
    """A post in social media, with a square picture: a number, its words and where it comes from."""

    bound: Bound
    text: str  # the post as plain words
    platforms: tuple[str, ...]
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
    files: Mapping[str, bytes]  # by name
    markup: str = ""  # or HTML, where that is of use
    picture: bytes = b""  # of a post, as PNG
    alt: str = ""


def make(params_file: str, *, draft: bool = False) -> Path:
    """Make a report's channels, and return their folder, with ``index.html``.

    ``params_file`` is the report's, relative to the project. As a ``draft`` they are made although not all
    their numbers are signed; every file and picture then says so.

    InputError: no published report of today's inputs, a text that says what its claims do not carry, a post
    over its limit, or a claim without two people's signatures; the folder is then as it was.
    """
    inputs = Inputs.open(params_file)
    project, book = inputs.project, published_book(inputs)
    params = project.params
    settings = inputs.model(project.root / "params" / "channels.yml", Channels)
    texts = bind(inputs, book, settings, view(chosen(inputs), sources.questions(inputs)))
    is_draft = not json.loads((project.published / MANIFEST).read_bytes())["final"]
    if is_draft is not draft:  # its charts say so, or do not
        texts = [text for text in texts if text.channel.kind != "chart"]
    printed = {claim.id for text in texts for claim in text.claims}
    missing = signatures.lacking(book, sources.signatures(inputs))
    unsigned = {claim: how for claim, how in missing.items() if claim in printed}
    if unsigned and not draft:
        count = f"{len(unsigned)} of the {len(printed)} claims that the channels print lack"
        sign = f"sign with: klimatlib sign {project.name} --as PERSON CLAIM ..."
        look = f"to look at them before that: klimatlib channels {project.name} --draft"
        raise signatures.refusal(unsigned, project, f"{count} two people's signatures; {sign}; {look}")
    ours = (each for each in sources.facts(inputs)["activities"] if each["id"] == settings.activity)
    used = [name for each in ours for name in each.get("channels", ()) if name in settings.platforms]
    made = posts(texts, used, settings, facts=project.relative(project.data / "facts.yml"))

    def fill(stage: Path) -> None:
        status = Status.of(params, final=not draft, draft=_DRAFT)
        scenes = {post.bound.channel: (scene, post) for scene, post in enumerate(made)}
        cards = list[Card]()
        for text in texts:
            if text.channel in scenes:
                cards.append(_post_card(*scenes[text.channel], params, status))
            elif text.channel.kind == "chart":
                cards.append(_chart_card(text, inputs, status))
            else:
                cards += _text_cards(text, params, status)
        title = f"Kanaler {params.year}"
        page = _page("index.html.j2", params, status, title=title, heading=html.escape(title), cards=cards)
        (stage / "index.html").write_bytes(page.encode())
        for card in cards:
            for name, content in card.files.items():
                (stage / name).write_bytes(content)
        report = project.published / MANIFEST
        made_from = {
            "report": project.name,
            "final": not draft,
            "claims": {i: [book[i].text, signatures.fingerprint(book[i])] for i in sorted(printed)},
            "unsigned": sorted(unsigned),
            "inputs": {**inputs.digests, project.relative(report): digest(report)},
        }
        write_manifest(stage, made_from, {})

    home = publish(project.published.with_name(f"{project.name}-channels"), fill)
    signed = f"{len(printed) - len(unsigned)} of the {len(printed)} claims that they print"
    kind = f"{len(texts)} channels{', a draft' if draft else ''}"
    progress("channels", f"{project.relative(home)}/: {kind}; {signed} are signed by two people")
    if is_draft is not draft:
        kind = "a draft" if is_draft else "final"
        progress("channels", f"no charts: outputs/{project.name}/ is {kind}, and its charts with it")
    return home


def published_book(inputs: Inputs) -> ClaimBook:
    """Return the claims of the published report; an InputError unless it is whole and of today's inputs."""
    project = inputs.project
    book = sources.published_claims(inputs, project.name)
    sources.read_published(inputs, project.published, "report.qmd")
    path = project.published / MANIFEST
    manifest = sources.parse_manifest(path.read_bytes(), display_path=project.relative(path))
    hashes = {**manifest["inputs"], **manifest["parameters"], **manifest["notebooks"]}
    anew = f"when outputs/{project.name}/ was made; make that anew with: klimatlib report {project.name}"
    refuse(Problem(path, "", f"is not as it was {anew}") for path, _ in changed(project.root, hashes))
    return book


# ---- texts: bound to the published claims, as Markdown, as plain words ---------------------------
def bind(
    inputs: Inputs, book: ClaimBook, settings: Channels, examples: Sequence[Mapping[str, Any]]
) -> list[Bound]:
    """Return all channels' texts, bound and held to their claims: the one place that judges them.

    ``book`` has the published claims, ``settings`` the channels, and ``examples`` those of the members that
    the report tells (`klimatlib.prose.templates.view`); without any, a channel of examples is left out.

    InputError: with what is wrong in all the texts.
    """
    project, facts, places = inputs.project, sources.facts(inputs), sources.places(inputs).names
    names = {"params": project.params, "examples": examples, **of_emissions(inputs, book, places)}
    origin = sources.origin(inputs, project.relative(project.data / "facts.yml"))
    credit = f"{origin.publisher}: {origin.title}"
    report = (project.published / "report.qmd").read_text(encoding="utf-8")
    in_report = {claim_id for _, claim_id in CLAIM_SPAN.findall(report)}
    languages = {"sv": ClaimBook(book), "en": english_book(book)}
    texts, problems = list[Bound](), list[Problem]()
    for channel in settings.channels:
        if channel.kind == "examples" and not examples:
            continue
        name = f"channels/{channel.text}.md"
        file = project.relative(project.data / "texts" / name)
        printable, words = languages[channel.language], sources.guard_words(inputs)
        about = (credit, names, words, channel.language, places)
        binder = Binder(facts, printable, project.params.year, *about)
        try:
            if channel.kind == "chart":
                texts.append(_chart(inputs, channel, languages[channel.language], settings))
                continue
            block = binder.render(sources.text(inputs, name), file=file)
        except InputError as error:
            problems += error.problems
        except ClaimError as error:
            problems.append(Problem(file, "", str(error)))
        else:
            why = "which the report does not; a channel tells only what the report tells"
            problems += [Problem(file, "", f"prints {i}, {why}") for i in block.claims if i not in in_report]
            texts.append(Bound(channel, file, block.markdown, tuple(printable[i] for i in block.claims)))
    refuse(problems)
    return texts


_FINDING = (
    r"::: \{{\.finding\}}\s+(?P<headline>[^\n]+)\s+!\[(?P<caption>.*?)\]\(figures/{0}\.svg\)"
    r"\{{#chart-{0} alt=\"(?P<alt>.*?)\""
)


def _chart(inputs: Inputs, channel: Channel, book: ClaimBook, settings: Channels) -> Bound:
    """Return a chart of the published report: its headline and its caption, and the claims that it draws."""
    published, finding = inputs.project.published, re.compile(_FINDING.format(channel.text))
    names = sorted(path.name for path in (published / "notebooks").glob("*.ipynb"))
    notebooks = (json.loads(sources.read_published(inputs, published, f"notebooks/{name}")) for name in names)
    cells = (cell for notebook in notebooks for cell in notebook["cells"])
    for data in (output.get("data", {}) for cell in cells for output in cell.get("outputs", ())):
        if match := finding.search("".join(data.get("text/markdown", ""))):
            alt = plain(match["alt"])
            limit = ("the alt text of its chart", alt, settings.longest_alt, "expected at most")
            refuse(_too_long("params/channels.yml", channel.file, [limit]))
            claims = tuple(book[claim] for claim in data[CLAIMS_MIME]["claims"])
            markdown = f"{match['headline']}\n\n{match['caption']}\n"
            return Bound(channel, "report.qmd", markdown, claims, alt)
    message = f"no chart {channel.text} under a headline in the report; name another"
    raise InputError([Problem("params/channels.yml", channel.file, message)])


def parts(bound: Bound) -> list[Bound]:
    """Return a text's parts, one for each heading of the second level, each a channel under that title."""
    made = list[Bound]()
    for part in filter(str.strip, re.split(r"^(?=## )", bound.markdown, flags=re.M)):
        heading, _, markdown = part.partition("\n")
        own = {"file": f"{bound.channel.file}-{len(made) + 1}", "title": plain(heading)}
        made.append(replace(bound, channel=bound.channel.model_copy(update=own), markdown=markdown))
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

    def words(markup: re.Match[str]) -> str:
        address = re.sub(r"\\(.)", r"\1", markup["bare"] or markup["to"] or "")
        if markup["plain"] or not address:  # an escape, or emphasis
            return markup["plain"] or ""
        if markup["bare"]:
            return address
        link, bare = markup["link"], re.sub(r"^(?:https?://|mailto:)|/$", "", address)
        tells = bare.endswith(link.removeprefix("www."))
        return link if tells else f"{link} ({address.removeprefix('mailto:')})"

    paragraphs = []
    for part in re.split(r"\n\s*\n", tidy(markdown).strip("\n")):
        lines = re.sub(r"^#+ ", "", part).split("\n")
        text = "".join("\n• " + line[2:] if line.startswith("- ") else " " + line.strip() for line in lines)
        paragraphs.append(_MARKUP.sub(words, text).strip())
    return "\n\n".join(filter(None, paragraphs))


# ---- posts: a text, a picture and its words, held to the platforms' limits -----------------------
_SECTION = re.compile(r"^::: \{\.(?P<name>[a-z]+)(?P<more>[^{}]*)\}\n(?P<body>.*?)\n:::$", re.M | re.S)
_PLATFORMS = re.compile(r'platforms="([^"]*)"')
_NUMBER = re.compile(r'\s*\[(?P<text>[^\[\]]*)\]\{\.claim claim="(?P<id>[^"]*)"\}\s*(?P<words>.*)', re.S)
_HASHTAG = re.compile(r"(?<!\w)#\w+")


def posts(texts: Sequence[Bound], used: Sequence[str], settings: Channels, *, facts: str) -> list[Post]:
    """Return the posts with a picture that texts hold; they and the examples keep to the platforms' limits.

    ``used`` are the platforms that the association uses, ``settings`` has their limits, and ``facts`` is the
    file that names those in use, as messages name it.

    InputError: a section that is missing, a platform that is unknown or not used, a text over a limit: all at
    once.
    """
    made, problems = list[Post](), list[Problem]()
    for bound in texts:
        if bound.channel.kind == "post":
            try:
                made.append(_post(bound, used, settings, facts))
            except InputError as error:
                problems += error.problems
        elif bound.channel.kind == "examples" and used:
            strictest, limit = strictest_of(used, settings)
            for part in parts(bound):
                limits = [("the example", plain(part.markdown), limit.longest, f"{strictest} takes")]
                problems += _too_long(bound.file, part.channel.title, limits)
    refuse(problems)
    return made


def _post(bound: Bound, used: Sequence[str], settings: Channels, facts: str) -> Post:
    """Return a text's post, or raise an InputError with all that is wrong in it."""
    sections = dict.fromkeys(("post", "picture", "alt"), ("", ""))
    written = {match["name"]: (match["more"], match["body"]) for match in _SECTION.finditer(bound.markdown)}
    needed = f"a post has {', '.join(sections)}"
    faults = [("", f"no section ::: {{.{name}}}; {needed}") for name in sections if name not in written]
    (more, markdown), (_, pictured), (_, alt) = ({**sections, **written}[name] for name in sections)
    picture = _NUMBER.fullmatch(pictured)
    if picture is None:
        faults.append(("picture", "expected a claim first, then the words that go with it"))
    named = _PLATFORMS.search(more)
    platforms = tuple(re.split(r"[,\s]+", named[1].strip())) if named else tuple(used)
    for name in platforms:
        if name not in settings.platforms:
            faults.append(("post", f"unknown platform {name!r}; known: {', '.join(settings.platforms)}"))
        elif used and name not in used:
            faults.append(("post", f"{name} is not among the channels of {settings.activity} in {facts}"))
    if not platforms:
        message = f'no platforms; write ::: {{.post platforms="LinkedIn"}}, or give {facts} an activity'
        faults.append(("post", f"{message} {settings.activity} with channels"))
    refuse(Problem(bound.file, *fault) for fault in faults)
    assert picture is not None  # else it is among the faults
    first = next(claim for claim in bound.claims if claim.id == picture["id"])
    source = source_line(first, english=bound.channel.language == "en")
    alt = re.sub(r"[ \n]+", " ", f"{plain(alt)} {source}")
    text, (strictest, limit) = plain(markdown), strictest_of(platforms, settings)
    limits = [
        ("the post", text, limit.longest, f"{strictest} takes"),
        ("its first paragraph", text.split("\n\n")[0], limit.first, "a telephone shows no more than"),
        ("the alt text", alt, settings.longest_alt, "expected at most"),
    ]
    problems = _too_long(bound.file, "", limits)
    hashtags = len(_HASHTAG.findall(text))
    if limit.hashtags is not None and hashtags > limit.hashtags:
        problems.append(Problem(bound.file, "", f"{hashtags} hashtags; expected at most {limit.hashtags}"))
    if picture["text"] not in alt:
        problems.append(Problem(bound.file, "alt", f"does not tell the picture's number, {picture['text']}"))
    refuse(problems)
    post = replace(bound, markdown=markdown)
    return Post(post, text, platforms, limit, picture["text"], plain(picture["words"]), source, alt)


def strictest_of(platforms: Sequence[str], settings: Channels) -> tuple[str, Platform]:
    """Return which of some platforms takes the shortest post, and the limits that hold on all of them."""
    limits = {name: settings.platforms[name] for name in platforms}
    strictest = min(limits, key=lambda name: limits[name].longest)
    first = min(limit.first for limit in limits.values())
    hashtags = min((limit.hashtags for limit in limits.values() if limit.hashtags is not None), default=None)
    return strictest, Platform(longest=limits[strictest].longest, first=first, hashtags=hashtags)


def source_line(claim: Claim, *, english: bool = False) -> str:
    """Return where a number comes from, in short lines: publishers and data year; who answered."""
    line = f"{credit([claim], english=english)} {'Data for' if english else 'Gäller'} {claim.data_year}."
    if claim.n is None or claim.members is None:
        return line
    if english:
        about, how = ("about ", ", a derived number") if claim.inferred else ("", "")
        return f"{line}\nAnswers from {about}{claim.n} of {claim.members} members{how}."
    about, how = ("omkring ", "; antalet är härlett") if claim.inferred else ("", "")
    return f"{line}\nSvar från {about}{claim.n} av {claim.members} medlemmar{how}."


def length(text: str) -> int:
    """Return a text's length as the strictest platforms count it: an emoji is two.

    >>> length("52 %"), length("🌱")
    (4, 2)
    """
    return len(text.encode("utf-16-le")) // 2


def _too_long(file: str, where: str, limits: Sequence[tuple[str, str, int, str]]) -> list[Problem]:
    """Return which texts are too long; of each what it is, the text, most characters, and who says so."""
    return [
        Problem(file, where, f"{what} has {size} characters, {why} {most}: {size - most} too many")
        for what, text, most, why in limits
        if (size := length(text)) > most
    ]


def _picture(post: Post, params: Params, scene: int, *, status: str) -> bytes:
    """Return a post's square picture as PNG, 1080 pixels wide; an InputError if its words have no room."""
    values = {"number": post.number, "words": post.words, "source": post.source, "scene": scene}
    values |= {"institution": params.association, "status": status, "notice": params.notice or ""}
    values |= {"language": post.bound.channel.language}
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])
    with private_folder() as folder:
        for path in (ASSETS / "report.typ", _ASSETS / "post.typ"):
            shutil.copyfile(path, folder / path.name)
        try:
            # At 144 dots an inch of a page of 540 points.
            main, sys_inputs = str(folder / "post.typ"), {"post": json.dumps(values, ensure_ascii=False)}
            about: dict[str, Any] = {"format": "png", "ppi": 144, "sys_inputs": sys_inputs}
            made = typst.compile(main, root=str(folder), font_paths=fonts, **about)
        except typst.TypstError as error:
            message = error.message.removeprefix("panicked with: ").strip('"')
            raise InputError([Problem(post.bound.file, "picture", message)]) from error
    return made if isinstance(made, bytes) else made[0]


# ---- files and pages -----------------------------------------------------------------------------
_TITLE = re.compile(r"\A\s*# (?P<title>[^\n]+)\n")
_NOTE = re.compile(r'(<span class="claim" data-claim="[^"]*") title=')
_HEADING = re.compile(r"<(/?)h([1-3])\b")


def _post_card(scene: int, post: Post, params: Params, status: Status) -> Card:
    """Return a post with its text, its picture and the words for it."""
    size, most = swedish.number(length(post.text)), swedish.number(post.limit.longest)
    count = f"{swedish.listing([*post.platforms])} · {size} av {most} tecken"
    picture = _picture(post, params, scene, status=status.word)
    return _pictured(post.bound, post.text, post.alt, count, picture, status)


def _pictured(bound: Bound, text: str, alt: str, count: str, picture: bytes, status: Status) -> Card:
    """Return a channel with a picture; the text and the words for the picture are files too."""
    stem = bound.channel.file
    texts = {f"{stem}.txt": text, f"{stem}.alt.txt": alt}
    files = {name: f"{status.notice}\n\n{words}\n".lstrip().encode() for name, words in texts.items()}
    files[f"{stem}.png"] = picture
    return Card(bound.channel, count, _noted(bound), text, files, picture=picture, alt=alt)


def _chart_card(bound: Bound, inputs: Inputs, status: Status) -> Card:
    """Return a chart of the published report as a picture under its headline, with the words for it."""
    channel, params, published = bound.channel, inputs.project.params, inputs.project.published
    with private_folder() as folder:
        (folder / "figures").mkdir()
        for name in (f"figures/{channel.text}.svg", f"figures/{channel.text}-narrow.svg"):
            if inputs.exists(published / name):
                (folder / name).write_bytes(sources.read_published(inputs, published, name))
        title = f"{params.association} · {params.title} {params.year}"
        *_, card = write_pictures(folder / "figures", card=channel.text, title=title)
        picture = card.read_bytes()
    words = plain(bound.markdown)
    count = f"{swedish.number(length(words))} tecken"
    return _pictured(bound, words, bound.alt, count, picture, status)


def _text_cards(bound: Bound, params: Params, status: Status) -> list[Card]:
    """Return a longer text: Markdown, and a page and HTML to paste where it has a title of its own.

    Each of the examples goes out on a day of its own, and has a card of its own.
    """
    stem, markdown, notice = bound.channel.file, tidy(bound.markdown), status.notice
    texts = {f"{stem}.md": f"{notice}\n\n{markdown}" if notice else markdown}
    if bound.channel.kind == "page":
        match = _TITLE.match(bound.markdown)
        title, rest = (match["title"], bound.markdown[match.end() :]) if match else ("", bound.markdown)
        heading = re.sub(r"</?p>", "", _noted(replace(bound, markdown=title))).strip()
        values = {"title": plain(title), "heading": heading, "body": _noted(replace(bound, markdown=rest))}
        language = bound.channel.language
        texts[f"{stem}.html"] = _page("frame.html.j2", params, status, language=language, **values)
        head = f"<p><strong>{notice}</strong></p>\n" if notice else ""
        texts[f"{stem}-fragment.html"] = head + to_html(markdown)
    files, cards = {name: text.encode() for name, text in texts.items()}, []
    for part in parts(bound) if bound.channel.kind == "examples" else [bound]:
        words, body = plain(part.markdown), _noted(part, on_index=True)
        count = f"{swedish.number(len(words.split()))} ord"
        cards.append(Card(part.channel, count, body, words, files, to_html(tidy(part.markdown))))
    return cards


def _noted(bound: Bound, *, on_index: bool = False) -> str:
    """Return a text as HTML whose numbers say what they rest on, as those of the report do."""
    body = _NOTE.sub(r"\1 data-note=", to_html(bound.markdown, bound.claims))
    if not on_index:
        return body
    # A channel's title is of the second level there: the highest of its own headings goes to the third.
    down = 3 - min((int(level) for _, level in _HEADING.findall(body)), default=3)
    return _HEADING.sub(lambda tag: f"<{tag[1]}h{int(tag[2]) + down}", body)


def _page(template: str, params: Params, status: Status, *, language: str = "sv", **values: object) -> str:
    style, script = ((_ASSETS / f"channels.{kind}").read_text(encoding="utf-8") for kind in ("css", "js"))
    values |= {"institution": params.association, "report": f"{params.title} {params.year}"}
    styles, script = [asset("report.css"), asset("sheet.css"), style], asset("report.js") + script
    return closed_page(_ASSETS / template, status, styles=styles, script=script, language=language, **values)
