"""What hardware is called: class, maker and family of an accelerator or a processor."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

#: What people write where they have nothing to say.
NOTHING: Final = frozenset(
    {"", "-", "n/a", "na", "none", "null", "nil", "tbd", "todo", "unknown", "cpuname", "0"}
)

#: Pattern → class, maker, family. `\1` and the like stand for what was found. The first match counts.
KNOWN: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), kind, vendor, family)
    for pattern, kind, vendor, family in (
        # Before the accelerators: processors whose maker is better known for those.
        (r"\b(grace|carmel|denver)(?: cpu)?(?= \(|$| superchip cpu)", "arm", "NVIDIA", r"\1"),
        (r"edge[ -]?tpu", "tpu", "Google", "Edge TPU"),
        (r"\btpu[ -]?v?(\d+)([a-z]?)\b", "tpu", "Google", r"TPU v\1\2"),
        (r"\btpu\b", "tpu", "Google", "TPU"),
        (r"hexagon[ -]?(?:v?(\d+))?", "dsp", "Qualcomm", r"Hexagon \1"),
        (r"myriad[ -]?(2|x)\b", "vpu", "Intel Movidius", r"Myriad \1"),
        (r"gaudi[ -]?(\d?)", "npu", "Habana", r"Gaudi\1"),
        (r"\bgoya\b", "npu", "Habana", "Goya"),
        (r"\bnervana\b|\bnnpi?-?[it]?\b", "npu", "Intel", "Nervana NNP"),
        (r"cloud ai ?(\d+)", "npu", "Qualcomm", r"Cloud AI \1"),
        (r"\brecaccel\b", "npu", "Neuchips", "RecAccel"),
        (r"\bspeedai ?(\d+)", "npu", "Untether AI", r"speedAI\1"),
        (r"\bsyntiant\b", "npu", "Syntiant", "Syntiant Core"),
        (r"\bne16\b", "npu", "GreenWaves", "NE16"),
        (r"\bexynos\b.*\bnpu\b|\bnpu\b.*\bexynos\b", "npu", "Samsung", "Exynos NPU"),
        (r"(?:mediatek|dimensity).*\bapu\b|\bapu\b.*(?:mediatek|dimensity)", "npu", "MediaTek", "APU"),
        (r"neural engine", "npu", "Apple", "Neural Engine"),
        (r"\bnpu\b|neural processing unit", "npu", None, "NPU"),
        (r"bow ipu", "npu", "Graphcore", "Bow IPU"),
        (r"\bGC(\d+)\b", "npu", "Graphcore", r"IPU GC\1"),
        (r"ascend[ -]?(\d+)", "npu", "Huawei", r"Ascend \1"),
        (r"(trainium|inferentia)(\d?)", "npu", "AWS", r"\1\2"),
        (r"\b(RTX ?A?\d{4})\b", "gpu", "NVIDIA", r"\1"),
        (r"\b(GB\d00|GH200|H\d00|B\d00|A100X?|A30|A40|A10|L4|L40S?|V100S?)\b", "gpu", "NVIDIA", r"\1"),
        (r"\b(P100|P40|K80|K40|M40|T4)\b", "gpu", "NVIDIA", r"\1"),
        (r"nvidia (?:jetson )?(?:agx )?(A2|Xavier|Orin|TITAN RTX)\b", "gpu", "NVIDIA", r"\1"),
        (r"\bmali-([a-z]\d+)", "gpu", "Arm", r"Mali-\1"),
        (r"\badreno(?: (\d+))?", "gpu", "Qualcomm", r"Adreno \1"),
        (r"(?:uhd|iris xe) graphics", "gpu", "Intel", "integrated graphics"),
        (r"\b(MI\d{2,3}[AX]?)\b", "gpu", "AMD", r"\1"),
        (r"data center gpu max", "gpu", "Intel", "Data Center GPU Max"),
        (r"\bcuda\b|\bnvidia\b", "gpu", "NVIDIA", "NVIDIA GPU"),
        (r"\bpower ?(\d+)\b", "power", "IBM", r"POWER\1"),
        (r"kunpeng[ -]?(\d+)", "arm", "Huawei", r"Kunpeng \1"),
        (r"graviton[ -]?(\d)?", "arm", "AWS", r"Graviton\1"),
        (r"raspberry pi[ -]?(\d)?", "arm", "Broadcom", r"Raspberry Pi \1"),
        (r"snapdragon (\d+)", "arm", "Qualcomm", r"Snapdragon \1"),
        (r"\bcortex[- ]([a-z]\d+)", "arm", "Arm", r"Cortex-\1"),
        (r"\bkryo[ -]?(\d*)", "arm", "Qualcomm", r"Kryo \1"),
        (r"\barmv(\d)", "arm", None, r"ARMv\1"),
        (r"\b(grace|altra|neoverse|thunderx|aarch64|arm64)\b", "arm", None, r"\1"),
        (r"xeon", "x86", "Intel", "Xeon"),
        (r"intel.*(skylake|cascade lake|ice lake)", "x86", "Intel", r"\1"),
        (r"\be[py]{2}c\b|\bamd (?:rome|milan|genoa)\b", "x86", "AMD", "EPYC"),
        (r"\bcore[ (tm)]*(i\d)|\bintel.*\b(i[3579])-\d", "x86", "Intel", r"Core \1\2"),
        (r"\bryzen ?(\d)?", "x86", "AMD", r"Ryzen \1"),
        (r"\bx86(?:[_-]64)?\b", "x86", None, "x86"),
    )
)


#: Marks of trade that stand inside of names.
MARKS: Final = re.compile(r"[®™©]|\((?:R|TM)\)", re.IGNORECASE)


@dataclass(frozen=True)
class Hardware:
    """What a benchmark ran on: a kind of machine, never a single host.

    `count` is how many accelerators there are in all (processors where there is
    no accelerator), `nodes` how many machines; None where it is not stated.
    """

    hardware_class: str
    vendor: str | None
    model: str
    family: str
    count: int | None = None
    nodes: int | None = None
    host: str | None = None


#: Where a source says nothing of its hardware.
UNSTATED: Final = Hardware("unknown", None, "not stated", "not stated")


def stated(text: object) -> str | None:
    """A field's text with single spaces, or None where somebody wrote that there is none."""
    if text is None:
        return None
    cleaned = " ".join(str(text).split())
    return None if cleaned.lower() in NOTHING else cleaned


@lru_cache(maxsize=4_096)
def classify(model: str, hint: str = "") -> tuple[str, str | None, str]:
    """Class, maker and family of a model; `hint` (the system's name, say) helps with a bare "TPU".

    A model that is not known is of class `unknown`, and its own family.
    """
    plain = MARKS.sub(" ", model) if MARKS.search(model) else model
    plain = re.sub(r" (?=-)", "", " ".join(plain.split()))
    for pattern, kind, vendor, family in KNOWN:
        found = pattern.search(plain)
        if found is None:
            continue
        name = found.expand(family).strip() if found.re.groups else family
        if name == "TPU" and hint:
            return kind, vendor, classify(hint)[2] if classify(hint)[0] == "tpu" else name
        return kind, vendor, name.upper() if kind == "gpu" and len(name) < 6 and name[-1].isdigit() else name
    return "unknown", None, model


def hardware(
    model: str, *, count: int | None, nodes: int | None, host: str | None, hint: str = ""
) -> Hardware:
    """The hardware of a model as a source names it."""
    kind, vendor, family = classify(model, hint)
    return Hardware(kind, vendor, model, family, count, nodes, host)
