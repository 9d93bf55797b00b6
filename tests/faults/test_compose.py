"""docker-compose.yml holds as plain processes: its commands, users and environment, on a real PostgreSQL."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from collector.simulator.server import Simulator
from collector.supervisor import free_port
from tests.faults.postgresql import Server

ROOT = Path(__file__).resolve().parents[2]
SEPARATE = ["unshare", "--mount"]


@pytest.mark.postgresql
def test_the_processes_of_the_compose_file_migrate_collect_answer_and_end(server: Server) -> None:
    if os.geteuid() or subprocess.run([*SEPARATE, "true"], capture_output=True, check=False).returncode:
        pytest.skip("SKIPPED LOUDLY: other users and a mount namespace take root")
    with (
        tempfile.TemporaryDirectory(prefix="flowmeter-compose-") as folder,
        Simulator(scale=0.001, seed=3) as github,
    ):
        url = server.database("flowmeter").replace("postgresql+psycopg", "postgresql")
        ended = subprocess.run(
            [*SEPARATE, sys.executable, "-m", "tests.faults.compose", folder, url, str(free_port())],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "FLOWMETER_GITHUB_URL": github.url},
            capture_output=True,
            text=True,
            timeout=500,
        )
        assert ended.returncode == 0, ended.stderr
        seen = json.loads(ended.stdout)
    assert seen["ready"] == "ready\n"
    assert [line.split()[1] for of_one in seen["users"] for line in of_one] == [
        "10001",
        "10001",
        "0" * 16,
    ] * 2
    assert "read-only role,good" in seen["doctor"]
    assert ",wrong," not in seen["doctor"]
    assert {name: end["status"] for name, end in seen["ends"].items()} == {"scheduler": 0, "dashboard": 0}
    assert "Traceback" not in seen["logs"]
    assert server.password not in seen["logs"]
