"""How well steps are told from noise, and how fast, beside Apache Otava and asv's detector.

    .venv/bin/python bench/changepoints.py [--series 400] [--peers 200] [--histories FILE …]

Four tables, the same series for every detector: false changes on series without any step, of several kinds
of noise; steps found within so many values; steps planted in real histories (files that `flowmeter bench
ingest` reads: data.js, asv …); and the time that 1,000 values take. Flowmeter counts its confirmed steps; as
it reads a series in order, its count on 300 values is that of everything it would have confirmed on the way.
The others look once, at all of it.

Exit status 1 when a limit is missed.
"""

from __future__ import annotations

import argparse
import math
import statistics
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from beside.detectors import PACKAGES, Detector, Found, flowmeter, peer
from numpy.typing import NDArray

from db.benchmarks.steps import ALGORITHM

Values = NDArray[np.float64]
Random = np.random.Generator
SEED = 20170213
LENGTH = 300
FALSE_LIMIT, FOUND_LIMIT, WITHIN_LIMIT, SECONDS_LIMIT = 0.05, 0.95, 5, 0.05
#: A change this near to a step is that step.
NEAR = 3
#: Within how many values of a step finding it is told.
SHOWN = (3, 5, 8, 12, 20)


def correlated(random: Random, count: int, correlation: float) -> Values:
    """Normal values of deviation 1, each going along with the one before."""
    fresh = random.normal(0, 1, count)
    for place in range(1, count):
        fresh[place] = correlation * fresh[place - 1] + math.sqrt(1 - correlation**2) * fresh[place]
    return fresh


def spikes(random: Random, count: int) -> Values:
    """3% of the values up to twice as high."""
    high = np.where(random.random(count) < 0.03, 1 + random.uniform(0.2, 1, count), 1)
    return 100 * (1 + random.normal(0, 0.02, count)) * high


def two_levels(random: Random, count: int, share: float) -> Values:
    """Values that jump to a level 8% higher and back, at random."""
    return 100 * (1 + random.normal(0, 0.01, count)) * np.where(random.random(count) < share, 1.08, 1)


#: Noise without any step: the kinds that the limit is about, and harder ones.
NOISE: dict[str, Callable[[Random, int], Values]] = {
    "normal 2%": lambda r, n: 100 * (1 + r.normal(0, 0.02, n)),
    "lognormal 5%": lambda r, n: 100 * np.exp(r.normal(0, 0.05, n)),
    "3% spikes": spikes,
    "bimodal, half": lambda r, n: two_levels(r, n, 0.5),
    "bimodal, 15%": lambda r, n: two_levels(r, n, 0.15),
    "AR(1) 0.7": lambda r, n: 100 * (1 + 0.02 * correlated(r, n, 0.7)),
    "drift of 10%": lambda r, n: 100 * (1 + r.normal(0, 0.02, n) + 0.1 * np.arange(n) / n),
    "drift of 30%, noise 1%": lambda r, n: 100 * (1 + r.normal(0, 0.01, n) + 0.3 * np.arange(n) / n),
    "quantised to 1%": lambda r, n: np.round(100 * (1 + r.normal(0, 0.02, n))),
    "quantised to 5%": lambda r, n: np.round(20 * (1 + r.normal(0, 0.02, n))) * 5,
    "normal 12%": lambda r, n: 100 * np.maximum(0.2, 1 + r.normal(0, 0.12, n)),
    "normal 0.04%": lambda r, n: 100 * (1 + r.normal(0, 0.0004, n)),
    "Student t, 2 degrees": lambda r, n: 100 * np.exp(0.02 * r.standard_t(2, n)),
}
#: Told, but under no limit: they are hardly stationary.
BEYOND: dict[str, Callable[[Random, int], Values]] = {
    "AR(1) 0.9": lambda r, n: 100 * (1 + 0.02 * correlated(r, n, 0.9)),
    "wave of ±3%": lambda r, n: (
        100 * (1 + r.normal(0, 0.02, n) + 0.03 * np.sin(np.arange(n) * 2 * np.pi / 100))
    ),
}
#: Kind of noise, values before the step, factor.
STEPS: tuple[tuple[str, int, float], ...] = (
    ("normal 2%", 30, 1.1),
    ("normal 2%", 100, 1.1),
    ("normal 2%", 100, 0.9),
    ("normal 2%", 100, 1.05),
    ("lognormal 5%", 100, 1.2),
    ("3% spikes", 100, 1.1),
    ("AR(1) 0.7", 100, 1.1),
    ("quantised to 5%", 100, 1.1),
    ("normal 12%", 100, 1.5),
    ("normal 0.04%", 100, 1.005),
)
#: Those that the limit is about: a short past makes the noise itself uncertain, and costs a few per cent.
LIMITED = ("normal 2%", 100, 1.1), ("normal 2%", 100, 0.9)


@dataclass(frozen=True)
class Line:
    """A row of a table."""

    cells: tuple[str, ...]
    met: bool = True


def made(kind: str, count: int, length: int, salt: int) -> list[Values]:
    """So many series of a kind, the same in every run."""
    make = (NOISE | BEYOND)[kind]
    return [make(np.random.default_rng([SEED, salt, number]), length) for number in range(count)]


def interval(events: int, series: int) -> tuple[float, float]:
    """The exact 95% interval of a mean count a series (F. Garwood, Biometrika 28 (1936), p. 437)."""

    def at_most(mean: float, count: int) -> float:
        return sum(math.exp(-mean + k * math.log(mean) - math.lgamma(k + 1)) for k in range(count + 1))

    def solved(share: float, count: int) -> float:
        low, high = 1e-9, 10.0 * (count + 10)
        for _ in range(100):
            middle = (low + high) / 2
            low, high = (middle, high) if at_most(middle, count) > share else (low, middle)
        return low

    lower = solved(0.975, events - 1) if events else 0.0
    return lower / series, solved(0.025, events) / series


def false_changes(detectors: Sequence[Detector], series: int, peers: int) -> Iterator[Line]:
    """False changes a series, on series of 300 values that have no step."""
    for salt, kind in enumerate(NOISE | BEYOND):
        cells, met = [kind], True
        for detector in detectors:
            ours = detector.name == "flowmeter"
            many = made(kind, series if ours else peers, LENGTH, salt)
            events = sum(len(found.steps) for found in detector.find(many))
            mean = events / len(many)
            cells.append(f"{mean:.3f}")
            if ours:
                low, high = interval(events, len(many))
                cells.append(f"{low:.3f} to {high:.3f}")
                met = mean <= FALSE_LIMIT or kind in BEYOND
        yield Line(tuple(cells), met)


def found_steps(detectors: Sequence[Detector], series: int, peers: int) -> Iterator[Line]:
    """The share of steps that are found within so many values."""
    for salt, (kind, before, factor) in enumerate(STEPS, 100):
        for detector in detectors:
            ours = detector.name == "flowmeter"
            many = made(kind, series if ours else peers, before + SHOWN[-1], salt)
            for values in many:
                values[before:] *= factor
            first = first_found(detector, many, before)
            shares = [sum(each <= within for each in first) / len(first) for within in SHOWN]
            limited = ours and (kind, before, factor) in LIMITED
            met = not limited or shares[SHOWN.index(WITHIN_LIMIT)] >= FOUND_LIMIT
            what = f"{factor - 1:+.1%} at {kind} after {before}"
            yield Line((what, detector.name, *(f"{share:.1%}" for share in shares)), met)


def first_found(detector: Detector, many: Sequence[Values], place: int) -> list[float]:
    """For each series the number of values after the place of those shown, with which it is first found."""
    first = [math.inf] * len(many)
    for known in SHOWN:
        left = [number for number, at in enumerate(first) if at == math.inf]
        answers = detector.find([many[number][: place + known] for number in left])
        for number, found in zip(left, answers, strict=True):
            if near(found, place):
                first[number] = known
    return first


def near(found: Found, place: int) -> bool:
    """Whether a change was found at a place, or a few values beside it."""
    return any(abs(at - place) <= NEAR for at in found.steps)


def histories(paths: Sequence[str]) -> list[Values]:
    """The series of real files with 40 results or more, in order of time."""
    from collector.benchmarks.ingest import ingest

    series: dict[int, list[tuple[datetime, int, float]]] = defaultdict(list)
    for page in ingest(paths, now=datetime(2026, 11, 1, tzinfo=UTC)):
        for row in page.rows.get("benchmark_results", ()):
            if row["valid"] and row["round"] is None:
                series[row["series_id"]].append((row["measured_at"], row["result_id"], row["value"]))
    ordered = [sorted(points) for _, points in sorted(series.items())]
    return [np.array([value for *_, value in points]) for points in ordered if len(points) >= 40]


def planted(detectors: Sequence[Detector], real: Sequence[Values]) -> Iterator[Line]:
    """Steps planted in real histories: 20 values before the end, and looked for 5, 10 and 20 values later.

    A place where a detector finds a change in the history as it is proves nothing, and is left out for it.
    """
    for detector in detectors:
        asis = detector.find(real)
        shuffled = [np.random.default_rng([SEED, n]).permutation(values) for n, values in enumerate(real)]
        events = sum(len(found.steps) for found in detector.find(shuffled))
        for factor in (1.1, 1.25, 1.5, 1 / 1.5):
            cells = []
            for known in (5, 10, 20):
                free, changed = [], []
                for values, found in zip(real, asis, strict=True):
                    place = len(values) - 20
                    if not near(found, place):
                        with_step = values.copy()
                        with_step[place:] *= factor
                        free.append(place)
                        changed.append(with_step[: place + known])
                hits = map(near, detector.find(changed), free)
                cells.append(f"{sum(hits) / len(free):.1%}")
            told = (f"{events / len(real):.3f}", f"{sum(len(f.steps) for f in asis) / len(real):.2f}")
            yield Line((f"{factor - 1:+.0%}", detector.name, *cells, *told))


def speed(detectors: Sequence[Detector]) -> Iterator[Line]:
    """The processor time that 1,000 values take: without a step, with two, and with nine."""
    for steps in (0, 2, 9):
        values = made("normal 2%", 1, 1_000, 999)[0]
        for number in range(1, steps + 1):
            values[number * 1_000 // (steps + 1) :] *= 1.1 if number % 2 else 1 / 1.1
        cells, met = [f"{steps} steps"], True
        for detector in detectors:
            times = [found.seconds for found in detector.find([values] * 7)]
            cells.append(f"{statistics.median(times) * 1_000:.0f} ms")
            met = met and (detector.name != "flowmeter" or statistics.median(times) < SECONDS_LIMIT)
        yield Line(tuple(cells), met)


def printed(title: str, head: Sequence[str], lines: Iterator[Line]) -> bool:
    """Prints a table as its lines come, and gives whether every limit in it was met."""
    print(f"\n{title}\n\n| {' | '.join(head)} |\n|{'---|' * len(head)}")
    met = True
    for line in lines:
        print(f"| {' | '.join(line.cells)} |{'' if line.met else ' ← MISSED'}", flush=True)
        met = met and line.met
    return met


def main() -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--series", type=int, default=400, help="series of each kind")
    parser.add_argument("--peers", type=int, default=200, help="of these, how many the peers are given")
    parser.add_argument("--alone", action="store_true", help="without the peers")
    parser.add_argument("--histories", nargs="*", default=[], help="files of real results")
    parser.add_argument("--real", type=int, default=400, help="how many of their series at most")
    parser.add_argument("--environments", type=Path, help="where the peers are installed, to keep them")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="flowmeter-bench-") as temporary:
        folder = given.environments or Path(temporary)
        detectors = [Detector("flowmeter", ALGORITHM, flowmeter)]
        detectors += [] if given.alone else [peer(folder, package) for package in PACKAGES]
        names = [detector.name for detector in detectors]
        print(", ".join(f"{detector.name} {detector.version}" for detector in detectors))
        print(f"{given.series} series of each kind, the peers {given.peers}; seed {SEED}")
        met = [
            printed("Processor time for 1,000 values", ["series", *names], speed(detectors)),
            printed(
                f"False changes a series of {LENGTH} values",
                ["noise", names[0], "95% interval", *names[1:]],
                false_changes(detectors, given.series, given.peers),
            ),
            printed(
                "Steps found within so many values",
                ["step", "detector", *map(str, SHOWN)],
                found_steps(detectors, given.series, given.peers // 4),
            ),
        ]
        real = histories(given.histories) if given.histories else []
        real = real[:: -(-len(real) // given.real) or 1]
        if real:
            head = ["step", "detector", "within 5", "10", "20", "false when shuffled", "changes as it is"]
            title = f"Steps planted in {len(real)} real histories of {min(map(len, real))} values or more"
            met.append(printed(title, head, planted(detectors, real)))
        else:
            print("\nNo real histories: name files with --histories")
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
