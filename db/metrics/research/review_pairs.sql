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
GROUP BY s.scope_id, c.grain, c.period, x.name, y.name
