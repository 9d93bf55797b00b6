"""What software is called: framework and version, compiler, and the family of an operating system."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

from collector.benchmarks.hardware import stated

#: Framework → how people write it, misspellings met in published files included.
FRAMEWORKS: Final = {
    "TensorFlow Lite": r"ten[s]?or ?flow[ -]?lite|(?<![a-z])tf[ -]?lite(?![a-z])",
    "TensorFlow": r"ten[s]?or ?flow(?![ -]?lite)|(?<![a-z])tf(?![a-z]|[ -]lite)",
    "PyTorch": r"pytorch",
    "JAX": r"(?<![a-z])jax(?![a-z])",
    "MXNet": r"mxnet",
    "PaddlePaddle": r"paddle",
    "MindSpore": r"mindspore",
    "HugeCTR": r"hugectr",
    "PopART": r"popart",
    "Caffe": r"caffe",
    "BigDL": r"bigdl",
    "TensorRT": r"tensorrt",
    "OpenVINO": r"openvino",
    "ArmNN": r"arm ?nn",
    "SNPE": r"snapdragon neural processing|qualcomm neural processing|(?<![a-z])snpe(?![a-z])",
    "Qualcomm Cloud AI SDK": r"qualcomm cloud ai",
    "DeepSparse": r"deepsparse",
    "ONNX Runtime": r"onnx ?runtime",
    "Synapse": r"synapse",
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
#: What NVIDIA ships in containers that have versions of their own.
CONTAINED: Final = frozenset(("TensorFlow", "PyTorch", "MXNet", "HugeCTR", "JAX"))
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
    text = stated(re.sub(r"https?://\S+", "", text)) if text else None
    if text is None:
        return None, None
    names = [name for name, pattern in FRAMEWORKS.items() if re.search(pattern, text, re.IGNORECASE)]
    if len(names) > 1 and "composer" not in text:
        return " / ".join(sorted(names)), text
    if not names:
        return text, None
    # What stands behind the name is its version; only where nothing does, what stands before it.
    parts = re.split(FRAMEWORKS[names[0]], text, maxsplit=1, flags=re.IGNORECASE)
    found = next((hit for part in reversed(parts) if (hit := VERSION.search(_spaced(part)))), None)
    version = (found.group(1) or found.group(2)) if found else None
    if version and names[0] in CONTAINED and re.search(r"ngc|nvidia", text, re.IGNORECASE):
        version = f"NGC {version}"
    return names[0], version


def _spaced(text: str) -> str:
    return text.replace("NGC", " ").lstrip(" -_")


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
