"""A state as a coloured word in a grid: the word says it, the colour only helps."""

from __future__ import annotations

from dashboard.components.grid import LINES, column
from dashboard.language import _, mark

#: Of a run that is done, but took not every row.
REFUSED = "refused"
#: State → how it is meant: of runs, of repositories that are gone, and of comparisons with GitHub.
TAGS = {
    "done": "good",
    "running": "note",
    "waiting": "warn",
    "stopped": "warn",
    "stale": "warn",
    REFUSED: "warn",
    "failed": "bad",
    "interrupted": "bad",
    "gone": "note",
    "deleted": "note",
    "private": "note",
    "blocked": "note",
    "equal": "good",
    "mended": "good",
    "incomplete": "note",
    "differs": "bad",
}


#: What readers call them.
WORDS = {
    "done": mark("done"),
    "running": mark("running"),
    "waiting": mark("waiting"),
    "stopped": mark("stopped"),
    "stale": mark("stale"),
    "failed": mark("failed"),
    "interrupted": mark("interrupted"),
    "gone": mark("gone"),
    "deleted": mark("deleted"),
    "private": mark("private"),
    "blocked": mark("blocked"),
    "equal": mark("equal"),
    "mended": mark("mended"),
    "incomplete": mark("incomplete"),
    "differs": mark("differs"),
}


def state_words(state: str) -> str:
    """What readers call a state."""
    return _(WORDS.get(state, state))


def state_column() -> dict[str, object]:
    """The column `state`; rows say under `state_words` how it is written."""
    rules = {
        f"state-{tone}": " || ".join(f"params.value == '{s}'" for s, own in TAGS.items() if own == tone)
        for tone in ("good", "bad", "warn", "note")
    }
    return column(
        "state",
        _("State"),
        **LINES,
        minWidth=140,
        cellClassRules=rules,
        valueFormatter={"function": "params.data.state_words"},
    )
