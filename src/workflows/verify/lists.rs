//! Hazards with their controls and requirements with their places, as they are written down, joined with
//! what became of their tests.

use super::facts::{HazardFacts, NamedTest, Paper, RequirementFacts};
use super::tests_run::{TestResult, TestsRun};
use super::verdict::Verdict;
use serde::Deserialize;

const HAZARDS: &str = include_str!("hazards.json");
const REQUIREMENTS: &str = include_str!("requirements.json");

/// A hazard as it is written down.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Hazard {
    id: String,
    hazard: String,
    harm: String,
    control: String,
    places: Vec<String>,
    tests: Vec<String>,
}

/// The papers and what they need, as it is written down.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Requirements {
    papers: Vec<Paper>,
    requirements: Vec<Requirement>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Requirement {
    paper: String,
    needs: String,
    commands: Vec<String>,
    places: Vec<String>,
    tests: Vec<String>,
}

/// The hazards.
///
/// # Errors
/// None, unless the program was built wrongly.
pub(super) fn hazards(run: Option<&TestsRun>) -> anyhow::Result<Vec<HazardFacts>> {
    let written: Vec<Hazard> = serde_json::from_str(HAZARDS)?;
    let joined = written.into_iter().map(|one| {
        let (tests, verdict) = joined(one.tests, run);
        HazardFacts {
            id: one.id,
            hazard: one.hazard,
            harm: one.harm,
            control: one.control,
            places: one.places,
            tests,
            verdict,
        }
    });
    Ok(joined.collect())
}

/// The papers and what they need.
///
/// # Errors
/// None, unless the program was built wrongly.
pub(super) fn requirements(
    run: Option<&TestsRun>,
) -> anyhow::Result<(Vec<Paper>, Vec<RequirementFacts>)> {
    let written: Requirements = serde_json::from_str(REQUIREMENTS)?;
    let joined = written.requirements.into_iter().map(|one| {
        let (tests, verdict) = joined(one.tests, run);
        RequirementFacts {
            paper: one.paper,
            needs: one.needs,
            commands: one.commands,
            places: one.places,
            tests,
            verdict,
        }
    });
    Ok((written.papers, joined.collect()))
}

fn joined(tests: Vec<String>, run: Option<&TestsRun>) -> (Vec<NamedTest>, Verdict) {
    let tests: Vec<NamedTest> = tests
        .into_iter()
        .map(|test| NamedTest {
            result: run.map(|run| run.of(&test)),
            test,
        })
        .collect();
    let verdict = |one: &NamedTest| one.result.map_or(Verdict::NotDone, TestResult::verdict);
    let verdicts: Vec<Verdict> = tests.iter().map(verdict).collect();
    (tests, Verdict::of_all(&verdicts))
}
