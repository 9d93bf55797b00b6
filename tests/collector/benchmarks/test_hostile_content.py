"""Whatever stands in a file, reading it ends in results and refusals that any database takes."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from collector.benchmarks.formats import File, Format, Result
from collector.benchmarks.ingest import ingest
from collector.benchmarks.readers.github_action_benchmark import FORMAT as HISTORY
from collector.benchmarks.readers.mlperf_training import FORMAT as TRAINING
from collector.benchmarks.rows import Pages

LEAF = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.just(10**400)
JSON = st.recursive(
    LEAF,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
BENCH = st.fixed_dictionaries(
    {
        "name": st.text(max_size=5) | JSON,
        "value": st.floats() | JSON,
        "unit": st.sampled_from(["s", "ops/s", "?"]),
    },
    optional={"range": st.text(max_size=9) | st.just("± 1e999") | JSON, "extra": JSON},
)
RUN = st.fixed_dictionaries(
    {
        "commit": st.fixed_dictionaries({"id": st.text(max_size=4)}) | JSON,
        "tool": st.sampled_from(["pytest", "cargo", "go"]) | JSON,
        "date": st.integers() | JSON,
        "benches": st.lists(BENCH | JSON, max_size=4) | JSON,
    }
)
LINE = st.fixed_dictionaries(
    {
        "key": st.sampled_from(["run_start", "run_stop", "submission_org"]) | JSON,
        "time_ms": st.integers(min_value=0, max_value=10**20) | JSON,
        "value": JSON,
        "metadata": st.just({"status": "success"}) | JSON,
    }
)


def read(format: Format, path: str, text: str) -> None:
    """Reads a text as a file, makes rows of it, and looks at what came of it."""
    content = text.encode("utf-8", "surrogatepass")
    reading = format.read([File(path, len(content), lambda: io.BytesIO(content))])
    outcomes = list(reading.outcomes)
    assert all(math.isfinite(one.value) and one.value > 0 for one in outcomes if isinstance(one, Result))
    pages = Pages(datetime(2026, 1, 1, tzinfo=UTC))
    made = list(
        pages.source(
            format=format.name,
            location=reading.location,
            revision=None,
            checksum="",
            license=None,
            outcomes=outcomes,
        )
    ) + list(pages.rest())
    for page in made:
        for rows in page.rows.values():
            for text in (value for row in rows for value in row.values() if isinstance(value, str)):
                assert "\0" not in text
                text.encode()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.text(max_size=4), st.lists(RUN | JSON, max_size=3) | JSON, max_size=2), JSON)
def test_no_history_breaks_the_reader(entries: dict[str, Any], repository: Any) -> None:
    read(
        HISTORY,
        "data.js",
        "window.BENCHMARK_DATA = " + json.dumps({"repoUrl": repository, "entries": entries}),
    )


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(LINE | JSON, max_size=6))
def test_no_log_breaks_the_reader(entries: list[Any]) -> None:
    lines = [":::MLLOG " + json.dumps(entry) for entry in entries]
    lines += [":::MLL 1e999 run_start: {}", ':::MLPv0.5.0 resnet 1 (a:1) run_stop: {"success": true}']
    read(TRAINING, "a/results/b/resnet/result_0.txt", "\n".join(lines))


def test_halves_of_characters_and_nul_go_into_either_database(
    engine: Engine,
    tmp_path: Path,
    history: Callable[..., str],
    write_pages: Callable[..., None],
    dump: Callable[[Engine], dict[str, list[tuple[Any, ...]]]],
    now: datetime,
) -> None:
    bench = {"name": "half \ud83d and \0", "value": 1, "unit": "s"}
    (tmp_path / "data.js").write_text(history([[bench]], suite="\0\udc00"))
    write_pages(engine, ingest([str(tmp_path)], now=now))
    ((_, suite, name, *_),) = dump(engine)["benchmark_cases"]
    assert (suite, name) == ("acme/rockets: �?", "half ? and �")


@pytest.mark.parametrize("start", [0, 1e14])
def test_a_clock_that_was_never_set_gives_way_to_the_rounds_date(
    start: float, submission: Callable[..., Path], log: Callable[..., str], tmp_path: Path, now: datetime
) -> None:
    root = submission(tmp_path, "v2.0")
    for path in root.rglob("result_*.txt"):
        path.write_text(log(30, start=start))
    (page,) = ingest([str(root)], now=now)
    (result,) = page.rows["benchmark_results"]
    assert (result["measured_at"], result["value"]) == (datetime(2022, 6, 29, tzinfo=UTC), 1800)
