"""What profiles say of interns and students, read by rules and dated; the text itself is not kept."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from db.people.companies import ELSEWHERE

#: What somebody can be, beside whom they act for.
ROLES = ("intern", "student")
WORDS = {
    "intern": re.compile(r"\b(?:interns?|interned|internship|trainee|werkstudent(?:in)?|stagiaire)\b", re.I),
    "student": re.compile(
        r"\b(?:student|undergrad(?:uate)?|ph\.?d\.? candidate|gsoc|summer of code)\b",
        re.I,
    ),
}
#: Who writes one of these looks after students, or means something else.
NO_STUDENT = re.compile(
    r"\b(?:mentor(?:ing|ed|s)?|admin|teach\w*|lecturer|student of (?:life|the)|lifelong)\b", re.I
)
YEAR = re.compile(r"(?<!\d)(20\d\d)(?!\d)")
BETWEEN = re.compile(r"\s*[,;|•·\n]\s*|\.\s+")


class Told(NamedTuple):
    """That somebody was an intern or a student, from a day to a day."""

    kind: str
    from_day: date
    to_day: date


def roles_told(texts: Iterable[str | None], seen: date) -> list[Told]:
    """What the texts of a profile, seen on a day, say of their owner.

    A part that names a year tells of that year ("SWE intern @ Google, 2019"), unless
    it is yet to come. One that names none tells of the month in which it was seen, and
    of nothing when it speaks of the past, the future or a wish; it counts for nothing
    either where another part dates the same.
    """
    dated: set[Told] = set()
    undated: set[str] = set()
    for text in texts:
        before: set[str] = set()
        for part in BETWEEN.split(text or ""):
            kinds = {kind for kind, words in WORDS.items() if words.search(part)}
            if NO_STUDENT.search(part):
                kinds.discard("student")
            years = [int(year) for year in YEAR.findall(part) if int(year) <= seen.year]
            # "Student, GSoC 2019" and "intern at X, 2019": the year stands in the part after.
            for kind in kinds or (before if YEAR.fullmatch(part.strip(" ()")) else ()):
                dated |= {Told(kind, date(year, 1, 1), date(year, 12, 31)) for year in years}
            if not YEAR.search(part) and not ELSEWHERE.search(part):
                undated |= kinds
            before = kinds
    undated -= {told.kind for told in dated}
    month = seen.replace(day=1), seen.replace(day=monthrange(seen.year, seen.month)[1])
    return sorted(dated | {Told(kind, *month) for kind in undated})
