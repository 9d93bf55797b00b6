-- question: Do issues for newcomers find somebody?
-- goal: talent
-- parameter: scope text project What is counted: project, role:ROLE or OWNER/NAME.
-- column: repository OWNER/NAME.
-- column: offered Issues that carry or carried a label for newcomers.
-- column: taken Of them, those that somebody took.
-- column: solved Of them, those that were solved.
-- column: solved_share Solved divided by offered.
SELECT r.full_name AS repository, COUNT(*) AS offered,
       SUM(CASE WHEN f.taken_at IS NOT NULL THEN 1 ELSE 0 END) AS taken,
       SUM(CASE WHEN f.solved_day IS NOT NULL THEN 1 ELSE 0 END) AS solved,
       1.0 * SUM(CASE WHEN f.solved_day IS NOT NULL THEN 1 ELSE 0 END) / COUNT(*) AS solved_share
FROM first_issues f
JOIN scope_repositories i ON i.repository_id = f.repository_id
JOIN scopes s ON s.scope_id = i.scope_id AND s.name = :scope
JOIN repositories r ON r.repository_id = f.repository_id
GROUP BY r.full_name
ORDER BY offered DESC, r.full_name
