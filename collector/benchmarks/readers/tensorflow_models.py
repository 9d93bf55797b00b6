"""TensorFlow Models' `metric.log`, a metric a line, with `benchmark_run.log`, which says what ran."""

from __future__ import annotations

import hashlib
import json
import re
import statistics
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, Final

from collector.benchmarks.documents import Unreadable, dated, document, mapping, text
from collector.benchmarks.formats import LAYOUT, Case, File, Reading, Result, Series, lines, refusal
from collector.benchmarks.hardware import Hardware
from collector.benchmarks.software import Software
from collector.benchmarks.tensorflow_names import AUTOMATIC, machine, parameters, rate
from collector.benchmarks.units import Metric, UnitError, metric
from collector.jobs import Rejection

SUITE: Final = "tensorflow-models"
RUN: Final = re.compile(r"(?:^|/)benchmark_run\.log$")
LINE: Final = re.compile(rb"\{.*\"global_step\".*\"timestamp\"|\{.*\"timestamp\".*\"global_step\"")
#: Parameters that say whether XLA is on.
XLA: Final = ("enable_xla", "xla", "xla_compile", "use_xla")
PRECISIONS: Final = {"fp16": "float16", "fp32": "float32", "bf16": "bfloat16"}


class TensorflowModels:
    """One run: its metrics, and what it says of itself."""

    name = "tensorflow_models"
    precedence = LAYOUT
    beside = RUN

    def recognise(self, path: str, head: bytes) -> bool:
        """By the file's name and its first line, or by a first line that nothing else has."""
        first = head.lstrip().partition(b"\n")[0]
        return PurePosixPath(path).name.endswith("metric.log") and LINE.match(first) is not None

    def groups(self, files: Sequence[File]) -> Iterator[Sequence[File]]:
        """A folder's metrics, with its run first where it is there."""
        runs = {str(PurePosixPath(file.path).parent): file for file in files if RUN.search(file.path)}
        for file in files:
            if not RUN.search(file.path):
                run = runs.get(str(PurePosixPath(file.path).parent))
                yield ([run] if run else []) + [file]

    def read(self, files: Sequence[File]) -> Reading:
        """A result for each metric that states what it counts; of several steps their median."""
        own = files[-1]
        if len(files) == 1:
            why = "no benchmark_run.log beside it: what ran is unknown"
            return Reading(own.path, [Rejection(own.path, why)])
        try:
            return Reading(own.path, list(_outcomes(own, mapping(document(files[0]).content))))
        except Unreadable as error:
            return Reading(own.path, [Rejection(files[0].path, str(error))])


def _outcomes(own: File, run: dict[str, Any]) -> Iterator[Result | Rejection]:
    model = text(run.get("model_name"))
    if model is None:
        raise Unreadable("names no model")
    at = dated(own, [run.get("run_date")])
    told = parameters(run.get("run_parameters"))
    software, of_machine = _software(run, told), _hardware(run)
    dataset, batch = text(mapping(run.get("dataset")).get("name")), told.get("batch_size")
    scenario = ", ".join(filter(None, (dataset, f"batch {batch}" if batch else None))) or None
    version = mapping(run.get("tensorflow_version"))
    revision = text(version.get("git_hash"))
    digest = hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()[:16]
    refused, measured = _measured(own)
    yield from refused
    for name, (known, values) in measured.items():
        # A running average has said all in its last value; of the others the median is least disturbed.
        value = values[-1] if name.startswith("average_") else statistics.median(values)
        several = len(values) > 1 and not name.startswith("average_")
        yield Result(
            series=Series(Case(SUITE, model, None, scenario), of_machine, software, known),
            natural_key=f"{model}/{name}@{at:%Y-%m-%dT%H:%M:%S.%fZ}/{digest}",
            measured_at=at,
            value=value,
            claim="published",
            low=min(values) if several else None,
            high=max(values) if several else None,
            samples=len(values),
            spread=statistics.stdev(values) if several else None,
            revision=revision,
        )


def _measured(own: File) -> tuple[list[Rejection], dict[str, tuple[Metric, list[float]]]]:
    """The values of each metric in the order of the file, and what is refused: a unit once a metric."""
    refused: list[Rejection] = []
    found: dict[str, tuple[Metric, list[float]]] = {}
    named: set[str] = set()
    for number, line in enumerate(lines(own), start=1):
        where = f"{own.path}:{number}"
        if isinstance(line, Rejection):
            refused.append(line)
            continue
        if not line.strip():
            continue
        try:
            told = json.loads(line.decode("utf-8", "replace"))
            name, value, unit = str(told["name"]), told["value"], told.get("unit")
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            refused.append(Rejection(where, f"the line holds no metric ({type(error).__name__})"))
            continue
        try:
            known = _metric(name, unit)
        except UnitError as error:
            if name not in named:
                named.add(name)
                refused.append(Rejection(f"{own.path}: {name}", str(error)))
            continue
        if why := refusal(value, known):
            refused.append(Rejection(where, f"{name}: {why}"))
        else:
            found.setdefault(name, (known, []))[1].append(float(value))
    return refused, found


def _metric(name: str, unit: object) -> Metric:
    """The metric of a line: by its unit, or by a name that states what is counted in a second."""
    if isinstance(unit, str) and unit.strip():
        known = metric(name, unit)
        return metric("throughput", unit) if known.dimension == "rate" else known
    known_rate = rate(name)
    if known_rate is None:
        raise UnitError("the metric states no unit")
    return known_rate


def _software(run: Mapping[str, Any], told: Mapping[str, Any]) -> Software:
    said = [str(told[key]).lower() for key in XLA if key in told]
    environment = [str(value) for value in parameters(run.get("tensorflow_environment_variables")).values()]
    if "true" in said or "1" in said or any(map(AUTOMATIC.search, environment)):
        compiler = "xla"
    else:
        compiler = "none" if said else "unknown"
    dtype = text(told.get("dtype"))
    if dtype is None and str(told.get("use_fp16")).lower() in ("true", "1"):
        dtype = "fp16"
    version = mapping(run.get("tensorflow_version"))
    return Software("TensorFlow", text(version.get("version")), compiler, PRECISIONS.get(dtype or "", dtype))


def _hardware(run: Mapping[str, Any]) -> Hardware:
    config = mapping(run.get("machine_config"))
    gpu, processor = mapping(config.get("gpu_info")), mapping(config.get("cpu_info"))
    count = gpu.get("count")
    gpus = count if type(count) is int and count > 0 else None
    model = text(gpu.get("model")) if gpus else None
    return machine("", gpu=model, gpus=gpus, processor=text(processor.get("cpu_info")))


FORMAT = TensorflowModels()
