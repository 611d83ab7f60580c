//! What a pane shows, and where it lies in the world.

use crate::app::shell::theme;
use crate::app::viewer::{
    CompareMode, Desk, Layer,
    text::{compared_name, scan_name},
};
use crate::render::{LabelLook, LayerStyle, MAX_LAYERS, Pairing, VolumeTexture};
use crate::volume::{Plane, PlaneView};
use eframe::egui::{self, Pos2, Rect};
use nalgebra::Point3;
use std::sync::Arc;

/// What a pane shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum PaneContent {
    /// All layers over each other.
    Layers,
    /// The first (0) or the second (1) of the two scans that are compared, alone.
    Side(usize),
    /// The second less the first.
    Difference,
    /// The two set against each other.
    Pair,
    /// One scan of a time series.
    Scan(usize),
}

impl PaneContent {
    pub(super) fn name(self, desk: &Desk, seconds: f64) -> String {
        match self {
            Self::Layers => String::new(),
            Self::Side(side) => side_name(desk, side),
            Self::Difference => difference_name(desk),
            Self::Pair => pair_name(desk, seconds),
            Self::Scan(at) => scan_name(desk, at),
        }
    }

    /// The layer whose window a drag changes; none for the difference, which has one of its own.
    pub(super) fn windowed(self, desk: &Desk) -> Option<usize> {
        match self {
            Self::Layers => Some(desk.selected),
            Self::Side(side) => Some(desk.pair()?[side.min(1)]),
            Self::Pair => {
                let pair = desk.pair()?;
                Some(match pair.contains(&desk.selected) {
                    true => desk.selected,
                    false => pair[1],
                })
            }
            Self::Difference => None,
            Self::Scan(at) => Some(at),
        }
    }

    /// The panes that show the plane's frame where several show the plane.
    pub(super) fn is_first(self, desk: &Desk) -> bool {
        match self {
            Self::Layers | Self::Side(0) | Self::Pair => true,
            Self::Side(_) => false,
            Self::Difference => desk.compare_mode() == CompareMode::Difference,
            Self::Scan(at) => desk.series().first() == Some(&at),
        }
    }
}

/// What is drawn in a pane, and how the first two of it are set against each other.
type Drawn = (Vec<(Arc<VolumeTexture>, LayerStyle)>, Option<Pairing>);

impl PaneContent {
    /// `scale` is pixels a point; `mm_per_pixel` that of the view; `seconds` the time of the window.
    pub(super) fn drawn(self, desk: &Desk, scale: f32, mm_per_pixel: f64, seconds: f64) -> Drawn {
        let alone = |layer: &Layer| (layer.texture(), on_screen(opaque(layer), scale));
        match (self, desk.compared()) {
            (Self::Layers, _) => (over_each_other(desk, scale), None),
            (Self::Scan(at), _) => {
                let layer = desk.layers.get(at).filter(|layer| !desk.is_hidden(layer));
                let drawn = |layer: &Layer| (layer.texture(), on_screen(layer.style, scale));
                (layer.map(drawn).into_iter().collect(), None)
            }
            (_, None) => (Vec::new(), None),
            (_, Some(pair)) if pair.iter().any(|layer| desk.is_hidden(layer)) => (Vec::new(), None),
            (Self::Side(side), Some(pair)) => (vec![alone(pair[side.min(1)])], None),
            (Self::Difference, Some(pair)) => {
                (values(pair), Some(Pairing::Difference(desk.difference)))
            }
            (Self::Pair, Some(pair)) => {
                let compare = &desk.compare;
                let square = (f64::from(compare.square_mm) / mm_per_pixel) as f32;
                match desk.compare_mode() {
                    CompareMode::Swipe => (values(pair), Some(Pairing::Swipe(compare.swipe))),
                    CompareMode::Checkerboard => {
                        (values(pair), Some(Pairing::Checkerboard(square)))
                    }
                    CompareMode::Outline => (values(pair), Some(Pairing::Outline(theme::OUTLINE))),
                    CompareMode::Fade => {
                        let (first, (texture, style)) = (alone(pair[0]), alone(pair[1]));
                        let style = faded(style, compare.fade);
                        (vec![first, (texture, style)], None)
                    }
                    CompareMode::Flicker => (vec![alone(pair[compare.flicker(seconds).0])], None),
                    CompareMode::Beside | CompareMode::Difference => (Vec::new(), None),
                }
            }
        }
    }
}

/// The layers that are seen, with the mask above them.
fn over_each_other(desk: &Desk, scale: f32) -> Vec<(Arc<VolumeTexture>, LayerStyle)> {
    let layers = desk.layers.iter();
    let layers = layers.filter(|layer| layer.visible && !desk.is_hidden(layer));
    let layers = layers.map(|layer| (layer.texture(), on_screen(layer.style, scale)));
    let mask = desk.mask.as_ref().filter(|mask| mask.open);
    let mask = mask.map(|mask| (Arc::new(mask.texture()), on_screen(mask.style, scale)));
    let n_below = MAX_LAYERS - usize::from(mask.is_some());
    layers.take(n_below).chain(mask).collect()
}

/// The values of two scans, each in its own window and colours.
fn values(pair: [&Layer; 2]) -> Vec<(Arc<VolumeTexture>, LayerStyle)> {
    let drawn = |layer: &Layer| {
        let style = LayerStyle {
            labels: None,
            ..opaque(layer)
        };
        (layer.scan.texture.clone(), style)
    };
    pair.map(drawn).into()
}

/// A style with the lines of its labels in pixels of the screen.
fn on_screen(style: LayerStyle, scale: f32) -> LayerStyle {
    let labels = style.labels.map(|look| LabelLook {
        outline_px: look.outline_px * scale,
        ..look
    });
    LayerStyle { labels, ..style }
}

/// A scan that is compared hides what is below, however it is drawn over others; its window and colours
/// are its own.
fn opaque(layer: &Layer) -> LayerStyle {
    match layer.is_labels {
        true => layer.style,
        false => LayerStyle {
            opacity: 1.0,
            cut_below: false,
            follows_value: false,
            ..layer.style
        },
    }
}

/// A style that is seen as much as a share says.
fn faded(style: LayerStyle, share: f32) -> LayerStyle {
    LayerStyle {
        opacity: style.opacity * share,
        labels: style.labels.map(|look| LabelLook {
            outline_opacity: look.outline_opacity * share,
            ..look
        }),
        ..style
    }
}

/// What one of the two scans is called.
fn side_name(desk: &Desk, side: usize) -> String {
    let pair = desk.pair();
    pair.map_or_else(String::new, |pair| compared_name(desk, pair[side.min(1)]))
}

fn difference_name(desk: &Desk) -> String {
    let [first, second] = [0, 1].map(|side| side_name(desk, side));
    match desk.difference.signed {
        true => format!("{second} - {first}"),
        false => format!("|{second} - {first}|"),
    }
}

/// Which scans a pane sets against each other, and how.
fn pair_name(desk: &Desk, seconds: f64) -> String {
    let [first, second] = [0, 1].map(|side| side_name(desk, side));
    match desk.compare_mode() {
        CompareMode::Checkerboard => format!("{first} and {second}"),
        CompareMode::Outline => format!("{second} with edges of {first}"),
        CompareMode::Flicker => side_name(desk, desk.compare.flicker(seconds).0),
        CompareMode::Fade => {
            let percent = (desk.compare.fade * 100.0).round();
            format!("{percent} % {second} over {first}")
        }
        _ => format!("{first} | {second}"),
    }
}

/// Points of the window, pixels of the picture and the world.
pub(super) struct Geometry {
    pub(super) rect: Rect,
    pub(super) scale: f32,
    pub(super) view: PlaneView,
}

impl Geometry {
    pub(super) fn to_world(&self, pos: Pos2) -> Point3<f64> {
        let pixel = (pos - self.rect.min) * self.scale;
        self.view.to_world([f64::from(pixel.x), f64::from(pixel.y)])
    }

    pub(super) fn to_screen(&self, point_in_world: Point3<f64>) -> Pos2 {
        let [x, y] = self.view.to_pixel(point_in_world);
        self.rect.min + egui::vec2(x as f32, y as f32) / self.scale
    }
}

/// The part of a plane that a pane shows: all of the first scan at zoom 1.
pub(super) fn view(desk: &Desk, plane: Plane, rect: Rect, scale: f32) -> Option<PlaneView> {
    let grid = desk.base()?.volume.grid();
    let size = [rect.width(), rect.height()].map(|side| ((side * scale).round() as u32).max(1));
    let at_mm = desk.crosshair[plane.normal_axis()];
    let all = PlaneView::fit(plane, desk.convention, grid, at_mm, Some(size));
    let state = desk.plane_state(plane);
    let mm_per_pixel = all.world_from_pixel.fixed_view::<3, 1>(0, 0).norm() / state.zoom;
    let mut center = grid.center_in_world() + state.pan_mm;
    center[plane.normal_axis()] = at_mm;
    Some(PlaneView::new(
        plane,
        desk.convention,
        center,
        mm_per_pixel,
        size,
    ))
}
