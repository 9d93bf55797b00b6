-- question: Where does XLA help, and where does it hurt?
-- goal: performance
-- parameter: model text % The model, with % for any letters.
-- column: model The model.
-- column: hardware Kind of hardware.
-- column: device Family of the hardware.
-- column: precision float32, bfloat16 …
-- column: times_as_fast With XLA against without.
-- column: low Lower end of the noise band.
-- column: high Upper end of the noise band.
-- column: pairs How many pairs stand behind it.
-- column: claim measured, published, inferred or second-hand.
SELECT model, hardware_class AS hardware, device, precision, value AS times_as_fast, low, high,
       sample_size AS pairs, claim
FROM benchmark_answers
WHERE topic = 'xla_gain' AND model LIKE :model
ORDER BY value DESC, ordinal
