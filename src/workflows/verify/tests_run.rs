//! What `cargo test` said of each test, out of what it printed.

use super::verdict::Verdict;
use anyhow::bail;
use serde::Serialize;
use std::collections::BTreeMap;

/// What became of a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TestResult {
    /// It passed.
    Passed,
    /// It says that it looked at nothing, as its data are not there.
    Skipped,
    /// It is not run unless it is asked for.
    Ignored,
    /// It is not among the results.
    Absent,
    /// It failed.
    Failed,
}

impl TestResult {
    /// As the page has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Skipped => "skipped, its data are not there",
            Self::Ignored => "ignored",
            Self::Absent => "is not among the results",
            Self::Failed => "FAILED",
        }
    }

    /// What it means for what the test holds.
    #[must_use]
    pub fn verdict(self) -> Verdict {
        match self {
            Self::Passed => Verdict::Passed,
            Self::Skipped | Self::Ignored => Verdict::NotDone,
            Self::Absent | Self::Failed => Verdict::Failed,
        }
    }
}

/// The tests of a run, by the names that `cargo test` prints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TestsRun {
    results: BTreeMap<String, TestResult>,
}

impl TestsRun {
    /// From what `cargo test` printed. With `-- --show-output` it also prints what tests said that
    /// passed, and so which of them looked at nothing.
    ///
    /// # Errors
    /// Where no results of tests stand in it.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        let mut results: BTreeMap<String, TestResult> = BTreeMap::new();
        // The test whose output follows.
        let mut speaker: Option<&str> = None;
        let mut silent = Vec::new();
        for line in text.lines() {
            if let Some((name, result)) = result_of(line) {
                let worst = results.entry(name.to_owned()).or_insert(result);
                *worst = result.max(*worst);
                continue;
            }
            if let Some(rest) = line.strip_prefix("---- ") {
                speaker = rest.strip_suffix(" stdout ----");
            } else if line.starts_with("skipped: ") {
                silent.extend(speaker);
            }
        }
        for name in silent {
            if let Some(result) = results.get_mut(name)
                && *result == TestResult::Passed
            {
                *result = TestResult::Skipped;
            }
        }
        if results.is_empty() {
            bail!("no results of tests stand in it; it has to be what `cargo test` printed");
        }
        Ok(Self { results })
    }

    /// What became of a test that is named by its file, `tests/it/file.rs::name`.
    #[must_use]
    pub fn of(&self, test: &str) -> TestResult {
        let found = printed_name(test).and_then(|name| self.results.get(&name));
        found.copied().unwrap_or(TestResult::Absent)
    }

    /// What the results mean, one for each test.
    #[must_use]
    pub fn verdicts(&self) -> Vec<Verdict> {
        self.results
            .values()
            .map(|result| result.verdict())
            .collect()
    }

    /// How many tests have a result.
    #[must_use]
    pub fn n(&self, wanted: TestResult) -> usize {
        self.results
            .values()
            .filter(|result| **result == wanted)
            .count()
    }

    /// The names of those that failed.
    pub fn failed(&self) -> impl Iterator<Item = &str> {
        let failed = self.results.iter();
        failed
            .filter(|(_, result)| **result == TestResult::Failed)
            .map(|(name, _)| name.as_str())
    }
}

/// `test a::b ... ok`, and what else may stand where `ok` does.
fn result_of(line: &str) -> Option<(&str, TestResult)> {
    let (name, said) = line.strip_prefix("test ")?.split_once(" ... ")?;
    let first = said.split([' ', ',']).next()?;
    let result = match first {
        "ok" => TestResult::Passed,
        "FAILED" => TestResult::Failed,
        "ignored" => TestResult::Ignored,
        _ => return None,
    };
    Some((name.split(" - ").next()?.trim(), result))
}

/// What `cargo test` calls a test of the one binary of integration tests: its modules and its name.
fn printed_name(test: &str) -> Option<String> {
    let (file, name) = test.split_once("::")?;
    let path = file.strip_prefix("tests/it/")?.strip_suffix(".rs")?;
    let path = path.strip_suffix("/mod").unwrap_or(path);
    Some(format!("{}::{name}", path.replace('/', "::")))
}

#[cfg(test)]
mod tests {
    use super::{TestResult, TestsRun, Verdict};

    const PRINTED: &str = "\
running 6 tests
test formats::lies::any_bytes ... ok
test stats::alpha::oracle_files ... ok
test render::every_shader_is_valid - should panic ... ok
test app::path::a ... FAILED
test ledger::crash_helper ... ignored, by hand ... only
test signal::x ... ok <0.1s>

successes:

---- formats::lies::any_bytes stdout ----
about to open something

---- stats::alpha::oracle_files stdout ----
skipped: no test data at data/agreement/oracle_agreement.json

failures:

---- app::path::a stdout ----
skipped: something, and then it failed

test result: FAILED. 4 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out
";

    #[test]
    fn results_are_those_that_were_printed() {
        let run = TestsRun::parse(PRINTED).unwrap();
        for (test, expected) in [
            ("tests/it/formats/lies.rs::any_bytes", TestResult::Passed),
            ("tests/it/stats/alpha.rs::oracle_files", TestResult::Skipped),
            (
                "tests/it/render/mod.rs::every_shader_is_valid",
                TestResult::Passed,
            ),
            ("tests/it/app/path.rs::a", TestResult::Failed),
            ("tests/it/ledger/mod.rs::crash_helper", TestResult::Ignored),
            ("tests/it/signal.rs::x", TestResult::Passed),
            ("tests/it/signal.rs::y", TestResult::Absent),
            ("src/a.rs::b", TestResult::Absent),
        ] {
            assert_eq!(run.of(test), expected, "{test}");
        }
        assert_eq!(run.n(TestResult::Passed), 3);
        assert_eq!(run.failed().collect::<Vec<_>>(), ["app::path::a"]);
        let failed = run.verdicts().into_iter();
        assert_eq!(failed.filter(|one| *one == Verdict::Failed).count(), 1);
    }

    #[test]
    fn what_holds_no_results_is_refused() {
        let refused = TestsRun::parse("error: could not compile").unwrap_err();
        assert!(refused.to_string().contains("no results"), "{refused}");
    }
}
