-- title: On how much hardware is it measured?
-- meaning: Distinct hardware families (A100, TPU v4, Xeon …) with a valid benchmark result of TensorFlow, measured
--   in the period.
-- unit: platforms
-- direction: up
-- segments: hardware class
-- figure: bar
-- source: goals.md, breadth; benchmark files and published facts
-- leaves_out: Results that are not valid; hardware whose class is not known; systems that name several frameworks,
--   since which of them ran is not said; days and weeks; repositories and roles, since results belong to none.
--   The sample size is the number of results
WITH found AS (
    SELECT x.scope_id, b.day, h.hardware_class, COALESCE(h.vendor, '') || ' ' || h.family AS platform
    FROM benchmark_results b
    JOIN benchmark_series s ON s.series_id = b.series_id
    JOIN hardware h ON h.hardware_id = s.hardware_id
    JOIN environments e ON e.environment_id = b.environment_id
    CROSS JOIN scopes x
    WHERE x.kind = 'project' AND e.framework = 'TensorFlow' AND b.valid AND h.hardware_class <> 'unknown'
),
told AS (
    SELECT scope_id, day, 'all' AS segment, platform FROM found
    UNION ALL
    SELECT scope_id, day, hardware_class AS segment, platform FROM found
)
SELECT t.scope_id, c.grain, c.period, t.segment, COUNT(DISTINCT t.platform) AS value, COUNT(*) AS sample_size
FROM told t
JOIN calendar c ON c.day = t.day
WHERE c.grain IN ('month', 'quarter', 'year')
GROUP BY t.scope_id, c.grain, c.period, t.segment
