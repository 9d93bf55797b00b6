-- question: How much is committed beside other projects, by GitHub’s history counts?
-- goal: ambition
-- parameter: since day 2016-01-01 From this day on.
-- column: year First day of the year.
-- column: repository OWNER/NAME.
-- column: role What it is to the project.
-- column: commits Commits on its default branch.
-- column: months Months that were counted.
SELECT c.period AS year, r.full_name AS repository, r.role, SUM(h.commits) AS commits, COUNT(*) AS months
FROM history_counts h
JOIN repositories r ON r.repository_id = h.repository_id
JOIN calendar c ON c.day = h.day AND c.grain = 'year'
WHERE h.day >= :since
GROUP BY c.period, r.full_name, r.role
ORDER BY c.period, commits DESC, r.full_name
