"""SQL cut into words, texts and signs, strictly: what two readers could take for different things is refused.

The guard looks at these pieces, and `:parameters` are found among them, so a name
within a text or a comment is never taken for one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from db.adhoc.limits import refusal

Kind = Literal["word", "quoted", "text", "number", "parameter", "sign", "blank"]
_PIECES = re.compile(
    r"""
    (?P<blank>\s+|--[^\n]*|/\*(?:[^*/]|\*(?!/)|/(?!\*))*\*/)
  | (?P<text>'(?:[^']|'')*')
  | (?P<quoted>"(?:[^"]|"")*"|\[[^\]]*\]|`(?:[^`]|``)*`)
  | (?P<parameter>(?<!:):[^\W\d]\w*)
  | (?P<number>(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
  | (?P<word>[^\W\d][\w]*)
  | (?P<sign>::|.)
    """,
    re.VERBOSE | re.DOTALL,
)
#: Signs by which PostgreSQL begins what SQLite does not know, and the other way round.
_UNCLEAR = {"'": "a text that does not end", '"': "a name that does not end", "$": "a dollar sign"}


class Piece(NamedTuple):
    """A piece of a statement: its kind, how it is written, and where it begins (from 0)."""

    kind: Kind
    written: str
    at: int

    @property
    def name(self) -> str:
        """What it is called: quotes off, small letters where it stands without."""
        return self.written[1:-1].replace('""', '"') if self.kind == "quoted" else self.written.lower()


def pieces(sql: str) -> Iterator[Piece]:
    """Everything that the statement is made of, blanks and comments too, in its order."""
    for found in _PIECES.finditer(sql):
        # Exactly one group of the pattern has matched.
        yield Piece(found.lastgroup, found.group(), found.start())  # type: ignore[arg-type]


def parameters(sql: str) -> list[str]:
    """Names of the `:parameters`, each once, in the order in which they stand."""
    return list(dict.fromkeys(piece.written[1:] for piece in pieces(sql) if piece.kind == "parameter"))


def clear_pieces(sql: str) -> list[Piece]:
    """The pieces without blanks; raises `DatabaseError` for what PostgreSQL may read in another way."""
    kept: list[Piece] = []
    ends_at = -1
    for piece in pieces(sql):
        prefixed = piece.at == ends_at and kept and kept[-1].kind in ("word", "number")
        if piece.kind in ("text", "quoted") and prefixed:
            raise refusal(
                f"holds {kept[-1].written}{piece.written[:1]} at character {kept[-1].at + 1}",
                "Write texts as 'text' and names as \"name\", without letters before them",
                kept[-1].at,
            )
        if piece.kind == "sign" and piece.written in _UNCLEAR:
            raise refusal(
                f"holds {_UNCLEAR[piece.written]} at character {piece.at + 1}",
                "Write texts as 'text', with '' for a quotation mark within",
                piece.at,
            )
        if piece.kind == "blank":
            continue
        if piece.kind == "sign" and kept and kept[-1].written == "/" and piece.written == "*":
            raise refusal(
                f"holds a comment that does not end, or one within another, at character {piece.at}",
                "Write comments one after another, or as -- to the end of the line",
                piece.at - 1,
            )
        kept.append(piece)
        ends_at = piece.at + len(piece.written)
    return kept


def for_driver(sql: str) -> str:
    """The statement as psycopg takes it: `%(name)s` for `:name`, and its own sign doubled."""
    return "".join(
        f"%({piece.written[1:]})s" if piece.kind == "parameter" else piece.written.replace("%", "%%")
        for piece in pieces(sql)
    )


def place_of(sql: str, position: int) -> int:
    """Where a place of the statement with `$1` for parameters is in the one with `:names`, from 0."""
    numbers: dict[str, int] = {}
    sent = 0
    for piece in pieces(sql):
        length = len(piece.written)
        if piece.kind == "parameter":
            length = len(f"${numbers.setdefault(piece.written, len(numbers) + 1)}")
        if position < sent + length:
            return min(piece.at + position - sent, len(sql))
        sent += length
    return len(sql)
