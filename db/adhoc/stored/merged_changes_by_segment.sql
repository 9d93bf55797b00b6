-- question: Whose merged changes improve the product, year by year?
-- goal: cloud
-- parameter: scope text project What is counted: project, role:ROLE or OWNER/NAME.
-- parameter: since day 2015-11-09 From this day on.
-- column: year First day of the year.
-- column: segment steward, organization, independent or unknown.
-- column: merged Pull requests that landed.
-- column: people Humans who wrote them.
SELECT c.period AS year, k.segment, SUM(k.quantity) AS merged, COUNT(DISTINCT k.person_id) AS people
FROM contributions k
JOIN scope_repositories i ON i.repository_id = k.repository_id
JOIN scopes s ON s.scope_id = i.scope_id AND s.name = :scope
JOIN calendar c ON c.day = k.day AND c.grain = 'year'
WHERE k.kind = 'merged_pull_request' AND k.person_kind = 'human' AND k.day >= :since
GROUP BY c.period, k.segment
ORDER BY c.period, k.segment
