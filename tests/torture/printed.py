"""F1 and F2: what is printed is possible, and the same wherever it stands."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from bs4 import BeautifulSoup

from klimatlib import swedish
from klimatlib.claims.claims import Claim, ClaimBook, read_claims, rounded_percent
from klimatlib.report.document import READERS
from torture.promise import Effort, Found, Promise

PERCENT = re.compile(r"([−-]?\d+(?:[,–]\d+)*) (?:%|procent\b)")
MOST = 300  # respondents


def _published(effort: Effort) -> tuple[Path, ClaimBook]:
    folder = effort.real() / "outputs" / "2023"
    return folder, read_claims((folder / "claims.csv").read_bytes(), file="claims.csv")


def _texts(folder: Path) -> dict[str, str]:
    """Return the words of each published form: three documents, and every table beside a chart."""
    words = {kind: " ".join(read(folder / f"report.{kind}")) for kind, read in READERS.items()}
    tables = sorted((folder / "figures").glob("*.csv"))
    return {**words, "csv": " | ".join(cell for path in tables for cell in _cells(path))}


def _cells(path: Path) -> Iterator[str]:
    text = path.read_text(encoding="utf-8-sig")
    rows = csv.reader(io.StringIO(text))
    return (cell for row in rows for cell in row)


def _percentages(text: str) -> list[str]:
    return PERCENT.findall(" ".join(text.split()))


def possible(effort: Effort) -> Found:
    """Hold every printed percentage against the claims, and every claim of k of n against its k and n."""
    folder, book = _published(effort)
    told = {found for claim in book for found in _percentages(claim.text)}
    told |= {
        found
        for claim in book
        if claim.unit == "share" and claim.previous_value is not None
        for found in _percentages(swedish.percent(claim.previous_value))
    }
    told |= {f"−{percent}" for percent in told}  # a goal of 85 % less is drawn as −85 %
    printed = {kind: _percentages(text) for kind, text in _texts(folder).items()}
    failures = [
        f"{kind}: {p} % is no claim" for kind, found in printed.items() for p in found if p not in told
    ]
    shares = [claim for claim in book if claim.unit == "share" and claim.k is not None and claim.n]
    failures += [f"{claim.id}: {claim.text} of {claim.n}" for claim in shares if not _fits(claim)]
    asked = [claim for claim in shares if claim.members]
    failures += [f"{claim.id}: its note has no n" for claim in asked if not _tells_n(claim)]
    counts = ", ".join(f"{len(found)} in {kind}" for kind, found in printed.items())
    number = sum(map(len, printed.values())) + len(shares)
    return Found(number, failures, "percentages", f"{counts}, {len(shares)} shares with k and n")


def _fits(claim: Claim) -> bool:
    assert claim.k is not None and claim.n is not None
    return claim.text == swedish.percent(Fraction(claim.k, claim.n)) and (
        rounded_percent(claim.k, claim.n) == int(re.sub(r"\D", "", claim.text))
    )


def _tells_n(claim: Claim) -> bool:
    return f"n = {claim.n} av {claim.members} medlemmar" in claim.note


def same_everywhere(effort: Effort) -> Found:
    """Compare the numbers of all forms with each other and with the claims."""
    folder, book = _published(effort)
    words = {kind: read(folder / f"report.{kind}") for kind, read in READERS.items()}
    numbers = {kind: [word for word in text if re.search(r"\d", word)] for kind, text in words.items()}
    first = numbers["html"]
    failures = [f"{kind}: other numbers than html" for kind, found in numbers.items() if found != first]
    bound = [*_bound(folder / "report.html"), *_bound(folder / "review" / "index.html")]
    failures += [f"{i}: {text}" for i, text in bound if i not in book or not _says(text, book[i])]
    rows = list(csv.DictReader(io.StringIO((folder / "data" / "claims.csv").read_text("utf-8-sig"))))
    failures += [f"data/claims.csv: {row['id']}" for row in rows if row["text"] != book[row["id"]].text]
    failures += ["data/claims.csv: not all claims"] if len(rows) != len(book) else []
    tried = sum(map(len, numbers.values())) + len(bound) + len(rows)
    return Found(tried, failures, "numbers in HTML, PDF, DOCX, the review page and the open data")


def _bound(path: Path) -> Iterator[tuple[str, str]]:
    page = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
    for span in page.select(".claim[data-claim]"):
        yield str(span["data-claim"]), span.get_text()


def _says(text: str, claim: Claim) -> bool:
    whole = claim.value == int(claim.value) and 0 <= claim.value < 13
    words = {swedish.in_words(int(claim.value), form) for form in ("en", "ett")} if whole else set()
    return text == claim.text or text.lower() in words


def plain_rounding(effort: Effort) -> Found:
    """Count the shares of at most 300 that Python's own rounding prints otherwise than a browser's."""
    pairs = [(k, n) for n in range(1, MOST + 1) for k in range(n + 1)]
    half_up = [int(Decimal(100 * k) / n + Decimal("0.5")) for k, n in pairs]
    other = sum(f"{100 * k / n:.0f}" != str(right) for (k, n), right in zip(pairs, half_up, strict=True))
    return Found(len(pairs), unit="shares k of n rounded by Python's format and by a browser", failed=other)


PROMISES = (
    Promise(
        "F1", "Every printed percentage is possible for its n", "all", possible,
        "a percentage that somebody types is printed; nothing holds it against an n",
    ),
    Promise("F2", "A number is the same wherever it stands", "none differs", same_everywhere, plain_rounding),
)  # fmt: skip
