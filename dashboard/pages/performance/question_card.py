"""A card that answers one question: its rows from SQL, its figure, its table, its CSV and its SQL."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Row

from dashboard import wording
from dashboard.axes import Figure
from dashboard.benchmark_figures import Style, styles
from dashboard.components.chart_card import LONGEST_TABLE, card_menu
from dashboard.components.drawn import drawn_figure
from dashboard.components.empty_state import empty_state
from dashboard.components.markup import dmc, html
from dashboard.language import _, mark
from dashboard.pages.performance.choices import Choices, Held
from dashboard.sql_address import address_of
from dashboard.view import Content
from db.benchmarks.comparing import newest_runs
from db.benchmarks.questions import Asked, Question, ask, question, topic

#: What stands in the place of a value that there is none of.
NOTHING = "—"
CLAIMS = {
    "measured": mark("measured (from runs of one’s own)"),
    "published": mark("published (by whoever measured it)"),
    "inferred": mark("inferred (computed from other figures)"),
    "second-hand": mark("second-hand (reported by others)"),
}


@dataclass(frozen=True)
class Reader:
    """What a card reads and draws with: the connection, what was chosen, what there is, and the day."""

    connection: Connection
    chosen: Choices
    held: Held
    today: date

    @cached_property
    def styles(self) -> dict[str, Style]:
        """A style for every platform and device, the same on every card."""
        return styles(self.held.series)

    @cached_property
    def newest(self) -> tuple[str, str]:
        """The two newest runs of a source, which are compared where no others are chosen."""
        return newest_runs(self.connection) or ("", "")


@dataclass(frozen=True)
class Column:
    """A column of a card's table: its title, and what it writes of a row.

    A column that `wraps` may break its words: addresses and paths have no other place to.
    """

    title: str
    text: Callable[[Any], Content]
    number: bool = False
    wraps: bool = False


@dataclass(frozen=True)
class Drawn:
    """A figure, what it shows in words, and a remark to stand below it."""

    figure: Figure
    words: str
    note: str = ""


Rows = Sequence[Row[Any]]


@dataclass(frozen=True)
class QuestionCard:
    """A card of the page.

    `question` names the SQL file, `given` are its parameters beyond the choices
    (a model where none is chosen, say), `draw` makes the figure of rows that are
    there, `title` and `before` (content above the figure) may tell what was
    chosen, `empty` says what to do when there is no row.
    """

    name: str
    question: str
    columns: tuple[Column, ...]
    draw: Callable[[Rows, Reader], Drawn | None]
    given: Callable[[Reader], Mapping[str, object]] = field(default=lambda _reader: {})
    title: Callable[[Reader], str] | None = None
    before: Callable[[Reader], Content] | None = None
    empty: str = mark("Ingest more with “flowmeter bench ingest”, or choose all models, suites and hardware.")
    wide: bool = False

    @property
    def asked(self) -> Question:
        """The question with its header and SQL."""
        return question(self.question)

    def titled(self, reader: Reader) -> str:
        """The card's title for what was chosen."""
        return self.title(reader) if self.title else _(self.asked.title)

    def parameters(self, reader: Reader) -> dict[str, object]:
        """The values of the SQL's parameters."""
        every = {**reader.chosen.parameters, **self.given(reader)}
        return {name: every[name] for name in self.asked.parameters}

    def ask(self, reader: Reader) -> Asked:
        """The rows that answer."""
        return ask(reader.connection, self.question, self.parameters(reader))


def question_card(card: QuestionCard, reader: Reader, rows: Rows) -> Content:
    """The card with its rows, or why it is empty and what to do."""
    title, query = card.titled(reader), reader.chosen.query()
    drawn = card.draw(rows, reader) if rows else None
    downloads = [("csv", f"/api/performance/{card.name}.csv{query}")] if rows else []
    menu = card_menu(card.name, title, downloads, f"/performance/{card.name}{query}")
    if drawn:
        body = drawn_figure(drawn.figure, f"{title} {drawn.words}")
    elif rows:
        body = table(card, rows)
    else:
        body = empty_state(_("No result of this kind is held for what is chosen."), _(card.empty))
    foot = [part for part in (_counted(rows), _claims(rows), drawn.note if drawn else "") if part]
    return html.Section(
        [
            html.Div([html.H2(title), menu], className="card-head"),
            html.P(_(card.asked.meaning), className="meaning"),
            *([card.before(reader)] if card.before else []),
            body,
            html.Div(id={"card": card.name, "part": "panel"}, className="panel"),
            html.Div(html.Span(" · ".join(foot)), className="card-foot"),
        ],
        className="card chart wide" if card.wide else "card chart",
        id=f"card-{card.name}",
    )


def _counted(rows: Rows) -> str:
    days = [row.day for row in rows if getattr(row, "day", None)]
    newest = _(", newest of {year}").format(year=max(days).year) if days else ""
    return wording.counted(len(rows), "{count} row", "{count} rows") + newest if rows else ""


def _claims(rows: Rows) -> str:
    held = {row.claim for row in rows if hasattr(row, "claim")}
    told = [_(words) for claim, words in CLAIMS.items() if claim in held]
    return _("Claims: {claims}").format(claims=", ".join(told)) if told else ""


def table(card: QuestionCard, rows: Rows) -> Content:
    """The rows as a table, without columns that no row fills; what it has no room for is in the CSV."""
    shown = rows[:LONGEST_TABLE]
    columns = [each for each in card.columns if any(each.text(row) != NOTHING for row in shown)]
    head = [html.Th(_(each.title), scope="col", className=_kind(each)) for each in columns]
    body = [html.Tr([_cell(each, row) for each in columns]) for row in shown]
    rest = len(rows) - LONGEST_TABLE
    more = _("{count} more rows are in the CSV.").format(count=wording.whole(rest))
    note = [html.P(more, className="faint")] if rest > 0 else []
    drawn = html.Table([html.Thead(html.Tr(head)), html.Tbody(body)], className="plain-table rows")
    return html.Div([html.Div(drawn, className="scrolling", tabIndex=0), *note])


def _cell(column: Column, row: Any) -> Content:
    """A value, with its column's name for screens on which a row stands as a block."""
    text = column.text(row)
    kinds = " ".join(filter(None, (_kind(column), "none" if text == NOTHING else "")))
    return html.Td(text, className=kinds, **{"data-label": _(column.title)})


def _kind(column: Column) -> str:
    return "number" if column.number else "wraps" if column.wraps else ""


def sql(card: QuestionCard, reader: Reader) -> Content:
    """The SQL that the card asks, with its parameters, and the SQL of the answers that it reads."""
    given = card.parameters(reader)
    values = ", ".join(f":{name} = {_literal(value)}" for name, value in given.items())
    held = {name: str(value) for name, value in given.items() if value is not None}
    way = dmc.Anchor(_("Open it on the SQL page"), href=address_of(card.asked.sql, held))
    # What has no value cannot be said in an address.
    parts: list[Content] = [html.P(way)] if len(held) == len(given) else []
    if values:
        parts.append(html.P([html.Strong(_("With ")), values]))
    parts.append(html.Pre(html.Code(card.asked.sql), className="sql", tabIndex=0))
    for name in dict.fromkeys(re.findall(r"topic = '(\w+)'", card.asked.sql)):
        ahead = topic(name)
        parts += [
            html.P([html.Strong(_("Computed whenever results change: ")), _(ahead.meaning)]),
            html.P([html.Strong(_("Leaves out:")), " ", _(ahead.leaves_out)]),
            html.Pre(html.Code(ahead.sql), className="sql", tabIndex=0),
        ]
    return html.Div(parts)


def _literal(value: object) -> str:
    return (
        f"'{value}'" if isinstance(value, str) else f"{value:g}" if isinstance(value, float) else str(value)
    )
