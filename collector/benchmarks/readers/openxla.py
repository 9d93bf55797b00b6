"""OpenXLA CI's benchmark results: metrics of a workload on a kind of device, one JSON object a run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any, Final

from collector.benchmarks.documents import Document, Unreadable, dated, mapping, reading, text
from collector.benchmarks.formats import LAYOUT, Case, EachFileAlone, File, Reading, Result, Series, refusal
from collector.benchmarks.hardware import UNSTATED, Hardware, hardware
from collector.benchmarks.software import Software
from collector.benchmarks.units import Direction, UnitError, metric
from collector.jobs import Rejection

#: What the CI measures: of times and memory alike, less is better.
METRICS: Final[dict[str, Direction]] = dict.fromkeys(
    (
        "CPU_TIME",
        "WALL_TIME",
        "GPU_DEVICE_TIME",
        "GPU_DEVICE_MEMCPY_TIME",
        "PEAK_CPU_MEMORY",
        "PEAK_GPU_MEMORY",
        "PEAK_DEVICE_MEMORY",
    ),
    "lower",
)
HEAD: Final = re.compile(rb"\"metrics\"\s*:\s*\{.*\"[A-Z][A-Z_]+\"\s*:\s*\{", re.DOTALL)
#: `gemma3_1b_flax_call_l4_1h1d_postsubmit`: workload, device, hosts, devices a host, and what it ran for.
CONFIGURATION: Final = re.compile(
    r"(?P<workload>.+)_(?P<device>[a-z0-9]+)_(?P<hosts>\d{1,4})h(?P<devices>\d{1,4})d(?:_(?P<workflow>[a-z]+))?"
)
CATEGORY: Final = re.compile(r"(?P<kind>CPU|GPU|TPU)_(?P<device>[A-Za-z0-9]+)")
PROCESSORS: Final = {"x86": "x86", "arm64": "arm64", "aarch64": "arm64"}
XLA: Final = Software("XLA", None, "xla")


class OpenXla(EachFileAlone):
    """One file, one run, or a list of runs."""

    name = "openxla"
    precedence = LAYOUT

    def recognise(self, path: str, head: bytes) -> bool:  # noqa: ARG002 (the path may be anything)
        """By metrics that have names in capitals."""
        return head.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] in (b"{", b"[") and HEAD.search(head) is not None

    def read(self, files: Sequence[File]) -> Reading:
        """A result for each metric of each run."""
        file = files[0]
        return reading(file, lambda found: _outcomes(file, found))


def _outcomes(file: File, found: Document) -> Iterator[Result | Rejection]:
    runs = found.content if isinstance(found.content, list) else [found.content]
    for number, run in enumerate(runs):
        where = file.path if len(runs) == 1 else f"{file.path}: run {number + 1}"
        if not isinstance(run, dict) or not isinstance(run.get("metrics"), dict):
            yield Rejection(where, "holds no metrics")
            continue
        stated = text(run.get("run_status")) or text(run.get("status"))
        if stated is not None and stated.upper() not in ("SUCCESS", "SUCCEEDED", "PASSED", "OK"):
            yield Rejection(where, f"the run's status is {stated[:60]!r}")
            continue
        try:
            measured_at = dated(file, (run.get(key) for key in ("run_timestamp", "timestamp", "date")))
        except Unreadable as error:
            yield Rejection(where, str(error))
            continue
        yield from _run(where, file, run, measured_at, f"{found.digest}/{number}")


def _run(
    where: str, file: File, run: dict[str, Any], measured_at: datetime, identity: str
) -> Iterator[Result | Rejection]:
    configured = text(run.get("config_id")) or ""
    parts = CONFIGURATION.fullmatch(configured)
    name = text(run.get("benchmark_name")) or (parts["workload"] if parts else configured)
    workflow = text(run.get("workflow_type")) or (parts["workflow"] if parts else None)
    case = Case("openxla", name or PurePosixPath(file.path).stem, None, workflow and workflow.lower())
    device = _hardware(text(run.get("hardware_category")), parts)
    revision = next(
        filter(None, (text(run.get(key)) for key in ("commit_sha", "commit", "git_commit"))), None
    )
    if configured and revision:
        # Where the run says what it is, it is that run in whatever file it stands.
        identity = f"{configured}@{revision}@{measured_at:%Y-%m-%dT%H:%M:%SZ}"
    for called, told in run["metrics"].items():
        value: Any = mapping(told).get("value")
        try:
            written = text(mapping(told).get("unit"))
            if written is None:
                raise UnitError("has no unit")
            measured = metric(called.lower(), written, METRICS.get(called))
        except UnitError as error:
            yield Rejection(f"{where}: {called[:60]}", str(error))
            continue
        if refused := refusal(value, measured):
            yield Rejection(f"{where}: {called}", refused)
            continue
        yield Result(
            series=Series(case, device, XLA, measured),
            natural_key=f"{case.name}/{device.model}/{identity}",
            measured_at=measured_at,
            value=float(value),
            claim="published",
            revision=revision,
        )


def _hardware(category: str | None, parts: re.Match[str] | None) -> Hardware:
    """The device as `hardware_category` names it, or the configuration's name."""
    hosts, devices = (int(parts["hosts"]), int(parts["devices"])) if parts else (None, None)
    count = hosts * devices if hosts and devices else None
    named = CATEGORY.match(category or "")
    device = named["device"].lower() if named else parts["device"] if parts else None
    if device is None:
        return UNSTATED
    if device in PROCESSORS:
        return hardware(PROCESSORS[device], count=count, nodes=hosts, host=None)
    kind = named["kind"] if named else ""
    model = f"TPU {device}" if kind == "TPU" else device.upper()
    found = hardware(model, count=count, nodes=hosts, host=None)
    if found.hardware_class == "unknown" and kind in ("GPU", "TPU"):
        return Hardware(kind.lower(), None, model, model, count, hosts)
    return found


FORMAT = OpenXla()
