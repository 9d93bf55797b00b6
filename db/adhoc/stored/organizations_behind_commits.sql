-- question: Which organisations stand behind the commits?
-- goal: research
-- parameter: scope text project What is counted: project, role:ROLE or OWNER/NAME.
-- parameter: since day 2015-11-09 From this day on.
-- parameter: top whole 50 Most rows.
-- column: organization Its name.
-- column: steward Whether it is the steward.
-- column: commits Commits by its people.
-- column: people Humans who wrote them.
-- column: share Of all commits by humans, bots left out.
WITH k AS (
    SELECT k.organization_id, k.person_id, k.quantity
    FROM contributions k
    JOIN scope_repositories i ON i.repository_id = k.repository_id
    JOIN scopes s ON s.scope_id = i.scope_id AND s.name = :scope
    WHERE k.kind = 'commit' AND k.person_kind = 'human' AND k.day >= :since
)
SELECT o.name AS organization, o.steward, SUM(k.quantity) AS commits, COUNT(DISTINCT k.person_id) AS people,
       1.0 * SUM(k.quantity) / (SELECT SUM(quantity) FROM k) AS share
FROM k
JOIN organizations o ON o.organization_id = k.organization_id
GROUP BY o.name, o.steward
ORDER BY commits DESC, o.name
LIMIT :top
