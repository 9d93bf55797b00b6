"""The Performance page: what it draws is what the benchmark tables hold, and new results are seen at once."""

from __future__ import annotations

from datetime import UTC, date, datetime
from types import ModuleType

import pandas as pd
import pytest
from sqlalchemy import Engine

from dashboard.benchmark_answers import held
from dashboard.benchmark_figures import Point, SpeedUp, over_time, speed_ups
from db import benchmarks
from db.engine import writing
from db.schema import table
from db.upsert import upsert


def test_what_is_kept_equals_what_the_tables_say(filled_engine: Engine) -> None:
    with filled_engine.connect() as connection:
        known = held(connection)
        assert known.case in benchmarks.training_cases(connection)
        pd.testing.assert_frame_equal(known.pairs, benchmarks.xla_pairs(connection))
        assert held(connection) is known


def test_a_new_result_is_seen_at_the_next_look(sqlite_engine: Engine, made_up: ModuleType) -> None:
    made_up.fill(sqlite_engine)
    with sqlite_engine.connect() as connection:
        before = held(connection)
    results = table("benchmark_results")
    with writing(sqlite_engine).begin() as connection:
        row = dict(connection.execute(results.select().limit(1)).mappings().one())
        row |= {"result_id": 1, "natural_key": "new", "measured_at": datetime(2030, 1, 1, tzinfo=UTC)}
        upsert(connection, results, [row])
    with sqlite_engine.connect() as connection:
        assert held(connection) is not before


def test_times_stand_on_a_logarithmic_axis_and_zero_is_refused() -> None:
    points = [Point("gpu", date(2020, 1, 1), 100.0, "x"), Point("gpu", date(2021, 1, 1), 10.0, "y")]
    drawn = over_time(points, "minutes")
    assert drawn["layout"]["yaxis"]["type"] == "log"
    assert drawn["data"][0]["y"] == [100.0, 10.0]
    with pytest.raises(ValueError, match="cannot stand on a logarithmic axis"):
        over_time([points[0]._replace(value=0.0)], "minutes")


def test_slower_pairs_are_told_by_colour_and_side_and_unlike_pairs_are_hollow() -> None:
    drawn = speed_ups([SpeedUp("a", 1.5, "", True), SpeedUp("b", 0.9, "", False)])
    dots = drawn["data"][0]
    slower, faster = 0, 1
    assert dots["x"] == [0.9, 1.5]
    assert dots["marker"]["line"]["color"][slower] != dots["marker"]["line"]["color"][faster]
    assert dots["marker"]["color"][slower] != dots["marker"]["line"]["color"][slower]
    assert dots["marker"]["color"][faster] == dots["marker"]["line"]["color"][faster]
    assert dots["textposition"] == ["middle left", "middle right"]
