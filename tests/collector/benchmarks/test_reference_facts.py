"""The curated facts: typed, dated, labelled, and the ones that the page is about."""

from __future__ import annotations

import tomllib
from datetime import date, datetime

import pytest

from collector.benchmarks import reference
from collector.benchmarks.reference import FACTS, KEYS, reference_pages


def test_every_fact_is_taken_with_its_source_and_claim(now: datetime) -> None:
    told = tomllib.loads(FACTS.read_text())
    pages = list(reference_pages(now))
    results = [row for page in pages for row in page.rows["benchmark_results"]]
    sources = {row["source_id"]: row for page in pages for row in page.rows["benchmark_sources"]}
    assert len(results) == len(told["facts"]) == len({row["result_id"] for row in results})
    assert {row["location"] for row in sources.values()} == {one["title"] for one in told["sources"].values()}
    assert {row["claim"] for row in results} == {"published", "second-hand"}
    assert all(row["results"] > 0 for row in sources.values())
    assert all(date(2017, 1, 1) <= row["measured_at"].date() <= now.date() for row in results)
    assert all(set(fact) <= KEYS for fact in told["facts"])


def test_no_fact_is_on_hardware_without_a_class(now: datetime) -> None:
    (page,) = reference_pages(now)
    assert {row["hardware_class"] for row in page.rows["hardware"]} == {"gpu", "tpu", "dsp", "vpu", "arm"}


def test_a_slip_of_the_pen_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory, now: datetime
) -> None:
    wrong = tmp_path_factory.mktemp("facts") / "reference.toml"
    wrong.write_text(FACTS.read_text().replace("scenario =", "scenarjo =", 1))
    monkeypatch.setattr(reference, "FACTS", wrong)
    with pytest.raises(ValueError, match="scenarjo"):
        list(reference_pages(now))
