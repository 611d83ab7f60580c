//! `cisterna study new | read | export` and `cisterna stats`

use crate::formats::{self, no_progress};
use crate::ledger::Ledger;
use crate::report::{Analysis, AnalysisOptions};
use crate::study::{
    CaseImage, CaseRow, Design, ExportRow, GradeTable, Key, Scale, TableRow, export_csv,
    fresh_seed, open_cases,
};
use crate::volume::PlanePair;
use anyhow::{Context, bail};
use std::io::Read;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Make a study file for the raters, and beside it the key that names patients and arms.
    New {
        /// CSV with the columns patient, arm, image and, if wanted, axial_mm and sagittal_mm.
        #[arg(long)]
        cases: PathBuf,
        /// The raters, separated by commas.
        #[arg(long, value_delimiter = ',', required = true)]
        raters: Vec<String>,
        /// What codes, installments and orders are drawn from; kept in the key (default: fresh).
        #[arg(long)]
        seed: Option<u64>,
        /// Shown to raters.
        #[arg(long, default_value = "Ventricular reflux")]
        title: String,
        /// The study file to write; the key gets the same name, ending in .key.
        #[arg(short, long = "output", value_name = "study.cisterna")]
        output: PathBuf,
    },
    /// Open the reading window for one rater, at the case where they stopped.
    Read {
        /// The study file.
        file: PathBuf,
        /// Who grades.
        #[arg(long)]
        rater: String,
    },
    /// Write all grades as a CSV, one row each.
    Export {
        /// The study file.
        file: PathBuf,
        /// The key, to name patients and arms (default: the one beside the study file, if any).
        #[arg(long, conflicts_with = "blind")]
        key: Option<PathBuf>,
        /// Leave patients and arms out even if there is a key.
        #[arg(long)]
        blind: bool,
        /// The CSV to write (default: standard output).
        #[arg(short, long = "output", value_name = "OUT.csv")]
        output: Option<PathBuf>,
    },
}

#[derive(Debug, clap::Args)]
pub(super) struct StatsArgs {
    /// A study file; or a CSV, either with the columns rater, patient, arm, grade or with one
    /// column for each rater.
    file: PathBuf,
    /// The key of a study file (default: the one beside it, if any).
    #[arg(long)]
    key: Option<PathBuf>,
    /// All grades of the scale, separated by commas (default: those of the study; of a CSV whose
    /// grades are all 0 to 4, these five; else those that occur).
    #[arg(long, value_delimiter = ',', allow_hyphen_values = true)]
    levels: Option<Vec<f64>>,
    /// What the resamples of the intervals are drawn from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(command: &Command) -> anyhow::Result<()> {
    match command {
        Command::New {
            cases,
            raters,
            seed,
            title,
            output,
        } => {
            let cases = open_cases(cases)?;
            let key_path = key_path(output);
            let design = create(
                &cases,
                raters,
                seed.unwrap_or_else(fresh_seed),
                title,
                (output, &key_path),
                &|case| {
                    let opened = formats::open(&case.image, 0, &no_progress)?;
                    Ok(opened.volume)
                },
            )?;
            super::remark(&format!(
                "{} cases for {} rater(s): {}\nthe key, which raters must not see: {}",
                design.codes.len(),
                design.worklists.len(),
                output.display(),
                key_path.display()
            ));
            Ok(())
        }
        Command::Read { file, rater } => crate::app::read(file, rater),
        Command::Export {
            file,
            key,
            blind,
            output,
        } => {
            let ledger = Ledger::open_read_only(file)?;
            let key = if *blind {
                None
            } else {
                open_key(&ledger, file, key.as_deref())?
            };
            if key.is_none() {
                super::remark("no key: patients and arms are left empty");
            }
            let rows = ledger.export_rows(key.as_ref())?;
            let mut csv = Vec::new();
            export_csv(&rows, &mut csv)?;
            match output {
                Some(path) => std::fs::write(path, csv)
                    .with_context(|| format!("cannot write the CSV: {}", path.display())),
                None => super::print(&String::from_utf8(csv)?),
            }
        }
    }
}

pub(super) fn key_path(study: &Path) -> PathBuf {
    study.with_extension("key")
}

/// Draws a study, takes both planes of every image and writes study and key; of neither where
/// anything fails.
pub(super) fn create(
    cases: &[CaseRow],
    raters: &[String],
    seed: u64,
    title: &str,
    (study_path, key_path): (&Path, &Path),
    open: &dyn Fn(&CaseRow) -> anyhow::Result<crate::volume::Volume>,
) -> anyhow::Result<Design> {
    if study_path == key_path {
        bail!(
            "the study file may not end in .key: {}",
            study_path.display()
        );
    }
    let (design, key) = Design::draw(cases, raters, seed)?;
    let mut images = Vec::with_capacity(cases.len());
    for case in cases {
        let volume = open(case)?;
        let center = PlanePair::center(&volume, case.axial_mm, case.sagittal_mm);
        let planes = PlanePair::extract(&volume, center);
        if planes.is_empty() {
            bail!(
                "axial_mm {:?} or sagittal_mm {:?} lies outside the scan: {}",
                case.axial_mm,
                case.sagittal_mm,
                case.image.display()
            );
        }
        let code = key
            .cases()
            .iter()
            .find(|entry| entry.patient == case.patient && entry.arm == case.arm)
            .map(|entry| entry.code.clone())
            .with_context(|| format!("no code was drawn for patient {}", case.patient))?;
        images.push(CaseImage::from_pair(code, &planes)?);
    }
    // The key first: a study without its key is worth nothing.
    key.save(key_path)?;
    if let Err(error) = Ledger::create(study_path, &design, &images, &Scale::reflux(), title) {
        // The key of a study that does not exist; it was written just now.
        let _ = std::fs::remove_file(key_path);
        return Err(error.into());
    }
    Ok(design)
}

fn open_key(ledger: &Ledger, study: &Path, key: Option<&Path>) -> anyhow::Result<Option<Key>> {
    let beside = key_path(study);
    let path = match key {
        Some(path) => path,
        None if beside.is_file() => &beside,
        None => return Ok(None),
    };
    let key = Key::open(path)?;
    ledger.check_key(&key)?;
    Ok(Some(key))
}

pub(super) fn stats(args: &StatsArgs) -> anyhow::Result<()> {
    let (table, scale_levels) = if is_study(&args.file)? {
        let ledger = Ledger::open_read_only(&args.file)?;
        let key = open_key(&ledger, &args.file, args.key.as_deref())?;
        let rows = ledger.export_rows(key.as_ref())?;
        let table = match key {
            Some(_) => GradeTable::from_export(&rows)?,
            None => {
                super::remark("no key: agreement between raters only, arms are sealed");
                GradeTable::new(sealed(&rows))?
            }
        };
        (table, Some(ledger.scale()?.numbers()))
    } else {
        let table = GradeTable::open(&args.file)?;
        let grades = table.observed_levels();
        let is_reflux = grades
            .iter()
            .all(|grade| (0.0..=4.0).contains(grade) && grade.fract() == 0.0);
        (table, is_reflux.then(|| Scale::reflux().numbers()))
    };
    let options = AnalysisOptions {
        levels: args.levels.clone().or(scale_levels),
        seed: args.seed,
        ..AnalysisOptions::default()
    };
    let analysis = Analysis::of(&table, &options)
        .with_context(|| format!("no agreement to compute: {}", args.file.display()))?;
    if args.json {
        super::print(&serde_json::to_string_pretty(&analysis)?)
    } else {
        super::print(&analysis.to_text())
    }
}

/// Grades by case code alone.
fn sealed(rows: &[ExportRow]) -> Vec<TableRow> {
    rows.iter()
        .filter(|row| row.status != "replaced")
        .map(|row| TableRow {
            rater: row.rater.clone(),
            patient: row.case_code.clone(),
            arm: "sealed".to_owned(),
            grade: f64::from(row.grade),
        })
        .collect()
}

fn is_study(path: &Path) -> anyhow::Result<bool> {
    let mut head = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(16).read_to_end(&mut head))
        .with_context(|| format!("cannot open the file: {}", path.display()))?;
    Ok(head.starts_with(b"SQLite format 3"))
}
