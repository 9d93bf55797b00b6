"""MLPerf inference's summaries, `…/results/SYSTEM/MODEL/SCENARIO/…/run_1/mlperf_log_summary.txt`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from pathlib import PurePosixPath

from collector.benchmarks import mlperf_systems
from collector.benchmarks.formats import LAYOUT, Case, File, Reading, Result
from collector.benchmarks.hardware import UNSTATED
from collector.benchmarks.mlperf_rounds import INFERENCE, location, round_of
from collector.benchmarks.mlperf_scores import Entry, model, result
from collector.benchmarks.mlperf_summary import (
    TITLE,
    Place,
    Summary,
    of_a_phone,
    place_of,
    read_summary,
    worst,
)
from collector.benchmarks.mlperf_systems import DESCRIPTION, DescriptionError, System
from collector.benchmarks.software import UNSTATED as NO_SOFTWARE
from collector.jobs import Rejection

#: The folder of a compliance test, which newer rounds keep beside the results.
AUDIT = re.compile(r"TEST\d\d(?:[-_].*)?")


class MlperfInference:
    """All runs of one model on one system, and the description of the system."""

    name = "mlperf_inference"
    precedence = LAYOUT
    beside = DESCRIPTION

    def recognise(self, path: str, head: bytes) -> bool:
        """By the file's name and its title."""
        named = PurePosixPath(path).name == "mlperf_log_summary.txt"
        return named and TITLE in head and not of_a_phone(path)

    def groups(self, files: Sequence[File]) -> Iterator[Sequence[File]]:
        """The summaries of a model's folder, with the system's description first where there is one."""
        described = {file.path: file for file in files if DESCRIPTION.search(file.path)}
        logs = sorted((file for file in files if file.path not in described), key=lambda file: file.path)
        for _, runs in groupby(logs, key=_folder):
            together = list(runs)
            place = place_of(together[0].path)
            wanted = str(place.root / "systems" / f"{place.system}.json") if place else ""
            yield ([described[wanted]] if wanted in described else []) + together

    def read(self, files: Sequence[File]) -> Reading:
        """Results by scenario as the summaries state it, whatever their folders are called."""
        logs = [file for file in files if not DESCRIPTION.search(file.path)]
        described = next((file for file in files if DESCRIPTION.search(file.path)), None)
        round_name = round_of(logs[0].path)
        where = location(INFERENCE, PurePosixPath(_folder(logs[0])), round_name)
        place = place_of(logs[0].path)
        if place is None:
            why = "no folder names the system and the model (…/results/SYSTEM/MODEL/SCENARIO/…)"
            return Reading(where, [Rejection(file.path, why) for file in logs])
        outcomes: list[Result | Rejection] = [
            Rejection(file.path, said) for file in logs if (said := _beside_the_result(file))
        ]
        logs = [file for file in logs if not _beside_the_result(file)]
        if not logs:
            return Reading(where, outcomes, revision=round_name)
        system = _system(described, place, outcomes)
        by_scenario: dict[tuple[str, str], list[Summary]] = {}
        for file in logs:
            summary = read_summary(file)
            outcomes.extend(summary.problems)
            if not summary.problems and summary.scenario:
                key = _runs_of(file), _scenario(file, summary.scenario)
                by_scenario.setdefault(key, []).append(summary)
        for (_, scenario), runs in by_scenario.items():
            outcomes.extend(_results(place, scenario, runs, system, round_name, logs[0].modified))
        return Reading(where, outcomes, revision=round_name)


def _folder(file: File) -> str:
    """The folder of the model on the system; where the path names none, the file's own."""
    place = place_of(file.path)
    own = PurePosixPath(file.path)
    if place is None:
        return str(own.parent)
    depth = len(place.root.parts) + 3
    return str(PurePosixPath(*own.parts[:depth]))


def _beside_the_result(file: File) -> str | None:
    """Why a run is no measurement of its own, though its summary looks like one."""
    parts = PurePosixPath(file.path).parts
    if "compliance" in parts or any(AUDIT.fullmatch(part) for part in parts):
        return "a compliance run: it audits a result and is none itself"
    if "ranging" in parts:
        return "a ranging run: it sets the power meter's range and is no result"
    return None


def _runs_of(file: File) -> str:
    """The folder that holds the runs of one measurement."""
    own = PurePosixPath(file.path).parent
    return str(own.parent if own.name.startswith("run_") else own)


def _scenario(file: File, stated: str) -> str:
    """The stated scenario. Interactive is a Server with tighter limits, of which only the folder tells."""
    place = place_of(file.path)
    return "Interactive" if stated == "Server" and place and place.interactive else stated


def _system(described: File | None, place: Place, outcomes: list[Result | Rejection]) -> System | None:
    if described is None:
        why = "no description of the system: its hardware is unknown"
        outcomes.append(Rejection(str(place.root / "results" / place.system), why))
        return None
    try:
        return mlperf_systems.system(described, place.system)
    except DescriptionError as error:
        outcomes.append(Rejection(described.path, str(error)))
        return None


def _results(
    place: Place,
    scenario: str,
    runs: Sequence[Summary],
    system: System | None,
    round_name: str | None,
    modified: datetime | None,
) -> Iterator[Result | Rejection]:
    division = place.division or (system.division if system else None)
    reasons = [run.invalid_reason for run in runs if run.invalid_reason]
    entry = Entry(
        Case(INFERENCE, model(place.model, division), division, scenario),
        system.hardware if system else UNSTATED,
        system.software if system else NO_SOFTWARE,
        (system.submitter if system else None) or place.root.name,
        place.system,
        system.status if system else None,
        round_name,
        invalid_reason=reasons[0] if reasons else None,
    )
    found = list(worst(runs))
    if not found:
        yield Rejection(runs[0].path, f"the summary holds no result of the scenario {scenario}")
    for one in found:
        yield result(
            entry,
            one.metric,
            one.value,
            runs[0].path,
            told_by="log",
            otherwise=modified,
            low=one.low,
            high=one.high,
            samples=one.samples,
            spread=one.spread,
        )


FORMAT = MlperfInference()
