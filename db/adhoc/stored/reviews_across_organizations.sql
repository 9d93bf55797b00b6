-- question: Whose people review whose changes?
-- goal: research
-- parameter: scope text project What is counted: project, role:ROLE or OWNER/NAME.
-- parameter: since day 2015-11-09 From this day on.
-- parameter: top whole 100 Most rows.
-- column: author Organisation of the author on the day of the review.
-- column: reviewer Organisation of the reviewer on that day.
-- column: reviews Reviews by humans of changes of other humans.
SELECT oa.name AS author, ov.name AS reviewer, COUNT(*) AS reviews
FROM reviews v
JOIN scope_repositories i ON i.repository_id = v.repository_id
JOIN scopes s ON s.scope_id = i.scope_id AND s.name = :scope
JOIN pull_requests p ON p.repository_id = v.repository_id AND p.number = v.number
JOIN identities ia ON ia.identity_id = p.author_id
JOIN identities iv ON iv.identity_id = v.author_id AND iv.person_id <> ia.person_id
JOIN people pa ON pa.person_id = ia.person_id AND pa.kind = 'human'
JOIN people pv ON pv.person_id = iv.person_id AND pv.kind = 'human'
JOIN affiliations aa ON aa.person_id = ia.person_id AND v.day BETWEEN aa.from_day AND aa.to_day
JOIN affiliations av ON av.person_id = iv.person_id AND v.day BETWEEN av.from_day AND av.to_day
JOIN organizations oa ON oa.organization_id = aa.organization_id
JOIN organizations ov ON ov.organization_id = av.organization_id
WHERE v.day >= :since
GROUP BY oa.name, ov.name
ORDER BY reviews DESC, oa.name, ov.name
LIMIT :top
