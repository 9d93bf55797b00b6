"""TensorFlow's `TestResults` as protobuf writes them in JSON: benchmarks of a test target at a commit."""

from __future__ import annotations

import re
from collections import Counter
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
from collector.benchmarks.hardware import Hardware
from collector.benchmarks.software import Software
from collector.benchmarks.tensorflow_names import compiler, machine, outside, precision, rate, without_xla
from collector.benchmarks.units import Metric, metric
from collector.jobs import Rejection

HEAD: Final = re.compile(rb"\"entries\"\s*:\s*\{\s*\"entry\"\s*:\s*\[")
#: No run has more iterations than an int64 holds.
MOST: Final = 1 << 63
#: Field → metric. Both writers of the message divide the times by the iterations.
FIELDS: Final[dict[str, Metric]] = {
    "wall_time": metric("time", "s"),
    "cpu_time": metric("cpu_time", "s"),
    "throughput": metric("throughput", "MB/s"),
}


class TensorflowTestResults(EachFileAlone):
    """One file, one run of a target."""

    name = "tensorflow_test_results"
    precedence = SHAPE

    def recognise(self, path: str, head: bytes) -> bool:  # noqa: ARG002 (the path may be anything)
        """By its list of entries."""
        return HEAD.search(head) is not None

    def read(self, files: Sequence[File]) -> Reading:
        """Of each entry its times, its throughput, and the metrics whose names state a rate."""
        file = files[0]
        return reading(file, lambda found: _Run(file, found).outcomes())


class _Run:
    """What is the same for all entries of a file."""

    def __init__(self, file: File, found: Document) -> None:
        self.path = file.path
        told = mapping(_snake(found.content))
        entries = mapping(told.get("entries")).get("entry")
        if not isinstance(entries, list):
            raise Unreadable("holds no list of entries")
        self.entries: list[Any] = entries
        self.target = text(told.get("target")) or text(told.get("name")) or "tensorflow"
        self.mode = text(told.get("run_mode"))
        self.version = text(told.get("tf_version"))
        commit = mapping(told.get("commit_id"))
        self.revision = text(commit.get("hash")) or (str(commit.get("changelist") or "") or None)
        started = _integer(told.get("start_time"))
        self.at = (milliseconds(started * 1000) if started else None) or dated(file, [])
        self.machine = mapping(told.get("machine_configuration"))
        self.switches = listed(mapping(told.get("run_configuration")).get("argument"))

    def outcomes(self) -> Iterator[Result | Rejection]:
        names = Counter(text(mapping(entry).get("name")) for entry in self.entries)
        pairs = {without_xla(name)[0] for name in names if name and without_xla(name)[1]}
        silent: set[str] = set()
        for number, entry in enumerate(self.entries, start=1):
            told = mapping(entry)
            name = text(told.get("name"))
            where = f"{self.path}: {name or f'entry {number}'}"
            if name is None:
                yield Rejection(where, "has no name")
            elif names[name] > 1:
                yield Rejection(where, "the name stands more than once in one run: which is meant is unknown")
                names[name] = 0  # said once
            elif names[name] == 1:
                yield from self.entry(name, told, where, name in pairs, silent)

    def entry(
        self, name: str, told: dict[str, Any], where: str, paired: bool, silent: set[str]
    ) -> Iterator[Result | Rejection]:
        """An entry's values. A field that its writer left unset holds 0 or -1; a sibling's name with XLA
        in it says that the one without it ran without."""
        case = Case(self.target, without_xla(name)[0], None, self.mode)
        software = Software(
            "TensorFlow",
            self.version,
            compiler(name, self.switches, "none" if paired else "unknown"),
            precision(name),
            self.system(),
        )
        of_machine = self.hardware(name)
        iterations = _integer(told.get("iters")) or 0
        any_value = False

        def made(label: str, measured: Metric, value: object, wrong: str | None = None) -> Result | Rejection:
            refused = refusal(value, measured)
            if refused is not None or not isinstance(value, int | float):
                return Rejection(where, f"{measured.name}: {refused}")
            return Result(
                series=Series(case, of_machine, software, measured),
                natural_key=f"{self.target}/{name}/{label}@{self.revision}@{self.at:%Y-%m-%dT%H:%M:%SZ}",
                measured_at=self.at,
                value=float(value),
                claim="published",
                samples=iterations if 0 < iterations < MOST else 1,
                invalid_reason=wrong,
                revision=self.revision,
            )

        for field, measured in FIELDS.items():
            value = told.get(field)
            if value not in (None, 0, -1):
                any_value = True
                yield made(field, measured, value)
        for title, number, wrong in _named_values(told):
            known = rate(title)
            if known is None:
                if title not in silent:
                    silent.add(title)
                    yield Rejection(f"{self.path}: {title}", "the metric states no unit")
                continue
            any_value = True
            yield made(title, known, number, wrong)
        if not any_value:
            yield Rejection(where, "holds no value: what is not measured is 0 or -1 there")

    def hardware(self, name: str) -> Hardware:
        """The machine's GPU or processor; the host's name is no kind of machine."""
        gpus: list[str] = [
            model
            for one in listed(self.machine.get("device_info"))
            if isinstance(one, dict) and (model := text(one.get("model"))) is not None
        ]
        described: list[str] = [
            found[1].strip()
            for one in listed(self.machine.get("available_device_info"))
            if isinstance(one, dict) and one.get("type") == "GPU"
            if (found := re.search(r"name: ([^,]+)", str(one.get("physical_description"))))
        ]
        of_gpu = gpus or described
        processor = text(mapping(self.machine.get("cpu_info")).get("cpu_info"))
        platform = text(mapping(self.machine.get("platform_info")).get("machine"))
        return machine(
            name,
            gpu=of_gpu[0] if of_gpu else None,
            gpus=len(of_gpu),
            processor=processor or platform,
        )

    def system(self) -> str | None:
        """The operating system and its release."""
        told = mapping(self.machine.get("platform_info"))
        return " ".join(filter(None, (text(told.get("system")), text(told.get("release"))))) or None


def _named_values(told: dict[str, Any]) -> Iterator[tuple[str, object, str | None]]:
    """Extras and metrics with numbers, and why a metric is outside of the bounds that it brings."""
    for name, value in mapping(told.get("extras")).items():
        number = mapping(value).get("double_value")
        if isinstance(number, int | float):
            yield name, number, None
    for one in listed(told.get("metrics")):
        held = mapping(one)
        label = text(held.get("name"))
        if label is not None:
            yield label, held.get("value"), outside(held)


def _integer(written: object) -> int | None:
    """An int64: protobuf writes them as text."""
    try:
        return int(str(written))
    except ValueError:
        return None


def _snake(value: Any) -> Any:
    """The same with protobuf's field names as they are declared; it writes them in camel case by default.

    Keys of `extras` are names of metrics and stay as they are.
    """
    if isinstance(value, list):
        return [_snake(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        re.sub(r"(?<=[a-z])([A-Z])", lambda found: "_" + found[1].lower(), key): (
            {name: _snake(one) for name, one in inner.items()}
            if key == "extras" and isinstance(inner, dict)
            else _snake(inner)
        )
        for key, inner in value.items()
    }


FORMAT = TensorflowTestResults()
