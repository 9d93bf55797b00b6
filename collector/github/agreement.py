"""How well the rules of classification agree with labels that people gave: precision and recall by class.

    python -m collector.github.agreement SAMPLE LABELS

`SAMPLE` lists repositories, one a line with bars between: name, description, …, main language
as the ninth field (plain or .gz). `LABELS` is CSV: a row's key (see `key`), which half of the labels it
belongs to, its domain, platform and cloud; an empty label says that nobody judged that one. Prints the
tables of docs/use_cases.md.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from collector.github.classification import DIMENSIONS, UNSTATED, Dimension, Subject, classify

KEY_LENGTH = 12
LANGUAGE_FIELD = 8


@dataclass(frozen=True)
class Label:
    """What a person says of a repository, and in which half of the labels that stands."""

    key: str
    half: str
    domain: str
    platform: str
    cloud: str


@dataclass(frozen=True)
class Agreement:
    """Of one class: how often it was `said` by the rules, is `meant` by the labels, and is `right` (both)."""

    said: int
    meant: int
    right: int

    @property
    def precision(self) -> float | None:
        """Right ÷ said; None when the rules never said it."""
        return self.right / self.said if self.said else None

    @property
    def recall(self) -> float | None:
        """Right ÷ meant; None when no label means it."""
        return self.right / self.meant if self.meant else None


def key(subject: Subject) -> str:
    """A short digest of name and description: labels refer to rows by it, and so repeat nobody's text."""
    text = f"flowmeter use-case label\n{subject.name}\n{subject.description}"
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:KEY_LENGTH]


def sample(path: Path) -> dict[str, Subject]:
    """The repositories of a sample by key; of rows with the same name and description the first counts."""
    found: dict[str, Subject] = {}
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8", newline="") as lines:
        for row in csv.reader(lines, delimiter="|"):
            subject = Subject(row[0], row[1], (), row[LANGUAGE_FIELD] or None)
            found.setdefault(key(subject), subject)
    return found


def labels(path: Path) -> list[Label]:
    """The labels of a file, in its order."""
    with path.open(encoding="utf-8", newline="") as lines:
        return [Label(**row) for row in csv.DictReader(lines)]


def pairs(
    subjects: dict[str, Subject], given: Iterable[Label], half: str, dimension: Dimension
) -> Iterator[tuple[str, str, Subject]]:
    """(what the rules say, what the label means, the repository) of one half.

    Raises `KeyError` for a label whose repository is not in the sample.
    """
    for label in given:
        meant = getattr(label, dimension)
        if label.half == half and meant:
            yield getattr(classify(subjects[label.key]), dimension), meant, subjects[label.key]


def agreement(found: Iterable[tuple[str, str]]) -> dict[str, Agreement]:
    """Agreement of each class that is said or meant, most often meant first; `all` counts every row once."""
    both = list(found)
    said, meant = Counter(each for each, _ in both), Counter(each for _, each in both)
    right = Counter(each for each, other in both if each == other)
    names = sorted({*said, *meant}, key=lambda name: (-meant[name], name))
    counted = {name: Agreement(said[name], meant[name], right[name]) for name in names}
    return counted | {"all": Agreement(len(both), len(both), sum(right.values()))}


def markdown(subjects: dict[str, Subject], given: Sequence[Label], dimension: Dimension) -> str:
    """A table of one dimension: each half's figures, class by class."""
    halves = list(dict.fromkeys(label.half for label in given if getattr(label, dimension)))
    counted = {
        half: agreement((said, meant) for said, meant, _ in pairs(subjects, given, half, dimension))
        for half in halves
    }
    weight: Counter[str] = Counter()
    for each in counted.values():
        weight.update({name: found.meant for name, found in each.items()})
    names = sorted(weight, key=lambda name: (name == "all", name == UNSTATED[dimension], -weight[name], name))
    heads = [f"{half.replace('_', ' ')}: labelled | said | precision | recall" for half in halves]
    lines = [f"| {dimension} | {' | '.join(heads)} |", "|---|" + "---:|" * (4 * len(halves))]
    for name in names:
        cells = [_cells(counted[half].get(name, Agreement(0, 0, 0))) for half in halves]
        lines.append(f"| {name.replace('_', ' ')} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cells(found: Agreement) -> str:
    return f"{found.meant} | {found.said} | {_share(found.precision)} | {_share(found.recall)}"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def main(arguments: Sequence[str]) -> int:
    """The command: prints the tables; exit status 2 without the two files."""
    if len(arguments) != 2:
        print("usage: python -m collector.github.agreement SAMPLE LABELS", file=sys.stderr)
        return 2
    subjects, given = sample(Path(arguments[0])), labels(Path(arguments[1]))
    print("\n\n".join(markdown(subjects, given, dimension) for dimension in DIMENSIONS))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
