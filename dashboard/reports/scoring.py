"""The goals as a report shows them: each headline metric's value, how it moved, and its target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from dashboard import periods, wording
from dashboard.reports.layout import GOALS, WORK
from dashboard.reports.measures import Measure, unit_beside
from dashboard.reports.plain import one_line
from dashboard.reports.story import EACH, drowned
from dashboard.reports.window import Window
from dashboard.site import Site


@dataclass(frozen=True)
class Moved:
    """How a value moved: the change with its sign, against what, and whether it is for the better.

    `tone` is good, bad or plain.
    """

    change: str
    against: str
    tone: str


@dataclass(frozen=True)
class Score:
    """A metric in a line: title, value (— when it is not held), and what is to be said of it."""

    title: str
    value: str
    unit: str
    moved: Sequence[Moved]
    notes: Sequence[str]


@dataclass(frozen=True)
class GoalText:
    """A goal, what it asks, and its metrics; `empty` says why there are none.

    `without` is a sentence on those of which there is nothing to show in the period.
    """

    title: str
    question: str
    scores: Sequence[Score]
    empty: str
    without: str = ""


def goals(held: Mapping[str, Measure], window: Window, site: Site) -> list[GoalText]:
    """The four goals and the ambition, each with its headline metrics."""
    told = []
    about_data = {measure.metric.coverage for measure in held.values()}  # these stand among the caveats
    for goal in GOALS:
        names = goal.chosen(
            [n for n, measure in held.items() if measure.metric.goal == goal.name and n not in about_data]
        )
        shown = [name for name in names if _worth_a_line(held[name], site.targets.get(name))]
        told.append(
            GoalText(
                goal.title,
                goal.question.format(title=site.title, steward=site.steward),
                [_score_among(held, name, window, site.targets.get(name)) for name in shown],
                "" if names else "None of its metrics has been computed yet.",
                _without([held[name] for name in names if name not in shown], window),
            )
        )
    return told


def _worth_a_line(measure: Measure, target: float | None) -> bool:
    """Whether it has a value, or a target that something can be said of."""
    return measure.value is not None or (
        target is not None and measure.year is not None and _adds_up(measure)
    )


def _without(empty: Sequence[Measure], window: Window) -> str:
    """The metrics that have no value in the period, in as few words as they are worth."""
    if not empty:
        return ""
    lately = [
        f"{measure.small_noun} (last {measure.beside(measure.newest[1])}, "
        f"{periods.named(measure.newest[0], window.grain)})"
        for measure in empty
        if measure.newest is not None
    ]
    never = [m.small_noun for m in empty if m.newest is None and (window.grain in m.grains or not m.grains)]
    elsewhere = [
        m.small_noun for m in empty if m.newest is None and m.grains and window.grain not in m.grains
    ]
    told = []
    if lately:
        told.append(f"No value for {window.words}: {', '.join(lately)}")
    if never:
        told.append(f"None in the year up to {window.words}: {', '.join(never)}")
    if elsewhere:
        told.append(f"Not told by {window.grain}: {', '.join(elsewhere)}")
    return one_line(". ".join(told) + ".", 600)


def _score_among(held: Mapping[str, Measure], name: str, window: Window, target: float | None) -> Score:
    told = score(held[name], window, target)
    if not drowned(held[name], held):
        return told
    moved = [replace(each, tone="plain") for each in told.moved]
    return replace(told, moved=moved, notes=[*told.notes, f"moved by the bots among the {WORK}"])


def score(measure: Measure, window: Window, target: float | None) -> Score:
    """One metric's line."""
    unit = measure.metric.unit
    notes: list[str] = []
    if measure.value is None:
        notes.append(_not_held(measure, window))
        value = "—"
    else:
        value = wording.amount(measure.value, unit)
        if not measure.complete:
            notes.append("not complete yet")
        if wording.is_share(unit):
            notes.append(f"of {measure.sample_size:,}")
        if measure.without_bots is not None and measure.without_bots != measure.value:
            notes.append(f"{wording.amount(measure.value - measure.without_bots, unit)} of them by bots")
    notes += _usual(measure, window)
    if target is not None:
        notes.append(status(measure, target))
    words = "" if measure.value is None else unit_beside(measure.value, unit)
    return Score(one_line(measure.metric.title), value, one_line(words, 40), _moved(measure, window), notes)


def _usual(measure: Measure, window: Window) -> list[str]:
    """Where the value lies against the periods before it."""
    standing = measure.standing
    if measure.value is None or standing is None:
        return []
    low, high = (wording.amount(side, measure.metric.unit) for side in (standing.low, standing.high))
    span = f"{low} in each" if low == high else f"{low} to {high} in"
    who = " without bots" if measure.without_bots is not None else ""
    before = f"of the {standing.count}" if low == high else f"the {standing.count}"
    side = {1: "above the usual: ", -1: "below the usual: ", 0: ""}[standing.direction]
    return [f"{side}{span} {before} {EACH[window.grain]} before{who}"]


def _not_held(measure: Measure, window: Window) -> str:
    if measure.newest is None:
        return f"nothing is held for {window.words}, nor for any {window.grain} of the year before"
    period, value = measure.newest
    return (
        f"nothing is held for {window.words}; newest: "
        f"{wording.amount(value, measure.metric.unit)}, {periods.named(period, window.grain)}"
    )


def _moved(measure: Measure, window: Window) -> list[Moved]:
    if measure.value is None:
        return []
    if measure.before is None and measure.last_year is None:
        year_ago = f"the same {window.grain} a year ago"
        return [Moved("—", f"neither the {window.grain} before nor {year_ago} has a value", "plain")]
    told = []
    for earlier, against in (
        (measure.before, f"on the {window.grain} before"),
        (measure.last_year, f"on the same {window.grain} a year ago"),
    ):
        if earlier is None:
            told.append(Moved("—", f"{against}: not held", "plain"))
            continue
        was = wording.amount(earlier, measure.metric.unit)
        change = wording.change(measure.value, earlier, measure.metric.unit)
        if change is None:
            told.append(Moved(wording.amount(earlier, measure.metric.unit), f"was it {against[3:]}", "plain"))
            continue
        told.append(Moved(change, f"{against} ({was})", _tone(measure, change)))
    return told


def _tone(measure: Measure, change: str) -> str:
    """Good or bad by the metric's own direction; what bots, half a period or chance made is neither."""
    moved_by_bots = measure.without_bots is not None and measure.without_bots != measure.value
    by_chance = measure.standing is not None and measure.standing.direction == 0
    if change.startswith("±") or not measure.complete or moved_by_bots or by_chance:
        return "plain"
    match measure.metric.direction:
        case "up":
            return "good" if change.startswith("+") else "bad"
        case "down":
            return "bad" if change.startswith("+") else "good"
        case _:
            return "plain"


def _adds_up(measure: Measure) -> bool:
    """Whether a year's value is the sum of its parts, as far as unit and direction tell."""
    return not wording.is_percentage(measure.metric.unit) and measure.metric.direction == "up"


def status(measure: Measure, target: float) -> str:
    """Where the metric stands against its target.

    A share, a time or another value that does not add up is held against it as
    it is. A target for a count is one for a year, so that the newest complete
    year is held against it.
    """
    unit = measure.metric.unit
    goal = wording.amount(target, unit)
    if _adds_up(measure):
        if measure.year is None:
            return f"target {goal} a year: no complete year is held"
        year, value = measure.year
        reached = "reached" if value >= target else "not reached"
        return f"target {goal} a year: {reached} in {year} ({wording.amount(value, unit)})"
    if measure.value is None:
        return f"target {goal}: not known"
    if measure.metric.direction not in ("up", "down"):
        return f"target {goal}"
    short = measure.value < target if measure.metric.direction == "up" else measure.value > target
    goal = f"{goal} {unit_beside(target, unit)}" if not wording.is_percentage(unit) else goal
    if not short:
        return f"target {goal}: reached"
    gap = wording.change(measure.value, target, unit) if wording.is_percentage(unit) else None
    return f"target {goal}: not reached" + (f" ({gap})" if gap else "")
