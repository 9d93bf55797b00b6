-- title: How many kinds of use are there?
-- meaning: Shannon diversity of the domains of use cases made in the period: e to its power is the number
--   of equally common domains.
-- unit: nats
-- direction: up
-- segments:
-- figure: line
-- source: Shannon, A Mathematical Theory of Communication (1948)
-- leaves_out: Use cases that state no domain
WITH counts AS (
    SELECT s.scope_id, c.grain, c.period, u.domain, COUNT(*) AS repositories
    FROM use_cases u
    CROSS JOIN scopes s
    JOIN calendar c ON c.day = u.day
    WHERE s.kind = 'project' AND u.domain <> 'other'
    GROUP BY s.scope_id, c.grain, c.period, u.domain
),
shares AS (
    SELECT scope_id, grain, period, repositories,
           CAST(repositories AS DOUBLE)
               / SUM(repositories) OVER (PARTITION BY scope_id, grain, period) AS share
    FROM counts
),
-- Whole numbers of 1e-12 nats: a sum of fractions ends in other digits whenever its rows come in another order.
terms AS (
    SELECT scope_id, grain, period, repositories, CAST(ROUND(share * LN(share) * 1e12) AS BIGINT) AS term
    FROM shares
)
SELECT scope_id, grain, period, 'all' AS segment, CAST(0 - SUM(term) AS DOUBLE) / 1e12 AS value,
       SUM(repositories) AS sample_size
FROM terms
GROUP BY scope_id, grain, period
