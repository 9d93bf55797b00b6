-- title: Which part rests on how few people?
-- meaning: Fewest people who together wrote at least half of the merged change requests that carry a
--   component's label.
-- unit: people
-- direction: up
-- segments: component, by its label comp:…
-- figure: line
-- source: CHAOSS, Contributor Absence Factor, by the component that the label names
-- leaves_out: Change requests without such a label, by bots and proxies, or by accounts that are gone; work
--   that came without a change request; all but quarters and years, which hold too few
-- reach: period
-- rows: people
WITH merged AS (
    SELECT DISTINCT r.repository_id, r.number, LOWER(l.name) AS component, r.merged_day, p.person_id
    FROM pull_requests r
    JOIN labels l ON l.repository_id = r.repository_id AND l.number = r.number
    JOIN identities i ON i.identity_id = r.author_id
    JOIN people p ON p.person_id = i.person_id
    WHERE r.state = 'merged' AND r.merged_day IS NOT NULL AND p.kind = 'human' AND LOWER(l.name) LIKE 'comp:%'
),
totals AS (
    SELECT s.scope_id, c.grain, c.period, m.component, m.person_id, COUNT(*) AS quantity
    FROM merged m
    JOIN scope_repositories s ON s.repository_id = m.repository_id
    JOIN calendar c ON c.day = m.merged_day
    WHERE c.grain IN ('quarter', 'year')
    GROUP BY s.scope_id, c.grain, c.period, m.component, m.person_id
),
ordered AS (
    SELECT scope_id, grain, period, component, quantity,
           SUM(quantity) OVER (
               PARTITION BY scope_id, grain, period, component ORDER BY quantity DESC, person_id
               ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
           ) AS running,
           SUM(quantity) OVER (PARTITION BY scope_id, grain, period, component) AS total
    FROM totals
)
SELECT scope_id, grain, period, component AS segment,
       SUM(CASE WHEN (running - quantity) * 2 < total THEN 1 ELSE 0 END) AS value, MAX(total) AS sample_size
FROM ordered
GROUP BY scope_id, grain, period, component;

WITH merged AS (
    SELECT DISTINCT r.repository_id, r.number, LOWER(l.name) AS component, p.person_id
    FROM pull_requests r
    JOIN scope_repositories s ON s.repository_id = r.repository_id
    JOIN labels l ON l.repository_id = r.repository_id AND l.number = r.number
    JOIN identities i ON i.identity_id = r.author_id
    JOIN people p ON p.person_id = i.person_id
    WHERE s.scope_id = :scope AND r.state = 'merged' AND r.merged_day BETWEEN :first AND :last
        AND p.kind = 'human' AND LOWER(l.name) LIKE 'comp:%'
),
totals AS (
    SELECT component, person_id, COUNT(*) AS quantity FROM merged GROUP BY component, person_id
),
ordered AS (
    SELECT component, person_id, quantity,
           SUM(quantity) OVER (
               PARTITION BY component ORDER BY quantity DESC, person_id
               ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
           ) AS running,
           SUM(quantity) OVER (PARTITION BY component) AS total
    FROM totals
)
SELECT person_id, component AS segment FROM ordered WHERE (running - quantity) * 2 < total
