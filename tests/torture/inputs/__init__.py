"""Promises on what is read: no bad input gives a wrong number, and every refusal helps (A1-A7)."""

from __future__ import annotations

from torture.inputs import codes, command, controls, hostile, naive
from torture.inputs.campaign import campaign
from torture.oracle import Outcome, Verdict
from torture.promise import Effort, Found, Promise

__all__ = ["PROMISES"]

_NO_PLAIN_CLI = "a notebook that reads a file has no exit code 2, and no rule on what it leaves behind"


def _found(verdicts: tuple[Verdict, ...], failing: tuple[Outcome, ...], told: str = "") -> Found:
    failures = [str(verdict) for verdict in verdicts if verdict.outcome in failing]
    kinds = {verdict.kind for verdict in verdicts}
    targets = {verdict.target for verdict in verdicts}
    unit = f"mutations of {len(kinds)} kinds over {len(targets)} inputs"
    return Found(len(verdicts), failures, unit, told)


def _silently_wrong(effort: Effort) -> Found:
    verdicts = campaign(whole=effort.whole)
    count = {name: sum(v.outcome == name for v in verdicts) for name in ("right", "refused", "told", "wrong")}
    told = (
        f"{count['wrong']} silently wrong; {count['refused']:,} refused, {count['right']:,} right all "
        f"the same, {count['told']} taken with a warning"
    ).replace(",", " ", 1)
    return _found(verdicts, ("wrong", "traceback"), told)


def _clear(effort: Effort) -> Found:
    verdicts = tuple(
        v for v in campaign(whole=effort.whole) if v.outcome in ("refused", "unclear", "traceback")
    )
    read = _found(verdicts, ("unclear", "traceback"))
    typed = command.tried(effort)
    failures = [*read.failures, *(told for told in typed.clear)]
    seen = sum(v.outcome == "traceback" for v in verdicts) + sum("Traceback" in t for t in typed.clear)
    told = f"{seen} tracebacks; {typed.runs} through the command itself, which ends with 2"
    return Found(read.tried + typed.runs, failures, f"refusals, {typed.runs} of them by the command", told)


def _nothing_written(effort: Effort) -> Found:
    typed = command.tried(effort)
    return Found(
        typed.runs, typed.writing, "refused runs of the command", "the outputs' sha256 before and after"
    )


def _harmless(effort: Effort) -> Found:
    verdicts = tuple(v for v in campaign(whole=effort.whole) if v.harmless)
    return _found(verdicts, ("harmless refused", "wrong", "traceback"))


PROMISES: tuple[Promise, ...] = (
    Promise(
        "A1", "No bad input gives a silently wrong number",
        "0 of at least 1 000 mutations of at least 150 kinds",
        _silently_wrong, naive.silently_wrong,
    ),
    Promise(
        "A2", "Every refusal names file and place and says what to do; no traceback, exit 2", "100 %",
        _clear, naive.clear,
    ),
    Promise("A3", "A refused run leaves the outputs as they were", "100 %", _nothing_written, _NO_PLAIN_CLI),
    Promise(
        "A4", "Harmless variation is taken, with the right numbers", "at least 15 kinds, all taken",
        _harmless, naive.harmless,
    ),
    Promise(
        "A5", "A hostile workbook is refused fast and small", "2 s and 300 MB beyond the program itself",
        hostile.refused, hostile.plain,
    ),
    Promise(
        "A6", "Municipality codes survive YAML, CSV, XLSX and the command line", "all 290, each way",
        codes.survive, codes.plain,
    ),
    Promise(
        "A7", "Where a table has control totals any changed value is found; else the report says so",
        "20 of 20 in each table with totals", controls.caught, controls.plain,
    ),
)  # fmt: skip
