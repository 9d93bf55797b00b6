-- title: How many pass by, and how many carry on?
-- meaning: People who contributed in the period: those with fewer than five contributions in it
--   (occasional), and those with five or more (regular).
-- unit: people
-- direction: neutral
-- segments: occasional, regular
-- figure: stacked_bar
-- source: CHAOSS, Occasional Contributors; the line of five is ours
-- leaves_out: Bots and proxies, accounts that are gone; days and weeks, which are too short to be regular in
-- reach: period
-- rows: people
WITH sums AS (
    SELECT s.scope_id, c.grain, c.period, k.person_id, SUM(k.quantity) AS quantity
    FROM contributions k
    JOIN scope_repositories s ON s.repository_id = k.repository_id
    JOIN calendar c ON c.day = k.day
    WHERE k.person_kind = 'human' AND k.kind <> 'merged_pull_request'
        AND c.grain IN ('month', 'quarter', 'year')
    GROUP BY s.scope_id, c.grain, c.period, k.person_id
),
parts AS (
    SELECT scope_id, grain, period, CASE WHEN quantity < 5 THEN 'occasional' ELSE 'regular' END AS habit,
           COUNT(*) AS people
    FROM sums
    GROUP BY scope_id, grain, period, CASE WHEN quantity < 5 THEN 'occasional' ELSE 'regular' END
)
SELECT scope_id, grain, period, habit AS segment, people AS value, people AS sample_size FROM parts
UNION ALL
SELECT scope_id, grain, period, 'all' AS segment, SUM(people) AS value, SUM(people) AS sample_size
FROM parts
GROUP BY scope_id, grain, period;

SELECT k.person_id, CASE WHEN SUM(k.contributions - k.merged) < 5 THEN 'occasional' ELSE 'regular' END AS segment
FROM person_periods k
JOIN scope_repositories t ON t.repository_id = k.repository_id AND t.scope_id = :scope
WHERE k.person_kind = 'human' AND k.period BETWEEN :first AND :last
    AND k.grain = CASE WHEN :grain = 'year' THEN 'year' ELSE 'month' END
GROUP BY k.person_id
HAVING SUM(k.contributions - k.merged) > 0
