"""github-action-benchmark's `data.js`: a repository's continuous benchmarks, commit by commit."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from collector.benchmarks.formats import (
    SIGNATURE,
    Case,
    EachFileAlone,
    File,
    Reading,
    Result,
    Series,
    refusal,
)
from collector.benchmarks.hardware import UNSTATED, Hardware
from collector.benchmarks.software import UNSTATED as NO_SOFTWARE
from collector.benchmarks.software import Software
from collector.benchmarks.units import Direction, UnitError, metric
from collector.jobs import Rejection

HEAD = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*(?:window\.BENCHMARK_DATA\s*=|\{\s*\"lastUpdate\"\s*:)")
#: The whole file is one object that has to be in memory at once.
LARGEST = 64 << 20
#: Tool → which way is better, as the action itself decides it.
TOOLS: Final[dict[str, Direction]] = {
    **dict.fromkeys(("pytest", "benchmarkjs", "customBiggerIsBetter"), "higher"),
    **dict.fromkeys(("cargo", "go", "googlecpp", "catch2", "julia", "jmh"), "lower"),
    **dict.fromkeys(("benchmarkdotnet", "benchmarkluau", "customSmallerIsBetter"), "lower"),
}
METRICS: Final = {"time": "time", "rate": "throughput", "size": "size", "count": "count", "plain": "value"}
PLUS_MINUS = re.compile(r"^\s*(?:±|\+/-)\s*([\d.,]+(?:e[+-]?\d+)?)\s*(%)?", re.IGNORECASE)
DEVIATION = re.compile(r"stddev:\s*([\d.]+(?:e[+-]?\d+)?)", re.IGNORECASE)
INFINITE: Final = float("inf")
#: Bounds, deviation and number of runs where nothing is said of them.
NO_NOISE: Final = (None, None, None, 1)
ROUNDS = re.compile(r"rounds:\s*(\d+)|(\d+)\s+samples")


@dataclass(frozen=True)
class Convention:
    """How one repository writes case, scenario, device and pass pipeline into a benchmark's name."""

    pattern: re.Pattern[str]
    framework: str
    uncompiled: str


#: Only conventions that a repository documents or shows; elsewhere hardware and compiler are unknown.
CONVENTIONS: Final = {
    "EnzymeAD/Reactant.jl": Convention(
        re.compile(r"(?P<name>.+)/(?P<scenario>primal|reverse)/(?P<device>CPU|CUDA|TPU)/(?P<pipeline>[^/]+)"),
        framework="Reactant.jl",
        uncompiled="Julia",
    )
}
DEVICES: Final = {
    "CPU": Hardware("unknown", None, "CPU", "CPU"),
    "CUDA": Hardware("gpu", "NVIDIA", "CUDA device", "NVIDIA GPU"),
    "TPU": Hardware("tpu", "Google", "TPU", "TPU"),
}


class GithubActionBenchmark(EachFileAlone):
    """One file, one repository, all its suites."""

    name = "github_action_benchmark"
    precedence = SIGNATURE

    def recognise(self, path: str, head: bytes) -> bool:  # noqa: ARG002 (the path may be anything)
        """By the assignment that the file begins with, or by the first key of its plain JSON form."""
        return HEAD.match(head) is not None

    def read(self, files: Sequence[File]) -> Reading:
        """All entries of the file. It is named by its repository, wherever the file lies."""
        file = files[0]
        if file.size > LARGEST:
            why = f"the file has {file.size} bytes; at most {LARGEST} are read"
            return Reading(file.path, [Rejection(file.path, why)])
        with file.open() as content:
            data = content.read(LARGEST + 1)
        try:
            text = data.decode("utf-8-sig").strip()
            if not text.startswith("{"):
                text = text.partition("=")[2].rstrip().rstrip(";")
            data = json.loads(text)
            entries = data["entries"].items()
        except UnicodeDecodeError as error:
            return Reading(
                file.path, [Rejection(file.path, f"is not UTF-8 (byte {error.start} cannot be read)")]
            )
        except (ValueError, RecursionError) as error:
            return Reading(file.path, [Rejection(file.path, f"is not whole JSON ({str(error)[:100]})")])
        except (KeyError, TypeError, AttributeError):
            return Reading(file.path, [Rejection(file.path, "holds no `entries` by suite")])
        url = data.get("repoUrl")
        repository = _repository(url)
        reader = _Reader(file.path, repository)
        outcomes = [outcome for suite, runs in entries for outcome in reader.suite(str(suite), runs)]
        return Reading(url if isinstance(url, str) and repository else file.path, outcomes)


class _Reader:
    """The series met so far in one file, so that a name is taken apart once and not at every commit."""

    def __init__(self, path: str, repository: str | None) -> None:
        self.path = path
        self.repository = repository
        self.convention = CONVENTIONS.get(repository or "")
        self.known: dict[tuple[str, str], dict[tuple[str, str], Series | str]] = {}

    def suite(self, name: str, runs: Any) -> Iterator[Result | Rejection]:
        if not isinstance(runs, list):
            yield Rejection(f"{self.path}: {name}", "the suite is no list of runs")
            return
        for run in runs:
            yield from self.run(name, run)

    def run(self, suite: str, run: Any) -> Iterator[Result | Rejection]:
        where = f"{self.path}: {suite}"
        try:
            commit, tool, benches = str(run["commit"]["id"]), run["tool"], run["benches"]
            milliseconds = int(run["date"])
            measured_at = datetime.fromtimestamp(milliseconds / 1000, UTC)
            names = Counter([bench["name"] for bench in benches])
        except (KeyError, TypeError, ValueError, OverflowError, OSError) as error:
            yield Rejection(where, f"a run lacks a readable commit, date, tool or benches ({error!r:.100})")
            return
        where = f"{where}, commit {commit[:12]}"
        twice = {name for name, times in names.items() if times > 1}
        for name in sorted(map(str, twice)):
            yield Rejection(
                f"{where}: {name}", "the name stands more than once in one run: which is meant is unknown"
            )
        known = self.known.setdefault((suite, str(tool)), {})
        for bench in benches:
            name, value, unit = bench["name"], bench.get("value"), bench.get("unit", "")
            if name in twice:
                continue
            series = known.get((name, unit)) if type(name) is str and type(unit) is str else None
            if series is None:
                series = known[str(name), str(unit)] = self._series(suite, str(name), str(unit), str(tool))
            if isinstance(series, str):
                yield Rejection(f"{where}: {name}", series)
                continue
            if isinstance(value, str):
                value = _number(value)
            # What is plainly a measurement needs no reason to be found.
            plain = type(value) is float and 0 < value < INFINITE
            refused = None if plain else refusal(value, series.metric)
            if refused is not None:
                yield Rejection(f"{where}: {name}", refused)
                continue
            margin, extra = bench.get("range"), bench.get("extra")
            low, high, spread, samples = (
                NO_NOISE if margin is extra is None else _noise(value, margin, extra, tool)
            )
            yield Result(
                series,
                f"{suite}/{name}@{commit}@{milliseconds}",
                measured_at,
                value,
                "published",
                low,
                high,
                samples,
                spread,
                None,
                self.repository,
                None,
                None,
                None,
                commit,
            )

    def _series(self, suite: str, name: str, written: str, tool: str) -> Series | str:
        """The series of a benchmark, or why there is none."""
        if tool not in TOOLS:
            return f"the tool {tool[:60]!r} is not known: nothing says whether more or less is better"
        try:
            dimension = metric("", written, TOOLS[tool]).dimension
            measured = metric(METRICS[dimension], written, TOOLS[tool])
        except UnitError as error:
            return str(error)
        title = f"{self.repository}: {suite}" if self.repository else suite
        taken_apart = self.convention and self.convention.pattern.fullmatch(name)
        if not self.convention or not taken_apart:
            return Series(Case(title, name), UNSTATED, NO_SOFTWARE, measured)
        pipeline = taken_apart["pipeline"]
        compiler = "none" if pipeline == self.convention.uncompiled else f"xla:{pipeline}"
        return Series(
            Case(title, taken_apart["name"], None, taken_apart["scenario"]),
            DEVICES[taken_apart["device"]],
            Software(self.convention.framework, None, compiler),
            measured,
        )


def _repository(url: object) -> str | None:
    found = re.fullmatch(r"https://[^/]+/([^/]+/[^/]+?)(?:\.git)?/?", url) if isinstance(url, str) else None
    return found.group(1) if found else None


def _number(text: str) -> float | str:
    try:
        return float(text.replace(",", ""))
    except ValueError:
        return text


def _noise(
    value: float, written: Any, extra: Any, tool: str
) -> tuple[float | None, float | None, float | None, int]:
    """Lower and upper bound, standard deviation and number of runs, as far as the tool gives them.

    pytest-benchmark states the deviation of the *seconds*, while the value is
    their reciprocal: to first order that of the value is deviation × value².
    What other tools write as ± is a range or a margin, no standard deviation.
    """
    if type(extra) is str and (counted := ROUNDS.search(extra)):
        samples = max(1, int(counted.group(1) or counted.group(2)))
    else:
        samples = 1
    if type(written) is not str:
        return None, None, None, samples
    if tool == "pytest":
        deviation = DEVIATION.search(written)
        return None, None, float(deviation.group(1)) * value * value if deviation else None, samples
    margin = PLUS_MINUS.match(written)
    if margin is None:
        return None, None, None, samples
    width = _number(margin.group(1))
    if isinstance(width, str):
        return None, None, None, samples
    width = width * value / 100 if margin.group(2) else width
    return value - width, value + width, None, samples


FORMAT = GithubActionBenchmark()
