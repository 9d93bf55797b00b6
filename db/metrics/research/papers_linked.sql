-- title: How much research is linked?
-- meaning: Distinct papers (arXiv ids and DOIs) that commit messages, issues, pull requests and
--   descriptions link.
-- unit: papers
-- direction: up
-- segments:
-- figure: bar
-- source: goals.md
-- leaves_out: Papers that are named without a link or identifier
-- rows: papers
SELECT s.scope_id, c.grain, c.period, 'all' AS segment, COUNT(DISTINCT m.paper_id) AS value,
       COUNT(*) AS sample_size
FROM paper_mentions m
JOIN scope_repositories s ON s.repository_id = m.repository_id
JOIN calendar c ON c.day = m.day
GROUP BY s.scope_id, c.grain, c.period;

SELECT m.paper_id, 'all' AS segment
FROM paper_mentions m
JOIN scope_repositories s ON s.repository_id = m.repository_id
WHERE s.scope_id = :scope AND m.day BETWEEN :first AND :last
