"""The questions of the Performance page give what pandas works out from the tables, on both databases."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Connection, Engine, func, select

from collector.benchmarks.reference import reference_pages
from db.adhoc.query import run
from db.benchmarks import comparing
from db.benchmarks.questions import QUESTIONS, STARTS, TOPICS, ask, question, refresh_answers, topic
from db.engine import writing
from db.errors import DatabaseError
from db.schema import table
from db.upsert import upsert

DAY = datetime(2022, 6, 1, tzinfo=UTC)
GIVEN = {
    "division": "closed",
    "budget": 0.2,
    "scenario": "SingleStream",
    "metric": "latency",
    "first": "v1.0",
    "second": "v2.0",
    "since": "2020-01-01",
}
NAMES = sorted(path.stem for path in QUESTIONS.glob("*.sql") if path not in STARTS.values())
NUMBERS = pytest.approx


@pytest.fixture
def oracles() -> ModuleType:
    """The naive computations."""
    import importlib.util

    place = Path(__file__).parent / "oracles.py"
    specification = importlib.util.spec_from_file_location("benchmark_oracles", place)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def publish(engine: Engine) -> None:
    """Writes the published facts that come with the program."""
    for page in reference_pages(DAY):
        with writing(engine).begin() as connection:
            for name, rows in page.rows.items():
                upsert(connection, table(name), rows)


@pytest.fixture
def filled(engine: Engine, add_all: Callable[..., None]) -> Engine:
    """The published facts, and made-up results of every kind that the questions tell apart."""
    publish(engine)
    chance, wanted = random.Random(5), []
    for number in range(60):
        round_name, year = chance.choice([("v1.0", 2021), ("v2.0", 2022)])
        usual = {
            "suite": "mlperf-training",
            "round": round_name,
            "at": datetime(year, 6, 1, tzinfo=UTC) + timedelta(hours=number),
            "division": chance.choice(["closed", "closed", "open"]),
            "status": chance.choice(["available", "available", None, "preview"]),
            "family": chance.choice(["A100", "V100"]),
            "submitter": chance.choice(["Acme", "Bolt"]),
            "count": chance.choice([1, 8, 64]),
            "source": f"log {number}",
            "valid": number % 13 != 0,
        }
        wanted.append((chance.uniform(60, 6000), usual))
        if number % 3 == 0:
            told = {**usual, "suite": "mlperf-inference", "metric": "latency", "scenario": "SingleStream"}
            wanted.append((chance.uniform(0.001, 0.5), told))
    for number in range(24):
        told = {
            "case": ["mlp", "attention"][number % 2],
            "suite": "ci",
            "metric": "time",
            "at": DAY + timedelta(days=number),
            "revision": f"{number:040x}",
            "source": "history",
            "division": None,
            "round": None,
        }
        wanted.append((chance.uniform(1, 1.2), {"compiler": "none", "spread": 0.01, **told}))
        wanted.append((chance.uniform(0.8, 1.3), {"compiler": "xla", "spread": 0.02, **told}))
    add_all(wanted)
    refresh_answers(engine)
    return engine


def read(connection: Connection, name: str, **given: object) -> list[Any]:
    """A question's rows."""
    return list(ask(connection, name, {**GIVEN, **given}).rows)


def plain(value: object) -> object:
    """None for what pandas has several names for."""
    return None if pd.isna(value) else value  # type: ignore[call-overload]


def test_xla_gain_its_band_and_its_losses_are_those_of_the_pairs(filled: Engine, oracles: ModuleType) -> None:
    with filled.connect() as connection:
        wanted = oracles.xla_gain(oracles.facts(connection))
        answers = table("benchmark_answers")
        found = connection.execute(select(answers).where(answers.c.topic == "xla_gain")).all()
        slower = read(connection, "xla_slower")
    by = ["test", "scenario", "device", "devices", "precision", "compiler", "year", "metric"]
    expected = {tuple(plain(row[name]) for name in by): row for _, row in wanted.iterrows()}
    pairs = [row for row in found if row.note != "only the ratio is published"]
    assert len(pairs) == len(expected) == len(wanted)
    for row in pairs:
        oracle = expected[tuple(getattr(row, name) for name in by)]
        assert row.value == NUMBERS(oracle["value"])
        assert (row.sample_size, row.share) == (oracle["sample_size"], NUMBERS(oracle["share"]))
        assert oracles.DOUBT[row.claim] == oracle["doubt"]
        if row.low is not None:
            assert (row.low, row.high) == (NUMBERS(oracle["low"]), NUMBERS(oracle["high"]))
        else:
            assert pd.isna(oracle["low"])
    assert sorted(row.value for row in slower) == [
        NUMBERS(value) for value in sorted(wanted["value"]) if value < 1
    ]
    assert {row.certainty for row in slower if row.high is None} == {"noise not known"}


def test_the_published_gains_of_xla_are_found_with_where_it_hurt(engine: Engine) -> None:
    publish(engine)
    refresh_answers(engine)
    with engine.connect() as connection:
        gains = {
            (row.model, row.scenario, row.devices, row.year): row for row in read(connection, "xla_gain")
        }
        slower = [(row.model, row.scenario) for row in read(connection, "xla_slower")]
        years = {(row.year, row.device): row for row in read(connection, "xla_by_year")}
    assert gains["ResNet-50", "training", 1, 2020].value == NUMBERS(1218 / 1100)
    assert gains["BERT", "MLPerf training, with XLA against without", 8, 2020].value == 7
    assert gains["ResNet-50", "training", 8, 2018].note == "the framework’s version differs too"
    assert slower == [("SIM", "training to target"), ("ResNet-50", "inference, batch 1")]
    in_2019 = sorted([1178 / 802, 8104 / 6210, 163.8 / 177.2, 3548 / 2129])
    assert years[2019, "V100"].value == NUMBERS((in_2019[1] + in_2019[2]) / 2)
    assert (years[2019, "V100"].cases, years[2019, "V100"].slower) == (4, 0.25)


@pytest.mark.parametrize("division", ["closed", "open"])
def test_time_to_train_is_the_best_and_median_of_one_division_of_what_can_be_had(
    filled: Engine, oracles: ModuleType, division: str
) -> None:
    with filled.connect() as connection:
        frame = oracles.facts(connection)
        for name, size in (("time_to_train", None), ("time_to_train_on_eight", 8)):
            rows = read(connection, name, model="ResNet-50", division=division)
            wanted = oracles.time_to_train(frame, division, "ResNet-50", size)
            assert {(row.round, row.platform) for row in rows} == set(wanted)
            for row in rows:
                best, typical, results = wanted[row.round, row.platform]
                assert (row.best, row.typical, row.results) == (NUMBERS(best), NUMBERS(typical), results)
        apart = read(connection, "time_to_train_apart", division=division)
    assert apart
    assert all(row.division != division or row.status != "available" for row in apart)


def test_the_budget_counts_the_devices_that_kept_it(filled: Engine, oracles: ModuleType) -> None:
    with filled.connect() as connection:
        frame = oracles.facts(connection)
        for budget in (0.02, 0.2, 5.0):
            rows = read(connection, "latency_budget", budget=budget)
            wanted = oracles.latency_budget(frame, "closed", budget)
            assert {(row.platform, row.model, row.scenario) for row in rows} == set(wanted)
            for row in rows:
                known, within, best = wanted[row.platform, row.model, row.scenario]
                assert (row.devices_known, row.within_budget, row.best) == (known, within, NUMBERS(best))


def test_scaling_is_the_share_of_linear_that_each_source_shows(filled: Engine, oracles: ModuleType) -> None:
    with filled.connect() as connection:
        wanted = oracles.scaling(oracles.facts(connection))
        answers = table("benchmark_answers")
        found = connection.execute(select(answers).where(answers.c.topic == "scaling")).all()
    values = sorted(row.value for row in found if row.before is not None)
    assert values == [NUMBERS(value) for value in sorted(wanted.values())]
    by_name = {(row.test, row.device, row.devices, row.compiler): row for row in found}
    assert by_name["ResNet-50", "P100", 8, "unknown"].value == NUMBERS(1734 / 219 / 8)
    ibm = by_name["ResNet-101 on ImageNet-22K", "P100", 256, "unknown"]
    assert (ibm.platform, ibm.base_devices) == ("POWER", 4)
    assert ibm.value == NUMBERS(16 * 24 / 7 * 4 / 256)
    assert by_name["Inception v3", "GPU, not named", 64, "unknown"].value == NUMBERS(58 / 64)


def test_small_devices_and_platforms_keep_series_of_their_own(engine: Engine) -> None:
    publish(engine)
    refresh_answers(engine)
    with engine.connect() as connection:
        small = {(row.platform, row.model, row.metric): row for row in read(connection, "small_devices")}
        lines = read(connection, "devices", model="ResNet-50", metric="latency")
        rates = read(connection, "devices", metric="throughput")
    assert small["Hexagon DSP", "image recognition", "latency"].best == NUMBERS(0.09)
    assert small["Movidius Myriad", "image recognition", "throughput"].best == 4
    assert small["Raspberry Pi", "ResNet-50", "latency"].best == NUMBERS(0.571)
    assert small["Hexagon DSP", "TensorFlow Lite models", "speed_up"].unit == "ratio"
    pi = [row.best for row in lines if row.platform == "Raspberry Pi"]
    assert pi == [NUMBERS(value) for value in (1.917, 0.76, 0.571)]
    assert {row.platform for row in rates} == {"NVIDIA GPU", "Movidius Myriad"}


def test_two_runs_are_compared_series_by_series_the_largest_difference_first(
    filled: Engine, oracles: ModuleType
) -> None:
    with filled.connect() as connection:
        frame = oracles.facts(connection)
        for first, second in (("v1.0", "v2.0"), (f"{3:040x}", f"{9:040x}"), ("history", "history")):
            rows = comparing.compare(connection, first, second).rows
            wanted = oracles.compared(frame, first, second)
            assert wanted
            found = {
                tuple(
                    getattr(row, "unit" if name == "canonical_unit" else name) for name in oracles.COMPARED
                ): (row.ratio)
                for row in rows
            }
            assert found == {key: NUMBERS(value) for key, value in wanted.items()}
            sizes = [max(row.ratio, 1 / row.ratio) for row in rows]
            assert sizes == sorted(sizes, reverse=True)
        assert comparing.newest_runs(connection) == (f"{22:040x}", f"{23:040x}")


def test_a_run_may_be_named_by_the_beginning_of_its_revision(engine: Engine, add: Callable[..., int]) -> None:
    add(1, revision="abcdef0123456789")
    add(2, revision="abcdef0987654321")
    with engine.connect() as connection:
        assert comparing.run_named(connection, "ABCDEF01") == "abcdef0123456789"
        assert comparing.newest_runs(connection) is None
        for name, happened in (
            ("abcdef0", "several revisions begin so"),
            ("abcdef2", "no revision, round or source"),
            ("", "no revision, round or source"),
        ):
            with pytest.raises(DatabaseError, match=happened):
                comparing.run_named(connection, name)


def test_one_suite_model_or_class_of_hardware_narrows_every_question(filled: Engine) -> None:
    narrowed = {"suite": "mlperf-training", "model": "ResNet-50", "hardware": "tpu"}
    with filled.connect() as connection:
        for name in (name for name in NAMES if name != "newest_runs"):
            rows = read(connection, name, **narrowed)
            wide = read(connection, name)
            assert len(rows) <= len(wide), name
            assert {row.hardware_class for row in rows} <= {"tpu"}, name


def test_what_a_card_shows_as_sql_runs_as_it_stands(filled: Engine) -> None:
    given = {name: str(value) for name, value in {**GIVEN, "suite": "", "model": "", "hardware": ""}.items()}
    with filled.connect() as connection:
        for name in NAMES:
            asked = question(name)
            result = run(filled, asked.sql, parameters={p: given[p] for p in asked.parameters}, timeout=30)
            assert len(result.rows) == len(read(connection, name)), name
    for name in TOPICS:
        assert run(filled, topic(name).sql, timeout=30).rows


def test_answers_are_computed_again_only_when_results_change(engine: Engine, add: Callable[..., int]) -> None:
    publish(engine)
    written = refresh_answers(engine)
    assert refresh_answers(engine, changed_only=True) is None
    assert refresh_answers(engine) == written
    add(60, metric="latency")
    assert refresh_answers(engine, changed_only=True) == (written or 0) + 3
    with engine.connect() as connection:
        answers = table("benchmark_answers")
        assert (
            connection.execute(select(func.count()).select_from(answers)).scalar_one() == (written or 0) + 3
        )


def test_a_question_that_is_not_there_or_lacks_a_value_is_named(engine: Engine) -> None:
    with pytest.raises(DatabaseError, match=r"no such question.*latency_budget"):
        question("nothing")
    with engine.connect() as connection, pytest.raises(DatabaseError, match=":budget has no value"):
        ask(connection, "latency_budget", {"division": "closed"})


def test_steps_of_the_past_year_are_told_with_commits_state_and_note(
    engine: Engine, add_all: Callable[..., None]
) -> None:
    add_all(
        [
            (
                value,
                {
                    "case": case,
                    "metric": "time",
                    "at": DAY + timedelta(days=place),
                    "revision": f"{case}{place}",
                },
            )
            for case, values in (("slower", (10.0, 12.0)), ("faster", (30.0, 10.0)), ("ignored", (1.0, 9.0)))
            for place, value in enumerate(values)
        ]
    )
    results, points = table("benchmark_results"), table("change_points")
    with writing(engine).begin() as connection:
        held = {row.revision: row for row in connection.execute(select(results))}
        rows = [
            {
                "change_point_id": number,
                "series_id": held[f"{case}0"].series_id,
                "result_id": held[f"{case}1"].result_id,
                "previous_result_id": held[f"{case}0"].result_id,
                "state": state,
                "before": held[f"{case}0"].value,
                "after": held[f"{case}1"].value,
                "percent": (held[f"{case}1"].value / held[f"{case}0"].value - 1) * 100,
                "algorithm": "by hand",
                "note": "a new kernel" if case == "faster" else None,
            }
            for number, (case, state) in enumerate(
                (("slower", "suspected"), ("faster", "acknowledged"), ("ignored", "ignored"))
            )
        ]
        upsert(connection, points, rows)
    with engine.connect() as connection:
        faster, slower = read(connection, "changes", since="2022-06-02")
        assert read(connection, "changes", since="2022-06-03") == []
    assert (faster.test, faster.verdict, faster.state, faster.note) == (
        "faster",
        "better",
        "acknowledged",
        "a new kernel",
    )
    assert (faster.ratio, slower.ratio) == (NUMBERS(3), NUMBERS(10 / 12))
    assert (slower.verdict, slower.state) == ("worse", "suspected")
    assert (slower.revision_before, slower.revision_after) == ("slower0", "slower1")
