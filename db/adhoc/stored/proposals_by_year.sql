-- question: What becomes of proposals (RFCs)?
-- goal: research
-- column: year First day of the year of the proposal.
-- column: status What became of it.
-- column: proposals How many.
SELECT c.period AS year, p.status, COUNT(*) AS proposals
FROM proposals p
JOIN calendar c ON c.day = p.day AND c.grain = 'year'
GROUP BY c.period, p.status
ORDER BY c.period, p.status
