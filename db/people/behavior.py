"""What accounts and addresses do that no person does: one message over and over, answers within seconds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from db.people.asking import Asked

#: Who answered fewer items at once is not looked at: so few tell nothing.
FEWEST_ANSWERS = 10

MESSAGES = """
SELECT author_id, COUNT(*){matches} FROM commits WHERE author_id {among} GROUP BY author_id
"""
#: A message in lower case that follows a pattern of LIKE.
MATCHES = ", SUM(CASE WHEN LOWER(subject) LIKE :pattern_{place} THEN 1 ELSE 0 END)"
REPETITIONS = """
SELECT author_id, subject, COUNT(*) FROM commits WHERE author_id IN ({authors})
GROUP BY author_id, subject HAVING COUNT(*) >= :fewest
"""
#: Items of others that somebody commented on within seconds of their opening. (CROSS JOIN holds SQLite to the
#: order: a glance at the index for each item, not one for each comment.)
PROMPT = """
SELECT c.author_id, COUNT(DISTINCT i.number)
FROM {items} i
CROSS JOIN comments c
WHERE c.repository_id = i.repository_id AND c.number = i.number
    AND c.created_at BETWEEN i.created_at AND {soon}
    AND c.author_id <> COALESCE(i.author_id, 0) AND c.kind = 'conversation' AND c.author_id {among}
GROUP BY c.author_id, i.repository_id
"""
SOON = {
    "sqlite": "datetime(i.created_at, '+{0} seconds')",
    "postgresql": "i.created_at + INTERVAL '{0} seconds'",
    "duckdb": "i.created_at + INTERVAL '{0} seconds'",
}
ANSWERS = "SELECT author_id, COUNT(*) FROM comments WHERE author_id IN ({authors}) GROUP BY author_id"


@dataclass
class Behavior:
    """How somebody behaves.

    `templated` counts commits by the message pattern that they follow, `repeated`
    how often the commonest message stands; `prompt` counts, by seconds, the items of
    others that were answered so soon, of `answers` comments in all.
    """

    commits: int = 0
    templated: Counter[str] = field(default_factory=Counter)
    repeated: int = 0
    prompt: Counter[int] = field(default_factory=Counter)
    answers: int = 0


@dataclass(frozen=True)
class Behaviors:
    """What identities do: how many commits each has, and the behaviour of those who do any of it often.

    So `many` commits are a behaviour by themselves (0: they are none).
    """

    commits: Mapping[int, int]
    often: Mapping[int, Behavior]
    many: int = 0

    def of(self, identities: Iterable[int]) -> Behavior | None:
        """What these identities of one person do, taken together; None when it is nothing to look at."""
        identities = list(identities)
        often = [self.often[each] for each in identities if each in self.often]
        commits = sum(self.commits.get(each, 0) for each in identities)
        return _together(often, commits) if often or 0 < self.many <= commits else None


def _together(behaviors: Iterable[Behavior], commits: int) -> Behavior:
    found = Behavior(commits=commits)
    for each in behaviors:
        found.templated += each.templated
        found.repeated = max(found.repeated, each.repeated)
        found.prompt += each.prompt
        found.answers += each.answers
    return found


def read_behaviors(
    asked: Asked,
    patterns: Sequence[str],
    seconds: Sequence[int],
    repeated: int,
    many: int = 0,
    *,
    authors: str | None = None,
) -> Behaviors:
    """What everybody does, or those whom `authors`, a SELECT of identities, gives.

    `patterns` are LIKE patterns in lower case for messages; `seconds` are how soon
    answers are looked for; a message counts as repeated, and commits as many, from so
    many on (0: none does).
    """
    found: dict[int, Behavior] = {}
    commits_of: dict[int, int] = {}
    matches = "".join(MATCHES.format(place=place) for place in range(len(patterns)))
    named = {f"pattern_{place}": pattern for place, pattern in enumerate(patterns)}
    among = "IS NOT NULL" if authors is None else f"IN ({authors})"
    busy = []
    for author, commits, *counts in asked.rows(MESSAGES.format(matches=matches, among=among), named):
        commits_of[author] = commits
        templated = Counter({pattern: int(n) for pattern, n in zip(patterns, counts, strict=True) if n})
        if 0 < repeated <= commits:
            busy.append(author)
        if templated or 0 < repeated <= commits:
            found[author] = Behavior(commits=commits, templated=templated)
    repetitions = REPETITIONS.format(authors=_listed(busy))
    for author, _, count in asked.rows(repetitions, {"fewest": repeated}):
        found[author].repeated = max(found[author].repeated, count)
    prompt: set[int] = set()
    for within in seconds:
        soon = SOON[asked.dialect].format(int(within))
        counted: Counter[int] = Counter()
        for items in ("issues", "pull_requests"):
            for author, count in asked.rows(PROMPT.format(items=items, soon=soon, among=among), {}):
                counted[author] += count
        for author, count in counted.items():
            if count >= FEWEST_ANSWERS:
                found.setdefault(author, Behavior()).prompt[within] = count
                prompt.add(author)
    for author, count in asked.rows(ANSWERS.format(authors=_listed(sorted(prompt))), {}):
        found[author].answers = count
    return Behaviors(commits_of, found, many)


def _listed(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, numbers)) or "NULL"
