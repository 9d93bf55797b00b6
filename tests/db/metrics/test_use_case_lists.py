"""Use cases as a list are what pandas makes of the tables; their evidence reads back as it was written."""

from __future__ import annotations

from datetime import UTC, date, datetime
from types import ModuleType

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select, update

from collector.github.classification import Subject, classify
from db.engine import writing
from db.listing import ALL, Condition, Part, every_row, read_list
from db.schema import table
from db.use_cases import USE_CASES, read_evidence, read_use_case, use_cases

SEEN = datetime(2024, 2, 19, 23, 30, tzinfo=UTC)
WORDS = (
    *("tensorflow", "bert", "Medical-Imaging", "x_ray", "android", "AWS sagemaker", "kubernetes", "tutorial"),
    *("gcp", "speech", "self-driving car", "finance;", "style (transfer)", "resnet: a", "jetson", "教程"),
)


@pytest.fixture
def held(engine: Engine, community: ModuleType) -> Engine:
    """A made-up community whose use cases have stars (some none), licences and instants."""
    community.made_up(seed=20170213, commits=20, requests=4).write(engine)
    repositories, uses = table("repositories"), table("use_cases")
    with writing(engine).begin() as connection:
        for number in connection.execute(select(uses.c.repository_id)).scalars().all():
            connection.execute(
                update(repositories)
                .where(repositories.c.repository_id == number)
                .values(
                    stars=None if number % 10 == 0 else number * 37 % 101,
                    license=("MIT", "Apache-2.0", None)[number % 3],
                    seen_at=SEEN,
                )
            )
            connection.execute(
                update(uses)
                .where(uses.c.repository_id == number)
                .values(confidence=number * 125 % 1001 / 1000)
            )
    return engine


def expected(engine: Engine) -> pd.DataFrame:
    """All use cases with what the list shows of them, by a join of pandas."""
    with engine.connect() as connection:
        frames = {
            name: pd.DataFrame(
                [dict(row) for row in connection.execute(select(table(name))).mappings()], dtype=object
            )
            for name in ("repositories", "use_cases", "paper_mentions")
        }
    described = frames["paper_mentions"][frames["paper_mentions"]["place"] == "description"]
    papers = described.groupby("repository_id").size()
    whole = frames["use_cases"].merge(frames["repositories"], on="repository_id")
    return whole.assign(papers=[int(papers.get(number, 0)) for number in whole["repository_id"]])


def test_the_list_holds_every_use_case_with_what_is_known_of_it(held: Engine) -> None:
    wanted = expected(held)
    with held.connect() as connection:
        source = use_cases(connection, {}, whole=True)
        found = read_list(connection, USE_CASES, source, ALL)
        assert list(every_row(connection, USE_CASES, source, ALL)) == list(found.rows)
    stars = [row["stars"] for row in found.rows]
    known = [number for number in stars if number is not None]
    assert known == sorted(known, reverse=True)
    assert stars[len(known) :] == [None] * (len(stars) - len(known)) != []
    by_number = {row["repository_id"]: row for row in wanted.to_dict("records")}
    assert found.count == len(by_number) == len(found.rows) > 100
    for row in found.rows:
        of = by_number[row["use_case"]]
        assert row["repository"] == of["full_name"]
        assert (row["domain"], row["platform"], row["cloud"]) == (of["domain"], of["platform"], of["cloud"])
        assert (row["language"], row["licence"], row["papers"]) == (
            of["language"],
            of["license"],
            of["papers"],
        )
        assert (row["created"], row["active"]) == (of["day"], of["active_day"])
        assert (row["seen"], row["first_found"]) == (SEEN.date(), of["found_at"].date())
        assert row["confidence"] == int(round(of["confidence"] * 1000) + 5) // 10


def test_filters_orders_and_pages_hold_what_pandas_says(held: Engine) -> None:
    wanted = expected(held)
    language = wanted["language"] == "Python"
    chosen = wanted[
        language & wanted["domain"].isin(["vision", "health", "other"]) & (wanted["cloud"] != "aws")
    ]
    clouds = ("google_cloud", "azure", "none_stated")
    conditions = (
        Condition("language", "is", ("Python",)),
        Condition("domain", "is", ("vision", "health", "other")),
        Condition("cloud", "is", clouds),
    )
    with held.connect() as connection:
        source = use_cases(connection, {}, whole=True)
        for order in (f"{direction}{name}" for name in USE_CASES.sortable for direction in ("", "-")):
            whole = read_list(connection, USE_CASES, source, Part(order, conditions)).rows
            assert sorted(row["use_case"] for row in whole) == sorted(chosen["repository_id"])
            pages = [
                row["use_case"]
                for offset in range(0, len(chosen), 5)
                for row in read_list(connection, USE_CASES, source, Part(order, conditions, 5, offset)).rows
            ]
            assert pages == [row["use_case"] for row in whole]
            name = order.removeprefix("-")
            values = [row[name] for row in whole if row[name] is not None]
            if name != "repository":  # PostgreSQL may put letters in an order of its own
                assert values == sorted(values, reverse=order.startswith("-"))
        first, last = date(2023, 1, 1), date(2023, 6, 30)
        within = use_cases(connection, {"first": first, "last": last}, whole=False)
        count = read_list(connection, USE_CASES, within, Part(limit=1, offset=10_000)).count
        assert count == sum(first <= day <= last for day in wanted["day"]) > 0


def test_one_use_case_is_read_with_its_papers(held: Engine) -> None:
    wanted = expected(held)
    with held.connect() as connection:
        for row in wanted[wanted["papers"] > 0].to_dict("records")[:5]:
            found = read_use_case(connection, row["repository_id"])
            assert found is not None
            assert (found.full_name, len(found.papers)) == (row["full_name"], row["papers"])
            assert (found.created, found.stars, found.seen) == (row["day"], row["stars"], SEEN.date())
            assert [each.dimension for each in found.evidence] == ["domain", "platform", "cloud"]
        assert read_use_case(connection, 7) is None


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=4),
    st.lists(st.sampled_from(WORDS), max_size=6),
    st.lists(st.sampled_from(WORDS), max_size=4),
    st.sampled_from(["Python", "Swift", "Jupyter Notebook", "JavaScript", None]),
)
def test_what_the_classification_writes_as_evidence_is_read_in_full(
    name: list[str], description: list[str], topics: list[str], language: str | None
) -> None:
    found = classify(Subject("-".join(name), " ".join(description), topics, language))
    read = read_evidence(found.evidence)
    stated = {
        "domain": found.confidence,
        "platform": found.platform_confidence,
        "cloud": found.cloud_confidence,
    }
    assert set(read) == {dimension for dimension, confidence in stated.items() if confidence}
    again = [
        f"{dimension} {getattr(found, dimension)}: " + ", ".join(f"{word} ({place})" for word, place in words)
        for dimension, words in read.items()
    ]
    assert "; ".join(again) == found.evidence
