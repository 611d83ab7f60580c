//! The design that a protocol makes of a case list, on screen.

use crate::workflows::study::{DESIGN_DRAWS, DesignPreview};
use eframe::egui::{self, RichText};

/// The design in numbers.
pub(super) fn design_ui(ui: &mut egui::Ui, design: &DesignPreview) {
    ui.add_space(8.0);
    ui.strong("Images, repeats in brackets");
    egui::Grid::new("drawn").striped(true).show(ui, |ui| {
        ui.label("");
        for arm in &design.arms {
            ui.label(RichText::new(arm).strong());
        }
        ui.end_row();
        for of in &design.installments {
            ui.label(format!("{}, installment {}", of.rater, of.installment));
            for [n, n_repeats] in &of.arms {
                ui.label(format!("{n} ({n_repeats})"));
            }
            ui.end_row();
        }
    });
    if !design.tells.is_empty() {
        ui.add_space(8.0);
        ui.strong("What tells the arm apart");
        ui.weak(format!(
            "Area under the ROC curve over {DESIGN_DRAWS} draws; 0.5 is chance"
        ));
        egui::Grid::new("tells").striped(true).show(ui, |ui| {
            for tell in &design.tells {
                let (area, error) = (tell.auroc, tell.standard_error);
                ui.label(tell.what);
                ui.label(format!("{area:.3}, standard error {error:.3}"));
                ui.end_row();
            }
        });
    }
}
