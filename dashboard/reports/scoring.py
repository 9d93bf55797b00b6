"""The goals as a report shows them: each headline metric's value, how it moved, and its target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from dashboard import periods, wording
from dashboard.language import _, mark
from dashboard.reports.layout import GOALS, NEWCOMERS, WORK
from dashboard.reports.measures import Measure
from dashboard.reports.plain import one_line
from dashboard.reports.story import before, drowned, span
from dashboard.reports.window import Window
from dashboard.site import Site

#: Against what a value is told to have moved, and that neither is held.
BEFORE = {"week": mark("on the week before"), "month": mark("on the month before")}
YEAR_AGO = {"week": mark("on the same week a year ago"), "month": mark("on the same month a year ago")}
NEITHER = {
    "week": mark("neither the week before nor the same week a year ago has a value"),
    "month": mark("neither the month before nor the same month a year ago has a value"),
}
NEVER = {
    "week": mark("nothing is held for {period}, nor for any week of the year before"),
    "month": mark("nothing is held for {period}, nor for any month of the year before"),
}
WAS = {"week": mark("{value} in the week before"), "month": mark("{value} in the month before")}
#: What a count that is not held for a period is, where the work of that period is held.
NONE_IN = {"week": mark("none in the week before"), "month": mark("none in the month before")}
NONE_IN_EITHER = {
    "week": mark("none in the week before, nor in the same week a year ago"),
    "month": mark("none in the month before, nor in the same month a year ago"),
}
NONE_A_YEAR_AGO = {
    "week": mark("none in the same week a year ago"),
    "month": mark("none in the same month a year ago"),
}
#: Of counts up to this a change is told as a number: one more of three is not worth a percentage.
FEW = 20
ELSEWHERE = {"week": mark("Not told by week: {metrics}."), "month": mark("Not told by month: {metrics}.")}


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
    """A metric in a line: title, value (— when it is not held), and what is to be said of it.

    `target` is the one of the notes that tells how it stands against its target.
    """

    title: str
    value: str
    unit: str
    moved: Sequence[Moved]
    notes: Sequence[str]
    target: str = ""


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


def goals(
    held: Mapping[str, Measure], window: Window, site: Site, unknown_newcomers: int = 0
) -> list[GoalText]:
    """The four goals and the ambition, each with its headline metrics.

    `unknown_newcomers` are people who came in the period for nobody knows whom.
    """
    told = []
    about_data = {measure.metric.coverage for measure in held.values()}  # these stand among the caveats
    for goal in GOALS:
        names = goal.chosen(
            [n for n, measure in held.items() if measure.metric.goal == goal.name and n not in about_data]
        )
        shown = [name for name in names if _worth_a_line(held[name], site.targets.get(name))]
        told.append(
            GoalText(
                _(goal.title),
                _(goal.question).format(project=site.title, steward=site.steward),
                [
                    _score_among(held, name, window, site.targets.get(name), unknown_newcomers)
                    for name in shown
                ],
                "" if names else _("None of its metrics has been computed yet."),
                _without(
                    [held[name] for name in names if name not in shown], window, held.get(WORK), bool(shown)
                ),
            )
        )
    return told


def _worth_a_line(measure: Measure, target: float | None) -> bool:
    """Whether it has a value, or a target that something can be said of."""
    return measure.value is not None or (
        target is not None and measure.year is not None and _adds_up(measure)
    )


def _without(empty: Sequence[Measure], window: Window, work: Measure | None, others: bool) -> str:
    """The metrics that have no value in the period, in as few words as they are worth.

    A count without a value is none, where the period's work is held and complete. `others` says
    that the goal has metrics with values.
    """
    if not empty:
        return ""
    last = _("{noun} (last {value}, {period})")
    lately: dict[bool, list[str]] = {True: [], False: []}
    for measure in empty:
        if measure.newest is not None:
            words = last.format(
                noun=measure.small_noun,
                value=measure.beside(measure.newest[1]),
                period=periods.named(measure.newest[0], window.grain),
            )
            lately[_adds_up(measure) and work is not None and work.complete].append(words)
    never = [m.small_noun for m in empty if m.newest is None and (window.grain in m.grains or not m.grains)]
    elsewhere = [
        m.small_noun for m in empty if m.newest is None and m.grains and window.grain not in m.grains
    ]
    told = []
    if elsewhere and (others or lately[True] or lately[False] or never):
        # What is never told by this period is not said in every issue, unless there is nothing else to say.
        elsewhere = []
    if lately[True]:
        none = _("None in {period}: {metrics}.")
        told.append(none.format(period=window.words, metrics=", ".join(lately[True])))
    if lately[False]:
        without = _("No value for {period}: {metrics}.")
        told.append(without.format(period=window.words, metrics=", ".join(lately[False])))
    if never:
        none = _("None in the year up to {period}: {metrics}.")
        told.append(none.format(period=window.words, metrics=", ".join(never)))
    if elsewhere:
        told.append(_(ELSEWHERE[window.grain]).format(metrics=", ".join(elsewhere)))
    return one_line(" ".join(told), 600)


def _score_among(
    held: Mapping[str, Measure], name: str, window: Window, target: float | None, unknown_newcomers: int
) -> Score:
    told = score(held[name], window, target, held.get(WORK))
    if name == NEWCOMERS and unknown_newcomers:
        others = wording.counted(
            unknown_newcomers,
            "{count} more came whose affiliation is unknown",
            "{count} more came whose affiliation is unknown",
        )
        told = replace(told, notes=[others, *told.notes])
    if not drowned(held[name], held):
        return told
    moved = [replace(each, tone="plain") for each in told.moved]
    return replace(told, moved=moved, notes=[*told.notes, _("moved by the bots among the commits")])


def score(measure: Measure, window: Window, target: float | None, work: Measure | None = None) -> Score:
    """One metric's line; `work` tells of which periods the work is held, so that a count can be none."""
    unit = measure.metric.unit
    notes: list[str] = []
    if measure.value is None:
        notes.append(_not_held(measure, window))
        value = "—"
    else:
        value = wording.amount(measure.value, unit)
        if not measure.complete:
            notes.append(_("not complete yet"))
            if measure.before is not None:
                was = wording.amount(measure.before, unit)
                notes.append(_(WAS[window.grain]).format(value=was))
        if wording.is_share(unit):
            notes.append(_("of {count}").format(count=wording.whole(measure.sample_size)))
        if measure.without_bots is not None and measure.without_bots != measure.value:
            theirs = wording.amount(measure.value - measure.without_bots, unit)
            notes.append(_("{amount} of them by bots").format(amount=theirs))
    notes += _usual(measure, window)
    against = "" if target is None else status(measure, target)
    notes += [against] if against else []
    return Score(
        one_line(measure.noun),
        value,
        one_line(_unit_beside(measure), 40),
        _moved(measure, window, work),
        notes,
        against,
    )


def _unit_beside(measure: Measure) -> str:
    """The unit's words behind the value, where the metric's name does not say them already."""
    if measure.value is None or measure.says_unit:
        return ""
    return wording.unit_words(measure.metric.unit, measure.value)


def _usual(measure: Measure, window: Window) -> list[str]:
    """Where the value lies against the periods before it."""
    standing = measure.standing
    if measure.value is None or standing is None:
        return []
    low, high = (wording.amount(side, measure.metric.unit) for side in (standing.low, standing.high))
    each, within = _("{range} in each of {before}"), _("{range} in {before}")
    told = (each if low == high else within).format(
        range=span(measure, standing), before=before(standing, window.grain)
    )
    if measure.without_bots is not None:
        told = _("{what} without bots").format(what=told)
    if not standing.direction:
        return [told]
    return [
        (_("above the usual: {range}") if standing.direction > 0 else _("below the usual: {range}")).format(
            range=told
        )
    ]


def _not_held(measure: Measure, window: Window) -> str:
    if measure.newest is None:
        return _(NEVER[window.grain]).format(period=window.words)
    newest, value = measure.newest
    counted = _adds_up(measure) and float(value).is_integer()
    told = _("none is held for {period}; the last was {value}, {newest}")
    if not counted:
        told = _("nothing is held for {period}; newest: {value}, {newest}")
    return told.format(
        period=window.words,
        value=wording.amount(value, measure.metric.unit),
        newest=periods.named(newest, window.grain),
    )


def _moved(measure: Measure, window: Window, work: Measure | None) -> list[Moved]:
    if measure.value is None or not measure.complete:
        # A part of a period against a whole one says nothing.
        return []
    # A count that is not held is none, where the work of that period is held.
    worked = (False, False)
    if work is not None and _adds_up(measure):
        worked = (work.before is not None, work.last_year is not None)
    if measure.before is None and measure.last_year is None and not any(worked):
        return [Moved("—", _(NEITHER[window.grain]), "plain")]
    if measure.before is None and measure.last_year is None and all(worked):
        return [Moved("—", _(NONE_IN_EITHER[window.grain]), "plain")]
    told = []
    for earlier, against, none, is_none in (
        (measure.before, _(BEFORE[window.grain]), _(NONE_IN[window.grain]), worked[0]),
        (measure.last_year, _(YEAR_AGO[window.grain]), _(NONE_A_YEAR_AGO[window.grain]), worked[1]),
    ):
        if earlier is None:
            missing = none if is_none else _("{against}: not held").format(against=against)
            told.append(Moved("—", missing, "plain"))
            continue
        was = wording.amount(earlier, measure.metric.unit)
        change = _change(measure.value, earlier, measure.metric.unit)
        if change is None:
            # Growth from nothing has no percentage.
            told.append(Moved(_("from {value}").format(value=was), against, "plain"))
            continue
        told.append(Moved(change, f"{against} ({was})", _tone(measure, change)))
    return told


def _change(now: float, before: float, unit: str) -> str | None:
    """How a value moved: few in numbers, `+1`, others in per cent."""
    if (
        wording.is_percentage(unit)
        or max(now, before) > FEW
        or not (now.is_integer() and before.is_integer())
    ):
        return wording.change(now, before, unit)
    return wording.difference(now - before)


def _tone(measure: Measure, change: str) -> str:
    """Good or bad by the metric's own direction; what bots, half a period or chance made is neither."""
    moved_by_bots = measure.without_bots is not None and measure.without_bots != measure.value
    # Nor is what cannot be judged for want of history.
    by_chance = measure.standing is None or measure.standing.direction == 0
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
            return _("target {goal} a year: no complete year is held").format(goal=goal)
        year, value = measure.year
        reached, missed = (
            _("target {goal} a year: reached in {year} ({value})"),
            _("target {goal} a year: not reached in {year} ({value})"),
        )
        return (reached if value >= target else missed).format(
            goal=goal, year=year, value=wording.amount(value, unit)
        )
    if measure.value is None:
        return _("target {goal}: not known").format(goal=goal)
    if measure.metric.direction not in ("up", "down"):
        return _("target {goal}").format(goal=goal)
    short = measure.value < target if measure.metric.direction == "up" else measure.value > target
    goal = f"{goal} {wording.unit_words(unit, target)}" if not wording.is_percentage(unit) else goal
    if not short:
        return _("target {goal}: reached").format(goal=goal)
    gap = wording.change(measure.value, target, unit) if wording.is_percentage(unit) else None
    told = _("target {goal}: not reached").format(goal=goal)
    return f"{told} ({gap})" if gap else told
