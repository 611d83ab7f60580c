//! A study drawn without making it: how many images of which arm come when, and what tells the arm.

use super::pictures::{Pictures, open_planes};
use crate::report::{Figure, design_figure};
use crate::study::{CaseRow, Design, Key, Protocol, Tell, tells};
use std::path::Path;

/// How often a study is drawn to see whether anything tells the arm.
pub const DESIGN_DRAWS: usize = 200;

/// A design, and what it gives away.
pub struct DesignPreview {
    /// The arms of the protocol that was drawn.
    pub arms: Vec<String>,
    /// What each rater sees when, in the order of raters and installments.
    pub installments: Vec<InstallmentCounts>,
    /// What tells the arm apart over [`DESIGN_DRAWS`] draws.
    pub tells: Vec<Tell>,
    /// Who sees an image of which arm when.
    pub figure: Figure,
    key: Key,
}

/// What a rater sees in an installment.
pub struct InstallmentCounts {
    /// The rater.
    pub rater: String,
    /// Counted from 1.
    pub installment: usize,
    /// Images of each arm of the protocol, and how many of them are repeats.
    pub arms: Vec<[usize; 2]>,
}

impl DesignPreview {
    /// Draws a study.
    ///
    /// # Errors
    /// When it cannot be drawn from these cases.
    pub fn draw(protocol: &Protocol, cases: &[CaseRow]) -> anyhow::Result<Self> {
        let (design, key) = Design::draw(protocol, cases)?;
        let mut installments = Vec::new();
        for worklist in &design.worklists {
            for (number, codes) in (1..).zip(&worklist.installments) {
                let count = |arm: &String| {
                    let entries = codes.iter().filter_map(|code| key.entry(code));
                    let entries: Vec<_> = entries.filter(|entry| entry.arm == *arm).collect();
                    let n_repeats = entries.iter().filter(|entry| entry.is_repeat).count();
                    [entries.len(), n_repeats]
                };
                installments.push(InstallmentCounts {
                    rater: worklist.rater.clone(),
                    installment: number,
                    arms: protocol.arms.iter().map(count).collect(),
                });
            }
        }
        Ok(Self {
            arms: protocol.arms.clone(),
            installments,
            tells: tells(protocol, cases, DESIGN_DRAWS)?,
            figure: design_figure(&design, &key)?,
            key,
        })
    }

    /// Takes the pictures as raters would see them, writes some into a folder, each beside its
    /// original, and says how well numbers tell the arms apart.
    ///
    /// # Errors
    /// When a scan cannot be opened or cut, when arms cannot be made alike, and when a file cannot
    /// be written.
    pub fn draw_pictures(
        &self,
        protocol: &Protocol,
        cases: &[CaseRow],
        folder: &Path,
    ) -> anyhow::Result<String> {
        let made = Pictures::of(protocol, cases, open_planes(cases)?)?;
        let images = made.images(&self.key)?;
        made.draw(protocol, &self.key, &images, folder)?;
        Ok(made.judged(&self.key, &images))
    }
}
