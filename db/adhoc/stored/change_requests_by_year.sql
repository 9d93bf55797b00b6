-- question: What becomes of pull requests, by the year in which they were opened?
-- goal: innovation
-- parameter: scope text project What is counted: project, role:ROLE or OWNER/NAME.
-- parameter: since day 2015-11-09 From this day on.
-- column: year First day of the year of opening.
-- column: opened Pull requests opened in it.
-- column: merged Of them, those that landed.
-- column: refused Of them, those closed without landing.
-- column: still_open Of them, those still open.
-- column: merged_share Merged divided by merged and refused.
SELECT c.period AS year, COUNT(*) AS opened,
       SUM(CASE WHEN p.state = 'merged' THEN 1 ELSE 0 END) AS merged,
       SUM(CASE WHEN p.state = 'closed' THEN 1 ELSE 0 END) AS refused,
       SUM(CASE WHEN p.state = 'open' THEN 1 ELSE 0 END) AS still_open,
       1.0 * SUM(CASE WHEN p.state = 'merged' THEN 1 ELSE 0 END)
           / NULLIF(SUM(CASE WHEN p.state IN ('merged', 'closed') THEN 1 ELSE 0 END), 0) AS merged_share
FROM pull_requests p
JOIN scope_repositories i ON i.repository_id = p.repository_id
JOIN scopes s ON s.scope_id = i.scope_id AND s.name = :scope
JOIN calendar c ON c.day = p.day AND c.grain = 'year'
WHERE p.state IN ('open', 'merged', 'closed') AND p.day >= :since
GROUP BY c.period
ORDER BY c.period
