"""What a repository that uses the project is about: its domain, platform and cloud, by readable rules."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Literal

Dimension = Literal["domain", "platform", "cloud"]
DIMENSIONS: tuple[Dimension, ...] = ("domain", "platform", "cloud")
#: What a repository gets that no rule speaks of.
UNSTATED = {"domain": "other", "platform": "other", "cloud": "none_stated"}

CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
SEPARATORS = re.compile(r"[^\w]+|_+")


@dataclass(frozen=True)
class Subject:
    """What is known of a repository."""

    name: str
    description: str = ""
    topics: Sequence[str] = ()
    language: str | None = None


@dataclass(frozen=True)
class Classification:
    """The three classes, the words that decided, and for each the share (0 to 1) of words that agree with it.

    A class that is not stated has no words, and a confidence of 0.
    """

    domain: str
    platform: str
    cloud: str
    evidence: str
    confidence: float
    platform_confidence: float
    cloud_confidence: float


@dataclass(frozen=True)
class _Rule:
    """One class: its terms as one pattern, and what each is worth: nothing for those that are ignored."""

    name: str
    pattern: re.Pattern[str]
    worth: dict[str, int]
    languages: frozenset[str]


@dataclass
class _Score:
    total: int = 0
    words: list[str] = field(default_factory=list)


def classify(subject: Subject) -> Classification:
    """The classes of a repository by the rules in classification.toml."""
    weights = _rules_file()["weights"]
    places = [
        ("topic", weights["topic"], " | ".join(_folded(topic) for topic in subject.topics)),
        ("name", weights["name"], _folded(CAMEL.sub(" ", subject.name))),
        ("name", weights["name"], _folded(subject.name)),
        ("description", weights["description"], _folded(subject.description)),
    ]
    winners = dict(UNSTATED)
    confidence = dict.fromkeys(DIMENSIONS, 0.0)
    evidence: list[str] = []
    for dimension in DIMENSIONS:
        scores = {
            rule.name: _score(rule, places, subject.language, weights["language"])
            for rule in _rules(dimension)
        }
        best = max(scores, key=lambda name: scores[name].total)
        if scores[best].total < weights["enough"]:
            continue
        winners[dimension] = best
        evidence.append(f"{dimension} {best}: {', '.join(scores[best].words)}")
        confidence[dimension] = round(scores[best].total / sum(each.total for each in scores.values()), 3)
    return Classification(
        winners["domain"],
        winners["platform"],
        winners["cloud"],
        "; ".join(evidence),
        confidence["domain"],
        confidence["platform"],
        confidence["cloud"],
    )


def classes(dimension: Dimension) -> list[str]:
    """The classes of a dimension, in the order of the file."""
    return [rule.name for rule in _rules(dimension)]


def _score(
    rule: _Rule, places: Sequence[tuple[str, int, str]], language: str | None, language_weight: int
) -> _Score:
    """Sum over the terms found; each counts once, in the place that weighs most: places come so ordered."""
    score = _Score()
    met: set[str] = set()
    for place, weight, text in places:
        for found in rule.pattern.finditer(text):
            term = found[1]
            if term not in met and rule.worth[term]:
                met.add(term)
                score.total += weight * rule.worth[term]
                score.words.append(f"{term} ({place})")
    if language in rule.languages:
        score.total += language_weight
        score.words.append(f"{language} (language)")
    return score


def _folded(text: str) -> str:
    return SEPARATORS.sub(" ", text).lower().strip()


@cache
def _rules_file() -> dict[str, Any]:
    text = files(__package__).joinpath("classification.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def _rules(dimension: Dimension) -> tuple[_Rule, ...]:
    written = _rules_file()
    rules = []
    for name, terms in written[dimension].items():
        worth = dict.fromkeys(terms.get("ignored", ()), 0)
        worth |= {term: written["weights"][kind] for kind in ("weak", "strong") for term in terms[kind]}
        # The longest term first: "stock price" is found before "stock", and then counts alone.
        either = "|".join(re.escape(term) for term in sorted(worth, key=len, reverse=True))
        pattern = re.compile(rf"(?<![a-z0-9])({either})(?:s|es)?(?![a-z0-9])")
        rules.append(_Rule(name, pattern, worth, frozenset(terms.get("languages", ()))))
    return tuple(rules)
