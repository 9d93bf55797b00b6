"""Step detectors side by side: Flowmeter's here, Otava's and asv's each in an environment of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import venv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from db.benchmarks.steps import find_steps

Series = Sequence[float]
#: What Otava leaves out: changes below this share of the level.
OTAVA_LEAST = "0.02"
PACKAGES = {"apache-otava": ("find_with_otava.py", OTAVA_LEAST), "asv": ("find_with_asv.py",)}


@dataclass(frozen=True)
class Found:
    """First indices after each change of one series, and the processor time that looking for them took."""

    steps: tuple[int, ...]
    seconds: float


@dataclass(frozen=True)
class Detector:
    """A program's detector under its name and version."""

    name: str
    version: str
    find: Callable[[Sequence[Series]], list[Found]]


def flowmeter(many: Sequence[Series]) -> list[Found]:
    """Confirmed steps only: a suspicion is no claim."""
    found = []
    for values in many:
        began = time.process_time()
        steps = tuple(step.at for step in find_steps(values) if step.confirmed)
        found.append(Found(steps, time.process_time() - began))
    return found


def peer(folder: Path, package: str) -> Detector:
    """A peer's detector, its package installed from PyPI under the folder if it is not yet."""
    place = folder / package
    python = place / "bin" / "python"
    wanted = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", package]
    if not python.exists():
        venv.create(place, with_pip=True)
    installed = subprocess.run(wanted, capture_output=True, text=True, check=False)
    if installed.returncode:
        sys.exit(f"{package} could not be installed from PyPI:\n{installed.stderr[-2000:]}")
    asked = [python, "-c", f"import importlib.metadata as m; print(m.version({package!r}))"]
    version = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    script, *arguments = PACKAGES[package]
    command = [python, Path(__file__).with_name(script), *arguments]

    def find(many: Sequence[Series]) -> list[Found]:
        lines = "".join(json.dumps([float(value) for value in values]) + "\n" for values in many)
        done = subprocess.run(command, input=lines, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"{package} failed:\n{done.stderr[-2000:]}")
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        return [Found(tuple(each["steps"]), each["seconds"]) for each in answers]

    return Detector(package, version, find)
