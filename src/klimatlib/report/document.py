"""The report as a document: assembled from executed notebooks, and read back from each file made of it.

No file is published that does not say what ``report.qmd`` says: Typst drops text without a word from a block
that is too low for it, and a reader of Markdown takes what it does not know for text.
"""

from __future__ import annotations

import bisect
import itertools
import json
import re
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from klimatlib import swedish
from klimatlib.charts.blocks import CLAIMS_MIME, escape
from klimatlib.claims.claims import ClaimBook
from klimatlib.config import Params, Picture, Source
from klimatlib.errors import NotebookError, RenderError

Notebook = Mapping[str, Any]
_INLINE_TAGS = {"a", "abbr", "b", "code", "del", "em", "i", "small", "span", "strong", "sub", "sup", "wbr"}
_SCREEN_ONLY = "details, .explore, script, style, template, nav, svg, button, [role=img], [aria-hidden]"
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_WORD_TEXT = {f"{_WORD}t", f"{_WORD}br", f"{_WORD}tab"}
_WORD_FRONT = {"Title", "Subtitle", "Author", "Notice", "TOCHeading", "TOC1", "TOC2"}
_INLINE_TAGS_OF_PDF = {"Span", "Link", "Strong", "Em", "Reference", "Code", "Quote", "Sub", "Sup"}
_DRAFT = "UTKAST"
_MARKED, _MARK = ",Status\n", f",{_DRAFT}\n"  # ends of a heading and a row in the data of a draft's chart
# Over a chart, in a strip of its own; draft.css has its colour on a dark screen.
_STRIP = 18
_TAB = (
    '<g transform="translate({x:g} -17)"><rect width="51" height="14" fill="#ffffff" stroke="#7a3510"/>'
    '<text x="5" y="10.2" font-size="9" font-family="Figtree, sans-serif" font-weight="600" '
    f'fill="#7a3510">{_DRAFT}</text></g>\n</svg>'
)
_ABOUT = """\
# Made by `klimatlib report`, as are report.html, report.pdf and report.docx from it: change notebooks and
# parameters, not this file. Quarto alone gives it another look, unchecked, under a name of its own.
"""


# ---- draft or final -------------------------------------------------------------------------------
@dataclass(frozen=True)
class Status:
    """Whether what is published is final, and what each of its files says of it.

    Attributes
    ----------
    word
        The mark of a draft; empty in what is final.
    notice
        A line for every page: what a draft is, and the parameters' own notice; may be empty.
    """

    word: str
    notice: str

    @classmethod
    def of(
        cls, params: Params, *, final: bool, draft: str = "det här är inte den slutliga rapporten"
    ) -> Status:
        """Return the status of what is made from a report's parameters; ``draft``: what its drafts say."""
        texts = ("" if final else f"{_DRAFT}: {draft}.", params.notice)
        return cls("" if final else _DRAFT, " ".join(filter(None, texts)))

    def mark_charts(self, figures: Path) -> None:
        """Mark the charts of a draft where they stand: a tab in a drawing's corner, a column in its data."""
        for path in sorted(figures.glob("*")) if self.word else ():
            text = path.read_text(encoding="utf-8")
            if path.suffix == ".csv":  # a row a line, see `files.to_csv`
                text = text.replace("\n", _MARK).replace(_MARK, _MARKED, 1)
            elif box := re.search(r'(height=")([\d.]+)(pt" viewBox="0 )0 (([\d.]+) )([\d.]+)', text):
                high = f"{float(box[6]) + _STRIP:g}"
                taller = f"{box[1]}{high}{box[3]}-{_STRIP} {box[4]}{high}"
                text = text.replace(box[0], taller).replace("</svg>", _TAB.format(x=float(box[5]) - 52))
            path.write_text(text, encoding="utf-8", newline="")


def unmarked(data: str) -> str:
    """Return the data of a chart without the column that says that it is a draft's."""
    return data.replace(_MARKED, "\n", 1).replace(_MARK, "\n") if _MARK in data else data


# ---- one document from the cells of many notebooks -------------------------------------------------
def assemble(
    params: Params, order: Sequence[str], notebooks: Mapping[str, Notebook], status: Status,
    pictures: Sequence[Picture] = (), explore: Mapping[str, str] | None = None, *, card: str = "",
    in_part: bool = False,
) -> str:  # fmt: skip
    """Return the report as Markdown.

    ``params`` makes the header, ``order`` is that of ``notebooks/report.yml`` (``notebook`` or
    ``notebook#part``), ``notebooks`` are executed, by name; ``status`` is what every page says of it. The
    files of ``pictures`` belong in ``figures/``; ``explore`` has for a figure the state of the dashboard that
    shows the same; ``card`` is the address of the picture that a shared link shows. A document prints its
    notebooks ``in_part`` where others print the rest.

    Raises
    ------
    NotebookError
        A part without cells, a report cell without Markdown, or one that no part prints.
    """
    printed = _printed(order, notebooks)
    for name in () if in_part else dict.fromkeys(place.partition("#")[0] for place in order):
        for _, cell in cells_in_report(name, notebooks):
            if (name, cell["id"]) not in printed:
                parts = ", ".join(place.replace(f"{name}#", "part:") for place in order if name in place)
                raise NotebookError(f"notebooks/{name}.ipynb, cell {cell['id']}: no part; tag it {parts}")
    entries = {
        "title": params.title,
        "subtitle": str(params.year),
        "institution": params.association,
        "document-date": params.document_date,
        "lang": "sv-SE",
        "description": f"{params.title} {params.year} för {params.association}.",
        "keywords": [params.association, str(params.title).lower(), "klimat", "kommuner", str(params.year)],
        "toc-title": "Innehåll",
        "output-file": "report-by-quarto",
        "document-status": status.word,
        "notice": status.notice,
        "abstract": status.notice,  # all renderers but ours show it
        "pictures": [picture.model_dump(include={"place", "file", "alt", "focus"}) for picture in pictures],
        "explore": explore or {},
        "sheets": params.sheets_url or "",
        "web-code": _qr_code(_address(params)) if params.web_url else "",
        "card": card,
    }
    return _with_header(entries, order, notebooks, about=_ABOUT)


def sheet(
    params: Params, notebook: Notebook, status: Status,
    *, name: str, municipality: str, place: str, scene: int, slip: Mapping[str, Any] | None = None,
) -> str:  # fmt: skip
    """Return a fact sheet as Markdown.

    ``notebook`` is executed, and called ``name``; ``municipality`` is its title, ``place`` a line that tells
    where that lies and what it is to the association, and ``scene`` the number of the landscape on top;
    ``status`` is what the sheet says of itself. ``slip`` is what its return slip says of where it comes from
    (``assets/slip.html``); without it there is none.
    """
    entries = {
        "layout": "sheet",
        "title": municipality,
        "subtitle": f"Faktablad {params.year}",
        "place": place,
        "scene": str(scene),
        "institution": params.association,
        "document-date": params.document_date,
        "lang": "sv-SE",
        "description": f"Utsläpp av växthusgaser i {municipality} {params.emissions_year}.",
        "keywords": [municipality, params.association, "utsläpp", "växthusgaser", str(params.emissions_year)],
        "document-status": status.word,
        "notice": status.notice,
        "slip": slip or {},
    }
    return _with_header(entries, [name], {name: notebook})


def imprint(
    params: Params, contact: Mapping[str, Any], sources: Iterable[Source], status: Status,
    *, signers: Sequence[str], credits: Sequence[str] = (),
) -> str:  # fmt: skip
    """Return the back of the report as Markdown: who publishes it, in which edition, and how to use it.

    ``contact`` is that of the year's facts, ``sources`` are the statistics and the association's own files,
    ``signers`` answer for a final report, and ``credits`` name who made its pictures.
    """
    day, title = swedish.date(params.date, year=True), f"{params.title} {params.year}"
    where = [str(contact[key]) for key in ("website", "email") if contact.get(key)]
    terms: dict[str, dict[str, None]] = {}
    for source in sources:
        if source.licence:
            terms.setdefault(source.licence, {})[source.publisher] = None
    licences = [f"{swedish.listing([*publishers])}: {licence}" for licence, publishers in terms.items()]
    drawn = ("landskapen är tecknade för rapporten", "typsnitt Newsreader och Figtree")
    cited = [f"{params.association} ({params.date.year}). {title}.", *(f"{each}." for each in where[:1])]
    lines = {
        "Utgivare": ", ".join([params.association, *where]),
        "Utgåva": day + (", utkast" if status.word else ""),
        "På webben": _address(params),
        "Läst och signerad av": swedish.listing(signers) or "ännu ingen",
        "Licens för texten": params.text_licence or f"{params.association} har inte bestämt någon",
        "Licens för data": "; ".join(licences),
        "Så citerar du": " ".join(cited),
        "Bild och form": swedish.upper_first("; ".join([*dict.fromkeys(credits), *drawn])),
    }
    imprint = "\n\n".join(f"**{name}** {escape(text)}" for name, text in lines.items() if text)
    return f"\n::: {{.back-cover}}\n\n{imprint}\n\n:::\n"


def _address(params: Params) -> str:
    return f"{params.web_url}report.html" if params.web_url else ""


def _qr_code(address: str) -> str:
    """Return the QR code of an address: a row of 0 and 1 for each of its own, with / between them."""
    import segno  # not for reports without an address

    return "/".join("".join(map(str, row)) for row in segno.make_qr(address, error="m").matrix)


def placed(book: ClaimBook, order: Sequence[str], notebooks: Mapping[str, Notebook]) -> ClaimBook:
    """Return the book with each printed claim's notebook and cell: the first cell that shows it in print."""
    cells, printed = dict[str, tuple[str, str]](), _printed(order, notebooks)
    for name, notebook in notebooks.items():
        for cell in notebook["cells"]:
            for output in cell.get("outputs", []) if (name, cell["id"]) in printed else ():
                for claim_id in output.get("data", {}).get(CLAIMS_MIME, {}).get("claims", []):
                    cells.setdefault(claim_id, (name, cell["id"]))
    places = ((claim, *cells.get(claim.id, ("", ""))) for claim in book)
    return ClaimBook(replace(claim, notebook=name, cell=cell) for claim, name, cell in places)


def _printed(order: Sequence[str], notebooks: Mapping[str, Notebook]) -> set[tuple[str, str]]:
    return {(name, cell["id"]) for place in order for name, cell in cells_in_report(place, notebooks)}


def _with_header(
    entries: Mapping[str, Any], order: Sequence[str], notebooks: Mapping[str, Notebook], *, about: str = ""
) -> str:
    """Return a YAML header, whose texts pandoc takes for Markdown, and what the cells tagged report show."""
    lines = [f"---\n{about}"]
    for key, value in entries.items():
        if value:
            lines.append(f"{key}: {json.dumps(_escaped(value), ensure_ascii=False)}\n")
    lines.append("---\n")
    for place in order:
        cells = cells_in_report(place, notebooks)
        if not cells:
            message = f"{place} has no cell tagged 'report'; tag one or remove it"
            raise NotebookError(f"notebooks/report.yml: {message}")
        for name, cell in cells:
            outputs = [output.get("data", {}) for output in cell["outputs"]]
            texts = ["".join(data["text/markdown"]) for data in outputs if "text/markdown" in data]
            bare = next(filter(None, map(_advice, outputs)), "" if texts else "no Markdown")
            if bare:
                message = f"tagged 'report' but shows {bare}"
                raise NotebookError(f"notebooks/{name}.ipynb, cell {cell['id']}: {message}")
            lines += ["\n" + text.strip("\n") + "\n" for text in texts]
    return "".join(lines)


def _advice(output: Mapping[str, Any]) -> str:
    """Return what to write instead of a bare figure or frame; empty for any other output."""
    shown = "".join(output.get("text/plain", ""))
    if "text/markdown" in output:
        return ""
    if any(kind.startswith("image/") for kind in output) or shown.startswith(("<Axes", "<Figure", "Figure(")):
        return "a bare figure; write chapter.figure(axes, id=…, caption=…, alt=…, claims=[…])"
    if "text/html" in output and "<table" in "".join(output["text/html"]):
        return "a bare table; write chapter.table(frame, id=…, caption=…), its numbers as claims"
    return ""


def _escaped(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _escaped(each) for key, each in value.items()}
    return escape(value) if isinstance(value, str) else [*map(_escaped, value)]


def cells_in_report(place: str, notebooks: Mapping[str, Notebook]) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the cells that a place of the outline's order prints, each with its notebook's name."""
    name, _, part = place.partition("#")
    needed = {"report", f"part:{part}"} if part else {"report"}
    cells = notebooks[name]["cells"]
    return [(name, cell) for cell in cells if needed <= {*cell["metadata"].get("tags", [])}]


# ---- the words of each file -----------------------------------------------------------------------
def require_same_words(ast: Mapping[str, Any], made: Mapping[str, Path]) -> None:
    """Refuse files whose words are not those of their source, in its order.

    ``ast`` is the source as pandoc's JSON; ``made`` has the files by format: ``html``, ``pdf``, ``docx``.

    Raises
    ------
    RenderError
        With the format and the first words that differ.
    """
    expected = source_words(ast)
    for kind, path in made.items():
        words = READERS[kind](path)
        # Without spaces: a line break leaves none in a PDF. Typst sets a hyphen before a digit as a minus.
        pair = tuple("".join(some).replace("\N{MINUS SIGN}", "-") for some in (expected, words))
        if kind == "pdf" and "layout" in ast["meta"]:  # a sheet's title stands before its text
            pair = pair[0], pair[1][-len(pair[0]) :]
        if pair[0] != pair[1]:
            differing = (place for place, (a, b) in enumerate(zip(*pair, strict=False)) if a != b)
            place = next(differing, min(map(len, pair)))
            raise RenderError(
                f"{kind.upper()}: its words are not those of report.qmd: found {_excerpt(words, place)}; "
                f"expected {_excerpt(expected, place)}; mend the text there, or use the other renderer"
            )


def _excerpt(words: Sequence[str], place: int) -> str:
    """Return the words round a place that is counted in characters without spaces."""
    ends = list(itertools.accumulate(map(len, words)))
    word = bisect.bisect_right(ends, place)
    shown = " ".join(text[:40] for text in words[max(0, word - 3) : word + 5])
    return f"'{shown}'" if word < len(words) else f"the end after '{shown}'"


def _split(text: str) -> list[str]:
    return text.replace("\u00ad", "").replace("\u2010", "-").split()


def source_words(ast: Mapping[str, Any]) -> list[str]:
    """Return the words of a document as pandoc reads it; figures and tables are numbered, as in the files."""
    figures, tables, notes = itertools.count(1), itertools.count(1), [""]

    def text(node: Any) -> str:
        match node:
            case list():
                return "".join(map(text, node))
            case {"t": "Str", "c": words}:
                return str(words)
            case {"t": "Space" | "SoftBreak" | "LineBreak"}:
                return " "
            case {"t": "Note", "c": content}:  # at the foot of a page, or after all else
                notes.append(text(content))
            case {"t": "Quoted", "c": [kind, content]}:
                mark = "’" if kind["t"] == "SingleQuote" else "”"
                return mark + text(content) + mark
            case {"t": "Code" | "CodeBlock" as kind, "c": [_, words]}:
                return str(words) if kind == "Code" else f"{words} "
            case {"t": "Header", "c": [_, [_, _, attributes], content]}:
                return f"{dict(attributes).get('label', '')} {text(content)} "
            case {"t": "Div", "c": [[_, classes, attributes], content]}:
                title = dict(attributes).get("title", "") if {"fact-box", "card"} & {*classes} else ""
                return f" {title} {text(content)} "
            case {"t": "Figure", "c": [_, [_, caption], _]}:
                return f" {numbered('Figur', figures)}{text(caption)} "
            case {"t": "Table", "c": [_, [_, caption], _, head, bodies, foot]}:
                rows = [head[1], *(part for body in bodies for part in body[2:]), foot[1]]
                cells = [text(cell[4]) for part in rows for row in part for cell in row[1]]
                title = text(caption)
                number = numbered("Tabell", tables) if title else (next(tables), "")[1]
                return f" {number}{title} {' '.join(cells)} "
            case {"t": "LineBlock", "c": lines}:
                return " ".join(map(text, lines)) + " "
            case {"t": "Para" | "Plain", "c": content}:
                return text(content) + " "
            case {"c": content, "t": kind} if kind != "Image":
                return text(content)
        return ""

    def numbered(kind: str, numbers: Iterator[int]) -> str:
        return "" if "layout" in ast["meta"] else f"{kind} {next(numbers)}. "  # a sheet's are few

    return _split(text(ast["blocks"]) + " ".join(notes))


def html_words(path: Path) -> list[str]:
    """Return the words of an HTML file's main part, without what only a screen can do."""
    from bs4 import BeautifulSoup  # 0.1 s

    _, main, text = path.read_text(encoding="utf-8").partition("<main")
    # Most of a page are charts and their data: out with them before it is parsed.
    read = re.sub(r"<(svg|details)\b.*?</\1>", " ", main + text.partition("</main>")[0], flags=re.DOTALL)
    page = BeautifulSoup(read, "html.parser")
    for unread in page.select(f"{_SCREEN_ONLY}, .footnote-ref, .footnote-back"):
        unread.decompose()
    for block in page.find_all(lambda tag: tag.name not in _INLINE_TAGS):
        block.insert(0, " ")
        block.append(" ")
    return _split(page.get_text())


def docx_words(path: Path) -> list[str]:
    """Return the words of a Word file after its contents."""
    with zipfile.ZipFile(path) as archive:
        parts = [name for name in ("word/document.xml", "word/footnotes.xml") if name in archive.namelist()]
        roots = [ElementTree.fromstring(archive.read(name)) for name in parts]
    pieces: list[str] = []
    for paragraph in itertools.chain.from_iterable(root.iter(f"{_WORD}p") for root in roots):
        style = paragraph.find(f"{_WORD}pPr/{_WORD}pStyle")
        if style is not None and style.get(f"{_WORD}val") in _WORD_FRONT:
            continue
        shown = (element for element in paragraph.iter() if element.tag in _WORD_TEXT)
        pieces += [*(element.text or " " for element in shown), " "]
    return _split("".join(pieces))


def pdf_words(path: Path) -> list[str]:
    """Return the words of a PDF by its tags, as a screen reader does; what is not tagged is decoration."""
    import pypdf  # 0.1 s

    reader: Any = pypdf.PdfReader(path)
    texts = {page.indirect_reference.idnum: marked_texts(page) for page in reader.pages}
    notes: list[str] = []

    def walk(element: Any, page: int | None, pieces: list[str]) -> None:
        kids = element.get("/K", [])
        for kid in kids if isinstance(kids, list) else [kids]:
            kid = kid.get_object()
            if not hasattr(kid, "raw_get"):  # a number of marked content
                pieces.append(texts[page].get(int(kid), "") if page is not None else "")
                continue
            where = kid.raw_get("/Pg").idnum if "/Pg" in kid else page
            kind = kid.get("/S", "")[1:]
            if kid.get("/Type") == "/MCR":
                pieces.append(texts[where].get(int(kid["/MCID"]), ""))
            elif kind == "TOC":  # the cover and the contents stand before the text
                pieces.clear()
            elif kind == "Note":
                walk(kid, where, notes)
                notes.append(" ")
            elif kind not in {"", "Lbl", "Figure"}:
                space = "" if kind in _INLINE_TAGS_OF_PDF else " "
                pieces.append(space)
                walk(kid, where, pieces)
                pieces.append(space)

    body: list[str] = []
    walk(reader.trailer["/Root"]["/StructTreeRoot"], None, body)
    return _split("".join([*body, *notes]))


_STRING = rb"\((?:\\.|[^\\()])*\)"
for _ in range(6):  # parentheses in pairs need no backslash
    _STRING = rb"\((?:\\.|[^\\()]|" + _STRING + rb")*\)"
_OPERATION = re.compile(
    rb"(?:/\w+\s*(?P<properties><<(?:"
    + _STRING
    + rb"|<[0-9A-Fa-f]*>|[^()<>]|<<[^<>]*>>)*>>)?\s*(?P<open>BDC|BMC)\b)"
    rb"|(?P<close>\bEMC\b)|/(?P<font>\w+)\s+[\d.]+\s+Tf\b|(?P<string>" + _STRING + rb"|<[0-9A-Fa-f]+>)",
    re.DOTALL,
)


def marked_texts(page: Any) -> dict[int, str]:
    """Return a page's text by the number of its marked content, read from what Typst writes.

    pypdf reads any PDF, and takes ten times as long for it.
    """
    from pypdf.generic import read_object

    fonts = {name[1:]: _to_unicode(font) for name, font in page["/Resources"].get("/Font", {}).items()}
    texts: defaultdict[int, str] = defaultdict(str)
    marks: list[tuple[int | None, bool]] = [(None, False)]  # where text goes, and whether it is replaced
    font: dict[bytes, str] = {}
    for part in _OPERATION.finditer(page.get_contents().get_data()):
        number, replaced = marks[-1]
        if part["open"]:
            properties: Any = read_object(BytesIO(part["properties"] or b"<<>>"), None)
            number, actual = properties.get("/MCID", number), properties.get("/ActualText")
            if actual is not None and number is not None:
                texts[number] += actual
            marks.append((number, replaced or actual is not None))
        elif part["close"]:
            marks.pop()
        elif part["font"]:
            font = fonts[part["font"].decode()]
        elif number is not None and not replaced:
            string: Any = read_object(BytesIO(part["string"]), None)
            codes = string.original_bytes
            texts[number] += "".join(font.get(codes[i : i + 2], "\ufffd") for i in range(0, len(codes), 2))
    return texts


def _to_unicode(font: Any) -> dict[bytes, str]:
    """Read a font's map from two-byte codes to text."""
    table = font["/ToUnicode"].get_object().get_data().decode()
    codes: dict[bytes, str] = {}
    for kind, block in re.findall(r"begin(bfchar|bfrange)(.*?)endbf", table, re.DOTALL):
        ends = r"<(\w+)>\s*" * (2 if kind == "bfrange" else 1)  # of a single code, the first is the last
        for first, *last, text in re.findall(ends + r"<(\w+)>", block):
            start = bytes.fromhex(text).decode("utf-16-be")
            for i in range(int((last or [first])[0], 16) - int(first, 16) + 1):
                codes[(int(first, 16) + i).to_bytes(2, "big")] = start[:-1] + chr(ord(start[-1]) + i)
    return codes


READERS: Mapping[str, Callable[[Path], list[str]]] = {
    "html": html_words,
    "pdf": pdf_words,
    "docx": docx_words,
}
