-- title: And on 8 accelerators?
-- meaning: The same for systems of exactly 8 accelerators, so that size does not count: by kind of accelerator.
-- unit: second
-- from: narrowed
SELECT model, round, day, platform, hardware_class, value AS best, typical, sample_size AS results, device, devices, who,
       framework, division, claim, source
FROM narrowed
WHERE topic = 'by_round' AND metric = 'time_to_train' AND base_devices = 8 AND division = :division
  AND status = 'available'
ORDER BY day, platform
