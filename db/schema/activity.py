"""What people did: commits, issues, pull requests, comments, reviews and proposals, as they were collected."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from db.schema.columns import AUTHORED, COLLECTED, IDENTITY, RANKED, Record

KEEP_KNOWN = {"on_conflict": "keep_known"}


class Commit(Record):
    """One commit reachable from the default branch."""

    __tablename__ = "commits"
    __table_args__ = (
        Index(None, "repository_id", "day"),
        Index(
            None,
            "repository_id",
            "pull_request",
            sqlite_where=text("pull_request IS NOT NULL"),
            postgresql_where=text("pull_request IS NOT NULL"),
        ),
        # Rows in the order of arrival: sorted by hash, every page would touch every block of the file.
        {"comment": "Commits reachable from the default branch, merges included."},
    )

    repository_id: Mapped[int] = mapped_column(
        ForeignKey("repositories.repository_id"), primary_key=True, comment="The repository."
    )
    sha: Mapped[str] = mapped_column(primary_key=True, comment="Full hash of the commit.")
    author_id: Mapped[int] = mapped_column(
        info=IDENTITY, comment="Identity of the author, mailmap respected."
    )
    committer_id: Mapped[int] = mapped_column(info=IDENTITY, comment="Identity of the committer.")
    authored_at: Mapped[datetime] = mapped_column(
        comment="Author date as written (UTC); affiliation is taken at it."
    )
    author_offset: Mapped[int] = mapped_column(comment="Author's time zone, minutes east of UTC.")
    committed_at: Mapped[datetime] = mapped_column(
        comment="Commit date (UTC), repaired from the neighbours when bogus."
    )
    date_repaired: Mapped[bool] = mapped_column(
        default=False,
        server_default="0",
        comment="True when the written commit date could not be (1970, the future) and the neighbours' was taken.",
    )
    day: Mapped[date] = mapped_column(comment="Day of committed_at; activity counts on it.")
    parents: Mapped[int] = mapped_column(comment="Number of parents; 2 or more is a merge.")
    files: Mapped[int | None] = mapped_column(
        comment="Files changed against the first parent; 0 for merges, NULL when the clone lacks the contents."
    )
    additions: Mapped[int | None] = mapped_column(
        comment="Lines added; NULL when the clone lacks the contents."
    )
    deletions: Mapped[int | None] = mapped_column(
        comment="Lines deleted; NULL when the clone lacks the contents."
    )
    subject: Mapped[str] = mapped_column(info=AUTHORED, comment="First line of the message.")
    pull_request: Mapped[int | None] = mapped_column(comment="Pull request number that the subject names.")


class CommitCoauthor(Record):
    """A co-author that a commit's trailers name."""

    __tablename__ = "commit_coauthors"
    __table_args__ = (Index(None, "coauthor_id"), {"comment": "Co-authors by Co-authored-by trailers."})

    repository_id: Mapped[int] = mapped_column(primary_key=True, comment="The repository.")
    sha: Mapped[str] = mapped_column(primary_key=True, comment="The commit.")
    coauthor_id: Mapped[int] = mapped_column(
        primary_key=True, info=IDENTITY, comment="Identity of the co-author."
    )


class Issue(Record):
    """One issue."""

    __tablename__ = "issues"
    __table_args__ = (
        Index(None, "repository_id", "day", "state", "closed_day", "number"),
        Index(None, "repository_id", "closed_day"),
        Index(None, "author_id"),
        {"comment": "Issues, one row each; pull requests are not issues here."},
    )

    repository_id: Mapped[int] = mapped_column(
        ForeignKey("repositories.repository_id"), primary_key=True, comment="The repository."
    )
    number: Mapped[int] = mapped_column(primary_key=True, comment="Number within the repository.")
    github_id: Mapped[int | None] = mapped_column(comment="GitHub's numeric id.")
    title: Mapped[str] = mapped_column(info=AUTHORED, comment="Title as written; never markup.")
    author_id: Mapped[int | None] = mapped_column(
        info=IDENTITY | KEEP_KNOWN, comment="Identity of the author; NULL when the account is gone."
    )
    author_association: Mapped[str | None] = mapped_column(
        comment="MEMBER, CONTRIBUTOR, NONE …, as GitHub says."
    )
    state: Mapped[str] = mapped_column(
        comment="open, closed, deleted, transferred or converted (to a discussion); only open and closed ones count."
    )
    state_reason: Mapped[str | None] = mapped_column(comment="completed, not_planned, duplicate or reopened.")
    created_at: Mapped[datetime] = mapped_column(comment="When it was opened (UTC).")
    updated_at: Mapped[datetime] = mapped_column(comment="Last change by GitHub's clock (UTC).")
    closed_at: Mapped[datetime | None] = mapped_column(
        comment="When it was last closed (UTC); NULL while open."
    )
    day: Mapped[date] = mapped_column(comment="Day of created_at.")
    closed_day: Mapped[date | None] = mapped_column(comment="Day of closed_at.")
    comments: Mapped[int] = mapped_column(
        default=0, server_default="0", comment="Comments by GitHub's count."
    )
    reactions: Mapped[int] = mapped_column(default=0, server_default="0", comment="Reactions of every kind.")
    moved_to: Mapped[str | None] = mapped_column(
        comment="Where a transferred or converted issue is now: OWNER/NAME#NUMBER, or a discussion's address."
    )
    gone_at: Mapped[datetime | None] = mapped_column(
        comment="When GitHub was first found to list it no longer (UTC); NULL while it does."
    )
    source: Mapped[str] = mapped_column(
        default=COLLECTED,
        server_default=COLLECTED,
        info=RANKED,
        comment="github (read by the collectors) or gharchive (known from GH Archive's events alone).",
    )


class PullRequest(Record):
    """One pull request."""

    __tablename__ = "pull_requests"
    __table_args__ = (
        Index(None, "repository_id", "day"),
        Index(None, "repository_id", "merged_day"),
        Index(None, "repository_id", "closed_day"),
        Index(None, "author_id"),
        {"comment": "Pull requests, one row each."},
    )

    repository_id: Mapped[int] = mapped_column(
        ForeignKey("repositories.repository_id"), primary_key=True, comment="The repository."
    )
    number: Mapped[int] = mapped_column(primary_key=True, comment="Number within the repository.")
    github_id: Mapped[int | None] = mapped_column(comment="GitHub's numeric id.")
    title: Mapped[str] = mapped_column(info=AUTHORED, comment="Title as written; never markup.")
    author_id: Mapped[int | None] = mapped_column(
        info=IDENTITY | KEEP_KNOWN, comment="Identity of the author; NULL when the account is gone."
    )
    author_association: Mapped[str | None] = mapped_column(
        comment="MEMBER, CONTRIBUTOR, NONE …, as GitHub says."
    )
    state: Mapped[str] = mapped_column(
        comment="open, merged, closed or deleted: merged also when Copybara landed it though GitHub calls it closed."
    )
    merge_evidence: Mapped[str | None] = mapped_column(
        comment="Why state is merged: github (its own flag), commit (it was closed by one that landed) or subject (a commit that landed about when it was closed names its number)."
    )
    merge_commit: Mapped[str | None] = mapped_column(comment="Hash of the commit that landed it.")
    created_at: Mapped[datetime] = mapped_column(comment="When it was opened (UTC).")
    updated_at: Mapped[datetime] = mapped_column(comment="Last change by GitHub's clock (UTC).")
    closed_at: Mapped[datetime | None] = mapped_column(comment="When it was closed, merged or not (UTC).")
    merged_at: Mapped[datetime | None] = mapped_column(comment="When it landed (UTC).")
    day: Mapped[date] = mapped_column(comment="Day of created_at.")
    closed_day: Mapped[date | None] = mapped_column(comment="Day of closed_at.")
    merged_day: Mapped[date | None] = mapped_column(comment="Day of merged_at.")
    additions: Mapped[int | None] = mapped_column(comment="Lines added.")
    deletions: Mapped[int | None] = mapped_column(comment="Lines deleted.")
    changed_files: Mapped[int | None] = mapped_column(comment="Files changed.")
    comments: Mapped[int] = mapped_column(
        default=0, server_default="0", comment="Conversation comments by GitHub's count."
    )
    reviews: Mapped[int] = mapped_column(default=0, server_default="0", comment="Reviews by GitHub's count.")
    gone_at: Mapped[datetime | None] = mapped_column(
        comment="When GitHub was first found to list it no longer (UTC); NULL while it does."
    )
    fork_id: Mapped[int | None] = mapped_column(
        info=KEEP_KNOWN,
        comment="GitHub's numeric id of the fork that it comes from; NULL for a branch of the repository itself and for a fork that was gone when first seen.",
    )
    fork_day: Mapped[date | None] = mapped_column(info=KEEP_KNOWN, comment="Day on which that fork was made.")
    source: Mapped[str] = mapped_column(
        default=COLLECTED,
        server_default=COLLECTED,
        info=RANKED,
        comment="github (read by the collectors) or gharchive (known from GH Archive's events alone).",
    )


class Comment(Record):
    """One comment on an issue, a pull request or a commit."""

    __tablename__ = "comments"
    __table_args__ = (
        Index(None, "repository_id", "number", "created_at"),
        Index(None, "repository_id", "day"),
        Index(None, "author_id"),
        {"comment": "Comments on issues, pull requests, their lines, and commits; the text is not held."},
    )

    repository_id: Mapped[int] = mapped_column(
        ForeignKey("repositories.repository_id"), primary_key=True, comment="The repository."
    )
    kind: Mapped[str] = mapped_column(
        primary_key=True, comment="conversation (issue or pull request), review_line or commit."
    )
    github_id: Mapped[int] = mapped_column(
        primary_key=True, comment="GitHub's numeric id, unique within the kind."
    )
    number: Mapped[int] = mapped_column(
        comment="Issue or pull request that it belongs to; 0 for a comment on a commit."
    )
    sha: Mapped[str | None] = mapped_column(comment="Commit that it belongs to; NULL for the other kinds.")
    author_id: Mapped[int | None] = mapped_column(
        info=IDENTITY | KEEP_KNOWN, comment="Identity of the author; NULL when the account is gone."
    )
    author_association: Mapped[str | None] = mapped_column(
        comment="MEMBER, CONTRIBUTOR, NONE …, as GitHub says."
    )
    created_at: Mapped[datetime] = mapped_column(comment="When it was written (UTC).")
    day: Mapped[date] = mapped_column(comment="Day of created_at.")
    source: Mapped[str] = mapped_column(
        default=COLLECTED,
        server_default=COLLECTED,
        info=RANKED,
        comment="github (read by the collectors) or gharchive (known from GH Archive's events alone).",
    )


class Review(Record):
    """One submitted review of a pull request."""

    __tablename__ = "reviews"
    __table_args__ = (
        Index(None, "repository_id", "number", "submitted_at"),
        Index(None, "repository_id", "day"),
        Index(None, "author_id"),
        {"comment": "Submitted reviews of pull requests."},
    )

    repository_id: Mapped[int] = mapped_column(
        ForeignKey("repositories.repository_id"), primary_key=True, comment="The repository."
    )
    github_id: Mapped[int] = mapped_column(primary_key=True, comment="GitHub's numeric id.")
    number: Mapped[int] = mapped_column(comment="The pull request.")
    author_id: Mapped[int | None] = mapped_column(
        info=IDENTITY | KEEP_KNOWN, comment="Identity of the reviewer; NULL when the account is gone."
    )
    author_association: Mapped[str | None] = mapped_column(
        comment="MEMBER, CONTRIBUTOR, NONE …, as GitHub says."
    )
    state: Mapped[str] = mapped_column(comment="approved, changes_requested, commented or dismissed.")
    submitted_at: Mapped[datetime] = mapped_column(comment="When it was submitted (UTC).")
    day: Mapped[date] = mapped_column(comment="Day of submitted_at.")
    source: Mapped[str] = mapped_column(
        default=COLLECTED,
        server_default=COLLECTED,
        info=RANKED,
        comment="github (read by the collectors) or gharchive (known from GH Archive's events alone).",
    )


class Label(Record):
    """A label on an issue or pull request."""

    __tablename__ = "labels"
    __table_args__ = (
        Index(None, "repository_id", "name"),
        {"comment": "Labels that issues and pull requests carry now."},
    )

    repository_id: Mapped[int] = mapped_column(
        ForeignKey("repositories.repository_id"), primary_key=True, comment="The repository."
    )
    number: Mapped[int] = mapped_column(primary_key=True, comment="Issue or pull request.")
    name: Mapped[str] = mapped_column(primary_key=True, comment="The label as written.")


class LabelKind(Record):
    """What a label stands for, where metrics need to know."""

    __tablename__ = "label_kinds"
    __table_args__ = {
        "comment": "What labels stand for, from db/metrics/labels.toml; made anew by the refresh."
    }

    name: Mapped[str] = mapped_column(primary_key=True, comment="The label in lower case.")
    kind: Mapped[str] = mapped_column(comment="good_first_issue.")


class FirstIssue(Record):
    """Who took up an issue that was offered to newcomers, and who solved it."""

    __tablename__ = "first_issues"
    __table_args__ = {
        "comment": "Issues that carry or carried a label for newcomers: when they were offered, taken and solved."
    }

    repository_id: Mapped[int] = mapped_column(
        ForeignKey("repositories.repository_id"), primary_key=True, comment="The repository."
    )
    number: Mapped[int] = mapped_column(primary_key=True, comment="The issue.")
    labelled_at: Mapped[datetime] = mapped_column(comment="When it was first labelled so (UTC).")
    day: Mapped[date] = mapped_column(comment="Day of labelled_at.")
    taken_at: Mapped[datetime | None] = mapped_column(
        comment="When somebody was first assigned or referred to it from a pull request (UTC)."
    )
    taken_by: Mapped[int | None] = mapped_column(
        info=IDENTITY,
        comment="Identity of the one assigned, or of the pull request's author; NULL when the account is gone.",
    )
    solved_day: Mapped[date | None] = mapped_column(
        comment="Day on which a pull request or commit closed it; NULL when nothing did, or it was opened again."
    )
    solved_by: Mapped[int | None] = mapped_column(
        info=IDENTITY, comment="Identity of the author of what closed it; NULL when the account is gone."
    )


class Proposal(Record):
    """A request for comments (RFC): a document that a pull request proposes."""

    __tablename__ = "proposals"
    __table_args__ = (
        Index(None, "repository_id", "day"),
        {
            "comment": "Requests for comments (RFCs): documents that pull requests propose, one row per document."
        },
    )

    repository_id: Mapped[int] = mapped_column(
        ForeignKey("repositories.repository_id"), primary_key=True, comment="The repository."
    )
    path: Mapped[str] = mapped_column(primary_key=True, comment="Path of the document.")
    number: Mapped[int] = mapped_column(
        comment="The pull request that brought it in, or else the last one that proposed it."
    )
    title: Mapped[str] = mapped_column(info=AUTHORED, comment="Title of that pull request.")
    author_id: Mapped[int | None] = mapped_column(
        info=IDENTITY | KEEP_KNOWN,
        comment="Identity of that pull request's author; NULL when the account is gone.",
    )
    status: Mapped[str] = mapped_column(
        comment="proposed (still open), accepted (merged, which is how acceptance is written down) or rejected (closed without)."
    )
    stated: Mapped[str | None] = mapped_column(
        comment="Status that the document itself states, in lower case: accepted, implemented, obsolete …; NULL when it states none."
    )
    created_at: Mapped[datetime] = mapped_column(comment="When it was proposed (UTC).")
    day: Mapped[date] = mapped_column(comment="Day of created_at.")
    decided_day: Mapped[date | None] = mapped_column(
        comment="Day on which it was accepted or rejected; NULL while it is open."
    )
