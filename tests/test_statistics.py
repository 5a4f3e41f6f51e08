"""Files by content (`klimatlib read`), SCB's population, the list of codes, and names as people type them."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

import raw_files as raw
from conftest import unpin
from klimatlib.errors import InputError, UsageError
from klimatlib.run.checks import inspect_file
from klimatlib.sources import inputs
from klimatlib.sources.inputs import Inputs
from klimatlib.sources.statistics import (
    KINDS,
    OWN_TABLES,
    read_any,
    read_municipality_codes,
    read_population,
    recognise,
    sum_noise,
)
from klimatlib.sources.tables import Places, Reading

REGISTER = raw.ROOT / "data/statistics/municipalities.csv"
QUESTION = "Har ni beslutat om ett mål för klimatneutralitet?"
ENERGY = (
    '"region","förbrukarkategori","bränsletyp","Slutanvändning (MWh) 2019"\n"1280 Malmö","industri","el",5\n'
)
FILES = {
    "emissions-export": lambda: raw.to_xlsx({"Växthusgaser totalt": raw.emission_rows("xlsx")}),
    "population-workbook": lambda: raw.to_xlsx({"Tabell": raw.series_rows()}),
    "population-table": lambda: raw.to_xlsx({"Totalt": raw.table_rows()}),
    "pxweb-json": lambda: raw.to_json(raw.pxweb_json(), bom=True),
    "pxweb-table": lambda: raw.to_csv(raw.pxweb_csv_rows(), delimiter=",", encoding="cp1252", quote=True),
    "json-stat2": lambda: raw.to_json(raw.json_stat()),
    "energy-balance": ENERGY.encode,
    "municipality-codes": lambda: raw.to_xlsx({"Koder": raw.code_rows()}),
    "survey-answers": lambda: raw.to_xlsx({"Svar": [["Kommun", QUESTION], ["Lunds kommun", "Ja"]]}),
    "facts": lambda: "# Fakta\nactivities:\n  - title: Möte\n".encode(),
    **{kind: partial(str.encode, f"{','.join(t.schema.columns)}\n") for kind, t in OWN_TABLES.items()},
}
READ = [*[*KINDS][:6], "municipality-codes"]  # the others belong to a year, or need codes of their own
LUND = {"key": ["1281", "2021"], "values": ["127376"]}
NAMES = {"places": raw.PLACES, "sectors": raw.SECTORS}
PXWEB = ("pxweb-json", "pxweb-table", "json-stat2")


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_recognised_and_read_whatever_its_name(kind: str) -> None:
    data, file = FILES[kind](), "nedladdning (3).bin"
    assert recognise(data, file) == kind
    if kind in READ:
        assert read_any(data, file, **NAMES).kind == kind
    else:
        of_statistics = kind in ("emissions", "population", "energy")
        place = "a finished table" if of_statistics else "belongs in data/<year>/"
        with pytest.raises(InputError, match="params/gpc.yml" if kind == "energy-balance" else place):
            read_any(data, file, **NAMES)


@pytest.mark.parametrize(
    ("data", "seen", "unquoted"),
    [
        (b'{"error": 429}', "JSON with the keys error", "JSON with the keys error"),
        (b"a;b;c\n1;2;3\n", "'a;b;c'", "a text of 2 lines"),
        (raw.to_xlsx({"Budget": [["Post", "Kronor"], ["Resor", 12]]}),
         "sheets 'Budget' beginning with 'Post, Kronor, Resor, 12'", "sheets 'Budget'"),
    ],
)  # fmt: skip
def test_unknown_content_is_refused_with_what_was_seen_and_what_is_known(
    data: bytes, seen: str, unquoted: str
) -> None:
    for quote, text in ((True, seen), (False, unquoted)):
        with pytest.raises(InputError) as caught:
            recognise(data, "x", quote=quote)
        assert str(caught.value) == f"x: unknown content, {text}; expected one of: {', '.join(KINDS)}"


LACKING_ONE = [["Huvudsektor", "Län", "Kommun", 2020], ["Alla", "Alla", "Alla", 1]]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (raw.to_csv(LACKING_ONE), "nearest is emissions-export .* lacks the headings undersektor; fetch"),
        (raw.to_xlsx({"Blad1": LACKING_ONE}), "nearest is emissions-export"),
        (b"code;name;kind;joined;left\n", "nearest is members .* lacks the headings status; docs/data-dict"),
        (b"Kommun;Svar\nLund;Ja\n", "nearest is survey-answers .* lacks headings that are questions"),
        (f"Namn;{QUESTION};{QUESTION}\nLund;Ja;\n".encode(), "lacks a heading Kommun or Medlem in its"),
    ],
)  # fmt: skip
def test_a_file_of_no_kind_is_told_the_nearest_and_what_to_choose(data: bytes, message: str) -> None:
    for quote in (True, False):
        with pytest.raises(InputError, match=message):
            recognise(data, "x", quote=quote)


@pytest.mark.parametrize("name", ["goals.csv", "population_tiny.csv", "emissions_tiny.csv"])
def test_check_and_read_judge_a_file_alike(tiny: Path, name: str) -> None:
    folder = tiny / "data" / ("tiny" if name == "goals.csv" else "statistics")
    reader = getattr(inputs, name.split("_")[0].removesuffix(".csv"))
    unpin(tiny)
    kept = (folder / name).read_bytes()
    text = kept.decode().split("\n")
    broken = "\n".join([*text[:-2], text[-2] + "0000000", ""]).encode()
    contrary = f"{text[0]}\na,b,Mått,Mål,5,2,st,,,1,st,\n".encode()  # of goals: from 5 to at most 2
    for data in (
        broken,
        contrary,
        b"sep=,\n" + kept,
        b"PAR1",
        b"version https://git-lfs.github.com/spec/v1\noid sha256:0",
    ):
        (folder / name).write_bytes(data)
        verdicts = []
        for judge in (lambda: reader(Inputs.open("params/tiny.yml")), lambda: [*inspect_file(folder / name)]):
            try:
                verdicts.append(str(bool(len(judge()))))
            except InputError as error:
                verdicts.append(str(error))
        assert verdicts[0] == verdicts[1]
    for kind in ("population-table", "json-stat2", "survey-answers"):
        (folder / name).write_bytes(FILES[kind]())
        with pytest.raises(
            InputError, match=f"expected the tidy table .* got: {re.escape(KINDS[kind])}; make"
        ):
            reader(Inputs.open("params/tiny.yml"))


def test_the_tidy_table_is_written_whole_and_nothing_is_overwritten(tiny: Path) -> None:
    (tiny / "answer.json").write_bytes(raw.to_json({**raw.pxweb_json(), "data": [LUND]}))
    out = tiny / "table.csv"
    lines = [*inspect_file(tiny / "answer.json", out=out)]
    assert lines[0] == "answer.json: population from SCB's database as JSON"
    assert lines[-1] == f"written: {out}"
    assert out.read_text("utf-8") == "municipality_code,year,population\n1281,2021,127376\n"
    with pytest.raises(UsageError, match="is there already"):
        [*inspect_file(tiny / "answer.json", out=out)]


def test_a_file_of_answers_is_not_quoted_and_must_say_which_report_it_belongs_to(tiny: Path) -> None:
    path = tiny / "answers.csv"
    path.write_text("Lund;Ja, hej@lund.se\n", "utf-8")
    with pytest.raises(InputError, match=r"^answers\.csv: unknown content, a text of 1 line; expected one"):
        [*inspect_file(path, out=tiny / "table.csv")]
    assert not (tiny / "table.csv").exists()
    heads = "Kommun,Arbetar kommunen med lokala kolsänkor?,Arbetar kommunen med biokol?"
    path.write_text(f"{heads}\nLund,Ja,Nej\n", "utf-8")
    with pytest.raises(UsageError, match="say which report it belongs to: --report NAME"):
        [*inspect_file(path)]
    lines = [*inspect_file(path, report="tiny")]
    assert lines[0] == "answers.csv: export of a survey, one row a member"
    assert not [line for line in lines if "Ja" in line.split()]


@pytest.mark.parametrize(
    ("name", "rows", "compared"),
    [("scb/folkmangd_1950-2022.xlsx", 291 * 73, 291 * 33), ("scb/be0101_tabhel2023.xlsx", 291, 291)],
)
def test_the_original_workbooks_agree_with_the_reference(name: str, rows: int, compared: int) -> None:
    frame = read_population(raw.original(name), name, places=raw.SWEDEN).frame
    reference = pd.read_csv(raw.ORIGINALS / "reference/population.csv", dtype={"kommun_code": str})
    reference["municipality_code"] = reference["kommun_code"].replace("00", "0000")
    key = ["municipality_code", "year"]
    both = frame.merge(reference, on=key, suffixes=("", "_reference"), validate="one_to_one")
    assert (len(frame), len(both)) == (rows, compared)
    assert (both["population"] == both["population_reference"]).all()


def population(data: bytes) -> Reading:
    """Read a population table of the small world."""
    return read_population(data, "population", places=raw.PLACES)


@pytest.mark.parametrize("form", ["population-workbook", "population-table", *PXWEB])
def test_every_form_gives_whole_persons_sorted_by_code_and_year(form: str) -> None:
    reading = population(FILES[form]())
    assert reading.vintage == ("2024-02-20" if "json" in form else None)
    frame, truth = reading.frame, raw.population_values()
    types = {"municipality_code": "str", "year": "int64", "population": "int64"}
    assert frame.dtypes.astype(str).to_dict() == types
    assert frame.equals(frame.sort_values(["municipality_code", "year"], ignore_index=True))
    for code, year, number in frame.itertuples(index=False):
        at = raw.POPULATION_YEARS.index(year)
        assert number == (sum(v[at] for v in truth.values()) if code == "0000" else truth[code][at])


@pytest.mark.parametrize("form", PXWEB)
def test_a_missing_value_has_no_row_and_the_nation_none_for_that_year(form: str) -> None:
    reading = population(FILES[form]())
    keys = set(zip(reading.frame["municipality_code"], reading.frame["year"], strict=True))
    assert {("0330", 2019), ("0000", 2019), ("0000", 2020)} & keys == {("0000", 2020)}
    assert "1 values are missing in the source and have no row: 0330 2019" in reading.notes


BLEKINGE = {"10 Blekinge län": 157_226, "1060 Olofström": 13_000, "1080 Karlskrona": 66_301,
            "1081 Ronneby": 28_741, "1082 Karlshamn": 31_751, "1083 Sölvesborg": 17_430}  # fmt: skip


@pytest.mark.parametrize(
    ("year", "more", "refused"),
    [(2025, 0, False), (2030, -20, False), (2024, 0, True), (2024, -3, False), (2025, 30, True),
     (2025, -28_741, True), (2025, 13_000, True)],
)  # fmt: skip
def test_a_county_is_its_municipalities_to_the_person_and_from_2025_but_for_noise(
    year: int, more: int, refused: bool
) -> None:
    people = BLEKINGE | {"10 Blekinge län": BLEKINGE["10 Blekinge län"] + more}
    rows = [["region", f"Folkmängd {year}"], *([name, str(count)] for name, count in people.items())]
    data = raw.to_csv(rows, delimiter=",", quote=True)
    if refused:
        with pytest.raises(InputError, match="its municipalities add up to 157223"):
            read_population(data, "x.csv", places=raw.SWEDEN)
    else:
        notes = read_population(data, "x.csv", places=raw.SWEDEN).notes
        assert any("noise that SCB adds" in note for note in notes) == (year >= 2025)


def test_noise_is_far_below_any_municipality() -> None:
    smallest = pd.read_csv(REGISTER.with_name("population_2025.csv"))["population"].min()
    for members in [raw.SWEDEN.names, *map(raw.SWEDEN.members_of, raw.SWEDEN.counties)]:
        assert sum_noise(len(members), 2024) == 0 < 10 * sum_noise(len(members), 2025) < smallest


def test_municipalities_that_are_more_than_the_nation_together_are_refused() -> None:
    doubled = [{"key": [code, "2022"], "values": [str(2 * 36_000)]} for code in raw.SWEDEN.names]
    with pytest.raises(InputError, match="municipalities together, got 20880000"):
        read_population(raw.to_json({**raw.pxweb_json(), "data": doubled}), "p", places=raw.SWEDEN)


def test_json_whose_labels_are_no_text_is_refused_in_a_line() -> None:
    content = raw.pxweb_json()
    next(column for column in content["columns"] if column["type"] == "c")["text"] = ["Folkmängd"]
    with pytest.raises(InputError, match="got another structure"):
        read_population(raw.to_json(content), "p", places=raw.SWEDEN)


def test_the_original_list_of_codes_is_the_table_of_the_project() -> None:
    reading = read_municipality_codes(raw.original("scb/kommunlankod_2023.xls"), "codes.xls")
    assert reading.notes == ("290 municipalities in 21 counties",)
    assert reading.frame.to_csv(index=False, lineterminator="\n").encode() == REGISTER.read_bytes()
    pd.testing.assert_frame_equal(
        read_municipality_codes(REGISTER.read_bytes(), "x.csv").frame, reading.frame
    )


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Malmö stad", "1280"), ("Lunds kommun", "1281"), ("Region Gotland", "0980"), ("Habo kommun", "0643"),
        ("Håbo", "0305"), ("Upplands-Väsby", "0114"), ("malung sälens kommun", "2023"),
        ("Falu kommun", "2080"), ("Göteborgs Stad", "1480"), (" LUND\u00a0", "1281"), ("Ha\u030abo", "0305"),
        ("Malmö, Skåne län", "1280"), ("Lunds kommun (Skåne)", "1281"), ("habo, jönköping", "0643"),
    ],
)  # fmt: skip
def test_a_name_as_typed_gives_its_code(name: str, code: str) -> None:
    assert raw.SWEDEN.find(name).code == code


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Hobo", "nearest are"), ("", "got a blank"),
        ("Kommun", "is no municipality"), ("Knivst\u0430", "CYRILLIC SMALL LETTER A"),
        ("Lund\u200b", "ZERO WIDTH SPACE"), ("Lunds", "nearest are Lund"),
        ("Region Lund", "is no municipality"), ("Skåne län", "is no municipality"),
        ("Habo, Uppsala län", "lies in Jönköpings län, not in"), ("Malmö, Sverige", "is no municipality"),
    ],
)  # fmt: skip
def test_a_name_that_no_municipality_has_is_refused_with_a_reason(name: str, message: str) -> None:
    match = raw.SWEDEN.find(name)
    assert match.code == ""
    assert message in match.problem


def test_every_municipality_is_found_by_its_name_and_by_its_kommun_form() -> None:
    for code, name in raw.SWEDEN.names.items():
        genitive = name if name[-1] in "sxz" else f"{name}s"
        for typed in (name, name.upper(), f"{name} kommun", f"{genitive} kommun", f"{name} stad"):
            assert raw.SWEDEN.find(typed).code == code, typed


def test_a_name_given_twice_in_two_counties_needs_the_county() -> None:
    places = Places.from_frame(raw.MUNICIPALITIES.assign(municipality=["Nya", "Knivsta", "Nya", "Habo"]))
    assert "may be any of 0305, 0643" in places.find("Nya").problem
    assert places.exact("Nya", county="06").code == places.find("Nya, Jönköpings län").code == "0643"


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("county_code", ["06", "03", "06", "06"], "expected the county code of its first two digits, got 06"),
        ("municipality", ["Håbo", "Håbo", "Habo", "Väsby"], "Håbo is given twice in one county; keep one"),
        ("county", ["Uppsala län", "Uppsala", "Jönköpings län", "Jönköpings län"], "county 03 has two names"),
    ],
)
def test_a_table_of_places_that_is_wrong_is_refused(column: str, values: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Places.from_frame(raw.MUNICIPALITIES.assign(**{column: values}))
