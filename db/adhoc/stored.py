"""Stored queries: files of `stored/` with a question, its parameters and columns, and one SELECT."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import cast

from db.adhoc.lexer import parameters as written_parameters
from db.adhoc.limits import refusal
from db.adhoc.parameters import KINDS, Kind, Text, read_value
from db.errors import DatabaseError

FOLDER = Path(__file__).parent / "stored"
GOALS = ("innovation", "talent", "research", "cloud", "ambition", "performance", "data")
_ENTRY = re.compile(r"-- (question|goal|parameter|column): (\S.*)$")
_PARAMETER = re.compile(r"([a-z]\w*) (\w+) (\"[^\"]*\"|\S+) (\S.*)$")
_COLUMN = re.compile(r"([a-z]\w*) (\S.*)$")


@dataclass(frozen=True)
class Parameter:
    """A named parameter: its kind, what it is unless somebody says otherwise, and what it means."""

    name: str
    kind: Kind
    default: str
    about: str


@dataclass(frozen=True)
class Stored:
    """A stored query; `columns` are names with what they hold, in the order of the SELECT."""

    name: str
    question: str
    goal: str
    parameters: tuple[Parameter, ...]
    columns: tuple[tuple[str, str], ...]
    sql: str

    def values(self, given: Mapping[str, str]) -> dict[str, Text | int | float]:
        """Every parameter's value, as given or its default; `DatabaseError` for one that there is not."""
        known = {parameter.name: parameter for parameter in self.parameters}
        if unknown := [name for name in given if name not in known]:
            raise refusal(
                f"{self.name} has no parameter :{unknown[0]}",
                f"It has {', '.join(f':{name}' for name in known) or 'none'}",
            )
        return {
            name: read_value(name, parameter.kind, given.get(name, parameter.default))
            for name, parameter in known.items()
        }


@cache
def read_stored(folder: Path = FOLDER) -> dict[str, Stored]:
    """Every stored query by its name, by goal; the first file that is not as it has to be is refused."""
    found = [_read(path) for path in sorted(folder.glob("*.sql"))]
    return {each.name: each for each in sorted(found, key=lambda each: GOALS.index(each.goal))}


def stored(name: str) -> Stored:
    """The stored query of that name; `DatabaseError` names the way to all of them."""
    found = read_stored().get(name)
    if found is None:
        raise refusal(f"there is no stored query {name!r}", "`flowmeter sql --list` names all of them")
    return found


def _read(path: Path) -> Stored:
    lines = path.read_text(encoding="utf-8").splitlines()
    header: list[tuple[str, str]] = []
    for line in lines:
        entry = _ENTRY.match(line)
        if entry is None:
            break
        header.append((entry.group(1), entry.group(2)))
    told = dict(header)
    if not {"question", "goal"} <= set(told) or told["goal"] not in GOALS:
        raise _wrong(path, f"begins without its question and one of the goals {', '.join(GOALS)}")
    parameters = tuple(_parameter(path, text) for kind, text in header if kind == "parameter")
    columns = []
    for text in (text for kind, text in header if kind == "column"):
        column = _COLUMN.match(text)
        if column is None:
            raise _wrong(path, f"names a column without saying what it holds: {text}")
        columns.append((column.group(1), column.group(2)))
    sql = "\n".join(lines[len(header) :]).strip()
    if sorted(written_parameters(sql)) != sorted(parameter.name for parameter in parameters):
        raise _wrong(path, "has other parameters in its header than in its SELECT")
    return Stored(path.stem, told["question"], told["goal"], parameters, tuple(columns), sql)


def _parameter(path: Path, text: str) -> Parameter:
    found = _PARAMETER.match(text)
    if found is None or found.group(2) not in KINDS:
        raise _wrong(path, f"has a parameter that is no NAME KIND DEFAULT MEANING: {text}")
    name, kind, default, about = found.groups()
    parameter = Parameter(name, cast(Kind, kind), default.strip('"'), about)
    read_value(name, parameter.kind, parameter.default)
    return parameter


def _wrong(path: Path, what: str) -> DatabaseError:
    return DatabaseError(what, to=f"stored/{path.name}", next_step="See the other files in that folder")
