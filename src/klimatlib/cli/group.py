"""What all commands share: the group, where they say what they say, and runs that nobody watches."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

import click

from klimatlib import __version__
from klimatlib.errors import UsageError
from klimatlib.project import NAME


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


def unattended(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of a run that nobody watches."""
    style = click.Choice(["text", "json"])
    log = click.option("--log-format", type=style, help="How the lines are written.  [default: text]")
    flag = click.option("--scheduled", is_flag=True, help="For cron, systemd and CI: log, lock, summary.")
    return flag(log(command))


def do(
    work: Callable[[Callable[[str], None]], None], scheduled: bool, log_format: str | None, **errand: str
) -> int:
    """Do a command's work before a person's eyes, or unattended; return the exit code."""
    if not scheduled and log_format:
        raise click.UsageError("--log-format goes with --scheduled")
    if not scheduled:
        work(say)
        return 0
    from klimatlib.scheduled import Errand, attend

    return attend(Errand(work=work, **errand), style="json" if log_format == "json" else "text")


def params_file(name: str) -> str:
    """Return the parameter file of a report, by its name or as ``params/NAME.yml``."""
    bare = name.removeprefix("params/").removesuffix(".yml")
    if not NAME.fullmatch(bare):
        raise UsageError(f"{ascii(name)[1:-1]}: no report's name; expected a file of params/, as 2023")
    return f"params/{bare}.yml"


def say(line: str) -> None:
    """Print a line, at once."""
    click.echo(line)
    if sys.stdout:  # closed, where a service closes it
        sys.stdout.flush()
