"""Every process killed at random moments, over and over: what is there afterwards is as if nobody had."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.faults.postgresql import Server
from tests.faults.storm import faults, storms

#: Kills on each database, by hand: FLOWMETER_STORM=300.
KILLS = int(os.environ.get("FLOWMETER_STORM", "0"))


@pytest.mark.skipif(not KILLS, reason="by hand, with FLOWMETER_STORM=300: a kill takes a second and a half")
@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def test_two_schedulers_a_dashboard_and_commands_that_are_killed_lose_and_double_nothing(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    def database(name: str) -> str:
        if kind == "sqlite":
            return f"sqlite:///{tmp_path}/{name}.db"
        server: Server = request.getfixturevalue("server")
        return server.database(name)

    found = storms(kind, KILLS, 1, database)
    calm = next(found)
    for came in found:
        assert faults(came, calm) == []
