"""What is measured: suites of workloads, and how they are called and chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from importlib.util import find_spec
from typing import Final, Literal

from collector.errors import CollectorError

Mode = Literal["inference", "training"]


@dataclass(frozen=True)
class Workload:
    """One model in one mode at one batch size."""

    model: str
    mode: Mode
    batch: int
    precision: str = "float32"

    @property
    def name(self) -> str:
        """How it is chosen: MODEL/MODE/BATCH."""
        return f"{self.model}/{self.mode}/{self.batch}"

    @property
    def scenario(self) -> str:
        """How results call mode and batch."""
        return f"{self.mode}, batch {self.batch}"


@dataclass(frozen=True)
class Framework:
    """A framework that can be measured: its name, the package that must be there, our module for it."""

    name: str
    package: str
    module: str

    @property
    def installed(self) -> bool:
        """Whether its package is there; it is not imported."""
        return find_spec(self.package) is not None


@dataclass(frozen=True)
class Suite:
    """Workloads and the frameworks that they are measured in; `install` says how to get one."""

    name: str
    meaning: str
    workloads: tuple[Workload, ...]
    frameworks: tuple[Framework, ...]
    install: str


@dataclass(frozen=True)
class Measurement:
    """One workload in one framework: one child process."""

    workload: Workload
    framework: Framework


MODELS: Final = ("elementwise", "normalization", "mlp", "convolution", "attention", "lstm", "embedding")
MODES: Final[tuple[Mode, ...]] = ("inference", "training")
BATCHES: Final = (1, 32)
_BACKENDS: Final = "collector.benchmarks.measuring"
SUITES: Final = (
    Suite(
        "xla-cpu",
        "XLA on against off on the CPU: small models at batch 1 and 32, inference and a training step",
        tuple(Workload(model, mode, batch) for model in MODELS for mode in MODES for batch in BATCHES),
        (
            Framework("TensorFlow", "tensorflow", f"{_BACKENDS}.tensorflow_backend"),
            Framework("JAX", "jax", f"{_BACKENDS}.jax_backend"),
        ),
        "make install-bench, in the checkout",
    ),
)


def suite_named(name: str) -> Suite:
    """The suite of that name; `CollectorError` says which there are."""
    for suite in SUITES:
        if suite.name == name:
            return suite
    raise CollectorError(
        "is no suite",
        to=repr(name),
        next_step=f"Choose from {', '.join(suite.name for suite in SUITES)}",
        retry=False,
    )


def chosen(suite: Suite, only: Sequence[str] = (), framework: str | None = None) -> list[Measurement]:
    """What is to be measured here: chosen workloads in every framework that is installed.

    `only` holds names (mlp/inference/1), parts of them from the left (mlp, mlp/training), or
    patterns (*/training, */*/1); `framework` names one alone. `CollectorError` when one matches
    nothing, or what is to be measured is not installed.
    """
    for wanted in only:
        if not any(_matches(workload, wanted) for workload in suite.workloads):
            raise CollectorError(
                f"is no case of the suite {suite.name}",
                to=repr(wanted),
                next_step="flowmeter bench run --list shows them; mlp, mlp/training and */*/1 choose several",
                retry=False,
            )
    asked = [each for each in suite.frameworks if framework in (None, each.name)]
    if not asked:
        raise CollectorError(
            f"is no framework of the suite {suite.name}",
            to=repr(framework),
            next_step=f"Choose from {', '.join(each.name for each in suite.frameworks)}",
            retry=False,
        )
    installed = [each for each in asked if each.installed]
    if not installed:
        names = " nor ".join(each.name for each in asked)
        missing = f"neither {names} is installed" if len(asked) > 1 else f"{names} is not installed"
        raise CollectorError(missing, to=suite.name, next_step=f"Install it: {suite.install}", retry=False)
    return [
        Measurement(workload, each)
        for each in installed
        for workload in suite.workloads
        if not only or any(_matches(workload, wanted) for wanted in only)
    ]


def _matches(workload: Workload, wanted: str) -> bool:
    return fnmatchcase(workload.name, wanted) or fnmatchcase(workload.name, f"{wanted.rstrip('/')}/*")
