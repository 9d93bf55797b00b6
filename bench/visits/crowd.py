"""Readers at once, in a process of their own, and how long their clicks took."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from visits.figures import percentile


@dataclass(frozen=True)
class Crowd:
    """Milliseconds of clicks by kind, and faults by what they were."""

    taken: Mapping[str, list[float]]
    named_faults: Mapping[str, int]

    @property
    def all(self) -> list[float]:
        """Every click."""
        return [value for values in self.taken.values() for value in values]

    @property
    def faults(self) -> int:
        """How many clicks went wrong."""
        return sum(self.named_faults.values())

    def at(self, share: float) -> float:
        """The percentile of all clicks."""
        return percentile(self.all, share)

    def tell(self) -> None:
        """Print each kind of click, and what went wrong."""
        print("\nclicks of the readers, milliseconds:")
        for kind, values in sorted(self.taken.items()):
            told = ", ".join(
                f"{name} {percentile(values, share):,.0f}"
                for name, share in (("median", 0.5), ("p95", 0.95), ("p99", 0.99))
            )
            print(f"{kind:12}{len(values):8,}  {told}")
        for fault, count in sorted(self.named_faults.items(), key=lambda entry: -entry[1])[:10]:
            print(f"{count:8,} times: {fault}")


def crowd(order: Mapping[str, Any], readers: int, seconds: float, think: float) -> Crowd:
    """Let so many readers click for so long."""
    told = json.dumps({**order, "readers": readers, "seconds": seconds, "think": think})
    ended = subprocess.run(
        [sys.executable, Path(__file__).with_name("readers.py")],
        input=told, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if ended.returncode:
        raise SystemExit(f"the readers broke off:\n{ended.stderr[-2000:]}")
    outcome = json.loads(ended.stdout)
    return Crowd(outcome["taken"], outcome["faults"])
