"""Reading GitHub's refusals: which of them are rate limits, of which kind, and for how long they hold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from collector.github.transport import Answer

#: What GitHub counts in windows of their own, and how long those are (seconds).
WINDOWS = {"core": 3600, "graphql": 3600, "search": 60, "code_search": 60}
#: What GitHub has called its limits on speed, then and now.
SECONDARY_WORDS = ("secondary rate limit", "abuse detection", "secondary-rate-limits", "abuse-rate-limits")
PRIMARY_WORDS = ("api rate limit", "rate limit exceeded", "rate limit already exceeded")
#: Types of GraphQL errors that mean a used-up quota, then and now.
PRIMARY_KINDS = ("RATE_LIMITED", "RATE_LIMIT")
REFUSALS = (403, 429)


@dataclass(frozen=True)
class Limit:
    """A rate limit's refusal.

    `secondary` is one of speed; others are used-up quotas. `seconds` is how long GitHub
    says it holds, by its own clock; None when it does not say, or says nonsense.
    """

    secondary: bool
    seconds: float | None


def limit_in(answer: Answer, now: datetime) -> Limit | None:
    """The rate limit that an answer tells of: 403 and 429 in REST, and GraphQL's errors in 200; else None.

    `now` stands in for GitHub's clock where the answer does not tell it.
    Source: docs.github.com, "Rate limits for the REST API" and "… for the GraphQL API".
    """
    if answer.status == 200:
        faults = _faults(answer)
        told = " ".join(str(fault.get("message") or "") for fault in faults).lower() if faults else ""
        kinds = {fault.get("type") for fault in faults}
        if _any(SECONDARY_WORDS, told) or _any(SECONDARY_WORDS, answer.message.lower()):
            return Limit(True, _retry_after(answer, now))
        if kinds & set(PRIMARY_KINDS) or _any(PRIMARY_WORDS, told):
            return Limit(False, _until_reset(answer, now))
        return None
    if answer.status not in REFUSALS:
        return None
    told = f"{answer.message} {answer.documentation}".lower()
    stated = _retry_after(answer, now)
    if _any(SECONDARY_WORDS, told) or "gh-limited-by" in answer.headers:
        return Limit(True, stated)
    if answer.headers.get("x-ratelimit-remaining") == "0" or _any(PRIMARY_WORDS, answer.message.lower()):
        until = _until_reset(answer, now)
        return Limit(False, stated if until is None else until)
    if answer.status == 429 or "retry-after" in answer.headers:
        return Limit(True, stated)
    return None


def resource_of(path: str) -> str:
    """The resource that GitHub takes a REST request from, by its path or whole address."""
    path = urlsplit(path).path.removeprefix("/api/v3")
    if path.startswith("/search/code"):
        return "code_search"
    return "search" if path.startswith("/search/") else "core"


def date_of(answer: Answer) -> datetime | None:
    """When GitHub says that it answered, by its own clock."""
    return _http_date(answer.headers.get("date", ""))


def reset_of(answer: Answer) -> datetime | None:
    """When GitHub says that the quota begins anew, by its own clock."""
    stated = answer.headers.get("x-ratelimit-reset", "")
    return datetime.fromtimestamp(int(stated), UTC) if stated.isdigit() and len(stated) < 12 else None


def seconds_until(reset: datetime, date: datetime | None, now: datetime) -> float:
    """Seconds from now to a reset: by the clock of the answer that tells it, by ours where it does not."""
    return (reset - (date or now)).total_seconds()


def _until_reset(answer: Answer, now: datetime) -> float | None:
    reset = reset_of(answer)
    return None if reset is None else seconds_until(reset, date_of(answer), now)


def _retry_after(answer: Answer, now: datetime) -> float | None:
    """Seconds to wait: GitHub states them as a number, proxies before it sometimes as a date."""
    stated = answer.headers.get("retry-after", "").strip()
    if stated.isdigit():
        return float(stated)
    until = _http_date(stated)
    return None if until is None else max(0.0, seconds_until(until, date_of(answer), now))


def _http_date(words: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(words)
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _faults(answer: Answer) -> list[dict[str, object]]:
    faults = answer.data.get("errors") if isinstance(answer.data, dict) else None
    return [fault for fault in faults if isinstance(fault, dict)] if isinstance(faults, list) else []


def _any(words: tuple[str, ...], text: str) -> bool:
    return any(each in text for each in words)
