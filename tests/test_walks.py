"""What analysts change: the walks of docs/analysts.md as printed, and what a run says of a change."""

from __future__ import annotations

import json
import re
import shutil

import pytest
from click.testing import CliRunner

from conftest import ROOT, TINY, copy_project, edit, edit_notebook, few_chapters, unrendered
from klimatlib import config
from klimatlib.cli import cli
from klimatlib.errors import InputError, KlimatlibError, UsageError
from klimatlib.execution.publishing import digests
from klimatlib.run import build, checks, new_year, preview
from klimatlib.sources import inputs as sources
from klimatlib.sources.inputs import Inputs
from test_changes import git

# ---- the walks: most files that an analyst touches, and what the page then says

WALKS = {
    "A sentence": (1, "Av medlemmarna är "),
    "A chart's option": (1, "Hela landet"),
    "An indicator with its claim, sentence and chart": (2, "Medlemskommunernas andel av rikets utsläpp."),
    "A chapter": (2, "Kapitlet gäller "),
    "A survey question": (1, "Solel på egna tak"),
    "A data year": (1, "per invånare, medlemmarna 2021"),
}
QUESTIONS, UNCHANGED = "params/questions.yml", "tiny: nothing has changed, no step runs"
STATISTICS = [f"data/statistics/{name}_tiny.csv" for name in ("emissions", "population")]
ARRIVED = {"A survey question": ["data/2023/survey.csv"], "A data year": STATISTICS}  # before the edit
COMMAND = re.compile(r"```sh\nklimatlib (.*)\n```")
STEP = re.compile(
    r"[Ii]n `([^`]+)`(?:, (after )?cell `([^`]+)`)?(, tagged (?:`[^`]+`(?: and )?)+)?:\n\n"
    r"```(?:diff|python)\n(.*?)```",
    re.S,
)


def walks():
    """Yield title, commands and edits of each walk in the docs."""
    text = (ROOT / "docs" / "analysts.md").read_text(encoding="utf-8")
    for part in text.split("\n## Six changes")[1].split("\n## ")[0].split("\n### ")[1:]:
        yield part.partition("\n")[0], COMMAND.findall(part), STEP.findall(part)


def changed(text, diff):
    """Return a text as lines with - and + tell; added ones alone go to its end."""
    old, new = (
        "".join(f"{line[1:]}\n" for line in diff.splitlines() if line[0] in f" {sign}") for sign in "-+"
    )
    assert not old or text.count(old) == 1, (text.count(old), old)
    return text.replace(old, new) if old else text.rstrip("\n") + f"\n{new}"


def made_in(root, step):
    """Return a file of a project as a step of a walk makes it."""
    file, after, cell, tagged, code = step
    text = (root / file).read_text(encoding="utf-8")
    if not cell:
        return changed(text, code)
    book = json.loads(text)
    place = [each["id"] for each in book["cells"]].index(cell)
    if after:
        new = {"cell_type": "code", "id": f"{cell}-own", "execution_count": None, "outputs": []}
        new |= {"source": code, "metadata": {"tags": re.findall("`([^`]+)`", tagged)} if tagged else {}}
        book["cells"].insert(place + 1, new)
    else:
        book["cells"][place]["source"] = changed("".join(book["cells"][place]["source"]) + "\n", code)
    return json.dumps(book)


def append(path, text):
    """Add text to a file's end."""
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


def arrive(path):
    """Let a file have what has come: the answers to one more question, or one more year."""
    lines = path.read_text(encoding="utf-8").splitlines()
    new = [line.replace(",2020,", ",2021,") for line in lines if ",2020," in line] or ["solel,2,3"]
    append(path, "".join(f"{line}\n" for line in new))


@pytest.fixture(scope="module")
def walked(tmp_path_factory):
    """All walks one after the other, in a tiny world whose report is 2023: files, page before and after."""

    def page():
        return preview.preview("params/2023.yml").read_text(encoding="utf-8")

    root, pages = copy_project(tmp_path_factory.mktemp("walks") / "värld", tiny=True), {}
    for file in ("params/tiny.yml", "data/tiny"):
        (root / file).rename(root / file.replace("tiny", "2023"))
    origins = root / "params" / "sources.yml"
    origins.write_text(origins.read_text("utf-8").replace("data/tiny", "data/2023"), encoding="utf-8")
    few_chapters(root, "10_members", "40_emissions", "50_survey")  # which the walks edit
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        before = page()
        for title, commands, steps in walks():
            for file in ARRIVED.get(title, ()):
                arrive(root / file)
            for command in commands:
                CliRunner().invoke(cli, command.split(), catch_exceptions=False)
            for step in steps:
                (root / step[0]).write_text(made_in(root, step), encoding="utf-8")
            checks.check_file("params/2023.yml")
            pages[title] = {step[0] for step in steps}, before, (before := page())
    return pages


@pytest.mark.parametrize("title", WALKS)
def test_a_walk_of_the_docs_leads_from_few_edits_to_the_page(walked, title):
    most, words = WALKS[title]
    files, before, after = walked[title]
    assert len(files) <= most, files
    assert (words in before, words in after) == (False, True)


def test_the_walks_are_those_of_the_docs_and_fit_the_files_of_the_real_report():
    assert [title for title, _, _ in walks()] == [*WALKS]
    for step in (step for *_, steps in walks() for step in steps if "60_" not in step[0]):
        assert made_in(ROOT, step)


# ---- a chapter or a question of one report, beside others


def test_a_year_stands_for_later_years_too():
    among = [("2023", []), ("demo", []), ("2023", ["2023"]), ("2024", ["2023"]), ("demo", ["2023", "demo"])]
    assert [each for each in among if not config.is_among(*each)] == []
    others = [("2022", ["2023"]), ("demo", ["2023"]), ("2023", ["demo"])]
    assert [each for each in others if config.is_among(*each)] == []


OWN = """  - id: solel-{0}
    theme: t
    label: Solel i {0}
    reports: [{0}]
    wording: {{"2023": "Har ni solel?"}}
    options: {{"2023": {{counts_as_yes: [Ja], counts_as_no: [Nej]}}}}
"""


def known(name):
    """What a report knows of the shared files: notebooks, questions, and the digests of what it uses."""
    inputs = Inputs.open(f"params/{name}.yml")
    return [*sources.outline(inputs).notebooks], [*sources.questions(inputs)], inputs.digests


def test_a_chapter_or_a_question_of_one_report_leaves_the_other_as_it_was(made):
    """The other report is a copy of the tiny one, so that both are of one year."""
    shutil.copytree(made / "data/tiny", made / "data/copy")
    shutil.copy(made / "params/tiny.yml", made / "params/copy.yml")
    own = [
        line for line in (made / "params/sources.yml").read_text("utf-8").splitlines() if "data/tiny" in line
    ]
    append(made / "params/sources.yml", "".join(f"{line.replace('tiny', 'copy')}\n" for line in own))
    for name, other in (("copy", "tiny"), ("tiny", "copy")):
        before = known(other)
        append(made / QUESTIONS, OWN.format(name))
        append(made / f"data/{name}/survey.csv", f"solel-{name},2,3\n")
        new_year.new_chapter(f"60_{name}", reports=[name])
        assert known(other) == before
        notebooks, questions, _ = known(name)
        assert f"60_{name}" in notebooks and questions[-1] == f"solel-{name}"
        for each in (name, other):
            checks.check_file(f"params/{each}.yml")
        if name == "copy":
            assert preview.explain("params/tiny.yml", renderer="embedded") == [UNCHANGED]
            build.verify(made, "tiny")


# ---- new-chapter

NO_NAME, TAKEN = "no chapter's name; expected two digits", "is a chapter already; give the new one another"


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("60 energi", {}, NO_NAME),
        ("60_färd", {}, "'60_färd': " + NO_NAME),
        ("energi", {}, NO_NAME),
        ("../60_energi", {}, NO_NAME),
        ("factsheet", {}, NO_NAME),
        ("60_", {}, NO_NAME),
        ("40_emissions", {}, TAKEN),
        ("90_summary", {}, TAKEN),
        ("60_energi", {"reports": ["2031"]}, "'2031': no report; there is tiny"),
        ("60_energi", {"title": "## *Energi*"}, "no chapter's heading; expected a few plain words"),
        ("60_there", {}, "notebooks/60_there.ipynb: is there already and has another content"),
    ],
)
def test_a_chapter_that_cannot_be_is_told_in_a_line_and_nothing_is_written(tiny, name, options, message):
    (tiny / "notebooks/60_there.ipynb").write_text("{}", encoding="utf-8")
    before = digests(tiny)
    with pytest.raises((UsageError, InputError)) as caught:
        new_year.new_chapter(name, **options)
    assert message in str(caught.value) and "\n" not in str(caught.value)
    assert digests(tiny) == before


BLOCK = (
    "chapters:\n  - 10_members  # a\n  - 50_survey\nsummary: 90_summary\norder:\n- 10_members\n- 50_survey\n"
)
OUTLINES = {  # as it is, the chapter, and as it then is
    "in brackets": (
        "chapters: [10_members, 50_survey]\nsummary: 90_summary\norder: [90_summary#a, 10_members]",
        "20_energi",
        "chapters: [10_members, 20_energi, 50_survey]\nsummary: 90_summary\n"
        'order: [90_summary#a, 10_members, 20_energi]\ntitles:\n  20_energi: "Energi"\n',
    ),
    "below each other, last": (
        f"{BLOCK}titles: {{50_survey: E}}\n",
        "60_energi",
        BLOCK.replace("  - 50_survey\n", "  - 50_survey\n  - 60_energi\n").replace(
            "\n- 50_survey\n", "\n- 50_survey\n- 60_energi\n"
        )
        + 'titles: {50_survey: E, 60_energi: "Energi"}\n',
    ),
    "below each other, first": (
        BLOCK,
        "05_energi",
        BLOCK.replace("  - 10", "  - 05_energi\n  - 10").replace("\n- 10", "\n- 05_energi\n- 10")
        + 'titles:\n  05_energi: "Energi"\n',
    ),
}


@pytest.mark.parametrize("layout", OUTLINES)
def test_the_outline_keeps_its_layout_and_its_comments(tiny, layout):
    before, name, after = OUTLINES[layout]
    path = tiny / "notebooks/report.yml"
    path.write_text(before, encoding="utf-8")
    new_year.new_chapter(name, title="Energi")
    assert path.read_text("utf-8") == after


def test_an_outline_that_cannot_be_added_to_is_left_for_the_hand(tiny):
    path = tiny / "notebooks/report.yml"
    path.write_text('{"chapters": [], "summary": "90_summary", "order": ["90_summary"]}', encoding="utf-8")
    before = digests(tiny)
    with pytest.raises(InputError, match="add 60_energi to its chapters and its order by hand"):
        new_year.new_chapter("60_energi")
    assert digests(tiny) == before


def test_a_chapter_has_what_demo_and_the_tests_world_need_and_older_years_stay(tiny):
    for name in ("2022", "2023", "demo"):
        shutil.copytree(tiny / "data/tiny", tiny / "data" / name)
        text = (tiny / "params/tiny.yml").read_text("utf-8")
        text = text.replace("year: 2023", "year: 2022", 1) if name == "2022" else text
        (tiny / f"params/{name}.yml").write_text(text, encoding="utf-8")
    (tiny / "params/tiny.yml").unlink()
    shutil.copytree(TINY, tiny / "tests/data/tiny")
    before = {*digests(tiny)}
    new_year.new_chapter("60_energi")
    texts = {f"{home}/texts/60_energi.md" for home in ("data/2023", "data/demo", "tests/data/tiny/data/tiny")}
    assert {*digests(tiny)} - before == {"notebooks/60_energi.ipynb", *texts}
    outline = config.validate((tiny / "notebooks/report.yml").read_bytes(), config.Outline, file="")
    assert outline.reports["60_energi"] == ("2023", "demo", "tiny")


@pytest.mark.parametrize("step", range(3))  # before the text, the notebook, the outline
def test_a_chapter_that_was_cut_off_changes_no_report_and_is_completed_by_the_next(tiny, monkeypatch, step):
    outline, written, write = sources.outline(Inputs.open("params/tiny.yml")), [], new_year.atomic_write

    def stop(path, text):
        if len(written) == step:
            raise KeyboardInterrupt
        written.append(path)
        write(path, text)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(new_year, "atomic_write", stop)
        new_year.new_chapter("60_energi")
    assert sources.outline(Inputs.open("params/tiny.yml")) == outline
    checks.check_file("params/tiny.yml")
    new_year.new_chapter("60_energi")
    assert sources.outline(Inputs.open("params/tiny.yml")).chapters[-1] == "60_energi"
    checks.check_file("params/tiny.yml")


# ---- what a run will do, and what it moved

SURVEY = "data/tiny/survey.csv"
NONE = "0 claims new, 0 moved, 0 gone"
EDITS = {  # of several kinds, and the line that the run ends with
    "a text": (lambda root: edit(root / "data/tiny/texts/goal1.md", "\n", "\nTack.\n"), NONE),
    "an answer": (
        lambda root: edit(root / SURVEY, "biokol,1", "biokol,2"),
        "0 claims new, 3 moved (survey-biokol 33\xa0% → 67\xa0%, survey-biokol-high 50\xa0% → 75\xa0%, "
        "survey-biokol-low 25\xa0% → 50\xa0%), 0 gone",
    ),
    "a notebook": (lambda root: edit_notebook(root, "20_activities", cell=3, source="## Mål"), NONE),
    "a question's label": (lambda root: edit(root / QUESTIONS, "label: Biokol", "label: Kol"), NONE),
    "nothing": (lambda root: None, NONE),
}


def test_a_run_does_what_was_said_beforehand_and_ends_with_what_moved(made, said):
    for words in (["init", "-q"], ["add", "-f", "outputs/tiny/claims.csv"], ["commit", "-qm", "Publish"]):
        git(made, *words)
    names = [*sources.outline(Inputs.open("params/tiny.yml")).notebooks]
    for kind, (change, moved) in EDITS.items():
        change(made)
        lines = [line.partition(": ") for line in preview.explain("params/tiny.yml", renderer="embedded")]
        foretold = {name: what.split(",")[0] for name, _, what in lines if name in names}
        *_, last = preview.compare_current(Inputs.open("params/tiny.yml"))
        assert last == f"from outputs/tiny/ to what stands here now: {moved}", kind
        said.clear()
        with unrendered():
            build.report("params/tiny.yml", renderer="embedded")
        words = {"ran": "runs", "kept": "is kept", "bound": "is bound anew"}
        done = {
            name: words.get(line.split()[0]) for line in said for name in names if name in line.split(":")[0]
        }
        assert foretold == {name: did for name, did in done.items() if did}
        assert said[-1] == f"since the report before: {moved}", kind
    lines = [*preview.compare_current(Inputs.open("params/tiny.yml"))]
    assert lines[-2:] == [
        f"from the last commit to outputs/tiny/: {EDITS['an answer'][1]}",
        f"from outputs/tiny/ to what stands here now: {NONE}",
    ]
    every = preview.explain("params/tiny.yml", fresh=True)
    assert [line for line in every if "runs, because everything is made anew" in line] == every[: len(names)]
    with pytest.raises(InputError, match="signed by nobody; expected two people"):
        preview.explain("params/tiny.yml", final=True)
    edit(made / "data/tiny/texts/goal1.md", "Tack.", 'Tack {{ claim("members-cuont") }}.')
    with pytest.raises(KlimatlibError, match=r"goal1\.md"):
        preview.explain("params/tiny.yml")
