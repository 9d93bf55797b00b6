-- title: How well does it scale from one device to many?
-- meaning: How much faster n devices are than the fewest that the same submitter showed in the same round, of the
--   same model and with the same software, and which share of the linear gain that is: 100% is perfect.
-- unit: share of linear
-- source: throughput, and time to train; published gains over one device
-- leaves_out: Results that are not valid, systems whose size is not stated, and sizes that stand alone. In time to
--   train larger systems also take larger batches and so more epochs: that counts as a loss.
-- from: facts
WITH taken AS (
    SELECT f.*,
           f.suite || '|' || f.test || '|' || COALESCE(f.scenario, '-') || '|' || COALESCE(f.division, '-') || '|'
               || f.status || '|' || f.metric || '|' || f.unit || '|' || f.device_model || '|'
               || COALESCE(f.submitter, f.source) || '|' || COALESCE(f.framework, '-') || '|' || f.compiler || '|'
               || COALESCE(f.precision, '-') || '|' || COALESCE(f.round, CAST(f.measured_at AS TEXT)) AS together,
           CASE f.direction WHEN 'higher' THEN f.value ELSE 1 / f.value END AS speed
    FROM facts f
    WHERE f.metric IN ('throughput', 'time_to_train') AND f.devices >= 1 AND f.value > 0
      AND f.hardware_class <> 'unknown'
),
ranked AS (
    SELECT t.*, ROW_NUMBER() OVER (PARTITION BY together, devices ORDER BY speed DESC, result_id) AS place
    FROM taken t
),
best AS (
    SELECT r.*, FIRST_VALUE(devices) OVER w AS fewest, FIRST_VALUE(speed) OVER w AS speed_of_fewest,
           FIRST_VALUE(value) OVER w AS value_of_fewest
    FROM ranked r
    WHERE r.place = 1
    WINDOW w AS (PARTITION BY together ORDER BY devices)
),
steps AS (
    SELECT suite, model, test, scenario, division, status, metric, unit, direction, hardware_class, platform, device,
           devices, fewest, speed / speed_of_fewest AS gain, value_of_fewest, value, submitter, framework, compiler,
           precision, round, day, year, doubt, source, together
    FROM best
    WHERE devices > fewest
    UNION ALL
    SELECT f.suite, f.model, f.test, f.scenario, f.division, f.status, f.metric, f.unit, f.direction,
           f.hardware_class, f.platform, f.device, f.devices, 1 AS fewest, f.value AS gain, NULL AS value_of_fewest,
           NULL AS value, f.submitter, f.framework, f.compiler, f.precision, f.round, f.day, f.year, f.doubt, f.source,
           f.source AS together
    FROM facts f
    WHERE f.metric = 'speed_up' AND f.scenario LIKE '%against one %' AND f.devices > 1
)
SELECT suite, model, test, scenario, division, status, metric, unit, direction, hardware_class, platform, device,
       devices, fewest AS base_devices, gain * fewest / devices AS value, gain AS speed_up, value_of_fewest AS before,
       value AS after, submitter AS who, framework, compiler, precision, round, day, year, 1 AS sample_size,
       CASE doubt WHEN 0 THEN 'measured' WHEN 1 THEN 'published' WHEN 2 THEN 'inferred' ELSE 'second-hand' END AS claim,
       source, together AS note
FROM steps
