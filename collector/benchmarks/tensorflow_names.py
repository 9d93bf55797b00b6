"""What TensorFlow's benchmarks say by their names: rates, devices, XLA and precision."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from collector.benchmarks.hardware import UNSTATED, Hardware, hardware
from collector.benchmarks.units import THINGS, Metric, metric

#: current_examples_per_sec, exp_per_second: what is counted, and that it is counted in a second.
RATE = re.compile(r"(?:^|(?P<before>.*)_)(?P<counted>[a-z]+)_per_sec(?:ond)?$", re.IGNORECASE)
#: A word of a name in snake or camel case.
XLA = re.compile(r"(?:(?<=[_./])|^)xla(?=_|$)_?|_xla(?=$)|Xla(?=[A-Z_\d]|$)|XLA(?=[A-Z_\d]|$)")
GPUS = re.compile(r"(?:^|_|[a-z])(\d+)_?gpus?(?=_|$)", re.IGNORECASE)
PROCESSOR = re.compile(r"(?:(?<=[_./])|^)cpu(?=[_\d]|$)|C[Pp][Uu](?=[A-Z_\d]|$)")
PRECISIONS: Final = (("fp16", "float16"), ("float16", "float16"), ("bf16", "bfloat16"), ("amp", "mixed"))
#: TensorFlow Models' short word, beside those that units know.
SHORT: Final = {"exp": "examples"}
#: What stands before a rate, where it says nothing or has several spellings.
BEFORE: Final = {"current": "", "avg": "average", "mean": "average"}
#: Flags that switch XLA on for whatever it can cluster.
AUTOMATIC = re.compile(r"--tf_xla_auto_jit=[12]")


def rate(name: str) -> Metric | None:
    """The throughput that a metric's name states ("examples_per_sec"), or None.

    What stands before it makes another metric of it: an average over the whole
    run ("avg_exp_per_second") is no series with the speed of single steps.
    """
    found = RATE.fullmatch(name)
    if found is None:
        return None
    counted = SHORT.get(found["counted"].lower(), found["counted"].lower())
    before = BEFORE.get(before := (found["before"] or "").lower(), before)
    known = f"{before}_throughput" if before else "throughput"
    return metric(known, f"{counted}/s") if counted in THINGS else None


def without_xla(name: str) -> tuple[str, bool]:
    """The name that a benchmark has with XLA and without, and whether this one is with it."""
    plain = XLA.sub("", name)
    return (plain, True) if plain != name and plain else (name, False)


def precision(name: str) -> str | None:
    """The precision that a name states, or None."""
    words = re.split(r"[_./]", name.lower())
    return next((known for word, known in PRECISIONS if word in words), None)


def compiler(name: str, switches: Iterable[object], other: str) -> str:
    """xla where the name or one of the switches (flags, variables) says so, else `other`."""
    if without_xla(name)[1] or any(AUTOMATIC.search(str(one)) for one in switches):
        return "xla"
    return other


def machine(
    name: str, *, gpu: str | None, gpus: int | None, processor: str | None, sockets: int | None = None
) -> Hardware:
    """What a benchmark ran on, of a machine's parts.

    TensorFlow uses a GPU where there is one; a benchmark that does not has the
    processor in its name, and one that uses some of several has their number.
    """
    if gpu is not None and not PROCESSOR.search(name):
        told = GPUS.search(name)
        count = min(int(told[1]), gpus or int(told[1])) if told else gpus
        return hardware(gpu, count=count or None, nodes=1, host=processor)
    if processor is None:
        return UNSTATED
    return hardware(processor, count=sockets or None, nodes=1, host=processor)


def parameters(told: object) -> dict[str, Any]:
    """A run's parameters as TensorFlow Models lists them, each by its name."""
    found: dict[str, Any] = {}
    for one in told if isinstance(told, list) else []:
        if isinstance(one, Mapping) and isinstance(one.get("name"), str):
            values = [value for key, value in one.items() if key != "name"]
            found[one["name"]] = values[0] if values else None
    return found


def outside(held: dict[str, Any]) -> str | None:
    """Why a metric's value is outside of its own `min_value` and `max_value`, or None."""
    value = held.get("value")
    low, high = _bound(held.get("min_value")), _bound(held.get("max_value"))
    if isinstance(value, int | float) and not isinstance(value, bool):
        if low is not None and value < low:
            return f"{value:g} is below the bound {low:g} that the benchmark sets itself"
        if high is not None and value > high:
            return f"{value:g} is above the bound {high:g} that the benchmark sets itself"
    return None


def _bound(written: object) -> float | None:
    """A bound; protobuf wraps optional numbers in an object with `value`."""
    held = written.get("value") if isinstance(written, dict) else written
    return float(held) if isinstance(held, int | float) and not isinstance(held, bool) else None
