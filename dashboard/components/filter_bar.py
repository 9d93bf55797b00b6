"""The filters above a page: scope, grain, period and comparison, each of them in the URL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import TypedDict

from dashboard import periods
from dashboard.answers import Catalogue
from dashboard.components.markup import dmc, html
from dashboard.filters import COMPARISONS, GRAINS, MOST_SEGMENTS, Filters
from dashboard.language import _, mark
from dashboard.place import with_place
from dashboard.site import Site
from dashboard.view import Content, View
from dashboard.wording import segment_title

GRAIN_TITLES = {
    "week": mark("Weekly"),
    "month": mark("Monthly"),
    "quarter": mark("Quarterly"),
    "year": mark("Yearly"),
}


class ScopeGroup(TypedDict):
    """Choices under one heading, as Mantine takes them."""

    group: str
    items: list[dict[str, str]]


KINDS = {"project": mark("Project"), "role": mark("Roles"), "repository": mark("Repositories")}


def filter_bar(view: View, segments: Sequence[str]) -> Content:
    """The controls, showing the view's filters; a change is written back by `assets/filters.js`.

    `segments` are those of the page's metrics, to choose from.
    """
    filters = view.filters
    return html.Div(
        [
            dmc.Select(
                id="filter-scope",
                value=filters.scope,
                data=_scopes(view.known) or _nothing_yet(view),
                searchable=len(view.known.scopes) > 8,
                **_usual(_("What the numbers are about"), 290),
            ),
            dmc.Select(
                id="filter-grain",
                value=filters.grain,
                data=[{"value": grain, "label": _(GRAIN_TITLES[grain])} for grain in GRAINS],
                **_usual(_("Length of a period"), 124),
            ),
            dmc.MonthPickerInput(
                id="filter-period",
                type="range",
                value=months(filters),
                valueFormat=_("MMM YYYY"),
                monthsListFormat=_("MMM"),
                yearLabelFormat=_("YYYY"),
                ariaLabels={
                    "previousYear": _("Year before"),
                    "nextYear": _("Year after"),
                    "yearLevelControl": _("Choose a year"),
                    "previousDecade": _("Decade before"),
                    "nextDecade": _("Decade after"),
                },
                labelSeparator="–",
                placeholder=_("All time"),
                allowSingleDateInRange=True,
                clearable=True,
                size="sm",
                w=186,
                **{"aria-label": _("First and last month: {span}").format(span=_span(filters))},
            ),
            dmc.Select(
                id="filter-compare",
                value=filters.compare,
                data=_comparisons(view),
                searchable=len(view.known.scopes) > 8,
                **_usual(_("What to compare with"), 170),
            ),
            _segments(view, segments),
            html.Div(_shortcuts(view), className="shortcuts"),
        ],
        className="filters",
        role="group",
        **{"aria-label": _("Filters")},
    )


def _span(filters: Filters) -> str:
    """The chosen months as the picker shows them, so that its name holds what stands on it."""
    if filters.start is None and filters.end is None:
        return _("All time")
    return " – ".join(periods.named(day, "month") if day else "" for day in (filters.start, filters.end))


def _usual(label: str, width: int) -> dict[str, object]:
    return {
        "allowDeselect": False,
        "size": "sm",
        "w": width,
        "checkIconPosition": "right",
        "aria-label": label,
    }


def _nothing_yet(view: View) -> list[ScopeGroup]:
    """What stands there while no scope is held: the project, by its name."""
    project = {"value": view.filters.scope, "label": view.site.title}
    return [ScopeGroup(group=_(KINDS["project"]), items=[project])]


def _scopes(known: Catalogue) -> list[ScopeGroup]:
    groups: dict[str, list[dict[str, str]]] = {}
    for scope in known.scopes:
        title = _(KINDS.get(scope.kind, scope.kind))
        groups.setdefault(title, []).append({"value": scope.name, "label": scope.title})
    return [ScopeGroup(group=title, items=items) for title, items in groups.items()]


def _comparisons(view: View) -> list[ScopeGroup]:
    """Other times, the index, and every other scope."""
    since = _("Index since {time}").format(time=_baseline(view.site))
    titles = {name: _(title) for name, title in COMPARISONS.items()} | {"index": since}
    times = [{"value": name, "label": title} for name, title in titles.items()]
    others = []
    for group in _scopes(view.known):
        kept = [item for item in group["items"] if item["value"] != view.filters.scope]
        if kept:
            others.append(ScopeGroup(group=_("Beside: {kind}").format(kind=group["group"]), items=kept))
    return [ScopeGroup(group=_("Its own past"), items=times), *others]


def _segments(view: View, segments: Sequence[str]) -> Content:
    """The choice of segments; one that was chosen on another page stays, so that it can be taken away."""
    offered = list(dict.fromkeys([*segments, *view.filters.segments]))
    return dmc.MultiSelect(
        id="filter-segments",
        value=list(view.filters.segments),
        data=[{"value": name, "label": segment_title(name, view.site.steward)} for name in offered],
        placeholder="" if view.filters.segments else _("All segments"),
        disabled=not offered,
        searchable=len(offered) > 8,
        clearable=True,
        hidePickedOptions=True,
        maxValues=MOST_SEGMENTS,
        size="sm",
        className="segments",
        **{"aria-label": _("Segments to show")},
    )


def months(filters: Filters) -> list[str | None]:
    """The filters' period as the month picker holds it: first days of two months."""
    return [day.replace(day=1).isoformat() if day else None for day in (filters.start, filters.end)]


def _shortcuts(view: View) -> list[Content]:
    until = view.whole_until or view.known.as_of.facts_until or view.now.date()
    choices = {
        _("1 year"): until.replace(year=until.year - 1, day=1),
        _("5 years"): until.replace(year=until.year - 5, day=1),
        _("Since {time}").format(time=_baseline(view.site)): view.site.baseline.replace(day=1),
        _("All"): None,
    }
    return [_shortcut(view, title, start) for title, start in choices.items()]


def _baseline(site: Site) -> str:
    """The name of the milestone nearest the baseline, else the baseline's year."""
    near = [(abs((day - site.baseline).days), title) for day, title in site.milestones]
    if near and min(near)[0] <= 31:
        return min(near)[1].removeprefix(f"{site.title} ")
    return str(site.baseline.year)


def _shortcut(view: View, title: str, start: date | None) -> Content:
    filters = view.filters
    chosen = replace(filters, start=start, end=None)
    here = {"aria-current": "true"} if chosen == filters else {}
    return dmc.Anchor(
        title,
        href=view.path + with_place(chosen.query(), view.asked),
        className="shortcut here" if here else "shortcut",
        underline="never",
        **here,
    )
