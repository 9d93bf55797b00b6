-- title: Where is it used for the first time?
-- meaning: Fields in which a use case was first seen in the period: domains, and domains on a platform on which
--   they had not been seen.
-- unit: fields
-- direction: up
-- segments: domain, domain_on_platform
-- figure: bar
-- source: goals.md, use cases first seen in a new domain
-- leaves_out: Use cases that state no domain; those on no stated platform open no field of the second kind
WITH firsts AS (
    SELECT 'domain' AS kind, domain AS field, MIN(day) AS day
    FROM use_cases
    WHERE domain <> 'other'
    GROUP BY domain
    UNION ALL
    SELECT 'domain_on_platform' AS kind, domain || ' ' || platform AS field, MIN(day) AS day
    FROM use_cases
    WHERE domain <> 'other' AND platform <> 'other'
    GROUP BY domain || ' ' || platform
)
SELECT s.scope_id, c.grain, c.period, f.kind AS segment, COUNT(*) AS value, COUNT(*) AS sample_size
FROM firsts f
JOIN calendar c ON c.day = f.day
CROSS JOIN scopes s
WHERE s.kind = 'project'
GROUP BY s.scope_id, c.grain, c.period, f.kind
