-- question: How few organisations stand behind half of the commits, year by year?
-- goal: research
-- parameter: scope text project What is counted: project, role:ROLE or OWNER/NAME.
-- parameter: since day 2015-11-09 From this day on.
-- column: year First day of the year.
-- column: commits Commits by people whose organisation is known.
-- column: organizations Organisations behind them.
-- column: elephant_factor Fewest of them behind half of the commits.
WITH each AS (
    SELECT c.period, k.organization_id, SUM(k.quantity) AS commits
    FROM contributions k
    JOIN scope_repositories i ON i.repository_id = k.repository_id
    JOIN scopes s ON s.scope_id = i.scope_id AND s.name = :scope
    JOIN calendar c ON c.day = k.day AND c.grain = 'year'
    WHERE k.kind = 'commit' AND k.person_kind = 'human' AND k.organization_id <> 0 AND k.day >= :since
    GROUP BY c.period, k.organization_id
),
summed AS (
    SELECT period, commits,
           SUM(commits) OVER (PARTITION BY period) AS whole,
           SUM(commits) OVER (PARTITION BY period ORDER BY commits DESC, organization_id) - commits AS before
    FROM each
)
SELECT period AS year, MAX(whole) AS commits, COUNT(*) AS organizations,
       SUM(CASE WHEN 2 * before < whole THEN 1 ELSE 0 END) AS elephant_factor
FROM summed
GROUP BY period
ORDER BY period
