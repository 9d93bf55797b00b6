"""PerfZero's summaries: one benchmark of TensorFlow's models, with machine and framework."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from collector.benchmarks.documents import (
    Document,
    Unreadable,
    dated,
    listed,
    mapping,
    milliseconds,
    reading,
    text,
)
from collector.benchmarks.formats import SHAPE, Case, EachFileAlone, File, Reading, Result, Series, refusal
from collector.benchmarks.software import Software
from collector.benchmarks.tensorflow_names import compiler, machine, outside, precision, rate, without_xla
from collector.benchmarks.units import Metric, metric
from collector.jobs import Rejection

HEAD: Final = re.compile(
    rb"\"(?:benchmark_result|benchmark_info|ml_framework_info|execution_timestamp)\"\s*:"
)
WALL_TIME: Final = metric("time", "s")


class PerfZero(EachFileAlone):
    """One file, one benchmark."""

    name = "perfzero"
    precedence = SHAPE

    def recognise(self, path: str, head: bytes) -> bool:  # noqa: ARG002 (the path may be anything)
        """By two of the parts that a summary has."""
        return len(set(HEAD.findall(head))) > 1

    def read(self, files: Sequence[File]) -> Reading:
        """The wall time, and the metrics whose names state a rate."""
        file = files[0]
        return reading(file, lambda found: _outcomes(file, found))


def _outcomes(file: File, found: Document) -> Iterator[Result | Rejection]:
    told = mapping(found.content)
    benchmark = mapping(told.get("benchmark_result"))
    name = text(benchmark.get("name"))
    if name is None:
        raise Unreadable("names no benchmark")
    started = told.get("execution_timestamp")
    seconds = started * 1000 if isinstance(started, int | float) else None
    at = milliseconds(seconds) or dated(file, [])
    framework = mapping(told.get("ml_framework_info"))
    information = mapping(told.get("benchmark_info"))
    revision = text(framework.get("build_version"))
    switches = [information.get("env_vars"), information.get("flags")]
    system = mapping(told.get("system_info"))
    of_machine = machine(
        name,
        gpu=text(system.get("accelerator_model")) if system.get("accelerator_count") != 0 else None,
        gpus=_count(system.get("accelerator_count")),
        processor=text(system.get("cpu_model")),
        sockets=_count(system.get("cpu_socket_count")),
    )
    # A method that uses XLA has it in its name: without, TensorFlow's default holds, except on TPUs.
    software = Software(
        "TensorFlow",
        text(framework.get("version")),
        compiler(name, switches, "xla" if of_machine.hardware_class == "tpu" else "none"),
        precision(name),
    )
    suite, _, method = without_xla(name)[0].rpartition(".")
    case = Case(suite or "perfzero", method)
    failed = information.get("has_exception") is True or benchmark.get("succeeded") is False
    execution = text(told.get("execution_id")) or f"{at:%Y-%m-%dT%H:%M:%SZ}"

    def made(label: str, measured: Metric, value: object, wrong: str | None) -> Result | Rejection:
        refused = refusal(value, measured)
        if refused is not None or not isinstance(value, int | float):
            return Rejection(f"{file.path}: {name}", f"{measured.name}: {refused}")
        return Result(
            series=Series(case, of_machine, software, measured),
            natural_key=f"{name}/{label}@{revision}@{execution}",
            measured_at=at,
            value=float(value),
            claim="published",
            invalid_reason=wrong or ("the benchmark says that it did not succeed" if failed else None),
            system=text(system.get("system_name")),
            revision=revision,
        )

    taken = False
    if benchmark.get("wall_time") not in (None, -1):
        taken = True
        yield made("wall_time", WALL_TIME, benchmark["wall_time"], None)
    for title, value, wrong in _metrics(benchmark):
        known = rate(title)
        if known is None:
            yield Rejection(f"{file.path}: {title}", "the metric states no unit")
        else:
            taken = True
            yield made(title, known, value, wrong)
    if not taken:
        why = "holds no value: the wall time is -1, which stands for unset"
        yield Rejection(f"{file.path}: {name}", why)


def _metrics(benchmark: dict[str, Any]) -> Iterator[tuple[str, object, str | None]]:
    """Metrics, and extras as older versions wrote them: a number, or JSON in a text."""
    for key in ("metrics", "extras"):
        for one in listed(benchmark.get(key)):
            held = mapping(one)
            name, value = text(held.get("name")), held.get("value", held.get("double_value"))
            if isinstance(written := held.get("string_value"), str):
                try:
                    value = mapping(json.loads(written)).get("value")
                except (ValueError, RecursionError):
                    value = written
            if name is not None:
                said = "the metric says that it did not succeed" if held.get("succeeded") is False else None
                yield name, value, outside(held) or said


def _count(written: object) -> int | None:
    return written if type(written) is int and written > 0 else None


FORMAT = PerfZero()
