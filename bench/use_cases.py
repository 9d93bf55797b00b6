# ruff: noqa: E402 (the path is put right before anything is imported)
"""What finding use cases costs, in points and requests: a first collection, and a day's delta.

    .venv/bin/python bench/use_cases.py [--scale 0.24] [--topics-only]

Runs the jobs `use_cases` and `dependents` against a simulated GitHub that answers at once. At scale 2.4
there are about 100,000 repositories with the topic; a tenth is the default. Prints one line a run.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

# The script beside this one that is called github.py must not stand in for the library of that name.
sys.path[:] = [each for each in sys.path if Path(each).resolve() != Path(__file__).resolve().parent]

from collector.configuration import load
from collector.github.client import GitHub
from collector.jobs import Source, Target, job_named
from collector.run import run
from collector.simulator.limits import Limits
from collector.simulator.server import Simulator
from db.engine import connect, writing
from db.repositories import register
from db.schema import Record

START = datetime(2021, 6, 1, 12, tzinfo=UTC)
FREE = Limits(core=10**9, search=10**9, code_search=10**9, graphql=10**9)


def main() -> None:
    """Collect twice, a day apart, and print what each run asked for."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--scale", type=float, default=0.24)
    options.add_argument("--topics-only", action="store_true")
    chosen = options.parse_args()
    configuration = load(Path(__file__).parents[1] / "flowmeter.toml")
    if chosen.topics_only:
        narrow = configuration.use_cases.model_copy(update={"topics": ("tensorflow",), "words": ()})
        configuration = configuration.model_copy(update={"use_cases": narrow})
    moment = [START]

    def sleep(seconds: float) -> None:
        moment[0] += timedelta(seconds=seconds)

    with (
        tempfile.TemporaryDirectory() as folder,
        Simulator(
            scale=chosen.scale, seed=3, clock=lambda: int(moment[0].timestamp()), limits=FREE
        ) as server,
    ):
        engine = connect(f"sqlite:///{folder}/use-cases.db")
        Record.metadata.create_all(engine)
        with writing(engine).begin() as connection:
            register(connection, configuration.roles, simulated=True)
        print(f"{'run':34} {'rows':>8} {'points':>7} {'requests':>9} {'seconds':>8}")
        for title, job, later in (
            ("use_cases, first collection", "use_cases", timedelta()),
            ("use_cases, a day later", "use_cases", timedelta(days=1)),
            ("use_cases, all asked for again", "use_cases", timedelta(days=100)),
            ("dependents, one run", "dependents", timedelta(days=100)),
        ):
            moment[0] = max(moment[0], START + later)
            github = GitHub(server.url, ["a-token"], now=lambda: moment[0], sleep=sleep, patience=1e6)
            source = Source(Target(), configuration, github, START + later)
            ended = run(engine, job_named(job), source, simulated=True, clock=lambda: moment[0])
            github.close()
            print(
                f"{title:34} {ended.rows:8,} {ended.points:7,} {ended.requests:9,} {ended.seconds:8.1f}"
                f"  {ended.state}, {ended.rejected} refused"
            )
        engine.dispose()


if __name__ == "__main__":
    main()
