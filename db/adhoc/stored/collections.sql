-- question: How fresh is each source, and what was refused?
-- goal: data
-- column: job What was collected.
-- column: target From where.
-- column: last_success When it last ended well (UTC).
-- column: runs How often it ran.
-- column: failed Of them, those that failed.
-- column: refused_rows Rows refused in all runs.
SELECT job, target, MAX(CASE WHEN state = 'done' THEN ended_at END) AS last_success, COUNT(*) AS runs,
       SUM(CASE WHEN state = 'failed' THEN 1 ELSE 0 END) AS failed, SUM(rejected) AS refused_rows
FROM collector_runs
GROUP BY job, target
ORDER BY job, target
