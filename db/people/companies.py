"""What profiles say of companies, read by rules: names are compared whole; likeness counts for nothing."""

from __future__ import annotations

import re
from collections.abc import Callable

#: What a company's name ends with in some profiles and not in others.
LEGAL_FORMS = re.compile(
    r"[,.]?\s+(inc|llc|ltd|limited|corp|corporation|gmbh|ag|sa|co|company|technologies|pvt|plc)\.?$"
)
#: Who writes one of these is not there, or not any more, or not yet.
ELSEWHERE = re.compile(
    r"\b(ex|former|formerly|previously|prev|past|was|not|no longer|incoming|future|retired|alum|alumni|"
    r"alumnus|alumna|aspiring|fan|looking|open to)\b",
    re.IGNORECASE,
)
HANDLE = re.compile(r"(?<![\w.@])@([\w-]+)")
#: Between the names of several companies.
BETWEEN = re.compile(r"\s*(?:[,;|/&+·•]|\s-\s|\s–\s|\band\b|\n)\s*", re.IGNORECASE)
#: Before the name: what somebody does there.
ROLE = re.compile(r"^.*?(?:\bat\b|@)\s+", re.IGNORECASE)
WEB = re.compile(r"^(?:https?://)?(?:www\.)?([a-z0-9-]+(?:\.[a-z0-9-]+)+)/?$")


def folded(company: str) -> str:
    """A company's name without case, a leading @, outer blanks and legal forms at its end."""
    text = " ".join(company.split()).lstrip("@").strip().casefold().rstrip(".")
    while (shorter := LEGAL_FORMS.sub("", text).rstrip(" ,.")) != text:
        if not shorter:
            break
        text = shorter
    return text


def organization_in(
    company: str, known: Callable[[str], str | None], owner: Callable[[str], str | None]
) -> str | None:
    """The organisation that a profile's company text names; None when it names none, or several.

    `known` gives the organisation of a folded name, `owner` that of a web domain.
    The whole text comes first; then its parts: handles, names between commas and
    the like, and what stands after "… at". Text that speaks of the past, the future
    or a wish names nobody.
    """
    whole = known(folded(company))
    if whole is not None:
        return whole
    site = WEB.match(company.strip().casefold())
    if site:
        return owner(site[1])
    if ELSEWHERE.search(company):
        return None
    parts = [*HANDLE.findall(company), *BETWEEN.split(company)]
    parts += [ROLE.sub("", part) for part in parts]
    found = {known(folded(part)) for part in parts if part.strip()} - {None}
    return found.pop() if len(found) == 1 else None
