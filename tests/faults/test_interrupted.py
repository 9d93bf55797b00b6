"""Ctrl-C ends a command with its lines closed, wherever it comes."""

from __future__ import annotations

import os
import random
import signal
from pathlib import Path

from sqlalchemy import select

from collector.simulator.server import Simulator
from db import migration
from db.engine import connect
from db.schema import table
from tests.faults.forking import Forking
from tests.faults.works import left_open
from tests.faults.world import configuration

#: How often it comes; more by hand.
TIMES = int(os.environ.get("FLOWMETER_INTERRUPTS", "2"))
#: Seconds after which it comes at the latest.
LATEST = 2.5


def test_a_collection_that_is_ended_by_ctrl_c_closes_its_lines_itself(
    forking: Forking, github: Simulator, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path}/held.db"
    engine = connect(url)
    migration.upgrade(engine)
    configuration(tmp_path)
    draw = random.Random(5)
    log = tmp_path / "log"
    said: set[str | None] = set()
    runs = table("collector_runs").c
    for turn in range(10 * TIMES):
        child = forking.start(
            ["collect"],
            tmp_path,
            log,
            FLOWMETER_DATABASE_URL=url,
            FLOWMETER_GITHUB_URL=github.url,
            GITHUB_TOKEN="a-token",
            FLOWMETER_CONFIG=str(tmp_path / "flowmeter.toml"),
        )
        if not child.over.wait(draw.uniform(0.02, LATEST)):
            os.kill(child.process, signal.SIGINT)
        assert child.over.wait(60)
        assert left_open(engine) == [], f"turn {turn}: {log.read_text()[-2000:]}"
        with engine.connect() as connection:
            said = set(connection.scalars(select(runs.error).where(runs.state == "stopped")))
        # Some come before a run begins, or after the last has ended.
        if said and turn + 1 >= TIMES:
            break
    assert "Traceback" not in log.read_text(), log.read_text()[-3000:]
    engine.dispose()
    assert said == {"interrupted by hand"}
