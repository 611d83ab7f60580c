INSERT INTO event (
    author, seq, at_unix_millis, installment, position, code, content, app_version, sha256
) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
