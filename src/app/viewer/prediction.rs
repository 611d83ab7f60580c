//! The prediction of the scan of 24 h: which network, from which scans, and what came out, beside
//! the real scan.

use super::graphics::Graphics;
use crate::models::tracer::{Inputs, PlanesAt, Prediction, RealPlanes, ScanInterval, tracer_card};
use crate::models::{Card, Model};
use crate::render::{Colormap, Difference, LayerStyle, VolumeTexture};
use crate::volume::{Affine, Interpolation, Plane, PlanePair, Volume, Window};
use nalgebra::{Point3, Translation3, Vector3};
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
    /// For each interval the scan that was chosen by hand, if one was, by the number in which it was opened.
    pub scans: Vec<(ScanInterval, u32)>,
    /// What came out, the oldest first.
    pub shown: Vec<Arc<ShownPrediction>>,
    /// Real and predicted stand in each other's place.
    pub exchanged: bool,
    /// How the planes are drawn.
    pub look: PlaneLook,
}

/// How planes of a prediction are drawn. Their values are scaled to 0..1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlaneLook {
    /// The window of what is real or went in, and that of what is predicted.
    pub windows: [Window; 2],
    /// How their difference is drawn.
    pub difference: Difference,
}

impl Default for PlaneLook {
    fn default() -> Self {
        Self {
            windows: [Window::new(0.0, 1.0); 2],
            difference: Difference {
                signed: false,
                style: LayerStyle {
                    colormap: Colormap::Inferno,
                    ..LayerStyle::base(Window::new(0.0, DIFFERENCE_REACH))
                },
            },
        }
    }
}

/// What a column of the prediction's panes shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Made {
    /// The planes of the real scan.
    Real,
    /// The planes of the last scan that went in.
    Input,
    /// What this prediction says.
    Predicted(usize),
    /// That, less what is real.
    Difference(usize),
    /// By how much it may be off.
    Sd(usize),
}

impl Made {
    /// All there can be.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        let each = |n| [Self::Predicted(n), Self::Difference(n), Self::Sd(n)];
        [Self::Real, Self::Input]
            .into_iter()
            .chain((0..MAX_SHOWN).flat_map(each))
    }

    /// Whose window a drag changes: that of what is real (0) or of what is predicted (1).
    pub(super) fn windowed(self) -> Option<usize> {
        match self {
            Self::Real | Self::Input => Some(0),
            Self::Predicted(_) => Some(1),
            Self::Difference(_) | Self::Sd(_) => None,
        }
    }
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
    pub(super) input: Option<PlaneLayers>,
    pub(super) predicted: PlaneLayers,
    /// By how much it may be off.
    pub(super) sd: Option<PlaneLayers>,
}

/// The real scan beside a prediction.
pub struct Real {
    /// Its planes, and how far the prediction is off.
    pub planes: RealPlanes,
    pub(super) real: PlaneLayers,
}

/// The axial and the sagittal plane as layers of one slice each, where they lie in the world.
pub(super) struct PlaneLayers([(Volume, Option<Arc<VolumeTexture>>); 2]);

impl PlaneLayers {
    fn new(
        graphics: &Graphics,
        pair: &PlanePair,
        (at, slices_mm): (&PlanesAt, [f64; 3]),
    ) -> anyhow::Result<Self> {
        let [axial, sagittal] = pair.planes().map(|(plane, image)| {
            let center = at.center(plane);
            // As thick as a slice of the scan, so that one finds it by going through that.
            let mut thick = Vector3::repeat(1.0);
            thick[plane.normal_axis()] = slices_mm[plane.normal_axis()].max(1.0);
            let scaled = Affine::new_nonuniform_scaling(&thick);
            let there = Translation3::from(center.coords).to_homogeneous()
                * scaled
                * Translation3::from(-center.coords).to_homogeneous();
            let volume = image.to_volume(plane, center)?.placed(&there)?;
            let texture = graphics.texture(&volume)?;
            anyhow::Ok((volume, texture.map(Arc::new)))
        });
        Ok(Self([axial?, sagittal?]))
    }

    /// The voxels of a plane, and what is drawn of them on its panes.
    pub(super) fn of(&self, plane: Plane) -> Option<&(Volume, Option<Arc<VolumeTexture>>)> {
        match plane {
            Plane::Axial => Some(&self.0[0]),
            Plane::Sagittal => Some(&self.0[1]),
            Plane::Coronal => None,
        }
    }

    /// Whether a point lies in the slice of a plane.
    pub(super) fn holds(&self, plane: Plane, point: Point3<f64>) -> bool {
        let axis = plane.normal_axis();
        self.of(plane).is_some_and(|(volume, _)| {
            let (low, high) = volume.grid().bounds_in_world();
            (low[axis]..high[axis]).contains(&point[axis])
        })
    }

    /// The value at a point, of the first plane that it lies in.
    pub(super) fn value(&self, point: Point3<f64>) -> Option<f32> {
        let mut volumes = self.0.iter().map(|(volume, _)| volume);
        volumes.find_map(|volume| volume.sample(point, Interpolation::Linear))
    }
}

/// Puts a prediction beside others, or in place of the one by the same network; the oldest makes room.
pub(super) fn put_beside(all: &mut Vec<Arc<ShownPrediction>>, shown: Arc<ShownPrediction>) {
    all.retain(|other| other.card.name != shown.card.name);
    if all.len() >= MAX_SHOWN {
        all.remove(0);
    }
    all.push(shown);
}

/// Pictures say nothing in a log.
impl std::fmt::Debug for ShownPrediction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "prediction by {}", self.card.name)
    }
}

impl ShownPrediction {
    /// Hands the planes to the GPU; for a job, not for the window's thread. `slices_mm` is how far the
    /// slices of the scan that went in lie apart, along each axis of the world.
    ///
    /// # Errors
    /// When the GPU has no memory for them.
    pub(super) fn new(
        graphics: &Graphics,
        card: Card,
        prediction: Prediction,
        real: Option<RealPlanes>,
        slices_mm: [f64; 3],
    ) -> anyhow::Result<Self> {
        let at = prediction.at;
        let layers = |pair: &PlanePair| PlaneLayers::new(graphics, pair, (&at, slices_mm));
        let real = match real {
            None => None,
            Some(planes) => Some(Real {
                real: layers(&planes.planes)?,
                planes,
            }),
        };
        Ok(Self {
            input: prediction.inputs.last().map(layers).transpose()?,
            predicted: layers(&prediction.planes)?,
            sd: prediction.sd.as_ref().map(layers).transpose()?,
            card,
            prediction,
            real,
        })
    }
}
