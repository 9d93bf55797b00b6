-- title: How many forks are there?
-- meaning: Forks at the end of the period, by source.
-- unit: forks
-- direction: up
-- segments: snapshot
-- headline: snapshot
-- figure: line
-- source: CHAOSS, Technical Forks; GitHub REST, forks_count
-- leaves_out: Copies that are no forks on GitHub. A repository's last count is carried on until the next;
--   the sample size is the number of repositories
WITH held AS (
    SELECT repository_id, source, day, forks,
           LEAD(day) OVER (PARTITION BY repository_id, source ORDER BY day) AS next_day
    FROM popularity
    WHERE forks IS NOT NULL
),
newest AS (
    SELECT source, MAX(day) AS day FROM held GROUP BY source
),
spans AS (
    SELECT h.repository_id, h.source, h.forks, h.day, h.next_day, n.day AS newest_day,
           COALESCE(h.next_day, n.day) AS last_day
    FROM held h
    JOIN newest n ON n.source = h.source
)
SELECT s.scope_id, c.grain, c.period, h.source AS segment, SUM(h.forks) AS value, COUNT(*) AS sample_size
FROM spans h
JOIN scope_repositories s ON s.repository_id = h.repository_id
JOIN calendar c ON c.day BETWEEN h.day AND h.last_day
WHERE (h.next_day IS NULL OR c.day < h.next_day) AND (c.day = c.period_end OR c.day = h.newest_day)
GROUP BY s.scope_id, c.grain, c.period, h.source
