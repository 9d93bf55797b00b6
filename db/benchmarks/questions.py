"""The questions asked of benchmarks: SQL files with a header, asked as they stand there.

`answers/` holds what is computed whenever results change, into the table `benchmark_answers`;
`questions/` holds what cards and commands ask, with `:parameters`, mostly of that table.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, Row, bindparam, delete, func, select, text

from db.engine import writing
from db.errors import DatabaseError
from db.metrics.catalogue import CONTINUED, ENTRY
from db.schema import table

ANSWERS, QUESTIONS = Path(__file__).parent / "answers", Path(__file__).parent / "questions"
#: What a question may start from: a file beside the others, which becomes its first common table expression.
STARTS: Final = {"facts": ANSWERS / "facts.sql", "narrowed": QUESTIONS / "narrowed.sql"}
#: What is computed ahead, into `benchmark_answers`.
TOPICS: Final = ("xla_gain", "by_round", "reach", "scaling", "runs")
#: Parameters that mean everything when nothing is said.
EVERYTHING: Final = {"suite": "", "model": "", "hardware": ""}
#: PostgreSQL: two computations wait for each other under this number (any that nothing else uses).
LOCK: Final = 7_115_220_318
PARAMETER: Final = re.compile(r"(?<![:\w]):([a-z_]+)")

#: Database → the state of its results when this process last computed the answers.
_computed: dict[str, tuple[object, ...]] = {}


@dataclass(frozen=True)
class Question:
    """A question: its header's texts, and the whole SELECT as it is run.

    `parameters` are the names that the SELECT wants values for.
    """

    name: str
    title: str
    meaning: str
    unit: str
    sql: str
    parameters: tuple[str, ...]
    source: str = ""
    leaves_out: str = ""


@dataclass(frozen=True)
class Asked:
    """What a question gave: the names of its columns, and its rows, which have them as attributes."""

    columns: tuple[str, ...]
    rows: Sequence[Row[Any]]


def question(name: str) -> Question:
    """The question `questions/NAME.sql`; `DatabaseError` when there is none."""
    return _read(QUESTIONS / f"{name}.sql")


def topic(name: str) -> Question:
    """What `benchmark_answers` holds under a topic, `answers/NAME.sql`; `DatabaseError` for another."""
    return _read(ANSWERS / f"{name}.sql")


def ask(connection: Connection, name: str, given: Mapping[str, object] | None = None) -> Asked:
    """A question's answer, its rows in the question's order.

    Suite, model and hardware are all when they are not given; `DatabaseError` names
    another parameter that has no value.
    """
    asked = question(name)
    values = {**EVERYTHING, **(given or {})}
    missing = [parameter for parameter in asked.parameters if parameter not in values]
    if missing:
        raise DatabaseError(
            f"the parameter :{missing[0]} has no value", to=f"{name}.sql", next_step="Give it one"
        )
    statement = text(asked.sql).columns(day=table("benchmark_answers").c.day.type)
    found = connection.execute(statement, {parameter: values[parameter] for parameter in asked.parameters})
    return Asked(tuple(found.keys()), found.all())


def refresh_answers(engine: Engine, *, changed_only: bool = False) -> int | None:
    """Compute `benchmark_answers` anew from the results, in one transaction; returns how many rows it has.

    With `changed_only` nothing is done, and None returned, while results are as
    this process left them: the first time in a process everything is computed,
    as the SQL may be newer than the answers.
    """
    answers = table("benchmark_answers")
    place = engine.url.render_as_string(hide_password=True)
    written = 0
    with writing(engine).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": LOCK})
        state = _state(connection)
        if changed_only and _computed.get(place) == state:
            return None
        connection.execute(delete(answers))
        for name in TOPICS:
            asked = topic(name).sql
            columns = _columns(connection, asked)
            listed = ", ".join(f'"{column}"' for column in columns)
            insert = text(
                f"INSERT INTO benchmark_answers (topic, ordinal, {listed}) "
                f"SELECT :topic, ROW_NUMBER() OVER (), {listed} FROM (\n{asked}\n) answer"
            ).bindparams(bindparam("topic", type_=answers.c.topic.type))
            written += connection.execute(insert, {"topic": name}).rowcount
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.execute(text("ANALYZE benchmark_answers"))
    _computed[place] = state
    return written


def _state(connection: Connection) -> tuple[object, ...]:
    """What changes whenever results do; a value that was put right shows in their sum."""
    results = table("benchmark_results")
    found = select(func.count(), func.sum(results.c.value), func.max(results.c.measured_at))
    return tuple(connection.execute(found.select_from(results)).one())


def _columns(connection: Connection, asked: str) -> list[str]:
    """The names of what a SELECT returns, asked of the database, which plans it and reads nothing."""
    return list(connection.execute(text(f"SELECT * FROM (\n{asked}\n) answer LIMIT 0")).keys())


@lru_cache(maxsize=64)
def _read(path: Path) -> Question:
    if not path.is_file():
        known = sorted(each.stem for each in path.parent.glob("*.sql") if each not in STARTS.values())
        raise DatabaseError(
            "there is no such question", to=path.stem, next_step=f"Choose of {', '.join(known)}"
        )
    header, body = _parts(path)
    start = header.get("from")
    sql = body if start is None else _starting(start, body)
    return Question(
        name=path.stem,
        title=header["title"],
        meaning=header["meaning"],
        unit=header["unit"],
        sql=sql,
        parameters=tuple(dict.fromkeys(PARAMETER.findall(sql))),
        source=header.get("source", ""),
        leaves_out=header.get("leaves_out", ""),
    )


def _starting(start: str, body: str) -> str:
    """A SELECT whose first common table expression is the one that it starts from."""
    _, text_of_start = _parts(STARTS[start])
    indented = "\n".join(f"    {line}" for line in text_of_start.splitlines())
    first = f"WITH {start} AS (\n{indented}\n)"
    return f"{first},\n{body.removeprefix('WITH ')}" if body.startswith("WITH ") else f"{first}\n{body}"


def _parts(path: Path) -> tuple[dict[str, str], str]:
    """The header's texts by name, and what stands below them."""
    header: dict[str, str] = {}
    last = ""
    lines = path.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        if not line.startswith("--"):
            return header, "\n".join(lines[number:]).strip()
        entry, continued = ENTRY.match(line), CONTINUED.match(line)
        if entry:
            last = entry[1]
            header[last] = (entry[2] or "").strip()
        elif continued and last:
            header[last] += f" {continued[1].strip()}"
    raise DatabaseError("there is no SELECT", to=str(path), next_step="Write one below the header")
