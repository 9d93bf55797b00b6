"""Weeks whose story is known: the headline is true and says the most important thing, in every form."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import Engine

from dashboard.reports import forms, kept
from dashboard.reports.digest import Digest, preview
from dashboard.site import Site

QUIET = {"steward": 60.0, "organization": 20.0, "independent": 10.0}
BUSY = {"steward": 310.0, "organization": 95.0, "independent": 60.0}
RELEASE_DAY, STEP_DAY = date(2026, 6, 17), date(2026, 6, 18)


@pytest.fixture
def digest(engine: Engine, made_weeks: ModuleType) -> Callable[..., Digest]:
    """Makes the issue of the week with such a story."""

    def made(scope: str = "project", **story: Any) -> Digest:
        made_weeks.fill(engine, made_weeks.Story(**story))
        settings = made_weeks.Settings(Path("unused"))
        return preview(engine, settings, scope, Site(engine), made_weeks.NOW)

    return made


def test_a_release_stands_in_the_headline_of_a_busy_week_and_of_a_usual_one(
    engine: Engine, made_weeks: ModuleType, digest: Callable[..., Digest]
) -> None:
    digest()
    made_weeks.released(engine, "v2.20.0", RELEASE_DAY)
    made_weeks.released(engine, "v2.20.0-rc1", made_weeks.WEEK, prerelease=True)
    made_weeks.released(engine, "v2.19.2", made_weeks.WEEK)
    busy = digest(commits=BUSY)
    assert busy.headline == (
        "A busy week for TensorFlow: commits without bots rose to 470 in the week of 15 Jun 2026, "
        "against 219 to 251 in the 8 weeks before; released: v2.20.0 on 17 Jun 2026."
    )
    assert "Released: v2.19.2 on 15 Jun 2026 and v2.20.0 on 17 Jun 2026." in " ".join(busy.text.split())
    assert "rc1" not in busy.text
    usual = digest().headline
    assert "was a usual one" in usual
    assert usual.endswith("; released: v2.20.0 on 17 Jun 2026.")


def test_a_confirmed_regression_is_the_headline_of_a_week_that_is_usual_otherwise(
    engine: Engine, made_weeks: ModuleType, digest: Callable[..., Digest]
) -> None:
    digest()
    made_weeks.stepped(engine, 10.0, 13.0, STEP_DAY)
    told = digest()
    assert told.headline == (
        "A benchmark became worse: mlperf-training resnet, time to train went from 10 minutes to 13 minutes "
        "(+30.0%) on tpu-v4, first seen 18 Jun 2026."
    )
    assert "* Worse: mlperf-training resnet, time to train went from 10 minutes" in told.text
    assert digest(commits=QUIET).headline.startswith("A quiet week for TensorFlow: ")
    assert "became worse" not in digest(scope="tensorflow/tensorflow").headline


def test_an_improvement_is_told_further_down_and_a_suspicion_nowhere(
    engine: Engine, made_weeks: ModuleType, digest: Callable[..., Digest]
) -> None:
    digest()
    made_weeks.stepped(engine, 10.0, 7.0, STEP_DAY)
    made_weeks.stepped(engine, 5.0, 9.0, RELEASE_DAY, state="suspected")
    told = digest()
    assert "was a usual one" in told.headline
    better = "* Better: mlperf-training resnet, time to train went from 10 minutes to 7 minutes (−30.0%)"
    assert better in " ".join(told.text.split())
    assert "Worse:" not in told.text


def test_a_share_that_bots_moved_says_so_beside_its_value(digest: Callable[..., Digest]) -> None:
    told = digest(commits={"bot": 700.0}, share=77 / 950)
    goals = told.text.split("THE GOALS")[1].split("WHAT CHANGED")[0]
    assert "moved by the bots among the commits" in " ".join(goals.split())
    assert told.headline.endswith("14 new contributors, and 700 more by bots alone.")


@pytest.mark.parametrize("story", [{"commits": QUIET}, {"commits": BUSY}, {"stop": date(2026, 6, 1)}, {}])
def test_every_form_says_the_same_and_that_the_data_is_simulated(
    engine: Engine, digest: Callable[..., Digest], story: dict[str, Any]
) -> None:
    if engine.dialect.name == "postgresql":
        pytest.skip("what is written does not depend on the database; SQLite's turn shows it")
    told = digest(simulated=True, **story)
    content = kept.content_of(told.content, told.html)
    assert kept.as_json(content) == told.content
    markdown = forms.from_content(content, "md").decode()
    sentence = told.headline.removeprefix("Simulated data: ")
    assert told.headline.startswith("Simulated data: ")
    assert f"# Simulated data: {sentence}" in markdown
    assert sentence in told.html
    assert sentence in " ".join(told.text.split())
    assert forms.from_content(content, "pdf").startswith(b"%PDF-1.")
    for whole in (markdown, told.html, told.text):
        assert "simulat" in whole[: len(whole) // 2].casefold()
