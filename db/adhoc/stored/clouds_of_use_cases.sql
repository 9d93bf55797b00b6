-- question: On which clouds do use cases say they run?
-- goal: cloud
-- parameter: since day 2015-11-09 Created from this day on.
-- column: cloud google_cloud, aws, azure, other or none_stated.
-- column: use_cases Repositories.
-- column: share_of_stated Of those that state one; none_stated has no share.
WITH counted AS (
    SELECT cloud, COUNT(*) AS use_cases
    FROM use_cases
    WHERE day >= :since
    GROUP BY cloud
)
SELECT cloud, use_cases,
       CASE WHEN cloud <> 'none_stated' THEN
           1.0 * use_cases / (SELECT SUM(use_cases) FROM counted WHERE cloud <> 'none_stated')
       END AS share_of_stated
FROM counted
ORDER BY use_cases DESC, cloud
