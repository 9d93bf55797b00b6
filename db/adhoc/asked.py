"""What somebody asks with: a SELECT or a stored query's name, and the values of its parameters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import cast

from db.adhoc.lexer import parameters as written_parameters
from db.adhoc.limits import refusal, require_short
from db.adhoc.parameters import KINDS, Kind, read_value
from db.adhoc.stored import read_stored, stored

_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")


def asked(text: str, given: Mapping[str, str]) -> tuple[str, dict[str, str | int | float]]:
    """The SELECT, and the value of each of its parameters.

    A single word is a stored query, whose parameters have kinds and defaults. Of
    others a value written as `name:text`, `name:day`, `name:whole` or `name:number`
    has that kind; without one its kind follows from how it is written. Raises
    `DatabaseError` for a name that the statement does not hold.
    """
    if _NAME.match(text.strip()):
        found = stored(text.strip())
        return found.sql, dict(found.values({name.partition(":")[0]: value for name, value in given.items()}))
    require_short(text)
    wanted = written_parameters(text)
    values: dict[str, str | int | float] = {}
    for written, value in given.items():
        name, colon, kind = written.partition(":")
        if name not in wanted:
            known = ", ".join(f":{each}" for each in wanted) or "none"
            raise refusal(f"there is no parameter :{name} in it", f"It has {known}")
        if name in values:
            raise refusal(f":{name} has several values", "Give it once, with or without its kind")
        if colon and kind not in KINDS:
            raise refusal(f":{name} cannot be of the kind {kind!r}", f"Kinds are {', '.join(KINDS)}")
        values[name] = read_value(name, cast(Kind, kind), value) if colon else value
    return text, values


def stored_rows() -> tuple[list[str], list[tuple[str, str, str, str]]]:
    """The stored queries as a table: name, goal, question and parameters with their defaults."""
    rows = [
        (
            each.name,
            each.goal,
            each.question,
            ", ".join(f"{parameter.name}={parameter.default}" for parameter in each.parameters),
        )
        for each in read_stored().values()
    ]
    return ["name", "goal", "question", "parameters"], rows
