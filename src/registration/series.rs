//! All sessions of a patient, and how well their registrations agree with each other.

use super::{Freedom, HeadScan, Registration, RegistrationError, mean_distance_mm, register};
use std::ops::ControlFlow;

/// The scans of a patient in the order in which they were taken, each registered to the first one
/// and to the one before. There is no median of all: enhanced scans would enter it.
pub struct Series {
    first: HeadScan,
    before: Option<(HeadScan, Registration)>,
}

/// A scan of a series against the first.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesScan {
    /// Onto the first scan.
    pub to_first: Registration,
    /// Mean distance over the cranium between this and the way over the scan before, mm; `None`
    /// where that is the first.
    pub closure_mm: Option<f64>,
}

impl SeriesScan {
    /// What speaks against it, in words; empty where nothing does.
    #[must_use]
    pub fn doubts(&self) -> Vec<String> {
        let mut doubts = self.to_first.doubts();
        if let Some(mm) = self
            .closure_mm
            .filter(|mm| mm.is_nan() || *mm > MOST_CLOSURE_MM)
        {
            doubts.push(format!(
                "the way over the scan before ends {mm:.2} mm away (at most {MOST_CLOSURE_MM})"
            ));
        }
        doubts
    }
}

/// Loops close within this, mm.
const MOST_CLOSURE_MM: f64 = 0.3;

impl Series {
    /// Begins with the scan that the others are registered to.
    #[must_use]
    pub fn new(first: HeadScan) -> Self {
        Self {
            first,
            before: None,
        }
    }

    /// The scan that the others are registered to.
    #[must_use]
    pub fn first(&self) -> &HeadScan {
        &self.first
    }

    /// Registers the next scan. `progress` is told the share done of this scan, and answers whether
    /// to go on. A scan that fails is left out, and the next one is set beside the one before it.
    ///
    /// # Errors
    /// As [`register`].
    pub fn next(
        &mut self,
        scan: HeadScan,
        progress: &(dyn Fn(f32) -> ControlFlow<()> + Sync),
    ) -> Result<SeriesScan, RegistrationError> {
        let share = if self.before.is_some() { 0.5 } else { 1.0 };
        let told = |done: f32| progress(share * done);
        let to_first = register(&self.first, &scan, Freedom::Rigid, &told)?;
        let mut closure_mm = None;
        if let Some((neighbour, neighbour_to_first)) = &self.before {
            let told = |done: f32| progress(0.5 + 0.5 * done);
            let step = register(neighbour, &scan, Freedom::Rigid, &told)?;
            let around = neighbour_to_first.fixed_from_moving * step.fixed_from_moving;
            let cranium = scan.cranium();
            closure_mm = Some(mean_distance_mm(
                &to_first.fixed_from_moving,
                &around,
                &cranium,
            ));
        }
        self.before = Some((scan, to_first.clone()));
        Ok(SeriesScan {
            to_first,
            closure_mm,
        })
    }
}
