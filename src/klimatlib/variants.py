"""A report under another release of the statistics: the same year, made again beside the published one."""

from __future__ import annotations

from pathlib import Path

import yaml

from klimatlib.config import Project
from klimatlib.errors import InputError, Problem
from klimatlib.files import write_whole
from klimatlib.sources import inputs as sources
from klimatlib.sources.inputs import Inputs
from klimatlib.sources.tables import NATION


def with_vintage(inputs: Inputs, vintage: str) -> tuple[str, list[str]]:
    """Write the parameters of a report under another release.

    Parameters
    ----------
    inputs
        The report's inputs.
    vintage
        A release that is at hand in ``data/statistics/``.

    Returns
    -------
    tuple
        The parameter file, relative to the project, and what a reader must know: a release that does not
        reach the report's data year gives its newest year before that.

    Raises
    ------
    InputError
        When the release is not at hand; names those that are.
    """
    project = inputs.project
    at_hand = sources.release_names(inputs)
    if vintage not in at_hand:
        told = f"no emissions_{vintage}.csv; at hand are {', '.join(at_hand)}"
        raise InputError([Problem("data/statistics", "", told)])
    wanted, year = project.params.emissions_year, _data_year(inputs, vintage)
    notes = [f"release {vintage} has no figures for {wanted}; data year is {year}"] if year != wanted else []
    path = _write(project, vintage, year)
    return project.relative(path), notes


def _data_year(inputs: Inputs, vintage: str) -> int:
    table = sources.emissions(inputs, vintage)
    years = table.loc[table["municipality_code"] == NATION, "year"]
    return int(years[years <= inputs.project.params.emissions_year].max())


def _write(project: Project, vintage: str, year: int) -> Path:
    path = project.root / "outputs" / ".variants" / f"{project.name}@{vintage}.yml"
    values = project.params.model_dump(mode="json", exclude_none=True)
    others = sorted({project.params.emissions_vintage, *project.params.revisions} - {vintage})
    values.update(data=project.data.name, emissions_vintage=vintage, emissions_year=year, revisions=others)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, yaml.safe_dump(values, allow_unicode=True, sort_keys=True))
    return path
