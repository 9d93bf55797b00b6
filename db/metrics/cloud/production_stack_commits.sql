-- title: Is the production stack worked on?
-- meaning: Commits to the repositories that carry models into production: Serving, TFX, TensorFlow Lite
--   Micro and LiteRT.
-- unit: commits
-- direction: up
-- segments: repository
-- figure: area
-- source: goals.md, production stack activity
-- leaves_out: Production code inside tensorflow/tensorflow itself, repositories that are not cloned
-- reach: period
-- rows: commits
WITH daily AS (
    SELECT k.repository_id, k.day, SUM(k.quantity) AS quantity
    FROM contributions k
    WHERE k.kind = 'commit'
    GROUP BY k.repository_id, k.day
),
parts AS (
    SELECT x.scope_id, c.grain, c.period, r.full_name, SUM(d.quantity) AS quantity
    FROM daily d
    JOIN repositories r ON r.repository_id = d.repository_id
    JOIN scope_repositories s ON s.repository_id = d.repository_id
    JOIN scopes x ON x.scope_id = s.scope_id AND x.kind = 'project'
    JOIN calendar c ON c.day = d.day
    WHERE r.full_name IN (
        'tensorflow/serving', 'tensorflow/tfx', 'tensorflow/tflite-micro', 'google-ai-edge/LiteRT'
    )
    GROUP BY x.scope_id, c.grain, c.period, r.full_name
)
SELECT scope_id, grain, period, full_name AS segment, quantity AS value, quantity AS sample_size FROM parts
UNION ALL
SELECT scope_id, grain, period, 'all' AS segment, SUM(quantity) AS value, SUM(quantity) AS sample_size
FROM parts
GROUP BY scope_id, grain, period;

SELECT k.repository_id, k.sha, k.day, r.full_name AS segment
FROM commits_in_scope k
JOIN repositories r ON r.repository_id = k.repository_id
WHERE r.full_name IN (
        'tensorflow/serving', 'tensorflow/tfx', 'tensorflow/tflite-micro', 'google-ai-edge/LiteRT'
    )
    AND k.day BETWEEN :first AND :last
