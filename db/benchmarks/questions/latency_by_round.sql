-- title: How has latency fallen?
-- meaning: The best and the median latency of one model and scenario by round, of systems that can be bought or
--   rented, by platform. One division only.
-- unit: second
-- from: narrowed
SELECT model, scenario, round, day, platform, hardware_class, value AS best, typical, sample_size AS results, device,
       devices, who, framework, division, claim, source
FROM narrowed
WHERE topic = 'by_round' AND metric = 'latency' AND base_devices = 0 AND division = :division
  AND status = 'available' AND COALESCE(scenario, '') = :scenario
ORDER BY day, platform
