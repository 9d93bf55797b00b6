-- question: Which repositories live from work outside the steward?
-- goal: innovation
-- parameter: scope text project What is counted: project, role:ROLE or OWNER/NAME.
-- parameter: since day 2015-11-09 From this day on.
-- parameter: top whole 50 Most rows.
-- column: repository OWNER/NAME.
-- column: commits Commits by humans and proxies.
-- column: outside Of them, by humans of another organisation or none.
-- column: unknown Of them, by humans whose affiliation is not known.
-- column: outside_share Outside divided by commits.
WITH counted AS (
    SELECT k.repository_id, SUM(k.quantity) AS commits,
           SUM(CASE WHEN k.segment IN ('organization', 'independent') THEN k.quantity ELSE 0 END) AS outside,
           SUM(CASE WHEN k.segment = 'unknown' THEN k.quantity ELSE 0 END) AS unknown
    FROM contributions k
    JOIN scope_repositories i ON i.repository_id = k.repository_id
    JOIN scopes s ON s.scope_id = i.scope_id AND s.name = :scope
    WHERE k.kind = 'commit' AND k.person_kind IN ('human', 'proxy') AND k.day >= :since
    GROUP BY k.repository_id
)
SELECT r.full_name AS repository, n.commits, n.outside, n.unknown,
       1.0 * n.outside / n.commits AS outside_share
FROM counted n
JOIN repositories r ON r.repository_id = n.repository_id
ORDER BY outside_share DESC, n.commits DESC, r.full_name
LIMIT :top
