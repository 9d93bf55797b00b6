"""A circuit opens after failures of different requests, and one request at a time tries to close it."""

from __future__ import annotations

from collector.github.circuit import FIRST_PAUSE, LONGEST_PAUSE, Circuit


class Clock:
    """Seconds that are set by hand."""

    second = 1000.0

    def __call__(self) -> float:
        return self.second


def opened(clock: Clock) -> Circuit:
    circuit = Circuit(clock)
    for request in ("a", "b", "c", "a", "b"):
        assert circuit.enter() == 0
        circuit.failed(request)
    return circuit


def test_one_request_that_cannot_be_answered_opens_nothing() -> None:
    circuit = Circuit(Clock())
    for _ in range(50):
        circuit.failed("an enormous page")
    assert circuit.closed_for() == 0


def test_an_answer_in_between_forgets_the_failures() -> None:
    circuit = Circuit(Clock())
    for request in "abcdefgh":
        circuit.failed(request)
        circuit.answered()
    assert circuit.closed_for() == 0


def test_an_open_circuit_lets_one_request_through_after_a_pause_that_grows() -> None:
    clock = Clock()
    circuit = opened(clock)
    pauses = []
    for _ in range(8):
        pauses.append(circuit.enter())
        clock.second += pauses[-1]
        assert circuit.enter() == 0, "the pause is over: this one tries"
        assert circuit.enter() > 0, "and nobody else does meanwhile"
        circuit.failed("a")
    assert pauses == [30, 60, 120, 240, 480, 900, 900, 900]
    assert (FIRST_PAUSE, LONGEST_PAUSE) == (30, 900)


def test_an_answer_closes_the_circuit_for_all() -> None:
    clock = Clock()
    circuit = opened(clock)
    clock.second += FIRST_PAUSE
    assert circuit.enter() == 0
    circuit.answered()
    assert [circuit.enter(), circuit.enter()] == [0, 0]
    assert opened(clock).closed_for() == FIRST_PAUSE, "the next time begins with a short pause again"


def test_a_try_that_was_not_made_leaves_its_place_to_another() -> None:
    clock = Clock()
    circuit = opened(clock)
    clock.second += FIRST_PAUSE
    assert circuit.enter() == 0
    circuit.left()
    assert circuit.enter() == 0
