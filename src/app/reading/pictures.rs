//! The two pictures of a case, and how a rater may look at them: as in the viewer, with the mouse of a
//! PACS.

use crate::app::shell::{
    is_typing, shadowed, theme, wheel, window_by_drag, zoom_by_drag, zoom_by_wheel,
};
use crate::study::{CaseImage, Conditions, Slot};
use crate::volume::{EdgeLetters, Orientation, PLANE_SIZE, Plane, Window, plane_view};
use eframe::egui::{
    self, Align2, FontId, Key, Modifiers, PointerButton, Rect, Sense, TextureHandle, Vec2, pos2,
    vec2,
};
use nalgebra::Point3;
use serde_json::{Value, json};

/// The largest enlargement.
const MAX_ZOOM: f32 = 8.0;
/// What a key enlarges by.
const ZOOM_STEP: f32 = 1.25;

/// One plane on screen.
struct PlanePicture {
    plane: Plane,
    /// 0 to 255 stand for 0 to 1.
    values: Vec<u8>,
    texture: TextureHandle,
    /// What is black and what is white, 0 to 1.
    window: Window,
    /// 1 shows the whole plane.
    zoom: f32,
    /// The middle of what is shown, 0 to 1 across and down.
    middle: [f32; 2],
}

/// Both planes of a case.
pub(super) struct CasePictures {
    views: [PlanePicture; 2],
}

impl CasePictures {
    /// Both planes, from their darkest to their brightest value.
    pub(super) fn new(ctx: &egui::Context, image: &CaseImage) -> Self {
        let view = |plane: Plane, values: &[u8]| PlanePicture {
            plane,
            texture: ctx.load_texture(
                plane.name(),
                gray(values, FULL),
                egui::TextureOptions::LINEAR,
            ),
            values: values.to_vec(),
            window: FULL,
            zoom: 1.0,
            middle: [0.5; 2],
        };
        Self {
            views: [
                view(Plane::Axial, &image.axial),
                view(Plane::Sagittal, &image.sagittal),
            ],
        }
    }

    /// How they are shown, for the ledger.
    pub(super) fn display(&self) -> Value {
        let of = |view: &PlanePicture| {
            let Window { low, high } = view.window;
            json!({ "window": [low, high], "zoom": view.zoom })
        };
        json!({ "axial": of(&self.views[0]), "sagittal": of(&self.views[1]) })
    }

    /// Both as large as they go, side by side.
    pub(super) fn ui(&mut self, ui: &egui::Ui, rect: Rect, slot: &Slot, may: Conditions) {
        if !is_typing(ui.ctx()) {
            self.keys(ui, may);
        }
        let side = ((rect.width() - theme::PANE_GAP) / 2.0).min(rect.height());
        for (view, towards) in self.views.iter_mut().zip([-1.0, 1.0]) {
            let shift = vec2(towards * (side + theme::PANE_GAP) / 2.0, 0.0);
            let place = Rect::from_center_size(rect.center() + shift, Vec2::splat(side));
            view.ui(ui, place, slot, may);
        }
    }

    /// As in the viewer; no plane is active here, so that they go to both.
    fn keys(&mut self, ui: &egui::Ui, may: Conditions) {
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        let larger = pressed(Key::Plus) || pressed(Key::Equals);
        let smaller = pressed(Key::Minus);
        let reset = pressed(Key::R);
        for view in &mut self.views {
            if may.zoom && larger {
                view.zoom_about(Vec2::ZERO, ZOOM_STEP);
            }
            if may.zoom && smaller {
                view.zoom_about(Vec2::ZERO, 1.0 / ZOOM_STEP);
            }
            if reset {
                view.reset();
            }
        }
    }
}

const FULL: Window = Window {
    low: 0.0,
    high: 1.0,
};

/// The patient's sides at the edges of a plane, which is cut as [`plane_view`] says. A study is made
/// of no scan in which left and right are not known.
fn letters(plane: Plane) -> EdgeLetters {
    plane_view(plane, Point3::origin()).letters(Orientation::Known)
}

impl PlanePicture {
    fn ui(&mut self, ui: &egui::Ui, place: Rect, slot: &Slot, may: Conditions) {
        let name = self.plane.name();
        let picture = ui.interact(place, ui.scope_id().with(name), Sense::click_and_drag());
        if may.free_window && picture.dragged_by(PointerButton::Primary) {
            let range = FULL.width();
            self.set_window(window_by_drag(self.window, picture.drag_delta(), range));
        }
        if may.zoom {
            self.zoom_by(ui, &picture);
        }
        if picture.double_clicked() {
            self.reset();
        }
        let half = 0.5 / self.zoom;
        let [x, y] = self.middle;
        let part = Rect::from_min_max(pos2(x - half, y - half), pos2(x + half, y + half));
        egui::Image::new((self.texture.id(), place.size()))
            .uv(part)
            .paint_at(ui, place);
        let letters = letters(self.plane);
        written(ui, place, name, letters);
        picture.widget_info(|| {
            let label = format!(
                "{name} picture of case {}, {} left, {} right, {} top, {} bottom",
                slot.code.as_str(),
                letters.left,
                letters.right,
                letters.top,
                letters.bottom
            );
            egui::WidgetInfo::labeled(egui::Role::Image, true, label)
        });
    }

    fn reset(&mut self) {
        (self.zoom, self.middle) = (1.0, [0.5; 2]);
        self.set_window(FULL);
    }

    /// The wheel with Ctrl enlarges what is under the pointer, the second button the middle; the
    /// middle button moves the picture. There is one slice, so that the wheel alone has nothing to
    /// turn to.
    fn zoom_by(&mut self, ui: &egui::Ui, picture: &egui::Response) {
        let place = picture.rect;
        if let Some(pointer) = picture.hover_pos() {
            let from_middle = (pointer - place.center()) / place.width();
            self.zoom_about(from_middle, zoom_by_wheel(wheel(ui).zoom));
        }
        let by = picture.drag_delta();
        if picture.dragged_by(PointerButton::Secondary) {
            self.zoom_about(Vec2::ZERO, zoom_by_drag(by));
        }
        if picture.dragged_by(PointerButton::Middle) {
            self.move_by(-by / place.width() / self.zoom);
        }
    }

    /// Enlarges; what lies `from_middle` of the picture, in its widths, stays where it is.
    fn zoom_about(&mut self, from_middle: Vec2, factor: f32) {
        let zoom = (self.zoom * factor).clamp(1.0, MAX_ZOOM);
        let moved = from_middle * (1.0 / self.zoom - 1.0 / zoom);
        self.zoom = zoom;
        self.move_by(moved);
    }

    /// Never past the edge of the plane.
    fn move_by(&mut self, by: Vec2) {
        let half = 0.5 / self.zoom;
        let moved = [self.middle[0] + by.x, self.middle[1] + by.y];
        self.middle = moved.map(|x| x.clamp(half, 1.0 - half));
    }

    fn set_window(&mut self, window: Window) {
        if window != self.window {
            self.window = window;
            let picture = gray(&self.values, window);
            self.texture.set(picture, egui::TextureOptions::LINEAR);
        }
    }
}

/// The plane's name and the letters of the patient's sides.
fn written(ui: &egui::Ui, place: Rect, name: &str, letters: EdgeLetters) {
    let painter = ui.painter_at(place);
    let rect = place.shrink(5.0);
    let big = FontId::proportional(if rect.width() < 240.0 { 13.0 } else { 16.0 });
    for (pos, align, letter) in [
        (rect.left_center(), Align2::LEFT_CENTER, letters.left),
        (rect.right_center(), Align2::RIGHT_CENTER, letters.right),
        (rect.center_top(), Align2::CENTER_TOP, letters.top),
        (rect.center_bottom(), Align2::CENTER_BOTTOM, letters.bottom),
    ] {
        shadowed(&painter, pos, align, &letter.to_string(), big.clone());
    }
    let small = FontId::proportional(13.0);
    shadowed(&painter, rect.left_top(), Align2::LEFT_TOP, name, small);
}

/// A plane as gray pixels, through a window.
fn gray(values: &[u8], window: Window) -> egui::ColorImage {
    let shade = |&value: &u8| {
        let unit = (f32::from(value) / 255.0 - window.low) / window.width();
        (unit.clamp(0.0, 1.0) * 255.0).round() as u8
    };
    let gray: Vec<u8> = values.iter().map(shade).collect();
    egui::ColorImage::from_gray([PLANE_SIZE, PLANE_SIZE], &gray)
}
