//! Does a rater give the predicted image the grade of the reference one? The numbers, and what the
//! protocol asked of them, in words.

use serde::Serialize;

use super::words::{estimate, percent, share};
use crate::stats::{
    Decision, Graded, LEAST_FOR_A_VERDICT, Outcome, SameGrade, StatsError, TransitionMatrix,
    bhapkar, holm, stuart_maxwell,
};

/// Whether one rater uses the grades alike on both arms.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RaterShift {
    /// Who.
    pub rater: String,
    /// Stuart and Maxwell's test of marginal homogeneity.
    pub stuart_maxwell: Outcome,
    /// Its p value by Holm over the raters.
    pub stuart_maxwell_holm: Option<f64>,
    /// Bhapkar's test of the same.
    pub bhapkar: Outcome,
    /// Its p value by Holm over the raters.
    pub bhapkar_holm: Option<f64>,
}

/// One arm against the reference.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AgainstReference {
    /// What it is compared with.
    pub reference: String,
    /// The arm.
    pub arm: String,
    /// The shares and differences.
    pub numbers: SameGrade,
    /// One for each rater. Such a test shows a shift, never that there is none.
    pub shifts: Vec<RaterShift>,
}

impl AgainstReference {
    /// `patients[patient][rater]`, the raters in the order of their names.
    pub(super) fn of(
        [reference, arm]: [&str; 2],
        raters: &[String],
        patients: &[Vec<Graded>],
        levels: &[f64],
        confidence: f64,
    ) -> Result<Self, StatsError> {
        let table = |rater: usize| {
            let own = patients.iter().filter_map(|of| of.get(rater)?.pair());
            TransitionMatrix::from_pairs(levels, reference, arm, &own.collect::<Vec<_>>())
        };
        let tables: Result<Vec<_>, _> = (0..raters.len()).map(table).collect();
        let tables = tables?;
        let [marginal, other] =
            [stuart_maxwell, bhapkar].map(|test| tables.iter().map(test).collect::<Vec<Outcome>>());
        let (marginal_holm, other_holm) = (holm_of(&marginal), holm_of(&other));
        let tests = marginal.into_iter().zip(marginal_holm);
        let tests = tests.zip(other.into_iter().zip(other_holm));
        let shifts = raters.iter().zip(tests);
        Ok(Self {
            reference: reference.to_owned(),
            arm: arm.to_owned(),
            numbers: SameGrade::of(patients, levels, confidence),
            shifts: shifts
                .map(
                    |(rater, ((stuart_maxwell, first), (bhapkar, second)))| RaterShift {
                        rater: rater.clone(),
                        stuart_maxwell,
                        stuart_maxwell_holm: first,
                        bhapkar,
                        bhapkar_holm: second,
                    },
                )
                .collect(),
        })
    }
}

/// Holm's adjustment over the tests that have a p value, in their order.
pub(super) fn holm_of(tests: &[Outcome]) -> Vec<Option<f64>> {
    let p_values: Vec<f64> = tests.iter().filter_map(Outcome::p).collect();
    let mut adjusted = holm(&p_values).into_iter();
    tests
        .iter()
        .map(|test| test.p().and_then(|_| adjusted.next()))
        .collect()
}

/// What the protocol fixed before anybody could know an arm.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// The share of readings with the grade of the reference image must lie above this.
    SameGrade(f64),
    /// That share may be so much below that of the rater's own repeat.
    AgainstRepeat(f64),
}

/// The answer to the study's question for one arm.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Headline {
    /// The numbers.
    #[serde(flatten)]
    pub against: AgainstReference,
    /// What the protocol fixed; none where it fixed nothing.
    pub bound: Option<Bound>,
    /// What the data say of it; none without a bound, without an interval, and for few patients.
    pub decision: Option<Decision>,
    /// All of it as a sentence or two.
    pub words: String,
}

impl Headline {
    pub(super) fn of(against: AgainstReference, bound: Option<Bound>, confidence: f64) -> Self {
        let numbers = &against.numbers;
        let decision = match bound {
            None => None,
            Some(Bound::SameGrade(bound)) => Decision::of(&numbers.same, bound),
            Some(Bound::AgainstRepeat(margin)) => numbers
                .against_repeat
                .as_ref()
                .and_then(|difference| Decision::of(difference, -margin)),
        };
        Self {
            words: words(&against, bound, decision, confidence),
            against,
            bound,
            decision,
        }
    }

    /// One word or two for a table.
    #[must_use]
    pub fn verdict(&self) -> &'static str {
        match (self.bound, self.decision) {
            (None, _) => "no bound was set",
            (Some(_), None) => "no verdict",
            (Some(_), Some(Decision::Shown)) => "shown",
            (Some(_), Some(Decision::NotShown)) => "not shown",
            (Some(_), Some(Decision::Below)) => "below the bound",
        }
    }
}

fn words(
    against: &AgainstReference,
    bound: Option<Bound>,
    decision: Option<Decision>,
    confidence: f64,
) -> String {
    let numbers = &against.numbers;
    let percent = percent(confidence);
    let of_repeat = matches!(bound, Some(Bound::AgainstRepeat(_)));
    let tested = match (of_repeat, &numbers.against_repeat) {
        (true, Some(difference)) => difference,
        _ => &numbers.same,
    };
    let interval = match numbers.same.interval() {
        Some(_) => format!("{percent} interval in brackets; "),
        None => String::new(),
    };
    let mut text = format!(
        "Raters gave the {} image the grade of the {} one in {} ({interval}{} patients, {} raters)",
        against.arm,
        against.reference,
        share(&numbers.same),
        numbers.n_patients,
        numbers.n_raters,
    );
    if let (Some(own), Some(difference)) = (&numbers.same_on_repeat, &numbers.against_repeat) {
        text += &format!(
            "; the {} image shown again got its own grade in {}, a difference of {} ({} patients)",
            against.reference,
            share(own),
            estimate(difference),
            difference.n()
        );
    }
    text += &match bound {
        None => ". The protocol set no bound, so there is no verdict.".to_owned(),
        Some(bound) => {
            let said = match bound {
                Bound::SameGrade(bound) => format!("bound {bound}, fixed beforehand"),
                Bound::AgainstRepeat(margin) => {
                    format!("margin {margin} below the own repeat, fixed beforehand")
                }
            };
            format!("; {said}; {}.", decided(decision, tested, of_repeat))
        }
    };
    text
}

fn decided(decision: Option<Decision>, tested: &Outcome, of_repeat: bool) -> String {
    let limit = match of_repeat {
        true => "minus the margin",
        false => "the bound",
    };
    match decision {
        Some(Decision::Shown) => format!("the lower limit lies above {limit}: shown"),
        Some(Decision::NotShown) => format!(
            "the lower limit does not lie above {limit}: not shown, which is no evidence that the \
             images differ"
        ),
        Some(Decision::Below) => {
            format!("the upper limit lies below {limit} too: the predicted image does worse")
        }
        None if tested.n() < LEAST_FOR_A_VERDICT => format!(
            "{} patients are fewer than {LEAST_FOR_A_VERDICT}, so there is no verdict",
            tested.n()
        ),
        None => "there is no interval, so there is no verdict".to_owned(),
    }
}
