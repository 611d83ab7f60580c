//! The two pictures of a case, and how a rater may look at them.

use crate::app::shell::theme;
use crate::study::{CaseImage, Conditions, Slot};
use crate::volume::PLANE_SIZE;
use eframe::egui::{self, Rect, Sense, TextureHandle, Vec2, pos2, vec2};
use serde_json::{Value, json};

/// The largest enlargement.
const MAX_ZOOM: f32 = 8.0;

/// One plane on screen.
struct PlanePicture {
    name: &'static str,
    /// 0 to 255 stand for 0 to 1.
    values: Vec<u8>,
    texture: TextureHandle,
    /// What is black and what is white, 0 to 1.
    window: [f32; 2],
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
        let view = |name, values: &[u8]| PlanePicture {
            name,
            texture: ctx.load_texture(name, gray(values, FULL), egui::TextureOptions::LINEAR),
            values: values.to_vec(),
            window: FULL,
            zoom: 1.0,
            middle: [0.5; 2],
        };
        Self {
            views: [
                view("Axial", &image.axial),
                view("Sagittal", &image.sagittal),
            ],
        }
    }

    /// How they are shown, for the ledger.
    pub(super) fn display(&self) -> Value {
        let of = |view: &PlanePicture| json!({ "window": view.window, "zoom": view.zoom });
        json!({ "axial": of(&self.views[0]), "sagittal": of(&self.views[1]) })
    }

    /// Both as large as they go, side by side.
    pub(super) fn ui(&mut self, ui: &egui::Ui, rect: Rect, slot: &Slot, may: Conditions) {
        let side = ((rect.width() - theme::PANE_GAP) / 2.0).min(rect.height());
        for (view, towards) in self.views.iter_mut().zip([-1.0, 1.0]) {
            let shift = vec2(towards * (side + theme::PANE_GAP) / 2.0, 0.0);
            let place = Rect::from_center_size(rect.center() + shift, Vec2::splat(side));
            view.ui(ui, place, slot, may);
        }
    }
}

const FULL: [f32; 2] = [0.0, 1.0];

impl PlanePicture {
    fn ui(&mut self, ui: &egui::Ui, place: Rect, slot: &Slot, may: Conditions) {
        let picture = ui.interact(
            place,
            ui.scope_id().with(self.name),
            Sense::click_and_drag(),
        );
        if may.zoom {
            self.zoom_by(ui, &picture);
        }
        if may.free_window && picture.dragged_by(egui::PointerButton::Secondary) {
            self.window_by(picture.drag_delta() / place.width());
        }
        if picture.double_clicked() {
            (self.zoom, self.middle) = (1.0, [0.5; 2]);
            self.set_window(FULL);
        }
        let half = 0.5 / self.zoom;
        let [x, y] = self.middle;
        let part = Rect::from_min_max(pos2(x - half, y - half), pos2(x + half, y + half));
        egui::Image::new((self.texture.id(), place.size()))
            .uv(part)
            .paint_at(ui, place);
        picture.widget_info(|| {
            let label = format!("{} picture of case {}", self.name, slot.code.as_str());
            egui::WidgetInfo::labeled(egui::Role::Image, true, label)
        });
    }

    /// The wheel enlarges what is under the pointer, a drag moves it.
    fn zoom_by(&mut self, ui: &egui::Ui, picture: &egui::Response) {
        let place = picture.rect;
        if let Some(pointer) = picture.hover_pos() {
            let wheel = ui.input(|input| input.smooth_scroll_delta().y / 200.0);
            let zoom = (self.zoom * wheel.exp()).clamp(1.0, MAX_ZOOM);
            let from_middle = (pointer - place.center()) / place.width();
            let moved = from_middle * (1.0 / self.zoom - 1.0 / zoom);
            self.zoom = zoom;
            self.move_by(moved);
        }
        if picture.dragged_by(egui::PointerButton::Primary) {
            self.move_by(-picture.drag_delta() / place.width() / self.zoom);
        }
    }

    /// Never past the edge of the plane.
    fn move_by(&mut self, by: Vec2) {
        let half = 0.5 / self.zoom;
        let moved = [self.middle[0] + by.x, self.middle[1] + by.y];
        self.middle = moved.map(|x| x.clamp(half, 1.0 - half));
    }

    /// Right and left make the window wider and narrower, up and down brighter and darker.
    fn window_by(&mut self, by: Vec2) {
        let [low, high] = self.window;
        let width = ((high - low) * (1.0 + 2.0 * by.x)).clamp(0.02, 2.0);
        let level = ((low + high) / 2.0 + by.y).clamp(-0.5, 1.5);
        self.set_window([level - width / 2.0, level + width / 2.0]);
    }

    fn set_window(&mut self, window: [f32; 2]) {
        if window != self.window {
            self.window = window;
            let picture = gray(&self.values, window);
            self.texture.set(picture, egui::TextureOptions::LINEAR);
        }
    }
}

/// A plane as gray pixels. 16 bits become 8 here and nowhere else.
fn gray(values: &[u8], [low, high]: [f32; 2]) -> egui::ColorImage {
    let shade = |&value: &u8| {
        let unit = (f32::from(value) / 255.0 - low) / (high - low);
        (unit.clamp(0.0, 1.0) * 255.0).round() as u8
    };
    let gray: Vec<u8> = values.iter().map(shade).collect();
    egui::ColorImage::from_gray([PLANE_SIZE, PLANE_SIZE], &gray)
}
