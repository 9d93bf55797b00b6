-- title: How long does training take?
-- meaning: Time to the target quality by round: the best and the median system that can be bought or rented, of
--   whatever size, by platform. One division only.
-- unit: second
-- from: narrowed
SELECT model, round, day, platform, hardware_class, value AS best, typical, sample_size AS results, device, devices, who,
       framework, division, claim, source
FROM narrowed
WHERE topic = 'by_round' AND metric = 'time_to_train' AND base_devices = 0 AND division = :division
  AND status = 'available'
ORDER BY day, platform
