SELECT installment, position, code
FROM worklist
WHERE rater = ?1 AND NOT EXISTS (
    SELECT 1 FROM grade
    WHERE grade.rater = worklist.rater
        AND grade.installment = worklist.installment
        AND grade.position = worklist.position
)
ORDER BY installment, position
LIMIT 1
