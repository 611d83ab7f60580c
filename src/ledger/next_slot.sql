SELECT installment, position, code
FROM worklist
WHERE rater = ?1 AND NOT EXISTS (
    SELECT 1 FROM event
    WHERE event.author = worklist.rater
        AND event.installment = worklist.installment
        AND event.position = worklist.position
        AND event.kind IN ('graded', 'skipped')
)
ORDER BY installment, position
LIMIT 1
