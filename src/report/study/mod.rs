//! Everything an unsealed study says, computed in one call.

mod alphas;
mod data;
mod disagreements;
mod displays;
mod drift;
mod moves;
mod readings;
mod repeats;
mod sittings;
mod timing;

pub use alphas::{AlphaKind, AlphaRow, ArmDifference};
pub use data::{Audit, Choices, DisplayRow, KeyOpening, ReportError, ReportOptions, StudyData};
pub use disagreements::{BetweenArms, BetweenRaters, Disagreements};
pub use drift::{Drift, DriftCell, DriftTest};
pub use moves::{ArmMoves, Moves};
pub use repeats::{RaterRepeats, Repeats};
pub use sittings::Sittings;
pub use timing::{CaseTime, N_PARTS, RaterTiming};

use readings::Readings;
use serde::Serialize;

use super::{
    AgainstReference, Analysis, AnalysisOptions, Headline, NOTICE, PairOfReadings, PairsOfReadings,
    TwoReadings,
};
use crate::{
    stats::{GradeCounts, Graded, Interval, StatsError},
    study::{Reading, ReadingStatus},
};

/// What one rater gave to the images of one arm.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReadingCounts {
    /// Who.
    pub rater: String,
    /// The arm.
    pub arm: String,
    /// Grades by level, answers without a grade, and images that others answered and this rater
    /// did not.
    pub counts: GradeCounts,
}

/// Numbers of rows, by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RowCounts {
    /// Standing grades of first readings.
    pub n_graded: usize,
    /// Standing first answers "cannot grade".
    pub n_cannot_grade: usize,
    /// Images that others answered and a rater did not, over all raters.
    pub n_missing: usize,
    /// Answers that a correction replaced.
    pub n_replaced: usize,
    /// Standing answers to repeats.
    pub n_repeats: usize,
    /// Answers to training cases.
    pub n_training: usize,
}

/// The analysis of an unsealed study. Its JSON form has one key for each field.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StudyAnalysis {
    /// What was assumed of the study.
    pub assumed: Vec<String>,
    /// [`NOTICE`].
    pub notice: &'static str,
    /// Whether the raters are programs.
    pub simulated_raters: bool,
    /// What the study is called.
    pub title: String,
    /// Which program.
    pub app_version: String,
    /// Fingerprint of the protocol.
    pub protocol_sha256: String,
    /// How it was analysed.
    pub choices: Choices,
    /// Who graded.
    pub raters: Vec<String>,
    /// What was compared, the reference first.
    pub arms: Vec<String>,
    /// Every level of the scale.
    pub levels: Vec<f64>,
    /// Patients with an answer.
    pub n_patients: usize,
    /// Images with an answer.
    pub n_images: usize,
    /// The answer to the study's question, one for each arm but the reference.
    pub headlines: Vec<Headline>,
    /// How the key was opened.
    pub unsealing: Option<KeyOpening>,
    /// How the installments went.
    pub sittings: Sittings,
    /// The displays that they were read on; empty where the protocol asks for no test of them.
    pub displays: Vec<DisplayRow>,
    /// What became of the rows.
    pub rows: RowCounts,
    /// One for each rater and arm.
    pub counts: Vec<ReadingCounts>,
    /// Krippendorff's alpha.
    pub alphas: Vec<AlphaRow>,
    /// Agreement between raters on each arm against the reference.
    pub differences: Vec<ArmDifference>,
    /// How grades move, one for each arm but the reference.
    pub moves: Vec<ArmMoves>,
    /// Each rater on the reference against each arm, and raters against each other on each arm:
    /// p values by Holm within each of the two kinds.
    pub pairs: Vec<PairOfReadings>,
    /// Over the installments.
    pub drift: Drift,
    /// Raters with themselves; `None` without repeats.
    pub repeats: Option<Repeats>,
    /// How long raters looked: each of them, then all together.
    pub timing: Vec<RaterTiming>,
    /// Discrepant cases.
    pub disagreements: Disagreements,
    /// Every other statistic of agreement.
    pub agreement: Analysis,
}

impl StudyAnalysis {
    /// Computes everything. The same data and options give the same numbers on any machine and
    /// any number of threads.
    ///
    /// # Errors
    /// When the study has fewer than two arms or no grades, when rows name what the protocol does
    /// not have, are still blind, or give a rater two first readings of an image.
    pub fn of(data: &StudyData, options: &ReportOptions) -> Result<Self, ReportError> {
        let readings = Readings::of(data, options)?;
        let agreement_options = AnalysisOptions {
            levels: Some(readings.levels.clone()),
            interval: Interval::at(options.bootstrap.confidence),
            ..AnalysisOptions::default()
        };
        let agreement = Analysis::of(&readings.table()?, &agreement_options)?;
        let moves: Result<Vec<ArmMoves>, ReportError> = (1..data.protocol.arms.len())
            .map(|arm| moves::of_arm(&readings, arm))
            .collect();
        let counts = counts(&readings)?;
        let headlines: Result<Vec<Headline>, ReportError> = (1..data.protocol.arms.len())
            .map(|arm| headline(&readings, arm))
            .collect();
        Ok(Self {
            assumed: assumed(&readings),
            headlines: headlines?,
            unsealing: data.unsealing.clone(),
            notice: NOTICE,
            simulated_raters: data.protocol.simulated_raters,
            title: data.protocol.title.clone(),
            app_version: data.app_version.clone(),
            protocol_sha256: data.protocol_sha256.clone(),
            choices: readings.choices.clone(),
            raters: data.protocol.raters.clone(),
            arms: data.protocol.arms.clone(),
            n_patients: readings.patients.len(),
            n_images: readings.images.len(),
            sittings: Sittings::of(data),
            displays: displays::of(data),
            rows: row_counts(data, &counts),
            counts,
            alphas: alphas::rows(&readings, &agreement)?,
            differences: alphas::differences(&readings)?,
            moves: moves?,
            pairs: pairs(&readings)?,
            drift: Drift::of(&readings),
            repeats: Repeats::of(&readings)?,
            timing: timing::of(data, options.bootstrap.confidence),
            disagreements: Disagreements::of(&readings),
            agreement,
            levels: readings.levels,
        })
    }

    /// The rows of one kind, in order.
    pub fn alphas_of(&self, kind: AlphaKind) -> impl Iterator<Item = &AlphaRow> {
        self.alphas.iter().filter(move |row| row.kind == kind)
    }
}

/// What the report takes for granted, to be read before anything else.
fn assumed(readings: &Readings<'_>) -> Vec<String> {
    let data = readings.data;
    let mut assumed = vec![
        format!(
            "\"{}\", the first of the protocol's arms, is the reference",
            data.protocol.arms[0]
        ),
        "the first reading of an image counts; a repeat serves the agreement of raters with \
         themselves only"
            .to_owned(),
        "patients are what varies, raters are taken as they are".to_owned(),
        format!(
            "grades of {} or more are positive",
            readings.choices.positive_from
        ),
    ];
    if !data.protocol_is_kept() {
        assumed.push(
            "the protocol in the key is not the one that the study was made with, so no bound of \
             it counts"
                .to_owned(),
        );
    }
    assumed
}

fn headline(readings: &Readings<'_>, arm: usize) -> Result<Headline, ReportError> {
    let data = readings.data;
    let graded = |patient: usize| -> Vec<Graded> {
        let own = |rater: usize| Graded {
            reference: readings.grade(rater, 0, patient),
            again: readings.again(rater, patient),
            predicted: readings.grade(rater, arm, patient),
        };
        (0..readings.n_raters()).map(own).collect()
    };
    let patients: Vec<Vec<Graded>> = (0..readings.patients.len()).map(graded).collect();
    let confidence = readings.choices.confidence;
    let against = AgainstReference::of(
        [&data.protocol.arms[0], &data.protocol.arms[arm]],
        &data.protocol.raters,
        &patients,
        &readings.levels,
        confidence,
    )?;
    Ok(Headline::of(against, data.bound(), confidence))
}

fn pairs(readings: &Readings<'_>) -> Result<Vec<PairOfReadings>, ReportError> {
    let data = readings.data;
    let patients = 0..readings.patients.len();
    // A reading is a rater (by number) on an arm (by number).
    let both = |a: (usize, usize), b: (usize, usize)| -> TwoReadings {
        let name = |(rater, arm): (usize, usize)| {
            format!(
                "{} on {}",
                data.protocol.raters[rater], data.protocol.arms[arm]
            )
        };
        let grade = |(rater, arm): (usize, usize), patient| readings.grade(rater, arm, patient);
        let pair = |patient| Some((grade(a, patient)?, grade(b, patient)?));
        (
            name(a),
            name(b),
            patients.clone().filter_map(pair).collect(),
        )
    };
    let raters = 0..readings.n_raters();
    let within = (1..data.protocol.arms.len())
        .flat_map(|arm| raters.clone().map(move |rater| ((rater, 0), (rater, arm))));
    let between = (0..data.protocol.arms.len()).flat_map(|arm| {
        let all = raters.clone();
        all.flat_map(move |b| (0..b).map(move |a| ((a, arm), (b, arm))))
    });
    let mut pairs = Vec::new();
    for kind in [within.collect::<Vec<_>>(), between.collect()] {
        let compared = kind.into_iter().map(|(a, b)| both(a, b));
        let compared: Vec<TwoReadings> = compared.filter(|of| !of.2.is_empty()).collect();
        let interval = Interval::at(readings.choices.confidence);
        let levels = Some(&readings.levels[..]);
        pairs.extend(PairsOfReadings::of(&compared, levels, interval, Vec::new())?.pairs);
    }
    Ok(pairs)
}

fn counts(readings: &Readings<'_>) -> Result<Vec<ReadingCounts>, StatsError> {
    let mut counts = Vec::new();
    for (rater_idx, rater) in readings.data.protocol.raters.iter().enumerate() {
        for (arm_idx, arm) in readings.data.protocol.arms.iter().enumerate() {
            let cells = readings.cells(rater_idx, arm_idx);
            counts.push(ReadingCounts {
                rater: rater.clone(),
                arm: arm.clone(),
                counts: GradeCounts::of(&readings.levels, &cells)?,
            });
        }
    }
    Ok(counts)
}

fn row_counts(data: &StudyData, counts: &[ReadingCounts]) -> RowCounts {
    let sum = |of: &dyn Fn(&GradeCounts) -> usize| counts.iter().map(|c| of(&c.counts)).sum();
    let n_with = |holds: &dyn Fn(&Reading) -> bool| {
        let readings = data.readings.iter();
        readings.filter(|of| holds(of)).count()
    };
    RowCounts {
        n_graded: sum(&GradeCounts::n_graded),
        n_cannot_grade: sum(&|c| c.cannot_grade),
        n_missing: sum(&|c| c.missing),
        n_replaced: n_with(&|of| of.status == ReadingStatus::Replaced && !of.is_training()),
        n_repeats: n_with(&|of| of.counts() && of.is_repeat()),
        n_training: n_with(&|of| of.status == ReadingStatus::Training),
    }
}
