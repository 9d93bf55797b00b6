"""Processes that live and die together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from collector.collection import _moved

PARENT = """
import sys
from collector.supervisor import Supervisor
supervisor = Supervisor({})
supervisor.start("child", ["simulate", "--port", sys.argv[1]])
print(supervisor._processes["child"].pid, flush=True)
supervisor.run_until_stopped()
"""


def test_a_killed_parent_leaves_no_orphan(tmp_path: Path) -> None:
    from collector.supervisor import free_port

    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(free_port())], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert _lives(child)
        parent.send_signal(signal.SIGKILL)
    deadline, pause = time.monotonic() + 15, threading.Event()
    while _lives(child):
        assert time.monotonic() < deadline, "the child outlived its parent"
        pause.wait(0.1)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{process}/status")
    return not status.exists() or "State:\tZ" not in status.read_text()


def test_a_simulators_clone_is_asked_for_where_it_listens_now() -> None:
    held = "http://127.0.0.1:4001/tensorflow/serving.git"
    assert _moved(held, "http://127.0.0.1:5002") == "http://127.0.0.1:5002/tensorflow/serving.git"
    assert _moved(None, "http://127.0.0.1:5002") is None
