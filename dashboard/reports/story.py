"""The headline sentence and what changed most, by rules that a reader could follow with the table at hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from dashboard import periods, wording
from dashboard.language import _, mark
from dashboard.reports.layout import CONTRIBUTORS, GOALS, NEWCOMERS, SAME_AS, SHARE, WORK
from dashboard.reports.measures import ENOUGH, USUAL, Measure, Standing
from dashboard.reports.triage import Events
from dashboard.reports.window import Window

#: At most so many changes are told.
SHOWN_CHANGES = 6
#: So many numbers stand in the headline of a scope without commits or people.
SHOWN_NUMBERS = 2
NOTHING = Events()
#: Where less of the commits has a known affiliation, a share of them is told as what is known.
MOSTLY_KNOWN = 0.9
#: The periods that a value is held against: all eight, or those of them that are held.
BEFORE = {
    "week": mark("the {count} weeks before"),
    "month": mark("the {count} months before"),
    "quarter": mark("the {count} quarters before"),
    "year": mark("the {count} years before"),
}
SOME_BEFORE = {
    "week": mark("{held} of the {count} weeks before"),
    "month": mark("{held} of the {count} months before"),
    "quarter": mark("{held} of the {count} quarters before"),
    "year": mark("{held} of the {count} years before"),
}
BUSY = {
    "week": mark("A busy week for {subject}: {told}"),
    "month": mark("A busy month for {subject}: {told}"),
}
USUAL_ONE = {
    "week": mark("{period} was a usual one for {subject}: {figures}{bots}."),
    "month": mark("{period} was a usual month for {subject}: {figures}{bots}."),
}
QUIET = {
    "week": mark("A quiet week for {subject}: {told}"),
    "month": mark("A quiet month for {subject}: {told}"),
}
SEASON = {
    "week": mark(" (the same week a year ago left its range the same way)"),
    "month": mark(" (the same month a year ago left its range the same way)"),
}
NEEDED = {
    "week": mark("Nothing can be told: it takes this week and {enough} of the {usual} before it, complete."),
    "month": mark(
        "Nothing can be told: it takes this month and {enough} of the {usual} before it, complete."
    ),
}
STAYED = {
    "week": mark("Nothing left the range of the {usual} weeks before by more than chance would."),
    "month": mark("Nothing left the range of the {usual} months before by more than chance would."),
}
#: Metrics that may make the headline: what the goals' cards show, in their order.
TELLING = tuple(dict.fromkeys((WORK, *(name for goal in GOALS for name in goal.metrics))))


def headline(
    held: Mapping[str, Measure],
    window: Window,
    subject: str,
    steward: str,
    newest_facts: str | None,
    covered: bool,
    first_is_sure: bool,
    happened: Events = NOTHING,
    behind: Sequence[tuple[str, date]] = (),
) -> str:
    """The most important thing, in one sentence; the first of these that holds:

    1. nothing is held for the period; 2. its facts are not collected to its end;
    3. a telling metric left its usual range, seasons and bots apart: the one that
    left it farthest; 4. a benchmark's step to the worse was confirmed; 5. no commit
    is held where there were some in the year before; 6. the work
    stayed in its usual range, and what bots alone added to it; 7. too little history
    is held to say what is usual. A release of a new version is told with each from
    the third on. `first_is_sure` says that first contributions can be told, because
    the history is collected to its beginning. `behind` are the repositories that are
    not collected to the period's end, the largest first, and where their facts end.
    """
    present = {name: measure for name, measure in held.items() if measure.value is not None}
    if not present:
        return _("Nothing is held of {subject} for {period}{newest}.").format(
            subject=subject, period=window.words, newest=_newest(held, window, newest_facts, covered)
        )
    told = _figures(present, steward, first_is_sure)
    work = present.get(WORK)
    if not covered or (work is not None and not work.complete):
        until = _(": facts reach {day}").format(day=newest_facts) if newest_facts and not covered else ""
        until = until or _lagging(behind, subject)
        far = _("; so far it has {figures}").format(figures=told) if told else ""
        return _("{period} is not collected to its end for {subject}{until}{far}.").format(
            period=_capital(window.words), subject=subject, until=until, far=far
        )
    story = _story(present, first_is_sure)
    if story is not None and story.standing is not None:
        return _with_release(_unusual(story, story.standing, window, subject), happened)
    if happened.worse:
        others = len(happened.worse) - 1 + happened.more
        also = _(" ({count} more)").format(count=wording.whole(others)) if others else ""
        worse = _("A benchmark became worse: {step}{more}.").format(step=happened.worse[0], more=also)
        return _with_release(worse, happened)
    judged = [m for name in TELLING if (m := present.get(name)) is not None and m.standing is not None]
    if work is None and (lately := held.get(WORK)) is not None and lately.newest is not None:
        return _with_release(_without_work(lately.newest[0], window, subject, told), happened)
    if not told:
        first = sorted(present, key=lambda name: (name not in TELLING, name))[:SHOWN_NUMBERS]
        stands = _("{what} at {value}")
        told = joined(
            [
                stands.format(what=present[name].small_noun, value=present[name].beside(value))
                for name in first
                if (value := present[name].value) is not None
            ]
        )
    if judged:
        whole = _(USUAL_ONE[window.grain]).format(
            period=_capital(window.words), subject=subject, figures=told, bots=_bots_part(work)
        )
        return _with_release(whole, happened)
    unknown = _("{subject} in {period}: {figures}; too little history is held to say what is usual.")
    return _with_release(unknown.format(subject=subject, period=window.words, figures=told), happened)


def _lagging(behind: Sequence[tuple[str, date]], subject: str) -> str:
    """Which repository holds the numbers back, and since when."""
    if not behind:
        return ""
    (name, day), *others = behind
    if name == subject:
        return _(": facts reach {day}").format(day=periods.day_named(day))
    told = _(": facts of {repository} reach {day}").format(repository=name, day=periods.day_named(day))
    if not others:
        return told
    return told + wording.counted(
        len(others),
        ", and {count} other repository lags behind",
        ", and {count} other repositories lag behind",
    )


def _without_work(newest: date, window: Window, subject: str, told: str) -> str:
    last = Window(window.grain, newest, newest).words
    return _("No commit of {subject} is held for {period}: the last are of {last}{figures}.").format(
        subject=subject, period=window.words, last=last, figures=told and f"; {told}"
    )


def _with_release(sentence: str, happened: Events) -> str:
    if not happened.large:
        return sentence
    return _("{sentence}; released: {releases}.").format(
        sentence=sentence.removesuffix("."), releases=joined(happened.large[:2])
    )


def _bots_part(work: Measure | None) -> str:
    """What bots made of the work, where they alone moved it: else the sentence would hide it."""
    if work is None or work.value is None or work.without_bots is None or not _moved_by_bots(work):
        return ""
    return _(", and {amount} more by bots alone").format(
        amount=wording.amount(work.value - work.without_bots, work.metric.unit)
    )


def changes(held: Mapping[str, Measure], window: Window, happened: Events = NOTHING) -> list[str]:
    """The metrics that left their usual range, farthest first; what only bots moved; and releases."""
    left = [
        measure
        for name, measure in held.items()
        if measure.standing is not None and measure.standing.direction and SAME_AS.get(name) not in held
    ]
    left = _each_once(left)
    left.sort(key=lambda measure: (-_strength(measure), measure.metric.metric))
    told = [
        _change(measure, measure.standing, window, drowned(measure, held))
        for measure in left
        if measure.standing
    ]
    bots = [_bots_alone(measure, window) for measure in held.values() if _moved_by_bots(measure)]
    released = (
        [_("Released: {releases}.").format(releases=joined(happened.released))] if happened.released else []
    )
    return [*told[:SHOWN_CHANGES], *bots, *released]


def _each_once(found: Sequence[Measure]) -> list[Measure]:
    """One of those that tell the same number in the same unit: the one of the goals' cards, or the first.

    Contributors, and contributors by kind, count the same people.
    """
    ranked = sorted(found, key=lambda m: (m.metric.metric not in TELLING, len(m.metric.metric)))
    kept = {(m.judged, m.metric.unit): m for m in reversed(ranked)}
    return list(kept.values())


def changes_unknown(held: Mapping[str, Measure]) -> bool:
    """Whether no metric has enough complete periods to be judged at all."""
    return all(measure.standing is None for measure in held.values())


def no_changes(held: Mapping[str, Measure], window: Window) -> str:
    """The sentence that stands where no change is told."""
    if changes_unknown(held):
        return _(NEEDED[window.grain]).format(enough=ENOUGH, usual=USUAL)
    return _(STAYED[window.grain]).format(usual=USUAL)


def _newest(held: Mapping[str, Measure], window: Window, newest_facts: str | None, covered: bool) -> str:
    """What there is instead: another scope may have newer facts than this one has numbers."""
    if newest_facts and not covered:
        return _(": the newest facts are of {day}").format(day=newest_facts)
    newest = max((measure.newest[0] for measure in held.values() if measure.newest), default=None)
    if newest is None:
        return ""
    return _(": its newest numbers are of {period}").format(period=Window(window.grain, newest, newest).words)


def _story(present: Mapping[str, Measure], first_is_sure: bool) -> Measure | None:
    able = [
        measure
        for name in TELLING
        if (measure := present.get(name)) is not None
        and measure.standing is not None
        and measure.standing.direction
        and not measure.standing.seasonal
        and (first_is_sure or name != NEWCOMERS)
        and not drowned(measure, present)
    ]
    return max(able, key=_strength, default=None)


def _strength(measure: Measure) -> float:
    return measure.standing.strength if measure.standing else 0.0


def _moved_by_bots(measure: Measure) -> bool:
    whole, own = measure.standing_with_bots, measure.standing
    return (
        measure.without_bots is not None
        and whole is not None
        and whole.direction != 0
        and (own is None or own.direction == 0)
    )


def drowned(measure: Measure, held: Mapping[str, Measure]) -> bool:
    """Whether it is a share of all work, and bots alone made that work more or less than usual."""
    work = held.get(WORK)
    share_of_work = wording.is_share(measure.metric.unit) and WORK in measure.metric.unit
    return share_of_work and work is not None and _moved_by_bots(work)


def _unusual(measure: Measure, standing: Standing, window: Window, subject: str) -> str:
    judged = measure.judged
    if judged is None:
        raise ValueError(
            f"{measure.metric.metric} has no value in {window.words}, so that it cannot be unusual"
        )
    rose = _("{what} rose to {value} in {period}, against {range} in {before}.")
    fell = _("{what} fell to {value} in {period}, against {range} in {before}.")
    told = (rose if standing.direction > 0 else fell).format(
        what=_without_bots(measure, measure.small_noun),
        value=measure.beside(judged),
        period=window.words,
        range=span(measure, standing),
        before=before(standing, window.grain),
    )
    if measure.metric.metric == WORK:
        return _((BUSY if standing.direction > 0 else QUIET)[window.grain]).format(subject=subject, told=told)
    return _("{subject}: {told}").format(subject=subject, told=told)


def span(measure: Measure, standing: Standing) -> str:
    """The usual range of a metric: `180 to 260`, or `2` where it was the same in each period."""
    low, high = (wording.amount(value, measure.metric.unit) for value in (standing.low, standing.high))
    return low if low == high else _("{low} to {high}").format(low=low, high=high)


def before(standing: Standing, grain: str) -> str:
    """The periods that a value is held against: `the 8 weeks before`, `6 of the 8 weeks before`."""
    if standing.count == USUAL:
        return _(BEFORE[grain]).format(count=USUAL)
    return _(SOME_BEFORE[grain]).format(held=standing.count, count=USUAL)


def _without_bots(measure: Measure, words: str) -> str:
    return words if measure.without_bots is None else _("{what} without bots").format(what=words)


def _change(measure: Measure, standing: Standing, window: Window, drowned: bool) -> str:
    judged = measure.judged
    if judged is None:
        raise ValueError(
            f"{measure.metric.metric} has no value in {window.words}, so that it cannot have changed"
        )
    above = _("{noun}: {value}, above the {range} of {before}")
    below = _("{noun}: {value}, below the {range} of {before}")
    told = (above if standing.direction > 0 else below).format(
        noun=measure.noun,
        value=_without_bots(measure, measure.beside(judged)),
        range=span(measure, standing),
        before=before(standing, window.grain),
    )
    if measure.last_year is not None and measure.without_bots is None:
        told += _("; {value} a year ago").format(value=wording.amount(measure.last_year, measure.metric.unit))
    if drowned:
        told += _("; bots alone moved the commits that it is a share of")
    if standing.seasonal:
        told += _(SEASON[window.grain])
    return f"{told}."


def _bots_alone(measure: Measure, window: Window) -> str:
    value, without, whole = measure.value, measure.without_bots, measure.standing_with_bots
    if value is None or without is None or whole is None:
        raise ValueError(f"{measure.metric.metric} has no bots in {window.words}")
    up = _("{noun} went up to {value} by bots alone: {theirs} are theirs, and the {others} of everybody else")
    down = _(
        "{noun} went down to {value} by bots alone: {theirs} are theirs, and the {others} of everybody else"
    )
    told = (up if whole.direction > 0 else down).format(
        noun=measure.noun,
        value=measure.beside(value),
        theirs=wording.amount(value - without, measure.metric.unit),
        others=wording.amount(without, measure.metric.unit),
    )
    own = measure.standing
    if own is None:
        return _("{told} cannot be judged for want of history.").format(told=told)
    return _("{told} are not out of the usual ({range}).").format(told=told, range=span(measure, own))


def _figures(present: Mapping[str, Measure], steward: str, first_is_sure: bool) -> str:
    told: list[str] = []
    between = ""
    work, share, newcomers, people = (present.get(name) for name in (WORK, SHARE, NEWCOMERS, CONTRIBUTORS))
    if work is not None and work.judged is not None:
        told.append(_without_bots(work, work.written(work.judged)))
    elif people is not None and people.value is not None:
        count = int(people.value)
        told.append(wording.counted(count, "{count} person contributed", "{count} people contributed"))
    if share is not None and share.value is not None and not drowned(share, present):
        known = present.get(share.metric.coverage)
        sure = known is None or known.value is None or known.value >= MOSTLY_KNOWN
        amount = wording.amount(share.value, share.metric.unit)
        if told and work is not None and work.judged == share.sample_size:
            of_them = _("{commits}, {share} of them from outside {steward}")
            if not sure:
                of_them = _("{commits}, {share} of them known to be from outside {steward}")
            told = [of_them.format(commits=told[0], share=amount, steward=steward)]
            between = _("{some}, and {last}")
        else:
            outside = _("{share} of commits from outside {steward}")
            if not sure:
                outside = _("{share} of commits known to be from outside {steward}")
            told.append(outside.format(share=amount, steward=steward))
    if newcomers is not None and newcomers.value is not None and first_is_sure:
        told.append(
            wording.counted(int(newcomers.value), "{count} new contributor", "{count} new contributors")
        )
    return joined(told, between)


def joined(parts: Sequence[str], between: str = "") -> str:
    """Parts in a row: `a, b and c`, unless something else stands before the last one."""
    if len(parts) < 2:
        return "".join(parts)
    return (between or _("{some} and {last}")).format(some=", ".join(parts[:-1]), last=parts[-1])


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
