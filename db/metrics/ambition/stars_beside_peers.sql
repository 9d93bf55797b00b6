-- title: How many stars, beside PyTorch, JAX, Keras and LLVM?
-- meaning: Stars at the end of the period by GitHub's star history: TensorFlow's, Keras's, and those of each
--   peer and compiler repository.
-- unit: stars
-- direction: up
-- segments: repository
-- headline: tensorflow/tensorflow
-- figure: line
-- source: GitHub, star history without names (un-starred accounts are missing from the past)
-- leaves_out: Daily snapshots, which are a source of their own; repositories whose star history GitHub does
--   not give; days and weeks
WITH chosen AS (
    SELECT p.repository_id, r.full_name, p.day, p.stars
    FROM popularity p
    JOIN repositories r ON r.repository_id = p.repository_id
    WHERE p.source = 'star_history' AND p.stars IS NOT NULL AND r.role IN ('core', 'peer', 'compiler')
),
last_days AS (
    SELECT h.full_name, c.grain, c.period, MAX(h.day) AS day
    FROM chosen h
    JOIN calendar c ON c.day = h.day
    WHERE c.grain IN ('month', 'quarter', 'year')
    GROUP BY h.full_name, c.grain, c.period
)
SELECT x.scope_id, l.grain, l.period, l.full_name AS segment, h.stars AS value, h.stars AS sample_size
FROM last_days l
JOIN chosen h ON h.full_name = l.full_name AND h.day = l.day
CROSS JOIN scopes x
WHERE x.kind = 'project'
