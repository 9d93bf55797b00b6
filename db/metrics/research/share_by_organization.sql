-- title: Whose commits are they?
-- meaning: Share of all commits by the organisation that their authors acted for: the steward, each peer,
--   the rest together, nobody (independent), and not known.
-- unit: share of commits
-- direction: neutral
-- segments: organisation
-- headline: steward
-- figure: area
-- source: CHAOSS, Organizational Diversity
-- leaves_out: Nothing: bots and the unknown are segments of their own, and proxies are the steward's
-- coverage: affiliation_coverage
-- reach: period
WITH named AS (
    SELECT k.repository_id, k.day, k.quantity,
           CASE WHEN k.segment <> 'organization' THEN k.segment
                WHEN o.peer THEN o.name
                ELSE 'other organisations' END AS who
    FROM contributions k
    LEFT JOIN organizations o ON o.organization_id = k.organization_id
    WHERE k.kind = 'commit'
),
daily AS (
    SELECT s.scope_id, n.day, n.who, SUM(n.quantity) AS quantity
    FROM named n
    JOIN scope_repositories s ON s.repository_id = n.repository_id
    GROUP BY s.scope_id, n.day, n.who
),
parts AS (
    SELECT d.scope_id, c.grain, c.period, d.who, SUM(d.quantity) AS quantity
    FROM daily d
    JOIN calendar c ON c.day = d.day
    WHERE c.grain IN ('month', 'quarter', 'year')
    GROUP BY d.scope_id, c.grain, c.period, d.who
),
weighed AS (
    SELECT scope_id, grain, period, who, quantity,
           SUM(quantity) OVER (PARTITION BY scope_id, grain, period) AS total
    FROM parts
)
SELECT scope_id, grain, period, who AS segment, CAST(quantity AS DOUBLE) / total AS value, total AS sample_size
FROM weighed
