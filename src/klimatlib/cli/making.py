"""Commands that make something: report, sheets, channels, a new year, and the statistics they rest on."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import click

from klimatlib.cli.group import cli, do, params_file, say, unattended


@cli.command()
@click.argument("name")
@click.option(
    "--renderer",
    type=click.Choice(["auto", "quarto", "embedded"]),
    default="auto",
    show_default=True,
    help="Who renders the document; auto takes Quarto where it is installed.",
)
@click.option("--vintage", help="Make it under another release of the emissions, in outputs/NAME@VINTAGE/.")
@click.option("--fresh", is_flag=True, help="Make everything anew, whatever stands from earlier runs.")
@click.option("--final", is_flag=True, help="Not a draft: every claim must be signed by two people.")
@click.option("--cluster", metavar="ADDRESS", help="Run the chapters on a Dask cluster: tcp://host:port.")
@click.option("--explain", is_flag=True, help="Tell which steps would run, and why; run nothing.")
@unattended
def report(
    name: str,
    renderer: str,
    vintage: str | None,
    cluster: str | None,
    log_format: str | None,
    *,
    fresh: bool,
    final: bool,
    explain: bool,
    scheduled: bool,
) -> int:
    """Make a report: outputs/NAME/; a draft (UTKAST on every page) unless --final.

    Only what changed since the last run is made anew.
    """
    if final and vintage:
        raise click.UsageError("a report under another release is for comparison: it is never --final")
    if explain and scheduled:
        raise click.UsageError("--explain runs nothing: it does not go with --scheduled")
    file = params_file(name)

    def work(say: Callable[[str], None]) -> None:
        from klimatlib import build

        if explain:
            for line in build.explain(file, renderer=renderer, final=final):
                say(line)
        else:
            build.report(
                file,
                renderer=renderer,
                vintage=vintage,
                fresh=fresh,
                final=final,
                cluster=cluster,
                say=say,
            )

    made = Path(file).stem + (f"@{vintage}" if vintage else "")
    return do(work, scheduled, log_format, name=made, folder=f"outputs/{made}", lock=f"outputs/.lock-{made}")


@cli.command()
@click.argument("name")
@click.argument("codes", nargs=-1, metavar="[CODE ...]")
@click.option("--all", "everyone", is_flag=True, help="All municipalities that the statistics hold.")
@click.option("--cluster", metavar="ADDRESS", help="Make them on a Dask cluster: tcp://host:port.")
def sheets(name: str, codes: tuple[str, ...], cluster: str | None, *, everyone: bool) -> None:
    """Make a fact sheet for each member municipality, or for CODE ...: outputs/NAME-sheets/.

    CODE is a municipality's code of four digits, as 0114. Sheets that are fresh are not made again.
    """
    from klimatlib.execution import processes
    from klimatlib.project import find_root
    from klimatlib.sheets import make_all

    with processes.cluster(cluster, find_root()) if cluster else nullcontext() as executor:
        make_all(params_file(name), codes, everyone=everyone, executor=executor, say=say)


@cli.command()
@click.argument("name")
@click.option("--draft", is_flag=True, help="Although numbers lack signatures; every file says UTKAST.")
def channels(name: str, *, draft: bool) -> None:
    """Write web news, newsletter, posts, press note and English summary: outputs/NAME-channels/.

    They rest on the published report, and print only numbers that two people have signed.
    """
    from klimatlib.channels import make

    make(params_file(name), draft=draft, say=say)


@cli.command()
@click.argument("year")
def new(year: str) -> None:
    """Make a new year from the one before: what carries over, and marks for what is to be filled in."""
    from klimatlib import newyear

    newyear.new(year, say=say)


@cli.command()
@click.argument("name")
@click.option("--offline", is_flag=True, help="Use the snapshots that are here; do not ask the network.")
@unattended
def fetch(name: str, offline: bool, log_format: str | None, *, scheduled: bool) -> int:
    """Get the official statistics that params/sources.yml names."""

    def work(say: Callable[[str], None]) -> None:
        from klimatlib.params import load_project
        from klimatlib.sources.fetching.fetch import fetch

        fetch(load_project(params_file(name), draft=True), say=say, offline=offline)

    called = f"fetch-{Path(params_file(name)).stem}"
    return do(work, scheduled, log_format, name=called, folder="data/statistics")
