//! The design that a protocol makes of a case list.

use crate::report::design_figure;
use crate::study::{Design, Protocol, open_cases, tells};
use eframe::egui::{self, RichText};
use std::path::Path;

/// How often a study is drawn to see whether anything but the picture tells the arm.
const N_DRAWS: usize = 50;

/// What a protocol makes of a case list.
pub(super) struct DrawnDesign {
    arms: Vec<String>,
    /// Rater and installment, and of each arm how many images and how many of them repeats.
    rows: Vec<(String, Vec<(usize, usize)>)>,
    /// What might tell the arm, and the area under the curve with its standard error.
    tells: Vec<(&'static str, f64, f64)>,
    /// A PNG file.
    pub(super) picture: Vec<u8>,
}

pub(super) fn draw(protocol: &Protocol, cases: &Path) -> anyhow::Result<DrawnDesign> {
    let cases = open_cases(cases)?;
    let (design, key) = Design::draw(protocol, &cases)?;
    let mut rows = Vec::new();
    for worklist in &design.worklists {
        for (number, codes) in (1..).zip(&worklist.installments) {
            let of_arm = |arm: &String| {
                let entries = codes.iter().filter_map(|code| key.entry(code));
                let entries: Vec<_> = entries.filter(|entry| entry.arm == *arm).collect();
                let n_repeats = entries.iter().filter(|entry| entry.is_repeat).count();
                (entries.len(), n_repeats)
            };
            let counts = protocol.arms.iter().map(of_arm).collect();
            rows.push((format!("{}, installment {number}", worklist.rater), counts));
        }
    }
    let tells = tells(protocol, &cases, N_DRAWS)?;
    Ok(DrawnDesign {
        arms: protocol.arms.clone(),
        rows,
        tells: tells
            .into_iter()
            .map(|tell| (tell.what, tell.auroc, tell.standard_error))
            .collect(),
        picture: design_figure(&design, &key)?.png,
    })
}

/// The design in numbers.
pub(super) fn design_ui(ui: &mut egui::Ui, drawn: &DrawnDesign) {
    ui.add_space(8.0);
    ui.strong("Images, repeats in brackets");
    egui::Grid::new("drawn").striped(true).show(ui, |ui| {
        ui.label("");
        for arm in &drawn.arms {
            ui.label(RichText::new(arm).strong());
        }
        ui.end_row();
        for (name, counts) in &drawn.rows {
            ui.label(name);
            for (n, n_repeats) in counts {
                ui.label(format!("{n} ({n_repeats})"));
            }
            ui.end_row();
        }
    });
    if !drawn.tells.is_empty() {
        ui.add_space(8.0);
        ui.strong("What tells the arm apart");
        ui.weak(format!(
            "Area under the ROC curve over {N_DRAWS} draws; 0.5 is chance"
        ));
        egui::Grid::new("tells").striped(true).show(ui, |ui| {
            for (what, area, error) in &drawn.tells {
                ui.label(*what);
                ui.label(format!("{area:.3}, standard error {error:.3}"));
                ui.end_row();
            }
        });
    }
}
