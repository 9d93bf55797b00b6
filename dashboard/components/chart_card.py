"""A chart with all that explains it: title, meaning, as-of, coverage, table, CSV, picture, SQL and link."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from dashboard import periods, wording
from dashboard.answers import TOTAL, Answer
from dashboard.comparison import Drawing, drawing
from dashboard.components.drawn import drawn_figure
from dashboard.components.empty_state import without_values
from dashboard.components.markup import dmc, html
from dashboard.drill_down import rows_address
from dashboard.figures import Options, figure
from dashboard.filters import Filters
from dashboard.language import _
from dashboard.missing_hours import Missing, matters, within
from dashboard.rows import Value
from dashboard.sql_address import address_of, stored_address
from dashboard.summary import Summary
from dashboard.view import Content, View
from db.metrics.calendar import period_end
from db.metrics.read import MetricText

#: Rows of the table view: a browser takes long to lay out more. The CSV holds all of them.
LONGEST_TABLE = 150


@dataclass(frozen=True)
class Card:
    """One chart of a page: a metric, whether it takes the whole width, and how it is drawn.

    `figure` stands in for the one that the metric's header names, `heading` for the metric's title and
    meaning where the page itself has these.
    """

    metric: str
    wide: bool = False
    height: int = 270
    figure: str = ""
    heading: str = ""


def chart_card(view: View, card: Card, held: Mapping[str, Answer]) -> Content:
    """The card of a metric that is in the catalogue."""
    answer = held[card.metric]
    metric = answer.metric
    drawn = drawing(
        answer,
        held,
        view.filters,
        baseline=view.site.baseline,
        steward=view.site.steward,
        beside_name=view.beside_title,
    )
    part = {"card": card.metric}
    numbers, query = f"/api/metrics/{metric.metric}", query_of_numbers(view, drawn)
    downloads = [(form, f"{numbers}.{form}{query}") for form in ("csv", "parquet") if drawn.rows]
    menu = card_menu(
        metric.metric, metric.title, downloads, f"/metrics/{metric.metric}{view.filters.query()}"
    )
    head = html.Div([html.H2(card.heading or metric.title), menu], className="card-head")
    body = _figure(view, card, metric, drawn) if drawn.rows else without_values(view, answer)
    return html.Section(
        [
            head,
            *([] if card.heading else [html.P(metric.meaning, className="meaning")]),
            body,
            html.Div(id={**part, "part": "panel"}, className="panel"),
            html.Div(_footer(view, metric, held, drawn), className="card-foot"),
        ],
        className="card chart wide" if card.wide else "card chart",
        id=f"card-{card.metric}",
    )


def _figure(view: View, card: Card, metric: MetricText, drawn: Drawing) -> Content:
    options = Options(
        grain=view.filters.grain,
        steward=view.site.steward,
        subject=view.scope_title,
        milestones=view.site.milestones,
        compared=drawn.beside,
        compared_title=drawn.beside_title,
        releases=view.releases,
        missing=view.missing if matters(metric.sql) else (),
        target=view.site.targets.get(card.metric) if drawn.in_unit else None,
        height=card.height,
    )
    definition = drawn.definition._replace(figure=card.figure) if card.figure and drawn.in_unit else None
    chart = figure(drawn.rows, definition or drawn.definition, options)
    return drawn_figure(
        chart, described(metric, drawn, view), leads_from=metric.metric if metric.rows else ""
    )


def described(metric: MetricText, drawn: Drawing, view: View) -> str:
    """A figure in words: what it is, its span, the last complete value of each segment, what is beside it."""
    grain, steward, unit = view.filters.grain, view.site.steward, drawn.definition.unit
    complete = [row for row in drawn.rows if row.complete] or drawn.rows
    last = max(row.period for row in complete)

    def told(row: Value, title: str) -> str:
        return f"{title} {wording.amount(row.value, unit)}"

    values = [
        told(row, wording.segment_title(row.segment, steward)) for row in complete if row.period == last
    ]
    values = [*values[:12], *(told(row, drawn.beside_title) for row in drawn.beside if row.period == last)]
    first = min(row.period for row in drawn.rows)
    words = wording.axis_title(unit)
    return _("{title} {unit}, {first} to {last}. Last: {values}.").format(
        title=metric.title,
        unit=words,
        first=periods.named(first, grain),
        last=periods.named(last, grain),
        values=", ".join(values),
    )


def card_menu(name: str, title: str, downloads: Sequence[tuple[str, str]], link: str) -> Content:
    """What a card offers: table, downloads and picture, its SQL, and a link to it alone.

    `downloads` are forms (`csv`) with their addresses; a card without any has nothing to show as a
    table or picture either. `callbacks` opens what the buttons of card `name` ask for.
    """
    part = {"card": name}
    entries: list[Content] = []
    if downloads:
        entries += [
            _button(_("table"), {**part, "part": "table"}, _("{title}: show as a table").format(title=title)),
            *(_download(name, title, form, address) for form, address in downloads),
            html.Button(
                "PNG",
                type="button",
                **{
                    "data-png": name,
                    "data-title": title,
                    "aria-label": _("{title}: save as PNG").format(title=title),
                },
            ),
        ]
    entries.append(_button("SQL", {**part, "part": "sql"}, _("{title}: show its SQL").format(title=title)))
    entries.append(
        dmc.Anchor(
            _("link"),
            href=link,
            underline="never",
            **{"aria-label": _("{title}: link to a page of its own").format(title=title)},
        )
    )
    return html.Div(entries, className="card-menu", role="group", **{"aria-label": _("This chart")})


def query_of_numbers(view: View, drawn: Drawing) -> str:
    """The query string that asks for a figure's own numbers: without what they are compared with.

    Of the chosen segments only those that it draws are asked for.
    """
    shown = {row.segment for row in drawn.rows} if drawn.in_unit else set(view.filters.segments)
    segments = tuple(name for name in view.filters.segments if name in shown)
    return replace(view.filters, compare="none", segments=segments).query()


def _download(name: str, title: str, form: str, address: str) -> Content:
    written = {"csv": "CSV", "parquet": "Parquet"}[form]
    return html.A(
        written,
        href=address,
        download=f"{name}.{form}",
        **{"aria-label": _("{title}: download as {form}").format(title=title, form=written)},
    )


def _button(text: str, identity: dict[str, str], label: str) -> Content:
    return html.Button(
        text, id=identity, type="button", n_clicks=0, **{"aria-label": label, "aria-expanded": "false"}
    )


def _footer(view: View, metric: MetricText, held: Mapping[str, Answer], drawn: Drawing) -> list[Content]:
    summary: Summary | None = view.summary(metric.metric, held)
    parts: list[str] = []
    until = view.whole_until or view.known.as_of.facts_until
    if until is not None:
        parts.append(_("Facts up to {day}").format(day=periods.day_named(until)))
    if summary is not None:
        when = periods.named(summary.period, view.filters.grain)
        value = wording.amount(summary.value, metric.unit)
        of = f" {wording.segment_title(summary.segment, view.site.steward)}" if summary.segment else ""
        parts.append(f"{when}{of}: {value} {wording.unit_words(metric.unit, summary.value)}".rstrip())
        if wording.is_percentage(metric.unit):
            parts.append(_("of {count}").format(count=wording.whole(summary.sample_size)))
        if summary.coverage is not None:
            known = wording.amount(summary.coverage, "share")
            parts.append(_("{share} of its facts known").format(share=known))
    if drawn.note:
        parts.append(drawn.note)
    words: list[Content] = [html.Span(" · ".join(parts)), *_missing(view, metric, drawn)]
    if metric.rows and summary is not None:
        address = rows_address(metric.metric, replace(view.filters, compare="none"), summary.period)
        kind = wording.kind_words(metric.rows)
        told = _("{kind} behind it").format(kind=kind)
        label = _("{title}: the {kind} behind it").format(title=metric.title, kind=kind)
        words += [" · ", dmc.Anchor(told, href=address, **{"aria-label": label})]
    return words


def _missing(view: View, metric: MetricText, drawn: Drawing) -> list[Content]:
    """How many hours of GH Archive are missing in the time drawn, leading to which and why."""
    if not drawn.rows or not matters(metric.sql):
        return []
    last = period_end(max(row.period for row in drawn.rows), view.filters.grain)
    held = within(view.missing, min(row.period for row in drawn.rows), last)
    return [" · ", dmc.Anchor(missing_words(held), href="/data#archived")] if held else []


def missing_words(held: Sequence[Missing]) -> str:
    """How many hours a figure lacks, and where that shows."""
    return wording.counted(
        sum(one.hours for one in held),
        "{count} hour of GH Archive is missing here (shaded) and not counted",
        "{count} hours of GH Archive are missing here (shaded) and not counted",
    )


def table_panel(view: View, answer: Answer) -> Content:
    """The metric's values in the view as a table, newest first."""
    shown = answer.within(view.filters.start, view.filters.end)
    rows = sorted(shown.parts, key=lambda row: row.segment)
    rows.sort(key=lambda row: row.period, reverse=True)
    unit = answer.metric.unit
    apart = bool(answer.metric.segments)
    size = _("Sample size")
    head = [_("Period"), *([_("Segment")] if apart else []), _value_title(unit), size, _("State")]
    body = [
        html.Tr(
            [
                html.Th(periods.named(row.period, answer.grain), scope="row"),
                *([html.Td(wording.segment_title(row.segment, view.site.steward))] if apart else []),
                html.Td(_leading(view, answer.metric, row), className="number"),
                html.Td(wording.whole(row.sample_size), className="number"),
                html.Td(_("complete") if row.complete else _("not complete"), className="faint"),
            ]
        )
        for row in rows[:LONGEST_TABLE]
    ]
    rest = len(rows) - LONGEST_TABLE
    more = _("{count} older rows are in the CSV.").format(count=wording.whole(rest))
    note = [html.P(more, className="faint")] if rest > 0 else []
    numbers = {_value_title(unit), size}
    cells = [html.Th(text, scope="col", className="number" if text in numbers else "") for text in head]
    table = html.Table([html.Thead(html.Tr(cells)), html.Tbody(body)], className="plain-table")
    return html.Div([html.Div(table, className="scrolling", tabIndex=0), *note])


def _leading(view: View, metric: MetricText, row: Value) -> Content:
    """A value, leading to the rows behind it where there are some."""
    written = wording.amount(row.value, metric.unit)
    if not metric.rows:
        return written
    filters = replace(view.filters, compare="none", segments=() if row.segment == TOTAL else (row.segment,))
    return dmc.Anchor(written, href=rows_address(metric.metric, filters, row.period), underline="hover")


def _value_title(unit: str) -> str:
    words = wording.axis_title(unit)
    return _("Value, {unit}").format(unit=words) if words else _("Value")


def sql_panel(metric: MetricText, filters: Filters) -> Content:
    """The SQL that computes the metric, with its source, what it leaves out, and the way to the SQL page."""
    # Headers of metrics name a page of the documentation as those who write them know it.
    source = metric.source.replace("goals.md", _("this project’s goals (docs/goals.md)"))
    notes = [
        html.P([html.Strong(label), " ", text])
        for label, text in ((_("Definition:"), source), (_("Leaves out:"), metric.leaves_out))
        if text
    ]
    shown = {"metric": metric.metric, "scope": filters.scope, "grain": filters.grain}
    ways = html.P(
        [
            _("On the SQL page:"),
            " ",
            dmc.Anchor(
                _("the numbers of this card"), href=stored_address("numbers_of_a_metric", shown, run=True)
            ),
            " · ",
            dmc.Anchor(_("how they are computed"), href=address_of(metric.sql)),
        ]
    )
    return html.Div([ways, *notes, html.Pre(html.Code(metric.sql), className="sql", tabIndex=0)])
