"""The command ``klimatlib``: a thin door; heavy modules are imported when a command needs them.

Exit codes: 0 done, 1 failed, 2 wrong use or bad input, 75 another run is going on, 128 + n (unattended)
stopped by signal n.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import click

from klimatlib import __version__


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="klimatlib")
@click.option(
    "-C",
    "directory",
    type=click.Path(exists=True, file_okay=False),
    metavar="DIR",
    help="Go to this folder first, as with git and make.",
)
def cli(directory: str | None) -> None:
    """Make the annual report of Klimatkommunerna, every number traceable.

    NAME is a report: the year, or the name of another file in params/.
    """
    if directory:
        os.chdir(directory)


def _unattended(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of a run that nobody watches."""
    style = click.Choice(["text", "json"])
    log = click.option("--log-format", type=style, help="How the lines are written.  [default: text]")
    flag = click.option("--scheduled", is_flag=True, help="For cron, systemd and CI: log, lock, summary.")
    return flag(log(command))


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
@_unattended
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
    file = _params_file(name)

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
    return _do(work, scheduled, log_format, name=made, folder=f"outputs/{made}", lock=f"outputs/.lock-{made}")


@cli.command()
@click.argument("name")
@click.option(
    "--survey", is_flag=True, help="While the survey is open: who is missing, and what that leaves open."
)
@click.option(
    "--csv",
    "out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="With --survey: write the members to remind to this CSV.",
)
def check(name: str, *, survey: bool, out: Path | None) -> None:
    """Look at a report's parameters and data: all problems at once.

    With --survey: who has not answered, and for each sentence of the draft on the survey the bounds over all
    members and the fewest answers that can change its words (what it says, or whether the linter lets it
    stand), its number as printed, and its place among the sentences that klimatlib composes. For one member
    every answer that it can give is tried, and those who alone can change the words of most sentences come
    first; a member that answered last year also moves the comparison of those that answered both years. For
    more, the number is the least it can take, and "-" means that no answers can. What anybody answered is
    never shown, nor a share of fewer answers than minimum_cell.
    """
    from klimatlib import checks, fieldwork
    from klimatlib.run_summary import counted

    if out and not survey:
        raise click.UsageError("--csv goes with --survey")
    if survey:
        for line in fieldwork.follow(fieldwork.opened(_params_file(name)), out=out):
            _say(line)
        return
    found = checks.check_file(_params_file(name), today=dt.date.today())
    for line in found.inputs:
        _say(line)
    for line in found.corrections:
        _say(f"corrected: {line}")
    for line in found.warnings:
        _say(f"warning: {line}")
    _say(f"{name}: nothing wrong found, {counted(len(found.warnings), 'warning')}")


@cli.command()
@click.argument("name")
@click.option("--offline", is_flag=True, help="Use the snapshots that are here; do not ask the network.")
@_unattended
def fetch(name: str, offline: bool, log_format: str | None, *, scheduled: bool) -> int:
    """Get the official statistics that params/sources.yml names."""

    def work(say: Callable[[str], None]) -> None:
        from klimatlib.params import load_project
        from klimatlib.sources.fetching.fetch import fetch

        fetch(load_project(_params_file(name), draft=True), say=say, offline=offline)

    called = f"fetch-{Path(_params_file(name)).stem}"
    return _do(work, scheduled, log_format, name=called, folder="data/statistics")


@cli.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write the tidy table to this CSV."
)
@click.option("--report", "name", help="The report that a survey belongs to; else that of the file's folder.")
@click.option("--substance", default="GGT", show_default=True, help="What an export of emissions must hold.")
@click.option("--selection", is_flag=True, help="An export of emissions may leave out municipalities.")
def read(file: Path, out: Path | None, name: str | None, substance: str, *, selection: bool) -> None:
    """Show what klimatlib understands of a file, whatever its name: any format that it knows."""
    from klimatlib.look import Meaning, look

    for line in look(file, out=out, meaning=Meaning(name, substance, selection)):
        _say(line)


@cli.command()
@click.argument("names", nargs=-1)
@click.option(
    "--vintage", nargs=2, metavar="A B", help="Set two releases of the emissions beside each other."
)
def diff(names: tuple[str, ...], vintage: tuple[str, str] | None) -> None:
    """List what moved between two reports, and which printed sentences no longer hold.

    klimatlib diff 2022 2023, or klimatlib diff 2023 --vintage 2021-10-14 2025.
    """
    from klimatlib import diffs, sources

    if len(names) != (1 if vintage else 2):
        raise click.UsageError("give two reports, or one report and --vintage A B")
    inputs = sources.Inputs.open(_params_file(names[-1]))
    lines = diffs.releases(inputs, *vintage) if vintage else diffs.reports(inputs.project, names[0], names[1])
    for line in lines:
        _say(line)


@cli.command(name="infer-n")
@click.argument("percents", nargs=-1, required=True, type=click.IntRange(0, 100))
@click.option(
    "--at-most", required=True, type=click.IntRange(1, 100_000), help="The most that can have answered."
)
def infer_n(percents: tuple[int, ...], at_most: int) -> None:
    """Tell how many must have answered, from the whole percentages that were published."""
    from klimatlib import gate

    for line in gate.explain_n(percents, at_most=at_most):
        _say(line)


@cli.command()
@click.argument("name")
@click.argument("claims", nargs=-1, metavar="[CLAIM]...")
@click.option("--as", "signer", metavar="PERSON", help="Who signs; left out, the standing is listed.")
@click.option("--date", type=click.DateTime(["%Y-%m-%d"]), help="Day of signing; today by default.")
@click.option("--withdraw", is_flag=True, help="Take the person's signatures back.")
def sign(
    name: str, claims: tuple[str, ...], signer: str | None, date: dt.datetime | None, *, withdraw: bool
) -> None:
    """Sign published claims, or list how they stand.

    CLAIM is an id or a pattern such as "survey-*"; without one, all claims are meant.
    """
    from klimatlib import signing, sources

    if signer is None and (date or withdraw):
        raise click.UsageError("say who: --as PERSON")
    inputs = sources.Inputs.open(_params_file(name))
    if signer is None:
        lines = signing.standing(inputs, claims)
    elif withdraw:
        lines = signing.withdraw(inputs, claims, name=signer)
    else:
        lines = signing.sign(inputs, claims, name=signer, date=(date or dt.datetime.now()).date())
    for line in lines:
        _say(line)


@cli.command()
@click.argument("year")
def new(year: str) -> None:
    """Make a new year from the one before: what carries over, and marks for what is to be filled in."""
    from klimatlib import newyear

    newyear.new(year, say=_say)


@cli.command()
@click.argument("name")
@click.argument("codes", nargs=-1, metavar="[CODE ...]")
@click.option("--all", "everyone", is_flag=True, help="All municipalities that the statistics hold.")
def sheets(name: str, codes: tuple[str, ...], *, everyone: bool) -> None:
    """Make a fact sheet for each member municipality, or for CODE ...: outputs/NAME-sheets/.

    CODE is a municipality's code of four digits, as 0114. Sheets that are fresh are not made again.
    """
    from klimatlib.sheets import make_all

    make_all(_params_file(name), codes, everyone=everyone, say=_say)


def main() -> NoReturn:
    """Run the command; a user's mistake is told in words, never as a traceback."""
    from klimatlib.errors import KlimatlibError

    _open_streams()
    try:
        sys.exit(cli.main(standalone_mode=False))
    except KlimatlibError as error:
        click.echo(str(error), err=True)
        sys.exit(error.exit_code)
    except click.exceptions.Abort:
        click.echo("stopped", err=True)
        sys.exit(1)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except KeyboardInterrupt:
        click.echo("stopped", err=True)
        sys.exit(1)
    except BrokenPipeError:  # as with `| head`; nothing more is to be written there, also not at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(1)


def _do(
    work: Callable[[Callable[[str], None]], None], scheduled: bool, log_format: str | None, **errand: str
) -> int:
    """Do a command's work before a person's eyes, or unattended; return the exit code."""
    if not scheduled and log_format:
        raise click.UsageError("--log-format goes with --scheduled")
    if not scheduled:
        work(_say)
        return 0
    from klimatlib.scheduled import Errand, attend

    return attend(Errand(work=work, **errand), style="json" if log_format == "json" else "text")


def _open_streams() -> None:
    """Open those of the three standard streams that are closed: else the next file would take their place."""
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # opens the lowest that is free


def _params_file(name: str) -> str:
    return name if name.endswith(".yml") else f"params/{name}.yml"


def _say(line: str) -> None:
    click.echo(line)
    if sys.stdout:  # closed, where a service closes it
        sys.stdout.flush()
