"""The command ``klimatlib``: a thin door; heavy modules are imported when a command needs them.

Exit codes: 0 done, 1 failed, 2 wrong use or bad input, 75 another run is going on, 128 + n (unattended)
stopped by signal n.
"""

from __future__ import annotations

import os
import sys
from typing import NoReturn

import click

from klimatlib.cli import looking, making  # noqa: F401  (they add their commands)
from klimatlib.cli.group import cli

__all__ = ["cli", "main"]


def main() -> NoReturn:
    """Run the command; a user's mistake is told in words, never as a traceback."""
    from klimatlib.errors import KlimatlibError, in_words

    _open_streams()
    _read_names_as_utf8()
    try:
        sys.exit(cli.main(standalone_mode=False))
    except KlimatlibError as error:
        click.echo(in_words(error), err=True)
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
    except OSError as error:  # the disk, rights, handles: nothing that a traceback would help with
        click.echo(in_words(error), err=True)
        sys.exit(1)
    except MemoryError:
        click.echo("memory is short: free some, or raise the limit, then start it again", err=True)
        sys.exit(1)


def _read_names_as_utf8() -> None:
    """Start over in Python's UTF-8 mode where the locale is plain C: what it reads as ä is none there."""
    if sys.getfilesystemencoding() != "utf-8" and os.environ.get("PYTHONUTF8") != "1":
        os.execve(sys.executable, sys.orig_argv, {**os.environ, "PYTHONUTF8": "1"})


def _open_streams() -> None:
    """Open those of the three standard streams that are closed: else the next file would take their place."""
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # opens the lowest that is free
