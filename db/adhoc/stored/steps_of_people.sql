-- question: How far do people come: from taking part to reviewing?
-- goal: talent
-- parameter: scope text project What is counted: project, role:ROLE or OWNER/NAME.
-- parameter: since day 2015-11-09 From this day on.
-- column: step What they have done, from the first step to the last.
-- column: people Humans outside the steward who have come exactly so far.
WITH did AS (
    SELECT k.person_id,
           SUM(CASE WHEN k.kind = 'pull_request' THEN k.quantity ELSE 0 END) AS asked,
           SUM(CASE WHEN k.kind = 'merged_pull_request' THEN k.quantity ELSE 0 END) AS merged,
           SUM(CASE WHEN k.kind = 'review' THEN k.quantity ELSE 0 END) AS reviewed
    FROM contributions k
    JOIN scope_repositories i ON i.repository_id = k.repository_id
    JOIN scopes s ON s.scope_id = i.scope_id AND s.name = :scope
    WHERE k.person_kind = 'human' AND k.segment IN ('organization', 'independent') AND k.day >= :since
    GROUP BY k.person_id
),
placed AS (
    SELECT CASE WHEN reviewed > 0 AND merged > 0 THEN '5 reviews'
                WHEN merged >= 3 THEN '4 three or more merged'
                WHEN merged > 0 THEN '3 merged'
                WHEN asked > 0 THEN '2 pull request'
                ELSE '1 took part' END AS step
    FROM did
)
SELECT step, COUNT(*) AS people
FROM placed
GROUP BY step
ORDER BY step
