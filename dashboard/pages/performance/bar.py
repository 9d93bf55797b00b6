"""The choices above the cards, each of them in the URL."""

from __future__ import annotations

import json
from typing import Final

from dashboard.components.markup import dmc, html
from dashboard.language import _, mark
from dashboard.pages.performance.choices import BUDGET, DIVISIONS, HARDWARE, LONGEST, SHORTEST, Choices, Held
from dashboard.view import Content

#: What the divisions of MLPerf are called.
DIVISION_TITLES: Final = {"closed": mark("Closed division"), "open": mark("Open division")}
#: Names of the controls, and of the URL's parameters that they write.
CONTROLS: Final = ("suite", "model", "hardware", "division", "budget")


def bar(chosen: Choices, held: Held) -> Content:
    """The controls, showing what was chosen; `assets/filters.js` writes a change into the URL."""
    kinds = set(held.names("hardware_class"))
    return html.Div(
        [
            _select("suite", _("Suite"), chosen.suite, _named(_("All suites"), held.names("suite")), 200),
            _select("model", _("Model"), chosen.model, _named(_("All models"), held.names("model")), 190),
            _select(
                "hardware",
                _("Hardware"),
                chosen.hardware,
                [
                    {"value": "", "label": _("All hardware")},
                    *(
                        {"value": kind, "label": _(title)}
                        for kind, title in HARDWARE.items()
                        if kind in kinds
                    ),
                ],
                160,
            ),
            _select(
                "division",
                _("Division of MLPerf"),
                chosen.division,
                [{"value": name, "label": _(DIVISION_TITLES[name])} for name in DIVISIONS],
                175,
            ),
            dmc.NumberInput(
                id="performance-budget",
                value=chosen.budget,
                min=SHORTEST,
                max=LONGEST,
                step=50,
                debounce=True,
                suffix=" ms",
                size="sm",
                w=120,
                **{"aria-label": _("Latency budget in milliseconds")},
            ),
        ],
        className="filters",
        role="group",
        **{
            "aria-label": _("Choices"),
            "data-usual": json.dumps({"division": DIVISIONS[0], "budget": f"{BUDGET:g}"}),
        },
    )


def _named(everything: str, names: list[str]) -> list[dict[str, str]]:
    return [{"value": "", "label": everything}, *({"value": name, "label": name} for name in names)]


def _select(name: str, label: str, value: str, data: list[dict[str, str]], width: int) -> Content:
    return dmc.Select(
        id=f"performance-{name}",
        value=value,
        data=data,
        searchable=len(data) > 8,
        allowDeselect=False,
        checkIconPosition="right",
        size="sm",
        w=width,
        **{"aria-label": label},
    )
