-- What the questions start from: the answers of the suite, model and class of hardware asked for ('' for all).
SELECT *
FROM benchmark_answers
WHERE (:suite = '' OR suite = :suite) AND (:model = '' OR model = :model)
  AND (:hardware = '' OR hardware_class = :hardware)
