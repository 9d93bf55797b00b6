"""Places in the line of those who ask: in order, kept by tickets, and nobody before others twice."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import Engine

from db.adhoc import kept_processes, standing_back, turns
from db.adhoc.limits import Limits
from db.adhoc.processes import WORKER
from db.adhoc.query import run, stream
from db.adhoc.turns import Line, TooMany
from db.errors import DatabaseError

ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x > 0) SELECT COUNT(*) FROM n"


def _sent_away(line: Line, ticket: str = "", who: str = "") -> TooMany:
    with pytest.raises(TooMany) as told:
        line.take(0, ticket, who)
    return told.value


def _waiting(line: Line, who: str = "") -> str:
    """The ticket of somebody who has come back once."""
    ticket = _sent_away(line, who=who).ticket
    assert _sent_away(line, ticket, who).ticket == ticket
    return ticket


def test_who_has_gone_keeps_neither_a_place_in_the_line_nor_the_thread_that_waits() -> None:
    line = Line(1)
    busy = line.take(0)
    looks = iter((False, True))
    began = time.monotonic()
    with pytest.raises(TooMany):
        line.take(60, gone=lambda: next(looks))
    assert time.monotonic() - began < 30
    assert "1 question is before it" in str(_sent_away(line, who="another"))
    busy.end()


def test_who_comes_back_is_answered_before_who_comes_later() -> None:
    line = Line(1)
    busy = line.take(0)
    first, second = _waiting(line), _waiting(line)
    assert "3 questions are before it" in str(_sent_away(line))
    assert "1 question is before it" in str(_sent_away(line, first))
    busy.end()
    busy.end()  # a place is given back once
    _sent_away(line)
    _sent_away(line, second)
    line.take(0, first).end()
    line.take(0, second)
    assert "1 question is before it" in str(_sent_away(line))


def test_who_never_comes_back_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    line = Line(1)
    busy = line.take(0)
    made_up = _sent_away(line, "of my own making")
    assert made_up.ticket not in ("", "of my own making")
    kept = _waiting(line)
    busy.end()
    _sent_away(line)
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + turns.KEPT + 1)
    line.take(0).end()
    line.take(0, kept)


def test_a_client_that_asks_for_everything_waits_behind_itself_and_others_do_not() -> None:
    line = Line(1)
    busy = line.take(0, who="greedy")
    tickets = [_waiting(line, "greedy") for _ in range(turns.MOST_OF_ONE)]
    assert _sent_away(line, who="greedy").ticket == ""
    other = _waiting(line, "other")
    assert "2 questions are before it" in str(_sent_away(line, other, "other")), "this one and the next"
    busy.end()
    second = line.take(0, tickets[0], "greedy")
    assert "1 question is before it" in str(_sent_away(line, other, "other"))
    second.end()
    _sent_away(line, tickets[1], "greedy")
    line.take(0, other, "other").end()
    line.take(0, tickets[1], "greedy")


def test_who_waits_in_the_line_is_let_in_when_a_place_comes_free() -> None:
    line = Line(1)
    busy = line.take(0)
    got: list[object] = []
    waiting = threading.Thread(target=lambda: got.append(line.take(20)))
    waiting.start()
    busy.end()
    waiting.join(20)
    assert len(got) == 1


def test_a_refusal_gives_the_place_back(sqlite_engine: Engine) -> None:
    for _ in range(turns.AT_ONCE + 1):
        with pytest.raises(DatabaseError, match="only SELECT"):
            stream(sqlite_engine, "DELETE FROM scopes", patience=0)
    assert run(sqlite_engine, "SELECT 1").rows == [(1,)]


@pytest.mark.skipif(not hasattr(os, "SCHED_IDLE"), reason="the system has no idle class")
def test_a_long_query_gets_what_others_leave_over_and_the_next_one_a_fresh_process(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(sqlite_engine, "SELECT 1").rows == [(1,)]
    (worker,) = kept_processes._idle[WORKER, False]
    number = worker.process.pid
    assert os.sched_getscheduler(number) == os.SCHED_OTHER
    assert os.getpriority(os.PRIO_PROCESS, number) == kept_processes.NICENESS
    seen: list[int] = []
    monkeypatch.setattr(turns, "SHORT", 0.02)

    def gone() -> bool:
        seen.append(os.sched_getscheduler(number))
        return seen[-1] == os.SCHED_IDLE

    with pytest.raises(DatabaseError):
        stream(sqlite_engine, ENDLESS, limits=Limits(seconds=60), gone=gone)
    assert (seen[0], seen[-1]) == (os.SCHED_OTHER, os.SCHED_IDLE)
    assert run(sqlite_engine, "SELECT 1").rows == [(1,)]
    assert all(each.process.pid != number for each in kept_processes._idle[WORKER, False])


def test_who_asked_for_long_rests_and_whoever_comes_new_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    line, now = Line(1), time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now)
    line.take(0, who="slow").end(took=4.0, rests=True)
    refused = _sent_away(line, who="slow")
    assert refused.rest == pytest.approx(4.0 * turns.RESTS)
    assert "questions that take long rest for another 12 s" in str(refused)
    waiting = _waiting(line, "slow")
    line.take(0, who="new").end()
    line.take(0).end(took=4.0, rests=True)  # of a report: nobody's turn is made of it
    second = line.take(0, who="another")
    assert _sent_away(line, who="new").rest == 0.0
    second.end(took=1.0, rests=True)
    assert _sent_away(line, who="another").rest == pytest.approx(15.0), "all who took long rest together"
    now += 15.1
    line.take(0, waiting, "slow").end()
    line.take(0, who="another").end()


def test_eight_who_ask_for_long_get_a_quarter_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    line, now, busy = Line(1), 1_000.0, 0.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    while now < 2_000:
        for who in range(8):
            try:
                turn = line.take(0, who=f"client {who}")
            except TooMany:
                now += 0.1
                continue
            now += 5.0
            turn.end(took=5.0, rests=True)
            busy += 5.0 if now > 1_100 else 0.0
    assert 0.2 < busy / (now - 1_100) < 0.27


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="the system tells nothing of processes")
@pytest.mark.parametrize("allowed", [True, False])
def test_a_long_query_of_postgresql_stands_back_where_that_is_allowed_and_else_calls_for_a_rest(
    postgresql_engine: Engine, monkeypatch: pytest.MonkeyPatch, allowed: bool
) -> None:
    backends: list[int] = []
    policies: list[int] = []
    put = os.sched_setscheduler

    def put_back(number: int, policy: int, how: os.sched_param) -> None:
        backends.append(number)
        if not allowed:
            raise PermissionError(1, "Operation not permitted")
        put(number, policy, how)
        policies.append(os.sched_getscheduler(number))

    took: list[float] = []
    leave = turns.LINE.leave

    def left(who: str, seconds: float = 0.0, *, rests: bool = False) -> None:
        took.append(seconds if rests else 0.0)
        leave(who)

    monkeypatch.setattr(turns.LINE, "leave", left)
    # However busy this machine is, it has so much of a processor in its time.
    monkeypatch.setattr(turns, "SHORT", 0.05)
    monkeypatch.setattr(os, "sched_setscheduler", put_back)
    with pytest.raises(DatabaseError, match="took more than"):
        run(postgresql_engine, ENDLESS, timeout=1.0)
    if backends and not allowed:
        assert policies == []
        assert took[0] >= 1.0
    elif policies:
        assert set(policies) == {os.SCHED_IDLE}
        assert took == [0.0]
    else:  # a server elsewhere, or of another user
        assert took[0] >= 1.0


def test_a_session_of_another_machine_is_no_process_of_this_one() -> None:
    mine = os.getpid()
    assert standing_back.local_backend({"host": "db.example.org", "user": "reader"}, mine) is None
    assert standing_back.local_backend({"host": "/run/postgresql", "user": "reader"}, mine) is None
    assert standing_back.local_backend({"user": "reader"}, 2**22 + 1) is None


def test_who_asks_much_in_short_questions_stands_back_from_the_start_and_others_do_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    line, now = Line(1), 1_000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    allowed = []
    for _ in range(12):
        turn = line.take(0, who="greedy")
        allowed.append(turn.short)
        turn.end(took=0.2)
    assert allowed[0] == turns.SHORT
    assert allowed[-1] == 0.0
    assert line.take(0, who="other").short == turns.SHORT
    line = Line(1)
    turn = line.take(0, who="greedy")
    turn.charge(turns.CREDIT)
    turn.end()
    now += 1.0
    turn = line.take(0, who="greedy")
    assert turn.short == pytest.approx(turns.COMES_AGAIN)
    turn.end()
    now += turns.CREDIT / turns.COMES_AGAIN
    assert line.take(0, who="greedy").short == turns.SHORT


@pytest.mark.skipif(not hasattr(os, "SCHED_IDLE"), reason="the system has no idle class")
def test_who_has_taken_enough_is_answered_by_a_process_that_stands_back_and_is_kept(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept_processes.end_all()
    monkeypatch.setattr(turns, "CREDIT", 0.0)
    processes = set()
    for _ in range(3):
        assert run(sqlite_engine, "SELECT 1").rows == [(1,)]
        (worker,) = kept_processes._idle[WORKER, True]
        processes.add(worker.process.pid)
        assert os.sched_getscheduler(worker.process.pid) == os.SCHED_IDLE
    assert len(processes) == 1
    monkeypatch.undo()
    assert run(sqlite_engine, "SELECT 1").rows == [(1,)]
    (fresh,) = kept_processes._idle[WORKER, False]
    assert os.sched_getscheduler(fresh.process.pid) == os.SCHED_OTHER
    kept_processes.end_all()


@pytest.mark.skipif(not hasattr(os, "SCHED_IDLE"), reason="the system has no idle class")
def test_a_process_stands_back_in_a_group_of_its_own_only_where_that_has_the_least_share(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as other:
        monkeypatch.setattr(standing_back, "_group", lambda process: process)
        assert not standing_back.put_back(other.pid), "behind others of its own group alone"
        assert os.sched_getscheduler(other.pid) == os.SCHED_OTHER
        monkeypatch.undo()
        assert standing_back.put_back(other.pid)
        assert os.sched_getscheduler(other.pid) == os.SCHED_IDLE
        share = Path(f"/proc/{other.pid}/autogroup")
        if share.exists() and standing_back.AUTOGROUP.read_text().strip() == "1":
            assert share.read_text().endswith("nice 19\n")
            assert not Path("/proc/self/autogroup").read_text().endswith("nice 19\n")
        other.kill()


def test_a_group_of_processes_is_the_nearest_that_has_a_share_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing_back, "GROUPS", tmp_path)
    (tmp_path / "system.slice" / "postgresql.service").mkdir(parents=True)
    of = standing_back.group_of
    assert of("0::/system.slice/postgresql.service\n") == of("0::/system.slice/flowmeter.service\n") == "/"
    (tmp_path / "system.slice" / "postgresql.service" / "cpu.weight").touch()
    assert of("0::/system.slice/postgresql.service\n") == "/system.slice/postgresql.service"
    assert of("0::/../other\n") == "/../other"
    assert of("5:cpu,cpuacct:/docker/one\n1:memory:/a\n0::/\n") == "/docker/one"
    assert of("") == "/"


def test_a_step_that_no_server_interrupts_keeps_its_client_waiting_and_nobody_else(
    postgresql_engine: Engine,
) -> None:
    long = " + ".join(f"mod(7::numeric ^ (150000 + {n}), 3::numeric ^ 130000)" for n in range(3))
    with pytest.raises(DatabaseError, match="took more than"):
        stream(postgresql_engine, f"SELECT {long}", limits=Limits(seconds=0.1), who="one")
    with pytest.raises(TooMany, match="the server still works on one that was ended"):
        stream(postgresql_engine, "SELECT 1", who="one", patience=0)
    assert list(stream(postgresql_engine, "SELECT 1", who="another").batches()) == [[(1,)]]
    assert list(stream(postgresql_engine, "SELECT 1", who="one", patience=60).batches()) == [[(1,)]]


def test_everybody_waits_while_more_questions_linger_than_there_are_places() -> None:
    line = Line(1)
    over = [line.linger(who) for who in ("a", "b")]
    assert "still works on one" in str(_sent_away(line, who="c"))
    over.pop()()
    line.take(0, who="c").end()
    assert "still works on one" in str(_sent_away(line, who="a"))
    over.pop()()
    line.take(0, who="a").end()
