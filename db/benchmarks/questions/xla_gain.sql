-- title: What does XLA give?
-- meaning: Speed with XLA over speed without, everything else the same: above 1 is faster. The newest year of each
--   model, hardware and pipeline, with the band in which the middle eight of ten pairs lie.
-- unit: times as fast
-- from: narrowed
SELECT suite, model, test, scenario, division, hardware_class, platform, device, devices, framework, precision,
       compiler, year, metric, unit, value, low, high, before, after, sample_size AS pairs, share AS slower, claim, note,
       source
FROM (
    SELECT n.*,
           ROW_NUMBER() OVER (
               PARTITION BY suite, test, scenario, division, platform, device, devices, framework, precision, compiler,
                            metric, unit, claim
               ORDER BY year DESC
           ) AS age
    FROM narrowed n
    WHERE topic = 'xla_gain'
) newest
WHERE age = 1
ORDER BY value DESC, suite, test, scenario, compiler, devices
