"""Units of benchmarks: canonical unit, scale and direction; what is not known is an error, never a guess."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

Direction = Literal["lower", "higher"]

#: Time units in seconds. Case counts: "Ms" is no millisecond.
TIMES: Final = {
    **dict.fromkeys(("ns", "nsec", "nanosecond", "nanoseconds"), 1e-9),
    **dict.fromkeys(("us", "µs", "μs", "usec", "microsecond", "microseconds"), 1e-6),
    **dict.fromkeys(("ms", "msec", "millisecond", "milliseconds"), 1e-3),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1.0),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hour", "hours"), 3_600.0),
    **dict.fromkeys(("d", "day", "days"), 86_400.0),
}
#: Sizes in bytes, decimal and binary.
SIZES: Final = {
    **dict.fromkeys(("B", "byte", "bytes"), 1.0),
    **dict.fromkeys(("kB", "KB"), 1e3),
    "MB": 1e6,
    "GB": 1e9,
    "TB": 1e12,
    "KiB": 2.0**10,
    "MiB": 2.0**20,
    "GiB": 2.0**30,
}
#: What is counted in a rate, or stands under a time: every spelling → one word.
THINGS: Final = {
    spelling: word
    for word, spellings in {
        "iteration": "iter iters iteration iterations",
        "operation": "op ops operation operations",
        "image": "image images img imgs",
        "sample": "sample samples",
        "example": "example examples",
        "frame": "frame frames",
        "token": "token tokens",
        "sentence": "sentence sentences",
        "query": "query queries",
        "request": "request requests req reqs",
        "step": "step steps",
        "item": "item items",
        "inference": "inf inference inferences",
        "allocation": "alloc allocs allocation allocations",
    }.items()
    for spelling in spellings.split()
}
#: Units whose direction only the source can tell.
PLAIN: Final = {
    "%": "per cent",
    "percent": "per cent",
    "x": "ratio",
    "ratio": "ratio",
    "W": "watt",
    "cycles": "cycle",
    "streams": "stream",
}
#: Energies in joules.
ENERGIES: Final = {"J": 1.0, "mJ": 1e-3, "µJ": 1e-6, "uJ": 1e-6}


class UnitError(ValueError):
    """A unit that is not known, or a direction that is not stated or contradicts the unit."""


@dataclass(frozen=True)
class Unit:
    """A unit as written, and what it is in the canonical one.

    `dimension` is time, rate, size, count, energy or plain; `direction` is None where
    the unit alone does not say which way is better.
    """

    written: str
    dimension: str
    canonical: str
    scale: float
    direction: Direction | None


@dataclass(frozen=True)
class Metric:
    """What is measured: a value in `unit` times `scale` is in `canonical_unit`."""

    name: str
    unit: str
    canonical_unit: str
    scale: float
    direction: Direction
    dimension: str


@lru_cache(maxsize=4_096)
def unit(written: str) -> Unit:
    """The unit of that spelling; `UnitError` names one that is not known."""
    text = " ".join(written.split())
    if text in TIMES:
        return Unit(written, "time", "second", TIMES[text], "lower")
    if text in SIZES:
        return Unit(written, "size", "byte", SIZES[text], None)
    if text in PLAIN:
        return Unit(written, "plain", PLAIN[text], 1.0, None)
    if text in ENERGIES:
        return Unit(written, "energy", "joule", ENERGIES[text], None)
    if text == "fps":
        return Unit(written, "rate", "frame/second", 1.0, "higher")
    upper, slash, lower = (part.strip() for part in re.sub(r"\s+per\s+", "/", text).partition("/"))
    if slash and lower in TIMES:
        if upper in THINGS:
            return Unit(written, "rate", f"{THINGS[upper]}/second", 1 / TIMES[lower], "higher")
        if upper in SIZES:
            return Unit(written, "rate", "byte/second", SIZES[upper] / TIMES[lower], "higher")
    if slash and lower in THINGS:
        if upper in TIMES:
            # ns/iter and ns/op are times of one: the same canonical unit as a plain time.
            return Unit(written, "time", "second", TIMES[upper], "lower")
        if upper in SIZES:
            return Unit(written, "size", f"byte/{THINGS[lower]}", SIZES[upper], "lower")
        if upper in ENERGIES:
            return Unit(written, "energy", f"joule/{THINGS[lower]}", ENERGIES[upper], "lower")
        if upper in THINGS:
            return Unit(written, "count", f"{THINGS[upper]}/{THINGS[lower]}", 1.0, "lower")
    raise UnitError(f"the unit {written[:60]!r} is not known")


@lru_cache(maxsize=65_536)
def metric(name: str, written: str, stated: Direction | None = None) -> Metric:
    """A metric in a unit, with the direction that the source states or that lies in the unit.

    `UnitError` when the unit is not known, when neither says which way is
    better, or when they contradict each other.
    """
    known = unit(written)
    direction = stated or known.direction
    if direction is None:
        raise UnitError(f"nothing says whether more or less of {written[:60]!r} is better")
    if known.direction is not None and direction != known.direction:
        raise UnitError(f"in {written[:60]!r} {known.direction} is better, but the source says {direction}")
    return Metric(name, written, known.canonical, known.scale, direction, known.dimension)
