"""How fast benchmark files become rows, and how fast they become rows of a database.

    .venv/bin/python bench/benchmarks.py [--files FOLDER] [--results 100000] [--rounds 3]

Measures, best of several rounds in one process, on files that it makes itself (a `data.js`, a plain CSV
and MLPerf logs), and with `--files` on a folder's real `github-action-benchmark.*.gz` and `mlperf-
training-*.tar.xz`. Three figures each: reading alone (the file unpacked, parsed, and each result made),
reading with rows (ids, checksums and pages as well), and all of it with writing into a fresh SQLite
file. Starting Python and making the tables is in none of them. Seconds of the processor stand beside
those of the clock: the clock also counts what others do on the machine, and the processor's seconds
leave out waiting for the disk.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

# What is measured beside this file is called github.py: it is not the package of that name.
if str(Path(__file__).resolve().parent) in sys.path:
    sys.path.remove(str(Path(__file__).resolve().parent))

from collector.benchmarks.files import found_in
from collector.benchmarks.ingest import FORMATS, ingest, recognise
from db.engine import connect, writing
from db.schema import Record, table
from db.upsert import upsert

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
#: Benchmarks in each run of the made-up histories; real ones have 40 to 300.
A_RUN = 200
START = 1_600_000_000_000


class Taken(NamedTuple):
    """How many results, and the seconds that the clock and the processor took for them."""

    results: int
    clock: float
    processor: float


def history(path: Path, results: int) -> None:
    """A `data.js` of so many results: names, values and spreads as a C++ project's have them."""
    runs = []
    for run in range(results // A_RUN):
        benches = [
            {
                "name": f"BM_Case{n}/{n % 7}",
                "value": 100.5 + (run * n) % 17,
                "unit": "ns/iter",
                "range": "± 1.5",
            }
            for n in range(A_RUN)
        ]
        told = {"commit": {"id": f"{run:040x}"}, "date": START + run * 3_600_000, "tool": "cargo"}
        runs.append(told | {"benches": benches})
    data = {"repoUrl": "https://github.com/acme/rockets", "entries": {"Speed": runs}}
    path.write_text("window.BENCHMARK_DATA = " + json.dumps(data))


def plain(path: Path, results: int) -> None:
    """A CSV of so many results, with a device, a revision and bounds."""
    with path.open("w") as text:
        text.write("name,metric,value,unit,measured_at,model,framework,version,compiler,revision,low,high\n")
        for n in range(results):
            run, case = divmod(n, A_RUN)
            day = datetime.fromtimestamp(START / 1000 + run * 3600, UTC).isoformat()
            device = "NVIDIA A100" if case % 2 else "Intel Xeon"
            value = 2.5 + (run * case) % 17
            software = f"TensorFlow,2.{run % 9},xla"
            text.write(
                f"case{case},latency,{value},ms,{day},{device},{software},{run:040x},{value},{value + 1}\n"
            )


def logs(folder: Path, number: int, lines: int = 2_000) -> None:
    """MLPerf logs of so many runs, five a system, each with the lines that a training prints."""
    for run in range(number):
        place = folder / "training_results_v2.0" / "Acme" / "results" / f"box{run // 5}" / "resnet"
        place.mkdir(parents=True, exist_ok=True)
        start = START + run * 3_600_000

        def entry(key: str, at: int, **metadata: object) -> str:
            return ":::MLLOG " + json.dumps({"key": key, "time_ms": at, "value": None, "metadata": metadata})

        noise = [f"step {n} loss {1 / (n + 1):.4f}" for n in range(lines)]
        ends = entry("run_stop", start + 1_800_000 + run, status="success")
        text = "\n".join([entry("run_start", start), *noise, ends, ""])
        (place / f"result_{run % 5}.txt").write_text(text)


def read(paths: Sequence[str]) -> int:
    """Reads files and makes their results."""
    results = 0
    for path in paths:
        with found_in(Path(path), recognise) as found:
            for format in FORMATS:
                for group in format.groups([file for file, names in found.files if format.name in names]):
                    results += sum(1 for _ in format.read(group).outcomes)
    return results


def rows(paths: Sequence[str]) -> int:
    """Reads files and makes the pages of rows."""
    return sum(len(page.rows.get("benchmark_results", ())) for page in ingest(paths, now=NOW))


def written(paths: Sequence[str]) -> Taken:
    """Reads files and writes their pages into a fresh SQLite file."""
    with tempfile.TemporaryDirectory() as folder:
        engine = connect(f"sqlite:///{folder}/benchmarks.db")
        Record.metadata.create_all(engine)
        clock, processor, results = time.perf_counter(), time.process_time(), 0
        for page in ingest(paths, now=NOW):
            with writing(engine).begin() as connection:
                for name, held in page.rows.items():
                    upsert(connection, table(name), held)
            results += len(page.rows.get("benchmark_results", ()))
        taken = Taken(results, time.perf_counter() - clock, time.process_time() - processor)
        engine.dispose()
    return taken


def timed(function: Callable[[Sequence[str]], int], paths: Sequence[str]) -> Taken:
    """What a function gives, and in how many seconds."""
    clock, processor = time.perf_counter(), time.process_time()
    results = function(paths)
    return Taken(results, time.perf_counter() - clock, time.process_time() - processor)


def best(measure: Callable[[], Taken], rounds: int) -> Taken:
    """The fastest of several rounds: what a machine that others use as well comes nearest to."""
    return min((measure() for _ in range(rounds)), key=lambda found: found.processor)


def measured(what: str, paths: Sequence[str], rounds: int, files: int | None = None) -> Iterator[str]:
    """Lines of the table: results a second, or files a second where a file is what counts."""
    for how, measure in (
        ("reading", lambda: timed(read, paths)),
        ("reading and rows", lambda: timed(rows, paths)),
        ("reading, rows and writing into SQLite", lambda: written(paths)),
    ):
        taken = best(measure, rounds)
        unit, count = ("logs", files) if files else ("results", taken.results)
        seconds = f"{taken.clock:.2f} | {taken.processor:.2f}"
        yield f"| {what} | {how} | {count:,} {unit} | {seconds} | {count / taken.processor:,.0f} |"


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--files", type=Path, help="a folder with real files")
    parser.add_argument("--results", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    print("| file | what | there are | seconds | of the processor | a second of it |")
    print("|---|---|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        history(folder / "data.js", options.results)
        plain(folder / "results.csv", options.results)
        logs(folder / "logs", 500)
        cases: list[tuple[str, list[str], int | None]] = [
            ("data.js, made", [str(folder / "data.js")], None),
            ("CSV, made", [str(folder / "results.csv")], None),
            ("MLPerf logs, made", [str(folder / "logs")], 500),
        ]
        if options.files:
            real = sorted(map(str, options.files.glob("github-action-benchmark.*.gz")))
            rounds = sorted(map(str, options.files.glob("mlperf-training-*.tar.xz")))
            cases += [("data.js, real", real, None), ("MLPerf logs, real", rounds, number_of_logs(rounds))]
        for what, paths, files in cases:
            for line in measured(what, paths, options.rounds, files):
                print(line, flush=True)
    print(f"\nAt most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB of memory.")
    return 0


def number_of_logs(paths: Sequence[str]) -> int:
    """How many runs' logs lie in archives of MLPerf rounds."""
    number = 0
    for path in paths:
        with found_in(Path(path), recognise) as found:
            number += sum(file.path.endswith(".txt") for file, _ in found.files)
    return number


if __name__ == "__main__":
    sys.exit(main())
