//! A scan as it is open in the window.

use super::choice::Layout;
use super::labels::Labels;
use super::placement::Placement;
use crate::enhancement::{LabelledRegion, Regions};
use crate::formats::{FileInfo, PixelScaling, Place};
use crate::models::tracer::Origin;
use crate::render::{Colormap, LayerStyle, VolumeTexture};
use crate::volume::{Affine, Volume, VolumeError, Window, percentiles};
use crate::workflows::{Quantity, SpacesOrigin};
use nalgebra::Point3;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

/// Scans that can be open at once: a long tracer examination.
pub(super) const MAX_SCANS: usize = 16;

/// A scan as a job hands it over: opened, windowed, on the GPU.
#[derive(Clone)]
pub struct Scan {
    /// What to call it.
    pub name: String,
    /// Where it came from; none for what the program made itself.
    pub place: Option<Place>,
    /// The truth.
    pub volume: Volume,
    /// A cache of it, where a graphics processor draws.
    pub texture: Option<Arc<VolumeTexture>>,
    /// Which of its place's volumes.
    pub volume_idx: usize,
    /// What stored numbers were taken to.
    pub scaling: PixelScaling,
    /// What the file said; none for what the program made itself.
    pub info: Option<FileInfo>,
    /// Hours after the injection of the tracer, where the file's sidecar says.
    pub hours: Option<f64>,
    /// Whether it is a predicted scan or the real one beside it, where what lies beside its file says.
    pub origin: Option<Origin>,
    /// What to know before trusting the picture.
    pub remarks: Vec<String>,
    /// The 2nd to 98th percentile; for a map of a quantity the window that suits that.
    pub auto: Window,
    /// Where it lies over another scan: from the smallest label on, where it is a label map.
    pub as_overlay: Window,
    /// Its labels, where it was taken for a label map when it was opened.
    pub labels: Option<Arc<Labels>>,
    /// Whether its values can be labels.
    pub can_be_labels: bool,
    /// What its values are, where its sidecar has the unit of a map that this program makes.
    pub map: Option<Quantity>,
    /// How it is drawn at first, where whoever made it knows.
    pub drawn_first: Option<LayerStyle>,
    /// Where to look first; none for the middle.
    pub look_at: Option<Point3<f64>>,
    /// Of what a network made it, where one did; it lies in no file then.
    pub made: Option<NetworkMap>,
}

/// What a network made of a scan, as it lies over that.
#[derive(Clone)]
pub struct NetworkMap {
    /// The scan, where its file says.
    pub of: Arc<Scan>,
    /// What it is.
    pub kind: NetworkMapKind,
}

/// What a map of a network is.
#[derive(Clone)]
pub enum NetworkMapKind {
    /// By how much the logit of a leak network falls, or where most.
    Leak,
    /// The probability of a space at each voxel.
    Spaces(Arc<Marks>),
    /// Where a count of spaces comes from, or the places that stand out.
    Counts,
}

impl NetworkMapKind {
    /// What a picture calls it, with nothing of its scan's name.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Leak => "Map of a leak network",
            Self::Spaces(_) => "Probability of spaces by a network",
            Self::Counts => "Map of a network's count",
        }
    }

    /// The unit of its values.
    pub(super) fn unit(&self) -> &'static str {
        match self {
            Self::Leak => "drop of logit",
            Self::Spaces(_) => "probability",
            Self::Counts => "attention",
        }
    }
}

/// What a mask of spaces is made of, beside their probability.
pub struct Marks {
    /// What the probability came from.
    pub origin: SpacesOrigin,
    /// By the network's card, a voxel is in the mask where the probability is above it.
    pub threshold: f64,
    /// The regions that were given to the network, at the voxels of the scan.
    pub regions: Option<Arc<Regions>>,
}

impl Scan {
    /// What a mask is made of, where a network gave the probability of spaces.
    #[must_use]
    pub fn marks(&self) -> Option<&Marks> {
        match &self.made.as_ref()?.kind {
            NetworkMapKind::Spaces(marks) => Some(marks),
            NetworkMapKind::Leak | NetworkMapKind::Counts => None,
        }
    }

    /// The same scan in another place; values and texture are shared, so that it takes no time.
    fn placed(&self, new_from_old: &Affine) -> Result<Self, VolumeError> {
        let volume = self.volume.placed(new_from_old)?;
        let texture = self.texture.as_ref();
        Ok(Self {
            texture: texture.map(|texture| Arc::new(texture.placed(volume.grid()))),
            volume,
            look_at: self.look_at.map(|at| new_from_old.transform_point(&at)),
            ..self.clone()
        })
    }

    /// How its values are drawn at first: alone, or over others.
    fn style_of_values(&self, is_over_others: bool) -> LayerStyle {
        let colormap = match (self.map, is_over_others) {
            (Some(Quantity::PercentChange), _) => Colormap::Diverging,
            (Some(_), _) | (None, true) => Colormap::Inferno,
            (None, false) => Colormap::Gray,
        };
        match is_over_others {
            true => LayerStyle::overlay(self.as_overlay, colormap),
            false => LayerStyle {
                colormap,
                ..LayerStyle::base(self.auto)
            },
        }
    }

    /// Its file, or else what to call it: the files of a hospital may be named by the patient.
    pub(super) fn file_or_name(&self) -> PathBuf {
        let file = self.place.as_ref().and_then(Place::file);
        file.unwrap_or_else(|| PathBuf::from(&self.name))
    }

    /// The window that its file suggests, for values as the file has them.
    pub(super) fn file_window(&self) -> Option<Window> {
        let [low, high] = self.info.as_ref()?.window?.map(|value| value as f32);
        let suits = self.scaling == PixelScaling::Rescaled && low < high;
        suits.then(|| Window::new(low, high))
    }
}

/// How labels are drawn at first.
fn label_style(is_over_others: bool) -> LayerStyle {
    let style = LayerStyle::labels();
    match is_over_others {
        true => style,
        false => LayerStyle {
            opacity: 1.0,
            ..style
        },
    }
}

/// Scans are many megabytes.
impl std::fmt::Debug for Scan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "scan {}", self.name)
    }
}

/// How a scan is drawn in a layout.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// Its colours and its window.
    pub style: LayerStyle,
    /// Whether it is drawn.
    pub visible: bool,
}

/// A scan on show.
#[derive(Clone)]
pub struct Layer {
    /// Its number among all scans that were opened, from 0.
    pub(super) no: u32,
    /// The scan where it is shown.
    pub scan: Arc<Scan>,
    /// The scan where its file says; the same one, unless it was moved.
    pub filed: Arc<Scan>,
    /// Where it is meant to lie.
    pub placement: Placement,
    /// How it is drawn in this layout.
    pub style: LayerStyle,
    /// Whether it is.
    pub visible: bool,
    /// How it was drawn last in the other layouts that it was in.
    pub(super) kept: HashMap<Layout, Look>,
    /// Hours after the injection of the tracer, where known; can be set by hand.
    pub hours: Option<f64>,
    /// Whether its values are labels.
    pub is_labels: bool,
    /// Its labels, once somebody asked for them.
    pub labels: Option<Arc<Labels>>,
}

/// The window of a map of a quantity: about 0 for what has a sign, from 0 on for what has none.
pub(super) fn window_of_map(quantity: Quantity, volume: &Volume) -> Window {
    let values = volume.values();
    let Some([low, high]) = percentiles(values, true, [0.02, 0.98]) else {
        return Window::new(0.0, 1.0);
    };
    match quantity {
        Quantity::PercentChange => {
            let reach = low.abs().max(high.abs());
            Window::new(-reach, reach)
        }
        Quantity::FatUnits | Quantity::Concentration if high > 0.0 => Window::new(0.0, high),
        Quantity::FatUnits | Quantity::Concentration => Window::auto(volume),
    }
}

impl Layer {
    /// Whether it is a scan, not a label map, a map of a quantity or what a network made.
    #[must_use]
    pub fn is_signal(&self) -> bool {
        !self.is_labels && self.scan.map.is_none() && self.scan.made.is_none()
    }

    /// The region at a point of the world, by the nearest voxel.
    #[must_use]
    pub fn region(&self, point_in_world: Point3<f64>) -> Option<LabelledRegion> {
        let labels = self.shown_labels()?;
        labels.region(self.scan.volume.grid().voxel_at(point_in_world)?)
    }

    /// Its labels, where it is shown as a label map.
    #[must_use]
    pub fn shown_labels(&self) -> Option<&Arc<Labels>> {
        self.labels.as_ref().filter(|_| self.is_labels)
    }

    /// A scan just opened, where its file says.
    pub(super) fn new(no: u32, scan: Arc<Scan>, is_over_others: bool) -> Self {
        let mut layer = Self {
            no,
            filed: scan.clone(),
            placement: Placement::default(),
            style: scan.style_of_values(is_over_others),
            visible: true,
            kept: HashMap::new(),
            hours: scan.hours,
            is_labels: scan.labels.is_some(),
            labels: scan.labels.clone(),
            scan,
        };
        layer.style = layer.first_style(is_over_others);
        layer
    }

    /// How it is drawn at first: alone, or over others.
    pub(super) fn first_style(&self, is_over_others: bool) -> LayerStyle {
        let chosen = self.scan.drawn_first;
        match chosen.filter(|style| style.labels.is_some() == self.is_labels) {
            Some(style) => style,
            None if self.is_labels => label_style(is_over_others),
            None => self.scan.style_of_values(is_over_others),
        }
    }

    /// From one layout to another: it is drawn as it was there last, or as `first` says.
    pub(super) fn enter(&mut self, [from, to]: [Layout; 2], first: Look) {
        let (style, visible) = (self.style, self.visible);
        self.kept.insert(from, Look { style, visible });
        let look = self.kept.remove(&to).unwrap_or(first);
        (self.style, self.visible) = (look.style, look.visible);
    }

    /// Takes its values for labels, or no longer, in all layouts. Those labels must be there.
    pub(super) fn set_labels(&mut self, is_labels: bool, is_over_others: bool) {
        self.is_labels = is_labels && self.labels.is_some();
        if self.is_labels != self.style.labels.is_some() {
            self.style = self.first_style(is_over_others);
            self.kept.clear();
        }
    }

    /// Shows the scan where it is meant to lie, or where its file says.
    pub(super) fn show(&mut self, as_filed: bool) {
        self.scan = self.filed.clone();
        if !as_filed && self.placement.is_moved() {
            match self.filed.placed(&self.placement.shown_from_filed()) {
                Ok(placed) => self.scan = Arc::new(placed),
                // A rigid motion has an inverse.
                Err(error) => tracing::error!("{}: {error}", self.filed.name),
            }
        }
    }
}
