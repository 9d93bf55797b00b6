-- question: How much of each release comes from the community?
-- goal: cloud
-- parameter: repository text tensorflow/tensorflow OWNER/NAME.
-- column: tag The release.
-- column: day Day of publication.
-- column: credited Contributors that its notes name; empty where they name none.
-- column: commits Commits by humans and proxies since the release before.
-- column: outside Of them, by humans of another organisation or none.
WITH dated AS (
    SELECT r.repository_id, r.tag, r.day, r.credited_contributors,
           LAG(r.day) OVER (ORDER BY r.day, r.tag) AS before
    FROM releases r
    JOIN repositories n ON n.repository_id = r.repository_id AND n.full_name = :repository
    WHERE NOT r.prerelease
)
SELECT d.tag, d.day, d.credited_contributors AS credited, COALESCE(SUM(k.quantity), 0) AS commits,
       COALESCE(SUM(CASE WHEN k.segment IN ('organization', 'independent') THEN k.quantity END), 0) AS outside
FROM dated d
LEFT JOIN contributions k ON k.repository_id = d.repository_id AND k.kind = 'commit'
    AND k.person_kind IN ('human', 'proxy') AND k.day <= d.day AND (d.before IS NULL OR k.day > d.before)
GROUP BY d.tag, d.day, d.credited_contributors
ORDER BY d.day DESC, d.tag DESC
