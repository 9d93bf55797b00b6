-- title: In how many languages is it written?
-- meaning: Distinct programming languages in the repositories, as GitHub counts their code in the period.
-- unit: languages
-- direction: up
-- segments:
-- figure: line
-- source: goals.md, breadth; GitHub GraphQL, languages with their bytes
-- leaves_out: Time before the first reading; days and weeks, since one reading a month is kept; languages that
--   GitHub does not count as code. The sample size is the number of repositories
SELECT s.scope_id, c.grain, c.period, 'all' AS segment, COUNT(DISTINCT l.language) AS value,
       COUNT(DISTINCT l.repository_id) AS sample_size
FROM repository_languages l
JOIN scope_repositories s ON s.repository_id = l.repository_id
JOIN calendar c ON c.day = l.day
WHERE c.grain IN ('month', 'quarter', 'year') AND l.bytes > 0
GROUP BY s.scope_id, c.grain, c.period
