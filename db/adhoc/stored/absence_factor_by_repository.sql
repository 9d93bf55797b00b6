-- question: How few people carry half of the commits?
-- goal: talent
-- parameter: scope text project What is counted: project, role:ROLE or OWNER/NAME.
-- parameter: since day 2015-11-09 From this day on.
-- column: repository OWNER/NAME.
-- column: commits Commits by humans.
-- column: people Humans who wrote them.
-- column: absence_factor Fewest of them who wrote half of the commits.
WITH each AS (
    SELECT k.repository_id, k.person_id, SUM(k.quantity) AS commits
    FROM contributions k
    JOIN scope_repositories i ON i.repository_id = k.repository_id
    JOIN scopes s ON s.scope_id = i.scope_id AND s.name = :scope
    WHERE k.kind = 'commit' AND k.person_kind = 'human' AND k.day >= :since
    GROUP BY k.repository_id, k.person_id
),
summed AS (
    SELECT repository_id, commits,
           SUM(commits) OVER (PARTITION BY repository_id) AS whole,
           SUM(commits) OVER (PARTITION BY repository_id ORDER BY commits DESC, person_id) - commits AS before
    FROM each
)
SELECT r.full_name AS repository, MAX(n.whole) AS commits, COUNT(*) AS people,
       SUM(CASE WHEN 2 * n.before < n.whole THEN 1 ELSE 0 END) AS absence_factor
FROM summed n
JOIN repositories r ON r.repository_id = n.repository_id
GROUP BY r.full_name
ORDER BY absence_factor, commits DESC, r.full_name
