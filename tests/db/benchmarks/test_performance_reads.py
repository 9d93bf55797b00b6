"""What the Performance page asks, on both databases, against numbers worked out by hand."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from db import benchmarks

DAY = datetime(2022, 6, 1, tzinfo=UTC)


def test_time_to_train_leaves_out_what_is_not_closed_available_and_valid(
    engine: Engine, add: Callable[..., int]
) -> None:
    add(600)
    add(300, division="open")
    add(200, status="preview")
    add(100, valid=False)
    add(900, status=None)
    add(50, case="bert")
    with engine.connect() as connection:
        found = benchmarks.time_to_train(connection)
        assert sorted(found["minutes"]) == [10, 15]
        everything = benchmarks.time_to_train(
            connection, division=None, available_only=False, valid_only=False
        )
        assert len(everything) == 5


def test_a_curated_fact_gives_way_to_the_logs_of_its_round(engine: Engine, add: Callable[..., int]) -> None:
    add(600, round="v2.0")
    add(606, round="v2.0", format="reference", source="facts")
    add(700, round="v1.0", format="reference", source="facts")
    with engine.connect() as connection:
        found = benchmarks.time_to_train(connection)
    assert sorted(zip(found["round"], found["source_format"], strict=True)) == [
        ("v1.0", "reference"),
        ("v2.0", "mlperf_training"),
    ]


def test_xla_pairs_differ_in_nothing_but_the_compiler(engine: Engine, add: Callable[..., int]) -> None:
    rate = {"metric": "throughput", "unit": "image/second", "direction": "higher"}
    add(800, compiler="none", version="1.11", spread=8, **rate)
    add(1200, compiler="xla", version="1.12", spread=24, **rate)
    add(9000, compiler="xla", count=1, **rate)
    add(9000, compiler="xla", precision="mixed", **rate)
    add(9000, compiler="xla", at=DAY + timedelta(days=1), **rate)
    add(9000, compiler="xla", source="elsewhere", **rate)
    add(9000, compiler="xla", valid=False, framework="JAX", **rate)
    add(4, compiler="none", case="bert", claim="second-hand")
    add(5, compiler="xla:Fast", case="bert")
    with engine.connect() as connection:
        pairs = benchmarks.xla_pairs(connection)
        assert benchmarks.xla_pairs(connection, pipeline="Fast")["case"].tolist() == ["bert"]
        assert benchmarks.xla_pairs(connection, pipeline="")["case"].tolist() == ["resnet"]
    bert, resnet = (row for _, row in pairs.iterrows())
    # Times: lower is better, so 4 s without and 5 s with XLA are a speed-up of 0.8.
    assert (bert["speed_up"], bert["compiler"], bert["claim"]) == (0.8, "xla:Fast", "second-hand")
    assert math.isnan(bert["low"])
    assert (resnet["off"], resnet["on"], resnet["speed_up"]) == (800, 1200, 1.5)
    # Deviations of 1% and 2%: together the root of 0.01² + 0.02².
    assert resnet["high"] == pytest.approx(1.5 * (1 + 0.0005**0.5))
    assert (resnet["same_version"], bert["same_version"]) == (False, True)


def test_series_are_listed_longest_first_and_read_in_order(engine: Engine, add: Callable[..., int]) -> None:
    for day in (2, 0, 1):
        long = add(100 + day, case="Long_One", at=DAY + timedelta(days=day))
    short = add(7, case="short", hardware_class="tpu")
    with engine.connect() as connection:
        listed = benchmarks.series_list(connection)
        assert benchmarks.series_list(connection, text="g_o")["case"].tolist() == ["Long_One"]
        assert benchmarks.series_list(connection, hardware_class="tpu")["results"].tolist() == [1]
        assert benchmarks.series_list(connection, at_least=2)["results"].tolist() == [3]
        values = benchmarks.series_values(connection, long)
        (source,) = benchmarks.source_summary(connection).itertuples()
    assert listed["series_id"].tolist() == [long, short]
    assert listed[["results", "newest"]].values.tolist() == [[3, 102], [1, 7]]
    assert values["value"].tolist() == [100, 101, 102]
    assert str(values["measured_at"].dtype).endswith("UTC]")
    assert isinstance(source.rejected, int)
    assert (source.format, source.sources, source.rejected) == ("mlperf_training", 1, 2)


def test_an_empty_database_gives_empty_frames_with_their_columns(engine: Engine) -> None:
    with engine.connect() as connection:
        assert "minutes" in benchmarks.time_to_train(connection).columns
        assert "speed_up" in benchmarks.xla_pairs(connection).columns
        assert benchmarks.series_list(connection).empty
        assert benchmarks.series_values(connection, 1).empty
        assert benchmarks.source_summary(connection).empty
