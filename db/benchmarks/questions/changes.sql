-- title: What became slower or faster, and between which commits?
-- meaning: Steps in series of the past year, the largest first, regressions and improvements: the median after the step
--   against the one before. Suspected at once, confirmed after enough results, acknowledged by people; what made
--   the step lies after the first revision and up to the second. What people ignore is left out.
-- unit: times as good
-- from: facts
SELECT p.state, CASE WHEN (p.percent > 0) = (f.direction = 'higher') THEN 'better' ELSE 'worse' END AS verdict,
       f.suite, f.model, f.test, f.scenario, f.division, f.metric, f.unit, f.direction, f.hardware_class, f.platform,
       f.device, f.devices, f.framework, f.compiler, f.precision, p.percent, p.before, p.after,
       CASE f.direction WHEN 'higher' THEN p.after / p.before ELSE p.before / p.after END AS ratio,
       p.probability, l.revision AS revision_before, f.revision AS revision_after, f.day, p.note, p.link,
       CASE f.doubt WHEN 0 THEN 'measured' WHEN 1 THEN 'published' WHEN 2 THEN 'inferred' ELSE 'second-hand' END AS claim,
       f.source, p.series_id, p.change_point_id
FROM change_points p
JOIN facts f ON f.result_id = p.result_id
LEFT JOIN benchmark_results l ON l.result_id = p.previous_result_id
WHERE p.state IN ('suspected', 'confirmed', 'acknowledged') AND p.before > 0 AND p.after > 0 AND f.day >= :since
  AND (:suite = '' OR f.suite = :suite) AND (:model = '' OR f.model = :model)
  AND (:hardware = '' OR f.hardware_class = :hardware)
ORDER BY CASE WHEN p.after > p.before THEN p.after / p.before ELSE p.before / p.after END DESC, p.change_point_id
