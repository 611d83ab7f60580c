//! The demo's reading study: simulated patients, their real scans of 24 h and what two networks
//! predict, ready to be read; and the same study as simulated raters read it, with its report.

use super::{DEMO_PASSPHRASE, demo_passphrase, grade_all};
use crate::models::tracer::{InputScan, PredictOptions, ScanInterval};
use crate::models::{Compute, DeviceChoice, Model};
use crate::phantom::{DEMO_SEED, Examination, Patient, demo_protocol, table1_cohort};
use crate::report::{REPORT_FILE, ReportOptions, write_report};
use crate::study::{CaseRow, Key, LaterInstallments, Protocol, write_new};
use crate::volume::{PlanePair, Volume};
use crate::workflows::compute::compute;
use crate::workflows::notice::{Notify, ignore_notices, remark};
use crate::workflows::predict::{PredictRequest, RealScan, predict};
use crate::workflows::study::{create_study, study_data};
use anyhow::Context;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

const N_PATIENTS: usize = 31;

/// The arms: the real scan, and what predicted the others.
const ARMS: [(&str, Option<&str>); 3] = [
    ("real", None),
    ("predicted l2", Some("1-2h-l2")),
    ("predicted l1", Some("1-2h-l1")),
];

/// A simulated patient: the true grade, and the planes of each arm.
struct Case {
    patient: String,
    grade: u8,
    planes: Vec<PlanePair>,
}

/// The demo's study, ready to be read.
pub struct DemoStudy {
    /// The package of a rater.
    pub package: PathBuf,
    /// The rater.
    pub rater: &'static str,
}

/// Makes the study where there is none, which takes some minutes.
///
/// # Errors
/// When a patient cannot be simulated or predicted, and when a file cannot be written.
pub fn demo_study(folder: &Path, notify: Notify<'_>) -> anyhow::Result<DemoStudy> {
    let ready = folder.join("ready");
    if !ready.exists() {
        make(folder, &ready, notify)?;
    }
    Ok(DemoStudy {
        package: ready.join("packages").join("a.cisterna"),
        rater: "a",
    })
}

fn make(folder: &Path, ready: &Path, notify: Notify<'_>) -> anyhow::Result<()> {
    let cases = cases(notify)?;
    // Complete or not at all: a study that was cut off would be taken for the whole one.
    let parent = folder.parent().filter(|path| !path.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent)
        .with_context(|| format!("cannot make the folder: {}", parent.display()))?;
    let unfinished = tempfile::Builder::new()
        .prefix(".cisterna-")
        .tempdir_in(parent)
        .with_context(|| format!("cannot write into the folder: {}", parent.display()))?;
    let at = unfinished.path();
    study(&at.join("ready"), &cases, false, notify)?;
    let finished = at.join("finished");
    study(&finished, &cases, true, &ignore_notices)?;
    write_new(&at.join("README.txt"), README.as_bytes())?;
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder: {}", folder.display()))?;
    for name in ["finished", "README.txt", "ready"] {
        std::fs::rename(at.join(name), folder.join(name))
            .with_context(|| format!("cannot write: {}", folder.join(name).display()))?;
    }
    remark(
        notify,
        format!(
            "to be read: {}\nread by simulated raters, with its report: {}",
            ready.display(),
            folder
                .join("finished")
                .join("report")
                .join(REPORT_FILE)
                .display()
        ),
    );
    Ok(())
}

const README: &str = "\
The demo's reading study. Research use only, not a medical device.

The patients are simulated: no scan of a person is in here. The networks that predict were trained
on simulated patients too.

ready/      packages/a, b and c: to be graded with `cisterna study read`. The key's passphrase is
            \"nothing here is hidden\".
finished/   the same study, graded by programs and not by persons, unsealed, with its report.
";

fn cases(notify: Notify<'_>) -> anyhow::Result<Vec<Case>> {
    let models: anyhow::Result<Vec<Option<Model>>> = ARMS
        .iter()
        .map(|(_, name)| Ok(name.map(Model::find).transpose()?))
        .collect();
    let models = models?;
    let compute = compute(DeviceChoice::Cpu, notify)?;
    let every = table1_cohort(DEMO_SEED).into_iter().step_by(4);
    every
        .take(N_PATIENTS)
        .zip(1..)
        .map(|(patient, number)| {
            remark(
                notify,
                format!("simulated patient {number} of {N_PATIENTS}"),
            );
            case(patient, &models, &compute)
        })
        .collect()
}

fn case(patient: Patient, models: &[Option<Model>], compute: &Compute) -> anyhow::Result<Case> {
    const HOURS: [f64; 2] = [1.5, 24.0];
    let go_on = |_| ControlFlow::Continue(());
    let examination = Examination::run(patient, &demo_protocol(&HOURS), &go_on)?;
    let scan = |session_idx| {
        let counts = examination.scan(session_idx);
        let values = counts.iter().map(|&count| f32::from(count)).collect();
        Volume::new(examination.head.grid.clone(), values)
    };
    let (early, late) = (scan(0)?, scan(1)?);
    let name = PathBuf::from("simulated");
    let mut planes = Vec::with_capacity(models.len());
    let mut real = None;
    for model in models.iter().flatten() {
        let scans = vec![InputScan {
            interval: ScanInterval::H1To2,
            volume: early.clone(),
            sagittal: None,
            path: name.clone(),
            hours: Some(HOURS[0]),
        }];
        let request = PredictRequest {
            model,
            scans,
            real: Some(RealScan::whole(late.clone(), name.clone())),
            options: PredictOptions::default(),
            compute: &|| Ok(compute.clone()),
        };
        let predicted = predict(request, &ignore_notices)?;
        real = real.or(predicted.real.map(|real| real.planes));
        planes.push(predicted.prediction.planes);
    }
    planes.splice(0..0, real);
    Ok(Case {
        patient: examination.patient.id.clone(),
        grade: examination.reflux.grade,
        planes,
    })
}

/// A study of all cases; with simulated raters it is graded, signed, unsealed and reported.
fn study(
    folder: &Path,
    cases: &[Case],
    simulated_raters: bool,
    notify: Notify<'_>,
) -> anyhow::Result<()> {
    let row = |case: &Case, arm: &str| CaseRow {
        patient: case.patient.clone(),
        arm: arm.to_owned(),
        image: PathBuf::from("simulated"),
        sagittal_image: None,
        axial_mm: None,
        sagittal_mm: None,
        training: None,
    };
    let rows = cases
        .iter()
        .flat_map(|case| ARMS.map(|(arm, _)| row(case, arm)));
    let rows: Vec<CaseRow> = rows.collect();
    let raters = ["a", "b", "c"].map(str::to_owned);
    let protocol = Protocol {
        title: "Demo: ventricular reflux on real and predicted scans".to_owned(),
        arms: ARMS.map(|(arm, _)| arm.to_owned()).to_vec(),
        installments: 4,
        repeats: 6,
        // A demo has no fortnight to wait.
        washout_days: if simulated_raters { 14 } else { 0 },
        later_installments: LaterInstallments::Open,
        same_grade_bound: Some(0.6),
        seed: Some(DEMO_SEED),
        simulated_raters,
        ..Protocol::reflux(&raters)
    };
    let no_keys = BTreeMap::new();
    let planes = rows.iter().map(|row| {
        let case = cases.iter().find(|case| case.patient == row.patient);
        let arm = ARMS.iter().position(|(arm, _)| *arm == row.arm);
        let planes = case.zip(arm).and_then(|(case, arm)| case.planes.get(arm));
        planes.cloned().context("a case that is not in the demo")
    });
    let made = create_study(
        &protocol,
        &rows,
        folder,
        &demo_passphrase()?,
        &no_keys,
        planes.collect::<anyhow::Result<_>>()?,
        notify,
    )?;
    if !simulated_raters {
        return Ok(());
    }
    let mut ledger = made.ledger;
    let key = Key::unseal(&made.key, DEMO_PASSPHRASE)?;
    let truths = cases.iter().map(|case| (case.patient.clone(), case.grade));
    grade_all(
        &mut ledger,
        &key,
        &truths.collect::<BTreeMap<_, _>>(),
        &raters,
    )?;
    ledger.unseal(&key, None)?;
    let mut cards = Vec::new();
    for (arm, model) in ARMS {
        if let Some(model) = model {
            cards.push((arm.to_owned(), Model::find(model)?.card.to_markdown()));
        }
    }
    let data = study_data(&ledger, &key, cards, None)?;
    write_report(&data, &ReportOptions::default(), &folder.join("report"))?;
    Ok(())
}
