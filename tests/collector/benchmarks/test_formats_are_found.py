"""A format is a file: whatever module lies among the readers is asked, the surest first."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from collector.benchmarks import ingest as ingesting
from collector.benchmarks import readers
from collector.benchmarks.ingest import FORMATS, ingest

DROPPED_IN = """
from datetime import datetime, UTC
from collector.benchmarks.formats import SHAPE, Case, Reading, Result, Series
from collector.benchmarks.hardware import UNSTATED
from collector.benchmarks.software import UNSTATED as NO_SOFTWARE
from collector.benchmarks.units import metric

class Abacus:
    name = "abacus"
    precedence = SHAPE
    beside = None
    def recognise(self, path, head):
        return path.endswith(".abacus")
    def groups(self, files):
        yield from ([file] for file in files)
    def read(self, files):
        series = Series(Case("abacus", "add"), UNSTATED, NO_SOFTWARE, metric("time", "s"))
        with files[0].open() as content:
            value = float(content.read())
        result = Result(series, "add", datetime(2026, 1, 1, tzinfo=UTC), value, "measured")
        return Reading(files[0].path, [result])

FORMAT = Abacus()
"""


def test_each_module_of_the_readers_is_a_format_and_the_surest_is_asked_first() -> None:
    modules = {module.name for module in pkgutil.iter_modules(readers.__path__)}
    assert {format.name for format in FORMATS} == modules
    assert [format.precedence for format in FORMATS] == sorted(format.precedence for format in FORMATS)


def test_adding_a_format_is_adding_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    (tmp_path / "readers").mkdir()
    (tmp_path / "readers" / "abacus.py").write_text(DROPPED_IN)
    monkeypatch.setattr(readers, "__path__", [*readers.__path__, str(tmp_path / "readers")])
    monkeypatch.setattr(ingesting, "FORMATS", readers.discovered())
    (tmp_path / "sum.abacus").write_text("1.5")
    (page,) = ingest([str(tmp_path / "sum.abacus")], now=now)
    assert [row["value"] for row in page.rows["benchmark_results"]] == [1.5]
    assert [row["format"] for row in page.rows["benchmark_sources"]] == ["abacus"]


def test_no_file_is_read_in_two_formats(history: Callable[..., str]) -> None:
    head = history([[{"name": "a", "value": 1, "unit": "s"}]]).encode()
    assert ingesting.recognise("x/results/y/resnet/result_0.txt", head) == ("github_action_benchmark",)
