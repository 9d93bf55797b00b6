"""One budget for all threads: what GitHub's headers say, less what is under way and what is the owner's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.github.budget import PACES, Budget, Wait
from collector.github.limits import Limit
from collector.github.pace import Pace
from collector.github.transport import Answer

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Time:
    """A wall clock and one that only grows, set by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def seconds(self) -> float:
        return self.now.timestamp()


@pytest.fixture
def time() -> Time:
    return Time()


def budget(time: Time, tokens: int = 1, headroom: float = 0.0) -> Budget:
    return Budget(tokens, headroom, now=lambda: time.now, clock=time.seconds)


def told(
    limit: int, remaining: int, reset: datetime = NOW + HOUR, date: datetime | None = NOW, resource: str = ""
) -> Answer:
    headers = {
        "x-ratelimit-limit": str(limit),
        "x-ratelimit-remaining": str(remaining),
        "x-ratelimit-reset": str(int(reset.timestamp())),
    }
    if date:
        headers["date"] = format_datetime(date, usegmt=True)
    if resource:
        headers["x-ratelimit-resource"] = resource
    return Answer(200, None, headers)


def test_requests_under_way_are_counted_on_top_of_what_github_says(time: Time) -> None:
    shared = budget(time)
    shared.read(0, "core", told(5000, 2))
    assert [shared.choose("core"), shared.choose("core")] == [0, 0]
    assert shared.choose("core") == Wait(NOW + HOUR)
    shared.done(0, "core")
    assert shared.choose("core") == 0


def test_headroom_is_a_share_of_the_hourly_quotas_alone(time: Time) -> None:
    shared = budget(time, headroom=0.1)
    shared.read(0, "core", told(5000, 500))
    shared.read(0, "search", told(30, 1, NOW + timedelta(seconds=60)))
    assert isinstance(shared.choose("core"), Wait)
    assert shared.choose("search") == 0
    shared.read(0, "core", told(12_500, 1251))
    assert shared.choose("core") == 0


def test_answers_that_arrive_in_another_order_give_nothing_back(time: Time) -> None:
    shared = budget(time)
    shared.read(0, "core", told(5000, 7))
    shared.read(0, "core", told(5000, 9))
    held = shared.quota("core")
    assert held is not None
    assert held.remaining == 7


def test_what_other_processes_spend_shows(time: Time) -> None:
    shared = budget(time)
    shared.read(0, "core", told(5000, 4000))
    shared.read(0, "core", told(5000, 12))
    shared.read(0, "core", told(5000, 4999, NOW + 2 * HOUR))
    held = shared.quota("core")
    assert held is not None
    assert held.remaining == 4999, "a new hour begins anew"


@pytest.mark.parametrize("ahead", [timedelta(minutes=-50), timedelta(minutes=50), timedelta(days=400)])
def test_a_reset_is_put_into_our_time_by_githubs_date(time: Time, ahead: timedelta) -> None:
    shared = budget(time)
    shared.read(0, "core", told(5000, 0, NOW + ahead + HOUR, NOW + ahead))
    assert shared.choose("core") == Wait(NOW + HOUR)


@pytest.mark.parametrize("ahead", [timedelta(minutes=-50), timedelta(days=400)])
def test_a_reset_that_cannot_be_neither_blocks_nor_spins(time: Time, ahead: timedelta) -> None:
    shared = budget(time)
    refusals = 0
    while time.now < NOW + timedelta(hours=3):
        chosen = shared.choose("core")
        if isinstance(chosen, Wait):
            assert timedelta(0) < chosen.until - time.now <= timedelta(seconds=3605)
            time.now = chosen.until
            continue
        shared.done(chosen, "core")
        shared.read(chosen, "core", told(5000, 0, NOW + ahead, None))
        seconds = None if ahead > HOUR else -10.0
        shared.refused(chosen, "core", Limit(False, seconds))
        refusals += 1
    assert refusals < 60


def test_refusals_in_a_row_double_an_unstated_pause_and_hold_for_all_that_the_token_asks(time: Time) -> None:
    shared = budget(time)
    pauses = []
    for _ in range(4):
        pause = shared.refused(0, "graphql", Limit(True, None)).until - time.now
        pauses.append(pause.total_seconds())
        assert shared.choose("core") == shared.choose("search") == Wait(time.now + pause, secondary=True)
        time.now += pause
        assert shared.choose("graphql") == 0
        shared.done(0, "graphql")
    assert pauses == [60, 120, 240, 480]
    shared.accepted(0, "graphql")
    assert shared.refused(0, "graphql", Limit(True, None)).until == time.now + timedelta(seconds=60)


def test_the_token_with_most_left_goes_first_and_a_preferred_one_before_it(time: Time) -> None:
    shared = budget(time, tokens=3)
    for place, remaining in enumerate((10, 900, 0)):
        shared.read(place, "core", told(5000, remaining))
    assert shared.choose("core") == 1
    assert shared.choose("core", preferred=0) == 0
    assert shared.choose("core", preferred=2) == 1


def test_a_token_that_was_refused_is_asked_only_when_there_is_no_other(time: Time) -> None:
    shared = budget(time, tokens=2)
    assert shared.put_aside(0)
    shared.read(1, "core", told(5000, 0))
    assert shared.choose("core") == Wait(NOW + HOUR)
    assert not shared.put_aside(1)
    time.now += timedelta(minutes=1)
    assert shared.choose("core") == 0
    shared.done(0, "core")
    shared.accepted(0, "core")
    assert shared.choose("core") == 0


@given(st.lists(st.floats(0, 3), max_size=600), st.sampled_from(sorted(PACES)))
def test_no_minute_has_more_requests_than_github_allows(gaps: list[float], resource: str) -> None:
    allowed = {"core": 900, "graphql": 2_000, "search": 30, "code_search": 10}[resource]
    pace = Pace(*PACES[resource])
    moment, made = 0.0, []
    for gap in [*gaps, *[0.0] * (2 * allowed)]:
        moment += gap
        made.append(moment + pace.wait(moment))
    assert made == sorted(made)
    assert all(later - earlier > 60 for earlier, later in zip(made, made[allowed:], strict=False))


def test_a_pace_that_was_too_quick_is_slowed_and_recovers() -> None:
    pace = Pace(60, 1)
    assert pace.wait(0) == 0
    pace.slow_down()
    first, second = pace.wait(0), pace.wait(0)
    assert second - first == 2.0
    for _ in range(100):
        pace.go_on()
    assert pace.wait(1000) == 0
    assert pace.wait(1000) == pytest.approx(1.0)


def test_a_server_of_ones_own_is_asked_without_a_pace_but_for_searches(time: Time) -> None:
    hurried = budget(time)
    assert max(hurried.pace(0, "core") for _ in range(1_000)) > 0
    hurried.hurry()
    assert {hurried.pace(0, resource) for resource in ("core", "graphql") for _ in range(5_000)} == {0.0}
    assert max(hurried.pace(0, "search") for _ in range(30)) > 0
