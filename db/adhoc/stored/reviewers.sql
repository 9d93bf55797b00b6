-- question: Who reviews the work of others?
-- goal: talent
-- parameter: scope text project What is counted: project, role:ROLE or OWNER/NAME.
-- parameter: since day 2024-01-01 From this day on.
-- parameter: top whole 50 Most rows.
-- column: person Name or login.
-- column: segment Affiliation at the last review: steward, organization, independent or unknown.
-- column: reviews Reviews since.
-- column: repositories In how many repositories.
-- column: last_day Last day of a review.
WITH k AS (
    SELECT k.person_id, k.repository_id, k.day, k.segment, k.quantity,
           ROW_NUMBER() OVER (PARTITION BY k.person_id ORDER BY k.day DESC, k.repository_id, k.segment) AS place
    FROM contributions k
    JOIN scope_repositories i ON i.repository_id = k.repository_id
    JOIN scopes s ON s.scope_id = i.scope_id AND s.name = :scope
    WHERE k.kind = 'review' AND k.person_kind = 'human' AND k.day >= :since
)
SELECT p.display_name AS person, MAX(CASE WHEN k.place = 1 THEN k.segment END) AS segment,
       SUM(k.quantity) AS reviews, COUNT(DISTINCT k.repository_id) AS repositories, MAX(k.day) AS last_day
FROM k
JOIN people p ON p.person_id = k.person_id
GROUP BY k.person_id, p.display_name
ORDER BY reviews DESC, p.display_name
LIMIT :top
