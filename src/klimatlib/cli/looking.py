"""Commands that look and tell, and leave everything as it is; and the one that signs."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from klimatlib.cli.group import cli, params_file, say


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
    from klimatlib.wording import counted

    if out and not survey:
        raise click.UsageError("--csv goes with --survey")
    if survey:
        for line in fieldwork.follow(fieldwork.opened(params_file(name)), out=out):
            say(line)
        return
    found = checks.check_file(params_file(name), today=dt.date.today())
    for line in found.inputs:
        say(line)
    for line in found.corrections:
        say(f"corrected: {line}")
    warnings = (*found.warnings, *found.exposed)
    for line in warnings:
        say(f"warning: {line}")
    say(f"{name}: nothing wrong found, {counted(len(warnings), 'warning')}")


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
        say(line)


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
    inputs = sources.Inputs.open(params_file(names[-1]))
    lines = diffs.releases(inputs, *vintage) if vintage else diffs.reports(inputs.project, names[0], names[1])
    for line in lines:
        say(line)


@cli.command(name="infer-n")
@click.argument("percents", nargs=-1, required=True, type=click.IntRange(0, 100))
@click.option(
    "--at-most", required=True, type=click.IntRange(1, 100_000), help="The most that can have answered."
)
def infer_n(percents: tuple[int, ...], at_most: int) -> None:
    """Tell how many must have answered, from the whole percentages that were published."""
    from klimatlib.claims.claims import explain_n

    for line in explain_n(percents, at_most=at_most):
        say(line)


@cli.command()
@click.argument("name")
@click.option("--rebuild", is_flag=True, help="Make it again, in a folder of its own, and compare.")
def verify(name: str, *, rebuild: bool) -> None:
    """Hold a published folder, and what it was made from, against its manifest: every file, every byte.

    With --rebuild: also make the report again and compare; what was published need then not all be here.
    """
    from klimatlib import verify
    from klimatlib.project import find_root

    look = verify.rebuild if rebuild else verify.verify
    look(find_root(), name, say=say)


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
    inputs = sources.Inputs.open(params_file(name))
    if signer is None:
        lines = signing.standing(inputs, claims)
    elif withdraw:
        lines = signing.withdraw(inputs, claims, name=signer)
    else:
        lines = signing.sign(inputs, claims, name=signer, date=(date or dt.datetime.now()).date())
    for line in lines:
        say(line)
