"""Times a workload with and without compilation: interleaved pairs in random order, after a warm-up."""

from __future__ import annotations

import gc
import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from collector.benchmarks.measuring.agreement import Agreement, agreement
from collector.benchmarks.measuring.backends import Backend, Program
from collector.benchmarks.measuring.workloads import Workload

#: Compilations of each side; each is of a new program.
COMPILATIONS: Final = 3
#: Both sides run at least so long, and so often, before anything counts (seconds, steps).
WARM_UP: Final = 0.3
WARM_UP_STEPS: Final = 5
#: A sample is the mean of as many steps as fill this time (seconds), so that the clock does not matter.
BLOCK: Final = 0.01
MOST_STEPS: Final = 2_000

Clock = Callable[[], float]


@dataclass
class Side:
    """The samples of one side in seconds: steps in the order of the pairs, and first calls."""

    steps: list[float] = field(default_factory=list)
    firsts: list[float] = field(default_factory=list)
    steps_a_sample: int = 1


@dataclass(frozen=True)
class Timed:
    """Both sides of a workload, and whether they agree."""

    off: Side
    on: Side
    agreement: Agreement


def time_both(backend: Backend, workload: Workload, *, pairs: int, seed: int, clock: Clock) -> Timed:
    """Measures a workload: `pairs` samples of each side, `clock` in seconds.

    A pair is one sample of each side, next to each other in time, in an order that is drawn with
    `seed`: what the machine does meanwhile meets both sides.
    """
    order = random.Random(seed)
    sides = {False: Side(), True: Side()}
    backend.start()
    programs: dict[bool, Program] = {}
    for _ in range(COMPILATIONS):
        for compiled in _drawn(order):
            program = backend.program(workload, compiled)
            program.trace()
            began = clock()
            program.first()
            program.wait()
            sides[compiled].firsts.append(clock() - began)
            programs[compiled] = program
    agreed = agreement(programs[False].outputs(), programs[True].outputs(), workload.precision)
    gc.collect()
    gc.disable()
    try:
        for compiled, program in programs.items():
            sides[compiled].steps_a_sample = _warmed_up(program, clock)
        for _ in range(pairs):
            for compiled in _drawn(order):
                side = sides[compiled]
                side.steps.append(_sample(programs[compiled], side.steps_a_sample, clock))
    finally:
        gc.enable()
    return Timed(sides[False], sides[True], agreed)


def _drawn(order: random.Random) -> tuple[bool, bool]:
    return (True, False) if order.random() < 0.5 else (False, True)


def _warmed_up(program: Program, clock: Clock) -> int:
    """Runs a program until it is warm; how many of its steps fill a block."""
    began, steps = clock(), 0
    while steps < WARM_UP_STEPS or clock() - began < WARM_UP:
        step = _sample(program, 1, clock)
        steps += 1
        if steps >= MOST_STEPS:
            break
    step = min(_sample(program, 1, clock), step)
    return min(MOST_STEPS, max(1, math.ceil(BLOCK / step))) if step > 0 else MOST_STEPS


def _sample(program: Program, steps: int, clock: Clock) -> float:
    """Seconds a step, as the mean of so many."""
    began = clock()
    for _ in range(steps):
        program.step()
    program.wait()
    return (clock() - began) / steps
