//! What a wheel and a drag do to a picture, in whichever window it is shown.

use crate::volume::Window;
use eframe::egui::{self, Vec2};

/// What the wheel was turned since the last frame, in notches; away from the hand is positive.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Wheel {
    /// Through the slices.
    pub(crate) slices: f32,
    /// With Ctrl held.
    pub(crate) zoom: f32,
}

/// A touch pad needs some way for a notch.
pub(crate) fn wheel(ui: &egui::Ui) -> Wheel {
    const POINTS_A_NOTCH: f32 = 20.0;
    const NOTCHES_A_PAGE: f32 = 10.0;
    let mut turned = Wheel::default();
    ui.input(|input| {
        for event in &input.events {
            if let egui::Event::MouseWheel {
                unit,
                delta,
                modifiers,
                ..
            } = event
            {
                let notches = match unit {
                    egui::MouseWheelUnit::Point => delta.y / POINTS_A_NOTCH,
                    egui::MouseWheelUnit::Line => delta.y,
                    egui::MouseWheelUnit::Page => delta.y * NOTCHES_A_PAGE,
                };
                match modifiers.command {
                    true => turned.zoom += notches,
                    false => turned.slices += notches,
                }
            }
        }
    });
    turned
}

/// By how much so many notches of the wheel enlarge.
pub(crate) fn zoom_by_wheel(notches: f32) -> f32 {
    (notches * 0.15).exp()
}

/// By how much a drag enlarges: upwards more, downwards less.
pub(crate) fn zoom_by_drag(by: Vec2) -> f32 {
    (-by.y * 0.01).exp()
}

/// A window after a drag: to the right wider, downwards a higher level, so that all is darker. 300
/// points are `range`, the width that the picture opens with.
pub(crate) fn window_by_drag(window: Window, by: Vec2, range: f32) -> Window {
    let per_point = range / 300.0;
    let width = (window.width() + by.x * per_point).max(per_point);
    Window::from_level(window.level() + by.y * per_point, width)
}
