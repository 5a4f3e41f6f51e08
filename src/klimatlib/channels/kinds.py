"""What the channels are, and what the platforms let a post be.

The limits are the platforms' own as they stood in 2026: characters of a post, characters that a telephone
shows before "more", and hashtags. A text may be for several platforms; the strictest of them decides.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

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
