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
-- reach: people
-- rows: people

-- A person in a scope is one row with a column for each step: the days of the steps follow from it.
WITH firsts AS (
    SELECT repository_id, person_id,
           MIN(CASE WHEN kind IN ('issue', 'pull_request', 'review', 'comment') THEN day END) AS took_part,
           MIN(CASE WHEN kind = 'pull_request' THEN day END) AS opened,
           MIN(CASE WHEN kind = 'merged_pull_request' THEN day END) AS merged,
           MIN(CASE WHEN kind = 'review' THEN day END) AS reviewed
    FROM contributions
    WHERE person_kind = 'human'
    GROUP BY repository_id, person_id
),
steps AS (
    SELECT s.scope_id, f.person_id, MIN(f.took_part) AS took_part, MIN(f.opened) AS opened,
           MIN(f.merged) AS merged, MIN(f.reviewed) AS reviewed
    FROM firsts f
    JOIN scope_repositories s ON s.repository_id = f.repository_id
    GROUP BY s.scope_id, f.person_id
),
merges AS (
    SELECT s.scope_id, k.person_id, k.day, SUM(k.quantity) AS merged
    FROM contributions k
    JOIN scope_repositories s ON s.repository_id = k.repository_id
    WHERE k.person_kind = 'human' AND k.kind = 'merged_pull_request'
    GROUP BY s.scope_id, k.person_id, k.day
),
placed AS (
    SELECT scope_id, person_id, day, merged,
           LAG(merged) OVER (PARTITION BY scope_id, person_id ORDER BY day) AS merged_before,
           LAG(day) OVER (PARTITION BY scope_id, person_id ORDER BY day) AS day_before,
           LAG(day, 2) OVER (PARTITION BY scope_id, person_id ORDER BY day) AS two_days_before
    FROM merges
),
-- A day's last merge is the third within twelve months when the second before it is no older.
repeats AS (
    SELECT scope_id, person_id, MIN(day) AS day
    FROM placed
    WHERE merged >= 3
        OR ((merged = 2 OR merged_before >= 2) AND DAYS_BETWEEN(day_before, day) <= 365)
        OR DAYS_BETWEEN(two_days_before, day) <= 365
    GROUP BY scope_id, person_id
),
daily AS (
    SELECT scope_id, took_part AS day, 'participants' AS step, COUNT(*) AS people
    FROM steps
    GROUP BY scope_id, took_part
    UNION ALL
    SELECT scope_id, opened AS day, 'first pull request' AS step, COUNT(*) AS people
    FROM steps
    GROUP BY scope_id, opened
    UNION ALL
    SELECT scope_id, merged AS day, 'merged' AS step, COUNT(*) AS people
    FROM steps
    GROUP BY scope_id, merged
    UNION ALL
    SELECT scope_id, reviewed AS day, 'reviewers' AS step, COUNT(*) AS people
    FROM steps
    GROUP BY scope_id, reviewed
    UNION ALL
    SELECT scope_id, day, 'repeat' AS step, COUNT(*) AS people
    FROM repeats
    GROUP BY scope_id, day
)
SELECT d.scope_id, c.grain, c.period, d.step AS segment, SUM(d.people) AS value, SUM(d.people) AS sample_size
FROM daily d
JOIN calendar c ON c.day = d.day
GROUP BY d.scope_id, c.grain, c.period, d.step;

-- Who did nothing in the scope before the period did not take part before it; of the others only those need to be
-- looked at whose first work may have been commits alone.
SELECT p.person_id, 'participants' AS segment
FROM person_totals p
WHERE p.scope_id = :scope AND p.person_kind = 'human' AND p.first_day <= :last AND p.last_day >= :first
    AND p.issues + p.change_requests + p.reviews + p.answers > 0
    AND (
        p.first_day >= :first
        OR (
            p.commits + p.coauthored_commits + p.merged > 0
            AND NOT EXISTS (
                SELECT 1
                FROM contributions e
                JOIN scope_repositories t ON t.repository_id = e.repository_id AND t.scope_id = :scope
                WHERE e.person_id = p.person_id AND e.day < :first AND e.kind IN ('issue', 'pull_request', 'review', 'comment')
            )
        )
    )
    AND EXISTS (
        SELECT 1
        FROM contributions e
        JOIN scope_repositories t ON t.repository_id = e.repository_id AND t.scope_id = :scope
        WHERE e.person_id = p.person_id AND e.day BETWEEN :first AND :last
            AND e.kind IN ('issue', 'pull_request', 'review', 'comment')
    )
UNION ALL
SELECT w.person_id, 'first pull request' AS segment
FROM contributions_in_scope w
WHERE w.person_kind = 'human' AND w.kind IN ('pull_request') AND w.day BETWEEN :first AND :last
    AND NOT EXISTS (
        SELECT 1
        FROM contributions e
        JOIN scope_repositories t ON t.repository_id = e.repository_id AND t.scope_id = :scope
        WHERE e.person_id = w.person_id AND e.day < :first AND e.kind IN ('pull_request')
    )
UNION ALL
SELECT w.person_id, 'merged' AS segment
FROM contributions_in_scope w
WHERE w.person_kind = 'human' AND w.kind IN ('merged_pull_request') AND w.day BETWEEN :first AND :last
    AND NOT EXISTS (
        SELECT 1
        FROM contributions e
        JOIN scope_repositories t ON t.repository_id = e.repository_id AND t.scope_id = :scope
        WHERE e.person_id = w.person_id AND e.day < :first AND e.kind IN ('merged_pull_request')
    )
UNION ALL
SELECT w.person_id, 'reviewers' AS segment
FROM contributions_in_scope w
WHERE w.person_kind = 'human' AND w.kind IN ('review') AND w.day BETWEEN :first AND :last
    AND NOT EXISTS (
        SELECT 1
        FROM contributions e
        JOIN scope_repositories t ON t.repository_id = e.repository_id AND t.scope_id = :scope
        WHERE e.person_id = w.person_id AND e.day < :first AND e.kind IN ('review')
    )
UNION ALL
-- Who had a third merge within twelve months in the period, and none before it. Three in the year before the period
-- say by themselves that it was not the first time.
SELECT f.person_id, 'repeat' AS segment
FROM (
    SELECT m.person_id
    FROM (
        SELECT k.person_id, k.day, k.merged,
               LAG(k.merged) OVER (PARTITION BY k.person_id ORDER BY k.day) AS merged_before,
               LAG(k.day) OVER (PARTITION BY k.person_id ORDER BY k.day) AS day_before,
               LAG(k.day, 2) OVER (PARTITION BY k.person_id ORDER BY k.day) AS two_days_before
        FROM (
            SELECT w.person_id, w.day, SUM(w.quantity) AS merged
            FROM contributions_in_scope w
            JOIN calendar c ON c.day = :first AND c.grain = 'day'
            WHERE w.person_kind = 'human' AND w.kind = 'merged_pull_request' AND w.day <= :last
                AND DAYS_BETWEEN(w.day, c.day) <= 365
            GROUP BY w.person_id, w.day
        ) k
    ) m
    GROUP BY m.person_id
    HAVING SUM(CASE WHEN m.day < :first THEN m.merged ELSE 0 END) < 3
        AND MAX(CASE WHEN m.day >= :first
                    AND (m.merged >= 3
                        OR ((m.merged = 2 OR m.merged_before >= 2) AND DAYS_BETWEEN(m.day_before, m.day) <= 365)
                        OR DAYS_BETWEEN(m.two_days_before, m.day) <= 365)
                THEN 1 ELSE 0 END) = 1
) f
WHERE NOT EXISTS (
    SELECT 1
    FROM contributions e
    JOIN scope_repositories t ON t.repository_id = e.repository_id AND t.scope_id = :scope
    WHERE e.person_id = f.person_id AND e.kind = 'merged_pull_request' AND e.day < :first
        AND 3 <= (
            SELECT SUM(n.quantity)
            FROM contributions n
            JOIN scope_repositories u ON u.repository_id = n.repository_id AND u.scope_id = :scope
            WHERE n.person_id = e.person_id AND n.kind = 'merged_pull_request' AND n.day <= e.day
                AND DAYS_BETWEEN(n.day, e.day) <= 365
        )
)
