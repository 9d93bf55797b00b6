-- title: How much research is put to use?
-- meaning: Use cases whose description or home page links a paper (arXiv id or DOI), which they say that they
--   implement, by the period in which they were made.
-- unit: repositories
-- direction: up
-- segments:
-- figure: bar
-- source: goals.md, use cases that implement a paper
-- leaves_out: Papers that are named without a link or identifier, or in a readme alone; a link is taken as a claim,
--   and nobody checks that the code is the paper's
-- rows: use_cases
SELECT s.scope_id, c.grain, c.period, 'all' AS segment, COUNT(DISTINCT u.repository_id) AS value,
       COUNT(*) AS sample_size
FROM use_cases u
JOIN paper_mentions m ON m.repository_id = u.repository_id AND m.place = 'description'
JOIN calendar c ON c.day = u.day
CROSS JOIN scopes s
WHERE s.kind = 'project'
GROUP BY s.scope_id, c.grain, c.period;

SELECT u.repository_id, 'all' AS segment
FROM use_cases u
JOIN paper_mentions m ON m.repository_id = u.repository_id AND m.place = 'description'
WHERE u.day BETWEEN :first AND :last
