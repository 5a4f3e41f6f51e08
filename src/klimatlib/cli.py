"""The command ``klimatlib``: a thin door; heavy modules are imported when a command needs them.

Exit codes: 0 done, 1 failed, 2 wrong use or bad input.
"""

from __future__ import annotations

import sys
from typing import NoReturn

import click

from klimatlib import __version__


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="klimatlib")
def cli() -> None:
    """Make the annual report of Klimatkommunerna, every number traceable.

    NAME is a report: the year, or the name of another file in params/.
    """


@cli.command()
@click.argument("name")
@click.option(
    "--renderer",
    type=click.Choice(["auto", "quarto", "embedded"]),
    default="auto",
    show_default=True,
    help="Who renders the document; auto takes Quarto where it is installed.",
)
def report(name: str, renderer: str) -> None:
    """Make a report: outputs/NAME/."""
    from klimatlib import build

    build.report(_params_file(name), renderer=renderer, say=_say)


@cli.command()
@click.argument("name")
def check(name: str) -> None:
    """Look at a report's parameters and data: all problems at once."""
    from klimatlib import checks, sources

    found = checks.check(sources.Inputs.open(_params_file(name)))
    for line in found.inputs:
        _say(line)
    for line in found.warnings:
        _say(f"warning: {line}")
    _say(f"{name}: nothing wrong found")


def main() -> NoReturn:
    """Run the command; a user's mistake is told in words, never as a traceback."""
    from klimatlib.errors import KlimatlibError

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


def _params_file(name: str) -> str:
    return name if name.endswith(".yml") else f"params/{name}.yml"


def _say(line: str) -> None:
    click.echo(line)
    sys.stdout.flush()
