"""What a framework offers to be measured: programs with and without whole-program compilation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy.typing as npt

from collector.benchmarks.measuring.workloads import Workload


class Program(Protocol):
    """A workload in one framework, compiled in one way, with inputs of its own."""

    def trace(self) -> None:
        """Everything before compilation: not timed."""

    def first(self) -> None:
        """Compiles and runs once: timed as a whole."""

    def step(self) -> object:
        """Runs once more; may return before the result is there."""

    def wait(self) -> None:
        """Returns when the last step's result is there."""

    def outputs(self) -> Mapping[str, npt.NDArray[Any]]:
        """What is compared between the two ways: outputs, or loss and gradients, of the first state."""


class Backend(Protocol):
    """A module that is imported in the child process alone."""

    #: As results call it: TensorFlow, JAX.
    FRAMEWORK: str
    #: The compiler of the two sides, as `Software.compiler` has it.
    OFF: str
    ON: str
    #: What the time off over the time on is called.
    GAIN: str
    #: What takes the first call's time beyond a step on the two sides.
    OFF_PREPARATION: str
    ON_PREPARATION: str

    def version(self) -> str:
        """The framework's version."""

    def revision(self) -> str | None:
        """The commit that it was built from, where it tells."""

    def settings(self) -> Mapping[str, Any]:
        """Threads, libraries and switches that the figures depend on."""

    def start(self) -> None:
        """Makes the framework do once what it does once a process."""

    def program(self, workload: Workload, compiled: bool) -> Program:
        """A new program, never compiled before."""
