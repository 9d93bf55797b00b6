"""A state as a coloured word in a grid: the word says it, the colour only helps."""

from __future__ import annotations

from dashboard.components.grid import column

#: State → how it is meant: of runs, of repositories that are gone, and of comparisons with GitHub.
TAGS = {
    "done": "good",
    "running": "note",
    "waiting": "warn",
    "stopped": "warn",
    "stale": "warn",
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


def state_column() -> dict[str, object]:
    """The column `state`."""
    rules = {
        f"state-{tone}": " || ".join(f"params.value == '{s}'" for s, own in TAGS.items() if own == tone)
        for tone in ("good", "bad", "warn", "note")
    }
    return column("state", "State", minWidth=100, cellClassRules=rules)
