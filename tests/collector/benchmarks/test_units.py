"""Units: canonical unit, scale and direction, and refusals of what is not known."""

from __future__ import annotations

import pytest

from collector.benchmarks.units import UnitError, metric, unit


@pytest.mark.parametrize(
    ("written", "canonical", "scale", "direction"),
    [
        ("ms", "second", 1e-3, "lower"),
        ("µs", "second", 1e-6, "lower"),
        ("minutes", "second", 60, "lower"),
        ("ns/iter", "second", 1e-9, "lower"),
        ("iter/sec", "iteration/second", 1, "higher"),
        ("images/s", "image/second", 1, "higher"),
        ("samples/min", "sample/second", 1 / 60, "higher"),
        ("tokens per second", "token/second", 1, "higher"),
        ("MB/s", "byte/second", 1e6, "higher"),
        ("KiB", "byte", 1024, None),
        ("B/op", "byte/operation", 1, "lower"),
        ("allocs/op", "allocation/operation", 1, "lower"),
        ("fps", "frame/second", 1, "higher"),
    ],
)
def test_a_known_unit_has_canonical_unit_scale_and_direction(
    written: str, canonical: str, scale: float, direction: str | None
) -> None:
    found = unit(written)
    assert (found.canonical, found.direction) == (canonical, direction)
    assert found.scale == pytest.approx(scale, rel=1e-12)


@pytest.mark.parametrize("written", ["", "Ms", "furlongs", "s/s", "iter/", "/s", "S", "mb/s", "ms ms"])
def test_an_unknown_unit_is_an_error_that_names_it(written: str) -> None:
    with pytest.raises(UnitError, match="is not known") as raised:
        unit(written)
    assert repr(written) in str(raised.value)


def test_a_direction_that_contradicts_the_unit_is_refused() -> None:
    with pytest.raises(UnitError, match="higher is better, but the source says lower"):
        metric("throughput", "ops/s", "lower")


def test_a_unit_without_direction_needs_one_from_the_source() -> None:
    with pytest.raises(UnitError, match="nothing says whether more or less"):
        metric("share", "%")
    assert metric("share", "%", "higher").direction == "higher"
