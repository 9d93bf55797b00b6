-- question: Which pull requests have waited longest without an answer?
-- goal: innovation
-- parameter: scope text project What is counted: project, role:ROLE or OWNER/NAME.
-- parameter: top whole 50 Most rows.
-- column: repository OWNER/NAME.
-- column: number Number of the pull request.
-- column: title Its title.
-- column: opened Day on which it was opened.
-- column: author Who opened it; empty when the account is gone.
SELECT r.full_name AS repository, p.number, p.title, p.day AS opened, a.login AS author
FROM pull_requests p
JOIN scope_repositories i ON i.repository_id = p.repository_id
JOIN scopes s ON s.scope_id = i.scope_id AND s.name = :scope
JOIN repositories r ON r.repository_id = p.repository_id
LEFT JOIN identities a ON a.identity_id = p.author_id
WHERE p.state = 'open'
  AND NOT EXISTS (
      SELECT 1 FROM reviews v
      JOIN identities w ON w.identity_id = v.author_id
      JOIN people h ON h.person_id = w.person_id AND h.kind = 'human'
      WHERE v.repository_id = p.repository_id AND v.number = p.number
        AND (p.author_id IS NULL OR v.author_id <> p.author_id)
  )
  AND NOT EXISTS (
      SELECT 1 FROM comments v
      JOIN identities w ON w.identity_id = v.author_id
      JOIN people h ON h.person_id = w.person_id AND h.kind = 'human'
      WHERE v.repository_id = p.repository_id AND v.number = p.number AND v.kind <> 'commit'
        AND (p.author_id IS NULL OR v.author_id <> p.author_id)
  )
ORDER BY p.day, r.full_name, p.number
LIMIT :top
