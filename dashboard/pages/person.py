"""A person's page: what they contributed in public, when, where and for whom."""

from __future__ import annotations

import re
from datetime import date
from urllib.parse import quote

from sqlalchemy import Connection

from dashboard import periods, wording
from dashboard.components.drawn import drawn_figure
from dashboard.components.empty_state import empty_state
from dashboard.components.markup import dmc, html
from dashboard.contributed import ONE, told, work_link
from dashboard.drill_down import GITHUB
from dashboard.figures import Definition, Options, Value, figure
from dashboard.language import _, mark
from dashboard.language.values import called
from dashboard.pages.layout import Page, Shown
from dashboard.view import Content, View
from db.metrics.calendar import period_containing
from db.people import profiles
from db.people.merging import BY_HAND
from db.people.profiles import Profile
from db.people.works import latest_days, works

#: So many of their latest days are looked at, and so many things of them shown.
DAYS, WORKS = 15, 20
KINDS = {"human": mark("Person"), "bot": mark("Bot"), "proxy": mark("Proxy (carries other people’s work)")}
SOURCES = {
    "manual": mark("decided by hand"),
    "map": mark("a published map of affiliations"),
    "domain": mark("the domain of an address they used"),
    "profile": mark("their public profile"),
}


#: How the evidence for an identity begins, and what readers are told of it.
JOINED = (
    ("same GitHub user id", mark("the same account on GitHub, by its number")),
    ("the account has confirmed the address", mark("GitHub says that the account has confirmed it")),
    ("signs with the name", mark("signs as the account does")),
    ("noreply address", mark("the account’s address at GitHub")),
    ("author of", mark("landed the account’s pull requests")),
    (BY_HAND, mark("decided by hand")),
)
#: What joins accounts; all other evidence is about addresses, and only written beside the account.
OF_ACCOUNTS = ("the same account on GitHub, by its number", "decided by hand")


def show(view: View, person: str) -> Shown:
    """The page; of somebody who is not there, or no longer, a plain sentence."""
    number = _number(person)
    found = profiles.profile(view.connection, number) if number else None
    if found is None:
        return _nobody()
    parts = [
        _facts(view, found),
        _chart(view, found),
        html.Div([_firsts(view, found), _affiliations(view, found)], className="cards"),
        _repositories(view, found),
        _latest(view, found),
    ]
    return Shown(found.name, parts, _("Public work in the repositories that are tracked here."))


def _number(person: str) -> int:
    """The number that an address names; 0, which nobody has, where it names none."""
    number = int(person) if re.fullmatch(r"[0-9]{1,19}", person) else 0
    return number if number < 2**63 else 0


def is_known(connection: Connection, person: str) -> bool:
    """Whether there is somebody of that number, and not forgotten."""
    return profiles.is_shown(connection, _number(person))


def _nobody() -> Shown:
    why = _("There is no such person here: the address is wrong, or they asked to be forgotten.")
    return Shown(
        _("Nobody of this number"),
        html.Div(
            empty_state(why, _("The list of contributors has everybody who is known.")), className="card"
        ),
    )


def _facts(view: View, found: Profile) -> Content:
    active = "—"
    if found.first_day and found.last_day:
        active = f"{periods.day_named(found.first_day)} – {periods.day_named(found.last_day)}"
    accounts: list[Content] = []
    for login in found.accounts:
        accounts += [", " if accounts else "", _account(view, login)]
    facts: list[tuple[str, Content]] = [
        (_("Kind"), f"{_(KINDS.get(found.kind, found.kind))} ({called(found.kind_reason)})"),
        (_("Accounts on GitHub"), accounts or "—"),
        (_("Domains of their addresses"), ", ".join(found.domains) or "—"),
        (_("Active"), active),
        (_("In all"), told(found.counts) or "—"),
    ]
    if why := why_one(found):
        facts.append((_("Why it is one person"), [html.Div(sentence) for sentence in why]))
    rows = [html.Tr([html.Th(name, scope="row"), html.Td(value)]) for name, value in facts]
    return html.Section(
        [html.Table(html.Tbody(rows), className="plain-table roomy stacked facts")],
        className="card",
        **{"aria-label": _("Who it is")},
    )


def why_one(found: Profile) -> list[str]:
    """A sentence for each account and address that was joined to another; none where there is but one.

    Which name or address said so stays unsaid: with the domain beside it it would tell the address.
    """
    told = []
    for each in found.identities if len(found.identities) > 1 else ():
        account = each.login if each.kind == "login" else ""
        reason = next((words for begins, words in JOINED if each.reason.startswith(begins)), "")
        if not reason or (account and reason not in OF_ACCOUNTS):
            continue
        what = account or _("an address at {domain}").format(domain=each.domain or _("an unknown domain"))
        told.append(f"{what}: {_(reason)}")
    return list(dict.fromkeys(told))


def _account(view: View, login: str) -> Content:
    if view.known.simulated:
        return login
    return html.A(login, href=GITHUB + quote(login), target="_blank", rel="noopener noreferrer")


def _chart(view: View, found: Profile) -> Content:
    grain, filters = view.filters.grain, view.filters
    rows = [
        Value(period, kind, float(quantity), quantity, view.is_complete(period))
        for period, kind, quantity in profiles.over_time(view.connection, found, grain)
        if (filters.start is None or period >= filters.start)
        and (filters.end is None or period <= filters.end)
    ]
    head = html.H2(_("What they contributed over time"))
    if not rows:
        nothing = empty_state(
            _("Nothing lies in the chosen period."), _("Choose all time above to see everything.")
        )
        return html.Section([head, nothing], className="card")
    rows = _without_gaps(view, rows)
    definition = Definition("contributions", mark("contributions"), "stacked_bar", "kind of contribution")
    drawn = figure(rows, definition, Options(grain=grain, milestones=view.site.milestones, height=280))
    total = sum(row.value for row in rows)
    label = _("{count} contributions of {name} by kind, {first} to {last}").format(
        count=wording.whole(total),
        name=found.name,
        first=periods.named(rows[0].period, grain),
        last=periods.named(max(row.period for row in rows), grain),
    )
    return html.Section(
        [head, drawn_figure(drawn, label)],
        className="card chart",
    )


def _without_gaps(view: View, rows: list[Value]) -> list[Value]:
    """The rows, periods in which nothing was done between them as nothing: that is known."""
    held = {row.period for row in rows}
    period, last = min(held), max(held)
    filled = list(rows)
    while period < last:
        if period not in held:
            filled.append(Value(period, rows[0].segment, 0.0, 0, view.is_complete(period)))
        period = periods.moved(period, view.filters.grain, 1)
    return sorted(filled, key=lambda row: (row.period, row.segment))


def _firsts(view: View, found: Profile) -> Content:
    items = [
        html.Li([html.Span(_(ONE[kind])), html.Span(periods.day_named(day), className="faint")])
        for kind, day in profiles.firsts(view.connection, found.person_id).items()
    ]
    return html.Section(
        [html.H2(_("First ever of each kind")), html.Ul(items, className="list")], className="card"
    )


def _affiliations(view: View, found: Profile) -> Content:
    head = [
        html.H2(_("Affiliations")),
        html.P(
            _("For whom they acted, and what says so. Days that nothing covers are unknown."),
            className="meaning",
        ),
    ]
    held = profiles.affiliations(view.connection, found.person_id)
    if not held:
        words = _("Nothing tells for whom they act: unknown.")
        if found.kind == "proxy":
            words = _("It carries the steward’s work, and counts as the steward’s.")
        return html.Section([*head, html.P(words)], className="card")
    items = []
    for each in held:
        name: Content = _("independent")
        if each.organization:
            name = dmc.Anchor(each.organization, href=_organization(each.organization), underline="hover")
        reason = _("{source}, confidence {confidence}").format(
            source=_(SOURCES.get(each.source, each.source)),
            confidence=wording.amount(each.confidence, "share"),
        )
        when = html.Span(_span(each.first, each.last), className="faint")
        items.append(html.Li([html.Span([name, " ", when]), html.Span(reason, className="faint")]))
    return html.Section([*head, html.Ul(items, className="list")], className="card")


def _organization(name: str) -> str:
    return f"/organizations/{quote(name, safe='')}"


def _span(first: date | None, last: date | None) -> str:
    if first is None and last is None:
        return _("always")
    if last is None:
        return _("since {day}").format(day=periods.day_named(first)) if first else ""
    if first is None:
        return _("until {day}").format(day=periods.day_named(last))
    if first == last:
        return periods.day_named(first)
    return f"{periods.day_named(first)} – {periods.day_named(last)}"


def _repositories(view: View, found: Profile) -> Content:
    items = []
    for each in found.repositories:
        link: Content = each.repository
        if any(scope.name == each.repository for scope in view.known.scopes):
            address = f"/contributors?scope={quote(each.repository)}"
            link = dmc.Anchor(each.repository, href=address, underline="hover")
        days = f"{periods.named(period_containing(each.first_day, 'month'), 'month')} – "
        days += periods.named(period_containing(each.last_day, "month"), "month")
        items.append(
            html.Li(
                [html.Span([link, " ", html.Span(days, className="faint")]), html.Span(told(each.counts))]
            )
        )
    return html.Section(
        [html.H2(_("Repositories")), html.Ul(items, className="list columns")], className="card"
    )


def _latest(view: View, found: Profile) -> Content:
    done = works(view.connection, latest_days(view.connection, found.person_id, DAYS))[:WORKS]
    items = [
        html.Li(
            [
                html.Span([html.Span(f"{_(ONE[each.kind])} ", className="faint"), work_link(view, each)]),
                html.Span(f"{each.repository} · {periods.day_named(each.day)}", className="faint where"),
            ]
        )
        for each in done
    ]
    return html.Section(
        [html.H2(_("Latest public work")), html.Ul(items, className="list columns")], className="card"
    )


PAGE = Page("person", "/contributors/<person>", mark("Contributor"), show, holds=is_known)
