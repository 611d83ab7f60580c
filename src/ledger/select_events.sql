SELECT
    author, seq, at_unix_millis, installment, position, code, content, app_version, sitting,
    elapsed_millis, signature, sha256
FROM event
WHERE ?1 IS NULL OR author = ?1
ORDER BY id
