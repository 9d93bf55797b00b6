-- question: Which universities do contributors come from?
-- goal: talent
-- parameter: scope text project What is counted: project, role:ROLE or OWNER/NAME.
-- parameter: since day 2015-11-09 From this day on.
-- parameter: top whole 50 Most rows.
-- column: university Its name.
-- column: people Humans who contributed while there.
-- column: commits Their commits.
-- column: last_day Last day of a contribution.
SELECT o.name AS university, COUNT(DISTINCT k.person_id) AS people,
       SUM(CASE WHEN k.kind = 'commit' THEN k.quantity ELSE 0 END) AS commits, MAX(k.day) AS last_day
FROM contributions k
JOIN scope_repositories i ON i.repository_id = k.repository_id
JOIN scopes s ON s.scope_id = i.scope_id AND s.name = :scope
JOIN organizations o ON o.organization_id = k.organization_id AND o.kind = 'university'
WHERE k.person_kind = 'human' AND k.day >= :since
GROUP BY o.name
ORDER BY people DESC, commits DESC, o.name
LIMIT :top
