-- title: How many forks are there?
-- meaning: Forks at the end of the period, by source.
-- unit: forks
-- direction: up
-- segments: snapshot, gharchive
-- headline: snapshot
-- figure: line
-- source: CHAOSS, Technical Forks; GitHub REST, forks_count; GH Archive
-- leaves_out: Copies that are no forks on GitHub. A repository's last count is carried on until the next;
--   the sample size is the number of repositories
WITH held AS (
    SELECT repository_id, source, day, forks FROM popularity WHERE forks IS NOT NULL
),
newest AS (
    SELECT source, MAX(day) AS day FROM held GROUP BY source
),
series AS (
    SELECT h.repository_id, h.source, MIN(h.day) AS first_day, n.day AS last_day
    FROM held h
    JOIN newest n ON n.source = h.source
    GROUP BY h.repository_id, h.source, n.day
),
days AS (
    SELECT p.repository_id, p.source, c.day, p.last_day, h.day AS held_day
    FROM series p
    JOIN calendar c ON c.grain = 'day' AND c.day BETWEEN p.first_day AND p.last_day
    LEFT JOIN held h ON h.repository_id = p.repository_id AND h.source = p.source AND h.day = c.day
),
known AS (
    SELECT repository_id, source, day, last_day,
           MAX(held_day) OVER (PARTITION BY repository_id, source ORDER BY day) AS held_day
    FROM days
)
SELECT s.scope_id, c.grain, c.period, h.source AS segment, SUM(h.forks) AS value, COUNT(*) AS sample_size
FROM known k
JOIN held h ON h.repository_id = k.repository_id AND h.source = k.source AND h.day = k.held_day
JOIN scope_repositories s ON s.repository_id = k.repository_id
JOIN calendar c ON c.day = k.day
WHERE c.day = c.period_end OR c.day = k.last_day
GROUP BY s.scope_id, c.grain, c.period, h.source
