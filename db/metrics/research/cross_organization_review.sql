-- title: Do organisations review each other's work?
-- meaning: Of the merged change requests whose author and at least one reviewer acted for known
--   organisations, the share that somebody from another organisation than the author's reviewed.
-- unit: share of change requests
-- direction: up
-- segments:
-- figure: line
-- source: goals.md, cross-organisation review
-- leaves_out: Change requests without a review, reviews by the author, and people whose organisation is not
--   known
-- reach: period
WITH reviewed AS (
    SELECT DISTINCT r.repository_id, r.number, r.merged_day AS day,
           a.organization_id AS author_organization, b.organization_id AS reviewer_organization
    FROM pull_requests r
    JOIN identities i ON i.identity_id = r.author_id
    JOIN people p ON p.person_id = i.person_id AND p.kind = 'human'
    JOIN affiliations a ON a.person_id = p.person_id AND r.day BETWEEN a.from_day AND a.to_day
    JOIN reviews v ON v.repository_id = r.repository_id AND v.number = r.number
    JOIN identities j ON j.identity_id = v.author_id
    JOIN people q ON q.person_id = j.person_id AND q.kind = 'human' AND q.person_id <> p.person_id
    JOIN affiliations b ON b.person_id = q.person_id AND v.day BETWEEN b.from_day AND b.to_day
    WHERE r.state = 'merged' AND r.merged_day IS NOT NULL
        AND a.organization_id IS NOT NULL AND b.organization_id IS NOT NULL
),
changes AS (
    SELECT repository_id, number, day,
           MAX(CASE WHEN author_organization <> reviewer_organization THEN 1 ELSE 0 END) AS crossed
    FROM reviewed
    GROUP BY repository_id, number, day
)
SELECT s.scope_id, c.grain, c.period, 'all' AS segment,
       CAST(SUM(k.crossed) AS DOUBLE) / COUNT(*) AS value, COUNT(*) AS sample_size
FROM changes k
JOIN scope_repositories s ON s.repository_id = k.repository_id
JOIN calendar c ON c.day = k.day
GROUP BY s.scope_id, c.grain, c.period
