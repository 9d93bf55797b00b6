"""What this machine is, as far as figures depend on it; never which one it is."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

CPU_INFORMATION: Final = Path("/proc/cpuinfo")
#: Arm's own part numbers, which Linux shows in place of a name (Arm's technical reference manuals, MIDR).
ARM_PARTS: Final = {
    "0xd03": "Cortex-A53",
    "0xd05": "Cortex-A55",
    "0xd07": "Cortex-A57",
    "0xd08": "Cortex-A72",
    "0xd0b": "Cortex-A76",
    "0xd0c": "Neoverse N1",
    "0xd40": "Neoverse V1",
    "0xd49": "Neoverse N2",
    "0xd4f": "Neoverse V2",
}


@dataclass(frozen=True)
class Machine:
    """Processor as it calls itself, its architecture (x86_64, aarch64, ppc64le …), how many processors
    (None: not told) and how many cores this process may use, memory in bytes, operating system."""

    model: str
    architecture: str
    processors: int | None
    cores: int
    memory_bytes: int | None
    os: str
    python: str


def this_machine() -> Machine:
    """The machine that this runs on."""
    text = CPU_INFORMATION.read_text(encoding="utf-8", errors="replace") if CPU_INFORMATION.exists() else ""
    architecture = platform.machine() or "unknown"
    return Machine(
        model=processor(text) or _macos_processor() or platform.processor() or architecture,
        architecture=architecture,
        processors=len(set(re.findall(r"^physical id\s*:\s*(\d+)", text, re.MULTILINE))) or None,
        cores=cores(),
        memory_bytes=memory(),
        os=operating_system(),
        python=platform.python_version(),
    )


def processor(information: str) -> str | None:
    """The processor's name in /proc/cpuinfo, as x86, POWER and Arm write it."""
    fields: dict[str, str] = {}
    for line in information.splitlines():
        name, colon, value = line.partition(":")
        if colon and value.strip():
            fields.setdefault(name.strip(), " ".join(value.split()))
    if "model name" in fields:
        return fields["model name"]
    if "POWER" in fields.get("cpu", ""):
        return fields["cpu"].split(",")[0].split(" (")[0]
    if fields.get("CPU implementer") == "0x41" and fields.get("CPU part") in ARM_PARTS:
        board = fields.get("Model")
        part = f"Arm {ARM_PARTS[fields['CPU part']]}"
        return f"{board} ({part})" if board else part
    return fields.get("Model") or fields.get("Hardware")


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def memory() -> int | None:
    """Bytes of memory; None where the system does not tell."""
    names = getattr(os, "sysconf_names", {})
    if "SC_PHYS_PAGES" not in names:
        return None
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def operating_system() -> str:
    """Its name and version."""
    if platform.system() == "Darwin":
        return f"macOS {platform.mac_ver()[0]}"
    try:
        told: Mapping[str, str] = platform.freedesktop_os_release()
    except OSError:
        return platform.system()
    return told["PRETTY_NAME"]


def load() -> float | None:
    """How many processes wanted to run in the last minute, on average; None where it is not told."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else None


def _macos_processor() -> str | None:
    if platform.system() != "Darwin":
        return None
    asked = ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip() or None
