"""What tensorflow/tensorflow costs: Flowmeter at full size."""

from __future__ import annotations

import argparse
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from beside.flowmeter import Flowmeter
from beside.server import Server

REPOSITORY = "tensorflow/tensorflow"


def main() -> int:
    ask = argparse.ArgumentParser()
    ask.add_argument("--scale", type=float, default=1.0)
    wanted = ask.parse_args()
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    with tempfile.TemporaryDirectory(prefix="flowmeter-bench-") as folder:
        with Server(wanted.scale, today - timedelta(days=1)) as github:
            port = github.port
            github.warm(REPOSITORY)
            flowmeter = Flowmeter(Path(folder), github.url, REPOSITORY)
            cost = flowmeter.collect()
            print(cost, github.asked())
            for line in flowmeter.ledger():
                print(line)
            print(flowmeter.rows(), sum(flowmeter.rows().values()))
        with Server(wanted.scale, today, port=port) as github:
            github.warm(REPOSITORY)
            cost = flowmeter.collect()
            print(cost, github.asked())
            for line in flowmeter.ledger():
                print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
