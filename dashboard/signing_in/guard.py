"""The one guard that every request passes: whatever is not listed as public asks who is there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from flask import Flask, Response, g, request
from plotly.utils import PlotlyJSONEncoder

from dashboard.addresses import CALLBACKS
from dashboard.components.empty_state import empty_state
from dashboard.components.frame import screen
from dashboard.components.markup import html
from dashboard.language import _, current
from dashboard.signing_in.people import Person, admitted, take_headers
from dashboard.signing_in.session import KEY, PATHS, SIGN_IN, current_person
from dashboard.signing_in.settings import Proxy, SignIn
from dashboard.templates import rendered

#: What anybody may ask for even where everything else needs sign-in: whether it runs, signing in itself,
#: and the way out of reports by mail, whose links are signed.
PUBLIC = ("/healthz", "/readyz", "/theme.css", "/unsubscribe", "/favicon.ico", "/_favicon.ico", *PATHS)
#: What needs sign-in where only SQL and settings do: these and all below them, and callbacks of such names.
GUARDED = ("/sql", "/api/sql", "/queries", "/api/queries", "/settings", "/api/settings")
GUARDED_NAMES = ("sql-", "queries-", "settings-")
#: Programs, READMEs and other sites ask for these: they are told in JSON, and led nowhere.
FOR_PROGRAMS = ("/api", "/badge", "/embed", "/_dash")
#: The outcome of Dash's callback that shows a page.
PAGE_SHOWN = "_pages_content.children"


def guard(server: Flask, sign_in: SignIn | None) -> None:
    """Let in who may come in. It has to be the first that looks at a request."""
    server.config[KEY] = sign_in
    if sign_in is None:
        return
    way = sign_in.way
    if not isinstance(way, Proxy):
        from dashboard.signing_in import openid  # Authlib, which nothing else needs

        openid.register(server, sign_in, way)

    @server.before_request
    def ask_who_is_there() -> Response | None:
        if isinstance(way, Proxy):
            # Taken off at every address, so that nothing else ever reads a header that was made up.
            g.flowmeter_person = take_headers(request, way)
        if not needs_sign_in(sign_in):
            return None
        person = current_person()
        if person is not None and admitted(person, sign_in):
            return None
        return _refused(sign_in, person)

    @server.after_request
    def keep_between_us(answer: Response) -> Response:
        if needs_sign_in(sign_in) and answer.cache_control.public:
            # What one person may see is not for a cache that others share.
            answer.cache_control.public = False
            answer.cache_control.private = True
        return answer


def needs_sign_in(sign_in: SignIn) -> bool:
    """Whether the request at hand asks for what only people who signed in may have."""
    if _is_below(request.path, PUBLIC):
        return False
    if sign_in.whole_site:
        return True
    if request.path == CALLBACKS:
        return _asks_for_guarded(request.get_json(silent=True))
    return _is_below(request.path, GUARDED)


def _is_below(path: str, places: tuple[str, ...]) -> bool:
    held = "/" + path.strip("/")
    return any(held == place or held.startswith((f"{place}/", f"{place}.")) for place in places)


def _asks_for_guarded(body: Any) -> bool:
    """Whether one of Dash's questions is of a guarded page: Dash goes by the name of the outcome alone,
    and takes the values of inputs by their place, whatever they are called."""
    if not isinstance(body, dict):
        return False
    outcome = body.get("output")
    if isinstance(outcome, str) and PAGE_SHOWN in outcome:
        return any(isinstance(value, str) and _is_below(value, GUARDED) for value in _values(body))
    names = re.split(r"\.{2,3}", outcome) if isinstance(outcome, str) else []
    return any(name.lstrip('{"').startswith(GUARDED_NAMES) for name in names)


def _values(body: dict[str, Any]) -> Iterator[object]:
    for key in ("inputs", "state"):
        held = body.get(key)
        for each in held if isinstance(held, list) else ():
            yield each.get("value") if isinstance(each, dict) else each


def _refused(sign_in: SignIn, person: Person | None) -> Response:
    """What is answered to who may not have it: a page to people, JSON to programs."""
    told, way_out = in_words(sign_in, person)
    status = 401 if person is None else 403
    leads = not isinstance(sign_in.way, Proxy)
    if request.path == CALLBACKS and request.method == "POST":
        body = request.get_json(silent=True)
        if isinstance(body, dict) and PAGE_SHOWN in str(body.get("output")):
            return _in_the_page(body, told, way_out, leads=leads)
    if _is_below(request.path, FOR_PROGRAMS) or request.path.startswith("/_") or request.method != "GET":
        answer = Response(json.dumps({"errors": [f"{told} {way_out}"]}), status, mimetype="application/json")
    elif leads and person is None:
        answer = Response(status=302, headers={"Location": sign_in_address(request.full_path)})
    else:
        page = rendered(
            "sign_in.html.j2",
            title=_("Not for everybody"),
            told=told,
            way_out=way_out,
            leads=leads,
            asks=False,
            lang=current(),
            _=_,
        )
        answer = Response(page, status, mimetype="text/html")
    answer.headers["Cache-Control"] = "no-store"
    return answer


def in_words(sign_in: SignIn, person: Person | None) -> tuple[str, str]:
    """Why somebody is not let in, and the way out."""
    if person is not None:
        return (
            _("{name} has signed in, but is not among those who are admitted here.").format(name=person.name),
            _("Ask whoever runs this dashboard, or sign in as somebody else."),
        )
    if isinstance(sign_in.way, Proxy):
        way_out = _("Come through the proxy that signs people in.")
    else:
        way_out = _("Sign in at {address}.").format(address=SIGN_IN)
    return _("Only people who have signed in see this."), way_out


def sign_in_address(back: str) -> str:
    """Where to sign in, to come back to an address of this site."""
    return f"{SIGN_IN}?next={quote(back.rstrip('?'), safe='/')}"


def _in_the_page(body: dict[str, Any], told: str, way_out: str, *, leads: bool) -> Response:
    """What Dash shows in place of the page: the same screen with the way in."""
    values = [value for value in _values(body) if isinstance(value, str)]
    path, search = [*values, "/", ""][:2]
    link = [html.A(_("Sign in"), href=sign_in_address(path + search), className="button")] if leads else []
    content = screen(
        path,
        "",
        [
            html.H1(_("Sign in to go on") if leads else _("Not for everybody")),
            html.Div([empty_state(told, "" if leads else way_out), *link], className="card", role="alert"),
        ],
    )
    shown = {
        "multi": True,
        "response": {
            "_pages_content": {"children": content},
            "_pages_store": {"data": {"title": _("Sign in") + " · Flowmeter"}},
        },
    }
    answer = Response(json.dumps(shown, cls=PlotlyJSONEncoder), mimetype="application/json")
    answer.headers["Cache-Control"] = "no-store"
    return answer
