-- title: Do people of different organisations write together?
-- meaning: Of the commits whose author and at least one co-author acted for known organisations, the share
--   with a co-author from another organisation than the author's.
-- unit: share of co-authored commits
-- direction: up
-- segments:
-- figure: line
-- source: goals.md; Co-authored-by trailers
-- leaves_out: Bots and proxies, commits without a co-author, people whose organisation is not known, and
--   work that was written together without saying so
-- reach: period
WITH pairs AS (
    SELECT f.repository_id, f.sha, f.day, a.organization_id AS author_organization,
           b.organization_id AS coauthor_organization
    FROM commit_coauthors o
    JOIN commits f ON f.repository_id = o.repository_id AND f.sha = o.sha
    JOIN identities i ON i.identity_id = f.author_id
    JOIN people p ON p.person_id = i.person_id AND p.kind = 'human'
    JOIN affiliations a ON a.person_id = p.person_id AND f.day BETWEEN a.from_day AND a.to_day
    JOIN identities j ON j.identity_id = o.coauthor_id
    JOIN people q ON q.person_id = j.person_id AND q.kind = 'human' AND q.person_id <> p.person_id
    JOIN affiliations b ON b.person_id = q.person_id AND f.day BETWEEN b.from_day AND b.to_day
    WHERE a.organization_id IS NOT NULL AND b.organization_id IS NOT NULL
),
written AS (
    SELECT repository_id, sha, day,
           MAX(CASE WHEN author_organization <> coauthor_organization THEN 1 ELSE 0 END) AS crossed
    FROM pairs
    GROUP BY repository_id, sha, day
)
SELECT s.scope_id, c.grain, c.period, 'all' AS segment,
       CAST(SUM(w.crossed) AS DOUBLE) / COUNT(*) AS value, COUNT(*) AS sample_size
FROM written w
JOIN scope_repositories s ON s.repository_id = w.repository_id
JOIN calendar c ON c.day = w.day
GROUP BY s.scope_id, c.grain, c.period
