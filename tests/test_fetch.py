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
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

import raw_files as raw
from klimatlib.config import load_project
from klimatlib.errors import FetchError, InputError, KlimatlibError, LockedError
from klimatlib.sources import inputs as sources
from klimatlib.sources import tables as schemas
from klimatlib.sources.fetching.address import address_problem
from klimatlib.sources.fetching.fetch import Fetched, fetch
from klimatlib.sources.fetching.snapshots import held
from klimatlib.sources.fetching.web import Limits
from klimatlib.sources.inputs import Inputs, read_table
from raw_server import Page, RawServer, serving

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared" / "data"
NED = raw.to_csv(raw.emission_rows("csv"))
TABLE = f"data/statistics/emissions_{raw.VINTAGE}.csv"
NOW = dt.datetime(2026, 4, 16, 8, 30, 5, 999, tzinfo=dt.UTC)
QUICK = Limits(connect_s=2, silence_s=2, total_s=20, max_bytes=2_000_000, attempts=4)


@dataclass
class World:
    """The small world as a project, and what fetching did in it."""

    root: Path
    server: RawServer
    said: list[str] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)
    now: dt.datetime = NOW

    def sources(self, **entries: dict[str, Any]) -> None:
        """Write params/sources.yml (JSON is YAML)."""
        common = {"publisher": "SMHI", "title": "Utsläpp", "licence": "CC BY 4.0"}
        content = {"sources": {name: {**common, **entry} for name, entry in entries.items()}}
        (self.root / "params/sources.yml").write_text(json.dumps(content), encoding="utf-8")

    def emissions(self, path: str = "/ned", page: Page | None = None, **more: Any) -> Page:
        """Serve an export of the emissions database, and name it as the only source."""
        page = page or Page(NED)
        self.server.pages[path] = page
        entry = {"file": "data/statistics/emissions_{vintage}.csv", "raw": self.server.url(path)}
        self.sources(emissions={**entry, "kind": "emissions-export", **more})
        return page

    def fetch(self, **more: Any) -> list[Fetched]:
        """Fetch without waiting."""
        options = {"clock": lambda: self.now, "sleep": self.waited.append, "limits": QUICK, **more}
        return fetch(load_project("params/tiny.yml", start=self.root), say=self.said.append, **options)

    def fails(self, kind: type[KlimatlibError], *texts: str, **more: Any) -> str:
        """Fetch, which must fail with this and leave the statistics as they were."""
        before = tree(self.root / "data/statistics")
        with pytest.raises(kind) as caught:
            self.fetch(**more)
        assert tree(self.root / "data/statistics") == before
        told = str(caught.value)
        assert all(text in told for text in texts), told
        assert "Traceback" not in told
        return told

    def read(self, path: str) -> bytes:
        return (self.root / path).read_bytes()

    @property
    def raw(self) -> list[str]:
        """Files of data/raw."""
        return sorted(tree(self.root / "data/raw"))

    @property
    def parts(self) -> list[str]:
        return [name for name in self.raw if name.startswith(".part-")]


def tree(folder: Path) -> dict[str, str]:
    """Every file under a folder with its checksum."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def world(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The small world of the raw files, as a project, with a server."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    data = raw.MUNICIPALITIES.to_csv(index=False, lineterminator="\n")
    (tiny / "data/statistics/municipalities.csv").write_text(data, encoding="utf-8")
    with serving() as server:
        yield World(tiny, server)


def changed(by: float = 1.0, vintage: str = raw.VINTAGE) -> bytes:
    """The export with all values changed in proportion, or with another report date."""
    values = {key: [round(v * by, 2) for v in numbers] for key, numbers in raw.emission_values().items()}
    return raw.to_csv(raw.emission_rows("csv", values)).replace(raw.VINTAGE.encode(), vintage.encode())


# What is kept


def test_a_release_becomes_a_checked_table_with_its_provenance(world: World) -> None:
    world.emissions()
    (found,) = world.fetch()
    table = read_table(world.read(TABLE), schemas.EMISSIONS, file=TABLE)
    assert list(table.columns) == ["municipality_code", "year", "sector", "emissions_t"]
    assert len(table) == 5 * len(raw.YEARS) * 9 == found.rows
    total = table.query("municipality_code == '0305' and year == 1990 and sector == 'Alla'")["emissions_t"]
    assert total.item() == raw.emission_values()["Alla", "Alla", "0305"][0]
    told = json.loads(world.read(TABLE.replace(".csv", ".provenance.json")))
    sha256 = hashlib.sha256(NED).hexdigest()
    expected = {
        "url": world.server.url("/ned"), "retrieved": "2026-04-16T08:30:05Z", "vintage": raw.VINTAGE,
        "sha256": sha256, "bytes": len(NED), "rows": len(table), "publisher": "SMHI", "licence": "CC BY 4.0",
        "table_sha256": hashlib.sha256(world.read(TABLE)).hexdigest(),
    }  # fmt: skip
    assert {key: told[key] for key in expected} == expected
    assert told["reader"].startswith("emissions-export (klimatlib ")
    assert found == Fetched("emissions", TABLE, raw.VINTAGE, sha256, len(NED), told["retrieved"], 270, True)


def test_the_raw_file_is_kept_by_its_checksum_and_listed(world: World) -> None:
    page = world.emissions()
    (found,) = world.fetch()
    file = f"{found.sha256[:2]}/{found.sha256}.csv"
    assert world.raw == sorted([file, "index.json"])
    assert world.read(f"data/raw/{file}") == NED
    (snapshot,) = json.loads(world.read("data/raw/index.json"))["sources"][world.server.url("/ned")]
    assert snapshot["etag"] == page.tag
    assert snapshot["bytes"] == len(NED)
    assert snapshot["retrieved"] == "2026-04-16T08:30:05Z"


def test_a_new_release_tells_how_it_is_used(world: World) -> None:
    world.emissions()
    world.fetch()
    assert any(f'emissions_vintage: "{raw.VINTAGE}" in params/tiny.yml' in line for line in world.said)
    assert any(f"emissions: {len(NED) / 1e3:.1f} kB from 127.0.0.1" in line for line in world.said)


def test_following_what_is_told_makes_the_report_use_the_release(world: World) -> None:
    world.emissions()
    (found,) = world.fetch()
    params = world.root / "params/tiny.yml"
    told = next(line for line in world.said if "emissions_vintage:" in line)
    new = told.split("write ")[1].split(" in params")[0]
    params.write_text(re.sub("emissions_vintage: .*", new, params.read_text("utf-8")), "utf-8")
    inputs = Inputs.open("params/tiny.yml", start=world.root)
    assert len(sources.emissions(inputs)) == found.rows
    assert sources.origin(inputs, found.file).vintage == found.vintage


def test_a_new_release_is_compared_with_the_one_in_use(world: World) -> None:
    world.emissions()
    (found,) = world.fetch()
    used = world.root / "data/statistics/emissions_tiny.csv"
    used.write_bytes(world.read(found.file))
    world.server.pages["/ned"] = Page(changed(1.02, "2022-06-01"))
    world.fetch()
    assert any("against release tiny, in use: 1990 +2.0%, 2000 +2.0%" in line for line in world.said)
    assert not any("warning" in line for line in world.said[-4:])
    world.server.pages["/ned"] = Page(changed(1.04, "2022-07-01"))
    world.fetch()
    assert any("1990 +4.0%" in line and "warning: more than" in line for line in world.said[-4:])


def test_subsectors_that_do_not_add_up_at_the_source_can_be_allowed(world: World) -> None:
    values = raw.emission_values()
    values["Transporter", "Personbilar", "0305"][0] += 5
    for code in ("03", "0000"):
        values["Transporter", "Personbilar", code][0] += 5
    page = Page(raw.to_csv(raw.emission_rows("csv", values)))
    world.emissions(page=page)
    world.fails(InputError, "the sum of its subsectors", "name the sector in known_gaps")
    world.emissions(page=page, known_gaps=["Transporter"])
    assert world.fetch()[0].rows == 270


def test_a_second_fetch_asks_whether_anything_changed_and_writes_nothing(world: World) -> None:
    world.emissions()
    world.fetch()
    before = tree(world.root / "data")
    world.now += dt.timedelta(days=3)
    (found,) = world.fetch()
    assert tree(world.root / "data") == before
    assert not found.new
    assert found.retrieved == "2026-04-16T08:30:05Z"
    assert any("unchanged since 2026-04-16" in line for line in world.said)


def test_the_same_file_keeps_the_time_when_it_first_came(world: World) -> None:
    world.emissions(page=Page(NED, etag=False))
    first = world.fetch()
    world.now += dt.timedelta(days=3)
    assert world.fetch() == [replace(first[0], new=False)]


def test_other_bytes_with_the_same_table_change_nothing_in_the_statistics(world: World) -> None:
    page = world.emissions()
    world.fetch()
    before = tree(world.root / "data/statistics")
    page.data = NED + b"\r\n"
    assert not world.fetch()[0].new
    assert tree(world.root / "data/statistics") == before


def test_a_new_release_under_the_same_address_gets_a_file_of_its_own(world: World) -> None:
    page = world.emissions()
    world.fetch()
    before = tree(world.root / "data/statistics")
    page.data = changed(1.01, "2022-06-01")
    (found,) = world.fetch()
    after = tree(world.root / "data/statistics")
    assert found.file == "data/statistics/emissions_2022-06-01.csv"
    assert before.items() <= after.items()
    assert len(after) == len(before) + 2
    assert len(json.loads(world.read("data/raw/index.json"))["sources"][world.server.url("/ned")]) == 2


def test_other_numbers_under_the_same_report_date_are_refused_with_what_differs(world: World) -> None:
    page = world.emissions()
    world.fetch()
    page.data = changed(1.01)
    world.fails(InputError, TABLE, "other content: 270 rows differ, 0 are new, 0 are gone", "0000, 1990",
                "it was left as it is", "compare it with data/raw/")  # fmt: skip


def test_a_table_without_provenance_gets_it_and_stays_as_it_is(world: World) -> None:
    world.emissions()
    world.fetch()
    before, note = tree(world.root / "data"), world.root / TABLE.replace(".csv", ".provenance.json")
    note.unlink()
    world.fetch()
    assert tree(world.root / "data") == before


def test_only_the_selected_years_and_codes_are_kept(world: World) -> None:
    world.emissions(select={"years": [1990, 2020], "codes": ["0000", "0305"]})
    assert world.fetch()[0].rows == 2 * 2 * 9
    world.emissions(select={"years": [1991]})
    world.fails(InputError, "year 1991", "not in the file")


def test_a_population_without_a_report_date_is_named_by_the_day_it_came(world: World) -> None:
    page = world.server.pages["/scb"] = Page(raw.to_xlsx({"Tabell": raw.series_rows()}), etag=False)
    world.sources(
        folk={
            "file": "data/statistics/population_{vintage}.csv",
            "raw": world.server.url("/scb"),
            "kind": "population-workbook",
        }
    )
    (found,) = world.fetch()
    assert found.file == "data/statistics/population_2026-04-16.csv"
    table = read_table(world.read(found.file), schemas.POPULATION, file="p")
    assert list(table["municipality_code"].unique()) == ["0000", "0305", "0330", "0643", "0680"]
    world.now += dt.timedelta(days=30)
    page.data = raw.to_xlsx({"Tabell": [*raw.series_rows(), [], []], "Mer": [["x"]]})
    assert world.fetch()[0].vintage == "2026-04-16"


def test_a_path_in_the_project_is_as_good_as_an_address(world: World) -> None:
    (world.root / "data/incoming").mkdir()
    (world.root / "data/incoming/länsrapport.csv").write_bytes(NED)
    world.emissions(raw="data/incoming/länsrapport.csv")
    assert world.fetch(offline=True)[0].file == TABLE
    assert world.server.asked == []


def test_kolada_s_pages_are_followed_and_joined(world: World) -> None:
    content = raw.kolada()
    items = content["values"]
    kolada(world, items[:7], next_url=world.server.url("/k?page=2"))
    second = {"count": len(items) - 7, "next_url": None, "values": items[7:]}
    world.server.pages["/k?page=2"] = Page(raw.to_json(second))
    (found,) = world.fetch()
    assert found.rows == 16
    assert found.file == "data/statistics/key_figures_2026-04-16.csv"
    assert json.loads(world.read(found.file.replace(".csv", ".provenance.json")))["pages"] == 2
    assert world.parts == []
    world.server.asked.clear()
    assert not world.fetch()[0].new
    assert [headers.get("if-none-match") for _, headers in world.server.asked] == [None, None]


def kolada(world: World, items: list[Any], **more: Any) -> None:
    """Serve a first page of Kolada."""
    world.server.pages["/k"] = Page(raw.to_json({"count": len(items), "values": items, **more}))
    entry = {"file": "data/statistics/key_figures_{vintage}.csv", "raw": world.server.url("/k")}
    world.sources(kolada={**entry, "kind": "kolada"})


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("https://example.org/next", "another host"),
        ("file:///etc/hostname", "got file://"),
        ("/k", "leads back to itself"),
    ],
)
def test_kolada_s_next_page_may_not_lead_astray(world: World, target: str, message: str) -> None:
    kolada(world, raw.kolada()["values"][:7], next_url=target)
    world.fails(FetchError, message)
    assert len(world.server.asked) == 1


# Trouble on the way


def test_429_is_waited_out_as_the_server_asks(world: World) -> None:
    world.emissions(page=Page(NED, statuses=[429, 429], trouble={"Retry-After": "7"}))
    world.fetch()
    assert world.waited == [7, 7]


def test_the_server_may_ask_to_wait_until_a_time_but_not_for_ever(world: World) -> None:
    later = "Thu, 16 Apr 2026 08:30:35 GMT"
    page = world.emissions(page=Page(NED, statuses=[429], trouble={"Retry-After": later}))
    world.fetch()
    page.statuses, page.trouble = [503], {"Retry-After": "86400"}
    world.fetch()
    assert [round(s) for s in world.waited] == [30, 120]


def test_500_twice_is_tried_again_with_doubled_waits(world: World) -> None:
    world.emissions(page=Page(NED, statuses=[500, 500]))
    world.fetch()
    assert world.waited == [1, 2]
    assert any("the server answered 500" in line and "trying again in 1 s" in line for line in world.said)


def test_a_server_that_stays_down_is_told_once(world: World) -> None:
    world.emissions(page=Page(NED, statuses=[503] * 9))
    world.fails(FetchError, "answered 503", "tried 4 times")
    assert world.waited == [1, 2, 4]


def test_404_is_not_tried_again(world: World) -> None:
    world.emissions()
    del world.server.pages["/ned"]
    world.fails(FetchError, "answered 404", "params/sources.yml")
    assert world.waited == []


def test_a_cut_off_download_goes_on_where_it_stopped(world: World) -> None:
    page = world.emissions(page=Page(NED, cuts=[1000, 2000]))
    world.fetch()
    asked = [headers.get("range") for _, headers in world.server.asked]
    assert asked == [None, "bytes=1000-", "bytes=3000-"]
    assert world.server.asked[1][1]["if-range"] == page.tag
    assert world.parts == []


def test_a_cut_off_download_goes_on_in_the_next_run(world: World) -> None:
    page = world.emissions(page=Page(NED, cuts=[1000, 0, 0, 0]))
    world.fails(FetchError, f"cut off after 1000 of {len(NED)} bytes", "tried 4 times")
    assert len(world.parts) == 1
    assert world.raw == world.parts
    page.cuts = []
    world.server.asked.clear()
    world.fetch()
    assert world.server.asked[0][1]["range"] == "bytes=1000-"
    assert world.parts == []


@pytest.mark.parametrize("careless", [False, True])
def test_a_file_that_changed_meanwhile_is_never_joined_with_the_old_part(
    world: World, careless: bool
) -> None:
    page = world.emissions(page=Page(NED, cuts=[1000, 0, 0, 0]))
    world.fails(FetchError, "cut off")
    page.data, page.cuts, page.careless = changed(1.01), [], careless
    assert world.fetch()[0].sha256 == hashlib.sha256(page.data).hexdigest()


@pytest.mark.parametrize("way", [{"resumable": False}, {"etag": False}, {"chunked": True}])
def test_a_cut_off_download_starts_again_where_the_server_cannot_go_on(
    world: World, way: dict[str, bool]
) -> None:
    world.emissions(page=replace(Page(NED, cuts=[1000]), **way))
    assert world.fetch()[0].sha256 == hashlib.sha256(NED).hexdigest()


def test_a_connection_cut_before_the_answer_is_tried_again(world: World) -> None:
    world.emissions(page=Page(NED, hang_up=2))
    world.fetch()
    assert world.waited == [1, 2]


def test_a_part_that_is_damaged_is_not_used(world: World) -> None:
    world.emissions(page=Page(NED, cuts=[1000, 0, 0, 0]))
    world.fails(FetchError, "cut off")
    (world.root / "data/raw" / world.parts[0]).write_bytes(b"\x00\xff nonsense")
    assert world.fetch()[0].rows == 270


def test_a_slow_trickle_ends_at_the_deadline(world: World) -> None:
    world.emissions(page=Page(NED, trickle_s=0.02))
    begun = time.perf_counter()
    world.fails(FetchError, "not finished within 0.3 s", limits=replace(QUICK, total_s=0.3))
    assert time.perf_counter() - begun < 2


def test_a_silent_server_is_not_waited_for_without_end(world: World) -> None:
    world.emissions(page=Page(NED, trickle_s=30))
    world.fails(FetchError, "silent after 0 of", limits=replace(QUICK, silence_s=0.1, attempts=2))


def test_fewer_bytes_than_declared_are_no_file(world: World) -> None:
    world.emissions(page=Page(NED, declared=len(NED) + 10, resumable=False))
    world.fails(FetchError, f"cut off after {len(NED)} of {len(NED) + 10} bytes")


def test_more_bytes_than_declared_are_no_file(world: World) -> None:
    world.emissions(page=Page(NED, declared=len(NED) // 2))
    world.fails(InputError, "data/raw/")


def test_a_huge_declared_size_is_refused_before_it_is_sent(world: World) -> None:
    world.emissions(page=Page(NED, declared=5_000_000_000))
    world.fails(FetchError, "larger than the limit of 2 MB")
    assert world.parts == []
    assert world.waited == []


@pytest.mark.parametrize("way", [{"chunked": True}, {"gzip": True}])
def test_a_huge_file_of_undeclared_size_is_refused(world: World, way: dict[str, bool]) -> None:
    world.emissions(page=Page(bytes(3_000_000), **way))
    world.fails(FetchError, "larger than the limit of 2 MB")
    assert world.parts == []


def test_a_file_packed_as_gzip_is_unpacked_also_when_cut_off(world: World) -> None:
    world.emissions(page=Page(NED, gzip=True, cuts=[500]))
    assert world.fetch()[0].sha256 == hashlib.sha256(NED).hexdigest()
    assert [headers["accept-encoding"] for _, headers in world.server.asked] == ["identity"] * 2


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
    world.emissions(page=Page(statuses=[302], trouble={"Location": target}))
    world.fails(FetchError, message)


def test_redirections_on_the_same_host_are_followed_a_few_times(world: World) -> None:
    page = world.emissions(page=Page(statuses=[301], trouble={"Location": "/there"}))
    world.server.pages["/there"] = Page(NED)
    assert world.fetch()[0].rows == 270
    page.statuses, page.trouble = [302] * 50, {"Location": "/ned"}
    world.fails(FetchError, "redirected more than 5 times")


@pytest.mark.parametrize("status", [302, 404])
def test_the_body_of_a_redirection_or_an_error_is_not_waited_for(world: World, status: int) -> None:
    world.server.trouble_bytes = 10
    world.emissions(page=Page(statuses=[status], trouble={"Location": "/there"}))
    world.server.pages["/there"] = Page(NED)
    begun = time.perf_counter()
    if status == 302:
        world.fetch()
    else:
        world.fails(FetchError, "answered 404")
    assert time.perf_counter() - begun < 1.5


def test_no_login_from_the_user_s_files_is_sent(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    (world.root / "netrc").write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(world.root / "netrc"))
    world.emissions()
    world.fetch()
    assert "authorization" not in world.server.asked[0][1]


def test_a_connection_that_cannot_be_trusted_is_not_tried_again(world: World) -> None:
    world.emissions(raw=world.server.url("/ned").replace("http:", "https:"))
    world.fails(FetchError, "the encrypted connection cannot be trusted")
    assert world.waited == []


# Without a network


def test_offline_the_newest_snapshot_is_used(world: World) -> None:
    page = world.emissions()
    world.fetch()
    page.data = changed(1.01, "2022-06-01")
    world.fetch()
    for path in (world.root / "data/statistics").glob("emissions_2022*"):
        path.unlink()
    world.server.asked.clear()
    (found,) = world.fetch(offline=True)
    assert found.vintage == "2022-06-01"
    assert world.server.asked == []
    assert any("offline; using the snapshot of 2026-04-16T08:30:05Z" in line for line in world.said)


def test_without_a_network_the_snapshot_is_used_and_told(world: World) -> None:
    world.emissions()
    before = world.fetch()
    world.server.shutdown()
    world.server.server_close()
    (found,) = world.fetch()
    assert found == replace(before[0], new=False)
    assert any("no network; using the snapshot" in line for line in world.said)


@pytest.mark.parametrize("offline", [True, False])
def test_without_network_and_snapshot_it_is_told_what_is_missing(world: World, offline: bool) -> None:
    world.emissions()
    world.server.shutdown()
    world.server.server_close()
    world.fails(InputError, "no snapshot of http://127.0.0.1", "connect to the network", offline=offline)


def test_a_snapshot_that_was_changed_is_refused(world: World) -> None:
    world.emissions()
    (found,) = world.fetch()
    (world.root / f"data/raw/{found.sha256[:2]}/{found.sha256}.csv").write_bytes(NED + b" ")
    world.fails(InputError, "changed since it was fetched", offline=True)


def test_with_a_server_down_the_snapshot_is_offered(world: World) -> None:
    page = world.emissions()
    world.fetch()
    page.statuses = [500] * 9
    world.fails(FetchError, "answered 500")
    assert any("klimatlib fetch tiny --offline uses the snapshot of 2026" in line for line in world.said)


# What is refused


def test_a_refused_file_stays_for_looking_and_is_not_used_offline(world: World) -> None:
    page = world.emissions()
    world.fetch()
    page.data = b"<html>Under underh\xc3\xa5ll</html>"
    told = world.fails(InputError, "unknown content")
    (broken,) = [name for name in world.raw if name.endswith(".html")]
    assert f"data/raw/{broken}" in told
    assert world.fetch(offline=True)[0].sha256 == hashlib.sha256(NED).hexdigest()


def test_broken_json_stays_for_looking_too(world: World) -> None:
    kolada(world, [])
    world.server.pages["/k"].data = b'{"values": [{"kpi": "N004'
    told = world.fails(InputError, "data/raw/")
    assert [name for name in world.raw if name.endswith(".json") and name in told]


def test_an_export_of_carbon_dioxide_alone_is_refused(world: World) -> None:
    rows = raw.emission_rows("csv")
    rows[1][0] = "Emissioner av Koldioxid (CO2)"
    world.emissions(page=Page(raw.to_csv(rows)))
    world.fails(InputError, "CO2")


def test_another_kind_checksum_or_release_than_named_is_refused(world: World) -> None:
    world.emissions(page=Page(raw.to_xlsx({"Tabell": raw.series_rows()})))
    world.fails(InputError, "expected emissions-export", "got population-workbook")
    world.emissions(sha256="0" * 64)
    world.fails(InputError, "expects 0000", "the file has changed at its address")
    world.emissions(vintage="2021-10-14")
    world.fails(InputError, f"the release of {raw.VINTAGE}", "asks for 2021-10-14")


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"raw": "file:///etc/hostname"}, "raw: expected an address that begins with https://"),
        ({"raw": "http://example.org/x"}, "raw: unencrypted (http)"),
        ({"raw": "https://me:secret@example.org/x"}, "raw: a name or password"),
        ({"raw": "../outside.csv"}, "path in the project, got ../outside.csv"),
        ({"raw": "/etc/hostname"}, "path in the project, got /etc/hostname"),
        ({"raw": "data/absent.csv"}, "no file data/absent.csv"),
        ({"kind": "emission-export"}, "kind: expected one of emissions-export"),
        ({"file": "data/statistics/emissions_2025.csv"}, "file: expected one of data/statistics/"),
        ({"file": "data/statistics/../{vintage}.csv"}, "file: expected a path in the project"),
        ({"file": "data/statistics/population_{vintage}.csv"}, "makes the table emissions"),
        ({"vintage": "../../x"}, "vintage: expected letters"),
        ({"sha256": "abc"}, "sha256"),
    ],
)
def test_an_entry_that_cannot_be_followed_is_refused(
    world: World, entry: dict[str, Any], message: str
) -> None:
    world.emissions(**entry)
    world.fails(InputError, message)


def test_a_path_that_leads_out_of_the_project_by_a_link_is_refused(world: World, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_bytes(NED)
    (world.root / "data/link.csv").symlink_to(tmp_path / "secret.csv")
    world.emissions(raw="data/link.csv")
    world.fails(InputError, "path in the project")


def test_one_bad_source_keeps_every_table_unwritten_and_all_are_told(world: World) -> None:
    world.server.pages |= {"/ned": Page(NED), "/bad": Page(b"a;b\n1;2\n")}
    one = {"file": "data/statistics/emissions_{vintage}.csv", "raw": world.server.url("/ned")}
    two = {"file": "data/statistics/population_{vintage}.csv", "raw": world.server.url("/bad")}
    three = {"file": "data/statistics/key_figures_{vintage}.csv", "raw": world.server.url("/gone")}
    world.sources(one=one, two=two, three=three)
    world.fails(FetchError, "unknown content", "answered 404")
    world.sources(one=one, two=two)
    world.fails(InputError, "unknown content")


def test_two_sources_of_one_table_and_none_at_all_are_refused(world: World) -> None:
    entry = {"file": "data/statistics/emissions_{vintage}.csv", "raw": world.server.url("/ned")}
    world.sources(one=entry, two=entry)
    world.fails(InputError, "two sources with raw make")
    world.sources(one={"file": "data/statistics/population.csv"})
    world.fails(InputError, "none has raw")


def test_unencrypted_is_allowed_where_the_parameters_say_so() -> None:
    assert address_problem("http://example.org/x", allow_http=False)
    assert not address_problem("http://example.org/x", allow_http=True)
    assert not address_problem("http://[::1]:8000/x", allow_http=False)
    assert address_problem("https://exa mple.org/x", allow_http=True)
    assert address_problem("https://example.org:99999/x", allow_http=True)


# Interrupted


def test_an_interrupted_wait_leaves_only_the_part(world: World) -> None:
    def stop(_: float) -> None:
        raise KeyboardInterrupt

    world.emissions(page=Page(NED, cuts=[1000]))
    before = tree(world.root / "data/statistics")
    with pytest.raises(KeyboardInterrupt):
        world.fetch(sleep=stop)
    assert tree(world.root / "data/statistics") == before
    assert world.raw == world.parts != []


KILLED = """
import sys
from klimatlib.params import load_project
from klimatlib.sources.fetching.fetch import fetch
print("ready", flush=True)
fetch(load_project("params/tiny.yml"), say=lambda line: print(line, flush=True))
"""


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
def test_a_killed_fetch_leaves_only_the_part_and_the_next_goes_on(world: World) -> None:
    page = world.emissions(page=Page(NED, trickle_s=0.001))
    before = tree(world.root / "data/statistics")
    process = subprocess.Popen([sys.executable, "-c", KILLED], cwd=world.root, stdout=subprocess.PIPE)
    with process:
        until = time.monotonic() + 20
        while not (world.parts and len(world.read(f"data/raw/{world.parts[0]}")) > 400):
            assert time.monotonic() < until
            time.sleep(0.02)
        with pytest.raises(LockedError, match="another fetch is running"):
            world.fetch()
        process.send_signal(signal.SIGKILL)
    assert tree(world.root / "data/statistics") == before
    assert world.raw == world.parts
    page.trickle_s = 0
    world.server.asked.clear()
    assert world.fetch()[0].sha256 == hashlib.sha256(NED).hexdigest()
    assert "range" in world.server.asked[0][1]


def test_a_table_that_cannot_be_written_leaves_nothing_behind(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fsync

    def full(handle: int) -> None:
        if str(Path(f"/proc/self/fd/{handle}").readlink()).endswith(f".part-{Path(TABLE).name}"):
            raise OSError(28, "No space left on device")
        real(handle)

    if not Path("/proc/self/fd").exists():
        pytest.skip("needs /proc to tell which file is written")
    world.emissions()
    monkeypatch.setattr(os, "fsync", full)
    world.fails(FetchError, "cannot be read or written", "No space left")


def test_two_fetches_do_not_meet(world: World) -> None:
    world.emissions()
    with held(world.root / "data/raw"), pytest.raises(LockedError):
        world.fetch()
    assert world.fetch()[0].new


# The real project


def test_the_project_s_own_sources_can_be_followed_and_spare_the_published_tables() -> None:
    from klimatlib.sources.fetching.fetch import _wanted

    wanted = _wanted(load_project("params/2023.yml", start=ROOT))
    assert wanted["emissions"].raw is not None
    assert wanted["emissions"].raw.endswith("sub=GGT")
    tracked = {f"data/statistics/{name}" for name in ("emissions_2025.csv", "population.csv")}
    assert not tracked & {source.file for source in wanted.values()}


def test_an_original_export_becomes_the_table_of_all_municipalities(world: World) -> None:
    path = SHARED / "ned/ned_2021-10-14_GGT.csv"
    if not path.exists():
        pytest.skip("the original export is not at hand (looked in ../shared/data)")
    here = world.root / "data/statistics/municipalities.csv"
    here.write_bytes((ROOT / "data/statistics/municipalities.csv").read_bytes())
    world.emissions(page=Page(path.read_bytes()))
    (found,) = world.fetch(limits=replace(QUICK, max_bytes=10_000_000))
    table = read_table(world.read(found.file), schemas.EMISSIONS, file="e")
    assert found.file == "data/statistics/emissions_2021-10-14.csv"
    assert table["municipality_code"].nunique() == 291
    total = table.query("municipality_code == '0000' and year == 1990 and sector == 'Alla'")["emissions_t"]
    assert total.item() == 71273705.25
