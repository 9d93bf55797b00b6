-- title: What do devices reach?
-- meaning: The best and the median latency, throughput, power and gain over the CPU of each device, model and scenario,
--   a row per round (or year, where there are no rounds).
-- unit: as the row says
-- source: every suite that tells its hardware
-- leaves_out: Results that are not valid, and results whose hardware is not known
-- from: facts
WITH taken AS (
    SELECT f.*, COALESCE(f.round, CAST(f.year AS TEXT)) AS label,
           CASE f.direction WHEN 'lower' THEN f.value ELSE -f.value END AS rank_value,
           MAX(CASE f.source_format WHEN 'reference' THEN 0 ELSE 1 END)
               OVER (PARTITION BY f.suite, f.model, f.metric, COALESCE(f.round, f.source)) AS logged
    FROM facts f
    WHERE f.value > 0 AND f.hardware_class <> 'unknown'
      AND (f.metric IN ('latency', 'throughput', 'power')
           OR f.metric = 'speed_up' AND f.scenario LIKE '%over the CPU%')
),
ranked AS (
    SELECT t.*,
           ROW_NUMBER() OVER (
               PARTITION BY metric, unit, direction, suite, model, scenario, division, status, platform, device,
                            devices, label
               ORDER BY rank_value, result_id
           ) AS place,
           COUNT(*) OVER (
               PARTITION BY metric, unit, direction, suite, model, scenario, division, status, platform, device,
                            devices, label
           ) AS results
    FROM taken t
    WHERE t.source_format <> 'reference' OR t.logged = 0
)
SELECT metric, unit, direction, suite, model, scenario, division, status, hardware_class, platform, device, devices,
       label AS round, MAX(day) AS day, MAX(year) AS year,
       MAX(CASE place WHEN 1 THEN value END) AS value,
       AVG(CASE WHEN place IN ((results + 1) / 2, (results + 2) / 2) THEN value END) AS typical,
       MAX(results) AS sample_size,
       MAX(CASE place WHEN 1 THEN test END) AS test, MAX(CASE place WHEN 1 THEN submitter END) AS who,
       MAX(CASE place WHEN 1 THEN framework END) AS framework,
       MAX(CASE place WHEN 1 THEN compiler END) AS compiler,
       MAX(CASE place WHEN 1 THEN precision END) AS precision,
       MAX(CASE WHEN place = 1 THEN
           CASE doubt WHEN 0 THEN 'measured' WHEN 1 THEN 'published' WHEN 2 THEN 'inferred' ELSE 'second-hand' END
       END) AS claim,
       MAX(CASE place WHEN 1 THEN source END) AS source
FROM ranked
GROUP BY metric, unit, direction, suite, model, scenario, division, status, hardware_class, platform, device, devices,
         label
