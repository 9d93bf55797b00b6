-- question: Of the people who arrived in a year, how many are seen again in a later one?
-- goal: talent
-- parameter: scope text project What is counted: project, role:ROLE or OWNER/NAME.
-- column: arrived First day of the year of their first contribution.
-- column: people Humans who arrived in it.
-- column: seen_again Of them, those with a contribution in a later year.
-- column: seen_again_share Seen again divided by people.
WITH years AS (
    SELECT DISTINCT k.person_id, c.period
    FROM contributions k
    JOIN scope_repositories i ON i.repository_id = k.repository_id
    JOIN scopes s ON s.scope_id = i.scope_id AND s.name = :scope
    JOIN calendar c ON c.day = k.day AND c.grain = 'year'
    WHERE k.person_kind = 'human'
),
spans AS (
    SELECT person_id, MIN(period) AS arrived, MAX(period) AS last_seen
    FROM years
    GROUP BY person_id
)
SELECT arrived, COUNT(*) AS people,
       SUM(CASE WHEN last_seen > arrived THEN 1 ELSE 0 END) AS seen_again,
       1.0 * SUM(CASE WHEN last_seen > arrived THEN 1 ELSE 0 END) / COUNT(*) AS seen_again_share
FROM spans
GROUP BY arrived
ORDER BY arrived
