-- title: Has XLA’s gain changed over the years?
-- meaning: The median gain by year and platform, each case and pipeline counted once, with the quartiles; slower is the share of
--   cases whose median XLA made slower. Machines that are not stated stand apart.
-- unit: times as fast
-- from: narrowed
SELECT year, platform, hardware_class, device, cases, value, low, high, slower,
       CASE doubt WHEN 0 THEN 'measured' WHEN 1 THEN 'published' WHEN 2 THEN 'inferred' ELSE 'second-hand' END AS claim
FROM (
    SELECT year, platform, hardware_class, device, MAX(cases) AS cases,
           AVG(CASE WHEN place IN ((cases + 1) / 2, (cases + 2) / 2) THEN value END) AS value,
           MIN(CASE WHEN place = (cases + 3) / 4 THEN value END) AS low,
           MAX(CASE WHEN place = (3 * cases + 3) / 4 THEN value END) AS high,
           AVG(CASE WHEN value < 1 THEN 1.0 ELSE 0.0 END) AS slower, MAX(doubt) AS doubt
    FROM (
        SELECT n.year, n.platform, n.hardware_class, n.device, n.value,
               CASE n.claim WHEN 'measured' THEN 0 WHEN 'published' THEN 1 WHEN 'inferred' THEN 2 ELSE 3 END AS doubt,
               ROW_NUMBER() OVER (
                   PARTITION BY n.year, n.platform, n.hardware_class, n.device ORDER BY n.value, n.ordinal
               ) AS place,
               COUNT(*) OVER (PARTITION BY n.year, n.platform, n.hardware_class, n.device) AS cases
        FROM narrowed n
        WHERE n.topic = 'xla_gain'
    ) ranked
    GROUP BY year, platform, hardware_class, device
) by_year
ORDER BY year, platform, device
