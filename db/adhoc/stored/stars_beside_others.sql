-- question: How known is it beside other projects?
-- goal: ambition
-- parameter: top whole 50 Most rows.
-- column: repository OWNER/NAME.
-- column: role What it is to the project.
-- column: stars Stars when last seen.
-- column: forks Forks when last seen.
-- column: watchers Subscribers when last seen.
SELECT full_name AS repository, role, stars, forks, watchers
FROM repositories
WHERE role <> 'use_case' AND stars IS NOT NULL
ORDER BY stars DESC, full_name
LIMIT :top
