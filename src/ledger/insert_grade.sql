INSERT INTO grade (
    id, rater, installment, position, code, grade, opened_unix_millis, committed_unix_millis,
    app_version, display, replaces, reason, sha256
) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
