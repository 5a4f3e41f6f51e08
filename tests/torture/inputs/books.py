"""A survey's answers as a workbook: damaged, and varied without harm."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import raw_files
from torture.inputs.own import Cells, read
from torture.inputs.world import ANSWERS, Seen, look
from torture.oracle import Verdict, judge

SHOWN = "data/svar/answers_2023.xlsx"
_NOTE = [["Om filen"], ["Hämtad i oktober"]]


def _hidden_rows(book: Any) -> None:
    for row in (3, 4):
        book.worksheets[0].row_dimensions[row].hidden = True


def _filter(book: Any) -> None:
    book.worksheets[0].auto_filter.ref = "A1:F4"


def _merged(book: Any) -> None:
    book.worksheets[0].merge_cells("D2:E2")


def _hidden_old(rows: Cells) -> bytes:
    def hide(book: Any) -> None:
        book.worksheets[1].sheet_state = "hidden"

    return raw_files.to_xlsx({"Svar": rows, "gammal": rows[:3]}, tweak=hide)


HARMLESS: dict[str, Callable[[Cells], bytes]] = {
    "a workbook": lambda rows: raw_files.to_xlsx({"Svar": rows}),
    "another sheet first": lambda rows: raw_files.to_xlsx({"Läs mig": _NOTE, "Svar": rows}),
    "rows hidden": lambda rows: raw_files.to_xlsx({"Svar": rows}, tweak=_hidden_rows),
    "a filter set": lambda rows: raw_files.to_xlsx({"Svar": rows}, tweak=_filter),
    "a hidden old copy": _hidden_old,
    "columns in another order": lambda rows: raw_files.to_xlsx({"Svar": [row[::-1] for row in rows]}),
    "an extra column": lambda rows: raw_files.to_xlsx(
        {"Svar": [[*row, "Kommentar" if not n else "bra"] for n, row in enumerate(rows)]}
    ),
    "headings in capitals": lambda rows: raw_files.to_xlsx(
        {"Svar": [[c.upper() for c in rows[0]], *rows[1:]]}
    ),
    "a title above": lambda rows: raw_files.to_xlsx({"Svar": [["Medlemstestet"], [], *rows]}),
}


def _first_answer(cell: Any) -> Callable[[Cells], bytes]:
    """Put something else in the place of the first answer."""
    return lambda rows: raw_files.to_xlsx(
        {"Svar": [rows[0], [*rows[1][:3], cell, *rows[1][4:]], *rows[2:]]},
    )


def _first_question(cell: Any) -> Callable[[Cells], bytes]:
    """Put something else in the place of every answer to the first question."""
    return lambda rows: raw_files.to_xlsx(
        {"Svar": [rows[0], *[[*row[:3], cell, *row[4:]] for row in rows[1:]]]},
    )


def _without_sheet(rows: Cells) -> bytes:
    return raw_files.edit_part(raw_files.to_xlsx({"Svar": rows}), raw_files.SHEET, lambda xml: "")


DAMAGED: dict[str, Callable[[Cells], bytes]] = {
    "answers merged sideways": lambda rows: raw_files.to_xlsx({"Svar": rows}, tweak=_merged),
    "answers on two sheets": lambda rows: raw_files.to_xlsx({"Svar": rows, "Kopia": rows}),
    "a formula never calculated": _first_answer("=A1"),
    "an error of Excel": _first_answer("#REF!"),
    "answers as numbers": _first_question(1),
    "answers as truth values": _first_question(True),
    "a member's row twice": lambda rows: raw_files.to_xlsx({"Svar": [*rows, rows[2]]}),
    "a far cell": lambda rows: raw_files.far_cell(raw_files.to_xlsx({"Svar": rows})),
    "cut short": lambda rows: raw_files.to_xlsx({"Svar": rows})[:-400],
    "no sheet": _without_sheet,
}


def verdicts(root: Path, truth: Seen) -> Iterator[Verdict]:
    """Put a workbook in the place of the answers, and judge what came of it."""
    table, book = root / "data/svar/answers_2023.csv", root / SHOWN
    rows, before = read(table.read_bytes(), ";"), table.read_bytes()
    table.unlink()
    _rename(root, "answers_2023.csv", "answers_2023.xlsx")
    try:
        for kinds, harmless in ((HARMLESS, True), (DAMAGED, False)):
            for kind, make in kinds.items():
                book.write_bytes(make([list(row) for row in rows]))
                yield judge(
                    SHOWN,
                    kind,
                    lambda: look(root, ANSWERS),
                    lambda seen: _answers(seen) == _answers(truth),
                    files={SHOWN},
                    harmless=harmless,
                )
    finally:
        book.unlink(missing_ok=True)
        table.write_bytes(before)
        _rename(root, "answers_2023.xlsx", "answers_2023.csv")


def _answers(seen: Seen) -> tuple[Any, ...]:
    return seen.inputs["answers"], seen.inputs["survey"]


def _rename(root: Path, old: str, new: str) -> None:
    """Let sources and corrections speak of the workbook, or of the table again."""
    for name in ("sources.yml", "corrections.yml"):
        path = root / "params" / name
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
