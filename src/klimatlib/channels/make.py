"""Make the channels: bind, hold to limits and signatures, write beside, swap in whole."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from klimatlib import examples, jobs, publish, signatures, sources
from klimatlib.channels import basis, pages, pictures
from klimatlib.channels.bound import Bound, bind, parts, tidy
from klimatlib.channels.kinds import ENGLISH, FRIDAY, NEWS, PLATFORMS, POST, PRESS
from klimatlib.channels.posts import Post, posts, too_long
from klimatlib.claims.claims import ClaimBook
from klimatlib.document import DRAFT
from klimatlib.errors import InputError
from klimatlib.params import Project
from klimatlib.sources import Inputs

Say = Callable[[str], None]
MANIFEST = "manifest.json"
_NOT_SIGNED = f"{DRAFT}: får inte publiceras, för alla siffror är inte signerade av två personer."
_PAGES = (NEWS, PRESS, ENGLISH)


def make(params_file: str, *, draft: bool = False, say: Say = print) -> Path:
    """Make a report's channels.

    Parameters
    ----------
    params_file
        The report's parameter file, relative to the project.
    draft
        Make them although not all their numbers are signed; every file and picture then says so.
    say
        Where progress lines go.

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
    project, book = inputs.project, basis.claims(inputs)
    bound = bind(inputs, book, examples.shown(inputs))
    told = {claim.id for one in bound for claim in one.claims}
    lacking = basis.unsigned(inputs, book, told)
    if lacking and not draft:
        raise basis.unpublishable(inputs.project, lacking, of=len(told))
    facts, own = project.relative(project.data / "facts.yml"), _platforms(sources.facts(inputs))
    made = posts([one for one in bound if one.channel in POST], own, facts=facts)
    if problems := too_long([part for one in bound if one.channel == FRIDAY for part in parts(one)], own):
        raise InputError(problems)
    home = project.published.with_name(f"{project.name}-channels")
    outputs = home.parent
    with (
        publish.locked(outputs / f".lock-{home.name}"),
        publish.staging(outputs / f".staging-{home.name}", home) as stage,
    ):
        _write(stage, project, bound, made, draft=draft)
        _write_manifest(stage, inputs, book, told, lacking if draft else {}, draft=draft)
        publish.swap_in(stage, home)
    signed = f"{len(told) - len(lacking)} of the {len(told)} claims that they print are signed by two people"
    say(f"{project.relative(home)}/: {len(bound)} channels{', a draft' if draft else ''}; {signed}")
    return home


def _platforms(facts: Mapping[str, Any]) -> list[str]:
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
    look = pages.Look(params.association, f"{params.title} {params.year}", params.year, notice)
    own = {post.bound.channel: post for post in made}
    cards = list[pages.Card]()
    for one in bound:
        if one.channel in own:
            cards.append(_write_post(stage, own[one.channel], look, params.notice or "", draft=draft))
        else:
            cards += _write_text(stage, one, look)
    _put(stage / "index.html", pages.index(cards, look))


def _write_text(stage: Path, bound: Bound, look: pages.Look) -> list[pages.Card]:
    """Write a longer text: Markdown, and a page and HTML to paste where it has a title of its own.

    Each part of Fredagslyftet goes out on a day of its own, and has a card of its own.
    """
    stem = bound.channel.stem
    files = {f"{stem}.md": _said(look.notice, tidy(bound.markdown))}
    if bound.channel in _PAGES:
        files[f"{stem}.html"] = pages.page(bound, look)
        head = f"<p><strong>{look.notice}</strong></p>\n" if look.notice else ""
        files[f"{stem}-fragment.html"] = head + pages.fragment(bound)
    for name, text in files.items():
        _put(stage / name, text)
    cards = parts(bound) if bound.channel == FRIDAY else [bound]
    return [pages.text_card(one, [*files]) for one in cards]


def _write_post(stage: Path, post: Post, look: pages.Look, notice: str, *, draft: bool) -> pages.Card:
    stem = post.bound.channel.stem
    picture = pictures.draw(
        post,
        institution=look.institution,
        status=DRAFT if draft else "",
        notice=notice,
        scene=POST.index(post.bound.channel),
    )
    (stage / f"{stem}.png").write_bytes(picture)
    _put(stage / f"{stem}.txt", _said(look.notice, post.text + "\n"))
    _put(stage / f"{stem}.alt.txt", _said(look.notice, post.alt + "\n"))
    return pages.post_card(post, picture, [f"{stem}.txt", f"{stem}.png", f"{stem}.alt.txt"])


def _said(notice: str, text: str) -> str:
    """Return a text with the notice ahead of it, where there is one."""
    return f"{notice}\n\n{text}" if notice else text


def _put(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="")


def _write_manifest(
    stage: Path,
    inputs: Inputs,
    book: ClaimBook,
    told: set[str],
    lacking: Mapping[str, str],
    *,
    draft: bool,
) -> None:
    """Write what the channels rest on and print, last of all."""
    project = inputs.project
    report = project.published / "manifest.json"
    manifest = {
        "report": project.name,
        "draft": draft,
        "claims": {claim: [book[claim].text, signatures.fingerprint(book[claim])] for claim in sorted(told)},
        "unsigned": sorted(lacking),
        "inputs": {**inputs.digests, project.relative(report): jobs.digest(report)},
        "outputs": {path.name: jobs.digest(path) for path in sorted(stage.iterdir())},
    }
    _put(stage / MANIFEST, json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
