-- title: Which runs were the last?
-- meaning: The 20 newest revisions of each source, the newest first: what readers compare.
-- unit: place from the newest
-- source: every source that states revisions
-- leaves_out: Results that are not valid, and sources that state no revision
-- from: facts
WITH runs AS (
    SELECT f.source, f.revision, MIN(f.suite) AS suite, MAX(f.measured_at) AS newest, MAX(f.day) AS day,
           COUNT(*) AS results, MAX(f.doubt) AS doubt
    FROM facts f
    WHERE f.revision IS NOT NULL
    GROUP BY f.source, f.revision
),
placed AS (
    SELECT r.*, ROW_NUMBER() OVER (PARTITION BY source ORDER BY newest DESC, revision) AS place
    FROM runs r
)
SELECT source, revision AS note, suite, day, place AS value, results AS sample_size,
       CASE doubt WHEN 0 THEN 'measured' WHEN 1 THEN 'published' WHEN 2 THEN 'inferred' ELSE 'second-hand' END AS claim
FROM placed
WHERE place <= 20
