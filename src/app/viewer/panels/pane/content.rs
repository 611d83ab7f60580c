//! What a pane shows, and where it lies in the world.

use super::source::Source;
use crate::app::shell::theme;
use crate::app::viewer::{CompareMode, Desk, Layer, ViewOf, prediction::Made};
use crate::render::{LabelLook, LayerStyle, MAX_LAYERS, Pairing};
use crate::volume::{Plane, PlaneView};
use eframe::egui::{self, Pos2, Rect};
use nalgebra::Point3;

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
    /// Planes of a prediction, over the scan that it was made from.
    Made(Made),
    /// Two of them set against each other.
    MadePair,
}

impl PaneContent {
    /// Whether the crosshair lies in the slice of the planes that it shows.
    pub(super) fn is_on_planes(self, desk: &Desk, plane: Plane) -> bool {
        match self {
            Self::Made(made) => desk.is_on_made(made, plane),
            Self::MadePair => is_on_pair(desk, plane),
            _ => false,
        }
    }

    /// Whether it shows a difference, whose window a drag changes.
    pub(super) fn is_difference(self, desk: &Desk, plane: Plane) -> bool {
        match self {
            Self::Difference => true,
            Self::Made(Made::Difference(_)) => self.is_on_planes(desk, plane),
            Self::MadePair => {
                desk.compare_mode() == CompareMode::Difference && self.is_on_planes(desk, plane)
            }
            _ => false,
        }
    }

    /// Whose planes' window a drag changes: what is real (0) or what is predicted (1).
    pub(super) fn windowed_planes(self, desk: &Desk, plane: Plane) -> Option<usize> {
        match self {
            _ if !self.is_on_planes(desk, plane) => None,
            Self::Made(made) => made.windowed(),
            Self::MadePair => desk.made_pair()?[1].windowed(),
            _ => None,
        }
    }

    /// The layer whose window a drag changes; none for the difference, which has one of its own.
    pub(in crate::app::viewer::panels) fn windowed(
        self,
        desk: &Desk,
        plane: Plane,
    ) -> Option<usize> {
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
            Self::Made(_) | Self::MadePair => match self.is_on_planes(desk, plane) {
                true => None,
                false => desk.input_layer(),
            },
        }
    }

    /// The view that it shows: that of a scan which is seen alone, or the common one.
    pub(super) fn view_of(self, desk: &Desk, plane: Plane) -> ViewOf {
        let scan = match self {
            Self::Side(side) => desk.pair().map(|pair| pair[side.min(1)]),
            Self::Scan(at) => Some(at),
            _ => None,
        };
        desk.view_of(plane, scan)
    }

    /// The panes that show the plane's frame where several show the plane.
    pub(in crate::app::viewer::panels) fn is_first(self, desk: &Desk) -> bool {
        match self {
            Self::Layers | Self::Side(0) | Self::Pair | Self::MadePair => true,
            Self::Side(_) => false,
            Self::Difference => desk.compare_mode() == CompareMode::Difference,
            Self::Scan(at) => desk.columns().first() == Some(&at),
            Self::Made(made) => desk.made_columns().first() == Some(&made),
        }
    }
}

/// What is drawn of a scan or of a plane, and how.
pub(super) type DrawnLayer<'a> = (Source<'a>, LayerStyle);

/// What is drawn in a pane, and how the first two of it are set against each other.
pub(super) type Drawn<'a> = (Vec<DrawnLayer<'a>>, Option<Pairing>);

/// Of a window or a picture: pixels a point, mm a pixel, and the window's time.
#[derive(Clone, Copy)]
pub(super) struct Screen {
    pub(super) scale: f32,
    pub(super) mm_per_pixel: f64,
    pub(super) seconds: f64,
}

impl PaneContent {
    pub(super) fn drawn(self, desk: &Desk, plane: Plane, screen: Screen) -> Drawn<'_> {
        let scale = screen.scale;
        let alone = |layer| (Source::of(layer), on_screen(opaque(layer), scale));
        match (self, desk.compared()) {
            (Self::Layers, _) => (over_each_other(desk, scale), None),
            (Self::Scan(at), _) => {
                let layer = desk.layers.get(at).filter(|layer| !desk.is_hidden(layer));
                let drawn = |layer| (Source::of(layer), on_screen(layer.style, scale));
                (layer.map(drawn).into_iter().collect(), None)
            }
            (Self::Made(made), _) => made_drawn(desk, made, plane),
            (Self::MadePair, _) => {
                match desk.made_pair().filter(|_| self.is_on_planes(desk, plane)) {
                    Some(pair) => {
                        let pair = pair.map(|made| made_layer(desk, made, plane));
                        match pair {
                            [Some(first), Some(second)] => {
                                let pair = [first, second];
                                set_against(desk, &pair, &pair, screen)
                            }
                            _ => (Vec::new(), None),
                        }
                    }
                    None => (backdrop(desk).into_iter().collect(), None),
                }
            }
            (_, None) => (Vec::new(), None),
            (_, Some(pair)) if pair.iter().any(|layer| desk.is_hidden(layer)) => (Vec::new(), None),
            (Self::Side(side), Some(pair)) => (vec![alone(pair[side.min(1)])], None),
            (Self::Difference, Some(pair)) => {
                let pairing = Pairing::Difference(desk.difference);
                (pair.map(values).into(), Some(pairing))
            }
            (Self::Pair, Some(pair)) => {
                set_against(desk, &pair.map(values), &pair.map(alone), screen)
            }
        }
    }
}

/// Two of anything set against each other, in the way that is chosen: their values, or each as it is drawn
/// alone.
fn set_against<'a>(
    desk: &Desk,
    values: &[DrawnLayer<'a>; 2],
    alone: &[DrawnLayer<'a>; 2],
    screen: Screen,
) -> Drawn<'a> {
    let compare = &desk.compare;
    let pairing = match desk.compare_mode() {
        CompareMode::Fade => {
            let (source, style) = alone[1];
            let second = (source, faded(style, compare.fade));
            return (vec![alone[0], second], None);
        }
        CompareMode::Flicker => {
            let (seen, _) = compare.flicker(screen.seconds);
            return (vec![alone[seen]], None);
        }
        CompareMode::Beside => return (alone[..1].to_vec(), None),
        CompareMode::Swipe => Pairing::Swipe(compare.swipe),
        CompareMode::Checkerboard => {
            let side = f64::from(compare.square_mm) / screen.mm_per_pixel;
            Pairing::Checkerboard(side as f32)
        }
        CompareMode::Outline => Pairing::Outline(theme::OUTLINE),
        CompareMode::Difference => Pairing::Difference(*desk.shown_difference()),
    };
    (values.to_vec(), Some(pairing))
}

/// A plane of a prediction; none where it has none.
fn made_layer(desk: &Desk, made: Made, plane: Plane) -> Option<DrawnLayer<'_>> {
    let (volume, texture) = desk.made_planes(made)?.of(plane)?;
    let source = Source::Plane(volume, texture.as_ref());
    Some((source, desk.made_style(made)))
}

/// The scan that a prediction was made from, where its file says: that is where the planes lie.
fn backdrop(desk: &Desk) -> Option<DrawnLayer<'_>> {
    let layer = &desk.layers[desk.input_layer()?];
    Some((Source::Values(&layer.filed), opaque(layer)))
}

/// A plane over the scan that it was made from, which is seen alone beside its slice.
fn made_drawn(desk: &Desk, made: Made, plane: Plane) -> Drawn<'_> {
    if !desk.is_on_made(made, plane) {
        return (backdrop(desk).into_iter().collect(), None);
    }
    let layer = |made| made_layer(desk, made, plane);
    match made {
        Made::Difference(n) => match [layer(Made::Real), layer(Made::Predicted(n))] {
            [Some(real), Some(predicted)] => {
                let difference = Pairing::Difference(*desk.shown_difference());
                (vec![real, predicted], Some(difference))
            }
            _ => (Vec::new(), None),
        },
        _ => (layer(made).into_iter().collect(), None),
    }
}

fn is_on_pair(desk: &Desk, plane: Plane) -> bool {
    let pair = desk.made_pair();
    pair.is_some_and(|pair| pair.iter().all(|made| desk.is_on_made(*made, plane)))
}

/// The layers that are seen, with the mask above them.
fn over_each_other(desk: &Desk, scale: f32) -> Vec<DrawnLayer<'_>> {
    let layers = desk.layers.iter();
    let layers = layers.filter(|layer| layer.visible && !desk.is_hidden(layer));
    let layers = layers.map(|layer| (Source::of(layer), on_screen(layer.style, scale)));
    let mask = desk.mask.as_ref().filter(|mask| mask.open);
    let mask = mask.map(|mask| (Source::Mask(mask), on_screen(mask.style, scale)));
    let n_below = MAX_LAYERS - usize::from(mask.is_some());
    layers.take(n_below).chain(mask).collect()
}

/// The values of a scan, in its own window and colours.
fn values(layer: &Layer) -> DrawnLayer<'_> {
    let style = LayerStyle {
        labels: None,
        ..opaque(layer)
    };
    (Source::Values(&layer.scan), style)
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
pub(in crate::app::viewer::panels) fn view(
    desk: &Desk,
    (plane, content): (Plane, PaneContent),
    rect: Rect,
    scale: f32,
) -> Option<PlaneView> {
    let grid = desk.base()?.volume.grid();
    let size = [rect.width(), rect.height()].map(|side| ((side * scale).round() as u32).max(1));
    let at_mm = desk.crosshair[plane.normal_axis()];
    let all = PlaneView::fit(plane, desk.convention, grid, at_mm, Some(size));
    let state = desk.view_state(content.view_of(desk, plane));
    let mm_per_pixel = all.mm_per_pixel() / state.zoom;
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
