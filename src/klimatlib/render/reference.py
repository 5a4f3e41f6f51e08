"""The DOCX reference document: Word styles by name, page size, header and footer.

``assets/reference.docx`` is made from pandoc's own by `remake` and committed, so that the bytes do not follow
pandoc's version; `write_reference` fills in a report's header.
"""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

from klimatlib.render.word_styles import SANS, SERIF, styles

HEADER_MARK = "{{header}}"
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml."
_FIRST = (1980, 1, 1, 0, 0, 0)


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


def write_reference(committed: Path, target: Path, *, header: str) -> None:
    """Write a report's reference document: the committed one with its pages' header filled in."""
    with zipfile.ZipFile(committed) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    story = parts["word/header1.xml"].decode()
    parts["word/header1.xml"] = story.replace(HEADER_MARK, escape(header)).encode()
    target.write_bytes(packed(parts))


def packed(parts: dict[str, bytes]) -> bytes:
    """Zip in a fixed order with a fixed time, so that the same parts give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(parts, key=lambda n: (n != "[Content_Types].xml", n)):
            archive.writestr(zipfile.ZipInfo(name, _FIRST), parts[name], zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def remake() -> None:
    """Write the committed reference document anew, after a change here or in ``word_styles``."""
    import subprocess

    import pypandoc

    command = [pypandoc.get_pandoc_path(), "--print-default-data-file=reference.docx"]
    made = make_reference(subprocess.run(command, capture_output=True, check=True).stdout)
    (Path(__file__).parent / "assets" / "reference.docx").write_bytes(made)
