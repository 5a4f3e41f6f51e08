"""Paths: typed where a report's name is meant, or written into files, none leads out of the project."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from klimatlib.cli import cli
from klimatlib.errors import KlimatlibError
from torture import hostile
from torture.promise import Effort, Found


def _outside(root: Path) -> Path:
    """Lay a whole project beside the world, whose files no path may reach."""
    other = root.parent / "utanför"
    (other / "params").mkdir(parents=True)
    text = (root / hostile.PARAMS).read_text(encoding="utf-8")
    (other / "params" / "tiny.yml").write_text(text.replace("Verksamhetsberättelse", hostile.SECRET), "utf-8")
    return other


def _commands(root: Path, other: Path) -> Iterator[list[str]]:
    """Yield what is typed in the place of a report's name, a release, a code."""
    up = f"../{other.name}/params/tiny"
    for name in (
        up,
        f"{up}.yml",
        f"params/../{up}.yml",
        str(other / "params/tiny.yml"),
        "https://x.example/tiny.yml",
        "file:///etc/passwd",
        "tiny\x00",
        "{year.__class__}",
        "..",
        ".",
        "params/länk.yml",
        "länk",
        "sources",
        "",
        "tiny/../tiny",
        "~/tiny",
        "tiny.yml/../../x",
    ):
        yield ["check", name]
        yield ["report", name, "--renderer", "embedded"]
    for release in (f"../../../{other.name}/x", "/etc/passwd", "{0}", "tiny/../tiny", "a\x00"):
        yield ["report", "tiny", "--vintage", release]
    for code in ("../1281", "/1281", "1281/..", "{}", "https://x.example"):
        yield ["sheets", "tiny", code]
    yield ["new", f"../{other.name}/2024"]
    yield ["sign", f"../{other.name}/params/tiny", "--as", "Anna Ek"]
    yield ["fetch", f"../{other.name}/params/tiny.yml", "--offline"]
    yield ["diff", "tiny", f"../../{other.name}/tiny"]


def _plantings(root: Path, other: Path) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield what is written into files that hold paths or names."""
    for path in (
        f"../{other.name}/x.csv",
        str(other),
        "https://x.example",
        "a/../../x",
        "{x}",
        "{vintage.__class__}",
    ):
        change = lambda path=path: hostile.change_yaml(  # noqa: E731
            root / "params/sources.yml", lambda v: v["sources"]["population"].update(file=path)
        )
        yield f"sources.yml, file {path}", change
    for key, value in (
        ("data", f"../../{other.name}"),
        ("data", str(other)),
        ("emissions_vintage", f"../../../{other.name}/x"),
        ("previous", f"../../{other.name}"),
        ("emissions_vintage", "{}"),
        ("data", "."),
    ):
        yield (
            f"{key}: {value}",
            lambda key=key, value=value: hostile.change_yaml(
                root / hostile.PARAMS, lambda v: v.update({key: value})
            ),
        )
    for file in ("data/tiny/facts.yml", "data/tiny/texts/foreword.md", "data/tiny/members.csv"):
        yield f"{file} is a link out", lambda file=file: _link(root / file, other / "params/tiny.yml")
    yield (
        "a notebook elsewhere",
        lambda: hostile.change_yaml(
            root / "notebooks/report.yml", lambda v: v["chapters"].append(f"../../{other.name}/x")
        ),
    )


def _link(path: Path, target: Path) -> None:
    path.unlink()
    path.symlink_to(target)


def paths_stay_inside(effort: Effort) -> Found:
    """Type and write paths that lead out: all is refused before it is used, and nothing there is changed."""
    root = hostile.fresh(effort.where, "paths")
    other = _outside(root)
    _link_parameters(root, other)
    before = _state(root.parent, root)
    failures, count = [], 0
    with hostile.inside(root):
        for command in _commands(root, other):
            count += 1
            failures += _must_refuse(f"klimatlib {' '.join(command)!r}", lambda c=command: _type(c))
    for number, (told, _) in enumerate(_plantings(root, other)):
        count += 1
        world = hostile.fresh(effort.where, f"planted-{number}")
        beside = _outside(world)
        [*_plantings(world, beside)][number][1]()
        with hostile.inside(world):
            failures += _must_refuse(told, lambda: _type(["check", "tiny"]))
    failures += ["something outside was written"] if _state(root.parent, root) != before else []
    return Found(count, failures, "paths", "typed, and written into files")


def _link_parameters(root: Path, other: Path) -> None:
    (root / "params" / "länk.yml").symlink_to(other / "params" / "tiny.yml")


def _type(command: list[str]) -> None:
    with contextlib.redirect_stdout(io.StringIO()):
        cli.main(command, standalone_mode=False)


def _must_refuse(told: str, work: Callable[[], object]) -> list[str]:
    try:
        work()
    except (KlimatlibError, click.ClickException) as error:
        return [f"{told}: told the secret"] if hostile.SECRET in str(error) else []
    except Exception as error:
        return [f"{told}: {type(error).__name__}: {str(error)[:100]}"]
    return [f"{told}: was taken"]


def _state(folder: Path, root: Path) -> list[tuple[str, int, int]]:
    """Return what stands beside a project: names, times of writing, sizes."""
    found = [path for path in sorted(folder.rglob("*")) if not path.is_relative_to(root) and path.is_file()]
    return [(str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in found]
