"""Everything at once for a while: nothing grows, nobody is refused, and no run is left open."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.faults.postgresql import Server
from tests.faults.soak import soak

#: By hand: FLOWMETER_SOAK=1800.
SECONDS = float(os.environ.get("FLOWMETER_SOAK", "10"))
KILLS = int(os.environ.get("FLOWMETER_SOAK_KILLS", "0"))


@pytest.mark.postgresql
def test_readers_sql_users_and_collections_with_faults_leave_nothing_behind(
    server: Server, tmp_path: Path
) -> None:
    soaked = soak(server, tmp_path, SECONDS, kills=KILLS)
    assert soaked.grown() == []
    assert sum(soaked.kills.values()) == KILLS
    # While a process is killed and started again, nobody answers; what answers never fails.
    refused = {kind: count for kind, count in soaked.answers.items() if kind.split()[1].startswith("5")}
    assert refused == {}
    assert soaked.answers["page 200"] > SECONDS
    assert soaked.runs.get("running", 0) == 0
    assert soaked.runs["done"] > 0
    for line in soaked.log.splitlines():
        assert "Traceback" not in line, line
        json.loads(line)
