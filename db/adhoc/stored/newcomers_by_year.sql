-- question: How many people land their first commit each year, and from where?
-- goal: innovation
-- parameter: scope text project What is counted: project, role:ROLE or OWNER/NAME.
-- column: year First day of the year.
-- column: newcomers Humans whose first commit in the scope fell in it.
-- column: outside Of them, those of another organisation or none.
-- column: unknown Of them, those whose affiliation on that day is not known.
WITH ordered AS (
    SELECT k.person_id, k.day, k.segment,
           ROW_NUMBER() OVER (PARTITION BY k.person_id ORDER BY k.day, k.segment) AS place
    FROM contributions k
    JOIN scope_repositories i ON i.repository_id = k.repository_id
    JOIN scopes s ON s.scope_id = i.scope_id AND s.name = :scope
    WHERE k.kind = 'commit' AND k.person_kind = 'human'
)
SELECT c.period AS year, COUNT(*) AS newcomers,
       SUM(CASE WHEN o.segment IN ('organization', 'independent') THEN 1 ELSE 0 END) AS outside,
       SUM(CASE WHEN o.segment = 'unknown' THEN 1 ELSE 0 END) AS unknown
FROM ordered o
JOIN calendar c ON c.day = o.day AND c.grain = 'year'
WHERE o.place = 1
GROUP BY c.period
ORDER BY c.period
