"""Whether people can sign in as configured: what `flowmeter doctor` looks at."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network

import requests

from collector.errors import CollectorError
from collector.sign_in import OpenID, Proxy, SignIn, client_secret, session_key

#: The provider is given so many seconds to answer.
ANSWER_SECONDS = 10
#: What its description of itself has to name.
NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")
#: A network of more addresses than so many is hardly one proxy's.
MANY_ADDRESSES = 65_536


def faults(section: SignIn) -> Iterator[tuple[str, str]]:
    """What stands in the way, and what to do about it; nothing when people can sign in."""
    if section.proxy is not None:
        yield from _of_proxy(section.proxy)
    if section.openid is not None:
        for secret in (client_secret, session_key):
            try:
                secret()
            except CollectorError as error:
                yield f"{error.to} {error.happened}", error.next_step
        yield from _of_provider(section.openid)


def in_words(section: SignIn) -> str:
    """What needs sign-in, and how it is done."""
    covered = "everything" if section.covers == "everything" else "SQL and settings"
    if section.openid is not None:
        return f"{covered} needs it, at {section.openid.issuer}; it sends back to {section.address}"
    headers = f"{section.proxy.user} from {', '.join(section.proxy.addresses)}" if section.proxy else ""
    return f"{covered} needs it, by the header {headers}"


def _of_proxy(proxy: Proxy) -> Iterator[tuple[str, str]]:
    for address in proxy.addresses:
        if ip_network(address).num_addresses > MANY_ADDRESSES:
            yield (
                f"sign_in.proxy.addresses holds {address}: any of these could say who they are",
                "Name the proxy's own address",
            )


def _of_provider(openid: OpenID) -> Iterator[tuple[str, str]]:
    address = f"{openid.issuer}/.well-known/openid-configuration"
    try:
        answer = requests.get(address, timeout=ANSWER_SECONDS)
        answer.raise_for_status()
        said = answer.json()
    except requests.RequestException as error:
        yield (
            f"{address} does not answer as it should ({type(error).__name__})",
            "Check sign_in.openid.issuer",
        )
        return
    if not isinstance(said, dict) or str(said.get("issuer", "")).rstrip("/") != openid.issuer:
        named = said.get("issuer") if isinstance(said, dict) else None
        yield (
            f"sign_in.openid.issuer is {openid.issuer}, but the provider there calls itself {named!r}",
            "Write the issuer as the provider does",
        )
        return
    for name in NEEDED:
        if not said.get(name):
            yield f"{address} names no {name}", "Ask whoever runs the provider"
    scopes = said.get("scopes_supported") or openid.scopes
    for scope in openid.scopes:
        if scope not in scopes:
            yield f"the provider does not know the scope {scope}", "Take it out of sign_in.openid.scopes"
    if "S256" not in (said.get("code_challenge_methods_supported") or ["S256"]):
        yield "the provider does not take PKCE with S256", "Use a provider that does"
