-- title: What share of commits comes from outside?
-- meaning: Commits by people who act for another organisation or for none, of all commits.
-- unit: share of commits
-- direction: up
-- segments:
-- figure: line
-- source: goals.md; affiliations after gitdm's dated chains
-- leaves_out: Nothing: bots, proxies and the unknown are in the denominator, and only people known to be
--   outside in the numerator
-- coverage: affiliation_coverage
-- reach: period
WITH daily AS (
    SELECT s.scope_id, k.day, SUM(k.quantity) AS total,
           SUM(CASE WHEN k.segment IN ('organization', 'independent') THEN k.quantity ELSE 0 END) AS part
    FROM contributions k
    JOIN scope_repositories s ON s.repository_id = k.repository_id
    WHERE k.kind = 'commit'
    GROUP BY s.scope_id, k.day
)
SELECT d.scope_id, c.grain, c.period, 'all' AS segment,
       CAST(SUM(d.part) AS DOUBLE) / SUM(d.total) AS value, SUM(d.total) AS sample_size
FROM daily d
JOIN calendar c ON c.day = d.day
GROUP BY d.scope_id, c.grain, c.period
