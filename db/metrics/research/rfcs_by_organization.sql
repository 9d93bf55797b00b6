-- title: Who proposes where it goes?
-- meaning: Requests for comments (RFCs) proposed in the period, by the organisation that their authors acted
--   for: the steward, each other organisation, nobody (independent), and not known.
-- unit: proposals
-- direction: up
-- segments: organisation
-- figure: stacked_bar
-- source: goals.md, RFCs in tensorflow/community; GitHub GraphQL, pull requests that add a document
-- leaves_out: Proposals by bots. Of several pull requests for one document the one that was merged counts, or
--   else the last
-- rows: proposals
WITH proposed AS (
    SELECT r.repository_id, r.day,
           CASE WHEN e.kind = 'proxy' OR o.steward THEN 'steward'
                WHEN o.organization_id IS NOT NULL THEN o.name
                WHEN e.independent OR a.person_id IS NOT NULL THEN 'independent'
                ELSE 'unknown' END AS who
    FROM proposals r
    LEFT JOIN identities i ON i.identity_id = r.author_id
    LEFT JOIN people e ON e.person_id = i.person_id
    LEFT JOIN affiliations a ON a.person_id = e.person_id AND r.day BETWEEN a.from_day AND a.to_day
    LEFT JOIN organizations o ON o.organization_id = a.organization_id
    WHERE e.kind IS NULL OR e.kind <> 'bot'
),
parts AS (
    SELECT s.scope_id, c.grain, c.period, p.who, COUNT(*) AS proposals
    FROM proposed p
    JOIN scope_repositories s ON s.repository_id = p.repository_id
    JOIN calendar c ON c.day = p.day
    GROUP BY s.scope_id, c.grain, c.period, p.who
)
SELECT scope_id, grain, period, who AS segment, proposals AS value, proposals AS sample_size FROM parts
UNION ALL
SELECT scope_id, grain, period, 'all' AS segment, SUM(proposals) AS value, SUM(proposals) AS sample_size
FROM parts
GROUP BY scope_id, grain, period;

SELECT r.repository_id, r.path,
       CASE WHEN e.kind = 'proxy' OR o.steward THEN 'steward'
            WHEN o.organization_id IS NOT NULL THEN o.name
            WHEN e.independent OR a.person_id IS NOT NULL THEN 'independent'
            ELSE 'unknown' END AS segment
FROM proposals r
JOIN scope_repositories s ON s.repository_id = r.repository_id
LEFT JOIN identities i ON i.identity_id = r.author_id
LEFT JOIN people e ON e.person_id = i.person_id
LEFT JOIN affiliations a ON a.person_id = e.person_id AND r.day BETWEEN a.from_day AND a.to_day
LEFT JOIN organizations o ON o.organization_id = a.organization_id
WHERE s.scope_id = :scope AND (e.kind IS NULL OR e.kind <> 'bot') AND r.day BETWEEN :first AND :last
