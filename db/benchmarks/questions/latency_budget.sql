-- title: Who answers within the budget?
-- meaning: Devices by platform, model and scenario: how many have answered within the budget at least once, and the
--   best of them. Systems that can be bought or rented, of one division or of suites without divisions.
-- unit: second
-- from: narrowed
WITH of_device AS (
    SELECT platform, hardware_class, model, scenario, device, devices, value, day, who, claim, source,
           ROW_NUMBER() OVER (
               PARTITION BY platform, hardware_class, model, scenario, device ORDER BY value, ordinal
           ) AS place
    FROM narrowed
    WHERE topic = 'reach' AND metric = 'latency' AND unit = 'second' AND status = 'available'
      AND (division = :division OR division IS NULL)
),
ranked AS (
    SELECT d.*,
           ROW_NUMBER() OVER (
               PARTITION BY platform, hardware_class, model, scenario ORDER BY value, device
           ) AS best_first
    FROM of_device d
    WHERE d.place = 1
)
SELECT platform, hardware_class, model, scenario, COUNT(*) AS devices_known,
       SUM(CASE WHEN value <= :budget THEN 1 ELSE 0 END) AS within_budget, MIN(value) AS best, MAX(value) AS slowest,
       MAX(CASE best_first WHEN 1 THEN device END) AS device, MAX(CASE best_first WHEN 1 THEN devices END) AS devices,
       MAX(CASE best_first WHEN 1 THEN day END) AS day, MAX(CASE best_first WHEN 1 THEN who END) AS who,
       MAX(CASE best_first WHEN 1 THEN claim END) AS claim, MAX(CASE best_first WHEN 1 THEN source END) AS source
FROM ranked
GROUP BY platform, hardware_class, model, scenario
ORDER BY MIN(value), platform, model, scenario
