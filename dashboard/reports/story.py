"""The headline sentence and what changed most, by rules that a reader could follow with the table at hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from dashboard import wording
from dashboard.reports.layout import CONTRIBUTORS, GOALS, NEWCOMERS, SHARE, WORK
from dashboard.reports.measures import ENOUGH, USUAL, Measure, Standing
from dashboard.reports.triage import Events
from dashboard.reports.window import Window

#: At most so many changes are told.
SHOWN_CHANGES = 6
NOTHING = Events()
EACH = {"week": "weeks", "month": "months"}
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
) -> str:
    """The most important thing, in one sentence; the first of these that holds:

    1. nothing is held for the period; 2. its facts are not collected to its end;
    3. a telling metric left its usual range, seasons and bots apart: the one that
    left it farthest; 4. a benchmark's step to the worse was confirmed; 5. no commit
    is held where there were some in the year before; 6. the work
    stayed in its usual range, and what bots alone added to it; 7. too little history
    is held to say what is usual. A release of a new version is told with each from
    the third on. `first_is_sure` says that first contributions can be told, because
    the history is collected to its beginning.
    """
    present = {name: measure for name, measure in held.items() if measure.value is not None}
    if not present:
        return (
            f"Nothing is held of {subject} for {window.words}{_newest(held, window, newest_facts, covered)}."
        )
    told = _figures(present, steward, first_is_sure)
    work = present.get(WORK)
    if not covered or (work is not None and not work.complete):
        until = f": facts reach {newest_facts}" if newest_facts and not covered else ""
        far = f"; so far it has {told}" if told else ""
        return f"{_capital(window.words)} is not collected to its end for {subject}{until}{far}."
    story = _story(present, first_is_sure)
    if story is not None and story.standing is not None:
        return _with_release(_unusual(story, story.standing, window, subject), happened)
    if happened.worse:
        others = len(happened.worse) - 1 + happened.more
        also = f" ({wording.whole(others)} more)" if others else ""
        return _with_release(f"A benchmark became worse: {happened.worse[0]}{also}.", happened)
    judged = [m for name in TELLING if (m := present.get(name)) is not None and m.standing is not None]
    if work is None and (lately := held.get(WORK)) is not None and lately.newest is not None:
        return _with_release(_without_work(lately.newest[0], window, subject, told), happened)
    if not told:
        count = wording.counted(len(present), "{count} number is", "{count} numbers are")
        told = f"{count} held, none of them of commits or people"
    if judged:
        usual = f"{_capital(window.words)} was a usual one for {subject}: {told}{_bots_part(work)}."
        return _with_release(usual, happened)
    unknown = f"{subject} in {window.words}: {told}; too little history is held to say what is usual."
    return _with_release(unknown, happened)


def _without_work(newest: date, window: Window, subject: str, told: str) -> str:
    last = Window(window.grain, newest, newest).words
    return f"No commit of {subject} is held for {window.words}: the last are of {last}{told and f'; {told}'}."


def _with_release(sentence: str, happened: Events) -> str:
    if not happened.large:
        return sentence
    return f"{sentence.removesuffix('.')}; released: {_joined(happened.large[:2])}."


def _bots_part(work: Measure | None) -> str:
    """What bots made of the work, where they alone moved it: else the sentence would hide it."""
    if work is None or work.value is None or work.without_bots is None or not _moved_by_bots(work):
        return ""
    return f", and {wording.amount(work.value - work.without_bots, work.metric.unit)} more by bots alone"


def changes(held: Mapping[str, Measure], window: Window, happened: Events = NOTHING) -> list[str]:
    """The metrics that left their usual range, farthest first; what only bots moved; and releases."""
    left = [m for m in held.values() if m.standing is not None and m.standing.direction]
    left.sort(key=lambda measure: (-_strength(measure), measure.metric.metric))
    told = [
        _change(measure, measure.standing, window, drowned(measure, held))
        for measure in left
        if measure.standing
    ]
    bots = [_bots_alone(measure, window) for measure in held.values() if _moved_by_bots(measure)]
    released = [f"Released: {_joined(happened.released)}."] if happened.released else []
    return [*told[:SHOWN_CHANGES], *bots, *released]


def changes_unknown(held: Mapping[str, Measure]) -> bool:
    """Whether no metric has enough complete periods to be judged at all."""
    return all(measure.standing is None for measure in held.values())


def no_changes(held: Mapping[str, Measure], window: Window) -> str:
    """The sentence that stands where no change is told."""
    if changes_unknown(held):
        needed = f"this {window.grain} and {ENOUGH} of the {USUAL} before it"
        return f"Nothing can be told: it takes {needed}, complete."
    return f"Nothing left the range of the {USUAL} {EACH[window.grain]} before by more than chance would."


def _newest(held: Mapping[str, Measure], window: Window, newest_facts: str | None, covered: bool) -> str:
    """What there is instead: another scope may have newer facts than this one has numbers."""
    if newest_facts and not covered:
        return f": the newest facts are of {newest_facts}"
    newest = max((measure.newest[0] for measure in held.values() if measure.newest), default=None)
    return (
        "" if newest is None else f": its newest numbers are of {Window(window.grain, newest, newest).words}"
    )


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
    verb = "rose to" if standing.direction > 0 else "fell to"
    opening = ""
    if measure.metric.metric == WORK:
        opening = f"A {'busy' if standing.direction > 0 else 'quiet'} {window.grain} for {subject}: "
    who = " without bots" if measure.without_bots is not None else ""
    opening = opening or f"{subject}: "
    return (
        f"{opening}{measure.small_noun}{who} {verb} {measure.beside(judged)} in {window.words}, "
        f"against {_range(measure, standing)} in the {standing.count} {EACH[window.grain]} before."
    )


def _range(measure: Measure, standing: Standing) -> str:
    low, high = (wording.amount(value, measure.metric.unit) for value in (standing.low, standing.high))
    return low if low == high else f"{low} to {high}"


def _change(measure: Measure, standing: Standing, window: Window, drowned: bool) -> str:
    judged = measure.judged
    if judged is None:
        raise ValueError(
            f"{measure.metric.metric} has no value in {window.words}, so that it cannot have changed"
        )
    side = "above" if standing.direction > 0 else "below"
    low, high = (wording.amount(value, measure.metric.unit) for value in (standing.low, standing.high))
    span = low if low == high else f"{low} to {high}"
    told = f"{measure.noun}: {measure.beside(judged)}"
    if measure.without_bots is not None:
        told += " without bots"
    told += f", {side} the {span} of the {standing.count} {EACH[window.grain]} before"
    if measure.last_year is not None and measure.without_bots is None:
        told += f"; {wording.amount(measure.last_year, measure.metric.unit)} a year ago"
    if drowned:
        told += f"; bots alone moved the {WORK} that it is a share of"
    if standing.seasonal:
        told += f" (the same {window.grain} a year ago left its range the same way)"
    return f"{told}."


def _bots_alone(measure: Measure, window: Window) -> str:
    value, without, whole = measure.value, measure.without_bots, measure.standing_with_bots
    if value is None or without is None or whole is None:
        raise ValueError(f"{measure.metric.metric} has no bots in {window.words}")
    verb = "up" if whole.direction > 0 else "down"
    told = (
        f"{measure.noun} went {verb} to {measure.beside(value)} by bots alone: "
        f"{wording.amount(value - without, measure.metric.unit)} are theirs, "
        f"and the {wording.amount(without, measure.metric.unit)} of everybody else"
    )
    own = measure.standing
    if own is None:
        return f"{told} cannot be judged for want of history."
    low, high = (wording.amount(side, measure.metric.unit) for side in (own.low, own.high))
    return f"{told} are not out of the usual ({low} to {high})."


def _figures(present: Mapping[str, Measure], steward: str, first_is_sure: bool) -> str:
    told: list[str] = []
    work, share, newcomers, people = (present.get(name) for name in (WORK, SHARE, NEWCOMERS, CONTRIBUTORS))
    if work is not None and work.judged is not None:
        told.append(work.written(work.judged) + (" without bots" if work.without_bots is not None else ""))
    elif people is not None and people.value is not None:
        count = int(people.value)
        told.append(wording.counted(count, "{count} person contributed", "{count} people contributed"))
    if share is not None and share.value is not None and not drowned(share, present):
        told.append(f"{wording.amount(share.value, share.metric.unit)} of commits from outside {steward}")
    if newcomers is not None and newcomers.value is not None and first_is_sure:
        told.append(
            wording.counted(int(newcomers.value), "{count} new contributor", "{count} new contributors")
        )
    return _joined(told)


def _joined(parts: Sequence[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
