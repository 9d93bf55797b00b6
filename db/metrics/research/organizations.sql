-- title: How many organisations take part?
-- meaning: Distinct organisations, the steward included, for which somebody did anything in the period, by
--   kind.
-- unit: organisations
-- direction: up
-- segments: company, university, institute, community
-- figure: stacked_bar
-- source: CHAOSS, Organizational Diversity
-- leaves_out: People whose affiliation is not known, and those who act for none
-- coverage: affiliation_coverage
-- reach: period
-- rows: organizations
WITH active AS (
    SELECT DISTINCT s.scope_id, c.grain, c.period, o.kind, o.organization_id
    FROM contributions k
    JOIN organizations o ON o.organization_id = k.organization_id
    JOIN scope_repositories s ON s.repository_id = k.repository_id
    JOIN calendar c ON c.day = k.day
)
SELECT scope_id, grain, period, kind AS segment, COUNT(*) AS value, COUNT(*) AS sample_size
FROM active
GROUP BY scope_id, grain, period, kind
UNION ALL
SELECT scope_id, grain, period, 'all' AS segment, COUNT(*) AS value, COUNT(*) AS sample_size
FROM active
GROUP BY scope_id, grain, period;

-- Organisations are few: each is looked up in the index of what was done for it, which begins with the kind.
SELECT o.organization_id, o.kind AS segment
FROM organizations o
WHERE EXISTS (
    SELECT 1
    FROM contributions k
    JOIN scope_repositories t ON t.repository_id = k.repository_id AND t.scope_id = :scope
    WHERE k.organization_id = o.organization_id AND k.organization_id <> 0
        AND k.kind IN (
            'commit', 'coauthored_commit', 'issue', 'pull_request', 'merged_pull_request', 'review', 'comment'
        )
        AND k.day BETWEEN :first AND :last
)
