"""Return slips: what members send back is shown, kept where it belongs, or refused in one line."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
import yaml

from conftest import copy_project, klimatlib
from klimatlib import config
from klimatlib.errors import InputError
from klimatlib.execution.publishing import digests
from klimatlib.share.factsheets import fingerprint, receive
from klimatlib.sources import inputs as sources
from klimatlib.sources.inputs import Inputs
from klimatlib.sources.survey_export import consent

TODAY = dt.date(2024, 3, 1)
PARAMS, DATA = "params/demo.yml", "data/demo"


@pytest.fixture
def world(tmp_path: Path) -> Path:
    """The example year, and of each member's sheet what a slip is held against."""
    root = copy_project(tmp_path / "värld", tiny=False)
    for code in members(root):
        sheet = root / "outputs" / "demo-sheets" / code
        sheet.mkdir(parents=True)
        (sheet / "claims.csv").write_text(f"numbers of {code}\n", encoding="utf-8")
    return root


def members(root: Path) -> list[str]:
    register = sources.members(Inputs.open(PARAMS, start=root))
    return sorted(sources.members_of_year(register, 2023)["code"])


def slip(root: Path, code: str = "1281", **more: object) -> dict[str, object]:
    """Return a slip as a sheet saves it, with a comment where nothing else is asked for."""
    own = {"form": "klimatlib slip 1", "report": "demo", "year": 2023, "member": code, "saved": "2024-02-03"}
    own |= {"sheet": fingerprint(root / "outputs" / "demo-sheets" / code), "by": "Eva Ek, miljöstrateg"}
    return own | {"consent": {}} | (more or {"comment": "Vi byter bränsle."})


def saved(root: Path, content: object, name: str = "svar.json") -> Path:
    path = root.parent / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def received(root: Path, *paths: Path, agreed: bool = True) -> str:
    return "\n".join(receive(root, paths, today=TODAY, agreed=lambda: agreed))


def state(root: Path) -> dict[str, str]:
    return {file: sha for file, sha in digests(root).items() if "/.lock-" not in file}


def test_a_slip_of_every_member_goes_to_the_years_tables_and_each_is_its_own(world):
    codes, paths = members(world), []
    for code in codes:
        full = slip(
            world, code, comment=f"Vi är på väg, säger {'abcdefghij'[int(code[-1])]}.",
            consent={"answers": True, "example": True, "picture": False},
            example={"question": "biokol", "text": "Träden växer bättre.", "link": "https://example.org/a_b"},
            correction={"about": "emissions", "year": 2022, "value": "12345", "source": "Egen inventering"},
            target={"year": 2030, "percent_below": 80, "base_year": 1990, "source": "Klimatplanen"},
        )  # fmt: skip
        paths.append(saved(world, full, f"{code}.json"))
    statistics = digests(world / "data" / "statistics")
    said = received(world, *paths)
    inputs = Inputs.open(PARAMS, start=world)
    comments = sources.comments(inputs)
    assert [*sorted(comments)] == codes
    assert {code: comments[code].text[-2] for code in codes} == {c: "abcdefghij"[int(c[-1])] for c in codes}
    assert said.count("Vi är på väg") == len(codes) > 20
    assert sorted(consent(inputs)["code"]) == codes
    told = {e.member: e for e in sources.examples(inputs).examples if e.question == "biokol"}
    assert [*sorted(told)] == codes
    assert told["1880"].text == "Träden växer bättre."  # in the place of the one before
    assert {e.question for e in sources.examples(inputs).examples} > {"energilagring", "skolor"}  # which stay
    text = (world / DATA / "examples.yml").read_text(encoding="utf-8")
    assert text.startswith("# Members' own examples of the year. ALL OF THEM ARE INVENTED")
    assert {*sources.member_targets(inputs)["percent_below"]} == {80}
    proposed = [
        c for c in inputs.model(world / "params/corrections.yml", config.Corrections).corrections if c.status
    ]
    assert len(proposed) == len(codes)
    assert {(c.status, c.only_asks, c.decided) for c in proposed} == {("proposed", True, "2024-02-03")}
    assert [c.where for c in proposed if c.id == "lund-emissions-2022"] == [
        {"municipality_code": "1281", "year": "2022", "sector": "Alla"}
    ]
    assert "Eva Ek" in proposed[0].why
    assert inputs.corrections("data/statistics/emissions_2025.csv") == ()  # nothing is changed by it
    assert digests(world / "data" / "statistics") == statistics


def test_nothing_is_written_without_a_yes_and_the_command_asks(world):
    path, before = saved(world, slip(world)), state(world)
    assert "nothing is written" in received(world, path, agreed=False)
    done = klimatlib("receive", str(path), cwd=world)
    assert done.returncode == 1
    assert "Vi byter bränsle." in done.stdout
    assert state(world) == before
    done = klimatlib("receive", str(path), "--yes", cwd=world)
    assert (done.returncode, done.stderr) == (0, "")
    assert "written: data/demo/comments.yml" in done.stdout


def test_a_member_may_take_back_what_it_gave_and_an_older_slip_does_not_bring_it_again(world):
    early = slip(
        world, "2380", saved="2024-01-10", consent={"answers": True, "example": True}, comment="Ett."
    )
    late = slip(world, "2380", consent={"answers": False, "example": False}, comment="Två.")
    received(world, saved(world, early))
    received(world, saved(world, late))
    inputs = Inputs.open(PARAMS, start=world)
    assert "2380" not in {*consent(inputs)["code"]}
    assert "2380" not in {example.member for example in sources.examples(inputs).examples}
    assert sources.comments(inputs)["2380"].text == "Två."
    with pytest.raises(InputError, match="but one of 2024-02-03 has come"):
        received(world, saved(world, early))
    listed = yaml.safe_load((world / DATA / "comments.yml").read_text("utf-8"))["comments"]
    assert len(listed) == 1


def test_a_correction_of_a_region_or_of_anything_else_only_asks(world):
    region = next(code for code in members(world) if len(code) == 2)
    other = {"about": "other", "value": "Vi gick med tidigare", "source": "Protokoll"}
    own = {"about": "population", "year": 2022, "value": "1", "source": "SCB"}
    received(
        world, saved(world, slip(world, "1281", correction=other), "a.json"),
        saved(world, slip(world, region, correction=own), "b.json"),
    )  # fmt: skip
    found = Inputs.open(PARAMS, start=world).model(world / "params/corrections.yml", config.Corrections)
    asked = {c.file: c.where for c in found.corrections if c.status == "proposed"}
    assert asked == {"data/demo/members.csv": {"code": "1281"},
                     "data/statistics/population_2025.csv": {"year": "2022"}}  # fmt: skip


def a_slip(**change: object):
    """Return a maker of a slip with other content, or without what is None."""
    return lambda root: {k: v for k, v in {**slip(root), **change}.items() if v is not None}


def example(**change: str):
    own = {"question": "biokol", "text": "Det växer.", "link": "https://example.org/", **change}
    return a_slip(example=own, consent={"example": True})


@pytest.mark.parametrize("at", [1, 2, 3, 4])
def test_a_run_that_is_cut_off_between_its_files_is_finished_by_the_next_one_and_told(world, monkeypatch, at):
    full = slip(
        world, comment="Vi byter.", consent={"answers": True},
        correction={"about": "population", "year": 2022, "value": "12345", "source": "SCB"},
    )  # fmt: skip
    path, before, replace, left = saved(world, full), state(world), Path.replace, iter(range(at))

    def cut_off(self, target):
        if next(left, None) is None:
            raise KeyboardInterrupt
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", cut_off)  # the first is the journal's, then one for each file
    if at < 4:
        with pytest.raises(KeyboardInterrupt):
            received(world, path)
        begun = {name for name, sha in state(world).items() if before.get(name) != sha}
        assert len(begun - {"outputs/.receive.json"}) == at - 1
        monkeypatch.undo()
        lines = list[str]()
        with pytest.raises(InputError, match="it has been received already"):
            lines += receive(world, [path], today=TODAY, agreed=lambda: True)
    else:
        assert "written: " in received(world, path)
    names = {"data/demo/comments.yml", "data/demo/consent.csv", "params/corrections.yml"}
    assert {name for name, sha in state(world).items() if before.get(name) != sha} == names
    assert sources.comments(Inputs.open(PARAMS, start=world))["1281"].text == "Vi byter."


def test_what_was_edited_after_a_run_was_cut_off_is_not_written_over(world):
    file = "data/demo/comments.yml"
    (world / "outputs" / ".receive.json").write_text(json.dumps({file: [None, "comments: []\n"]}))
    (world / file).write_text("comments: []  # an edit\n", encoding="utf-8")
    with pytest.raises(InputError, match=f"^{file}: edited since a run was cut off"):
        received(world, saved(world, slip(world)))
    assert "an edit" in (world / file).read_text(encoding="utf-8")


HOSTILE = {  # what comes, and what is said of it
    "another member's sheet": (a_slip(member="1280"), "sheet: of another sheet, or of an earlier edition"),
    "an older edition": (a_slip(sheet="0" * 64), "sheet: of another sheet, or of an earlier edition"),
    "no member": (a_slip(member="0115"), "member: 0115 is no member of 2023"),
    "another year": (a_slip(year=2022), "year: of 2022; report demo is about 2023"),
    "another report": (a_slip(report="2031"), "report: of report 2031, which this project has not"),
    "a path as report": (a_slip(report="../../etc"), "report: expected a name"),
    "a path as member": (a_slip(member="../1281"), "member: String should match"),
    "a path as sheet": (a_slip(sheet="../" * 22), "sheet: String should match"),
    "to come": (a_slip(saved="2024-03-02"), "saved: on 2024-03-02, which is to come"),
    "no date": (a_slip(saved="igår"), "saved: String should match"),
    "an unknown key": (a_slip(admin=True), "admin: Extra inputs are not permitted"),
    "an unknown kind of consent": (a_slip(consent={"all": True}), "consent.all"),
    "a text for a yes": (a_slip(consent={"answers": "yes"}), "consent.answers: Input should be a valid bool"),
    "a number for a text": (a_slip(comment=7), "comment: Input should be a valid string"),
    "no name": (a_slip(by=None), "by: Field required"),
    "nothing": (a_slip(comment=None), "it says nothing"),
    "HTML": (a_slip(comment="<b>hej</b>"), "comment: has markup"),
    "an entity": (a_slip(comment="&lt;script"), "comment: has markup"),
    "a template": (a_slip(comment='{{ claim("x") }}'), "comment: has markup"),
    "digits in a comment": (a_slip(comment="Minus 40 procent"), "comment.text: String should match"),
    "a formula": (a_slip(by="=HYPERLINK(A)"), "by: begins as a formula"),
    "a control character": (a_slip(comment="Hej\x1b[31m"), "comment: has a line break or a character"),
    "a turned text": (a_slip(by="Eva\u202eEk"), "by: has a line break or a character"),
    "two lines": (a_slip(by="Eva\nEk: admin"), "by: has a line break or a character"),
    "too long a comment": (a_slip(comment="a" * 301), "comment.text: String should have at most 300"),
    "a script as link": (example(link="javascript:alert(1)"), "example.link: String should match"),
    "an unknown question": (example(question="okand"), "example: no question 'okand'"),
    "a link in an example": (example(text="Se [här](x)."), "example: found '['"),
    "digits in an example": (example(text="Vi har 40 bilar."), "example: has digits"),
    "an example without consent": (
        lambda r: {**example()(r), "consent": {}}, "example: without consent to tell it"),
    "a correction of no such year": (
        a_slip(correction={"about": "emissions", "year": 1950, "value": "1", "source": "x"}),
        "correction.year: data/statistics/emissions_2025.csv has no such year of it"),
    "a correction that is no number": (
        a_slip(correction={"about": "population", "year": 2022, "value": "många", "source": "x"}),
        "correction.value: expected a number"),
    "a correction without a source": (
        a_slip(correction={"about": "other", "value": "x"}), "correction.source: Field required"),
    "a target behind": (
        a_slip(target={"year": 2020, "percent_below": 80, "base_year": 1990, "source": "x"}),
        "target.year: expected a year after 2023"),
    "a target of all and more": (
        a_slip(target={"year": 2030, "percent_below": 180, "base_year": 1990, "source": "x"}),
        "target.percent_below: Input should be less than or equal to 100"),
    "no JSON": (lambda root: "hej", "no return slip"),
    "a key twice": (lambda root: json.dumps(slip(root))[:-1] + ', "by": "Ada Bok"}', "no return slip"),
    "no number at all": (lambda root: '{"year": NaN}', "no return slip"),
    "nested without end": (lambda root: "[" * 9000, "no return slip"),
    "a list": (lambda root: "[]", "Input should be a valid dictionary"),
    "too large": (lambda root: json.dumps(slip(root)) + " " * 20_000, "a slip has at most 20,000"),
}  # fmt: skip


def test_what_is_foreign_stale_malformed_or_hostile_is_refused_in_one_line_that_quotes_nothing(world):
    before = state(world)
    for name, (make, fault) in HOSTILE.items():
        path = saved(world, make(world))
        with pytest.raises(InputError) as caught:
            received(world, path)
        message = str(caught.value)
        assert message.startswith("svar.json: "), name
        assert fault in message, (name, message)
        assert message.isprintable(), name
        quoted = [
            text for text in ("hej", "script", "HYPERLINK", "procent", "bilar", "många") if text in message
        ]
        assert quoted == [], name
    assert state(world) == before


def test_a_slip_that_comes_twice_is_refused_and_the_others_are_taken(world):
    first, other = saved(world, slip(world), "a.json"), saved(world, slip(world, "1280"), "b.json")
    with pytest.raises(InputError, match=r"^a\.json: a second slip of 1281, after a\.json; give the one"):
        received(world, first, first, other)
    assert {*sources.comments(Inputs.open(PARAMS, start=world))} == {"1280", "1281"}
    with pytest.raises(InputError, match=r"^a\.json: it has been received already$"):
        received(world, first)


def test_a_file_that_cannot_be_added_to_is_left_as_it_is(world):
    path = world / DATA / "comments.yml"
    path.write_text(
        'comments: [{member: "1280", text: Hej., by: Ada, consent: {who: Ada, date: "2024-01-01"}}]\n'
    )
    before = path.read_bytes()
    with pytest.raises(InputError, match="is written in another way than a list of entries"):
        received(world, saved(world, slip(world)))
    assert path.read_bytes() == before
