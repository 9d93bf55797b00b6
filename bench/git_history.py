"""How long a history takes into SQLite, beside `git log --numstat` alone over the same repository.

    .venv/bin/python bench/git_history.py REPOSITORY [--rounds 3]

Each round runs both, one after the other, so that a busy machine slows both alike: git with its output
to /dev/null, and the whole command `flowmeter collect commits` into a fresh, migrated SQLite file; then
the command once more with nothing new. Exit status 1 when a limit is missed: 1.5 times git's time (the
median of the rounds), 300 MB in all processes together, 2 seconds for the second run.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

RATIO_LIMIT = 1.5
MEMORY_LIMIT_MB = 300
SECOND_RUN_LIMIT = 2.0
PROJECT = Path(__file__).resolve().parents[1]
FLOWMETER = Path(sys.executable).with_name("flowmeter")


def resident_mb(process: int) -> float:
    """Memory that a process and its descendants hold right now, in MB.

    A child that is its parent still, between fork and exec, holds nothing of its own.
    """
    total, waiting = 0.0, [(process, b"")]
    while waiting:
        current, parent_command = waiting.pop()
        try:
            command = Path(f"/proc/{current}/cmdline").read_bytes()
            status = Path(f"/proc/{current}/status").read_text()
            children = Path(f"/proc/{current}/task/{current}/children").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended while we looked
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        if command != parent_command:
            total += int(found[1]) / 1000 if found else 0.0
        waiting += [(int(child), command) for child in children.split()]
    return total


def timed(command: list[str], folder: Path, variables: dict[str, str]) -> tuple[float, float]:
    """Seconds that a command takes, and the most memory that it held, sampled every 100 ms."""
    began = time.perf_counter()
    child = subprocess.Popen(
        command,
        cwd=folder,
        env=os.environ | variables,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    peak = 0.0
    ended = threading.Event()

    def sample() -> None:
        nonlocal peak
        # The sampler is a third process on two cores: looking too often would slow what it measures.
        while not ended.wait(0.1):
            peak = max(peak, resident_mb(child.pid))

    sampler = threading.Thread(target=sample)
    sampler.start()
    _, complaint = child.communicate()
    seconds = time.perf_counter() - began
    ended.set()
    sampler.join()
    if child.returncode:
        sys.exit(f"{' '.join(command)} failed: {complaint.decode(errors='replace').strip()}")
    return seconds, peak


def one_round(repository: Path) -> dict[str, float]:
    """The figures of one round: git alone, a collection from nothing, and one with nothing new."""
    with tempfile.TemporaryDirectory(prefix="flowmeter-bench-") as folder:
        place = Path(folder)
        variables = {
            "FLOWMETER_DATABASE_URL": f"sqlite:///{place}/history.db",
            "FLOWMETER_CONFIG": str(PROJECT / "flowmeter.toml"),
            "FLOWMETER_IDENTITY_KEY": "a key for this benchmark",
        }
        collect = [str(FLOWMETER), "collect", "commits", "--git", str(repository), "--as", "bench/history"]
        timed([str(FLOWMETER), "db", "upgrade"], place, variables)
        alone, _ = timed(["git", "log", "--numstat"], repository, {})
        collected, peak = timed(collect, place, variables)
        again, _ = timed(collect, place, variables)
    return {"git": alone, "collect": collected, "ratio": collected / alone, "again": again, "peak": peak}


def main() -> int:
    """Run the rounds and print them; 1 when a limit is missed."""
    ask = argparse.ArgumentParser(description="a history into SQLite, beside git log --numstat alone")
    ask.add_argument("repository", type=Path)
    ask.add_argument("--rounds", type=int, default=3)
    wanted = ask.parse_args()
    repository = wanted.repository.resolve()
    if not repository.is_dir():
        sys.exit(f"{repository} does not exist: give the folder of a git repository")
    counted = subprocess.run(
        ["git", "rev-list", "--count", "HEAD"], cwd=repository, capture_output=True, text=True, check=True
    )
    print(f"{repository.name}: {int(counted.stdout):,} commits")
    print("git log --numstat   collect   ratio   second run   peak memory")
    rounds = []
    for _ in range(wanted.rounds):
        figures = one_round(repository)
        rounds.append(figures)
        print(
            "{git:15.2f} s {collect:7.2f} s {ratio:6.2f}× {again:10.2f} s {peak:10.0f} MB".format(**figures),
            flush=True,
        )
    middle = {name: statistics.median(figures[name] for figures in rounds) for name in rounds[0]}
    checks = {
        f"ratio {middle['ratio']:.2f}× (limit {RATIO_LIMIT}×)": middle["ratio"] <= RATIO_LIMIT,
        f"second run {middle['again']:.2f} s (limit {SECOND_RUN_LIMIT} s)": middle["again"]
        < SECOND_RUN_LIMIT,
        f"memory {middle['peak']:.0f} MB (limit {MEMORY_LIMIT_MB} MB)": middle["peak"] <= MEMORY_LIMIT_MB,
    }
    for check, met in checks.items():
        print(f"{'met' if met else 'MISSED'}: {check}")
    return 0 if all(checks.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
