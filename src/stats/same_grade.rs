//! Does a rater give the predicted image the grade of the reference one?
//!
//! With `R_r` the grade of rater r on the reference image of a patient, `P_r` that on the predicted one
//! and `R'_r` that on the reference one shown again, over patients and raters:
//!
//! ```text
//! same grade          P(P_r = R_r)
//! against the repeat  P(P_r = R_r) - P(R_r = R'_r), of each patient
//!                     mean of [P = R], [P = R'] less [R = R']
//! interchange         P(P_r = R_s) - P(R_r = R_s), r and s different raters
//! shift               mean of P_r - R_r
//! ```
//!
//! Patients are what varies; the raters are taken as they are. (Interchangeability after
//! Obuchowski, Subhas and Schoenhagen 2014.)

use serde::Serialize;

use super::{
    Estimate, Outcome, Pooling, Undefined,
    distribution::{critical_t, percent},
    interval::{FEWEST_UNITS, unsimulated},
    moments::{mean, square, standard_deviation},
    share_over_units,
};

/// Fewer patients than these get no verdict.
pub const LEAST_FOR_A_VERDICT: usize = 20;

/// One rater's grades of a patient's images.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Graded {
    /// Of the reference image.
    pub reference: Option<f64>,
    /// Of the reference image, shown again.
    pub again: Option<f64>,
    /// Of the predicted image.
    pub predicted: Option<f64>,
}

impl Graded {
    /// The grades of the reference and of the predicted image, where there are both.
    #[must_use]
    pub fn pair(&self) -> Option<(f64, f64)> {
        self.reference.zip(self.predicted)
    }
}

/// What is told of one arm against the reference.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SameGrade {
    /// Patients of whom a rater graded both images.
    pub n_patients: usize,
    /// Raters who graded both images of a patient.
    pub n_raters: usize,
    /// Share of readings in which a rater gives the predicted image the grade of the reference one.
    pub same: Outcome,
    /// The same within one step of the scale.
    pub within_one: Outcome,
    /// Of one rater and the reference image shown again, that share; none without repeats.
    pub same_on_repeat: Option<Outcome>,
    /// The share less that of the rater's own repeat; none without repeats.
    pub against_repeat: Option<Outcome>,
    /// How much less often a rater on predicted images agrees with another on reference ones than two
    /// raters on reference images do.
    pub interchange: Outcome,
    /// Mean grade on predicted images less that on reference ones.
    pub shift: Outcome,
    /// The 90 % interval of the shift: where it lies within the limit to both sides, both one-sided
    /// tests at 5 % reject a larger shift.
    pub shift_90: Option<[f64; 2]>,
    /// How far the shift may be from 0, in grades.
    pub shift_limit: f64,
    /// Whether the 90 % interval of the shift lies within the limit; none without an interval.
    pub shift_within: Option<bool>,
}

impl SameGrade {
    /// `patients[patient][rater]`; `levels` are the scale's, on which steps are counted.
    #[must_use]
    pub fn of(patients: &[Vec<Graded>], levels: &[f64], confidence: f64) -> Self {
        const SHIFT_LIMIT: f64 = 0.25;
        let place = |grade: f64| levels.iter().position(|level| *level == grade);
        let apart = |(a, b): (f64, f64)| Some(place(a)?.abs_diff(place(b)?));
        let share = |holds: &dyn Fn(&Graded) -> Option<bool>| {
            let units: Vec<Vec<Option<bool>>> = patients
                .iter()
                .map(|raters| raters.iter().map(holds).collect())
                .collect();
            share_over_units(&units, Pooling::MeanOfUnits, confidence)
        };
        let repeated = |graded: &Graded| graded.reference.zip(graded.again);
        let has_repeats = patients.iter().flatten().any(|g| repeated(g).is_some());
        let mut same = share(&|g| {
            g.pair()
                .map(|(reference, predicted)| reference == predicted)
        });
        rename(&mut same, "readings with the grade of the reference image");
        let mut within_one = share(&|g| Some(apart(g.pair()?)? <= 1));
        rename(
            &mut within_one,
            "readings within one step of the reference image",
        );
        let mut on_repeat = share(&|g| repeated(g).map(|(a, b)| a == b));
        rename(
            &mut on_repeat,
            "second readings with the grade of the first",
        );
        let of_patients = |of: &dyn Fn(&[Graded]) -> Option<f64>| -> Vec<f64> {
            patients.iter().filter_map(|raters| of(raters)).collect()
        };
        let shifts = of_patients(&|raters| {
            let pairs = raters.iter().filter_map(Graded::pair);
            mean_of(pairs.map(|(reference, predicted)| predicted - reference))
        });
        let (shift, shift_90) = shift(&shifts, confidence);
        let paired = |rater: usize| patients.iter().any(|of| has_pair(of.get(rater)));
        let n_raters = patients.iter().map(Vec::len).max().unwrap_or(0);
        Self {
            n_patients: same.n(),
            n_raters: (0..n_raters).filter(|rater| paired(*rater)).count(),
            same,
            within_one,
            same_on_repeat: has_repeats.then_some(on_repeat),
            against_repeat: has_repeats.then(|| {
                let words = "share of readings with the grade of the reference image less that of the \
                             rater's own repeat";
                difference_over_units(&of_patients(&against_repeat), words, confidence)
            }),
            interchange: difference_over_units(
                &of_patients(&interchange),
                "agreement of a rater on predicted with another on reference images less that of two \
                 raters on reference images",
                confidence,
            ),
            shift,
            shift_90,
            shift_limit: SHIFT_LIMIT,
            shift_within: shift_90.map(|[low, high]| -SHIFT_LIMIT < low && high < SHIFT_LIMIT),
        }
    }
}

fn has_pair(graded: Option<&Graded>) -> bool {
    graded.is_some_and(|graded| graded.pair().is_some())
}

/// Names the share that a method is of.
fn rename(outcome: &mut Outcome, words: &str) {
    let (Outcome::Defined(Estimate { method, .. }) | Outcome::Undefined { method, .. }) = outcome;
    *method = format!("{words}: {method}");
}

fn mean_of(values: impl Iterator<Item = f64>) -> Option<f64> {
    let values: Vec<f64> = values.collect();
    (!values.is_empty()).then(|| mean(&values))
}

fn alike(a: f64, b: f64) -> f64 {
    f64::from(u8::from(a == b))
}

/// Of one patient, over the raters with all three grades.
fn against_repeat(raters: &[Graded]) -> Option<f64> {
    let of = |graded: &Graded| {
        let (reference, again, predicted) = (graded.reference?, graded.again?, graded.predicted?);
        let same = f64::midpoint(alike(predicted, reference), alike(predicted, again));
        Some(same - alike(reference, again))
    };
    mean_of(raters.iter().filter_map(of))
}

/// Of one patient, over ordered pairs of different raters with both grades each.
fn interchange(raters: &[Graded]) -> Option<f64> {
    let both: Vec<(f64, f64)> = raters.iter().filter_map(Graded::pair).collect();
    let pairs = (0..both.len()).flat_map(|r| (0..both.len()).map(move |s| (r, s)));
    let pairs = pairs.filter(|(r, s)| r != s);
    mean_of(pairs.map(|(r, s)| {
        let ((reference, predicted), (other, _)) = (both[r], both[s]);
        alike(predicted, other) - alike(reference, other)
    }))
}

fn shift(shifts: &[f64], confidence: f64) -> (Outcome, Option<[f64; 2]>) {
    let n = shifts.len();
    let method = format!(
        "mean over patients of the predicted image's grade less the reference one's; {} interval by \
         Student's t over patients, equivalence where the 90 % interval lies within the limit",
        percent(confidence)
    );
    if n == 0 {
        return (Outcome::undefined(Undefined::TooFewUnits, n, method), None);
    }
    let estimate = Estimate::new(mean(shifts), n, method);
    if n < FEWEST_UNITS {
        let words = format!("no interval is made from {n} units");
        return (estimate.with_warning(Some(words)).outcome(), None);
    }
    let (df, se) = (
        n as f64 - 1.0,
        standard_deviation(shifts) / (n as f64).sqrt(),
    );
    let centre = estimate.value;
    let half = critical_t(0.9, df) * se;
    // Without any spread nothing is known of it.
    let shift_90 = (se > 0.0).then_some([centre - half, centre + half]);
    let estimate = match se > 0.0 {
        true => estimate
            .with_se(se)
            .with_half_width(critical_t(confidence, df) * se)
            .with_warning(unsimulated(n)),
        false => estimate.with_warning(Some(
            "no interval: every patient has the same shift, so nothing is known of its spread"
                .into(),
        )),
    };
    (estimate.outcome(), shift_90)
}

/// The mean of differences of shares, each from -1 to 1, with the wider end of two intervals to
/// either side: Student's t with one pseudo-patient added, half at -1 and half at 1, and Hall's
/// transformation of t for skewness (Hall 1992). In simulations each of them alone errs now and
/// then.
pub(super) fn difference_over_units(differences: &[f64], words: &str, confidence: f64) -> Outcome {
    let n = differences.len();
    let method = format!(
        "{words}, mean over patients; {} interval, the wider of half-half t and Hall's to either \
         side",
        percent(confidence)
    );
    if n == 0 {
        return Outcome::undefined(Undefined::TooFewUnits, n, method);
    }
    let value = mean(differences);
    let estimate = Estimate::new(value, n, method);
    if n < FEWEST_UNITS {
        let words = format!("no interval is made from {n} units");
        return estimate.with_warning(Some(words)).outcome();
    }
    let turned: Vec<f64> = differences.iter().map(|d| -d).collect();
    estimate
        .with_se(standard_deviation(differences) / (n as f64).sqrt())
        .with_interval(lower(differences, confidence), -lower(&turned, confidence))
        .within(-1.0, 1.0)
        .with_warning(unsimulated(n))
        .outcome()
}

/// The lower of both limits.
fn lower(differences: &[f64], confidence: f64) -> f64 {
    let n = differences.len() as f64;
    let t = critical_t(confidence, n - 1.0);
    let sum: f64 = differences.iter().sum();
    let squares: f64 = differences.iter().map(|d| d * d).sum();
    let centre = sum / (n + 1.0);
    let spread = (squares + 1.0) / (n + 1.0) - square(centre);
    let half_half = centre - t * (spread / n).sqrt();
    let value = sum / n;
    let se = standard_deviation(differences) / n.sqrt();
    half_half.min(value - hall(t, skewness(differences) / n.sqrt()) * se)
}

/// Third central moment over the second to the power 1.5; 0 where nothing varies.
fn skewness(values: &[f64]) -> f64 {
    let centre = mean(values);
    let moment = |power: i32| {
        values.iter().map(|x| (x - centre).powi(power)).sum::<f64>() / values.len() as f64
    };
    match moment(2) {
        spread if spread > 1e-24 => moment(3) / spread.powf(1.5),
        _ => 0.0,
    }
}

/// Hall's transformation of a quantile of t, with a the skewness over the root of n.
fn hall(t: f64, a: f64) -> f64 {
    match a.abs() < 1e-9 {
        true => t,
        false => 3.0 / a * ((1.0 + a * (t - a / 6.0)).cbrt() - 1.0),
    }
}

/// What the data say of a bound that was fixed beforehand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// The whole interval lies above the bound.
    Shown,
    /// Its lower limit does not.
    NotShown,
    /// The whole interval lies below it.
    Below,
}

impl Decision {
    /// Holds an interval against a bound; `None` for fewer than [`LEAST_FOR_A_VERDICT`] patients
    /// and where there is no interval. With 95 % confidence the test is one-sided at 2.5 %.
    #[must_use]
    pub fn of(outcome: &Outcome, bound: f64) -> Option<Self> {
        let (low, high) = outcome.interval()?;
        if outcome.n() < LEAST_FOR_A_VERDICT {
            return None;
        }
        Some(match (low > bound, high < bound) {
            (true, _) => Self::Shown,
            (_, true) => Self::Below,
            _ => Self::NotShown,
        })
    }
}
