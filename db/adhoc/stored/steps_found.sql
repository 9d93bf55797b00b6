-- question: Which benchmarks got faster or slower, and when?
-- goal: performance
-- parameter: state text confirmed suspected, confirmed, acknowledged or ignored.
-- parameter: percent number 0 Smallest change, in per cent.
-- column: suite The suite.
-- column: benchmark What was run.
-- column: hardware Kind of hardware.
-- column: metric What was measured.
-- column: day Day of the first result after the step.
-- column: percent Change in per cent of before.
-- column: direction Which way is better.
-- column: note What people said of it.
SELECT b.suite, b.name AS benchmark, h.hardware_class AS hardware, m.name AS metric, r.day, p.percent,
       m.direction, p.note
FROM change_points p
JOIN benchmark_series s ON s.series_id = p.series_id
JOIN benchmark_cases b ON b.case_id = s.case_id
JOIN hardware h ON h.hardware_id = s.hardware_id
JOIN benchmark_metrics m ON m.metric_id = s.metric_id
JOIN benchmark_results r ON r.result_id = p.result_id
WHERE p.state = :state AND ABS(p.percent) >= :percent
ORDER BY ABS(p.percent) DESC, p.change_point_id
