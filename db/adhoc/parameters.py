"""Values for named `:parameters`, read by their kinds: a text stays a text, a day is checked to be one."""

from __future__ import annotations

from datetime import date
from typing import Final, Literal, get_args

from db.adhoc.limits import refusal

Kind = Literal["text", "whole", "number", "day"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)


class Text(str):
    """A parameter that stays a text even when it is written like a number."""

    __slots__ = ()


def read_value(name: str, kind: Kind, written: str) -> Text | int | float:
    """The value of `:name`; raises `DatabaseError` that says how to write one of that kind."""
    try:
        if kind == "whole":
            number = int(written)
            if not -(2**63) <= number < 2**63:
                raise ValueError
            return number
        if kind == "number":
            return float(written)
        if kind == "day":
            return Text(date.fromisoformat(written).isoformat())
    except ValueError as error:
        example = {"whole": "12", "number": "0.5", "day": "2024-03-31"}[kind]
        meant = {"whole": "a whole number", "number": "a number", "day": "a day"}[kind]
        raise refusal(f":{name} is not {meant}", f"Write it like {example}") from error
    return Text(written)
