"""Signing in with a provider of OpenID Connect: out to it, back from it, and out again."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import OAuth
from flask import Blueprint, Flask, Response, current_app, request, session
from joserfc.errors import JoseError
from requests import RequestException

from dashboard.language import _, current
from dashboard.signing_in.people import admitted, from_claims
from dashboard.signing_in.session import (
    PATHS,
    RETURN,
    SIGN_IN,
    SIGN_OUT,
    SIGNED_OUT,
    begin_session,
    current_person,
)
from dashboard.signing_in.settings import OpenID, SignIn
from dashboard.site import current_site
from dashboard.templates import rendered

log = logging.getLogger(__name__)

#: So long may signing in at the provider take.
PATIENCE = timedelta(minutes=10)
#: So many sign-ins that have begun stand in one cookie; the oldest give way.
BEGUN_AT_ONCE = 3
#: The provider is given so many seconds for each answer.
ANSWER_SECONDS = 10
#: What identity tokens may be signed with: the provider's private key, never the shared secret or nothing.
SIGNED_WITH = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
#: A clock may differ by so many seconds from the provider's.
LEEWAY = 60
_NAME = "provider"
_STATE = f"_state_{_NAME}_"


class _NotTrusted(Exception):
    """What the provider said cannot be believed."""


def register(server: Flask, sign_in: SignIn, way: OpenID) -> None:
    """Give the server its sessions, the provider, and the addresses of signing in and out."""
    secure = way.address.startswith("https://")
    server.secret_key = way.session_key
    server.config.update(
        # The prefix holds browsers to it: no other host, no path and no plain connection can set it.
        SESSION_COOKIE_NAME="__Host-flowmeter" if secure else "flowmeter",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=sign_in.hours),
    )
    provider = OAuth(server).register(
        _NAME,
        client_id=way.client_id,
        client_secret=way.client_secret,
        server_metadata_url=way.issuer + "/.well-known/openid-configuration",
        client_kwargs={
            "scope": " ".join(way.scopes),
            "code_challenge_method": "S256",
            "default_timeout": ANSWER_SECONDS,
        },
    )
    blueprint = Blueprint("sign_in", __name__)

    @blueprint.get(SIGN_IN)
    def begin() -> Response:
        """On to the provider; `?next=` is where to come back to, on this site only."""
        try:
            _metadata(provider, way)
            made = provider.create_authorization_url(way.address + RETURN)
        except (AuthlibBaseError, RequestException, ValueError, KeyError, RuntimeError, _NotTrusted):
            log.exception("the provider %s cannot be asked", way.issuer)
            return _told(
                503, _("The identity provider does not answer as it should."), _("Try again in a minute.")
            )
        begun = sorted(
            (key for key in session if key.startswith(_STATE)),
            key=lambda key: str(session[key].get("data", {}).get("begun", "")),
        )
        for key in begun[: len(begun) - BEGUN_AT_ONCE + 1]:
            session.pop(key)
        back = local(request.args.get("next", ""))
        provider.save_authorize_data(
            redirect_uri=way.address + RETURN, next=back, begun=current_site().now().isoformat(), **made
        )
        return Response(status=302, headers={"Location": made["url"], "Cache-Control": "no-store"})

    @blueprint.get(RETURN)
    def come_back() -> Response:
        """What the provider says of who signed in: believed once, after every check."""
        held = provider.framework.get_state_data(session, request.args.get("state", ""))
        if not isinstance(held, dict) or str(held["begun"]) < (current_site().now() - PATIENCE).isoformat():
            return _told(
                400, _("This sign-in was not begun here, is over, or took too long."), _("Begin it again.")
            )
        try:
            _metadata(provider, way)
            claims = _claims(provider, way, held["nonce"])
        except RequestException:
            log.exception("the provider %s does not answer", way.issuer)
            return _told(503, _("The identity provider does not answer."), _("Try again in a minute."))
        except (AuthlibBaseError, JoseError, ValueError, KeyError, RuntimeError, _NotTrusted) as error:
            log.warning("a sign-in was refused: %s", error, exc_info=log.isEnabledFor(logging.DEBUG))
            return _told(
                403, _("The identity provider’s answer could not be accepted."), _("Begin it again.")
            )
        person = from_claims(claims, way.groups_claim)
        session.clear()
        if not admitted(person, sign_in):
            log.warning("somebody signed in who is not admitted")
            return _told(
                403,
                _("{name} has signed in, but is not among those who are admitted here.").format(
                    name=person.name
                )
                + ("" if person.email else " " + _("The provider states no verified e-mail address.")),
                _("Ask whoever runs this dashboard, or sign in as somebody else."),
            )
        begin_session(person, sign_in, (current_site().now() + timedelta(hours=sign_in.hours)).isoformat())
        return Response(status=302, headers={"Location": held["next"], "Cache-Control": "no-store"})

    @blueprint.get(SIGN_OUT)
    def ask_to_sign_out() -> Response:
        """A page with the button: a link alone would let any other site sign people out."""
        person = current_person()
        if person is None:
            return _told(200, _("Nobody is signed in in this browser."), "")
        return _page(_("Sign out"), _("You are signed in as {name}.").format(name=person.name), "", asks=True)

    @blueprint.post(SIGN_OUT)
    def sign_out() -> Response:
        """Forget who it is; only from a page of this site."""
        if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin" or request.headers.get(
            "Origin", way.address
        ) not in (way.address, request.host_url.rstrip("/")):
            return _told(400, _("Only this site’s own page signs out."), SIGN_OUT)
        session.clear()
        return Response(status=303, headers={"Location": SIGNED_OUT, "Cache-Control": "no-store"})

    @blueprint.get(SIGNED_OUT)
    def signed_out() -> Response:
        """Says so, and that the provider still knows who it is."""
        return _page(
            _("Signed out"),
            _("You are signed out of this dashboard."),
            _("The identity provider may still know you: on a computer that others use, sign out there too."),
            leads=True,
        )

    server.register_blueprint(blueprint)


def local(address: str) -> str:
    """The address when it leads to a page of this site, else the first page."""
    fits = (
        address.startswith("/")
        and not address.startswith("//")
        and "\\" not in address
        and address.isprintable()
        and not urlsplit(address).path.startswith(PATHS)
        and len(address) <= 2000
    )
    return address if fits else "/"


def _metadata(provider: Any, way: OpenID) -> None:
    """What the provider says of itself, held to the configured issuer and to its own signatures."""
    said = provider.load_server_metadata()
    if str(said.get("issuer", "")).rstrip("/") != way.issuer:
        del provider.server_metadata["_loaded_at"]
        raise _NotTrusted(
            f"sign_in.openid.issuer is {way.issuer}; the provider there calls itself {said.get('issuer')!r}"
        )
    stated = said.get("id_token_signing_alg_values_supported") or ["RS256"]
    said["id_token_signing_alg_values_supported"] = [name for name in stated if name in SIGNED_WITH]


def _claims(provider: Any, way: OpenID, nonce: str) -> dict[str, Any]:
    """The checked claims of the identity token, and those beside it that only the provider's own page has."""
    token = provider.authorize_access_token(
        leeway=LEEWAY,
        claims_options={
            "iss": {"essential": True, "values": [way.issuer, way.issuer + "/"]},
            "aud": {"essential": True, "value": way.client_id},
            "nonce": {"essential": True, "value": nonce},
            "exp": {"essential": True},
            "sub": {"essential": True},
        },
    )
    claims = dict(token.get("userinfo") or {})
    if not claims:
        raise _NotTrusted("the provider gave no identity token")
    missing = {"email", way.groups_claim} - claims.keys()
    if missing and provider.server_metadata.get("userinfo_endpoint"):
        more = provider.userinfo()
        if more.get("sub") != claims["sub"]:
            raise _NotTrusted("the provider's page on the person is of somebody else")
        claims = {**more, **claims}
    return claims


def _told(status: int, told: str, way_out: str) -> Response:
    return _page(_("Sign in"), told, way_out, leads=True, status=status)


def _page(
    title: str, told: str, way_out: str, *, leads: bool = False, asks: bool = False, status: int = 200
) -> Response:
    page = rendered(
        "sign_in.html.j2",
        title=title,
        told=told,
        way_out=way_out,
        leads=leads,
        asks=asks,
        lang=current(),
        _=_,
    )
    answer = current_app.make_response((page, status))
    answer.headers["Cache-Control"] = "no-store"
    return answer
