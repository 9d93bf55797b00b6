-- title: What does each platform reach?
-- meaning: The best value of each platform by year, for one model and metric, of systems of whatever size that
--   can be bought or rented; one division or suites without divisions. Latency is that of one query at a time.
-- unit: as the row says
-- from: narrowed
SELECT platform, hardware_class, model, scenario, metric, unit, direction, round, year, day, value AS best, device,
       devices, who, framework, compiler, precision, claim, source
FROM (
    SELECT n.*,
           ROW_NUMBER() OVER (
               PARTITION BY platform, hardware_class, model, scenario, metric, unit, year
               ORDER BY CASE direction WHEN 'lower' THEN value ELSE -value END, ordinal
           ) AS place
    FROM narrowed n
    WHERE topic = 'reach' AND metric = :metric AND status = 'available'
      AND (division = :division OR division IS NULL)
      AND (:metric <> 'latency' OR COALESCE(scenario, '') NOT IN ('MultiStream', 'Server'))
) ranked
WHERE place = 1
ORDER BY day, platform, scenario
