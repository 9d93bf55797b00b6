"""Runs one measurement in a process of its own, with a time-out and a clean environment."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from collector.benchmarks.measuring.workloads import Measurement

#: Switches that change what is compiled or how many threads run: each measurement takes the framework's
#: own defaults, so that series can be compared. Cores are set from outside, with `taskset`.
CLEARED: Final = (
    "XLA_",
    "TF_",
    "JAX_",
    "OMP_",
    "KMP_",
    "MKL_",
    "DNNL_",
    "ONEDNN_",
    "OPENBLAS_",
    "CUDA_",
    "NPROC",
    "KERAS_",
)
#: The CPU alone, and the compiler's own messages only when something is wrong.
SET: Final = {"CUDA_VISIBLE_DEVICES": "-1", "JAX_PLATFORMS": "cpu", "TF_CPP_MIN_LOG_LEVEL": "2"}
LONGEST_REASON: Final = 300


@dataclass(frozen=True)
class Failure:
    """A measurement that gave no answer, and why."""

    reason: str


def measured_apart(
    measurement: Measurement, *, pairs: int, seed: int, timeout: float
) -> Mapping[str, Any] | Failure:
    """The child's answer (a case of the run's file), or why there is none; never takes much longer than
    `timeout` seconds."""
    with tempfile.TemporaryDirectory(prefix="flowmeter-bench-") as folder:
        answer, words = Path(folder) / "answer.json", Path(folder) / "words"
        asked = {
            "module": measurement.framework.module,
            "workload": asdict(measurement.workload),
            "pairs": pairs,
            "seed": seed,
            "timeout": timeout,
            "answer": str(answer),
        }
        with words.open("wb") as said:
            child = subprocess.Popen(
                [sys.executable, "-m", "collector.benchmarks.measuring.child"],
                stdin=subprocess.PIPE,
                stdout=said,
                stderr=subprocess.STDOUT,
                env=environment(os.environ),
                start_new_session=True,
            )
        try:
            child.communicate(json.dumps(asked).encode(), timeout=timeout)
        except subprocess.TimeoutExpired:
            return Failure(f"was not over after {timeout:g} s and was ended")
        finally:
            _end(child)
        if child.returncode == 0 and answer.exists():
            told: Mapping[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
            return told
        return Failure(_reason(child.returncode, words.read_text(encoding="utf-8", errors="replace")))


def environment(inherited: Mapping[str, str]) -> dict[str, str]:
    """The child's environment: what is inherited, without the switches of `CLEARED`."""
    kept = {name: value for name, value in inherited.items() if not name.startswith(CLEARED)}
    return kept | SET


def _end(child: subprocess.Popen[bytes]) -> None:
    """Ends the child with all that it started, if it is still there."""
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _reason(status: int, said: str) -> str:
    last = next((line.strip() for line in reversed(said.splitlines()) if line.strip()), "it said nothing")
    if status < 0:
        return f"was ended by {signal.Signals(-status).name}: {last[:LONGEST_REASON]}"
    return f"failed: {last[:LONGEST_REASON]}"
