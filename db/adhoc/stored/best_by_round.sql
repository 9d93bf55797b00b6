-- question: How do time to train and latency fall from round to round?
-- goal: performance
-- parameter: model text % The model, with % for any letters.
-- column: model The model.
-- column: platform A line of hardware.
-- column: round MLPerf round, or the year.
-- column: metric time_to_train, latency or throughput.
-- column: best The best result.
-- column: typical Median of the results.
-- column: unit Its unit.
-- column: results How many results stand behind it.
SELECT model, platform, round, metric, value AS best, typical, unit, sample_size AS results
FROM benchmark_answers
WHERE topic = 'by_round' AND base_devices = 0 AND model LIKE :model
ORDER BY model, metric, platform, year, round, ordinal
