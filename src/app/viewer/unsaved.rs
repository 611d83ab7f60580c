//! What was entered and lies in no file yet, and what is asked before it would be lost.

use super::choice::Panel;
use super::desk::Desk;
use super::scan::Scan;
use super::step::{AtRisk, Step};
use std::sync::Arc;

impl Desk {
    /// Whether there is nothing to look at, to choose from or to read.
    pub(super) fn is_empty(&self) -> bool {
        let nothing_open = self.layers.is_empty() && self.listing.catalogue.entries.is_empty();
        nothing_open && self.errors.is_empty()
    }

    /// What was entered and lies in no file yet: of a scan, or of all.
    fn unsaved(&self, of: Option<&Arc<Scan>>) -> Vec<String> {
        let is_meant = |scan: &Arc<Scan>| of.is_none_or(|of| Arc::ptr_eq(of, scan));
        let sheets = self.sheets.unsaved().filter(|scan| is_meant(scan));
        let sheets = sheets.map(|scan| format!("The worksheet of {}", scan.name));
        sheets.chain(self.unsaved_mask(is_meant)).collect()
    }

    fn unsaved_mask(&self, is_meant: impl Fn(&Arc<Scan>) -> bool) -> Option<String> {
        let mask = self.mask.as_ref()?;
        let source = &mask.source;
        (mask.is_unsaved() && is_meant(source)).then(|| match (source.marks(), &source.made) {
            (Some(marks), Some(made)) => format!(
                "The spaces that {} marked on {}",
                marks.origin.model, made.of.name
            ),
            _ => format!("What was changed of the mask {}", source.name),
        })
    }

    /// Gives a step back that loses nothing; else keeps it until it was asked about.
    pub(super) fn lossless(&mut self, step: Step) -> Option<Step> {
        let what = match &step {
            Step::CloseWindow | Step::OpenSession(_) | Step::TakeSession(_) => self.unsaved(None),
            Step::CloseScan(scan) | Step::OpenVolume(scan, ..) => self.unsaved(Some(scan)),
            Step::OpenMask(_) => self.unsaved_mask(|_| true).into_iter().collect(),
        };
        if what.is_empty() {
            return Some(step);
        }
        self.at_risk = Some(AtRisk { what, step });
        None
    }

    /// Does not take the step that was asked about.
    pub(super) fn keep(&mut self) {
        let at_risk = self.at_risk.take();
        if let Some(Step::OpenMask(_)) = at_risk.map(|at_risk| at_risk.step) {
            self.show_only(Panel::Mask, true);
        }
    }

    /// Closes a scan, with its worksheet and its mask.
    pub(super) fn close_scan(&mut self, scan: &Arc<Scan>) {
        self.forget(scan);
        let mut layers = self.layers.iter();
        if let Some(at) = layers.position(|layer| Arc::ptr_eq(&layer.filed, scan)) {
            self.undoable(|desk| desk.close(at));
        }
    }

    /// Lets go of the worksheet and the mask of a scan, which would hold all of its voxels.
    pub(super) fn forget(&mut self, scan: &Arc<Scan>) {
        let of_shown = self.sheets.shown().map(|sheet| &sheet.scan);
        if of_shown.is_some_and(|of| Arc::ptr_eq(of, scan)) {
            self.show_only(Panel::Sheet, false);
        }
        self.sheets.forget(scan);
        if let Some(mask) = &self.mask
            && Arc::ptr_eq(&mask.source, scan)
        {
            if mask.open {
                self.show_only(Panel::Mask, false);
            }
            self.mask = None;
        }
    }
}
