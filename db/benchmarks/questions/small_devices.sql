-- title: What do phones, DSPs and small devices reach?
-- meaning: The newest and best latency, throughput, power and gain over the CPU of small devices, by device and model.
-- unit: as the row says
-- from: narrowed
SELECT platform, hardware_class, device, model, scenario, metric, unit, direction, round, year, day, value AS best, who,
       framework, precision, claim, source
FROM (
    SELECT n.*,
           ROW_NUMBER() OVER (
               PARTITION BY device, model, scenario, metric, unit
               ORDER BY year DESC, CASE direction WHEN 'lower' THEN value ELSE -value END, ordinal
           ) AS place
    FROM narrowed n
    WHERE topic = 'reach' AND status = 'available'
      AND platform IN ('Hexagon DSP', 'Other DSP', 'ARM', 'Phone GPU', 'Raspberry Pi', 'Movidius Myriad', 'Other VPU',
                       'Edge TPU')
) ranked
WHERE place = 1
ORDER BY metric, unit, CASE direction WHEN 'lower' THEN value ELSE -value END, platform, device, model
