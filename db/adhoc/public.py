"""What strangers may read: tables are private unless they are named here, and some of their columns too."""

from __future__ import annotations

from db.schema import table

#: Tables that anybody may ask. What is not here is private: how people were told apart, who asked to be
#: forgotten, to whom reports go, and how the machine keeps its house.
_TABLES = """
    repositories scopes scope_repositories releases popularity history_counts fork_counts repository_languages
    people identities organizations organization_domains affiliations
    commits commit_coauthors issues pull_requests comments reviews labels label_kinds first_issues proposals
    contributions person_totals organization_people person_periods first_answers open_threads
    use_cases papers paper_mentions archive_days
    benchmark_sources hardware environments benchmark_cases benchmark_metrics benchmark_series
    benchmark_results benchmark_answers change_points series_examinations
    calendar metric_definitions metric_values metric_refreshes
    collector_runs reconciliations reports alerts
"""
TABLES = frozenset(_TABLES.split())
#: Columns of those tables that are nobody's business: an address can be guessed and tested against its
#: hash, and that somebody looks for work is theirs to say.
COLUMNS_KEPT = {"identities": frozenset({"address_hash", "hireable"})}


def public_columns() -> dict[str, list[str]]:
    """Every public table with its public columns, in the schema's order."""
    return {
        name: [
            column.name
            for column in table(name).columns
            if column.name not in COLUMNS_KEPT.get(name, frozenset())
        ]
        for name in sorted(TABLES)
    }
