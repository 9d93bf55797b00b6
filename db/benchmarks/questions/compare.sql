-- title: How do two runs differ?
-- meaning: Two revisions, rounds or sources: every series that both have, by the median of its results in each, and how
--   many times as fast the second is. Above 1 the second is better, whichever way the metric points.
-- unit: times as good
-- from: facts
WITH chosen AS (
    SELECT result_id, 'first' AS side FROM benchmark_results WHERE revision = :first
    UNION
    SELECT result_id, 'first' AS side FROM benchmark_results WHERE round = :first
    UNION
    SELECT r.result_id, 'first' AS side
    FROM benchmark_sources o
    JOIN benchmark_results r ON r.source_id = o.source_id
    WHERE o.location = :first
    UNION
    SELECT result_id, 'second' AS side FROM benchmark_results WHERE revision = :second
    UNION
    SELECT result_id, 'second' AS side FROM benchmark_results WHERE round = :second
    UNION
    SELECT r.result_id, 'second' AS side
    FROM benchmark_sources o
    JOIN benchmark_results r ON r.source_id = o.source_id
    WHERE o.location = :second
),
ranked AS (
    SELECT f.suite, f.model, f.test, f.scenario, f.division, f.status, f.metric, f.unit, f.direction,
           f.hardware_class, f.platform, f.device, f.devices, f.framework, f.compiler, f.precision, f.value, f.spread, f.doubt, c.side,
           ROW_NUMBER() OVER (
               PARTITION BY f.suite, f.test, f.scenario, f.division, f.status, f.metric, f.unit, f.platform,
                            f.device, f.devices, f.framework, f.compiler, f.precision, c.side
               ORDER BY f.value, f.result_id
           ) AS place,
           COUNT(*) OVER (
               PARTITION BY f.suite, f.test, f.scenario, f.division, f.status, f.metric, f.unit, f.platform,
                            f.device, f.devices, f.framework, f.compiler, f.precision, c.side
           ) AS results
    FROM chosen c
    JOIN facts f ON f.result_id = c.result_id
    WHERE (:suite = '' OR f.suite = :suite) AND (:model = '' OR f.model = :model)
      AND (:hardware = '' OR f.hardware_class = :hardware)
),
sides AS (
    SELECT suite, model, test, scenario, division, status, metric, unit, direction, hardware_class, platform,
           device, devices, framework, compiler, precision,
           AVG(CASE WHEN side = 'first' AND place IN ((results + 1) / 2, (results + 2) / 2) THEN value END)
               AS first_value,
           AVG(CASE WHEN side = 'second' AND place IN ((results + 1) / 2, (results + 2) / 2) THEN value END)
               AS second_value,
           SUM(CASE side WHEN 'first' THEN 1 ELSE 0 END) AS first_results,
           SUM(CASE side WHEN 'second' THEN 1 ELSE 0 END) AS second_results,
           MAX(doubt) AS doubt
    FROM ranked
    GROUP BY suite, model, test, scenario, division, status, metric, unit, direction, hardware_class, platform,
             device, devices, framework, compiler, precision
)
SELECT suite, model, test, scenario, division, status, metric, unit, direction, hardware_class, platform, device,
       devices, framework, compiler, precision, first_value, second_value,
       CASE direction WHEN 'higher' THEN second_value / first_value ELSE first_value / second_value END AS ratio,
       first_results, second_results,
       CASE doubt WHEN 0 THEN 'measured' WHEN 1 THEN 'published' WHEN 2 THEN 'inferred' ELSE 'second-hand' END AS claim
FROM sides
WHERE first_value > 0 AND second_value > 0
ORDER BY CASE WHEN first_value > second_value THEN first_value / second_value ELSE second_value / first_value END DESC,
         suite, test, scenario, device, devices, compiler
