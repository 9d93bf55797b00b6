-- title: Who reviews whose work?
-- meaning: Merged change requests by the organisation that the author acted for and the one that a reviewer
--   acted for; only the steward and its peers.
-- unit: change requests
-- direction: neutral
-- segments: author → reviewer
-- figure: heat_map
-- source: goals.md, cross-organisation review
-- leaves_out: Organisations that are neither the steward nor a peer, reviews by the author, and people
--   whose organisation is not known
-- reach: period
-- rows: pull_requests
WITH reviewed AS (
    SELECT DISTINCT r.repository_id, r.number, r.merged_day AS day,
           a.organization_id AS author_organization, b.organization_id AS reviewer_organization
    FROM pull_requests r
    JOIN identities i ON i.identity_id = r.author_id
    JOIN people p ON p.person_id = i.person_id AND p.kind = 'human'
    JOIN affiliations a ON a.person_id = p.person_id AND r.day BETWEEN a.from_day AND a.to_day
    JOIN reviews v ON v.repository_id = r.repository_id AND v.number = r.number
    JOIN identities j ON j.identity_id = v.author_id
    JOIN people q ON q.person_id = j.person_id AND q.kind = 'human' AND q.person_id <> p.person_id
    JOIN affiliations b ON b.person_id = q.person_id AND v.day BETWEEN b.from_day AND b.to_day
    WHERE r.state = 'merged' AND r.merged_day IS NOT NULL
)
SELECT s.scope_id, c.grain, c.period, x.name || ' → ' || y.name AS segment, COUNT(*) AS value,
       COUNT(*) AS sample_size
FROM reviewed k
JOIN organizations x ON x.organization_id = k.author_organization AND (x.peer OR x.steward)
JOIN organizations y ON y.organization_id = k.reviewer_organization AND (y.peer OR y.steward)
JOIN scope_repositories s ON s.repository_id = k.repository_id
JOIN calendar c ON c.day = k.day
WHERE c.grain IN ('month', 'quarter', 'year')
GROUP BY s.scope_id, c.grain, c.period, x.name, y.name;

SELECT k.repository_id, k.number, x.name || ' → ' || y.name AS segment
FROM scope_repositories s
-- In this order: what was merged in the period is little, and all else is found by its keys.
CROSS JOIN pull_requests k
CROSS JOIN reviews v
JOIN identities i ON i.identity_id = k.author_id
JOIN people p ON p.person_id = i.person_id AND p.kind = 'human'
JOIN affiliations a ON a.person_id = p.person_id AND k.day BETWEEN a.from_day AND a.to_day
JOIN organizations x ON x.organization_id = a.organization_id AND (x.peer OR x.steward)
JOIN identities j ON j.identity_id = v.author_id
JOIN people q ON q.person_id = j.person_id AND q.kind = 'human' AND q.person_id <> p.person_id
JOIN affiliations b ON b.person_id = q.person_id AND v.day BETWEEN b.from_day AND b.to_day
JOIN organizations y ON y.organization_id = b.organization_id AND (y.peer OR y.steward)
WHERE s.scope_id = :scope AND k.repository_id = s.repository_id AND k.state = 'merged'
    AND k.merged_day BETWEEN :first AND :last
    AND v.repository_id = k.repository_id AND v.number = k.number
