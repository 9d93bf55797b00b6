-- question: In which domains is it used, and is the use alive?
-- goal: innovation
-- parameter: since day 2024-01-01 New and active from this day on.
-- column: domain Health, vision, language … or other.
-- column: use_cases Repositories that use it.
-- column: started Of them, those created since.
-- column: active Of them, those with a push since.
-- column: stars Their stars together.
SELECT u.domain, COUNT(*) AS use_cases,
       SUM(CASE WHEN u.day >= :since THEN 1 ELSE 0 END) AS started,
       SUM(CASE WHEN u.active_day >= :since THEN 1 ELSE 0 END) AS active,
       SUM(COALESCE(r.stars, 0)) AS stars
FROM use_cases u
JOIN repositories r ON r.repository_id = u.repository_id
GROUP BY u.domain
ORDER BY use_cases DESC, u.domain
