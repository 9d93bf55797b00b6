-- title: How has it fallen from round to round?
-- meaning: The best and the median time to train, or latency, of each round (or year, where there are no rounds), by
--   platform for systems of every size, and by device for systems of exactly 8. Divisions, and systems that can be
--   bought or rented, previews and research systems stand in rows of their own and are never mixed.
-- unit: second
-- source: MLPerf’s rounds, and published facts of rounds whose logs are not held
-- leaves_out: Results that are not valid; a published fact where the logs of its own round are held; published facts
--   on 8 accelerators among systems of every size: they were chosen for their size and are not their round’s best
-- from: facts
WITH sizes AS (
    SELECT 0 AS size
    UNION ALL
    SELECT 8 AS size
),
taken AS (
    SELECT f.*, COALESCE(f.round, CAST(f.year AS TEXT)) AS label,
           MAX(CASE f.source_format WHEN 'reference' THEN 0 ELSE 1 END)
               OVER (PARTITION BY f.suite, f.model, f.metric, COALESCE(f.round, f.source)) AS logged
    FROM facts f
    WHERE f.metric IN ('time_to_train', 'latency') AND f.value > 0 AND f.hardware_class <> 'unknown'
),
sized AS (
    SELECT t.*, z.size, CASE z.size WHEN 0 THEN t.platform ELSE t.device END AS series
    FROM taken t
    JOIN sizes z ON z.size = 0 OR z.size = t.devices
    WHERE t.source_format <> 'reference'
       OR t.logged = 0 AND (z.size = 8 OR COALESCE(t.devices, 0) <> 8)
),
ranked AS (
    SELECT s.*,
           ROW_NUMBER() OVER (
               PARTITION BY metric, unit, suite, model, scenario, division, status, size, hardware_class, series, label
               ORDER BY value, result_id
           ) AS place,
           COUNT(*) OVER (
               PARTITION BY metric, unit, suite, model, scenario, division, status, size, hardware_class, series, label
           ) AS results
    FROM sized s
)
SELECT metric, unit, 'lower' AS direction, suite, model, scenario, division, status, size AS base_devices,
       hardware_class, series AS platform, label AS round, MAX(day) AS day, MAX(year) AS year,
       MIN(value) AS value,
       AVG(CASE WHEN place IN ((results + 1) / 2, (results + 2) / 2) THEN value END) AS typical,
       MAX(results) AS sample_size,
       MAX(CASE place WHEN 1 THEN device END) AS device, MAX(CASE place WHEN 1 THEN devices END) AS devices,
       MAX(CASE place WHEN 1 THEN submitter END) AS who, MAX(CASE place WHEN 1 THEN framework END) AS framework,
       MAX(CASE WHEN place = 1 THEN
           CASE doubt WHEN 0 THEN 'measured' WHEN 1 THEN 'published' WHEN 2 THEN 'inferred' ELSE 'second-hand' END
       END) AS claim,
       MAX(CASE place WHEN 1 THEN source END) AS source
FROM ranked
GROUP BY metric, unit, suite, model, scenario, division, status, size, hardware_class, series, label
