-- title: How often does it ship?
-- meaning: Releases published in the period.
-- unit: releases
-- direction: up
-- segments:
-- figure: bar
-- source: CHAOSS, Release Frequency
-- leaves_out: Release candidates, nightlies and tags without a release
-- rows: releases
SELECT s.scope_id, c.grain, c.period, 'all' AS segment, COUNT(*) AS value, COUNT(*) AS sample_size
FROM releases r
JOIN scope_repositories s ON s.repository_id = r.repository_id
JOIN calendar c ON c.day = r.day
WHERE NOT r.prerelease
GROUP BY s.scope_id, c.grain, c.period;

SELECT k.repository_id, k.tag, 'all' AS segment
FROM releases k
JOIN scope_repositories s ON s.repository_id = k.repository_id
WHERE s.scope_id = :scope AND NOT k.prerelease AND k.day BETWEEN :first AND :last
