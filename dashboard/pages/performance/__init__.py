"""How fast it runs: XLA, hardware over the years, budgets, scaling, small devices, and two runs compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy import Connection

from dashboard.benchmark_sources import sources
from dashboard.components import banner
from dashboard.components.empty_state import empty_state
from dashboard.components.markup import html
from dashboard.filters import quoted
from dashboard.language import _, mark
from dashboard.pages.layout import Page, Shown
from dashboard.pages.performance import budget, comparison, devices, rounds, scaling, steps, xla
from dashboard.pages.performance.bar import bar
from dashboard.pages.performance.choices import read_choices, what_is_held
from dashboard.pages.performance.question_card import QuestionCard, Reader, question_card, sql, table
from dashboard.view import Content, View

_EVERY = {
    card.name: card
    for module in (xla, rounds, budget, scaling, devices, steps, comparison)
    for card in module.CARDS
}
#: The order of the page: two and two beside each other are about as tall.
_ORDER = (
    *("xla-gain", "xla-slower"),
    *("xla-by-year", "scaling"),
    *("time-to-train", "time-to-train-on-eight"),
    *("time-to-train-apart", "latency-by-round"),
    *("latency-budget", "small-devices"),
    *("latency-by-platform", "throughput-by-platform"),
    "small-throughput",
    "changes",
    "compare",
)
#: It has no neighbour.
_ALONE = "small-throughput"
CARDS: dict[str, QuestionCard] = {
    name: replace(_EVERY[name], wide=True) if name == _ALONE else _EVERY[name] for name in _ORDER
}
LEAD = mark(
    "What the XLA compiler gives, how hardware and latency moved, and how two runs differ; every figure says "
    "how it is known."
)


def read(connection: Connection, query: Mapping[str, object], today: date) -> tuple[Reader, list[str]]:
    """What a query string asks for, and a sentence for each value that cannot be."""
    held = what_is_held(connection)
    chosen, problems = read_choices(query, held, connection)
    return Reader(connection, chosen, held, today), problems


def show(view: View) -> Shown:
    """All cards under the choices."""
    reader, problems = read(view.connection, view.asked, view.now.date())
    if not reader.held.rows:
        empty = empty_state(
            _("No benchmark result is held yet."),
            _(
                "“flowmeter bench ingest PATH” reads benchmark files of many formats, “flowmeter bench run” "
                "measures this machine; folders named under [benchmarks] in flowmeter.toml are read on "
                "schedule."
            ),
        )
        return Shown(_("Performance"), html.Div(empty, className="card"), _(LEAD))
    cards = html.Div(
        [question_card(card, reader, card.ask(reader).rows) for card in CARDS.values()], className="cards"
    )
    return Shown(_("Performance"), [*_above(reader, problems), cards, sources(view.connection)], _(LEAD))


def show_one(view: View, name: str) -> Shown:
    """One card in large, with its table and its SQL."""
    reader, problems = read(view.connection, view.asked, view.now.date())
    card = CARDS.get(name)
    if card is None:
        return Shown(
            _("There is no such question"),
            html.Div(
                empty_state(
                    _("No card of the Performance page is called {name}.").format(name=quoted(name)),
                    _("Choose of {cards}.").format(cards=", ".join(CARDS)),
                ),
                className="card",
            ),
        )
    rows = card.ask(reader).rows
    values = html.Section([html.H2(_("Values")), table(card, rows)], className="card") if rows else html.Div()
    return Shown(
        card.titled(reader),
        [
            *_above(reader, problems),
            html.Div(question_card(replace(card, wide=True), reader, rows), className="cards"),
            values,
            html.Section([html.H2(_("How it is computed")), sql(card, reader)], className="card"),
        ],
        _("A question of the Performance page."),
    )


def _above(reader: Reader, problems: Sequence[str]) -> list[Content]:
    told = [banner.problems(problems)] if problems else []
    return [*told, bar(reader.chosen, reader.held)]


def panel(connection: Connection, name: str, part: str, query: Mapping[str, object], today: date) -> Content:
    """A card's table or SQL for what the query string asks; `KeyError` for another card."""
    card = CARDS[name]
    reader, _problems = read(connection, query, today)
    return sql(card, reader) if part == "sql" else table(card, card.ask(reader).rows)


PAGE = Page("performance", "/performance", mark("Performance"), show, filters=False, published=True)
CARD_PAGE = Page(
    "performance-card",
    "/performance/<card>",
    mark("Performance"),
    show_one,
    filters=False,
    published=True,
    holds=lambda _connection, name: name in CARDS,
)
