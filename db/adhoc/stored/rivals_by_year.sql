-- question: What do rivals give, year by year?
-- goal: research
-- parameter: scope text project What is counted: project, role:ROLE or OWNER/NAME.
-- parameter: since day 2015-11-09 From this day on.
-- column: year First day of the year.
-- column: organization A peer of the steward.
-- column: people Its people who took part.
-- column: commits Their commits.
-- column: reviews Their reviews.
SELECT c.period AS year, o.name AS organization, COUNT(DISTINCT k.person_id) AS people,
       SUM(CASE WHEN k.kind = 'commit' THEN k.quantity ELSE 0 END) AS commits,
       SUM(CASE WHEN k.kind = 'review' THEN k.quantity ELSE 0 END) AS reviews
FROM contributions k
JOIN scope_repositories i ON i.repository_id = k.repository_id
JOIN scopes s ON s.scope_id = i.scope_id AND s.name = :scope
JOIN organizations o ON o.organization_id = k.organization_id AND o.peer
JOIN calendar c ON c.day = k.day AND c.grain = 'year'
WHERE k.person_kind = 'human' AND k.day >= :since
GROUP BY c.period, o.name
ORDER BY c.period, o.name
