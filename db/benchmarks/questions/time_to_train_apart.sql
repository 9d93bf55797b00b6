-- title: What else reached the target: other divisions, previews, research?
-- meaning: What the two charts before leave out. The open division may change the model and the method; previews and
--   research systems cannot be bought yet. None of them is a step of the lines above.
-- unit: second
-- from: narrowed
SELECT model, round, day, platform, hardware_class, division, status, value AS best, typical, sample_size AS results,
       device, devices, who, framework, claim, source
FROM narrowed
WHERE topic = 'by_round' AND metric = 'time_to_train' AND base_devices = 0
  AND (COALESCE(division, 'none') <> :division OR status <> 'available')
ORDER BY day, platform, division, status
