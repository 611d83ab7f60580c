//! The program's verification of itself: what can go wrong and what holds it, what the papers need and where
//! it is, and what can be checked on this machine now: numbers, files, a picture, the networks that come
//! along.
//!
//! Nothing in it says whose machine it is, as it is made to be handed on. It is no certificate: it says what
//! was computed and compared, with which result.

mod checks;
mod facts;
mod files;
mod lists;
mod networks;
mod numbers;
mod page;
mod tests_run;
mod verdict;

pub use facts::{
    Failure, FileCheck, HazardFacts, NamedTest, NetworkCheck, NumberCheck, Paper, PictureCheck,
    RequirementFacts, Tally, Verification,
};
pub use page::write_verification;
pub use tests_run::{TestResult, TestsRun};
pub use verdict::Verdict;

use super::doctor::{caught, demo_scan, draw_twice};
use super::notice::{Notify, working};
use crate::ledger::now_unix_millis;
use crate::models::{Model, WARNING, file_sha256};
use crate::platform::Machine;
use crate::render::{AdapterFacts, graphics_adapters};
use crate::study::rfc3339;
use anyhow::bail;

/// Verifies the running program. `tests` are the results of its tests, where they were run.
///
/// # Errors
/// When `notify` answers to stop, when there is no place for temporary files, and when the networks that come
/// along cannot be opened. What fails is told in the verification, and is no error.
pub fn verify_self(tests: Option<TestsRun>, notify: Notify<'_>) -> anyhow::Result<Verification> {
    let step = |what: &str, share: f64| match working(notify, what, share).is_break() {
        true => bail!("stopped"),
        false => Ok(()),
    };
    step("computing numbers", 0.0)?;
    let numbers = numbers::all();
    step("writing and opening files", 0.3)?;
    let files = files::all()?;
    step("drawing a picture twice", 0.5)?;
    let adapters = caught(|| Ok(graphics_adapters()));
    let picture = picture(&adapters);
    step("computing networks", 0.7)?;
    let models = Model::embedded()?;
    let program = std::env::current_exe().ok();
    let run = tests.as_ref();
    let (papers, requirements) = lists::requirements(run)?;
    Ok(Verification {
        warning: WARNING,
        version: env!("CARGO_PKG_VERSION"),
        program_sha256: program.and_then(|file| file_sha256(&file)),
        made_utc: rfc3339(now_unix_millis()),
        machine: Machine::this(),
        adapters: adapters.unwrap_or_default(),
        numbers,
        files,
        picture,
        networks: networks::files(&models),
        network_numbers: networks::numbers(&models, notify),
        hazards: lists::hazards(run)?,
        papers,
        requirements,
        tests,
    })
}

/// Draws the same picture by the graphics adapter and by the processor.
fn picture(adapters: &Result<Vec<AdapterFacts>, String>) -> PictureCheck {
    let without = |why: String, verdict| PictureCheck {
        trial: None,
        why: Some(why),
        verdict,
    };
    match adapters {
        Ok(adapters) if adapters.is_empty() => {
            let why = "there is no graphics adapter, so that the processor draws all pictures and no window \
                       opens";
            return without(why.to_owned(), Verdict::NotDone);
        }
        Ok(_) => {}
        Err(why) => {
            let why = format!("graphics adapters could not be listed: {why}");
            return without(why, Verdict::Failed);
        }
    }
    match caught(|| draw_twice(&demo_scan()?)) {
        Ok(trial) if trial.is_same() => PictureCheck {
            trial: Some(trial),
            why: None,
            verdict: Verdict::Passed,
        },
        Ok(trial) => PictureCheck {
            why: Some(format!(
                "{} of {} pixels differ, where {} may",
                trial.n_differing, trial.n_pixels, trial.n_allowed
            )),
            trial: Some(trial),
            verdict: Verdict::Failed,
        },
        Err(why) => without(why, Verdict::Failed),
    }
}
