"""Whether two ways to compute the same gave the same numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Arrays = Mapping[str, npt.NDArray[Any]]

#: Largest relative difference that rounding in another order explains, by precision. It is some thousand
#: units in the last place: behind a gradient stand sums of tens of thousands of terms of both signs.
#: Arithmetic in bfloat16 where float32 was asked for differs by more.
TOLERANCES: Final = {"float64": 1e-10, "float32": 1e-3, "bfloat16": 5e-2, "float16": 1e-2}


@dataclass(frozen=True)
class Agreement:
    """The largest relative difference, what is tolerated, and why the two disagree (None: they agree)."""

    difference: float | None
    tolerance: float
    reason: str | None


def agreement(off: Arrays, on: Arrays, precision: str) -> Agreement:
    """Compares outputs by name.

    The difference of an output is the largest absolute difference over the largest absolute value
    in it: single numbers near 0 have no meaningful relative difference of their own. The worst
    output counts. `KeyError` for a precision without a tolerance.
    """
    tolerance = TOLERANCES[precision]
    if off.keys() != on.keys():
        return Agreement(None, tolerance, f"the outputs differ: {sorted(off)} and {sorted(on)}")
    worst, where = 0.0, ""
    for name in off:
        plain, compiled = np.asarray(off[name], np.float64), np.asarray(on[name], np.float64)
        if plain.shape != compiled.shape:
            return Agreement(None, tolerance, f"{name} has the shapes {plain.shape} and {compiled.shape}")
        for side, values in (("without", plain), ("with", compiled)):
            if not np.isfinite(values).all():
                return Agreement(None, tolerance, f"{name} is not finite {side} XLA")
        largest = max(float(np.abs(plain).max(initial=0.0)), float(np.abs(compiled).max(initial=0.0)))
        difference = float(np.abs(plain - compiled).max(initial=0.0)) / largest if largest else 0.0
        if difference >= worst:
            worst, where = difference, name
    if worst > tolerance:
        why = f"{where} differs by {worst:.2g} of its largest value with and without XLA"
        return Agreement(worst, tolerance, f"{why} (tolerance {tolerance:g}); which is right is not known")
    return Agreement(worst, tolerance, None)
