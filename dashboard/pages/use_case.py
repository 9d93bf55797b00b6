"""One use case: what is known of it, and the evidence for each thing that it is classified by."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import quote

from sqlalchemy import Connection

from dashboard import periods, wording
from dashboard.components.empty_state import empty_state
from dashboard.components.markup import dmc, html
from dashboard.drill_down import GITHUB, address_of
from dashboard.filters import quoted
from dashboard.language import _, mark
from dashboard.language.values import called
from dashboard.lists.use_cases import title_of
from dashboard.pages.layout import Page, Shown
from dashboard.view import Content, View
from db.use_cases import Evidence, UseCase, read_use_case

DIMENSIONS = {"domain": mark("Domain"), "platform": mark("Platform"), "cloud": mark("Cloud")}
#: Where a word stands, and how that is said.
PLACES = {
    "topic": mark("in a topic"),
    "name": mark("in the name"),
    "description": mark("in the description"),
    "language": mark("as the main language"),
}
#: The largest number that a repository can have here.
_DIGITS = re.compile(r"[0-9]{1,19}")


def show(view: View, repository: str) -> Shown:
    """The use case of that number."""
    found = _found(view.connection, repository)
    if found is None:
        return Shown(
            _("There is no such use case"),
            html.Div(
                empty_state(
                    _("No use case has the number {number}.").format(number=quoted(repository)),
                    _("The explorer of use cases lists all that are held."),
                ),
                className="card",
            ),
        )
    return Shown(
        found.full_name,
        [
            html.Nav(_ways(view, found), className="tabs", **{"aria-label": _("Ways from here")}),
            html.Div([_facts(found), _why(found)], className="cards"),
        ],
        found.description or "",
    )


def _found(connection: Connection, repository: str) -> UseCase | None:
    number = int(repository) if _DIGITS.fullmatch(repository) else -1
    return read_use_case(connection, number) if 0 <= number < 1 << 63 else None


def is_known(connection: Connection, repository: str) -> bool:
    """Whether a use case has that number."""
    return _found(connection, repository) is not None


def _ways(view: View, found: UseCase) -> list[Content]:
    ways: list[Content] = [
        dmc.Anchor(
            _("All use cases"),
            href=f"/use-cases/explorer{view.filters.query()}",
            underline="never",
            className="tab",
        )
    ]
    if not found.simulated:
        address = GITHUB + quote(found.full_name)
        ways.append(
            html.A(_("On GitHub"), href=address, target="_blank", rel="noopener noreferrer", className="tab")
        )
    return ways


def _facts(found: UseCase) -> Content:
    stars = "—" if found.stars is None else wording.whole(found.stars)
    if found.stars is not None and found.seen is not None:
        stars = _("{stars}, on {day}").format(stars=stars, day=periods.day_named(found.seen))
    facts: list[tuple[str, Content]] = [
        (_("Stars"), stars),
        (_("Main language"), found.language or "—"),
        (_("Licence"), found.licence or "—"),
        (_("Created"), periods.day_named(found.created)),
        (_("Last push"), periods.day_named(found.active) if found.active else "—"),
        (_("First found"), periods.day_named(found.found)),
        (_("Found by"), "; ".join(found.found_by) or "—"),
        (_("State"), called(found.state)),
        (_("Topics"), _marked(" · ".join(found.topics), _words(found, "topic")) if found.topics else "—"),
        (_("Papers linked"), _papers(found)),
    ]
    rows = [html.Tr([html.Th(name, scope="row"), html.Td(value)]) for name, value in facts]
    table = html.Table(html.Tbody(rows), className="plain-table roomy facts")
    return html.Section([html.H2(_("What is known of it")), table], className="card")


def _papers(found: UseCase) -> Content:
    if not found.papers:
        return "—"
    links: list[Content] = []
    for scheme, identifier in found.papers:
        told = f"{'arXiv' if scheme == 'arxiv' else 'DOI'} {identifier}"
        address = address_of("papers", {"scheme": scheme, "identifier": identifier})
        links += [", "] if links else []
        links.append(html.A(told, href=address, target="_blank", rel="noopener noreferrer"))
    return links


def _why(found: UseCase) -> Content:
    head = [html.Th(each, scope="col") for each in ("", _("Class"), _("Words that decided"))]
    head.insert(2, html.Th(_("Agreeing"), scope="col", className="number"))
    table = html.Table(
        [html.Thead(html.Tr(head)), html.Tbody([_reason(each) for each in found.evidence])],
        className="plain-table roomy",
    )
    return html.Section(
        [
            html.H2(_("Why it is classified so")),
            html.P(
                _(
                    "Rules look for words in topics, name, description and main language; the class with "
                    "most of them wins. Agreeing is the share of all words found that speak for it, and no "
                    "probability."
                ),
                className="meaning",
            ),
            table,
            html.P(
                [_("Description: "), _marked(found.description, _words(found, "description"))],
                className="faint",
            )
            if found.description
            else "",
        ],
        className="card",
        id="evidence",
    )


def _reason(evidence: Evidence) -> Content:
    if evidence.words:
        told = "; ".join(f"“{word}” {_(PLACES[place])}" for word, place in evidence.words)
    else:
        told = _("Nothing is stated.")
    return html.Tr(
        [
            html.Th(_(DIMENSIONS[evidence.dimension]), scope="row"),
            html.Td(title_of(evidence.name)),
            html.Td(f"{evidence.confidence:.0%}" if evidence.stated else "—", className="number"),
            html.Td(told, className="" if evidence.words else "faint"),
        ]
    )


def _words(found: UseCase, place: str) -> list[str]:
    return [word for each in found.evidence for word, where in each.words if where == place]


def _marked(text: str, words: Sequence[str]) -> list[Content]:
    """The text with the words that decided marked in it; what stands between their parts may be anything."""
    if not words:
        return [text]
    longest = sorted(words, key=len, reverse=True)
    either = "|".join(r"[\W_]+".join(map(re.escape, word.split())) for word in longest)
    parts = re.split(rf"(?<![^\W_])({either})(?![^\W_])", text, flags=re.IGNORECASE)
    return [html.Mark(part) if place % 2 else part for place, part in enumerate(parts) if part]


PAGE = Page("use_case", "/use-cases/repository/<repository>", mark("Use case"), show, holds=is_known)
