-- title: How many people does a release thank?
-- meaning: Mean number of people whom the notes of a release thank by name.
-- unit: people a release
-- direction: up
-- segments:
-- figure: bar
-- source: goals.md, contributors credited per release
-- leaves_out: Release candidates, and releases whose notes thank nobody by name
SELECT s.scope_id, c.grain, c.period, 'all' AS segment,
       CAST(SUM(r.credited_contributors) AS DOUBLE) / COUNT(*) AS value, COUNT(*) AS sample_size
FROM releases r
JOIN scope_repositories s ON s.repository_id = r.repository_id
JOIN calendar c ON c.day = r.day
WHERE NOT r.prerelease AND r.credited_contributors IS NOT NULL
GROUP BY s.scope_id, c.grain, c.period
