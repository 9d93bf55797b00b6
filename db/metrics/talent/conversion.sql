-- title: How far do newcomers come?
-- meaning: People who reached each step for the first time in the period: took part, opened a change
--   request, had one merged, had three merged within 12 months, reviewed.
-- unit: people
-- direction: up
-- segments: participants, first pull request, merged, repeat, reviewers
-- headline: participants
-- figure: funnel
-- source: CHAOSS, Contributor Conversion Rate
-- leaves_out: Bots, proxies and accounts that are gone; commits that came without a pull request
-- reach: scope
WITH firsts AS (
    SELECT repository_id, kind, person_id, MIN(day) AS day
    FROM contributions
    WHERE person_kind = 'human'
    GROUP BY repository_id, kind, person_id
),
steps AS (
    SELECT s.scope_id, f.person_id, f.day, 'participants' AS step
    FROM firsts f
    JOIN scope_repositories s ON s.repository_id = f.repository_id
    WHERE f.kind IN ('issue', 'pull_request', 'review', 'comment')
    UNION ALL
    SELECT s.scope_id, f.person_id, f.day,
           CASE f.kind WHEN 'pull_request' THEN 'first pull request'
                       WHEN 'merged_pull_request' THEN 'merged'
                       ELSE 'reviewers' END AS step
    FROM firsts f
    JOIN scope_repositories s ON s.repository_id = f.repository_id
    WHERE f.kind IN ('pull_request', 'merged_pull_request', 'review')
),
merges AS (
    SELECT s.scope_id, p.person_id, r.merged_day AS day,
           LAG(r.merged_day, 2) OVER (
               PARTITION BY s.scope_id, p.person_id ORDER BY r.merged_day, r.repository_id, r.number
           ) AS two_before
    FROM pull_requests r
    JOIN identities i ON i.identity_id = r.author_id
    JOIN people p ON p.person_id = i.person_id
    JOIN scope_repositories s ON s.repository_id = r.repository_id
    WHERE p.kind = 'human' AND r.state = 'merged' AND r.merged_day IS NOT NULL
),
reached AS (
    SELECT scope_id, person_id, step, MIN(day) AS day FROM steps GROUP BY scope_id, person_id, step
    UNION ALL
    SELECT scope_id, person_id, 'repeat' AS step, MIN(day) AS day
    FROM merges
    WHERE two_before IS NOT NULL AND DAYS_BETWEEN(two_before, day) <= 365
    GROUP BY scope_id, person_id
)
SELECT r.scope_id, c.grain, c.period, r.step AS segment, COUNT(*) AS value, COUNT(*) AS sample_size
FROM reached r
JOIN calendar c ON c.day = r.day
GROUP BY r.scope_id, c.grain, c.period, r.step
