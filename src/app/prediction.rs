//! The prediction of the scan of 24 h: which network, from which scans, and what came out, beside
//! the real scan.

use super::desk::Desk;
use super::pane::{colour_bar, scan_name, shadowed};
use super::path_panel::PathPanel;
use super::side::metrics_ui;
use super::{Command, Ctx, theme};
use crate::models::tracer::{
    InputScan, Inputs, Interval, Prediction, RealPlanes, TARGET_HOURS, tracer_card,
};
use crate::models::{Card, Model, WARNING};
use crate::render::{Colormap, LayerStyle};
use crate::report::capital;
use crate::volume::{Orientation, PLANE_SIZE, Plane, PlaneImage, PlanePair, Window, plane_view};
use eframe::egui::{self, Align2, Color32, FontId, Rect, vec2};
use std::sync::Arc;

/// Differences are drawn from 0 to this, planes being 0 to 1.
const DIFFERENCE_REACH: f32 = 0.5;
/// Predictions that stand side by side: one for each loss.
pub(super) const MAX_SHOWN: usize = 2;

/// What is asked for and what came out.
#[derive(Default)]
pub struct PredictionDesk {
    /// The networks that come with the program, once a job has opened them.
    pub models: Vec<Model>,
    /// Which of them is to predict; none for the first whose scans are open.
    pub chosen: Option<usize>,
    /// For each interval the layer that was chosen by hand, if one was.
    pub scans: Vec<(Interval, usize)>,
    /// What came out, the oldest first.
    pub shown: Vec<Arc<Shown>>,
    /// Real and predicted stand in each other's place.
    pub exchanged: bool,
}

/// A prediction with its pictures.
pub struct Shown {
    /// What the network is.
    pub card: Card,
    /// What it predicts and from what.
    pub prediction: Prediction,
    /// The real scan of 24 h, where there is one.
    pub real: Option<Real>,
    input: Pictures,
    predicted: Pictures,
}

/// The real scan beside a prediction.
pub struct Real {
    /// Its planes, and how far the prediction is off.
    pub planes: RealPlanes,
    real: Pictures,
    difference: Pictures,
}

/// The axial and the sagittal plane on the GPU.
type Pictures = [egui::TextureHandle; 2];

/// Pictures say nothing in a log.
impl std::fmt::Debug for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "prediction by {}", self.card.name)
    }
}

impl Shown {
    /// Draws the pictures; for a job, not for the window's thread.
    pub(super) fn new(
        ctx: &egui::Context,
        card: Card,
        prediction: Prediction,
        real: Option<RealPlanes>,
    ) -> Self {
        let gray = |pair: &PlanePair| {
            pair.planes()
                .map(|(_, image)| picture(ctx, image, Colormap::Gray, 1.0))
        };
        let real = real.map(|real| Real {
            real: gray(&real.planes),
            difference: [
                (&real.planes.axial, &prediction.planes.axial),
                (&real.planes.sagittal, &prediction.planes.sagittal),
            ]
            .map(|(real, made)| {
                let off = real.data.iter().zip(&made.data).map(|(r, m)| (m - r).abs());
                let image = PlaneImage {
                    data: off.collect(),
                    inside: real.inside.clone(),
                };
                picture(ctx, &image, Colormap::Inferno, DIFFERENCE_REACH)
            }),
            planes: real,
        });
        let nothing = PlaneImage {
            data: vec![0.0; PLANE_SIZE * PLANE_SIZE],
            inside: vec![false; PLANE_SIZE * PLANE_SIZE],
        };
        let input = match prediction.inputs.last() {
            Some(last) => gray(last),
            None => [0, 1].map(|_| picture(ctx, &nothing, Colormap::Gray, 1.0)),
        };
        Self {
            input,
            predicted: gray(&prediction.planes),
            card,
            prediction,
            real,
        }
    }
}

fn picture(
    ctx: &egui::Context,
    image: &PlaneImage,
    colours: Colormap,
    high: f32,
) -> egui::TextureHandle {
    let table = colours.table();
    let pixels = image.data.iter().map(|value| {
        let share = (value / high).clamp(0.0, 1.0);
        let [r, g, b] = table[(share * (table.len() - 1) as f32).round() as usize];
        Color32::from_rgb(r, g, b)
    });
    let image = egui::ColorImage::new([PLANE_SIZE, PLANE_SIZE], pixels.collect());
    ctx.load_texture("prediction", image, egui::TextureOptions::LINEAR)
}

impl Desk {
    /// The layer that an interval's scan is taken from: the one chosen, else the first whose hours
    /// lie in it.
    #[must_use]
    pub fn scan_of(&self, interval: Interval) -> Option<usize> {
        let chosen = self.prediction.scans.iter().find(|(of, _)| *of == interval);
        let by_hours = |at: &usize| self.layers[*at].hours.and_then(Interval::of) == Some(interval);
        chosen
            .map(|&(_, layer)| layer)
            .filter(|&layer| layer < self.layers.len())
            .or_else(|| (0..self.layers.len()).find(by_hours))
    }

    /// The real scan to compare with: the one nearest to 24 h.
    #[must_use]
    pub fn target_scan(&self) -> Option<usize> {
        let [first, last] = TARGET_HOURS;
        let far = |at: &usize| {
            self.layers[*at]
                .hours
                .map_or(f64::INFINITY, |h| (h - 24.0).abs())
        };
        (0..self.layers.len())
            .filter(|&at| {
                self.layers[at]
                    .hours
                    .is_some_and(|h| (first..=last).contains(&h))
            })
            .min_by(|a, b| far(a).total_cmp(&far(b)))
    }

    fn chosen_idx(&self) -> usize {
        let has_scans = |model: &Model| {
            inputs_of(model).is_some_and(|inputs| {
                inputs
                    .intervals()
                    .iter()
                    .all(|&i| self.scan_of(i).is_some())
            })
        };
        let first = || self.prediction.models.iter().position(has_scans);
        self.prediction.chosen.or_else(first).unwrap_or(0)
    }

    /// The network that is to predict.
    #[must_use]
    pub fn chosen_model(&self) -> Option<&Model> {
        self.prediction.models.get(self.chosen_idx())
    }

    /// The scans that the chosen network is given, as far as they are there.
    #[must_use]
    pub fn input_scans(&self) -> Vec<InputScan> {
        let inputs = self.chosen_model().and_then(inputs_of);
        let intervals = inputs.map_or(&[][..], |inputs| inputs.intervals());
        intervals
            .iter()
            .filter_map(|&interval| {
                let layer = &self.layers[self.scan_of(interval)?];
                Some(InputScan {
                    interval,
                    volume: layer.scan.volume.clone(),
                    path: layer.scan.file_or_name(),
                    hours: layer.hours,
                })
            })
            .collect()
    }
}

/// The scans that a network is given, where its card says so.
fn inputs_of(model: &Model) -> Option<&Inputs> {
    tracer_card(model).ok()?.inputs.as_ref()
}

/// Which network, from which scans.
pub(super) fn side_ui(ctx: &Ctx<'_>, ui: &mut egui::Ui) {
    let desk = ctx.desk;
    ui.strong("Prediction of 24 h");
    let Some(model) = desk.chosen_model() else {
        ui.weak("Opening the networks");
        return;
    };
    egui::ComboBox::from_label("Network")
        .selected_text(&model.card.name)
        .show_ui(ui, |ui| {
            for (at, other) in desk.prediction.models.iter().enumerate() {
                let chosen = at == desk.chosen_idx();
                if ui.selectable_label(chosen, &other.card.name).clicked() {
                    ctx.push(Command::ChooseModel(at));
                }
            }
        });
    let inputs = inputs_of(model);
    let mut complete = true;
    for &interval in inputs.map_or(&[][..], |inputs| inputs.intervals()) {
        let now = desk.scan_of(interval);
        complete &= now.is_some();
        let text = now.map_or_else(|| "none".to_owned(), |at| scan_name(desk, at));
        egui::ComboBox::from_label(capital(&format!("{} scan", interval.in_words())))
            .selected_text(text)
            .show_ui(ui, |ui| {
                for at in desk.by_hours() {
                    if ui
                        .selectable_label(now == Some(at), scan_name(desk, at))
                        .clicked()
                    {
                        ctx.push(Command::ChooseScan {
                            interval,
                            layer: at,
                        });
                    }
                }
            });
    }
    let ready = complete && !ctx.jobs.is_busy();
    if ui
        .add_enabled(ready, egui::Button::new("Predict"))
        .clicked()
    {
        ctx.push(Command::Predict);
    }
    if !complete {
        ui.label(match desk.layers.is_empty() {
            true => "Open a scan of that time.",
            false => "Choose the scan above, or set its hours in the time series.",
        });
    }
    ui.colored_label(
        theme::warning(ui.visuals()),
        format!("{WARNING} The network was {}.", model.card.trained_on()),
    );
    for (at, shown) in desk.prediction.shown.iter().enumerate() {
        ui.separator();
        ui.push_id(at, |ui| shown_ui(ctx, ui, at, shown));
    }
}

/// What came out, in numbers.
fn shown_ui(ctx: &Ctx<'_>, ui: &mut egui::Ui, at: usize, shown: &Arc<Shown>) {
    let provenance = &shown.prediction.provenance;
    ui.horizontal(|ui| {
        let close = ui
            .small_button("×")
            .on_hover_text("Take this prediction away");
        let name = &shown.card.name;
        close.widget_info(|| {
            let label = format!("Take away the prediction by {name}");
            egui::WidgetInfo::labeled(egui::Role::Button, true, label)
        });
        if close.clicked() {
            ctx.push(Command::ForgetPrediction(at));
        }
        ui.strong(name);
    });
    ui.weak(format!(
        "{:.1} s on the {}",
        provenance.seconds, provenance.device
    ));
    if let Some(real) = &shown.real {
        metrics_ui(ui, &real.planes.metrics.pair);
        ui.weak("Over both planes");
    } else {
        ui.label("No scan of 20 to 30 h is open to compare with.");
    }
    for remark in &provenance.remarks {
        ui.colored_label(theme::warning(ui.visuals()), capital(remark));
    }
    if ui
        .button("Save…")
        .on_hover_text("The planes as NIfTI files, and what they came from as JSON")
        .clicked()
    {
        let purpose = PathPanel::SavePrediction(shown.clone());
        ctx.push(Command::PathPanel(Some(purpose)));
    }
}

/// A column of pictures.
struct Column<'a> {
    title: String,
    pictures: &'a Pictures,
    is_difference: bool,
}

/// The pictures: what went in where there is no real scan, else real, predicted and difference.
pub(super) fn pictures_ui(ctx: &Ctx<'_>, ui: &egui::Ui, rect: Rect) {
    let shown = &ctx.desk.prediction.shown;
    let Some(first) = shown.first() else {
        return nothing_ui(ui, rect);
    };
    let columns = columns(shown, ctx.desk.prediction.exchanged);
    let rect = rect.shrink(8.0);
    let (title, foot, gap) = (24.0, 22.0, 6.0);
    let n = columns.len() as f32;
    let above = rect.height() - foot - title;
    let side = ((above - gap) / 2.0).min(rect.width() / n - gap);
    let first_row = egui::pos2(
        rect.center().x - n * (side + gap) / 2.0,
        rect.top() + title + (above - gap) / 2.0 - side,
    );
    let painter = ui.painter_at(rect.expand(8.0));
    let font = FontId::proportional(14.0);
    for (at_column, column) in columns.iter().enumerate() {
        for (at_row, plane) in [Plane::Axial, Plane::Sagittal].into_iter().enumerate() {
            let corner = first_row + vec2(at_column as f32, at_row as f32) * (side + gap);
            let place = Rect::from_min_size(corner, vec2(side, side));
            if at_row == 0 {
                let at = place.center_top() - vec2(0.0, 4.0);
                painter.text(
                    at,
                    Align2::CENTER_BOTTOM,
                    &column.title,
                    font.clone(),
                    theme::ON_PICTURE,
                );
            }
            let whole = Rect::from_min_max(egui::pos2(0.0, 0.0), egui::pos2(1.0, 1.0));
            painter.image(column.pictures[at_row].id(), place, whole, Color32::WHITE);
            let letters =
                plane_view(plane, first.prediction.at.center(plane)).letters(Orientation::Known);
            shadowed(
                &painter,
                place.left_center() + vec2(4.0, 0.0),
                Align2::LEFT_CENTER,
                &letters.left.to_string(),
                font.clone(),
            );
            shadowed(
                &painter,
                place.right_center() - vec2(4.0, 0.0),
                Align2::RIGHT_CENTER,
                &letters.right.to_string(),
                font.clone(),
            );
            if column.is_difference && at_row == 0 {
                let bar = Rect::from_min_max(
                    place.right_top() + vec2(-16.0, 8.0),
                    egui::pos2(place.right() - 8.0, place.top() + side * 0.4),
                );
                let style = LayerStyle {
                    colormap: Colormap::Inferno,
                    ..LayerStyle::base(Window::new(0.0, DIFFERENCE_REACH))
                };
                colour_bar(&painter, bar, &style);
            }
            let id = egui::Id::unique(("prediction", at_column, at_row));
            let label = format!("{} {}", plane.name(), column.title);
            ui.interact(place, id, egui::Sense::hover())
                .widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, &label));
        }
    }
    painter.text(
        rect.center_bottom(),
        Align2::CENTER_BOTTOM,
        format!("{WARNING}{}", trained_on(shown)),
        FontId::proportional(13.0),
        theme::ON_PICTURE,
    );
}

/// What the networks were trained on, those of the same training together.
fn trained_on(shown: &[Arc<Shown>]) -> String {
    let mut told: Vec<(String, Vec<&str>)> = Vec::new();
    for card in shown.iter().map(|shown| &shown.card) {
        let training = card.trained_on();
        match told.iter_mut().find(|(same, _)| *same == training) {
            Some((_, names)) => names.push(&card.name),
            None => told.push((training, vec![&card.name])),
        }
    }
    told.iter()
        .map(|(training, names)| format!(" {}: {training}.", names.join(", ")))
        .collect()
}

fn columns(shown: &[Arc<Shown>], exchanged: bool) -> Vec<Column<'_>> {
    let mut columns = Vec::new();
    let mut add = |title: String, pictures, is_difference| {
        columns.push(Column {
            title,
            pictures,
            is_difference,
        });
    };
    let Some(first) = shown.first() else {
        return columns;
    };
    match &first.real {
        Some(real) => add("Real".to_owned(), &real.real, false),
        None => add("What went in".to_owned(), &first.input, false),
    }
    for shown in shown {
        add(
            format!("Predicted by {}", shown.card.name),
            &shown.predicted,
            false,
        );
        if let Some(real) = &shown.real {
            add("|Predicted - real|".to_owned(), &real.difference, true);
        }
    }
    if exchanged && columns.len() >= 2 {
        columns.swap(0, 1);
    }
    columns
}

fn nothing_ui(ui: &egui::Ui, rect: Rect) {
    ui.painter().text(
        rect.center(),
        Align2::CENTER_CENTER,
        "Choose a network and its scans on the left, then Predict",
        FontId::proportional(15.0),
        theme::ON_PICTURE,
    );
}
