"""The catalogue: every metric's SQL file, its header checked and its SELECT proven to be one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import sqlglot
from sqlalchemy import Connection, delete, select, update
from sqlglot import exp

from db.errors import DatabaseError
from db.metrics.behind import PARAMETERS
from db.metrics.dialects import FUNCTIONS, portable, statements, written_for
from db.metrics.kinds_of_rows import KINDS
from db.schema import table
from db.upsert import upsert

FOLDER = Path(__file__).parent
GOALS = ("innovation", "talent", "research", "cloud", "ambition", "performance")
DIRECTIONS = ("up", "down", "neutral")
FIGURES = ("line", "area", "bar", "stacked_bar", "heat_map", "funnel")
#: How far a changed fact reaches into a metric's values. `period`: into those of the periods that it, or
#: anything else in its thread, lies in, for the scopes of its repository. `scope`: into those of all periods
#: for these scopes. `people`: the same, of a metric that reads contributions alone and whose values add up
#: over people, so that those of some people can be taken out and put back. `everything`: into any. Facts are
#: what lies in a repository on a day: rows of other tables, such as labels and releases, reach into
#: everything that reads them.
REACHES = ("period", "scope", "people", "everything")
COLUMNS = ("scope_id", "grain", "period", "segment", "value", "sample_size")
REQUIRED = ("title", "meaning", "unit", "direction", "segments", "figure", "source", "leaves_out")
#: What may be left out, and what it is then.
OPTIONAL = {"headline": "all", "coverage": "", "reach": "everything", "rows": ""}
#: Between a metric's SELECT and the one of the rows behind it.
SEPARATOR = ";\n"
ENTRY = re.compile(r"-- ([a-z_]+):(?: (.*))?$")
CONTINUED = re.compile(r"--   +(\S.*)$")
NAME = re.compile(r"[a-z][a-z0-9_]*$")


@dataclass(frozen=True)
class Definition:
    """A metric: what its file's header says, and its SELECT as written.

    `segments` is empty when the metric is not told apart, `headline` is the
    segment that scorecards show, `coverage` names the metric that tells which
    share of the facts is known (empty when all of it is), `reach` is one of `REACHES`.
    `rows` is the kind of the rows behind a value (empty when there are none to show),
    `rows_sql` the SELECT of their keys.
    """

    metric: str
    goal: str
    title: str
    meaning: str
    unit: str
    direction: str
    segments: str
    headline: str
    figure: str
    source: str
    leaves_out: str
    coverage: str
    reach: str
    rows: str
    sql: str
    rows_sql: str = ""

    def written_for(self, dialect: str) -> str:
        """The SELECT for `sqlite`, `postgresql`, `duckdb` or `spark` (`ValueError` for another)."""
        return written_for(self.sql, dialect)


def read_catalogue(folder: Path = FOLDER) -> list[Definition]:
    """Every metric file in the folders of the goals, by goal and name.

    Raises `DatabaseError` for the first file that is not as it has to be, naming
    file, line and what is allowed.
    """
    found = [read_definition(path) for goal in GOALS for path in sorted((folder / goal).glob("*.sql"))]
    by_name: dict[str, Definition] = {}
    for definition in found:
        if definition.metric in by_name:
            raise _wrong(
                folder / definition.goal / f"{definition.metric}.sql",
                1,
                f"the name is taken by {by_name[definition.metric].goal}/{definition.metric}.sql",
                "Give every metric a name of its own",
            )
        by_name[definition.metric] = definition
    for definition in found:
        if definition.coverage and definition.coverage not in by_name:
            raise _wrong(
                folder / definition.goal / f"{definition.metric}.sql",
                1,
                f"coverage: there is no metric {definition.coverage!r}",
                "Name a metric that tells the share of facts known, or leave it out",
            )
    return found


def read_definition(path: Path) -> Definition:
    """One metric file; its folder is the goal. Raises `DatabaseError` like `read_catalogue`."""
    return _definition(path, path.read_text(encoding="utf-8"))


@lru_cache(maxsize=512)
def _definition(path: Path, text: str) -> Definition:
    goal = path.parent.name
    if goal not in GOALS:
        raise _wrong(path, 1, f"the folder {goal!r} is no goal", f"Put it into one of {', '.join(GOALS)}")
    if not NAME.match(path.stem):
        raise _wrong(path, 1, f"{path.stem!r} is no metric name", "Write lower-case letters, digits and _")
    header, lines, body_line = _header(path, text.splitlines())
    missing = [name for name in REQUIRED if name not in header]
    if missing:
        raise _wrong(path, body_line, f"the header lacks {', '.join(missing)}", "Write them as -- NAME: TEXT")
    for name in REQUIRED:
        if not header[name] and name != "segments":
            raise _wrong(path, lines[name], f"{name} is empty", "Write what it is")
    header = {**OPTIONAL, **header}
    for name, allowed in (("direction", DIRECTIONS), ("figure", FIGURES), ("reach", REACHES)):
        if header[name] not in allowed:
            raise _wrong(
                path,
                lines[name],
                f"{name} {header[name]!r} is not known",
                f"Write one of {', '.join(allowed)}",
            )
    body = "\n".join(text.splitlines()[body_line - 1 :])
    sql, _, rest = body.partition(SEPARATOR) if header["rows"] else (body, "", "")
    rows_line = body_line + sql.count("\n") + 1
    sql, rows_sql = (each.strip().rstrip(";").strip() for each in (sql, rest))
    _check_select(path, body_line, sql, COLUMNS)
    if header["rows"]:
        _check_rows(path, lines["rows"], rows_line, header["rows"], rows_sql)
    return Definition(metric=path.stem, goal=goal, sql=sql, rows_sql=rows_sql, **header)


def write_catalogue(connection: Connection, definitions: Iterable[Definition]) -> None:
    """Hold exactly these definitions, their SQL as this database takes it.

    A metric whose file is gone loses its definition, values and refresh.
    """
    rows = [
        {name: getattr(definition, name) for name in Definition.__dataclass_fields__ if name != "reach"}
        | {
            "sql": definition.written_for(connection.dialect.name),
            "rows_sql": _rows_as_taken(definition, connection),
        }
        for definition in definitions
    ]
    names = [row["metric"] for row in rows]
    for name in ("metric_values", "metric_refreshes", "metric_definitions"):
        connection.execute(delete(table(name)).where(table(name).c.metric.not_in(names)))
    upsert(connection, table("metric_definitions"), rows)


def renew_rows(connection: Connection) -> None:
    """Bring the SELECTs of rows that are held up to those of this code, whose own tables they read.

    Values and what computed them stay as they are until the next refresh.
    """
    held = table("metric_definitions")
    if connection.execute(select(held.c.metric).limit(1)).first() is None:
        return
    for definition in read_catalogue():
        connection.execute(
            update(held)
            .where(held.c.metric == definition.metric)
            .values(rows=definition.rows, rows_sql=_rows_as_taken(definition, connection))
        )


def _rows_as_taken(definition: Definition, connection: Connection) -> str:
    return written_for(definition.rows_sql, connection.dialect.name) if definition.rows else ""


def _header(path: Path, lines: list[str]) -> tuple[dict[str, str], dict[str, int], int]:
    """The header's texts, the line of each, and the line at which the SELECT begins."""
    header: dict[str, str] = {}
    places: dict[str, int] = {}
    allowed = (*REQUIRED, *OPTIONAL)
    last = ""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            # A blank line ends the header: remarks on the SELECT may follow it.
            if header:
                return header, places, number + 1
            continue
        if not line.startswith("--"):
            if not header:
                raise _wrong(
                    path, number, "the file has no header", f"Begin with -- title: …, then {_list(allowed)}"
                )
            return header, places, number
        entry, continued = ENTRY.match(line), CONTINUED.match(line)
        if entry:
            last = entry[1]
            if last not in allowed:
                raise _wrong(path, number, f"{last!r} is no header entry", f"Write one of {_list(allowed)}")
            if last in header:
                raise _wrong(path, number, f"{last} is written twice", f"It stands in line {places[last]}")
            header[last], places[last] = (entry[2] or "").strip(), number
        elif continued and last:
            header[last] = f"{header[last]} {continued[1].strip()}".strip()
        else:
            raise _wrong(
                path,
                number,
                f"{line!r} is no header line",
                "Write -- NAME: TEXT, or --   and more of the text",
            )
    raise _wrong(
        path, len(lines) or 1, "there is no SELECT after the header", "Write the query that computes it"
    )


def _check_rows(path: Path, header_line: int, line: int, kind: str, sql: str) -> None:
    """The second SELECT: the keys of the rows behind a value, by the parameters of `behind`."""
    if kind not in KINDS:
        raise _wrong(path, header_line, f"rows {kind!r} is not known", f"Write one of {', '.join(KINDS)}")
    if not sql:
        raise _wrong(
            path,
            header_line,
            f"rows: {kind} is written, but no SELECT gives them",
            "End the metric's SELECT with ; and write a second one below it",
        )
    _check_select(path, line, sql, (*KINDS[kind].key, *KINDS[kind].carried, "segment"))
    for parameter in statements(sql)[0].find_all(exp.Placeholder):
        if parameter.name not in PARAMETERS:
            raise _wrong(
                path, line, f":{parameter.name} is not given", f"Use {', '.join(f':{p}' for p in PARAMETERS)}"
            )


def _check_select(path: Path, line: int, sql: str, columns: tuple[str, ...]) -> None:
    try:
        found = statements(sql)
    except sqlglot.errors.SqlglotError as error:
        place = getattr(error, "errors", None) or [{}]
        raise _wrong(
            path,
            line + int(place[0].get("line") or 1) - 1,
            f"the SELECT cannot be parsed ({place[0].get('description') or error})",
            "Correct it",
        ) from error
    if len(found) != 1 or not isinstance(found[0], exp.Query):
        raise _wrong(path, line, "there is more or less than one SELECT", "Write one SELECT, WITH included")
    names = tuple(found[0].named_selects)
    if names != columns:
        raise _wrong(
            path,
            line,
            f"the SELECT returns {', '.join(names) or 'nothing'}",
            f"Return exactly {', '.join(columns)}",
        )
    problem = portable(found[0])
    if problem:
        raise _wrong(
            path, line, problem, f"Own functions are {', '.join(FUNCTIONS)}; dates come from the calendar"
        )


def _list(names: Iterable[str]) -> str:
    return ", ".join(names)


def _wrong(path: Path, line: int, what: str, next_step: str) -> DatabaseError:
    return DatabaseError(what, to=f"{path}:{line}", next_step=next_step)
