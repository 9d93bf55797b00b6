"""Rows of MLPerf's tables of results, of whichever suite, turned into results."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any, Final

from collector.benchmarks import hardware as naming
from collector.benchmarks.formats import Case, Result
from collector.benchmarks.hardware import UNSTATED, stated
from collector.benchmarks.mlperf_rounds import INFERENCE, TINY, TRAINING
from collector.benchmarks.mlperf_scores import UNITS, Entry, measured, model, number, result, scenario
from collector.benchmarks.mlperf_systems import described, division, status
from collector.benchmarks.mlperf_systems import number as count
from collector.benchmarks.software import Software, framework_and_version
from collector.benchmarks.units import UnitError
from collector.jobs import Rejection

Row = Mapping[str, Any]
#: Weights' types as the checker writes them → as `environments.precision` does.
PRECISIONS: Final = {
    "fp32": "float32",
    "fp16": "float16",
    "bf16": "bfloat16",
    "int8": "int8",
    "fp8": "float8",
    "fp4": "float4",
}
#: Of each suite, its rows' columns with a value and with that value's unit.
VALUES: Final = {
    INFERENCE: (("Result", "Units"), ("Result_Power", "Result_Power_Units")),
    TRAINING: (("Result", "Result_Units"),),
    TINY: (
        ("median_throughput", "median_throughput_metric"),
        ("median_energy_cost", "median_energy_cost_metric"),
    ),
}


class RowError(ValueError):
    """A row that cannot be a result, and why."""


def results(
    row: Row, where: str, round_name: str | None = None, otherwise: datetime | None = None
) -> Iterator[Result | Rejection]:
    """All values of a row, or why there is none.

    `round_name` stands in where the row states no version, and `otherwise`
    dates it where the round's publication is not known.
    """
    try:
        suite = _suite(row)
        entry = ENTRIES[suite](row, _round(row) or round_name)
    except RowError as error:
        yield Rejection(where, str(error))
        return
    for value, unit in VALUES[suite]:
        if value != VALUES[suite][0][0] and stated(row.get(value)) is None:
            continue
        try:
            metric = measured(row.get(unit) or "")
        except UnitError as error:
            yield Rejection(where, str(error))
            continue
        yield result(entry, metric, number(row.get(value)), where, told_by="table", otherwise=otherwise)


def _suite(row: Row) -> str:
    if "Scenario" in row and ("MlperfModel" in row or "Model" in row):
        return INFERENCE
    if "median_throughput" in row:
        return TINY
    if str(row.get("Result_Units")) in UNITS and ("_Model_ID" in row or "Model_ID" in row):
        return TRAINING
    raise RowError("the row is of no known table of MLPerf (inference, training, tiny)")


def _round(row: Row) -> str | None:
    text = str(row.get("version") or row.get("_version") or "").strip().lower().removeprefix("v")
    return f"v{text}" if text else None


def _wanted(row: Row, *names: str) -> str:
    for name in names:
        if text := stated(row.get(name)):
            return text
    raise RowError(f"the row states no {names[0]}")


def _inference(row: Row, round_name: str | None) -> Entry:
    kind = scenario(row.get("Scenario"))
    if kind is None:
        raise RowError(f"the scenario {str(row.get('Scenario'))[:60]!r} is not known")
    where = division(row.get("Division"))
    # In the open division the model is the submitter's own; elsewhere the suite's name of it holds.
    names = ("Model", "MlperfModel") if where == "open" else ("MlperfModel", "Model")
    platform = _wanted(row, "Platform", "SystemName")
    fields = {**row, "status": row.get("Availability"), "system_name": row.get("SystemName")}
    system = described(fields, platform)
    weights = str(row.get("weight_data_types") or "").strip().lower()
    precision = PRECISIONS.get(weights, weights or None)
    errors = count(row.get("errors") or 0)
    return Entry(
        Case(INFERENCE, model(_wanted(row, *names), where), where, kind),
        system.hardware,
        replace(system.software, precision=precision) if precision else system.software,
        stated(row.get("Organization")),
        platform,
        system.status,
        round_name,
        claim="inferred" if str(row.get("inferred")).lower() in ("1", "true") else "published",
        invalid_reason=f"the submission checker found {errors} errors" if errors else None,
    )


def _training(row: Row, round_name: str | None) -> Entry:
    model_name, host = stated(row.get("accelerator_model_name")), stated(row.get("host_processor_model_name"))
    total = count(row.get("accelerators_count"))
    # The description's file has the name that the folder of the logs has; `system` is a text for people.
    described_in = PurePosixPath(stated(row.get("details_url")) or "").stem
    name = described_in or _wanted(row, "system", "_System")
    if model_name:
        hardware = naming.hardware(model_name, count=total or None, nodes=None, host=host, hint=name)
    elif host and total == 0:
        processors = count(row.get("host_processors_count"))
        hardware = naming.hardware(host, count=processors or None, nodes=None, host=host)
    else:
        hardware = replace(UNSTATED, host=host)
    framework, version = framework_and_version(stated(row.get("framework")))
    compiler = "xla" if hardware.hardware_class == "tpu" else "unknown"
    return Entry(
        Case(TRAINING, _wanted(row, "Model_ID", "_Model_ID").lower(), division(row.get("division"))),
        hardware,
        Software(framework, version, compiler),
        stated(row.get("submitter")) or stated(row.get("Organization")),
        name,
        status(row.get("availability")),
        round_name,
    )


def _tiny(row: Row, round_name: str | None) -> Entry:
    """A board: its accelerator, or where it states none, its processor."""
    accelerator, processor = stated(row.get("Accelerator")), stated(row.get("Processor(s) Name"))
    chip = stated(row.get("SoC Name"))
    text = accelerator or processor
    hardware = (
        replace(UNSTATED, host=chip)
        if text is None
        else naming.hardware(text, count=None, nodes=1, host=chip or processor)
    )
    framework, version = framework_and_version(stated(row.get("Inference Framework")))
    system = stated(row.get("Operating System ")) or stated(row.get("Operating System"))
    where = division(row.get("Division"))
    name = _wanted(row, "Model", "Benchmark") if where == "open" else _wanted(row, "Benchmark")
    return Entry(
        Case(TINY, name, where),
        hardware,
        Software(framework, version, "unknown", None, system),
        stated(row.get("Organization")),
        _wanted(row, "__System", "Board Name"),
        status(row.get("Status")),
        round_name,
    )


ENTRIES: Final[Mapping[str, Callable[[Row, str | None], Entry]]] = {
    INFERENCE: _inference,
    TRAINING: _training,
    TINY: _tiny,
}
