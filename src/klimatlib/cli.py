"""The command ``klimatlib``: a thin door; heavy modules are imported when a command needs them.

Exit codes: 0 done, 1 failed, 2 wrong use or bad input, 75 another run is going on, 128 + n (unattended)
stopped by signal n.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import re
import sys
from collections.abc import Callable, Iterable
from contextlib import nullcontext, suppress
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

import click

from klimatlib import __version__
from klimatlib.errors import KlimatlibError, UsageError, in_words, pluralise, unexpected, watch_for_answers
from klimatlib.files import NAME, find_root, use_temporary_folder

_FILE = click.Path(dir_okay=False, path_type=Path)
_FOLDER = click.Path(exists=True, file_okay=False)
_CLUSTER = click.option("--cluster", metavar="ADDRESS", help="Work on a Dask cluster: tcp://host:port.")


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="klimatlib")
@click.option("-C", "directory", type=_FOLDER, metavar="DIR", help="Go to this folder first, as with git.")
def cli(directory: str | None) -> None:
    """Make the annual report of Klimatkommunerna, every number traceable.

    NAME is a report: the year, or the name of another file in params/.
    """
    if directory:
        os.chdir(directory)
    if "--scheduled" not in sys.argv:
        log = logging.getLogger("klimatlib")
        log.setLevel(logging.INFO)
        log.handlers = [_Terminal()]


def unattended(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of a run that nobody watches."""
    style, lines = click.Choice(["text", "json"]), "How the lines are written.  [default: text]"
    flag = click.option("--scheduled", is_flag=True, help="For cron, systemd and CI: log, lock, summary.")
    return flag(click.option("--log-format", type=style, help=lines)(command))


class _Terminal(logging.Handler):
    """Prints what the library says of a run, a line each, at once."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print a message."""
        say([record.getMessage()])


def do(work: Callable[[], object], scheduled: bool, log_format: str | None, **job: str) -> int:
    """Do a command's work before a person's eyes, or unattended; return the exit code."""
    if not scheduled and log_format:
        raise click.UsageError("--log-format goes with --scheduled")
    if not scheduled:
        work()
        return 0
    from klimatlib.run.scheduled import run_unattended

    return run_unattended(work, style="json" if log_format == "json" else "text", **job)


def params_file(name: str) -> str:
    """Return the parameter file of a report, by its name or as ``params/NAME.yml``."""
    bare = name.removeprefix("params/").removesuffix(".yml")
    if not NAME.fullmatch(bare):
        raise UsageError(f"{ascii(name)[1:-1]}: no report's name; expected a file of params/, as 2023")
    return f"params/{bare}.yml"


def say(lines: Iterable[str]) -> None:
    """Print lines, each at once."""
    for line in lines:
        click.echo(line)
        if sys.stdout:  # closed, where a service closes it
            sys.stdout.flush()


@cli.command()
@click.argument("name")
@click.option("--survey", is_flag=True, help="While it is open: who is missing, and what that leaves open.")
@click.option("--csv", "out", type=_FILE, help="With --survey: write the members to remind to this CSV.")
def check(name: str, *, survey: bool, out: Path | None) -> None:
    """Look at a report's parameters and data: all problems at once; then try what changed of its notebooks.

    With --survey: who has not answered, and for each sentence of the draft on the survey the bounds over all
    members and the fewest answers that can change its words (what it says, or whether the linter lets it
    stand), its number as printed, and its place among the sentences that klimatlib composes. For one member
    every answer that it can give is tried, and those who alone can change the words of most sentences come
    first; a member that answered last year also moves the comparison of those that answered both years. For
    more, the number is the least it can take, and "-" means that no answers can. What anybody answered is
    never shown, nor a share of fewer answers than minimum_cell.
    """
    from klimatlib.run import checks, preview
    from klimatlib.run.plausibility import changes
    from klimatlib.run.survey_follow_up import follow, open_survey
    from klimatlib.sources.inputs import Inputs

    if out and not survey:
        raise click.UsageError("--csv goes with --survey")
    if survey:
        say(follow(open_survey(params_file(name)), out=out))
        return
    inputs = Inputs.open(params_file(name), draft=True)
    try:
        checked = checks.check(inputs, today=dt.date.today())
        say(checked.inputs)
        say(preview.rehearse(inputs))
    finally:
        say(changes(inputs))
    warnings = (*checked.warnings, *checked.exposed, *checked.contradicted)
    say([*(f"known: {line}" for line in checked.corrections), *map(str, warnings)])
    say([f"{name}: nothing wrong found, {pluralise(len(warnings), 'warning')}"])


@cli.command()
@click.argument("name")
@click.argument("chapter", default="")
@click.option("--watch", is_flag=True, help="Stay, and make it anew at each change of what it is made from.")
@click.option("--open", "browser", is_flag=True, help="Show it in the browser.")
def preview(name: str, chapter: str, *, watch: bool, browser: bool) -> None:
    """Make the page of a report alone, quickly, beside the published folder.

    With CHAPTER, as 40_emissions, the other chapters stand as they were last run.
    """
    from klimatlib.run import preview

    if watch:
        preview.watch(params_file(name), chapter, browser=browser)
        return
    page = preview.preview(params_file(name), chapter)
    if browser:
        click.launch(str(page))


@cli.command()
@click.argument("name")
def letter(name: str) -> None:
    """Write to the publishers of the statistics, in Swedish, what `check` finds odd and nobody has asked yet.

    What has been asked is settled by an entry with a status in params/corrections.yml.
    """
    from klimatlib.run import plausibility

    say(plausibility.letter(params_file(name)))


@cli.command()
@click.argument("name")
@click.argument("files", nargs=-1, type=_FILE)
@click.option("--json", "as_json", is_flag=True, help="A line of JSON for each statement.")
def lint(name: str, files: tuple[Path, ...], *, as_json: bool) -> None:
    """Say of each statement of the texts, or of any Markdown file, whether the last run's claims carry it.

    Shown are those that are false or open, with why, or with --json all. The exit code is 2 if any is false.
    """
    from klimatlib.errors import InputError
    from klimatlib.prose import templates
    from klimatlib.prose.statements import spelling
    from klimatlib.sources.inputs import Inputs

    inputs = Inputs.open(params_file(name))
    statements, problems = templates.lint_report(inputs, files)
    say(templates.in_lines(statements, as_json=as_json))
    say([] if as_json else spelling(statements, lambda: templates.own_words(inputs)))
    if problems:
        raise InputError(problems)
    if any(statement.class_ == "false" for _, statement in statements):
        sys.exit(2)


@cli.command()
@click.argument("file", type=_FILE)
@click.option("--out", type=_FILE, help="Write the tidy table to this CSV.")
@click.option("--report", "name", help="The report that a survey belongs to; else that of the file's folder.")
@click.option("--substance", default="GGT", show_default=True, help="What an export of emissions must hold.")
@click.option("--selection", is_flag=True, help="An export of emissions may leave out municipalities.")
def read(file: Path, out: Path | None, name: str | None, substance: str, *, selection: bool) -> None:
    """Show what klimatlib understands of a file, whatever its name: any format that it knows."""
    from klimatlib.run.checks import inspect_file

    say(inspect_file(file, out=out, report=name, substance=substance, selection=selection))


@cli.command()
@click.argument("file", type=_FILE)
@click.option("--report", "name", help="The report whose test it is; else that of the file's folder.")
def score(file: Path, name: str | None) -> None:
    """Show an applicant's own answers to the member test: their points, and which base requirement fails.

    FILE is the export with its answers alone. They are shown here, and kept nowhere.
    """
    from klimatlib.run import survey_follow_up

    say(survey_follow_up.score(file, Path(params_file(name or file.resolve().parent.name)).stem))


@cli.command()
@click.argument("names", nargs=-1)
@click.option("--vintage", nargs=2, metavar="A B", help="Set two releases of the emissions side by side.")
def diff(names: tuple[str, ...], vintage: tuple[str, str] | None) -> None:
    """List what moved between two reports, and which printed sentences no longer hold.

    klimatlib diff 2022 2023, or klimatlib diff 2023 --vintage 2021-10-14 2025. One report alone: what its
    inputs and notebooks move, as they stand, from what is published, and that from the last commit.
    """
    from klimatlib.run import build, preview
    from klimatlib.sources import inputs as sources

    if len(names) not in ((1,) if vintage else (1, 2)):
        raise click.UsageError("give one report or two, or one report and --vintage A B")
    inputs = sources.Inputs.open(params_file(names[-1]))
    if vintage:
        say(build.compare_releases(inputs, *vintage))
    elif len(names) == 1:
        say(preview.compare_current(inputs))
    else:
        say(build.compare_reports(inputs.project, *names))


def _percentages(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> tuple[Decimal, ...]:
    """Return percentages as they were published, 79, "79 %" or 33,3, with the decimals that they have."""
    texts = [value.removesuffix("%").strip().replace(",", ".") for value in values]
    for value, text in zip(values, texts, strict=True):
        if not re.fullmatch(r"[0-9]{1,3}([.][0-9]{1,4})?", text) or Decimal(text) > 100:
            raise click.BadParameter(f"{value!r} is no percentage; expected 0 to 100, such as 79 or 33,3")
    return tuple(map(Decimal, texts))


@cli.command(name="infer-n")
@click.argument("percents", nargs=-1, required=True, callback=_percentages)
@click.option(
    "--at-most", required=True, type=click.IntRange(1, 100_000), help="Most that can have answered."
)
def infer_n(percents: tuple[Decimal, ...], at_most: int) -> None:
    """Tell how many must have answered, from the percentages that were published; 1 where none fits."""
    from klimatlib.claims import claims

    say(claims.explain_n(percents, at_most=at_most))
    if not claims.infer_n(percents, at_most=at_most):
        sys.exit(1)


@cli.command()
@click.argument("name")
@click.option("--rebuild", is_flag=True, help="Make it again, in a folder of its own, and compare.")
def verify(name: str, *, rebuild: bool) -> None:
    """Hold a published folder, and what it was made from, against its manifest: every file, every byte.

    With --rebuild: also make the report again and compare; what was published need then not all be here.
    """
    from klimatlib.run import build

    (build.rebuild if rebuild else build.verify)(find_root(), name)


@cli.command()
@click.argument("name")
@click.argument("claims", nargs=-1, metavar="[CLAIM]...")
@click.option("--as", "signer", metavar="PERSON", help="Who signs; left out, the standing is listed.")
@click.option("--date", type=click.DateTime(["%Y-%m-%d"]), help="Day of signing; today by default.")
@click.option("--withdraw", is_flag=True, help="Take the person's signatures back.")
@click.option("--reason", default="", help="Why the chosen statements that no rule can decide are true.")
@click.option("--from", "review", type=_FILE, help="A review that was saved in the review room.")
def sign(
    name: str,
    claims: tuple[str, ...],
    signer: str | None,
    date: dt.datetime | None,
    reason: str,
    review: Path | None,
    *,
    withdraw: bool,
) -> None:
    """Sign published claims and statements, or list how they stand.

    CLAIM is an id or a pattern such as "survey-*"; without one, all claims and statements are meant.
    """
    from klimatlib.claims import signatures
    from klimatlib.execution.publishing import locked
    from klimatlib.files import atomic_write
    from klimatlib.sources import inputs as sources

    if not (signer or review) and (date or withdraw or reason):
        raise click.UsageError("say who: --as PERSON")
    if review and (withdraw or reason or claims or signer):
        raise click.UsageError("--from FILE says who signs what, and why: it goes with --date alone")
    day, today = (date or dt.datetime.now()).date(), dt.date.today()
    if day > today:
        raise click.UsageError(f"--date {day} is to come; today is {today}")
    inputs = sources.Inputs.open(params_file(name))
    project = inputs.project
    folder = project.reviewed
    file, where = signatures.signatures_file(project), project.relative(folder / "claims.csv")
    # The lock keeps a run from publishing another document, and others from signing, in between.
    held = locked(project.root / "outputs" / f".lock-{project.name}") if signer or review else nullcontext()
    with held:
        signed, book = sources.signatures(inputs), sources.published_claims(inputs, folder.name)
        items = [*book, *sources.published_statements(inputs, folder.name)]
        if review:
            read = signatures.read_review(review, report=project.name)
            after, lines = signatures.sign_review(items, signed, read, date=day)
        elif signer is None:
            say(signatures.standing_lines(items, signed, claims, where=where))
            return
        elif withdraw:
            after, lines = signatures.withdraw(signed, claims, name=signer)
        else:
            after, lines = signatures.sign_chosen(
                items, signed, claims, name=signer, date=day, where=where, reasons=reason
            )
        if {*after} == {*signed}:
            lines.append(f"{project.relative(file)} is as it was")
        else:
            atomic_write(file, signatures.to_csv(after))
            lines.append(f"{project.relative(file)} is written; commit it")
    say(lines)


@cli.command()
@click.argument("name")
@click.argument("reviews", nargs=-1, required=True, type=_FILE, metavar="FILE...")
def comments(name: str, reviews: tuple[Path, ...]) -> None:
    """List the comments of saved reviews by file and line of what they are about."""
    from klimatlib.claims import signatures
    from klimatlib.prose import templates
    from klimatlib.sources import inputs as sources

    inputs = sources.Inputs.open(params_file(name))
    name, folder = inputs.project.name, inputs.project.reviewed.name
    items = [*sources.published_claims(inputs, folder), *sources.published_statements(inputs, folder)]
    texts = {item.id: item.text for item in items}
    statements, _ = templates.lint_report(inputs)
    places = {statement.words: (file, statement.line()) for file, statement in statements}
    lines = []
    for review in [signatures.read_review(review, report=name) for review in reviews]:
        for item, comment in review.comments.items():
            text = texts.get(item, "no longer there")
            file, line = places.get(text, (item, 0))
            where = f"{file}: line {line}" if line else file
            lines.append((file, line, f"{where}: {review.name}: {' '.join(comment.split())} (“{text}”)"))
    say([line for _, _, line in sorted(lines)])


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
@_CLUSTER
@click.option("--explain", is_flag=True, help="Tell which notebooks would run, and why; make nothing.")
@unattended
def report(name: str, *, explain: bool, scheduled: bool, log_format: str | None, **how: Any) -> int:
    """Make a report: outputs/NAME/; a draft (UTKAST on every page) unless --final.

    A draft never replaces a final report: it is then made beside it, in outputs/NAME-draft/.

    Only what changed since the last run is made anew.
    """
    final, vintage = how["final"], how["vintage"]
    if final and vintage:
        raise click.UsageError("a report under another release is for comparison: it is never --final")
    if explain and scheduled:
        raise click.UsageError("--explain runs nothing: it does not go with --scheduled")
    from klimatlib.run import build, preview

    file = params_file(name)
    if explain:
        say(preview.explain(file, vintage=vintage, final=final, fresh=how["fresh"], renderer=how["renderer"]))
        return 0
    made = Path(file).stem + (f"@{vintage}" if vintage else "")
    folder = f"outputs/{made}"
    with suppress(UsageError):  # outside a project: the run says so
        folder = f"outputs/{build.destination(find_root(), made, final=final).name}"
    job = {"name": made, "folder": folder, "lock": f"outputs/.lock-{made}"}
    return do(lambda: build.report(file, **how), scheduled, log_format, **job)


@cli.command()
@click.argument("name")
@click.argument("codes", nargs=-1, metavar="[CODE ...]")
@click.option("--all", "everyone", is_flag=True, help="All municipalities that the statistics hold.")
@_CLUSTER
def sheets(name: str, codes: tuple[str, ...], cluster: str | None, *, everyone: bool) -> None:
    """Make a fact sheet for each member municipality, or for CODE ...: outputs/NAME-sheets/.

    CODE is a municipality's code of four digits, as 0114. Sheets that are fresh are not made again.
    """
    from klimatlib.execution import processes
    from klimatlib.run.checks import check_file
    from klimatlib.share.factsheets import make_all

    check_file(params_file(name))
    with processes.cluster(cluster, find_root()) if cluster else nullcontext() as executor:
        make_all(params_file(name), codes, everyone=everyone, executor=executor)


@cli.command()
@click.argument("files", nargs=-1, required=True, type=_FILE, metavar="FILE...")
@click.option("--yes", is_flag=True, help="Write without asking.")
def receive(files: tuple[Path, ...], *, yes: bool) -> None:
    """Take the slips that members send back from their fact sheets: show them, ask, and write them.

    Comments, consents, examples and own targets go into data/NAME/, a correction into params/corrections.yml,
    where it changes nothing as long as it is proposed. What is not of a member and its published sheet, or
    is not plain, is refused in one line.
    """
    from klimatlib.share.factsheets import receive

    def agreed() -> bool:
        return yes or click.confirm("Write this?")

    say(receive(find_root(), files, today=dt.date.today(), agreed=agreed))


@cli.command()
@click.argument("name")
@click.argument("codes", nargs=-1, metavar="[CODE ...]")
@click.option("--all", "everyone", is_flag=True, help="All municipalities and counties, and the nation.")
def gpc(name: str, codes: tuple[str, ...], *, everyone: bool) -> None:
    """Write inventories by the GPC for each member municipality, or for CODE ...: outputs/NAME-gpc/.

    CODE is a municipality's code of four digits, a county's of two, or 0000 for the nation. Each gets a table
    of the standard's references with the bridge to the database's total; a municipality also a workbook in
    the form eCRF. The release and the year are those that the report's parameters name (gpc_vintage,
    gpc_year); without them a table has the eight groups of main sectors alone, and why.
    """
    from klimatlib.share.open_data import write_inventories

    folder = write_inventories(params_file(name), codes, everyone=everyone)
    say([f"{folder.relative_to(find_root()).as_posix()}/: {pluralise(len([*folder.iterdir()]), 'file')}"])


@cli.command()
@click.argument("name")
@click.option("--draft", is_flag=True, help="Although numbers lack signatures; every file says UTKAST.")
def channels(name: str, *, draft: bool) -> None:
    """Write web news, newsletter, posts, press note and English summary: outputs/NAME-channels/.

    They rest on the published report, and print only numbers that two people have signed.
    """
    from klimatlib.share.channels import make

    make(params_file(name), draft=draft)


@cli.command()
@click.argument("name", default="")
@click.option("--to", type=_FILE, help="The archive to write; with --open, the folder to unpack into.")
@click.option(
    "--recipient", "recipients", multiple=True, help="Keys that open the answers: age1…, two or more."
)
@click.option("--open", "file", type=_FILE, help="Verify an archive, unpack it, and tell what can be done.")
@click.option("--key", "keys", multiple=True, type=_FILE, help="With --open: a secret key; any one will do.")
@click.option("--rebuild", is_flag=True, help="With --open: make the report again from it, and compare.")
@click.option("--new-key", "new", type=_FILE, help="Write a new secret key, and print its recipient.")
def archive(
    name: str,
    to: Path | None,
    recipients: tuple[str, ...],
    file: Path | None,
    keys: tuple[Path, ...],
    new: Path | None,
    *,
    rebuild: bool,
) -> None:
    """Put a published report and all that it rests on into one file: outputs/NAME-archive.zip.

    Sources, inputs, raw files, packages, outputs; members' answers only encrypted (age). Nothing but Python
    is needed to open it: python3 ARCHIVE.
    """
    from klimatlib.run import archive

    if bool(name) + bool(file) + bool(new) != 1:
        raise click.UsageError("give a report to archive, or --open FILE, or --new-key FILE")
    if not file and (keys or rebuild):
        raise click.UsageError("--key and --rebuild go with --open")
    if not name and recipients:
        raise click.UsageError("--recipient goes with a report")
    if new:
        say([archive.new_key(new)])
    elif file:
        say(archive.open_archive(file, to=to, keys=keys, rebuild=rebuild))
    else:
        report = Path(params_file(name)).stem
        archive.archive(find_root(), report, to=to, recipients=recipients)


@cli.command()
@click.argument("year")
def new(year: str) -> None:
    """Make a new year from the one before: what carries over, and marks for what is to be filled in."""
    from klimatlib.run.new_year import new as make_ready

    make_ready(year)


@cli.command(name="new-chapter")
@click.argument("name")
@click.option("--title", default="", help="Its heading in the report.  [default: the name's word]")
@click.option("--report", "reports", multiple=True, help="A report that has it, a year for later ones too.")
def new_chapter(name: str, title: str, reports: tuple[str, ...]) -> None:
    """Write a chapter's notebook and texts, and its place in notebooks/report.yml.

    NAME is two digits, which place it, and small letters, as 60_energy. Without --report the newest year has
    it, and the reports that are not named by a year.
    """
    from klimatlib.run.new_year import new_chapter

    new_chapter(name, title=title, reports=reports)


@cli.command()
@click.argument("name")
@click.option("--offline", is_flag=True, help="Use the snapshots that are here; do not ask the network.")
@unattended
def fetch(name: str, offline: bool, log_format: str | None, *, scheduled: bool) -> int:
    """Get the official statistics that params/sources.yml names."""

    def work() -> None:
        from klimatlib.config import load_project
        from klimatlib.sources.fetch import fetch

        fetch(load_project(params_file(name), draft=True), offline=offline)

    called = f"fetch-{Path(params_file(name)).stem}"
    return do(work, scheduled, log_format, name=called, folder="data/statistics")


def main() -> NoReturn:
    """Run the command; a user's mistake is told in words, never as a traceback."""
    _open_streams()
    with suppress(OSError):  # where none can be made, whoever needs one tells why
        use_temporary_folder()
    watch_for_answers()
    code = 1
    try:
        sys.exit(cli.main(standalone_mode=False))
    except (click.exceptions.Abort, KeyboardInterrupt):
        click.echo("stopped", err=True)
    except click.ClickException as error:
        error.show()
        code = 2
    except BrokenPipeError:  # as with `| head`; nothing more is to be written there, also not at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    except (KlimatlibError, OSError) as error:  # a user's mistake, a disk, rights: no traceback would help
        click.echo(in_words(error), err=True)
        code = getattr(error, "exit_code", 1)
    except MemoryError:
        click.echo("memory is short: free some, or raise the limit, then start it again", err=True)
    except Exception as error:
        click.echo(unexpected(error), err=True)
    sys.exit(code)


def _open_streams() -> None:
    """Open those of the three standard streams that are closed: else the next file would take their place."""
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # opens the lowest that is free
