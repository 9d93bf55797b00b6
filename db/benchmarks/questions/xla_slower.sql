-- title: Where does XLA hurt?
-- meaning: Cases that were slower with XLA than without, the worst first. Beyond the noise: the whole band lies
--   below 1; within it the difference may be chance; without a band nothing is known of the noise.
-- unit: times as fast
-- from: narrowed
SELECT suite, model, test, scenario, division, hardware_class, platform, device, devices, framework, precision,
       compiler, year, metric, unit, value, low, high,
       CASE WHEN high < 1 THEN 'beyond the noise' WHEN high >= 1 THEN 'within the noise' ELSE 'noise not known' END
           AS certainty,
       before, after, sample_size AS pairs, share AS slower, claim, note, source
FROM narrowed
WHERE topic = 'xla_gain' AND value < 1
ORDER BY value, suite, test, scenario, compiler, devices, year
