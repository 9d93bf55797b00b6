-- question: Which papers do people point to?
-- goal: research
-- parameter: scope text project What is counted: project, role:ROLE or OWNER/NAME.
-- parameter: since day 2015-11-09 From this day on.
-- parameter: top whole 50 Most rows.
-- column: scheme arxiv or doi.
-- column: identifier Its number there.
-- column: mentions Places that link it.
-- column: repositories In how many repositories.
-- column: first_day First day of a mention.
SELECT a.scheme, a.identifier, COUNT(*) AS mentions, COUNT(DISTINCT m.repository_id) AS repositories,
       MIN(m.day) AS first_day
FROM paper_mentions m
JOIN scope_repositories i ON i.repository_id = m.repository_id
JOIN scopes s ON s.scope_id = i.scope_id AND s.name = :scope
JOIN papers a ON a.paper_id = m.paper_id
WHERE m.day >= :since
GROUP BY a.scheme, a.identifier
ORDER BY mentions DESC, a.scheme, a.identifier
LIMIT :top
