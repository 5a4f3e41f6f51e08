"""Make the DOCX reference document, `src/klimatlib/report/assets/reference.docx`, from pandoc's own.

It is committed, so that its bytes do not follow pandoc's version. In it: Word styles by name for a layouter
to map, page size, header and footer. Usage, after a change here: ``python tools/make_reference_docx.py``.
"""

from __future__ import annotations

import io
import re
import subprocess
import zipfile

from klimatlib.report.html import ASSETS
from klimatlib.report.renderers import HEADER_MARK, packed

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml."
_SECTION = (
    '<w:sectPr><w:headerReference w:type="default" r:id="rId90"/>'
    '<w:footerReference w:type="default" r:id="rId91"/>'
    '<w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1474" w:right="1304" w:bottom="1361" w:left="1304"'
    ' w:header="624" w:footer="624" w:gutter="0"/><w:titlePg/></w:sectPr>'
)


def _story(tag: str, content: str) -> str:
    paragraph = f'<w:p><w:pPr><w:pStyle w:val="Note"/><w:jc w:val="right"/></w:pPr>{content}</w:p>'
    declaration = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    return f'{declaration}<w:{tag} xmlns:w="{_W}">{paragraph}</w:{tag}>'


def _swedish(settings: str) -> str:
    for english, swedish in (
        ('<w:themeFontLang w:val="en-US"', '<w:themeFontLang w:val="sv-SE"'),
        ('<w:decimalSymbol w:val="."', '<w:decimalSymbol w:val=","'),
        ('<w:listSeparator w:val=","', '<w:listSeparator w:val=";"'),
    ):
        settings = settings.replace(english, swedish)
    return settings


def _fonts() -> str:
    """Name the typefaces, and what may stand in for them where they are not installed."""
    named = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{instead}"/><w:charset w:val="00"/>'
        f'<w:family w:val="{family}"/><w:pitch w:val="variable"/></w:font>'
        for name, instead, family in ((SANS, "Carlito", "swiss"), (SERIF, "Gelasio", "roman"))
    )
    return f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:fonts xmlns:w="{_W}">{named}</w:fonts>'


def make_reference(pandoc_default: bytes) -> bytes:
    """Make the committed reference document from pandoc's (``--print-default-data-file reference.docx``)."""
    with zipfile.ZipFile(io.BytesIO(pandoc_default)) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    mark = '<w:r><w:fldChar w:fldCharType="{}"/></w:r>'
    number = mark.format("begin") + "<w:r><w:instrText>PAGE</w:instrText></w:r>"
    number += mark.format("separate") + "<w:r><w:t>1</w:t></w:r>" + mark.format("end")
    parts["word/header1.xml"] = _story("hdr", f"<w:r><w:t>{HEADER_MARK}</w:t></w:r>")
    parts["word/footer1.xml"] = _story("ftr", number)
    parts["word/styles.xml"] = styles(parts["word/styles.xml"])
    parts["word/settings.xml"] = _swedish(parts["word/settings.xml"])
    parts["word/fontTable.xml"] = _fonts()
    document = re.sub(r"<w:sectPr\b.*?</w:sectPr>", "", parts["word/document.xml"], flags=re.DOTALL)
    parts["word/document.xml"] = document.replace("</w:body>", _SECTION + "</w:body>")
    types, links = "[Content_Types].xml", "word/_rels/document.xml.rels"
    for name, rid in (("header", "rId90"), ("footer", "rId91")):
        override = f'<Override PartName="/word/{name}1.xml" ContentType="{_TYPE}{name}+xml"/></Types>'
        parts[types] = parts[types].replace("</Types>", override)
        link = f'<Relationship Id="{rid}" Type="{_KIND}{name}" Target="{name}1.xml"/></Relationships>'
        parts[links] = parts[links].replace("</Relationships>", link)
    return packed({name: text.encode() for name, text in parts.items()})


SERIF, SANS = "Georgia", "Calibri"
INK, FOREST, GREEN, SOFT, MINT, LIME, LINE, RUST = (
    *("17261F", "0E4A3C", "1A6E52", "52615A", "EAF3EE", "BDD24C", "C9DFD3", "9A4312"),
)


def _run(font: str, size: float, colour: str = INK, *, bold: bool = False, italic: bool = False) -> str:
    half = round(size * 2)
    return (
        f'<w:rPr><w:rFonts w:ascii="{font}" w:hAnsi="{font}" w:cs="{font}" w:eastAsia="{font}"/>'
        f'<w:b w:val="{int(bold)}"/><w:i w:val="{int(italic)}"/><w:color w:val="{colour}"/>'
        f'<w:sz w:val="{half}"/><w:szCs w:val="{half}"/></w:rPr>'
    )


def _paragraph(
    before: int,
    after: int,
    line: int = 264,
    *,
    keep: bool = False,
    start: bool = False,
    more: str = "",
    left: int = 0,
    hanging: int = 0,
    right: bool = False,
) -> str:
    """Spacing and indents in twentieths of a point, line in 240ths of a line; the order is the schema's.

    What hangs has a tab stop where its text begins: words after a tab stand in a column of their own.
    """
    tab = f'<w:tabs><w:tab w:val="left" w:pos="{hanging}"/></w:tabs>' if hanging else ""
    indent = f'<w:ind w:left="{left or hanging}" w:hanging="{hanging}"/>' if left or hanging else ""
    aligned = '<w:jc w:val="right"/>' if right else ""
    return (
        f"<w:pPr>{'<w:keepNext/>' if keep else ''}<w:keepLines/>{'<w:pageBreakBefore/>' if start else ''}"
        f'{more}{tab}<w:spacing w:before="{before}" w:after="{after}" w:line="{line}" w:lineRule="auto"/>'
        f"{indent}{aligned}</w:pPr>"
    )


def _edge(side: str, colour: str, size: int, space: int) -> str:
    return f'<w:pBdr><w:{side} w:val="single" w:sz="{size}" w:space="{space}" w:color="{colour}"/></w:pBdr>'


def _bar(colour: str, space: int = 10) -> str:
    return f'{_edge("left", colour, 36, space)}<w:shd w:val="clear" w:color="auto" w:fill="{MINT}"/>'


_RULE = _edge("left", LIME, 24, 12)
# Word indents a list by its numbering, 36 points hanging 18: the bar of a box reaches back to its place.
_LIST_BACK = 28
# id: (type, name, based on, paragraph properties, run properties)
STYLES: dict[str, tuple[str, str, str, str, str]] = {
    "BodyText": ("paragraph", "Body Text", "Normal", _paragraph(0, 140), _run(SANS, 10.5)),
    "Compact": ("paragraph", "Compact", "BodyText", _paragraph(20, 40), _run(SANS, 10.5)),
    "Title": ("paragraph", "Title", "Normal", _paragraph(4200, 120, 240), _run(SERIF, 34, FOREST)),
    "Subtitle": ("paragraph", "Subtitle", "Normal", _paragraph(0, 480, 240), _run(SERIF, 28, GREEN)),
    "Author": (
        *("paragraph", "Author", "Normal"),
        *(_paragraph(0, 600, more=_edge("top", LIME, 36, 14)), _run(SANS, 13, FOREST, bold=True)),
    ),
    "Heading1": (
        "paragraph",
        "heading 1",
        "Normal",
        _paragraph(480, 200, 240, keep=True),
        _run(SERIF, 24, FOREST),
    ),
    "Heading2": (
        *("paragraph", "heading 2", "Normal"),
        *(_paragraph(320, 120, 240, keep=True), _run(SERIF, 15, FOREST, bold=True)),
    ),
    "Heading3": (
        *("paragraph", "heading 3", "Normal"),
        *(_paragraph(240, 80, 240, keep=True), _run(SANS, 11, GREEN, bold=True)),
    ),
    "Lead": ("paragraph", "Lead", "Normal", _paragraph(0, 200, 276), _run(SERIF, 13, FOREST)),
    "Note": ("paragraph", "Note", "Normal", _paragraph(80, 120), _run(SANS, 9, SOFT)),
    "Notice": ("paragraph", "Notice", "Normal", _paragraph(120, 240), _run(SANS, 11, RUST, bold=True)),
    "ChapterLabel": (
        *("paragraph", "Chapter Label", "Normal"),
        *(_paragraph(0, 0, 240, keep=True, start=True), _run(SANS, 11, GREEN, bold=True)),
    ),
    "PullQuote": (
        *("paragraph", "Pull Quote", "Normal"),
        *(_paragraph(240, 240, more=_RULE), _run(SERIF, 16, FOREST, italic=True)),
    ),
    "FactBoxTitle": (
        *("paragraph", "Fact Box Title", "Normal"),
        *(_paragraph(200, 0, keep=True, more=_bar(GREEN)), _run(SERIF, 13, FOREST, bold=True)),
    ),
    "FactBox": (
        *("paragraph", "Fact Box", "BodyText"),
        *(_paragraph(0, 0, 276, keep=True, more=_bar(GREEN)), _run(SANS, 10.5)),
    ),
    "FactBoxList": (
        *("paragraph", "Fact Box List", "FactBox"),
        *(_paragraph(0, 0, 276, keep=True, more=_bar(GREEN, _LIST_BACK)), _run(SANS, 10.5)),
    ),
    "ListBullet": ("paragraph", "List Bullet", "BodyText", _paragraph(0, 60), _run(SANS, 10.5)),
    "ListNumber": ("paragraph", "List Number", "BodyText", _paragraph(0, 60), _run(SANS, 10.5)),
    "Tile": (
        *("paragraph", "Tile", "BodyText"),
        *(_paragraph(0, 60, 240, more=_bar(LIME), hanging=2000), _run(SANS, 10.5)),
    ),
    "Person": ("paragraph", "Person", "BodyText", _paragraph(0, 40, hanging=3400), _run(SANS, 10.5)),
    "TileValue": ("character", "Tile Value", "DefaultParagraphFont", "", _run(SERIF, 18, FOREST, bold=True)),
    "PersonName": ("character", "Person Name", "DefaultParagraphFont", "", _run(SANS, 10.5, INK, bold=True)),
    "ChartHeadline": (
        *("paragraph", "Chart Headline", "Normal"),
        *(_paragraph(240, 0, 240, keep=True), _run(SANS, 11, FOREST, bold=True)),
    ),
    "Picture": ("paragraph", "Picture", "Normal", _paragraph(120, 240, 240), ""),
    "CaptionedFigure": ("paragraph", "Captioned Figure", "Normal", _paragraph(200, 60, 240, keep=True), ""),
    "Caption": ("paragraph", "caption", "Normal", _paragraph(0, 240), _run(SANS, 9, SOFT)),
    "ImageCaption": ("paragraph", "Image Caption", "Caption", _paragraph(0, 240), ""),
    "TableCaption": ("paragraph", "Table Caption", "Caption", _paragraph(240, 80, keep=True), ""),
    "TableHeading": (
        *("paragraph", "Table Heading", "Normal"),
        *(_paragraph(40, 40, 240, keep=True), _run(SANS, 9.5, FOREST, bold=True)),
    ),
    "TableHeadingRight": (
        *("paragraph", "Table Heading Right", "TableHeading"),
        *(_paragraph(40, 40, 240, keep=True, right=True), ""),
    ),
    "TableText": ("paragraph", "Table Text", "Normal", _paragraph(40, 40, 240), _run(SANS, 9.5)),
    "TableTextRight": (
        *("paragraph", "Table Text Right", "TableText"),
        *(_paragraph(40, 40, 240, right=True), ""),
    ),
    "TOCHeading": (
        *("paragraph", "TOC Heading", "Normal"),
        *(_paragraph(0, 200, 240, start=True), _run(SERIF, 24, FOREST)),
    ),
    "TOC1": ("paragraph", "toc 1", "Normal", _paragraph(40, 0, 230), _run(SANS, 9.5, FOREST, bold=True)),
    "TOC2": ("paragraph", "toc 2", "Normal", _paragraph(0, 0, 220, left=340), _run(SANS, 8.5)),
    "Hyperlink": (
        *("character", "Hyperlink", "DefaultParagraphFont", ""),
        f'<w:rPr><w:color w:val="{GREEN}"/></w:rPr>',
    ),
}
_BUILT_IN = {
    *("BodyText", "Title", "Subtitle", "Caption", "ListBullet", "ListNumber"),
    *("TOCHeading", "TOC1", "TOC2", "Hyperlink"),
}
_TABLE = (
    '<w:style w:type="table" w:default="1" w:styleId="Table"><w:name w:val="Table"/><w:qFormat/>'
    '<w:pPr><w:spacing w:before="20" w:after="20"/></w:pPr>'
    f'<w:tblPr><w:tblBorders><w:bottom w:val="single" w:sz="4" w:color="{LINE}"/>'
    f'<w:insideH w:val="single" w:sz="4" w:color="{LINE}"/></w:tblBorders>'
    '<w:tblCellMar><w:top w:w="40" w:type="dxa"/><w:left w:w="80" w:type="dxa"/>'
    '<w:bottom w:w="40" w:type="dxa"/><w:right w:w="80" w:type="dxa"/></w:tblCellMar></w:tblPr>'
    f'<w:tblStylePr w:type="firstRow"><w:rPr><w:b/><w:color w:val="{FOREST}"/></w:rPr>'
    f'<w:tcPr><w:tcBorders><w:bottom w:val="single" w:sz="12" w:color="{FOREST}"/></w:tcBorders>'
    "</w:tcPr></w:tblStylePr></w:style>"
)


def _style(key: str, kind: str, name: str, base: str, paragraph: str, run: str) -> str:
    custom = "" if name.startswith("heading") or key in _BUILT_IN else ' w:customStyle="1"'
    level = (
        f'<w:outlineLvl w:val="{int(key[-1]) - 1}"/></w:pPr>' if name.startswith("heading") else "</w:pPr>"
    )
    after = '<w:next w:val="BodyText"/>' if name.startswith("heading") else ""
    return (
        f'<w:style w:type="{kind}"{custom} w:styleId="{key}">'
        f'<w:name w:val="{name}"/><w:basedOn w:val="{base}"/>'
        f"{after}<w:qFormat/>{paragraph.replace('</w:pPr>', level)}{run}</w:style>"
    )


def styles(xml: str) -> str:
    """Return a style part with ours in place of those of the same names."""
    for key in [*STYLES, "Table"]:
        xml = re.sub(
            rf'<w:style\b(?:(?!</w:style>).)*?w:styleId="{key}".*?</w:style>', "", xml, flags=re.DOTALL
        )
    ours = "".join(_style(key, *value) for key, value in STYLES.items()) + _TABLE
    return xml.replace("</w:styles>", ours + "</w:styles>")


def main() -> None:
    """Write the committed reference document anew."""
    import pypandoc

    command = [pypandoc.get_pandoc_path(), "--print-default-data-file=reference.docx"]
    made = make_reference(subprocess.run(command, capture_output=True, check=True).stdout)
    (ASSETS / "reference.docx").write_bytes(made)


if __name__ == "__main__":
    main()
