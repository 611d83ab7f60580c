//! How far a predicted image is off, in numbers.

use crate::app::viewer::text::number;
use crate::volume::ImageMetrics;
use eframe::egui;

pub(super) fn metrics_ui(ui: &mut egui::Ui, metrics: &ImageMetrics) {
    let optional = |value: Option<f64>| value.map_or_else(|| "not defined".to_owned(), number);
    egui::Grid::new("metrics").num_columns(2).show(ui, |ui| {
        for (name, value) in [
            ("MSE", number(metrics.mse)),
            ("MAE", number(metrics.mae)),
            ("PSNR, dB", optional(metrics.psnr_db)),
            ("SSIM", optional(metrics.ssim)),
            ("Largest", number(metrics.max_abs)),
            ("Overlap", format!("{:.1} %", metrics.overlap * 100.0)),
        ] {
            ui.label(name);
            ui.label(value);
            ui.end_row();
        }
    });
}
