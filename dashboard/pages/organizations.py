"""Organisations as a list, and a page for each: its people, work, share, reviews and what is known of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from urllib.parse import quote, unquote

from sqlalchemy import Connection

from dashboard import periods, wording
from dashboard.components import banner
from dashboard.components.drawn import drawn_figure
from dashboard.components.empty_state import empty_state
from dashboard.components.list_card import list_card, scope_id_of
from dashboard.components.markup import dmc, html
from dashboard.contributed import told
from dashboard.figures import Definition, Options, Value, figure
from dashboard.filters import quoted
from dashboard.language import _, _n, mark
from dashboard.lists.organizations import ORGANIZATION_PEOPLE, ORGANIZATIONS
from dashboard.pages.layout import Page, Shown
from dashboard.view import Content, View
from db.listing import Condition
from db.people import acting_for
from db.people.acting_for import Organization

KINDS = {
    "company": mark("Company"),
    "university": mark("University"),
    "institute": mark("Institute"),
    "community": mark("Community"),
}
ROLES = {
    "steward": mark("the steward, which owns the project"),
    "peer": mark("a peer, which the Research goal watches"),
    "other": "",
}
SOURCES = {
    "manual": mark("decided by hand"),
    "map": mark("published maps of affiliations"),
    "domain": mark("domains of addresses"),
    "profile": mark("public profiles"),
}


def show_all(view: View) -> Shown:
    """The list of organisations, and how much of the work is anybody’s."""
    card, problems = list_card(view, ORGANIZATIONS, unit="organisations")
    return Shown(
        _("Organisations"),
        [*([banner.problems(problems)] if problems else []), card],
        _coverage(view),
    )


def show(view: View, organization: str) -> Shown:
    """One organisation's page, by its name or number."""
    found = _found(view.connection, organization)
    if found is None:
        return Shown(
            _("There is no such organisation"),
            html.Div(
                empty_state(
                    _("No organisation is called {name}.").format(name=quoted(organization)),
                    _("The list of organisations has all that anybody acted for."),
                ),
                className="card",
            ),
        )
    people, problems = list_card(
        view, ORGANIZATION_PEOPLE, unit="people", fixed=(Condition("organisation", "is", (found.name,)),)
    )
    scope_id = scope_id_of(view)
    done = acting_for.done_for(view.connection, found.organization_id, scope_id, view.filters.grain)
    done = [row for row in done if _within(view, row[0])]
    content = [
        *([banner.problems(problems)] if problems else []),
        _facts(view, found),
        html.Div([_work(view, done), _share(view, done)], className="cards"),
        html.Div([_repositories(view, found, scope_id), _reviews(view, found)], className="cards"),
        people,
    ]
    return Shown(found.name, content, _coverage(view))


def _found(connection: Connection, organization: str) -> Organization | None:
    named = organization if organization.isprintable() and len(organization) <= 200 else ""
    return acting_for.organization(connection, named) or acting_for.organization(connection, unquote(named))


def is_known(connection: Connection, organization: str) -> bool:
    """Whether there is an organisation of that name or number."""
    return _found(connection, organization) is not None


def _within(view: View, period: date) -> bool:
    first, last = view.filters.start, view.filters.end
    return (first is None or period >= first) and (last is None or period <= last)


def _coverage(view: View) -> str:
    """Which part of the commits is known to be somebody's, in a sentence."""
    held = view.answers("affiliation_coverage")
    summary = view.summary("affiliation_coverage", held)
    if summary is None:
        return _("Whom people act for is known by their addresses, profiles, published maps and by hand.")
    return _("Of the commits of {period} in {scope} the affiliation of {share} is known.").format(
        period=periods.named(summary.period, view.filters.grain),
        scope=view.scope_title,
        share=wording.amount(summary.value, "share"),
    )


def _facts(view: View, found: Organization) -> Content:
    role = f" · {_(ROLES[found.role])}" if ROLES[found.role] else ""
    domains = ", ".join(_domain(*each) for each in found.domains) or "—"
    sources = acting_for.known_by(view.connection, found.organization_id)
    known = (
        "; ".join(
            _n("{source} ({count} person)", "{source} ({count} people)", count).format(
                source=_(SOURCES.get(source, source)), count=wording.whole(count)
            )
            for source, count in sources
        )
        or "—"
    )
    facts = [
        (_("Kind"), _(KINDS.get(found.kind, found.kind)) + role),
        (_("Its domains"), domains),
        (_("Known by"), known),
    ]
    rows = [html.Tr([html.Th(name, scope="row"), html.Td(value)]) for name, value in facts]
    return html.Section(
        html.Table(html.Tbody(rows), className="plain-table roomy stacked facts"),
        className="card",
        **{"aria-label": _("What is known of it")},
    )


def _domain(domain: str, first: date | None, last: date | None) -> str:
    if first and last:
        return _("{domain} ({first} to {last})").format(domain=domain, first=first.year, last=last.year)
    if first:
        return _("{domain} (since {year})").format(domain=domain, year=first.year)
    return _("{domain} (until {year})").format(domain=domain, year=last.year) if last else domain


def _work(view: View, done: Sequence[tuple[date, str, int]]) -> Content:
    rows = [
        Value(period, kind, float(quantity), quantity, view.is_complete(period))
        for period, kind, quantity in done
    ]
    definition = Definition("contributions", mark("contributions"), "stacked_bar", "kind of contribution")
    return _chart(view, _("What was done for it"), rows, definition)


def _share(view: View, done: Sequence[tuple[date, str, int]]) -> Content:
    """Its part of all commits, by period."""
    held = view.answers("commits")
    whole = {row.period: row for row in held["commits"].headline} if "commits" in held else {}
    own = {period: quantity for period, kind, quantity in done if kind == "commit"}
    rows = [
        Value(period, "all", own.get(period, 0) / row.value, int(row.value), row.complete)
        for period, row in whole.items()
        if row.value and _within(view, period)
    ]
    definition = Definition("share", mark("share of commits"), "line")
    return _chart(view, _("Its share of commits"), rows if own else [], definition)


def _chart(view: View, title: str, rows: Sequence[Value], definition: Definition) -> Content:
    if not rows:
        nothing = empty_state(
            _("Nothing of it lies in the chosen scope and period."), _("Choose another scope or period.")
        )
        return html.Section([html.H2(title), nothing], className="card")
    grain = view.filters.grain
    options = Options(grain=grain, steward=view.site.steward, milestones=view.site.milestones, height=260)
    drawn = figure(rows, definition, options)
    label = _("{title}, {first} to {last}").format(
        title=title,
        first=periods.named(min(row.period for row in rows), grain),
        last=periods.named(max(row.period for row in rows), grain),
    )
    return html.Section([html.H2(title), drawn_figure(drawn, label)], className="card chart")


def _repositories(view: View, found: Organization, scope_id: int) -> Content:
    items = [
        html.Li(
            [
                html.Span(_repository(view, found, repository)),
                html.Span(
                    _n("{count} person: {done}", "{count} people: {done}", people).format(
                        count=wording.whole(people), done=told(counts)
                    ),
                    className="faint",
                ),
            ]
        )
        for repository, people, counts in acting_for.done_where(
            view.connection, found.organization_id, scope_id
        )
    ]
    return html.Section(
        [html.H2(_("Repositories, over all time")), html.Ul(items, className="list")], className="card"
    )


def _repository(view: View, found: Organization, repository: str) -> Content:
    """Its name, leading to the organisation's work there where it is a scope of its own."""
    if all(scope.name != repository for scope in view.known.scopes):
        return repository
    address = f"/organizations/{quote(found.name, safe='')}{replace(view.filters, scope=repository).query()}"
    return dmc.Anchor(repository, href=address, underline="hover")


def _reviews(view: View, found: Organization) -> Content:
    """Whose change requests its people reviewed, and who reviewed theirs, by the metric that counts them."""
    head = [
        html.H2(_("Reviews across organisations")),
        html.P(
            _("Merged change requests by whose author and whose reviewer: the steward and its peers alone."),
            className="meaning",
        ),
    ]
    held = view.answers("review_pairs")
    pairs: dict[str, float] = {}
    for row in held["review_pairs"].rows if "review_pairs" in held else ():
        author, _arrow, reviewer = row.segment.partition(" → ")
        if found.name in (author, reviewer) and _within(view, row.period):
            pairs[row.segment] = pairs.get(row.segment, 0.0) + row.value
    if not pairs:
        nothing = empty_state(
            _("None is known."), _("Reviews are counted where both affiliations are known.")
        )
        return html.Section([*head, nothing], className="card")
    items = [
        html.Li([html.Span(pair), html.Span(wording.whole(count), className="number")])
        for pair, count in sorted(pairs.items(), key=lambda each: (-each[1], each[0]))
    ]
    link = dmc.Anchor(_("All pairs"), href=f"/metrics/review_pairs{view.filters.query()}", underline="hover")
    foot = html.Div(link, className="card-foot")
    return html.Section([*head, html.Ul(items, className="list"), foot], className="card chart")


LIST = Page("organizations", "/organizations", mark("Organisations"), show_all)
PAGE = Page("organization", "/organizations/<organization>", mark("Organisation"), show, holds=is_known)
