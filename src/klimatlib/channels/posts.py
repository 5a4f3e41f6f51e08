"""Posts in social media: a text held to the platforms' limits, a picture and what the picture shows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from klimatlib import swedish
from klimatlib.channels.bound import Bound, plain
from klimatlib.channels.kinds import ALT, PLATFORMS, Platform, length, strictest
from klimatlib.claims.claims import Claim
from klimatlib.errors import InputError, Problem

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
