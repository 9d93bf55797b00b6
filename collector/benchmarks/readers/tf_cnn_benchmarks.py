"""What tf_cnn_benchmarks prints: images a second of a convolutional model, with XLA or without."""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePosixPath
from typing import Final

from collector.benchmarks.documents import Unreadable, dated
from collector.benchmarks.formats import (
    SIGNATURE,
    Case,
    EachFileAlone,
    File,
    Reading,
    Result,
    Series,
    lines,
    refusal,
)
from collector.benchmarks.hardware import UNSTATED, Hardware, hardware
from collector.benchmarks.software import Software
from collector.benchmarks.units import metric
from collector.jobs import Rejection

SUITE: Final = "tf_cnn_benchmarks"
THROUGHPUT: Final = metric("throughput", "images/s")
MARKS: Final = re.compile(rb"total images/sec: |images/sec: [\d.]+ \+/- |\bSingleSess:  ")
COMMAND: Final = re.compile(r"(tf_cnn_benchmarks\.py\b.*)")
#: `Model:       resnet50`, perhaps behind a log's prefix.
SETTING: Final = re.compile(
    r"(?:^|[\s|:>])(TensorFlow|Model|Dataset|Mode|Batch size|Devices|Num batches): +(.+?)\s*$"
)
PER_DEVICE: Final = re.compile(r"(?:^|\s)([\d.]+) per device\s*$")
DECIMAL: Final = r"(\d+(?:\.\d+)?)"
STEP: Final = re.compile(
    rf"(?:^|\s)(\d{{1,15}})\s+images/sec: {DECIMAL} \+/- {DECIMAL} \(jitter = {DECIMAL}\)"
)
TOTAL: Final = re.compile(r"(?:^|\s)total images/sec: (\S+)")
#: TensorFlow says so when it opens a GPU.
GPU: Final = re.compile(r"device: (\d+), name: ([^,]+),")
MODES: Final = {"train": "training", "training": "training", "forward_only": "forward only"}


@dataclass
class Run:
    """What one start of the program printed."""

    settings: dict[str, str] = field(default_factory=dict)
    command: str | None = None
    gpus: dict[str, str] = field(default_factory=dict)
    per_device: str | None = None
    steps: list[tuple[str, ...]] = field(default_factory=list)
    total: str | None = None

    def flag(self, name: str) -> str | None:
        """A flag of the command line, `true` where it has no value; None where it is not there."""
        try:
            words = shlex.split(self.command or "")
        except ValueError:
            words = (self.command or "").split()
        value = None
        for place, word in enumerate(words):
            key, equals, given = word.lstrip("-").partition("=")
            if not word.startswith("-") or key not in (name, f"no{name}"):
                continue
            after = words[place + 1] if place + 1 < len(words) else "-"
            value = given if equals else ("true" if after.startswith("-") else after)
            value = "false" if key == f"no{name}" else value
        return value.lower() if value is not None else None


class TfCnnBenchmarks(EachFileAlone):
    """One file, one or several starts of the program."""

    name = "tf_cnn_benchmarks"
    precedence = SIGNATURE

    def recognise(self, path: str, head: bytes) -> bool:
        """By lines that it alone prints; not a text about them, and no MLPerf log of a run with it."""
        written = PurePosixPath(path).suffix.lower() in ("", ".txt", ".log", ".out")
        return written and MARKS.search(head) is not None and b":::ML" not in head

    def read(self, files: Sequence[File]) -> Reading:
        """A result for each start that reached its end."""
        file = files[0]
        outcomes: list[Result | Rejection] = []
        try:
            at = dated(file, [])
        except Unreadable as error:
            return Reading(file.path, [Rejection(file.path, str(error))])
        runs = list(_runs(file, outcomes))
        for number, run in enumerate(runs, start=1):
            outcomes.append(_result(run, f"{file.path}: run {number}", at))
        if not runs:
            outcomes.append(Rejection(file.path, "holds no run: neither settings nor a total"))
        return Reading(file.path, outcomes)


def _runs(file: File, refused: list[Result | Rejection]) -> Iterator[Run]:
    run = Run()
    for number, line in enumerate(lines(file), start=1):
        if isinstance(line, Rejection):
            refused.append(line)
            continue
        text = line.decode("utf-8", "replace")
        if found := COMMAND.search(text):
            if run.settings or run.total:
                yield run
                run = Run()
            run.command = found[1]
        elif found := SETTING.search(text):
            # A header that begins anew is the next start of the program.
            if found[1] in run.settings and (run.total or found[1] == "Model"):
                yield run
                run = Run(gpus=run.gpus)
            run.settings[found[1]] = found[2]
        elif found := PER_DEVICE.search(text):
            run.per_device = found[1]
        elif found := STEP.search(text):
            run.steps.append(found.groups())
        elif found := GPU.search(text):
            run.gpus[found[1]] = found[2].strip()
        elif found := TOTAL.search(text):
            if run.total is not None:
                why = "a total stands more than once in one run; the first counts"
                refused.append(Rejection(f"{file.path}:{number}", why))
            else:
                run.total = found[1]
    if run.settings or run.total:
        yield run


def _result(run: Run, where: str, at: datetime) -> Result | Rejection:
    model = run.settings.get("Model") or run.flag("model")
    if model is None:
        return Rejection(where, "names no model")
    if run.total is None:
        return Rejection(where, "no total images/sec: the output is cut off, or the run never ended")
    try:
        value = float(run.total)
    except ValueError:
        return Rejection(where, f"the value {run.total[:60]!r} is not a number")
    if why := refusal(value, THROUGHPUT):
        return Rejection(where, why)
    mode = run.settings.get("Mode", "").rpartition(".")[2].lower().replace("-", "_")
    batch = f"batch {run.per_device} a device" if run.per_device else None
    told = (MODES.get(mode, mode or None), run.settings.get("Dataset"), batch)
    last = run.steps[-1] if run.steps else None
    content = (run.command, sorted(run.settings.items()), run.steps, run.total)
    return Result(
        series=Series(
            Case(SUITE, model, None, ", ".join(filter(None, told)) or None),
            _hardware(run),
            _software(run),
            THROUGHPUT,
        ),
        natural_key=hashlib.sha256(repr(content).encode("utf-8", "replace")).hexdigest()[:32],
        measured_at=at,
        value=value,
        claim="published",
        samples=max(1, int(last[0])) if last else 1,
        # What it calls jitter is the deviation of the steps, estimated from their median.
        spread=float(last[3]) if last else None,
    )


def _software(run: Run) -> Software:
    """TensorFlow with what the command line says; without a command line nothing is known of XLA."""
    compiler, precision = "unknown", None
    if run.command is not None:
        if run.flag("xla_compile") in ("true", "1"):
            compiler = "xla:compile"
        else:
            compiler = "xla" if run.flag("xla") in ("true", "1") else "none"
        precision = "float16" if run.flag("use_fp16") in ("true", "1") else "float32"
    return Software("TensorFlow", run.settings.get("TensorFlow"), compiler, precision)


def _hardware(run: Run) -> Hardware:
    devices = re.findall(r"/([a-z]+):\d+", run.settings.get("Devices", "").lower())
    if not devices:
        return UNSTATED
    if devices[0] == "gpu":
        name = next(iter(run.gpus.values()), None)
        if name is None:
            return Hardware("gpu", None, "GPU", "GPU", len(devices), None, None)
        return hardware(name, count=len(devices), nodes=None, host=None)
    return Hardware("unknown", None, devices[0].upper(), devices[0].upper(), len(devices))


FORMAT = TfCnnBenchmarks()
