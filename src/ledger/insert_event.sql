INSERT INTO event (
    author, seq, at_unix_millis, installment, position, code, content, app_version, sitting,
    elapsed_millis, sha256, signature
) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
