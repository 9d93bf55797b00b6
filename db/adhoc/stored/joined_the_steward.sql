-- question: Who worked from elsewhere first, and for the steward later?
-- goal: talent
-- parameter: scope text project What is counted: project, role:ROLE or OWNER/NAME.
-- parameter: top whole 100 Most rows.
-- column: person Name or login.
-- column: first_outside First day of work from elsewhere.
-- column: first_for_steward First day of work for the steward.
-- column: contributions_before Contributions from elsewhere before that day.
WITH k AS (
    SELECT k.person_id, k.day, k.segment, k.quantity
    FROM contributions k
    JOIN scope_repositories i ON i.repository_id = k.repository_id
    JOIN scopes s ON s.scope_id = i.scope_id AND s.name = :scope
    WHERE k.person_kind = 'human'
),
joined AS (
    SELECT person_id, MIN(day) AS first_for_steward
    FROM k
    WHERE segment = 'steward'
    GROUP BY person_id
)
SELECT p.display_name AS person, MIN(k.day) AS first_outside, j.first_for_steward,
       SUM(k.quantity) AS contributions_before
FROM joined j
JOIN k ON k.person_id = j.person_id AND k.day < j.first_for_steward
    AND k.segment IN ('organization', 'independent')
JOIN people p ON p.person_id = j.person_id
GROUP BY j.person_id, p.display_name, j.first_for_steward
ORDER BY j.first_for_steward DESC, p.display_name
LIMIT :top
