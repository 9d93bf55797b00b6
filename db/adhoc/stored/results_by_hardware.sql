-- question: On which hardware is it measured?
-- goal: performance
-- column: hardware Kind of hardware.
-- column: family Family of the hardware.
-- column: series Series of results.
-- column: results Valid results.
-- column: last_day Day of the newest.
SELECT h.hardware_class AS hardware, h.family, COUNT(DISTINCT s.series_id) AS series, COUNT(*) AS results,
       MAX(r.day) AS last_day
FROM benchmark_results r
JOIN benchmark_series s ON s.series_id = r.series_id
JOIN hardware h ON h.hardware_id = s.hardware_id
WHERE r.valid
GROUP BY h.hardware_class, h.family
ORDER BY results DESC, h.hardware_class, h.family
