"""Asking in one's own words: tables to look through, an editor, rows, a quick chart, downloads."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import Connection, Engine

from dashboard import sql_files, sql_words, theme, wording
from dashboard.components import banner
from dashboard.components.grid_words import grid_words
from dashboard.components.markup import html
from dashboard.filters import quoted
from dashboard.language import _, mark
from dashboard.pages.layout import Page, Shown
from dashboard.sql_address import PREFIX
from dashboard.sql_api import MOST_ROWS, MOST_SECONDS
from dashboard.view import Content, View
from db.adhoc.limits import Limits
from db.adhoc.public import public_columns
from db.adhoc.sizes import row_counts
from db.adhoc.stored import Stored, read_stored
from db.errors import DatabaseError
from db.schema import SUBJECTS, Record, table

#: Rows that are shown; downloads have all of them.
SHOWN = 1_000
#: How long counted rows are kept, in seconds.
KEPT = 600
#: What stands in the editor before anybody has asked.
FIRST = "newcomers_by_year"
GOALS = {
    "innovation": mark("Innovation"),
    "talent": mark("Talent"),
    "research": mark("Research"),
    "cloud": mark("Cloud"),
    "ambition": mark("Ambition"),
    "performance": mark("Performance"),
    "data": mark("Data"),
}
_counts: dict[Engine, tuple[float, Mapping[str, int]]] = {}


def show(view: View) -> Shown:
    """The page as its address asks for it; its script asks, and by itself only where that says `run=1`."""
    stored = read_stored()
    chosen, sql, values, problems = _asked(view.asked, stored)
    root = {
        "data-stored": json.dumps([_told(each) for each in stored.values()], ensure_ascii=False),
        "data-words": json.dumps(sql_words.words(), ensure_ascii=False),
        "data-grid-words": json.dumps(grid_words(), ensure_ascii=False),
        "data-files": json.dumps(sql_files.addresses()),
        "data-colours": json.dumps([colour.fill for colour in (theme.ACCENT, *theme.SEQUENCE)]),
        "data-chosen": chosen,
        "data-values": json.dumps(values, ensure_ascii=False),
        "data-run": "1" if view.asked.get("run") == "1" and not problems else "",
        "data-shown": str(SHOWN),
        "data-most": str(MOST_ROWS),
        "data-seconds": f"{MOST_SECONDS:g}",
    }
    content = html.Div(
        [
            *([banner.problems(problems)] if problems else []),
            html.Div([_question(sql, stored), _tables(view)], className="sql-columns"),
        ],
        id="sql-page",
        **root,
    )
    return Shown(
        _("SQL"), content, _("One SELECT over the public tables, read-only: nothing can be broken here.")
    )


def _asked(
    asked: Mapping[str, object], stored: Mapping[str, Stored]
) -> tuple[str, str, dict[str, str], list[str]]:
    """The stored query that is named, the text of the editor, values of parameters, and what is wrong."""
    problems: list[str] = []
    values: dict[str, str] = {}
    for name, value in asked.items():
        if isinstance(value, list):
            problems.append(
                _("{name} stands there several times; the first is taken.").format(name=quoted(name))
            )
            value = value[0]
        if name.startswith(PREFIX) and name.removeprefix(PREFIX).isidentifier():
            values[name.removeprefix(PREFIX)] = str(value)
    written, named = _text(asked.get("q")), _text(asked.get("stored"))
    if written:
        return "", written, values, problems
    if named and named not in stored:
        problems.append(_("There is no stored query {name}.").format(name=quoted(named)))
        named = ""
    chosen = named or FIRST
    if not problems and named:
        try:
            stored[named].values(values)
        except DatabaseError as error:
            problems.append(f"{error.happened}. {error.next_step}.")
    return chosen, stored[chosen].sql, values, problems


def _text(value: object) -> str:
    first = value[0] if isinstance(value, list) and value else value
    return first if isinstance(first, str) else ""


def _told(each: Stored) -> dict[str, Any]:
    return {
        "name": each.name,
        "question": each.question,
        "sql": each.sql,
        "parameters": [vars(parameter) for parameter in each.parameters],
        "columns": dict(each.columns),
    }


def _question(sql: str, stored: Mapping[str, Stored]) -> Content:
    limits = _(
        "At most {seconds} s, {rows} rows shown ({most} in a download), {memory} MB of memory. "
        "Ctrl or ⌘ and Enter run it."
    ).format(
        seconds=f"{MOST_SECONDS:g}",
        rows=f"{SHOWN:,}",
        most=f"{MOST_ROWS:,}",
        memory=Limits.memory // 1024**2,
    )
    return html.Div(
        [
            html.Section(
                [
                    html.Div(
                        [html.Label(_("Stored query"), htmlFor="sql-stored"), _choices(stored)],
                        className="sql-row",
                    ),
                    html.Div(id="sql-about", className="sql-about"),
                    html.Div(
                        html.Pre(sql, id="sql-text", className="sql-text"),
                        id="sql-editor",
                        className="sql-editor",
                    ),
                    html.Div(id="sql-parameters", className="sql-parameters"),
                    html.Div(
                        [
                            html.Button(_("Run"), id="sql-run", type="button", className="button primary"),
                            html.Button(
                                _("Cancel"), id="sql-cancel", type="button", className="button", disabled=True
                            ),
                            html.Span(id="sql-status", role="status", className="sql-status"),
                        ],
                        className="sql-row",
                    ),
                    html.P(limits, id="sql-limits", className="faint"),
                    html.Div(id="sql-error", role="alert", className="sql-error"),
                ],
                className="card",
                **{"aria-label": _("The query")},
            ),
            html.Section(
                [
                    html.Div(
                        [html.H2(_("Rows")), html.Div(id="sql-downloads", className="card-menu")],
                        className="card-head",
                    ),
                    html.Div(
                        html.P(_("Run a query to see its rows here."), className="faint"), id="sql-rows"
                    ),
                ],
                id="sql-result",
                className="card",
            ),
            html.Section(
                [
                    html.H2(_("Quick chart")),
                    html.Div(id="sql-chart-form", className="sql-parameters"),
                    html.Div(id="sql-chart"),
                ],
                id="sql-charted",
                className="card",
                hidden=True,
            ),
            _for_a_report(),
            html.Details(
                [
                    html.Summary(_("What you asked before")),
                    html.P(_("Kept in this browser only."), className="faint"),
                    html.Ul(id="sql-history", className="list sql-history"),
                    html.Button(_("Forget all of it"), id="sql-forget", type="button", className="button"),
                ],
                className="card",
            ),
        ],
        className="sql-main",
    )


def _for_a_report() -> Content:
    """What to paste into flowmeter.toml, which alone says what reports hold."""
    how = _(
        "Reports are what flowmeter.toml says. Paste this below the [[reports]] that it is for: each issue "
        "asks the query anew, behind the same guards, and shows its first rows as a table. Parameters called "
        "scope, grain, first and last are what the issue is about, unless they are given here."
    )
    return html.Details(
        [
            html.Summary(_("Add to a report")),
            html.P(how, className="faint"),
            html.Pre(
                "",
                id="sql-report",
                className="sql-text",
                tabIndex=0,
                role="group",
                **{"aria-label": _("What to paste into flowmeter.toml")},
            ),
            html.Div(
                [
                    html.Button(_("Copy"), id="sql-copy", type="button", className="button"),
                    html.Span(id="sql-copied", role="status", className="sql-status"),
                ],
                className="sql-row",
            ),
        ],
        id="sql-for-report",
        className="card",
    )


def _choices(stored: Mapping[str, Stored]) -> Content:
    groups = [
        html.Optgroup(
            [html.Option(_(each.question), value=each.name) for each in stored.values() if each.goal == goal],
            label=_(title),
        )
        for goal, title in GOALS.items()
    ]
    own = html.Option(_("— your own —"), value="")
    return html.Div(html.Select([own, *groups], id="sql-stored"), className="sql-choice")


def _tables(view: View) -> Content:
    counts = _row_counts(view.site.engine, view.connection)
    homes = {str(mapper.class_.__tablename__): mapper.class_.__module__ for mapper in Record.registry.mappers}
    columns = public_columns()
    parts: list[Content] = []
    for subject, module in SUBJECTS.items():
        names = [
            name for name in Record.metadata.tables if name in columns and homes[name] == module.__name__
        ]
        if names:
            parts.append(html.H3(_(subject.capitalize())))
            parts += [_table(name, columns[name], counts.get(name, 0)) for name in names]
    return html.Section(
        [
            html.H2(_("Tables")),
            html.P(_("A click on a name puts it into the query."), className="faint"),
            html.Div(parts, className="sql-tables", tabIndex=0, role="group", **{"aria-label": _("Tables")}),
        ],
        className="card sql-schema",
    )


def _table(name: str, columns: list[str], count: int) -> Content:
    held = table(name)
    about = f"~{wording.whole(count)}" if count else "0"
    lines = [
        html.Li(
            [
                html.Button(
                    column,
                    type="button",
                    className="sql-name",
                    **{"data-insert": column, "data-column-of": name},
                ),
                html.Span(f" {_kind(held.columns[column].type)}", className="sql-kind"),
                html.Div(held.columns[column].comment, className="faint"),
            ]
        )
        for column in columns
    ]
    return html.Details(
        [
            html.Summary([html.Span(name, className="sql-table"), html.Span(about, className="sql-count")]),
            html.P(held.comment, className="faint"),
            html.Button(
                _("Put {table} into the query").format(table=name),
                type="button",
                className="button",
                **{"data-insert": name, "data-table": name},
            ),
            html.Ul(lines, className="list"),
        ],
        **{"data-table-name": name},
    )


@cache
def _named_kinds() -> dict[str, str]:
    return {
        "BIGINT": mark("whole number"),
        "INTEGER": mark("whole number"),
        "DOUBLE": mark("number"),
        "DOUBLE_PRECISION": mark("number"),
        "TEXT": mark("text"),
        "DATE": mark("day"),
        "DATETIME": mark("instant"),
        "BOOLEAN": mark("truth"),
    }


def _kind(of: object) -> str:
    return _(_named_kinds().get(str(of).partition("(")[0], str(of).casefold()))


def _row_counts(engine: Engine, connection: Connection) -> Mapping[str, int]:
    """Counted rows, kept for a while: they are there to give an idea."""
    now = time.monotonic()
    held = _counts.get(engine)
    if held is None or now - held[0] > KEPT:
        held = _counts[engine] = (now, row_counts(connection))
    return held[1]


PAGE = Page("sql", "/sql", mark("SQL"), show, filters=False)
