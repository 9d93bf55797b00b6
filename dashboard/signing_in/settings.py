"""What the dashboard is told of signing in: what needs it, how it is done, who is admitted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any


@dataclass(frozen=True)
class OpenID:
    """A provider of OpenID Connect, and this client of it; `address` is the dashboard's own."""

    issuer: str
    client_id: str
    client_secret: str
    address: str
    session_key: str
    scopes: tuple[str, ...] = ("openid", "email", "profile")
    groups_claim: str = "groups"


@dataclass(frozen=True)
class Proxy:
    """Headers that say who asks, believed from these networks alone."""

    networks: tuple[IPv4Network | IPv6Network, ...]
    user: str = "X-Forwarded-User"
    email: str = "X-Forwarded-Email"
    groups: str = "X-Forwarded-Groups"


@dataclass(frozen=True)
class SignIn:
    """How people sign in, for what, and who is admitted: whoever one of the lists names."""

    way: OpenID | Proxy
    whole_site: bool = True
    hours: int = 12
    emails: frozenset[str] = frozenset()
    email_domains: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    anyone: bool = False


def configured(section: Mapping[str, Any], *, session_key: str, client_secret: str) -> SignIn:
    """The settings from the checked section `sign_in` of the configuration, and the two secrets.

    Neither secret is used, and both may be empty, where a proxy signs people in.
    """
    openid, proxy = section["openid"], section["proxy"]
    way: OpenID | Proxy
    if openid is not None:
        way = OpenID(
            **openid, client_secret=client_secret, address=section["address"], session_key=session_key
        )
    else:
        networks = tuple(ip_network(network) for network in proxy["addresses"])
        way = Proxy(networks, proxy["user"], proxy["email"], proxy["groups"])
    return SignIn(
        way=way,
        whole_site=section["covers"] == "everything",
        hours=section["hours"],
        emails=frozenset(email.lower() for email in section["emails"]),
        email_domains=frozenset(domain.lower() for domain in section["email_domains"]),
        groups=frozenset(section["groups"]),
        anyone=section["anyone"],
    )
