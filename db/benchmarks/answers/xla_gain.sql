-- title: What does XLA give?
-- meaning: Speed with XLA over speed without it, for pairs of results that differ in nothing else: the median of a
--   year's pairs. The band holds the middle eight of ten pairs; a single pair has one standard deviation of both
--   sides added up, where its source tells them.
-- unit: times as fast
-- source: pairs within one source, measured at one moment
-- leaves_out: Results that are not valid, and results whose compiler is not stated
-- from: facts
WITH candidates AS (
    SELECT f.*,
           f.suite || '|' || f.test || '|' || COALESCE(f.scenario, '-') || '|' || COALESCE(f.division, '-') || '|'
               || f.metric || '|' || f.unit || '|' || CAST(f.hardware_id AS TEXT) || '|'
               || COALESCE(f.framework, '-') || '|' || COALESCE(f.precision, '-') || '|' || COALESCE(f.os, '-')
               || '|' || CAST(f.measured_at AS TEXT) || '|' || f.source AS together
    FROM facts f
    WHERE f.value > 0 AND (f.compiler = 'none' OR f.compiler = 'xla' OR f.compiler LIKE 'xla:%')
),
paired AS (
    SELECT f.source, f.test, f.scenario, f.framework, f.precision, f.compiler, f.value, f.spread
    FROM facts f
    WHERE f.metric = 'speed_up' AND f.source_format = 'bench_run'
),
pairs AS (
    SELECT w.suite, w.model, w.test, w.scenario, w.division, w.hardware_class, w.platform, w.device, w.devices,
           w.framework, w.precision, w.compiler, w.year, w.metric, w.unit, w.direction, w.result_id, w.source,
           n.value AS without_xla, w.value AS with_xla,
           COALESCE(g.value, CASE w.direction WHEN 'higher' THEN w.value / n.value ELSE n.value / w.value END) AS gain,
           COALESCE(g.spread / g.value, w.spread / w.value + n.spread / n.value) AS noise,
           CASE WHEN w.doubt > n.doubt THEN w.doubt ELSE n.doubt END AS doubt,
           CASE WHEN w.version <> n.version THEN 'the framework’s version differs too' END AS note
    FROM candidates w
    JOIN candidates n ON n.together = w.together AND n.compiler = 'none'
    -- Where samples were taken in pairs, their ratio is surer than that of the two medians.
    LEFT JOIN paired g ON g.source = w.source AND g.test = w.test AND g.scenario = w.scenario
        AND g.framework = w.framework AND g.precision = w.precision AND g.compiler = w.compiler
        AND w.metric = 'step_time'
    WHERE w.compiler <> 'none'
    UNION ALL
    SELECT f.suite, f.model, f.test, f.scenario, f.division, f.hardware_class, f.platform, f.device, f.devices,
           f.framework, f.precision, 'xla' AS compiler, f.year, f.metric, f.unit, f.direction, f.result_id, f.source,
           NULL AS without_xla, NULL AS with_xla, f.value AS gain, NULL AS noise, f.doubt,
           'only the ratio is published' AS note
    FROM facts f
    WHERE f.metric = 'speed_up' AND f.scenario LIKE '%with XLA%'
),
ranked AS (
    SELECT p.*,
           ROW_NUMBER() OVER (
               PARTITION BY suite, test, scenario, division, platform, device, devices, framework, precision,
                            compiler, year, metric, unit
               ORDER BY gain, result_id
           ) AS place,
           COUNT(*) OVER (
               PARTITION BY suite, test, scenario, division, platform, device, devices, framework, precision,
                            compiler, year, metric, unit
           ) AS pairs
    FROM pairs p
)
SELECT suite, model, test, scenario, division, hardware_class, platform, device, devices, framework, precision,
       compiler, year, metric, unit, direction,
       AVG(CASE WHEN place IN ((pairs + 1) / 2, (pairs + 2) / 2) THEN gain END) AS value,
       CASE WHEN MAX(pairs) > 1 THEN MIN(CASE WHEN place = (pairs + 9) / 10 THEN gain END)
            ELSE MIN(gain * (1 - noise)) END AS low,
       CASE WHEN MAX(pairs) > 1 THEN MAX(CASE WHEN place = (9 * pairs + 9) / 10 THEN gain END)
            ELSE MAX(gain * (1 + noise)) END AS high,
       AVG(CASE WHEN place IN ((pairs + 1) / 2, (pairs + 2) / 2) THEN without_xla END) AS before,
       AVG(CASE WHEN place IN ((pairs + 1) / 2, (pairs + 2) / 2) THEN with_xla END) AS after,
       MAX(pairs) AS sample_size,
       AVG(CASE WHEN gain < 1 THEN 1.0 ELSE 0.0 END) AS share,
       CASE MAX(doubt) WHEN 0 THEN 'measured' WHEN 1 THEN 'published' WHEN 2 THEN 'inferred' ELSE 'second-hand' END
           AS claim,
       MAX(note) AS note, MAX(source) AS source
FROM ranked
GROUP BY suite, model, test, scenario, division, hardware_class, platform, device, devices, framework, precision,
         compiler, year, metric, unit, direction
