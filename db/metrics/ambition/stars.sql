-- title: How many stars does it hold?
-- meaning: Stars at the end of the period, one series a source: daily snapshots of the total, and the sum
--   of GitHub's star history.
-- unit: stars
-- direction: up
-- segments: snapshot, star_history
-- headline: star_history
-- figure: line
-- source: GitHub REST, stargazers_count and stargazers
-- leaves_out: In the star history: accounts that took their star back. A repository's last count is carried
--   on until the next; the sample size is the number of repositories
WITH held AS (
    SELECT repository_id, source, day, stars,
           LEAD(day) OVER (PARTITION BY repository_id, source ORDER BY day) AS next_day
    FROM popularity
    WHERE stars IS NOT NULL
),
newest AS (
    SELECT source, MAX(day) AS day FROM held GROUP BY source
),
spans AS (
    SELECT h.repository_id, h.source, h.stars, h.day, h.next_day, n.day AS newest_day,
           COALESCE(h.next_day, n.day) AS last_day
    FROM held h
    JOIN newest n ON n.source = h.source
)
SELECT s.scope_id, c.grain, c.period, h.source AS segment, SUM(h.stars) AS value, COUNT(*) AS sample_size
FROM spans h
JOIN scope_repositories s ON s.repository_id = h.repository_id
JOIN calendar c ON c.day BETWEEN h.day AND h.last_day
WHERE (h.next_day IS NULL OR c.day < h.next_day) AND (c.day = c.period_end OR c.day = h.newest_day)
GROUP BY s.scope_id, c.grain, c.period, h.source
