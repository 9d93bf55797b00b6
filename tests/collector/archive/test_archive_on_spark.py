"""A real Spark cluster on loopback loads what DuckDB loads, to the last row, also when a worker is killed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_a_cluster_loads_the_same_rows_as_one_machine_also_when_a_worker_is_killed(tmp_path: Path) -> None:
    bench = [sys.executable, "bench/scale.py", "--events", "3000", "--hours", "10", "--folder", str(tmp_path)]
    ended = subprocess.run(
        [*bench, "--quick", "--spoiled", "--kill", "--only-killed"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr[-2000:]
    (line,) = [line for line in ended.stdout.splitlines() if "equals DuckDB" in line]
    assert line.strip().startswith("Spark, a worker killed equals DuckDB:")
    assert " 0 events" not in line
