//! The prediction of the scan of 24 h: which network, from which scans, and what came out, beside
//! the real scan.

use crate::models::tracer::{Inputs, Prediction, RealPlanes, ScanInterval, tracer_card};
use crate::models::{Card, Model};
use crate::render::Colormap;
use crate::volume::{PLANE_SIZE, PlaneImage, PlanePair};
use eframe::egui::{self, Color32};
use std::sync::Arc;

/// Differences are drawn from 0 to this, planes being 0 to 1.
pub(super) const DIFFERENCE_REACH: f32 = 0.5;
/// Standard deviations are drawn from 0 to this.
pub(super) const SD_REACH: f32 = 0.25;
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
    pub scans: Vec<(ScanInterval, usize)>,
    /// What came out, the oldest first.
    pub shown: Vec<Arc<ShownPrediction>>,
    /// Real and predicted stand in each other's place.
    pub exchanged: bool,
}

/// The scans that a network is given, where its card says so.
pub(super) fn inputs_of(model: &Model) -> Option<&Inputs> {
    tracer_card(model).ok()?.inputs.as_ref()
}

/// A prediction with its pictures.
pub struct ShownPrediction {
    /// What the network is.
    pub card: Card,
    /// What it predicts and from what.
    pub prediction: Prediction,
    /// The real scan of 24 h, where there is one.
    pub real: Option<Real>,
    pub(super) input: PlaneTextures,
    pub(super) predicted: PlaneTextures,
    /// By how much it may be off.
    pub(super) sd: Option<PlaneTextures>,
}

/// The real scan beside a prediction.
pub struct Real {
    /// Its planes, and how far the prediction is off.
    pub planes: RealPlanes,
    pub(super) real: PlaneTextures,
    pub(super) difference: PlaneTextures,
}

/// The axial and the sagittal plane on the GPU.
pub(super) type PlaneTextures = [egui::TextureHandle; 2];

/// Pictures say nothing in a log.
impl std::fmt::Debug for ShownPrediction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "prediction by {}", self.card.name)
    }
}

impl ShownPrediction {
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
        let sd = prediction.sd.as_ref().map(|sd| {
            sd.planes()
                .map(|(_, image)| picture(ctx, image, Colormap::Inferno, SD_REACH))
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
            sd,
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
