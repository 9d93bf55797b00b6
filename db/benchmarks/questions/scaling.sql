-- title: How well does it scale from one device to many?
-- meaning: Which share of the linear gain more devices bring over the fewest that the same source showed, everything
--   else the same: 100% is perfect. Time to train also counts the epochs that larger batches cost.
-- unit: share of linear
-- from: narrowed
SELECT model, test, scenario, suite, platform, hardware_class, device, base_devices, devices, speed_up,
       value AS efficiency, metric, unit, before, after, round, year, who, framework, compiler, precision, claim, source,
       note AS together
FROM narrowed
WHERE topic = 'scaling' AND status = 'available' AND (division = :division OR division IS NULL)
ORDER BY model, device, note, devices
