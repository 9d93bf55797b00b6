"""Signing in with a real provider on loopback: what is let in, what is not, and what cannot be made up."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from dashboard.app import PAGES, create_app
from dashboard.signing_in.openid import local
from dashboard.signing_in.settings import OpenID, Proxy, SignIn, configured

ADDRESS = "https://flowmeter.example.org"
KEY = "k" * 40
SQL = (
    "/sql",
    "/sql/",
    "/sql/new_contributors",
    "/api/sql",
    "/api/sql.csv",
    "/settings",
    "/queries/1",
)


class Clock:
    """The dashboard's clock, which a test may move on."""

    def __init__(self) -> None:
        self.time = datetime(2024, 3, 28, 9, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def provider(openid_provider: Any) -> Iterator[Any]:
    found = openid_provider.Provider()
    yield found
    found.close()


def by(provider: Any, **changes: Any) -> SignIn:
    """Sign-in at the provider for everybody at example.org, with changes."""
    way = OpenID(provider.issuer, "flowmeter", "a secret for tests only", ADDRESS, KEY)
    return dataclasses.replace(SignIn(way, email_domains=frozenset({"example.org"})), **changes)


@pytest.fixture
def site(filled_engine: Engine, clock: Clock) -> Any:
    """Makes clients of a dashboard with these settings of signing in."""

    def made(sign_in: SignIn | None) -> FlaskClient:
        app = create_app(filled_engine, now=clock, sign_in=sign_in)
        return app.server.test_client()

    return made


def get(client: FlaskClient, path: str, **more: Any) -> TestResponse:
    return client.get(path, base_url=ADDRESS, **more)


def shown(client: FlaskClient, path: str, **more: Any) -> TestResponse:
    """What Dash's script is told to show at a path."""
    names = {"id": "_pages_location", "property": "pathname"}
    return client.post(
        "/_dash-update-component",
        base_url=ADDRESS,
        json={
            "output": ".._pages_content.children..._pages_store.data..",
            "outputs": [
                {"id": "_pages_content", "property": "children"},
                {"id": "_pages_store", "property": "data"},
            ],
            "inputs": [
                {**names, "value": path},
                {"id": "_pages_location", "property": "search", "value": ""},
            ],
            "changedPropIds": ["_pages_location.pathname"],
            **more,
        },
    )


def returned(client: FlaskClient, back: str = "/research?grain=year") -> str:
    """Begin at the dashboard and sign in at the provider; the address that the browser comes back to."""
    begun = get(client, "/sign-in", query_string={"next": back})
    assert begun.status_code == 302
    answer = requests.get(begun.headers["Location"], allow_redirects=False, timeout=10)
    return answer.headers["Location"].removeprefix(ADDRESS)


def signed_in(client: FlaskClient) -> TestResponse:
    return get(client, returned(client))


def test_without_settings_everything_is_public_and_no_cookie_is_set(site: Any) -> None:
    client = site(None)
    for path in ("/", "/sql", "/api/metrics", "/badge/commits.svg"):
        answer = get(client, path)
        assert answer.status_code in (200, 404), path
        assert "Set-Cookie" not in answer.headers
    assert get(client, "/sign-in").status_code == 404
    assert get(client, "/api/metrics").cache_control.public


def test_a_whole_site_is_shut_to_who_has_not_signed_in_whatever_route_there_is(
    site: Any, provider: Any
) -> None:
    client = site(by(provider))
    for rule in client.application.url_map.iter_rules():
        values = dict.fromkeys(rule.arguments, "1")
        if "fingerprinted_path" in values:
            values.update(package_name="dash", fingerprinted_path="deps/react.js")
        path = rule.build({**values, "metric": "commits", "form": "json"}, append_unknown=False)[1]
        for method in (rule.methods or set()) - {"OPTIONS"}:
            answer = client.open(path, method=method, base_url=ADDRESS)
            if path.startswith(
                ("/healthz", "/readyz", "/unsubscribe", "/theme.css", "/favicon", "/_favicon", "/sign")
            ):
                continue
            assert answer.status_code in (302, 401), (method, path)
            assert "public" not in answer.headers.get("Cache-Control", "")
            assert b"TensorFlow" not in answer.data
    for page in PAGES:
        answer = get(client, page.path, query_string={"grain": "year"})
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/sign-in?next=/")
        told = shown(client, page.path).get_data(as_text=True)
        assert "Sign in to go on" in told
        assert "card-" not in told
    assert get(client, "/healthz").status_code == 200
    assert get(client, "/theme.css").status_code == 200


def test_programs_are_told_in_json_that_they_have_to_sign_in(site: Any, provider: Any) -> None:
    client = site(by(provider))
    for path in ("/api/metrics", "/api/metrics/commits.csv", "/badge/commits.svg", "/embed/metrics/commits"):
        answer = get(client, path)
        assert answer.status_code == 401
        assert answer.json == {"errors": ["Only people who have signed in see this. Sign in at /sign-in."]}
        assert answer.headers["Cache-Control"] == "no-store"


def test_who_signs_in_comes_back_to_the_page_they_asked_for(site: Any, provider: Any) -> None:
    client = site(by(provider))
    answer = signed_in(client)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/research?grain=year")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-flowmeter=")
    for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/", "Expires="):
        assert part in cookie
    assert "Domain" not in cookie
    assert get(client, "/research").status_code == 200
    held = get(client, "/api/metrics")
    assert held.status_code == 200
    assert held.cache_control.private
    assert not held.cache_control.public
    assert "Cookie" in held.headers["Vary"]
    assert "Sign out" in shown(client, "/research").get_data(as_text=True)
    asked = provider.asked[0]
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == f"{ADDRESS}/sign-in/return"
    assert len(asked["state"]) >= 20
    assert len(asked["nonce"]) >= 20


def test_an_answer_of_the_provider_is_taken_once(site: Any, provider: Any) -> None:
    client = site(by(provider))
    address = returned(client)
    assert get(client, address).status_code == 302
    again = get(client, address)
    assert again.status_code == 400
    assert "Begin it again" in again.get_data(as_text=True)


def test_an_answer_that_another_browser_began_is_not_taken(site: Any, provider: Any) -> None:
    mine, theirs = site(by(provider)), site(by(provider))
    assert get(theirs, returned(mine)).status_code == 400
    assert get(theirs, "/").status_code == 302


def test_a_copied_cookie_does_not_make_a_code_good_twice(site: Any, provider: Any) -> None:
    client = site(by(provider))
    address = returned(client)
    copied = client.get_cookie("__Host-flowmeter", domain="flowmeter.example.org").value
    assert get(client, address).status_code == 302
    other = site(by(provider))
    other.set_cookie("__Host-flowmeter", copied, domain="flowmeter.example.org")
    assert get(other, address).status_code == 403


@pytest.mark.parametrize("state", ["", "made-up"])
def test_an_answer_with_a_state_that_nobody_gave_is_not_taken(site: Any, provider: Any, state: str) -> None:
    client = site(by(provider))
    code = parse_qs(urlsplit(returned(client)).query)["code"][0]
    assert get(client, f"/sign-in/return?code={code}&state={state}").status_code == 400


def test_a_sign_in_that_took_too_long_begins_again(site: Any, provider: Any, clock: Clock) -> None:
    client = site(by(provider))
    address = returned(client)
    clock.time += timedelta(minutes=11)
    assert get(client, address).status_code == 400


SAID: dict[str, Any] = {
    "another nonce": lambda claims: {**claims, "nonce": "of another sign-in"},
    "no nonce": lambda claims: {k: v for k, v in claims.items() if k != "nonce"},
    "nonces that it says it does not know": lambda claims: {
        **{k: v for k, v in claims.items() if k != "nonce"},
        "nonce_supported": False,
    },
    "an expired token": lambda claims: {**claims, "exp": claims["iat"] - 3600},
    "a token without an end": lambda claims: {k: v for k, v in claims.items() if k != "exp"},
    "a token of tomorrow": lambda claims: {
        **claims,
        "iat": claims["iat"] + 86400,
        "nbf": claims["iat"] + 86400,
    },
    "another issuer": lambda claims: {**claims, "iss": "https://elsewhere.example.org"},
    "another audience": lambda claims: {**claims, "aud": "another client"},
    "another audience by our leave": lambda claims: {**claims, "aud": "another client", "azp": "flowmeter"},
    "another authorized party": lambda claims: {**claims, "aud": ["flowmeter", "x"], "azp": "x"},
    "no subject": lambda claims: {k: v for k, v in claims.items() if k != "sub"},
    "no token": lambda _: None,
}


@pytest.mark.parametrize("what", SAID)
def test_a_token_with_what_is_not_so_lets_nobody_in(site: Any, provider: Any, what: str) -> None:
    provider.said = SAID[what]
    client = site(by(provider, anyone=True))
    answer = signed_in(client)
    assert answer.status_code == 403, what
    assert "could not be accepted" in answer.get_data(as_text=True)
    assert "Traceback" not in answer.get_data(as_text=True)
    assert get(client, "/").status_code == 302


@pytest.mark.parametrize("what", ["none", "the client's secret", "a key that is not published"])
def test_a_token_that_the_provider_did_not_sign_lets_nobody_in(
    site: Any, provider: Any, openid_provider: Any, what: str
) -> None:
    if what == "none":
        provider.algorithm = "none"
    elif what == "the client's secret":
        provider.sign_with_the_clients_secret()
    else:
        provider.key = openid_provider.RSAKey.generate_key(2048, parameters={"kid": "one"})
    client = site(by(provider, anyone=True))
    assert signed_in(client).status_code == 403
    assert get(client, "/").status_code == 302


def test_a_provider_that_is_another_than_was_configured_is_not_asked(site: Any, provider: Any) -> None:
    provider.metadata = {"issuer": "https://elsewhere.example.org"}
    client = site(by(provider))
    assert get(client, "/sign-in").status_code == 503
    provider.metadata = {}
    assert get(client, "/sign-in").status_code == 302


def test_a_provider_that_is_away_is_said_to_be(site: Any, provider: Any, openid_provider: Any) -> None:
    gone = openid_provider.Provider()
    gone.close()
    answer = get(site(by(gone)), "/sign-in")
    assert answer.status_code == 503
    assert "does not answer" in answer.get_data(as_text=True)


def test_a_refusal_of_the_provider_is_told_without_its_words(site: Any, provider: Any) -> None:
    client = site(by(provider))
    state = parse_qs(urlsplit(returned(client)).query)["state"][0]
    answer = get(
        client,
        "/sign-in/return",
        query_string={"state": state, "error": "access_denied", "error_description": "<b>x</b>"},
    )
    assert answer.status_code == 403
    assert "<b>" not in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    "address",
    [
        "https://elsewhere.example.org/",
        "//elsewhere.example.org",
        "/\\elsewhere.example.org",
        "\\\\elsewhere.example.org",
        "javascript:alert(1)",
        "/\t/elsewhere.example.org",
        "/\r\nSet-Cookie: a=b",
        "elsewhere",
        "",
        "/sign-out",
        "/" + "a" * 3000,
    ],
)
def test_signing_in_leads_nowhere_else(site: Any, provider: Any, address: str) -> None:
    assert local(address) == "/"
    client = site(by(provider))
    assert get(client, returned(client, address)).headers["Location"] == "/"


def test_a_made_up_host_changes_no_address(site: Any, provider: Any) -> None:
    client = site(by(provider))
    answer = client.get("/sign-in", headers={"Host": "elsewhere.example.org"})
    assert parse_qs(urlsplit(answer.headers["Location"]).query)["redirect_uri"] == [
        f"{ADDRESS}/sign-in/return"
    ]


ADMITTED = {
    "an address": ({"emails": frozenset({"ada@example.org"})}, {}, True),
    "an address in capitals": (
        {"emails": frozenset({"ada@example.org"})},
        {"email": "Ada@Example.org"},
        True,
    ),
    "another address": ({"emails": frozenset({"eve@example.org"})}, {}, False),
    "a domain": ({"email_domains": frozenset({"example.org"})}, {}, True),
    "a longer domain": ({"email_domains": frozenset({"example.org"})}, {"email": "a@notexample.org"}, False),
    "a part of a domain": (
        {"email_domains": frozenset({"example.org"})},
        {"email": "a@x.example.org"},
        False,
    ),
    "an address that is not verified": (
        {"emails": frozenset({"ada@example.org"})},
        {"email_verified": False},
        False,
    ),
    "a group": ({"groups": frozenset({"staff"})}, {"groups": ["staff", "others"]}, True),
    "another group": ({"groups": frozenset({"staff"})}, {"groups": ["others"]}, False),
    "groups that are no list": ({"groups": frozenset({"staff"})}, {"groups": {"staff": True}}, False),
    "anyone": ({"anyone": True}, {"email_verified": False}, True),
}


@pytest.mark.parametrize("who", ADMITTED)
def test_only_who_is_listed_comes_in(site: Any, provider: Any, who: str) -> None:
    lists, claims, comes_in = ADMITTED[who]
    provider.claims.update(claims)
    sign_in = dataclasses.replace(by(provider, email_domains=frozenset()), **lists)
    client = site(sign_in)
    answer = signed_in(client)
    assert answer.status_code == (302 if comes_in else 403)
    if not comes_in:
        assert "not among those who are admitted" in answer.get_data(as_text=True)
    assert get(client, "/").status_code == (200 if comes_in else 302)


def test_groups_that_only_the_providers_page_states_count_when_it_is_of_the_same_person(
    site: Any, provider: Any
) -> None:
    sign_in = by(provider, email_domains=frozenset(), groups=frozenset({"staff"}))
    provider.userinfo = {"sub": "1", "groups": ["staff"]}
    assert signed_in(site(sign_in)).status_code == 302
    provider.userinfo = {"sub": "2", "groups": ["staff"]}
    assert signed_in(site(sign_in)).status_code == 403


def test_a_session_ends_and_cannot_be_made_up_or_changed(site: Any, provider: Any, clock: Clock) -> None:
    client = site(by(provider, hours=2))
    signed_in(client)
    clock.time += timedelta(minutes=119)
    assert get(client, "/").status_code == 200
    clock.time += timedelta(minutes=2)
    assert get(client, "/").status_code == 302
    forger = site(by(provider))
    for forged in ("eyJwZXJzb24iOnt9fQ.AAAA.AAAA", "", "x" * 3000):
        forger.set_cookie("__Host-flowmeter", forged, domain="flowmeter.example.org")
        assert get(forger, "/").status_code == 302


def test_who_is_no_longer_listed_is_out_at_once(site: Any, provider: Any) -> None:
    client = site(by(provider))
    signed_in(client)
    cookie = client.get_cookie("__Host-flowmeter", domain="flowmeter.example.org").value
    other = site(by(provider, email_domains=frozenset({"elsewhere.example.org"})))
    other.set_cookie("__Host-flowmeter", cookie, domain="flowmeter.example.org")
    answer = get(other, "/")
    assert answer.status_code == 403
    assert "Ada Example has signed in, but is not among" in answer.get_data(as_text=True)


def test_signing_out_ends_the_session_and_only_the_sites_own_page_does_it(site: Any, provider: Any) -> None:
    client = site(by(provider))
    signed_in(client)
    assert "You are signed in as Ada Example." in get(client, "/sign-out").get_data(as_text=True)
    assert get(client, "/").status_code == 200
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example.org"}):
        assert client.post("/sign-out", base_url=ADDRESS, headers=headers).status_code == 400
        assert get(client, "/").status_code == 200
    answer = client.post("/sign-out", base_url=ADDRESS, headers={"Origin": ADDRESS})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/signed-out")
    assert get(client, "/").status_code == 302
    assert get(client, "/signed-out").status_code == 200


def test_many_sign_ins_that_began_do_not_fill_the_cookie(site: Any, provider: Any) -> None:
    client = site(by(provider))
    for _ in range(12):
        answer = get(client, "/sign-in?next=/" + "a" * 300)
        assert len(answer.headers["Set-Cookie"]) < 4000
    assert signed_in(client).status_code == 302


def test_only_sql_and_settings_are_shut_where_that_is_configured(site: Any, provider: Any) -> None:
    client = site(by(provider, whole_site=False))
    for path in ("/", "/research", "/api/metrics", "/badge/commits.svg", "/sqlite", "/api/openapi.json"):
        assert get(client, path).status_code in (200, 404), path
    assert get(client, "/api/metrics").cache_control.public
    for path in SQL:
        assert get(client, path).status_code in (302, 308, 401), path
        assert client.post(path, base_url=ADDRESS).status_code in (308, 401), path
    assert "card-commits" in shown(client, "/innovation").get_data(as_text=True)
    for path in ("/sql", "sql", "/sql/", "//sql//", "/sql/x", "/settings"):
        assert "Sign in to go on" in shown(client, path).get_data(as_text=True), path
    # Dash takes inputs by their place: another name is no way round.
    disguised = [{"id": "x", "property": "y", "value": "/sql"}, {"id": "x", "property": "z", "value": ""}]
    assert "Sign in to go on" in shown(client, "/", inputs=disguised).get_data(as_text=True)
    for outcome in ("sql-result.children", "..go.search...sql-result.children..", '{"part":"x"}.y'):
        answer = client.post(
            "/_dash-update-component", base_url=ADDRESS, json={"output": outcome, "inputs": []}
        )
        assert (answer.status_code == 401) == ("sql" in outcome), outcome
    signed_in(client)
    assert "Sign in to go on" not in shown(client, "/sql").get_data(as_text=True)


PROXY = Proxy((ip_network("10.0.0.0/24"), ip_network("fd00::/64")))


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("10.0.0.7", {"X-Forwarded-User": "ada", "X-Forwarded-Email": "ada@example.org"}, 200),
        ("::ffff:10.0.0.7", {"X-Forwarded-User": "ada", "X-Forwarded-Email": "ada@example.org"}, 200),
        ("fd00::1", {"X-Forwarded-Email": "ada@example.org"}, 200),
        ("10.0.0.7", {"X-Forwarded-User": "eve", "X-Forwarded-Groups": "others, staff"}, 200),
        ("10.0.1.7", {"X-Forwarded-User": "ada", "X-Forwarded-Email": "ada@example.org"}, 401),
        ("127.0.0.1", {"X-Forwarded-User": "ada", "X-Forwarded-Email": "ada@example.org"}, 401),
        ("10.0.0.7", {"X-Forwarded-User": "eve", "X-Forwarded-Email": "eve@elsewhere.example.org"}, 403),
        ("10.0.0.7", {"X-Forwarded-User": "eve", "X-Forwarded-Email": "a@example.org,b@example.org"}, 401),
        ("10.0.0.7", {"X-Forwarded-Groups": "staff"}, 401),
        ("10.0.0.7", {}, 401),
        (
            "10.0.1.7",
            {
                "X-Forwarded-For": "10.0.0.7",
                "X-Forwarded-User": "ada",
                "X-Forwarded-Email": "ada@example.org",
            },
            401,
        ),
    ],
)
def test_a_header_counts_from_the_proxy_alone(
    site: Any, address: str, headers: dict[str, str], status: int
) -> None:
    client = site(SignIn(PROXY, email_domains=frozenset({"example.org"}), groups=frozenset({"staff"})))
    answer = get(client, "/", headers=headers, environ_base={"REMOTE_ADDR": address})
    assert answer.status_code == status
    assert "Set-Cookie" not in answer.headers


def test_headers_that_others_send_are_taken_off_even_at_public_addresses(site: Any) -> None:
    from flask import request

    client = site(SignIn(PROXY, whole_site=False, anyone=True))
    seen: list[str | None] = []
    client.application.before_request(lambda: seen.append(request.headers.get("X-Forwarded-User")))
    for address in ("10.0.1.7", "10.0.0.7"):
        get(
            client,
            "/healthz",
            headers={"X-Forwarded-User": "ada"},
            environ_base={"REMOTE_ADDR": address},
        )
    assert seen == [None, "ada"]


def section_of(provider: Any, **changes: Any) -> Any:
    """`[sign_in]` for the provider, as the configuration holds it."""
    from collector.sign_in import SignIn as Section

    openid = {"issuer": provider.issuer, "client_id": "flowmeter", **changes}
    return Section.model_validate(
        {"covers": "everything", "address": ADDRESS, "email_domains": ["Example.org"], "openid": openid}
    )


def test_what_the_file_says_is_what_the_dashboard_does(site: Any, provider: Any) -> None:
    made = configured(
        section_of(provider).model_dump(), session_key=KEY, client_secret="a secret for tests only"
    )
    assert made == by(provider)
    assert signed_in(site(made)).status_code == 302


def test_the_doctor_says_what_keeps_people_from_signing_in(
    provider: Any, openid_provider: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from collector.sign_in_check import faults, in_words

    monkeypatch.setenv("FLOWMETER_SESSION_KEY", KEY)
    monkeypatch.delenv("FLOWMETER_CLIENT_SECRET", raising=False)
    assert [fault for fault, _ in faults(section_of(provider))] == [
        "FLOWMETER_CLIENT_SECRET is not set, and sign_in.openid needs it"
    ]
    monkeypatch.setenv("FLOWMETER_CLIENT_SECRET", "a secret for tests only")
    assert list(faults(section_of(provider))) == []
    assert "everything needs it, at http://127.0.0.1" in in_words(section_of(provider))
    provider.metadata = {"issuer": "https://elsewhere.example.org"}
    ((fault, _),) = faults(section_of(provider))
    assert "calls itself 'https://elsewhere.example.org'" in fault
    provider.metadata = {"token_endpoint": "", "code_challenge_methods_supported": ["plain"]}
    found = [fault for fault, _ in faults(section_of(provider))]
    assert "names no token_endpoint" in found[0]
    assert "PKCE" in found[1]
    gone = openid_provider.Provider()
    gone.close()
    ((fault, way_out),) = faults(section_of(gone))
    assert "does not answer" in fault
    assert way_out == "Check sign_in.openid.issuer"
