"""A backend without any framework: sums by a loop against sums by NumPy; models that fail, too."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping
from typing import Any

import numpy as np

FRAMEWORK = "NumPy"
OFF, ON = "none", "xla"
GAIN = "speed_up"
OFF_PREPARATION, ON_PREPARATION = "graph_optimization_time", "compile_time"


class Sum:
    """The sum of squares of 500 numbers a sample: in Python, or in one call."""

    def __init__(self, workload: Any, compiled: bool) -> None:
        self.model, self.compiled = workload.model, compiled
        self.x = np.random.default_rng(1).standard_normal((workload.batch, 500))

    def trace(self) -> None: ...

    def first(self) -> None:
        for _ in range(20):
            self.step()
        if self.compiled and self.model == "raises":
            raise ValueError("the model is too large")
        if self.compiled and self.model == "crashes":
            os.kill(os.getpid(), signal.SIGSEGV)
        if self.model == "hangs":
            # A child of its own, which has to go as well: it says where it is.
            other = subprocess.Popen(["/bin/sh", "-c", "while :; do read line; done"])
            with open(os.environ["HANGING"], "w") as note:
                note.write(str(other.pid))
            signal.pause()

    def step(self) -> object:
        if self.compiled:
            return (self.x * self.x).sum(axis=1)
        return np.array([sum(float(value) * float(value) for value in row) for row in self.x])

    def wait(self) -> None: ...

    def outputs(self) -> Mapping[str, Any]:
        found = np.asarray(self.step())
        if self.compiled and self.model == "differs":
            found = found * 1.001
        if self.compiled and self.model == "not-finite":
            found[0] = np.nan
        return {"sum": found}


def version() -> str:
    return np.__version__


def revision() -> str | None:
    return None


def settings() -> Mapping[str, Any]:
    return {"threads": 1, "XLA_FLAGS": os.environ.get("XLA_FLAGS")}


def start() -> None: ...


def program(workload: Any, compiled: bool) -> Sum:
    return Sum(workload, compiled)
