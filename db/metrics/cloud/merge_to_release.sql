-- title: How long until an outside change ships?
-- meaning: Days from the merge of a pull request by somebody outside the steward to the next release of its
--   repository, by the period of merging (nearest rank).
-- unit: days
-- direction: down
-- segments: median, p90
-- headline: median
-- figure: line
-- source: goals.md, time from merge to release
-- leaves_out: Repositories without releases, release candidates and nightlies, authors whose affiliation is
--   not known. What has not shipped yet counts as waiting longest; where it reaches the quantile there is no
--   value
-- reach: scope
WITH outside AS (
    SELECT r.repository_id, r.number, r.merged_day AS day
    FROM pull_requests r
    JOIN identities i ON i.identity_id = r.author_id
    JOIN people p ON p.person_id = i.person_id AND p.kind = 'human'
    LEFT JOIN affiliations a ON a.person_id = p.person_id AND r.day BETWEEN a.from_day AND a.to_day
    LEFT JOIN organizations o ON o.organization_id = a.organization_id
    WHERE r.state = 'merged' AND r.merged_day IS NOT NULL
        AND (NOT o.steward OR (o.organization_id IS NULL AND (p.independent OR a.person_id IS NOT NULL)))
),
shipped AS (
    SELECT DISTINCT repository_id, day FROM releases WHERE NOT prerelease
),
shipping AS (
    SELECT repository_id, MAX(day) AS last_day FROM shipped GROUP BY repository_id
),
next_days AS (
    SELECT m.repository_id, m.day, MIN(r.day) AS release_day
    FROM (SELECT DISTINCT repository_id, day FROM outside) m
    JOIN shipped r ON r.repository_id = m.repository_id AND r.day >= m.day
    GROUP BY m.repository_id, m.day
),
waits AS (
    SELECT o.repository_id, o.day, COALESCE(DAYS_BETWEEN(o.day, n.release_day), 1000000) AS days
    FROM outside o
    JOIN shipping h ON h.repository_id = o.repository_id
    LEFT JOIN next_days n ON n.repository_id = o.repository_id AND n.day = o.day
),
quantiles AS (
    SELECT s.scope_id, c.grain, c.period, QUANTILE(w.days, 0.5) AS median, QUANTILE(w.days, 0.9) AS p90,
           COUNT(*) AS sample_size
    FROM waits w
    JOIN scope_repositories s ON s.repository_id = w.repository_id
    JOIN calendar c ON c.day = w.day
    GROUP BY s.scope_id, c.grain, c.period
)
SELECT scope_id, grain, period, 'median' AS segment, median AS value, sample_size
FROM quantiles
WHERE median < 1000000
UNION ALL
SELECT scope_id, grain, period, 'p90' AS segment, p90 AS value, sample_size
FROM quantiles
WHERE p90 < 1000000
