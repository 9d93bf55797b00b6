"""What software is called: framework and version, compiler, and the family of an operating system."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

from collector.benchmarks.hardware import stated

#: Framework → how people write it, misspellings met in published files included.
FRAMEWORKS: Final = {
    "TensorFlow": r"ten[s]?or ?flow|(?<![a-z])tf(?![a-z])",
    "PyTorch": r"pytorch",
    "JAX": r"(?<![a-z])jax(?![a-z])",
    "MXNet": r"mxnet",
    "PaddlePaddle": r"paddle",
    "MindSpore": r"mindspore",
    "HugeCTR": r"hugectr",
    "PopART": r"popart",
    "Caffe": r"caffe",
    "BigDL": r"bigdl",
}
SYSTEMS: Final = {
    "ubuntu": "ubuntu",
    "centos": "centos",
    "red hat": "rhel",
    "rhel": "rhel",
    "debian": "debian",
    "oracle linux": "oracle linux",
    "windows": "windows",
    "macos": "macos",
    "darwin": "macos",
    "android": "android",
}
VERSION = re.compile(r"(?<![\w.])v?(\d+(?:\.\d+)+[\w.+-]*|\d{8})|(?<=tf)(\d+(?:\.\d+)+)", re.IGNORECASE)


@dataclass(frozen=True)
class Software:
    """What a benchmark ran with. `compiler` is none, xla, xla:PIPELINE, tensorrt … or unknown."""

    framework: str | None
    version: str | None
    compiler: str
    precision: str | None = None
    os: str | None = None

    @cached_property
    def key(self) -> str:
        """What makes two series differ: framework, compiler, precision and OS family, without versions."""
        parts = (self.framework and self.framework.lower(), self.compiler, self.precision, os_family(self.os))
        return "|".join(part or "-" for part in parts)


#: Where a source says nothing of its software.
UNSTATED: Final = Software(None, None, "unknown")


@lru_cache(maxsize=4_096)
def framework_and_version(text: str | None) -> tuple[str | None, str | None]:
    """A published "framework" field taken apart.

    NVIDIA's container releases are versions of the container ("NGC 20.06"), not
    of the framework. A field that names several frameworks does not say which
    one ran: all of them are kept, joined by " / ", and the text is the version.
    """
    text = stated(text)
    if text is None:
        return None, None
    names = [name for name, pattern in FRAMEWORKS.items() if re.search(pattern, text, re.IGNORECASE)]
    if len(names) > 1 and "composer" not in text:
        return " / ".join(sorted(names)), text
    if not names:
        return text, None
    spaced = re.sub(FRAMEWORKS[names[0]], " ", text, flags=re.IGNORECASE).replace("NGC", " ").lstrip(" -_")
    found = VERSION.search(spaced)
    version = (found.group(1) or found.group(2)) if found else None
    if version and re.search(r"ngc|nvidia", text, re.IGNORECASE):
        version = f"NGC {version}"
    return names[0], version


@lru_cache(maxsize=4_096)
def os_family(text: str | None) -> str | None:
    """The operating system without its version: updates of it do not start a new series."""
    text = stated(text)
    if text is None:
        return None
    for written, family in SYSTEMS.items():
        if written in text.lower():
            return family
    return re.split(r"[\s\d(/]", text.lower(), maxsplit=1)[0] or text.lower()
