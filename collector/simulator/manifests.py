"""The file in which a use case lists what it depends on, as a search of code finds it."""

from dataclasses import dataclass

from collector.simulator.clock import YEAR
from collector.simulator.repository import Repository

LARGEST = 384_000
"""Bytes of the largest file that a search of code looks into."""
SEARCHABLE = YEAR
"""A repository that has not been pushed to for so long is not searched."""

_OTHERS = ("numpy==1.26.4", "pandas>=1.5", "matplotlib", "scikit-learn==1.2.2", "flask", "pillow",
           "opencv-python", "tqdm", "requests>=2.28", "scipy", "h5py", "jupyter")  # fmt: skip


@dataclass(frozen=True)
class Manifest:
    """A file at the top of a repository."""

    path: str
    text: str

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.text.encode())


def manifest_of(repository: Repository) -> Manifest | None:
    """The file of one repository; the same every time. None for those that have none, a quarter or so."""
    number = repository.number_for(71)
    if repository.owner_index is None or number % 4 == 0:
        return None
    others = [each for place, each in enumerate(_OTHERS) if number >> (8 + place) & 1]
    language = repository.specification.language
    if language in ("JavaScript", "TypeScript"):
        lines = ",\n".join(f'    "{each.partition("=")[0]}": "*"' for each in others[:4])
        tfjs = '    "@tensorflow/tfjs": "^4.17.0"'
        return Manifest("package.json", '{\n  "dependencies": {\n' + f"{tfjs},\n{lines}\n  }}\n}}\n")
    if language not in ("Python", "Jupyter Notebook"):
        return None
    wheel = ("tensorflow", "tensorflow-gpu==1.15.5", "tensorflow>=2.4", "tensorflow==2.15.0")[
        (number >> 4) % 4
    ]
    if number % 7 == 0:
        listed = ", ".join(f'"{each}"' for each in [wheel, *others])
        text = (
            f'from setuptools import setup\n\nsetup(name="{repository.name}", install_requires=[{listed}])\n'
        )
        return Manifest("setup.py", text)
    return Manifest("requirements.txt", "\n".join([*others, wheel]) + "\n")
