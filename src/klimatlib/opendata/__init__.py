"""The report's numbers as open data: CSV, a workbook, and descriptions for machines and the data portal.

``data/`` in the published folder holds nothing that the report does not rest on or print, and no answer of a
single member. It can be put on a web server as it is.
"""

from __future__ import annotations

from pathlib import Path

from klimatlib.claims.claims import ClaimBook
from klimatlib.opendata import catalogue, csvfile, package, readme, tables, workbook
from klimatlib.opendata.about import about
from klimatlib.sources import Inputs

FOLDER = "data"


def write(folder: Path, inputs: Inputs, book: ClaimBook, *, final: bool) -> list[Path]:
    """Write the open data of a report.

    Parameters
    ----------
    folder
        Where it is written; made here.
    inputs
        The report's inputs.
    book
        Its claims.
    final
        Whether the report is more than a draft; a draft's data says that it is one.

    Returns
    -------
    list of Path
        The files.

    Raises
    ------
    InputError
        A text that a spreadsheet would take for a formula, or an organisation number that is none.
    """
    known = about(inputs, tables.fill(inputs, book), final=final)
    files = {part.filled.table.file: csvfile.to_csv(part.filled).encode() for part in known.parts}
    files[f"{known.name}.xlsx"] = workbook.workbook(known, readme.lines(known))
    described = {
        "README.md": readme.readme(known),
        "CITATION.cff": readme.citation_file(known),
        "datapackage.json": package.data_package(known, files),
        "csv-metadata.json": package.csv_metadata(known),
        "dcat.rdf": catalogue.catalogue(known, files),
    }
    files |= {name: text.encode() for name, text in described.items() if text is not None}
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return [folder / name for name in sorted(files)]
