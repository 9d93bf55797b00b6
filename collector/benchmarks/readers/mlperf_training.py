"""MLPerf training logs in their three dialects: `:::MLPv0.5.0`, `:::MLL` (v0.6) and `:::MLLOG` (v0.7 on)."""

from __future__ import annotations

import hashlib
import json
import re
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from pathlib import PurePosixPath

from collector.benchmarks import mlperf_systems
from collector.benchmarks.formats import LAYOUT, Case, File, Reading, Result, Series, lines, refusal
from collector.benchmarks.hardware import UNSTATED
from collector.benchmarks.hardware import stated as stated_text
from collector.benchmarks.mlperf_rounds import PUBLISHED, TRAINING, location, round_of, score
from collector.benchmarks.mlperf_systems import DESCRIPTION, DescriptionError, System, division, status
from collector.benchmarks.software import UNSTATED as NO_SOFTWARE
from collector.benchmarks.units import metric
from collector.jobs import Rejection

SUITE = TRAINING
LOG = re.compile(r"(?:^|/)results?_\d+\.txt$")
#: v0.5: `:::MLPv0.5.0 resnet 1543785258.92 (file:line) run_start`
OLDEST = re.compile(rb":::MLPv(\d\.\d)\.\d+ (\S+) ([\d.]+) \([^)]*\) (\w+)(?:: (.*))?")
#: v0.6: `:::MLL 1560881731.835 run_start: {"value": …}`
OLD = re.compile(rb":::MLL ([\d.]+) (\w+): (\{.*)")
NEW = b":::MLLOG "
#: Before MLPerf there were no MLPerf runs: an earlier time is a clock that was never set.
FIRST_POSSIBLE = datetime(2017, 1, 1, tzinfo=UTC)
LAST_POSSIBLE = datetime(2100, 1, 1, tzinfo=UTC)


@dataclass
class Run:
    """What one log says."""

    path: str
    start: float | None = None
    stop: float | None = None
    succeeded: bool = False
    round: str | None = None
    stated: dict[str, str] = field(default_factory=dict)
    problems: list[Rejection] = field(default_factory=list)


class MlperfTraining:
    """Logs of a benchmark on a system, `…/results/SYSTEM/BENCHMARK/result_N.txt`, and what describes it."""

    name = "mlperf_training"
    precedence = LAYOUT
    beside = DESCRIPTION

    def recognise(self, path: str, head: bytes) -> bool:
        """By the published layout of the files, or by the first lines of the log."""
        if LOG.search(path):
            return True
        # Programs that write such lines have them in their text too, and inference's details are like them.
        place = PurePosixPath(path)
        written = place.suffix.lower() in ("", ".txt", ".log", ".out")
        if not written or place.name.startswith("mlperf_log_"):
            return False
        return NEW in head or b":::MLL " in head or b":::MLPv0." in head

    def groups(self, files: Sequence[File]) -> Iterator[Sequence[File]]:
        """The logs of a folder, with the description of their system first where there is one."""
        described = {file.path: file for file in files if DESCRIPTION.search(file.path)}
        logs = sorted((file for file in files if file.path not in described), key=lambda file: file.path)
        for folder, runs in groupby(logs, key=lambda file: PurePosixPath(file.path).parent):
            system = folder.parent
            places = (
                system.parent.parent / "systems" / f"{system.name}.json",
                system / "entry.json",
                folder / "entry.json",
            )
            found = next((described[str(place)] for place in places if str(place) in described), None)
            yield ([found] if found else []) + list(runs)

    def read(self, files: Sequence[File]) -> Reading:
        """One result a group: the score of its runs, in minutes."""
        logs = [file for file in files if not DESCRIPTION.search(file.path)]
        folder = PurePosixPath(logs[0].path).parent
        described = next((file for file in files if DESCRIPTION.search(file.path)), None)
        round_name = round_of(logs[0].path)
        outcomes: list[Result | Rejection] = []
        system: System | None = None
        if described is None:
            outcomes.append(Rejection(str(folder), "no description of the system: its hardware is unknown"))
        else:
            try:
                system = mlperf_systems.system(described, folder.parent.name)
            except DescriptionError as error:
                outcomes.append(Rejection(described.path, str(error)))
        runs = [read_log(file) for file in logs]
        for run in runs:
            outcomes.extend(run.problems)
        outcomes.append(_result(folder, runs, system, round_name))
        return Reading(location(SUITE, folder, round_name), outcomes, revision=round_name)


def read_log(file: File) -> Run:
    """Start, end, outcome and statements of a log; whatever is wrong with it stands in `problems`."""
    run = Run(file.path)
    for line in lines(file):
        if isinstance(line, Rejection):
            run.problems.append(line)
        elif b":::ML" in line and (b"run_st" in line or b"submission_" in line):
            _take(run, line)
    if run.start is None:
        run.problems.append(Rejection(file.path, "no run_start: this is no whole MLPerf log"))
    elif run.stop is None:
        run.problems.append(Rejection(file.path, "no run_stop: the log is cut off, or the run never ended"))
    return run


def _take(run: Run, line: bytes) -> None:
    oldest, old, new = OLDEST.search(line), None, line.find(NEW)
    try:
        if new >= 0:
            # Some launchers print behind the object on the same line.
            entry, _ = json.JSONDecoder().raw_decode(line[new + len(NEW) :].decode("utf-8", "replace"))
            _event(run, str(entry["key"]), entry["time_ms"] / 1000, entry.get("value"), entry.get("metadata"))
        elif oldest:
            run.round = f"v{oldest.group(1).decode()}"
            outcome = json.loads(oldest.group(5) or b"null")
            said = outcome.get("success") if isinstance(outcome, dict) else True
            metadata = {"status": "success" if str(said).lower() == "true" else "failed"}
            run.stated.setdefault("submission_benchmark", oldest.group(2).decode())
            _event(run, oldest.group(4).decode(), float(oldest.group(3)), None, metadata)
        elif old := OLD.search(line):
            run.round = "v0.6"
            entry = json.loads(old.group(3))
            _event(run, old.group(2).decode(), float(old.group(1)), entry.get("value"), entry.get("metadata"))
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        what = f"{type(error).__name__}: {error}"[:100]
        run.problems.append(Rejection(run.path, f"a line of the log cannot be read ({what})"))


def _event(run: Run, key: str, at: float, value: object, metadata: object) -> None:
    if key == "run_start":
        if run.start is not None:
            run.problems.append(Rejection(run.path, "run_start stands twice; the first counts"))
        else:
            run.start = at
    elif key == "run_stop":
        if run.stop is not None:
            run.problems.append(Rejection(run.path, "run_stop stands twice; the first counts"))
        else:
            run.stop = at
            run.succeeded = isinstance(metadata, dict) and metadata.get("status") == "success"
    elif key.startswith("submission_") and isinstance(value, str):
        run.stated.setdefault(key, value)


def _result(
    folder: PurePosixPath, runs: Sequence[Run], system: System | None, round_name: str | None
) -> Result | Rejection:
    timed = [run for run in runs if run.start is not None]
    said = {key: value for run in reversed(runs) for key, value in run.stated.items()}
    round_name = round_name or next((run.round for run in runs if run.round), None)
    benchmark = (said.get("submission_benchmark") or folder.name or "not stated").lower()
    time_to_train = metric("time_to_train", "minute")
    minutes: list[float] = []
    intervals: list[tuple[float, float]] = []
    for run in timed:
        if run.start is None or run.stop is None or not run.succeeded:
            continue
        length = (run.stop - run.start) / 60
        if refused := refusal(length, time_to_train):
            return Rejection(run.path, f"from run_start to run_stop: {refused}")
        minutes.append(length)
        intervals.append((run.start, run.stop))
    if not minutes:
        return Rejection(
            str(folder), f"none of {len(runs)} runs reached the target: there is no time to give"
        )
    first = min(start for start, _ in intervals)
    if FIRST_POSSIBLE.timestamp() <= first < LAST_POSSIBLE.timestamp():
        began = datetime.fromtimestamp(first, UTC)
    elif round_name in PUBLISHED:
        began = PUBLISHED[round_name]
    else:
        return Rejection(str(folder), f"the clock stood at {first:g} seconds, and the round is not known")
    final = score(benchmark, minutes, len(timed) - len(minutes))
    submitter = (system and system.submitter) or said.get("submission_org") or _submitter(folder)
    where = (system and system.division) or division(said.get("submission_division"))
    digest = hashlib.sha256(repr(sorted(intervals)).encode()).hexdigest()[:16]
    series = Series(
        Case(SUITE, benchmark, where),
        system.hardware if system else UNSTATED,
        system.software if system else NO_SOFTWARE,
        time_to_train,
    )
    return Result(
        series=series,
        # The times of the runs, and not the round: later rounds repeat results word for word.
        natural_key=f"{benchmark}/{where}/{(submitter or '').lower()}/{folder.parent.name}/{digest}",
        measured_at=began,
        value=final.value,
        claim="published",
        low=min(minutes),
        high=max(minutes),
        samples=len(minutes),
        spread=statistics.stdev(minutes) if len(minutes) > 1 else None,
        invalid_reason=final.invalid_reason,
        submitter=stated_text(submitter),
        system=folder.parent.name,
        status=(system and system.status) or status(said.get("submission_status")),
        round=round_name,
    )


def _submitter(folder: PurePosixPath) -> str | None:
    parts = folder.parts
    for place, part in enumerate(parts[:-1]):
        if re.fullmatch(r"v\d\.\d\.\d", part):
            return parts[place + 1]
    return parts[parts.index("results") - 1] if "results" in parts[1:] else None


FORMAT = MlperfTraining()
