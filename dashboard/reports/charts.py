"""Small pictures for a mail: a metric over time as PNG, with its alternative text and the table behind it."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from babel.dates import format_date
from sqlalchemy import Connection

from dashboard import periods, theme, wording
from dashboard.language import ENGLISH, _, current, locale, mark, speaking
from dashboard.reports.alternative import alternative, named
from dashboard.reports.layout import NEWCOMERS, PICTURES, WORK, Picture
from dashboard.reports.letters import drawable, families, has_letters
from dashboard.reports.measures import rows
from dashboard.reports.plain import one_line
from dashboard.reports.window import Window
from dashboard.rows import Table, Value, tabulate
from db.metrics import read
from db.metrics.calendar import period_containing, period_end
from db.metrics.read import MetricText

#: Inches and dots an inch: drawn small, so that letters can be read when a telephone shows it at 332
#: pixels, and with dots enough for 592 on a sharp screen.
WIDTH, HEIGHT, DOTS = 4.5, 1.75, 240
#: Colours of a picture's palette: few enough for a light mail, enough for smooth letters.
PALETTE = 64
#: A picture needs so many periods, or there is nothing to see in it.
FEWEST = 3
MOST_SEGMENTS = 6


#: What stands above the periods of a table.
HEADS = {"week": mark("Week"), "month": mark("Month")}
#: Days and months below an axis, in the letters of Unicode's date patterns.
TICKS = {"week": mark("d MMM ’yy"), "month": mark("MMM y")}


@dataclass(frozen=True)
class Chart:
    """A picture: title, what the metric means, alternative text, PNG in base64, and its table."""

    title: str
    meaning: str
    alternative: str
    picture: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str


def charts(connection: Connection, scope: str, window: Window, steward: str) -> list[Chart]:
    """The report's pictures, of those metrics that hold enough complete periods."""
    known = read.definitions(connection)
    drawn = []
    for picture in PICTURES[window.grain]:
        metric = known.get(picture.metric)
        if metric is None:
            continue
        shown = _periods(picture, window)
        work = _worked(connection, known, scope, picture, shown) if metric.metric == NEWCOMERS else {}
        table = _table(connection, metric, scope, picture, shown, work)
        if len(table.periods) >= FEWEST:
            drawn.append(_chart(metric, picture, shown, table, window, steward))
    return drawn


def _periods(picture: Picture, window: Window) -> list[date]:
    """The periods that are drawn: those that were over when the window was."""
    last = window.first
    if picture.grain != window.grain:
        last = period_containing(window.last, picture.grain)
        if period_end(last, picture.grain) > window.last:
            last = periods.moved(last, picture.grain, -1)
    return [periods.moved(last, picture.grain, step - picture.count + 1) for step in range(picture.count)]


def _worked(
    connection: Connection,
    known: Mapping[str, MetricText],
    scope: str,
    picture: Picture,
    shown: Sequence[date],
) -> dict[date, bool]:
    """The periods whose commits are held, and whether they are complete: who did not come then is nobody."""
    if WORK not in known:
        return {}
    frame = read.values(connection, WORK, scope, picture.grain, shown[0], shown[-1], [known[WORK].headline])
    return {row.period: row.complete for row in rows(frame)}


def _table(
    connection: Connection,
    metric: MetricText,
    scope: str,
    picture: Picture,
    shown: Sequence[date],
    work: Mapping[date, bool],
) -> Table:
    parts = picture.parts and metric.has_parts
    wanted = None if parts else [metric.headline]
    frame = read.values(connection, metric.metric, scope, picture.grain, shown[0], shown[-1], wanted)
    held = rows(frame)
    there = {row.period for row in held}
    if there:
        held += [
            Value(day, metric.headline, 0.0, 0, complete)
            for day, complete in work.items()
            if day not in there
        ]
    return tabulate(_fewer(held) if parts else held)


def _fewer(given: Sequence[Value]) -> list[Value]:
    """The same with the smallest segments summed as `others`, so that colours can be told apart."""
    sums: dict[str, float] = {}
    for row in given:
        sums[row.segment] = sums.get(row.segment, 0.0) + row.value
    if len(sums) <= MOST_SEGMENTS:
        return list(given)
    kept = set(sorted(sums, key=lambda name: (-sums[name], name))[: MOST_SEGMENTS - 1])
    rest: dict[date, Value] = {}
    for row in given:
        if row.segment not in kept:
            held = rest.get(row.period, Value(row.period, "others", 0.0, 0, True))
            rest[row.period] = Value(
                row.period,
                "others",
                held.value + row.value,
                held.sample_size + row.sample_size,
                held.complete and row.complete,
            )
    return [row for row in given if row.segment in kept] + list(rest.values())


def _chart(
    metric: MetricText, picture: Picture, shown: Sequence[date], table: Table, window: Window, steward: str
) -> Chart:
    titles = _titles(table, steward)
    # Where the machine lacks the language's letters, the picture alone is in English.
    with speaking(current() if has_letters(current()) else ENGLISH):
        drawn = _drawn(metric, picture, shown, table, _titles(table, steward), window)
    several = len(table.segments) > 1
    totals = {period: table.total(period) for period in table.periods}
    head = [_(HEADS[picture.grain])]
    head += list(titles.values()) if several else [_unit_head(metric.unit)]
    head += [_("All")] if several else []
    lines: list[tuple[str, ...]] = []
    held = [period for period in shown if period in totals]
    # Where most periods hold nothing, rows that say so would bury those that do.
    listed = held if len(held) < len(shown) / 2 else shown
    for period in reversed(listed):
        cells = [_cell(table.value(name, period), metric.unit) for name in table.segments]
        cells += [_cell(totals.get(period), metric.unit)] if several else []
        lines.append((named(period, picture.grain) + ("*" if period in table.open_periods else ""), *cells))
    missing = [period for period in shown if period not in totals]
    notes = [_("* not complete.")] if any(period in table.open_periods for period in shown) else []
    notes += [_("— nothing held.")] if any("—" in row for row in lines) else []
    if listed is held and missing:
        notes.append(_left_out(picture.grain, len(missing)))
    return Chart(
        title=one_line(_(metric.title)),
        meaning=one_line(_(metric.meaning), 300),
        alternative=alternative(metric, picture, shown, totals, len(missing)),
        picture=base64.b64encode(drawn).decode("ascii"),
        head=tuple(head),
        rows=tuple(lines),
        note=" ".join(notes),
    )


def _titles(table: Table, steward: str) -> dict[str, str]:
    return {name: one_line(wording.segment_title(name, steward), 32) for name in table.segments}


def _left_out(grain: str, count: int) -> str:
    if grain == "week":
        return wording.counted(
            count,
            "{count} week is left out, as nothing is held of it.",
            "{count} weeks are left out, as nothing is held of them.",
        )
    return wording.counted(
        count,
        "{count} month is left out, as nothing is held of it.",
        "{count} months are left out, as nothing is held of them.",
    )


def _unit_head(unit: str) -> str:
    if wording.is_percentage(unit):
        return "%"
    words = one_line(wording.unit_words(unit), 24)
    return words[:1].upper() + words[1:]


def _cell(value: float | None, unit: str) -> str:
    return "—" if value is None else wording.amount(value, unit)


def _drawn(
    metric: MetricText,
    picture: Picture,
    shown: Sequence[date],
    table: Table,
    titles: Mapping[str, str],
    window: Window,
) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, HEIGHT), dpi=DOTS, facecolor=theme.PAPER)
    canvas = FigureCanvasAgg(figure)
    # A single series has its newest value written at the right, several have a legend above them.
    several = len(table.segments) > 1
    axes = figure.add_axes((0.085, 0.13, 0.895 if several else 0.82, 0.74 if several else 0.82))
    if wording.is_percentage(metric.unit) or metric.figure == "line":
        _lines(axes, metric, shown, table)
    else:
        _bars(axes, metric, shown, table, window)
    _gaps(axes, shown, table)
    if len(table.segments) == 1:
        _newest(axes, metric, shown, table)
    _frame(axes, metric, picture, shown)
    if len(table.segments) > 1:
        _legend(axes, table, titles)
    canvas.draw()  # type: ignore[no-untyped-call]
    return _compressed(canvas)


def _bars(axes: Any, metric: MetricText, shown: Sequence[date], table: Table, window: Window) -> None:
    shades = theme.colours(table.segments)
    places = range(len(shown))
    bottoms = [0.0] * len(shown)
    for name in table.segments:
        heights = [wording.scaled(table.value(name, day) or 0.0, metric.unit) for day in shown]
        # The reported period stands out where the bars have no other colours to tell.
        alone = len(table.segments) == 1 and window.first in shown
        opacity = [1.0 if not alone or day == window.first else 0.45 for day in shown]
        bars = axes.bar(places, heights, 0.82, bottoms, color=shades[name].fill, linewidth=0)
        for bar, share, day in zip(bars, opacity, shown, strict=True):
            bar.set_alpha(share)
            if day in table.open_periods:
                bar.set(fill=False, edgecolor=shades[name].fill, linewidth=0.7, linestyle=(0, (2, 1.5)))
        bottoms = [low + high for low, high in zip(bottoms, heights, strict=True)]
    # Few things are counted by ones: there is no third of a person.
    least = 3.0 if all(height == int(height) for height in bottoms) else 1e-9
    axes.set_ylim(0, max([*bottoms, least]) * 1.12)


def _lines(axes: Any, metric: MetricText, shown: Sequence[date], table: Table) -> None:
    shades = theme.colours(table.segments)
    top = 0.0
    for name in table.segments:
        held = [table.value(name, day) for day in shown]
        drawn = [float("nan") if value is None else wording.scaled(value, metric.unit) for value in held]
        axes.plot(drawn, color=shades[name].fill, linewidth=1.6, marker="o", markersize=2.2)
        top = max([top, *(value for value in drawn if value == value)])
    axes.set_ylim(0, top * 1.2 or 1)


def _newest(axes: Any, metric: MetricText, shown: Sequence[date], table: Table) -> None:
    """The last period's value beside its bar or point, so that the picture can be read alone.

    Where it is missing, an earlier one would be read as its.
    """
    (name,) = table.segments
    newest = shown[-1]
    value = table.value(name, newest)
    if value is not None:
        axes.annotate(
            wording.amount(value, metric.unit),
            (len(shown) - 1, wording.scaled(value, metric.unit)),
            xytext=(7, 0),
            textcoords="offset points",
            ha="left",
            va="center",
            annotation_clip=False,
            fontsize=7.5,
            fontweight="bold",
            color=theme.colours([name])[name].text,
        )


def _gaps(axes: Any, shown: Sequence[date], table: Table) -> None:
    """Missing is never zero: a period without a value stands on a grey ground."""
    for place, day in enumerate(shown):
        if day not in table.periods:
            axes.axvspan(place - 0.5, place + 0.5, color=theme.GRID, linewidth=0, zorder=0)


def _frame(axes: Any, metric: MetricText, picture: Picture, shown: Sequence[date]) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(theme.GRID)
    axes.set_axisbelow(True)
    axes.grid(axis="y", color=theme.GRID, linewidth=0.6)
    axes.tick_params(length=0, labelsize=7, labelcolor=theme.AXIS_TEXT, pad=3)
    axes.yaxis.set_major_locator(
        MaxNLocator(4, integer=not wording.is_percentage(metric.unit), min_n_ticks=3)
    )
    sign = "%" if wording.is_percentage(metric.unit) else ""
    axes.yaxis.set_major_formatter(
        FuncFormatter(lambda value, _place: wording.in_symbols(f"{value:,.4g}") + sign)
    )
    step = max(len(shown) // 4, 1)
    places = [place for place in range(len(shown)) if (len(shown) - 1 - place) % step == 0]
    labels = [_tick(shown[place], picture.grain) for place in places]
    axes.set_xticks(places, labels)
    axes.set_xlim(-0.6, len(shown) - 0.4)
    for label in axes.get_xticklabels():
        label.set_fontfamily(families())
    axes.get_xticklabels()[-1].set_horizontalalignment("right")


def _tick(period: date, grain: str) -> str:
    return drawable(format_date(period, _(TICKS[grain]), locale=locale()))


def _legend(axes: Any, table: Table, titles: Mapping[str, str]) -> None:
    from matplotlib.patches import Patch

    shades = theme.colours(table.segments)
    names = list(reversed(table.segments))
    legend = axes.legend(
        handles=[Patch(color=shades[name].fill, linewidth=0) for name in names],
        labels=[drawable(titles[name]) for name in names],
        loc="lower left",
        bbox_to_anchor=(-0.01, 1.0),
        ncols=len(names),
        frameon=False,
        fontsize=7,
        labelcolor=theme.SURFACES["ink"][0],
        handlelength=0.9,
        handleheight=0.9,
        handletextpad=0.5,
        columnspacing=1.1,
        borderpad=0.2,
    )
    for label in legend.get_texts():
        label.set_parse_math(False)
        label.set_fontfamily(families())


def _compressed(canvas: Any) -> bytes:
    """PNG with a palette: a quarter of the bytes, which a mail carries a third more of as text."""
    from PIL import Image

    width, height = canvas.get_width_height()
    picture = Image.frombytes("RGBA", (width, height), bytes(canvas.buffer_rgba())).convert("RGB")
    held = io.BytesIO()
    picture.quantize(PALETTE).save(held, "PNG", optimize=True)
    return held.getvalue()
