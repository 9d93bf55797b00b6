"""A process that sends what is due and is killed at it: each try in children of its own, ended by SIGKILL.

It is run by itself, with everything imported and without threads, so that a sender is forked off it in
milliseconds. It reads one order as JSON on standard input, and answers with what it saw as JSON.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
import traceback
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from dashboard.delivery import queue
from dashboard.delivery.post import Post, deliver_due
from db.engine import connect


def post_of(order: dict[str, Any]) -> Post:
    """The post as the order says: one report with one group."""
    group = SimpleNamespace(
        audience="readers", reads="", scopes=(), email=order["email"], webhook=order.get("webhook", ())
    )
    report = SimpleNamespace(
        name="weekly", scopes=("project",), recipients=(group,), queries=(), language="en"
    )
    mail: Any = SimpleNamespace(
        host="127.0.0.1",
        port=order["port"],
        security="none",
        user="",
        sender="flowmeter@example.org",
        sender_name="Flowmeter",
    )
    reports: Any = (report,)
    return Post("TensorFlow", "", mail, reports)


def send(order: dict[str, Any], alive: int) -> None:
    """One sender, in a process of its own; it says when it begins."""
    engine = connect(order["database"])
    engine.connect().close()
    os.write(alive, b"!")
    now = datetime.fromisoformat(order["now"])
    if order.get("before_the_commit"):
        # Dies when the other side has said that it has taken the message, and before that is written.
        queue.settle = lambda *_: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[assignment]
    deliver_due(engine, post_of(order), lambda: now)


def forked(order: dict[str, Any]) -> int:
    """The number of a child that sends, or is about to."""
    heard, alive = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            send(order, alive)
            status = 0
        except BaseException:
            traceback.print_exc()  # the test shows what is said there
            raise
        finally:
            os._exit(status)
    os.close(alive)
    os.read(heard, 1)
    os.close(heard)
    return child


def ended_before(child: int, moment: float) -> int:
    """The status of a child that ended by itself, or was killed at the moment."""
    while time.monotonic() < moment:
        gone, status = os.waitpid(child, os.WNOHANG)
        if gone:
            return status
        time.sleep(0.002)
    os.kill(child, signal.SIGKILL)
    return os.waitpid(child, 0)[1]


def main() -> None:
    """Kill as often as the order says, at moments that its seed draws; then send without being disturbed."""
    order = json.loads(sys.stdin.readline())
    chance = random.Random(order["seed"])
    killed = 0
    for _ in range(order["kills"] * 4):
        if killed >= order["kills"]:
            break
        ends = {forked(order): chance.expovariate(1 / order["seconds"]) for _ in range(order["at_once"])}
        began = time.monotonic()
        for child, lives in sorted(ends.items(), key=lambda each: each[1]):
            status = ended_before(child, began + lives)
            killed += os.WIFSIGNALED(status)
    last = [forked(order | {"before_the_commit": False}) for _ in range(order["at_once"])]
    statuses = [os.waitpid(child, 0)[1] for child in last]
    print(json.dumps({"killed": killed, "statuses": statuses}))


if __name__ == "__main__":
    main()
