-- question: Which repositories stand behind a domain, and why were they put there?
-- goal: innovation
-- parameter: domain text health The domain.
-- parameter: top whole 100 Most rows.
-- column: repository OWNER/NAME.
-- column: stars Stars when last seen.
-- column: started Day on which it was created.
-- column: platform Mobile, web, embedded, server …
-- column: evidence The words that decided, and where they stand.
-- column: confidence 0 to 1.
SELECT r.full_name AS repository, r.stars, u.day AS started, u.platform, u.evidence, u.confidence
FROM use_cases u
JOIN repositories r ON r.repository_id = u.repository_id
WHERE u.domain = :domain
ORDER BY COALESCE(r.stars, 0) DESC, r.full_name
LIMIT :top
