"""Choosing the rows of a paged table by its columns: a form that asks for an address, and what is chosen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qsl

from dashboard import wording
from dashboard.components.markup import dcc, dmc, html
from dashboard.components.paged_table import title_of
from dashboard.filters import Filters
from dashboard.language import _, mark
from dashboard.periods import day_named
from dashboard.place import WHATEVER, Choices, Place, choices_of
from dashboard.view import Content
from db.listing import ANY, OPERATORS, Condition, Field, Kind

#: What is said of a value of a column that rows are chosen by.
_WORDS = {
    "has": mark("{column} contains {value}"),
    "is": mark("{column} is {value}"),
    "min": mark("{column} at least {value}"),
    "max": mark("{column} at most {value}"),
}
_DAY_WORDS = {"min": mark("{column} from {value}"), "max": mark("{column} to {value}")}


def narrowing(
    kind: Kind,
    place: Place,
    path: str,
    filters: Filters,
    address: Callable[[Place], str],
    choices: Choices | None = None,
) -> Content:
    """The conditions that hold, each with the way to do without it, and the form to choose others.

    The form is sent with GET to `path`, the view's filters with it; `assets/narrow.js` goes there
    without loading the document anew.
    """
    held = [
        _chip(kind, place, condition, address, choices)
        for condition in (*place.conditions, *kind.unsaid(place.conditions))
    ]
    if len(place.conditions) > 1:
        clear = address(replace(place, conditions=(), page=1))
        held.append(dmc.Anchor(_("Clear all"), href=clear, underline="hover", className="shortcut"))
    unchosen = replace(place, page=1, conditions=())
    kept = [*parse_qsl(filters.query().removeprefix("?")), *unchosen.pairs()]
    form = html.Form(
        [
            *(dcc.Input(type="hidden", name=name, value=value) for name, value in kept),
            html.Div(
                [_field(kind, field, place, choices) for field in kind.fields if field.shown],
                className="narrow-fields",
            ),
            html.Button(_("Show these rows"), type="submit", className="narrow-go"),
        ],
        action=path,
        method="get",
        className="narrow",
    )
    details = html.Details(
        [html.Summary(_("Filter by column")), form],
        open=bool(place.conditions),
        className="narrowing",
    )
    return html.Div([html.Div(held, className="narrowed"), details] if held else [details])


def _chip(
    kind: Kind,
    place: Place,
    condition: Condition,
    address: Callable[[Place], str],
    choices: Choices | None,
) -> Content:
    field = kind.field(condition.field)
    titles = choices_of(field, choices)
    there = place.without(condition)
    if condition in kind.usual and condition not in place.conditions:
        there = replace(there, conditions=(*there.conditions, Condition(field.name, "is", ANY)))
    if condition.value == ANY:
        value = _("any")
    elif isinstance(condition.value, tuple):
        value = _(" or ").join(titles.get(each) or each for each in condition.value)
    elif isinstance(condition.value, str):
        value = f"“{condition.value}”"
    elif isinstance(condition.value, int):
        value = wording.number(condition.value)
    else:
        value = day_named(condition.value)
    words = _DAY_WORDS if field.kind == "day" else _WORDS
    told = _(words[condition.operator]).format(column=title_of(field), value=value)
    return dmc.Anchor(
        [told, html.Span(" ✕", **{"aria-hidden": "true"})],
        href=address(there),
        underline="never",
        className="tag narrowed-by",
        **{"aria-label": _("Do without: {condition}").format(condition=told)},
    )


def _field(kind: Kind, field: Field, place: Place, choices: Choices | None) -> Content:
    held = (*place.conditions, *kind.unsaid(place.conditions))
    values = {condition.operator: condition.value for condition in held if condition.field == field.name}
    usual = any(condition.field == field.name for condition in kind.usual)
    titles = choices_of(field, choices)
    if titles:
        chosen = values.get("is", ())
        options = [html.Option(_("any"), value=WHATEVER if usual else "")] + [
            html.Option(title, value=value, **({"selected": True} if value in chosen else {}))  # type: ignore[operator]
            for value, title in titles.items()
        ]
        return html.Label([title_of(field), html.Select(options, name=f"{field.name}.is")])
    inputs = []
    for operator in OPERATORS[field.kind]:
        if operator == "is":
            continue
        words = (_DAY_WORDS if field.kind == "day" else _WORDS)[operator]
        value = values.get(operator)
        inputs.append(
            dmc.TextInput(
                label=_(words).format(column=title_of(field), value="").strip(),
                name=f"{field.name}.{operator}",
                value="" if value is None else str(value),
                placeholder="YYYY-MM-DD" if field.kind == "day" else "",
                size="xs",
            )
        )
    return html.Div(inputs, className="narrow-pair") if len(inputs) > 1 else inputs[0]
