"""A lease is held by one process, outlives none, and fences the writes of the one before."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from db import leases
from db.engine import writing
from db.schema import table

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def test_a_lease_is_free_again_when_it_is_given_back_or_has_expired(engine: Engine) -> None:
    with writing(engine).begin() as connection:
        first = leases.take(connection, "job", NOW)
        assert first is not None
        assert leases.take(connection, "job", NOW + leases.DURATION - timedelta(seconds=1)) is None
        leases.release(connection, first, NOW)
        second = leases.take(connection, "job", NOW)
        assert second is not None
        assert second.token == first.token + 1
        third = leases.take(connection, "job", NOW + leases.DURATION)
        assert third is not None
        assert not leases.renew(connection, second, NOW)
        assert leases.renew(connection, third, NOW)


def test_the_lease_of_a_killed_process_of_this_machine_is_free_at_once(engine: Engine) -> None:
    with subprocess.Popen([sys.executable, "-c", "pass"]) as process:
        process.wait()
    host = leases.this_process().partition(":")[0]
    row = {
        "name": "job",
        "holder": f"{host}:{process.pid}:abc",
        "token": 7,
        "expires_at": NOW + leases.DURATION,
    }
    elsewhere = row | {"name": "other", "holder": f"elsewhere:{process.pid}:abc"}
    with writing(engine).begin() as connection:
        connection.execute(table("leases").insert(), [row, elsewhere])
        taken = leases.take(connection, "job", NOW)
        assert taken is not None
        assert taken.token == 8
        assert leases.take(connection, "other", NOW) is None


@pytest.mark.skipif(
    not os.path.exists("/proc/self/stat"), reason="this system does not tell when a process started"
)
def test_a_process_that_has_the_id_of_a_former_one_does_not_keep_its_lease(engine: Engine) -> None:
    host, own, started, _ = leases.this_process().split(":")
    with writing(engine).begin() as connection:
        # A container that is started again: the same host, the same process id, another process.
        former = {"name": "job", "holder": f"{host}:{own}:{int(started) - 1}:abc", "token": 7}
        connection.execute(table("leases").insert(), [former | {"expires_at": NOW + leases.DURATION}])
        assert leases.take(connection, "job", NOW) is not None
        assert leases.take(connection, "job", NOW) is None


@pytest.mark.skipif(
    not os.path.exists("/proc/self/stat"), reason="this system does not tell what a process is at"
)
def test_a_killed_process_that_nobody_has_buried_does_not_keep_its_lease(engine: Engine) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        host = leases.this_process().partition(":")[0]
        row = {"name": "job", "holder": f"{host}:{process.pid}:abc", "token": 7}
        with writing(engine).begin() as connection:
            connection.execute(table("leases").insert(), [row | {"expires_at": NOW + leases.DURATION}])
            assert leases.take(connection, "job", NOW) is None
            process.kill()
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
            assert leases.take(connection, "job", NOW) is not None
