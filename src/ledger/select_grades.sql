SELECT id, rater, installment, position, code, grade, opened_unix_millis, committed_unix_millis,
    app_version, display, replaces, reason, sha256
FROM grade
WHERE ?1 IS NULL OR rater = ?1
ORDER BY id
