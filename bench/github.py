"""What a repository of tensorflow/tensorflow's size costs, and what other collectors pay for one.

    .venv/bin/python bench/github.py [--scale 1] [--beside 0.01] [--only size|peers] [--peers perceval …]

First Flowmeter alone at full size: every job about one repository that asks GitHub, and then the same
again on the next day, by the quotas that GitHub gives one token. Then Flowmeter beside Perceval and
github-to-sqlite, on a community small enough for Perceval to end (its requests grow with every item);
quotas are off there, since either would wait for hours. Every program runs in a process of its own,
and so does the simulated GitHub, whose own time is in nobody's processor time. Requests and points
are the server's count; seconds, processor time and peak memory the kernel's.

Exit status 1 when a limit is missed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from beside import peers
from beside.flowmeter import Flowmeter
from beside.measured import Cost
from beside.server import Asked, Server

REPOSITORY = "tensorflow/tensorflow"
POINTS_LIMIT = 5_000
REQUESTS_LIMIT = 5_000
DAY_LIMIT = 100
MINUTES_LIMIT = 15
MEMORY_LIMIT_MB = 500
#: Flowmeter's share of a peer's requests that is aimed at.
AIM = 1 / 20


@dataclass(frozen=True)
class Line:
    """One program's figures."""

    program: str
    asked: Asked
    cost: Cost
    rows: Mapping[str, int]

    @property
    def held(self) -> int:
        """Rows of every kind."""
        return sum(self.rows.values())


def full_size(scale: float, today: datetime) -> list[bool]:
    """The first collection at full size, and the next day's; prints them and gives what was met."""
    with tempfile.TemporaryDirectory(prefix="flowmeter-bench-") as folder:
        with Server(scale, today - timedelta(days=1)) as github:
            port = github.port
            github.warm(REPOSITORY)
            flowmeter = Flowmeter(Path(folder), github.url, REPOSITORY)
            cost = flowmeter.collect()
            asked = github.asked()
        print(f"\nFlowmeter alone, {REPOSITORY} at {scale:g} of its size\n")
        print(f"{'job':18}{'REST':>8}{'points':>8}{'rows':>12}{'seconds':>9}")
        for run in flowmeter.ledger():
            print(f"{run.job:18}{run.requests:8,}{run.points:8,}{run.rows:12,}{run.seconds:9.0f}")
        rows = flowmeter.rows()
        print(f"{'all':18}{asked.rest:8,}{asked.points:8,}{sum(rows.values()):12,}{cost.seconds:9.0f}")
        print("\nheld: " + ", ".join(f"{name} {count:,}" for name, count in sorted(rows.items())))
        print(
            f"{asked.requests:,} requests in all; {cost.seconds:.0f} s on the clock, "
            f"{cost.processor_seconds:.0f} s of processor time, {cost.peak_mb:.0f} MB at most\n"
        )
        with Server(scale, today, port=port) as github:
            github.warm(REPOSITORY)
            flowmeter.collect()
            next_day = github.asked()
        for run in flowmeter.ledger():
            print(f"{run.job:18}{run.requests:8,}{run.points:8,}{run.rows:12,}{run.seconds:9.0f}")
        print(f"{'the next day':18}{next_day.rest:8,}{next_day.points:8,}\n")
    return [
        judged(f"points {asked.points:,} (limit {POINTS_LIMIT:,})", asked.points <= POINTS_LIMIT),
        judged(f"REST requests {asked.rest:,} (limit {REQUESTS_LIMIT:,})", asked.rest <= REQUESTS_LIMIT),
        judged(
            f"requests of the next day {next_day.requests} (limit {DAY_LIMIT})",
            next_day.requests <= DAY_LIMIT,
        ),
        judged(
            f"{cost.seconds / 60:.1f} minutes (limit {MINUTES_LIMIT})", cost.seconds <= MINUTES_LIMIT * 60
        ),
        judged(f"{cost.peak_mb:.0f} MB (limit {MEMORY_LIMIT_MB})", cost.peak_mb <= MEMORY_LIMIT_MB),
    ]


def beside(scale: float, today: datetime, wanted: Sequence[str], environments: Path) -> list[bool]:
    """Flowmeter and the peers one after the other on one server; prints them and gives what was met."""
    lines: list[Line] = []
    with Server(scale, today) as github, tempfile.TemporaryDirectory(prefix="flowmeter-bench-") as folder:
        github.without_limits()
        github.warm(REPOSITORY)
        own = Path(folder) / "flowmeter"
        own.mkdir()
        flowmeter = Flowmeter(own, github.url, REPOSITORY)
        github.forget()
        cost = flowmeter.collect(with_commits=True)
        lines.append(Line("flowmeter", github.asked(), cost, flowmeter.rows_by_kind()))
        for name in wanted:
            place = Path(folder) / name
            place.mkdir()
            programs = peers.environment(environments, name)
            github.forget()
            result = peers.PEERS[name](programs, place, github.url, REPOSITORY)
            called = f"{name} {peers.version(programs, name)}"
            lines.append(Line(called, github.asked(), result.cost, result.rows))
    print(f"\n{REPOSITORY} at {scale:g} of its size: Perceval would ask half a million times for the whole\n")
    show(lines)
    met = []
    for line in lines[1:]:
        share = lines[0].asked.requests / line.asked.requests
        more = lines[0].held / line.held
        aimed = share <= AIM and more > 1
        judged(
            f"{share:.3f} of the requests of {line.program} for {more:.2f} times its rows (aim: 1/20)", aimed
        )
        # github-to-sqlite asks for bare lists alone: few requests for part of it, and none past 10,000 items.
        met.append(aimed or line.program.startswith("github-to-sqlite"))
    return met


def show(lines: Sequence[Line]) -> None:
    """The figures of each program, as they are and as multiples of the first one's; then rows by kind."""
    first = lines[0]
    head = f"{'':26}{'REST':>9}{'GraphQL':>9}{'points':>8}{'rows':>10}{'per 1,000':>11}{'seconds':>9}"
    print(f"{head}{'processor':>11}{'MB':>6}")
    for line in lines:
        asked, cost = line.asked, line.cost
        per_thousand = 1_000 * asked.requests / line.held
        print(
            f"{line.program:26}{asked.rest:9,}{asked.queries:9,}{asked.points:8,}{line.held:10,}"
            f"{per_thousand:11.1f}{cost.seconds:9.1f}{cost.processor_seconds:11.1f}{cost.peak_mb:6.0f}"
        )
    print(
        f"\n{'multiples of Flowmeter’s':26}{'requests':>18}{'':8}{'rows':>10}{'per 1,000':>11}{'seconds':>9}"
    )
    for line in lines[1:]:
        requests, rows = line.asked.requests / first.asked.requests, line.held / first.held
        print(
            f"{line.program:26}{requests:17.1f}×{'':8}{rows:9.2f}×{requests / rows:10.1f}×"
            f"{line.cost.seconds / first.cost.seconds:8.1f}×"
            f"{line.cost.processor_seconds / first.cost.processor_seconds:10.1f}×"
            f"{line.cost.peak_mb / first.cost.peak_mb:5.1f}×"
        )
    print(f"\n{'rows by kind':40}" + "".join(f"{line.program:>26}" for line in lines))
    for kind in sorted({kind for line in lines for kind in line.rows}):
        print(f"{kind:40}" + "".join(f"{line.rows.get(kind, 0) or '–':>26}" for line in lines))
    print(
        "\nA row is one thing of its kind. An account is counted once a program. What Perceval nests in an"
        "\nitem (comments, reviews, labels, reactions) counts as a row each; Flowmeter holds reactions as a"
        "\nnumber. Both peers hold a pull request twice, as GitHub lists it: as an issue and as itself.\n"
    )


def judged(what: str, met: bool) -> bool:
    """Say whether a limit or an aim is met."""
    print(f"{'met' if met else 'MISSED'}: {what}")
    return met


def main() -> int:
    """Run what is asked for; 1 when a limit is missed."""
    ask = argparse.ArgumentParser(description="what a repository of TensorFlow's size costs")
    ask.add_argument("--scale", type=float, default=1.0, help="the size of the first part (default: 1)")
    ask.add_argument("--beside", type=float, default=0.01, help="the size of the second part (default: 0.01)")
    ask.add_argument("--only", choices=["size", "peers"], help="one part alone")
    ask.add_argument("--peers", nargs="*", default=list(peers.PEERS), choices=list(peers.PEERS))
    ask.add_argument("--environments", type=Path, help="where the peers' environments are kept between runs")
    wanted = ask.parse_args()
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    met: list[bool] = []
    if wanted.only != "peers":
        met += full_size(wanted.scale, today)
    if wanted.only != "size":
        with tempfile.TemporaryDirectory(prefix="flowmeter-bench-peers-") as folder:
            environments = wanted.environments or Path(folder)
            environments.mkdir(parents=True, exist_ok=True)
            met += beside(wanted.beside, today, wanted.peers, environments.resolve())
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
