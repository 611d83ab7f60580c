//! What values scans have, from which their windows are set.

use super::scan::Scan;
use crate::volume::{Histogram, Window, WindowRule};
use std::sync::{Arc, Weak};

/// What values a scan has.
pub struct ScanValues {
    /// How often each occurs.
    pub histogram: Histogram,
    /// The window by each rule, in the order of [`WindowRule::ALL`].
    windows: [Option<Window>; 6],
}

impl ScanValues {
    /// Of all voxels of a scan; none where no value is finite. For a job.
    pub(super) fn of(scan: &Scan) -> Option<Self> {
        let histogram = Histogram::of(&scan.volume)?;
        let windows = WindowRule::windows(&scan.volume, &histogram);
        Some(Self { histogram, windows })
    }

    /// The window by a rule; none where its ends would be one value.
    #[must_use]
    pub fn window(&self, rule: WindowRule) -> Option<Window> {
        let place = WindowRule::ALL.iter().position(|of| *of == rule)?;
        self.windows[place]
    }
}

/// What was counted, and whether it is shown.
#[derive(Default)]
pub struct WindowingDesk {
    /// Whether the histogram is there.
    pub open: bool,
    known: Vec<(Weak<Scan>, Option<Arc<ScanValues>>)>,
    is_running: bool,
}

impl WindowingDesk {
    /// Whether the values of a scan were counted.
    #[must_use]
    pub fn is_counted(&self, scan: &Arc<Scan>) -> bool {
        self.known.iter().any(|(of, _)| is_of(of, scan))
    }

    /// What values a scan has; none before they were counted, and where no value is finite.
    #[must_use]
    pub fn of(&self, scan: &Arc<Scan>) -> Option<&Arc<ScanValues>> {
        let (_, values) = self.known.iter().find(|(of, _)| is_of(of, scan))?;
        values.as_ref()
    }

    /// Whether a job is to count the values of a scan; then one is taken to run.
    pub(super) fn begins(&mut self, scan: &Arc<Scan>) -> bool {
        let begins = !self.is_running && !self.is_counted(scan);
        self.is_running |= begins;
        begins
    }

    /// Takes in what a job counted.
    pub(super) fn take(&mut self, scan: &Arc<Scan>, values: Option<Arc<ScanValues>>) {
        self.is_running = false;
        // Scans that are gone have no values any more.
        self.known
            .retain(|(of, _)| of.strong_count() > 0 && !is_of(of, scan));
        self.known.push((Arc::downgrade(scan), values));
    }
}

fn is_of(of: &Weak<Scan>, scan: &Arc<Scan>) -> bool {
    std::ptr::eq(of.as_ptr(), Arc::as_ptr(scan))
}
