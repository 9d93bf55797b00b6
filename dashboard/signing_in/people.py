"""Who asks, and whether the lists admit them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address
from typing import Any

from flask import Request

from dashboard.signing_in.settings import Proxy, SignIn

#: A name or address that is longer is none.
LONGEST = 300


@dataclass(frozen=True)
class Person:
    """Somebody who has signed in; `email` is empty unless it is known to be theirs."""

    name: str
    email: str = ""
    groups: frozenset[str] = field(default_factory=frozenset)


def admitted(person: Person, sign_in: SignIn) -> bool:
    """Whether one of the lists names the person."""
    email = person.email.lower()
    return (
        sign_in.anyone
        or bool(email and email in sign_in.emails)
        or bool(email and email.rpartition("@")[2] in sign_in.email_domains)
        or bool(person.groups & sign_in.groups)
    )


def environment_name(header: str) -> str:
    """What WSGI calls a header."""
    return "HTTP_" + header.upper().replace("-", "_")


def take_headers(request: Request, proxy: Proxy) -> Person | None:
    """Who asks, as the proxy says; from any other address the headers are taken off, and nobody does.

    None also for a name that the proxy and somebody before it both gave: the two come joined by a comma.
    """
    names = {name: environment_name(getattr(proxy, name)) for name in ("user", "email", "groups")}
    if not _is_trusted(request.remote_addr, proxy):
        for name in names.values():
            request.environ.pop(name, None)
        return None
    given = {name: str(request.environ.get(held, "")).strip() for name, held in names.items()}
    if any(not _is_one(given[name]) for name in ("user", "email")) or not (given["user"] or given["email"]):
        return None
    groups = frozenset(group.strip() for group in given["groups"].split(",") if group.strip())
    return Person(given["user"] or given["email"], given["email"], groups)


def _is_one(value: str) -> bool:
    return "," not in value and value.isprintable() and len(value) <= LONGEST


def _is_trusted(address: str | None, proxy: Proxy) -> bool:
    try:
        found = ip_address(address or "")
    except ValueError:
        return False
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return any(found in network for network in proxy.networks)


def from_claims(claims: Mapping[str, Any], groups_claim: str) -> Person:
    """Who signed in, by the provider's claims; an address that is not said to be verified is left out."""
    email = claims.get("email")
    verified = claims.get("email_verified") in (True, "true")
    groups = claims.get(groups_claim)
    held = [groups] if isinstance(groups, str) else groups if isinstance(groups, list) else []
    shown = next(
        (
            value
            for value in (claims.get(key) for key in ("name", "preferred_username", "email", "sub"))
            if isinstance(value, str) and value
        ),
        "",
    )
    return Person(
        name=shown[:LONGEST],
        email=email if verified and isinstance(email, str) and len(email) <= LONGEST else "",
        groups=frozenset(group for group in held if isinstance(group, str)),
    )
