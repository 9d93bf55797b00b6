"""Names of hardware and software, as published files write them."""

from __future__ import annotations

import pytest

from collector.benchmarks.hardware import classify
from collector.benchmarks.software import Software, framework_and_version


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("NVIDIA A100-SXM4-80GB (400W)", ("gpu", "NVIDIA", "A100")),
        ("Tesla V100-SXM3-32GB-H", ("gpu", "NVIDIA", "V100")),
        ("Nvidia Tesla V100S-PCIe-32GB", ("gpu", "NVIDIA", "V100S")),
        ("NVIDIA RTX A5000", ("gpu", "NVIDIA", "RTX A5000")),
        ("AMD Instinct MI250X", ("gpu", "AMD", "MI250X")),
        ("tpuv3-512", ("tpu", "Google", "TPU v3")),
        ("TPU-v4", ("tpu", "Google", "TPU v4")),
        ("TPU v5p", ("tpu", "Google", "TPU v5p")),
        ("Graphcore Bow IPU", ("npu", "Graphcore", "Bow IPU")),
        ("Habana Gaudi2", ("npu", "Habana", "Gaudi2")),
        ("Ascend910", ("npu", "Huawei", "Ascend 910")),
        ("Hexagon 690 (Snapdragon 855)", ("dsp", "Qualcomm", "Hexagon 690")),
        ("Movidius stick (Myriad 2)", ("vpu", "Intel Movidius", "Myriad 2")),
        ("Intel(R) Xeon(R) Platinum 8380H CPU @ 2.90GHz", ("x86", "Intel", "Xeon")),
        ("AMD EYPC 7513", ("x86", "AMD", "EPYC")),
        ("Kunpeng 920", ("arm", "Huawei", "Kunpeng 920")),
        ("POWER8", ("power", "IBM", "POWER8")),
        ("a box of sand", ("unknown", None, "a box of sand")),
    ],
)
def test_a_model_is_known_by_class_maker_and_family(
    model: str, expected: tuple[str, str | None, str]
) -> None:
    assert classify(model) == expected


def test_a_bare_tpu_takes_its_generation_from_the_systems_name() -> None:
    assert classify("TPU", "tpu-v4-128-TF") == ("tpu", "Google", "TPU v4")
    assert classify("TPU", "some-system") == ("tpu", "Google", "TPU")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("TensorFlow 1.12", ("TensorFlow", "1.12")),
        ("tf2.0", ("TensorFlow", "2.0")),
        ("TenorFLow 2.2", ("TensorFlow", "2.2")),
        ("tensorflow-1.15.0", ("TensorFlow", "1.15.0")),
        ("MXNet NVIDIA Release 21.05", ("MXNet", "NGC 21.05")),
        ("MXNet NGC20.06", ("MXNet", "NGC 20.06")),
        ("JAX", ("JAX", None)),
        ("NGC MXNet 20.06 , NGC PyTorch 20.06", ("MXNet / PyTorch", "NGC MXNet 20.06 , NGC PyTorch 20.06")),
        ("N/A", (None, None)),
    ],
)
def test_a_framework_field_is_taken_apart(text: str, expected: tuple[str | None, str | None]) -> None:
    assert framework_and_version(text) == expected


def test_versions_of_framework_and_system_are_no_part_of_a_series() -> None:
    old = Software("TensorFlow", "1.12", "xla", "mixed", "Ubuntu 18.04.3 LTS")
    new = Software("TensorFlow", "2.8", "xla", "mixed", "Ubuntu 20.04")
    assert old.key == new.key
    assert old.key != Software("TensorFlow", "1.12", "none", "mixed", "Ubuntu 18.04.3 LTS").key
