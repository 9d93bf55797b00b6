-- title: How much of a release comes from outside?
-- meaning: Of the merged change requests that first shipped in a release of the period, the share by people
--   who acted for another organisation or for none.
-- unit: share of change requests
-- direction: up
-- segments:
-- figure: line
-- source: goals.md, community-made improvement per release
-- leaves_out: Release candidates, what has not shipped yet, and what landed on a branch that is not released:
--   a change ships with the first release on its day of merging or after it
-- coverage: merged_affiliation_coverage
-- reach: scope
WITH merged AS (
    SELECT r.repository_id, r.number, r.merged_day,
           CASE WHEN p.kind = 'human' AND o.organization_id IS NOT NULL AND NOT o.steward THEN 1
                WHEN p.kind = 'human' AND o.organization_id IS NULL
                    AND (p.independent OR a.person_id IS NOT NULL) THEN 1
                ELSE 0 END AS outside
    FROM pull_requests r
    LEFT JOIN identities i ON i.identity_id = r.author_id
    LEFT JOIN people p ON p.person_id = i.person_id
    LEFT JOIN affiliations a ON a.person_id = p.person_id AND r.day BETWEEN a.from_day AND a.to_day
    LEFT JOIN organizations o ON o.organization_id = a.organization_id
    WHERE r.state = 'merged' AND r.merged_day IS NOT NULL
),
shipped AS (
    SELECT m.repository_id, m.number, m.outside, MIN(e.day) AS day
    FROM merged m
    JOIN releases e ON e.repository_id = m.repository_id AND e.day >= m.merged_day
    WHERE NOT e.prerelease
    GROUP BY m.repository_id, m.number, m.outside
)
SELECT s.scope_id, c.grain, c.period, 'all' AS segment, CAST(SUM(h.outside) AS DOUBLE) / COUNT(*) AS value,
       COUNT(*) AS sample_size
FROM shipped h
JOIN scope_repositories s ON s.repository_id = h.repository_id
JOIN calendar c ON c.day = h.day
GROUP BY s.scope_id, c.grain, c.period
