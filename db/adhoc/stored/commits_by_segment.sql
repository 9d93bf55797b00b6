-- question: Whose work is it, year by year?
-- goal: innovation
-- parameter: scope text project What is counted: project, role:ROLE or OWNER/NAME.
-- parameter: since day 2015-11-09 From this day on.
-- column: year First day of the year.
-- column: segment steward, organization, independent, unknown or bot.
-- column: commits Commits to the default branches.
-- column: people Humans who wrote them.
SELECT c.period AS year, k.segment, SUM(k.quantity) AS commits,
       COUNT(DISTINCT CASE WHEN k.person_kind = 'human' THEN k.person_id END) AS people
FROM contributions k
JOIN scope_repositories i ON i.repository_id = k.repository_id
JOIN scopes s ON s.scope_id = i.scope_id AND s.name = :scope
JOIN calendar c ON c.day = k.day AND c.grain = 'year'
WHERE k.kind = 'commit' AND k.day >= :since
GROUP BY c.period, k.segment
ORDER BY c.period, k.segment
