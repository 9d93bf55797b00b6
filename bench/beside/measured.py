"""Running a program and saying how long it took, what processor time it used and how much memory it held."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cost:
    """What one program, or several one after the other, took: seconds, and the most memory held (MB)."""

    seconds: float = 0.0
    processor_seconds: float = 0.0
    peak_mb: float = 0.0

    def then(self, other: Cost) -> Cost:
        """Both, one after the other."""
        return Cost(
            self.seconds + other.seconds,
            self.processor_seconds + other.processor_seconds,
            max(self.peak_mb, other.peak_mb),
        )


def run(command: Sequence[str | Path], folder: Path, variables: Mapping[str, str]) -> Cost:
    """Run a program to its end; the figures are the kernel's own. Ends this one when it fails."""
    said = folder / "said.txt"
    with said.open("wb") as output:
        began = time.perf_counter()
        child = subprocess.Popen(
            [str(word) for word in command],
            cwd=folder,
            env=os.environ | dict(variables),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        _, status, used = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        words = said.read_text(errors="replace")[-3000:]
        sys.exit(f"{' '.join(map(str, command))} failed:\n{words}")
    return Cost(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1000)
