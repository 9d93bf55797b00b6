"""What each metric is, computed again: naively, in plain Python and pandas, from facts and definitions alone.

One module a goal, one function a metric; loaded by path from the conftest beside it.
"""

from __future__ import annotations

from collections.abc import Callable

from . import ambition, cloud, innovation, research, talent
from .facts import FREQUENCIES, Answer, View, World, read_world

__all__ = ["FREQUENCIES", "ORACLES", "Answer", "View", "World", "read_world"]

#: Metric → its oracle: every public function of a goal that takes a view.
ORACLES: dict[str, Callable[[View], Answer]] = {
    name: found
    for goal in (innovation, talent, research, cloud, ambition)
    for name, found in vars(goal).items()
    if callable(found)
    and not name.startswith("_")
    and found.__module__ == goal.__name__
    and getattr(found, "__annotations__", {}).get("v") == "View"
}
