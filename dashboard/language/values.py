"""What readers call values that the database holds as words: states, claims, kinds, domains, scopes."""

from __future__ import annotations

from dashboard.language.catalogues import _, mark

#: Of issues, pull requests, reviews, proposals and repositories.
STATES = (
    mark("open"),
    mark("closed"),
    mark("merged"),
    mark("commented"),
    mark("approved"),
    mark("changes requested"),
    mark("dismissed"),
    mark("proposed"),
    mark("accepted"),
    mark("rejected"),
    mark("alive"),
    mark("archived"),
    mark("deleted"),
)
#: How benchmark results are known, what may be bought, and what is said of their changes.
OF_BENCHMARKS = (
    mark("measured"),
    mark("published"),
    mark("inferred"),
    mark("second-hand"),
    mark("available"),
    mark("preview"),
    mark("research"),
    mark("better"),
    mark("worse"),
    mark("suspected"),
    mark("confirmed"),
    mark("acknowledged"),
    mark("beyond the noise"),
    mark("within the noise"),
    mark("noise not known"),
    mark("time"),
    mark("latency"),
    mark("throughput"),
    mark("time to train"),
    mark("power"),
    mark("memory"),
    mark("Not stated"),
    mark("not stated"),
)
#: What is counted at GitHub and held.
COUNTED = (
    mark("open issues"),
    mark("closed issues"),
    mark("open pull requests"),
    mark("closed pull requests"),
    mark("merged pull requests"),
    mark("releases"),
    mark("commits"),
)
#: Why an account is taken for a human, a bot or a proxy.
REASONS = (
    mark("no rule says otherwise"),
    mark("GitHub itself"),
    mark("GitHub says that the account is an app"),
    mark("a program run under a user account"),
    mark("an account that lands other people's work"),
    mark("the name under which Google exports work done inside"),
)
AFFILIATIONS = (mark("unknown"), mark("independent"))
#: Segments that no header of a metric names: kinds of contribution, and what use cases are about.
SEGMENTS = (
    mark("comment"),
    mark("coauthored commit"),
    mark("merged pull request"),
    mark("climate"),
    mark("education"),
    mark("finance"),
    mark("games"),
    mark("health"),
    mark("industry"),
    mark("robotics"),
    mark("science"),
    mark("speech"),
    mark("vision"),
)
#: Scopes of more than one repository, as `db.repositories` calls them.
ROLES = (
    mark("Core"),
    mark("Ecosystem"),
    mark("Compiler (XLA, LLVM)"),
    mark("Google Cloud samples"),
    mark("Peers"),
    mark("Platforms (Linux, Android's core repositories)"),
    mark("Use cases"),
)
PROJECT = mark("{project} (core and ecosystem)")
_OF_PROJECT = PROJECT.removeprefix("{project}")
_WORDS = frozenset((*STATES, *OF_BENCHMARKS, *COUNTED, *REASONS, *AFFILIATIONS))


def called(value: str) -> str:
    """A state, a claim or the like as readers call it; names stay as they are."""
    words = value.replace("_", " ")
    return _(words) if words in _WORDS else value


def scope_words(title: str) -> str:
    """The title of a scope, or of a segment that is one; repositories are called by their names."""
    if title.endswith(_OF_PROJECT):
        return _(PROJECT).format(project=title.removesuffix(_OF_PROJECT))
    return _(title)
