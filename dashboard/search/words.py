"""What a reader looks for: checked, taken apart into words, and compared with what there is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, case, or_

from dashboard.filters import quoted
from dashboard.language import _
from dashboard.refusal import Refused

#: Fewer letters find everything, more are no name.
SHORTEST, LONGEST = 2, 80
#: More words than this say nothing more.
MOST_WORDS = 6
#: A letter of East Asian scripts, from here on, is a word of its own.
EAST_ASIAN = "\u1100"
#: A column of texts.
Text = ColumnElement[Any]


@dataclass(frozen=True)
class Sought:
    """The words that are all to be found in what is found."""

    words: tuple[str, ...]

    @property
    def whole(self) -> str:
        """The words as they stand."""
        return " ".join(self.words)

    def rank(self, *texts: str) -> int | None:
        """How well the best of the texts fits: 0 is it, 1 begins so, 2 has a word that does, 3 contains it.

        None where no text holds all of the words.
        """
        found = [_rank(text.casefold(), [word.casefold() for word in self.words]) for text in texts]
        return min((rank for rank in found if rank is not None), default=None)

    def found_in(self, dialect: str, *texts: Text) -> ColumnElement[bool]:
        """The condition that each word stands in one of the texts of the database, whatever its case."""
        return and_(*(or_(*(_like(dialect, text, word, "%", "%") for text in texts)) for word in self.words))

    def place_of(self, dialect: str, *names: Text) -> ColumnElement[int]:
        """What to order by, the best first: as `rank`, of the whole as the beginning of a name."""
        ways = (("", ""), ("", "%"), ("% ", "%"))
        return case(
            *(
                (or_(*(_like(dialect, name, self.whole, *around) for name in names)), place)
                for place, around in enumerate(ways)
            ),
            else_=len(ways),
        )


def sought(given: str) -> Sought:
    """What is looked for; `Refused` 400 with a sentence where that cannot be found."""
    if not given.isprintable():
        raise Refused(400, _("q holds characters that no name is written with."))
    text = " ".join(given.split())
    if len(text) < SHORTEST and not text >= EAST_ASIAN:
        raise Refused(
            400,
            _("q {value} is too short: write {count} letters or more.").format(
                value=quoted(text), count=SHORTEST
            ),
        )
    if len(text) > LONGEST:
        raise Refused(
            400, _("q {value} is longer than {count} letters.").format(value=quoted(text), count=LONGEST)
        )
    return Sought(tuple(dict.fromkeys(text.split()))[:MOST_WORDS])


def _rank(text: str, words: Iterable[str]) -> int | None:
    wanted = list(words)
    if not all(word in text for word in wanted):
        return None
    whole = " ".join(wanted)
    if text == whole:
        return 0
    if text.startswith(whole):
        return 1
    return 2 if any(part.startswith(wanted[0]) for part in text.split()) else 3


def _like(dialect: str, text: Text, word: str, before: str, after: str) -> ColumnElement[bool]:
    """Whether a text holds the word, whatever the case of their letters, as each database is quickest at.

    Both may know the case of A to Z alone: other letters are tried small, large and as in names.
    """
    like = text.ilike if dialect == "postgresql" else text.like
    forms = dict.fromkeys((word,) if word.isascii() else (word, word.lower(), word.title(), word.upper()))
    return or_(*(like(f"{before}{_literal(form)}{after}", escape="\\") for form in forms))


def _literal(text: str) -> str:
    """The text for a pattern in which nothing stands for anything else."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
