"""What is tracked: repositories, roles, scopes, releases, daily popularity, history counts, forks by day, languages."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from db.schema.columns import COLLECTED, RANKED, Record

ROLES = ("core", "ecosystem", "compiler", "cloud", "peer", "platform", "use_case")
KEEP_KNOWN = {"on_conflict": "keep_known"}


class Repository(Record):
    """One repository, under the name that it has now."""

    __tablename__ = "repositories"
    __table_args__ = (
        Index(None, "github_id", unique=True),
        Index(None, "full_name", unique=True),
        Index(None, "role"),
        Index(None, "stars"),
        {
            "comment": "Repositories that are tracked or that use TensorFlow, one row each, under the name they have now."
        },
    )

    repository_id: Mapped[int] = mapped_column(
        primary_key=True,
        autoincrement=False,
        comment="Stable id, made from the name under which the repository was first seen.",
    )
    github_id: Mapped[int | None] = mapped_column(
        info=KEEP_KNOWN,
        comment="GitHub's numeric id; stays when the repository is renamed. NULL when known from a clone only.",
    )
    node_id: Mapped[str | None] = mapped_column(
        info=KEEP_KNOWN, comment="GitHub's global id, by which use cases are asked for again."
    )
    full_name: Mapped[str] = mapped_column(comment="OWNER/NAME as it is now.")
    role: Mapped[str] = mapped_column(comment="core, ecosystem, compiler, cloud, peer, platform or use_case.")
    state: Mapped[str] = mapped_column(
        default="alive",
        server_default="alive",
        comment="alive, archived, deleted, private or blocked, as last seen.",
    )
    simulated: Mapped[bool] = mapped_column(
        default=False,
        server_default="0",
        comment="True when every fact of this repository comes from the bundled simulator.",
    )
    default_branch: Mapped[str | None] = mapped_column(
        info=KEEP_KNOWN, comment="Branch whose history counts as activity."
    )
    clone_url: Mapped[str | None] = mapped_column(
        info=KEEP_KNOWN, comment="Where its git history can be cloned from."
    )
    description: Mapped[str | None] = mapped_column(info=KEEP_KNOWN, comment="The owner's own description.")
    homepage: Mapped[str | None] = mapped_column(info=KEEP_KNOWN, comment="Home page that the owner names.")
    language: Mapped[str | None] = mapped_column(
        info=KEEP_KNOWN, comment="Main programming language by GitHub's count."
    )
    license: Mapped[str | None] = mapped_column(info=KEEP_KNOWN, comment="SPDX identifier of the licence.")
    topics: Mapped[str | None] = mapped_column(
        info=KEEP_KNOWN, comment="Topics, separated by single spaces, in alphabetical order."
    )
    stars: Mapped[int | None] = mapped_column(info=KEEP_KNOWN, comment="Stars when last seen.")
    forks: Mapped[int | None] = mapped_column(info=KEEP_KNOWN, comment="Forks when last seen.")
    watchers: Mapped[int | None] = mapped_column(info=KEEP_KNOWN, comment="Subscribers when last seen.")
    issues_total: Mapped[int | None] = mapped_column(
        info=KEEP_KNOWN, comment="GitHub's own count of issues, open and closed."
    )
    pull_requests_total: Mapped[int | None] = mapped_column(
        info=KEEP_KNOWN, comment="GitHub's own count of pull requests, open and closed."
    )
    size_kilobytes: Mapped[int | None] = mapped_column(
        info=KEEP_KNOWN, comment="Size of the git repository by GitHub's count, in kB."
    )
    commits_total: Mapped[int | None] = mapped_column(
        info=KEEP_KNOWN, comment="GitHub's own count of commits on the default branch."
    )
    created_at: Mapped[datetime | None] = mapped_column(
        info=KEEP_KNOWN, comment="When it was created on GitHub (UTC)."
    )
    pushed_at: Mapped[datetime | None] = mapped_column(
        info=KEEP_KNOWN, comment="Last push of any branch (UTC)."
    )
    seen_at: Mapped[datetime | None] = mapped_column(
        info=KEEP_KNOWN, comment="When these facts were read (UTC)."
    )


class Scope(Record):
    """A set of repositories that numbers are shown for."""

    __tablename__ = "scopes"
    __table_args__ = (
        Index(None, "name", unique=True),
        {"comment": "Sets of repositories that numbers are computed and shown for."},
    )

    scope_id: Mapped[int] = mapped_column(
        primary_key=True, autoincrement=False, comment="Stable id, made from the name."
    )
    name: Mapped[str] = mapped_column(
        comment="project, role:ROLE or OWNER/NAME; what `--scope` and the URL take."
    )
    kind: Mapped[str] = mapped_column(comment="project (core and ecosystem together), role or repository.")
    title: Mapped[str] = mapped_column(comment="What people read.")
    position: Mapped[int] = mapped_column(default=0, server_default="0", comment="Order in lists.")


class ScopeRepository(Record):
    """Which repositories a scope holds."""

    __tablename__ = "scope_repositories"
    __table_args__ = (Index(None, "repository_id"), {"comment": "Which repositories a scope holds."})

    scope_id: Mapped[int] = mapped_column(
        ForeignKey("scopes.scope_id", ondelete="CASCADE"), primary_key=True, comment="The scope."
    )
    repository_id: Mapped[int] = mapped_column(
        ForeignKey("repositories.repository_id", ondelete="CASCADE"),
        primary_key=True,
        comment="A repository in it.",
    )


class Release(Record):
    """One published release."""

    __tablename__ = "releases"
    __table_args__ = (
        Index(None, "repository_id", "day"),
        {"comment": "Published releases, one row per tag."},
    )

    repository_id: Mapped[int] = mapped_column(
        ForeignKey("repositories.repository_id"), primary_key=True, comment="The repository."
    )
    tag: Mapped[str] = mapped_column(primary_key=True, comment="Tag that the release was made from.")
    github_id: Mapped[int | None] = mapped_column(comment="GitHub's numeric id.")
    name: Mapped[str | None] = mapped_column(comment="The release's own title.")
    prerelease: Mapped[bool] = mapped_column(
        default=False, server_default="0", comment="True for release candidates and nightlies."
    )
    published_at: Mapped[datetime] = mapped_column(comment="When it was published (UTC).")
    day: Mapped[date] = mapped_column(comment="Day of published_at.")
    credited_contributors: Mapped[int | None] = mapped_column(
        comment="Distinct logins and names thanked in the notes; NULL when the notes thank nobody by name."
    )
    source: Mapped[str] = mapped_column(
        default=COLLECTED,
        server_default=COLLECTED,
        info=RANKED,
        comment="github (read by the collectors) or gharchive (known from GH Archive's events alone).",
    )


class Popularity(Record):
    """Stars, forks and watchers of a repository on a day, by source."""

    __tablename__ = "popularity"
    __table_args__ = {
        "comment": "Stars, forks and watchers at the end of a day, one row per source; sources are never mixed in one series."
    }

    repository_id: Mapped[int] = mapped_column(
        ForeignKey("repositories.repository_id"), primary_key=True, comment="The repository."
    )
    day: Mapped[date] = mapped_column(primary_key=True, comment="The day (UTC).")
    source: Mapped[str] = mapped_column(
        primary_key=True,
        comment="snapshot (total read that day), star_history (sum of GitHub's weekly history; un-starred accounts missing) or gharchive (total that a pull request's event of that day carried).",
    )
    stars: Mapped[int | None] = mapped_column(info=KEEP_KNOWN, comment="Stars held at the end of the day.")
    forks: Mapped[int | None] = mapped_column(info=KEEP_KNOWN, comment="Forks at the end of the day.")
    watchers: Mapped[int | None] = mapped_column(
        info=KEEP_KNOWN, comment="Subscribers at the end of the day."
    )


class HistoryCount(Record):
    """Commits of a month by GitHub's own count."""

    __tablename__ = "history_counts"
    __table_args__ = {
        "comment": "Commits per month on the default branch by GitHub's history count: costs no clone, so huge repositories are measured by it."
    }

    repository_id: Mapped[int] = mapped_column(
        ForeignKey("repositories.repository_id"), primary_key=True, comment="The repository."
    )
    day: Mapped[date] = mapped_column(primary_key=True, comment="First day of the month.")
    commits: Mapped[int] = mapped_column(comment="Commits with a commit date in that month.")
    counted_at: Mapped[datetime] = mapped_column(comment="When GitHub was asked (UTC).")


class ForkCount(Record):
    """Forks that were made of a repository on a day."""

    __tablename__ = "fork_counts"
    __table_args__ = {
        "comment": "Forks by the day on which they were made, from GitHub's list of forks; one that is deleted later stays counted."
    }

    repository_id: Mapped[int] = mapped_column(
        ForeignKey("repositories.repository_id"), primary_key=True, comment="The repository."
    )
    day: Mapped[date] = mapped_column(primary_key=True, comment="The day (UTC).")
    forks: Mapped[int] = mapped_column(
        comment="Forks made that day that were still there when they were first listed."
    )
    source: Mapped[str] = mapped_column(
        default=COLLECTED,
        server_default=COLLECTED,
        info=RANKED,
        comment="github (read by the collectors) or gharchive (known from GH Archive's events alone).",
    )


class RepositoryLanguage(Record):
    """How much of a repository is written in a language."""

    __tablename__ = "repository_languages"
    __table_args__ = {
        "comment": "Languages of repositories by GitHub's count, a set of rows per month: as last read in it."
    }

    repository_id: Mapped[int] = mapped_column(
        ForeignKey("repositories.repository_id"), primary_key=True, comment="The repository."
    )
    day: Mapped[date] = mapped_column(primary_key=True, comment="First day of the month.")
    language: Mapped[str] = mapped_column(primary_key=True, comment="The language, as GitHub calls it.")
    bytes: Mapped[int] = mapped_column(comment="Bytes of code on the default branch.")
