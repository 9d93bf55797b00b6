"""The foundation: all tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db.schema.columns import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alerts",
        sa.Column(
            "alert_id",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="Stable id, made from kind and subject.",
        ),
        sa.Column("kind", sa.Text(), nullable=False, comment="target, stale, regression or failure."),
        sa.Column("subject", sa.Text(), nullable=False, comment="What it is about."),
        sa.Column("message", sa.Text(), nullable=False, comment="One sentence."),
        sa.Column("state", sa.Text(), nullable=False, comment="open, acknowledged or over."),
        sa.Column("opened_at", UtcDateTime(), nullable=False, comment="When it was first seen (UTC)."),
        sa.Column("updated_at", UtcDateTime(), nullable=False, comment="When it was last seen (UTC)."),
        sa.PrimaryKeyConstraint("alert_id", name=op.f("pk_alerts")),
        comment="What crossed a line: targets, staleness, regressions.",
    )
    with op.batch_alter_table("alerts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_alerts_state"), ["state"], unique=False)

    op.create_table(
        "benchmark_cases",
        sa.Column(
            "case_id",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="Stable id, made from all fields.",
        ),
        sa.Column("suite", sa.Text(), nullable=False, comment="mlperf-training, or the suite's own name."),
        sa.Column("name", sa.Text(), nullable=False, comment="Model or test."),
        sa.Column("division", sa.Text(), nullable=True, comment="closed or open, for MLPerf."),
        sa.Column("scenario", sa.Text(), nullable=True, comment="Scenario or parameters."),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_benchmark_cases")),
        comment="What was run: suite, name, division and scenario.",
    )
    op.create_table(
        "benchmark_metrics",
        sa.Column(
            "metric_id",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="Stable id, made from name, unit and direction.",
        ),
        sa.Column("name", sa.Text(), nullable=False, comment="time_to_train, latency, throughput …"),
        sa.Column("unit", sa.Text(), nullable=False, comment="Unit in the source."),
        sa.Column("canonical_unit", sa.Text(), nullable=False, comment="Unit of benchmark_results.value."),
        sa.Column(
            "scale", sa.Double(), nullable=False, comment="Multiplies a source value into the canonical unit."
        ),
        sa.Column("direction", sa.Text(), nullable=False, comment="lower or higher is better."),
        sa.PrimaryKeyConstraint("metric_id", name=op.f("pk_benchmark_metrics")),
        comment="What was measured, its unit, its canonical unit, and which way is better; never guessed.",
    )
    op.create_table(
        "benchmark_sources",
        sa.Column(
            "source_id",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="Stable id, made from format and location.",
        ),
        sa.Column("format", sa.Text(), nullable=False, comment="mlperf_training, github_action_benchmark …"),
        sa.Column(
            "location",
            sa.Text(),
            nullable=False,
            comment="Where it was read from: path within the archive or folder, or URL.",
        ),
        sa.Column("revision", sa.Text(), nullable=True, comment="Commit or round that the file belongs to."),
        sa.Column("checksum", sa.Text(), nullable=False, comment="SHA-256 of the bytes read."),
        sa.Column("license", sa.Text(), nullable=True, comment="Licence, when the source states one."),
        sa.Column(
            "results", sa.BigInteger(), server_default="0", nullable=False, comment="Results taken from it."
        ),
        sa.Column("rejected", sa.BigInteger(), server_default="0", nullable=False, comment="Rows refused."),
        sa.Column(
            "rejections", sa.Text(), nullable=True, comment="The first refusals with their reasons, as JSON."
        ),
        sa.Column("ingested_at", UtcDateTime(), nullable=False, comment="When it was first read (UTC)."),
        sa.PrimaryKeyConstraint("source_id", name=op.f("pk_benchmark_sources")),
        comment="Files that benchmark results were read from, with their checksums.",
    )
    op.create_table(
        "calendar",
        sa.Column("day", sa.Date(), nullable=False, comment="The day."),
        sa.Column(
            "grain", sa.Text(), nullable=False, comment="day, week (from Monday), month, quarter or year."
        ),
        sa.Column("period", sa.Date(), nullable=False, comment="First day of the period."),
        sa.Column("period_end", sa.Date(), nullable=False, comment="Last day of the period."),
        sa.PrimaryKeyConstraint("day", "grain", name=op.f("pk_calendar")),
        comment="Every day once per grain, so that no query needs a date function.",
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("calendar", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_calendar_grain_period"), ["grain", "period"], unique=False)

    op.create_table(
        "collector_runs",
        sa.Column("run_id", sa.Integer(), autoincrement=True, nullable=False, comment="Number of the run."),
        sa.Column("job", sa.Text(), nullable=False, comment="Name of the job."),
        sa.Column("target", sa.Text(), nullable=False, comment="Repository (OWNER/NAME) or `all`."),
        sa.Column(
            "state",
            sa.Text(),
            nullable=False,
            comment="running, done, failed, waiting (for quota) or stopped.",
        ),
        sa.Column("started_at", UtcDateTime(), nullable=False, comment="When it began (UTC)."),
        sa.Column(
            "heartbeat_at", UtcDateTime(), nullable=False, comment="When its last page went down (UTC)."
        ),
        sa.Column(
            "ended_at", UtcDateTime(), nullable=True, comment="When it ended (UTC); NULL while running."
        ),
        sa.Column("pages", sa.BigInteger(), server_default="0", nullable=False, comment="Pages committed."),
        sa.Column(
            "rows",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Rows written, new or repeated.",
        ),
        sa.Column(
            "expected_rows",
            sa.BigInteger(),
            nullable=True,
            comment="How many rows the source said it has, when it said.",
        ),
        sa.Column(
            "requests", sa.BigInteger(), server_default="0", nullable=False, comment="REST requests made."
        ),
        sa.Column(
            "points", sa.BigInteger(), server_default="0", nullable=False, comment="GraphQL points spent."
        ),
        sa.Column("rejected", sa.BigInteger(), server_default="0", nullable=False, comment="Rows refused."),
        sa.Column(
            "rejections", sa.Text(), nullable=True, comment="The first refusals with their reasons, as JSON."
        ),
        sa.Column("error", sa.Text(), nullable=True, comment="Why it failed, in one sentence."),
        sa.Column("next_step", sa.Text(), nullable=True, comment="What to do about it."),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_collector_runs")),
        comment="The ledger: every run of every job, with what it cost, gave and refused.",
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("collector_runs", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_collector_runs_job_target_started_at"),
            ["job", "target", "started_at"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_collector_runs_state"), ["state"], unique=False)

    op.create_table(
        "commit_coauthors",
        sa.Column("repository_id", sa.BigInteger(), nullable=False, comment="The repository."),
        sa.Column("sha", sa.Text(), nullable=False, comment="The commit."),
        sa.Column("coauthor_id", sa.BigInteger(), nullable=False, comment="Identity of the co-author."),
        sa.PrimaryKeyConstraint("repository_id", "sha", "coauthor_id", name=op.f("pk_commit_coauthors")),
        comment="Co-authors by Co-authored-by trailers.",
    )
    with op.batch_alter_table("commit_coauthors", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_commit_coauthors_coauthor_id"), ["coauthor_id"], unique=False)

    op.create_table(
        "contributions",
        sa.Column("repository_id", sa.BigInteger(), nullable=False, comment="The repository."),
        sa.Column(
            "kind",
            sa.Text(),
            nullable=False,
            comment="commit, coauthored_commit, issue, pull_request, merged_pull_request, review or comment.",
        ),
        sa.Column("day", sa.Date(), nullable=False, comment="The day (UTC)."),
        sa.Column("person_id", sa.BigInteger(), nullable=False, comment="Who."),
        sa.Column(
            "segment",
            sa.Text(),
            nullable=False,
            comment="steward, organization (another one), independent or unknown; proxies count as steward, bots as bot.",
        ),
        sa.Column(
            "organization_id",
            sa.BigInteger(),
            nullable=False,
            comment="Organisation acted for that day; 0 when none is known.",
        ),
        sa.Column("person_kind", sa.Text(), nullable=False, comment="human, bot or proxy."),
        sa.Column("quantity", sa.BigInteger(), nullable=False, comment="How many."),
        sa.PrimaryKeyConstraint(
            "repository_id",
            "kind",
            "day",
            "person_id",
            "segment",
            "organization_id",
            name=op.f("pk_contributions"),
        ),
        comment="Daily sums of every kind of work by person, with the affiliation held that day: what most metrics read. Made anew by the refresh.",
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("contributions", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_contributions_person_id_day"), ["person_id", "day"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_contributions_repository_id_day"), ["repository_id", "day"], unique=False
        )

    op.create_table(
        "cursors",
        sa.Column("job", sa.Text(), nullable=False, comment="Name of the job."),
        sa.Column("target", sa.Text(), nullable=False, comment="Repository (OWNER/NAME) or `all`."),
        sa.Column("cursor", sa.Text(), nullable=False, comment="Where the next page starts, as JSON."),
        sa.Column("updated_at", UtcDateTime(), nullable=False, comment="When it last moved (UTC)."),
        sa.Column(
            "finished_at",
            UtcDateTime(),
            nullable=True,
            comment="When a run last came to the source's end (UTC).",
        ),
        sa.PrimaryKeyConstraint("job", "target", name=op.f("pk_cursors")),
        comment="How far each job has come; written in the same transaction as the page before it.",
    )
    op.create_table(
        "environments",
        sa.Column(
            "environment_id",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="Stable id, made from all fields.",
        ),
        sa.Column(
            "environment_key",
            sa.Text(),
            nullable=False,
            comment="Framework, compiler, precision and OS: what makes two series differ.",
        ),
        sa.Column("framework", sa.Text(), nullable=True, comment="TensorFlow, JAX, PyTorch …"),
        sa.Column("version", sa.Text(), nullable=True, comment="Version of the framework."),
        sa.Column(
            "compiler", sa.Text(), nullable=False, comment="none, xla, xla:PIPELINE, tensorrt … or unknown."
        ),
        sa.Column("precision", sa.Text(), nullable=True, comment="float32, float16, bfloat16, mixed, int8."),
        sa.Column("os", sa.Text(), nullable=True, comment="Operating system."),
        sa.PrimaryKeyConstraint("environment_id", name=op.f("pk_environments")),
        comment="Software that benchmarks ran with. `environment_key` leaves the framework's version out: it is an axis, not a part of a series.",
    )
    op.create_table(
        "hardware",
        sa.Column(
            "hardware_id",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="Stable id, made from all fields.",
        ),
        sa.Column(
            "hardware_class",
            sa.Text(),
            nullable=False,
            comment="x86, arm, power, gpu, tpu, dsp, vpu, npu or unknown.",
        ),
        sa.Column(
            "vendor",
            sa.Text(),
            nullable=True,
            comment="Maker of the accelerator, or of the processor where there is none.",
        ),
        sa.Column(
            "model",
            sa.Text(),
            nullable=False,
            comment="Accelerator, or processor where there is none, as the source names it.",
        ),
        sa.Column(
            "family",
            sa.Text(),
            nullable=False,
            comment="What people call the model: A100, TPU v4, Xeon …; the model itself where no shorter name is known.",
        ),
        sa.Column(
            "count", sa.BigInteger(), nullable=True, comment="How many of it in all; NULL when not stated."
        ),
        sa.Column(
            "nodes", sa.BigInteger(), nullable=True, comment="How many machines; NULL when not stated."
        ),
        sa.Column("host", sa.Text(), nullable=True, comment="Host processor's model."),
        sa.PrimaryKeyConstraint("hardware_id", name=op.f("pk_hardware")),
        comment="What benchmarks ran on: kinds of machines, never single hosts.",
    )
    op.create_table(
        "identities",
        sa.Column(
            "identity_id",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="Stable id, made from the numeric user id or the keyed hash.",
        ),
        sa.Column("kind", sa.Text(), nullable=False, comment="login or email."),
        sa.Column(
            "github_user_id",
            sa.BigInteger(),
            nullable=True,
            comment="GitHub's numeric user id; for e-mail, only from a noreply address.",
        ),
        sa.Column(
            "login",
            sa.Text(),
            nullable=True,
            comment="Login when last seen; for e-mail, only from a noreply address.",
        ),
        sa.Column(
            "account_type",
            sa.Text(),
            nullable=True,
            comment="User, Bot, Organization or Mannequin, as GitHub says.",
        ),
        sa.Column(
            "name",
            sa.Text(),
            nullable=True,
            comment="Name given in the profile or the commit, when last seen.",
        ),
        sa.Column("company", sa.Text(), nullable=True, comment="Company that the public profile names."),
        sa.Column(
            "address_hash",
            sa.Text(),
            nullable=True,
            comment="Keyed hash of the e-mail address; the address itself is not held.",
        ),
        sa.Column("domain", sa.Text(), nullable=True, comment="Domain of the e-mail address, lower case."),
        sa.Column(
            "first_seen", UtcDateTime(), nullable=True, comment="Earliest act under this identity (UTC)."
        ),
        sa.Column("last_seen", UtcDateTime(), nullable=True, comment="Latest act under this identity (UTC)."),
        sa.Column(
            "person_id", sa.BigInteger(), nullable=True, comment="Who this is; set by the people refresh."
        ),
        sa.Column("person_reason", sa.Text(), nullable=True, comment="The evidence for person_id."),
        sa.PrimaryKeyConstraint("identity_id", name=op.f("pk_identities")),
        comment="Logins and e-mail addresses; an address is held only as a keyed hash and its domain.",
    )
    with op.batch_alter_table("identities", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_identities_github_user_id"), ["github_user_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_identities_login"), ["login"], unique=False)
        batch_op.create_index(batch_op.f("ix_identities_person_id"), ["person_id"], unique=False)

    op.create_table(
        "leases",
        sa.Column("name", sa.Text(), nullable=False, comment="JOB TARGET, or `scheduler`."),
        sa.Column("holder", sa.Text(), nullable=False, comment="Host, process and a random part."),
        sa.Column(
            "token",
            sa.BigInteger(),
            nullable=False,
            comment="Grows with each taking; a write with an older one is refused.",
        ),
        sa.Column("expires_at", UtcDateTime(), nullable=False, comment="When others may take it (UTC)."),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
        comment="Who is at work on what, until when; fenced by a token that grows.",
    )
    op.create_table(
        "metric_definitions",
        sa.Column("metric", sa.Text(), nullable=False, comment="Name; the file is db/metrics/GOAL/NAME.sql."),
        sa.Column(
            "goal",
            sa.Text(),
            nullable=False,
            comment="innovation, talent, research, cloud, ambition or performance.",
        ),
        sa.Column("title", sa.Text(), nullable=False, comment="Title, as a question or statement."),
        sa.Column("meaning", sa.Text(), nullable=False, comment="One sentence."),
        sa.Column("unit", sa.Text(), nullable=False, comment="What a value counts."),
        sa.Column(
            "direction", sa.Text(), nullable=False, comment="up, down or neutral: which way is better."
        ),
        sa.Column(
            "segments",
            sa.Text(),
            nullable=False,
            comment="What the segment column tells apart; empty when it is not used.",
        ),
        sa.Column(
            "headline",
            sa.Text(),
            nullable=False,
            comment="The segment that scorecards show: `all` unless the metric says another.",
        ),
        sa.Column(
            "figure", sa.Text(), nullable=False, comment="line, area, bar or stacked_bar, heat_map, funnel."
        ),
        sa.Column("source", sa.Text(), nullable=False, comment="Where the definition comes from."),
        sa.Column("leaves_out", sa.Text(), nullable=False, comment="What is not counted."),
        sa.Column(
            "coverage",
            sa.Text(),
            nullable=False,
            comment="The metric that tells which share of its facts is known; empty when all of it is.",
        ),
        sa.Column("sql", sa.Text(), nullable=False, comment="The SELECT that computes it."),
        sa.PrimaryKeyConstraint("metric", name=op.f("pk_metric_definitions")),
        comment="The catalogue: one row per metric file, with its meaning and its SQL.",
    )
    op.create_table(
        "metric_refreshes",
        sa.Column("metric", sa.Text(), nullable=False, comment="The metric."),
        sa.Column("refreshed_at", UtcDateTime(), nullable=False, comment="When it was computed (UTC)."),
        sa.Column(
            "facts_until",
            sa.Date(),
            nullable=True,
            comment="Latest day among the facts; NULL when there were none.",
        ),
        sa.Column("seconds", sa.Double(), nullable=False, comment="How long it took."),
        sa.Column("rows", sa.BigInteger(), nullable=False, comment="How many values it gave."),
        sa.PrimaryKeyConstraint("metric", name=op.f("pk_metric_refreshes")),
        comment="When each metric was last computed, from facts up to when, and how long it took.",
    )
    op.create_table(
        "organizations",
        sa.Column(
            "organization_id",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="Stable id, made from the name; 0 is never used.",
        ),
        sa.Column("name", sa.Text(), nullable=False, comment="Name to show."),
        sa.Column("kind", sa.Text(), nullable=False, comment="company, university, institute or community."),
        sa.Column(
            "steward",
            sa.Boolean(),
            server_default="0",
            nullable=False,
            comment="True for the company that owns the project.",
        ),
        sa.Column(
            "peer",
            sa.Boolean(),
            server_default="0",
            nullable=False,
            comment="True for the rivals that the Research goal watches.",
        ),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_organizations")),
        comment="Companies, universities and other bodies that people act for.",
    )
    with op.batch_alter_table("organizations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_organizations_name"), ["name"], unique=True)

    op.create_table(
        "papers",
        sa.Column(
            "paper_id",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="Stable id, made from scheme and identifier.",
        ),
        sa.Column("scheme", sa.Text(), nullable=False, comment="arxiv or doi."),
        sa.Column(
            "identifier", sa.Text(), nullable=False, comment="arXiv id without version, or DOI in lower case."
        ),
        sa.PrimaryKeyConstraint("paper_id", name=op.f("pk_papers")),
        comment="Papers by arXiv id or DOI.",
    )
    op.create_table(
        "people",
        sa.Column(
            "person_id",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="Stable id, made from the person's first identity.",
        ),
        sa.Column("display_name", sa.Text(), nullable=False, comment="Name or login to show."),
        sa.Column("login", sa.Text(), nullable=True, comment="GitHub login, when known."),
        sa.Column(
            "kind",
            sa.Text(),
            nullable=False,
            comment="human, bot (a program acting in its own name) or proxy (an account that carries other people's work).",
        ),
        sa.Column("kind_reason", sa.Text(), nullable=False, comment="The rule that decided the kind."),
        sa.Column(
            "independent",
            sa.Boolean(),
            server_default="0",
            nullable=False,
            comment="True when free-mail or noreply addresses are all that is known of the person.",
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_people")),
        comment="Humans, bots and proxies, one row each, merged from identities by evidence.",
    )
    with op.batch_alter_table("people", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_people_kind"), ["kind"], unique=False)

    op.create_table(
        "report_deliveries",
        sa.Column("report_id", sa.BigInteger(), autoincrement=False, nullable=False, comment="The issue."),
        sa.Column("channel", sa.Text(), nullable=False, comment="file, email or webhook."),
        sa.Column("recipient", sa.Text(), nullable=False, comment="Folder, or keyed hash of the address."),
        sa.Column("state", sa.Text(), nullable=False, comment="pending, sent or failed."),
        sa.Column(
            "attempts", sa.BigInteger(), server_default="0", nullable=False, comment="How often it was tried."
        ),
        sa.Column("error", sa.Text(), nullable=True, comment="Why the last try failed."),
        sa.Column("updated_at", UtcDateTime(), nullable=False, comment="When the state last changed (UTC)."),
        sa.PrimaryKeyConstraint("report_id", "channel", "recipient", name=op.f("pk_report_deliveries")),
        comment="Which issue went where, and how that ended.",
    )
    op.create_table(
        "reports",
        sa.Column(
            "report_id", sa.Integer(), autoincrement=True, nullable=False, comment="Number of the issue."
        ),
        sa.Column("report", sa.Text(), nullable=False, comment="Name of the report, such as weekly."),
        sa.Column("scope", sa.Text(), nullable=False, comment="Name of the scope that it is about."),
        sa.Column("period", sa.Date(), nullable=False, comment="First day of the period."),
        sa.Column("period_end", sa.Date(), nullable=False, comment="Last day of the period."),
        sa.Column(
            "headline", sa.Text(), nullable=False, comment="The most important thing, in one sentence."
        ),
        sa.Column("html", sa.Text(), nullable=False, comment="The whole issue as HTML, self-contained."),
        sa.Column("text", sa.Text(), nullable=False, comment="Its text twin."),
        sa.Column(
            "simulated",
            sa.Boolean(),
            server_default="0",
            nullable=False,
            comment="True when its numbers are simulated.",
        ),
        sa.Column("made_at", UtcDateTime(), nullable=False, comment="When it was made (UTC)."),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_reports")),
        comment="Issues of scheduled reports, as they were made.",
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("reports", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_reports_report_scope_period"), ["report", "scope", "period"], unique=True
        )

    op.create_table(
        "repositories",
        sa.Column(
            "repository_id",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="Stable id, made from the name under which the repository was first seen.",
        ),
        sa.Column(
            "github_id",
            sa.BigInteger(),
            nullable=True,
            comment="GitHub's numeric id; stays when the repository is renamed. NULL when known from a clone only.",
        ),
        sa.Column("full_name", sa.Text(), nullable=False, comment="OWNER/NAME as it is now."),
        sa.Column(
            "role",
            sa.Text(),
            nullable=False,
            comment="core, ecosystem, compiler, cloud, peer, platform or use_case.",
        ),
        sa.Column(
            "state",
            sa.Text(),
            server_default="alive",
            nullable=False,
            comment="alive, archived, deleted, private or blocked, as last seen.",
        ),
        sa.Column(
            "simulated",
            sa.Boolean(),
            server_default="0",
            nullable=False,
            comment="True when every fact of this repository comes from the bundled simulator.",
        ),
        sa.Column(
            "default_branch", sa.Text(), nullable=True, comment="Branch whose history counts as activity."
        ),
        sa.Column("clone_url", sa.Text(), nullable=True, comment="Where its git history can be cloned from."),
        sa.Column("description", sa.Text(), nullable=True, comment="The owner's own description."),
        sa.Column("homepage", sa.Text(), nullable=True, comment="Home page that the owner names."),
        sa.Column(
            "language", sa.Text(), nullable=True, comment="Main programming language by GitHub's count."
        ),
        sa.Column("license", sa.Text(), nullable=True, comment="SPDX identifier of the licence."),
        sa.Column(
            "topics",
            sa.Text(),
            nullable=True,
            comment="Topics, separated by single spaces, in alphabetical order.",
        ),
        sa.Column("stars", sa.BigInteger(), nullable=True, comment="Stars when last seen."),
        sa.Column("forks", sa.BigInteger(), nullable=True, comment="Forks when last seen."),
        sa.Column("watchers", sa.BigInteger(), nullable=True, comment="Subscribers when last seen."),
        sa.Column(
            "issues_total",
            sa.BigInteger(),
            nullable=True,
            comment="GitHub's own count of issues, open and closed.",
        ),
        sa.Column(
            "pull_requests_total",
            sa.BigInteger(),
            nullable=True,
            comment="GitHub's own count of pull requests, open and closed.",
        ),
        sa.Column(
            "size_kilobytes",
            sa.BigInteger(),
            nullable=True,
            comment="Size of the git repository by GitHub's count, in kB.",
        ),
        sa.Column(
            "commits_total",
            sa.BigInteger(),
            nullable=True,
            comment="GitHub's own count of commits on the default branch.",
        ),
        sa.Column("created_at", UtcDateTime(), nullable=True, comment="When it was created on GitHub (UTC)."),
        sa.Column("pushed_at", UtcDateTime(), nullable=True, comment="Last push of any branch (UTC)."),
        sa.Column("seen_at", UtcDateTime(), nullable=True, comment="When these facts were read (UTC)."),
        sa.PrimaryKeyConstraint("repository_id", name=op.f("pk_repositories")),
        comment="Repositories that are tracked or that use TensorFlow, one row each, under the name they have now.",
    )
    with op.batch_alter_table("repositories", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_repositories_full_name"), ["full_name"], unique=True)
        batch_op.create_index(batch_op.f("ix_repositories_github_id"), ["github_id"], unique=True)
        batch_op.create_index(batch_op.f("ix_repositories_role"), ["role"], unique=False)

    op.create_table(
        "scopes",
        sa.Column(
            "scope_id",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="Stable id, made from the name.",
        ),
        sa.Column(
            "name",
            sa.Text(),
            nullable=False,
            comment="project, role:ROLE or OWNER/NAME; what `--scope` and the URL take.",
        ),
        sa.Column(
            "kind",
            sa.Text(),
            nullable=False,
            comment="project (core and ecosystem together), role or repository.",
        ),
        sa.Column("title", sa.Text(), nullable=False, comment="What people read."),
        sa.Column("position", sa.BigInteger(), server_default="0", nullable=False, comment="Order in lists."),
        sa.PrimaryKeyConstraint("scope_id", name=op.f("pk_scopes")),
        comment="Sets of repositories that numbers are computed and shown for.",
    )
    with op.batch_alter_table("scopes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_scopes_name"), ["name"], unique=True)

    op.create_table(
        "affiliations",
        sa.Column("person_id", sa.BigInteger(), nullable=False, comment="The person."),
        sa.Column("from_day", sa.Date(), nullable=False, comment="First day, 1900-01-01 when open."),
        sa.Column("to_day", sa.Date(), nullable=False, comment="Last day, 9999-12-31 when open."),
        sa.Column("organization_id", sa.BigInteger(), nullable=False, comment="The organisation."),
        sa.Column("source", sa.Text(), nullable=False, comment="manual, map, domain or profile."),
        sa.Column(
            "confidence", sa.Double(), nullable=False, comment="0 to 1: how far the source can be trusted."
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.organization_id"],
            name=op.f("fk_affiliations_organization_id"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.person_id"], name=op.f("fk_affiliations_person_id")),
        sa.PrimaryKeyConstraint("person_id", "from_day", name=op.f("pk_affiliations")),
        comment="For whom a person acted, dated and sourced; at most one row covers any day of a person.",
    )
    with op.batch_alter_table("affiliations", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_affiliations_organization_id"), ["organization_id"], unique=False
        )

    op.create_table(
        "benchmark_series",
        sa.Column(
            "series_id",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="Stable id, made from the four.",
        ),
        sa.Column("case_id", sa.BigInteger(), nullable=False, comment="What was run."),
        sa.Column("hardware_id", sa.BigInteger(), nullable=False, comment="On what."),
        sa.Column("environment_key", sa.Text(), nullable=False, comment="With what, versions apart."),
        sa.Column("metric_id", sa.BigInteger(), nullable=False, comment="What was measured."),
        sa.ForeignKeyConstraint(
            ["case_id"], ["benchmark_cases.case_id"], name=op.f("fk_benchmark_series_case_id")
        ),
        sa.ForeignKeyConstraint(
            ["hardware_id"], ["hardware.hardware_id"], name=op.f("fk_benchmark_series_hardware_id")
        ),
        sa.ForeignKeyConstraint(
            ["metric_id"], ["benchmark_metrics.metric_id"], name=op.f("fk_benchmark_series_metric_id")
        ),
        sa.PrimaryKeyConstraint("series_id", name=op.f("pk_benchmark_series")),
        comment="Results that may be compared over time: one case, hardware, environment key and metric.",
    )
    with op.batch_alter_table("benchmark_series", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_benchmark_series_case_id"), ["case_id"], unique=False)

    op.create_table(
        "comments",
        sa.Column("repository_id", sa.BigInteger(), nullable=False, comment="The repository."),
        sa.Column(
            "kind", sa.Text(), nullable=False, comment="conversation (issue or pull request) or review_line."
        ),
        sa.Column(
            "github_id",
            sa.BigInteger(),
            nullable=False,
            comment="GitHub's numeric id, unique within the kind.",
        ),
        sa.Column(
            "number", sa.BigInteger(), nullable=False, comment="Issue or pull request that it belongs to."
        ),
        sa.Column(
            "author_id",
            sa.BigInteger(),
            nullable=True,
            comment="Identity of the author; NULL when the account is gone.",
        ),
        sa.Column(
            "author_association",
            sa.Text(),
            nullable=True,
            comment="MEMBER, CONTRIBUTOR, NONE …, as GitHub says.",
        ),
        sa.Column("created_at", UtcDateTime(), nullable=False, comment="When it was written (UTC)."),
        sa.Column("day", sa.Date(), nullable=False, comment="Day of created_at."),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repositories.repository_id"], name=op.f("fk_comments_repository_id")
        ),
        sa.PrimaryKeyConstraint("repository_id", "kind", "github_id", name=op.f("pk_comments")),
        comment="Comments on issues, pull requests and their lines; the text is not held.",
    )
    with op.batch_alter_table("comments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_comments_author_id"), ["author_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_comments_repository_id_day"), ["repository_id", "day"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_comments_repository_id_number_created_at"),
            ["repository_id", "number", "created_at"],
            unique=False,
        )

    op.create_table(
        "commits",
        sa.Column("repository_id", sa.BigInteger(), nullable=False, comment="The repository."),
        sa.Column("sha", sa.Text(), nullable=False, comment="Full hash of the commit."),
        sa.Column(
            "author_id", sa.BigInteger(), nullable=False, comment="Identity of the author, mailmap respected."
        ),
        sa.Column("committer_id", sa.BigInteger(), nullable=False, comment="Identity of the committer."),
        sa.Column(
            "authored_at",
            UtcDateTime(),
            nullable=False,
            comment="Author date as written (UTC); affiliation is taken at it.",
        ),
        sa.Column(
            "author_offset",
            sa.BigInteger(),
            nullable=False,
            comment="Author's time zone, minutes east of UTC.",
        ),
        sa.Column(
            "committed_at",
            UtcDateTime(),
            nullable=False,
            comment="Commit date (UTC), repaired from the neighbours when bogus.",
        ),
        sa.Column(
            "date_repaired",
            sa.Boolean(),
            server_default="0",
            nullable=False,
            comment="True when the written commit date could not be (1970, the future) and the neighbours' was taken.",
        ),
        sa.Column("day", sa.Date(), nullable=False, comment="Day of committed_at; activity counts on it."),
        sa.Column(
            "parents", sa.BigInteger(), nullable=False, comment="Number of parents; 2 or more is a merge."
        ),
        sa.Column(
            "files",
            sa.BigInteger(),
            nullable=True,
            comment="Files changed against the first parent; 0 for merges, NULL when the clone lacks the contents.",
        ),
        sa.Column(
            "additions",
            sa.BigInteger(),
            nullable=True,
            comment="Lines added; NULL when the clone lacks the contents.",
        ),
        sa.Column(
            "deletions",
            sa.BigInteger(),
            nullable=True,
            comment="Lines deleted; NULL when the clone lacks the contents.",
        ),
        sa.Column("subject", sa.Text(), nullable=False, comment="First line of the message."),
        sa.Column(
            "pull_request",
            sa.BigInteger(),
            nullable=True,
            comment="Pull request number that the subject names.",
        ),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repositories.repository_id"], name=op.f("fk_commits_repository_id")
        ),
        sa.PrimaryKeyConstraint("repository_id", "sha", name=op.f("pk_commits")),
        comment="Commits reachable from the default branch, merges included.",
    )
    with op.batch_alter_table("commits", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_commits_repository_id_day"), ["repository_id", "day"], unique=False
        )

    op.create_table(
        "history_counts",
        sa.Column("repository_id", sa.BigInteger(), nullable=False, comment="The repository."),
        sa.Column("day", sa.Date(), nullable=False, comment="First day of the month."),
        sa.Column(
            "commits", sa.BigInteger(), nullable=False, comment="Commits with a commit date in that month."
        ),
        sa.Column("counted_at", UtcDateTime(), nullable=False, comment="When GitHub was asked (UTC)."),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repositories.repository_id"], name=op.f("fk_history_counts_repository_id")
        ),
        sa.PrimaryKeyConstraint("repository_id", "day", name=op.f("pk_history_counts")),
        comment="Commits per month on the default branch by GitHub's history count: costs no clone, so huge repositories are measured by it.",
    )
    op.create_table(
        "issues",
        sa.Column("repository_id", sa.BigInteger(), nullable=False, comment="The repository."),
        sa.Column("number", sa.BigInteger(), nullable=False, comment="Number within the repository."),
        sa.Column("github_id", sa.BigInteger(), nullable=True, comment="GitHub's numeric id."),
        sa.Column("title", sa.Text(), nullable=False, comment="Title as written; never markup."),
        sa.Column(
            "author_id",
            sa.BigInteger(),
            nullable=True,
            comment="Identity of the author; NULL when the account is gone.",
        ),
        sa.Column(
            "author_association",
            sa.Text(),
            nullable=True,
            comment="MEMBER, CONTRIBUTOR, NONE …, as GitHub says.",
        ),
        sa.Column(
            "state", sa.Text(), nullable=False, comment="open, closed, deleted, transferred or converted."
        ),
        sa.Column(
            "state_reason", sa.Text(), nullable=True, comment="completed, not_planned, duplicate or reopened."
        ),
        sa.Column("created_at", UtcDateTime(), nullable=False, comment="When it was opened (UTC)."),
        sa.Column(
            "updated_at", UtcDateTime(), nullable=False, comment="Last change by GitHub's clock (UTC)."
        ),
        sa.Column(
            "closed_at",
            UtcDateTime(),
            nullable=True,
            comment="When it was last closed (UTC); NULL while open.",
        ),
        sa.Column("day", sa.Date(), nullable=False, comment="Day of created_at."),
        sa.Column("closed_day", sa.Date(), nullable=True, comment="Day of closed_at."),
        sa.Column(
            "comments",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Comments by GitHub's count.",
        ),
        sa.Column(
            "reactions",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Reactions of every kind.",
        ),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repositories.repository_id"], name=op.f("fk_issues_repository_id")
        ),
        sa.PrimaryKeyConstraint("repository_id", "number", name=op.f("pk_issues")),
        comment="Issues, one row each; pull requests are not issues here.",
    )
    with op.batch_alter_table("issues", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_issues_author_id"), ["author_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_issues_repository_id_day"), ["repository_id", "day"], unique=False
        )

    op.create_table(
        "labels",
        sa.Column("repository_id", sa.BigInteger(), nullable=False, comment="The repository."),
        sa.Column("number", sa.BigInteger(), nullable=False, comment="Issue or pull request."),
        sa.Column("name", sa.Text(), nullable=False, comment="The label as written."),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repositories.repository_id"], name=op.f("fk_labels_repository_id")
        ),
        sa.PrimaryKeyConstraint("repository_id", "number", "name", name=op.f("pk_labels")),
        comment="Labels that issues and pull requests carry now.",
    )
    with op.batch_alter_table("labels", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_labels_repository_id_name"), ["repository_id", "name"], unique=False
        )

    op.create_table(
        "metric_values",
        sa.Column("metric", sa.Text(), nullable=False, comment="The metric."),
        sa.Column("scope_id", sa.BigInteger(), nullable=False, comment="What it is about."),
        sa.Column("grain", sa.Text(), nullable=False, comment="day, week, month, quarter or year."),
        sa.Column("period", sa.Date(), nullable=False, comment="First day of the period."),
        sa.Column(
            "segment", sa.Text(), nullable=False, comment="The segment; `all` when the metric has none."
        ),
        sa.Column("value", sa.Double(), nullable=False, comment="The value, in the metric's unit."),
        sa.Column(
            "sample_size",
            sa.BigInteger(),
            nullable=False,
            comment="How many facts stand behind it; for a ratio, its denominator.",
        ),
        sa.Column(
            "complete",
            sa.Boolean(),
            nullable=False,
            comment="False while the period is not over or its facts are not all collected.",
        ),
        sa.ForeignKeyConstraint(["scope_id"], ["scopes.scope_id"], name=op.f("fk_metric_values_scope_id")),
        sa.PrimaryKeyConstraint(
            "metric", "scope_id", "grain", "period", "segment", name=op.f("pk_metric_values")
        ),
        comment="Every number that is shown: one row per metric, scope, grain, period and segment.",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "organization_domains",
        sa.Column(
            "domain", sa.Text(), nullable=False, comment="Lower-case domain; its subdomains belong to it too."
        ),
        sa.Column("from_day", sa.Date(), nullable=False, comment="First day, 1900-01-01 when open."),
        sa.Column("to_day", sa.Date(), nullable=False, comment="Last day, 9999-12-31 when open."),
        sa.Column(
            "organization_id", sa.BigInteger(), nullable=False, comment="Whose domain it is in that time."
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.organization_id"],
            name=op.f("fk_organization_domains_organization_id"),
        ),
        sa.PrimaryKeyConstraint("domain", "from_day", name=op.f("pk_organization_domains")),
        comment="E-mail domains of organisations, dated, since companies are bought and renamed.",
    )
    op.create_table(
        "paper_mentions",
        sa.Column("paper_id", sa.BigInteger(), nullable=False, comment="The paper."),
        sa.Column("repository_id", sa.BigInteger(), nullable=False, comment="The repository."),
        sa.Column("place", sa.Text(), nullable=False, comment="commit, issue, pull_request or description."),
        sa.Column(
            "reference",
            sa.Text(),
            nullable=False,
            comment="Hash or number of the place; empty for a description.",
        ),
        sa.Column("day", sa.Date(), nullable=False, comment="Day of the mention."),
        sa.ForeignKeyConstraint(["paper_id"], ["papers.paper_id"], name=op.f("fk_paper_mentions_paper_id")),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repositories.repository_id"], name=op.f("fk_paper_mentions_repository_id")
        ),
        sa.PrimaryKeyConstraint(
            "paper_id", "repository_id", "place", "reference", name=op.f("pk_paper_mentions")
        ),
        comment="Where papers are linked: commit messages, issues, pull requests, descriptions.",
    )
    with op.batch_alter_table("paper_mentions", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_paper_mentions_repository_id_day"), ["repository_id", "day"], unique=False
        )

    op.create_table(
        "popularity",
        sa.Column("repository_id", sa.BigInteger(), nullable=False, comment="The repository."),
        sa.Column("day", sa.Date(), nullable=False, comment="The day (UTC)."),
        sa.Column(
            "source",
            sa.Text(),
            nullable=False,
            comment="snapshot (total read that day) or star_history (sum of GitHub's weekly history; un-starred accounts missing).",
        ),
        sa.Column("stars", sa.BigInteger(), nullable=True, comment="Stars held at the end of the day."),
        sa.Column("forks", sa.BigInteger(), nullable=True, comment="Forks at the end of the day."),
        sa.Column("watchers", sa.BigInteger(), nullable=True, comment="Subscribers at the end of the day."),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repositories.repository_id"], name=op.f("fk_popularity_repository_id")
        ),
        sa.PrimaryKeyConstraint("repository_id", "day", "source", name=op.f("pk_popularity")),
        comment="Stars, forks and watchers at the end of a day, one row per source; sources are never mixed in one series.",
    )
    op.create_table(
        "pull_requests",
        sa.Column("repository_id", sa.BigInteger(), nullable=False, comment="The repository."),
        sa.Column("number", sa.BigInteger(), nullable=False, comment="Number within the repository."),
        sa.Column("github_id", sa.BigInteger(), nullable=True, comment="GitHub's numeric id."),
        sa.Column("title", sa.Text(), nullable=False, comment="Title as written; never markup."),
        sa.Column(
            "author_id",
            sa.BigInteger(),
            nullable=True,
            comment="Identity of the author; NULL when the account is gone.",
        ),
        sa.Column(
            "author_association",
            sa.Text(),
            nullable=True,
            comment="MEMBER, CONTRIBUTOR, NONE …, as GitHub says.",
        ),
        sa.Column(
            "state",
            sa.Text(),
            nullable=False,
            comment="open, merged or closed: merged also when Copybara landed it though GitHub calls it closed.",
        ),
        sa.Column(
            "merge_evidence",
            sa.Text(),
            nullable=True,
            comment="Why state is merged: github (its own flag) or commit (a landed commit names the number).",
        ),
        sa.Column("merge_commit", sa.Text(), nullable=True, comment="Hash of the commit that landed it."),
        sa.Column("created_at", UtcDateTime(), nullable=False, comment="When it was opened (UTC)."),
        sa.Column(
            "updated_at", UtcDateTime(), nullable=False, comment="Last change by GitHub's clock (UTC)."
        ),
        sa.Column(
            "closed_at", UtcDateTime(), nullable=True, comment="When it was closed, merged or not (UTC)."
        ),
        sa.Column("merged_at", UtcDateTime(), nullable=True, comment="When it landed (UTC)."),
        sa.Column("day", sa.Date(), nullable=False, comment="Day of created_at."),
        sa.Column("closed_day", sa.Date(), nullable=True, comment="Day of closed_at."),
        sa.Column("merged_day", sa.Date(), nullable=True, comment="Day of merged_at."),
        sa.Column("additions", sa.BigInteger(), nullable=True, comment="Lines added."),
        sa.Column("deletions", sa.BigInteger(), nullable=True, comment="Lines deleted."),
        sa.Column("changed_files", sa.BigInteger(), nullable=True, comment="Files changed."),
        sa.Column(
            "comments",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Conversation comments by GitHub's count.",
        ),
        sa.Column(
            "reviews",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Reviews by GitHub's count.",
        ),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repositories.repository_id"], name=op.f("fk_pull_requests_repository_id")
        ),
        sa.PrimaryKeyConstraint("repository_id", "number", name=op.f("pk_pull_requests")),
        comment="Pull requests, one row each.",
    )
    with op.batch_alter_table("pull_requests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pull_requests_author_id"), ["author_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_pull_requests_repository_id_day"), ["repository_id", "day"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_pull_requests_repository_id_merged_day"),
            ["repository_id", "merged_day"],
            unique=False,
        )

    op.create_table(
        "releases",
        sa.Column("repository_id", sa.BigInteger(), nullable=False, comment="The repository."),
        sa.Column("tag", sa.Text(), nullable=False, comment="Tag that the release was made from."),
        sa.Column("github_id", sa.BigInteger(), nullable=True, comment="GitHub's numeric id."),
        sa.Column("name", sa.Text(), nullable=True, comment="The release's own title."),
        sa.Column(
            "prerelease",
            sa.Boolean(),
            server_default="0",
            nullable=False,
            comment="True for release candidates and nightlies.",
        ),
        sa.Column("published_at", UtcDateTime(), nullable=False, comment="When it was published (UTC)."),
        sa.Column("day", sa.Date(), nullable=False, comment="Day of published_at."),
        sa.Column(
            "credited_contributors",
            sa.BigInteger(),
            nullable=True,
            comment="Distinct logins and names thanked in the notes; NULL when the notes thank nobody by name.",
        ),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repositories.repository_id"], name=op.f("fk_releases_repository_id")
        ),
        sa.PrimaryKeyConstraint("repository_id", "tag", name=op.f("pk_releases")),
        comment="Published releases, one row per tag.",
    )
    with op.batch_alter_table("releases", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_releases_repository_id_day"), ["repository_id", "day"], unique=False
        )

    op.create_table(
        "reviews",
        sa.Column("repository_id", sa.BigInteger(), nullable=False, comment="The repository."),
        sa.Column("github_id", sa.BigInteger(), nullable=False, comment="GitHub's numeric id."),
        sa.Column("number", sa.BigInteger(), nullable=False, comment="The pull request."),
        sa.Column(
            "author_id",
            sa.BigInteger(),
            nullable=True,
            comment="Identity of the reviewer; NULL when the account is gone.",
        ),
        sa.Column(
            "author_association",
            sa.Text(),
            nullable=True,
            comment="MEMBER, CONTRIBUTOR, NONE …, as GitHub says.",
        ),
        sa.Column(
            "state", sa.Text(), nullable=False, comment="approved, changes_requested, commented or dismissed."
        ),
        sa.Column("submitted_at", UtcDateTime(), nullable=False, comment="When it was submitted (UTC)."),
        sa.Column("day", sa.Date(), nullable=False, comment="Day of submitted_at."),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repositories.repository_id"], name=op.f("fk_reviews_repository_id")
        ),
        sa.PrimaryKeyConstraint("repository_id", "github_id", name=op.f("pk_reviews")),
        comment="Submitted reviews of pull requests.",
    )
    with op.batch_alter_table("reviews", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reviews_author_id"), ["author_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_reviews_repository_id_day"), ["repository_id", "day"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_reviews_repository_id_number_submitted_at"),
            ["repository_id", "number", "submitted_at"],
            unique=False,
        )

    op.create_table(
        "scope_repositories",
        sa.Column("scope_id", sa.BigInteger(), nullable=False, comment="The scope."),
        sa.Column("repository_id", sa.BigInteger(), nullable=False, comment="A repository in it."),
        sa.ForeignKeyConstraint(
            ["repository_id"],
            ["repositories.repository_id"],
            name=op.f("fk_scope_repositories_repository_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["scope_id"], ["scopes.scope_id"], name=op.f("fk_scope_repositories_scope_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("scope_id", "repository_id", name=op.f("pk_scope_repositories")),
        comment="Which repositories a scope holds.",
    )
    with op.batch_alter_table("scope_repositories", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_scope_repositories_repository_id"), ["repository_id"], unique=False
        )

    op.create_table(
        "use_cases",
        sa.Column("repository_id", sa.BigInteger(), nullable=False, comment="The repository."),
        sa.Column(
            "domain",
            sa.Text(),
            nullable=False,
            comment="health, vision, language, speech, robotics … or other when nothing is stated.",
        ),
        sa.Column(
            "platform", sa.Text(), nullable=False, comment="mobile, web, embedded, server, notebook or other."
        ),
        sa.Column(
            "cloud", sa.Text(), nullable=False, comment="google_cloud, aws, azure, other or none_stated."
        ),
        sa.Column(
            "evidence",
            sa.Text(),
            nullable=False,
            comment="The words and fields that decided domain, platform and cloud.",
        ),
        sa.Column(
            "confidence",
            sa.Double(),
            nullable=False,
            comment="0 to 1: share of the rules' evidence that agrees with the domain.",
        ),
        sa.Column("found_by", sa.Text(), nullable=False, comment="The search that found it."),
        sa.Column("day", sa.Date(), nullable=False, comment="Day on which the repository was created."),
        sa.Column("active_day", sa.Date(), nullable=True, comment="Day of its last push."),
        sa.Column("found_at", UtcDateTime(), nullable=False, comment="When it was first found (UTC)."),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repositories.repository_id"], name=op.f("fk_use_cases_repository_id")
        ),
        sa.PrimaryKeyConstraint("repository_id", name=op.f("pk_use_cases")),
        comment="Repositories that use TensorFlow, classified by rules with their evidence.",
    )
    with op.batch_alter_table("use_cases", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_use_cases_day"), ["day"], unique=False)
        batch_op.create_index(batch_op.f("ix_use_cases_domain"), ["domain"], unique=False)

    op.create_table(
        "benchmark_results",
        sa.Column(
            "result_id",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="Stable id, made from suite, metric and natural key: a better reading of the hardware moves a result, and never doubles it.",
        ),
        sa.Column("series_id", sa.BigInteger(), nullable=False, comment="The series."),
        sa.Column("source_id", sa.BigInteger(), nullable=False, comment="Where it was first read."),
        sa.Column("environment_id", sa.BigInteger(), nullable=False, comment="Software, versions included."),
        sa.Column(
            "natural_key",
            sa.Text(),
            nullable=False,
            comment="What makes the result one within its suite: submitter, system and the times of the runs, or benchmark, commit and date.",
        ),
        sa.Column("submitter", sa.Text(), nullable=True, comment="Who measured."),
        sa.Column("system", sa.Text(), nullable=True, comment="System as the submitter names it."),
        sa.Column(
            "status", sa.Text(), nullable=True, comment="available, preview or research, as the source says."
        ),
        sa.Column("round", sa.Text(), nullable=True, comment="MLPerf round, such as v2.0."),
        sa.Column("revision", sa.Text(), nullable=True, comment="Commit that was measured."),
        sa.Column(
            "measured_at",
            UtcDateTime(),
            nullable=False,
            comment="When it was measured, or published where that is all that is known (UTC).",
        ),
        sa.Column("value", sa.Double(), nullable=False, comment="The value in the canonical unit."),
        sa.Column("low", sa.Double(), nullable=True, comment="Smallest sample, or lower bound."),
        sa.Column("high", sa.Double(), nullable=True, comment="Largest sample, or upper bound."),
        sa.Column("samples", sa.BigInteger(), nullable=False, comment="How many runs stand behind it."),
        sa.Column(
            "spread", sa.Double(), nullable=True, comment="Standard deviation of the runs, canonical unit."
        ),
        sa.Column(
            "valid",
            sa.Boolean(),
            nullable=False,
            comment="True when enough runs succeeded by the suite's own rule.",
        ),
        sa.Column("invalid_reason", sa.Text(), nullable=True, comment="Why it is not valid."),
        sa.Column(
            "claim", sa.Text(), nullable=False, comment="measured, published, inferred or second-hand."
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.environment_id"],
            name=op.f("fk_benchmark_results_environment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["series_id"], ["benchmark_series.series_id"], name=op.f("fk_benchmark_results_series_id")
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["benchmark_sources.source_id"], name=op.f("fk_benchmark_results_source_id")
        ),
        sa.PrimaryKeyConstraint("result_id", name=op.f("pk_benchmark_results")),
        comment="Values with their spread, validity and claim; a result repeated in a later round is one row.",
    )
    with op.batch_alter_table("benchmark_results", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_benchmark_results_series_id_measured_at"),
            ["series_id", "measured_at"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_benchmark_results_source_id"), ["source_id"], unique=False)

    op.create_table(
        "change_points",
        sa.Column(
            "change_point_id",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="Stable id, made from series and result.",
        ),
        sa.Column("series_id", sa.BigInteger(), nullable=False, comment="The series."),
        sa.Column("result_id", sa.BigInteger(), nullable=False, comment="First result after the step."),
        sa.Column(
            "state", sa.Text(), nullable=False, comment="suspected, confirmed, acknowledged or ignored."
        ),
        sa.Column("before", sa.Double(), nullable=False, comment="Median before, canonical unit."),
        sa.Column("after", sa.Double(), nullable=False, comment="Median after, canonical unit."),
        sa.Column("percent", sa.Double(), nullable=False, comment="Change in per cent of before."),
        sa.Column("probability", sa.Double(), nullable=True, comment="p-value."),
        sa.Column("algorithm", sa.Text(), nullable=False, comment="Detector and its version."),
        sa.Column("note", sa.Text(), nullable=True, comment="What people said of it."),
        sa.Column("link", sa.Text(), nullable=True, comment="Where it is dealt with."),
        sa.ForeignKeyConstraint(
            ["result_id"], ["benchmark_results.result_id"], name=op.f("fk_change_points_result_id")
        ),
        sa.ForeignKeyConstraint(
            ["series_id"], ["benchmark_series.series_id"], name=op.f("fk_change_points_series_id")
        ),
        sa.PrimaryKeyConstraint("change_point_id", name=op.f("pk_change_points")),
        comment="Steps found in series, with what people said of them.",
    )


def downgrade() -> None:
    op.drop_table("change_points")
    with op.batch_alter_table("benchmark_results", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_benchmark_results_source_id"))
        batch_op.drop_index(batch_op.f("ix_benchmark_results_series_id_measured_at"))

    op.drop_table("benchmark_results")
    with op.batch_alter_table("use_cases", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_use_cases_domain"))
        batch_op.drop_index(batch_op.f("ix_use_cases_day"))

    op.drop_table("use_cases")
    with op.batch_alter_table("scope_repositories", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_scope_repositories_repository_id"))

    op.drop_table("scope_repositories")
    with op.batch_alter_table("reviews", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reviews_repository_id_number_submitted_at"))
        batch_op.drop_index(batch_op.f("ix_reviews_repository_id_day"))
        batch_op.drop_index(batch_op.f("ix_reviews_author_id"))

    op.drop_table("reviews")
    with op.batch_alter_table("releases", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_releases_repository_id_day"))

    op.drop_table("releases")
    with op.batch_alter_table("pull_requests", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_pull_requests_repository_id_merged_day"))
        batch_op.drop_index(batch_op.f("ix_pull_requests_repository_id_day"))
        batch_op.drop_index(batch_op.f("ix_pull_requests_author_id"))

    op.drop_table("pull_requests")
    op.drop_table("popularity")
    with op.batch_alter_table("paper_mentions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_paper_mentions_repository_id_day"))

    op.drop_table("paper_mentions")
    op.drop_table("organization_domains")
    op.drop_table("metric_values")
    with op.batch_alter_table("labels", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_labels_repository_id_name"))

    op.drop_table("labels")
    with op.batch_alter_table("issues", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_issues_repository_id_day"))
        batch_op.drop_index(batch_op.f("ix_issues_author_id"))

    op.drop_table("issues")
    op.drop_table("history_counts")
    with op.batch_alter_table("commits", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_commits_repository_id_day"))

    op.drop_table("commits")
    with op.batch_alter_table("comments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_comments_repository_id_number_created_at"))
        batch_op.drop_index(batch_op.f("ix_comments_repository_id_day"))
        batch_op.drop_index(batch_op.f("ix_comments_author_id"))

    op.drop_table("comments")
    with op.batch_alter_table("benchmark_series", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_benchmark_series_case_id"))

    op.drop_table("benchmark_series")
    with op.batch_alter_table("affiliations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_affiliations_organization_id"))

    op.drop_table("affiliations")
    with op.batch_alter_table("scopes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_scopes_name"))

    op.drop_table("scopes")
    with op.batch_alter_table("repositories", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_repositories_role"))
        batch_op.drop_index(batch_op.f("ix_repositories_github_id"))
        batch_op.drop_index(batch_op.f("ix_repositories_full_name"))

    op.drop_table("repositories")
    with op.batch_alter_table("reports", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reports_report_scope_period"))

    op.drop_table("reports")
    op.drop_table("report_deliveries")
    with op.batch_alter_table("people", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_people_kind"))

    op.drop_table("people")
    op.drop_table("papers")
    with op.batch_alter_table("organizations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_organizations_name"))

    op.drop_table("organizations")
    op.drop_table("metric_refreshes")
    op.drop_table("metric_definitions")
    op.drop_table("leases")
    with op.batch_alter_table("identities", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_identities_person_id"))
        batch_op.drop_index(batch_op.f("ix_identities_login"))
        batch_op.drop_index(batch_op.f("ix_identities_github_user_id"))

    op.drop_table("identities")
    op.drop_table("hardware")
    op.drop_table("environments")
    op.drop_table("cursors")
    with op.batch_alter_table("contributions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_contributions_repository_id_day"))
        batch_op.drop_index(batch_op.f("ix_contributions_person_id_day"))

    op.drop_table("contributions")
    with op.batch_alter_table("commit_coauthors", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_commit_coauthors_coauthor_id"))

    op.drop_table("commit_coauthors")
    with op.batch_alter_table("collector_runs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_collector_runs_state"))
        batch_op.drop_index(batch_op.f("ix_collector_runs_job_target_started_at"))

    op.drop_table("collector_runs")
    with op.batch_alter_table("calendar", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_calendar_grain_period"))

    op.drop_table("calendar")
    op.drop_table("benchmark_sources")
    op.drop_table("benchmark_metrics")
    op.drop_table("benchmark_cases")
    with op.batch_alter_table("alerts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_alerts_state"))

    op.drop_table("alerts")
