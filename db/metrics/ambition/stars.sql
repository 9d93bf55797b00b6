-- title: How many stars does it hold?
-- meaning: Stars at the end of the period, one series a source: daily snapshots of the total, the sum
--   of GitHub's star history, and the totals in GH Archive's events of pull requests.
-- unit: stars
-- direction: up
-- segments: snapshot, star_history, gharchive
-- headline: star_history
-- figure: line
-- source: GitHub REST, stargazers_count and stargazers; GH Archive
-- leaves_out: In the star history: accounts that took their star back. A repository's last count is carried
--   on until the next; the sample size is the number of repositories
WITH held AS (
    SELECT repository_id, source, day, stars FROM popularity WHERE stars IS NOT NULL
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
SELECT s.scope_id, c.grain, c.period, h.source AS segment, SUM(h.stars) AS value, COUNT(*) AS sample_size
FROM known k
JOIN held h ON h.repository_id = k.repository_id AND h.source = k.source AND h.day = k.held_day
JOIN scope_repositories s ON s.repository_id = k.repository_id
JOIN calendar c ON c.day = k.day
WHERE c.day = c.period_end OR c.day = k.last_day
GROUP BY s.scope_id, c.grain, c.period, h.source
