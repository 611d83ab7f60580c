//! What a pane shows, and where it lies in the world.

use crate::app::shell::theme;
use crate::app::viewer::{Desk, Judging, Layer, text::scan_name};
use crate::render::{Colormap, LabelLook, LayerStyle, MAX_LAYERS, Pairing, VolumeTexture};
use crate::volume::{Plane, PlaneView};
use eframe::egui::{self, Pos2, Rect};
use nalgebra::Point3;
use std::sync::Arc;

/// What a pane shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum PaneContent {
    /// All layers over each other.
    Layers,
    /// The first scan alone.
    Real,
    /// The second scan alone.
    Predicted,
    /// The second less the first.
    Difference,
    /// One scan of a time series.
    Scan(usize),
}

impl PaneContent {
    pub(super) fn name(self, desk: &Desk) -> String {
        match self {
            Self::Layers => return judged_name(desk),
            Self::Real => "Real",
            Self::Predicted => "Predicted",
            Self::Difference if desk.difference.signed => "Predicted - real",
            Self::Difference => "|Predicted - real|",
            Self::Scan(at) => return scan_name(desk, at),
        }
        .to_owned()
    }

    /// The panes that show the plane's frame where several show the plane.
    pub(super) fn is_first(self, desk: &Desk) -> bool {
        match self {
            Self::Layers | Self::Real => true,
            Self::Predicted | Self::Difference => false,
            Self::Scan(at) => desk.series().first() == Some(&at),
        }
    }
}

/// The side of a checkerboard's squares, points.
const SQUARE: f32 = 48.0;

/// What is drawn in a pane, and how the first two of it are set against each other; `scale` is
/// pixels a point.
type Drawn = (Vec<(Arc<VolumeTexture>, LayerStyle)>, Option<Pairing>);

impl PaneContent {
    pub(super) fn drawn(self, desk: &Desk, scale: f32) -> Drawn {
        if self == Self::Layers
            && let Some((judging, [first, other])) = desk.judged()
        {
            let pairing = match judging {
                Judging::Swipe(share) => Pairing::Swipe(share),
                Judging::Checkerboard => Pairing::Checkerboard((SQUARE * scale).round()),
                Judging::Outline => Pairing::Outline(theme::OUTLINE),
            };
            let layers = [first, other].map(|layer| (layer.scan.texture.clone(), alike(layer)));
            return (layers.into(), Some(pairing));
        }
        let layers = desk.layers.iter().enumerate();
        let layers = layers.filter(|(_, layer)| !desk.is_hidden(layer));
        let layers = layers.filter(|(at, layer)| match self {
            Self::Layers => layer.visible,
            Self::Real => *at == 0,
            Self::Predicted => *at == 1,
            Self::Difference => *at < 2,
            Self::Scan(shown) => *at == shown,
        });
        let layers = layers.map(|(_, layer)| match self {
            // What is subtracted are values.
            Self::Difference => (layer.scan.texture.clone(), alike(layer)),
            _ => (layer.texture(), on_screen(layer.style, scale)),
        });
        let mask = desk
            .mask
            .as_ref()
            .filter(|mask| mask.open && self == Self::Layers);
        let mask = mask.map(|mask| (Arc::new(mask.texture()), on_screen(mask.style, scale)));
        let layers = layers
            .take(MAX_LAYERS - usize::from(mask.is_some()))
            .chain(mask);
        let difference = Pairing::Difference(desk.difference);
        let pairing = (self == Self::Difference).then_some(difference);
        (layers.collect(), pairing)
    }
}

/// A style with the lines of its labels in pixels of the screen.
fn on_screen(style: LayerStyle, scale: f32) -> LayerStyle {
    let labels = style.labels.map(|look| LabelLook {
        outline_px: look.outline_px * scale,
        ..look
    });
    LayerStyle { labels, ..style }
}

/// An edge is followed from one scan into the other where both are opaque and gray. The window is
/// the layer's own, as is whatever else was chosen for it.
fn alike(layer: &Layer) -> LayerStyle {
    LayerStyle {
        colormap: Colormap::Gray,
        opacity: 1.0,
        cut_below: false,
        follows_value: false,
        labels: None,
        ..layer.style
    }
}

/// Which scans a pane sets against each other, if it does.
fn judged_name(desk: &Desk) -> String {
    let Some((judging, [first, other])) = desk.judged() else {
        return String::new();
    };
    let [first, other] = [first, other].map(|layer| &layer.scan.name);
    match judging {
        Judging::Swipe(_) => format!("{first} | {other}"),
        Judging::Checkerboard => format!("{first} and {other}"),
        Judging::Outline => format!("{other} with edges of {first}"),
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
