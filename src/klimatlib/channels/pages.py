"""The channels' pages: one for each longer text, and the index where everything lies ready to be copied."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Sequence
from dataclasses import dataclass

import jinja2

from klimatlib import swedish
from klimatlib.blocks import to_html
from klimatlib.channels.bound import Bound, plain, tidy
from klimatlib.channels.kinds import length
from klimatlib.channels.posts import Post
from klimatlib.claims.claims import Claim
from klimatlib.render.seal import SCRIPT_HASH, STYLE_HASH, sealed
from klimatlib.render.stage import asset, font_faces

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
    script = asset("report.js") + asset("channels/channels.js")
    style = font_faces() + "".join(asset(f"{name}.css") for name in ("report", "sheet", "channels/channels"))
    hills = re.search(r"<svg class=\"hills\".*?</svg>", asset("report.template.html"), re.DOTALL)
    loader = jinja2.FunctionLoader(lambda name: asset(f"channels/{name}"))
    environment = jinja2.Environment(
        loader=loader, undefined=jinja2.StrictUndefined, autoescape=True, keep_trailing_newline=True
    )
    text = environment.get_template(template).render(
        institution=look.institution,
        report=look.report,
        notice=look.notice,
        style=style,
        script=script,
        hills=hills.group() if hills else "",
        style_hash=STYLE_HASH,
        script_hash=SCRIPT_HASH,
        **said,
    )
    return sealed(text, script=script)
