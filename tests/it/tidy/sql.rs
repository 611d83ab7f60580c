//! SQL: where it is written, and what it never says.

use super::{Finding, assert_none, check_rule, files, finding, rust_in, source, text_of};

/// The words of an SQL text, each with its line, without comments and quoted strings.
fn sql_words(sql: &str) -> Vec<(usize, &str)> {
    let mut words = Vec::new();
    for (line, row) in (1..).zip(sql.lines()) {
        let statement = row.split("--").next().unwrap_or_default();
        for unquoted in statement.split('\'').step_by(2) {
            let pieces = unquoted.split_inclusive(|c: char| !c.is_alphanumeric() && c != '_');
            for piece in pieces {
                let end = piece.strip_suffix(|c: char| !c.is_alphanumeric() && c != '_');
                words.extend(
                    [(line, end.unwrap_or(piece))]
                        .iter()
                        .filter(|(_, word)| !word.is_empty()),
                );
                words.extend(piece.ends_with(';').then_some((line, ";")));
            }
        }
    }
    words
}

/// True when `words` stand one after the other from `i` on, in any case.
fn says(text: &[(usize, &str)], i: usize, words: &[&str]) -> bool {
    words.iter().enumerate().all(|(k, word)| {
        text.get(i + k)
            .is_some_and(|(_, w)| w.eq_ignore_ascii_case(word))
    })
}

/// The line on which a text begins to be SQL. Words that English has too count in capitals only.
fn sql_at(text: &str) -> Option<usize> {
    let words = sql_words(text);
    let later = |i: usize, word: &str| words[i..].iter().any(|(_, w)| *w == word);
    let starts = [
        "insert into",
        "create table",
        "create trigger",
        "create index",
        "create unique",
        "create view",
    ];
    let changes = [
        "alter table",
        "drop table",
        "drop trigger",
        "delete from",
        "replace into",
    ];
    let pair = |i: usize, pair: &&str| says(&words, i, &pair.split(' ').collect::<Vec<_>>());
    (0..words.len())
        .find(|&i| {
            starts.iter().chain(&changes).any(|p| pair(i, p))
                || words[i].1 == "PRAGMA"
                || (words[i].1 == "SELECT" && later(i, "FROM"))
                || (words[i].1 == "UPDATE" && later(i, "SET"))
        })
        .map(|i| words[i].0)
}

/// Statements that change or remove what is stored. The head of a trigger is none: it names what
/// the trigger refuses.
fn changing_statements(sql: &str) -> Vec<(usize, String)> {
    let words = sql_words(sql);
    let (mut found, mut in_head) = (Vec::new(), false);
    for i in 0..words.len() {
        in_head = match words[i].1 {
            w if w.eq_ignore_ascii_case("trigger") => !says(&words, i.wrapping_sub(1), &["drop"]),
            w if w.eq_ignore_ascii_case("begin") => false,
            _ => in_head,
        };
        let mut statement = words[i..].iter().take_while(|(_, word)| *word != ";");
        let updates =
            says(&words, i, &["update"]) && statement.any(|(_, w)| w.eq_ignore_ascii_case("set"));
        let removes = [
            "delete from",
            "or replace",
            "replace into",
            "drop table",
            "drop trigger",
            "delete cascade",
        ]
        .iter()
        .any(|pair| says(&words, i, &pair.split(' ').collect::<Vec<_>>()));
        if (updates || removes) && !in_head {
            found.push((
                words[i].0,
                words[i..]
                    .iter()
                    .take(2)
                    .map(|(_, w)| *w)
                    .collect::<Vec<_>>()
                    .join(" "),
            ));
        }
    }
    found
}

/// Changing statements in the strings of a Rust file, or in a file of SQL. Tests may try them.
fn findings_in_sql(file: &str, text: &str) -> Vec<Finding> {
    let code = source::code(text);
    let (pieces, tests) = if file.ends_with(".sql") {
        (vec![(1, text.to_owned())], Vec::new())
    } else {
        (
            source::literals(text),
            source::test_lines(&source::tokens(&code)),
        )
    };
    let outside_tests = pieces
        .iter()
        .filter(|(line, _)| !tests.iter().any(|range| range.contains(line)));
    outside_tests
        .flat_map(|(first, piece)| {
            changing_statements(piece)
                .into_iter()
                .map(move |(line, sql)| (first + line - 1, sql))
        })
        .map(|(line, sql)| {
            finding(
                file,
                line,
                format!("no row is changed or deleted, but this says {sql}"),
            )
        })
        .collect()
}

/// SQL in a file that may have none.
fn findings_of_sql(file: &str, text: &str) -> Vec<Finding> {
    let lines = source::literals(text)
        .into_iter()
        .filter_map(|(line, s)| Some(line + sql_at(&s)? - 1));
    lines
        .map(|line| finding(file, line, "SQL is written only in `ledger`"))
        .collect()
}

#[test]
fn sql_is_written_only_in_the_ledger() {
    let elsewhere = |file: &str| !file.starts_with("src/ledger/");
    let stray = files()
        .into_iter()
        .filter(|f| f.starts_with("src/") && f.ends_with(".sql") && elsewhere(f));
    let mut findings: Vec<_> = stray
        .map(|f| finding(&f, 1, "SQL is written only in `ledger`"))
        .collect();
    for (file, text) in rust_in("src/").iter().filter(|(file, _)| elsewhere(file)) {
        findings.extend(findings_of_sql(file, text));
    }
    assert_none(&findings);
}

#[test]
fn no_statement_changes_or_deletes_a_row() {
    let in_src = files()
        .into_iter()
        .filter(|f| f.starts_with("src/") && (f.ends_with(".rs") || f.ends_with(".sql")));
    assert_none(
        &in_src
            .flat_map(|f| findings_in_sql(&f, &text_of(&f)))
            .collect::<Vec<_>>(),
    );
}

#[test]
fn sql_is_recognised() {
    #[track_caller]
    fn check(text: &str, expected: Option<usize>) {
        assert_eq!(sql_at(text), expected, "{text}");
    }
    check("select a case from the list", None);
    check("SELECT id FROM grade", Some(1));
    check("\ninsert into grade values (1)", Some(2));
    check("Create a table", None);
    check("PRAGMA journal_mode", Some(1));
    check("UPDATE available", None);
}

#[test]
fn changing_statements_are_found() {
    #[track_caller]
    fn check(sql: &str, expected: &[(usize, &str)]) {
        check_rule(&findings_in_sql("s.sql", sql), expected);
    }
    check("INSERT INTO grade VALUES (1);\nSELECT 1 FROM grade;", &[]);
    check(
        "-- UPDATE grade SET x = 1\nSELECT 'DELETE FROM grade';",
        &[],
    );
    check(
        "SELECT 1;\nupdate grade\nset x = 1;",
        &[(2, "update grade")],
    );
    check("DELETE FROM grade;", &[(1, "DELETE FROM")]);
    check(
        "INSERT OR REPLACE INTO grade VALUES (1);",
        &[(1, "OR REPLACE"), (1, "REPLACE INTO")],
    );
    check(
        "CREATE TRIGGER t BEFORE UPDATE ON grade\nBEGIN SELECT RAISE(ABORT, 'no UPDATE'); END;",
        &[],
    );
    check(
        "CREATE TRIGGER t AFTER INSERT ON grade\nBEGIN DELETE FROM study; END;",
        &[(2, "DELETE FROM")],
    );
    check("SELECT replace(a, 'x', 'y') FROM grade;", &[]);
    check("DROP TRIGGER t;", &[(1, "DROP TRIGGER")]);
    let rust =
        "f(\"DELETE FROM a\");\n#[cfg(test)]\nmod tests {\n fn g() { f(\"DELETE FROM a\") }\n}";
    check_rule(&findings_in_sql("s.rs", rust), &[(1, "DELETE FROM")]);
    check_rule(
        &findings_of_sql("s.rs", "// SELECT a FROM b\nf(\"SELECT a FROM b\")"),
        &[(2, "only in")],
    );
}
