"""Signatures: two people approve each number, and a change must be approved anew."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
import subprocess
from dataclasses import fields, replace
from decimal import Decimal

import pytest
from bs4 import BeautifulSoup
from hypothesis import assume, given
from hypothesis import strategies as st

from conftest import ROOT, edit, few_chapters, klimatlib, unrendered
from klimatlib.claims import signatures
from klimatlib.claims.claims import Claim, ClaimBook, read_claims
from klimatlib.errors import InputError, UsageError
from klimatlib.execution.publishing import digests, locked
from klimatlib.run import build
from klimatlib.sources import inputs as sources
from test_claims import claim

DAY = dt.date(2024, 3, 1)
ANNA, BO = "Anna Ek", "Bo Åberg"
PLACE = {"id", "notebook", "cell"}
# What the number is, for programs; a reader is told it by the definition, which is approved.
TYPED = {
    "kind", "subject", "measure", "method", "base_year", "direction", "denominator", "role", "part",
    "inferred",
}  # fmt: skip
NO_COUNTS = dict.fromkeys(("k", "n", "members"))
LEVEL = claim(id="level", value=Decimal("3.2"), unit="t CO2e per capita", text="3,2\u00a0ton", **NO_COUNTS)
SHARE = claim(id="survey-a")
BOOK = ClaimBook([LEVEL, SHARE])
OTHER = {
    **dict.fromkeys(("value", "previous_value"), Decimal(7)), **dict.fromkeys(("k", "n", "members"), 7),
    **dict.fromkeys(("year", "data_year", "previous_year"), 2000), "comparable": "broken",
}  # fmt: skip


def signed(*names, book=BOOK):
    after = []
    for name in names:
        after = signatures.sign(book, after, name=name, date=DAY)
    return after


def stale(book, signed):
    """Give each signature that no longer holds with what it is of."""
    standings = signatures.standings(book, signed).values()
    return [(signature, standing.item) for standing in standings for signature in standing.stale]


# ---- what is approved --------------------------------------------------------------------------
def test_every_field_of_a_claim_is_either_approved_or_only_tells_where_it_is_printed():
    approved = [name for names in signatures.SIDES.values() for name in names]
    assert sorted([*approved, *PLACE, *TYPED]) == sorted(field.name for field in fields(Claim))


@pytest.mark.parametrize("name", [name for names in signatures.SIDES.values() for name in names])
def test_a_signature_is_stale_when_any_approved_field_changes(name):
    (signature,) = signed(ANNA, book=[LEVEL])
    now = replace(LEVEL, **{name: OTHER.get(name, "något annat")})
    assert stale([now], [signature]) == [(signature, now)]
    sides = tuple(side for side, names in signatures.SIDES.items() if name in names)
    assert signatures.changed_sides(signature, now) == sides


VALUES, TEXTS = st.decimals(-1000, 1000, places=6), st.text(max_size=9)


@given(VALUES, VALUES, TEXTS, TEXTS)
def test_a_signature_holds_exactly_as_long_as_the_claim_says_the_same(before, after, notebook, cell):
    old = replace(LEVEL, value=before)
    (signature,) = signed(ANNA, book=[old])
    assert signatures.holds(signature, replace(old, notebook=notebook, cell=cell))
    assume(before != after)
    assert not signatures.holds(signature, replace(old, value=after))


@given(st.text(min_size=1, max_size=20), st.text(min_size=1, max_size=20))
def test_two_fields_of_one_side_are_never_taken_for_each_other(vintage, other):
    assume(vintage != other)
    two = [signatures.fingerprint(replace(LEVEL, vintage=name)) for name in (vintage, other)]
    assert two[0] != two[1]


def test_what_a_claim_reads_back_as_from_its_file_is_what_was_signed():
    again = read_claims(BOOK.to_csv().encode(), file="claims.csv")
    assert [signatures.fingerprint(one) for one in again] == [signatures.fingerprint(one) for one in BOOK]


# ---- how claims stand --------------------------------------------------------------------------
def test_a_claim_is_approved_by_two_people_over_what_it_says_now():
    of_level, of_share = signed(ANNA, book=[LEVEL]), signed(ANNA, BO, book=[SHARE])
    assert signatures.standings(BOOK, of_level + of_share) == {
        "level": signatures.Standing(LEVEL, (*of_level,), ()),
        "survey-a": signatures.Standing(SHARE, (*of_share,), ()),
    }
    elsewhere = [replace(signature, document="channels") for signature in of_level]
    standings = signatures.standings(BOOK, elsewhere + of_share)
    assert [(len(one.valid), one.approved) for one in standings.values()] == [(0, False), (2, True)]
    now = replace(SHARE, definition="Annat")
    assert signatures.standings([now], of_share) == {"survey-a": signatures.Standing(now, (), (*of_share,))}


def test_a_stale_signature_says_what_was_signed_and_what_it_is_now():
    for changes, why in (
        ({"value": Decimal("3.3"), "text": "3,3 ton"}, "signed 3,2 ton, now 3,3 ton; definition the same"),
        ({"value": Decimal("3.24")}, "still prints 3,2 ton; value changed; definition the same"),
        ({"definition": "Annat"}, "still prints 3,2 ton; definition changed"),
        (
            {"text": "3,3 ton", "vintage": "2026", "source": "SCB"},
            "signed 3,2 ton, now 3,3 ton; year or release, source changed; definition the same",
        ),
    ):
        (found,) = stale([replace(LEVEL, **changes)], signed(ANNA, book=[LEVEL]))
        assert signatures.why_stale(*found) == why


def test_a_text_that_was_rewritten_in_the_file_approves_nothing():
    (signature,) = signed(ANNA, book=[LEVEL])
    (found,) = stale(BOOK, [replace(signature, text="9,9 ton")])
    assert signatures.why_stale(*found) == "signed 9,9 ton, now 3,2 ton; definition the same"


def test_signing_again_changes_nothing_and_renewing_replaces_only_what_is_stale():
    first = signed(ANNA)
    assert signatures.sign(BOOK, first, name=ANNA, date=dt.date(2025, 1, 1)) == first
    now = ClaimBook([replace(LEVEL, text="3,3 ton"), SHARE])
    again = signatures.sign(now, first, name=ANNA, date=dt.date(2025, 1, 1))
    assert [(one.claim, one.date, one.text) for one in again] == [
        ("level", "2025-01-01", "3,3 ton"),
        ("survey-a", "2024-03-01", "79 %"),
    ]


@pytest.mark.parametrize("name", ["anna ek", "  Anna   Ek ", "ANNA\u00a0EK", "Ａｎｎａ Ek"])
def test_one_person_written_in_two_ways_is_one_person(name):
    assert len(signed(ANNA, name)) == len(BOOK)
    assert signatures.person("A\u030asa Öberg") == signatures.person("Åsa öberg")
    assert signatures.person(ANNA) != signatures.person(BO)


def test_initials_hyphens_and_look_alike_letters_make_no_second_person(write):
    assert signatures.same_person("A. Ek", ANNA)
    assert signatures.same_person("Anna-Lena Ek", "Anna Lena Ek")
    assert signatures.same_person(ANNA, "Аnna Еk")  # the first letters are Cyrillic
    assert not signatures.same_person("Anna Ek", "Anders Ek")
    with pytest.raises(InputError, match=r"row 4: 'Anna Ek' and 'A\. Ek' are one person"):
        write(signatures.to_csv([*signed(ANNA), *signed("A. Ek")]))


def test_a_day_that_is_to_come_is_no_day_of_signing(write):
    with pytest.raises(InputError, match="row 2, column date: 2999-01-01 is to come"):
        write(signatures.to_csv([replace(signed(ANNA)[0], date="2999-01-01")]))


# ---- statements --------------------------------------------------------------------------------
PLAIN = signatures.Passage("start-0000000a", "Förord", "sentence", "Vi hälsar välkommen.")
WHY = ("”vänder”: no claim",)
OPEN = signatures.Passage("start-0000000b", "Förord", "heading", "Det vänder", "open", WHY)
PAGE = [LEVEL, PLAIN, OPEN]


def test_an_open_statement_needs_two_names_and_a_reason_of_each():
    found = signatures.sign(PAGE, [], name=ANNA, date=DAY, reasons={OPEN.id: "Kurvan i figur 2"})
    found = signatures.sign(PAGE, found, name=BO, date=DAY)
    assert [one.claim for one in found if one.name == BO] == ["level", PLAIN.id]
    assert signatures.lacking(PAGE, found) == {OPEN.id: f"signed by {ANNA}"}
    found = signatures.sign([OPEN], found, name=BO, date=DAY, reasons={OPEN.id: "Läst mot källan"})
    assert signatures.lacking(PAGE, found) == {}
    assert signatures.signers(signatures.standings(PAGE, found)) == [ANNA, BO]
    bare = [replace(one, reason="") for one in found]
    assert OPEN.id in signatures.lacking(PAGE, bare)


def test_a_changed_word_makes_that_statement_stale_and_no_other():
    found = [*signed(ANNA, book=PAGE[:2]), *signed(BO, book=PAGE[:2])]
    new = replace(PLAIN, id="start-0000000c", text=f"{PLAIN.text} alla")
    other = replace(PLAIN, id="start-0000000d", text="Något helt annat.")
    earlier = f"{ANNA} and {BO} signed the earlier wording “{PLAIN.text}”"
    lacking = {new.id: f"signed by nobody, {earlier}", other.id: "signed by nobody"}
    assert signatures.lacking([LEVEL, new, other], found) == lacking
    told = signatures.standing_lines([LEVEL, new], found, [], where="claims.csv")
    assert f"not signed: {new.id} “{new.text}”, {earlier}" in told


def test_a_review_signs_what_still_says_what_was_read(tmp_path):
    read = {item.id: signatures.fingerprint(item) for item in PAGE}
    review = {"report": "tiny", "name": ANNA, "signed": {**read, "gone": "0"}}
    file = tmp_path / "granskning.json"
    file.write_text(json.dumps(review), "utf-8")
    now = [replace(LEVEL, text="3,3 ton"), PLAIN, OPEN]
    saved = signatures.read_review(file, report="tiny")
    after, lines = signatures.sign_review(now, [], saved, date=DAY)
    assert [one.claim for one in after] == [PLAIN.id]
    assert "open, not signed without --reason: Det vänder (”vänder”: no claim)" in lines
    assert {f"changed since it was read, not signed: {item}" for item in ("level", "gone")} <= {*lines}
    with pytest.raises(InputError, match=r"granskning\.json: report: a review of tiny, expected 2023"):
        signatures.read_review(file, report="2023")
    file.write_text('{"report": "tiny"', "utf-8")
    with pytest.raises(InputError, match=r"granskning\.json: not a saved review; save it anew"):
        signatures.read_review(file, report="tiny")


def test_a_text_that_is_no_persons_name_is_refused():
    for name, fault in (
        ("", "no letters"),
        (" 12 ", "no letters"),
        ("=HYPERLINK(1)", "begins with ="),
        (" @Anna", "begins with @"),
        ("An\x07na", "cannot be seen"),
        ("Anna\u200b Ek", "cannot be seen"),
        ("Anna\nEk", "cannot be seen"),
        ("A" * 81, "81 characters"),
    ):
        assert fault in signatures.fault_of_name(name)


# ---- the file ----------------------------------------------------------------------------------
FILE = signatures.to_csv(signed(ANNA, BO))


@pytest.fixture
def write(tiny):
    def written(text):
        inputs = sources.Inputs.open("params/tiny.yml")
        data = text if isinstance(text, bytes) else text.encode()
        signatures.signatures_file(inputs.project).write_bytes(data)
        return sources.signatures(inputs)

    return written


def test_the_file_has_a_line_for_each_claim_and_person_and_reads_back(write):
    lines = FILE.splitlines()
    assert lines[0] == "name,document,claim,date,text,fingerprint,reason"
    assert [line.rsplit(",", 2)[0] for line in lines[1:]] == [
        'Anna Ek,report,level,2024-03-01,"3,2 ton"',
        "Anna Ek,report,survey-a,2024-03-01,79 %",
        'Bo Åberg,report,level,2024-03-01,"3,2 ton"',
        "Bo Åberg,report,survey-a,2024-03-01,79 %",
    ]
    assert [*write(FILE)] == signed(ANNA, BO)


def test_nobody_has_signed_where_there_is_no_file_and_where_all_was_withdrawn(tiny, write):
    assert sources.signatures(sources.Inputs.open("params/tiny.yml")) == ()
    assert write(signatures.to_csv([])) == ()


LINE = FILE.splitlines()[1]
EARLIER = re.sub(",report(?=,)|document,|,reason|,$", "", FILE, flags=re.M)


def test_a_hand_edited_fingerprint_approves_nothing(write):
    digit = "0" if LINE[-2] != "0" else "1"
    ((signature, level),) = stale(BOOK, write(FILE.replace(LINE, f"{LINE[:-2]}{digit},")))
    assert (signature.name, signatures.changed_sides(signature, level)) == (ANNA, ("source",))


def test_git_brings_together_what_two_people_signed_apart(tmp_path, write):
    def git(*words):
        who = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
        subprocess.run(["git", *who, *words], cwd=tmp_path, check=True, capture_output=True)

    def commit(*names):
        path = tmp_path / "data" / "2023" / "signatures.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(signatures.to_csv(signed(*names)), encoding="utf-8")
        git("add", ".gitattributes", "data")
        git("commit", "-m", "Sign")
        return path

    git("init", "-b", "main")
    shutil.copy(ROOT / ".gitattributes", tmp_path)
    git("add", ".gitattributes")
    git("commit", "-m", "Begin")
    git("checkout", "-b", "bo")
    commit(BO)
    git("checkout", "main")
    path = commit(ANNA)
    git("merge", "bo", "-m", "Merge")
    assert {*write(path.read_bytes())} == {*signed(ANNA, BO)}


# ---- the act -----------------------------------------------------------------------------------
@pytest.fixture
def published(tiny, tiny_report):
    """A fresh tiny world with its report, a draft, made and ready to be signed."""
    shutil.copytree(tiny_report / "outputs" / "tiny", tiny / "outputs" / "tiny")
    return tiny


def page(root):
    return json.loads((root / "outputs" / "tiny" / "statements.json").read_text("utf-8"))


def claims(root):
    return read_claims((root / "outputs" / "tiny" / "claims.csv").read_bytes(), file="claims.csv")


def test_signing_tells_what_was_signed_and_listing_how_it_stands(published):
    count, file = len(claims(published)), published / "data" / "tiny" / "signatures.csv"
    said = page(published)
    some, unsure = len(said), [passage["text"] for passage in said if passage["decided"] == "open"]
    done = klimatlib("sign", "tiny", "--as", ANNA, "--date", "2024-03-01", cwd=published)
    assert done.returncode == 0, done.stderr
    both = f"{count} claims and {some - len(unsure)} statements, {count + some - len(unsure)} signed"
    assert done.stdout.startswith(f"{ANNA}: {both}, 0 renewed, 0 as before\n")
    assert unsure
    assert all(f"open, not signed without --reason: {text}" in done.stdout for text in unsure[:19])
    on = ("--date", "2024-03-01", "--reason", "Läst mot källan")
    klimatlib("sign", "tiny", "--as", ANNA, *on, cwd=published)
    assert done.stdout.endswith("data/tiny/signatures.csv is written; commit it\n")
    before = file.read_bytes()
    done = klimatlib("sign", "tiny", "--as", "anna  EK", cwd=published)
    assert "0 signed, 0 renewed, " in done.stdout
    assert file.read_bytes() == before
    klimatlib("sign", "tiny", "--as", BO, "survey-kolsankor", "fact-*", cwd=published)
    two = sum(one.id.startswith("fact-") for one in claims(published)) + 1
    done = klimatlib("sign", "tiny", cwd=published)
    assert done.stdout.startswith(f"{count} claims: {two} signed by two, {count - two} by one, 0 by nobody\n")
    done = klimatlib("sign", "tiny", "--as", "anna ek", "--withdraw", cwd=published)
    assert done.stdout.startswith(f"{ANNA}: {count + some} withdrawn\n")
    done = klimatlib("sign", "tiny", "survey-kolsankor", cwd=published)
    assert done.stdout.splitlines() == [
        "1 claims: 0 signed by two, 1 by one, 0 by nobody",
        f"one more needed: survey-kolsankor, signed by {BO}",
    ]


@pytest.mark.parametrize("folder", ["tiny", "tiny-draft"])  # a draft stands beside a final report
def test_a_saved_review_is_taken_and_its_comments_come_back_by_file_and_line(published, folder):
    said = next(one for one in page(published) if one["text"].startswith("Årsmöte"))
    item = signatures.Passage(**said)
    review = {"report": "tiny", "name": ANNA, "signed": {item.id: signatures.fingerprint(item)}}
    file = published / "granskning.json"
    file.write_text(json.dumps({**review, "comments": {item.id: "Skriv\nvar"}}), "utf-8")
    (published / "outputs" / "tiny").rename(published / "outputs" / folder)
    done = klimatlib("sign", "tiny", "--from", "granskning.json", cwd=published)
    assert done.stdout.startswith(f"{ANNA}: 1 statements, 1 signed"), done.stderr
    done = klimatlib("comments", "tiny", "granskning.json", cwd=published)
    line = r"data/tiny/texts/\w+\.md: line \d+: Anna Ek: Skriv var \(“Årsmöte .*”\)\n"
    assert re.fullmatch(line, done.stdout), done.stdout + done.stderr
    html = BeautifulSoup((published / f"outputs/{folder}/review/sign.html").read_text("utf-8"), "html.parser")
    row = html.select_one(f'[data-id="{item.id}"]')
    assert (row["data-hash"], row.label.get_text(strip=True)) == (signatures.fingerprint(item), item.text)


def test_a_name_like_one_that_has_signed_is_asked_about():
    before, on = signed("Anna Ekström"), {"date": DAY, "where": "claims.csv"}
    _, lines = signatures.sign_chosen(BOOK, before, ["survey-*"], name="Anna Ekstrom", **on)
    assert lines[0] == "note: Anna Ekström has signed too; is Anna Ekstrom another person?"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--as", ANNA, "survey-kolsankar"], "claims.csv; did you mean 'survey-kolsankor'?\n"),
        (["--as", ANNA, "survey-kolsankor", "qqq-*"], "no claim 'qqq-*' in outputs/tiny/claims.csv\n"),
        (["--as", "=1"], "--as: the name '=1' has no letters"),
        (["--as", ANNA, "--withdraw"], "Anna Ek has signed nothing; signed by nobody"),
        (["--withdraw"], "say who: --as PERSON"),
        (["--date", "2024-03-01"], "say who: --as PERSON"),
        (["--as", ANNA, "--date", "1 mars"], "does not match the format"),
    ],
)  # fmt: skip
def test_wrong_use_signs_nothing(published, words, told):
    done = klimatlib("sign", "tiny", *words, cwd=published)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert not (published / "data" / "tiny" / "signatures.csv").exists()


@pytest.mark.parametrize("harm", ["altered", "no manifest", "half a manifest", "nothing made"])
def test_only_what_a_run_has_published_can_be_signed(published, harm):
    folder = published / "outputs" / "tiny"
    if harm == "altered":
        edit(folder / "claims.csv", "5,2", "5,3")
    elif harm == "half a manifest":
        (folder / "manifest.json").write_text((folder / "manifest.json").read_text("utf-8")[:500], "utf-8")
    elif harm == "no manifest":
        (folder / "manifest.json").unlink()
    else:
        shutil.rmtree(folder)
    found = r"(not as a run made it|not a manifest|missing).*klimatlib report tiny"
    done = klimatlib("sign", "tiny", "--as", ANNA, cwd=published)
    assert done.returncode == 2
    assert re.search(rf"outputs/tiny/(claims\.csv|manifest\.json): {found}", done.stderr)


def test_nobody_signs_while_a_run_may_publish_other_claims(published):
    with locked(published / "outputs" / ".lock-tiny"):
        done = klimatlib("sign", "tiny", "--as", ANNA, cwd=published)
    assert done.returncode == 75
    assert not (published / "data" / "tiny" / "signatures.csv").exists()


def test_a_claim_that_is_gone_is_told_and_can_be_withdrawn():
    before, book = signed(ANNA), ClaimBook([SHARE])
    lines = signatures.standing_lines(book, before, [], where="claims.csv")
    assert lines[-1] == "signed, but no longer in the report: level: 3,2 ton"
    after, lines = signatures.withdraw(before, ["level"], name=ANNA)
    assert lines == [f"{ANNA}: 1 withdrawn", "withdrawn: level"]
    assert after == signed(ANNA, book=book)
    with pytest.raises(UsageError, match="has signed nothing"):
        signatures.withdraw([], [], name=ANNA)


def test_a_file_of_the_earlier_form_is_about_the_report(write):
    assert write(EARLIER) == write(FILE)


# ---- draft and final ---------------------------------------------------------------------------
def draft_stays_beside(root, final):
    """A run that is not final, by hand or by a timer, leaves the final report and makes a draft beside it."""
    published, draft = root / "outputs" / "tiny", root / "outputs" / "tiny-draft"
    told = "outputs/tiny/ is final and stays as it is; this draft is in outputs/tiny-draft/"
    made = "outputs/tiny-draft/ is complete"
    same = ": nothing has changed"
    for words, again in (((), ""), ((), same), (("--scheduled",), same)):
        done = klimatlib("report", "tiny", "--renderer", "embedded", *words, cwd=root)
        assert done.returncode == 0, done.stderr
        assert done.stdout.count(told) == 1
        assert f"{made}{again} (" in done.stdout
        assert digests(published) == final
    summary = json.loads((root / "outputs" / "last-run-tiny.json").read_text(encoding="utf-8"))
    assert (summary["folder"], summary["changed"], summary["news"]) == ("outputs/tiny-draft", [], [told])
    letter = root / "outputs" / "last-run-tiny.txt"
    assert told in letter.read_text(encoding="utf-8")
    assert json.loads((draft / "manifest.json").read_text("utf-8"))["final"] is False
    assert "UTKAST" in (draft / "report.html").read_text(encoding="utf-8")
    for name in ("tiny", "tiny-draft"):
        done = klimatlib("verify", name, cwd=root)
        assert done.returncode == 0, done.stderr
    # What is signed now is what the next final report would say.
    facts = root / "data" / "tiny" / "facts.yml"
    edit(facts, "{count: 60}", "{count: 61}")
    with unrendered():
        done = klimatlib("report", "tiny", "--renderer", "embedded", "--scheduled", cwd=root)
    assert done.returncode == 0, done.stderr
    mailed = letter.read_text(encoding="utf-8")
    assert len(mailed.splitlines()) <= 10
    for words in (told, "since the last run: data/tiny/facts.yml changed", "claims.csv", "before 60."):
        assert words in mailed
    done = klimatlib("sign", "tiny", "fact-activities-arsmote-participants-count", cwd=root)
    assert "now 61" in done.stdout
    edit(facts, "{count: 61}", "{count: 60}")
    assert digests(published) == final


def test_git_ignores_the_draft_beside_a_final_report(tmp_path):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    shutil.copy(ROOT / ".gitignore", tmp_path)
    names = [f"outputs/{name}/claims.csv" for name in ("2023", "2023-draft")]
    words = ["git", "-C", str(tmp_path), "check-ignore", *names]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == ["outputs/2023-draft/claims.csv"]


def test_a_final_report_needs_two_people_for_every_number_as_it_is_now(tiny):
    def report(*, final=True):
        with unrendered():  # test_drafts looks at the documents
            return build.report("params/tiny.yml", renderer="embedded", final=final)

    published, folder = few_chapters(tiny, "10_members", "20_activities"), report(final=False)
    draft, one = (folder / "claims.csv").read_bytes(), [*claims(published)][-1].id
    assert one != "fact-activities-arsmote-participants-count"

    def sign(name, *words):
        reason = () if "--withdraw" in words else ("--reason", "Läst mot källan")
        assert klimatlib("sign", "tiny", "--as", name, *words, *reason, cwd=published).returncode == 0

    sign(ANNA)
    lonely = "signed by Anna Ek; expected two people; sign with: klimatlib sign tiny"
    with pytest.raises(InputError, match=lonely):
        report()
    sign(BO)
    report()
    final = digests(folder)
    draft_stays_beside(published, final)
    report()
    assert not (published / "outputs" / "tiny-draft").exists()
    assert (folder / "claims.csv").read_bytes() == draft
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert manifest["final"] is True
    assert [*manifest["signatures"]] == ["data/tiny/signatures.csv"]

    sign(BO, one, "--withdraw")
    with pytest.raises(InputError, match=f"{one}: signed by {ANNA}$"):
        report()
    sign(BO)
    edit(published / "data" / "tiny" / "facts.yml", "{count: 60}", "{count: 61}")
    before = digests(folder)
    with pytest.raises(InputError) as caught:
        report()
    assert caught.value.exit_code == 2
    stale = "stale (signed 60, now 61; definition the same)"
    *lines, last = str(caught.value).splitlines()
    assert lines == [
        "data/tiny/signatures.csv: 3 problems",
        f"  1 of {len(claims(published))} claims and 1 of {len(page(published))} statements (1 in "
        "Möten) lack two people's signatures; see: klimatlib sign tiny",
        "  fact-activities-arsmote-participants-count: signed by nobody, "
        f"Anna Ek's is {stale}, Bo Åberg's is {stale}",
    ]
    people = "signed by nobody, Anna Ek and Bo Åberg signed the earlier wording"
    meeting = "“Årsmöte den 27–28 april, {} deltagare.”"
    assert re.sub(r"^  \S+-\w{8} ", "", last) == f"{meeting.format(61)}: {people} {meeting.format(60)}"
    assert digests(folder) == before


def test_many_numbers_that_lack_signatures_are_counted_and_the_first_are_named(tiny):
    project = sources.Inputs.open("params/tiny.yml").project
    book = ClaimBook(claim(id=f"a-{n}") for n in range(14))
    with pytest.raises(InputError) as caught:
        signatures.require_approved(signatures.standings(book, signed(ANNA, book=book)), project)
    lines = str(caught.value).splitlines()
    assert lines[1].startswith("  14 of 14 claims lack two people's signatures")
    assert lines[2] == f"  a-0: signed by {ANNA}"
    assert lines[-1] == "  and 4 more"
    signatures.require_approved(signatures.standings(book, signed(ANNA, BO, book=book)), project)


def test_a_report_under_another_release_is_never_final(tiny):
    done = klimatlib("report", "tiny", "--final", "--vintage", "older", cwd=tiny)
    assert done.returncode == 2
    assert "is never --final" in done.stderr
