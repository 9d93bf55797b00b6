-- title: Which two runs are the newest?
-- meaning: The two newest revisions of the source that was measured last, the newest first.
-- unit: place from the newest
SELECT note AS revision, source, day, claim
FROM benchmark_answers
WHERE topic = 'runs' AND value <= 2 AND source = (
    SELECT MIN(source)
    FROM benchmark_answers
    WHERE topic = 'runs' AND value = 2 AND day = (
        SELECT MAX(day) FROM benchmark_answers WHERE topic = 'runs' AND value = 2
    )
)
ORDER BY value
