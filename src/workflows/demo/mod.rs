//! The demo: pictures, a graded study and its statistics of simulated patients, as files.

mod study;

use super::notice::{Notify, remark};
use super::study::{create_study, scan_planes, study_data};
use crate::ledger::{Ledger, Signing};
use crate::phantom::{DEMO_SEED, Examination, Patient, demo_patients, demo_protocol};
use crate::render::{Colormap, Difference, LayerStyle, Pairing, SlicePicture, draw_on_cpu};
use crate::report::{Analysis, AnalysisOptions, REPORT_FILE, ReportOptions, write_report};
use crate::study::{
    CaseRow, Circumstances, GradeDraft, GradeTable, Key, LaterInstallments, Passphrase, Protocol,
    SecretKey, StudyError, Verdict,
};
use crate::volume::{Convention, Plane, PlaneView, Volume, Window, compare};
use anyhow::Context;
use image::RgbaImage;
use nalgebra::Point3;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
pub use study::{DemoStudy, demo_study};

/// Writes the demo into a folder and hands back what it says.
///
/// # Errors
/// When a patient cannot be simulated, and when a file cannot be written.
pub fn write_demo(folder: &Path, notify: Notify<'_>) -> anyhow::Result<String> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder: {}", folder.display()))?;
    let patients = demo_patients();
    let n_patients = patients.len();
    let cases = patients
        .into_iter()
        .zip(1..)
        .map(|(patient, number)| {
            remark(notify, format!("patient {number} of {n_patients}"));
            Case::simulate(patient)
        })
        .collect::<anyhow::Result<Vec<_>>>()?;
    let mut text = String::from(
        "Cisterna demo. Research use only, not a medical device.\n\
         The patients are simulated. The prediction of the scan at 24 h is the one at 8 h, as if\n\
         nothing moved between, and the raters are simulated too: these numbers show what the\n\
         program computes, nothing else.\n\n",
    );
    pictures(folder, &cases)?;
    differences(&cases, &mut text)?;
    study(folder, &cases, &mut text, notify)?;
    let path = folder.join("statistics.txt");
    std::fs::write(&path, &text)
        .with_context(|| format!("cannot write the statistics: {}", path.display()))?;
    Ok(text)
}

/// Seals the demo's key, which holds no secret.
const DEMO_PASSPHRASE: &str = "nothing here is hidden";

/// [`DEMO_PASSPHRASE`] at the least cost: what holds no secret need not be slow.
fn demo_passphrase() -> Result<Passphrase, StudyError> {
    Ok(Passphrase::new(DEMO_PASSPHRASE, &[])?.with_work_factor(0))
}

/// A simulated patient with what is compared and graded.
struct Case {
    patient: String,
    reflux_grade: u8,
    /// At 24 h.
    real: Volume,
    /// At 8 h: the forecast that nothing changes, which any network has to beat.
    predicted: Volume,
    /// Where the study's planes lie.
    axial_mm: f64,
    sagittal_mm: f64,
}

impl Case {
    fn simulate(patient: Patient) -> anyhow::Result<Self> {
        let go_on = |_| ControlFlow::Continue(());
        let examination = Examination::run(patient, &demo_protocol(&[8.0, 24.0]), &go_on)?;
        let grid = &examination.head.grid;
        let scan = |session_idx| {
            let counts = examination.scan(session_idx);
            let values = counts.iter().map(|&count| f32::from(count)).collect();
            Volume::new(grid.clone(), values)
        };
        let [k, i] = examination.study_slices();
        let place = grid.to_world(Point3::new(i as f64, 0.0, k as f64));
        Ok(Self {
            patient: examination.patient.id.clone(),
            reflux_grade: examination.reflux.grade,
            predicted: scan(0)?,
            real: scan(1)?,
            axial_mm: place.z,
            sagittal_mm: place.x,
        })
    }
}

/// For each case one picture: axial above sagittal; real, predicted, difference.
fn pictures(folder: &Path, cases: &[Case]) -> anyhow::Result<()> {
    for case in cases {
        let style = LayerStyle::base(Window::auto(&case.real));
        let mut sheet = RgbaImage::new(3 * 256, 2 * 256);
        for (row, plane) in [Plane::Axial, Plane::Sagittal].into_iter().enumerate() {
            for column in 0..3 {
                let panel = panel(case, plane, style, column);
                let (x, y) = (i64::from(column) * 256, row as i64 * 256);
                image::imageops::replace(&mut sheet, &panel, x, y);
            }
        }
        let path = folder.join(format!("{}-real-predicted-difference.png", case.patient));
        sheet
            .save(&path)
            .with_context(|| format!("cannot write the picture: {}", path.display()))?;
    }
    Ok(())
}

fn panel(case: &Case, plane: Plane, style: LayerStyle, column: u32) -> RgbaImage {
    let grid = case.real.grid();
    let at_mm = match plane {
        Plane::Axial => case.axial_mm,
        _ => case.sagittal_mm,
    };
    let layers: Vec<(&Volume, LayerStyle)> = match column {
        0 => vec![(&case.real, style)],
        1 => vec![(&case.predicted, style)],
        _ => vec![(&case.real, style), (&case.predicted, style)],
    };
    let size = Some([256, 256]);
    draw_on_cpu(&SlicePicture {
        view: PlaneView::fit(plane, Convention::Radiological, grid, at_mm, size),
        layers,
        pairing: (column == 2).then(|| {
            Pairing::Difference(Difference {
                signed: false,
                style: LayerStyle {
                    colormap: Colormap::Inferno,
                    ..LayerStyle::base(Window::new(0.0, style.window.width() / 2.0))
                },
            })
        }),
        background: [0; 3],
    })
}

fn differences(cases: &[Case], text: &mut String) -> anyhow::Result<()> {
    writeln!(text, "Predicted against real, whole scan")?;
    writeln!(text, "case  grade        MAE   PSNR dB     SSIM")?;
    for case in cases {
        let metrics = compare(&case.real, &case.predicted)?;
        let optional = |value: Option<f64>| value.map_or("-".to_owned(), |v| format!("{v:.3}"));
        writeln!(
            text,
            "{:<5} {:>5} {:>10.4} {:>9} {:>8}",
            case.patient,
            case.reflux_grade,
            metrics.mae,
            optional(metrics.psnr_db),
            optional(metrics.ssim)
        )?;
    }
    writeln!(text)?;
    Ok(())
}

/// A study of all demo cases, graded by simulated raters through the same ledger that people
/// grade through, and its agreement.
fn study(
    folder: &Path,
    cases: &[Case],
    text: &mut String,
    notify: Notify<'_>,
) -> anyhow::Result<()> {
    let folder = folder.join("study");
    if folder.exists() {
        // An earlier demo's; a study of anyone else's would not lie in this folder by this name.
        std::fs::remove_dir_all(&folder)
            .with_context(|| format!("cannot replace the demo study: {}", folder.display()))?;
    }
    let rows: Vec<CaseRow> = cases
        .iter()
        .flat_map(|case| {
            ["real", "predicted"].map(|arm| CaseRow {
                patient: case.patient.clone(),
                arm: arm.to_owned(),
                image: PathBuf::from("simulated"),
                sagittal_image: None,
                axial_mm: Some(case.axial_mm),
                sagittal_mm: Some(case.sagittal_mm),
                training: None,
            })
        })
        .collect();
    let raters = ["a", "b", "c"].map(str::to_owned);
    let protocol = Protocol {
        title: "Demo: ventricular reflux".to_owned(),
        seed: Some(DEMO_SEED),
        later_installments: LaterInstallments::Open,
        simulated_raters: true,
        ..Protocol::reflux(&raters)
    };
    let planes = rows.iter().map(|row| {
        let case = cases.iter().find(|case| case.patient == row.patient);
        let case = case.context("a case that is not in the demo")?;
        let volume = match row.arm.as_str() {
            "real" => &case.real,
            _ => &case.predicted,
        };
        scan_planes(row, volume)
    });
    let made = create_study(
        &protocol,
        &rows,
        &folder,
        &demo_passphrase()?,
        &BTreeMap::new(),
        planes.collect::<anyhow::Result<_>>()?,
        notify,
    )?;
    let mut ledger = made.ledger;
    let key = Key::unseal(&made.key, DEMO_PASSPHRASE)?;
    let truths = cases
        .iter()
        .map(|case| (case.patient.clone(), case.reflux_grade));
    grade_all(&mut ledger, &key, &truths.collect(), &raters)?;
    ledger.unseal(&key, None)?;
    let table = GradeTable::from_readings(&ledger.readings(Some(&key))?)?;
    let options = AnalysisOptions {
        levels: Some(ledger.scale()?.numbers()),
        ..AnalysisOptions::default()
    };
    text.push_str(&Analysis::of(&table, &options)?.to_text());
    let data = study_data(&ledger, &key, Vec::new(), None)?;
    let report = folder.join("report");
    write_report(&data, &ReportOptions::default(), &report)?;
    writeln!(text, "\nReport: {}", report.join(REPORT_FILE).display())?;
    Ok(())
}

/// Each simulated rater gives the true grade, and one in seven times its neighbour on the scale;
/// then signs.
fn grade_all(
    ledger: &mut Ledger,
    key: &Key,
    truths: &BTreeMap<String, u8>,
    raters: &[String],
) -> anyhow::Result<()> {
    const ERROR_RATE: f64 = 1.0 / 7.0;
    let scale = ledger.scale()?;
    let mut rng = ChaCha8Rng::seed_from_u64(DEMO_SEED);
    // Simulated times: a minute a case, from the start of 2026.
    let mut clock_millis = 1_767_225_600_000;
    for rater in raters {
        while let Some(slot) = ledger.next_case(rater)? {
            if let Some(from) = ledger.begins_at(rater, slot.installment)? {
                clock_millis = clock_millis.max(from);
            }
            let case = key.entry(&slot.code);
            let truth = case.and_then(|case| truths.get(&case.patient));
            let grade = match (rng.random_bool(ERROR_RATE), truth.copied().unwrap_or(0)) {
                (true, 4) => 3,
                (true, truth) => truth + 1,
                (false, truth) => truth,
            };
            let seconds = rng.random_range(15..45);
            ledger.commit_grade(&GradeDraft {
                rater: rater.clone(),
                slot,
                verdict: Verdict::Grade(scale.grade(grade)?),
                circumstances: Circumstances {
                    confidence: None,
                    comment: String::new(),
                    opened_unix_millis: clock_millis,
                    paused_millis: 0,
                    display: serde_json::json!({ "shown": false }),
                },
                committed_unix_millis: clock_millis + seconds * 1000,
            })?;
            clock_millis += 60_000;
        }
        // A simulated rater signs with a new key each time, which is not kept.
        let signing_key = SecretKey::fresh()?;
        for (installment, _) in (1..).zip(&ledger.worklist(rater)?.installments) {
            let signing = Signing {
                installment,
                name: format!("{rater}, a program"),
                meaning: "These readings are simulated.".to_owned(),
            };
            ledger.sign(rater, &signing, &signing_key)?;
        }
    }
    Ok(())
}
