"""GitHub: is each token accepted, what may it do, what is left to it, and is our clock right?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from collector.doctor.finding import Finding
from collector.errors import CollectorError

#: Scopes of a classic token that let it read no more than anybody may.
READING = {"", "read:user", "read:org", "user:email", "read:project", "read:packages"}
#: More than this between our clock and GitHub's makes resets, leases and days wrong.
SKEW = timedelta(seconds=60)


def tokens(_now: datetime) -> Iterator[Finding]:
    """A line for each token, and more for what is wrong with it."""
    from collector.installation import asks_github, github_access

    if not asks_github():
        yield Finding(
            "GitHub",
            "attention",
            "no GITHUB_TOKEN: nothing is collected from GitHub",
            "export GITHUB_TOKEN=…, a token without any scope: GitHub makes one under Settings, "
            "Developer settings, Personal access tokens",
        )
        return
    from collector.github.access import in_words
    from collector.github.client import GitHub
    from collector.github.limits import date_of

    try:
        access = github_access(0.0)
    except CollectorError as error:
        yield Finding("GitHub", "wrong", f"{error.to}: {error.happened}", error.next_step)
        return
    github = GitHub(access=access)
    skew = timedelta()
    for place, credential in enumerate(access.credentials):
        name = "GitHub" if len(access.credentials) == 1 else credential.name
        try:
            answer = github.introduced(place)
        except CollectorError as error:
            yield Finding(name, "wrong", f"{error.to}: {error.happened}", error.next_step)
            continue
        left = in_words(access.quotas(place), resets=True) or "quota not stated"
        yield Finding(name, "good", f"{access.url} answers; {left}")
        more = {scope.strip() for scope in answer.headers.get("x-oauth-scopes", "").split(",")} - READING
        if more:
            yield Finding(
                f"{name} scopes",
                "attention",
                f"the token may do more than reading needs: {', '.join(sorted(more))}",
                "Make one without any scope: whoever gets hold of it can then change nothing",
            )
        told = date_of(answer)
        skew = (told - datetime.now(UTC)) if told else skew
    github.close()
    if abs(skew) > SKEW:
        yield Finding(
            "clock",
            "wrong",
            f"this machine's clock is {_span(skew)} GitHub's",
            "Let the machine keep its time by NTP (timedatectl set-ntp true)",
        )


def _span(skew: timedelta) -> str:
    seconds = abs(skew).total_seconds()
    span = f"{seconds:.0f} s" if seconds < 600 else f"{seconds / 60:.0f} min"
    return f"{span} {'behind' if skew > timedelta() else 'ahead of'}"
