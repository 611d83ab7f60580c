//! What a verification found.

use super::tests_run::{TestResult, TestsRun};
use super::verdict::Verdict;
use crate::platform::Machine;
use crate::render::AdapterFacts;
use crate::workflows::doctor::PictureTrial;
use serde::Serialize;

/// A number that the program computed now, beside the one that it has to be.
#[derive(Clone, Debug, Serialize)]
pub struct NumberCheck {
    /// What it belongs to.
    pub group: &'static str,
    /// The number, with what it was computed from.
    pub what: String,
    /// Who computed or printed the expected number, and where.
    pub source: &'static str,
    /// What it has to be; none where there must be no value.
    pub expected: Option<f64>,
    /// By how much it may be off, in its own unit.
    pub tolerance: f64,
    /// What was computed now; none where there is no value.
    pub found: Option<f64>,
    /// Why nothing was computed, where that is more than a missing value.
    pub remark: Option<String>,
    /// How it came out.
    pub verdict: Verdict,
}

/// A file that was written and opened again, or damaged and to be refused.
#[derive(Clone, Debug, Serialize)]
pub struct FileCheck {
    /// The kind of file.
    pub kind: &'static str,
    /// What was done.
    pub what: String,
    /// What has to come of it.
    pub expected: String,
    /// What came of it.
    pub found: String,
    /// How it came out.
    pub verdict: Verdict,
}

/// A picture drawn by the graphics adapter and by the processor.
#[derive(Clone, Debug, Serialize)]
pub struct PictureCheck {
    /// What was drawn, where it was.
    pub trial: Option<PictureTrial>,
    /// Why it was not, or what is wrong.
    pub why: Option<String>,
    /// How it came out.
    pub verdict: Verdict,
}

/// A network that comes along.
#[derive(Clone, Debug, Serialize)]
pub struct NetworkCheck {
    /// Its name.
    pub name: String,
    /// SHA-256 of its file, which is on record; none where nothing is.
    pub sha256_on_record: Option<&'static str>,
    /// SHA-256 of the file in this program; none where it is not there.
    pub sha256: Option<String>,
    /// Whether both are the same.
    pub verdict: Verdict,
}

/// A test of the source, by file and name, and what became of it.
#[derive(Clone, Debug, Serialize)]
pub struct NamedTest {
    /// `tests/it/file.rs::name`.
    pub test: String,
    /// In the results that were joined; none where there were none.
    pub result: Option<TestResult>,
}

/// What can go wrong, what is done about it, and what shows that it is.
#[derive(Clone, Debug, Serialize)]
pub struct HazardFacts {
    /// By which it is called.
    pub id: String,
    /// What goes wrong.
    pub hazard: String,
    /// What would come of it.
    pub harm: String,
    /// What the program does about it.
    pub control: String,
    /// Where in the source that is done.
    pub places: Vec<String>,
    /// The tests that hold it.
    pub tests: Vec<NamedTest>,
    /// What became of these.
    pub verdict: Verdict,
}

/// What a paper needs, and where it is.
#[derive(Clone, Debug, Serialize)]
pub struct RequirementFacts {
    /// The number of the paper.
    pub paper: String,
    /// What it needs.
    pub needs: String,
    /// The commands that do it.
    pub commands: Vec<String>,
    /// Where in the source it is done.
    pub places: Vec<String>,
    /// The tests that hold it.
    pub tests: Vec<NamedTest>,
    /// What became of these.
    pub verdict: Verdict,
}

/// A paper by which requirements are numbered.
#[derive(Clone, Debug, Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paper {
    /// Its number.
    pub id: String,
    /// Who wrote what, and where it stands.
    pub title: String,
}

/// All of it.
#[derive(Clone, Debug, Serialize)]
pub struct Verification {
    /// What the program is for.
    pub warning: &'static str,
    /// The program's version.
    pub version: &'static str,
    /// SHA-256 of the running program's file, where it can be opened.
    pub program_sha256: Option<String>,
    /// When it was made, in UTC by the machine's clock.
    pub made_utc: String,
    /// Processor, memory, system.
    pub machine: Machine,
    /// Adapters that can draw.
    pub adapters: Vec<AdapterFacts>,
    /// Numbers of statistics, images and physics.
    pub numbers: Vec<NumberCheck>,
    /// Files.
    pub files: Vec<FileCheck>,
    /// A picture drawn twice.
    pub picture: PictureCheck,
    /// Networks that come along.
    pub networks: Vec<NetworkCheck>,
    /// What networks make of a plane or a volume that is told by a formula.
    pub network_numbers: Vec<NumberCheck>,
    /// Hazards.
    pub hazards: Vec<HazardFacts>,
    /// The papers.
    pub papers: Vec<Paper>,
    /// What they need.
    pub requirements: Vec<RequirementFacts>,
    /// The tests' results that were joined; none where there were none.
    pub tests: Option<TestsRun>,
}

/// How many checks of a kind there are, and how they came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// What kind.
    pub area: &'static str,
    /// As they have to be.
    pub n_passed: usize,
    /// Otherwise.
    pub n_failed: usize,
    /// Not done here.
    pub n_not_done: usize,
}

/// A check that failed, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What kind of check.
    pub area: &'static str,
    /// Which.
    pub what: String,
    /// What is wrong.
    pub why: String,
}

/// The kinds of checks, in the order in which they are told.
pub(super) const AREAS: [&str; 8] = [
    "Numbers",
    "Files",
    "Picture",
    "Networks: files",
    "Networks: numbers",
    "Hazards",
    "Requirements",
    "Tests",
];

impl Verification {
    /// How each kind of check came out.
    #[must_use]
    pub fn tallies(&self) -> Vec<Tally> {
        let verdicts = self.verdicts();
        let tally = |(area, verdicts): (&'static str, Vec<Verdict>)| {
            let count = |wanted| verdicts.iter().filter(|one| **one == wanted).count();
            Tally {
                area,
                n_passed: count(Verdict::Passed),
                n_failed: count(Verdict::Failed),
                n_not_done: count(Verdict::NotDone),
            }
        };
        AREAS.into_iter().zip(verdicts).map(tally).collect()
    }

    /// In the order of [`AREAS`].
    fn verdicts(&self) -> [Vec<Verdict>; 8] {
        let of_tests = match &self.tests {
            None => vec![Verdict::NotDone],
            Some(run) => run.verdicts(),
        };
        let numbers = |checks: &[NumberCheck]| checks.iter().map(|one| one.verdict).collect();
        [
            numbers(&self.numbers),
            self.files.iter().map(|one| one.verdict).collect(),
            vec![self.picture.verdict],
            self.networks.iter().map(|one| one.verdict).collect(),
            numbers(&self.network_numbers),
            self.hazards.iter().map(|one| one.verdict).collect(),
            self.requirements.iter().map(|one| one.verdict).collect(),
            of_tests,
        ]
    }

    /// How many checks failed.
    #[must_use]
    pub fn n_failed(&self) -> usize {
        self.tallies().iter().map(|tally| tally.n_failed).sum()
    }

    /// Each check that failed.
    #[must_use]
    pub fn failures(&self) -> Vec<Failure> {
        let [
            numbers,
            files,
            picture,
            network_files,
            network_numbers,
            hazards,
            requirements,
            tests,
        ] = AREAS;
        let failed = |verdict: Verdict| verdict == Verdict::Failed;
        let failure = |area, what: &str, why: String| Failure {
            area,
            what: what.to_owned(),
            why,
        };
        let mut list = Vec::new();
        for (area, checks) in [
            (numbers, &self.numbers),
            (network_numbers, &self.network_numbers),
        ] {
            let wrong = checks.iter().filter(|one| failed(one.verdict));
            list.extend(wrong.map(|one| failure(area, &one.what, one.why())));
        }
        for one in self.files.iter().filter(|one| failed(one.verdict)) {
            let what = format!("{}, {}", one.kind, one.what);
            let why = format!("{}; has to be: {}", one.found, one.expected);
            list.push(failure(files, &what, why));
        }
        if failed(self.picture.verdict) {
            let why = self.picture.why.clone().unwrap_or_default();
            list.push(failure(picture, "graphics adapter and processor", why));
        }
        for one in self.networks.iter().filter(|one| failed(one.verdict)) {
            list.push(failure(network_files, &one.name, one.why()));
        }
        for one in self.hazards.iter().filter(|one| failed(one.verdict)) {
            list.push(failure(hazards, &one.id, failed_tests(&one.tests)));
        }
        for one in self.requirements.iter().filter(|one| failed(one.verdict)) {
            let what = format!("{}: {}", one.paper, one.needs);
            list.push(failure(requirements, &what, failed_tests(&one.tests)));
        }
        let run = self.tests.iter().flat_map(TestsRun::failed);
        list.extend(run.map(|name| failure(tests, name, "failed".to_owned())));
        list
    }
}

impl NumberCheck {
    /// What is wrong with it.
    fn why(&self) -> String {
        if let Some(remark) = &self.remark {
            return remark.clone();
        }
        let shown = |number: Option<f64>| number.map_or_else(|| "no value".to_owned(), digits);
        format!(
            "{}; has to be {} within {}",
            shown(self.found),
            shown(self.expected),
            digits(self.tolerance)
        )
    }
}

impl NetworkCheck {
    /// What is wrong with it.
    fn why(&self) -> String {
        match (self.sha256_on_record, &self.sha256) {
            (None, _) => "nothing is on record of it".to_owned(),
            (_, None) => "it does not come along".to_owned(),
            (Some(record), Some(found)) => format!("SHA-256 is {found}; on record is {record}"),
        }
    }
}

/// The tests that did not pass, with what became of them.
fn failed_tests(tests: &[NamedTest]) -> String {
    let failed = tests.iter().filter_map(|one| {
        let result = one.result?;
        let is_failed = result.verdict() == Verdict::Failed;
        is_failed.then(|| format!("{} {}", one.test, result.name()))
    });
    failed.collect::<Vec<_>>().join("; ")
}

/// A number with nine digits at most, and no more than it has.
pub(super) fn digits(number: f64) -> String {
    let magnitude = number.abs();
    if number == 0.0 {
        return "0".to_owned();
    }
    if !number.is_finite() {
        return number.to_string();
    }
    if !(1e-4..1e7).contains(&magnitude) {
        let text = format!("{number:.5e}");
        let (front, power) = text.split_once('e').unwrap_or((&text, "0"));
        return format!("{}e{power}", without_zeros(front));
    }
    let before = magnitude.log10().floor() as i32;
    let decimals = (8 - before).clamp(0, 12) as usize;
    without_zeros(&format!("{number:.decimals$}")).to_owned()
}

fn without_zeros(text: &str) -> &str {
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.'),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::digits;

    #[test]
    fn numbers_have_no_more_digits_than_they_have() {
        for (number, expected) in [
            (0.0, "0"),
            (2.5, "2.5"),
            (-0.493, "-0.493"),
            (100.0, "100"),
            (1.0 / 3.0, "0.333333333"),
            (7.9e-6, "7.9e-6"),
            (297.610_989, "297.610989"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(digits(number), expected);
        }
    }
}
