//! One picture: its pixels, what is written on it, and what the mouse does to it.

use super::desk::{Desk, MAX_SCANS};
use super::keys::Drag;
use super::{Command, Ctx, Gpu, theme};
use crate::render::{
    Difference, LayerStyle, PreparedSlice, SlicePicture, SlicePipeline, VolumeTexture,
};
use crate::volume::{EdgeLetters, Orientation, Plane, PlaneView, Window};
use eframe::egui::{self, Align2, FontId, Pos2, Rect, Sense, emath::GuiRounding};
use eframe::egui_wgpu::{Callback, CallbackResources, CallbackTrait, ScreenDescriptor};
use eframe::wgpu;
use nalgebra::Point3;
use std::sync::{Arc, OnceLock};

/// What a pane shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Content {
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

impl Content {
    fn name(self, desk: &Desk) -> String {
        match self {
            Self::Layers => "",
            Self::Real => "Real",
            Self::Predicted => "Predicted",
            Self::Difference if desk.difference.signed => "Predicted - real",
            Self::Difference => "|Predicted - real|",
            Self::Scan(at) => return scan_name(desk, at),
        }
        .to_owned()
    }

    /// The panes that show the plane's frame where several show the plane.
    fn is_first(self, desk: &Desk) -> bool {
        match self {
            Self::Layers | Self::Real => true,
            Self::Predicted | Self::Difference => false,
            Self::Scan(at) => desk.by_hours().first() == Some(&at),
        }
    }
}

/// The pane of a plane and content, which there is at most once in the window.
fn id(plane: Plane, content: Content) -> egui::Id {
    egui::Id::unique(("pane", plane.name(), content))
}

/// Whether the keyboard's focus is on a pane, which then takes the viewer's keys.
pub(super) fn has_focus(focused: egui::Id) -> bool {
    let contents = [
        Content::Layers,
        Content::Real,
        Content::Predicted,
        Content::Difference,
    ];
    let scans = (0..MAX_SCANS).map(Content::Scan);
    contents.into_iter().chain(scans).any(|content| {
        Plane::ALL
            .iter()
            .any(|&plane| id(plane, content) == focused)
    })
}

/// Shows one pane in a rectangle of the window.
pub(super) fn ui(ctx: &Ctx<'_>, ui: &egui::Ui, rect: Rect, plane: Plane, content: Content) {
    let desk = ctx.desk;
    let scale = ui.ctx().pixels_per_point();
    let rect = rect.round_to_pixels(scale);
    let response = ui.interact(rect, id(plane, content), Sense::click_and_drag());
    let painter = ui.painter_at(rect);
    painter.rect_filled(rect, 0.0, theme::BEHIND_PICTURE);
    let Some(view) = view(desk, plane, rect, scale) else {
        return;
    };
    let layers = layers(desk, content);
    let difference = (content == Content::Difference).then_some(desk.difference);
    painter.add(Callback::new_paint_callback(
        rect,
        Picture::new(ctx.gpu, view, layers, difference),
    ));
    let letters = view.letters(desk.orientation());
    let geometry = Geometry { rect, scale, view };
    if desk.show_crosshair {
        crosshair(&painter, &geometry, desk.crosshair);
    }
    written(&painter, desk, rect, plane, content, letters);
    if content == Content::Difference {
        // Between the position and the letter at the edge.
        let bar = Rect::from_min_max(
            rect.right_top() + egui::vec2(-18.0, 32.0),
            egui::pos2(rect.right() - 8.0, rect.center().y - 20.0),
        );
        colour_bar(&painter, bar, &desk.difference.style);
    }
    if desk.active == plane && content.is_first(desk) {
        painter.rect_stroke(
            rect,
            0.0,
            egui::Stroke::new(1.0, theme::ACTIVE),
            egui::StrokeKind::Inside,
        );
    }
    response.widget_info(|| {
        let label = label(desk, plane, content, letters);
        egui::WidgetInfo::labeled(egui::Role::Image, true, label)
    });
    mouse(ctx, ui, &response, &geometry, plane, content);
}

/// What a screen reader says of a pane.
fn label(desk: &Desk, plane: Plane, content: Content, letters: EdgeLetters) -> String {
    let name = content.name(desk);
    let name = if name.is_empty() {
        String::new()
    } else {
        format!(" {name}")
    };
    format!(
        "{}{name} at {}, {} left, {} right, {} top, {} bottom",
        plane.name(),
        position_text(desk, plane),
        letters.left,
        letters.right,
        letters.top,
        letters.bottom
    )
}

/// Points of the window, pixels of the picture and the world.
struct Geometry {
    rect: Rect,
    scale: f32,
    view: PlaneView,
}

impl Geometry {
    fn to_world(&self, pos: Pos2) -> Point3<f64> {
        let pixel = (pos - self.rect.min) * self.scale;
        self.view.to_world([f64::from(pixel.x), f64::from(pixel.y)])
    }

    fn to_screen(&self, point_in_world: Point3<f64>) -> Pos2 {
        let [x, y] = self.view.to_pixel(point_in_world);
        self.rect.min + egui::vec2(x as f32, y as f32) / self.scale
    }
}

/// The part of a plane that a pane shows: all of the first scan at zoom 1.
fn view(desk: &Desk, plane: Plane, rect: Rect, scale: f32) -> Option<PlaneView> {
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

fn layers(desk: &Desk, content: Content) -> Vec<(Arc<VolumeTexture>, LayerStyle)> {
    desk.layers
        .iter()
        .enumerate()
        .filter(|(at, layer)| match content {
            Content::Layers => layer.visible,
            Content::Real => *at == 0,
            Content::Predicted => *at == 1,
            Content::Difference => *at < 2,
            Content::Scan(shown) => *at == shown,
        })
        .map(|(_, layer)| (layer.scan.texture.clone(), layer.style))
        .collect()
}

/// A picture on its way to the GPU. What `prepare` makes lives here, so that each view of each
/// frame has its own and none outlives the frame.
struct Picture {
    picture: SlicePicture<Arc<VolumeTexture>>,
    pipeline: Arc<SlicePipeline>,
    prepared: OnceLock<PreparedSlice>,
}

impl Picture {
    fn new(
        gpu: &Gpu,
        view: PlaneView,
        layers: Vec<(Arc<VolumeTexture>, LayerStyle)>,
        difference: Option<Difference>,
    ) -> Self {
        let [r, g, b, _] = theme::BEHIND_PICTURE.to_array();
        Self {
            picture: SlicePicture {
                view,
                layers,
                difference,
                background: [r, g, b],
            },
            pipeline: gpu.pipeline.clone(),
            prepared: OnceLock::new(),
        }
    }
}

impl CallbackTrait for Picture {
    fn prepare(
        &self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        _screen: &ScreenDescriptor,
        _encoder: &mut wgpu::CommandEncoder,
        _resources: &mut CallbackResources,
    ) -> Vec<wgpu::CommandBuffer> {
        self.prepared
            .get_or_init(|| self.pipeline.prepare(device, queue, &self.picture));
        Vec::new()
    }

    fn paint(
        &self,
        _info: egui::PaintCallbackInfo,
        pass: &mut wgpu::RenderPass<'static>,
        _resources: &CallbackResources,
    ) {
        if let Some(prepared) = self.prepared.get() {
            self.pipeline.paint(pass, prepared);
        }
    }
}

/// Two lines with a gap, so that what they point at is seen.
fn crosshair(painter: &egui::Painter, geometry: &Geometry, point: Point3<f64>) {
    const GAP: f32 = 9.0;
    let at = geometry.to_screen(point);
    let rect = geometry.rect;
    let stroke = egui::Stroke::new(1.0, theme::CROSSHAIR);
    for range in [rect.left()..=at.x - GAP, at.x + GAP..=rect.right()] {
        if range.start() < range.end() {
            painter.hline(range, at.y, stroke);
        }
    }
    for range in [rect.top()..=at.y - GAP, at.y + GAP..=rect.bottom()] {
        if range.start() < range.end() {
            painter.vline(at.x, range, stroke);
        }
    }
}

fn written(
    painter: &egui::Painter,
    desk: &Desk,
    rect: Rect,
    plane: Plane,
    content: Content,
    letters: EdgeLetters,
) {
    // Below this width the writing would run into itself.
    let narrow = rect.width() < 240.0;
    let rect = rect.shrink(5.0);
    let big = FontId::proportional(if narrow { 13.0 } else { 16.0 });
    for (pos, align, letter) in [
        (rect.left_center(), Align2::LEFT_CENTER, letters.left),
        (rect.right_center(), Align2::RIGHT_CENTER, letters.right),
        (rect.center_top(), Align2::CENTER_TOP, letters.top),
        (rect.center_bottom(), Align2::CENTER_BOTTOM, letters.bottom),
    ] {
        shadowed(painter, pos, align, &letter.to_string(), big.clone());
    }
    let small = FontId::proportional(13.0);
    let name = content.name(desk);
    let caption = if name.is_empty() {
        plane.name().to_owned()
    } else if narrow {
        name
    } else {
        format!("{name}, {}", plane.name().to_lowercase())
    };
    shadowed(
        painter,
        rect.left_top(),
        Align2::LEFT_TOP,
        &caption,
        small.clone(),
    );
    // All columns lie at the same place; where there is little room the first says it.
    if !narrow || content.is_first(desk) {
        shadowed(
            painter,
            rect.right_top(),
            Align2::RIGHT_TOP,
            &position_text(desk, plane),
            small,
        );
    }
}

pub(super) fn shadowed(
    painter: &egui::Painter,
    pos: Pos2,
    align: Align2,
    text: &str,
    font: FontId,
) {
    let galley = painter.layout_no_wrap(text.to_owned(), font, theme::ON_PICTURE);
    let rect = align.anchor_size(pos, galley.size());
    painter.rect_filled(rect.expand2(egui::vec2(3.0, 1.0)), 3.0, theme::UNDER_TEXT);
    painter.galley(rect.min, galley, theme::ON_PICTURE);
}

/// A scan of a time series: its hours, or its name where they are not known.
pub(super) fn scan_name(desk: &Desk, at: usize) -> String {
    desk.layers.get(at).map_or_else(String::new, |layer| {
        layer
            .hours
            .map_or_else(|| layer.scan.name.clone(), hours_text)
    })
}

/// Hours after injection, as `24 h` or `1.5 h`; before it, in words.
pub(super) fn hours_text(hours: f64) -> String {
    if hours <= 0.0 {
        return "Before".to_owned();
    }
    let tenths = (hours * 10.0).round() / 10.0;
    format!("{tenths} h")
}

/// Where a plane lies along its normal, as `S 12.0 mm`.
pub(super) fn position_text(desk: &Desk, plane: Plane) -> String {
    axis_text(
        desk,
        plane.normal_axis(),
        desk.crosshair[plane.normal_axis()],
    ) + " mm"
}

/// A coordinate with the side it lies on, as `L 3.5`.
pub(super) fn axis_text(desk: &Desk, axis: usize, mm: f64) -> String {
    if desk.orientation() == Orientation::Unknown {
        return format!("{} {mm:.1}", ["x", "y", "z"][axis]);
    }
    let letters = [["R", "L"], ["A", "P"], ["S", "I"]][axis];
    // Rounded first, so that -0.04 is not called left.
    let tenths = (mm * 10.0).round();
    let letter = letters[usize::from(tenths < 0.0)];
    format!("{letter} {:.1}", tenths.abs() / 10.0)
}

/// A bar of a style's colours with the numbers of its ends.
pub(super) fn colour_bar(painter: &egui::Painter, rect: Rect, style: &LayerStyle) {
    const STEPS: u32 = 64;
    let upright = rect.height() > rect.width();
    // One mesh, as rectangles side by side leave seams where they end between pixels.
    let mut mesh = egui::Mesh::default();
    for step in 0..=STEPS {
        let share = step as f32 / STEPS as f32;
        let value = if style.invert { 1.0 - share } else { share };
        let colour = style.colormap.colour(value);
        let [r, g, b] = colour.map(|c| (c * 255.0 + 0.5) as u8);
        let across = match upright {
            true => {
                let y = egui::lerp(rect.bottom()..=rect.top(), share);
                [egui::pos2(rect.left(), y), egui::pos2(rect.right(), y)]
            }
            false => {
                let x = egui::lerp(rect.left()..=rect.right(), share);
                [egui::pos2(x, rect.top()), egui::pos2(x, rect.bottom())]
            }
        };
        for end in across {
            mesh.colored_vertex(end, egui::Color32::from_rgb(r, g, b));
        }
        if step > 0 {
            let at = 2 * step;
            mesh.add_triangle(at - 2, at - 1, at);
            mesh.add_triangle(at - 1, at, at + 1);
        }
    }
    painter.add(mesh);
    if upright {
        let font = FontId::proportional(12.0);
        let ends = [
            (rect.left_top(), Align2::RIGHT_TOP, style.window.high),
            (rect.left_bottom(), Align2::RIGHT_BOTTOM, style.window.low),
        ];
        for (pos, align, value) in ends {
            let pos = pos - egui::vec2(6.0, 0.0);
            shadowed(painter, pos, align, &number(f64::from(value)), font.clone());
        }
    }
}

/// A value with four digits that matter.
pub(super) fn number(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 {
        "0".to_owned()
    } else if size >= 1000.0 {
        if size < 1e7 {
            format!("{value:.0}")
        } else {
            format!("{value:.3e}")
        }
    } else if size >= 1.0 {
        let text = format!("{value:.2}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else if size >= 1e-3 {
        format!("{value:.4}")
    } else {
        format!("{value:.3e}")
    }
}

fn mouse(
    ctx: &Ctx<'_>,
    ui: &egui::Ui,
    response: &egui::Response,
    geometry: &Geometry,
    plane: Plane,
    content: Content,
) {
    let desk = ctx.desk;
    if response.gained_focus() {
        ctx.push(Command::Activate(plane));
    }
    if response.has_focus() {
        // Arrows move through the scan; Tab still moves the focus on.
        let arrows = egui::EventFilter {
            horizontal_arrows: true,
            vertical_arrows: true,
            ..Default::default()
        };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, arrows));
    }
    if let Some(pos) = response.hover_pos() {
        let point = geometry.to_world(pos);
        if desk.hover != Some(point) {
            ctx.push(Command::Hover(Some(point)));
        }
        wheel(ctx, ui, plane, point);
    }
    if response.clicked() || response.drag_started() {
        ctx.push(Command::Activate(plane));
    }
    if response.double_clicked() {
        ctx.push(Command::Maximise(desk.maximised.is_none().then_some(plane)));
    } else if response.clicked()
        && let Some(pos) = response.interact_pointer_pos()
    {
        ctx.push(Command::Crosshair(geometry.to_world(pos)));
    }
    for (button, drag) in desk.preset.drags() {
        if response.dragged_by(button) {
            let delta = response.drag_delta();
            if delta != egui::Vec2::ZERO || drag == Drag::Crosshair {
                dragged(ctx, response, geometry, plane, content, drag, delta);
            }
        }
    }
}

fn dragged(
    ctx: &Ctx<'_>,
    response: &egui::Response,
    geometry: &Geometry,
    plane: Plane,
    content: Content,
    drag: Drag,
    delta: egui::Vec2,
) {
    let desk = ctx.desk;
    let Some(pos) = response.interact_pointer_pos() else {
        return;
    };
    match drag {
        Drag::Crosshair => ctx.push(Command::Crosshair(geometry.to_world(pos))),
        Drag::Pan => {
            let by_mm = geometry.to_world(pos - delta) - geometry.to_world(pos);
            ctx.push(Command::Pan { plane, by_mm });
        }
        Drag::Zoom => ctx.push(Command::Zoom {
            plane,
            factor: f64::from(-delta.y * 0.01).exp(),
            about: desk.crosshair,
        }),
        Drag::Window if content == Content::Difference => {
            let window = desk.difference.style.window;
            let reach = window.high * (delta.x * 0.005).exp();
            let low = if desk.difference.signed { -reach } else { 0.0 };
            ctx.push(Command::DifferenceWindow(Window::new(low, reach)));
        }
        Drag::Window => {
            // In the compare layout the first two are windowed together.
            let at = if content == Content::Layers {
                desk.selected
            } else {
                0
            };
            if let Some(layer) = desk.layers.get(at) {
                let per_point = layer.scan.auto.width() / 300.0;
                let window = layer.style.window;
                let width = (window.width() + delta.x * per_point).max(per_point);
                let level = window.level() + delta.y * per_point;
                ctx.push(Command::Style {
                    layer: at,
                    style: LayerStyle {
                        window: Window::from_level(level, width),
                        ..layer.style
                    },
                });
            }
        }
    }
}

/// A notch of a wheel is a slice; a touch pad needs some way for one.
fn wheel(ctx: &Ctx<'_>, ui: &egui::Ui, plane: Plane, point: Point3<f64>) {
    const POINTS_A_SLICE: f32 = 20.0;
    let id = egui::Id::unique("wheel rest");
    let (mut slices, mut zoom) = (0.0, 0.0);
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
                    egui::MouseWheelUnit::Point => delta.y / POINTS_A_SLICE,
                    egui::MouseWheelUnit::Line => delta.y,
                    egui::MouseWheelUnit::Page => delta.y * 10.0,
                };
                if modifiers.command {
                    zoom += notches;
                } else {
                    slices += notches;
                }
            }
        }
    });
    if zoom != 0.0 {
        ctx.push(Command::Zoom {
            plane,
            factor: f64::from(zoom * 0.15).exp(),
            about: point,
        });
    }
    if slices != 0.0 {
        let rest: f32 = ui.data(|data| data.get_temp(id)).unwrap_or(0.0);
        let sum = rest + slices;
        let whole = sum.trunc();
        ui.data_mut(|data| data.insert_temp(id, sum - whole));
        if whole != 0.0 {
            ctx.push(Command::Step {
                plane,
                slices: f64::from(whole),
            });
        }
    }
}
