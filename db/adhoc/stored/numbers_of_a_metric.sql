-- question: What are the values of one metric?
-- goal: data
-- parameter: metric text commits The metric’s name.
-- parameter: scope text project What is counted: project, role:ROLE or OWNER/NAME.
-- parameter: grain text month day, week, month, quarter or year.
-- column: period First day of the period.
-- column: segment The part; all is the total.
-- column: value In the metric’s unit.
-- column: sample_size How many facts stand behind it.
-- column: complete Whether the period is over and its facts are all there.
SELECT v.period, v.segment, v.value, v.sample_size, v.complete
FROM metric_values v
JOIN scopes s ON s.scope_id = v.scope_id AND s.name = :scope
WHERE v.metric = :metric AND v.grain = :grain
ORDER BY v.period, v.segment
