"""Fetching: what is kept, what is refused, and that the statistics never change by half."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import raw_files as raw
from klimatlib.config import load_project
from klimatlib.errors import FetchError, InputError, KlimatlibError, LockedError
from klimatlib.execution.publishing import digests
from klimatlib.sources import inputs as sources
from klimatlib.sources import tables
from klimatlib.sources.fetch import Fetched, address_problem, fetch, fetchable
from raw_server import Page, RawServer, serving

ROOT = Path(__file__).parents[1]
NED = raw.to_csv(raw.emission_rows("csv"))
SHA256 = hashlib.sha256(NED).hexdigest()
TABLE = f"data/statistics/emissions_{raw.VINTAGE}.csv"
NOW = dt.datetime(2026, 4, 16, 8, 30, 5, 999, tzinfo=dt.UTC)
QUICK = {"_SILENCE_S": 2, "_TOTAL_S": 20, "MAX_BYTES": 2_000_000, "_RETRIES": 3}


@dataclass
class World:
    """The small world as a project, and what fetching did in it."""

    root: Path
    server: RawServer
    log: pytest.LogCaptureFixture
    waited: list[float]
    now: dt.datetime = NOW

    def sources(self, **entries: dict[str, Any]) -> None:
        """Write params/sources.yml (JSON is YAML); each source's name is in its file and its address."""
        for name, entry in entries.items():
            file = f"data/statistics/{name}_{{vintage}}.csv"
            common = {"publisher": "SMHI", "title": "Utsläpp", "licence": "CC BY 4.0", "file": file}
            entries[name] = {**common, "raw": self.server.url(f"/{name}"), **entry}
        (self.root / "params/sources.yml").write_text(json.dumps({"sources": entries}), encoding="utf-8")

    def emissions(self, page: Page | None = None, **more: Any) -> Page:
        """Serve an export of the emissions database, and name it as the only source."""
        page = self.server.pages["/emissions"] = page or Page(NED)
        self.sources(emissions={**more})
        return page

    def fetch(self, **more: Any) -> list[Fetched]:
        return fetch(load_project("params/tiny.yml", start=self.root), **more)

    def fails(self, kind: type[KlimatlibError], *texts: str, **more: Any) -> str:
        """Fetch, which must fail with this and leave the statistics as they were."""
        before = digests(self.root / "data/statistics")
        with pytest.raises(kind) as caught:
            self.fetch(**more)
        assert digests(self.root / "data/statistics") == before
        message = str(caught.value)
        assert all(text in message for text in texts), message
        return message

    def read(self, path: str) -> bytes:
        return (self.root / path).read_bytes()

    @property
    def listed(self) -> list[dict[str, Any]]:
        """Snapshots of the emissions in the index."""
        return json.loads(self.read("data/raw/index.json"))["sources"][self.server.url("/emissions")]

    @property
    def raw(self) -> list[str]:
        """Files of data/raw, but for the lock."""
        return sorted(set(digests(self.root / "data/raw")) - {".lock"})


@pytest.fixture
def world(tiny: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Iterator[World]:
    """The small world of the raw files, as a project, with a server; nothing waits."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    data = raw.MUNICIPALITIES.to_csv(index=False, lineterminator="\n")
    (tiny / "data/statistics/municipalities.csv").write_text(data, encoding="utf-8")
    (tiny / "data/statistics/population_tiny.csv").unlink()
    with serving() as server:
        caplog.set_level("INFO", logger="klimatlib")
        made = World(tiny, server, caplog, [])
        monkeypatch.setattr("urllib3.util.retry.time.sleep", made.waited.append)
        for name, value in {"now": lambda: made.now, **QUICK}.items():
            monkeypatch.setattr(f"klimatlib.sources.fetch.{name}", value)
        yield made


def changed(by: float = 1.0, vintage: str = raw.VINTAGE) -> bytes:
    """The export with all values changed in proportion, or with another report date."""
    values = {key: [round(v * by, 2) for v in numbers] for key, numbers in raw.emission_values().items()}
    return raw.to_csv(raw.emission_rows("csv", values)).replace(raw.VINTAGE.encode(), vintage.encode())


def test_a_release_becomes_a_checked_table_with_raw_file_provenance_and_index(world: World) -> None:
    page = world.emissions()
    (fetched,) = world.fetch()
    table = tables.read_table(world.read(TABLE), tables.EMISSIONS, file=TABLE)
    assert len(table) == 5 * len(raw.YEARS) * 9
    total = table.query("municipality_code == '0305' and year == 1990 and sector == 'Alla'")["emissions_t"]
    assert total.item() == raw.emission_values()["Alla", "Alla", "0305"][0]
    record = json.loads(world.read(TABLE.replace(".csv", ".provenance.json")))
    expected = {
        "url": world.server.url("/emissions"), "retrieved": "2026-04-16T08:30:05Z", "vintage": raw.VINTAGE,
        "sha256": SHA256, "bytes": len(NED), "rows": 270, "publisher": "SMHI", "licence": "CC BY 4.0",
        "table_sha256": hashlib.sha256(world.read(TABLE)).hexdigest(),
    }  # fmt: skip
    assert {key: record[key] for key in expected} == expected
    assert record["reader"].startswith("emissions-export (klimatlib ")
    assert fetched == Fetched("emissions", TABLE, raw.VINTAGE, SHA256, 270, True)
    assert world.raw == sorted([f"{SHA256[:2]}/{SHA256}.csv", "index.json"])
    assert world.read(f"data/raw/{SHA256[:2]}/{SHA256}.csv") == NED
    assert [(each["etag"], each["bytes"]) for each in world.listed] == [(page.tag, len(NED))]
    assert f"emissions: {len(NED) / 1e3:.1f} kB from 127.0.0.1" in world.log.text


def test_what_is_said_of_a_new_release_compares_it_and_makes_the_report_use_it(world: World) -> None:
    world.emissions()
    (fetched,) = world.fetch()
    (world.root / "data/statistics/emissions_tiny.csv").write_bytes(world.read(fetched.file))
    world.server.pages["/emissions"] = Page(changed(1.02, "2022-06-01"))
    (fetched,) = world.fetch()
    text = "against release tiny, in use: 270 of 270 figures are others; the nation 1990 +2.0%, 2000 +2.0%"
    assert text in world.log.text
    params = world.root / "params/tiny.yml"
    line = next(line for line in reversed(world.log.messages) if "emissions_vintage:" in line)
    new = line.split("write ")[1].split(" in params/tiny.yml")[0]
    params.write_text(re.sub("emissions_vintage: .*", new, params.read_text("utf-8")), "utf-8")
    inputs = sources.Inputs.open("params/tiny.yml", start=world.root)
    assert len(sources.emissions(inputs)) == fetched.rows
    assert sources.origin(inputs, fetched.file).vintage == fetched.vintage == "2022-06-01"


@pytest.mark.parametrize("etag", [True, False])
def test_the_same_file_again_writes_only_a_missing_provenance(world: World, etag: bool) -> None:
    world.emissions(Page(NED, etag=etag))
    (first,) = world.fetch()
    before = digests(world.root / "data")
    (world.root / TABLE.replace(".csv", ".provenance.json")).unlink()
    world.now += dt.timedelta(days=3)
    assert world.fetch() == [replace(first, new=False)]
    assert digests(world.root / "data") == before
    assert ("unchanged since 2026-04-16" in world.log.text) == etag


def test_a_release_is_never_overwritten_and_a_new_one_gets_a_file_of_its_own(world: World) -> None:
    page = world.emissions()
    world.fetch()
    first = digests(world.root / "data/statistics")
    page.data = NED + b"\r\n"
    assert not world.fetch()[0].new
    assert digests(world.root / "data/statistics") == first
    page.data = changed(1.01)
    differs = "other content: 270 lines here and 270 fetched differ, first '0000,1990,Alla,5"
    world.fails(InputError, TABLE, differs, "it was left as it is", "compare it with data/raw/")
    page.data = changed(1.01, "2022-06-01")
    assert world.fetch()[0].file == "data/statistics/emissions_2022-06-01.csv"
    both = digests(world.root / "data/statistics")
    assert first.items() <= both.items()
    assert len(both) == len(first) + 3  # table, provenance, subsectors
    assert len(world.listed) == 3


def test_a_raw_file_may_lie_in_the_project(world: World) -> None:
    (world.root / "data/länsrapport.csv").write_bytes(NED)
    world.emissions(raw="data/länsrapport.csv")
    (fetched,) = world.fetch(offline=True)
    assert (fetched.file, fetched.rows, world.server.asked) == (TABLE, 270, [])


def test_a_population_without_a_report_date_is_named_by_the_day_it_came(world: World) -> None:
    page = world.server.pages["/population"] = Page(raw.to_xlsx({"Tabell": raw.series_rows()}), etag=False)
    world.sources(population={})
    (fetched,) = world.fetch()
    assert fetched.file == "data/statistics/population_2026-04-16.csv"
    table = tables.read_table(world.read(fetched.file), tables.POPULATION, file="p")
    assert list(table["municipality_code"].unique()) == ["0000", "0305", "0330", "0643", "0680"]
    world.now += dt.timedelta(days=30)
    page.data = raw.to_xlsx({"Tabell": [*raw.series_rows(), [], []], "Mer": [["x"]]})
    assert world.fetch()[0].vintage == "2026-04-16"


PXWEB = "/api/v2/tables/TAB638/data?lang=sv&outputFormat=json-stat2&valueCodes[Region]=*"
PXWEB += "&valueCodes[ContentsCode]=BE0101N1&valueCodes[Tid]=from(1990)"
ASKED = PXWEB.replace("[", "%5B").replace("]", "%5D")


def population_file(world: World, release: str) -> pd.DataFrame:
    """A release of the population."""
    file = f"data/statistics/population_{release}.csv"
    return tables.read_table(world.read(file), tables.POPULATION, file=file).set_index(list(KEY))[
        "population"
    ]


KEY = tables.POPULATION.key


@pytest.fixture
def scb(world: World) -> Page:
    """SCB's answer, with Knivsta missing in 2019, and the release before it, in use: 1990-2020."""
    persons, years = raw.population_values(), range(1990, 2021)
    nation = [sum(each) for each in zip(*persons.values(), strict=True)]
    lines = [
        f"{code},{year},{of[year - 1990]}"
        for code, of in {"0000": nation, **persons}.items()
        for year in years
    ]
    text = "\n".join(["municipality_code,year,population", *lines, ""])
    (world.root / "data/statistics/population_2021.csv").write_text(text, "utf-8")
    params = world.root / "params/tiny.yml"
    params.write_text(
        params.read_text("utf-8").replace("population_vintage: tiny", 'population_vintage: "2021"')
    )
    world.sources(population={"raw": world.server.url(PXWEB)})
    page = world.server.pages[ASKED] = Page(raw.to_json(raw.json_stat()))
    return page


def test_the_population_that_scb_answers_is_joined_with_the_release_before(world: World, scb: Page) -> None:
    (fetched,) = world.fetch()
    assert (fetched.vintage, fetched.new, world.server.asked[0][0]) == ("2024-02-20", True, ASKED)
    before, after = (population_file(world, release) for release in ("2021", "2024-02-20"))
    assert after.loc[before.index].equals(before)  # 2019 lacks a municipality, and stays as it was
    assert sorted({year for _, year in after.index.difference(before.index)}) == [2021, 2022]
    note = json.loads(world.read("data/statistics/population_2024-02-20.provenance.json"))["notes"][-1]
    assert note.endswith("2018, 2019 stand as in population_2021.csv")
    assert "0 of 155 figures are others; the nation is the same; new years 2021, 2022" in world.log.text
    assert 'write population_vintage: "2024-02-20" in params/tiny.yml' in world.log.text
    assert world.fetch() == [replace(fetched, new=False)]


def test_a_later_answer_tells_what_it_revised_and_is_kept_beside(world: World, scb: Page) -> None:
    (first,) = world.fetch()
    content = raw.json_stat()
    content["value"][1] += 100  # Håbo in 2020
    scb.data = raw.to_json({**content, "updated": "2025-02-21T07:00:00Z"})
    (second,) = world.fetch()
    assert (second.vintage, second.rows) == ("2025-02-21", first.rows)
    assert "2 of 155 figures are others; the nation 2020 +0.1%; new years 2021, 2022" in world.log.text


def test_a_new_year_that_is_not_whole_or_cannot_follow_is_refused(world: World, scb: Page) -> None:
    content = raw.json_stat()
    content["value"][3] = None
    scb.data = raw.to_json(content)
    world.fails(InputError, "year 2022: lacks 0000, 0305, which population_2021.csv has; fetch it again")
    content["value"][:4] = [None, *(value * 2 for value in raw.json_stat()["value"][1:4])]
    scb.data = raw.to_json(content)
    world.fails(InputError, "0305, 2020: ", "times the")


def test_an_index_of_an_earlier_version_is_read_and_a_broken_one_is_told(world: World) -> None:
    world.emissions()
    (first,) = world.fetch()
    index = world.root / "data/raw/index.json"
    index.write_text(index.read_text("utf-8").replace('"bytes":', '"pages": 1, "bytes":'), "utf-8")
    assert world.fetch(offline=True) == [replace(first, new=False)]
    index.write_text('{"sources": []}', "utf-8")
    world.fails(InputError, "data/raw/index.json: not the list of snapshots", "delete it and fetch again")


@pytest.mark.parametrize(
    ("page", "waits"),
    [
        (Page(NED, statuses=[429, 429], trouble={"Retry-After": "7"}), [7, 7]),
        (Page(NED, statuses=[503], trouble={"Retry-After": "86400"}), [120]),
        (Page(NED, statuses=[500, 500]), [2]),
        (Page(NED, hang_up=2), [2]),
        (Page(NED, statuses=[301], trouble={"Location": "/emissions"}), []),  # followed on the same host
        (Page(NED, chunked=True), []),
        (Page(NED, gzip=True), []),
    ],
)
def test_what_may_help_is_tried_again_after_a_wait_and_without_a_login(
    world: World, monkeypatch: pytest.MonkeyPatch, page: Page, waits: list[float]
) -> None:
    (world.root / "netrc").write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(world.root / "netrc"))
    world.emissions(page)
    assert world.fetch()[0].sha256 == SHA256
    assert world.waited == waits
    assert not any("authorization" in headers for _, headers in world.server.asked)


@pytest.mark.parametrize(
    ("page", "texts", "tries"),
    [
        (Page(NED, statuses=[503] * 9), ["answered 503", "fetch again later"], 4),
        (Page(NED, statuses=[404]), ["answered 404", "params/sources.yml"], 1),
        (Page(NED, cut=1000), [f"cut off after 1000 of {len(NED)} bytes"], 1),
        (Page(NED, cut=1000, chunked=True), ["cut off after"], 1),
        (Page(NED, cut=500, gzip=True), ["cut off after 500 of"], 1),
        (Page(NED, declared=len(NED) + 10), [f"cut off after {len(NED)} of {len(NED) + 10} bytes"], 1),
        (Page(NED, declared=5_000_000_000), ["larger than the limit of 2 MB"], 1),
        (Page(bytes(3_000_000), chunked=True), ["larger than the limit of 2 MB"], 1),
        (Page(bytes(3_000_000), gzip=True), ["larger than the limit of 2 MB"], 1),
        (Page(statuses=[302] * 50, trouble={"Location": "/emissions"}), ["Exceeded 5 redirects"], 6),
        (Page(NED, trickle_s=0.02), ["not finished within 0.3 s"], 1),
        (Page(NED, trickle_s=30), ["silent after 0 of"], 1),
    ],
)
def test_what_cannot_be_had_is_told_in_time_and_nothing_is_kept(
    world: World, monkeypatch: pytest.MonkeyPatch, page: Page, texts: list[str], tries: int
) -> None:
    world.emissions(page)
    monkeypatch.setattr("klimatlib.sources.fetch._SILENCE_S", 1 if page.trickle_s > 1 else 5)
    monkeypatch.setattr("klimatlib.sources.fetch._TOTAL_S", 0.3)
    begun = time.perf_counter()
    world.fails(FetchError, *texts)
    assert time.perf_counter() - begun < 10
    assert len(world.server.asked) == tries
    assert world.raw == []


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("file:///etc/hostname", "got file://"),
        ("ftp://127.0.0.1/x", "got ftp://"),
        ("http://[", "no address"),
        ("http://example.org/x", "unencrypted"),
        ("https://example.org/x", "another host"),
        ("http://127.0.0.1:1/x", "another host"),
        ("https://me:secret@127.0.0.1/x", "name or password"),
    ],
)
def test_a_redirection_elsewhere_is_refused(world: World, target: str, message: str) -> None:
    world.emissions(Page(statuses=[302], trouble={"Location": target}))
    world.fails(FetchError, message)


def test_a_connection_that_cannot_be_trusted_is_not_tried_again(world: World) -> None:
    world.emissions(raw=world.server.url("/emissions").replace("http:", "https:"))
    world.fails(FetchError, "the encrypted connection cannot be trusted")
    assert world.waited == []


def test_offline_the_newest_snapshot_is_used_unless_it_was_changed_or_is_not_there(world: World) -> None:
    page = world.emissions()
    world.fetch()
    page.data = changed(1.01, "2022-06-01")
    (second,) = world.fetch()
    world.server.shutdown()
    world.server.server_close()
    world.fails(
        FetchError, "no way to the server", "klimatlib fetch tiny --offline uses the snapshot of 2026"
    )
    assert world.fetch(offline=True) == [replace(second, new=False)]
    assert "offline; using the snapshot of 2026-04-16T08:30:05Z" in world.log.text
    (snapshot,) = (world.root / "data/raw").glob(f"*/{second.sha256}.csv")
    snapshot.write_bytes(NED + b" ")
    world.fails(InputError, "changed since it was fetched", offline=True)
    (world.root / "data/raw/index.json").unlink()
    world.fails(InputError, "no snapshot of http://127.0.0.1", "connect to the network", offline=True)


@pytest.mark.parametrize(("data", "ending"), [(b"<html>404</html>", "html"), (b'{"a": [', "json")])
def test_a_refused_file_stays_for_looking_and_is_not_used_offline(
    world: World, data: bytes, ending: str
) -> None:
    page = world.emissions()
    world.fetch()
    page.data = data
    message = world.fails(InputError)
    (broken,) = [name for name in world.raw if name.endswith(ending) and name != "index.json"]
    assert f"data/raw/{broken}" in message
    assert world.fetch(offline=True)[0].sha256 == SHA256


def test_another_substance_or_kind_than_the_table_s_is_refused(world: World) -> None:
    world.emissions(Page(NED.replace("Växthusgaser totalt".encode(), b"Koldioxid (CO2)")))
    world.fails(InputError, "CO2")
    world.emissions(Page(raw.to_xlsx({"Tabell": raw.series_rows()})))
    world.fails(InputError, "population-workbook makes data/statistics/population_{vintage}.csv, but params/")


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"raw": "file:///etc/hostname"}, "raw: expected an address that begins with https://"),
        ({"raw": "http://example.org/x"}, "raw: unencrypted (http)"),
        ({"raw": "https://me:secret@example.org/x"}, "raw: a name or password"),
        ({"raw": "https://example.org:99999/x"}, "raw: no address"),
        ({"raw": "data/link.csv"}, "data/link.csv: leads out of the project, to"),
        ({"raw": "/etc/hostname"}, "/etc/hostname: leads out of the project, to"),
        ({"raw": "data/absent.csv"}, "data/absent.csv: missing; put the file there"),
        (
            {"file": "data/statistics/emissions_2025.csv"},
            "makes data/statistics/emissions_{vintage}.csv, but",
        ),
        ({"file": "data/statistics/../{vintage}.csv"}, "file: expected a path in the project"),
        ({"file": "data/statistics/population_{vintage}.csv"}, "makes data/statistics/emissions_{vintage}"),
        ({"vintage": "../../x"}, "vintage: expected a name of letters"),
        ({"sha256": "abc"}, "sha256"),
    ],
)
def test_an_entry_that_cannot_be_followed_is_refused(
    world: World, tmp_path: Path, entry: dict[str, Any], message: str
) -> None:
    (tmp_path / "secret.csv").write_bytes(NED)
    (world.root / "data/link.csv").symlink_to(tmp_path / "secret.csv")
    world.emissions(**entry)
    world.fails(InputError, message)


def test_one_bad_source_keeps_every_table_unwritten_and_all_are_told(world: World) -> None:
    world.server.pages |= {"/emissions": Page(NED), "/population": Page(b"a;b\n1;2\n")}
    world.sources(emissions={}, population={}, municipalities={})
    world.fails(FetchError, "unknown content", "answered 404")
    world.sources(emissions={}, population={})
    world.fails(InputError, "unknown content")


def test_two_sources_of_one_table_and_none_at_all_are_refused(world: World) -> None:
    world.sources(emissions={}, again={"file": "data/statistics/emissions_{vintage}.csv"})
    world.fails(InputError, "two sources with raw make")
    world.sources(one={"file": "data/statistics/population.csv", "raw": None})
    world.fails(InputError, "none has raw")


KILLED = """
import logging, sys
from klimatlib.config import load_project
from klimatlib.sources.fetch import fetch
logging.basicConfig(stream=sys.stdout, level="INFO")
fetch(load_project("params/tiny.yml"))
"""


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
def test_a_killed_fetch_leaves_nothing_and_no_other_runs_beside_it(world: World) -> None:
    page = world.emissions(Page(NED, trickle_s=0.01))
    before = digests(world.root / "data/statistics")
    with subprocess.Popen([sys.executable, "-c", KILLED], cwd=world.root, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert b"asking" in process.stdout.readline()
        with pytest.raises(LockedError, match="another fetch is running"):
            world.fetch()
        process.send_signal(signal.SIGKILL)
    assert digests(world.root / "data/statistics") == before
    assert world.raw == []
    page.trickle_s = 0
    assert world.fetch()[0].new


def test_a_table_that_cannot_be_written_leaves_nothing_behind(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fsync

    def full(handle: int) -> None:
        if str(Path(f"/proc/self/fd/{handle}").readlink()).endswith(f".part-{Path(TABLE).name}"):
            raise OSError(28, "No space left on device")
        real(handle)

    world.emissions()
    monkeypatch.setattr(os, "fsync", full)
    world.fails(FetchError, "cannot be read or written", "No space left")


def test_the_project_s_own_sources_can_be_followed_and_spare_the_published_tables() -> None:
    wanted = fetchable(load_project("params/2023.yml", start=ROOT))
    assert (wanted["emissions"].raw or "").endswith("sub=GGT")
    assert wanted["emissions"].file.endswith("_{vintage}.csv")


def test_unencrypted_is_allowed_on_this_machine() -> None:
    assert not address_problem("http://[::1]:8000/x")
