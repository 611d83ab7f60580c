//! The window of the chosen scan over the histogram of its values: ends that are dragged or typed, rules,
//! and the region that it can be taken from.

use super::value_keys::rule_key;
use crate::app::shell::{labelled, theme};
use crate::app::viewer::{
    Context, Edit, Layer, Request,
    measuring::NO_REGION,
    text::{full_name, number, with_key},
};
use crate::render::LayerStyle;
use crate::volume::{Histogram, Window, WindowRule};
use eframe::egui::{self, Align2, FontId, Key, Pos2, Rect, Sense, Stroke, pos2, vec2};

/// How far about an end the mouse takes it, points.
const REACH: f32 = 6.0;
/// A press of an arrow key moves an end by this share of the histogram; with Shift by ten times as much.
const STEP: f64 = 1.0 / 256.0;

pub(super) fn ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    egui::Panel::bottom("window of a scan")
        .resizable(true)
        .default_size(168.0)
        .size_range(130.0..=360.0)
        .show(ui, |ui| {
            let why = match ctx.desk.windowed() {
                Ok(layer) => return layer_ui(ctx, ui, layer),
                Err(why) => why,
            };
            ui.horizontal(|ui| {
                ui.strong("Window");
                close_ui(ctx, ui, "");
            });
            ui.weak(why);
        });
}

fn layer_ui(ctx: &Context<'_>, ui: &mut egui::Ui, layer: &Layer) {
    ui.horizontal(|ui| {
        ui.strong("Window");
        numbers_ui(ctx, ui, layer);
        close_ui(ctx, ui, &full_name(ctx.desk, ctx.desk.selected));
    });
    rules_ui(ctx, ui, layer);
    let values = ctx.desk.windowing.of(&layer.filed);
    match values {
        Some(values) => histogram_ui(ctx, ui, layer, &values.histogram),
        None if ctx.desk.windowing.is_counted(&layer.filed) => {
            ui.weak("No voxel has a value that is a number");
        }
        None => {
            ui.weak("Its values are being counted");
        }
    }
}

/// The button at the right, with whose window it is before it.
fn close_ui(ctx: &Context<'_>, ui: &mut egui::Ui, whose: &str) {
    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
        let close = ui.small_button("×");
        close.widget_info(|| {
            egui::WidgetInfo::labeled(egui::Role::Button, true, "Close the histogram")
        });
        if close.on_hover_text(with_key("Close", "Shift W")).clicked() {
            ctx.edit(Edit::ShowHistogram(false));
        }
        ui.add(egui::Label::new(egui::RichText::new(whose).weak()).truncate());
    });
}

fn set(ctx: &Context<'_>, layer: &Layer, window: Window) {
    if window != layer.style.window {
        let style = LayerStyle {
            window,
            ..layer.style
        };
        ctx.edit(Edit::Style(ctx.desk.selected, style));
    }
}

/// Both ends, and the same as middle and width.
fn numbers_ui(ctx: &Context<'_>, ui: &mut egui::Ui, layer: &Layer) {
    let window = layer.style.window;
    let speed = f64::from(layer.scan.auto.width()) / 300.0;
    let mut field = |name: &str, value: f32, words: &str| -> Option<f32> {
        let mut now = value;
        let field = egui::DragValue::new(&mut now)
            .speed(speed)
            .update_while_editing(false)
            .custom_formatter(|value, _| number(value));
        let field = labelled(ui, name, field).on_hover_text(words);
        let is_other = now.is_finite() && number(now.into()) != number(value.into());
        (field.changed() && is_other).then_some(now)
    };
    // A field shows four digits; only what was changed is taken from it.
    let low = field(
        "Low",
        window.low,
        "Drawn as the first colour, black in gray",
    );
    let high = field(
        "High",
        window.high,
        "Drawn as the last colour, white in gray",
    );
    let level = field("Level", window.level(), "The middle of the window");
    let width = field("Width", window.width(), "From one end to the other");
    let (to_low, to_high) = (low.unwrap_or(window.low), high.unwrap_or(window.high));
    if (low.is_some() || high.is_some()) && to_low < to_high {
        set(ctx, layer, Window::new(to_low, to_high));
    }
    let (to_level, to_width) = (
        level.unwrap_or(window.level()),
        width.unwrap_or(window.width()),
    );
    if (level.is_some() || width.is_some()) && to_width > 0.0 {
        set(ctx, layer, Window::from_level(to_level, to_width));
    }
}

/// Windows by a rule, and of a region.
fn rules_ui(ctx: &Context<'_>, ui: &mut egui::Ui, layer: &Layer) {
    let values = ctx.desk.windowing.of(&layer.filed);
    ui.horizontal_wrapped(|ui| {
        for rule in WindowRule::ALL {
            let by_rule = match rule {
                WindowRule::Auto => Some(layer.scan.auto),
                _ => values.and_then(|values| values.window(rule)),
            };
            let is_set = by_rule == Some(layer.style.window);
            let button = ui.selectable_label(is_set, rule.name());
            let words = match by_rule {
                Some(window) => {
                    let [low, high] = [window.low, window.high].map(|end| number(end.into()));
                    format!("{}: {low} to {high}", rule.words())
                }
                None => rule.words().to_owned(),
            };
            if button
                .on_hover_text(with_key(&words, rule_key(rule)))
                .clicked()
            {
                ctx.request(Request::WindowRule(rule));
            }
        }
        ui.separator();
        let region = ctx.desk.region_for_window();
        let button = ui.add_enabled(region.is_some(), egui::Button::new("Of the region"));
        let words = match &region {
            Some((_, name)) => {
                format!("Mean of this scan in it and 2 standard deviations to both sides: {name}")
            }
            None => NO_REGION.to_owned(),
        };
        let words = with_key(&words, "Ctrl 7");
        let button = button.on_hover_text(&words).on_disabled_hover_text(words);
        if button.clicked() {
            ctx.request(Request::WindowOfRegion);
        }
    });
}

/// A part of the histogram, which there is at most once in the window.
fn id(part: &str) -> egui::Id {
    egui::Id::unique(("window of a scan", part))
}

/// Where values lie on the screen.
struct Scale {
    rect: Rect,
    range: [f64; 2],
}

impl Scale {
    fn to_x(&self, value: f64) -> f32 {
        let [low, high] = self.range;
        let share = ((value - low) / (high - low)).clamp(0.0, 1.0);
        egui::lerp(self.rect.left()..=self.rect.right(), share as f32)
    }

    fn to_value(&self, x: f32) -> f64 {
        let [low, high] = self.range;
        let share = f64::from((x - self.rect.left()) / self.rect.width().max(1.0));
        low + share.clamp(0.0, 1.0) * (high - low)
    }

    fn width(&self) -> f64 {
        self.range[1] - self.range[0]
    }
}

fn histogram_ui(ctx: &Context<'_>, ui: &mut egui::Ui, layer: &Layer, histogram: &Histogram) {
    let size = vec2(ui.available_width(), ui.available_height().max(40.0));
    let (all, _) = ui.allocate_exact_size(size, Sense::hover());
    // The numbers of the ends stand below the bars.
    let rect = Rect::from_min_max(all.min + vec2(REACH, 2.0), all.max - vec2(REACH, 16.0));
    let scale = Scale {
        rect,
        range: histogram.range,
    };
    bars(ui, &scale, histogram);
    written(ui, &scale, histogram);
    let window = layer.style.window;
    let [low, high] = [window.low, window.high].map(|end| scale.to_x(end.into()));
    let text = told(ui, &scale, histogram);
    middle_ui(ctx, ui, layer, &scale, ([low, high], &text));
    // After the middle, so that the mouse finds them above it.
    for (end, x) in [(End::Low, low), (End::High, high)] {
        end_ui(ctx, ui, layer, &scale, (end, x));
    }
}

/// A bar for each bin, on a scale of logarithms: beside all of the background the tissue would not be seen.
fn bars(ui: &egui::Ui, scale: &Scale, histogram: &Histogram) {
    let rect = scale.rect;
    let painter = ui.painter_at(rect);
    painter.rect_filled(rect, 0.0, ui.visuals().extreme_bg_color);
    let most = histogram.counts.iter().copied().max().unwrap_or(0);
    let most = (most as f64).ln_1p().max(1.0);
    let colour = theme::interval(ui.visuals());
    let width = rect.width() / histogram.counts.len() as f32;
    let mut mesh = egui::Mesh::default();
    for (bin, &n) in histogram.counts.iter().enumerate() {
        if n > 0 {
            let height = ((n as f64).ln_1p() / most) as f32 * rect.height();
            let left = rect.left() + width * bin as f32;
            let bar = Rect::from_min_max(
                pos2(left, rect.bottom() - height.max(1.0)),
                pos2(left + width, rect.bottom()),
            );
            mesh.add_colored_rect(bar, colour);
        }
    }
    painter.add(mesh);
}

/// The ends of the scale, and how many values lie beyond them or are not numbers.
fn written(ui: &egui::Ui, scale: &Scale, histogram: &Histogram) {
    let painter = ui.painter();
    let colour = ui.visuals().weak_text_color();
    let font = FontId::proportional(12.0);
    let below = |x: f32| pos2(x, scale.rect.bottom() + 2.0);
    let [low, high] = histogram.range.map(number);
    let mut middle = "Voxels by value, on a logarithmic scale".to_owned();
    let n_beyond: u64 = histogram.n_beyond.iter().sum();
    if n_beyond > 0 {
        let [least, greatest] = histogram.ends.map(|end| number(end.into()));
        middle += &format!("; {n_beyond} lie beyond, from {least} to {greatest}");
    }
    if histogram.n_not_finite > 0 {
        middle += &format!("; {} are not numbers", histogram.n_not_finite);
    }
    for (x, align, text) in [
        (scale.rect.left(), Align2::LEFT_TOP, low),
        (scale.rect.center().x, Align2::CENTER_TOP, middle),
        (scale.rect.right(), Align2::RIGHT_TOP, high),
    ] {
        painter.text(below(x), align, text, font.clone(), colour);
    }
}

/// What the bars say to a screen reader, and under the pointer, which is answered.
fn told(ui: &egui::Ui, scale: &Scale, histogram: &Histogram) -> String {
    let bars = ui.interact(scale.rect, id("bars"), Sense::hover());
    bars.widget_info(|| {
        let [low, high] = histogram.range.map(number);
        let label = format!("Histogram of the scan, values from {low} to {high}");
        egui::WidgetInfo::labeled(egui::Role::Image, true, label)
    });
    let pos = ui.input(|input| input.pointer.hover_pos());
    let Some(pos) = pos.filter(|pos| scale.rect.contains(*pos)) else {
        return String::new();
    };
    let bin_width = scale.width() / histogram.counts.len() as f64;
    let bin = ((scale.to_value(pos.x) - scale.range[0]) / bin_width) as usize;
    let bin = bin.min(histogram.counts.len() - 1);
    let from = scale.range[0] + bin as f64 * bin_width;
    let (n, from, to) = (
        histogram.counts[bin],
        number(from),
        number(from + bin_width),
    );
    let text = format!("{from} to {to}: {n} voxels");
    bars.on_hover_text_at_pointer(&text);
    text
}

/// Between the ends: dragged, it moves both.
fn middle_ui(
    ctx: &Context<'_>,
    ui: &egui::Ui,
    layer: &Layer,
    scale: &Scale,
    ([low, high], text): ([f32; 2], &str),
) {
    let between = Rect::from_x_y_ranges(low..=high, scale.rect.y_range());
    let painter = ui.painter_at(scale.rect);
    let veil = theme::ACTIVE.gamma_multiply(0.18);
    painter.rect_filled(between, 0.0, veil);
    // What is drawn of a value: from the first colour to the last.
    let ends = [pos2(low, scale.rect.bottom()), pos2(high, scale.rect.top())];
    painter.line_segment(ends, Stroke::new(1.0, theme::ACTIVE));
    let middle = ui.interact(between, id("middle"), Sense::drag());
    let middle = middle.on_hover_cursor(egui::CursorIcon::Grab);
    let words = "Dragged, or moved with the arrow keys, both ends go along";
    let middle = middle.on_hover_text_at_pointer(format!("{words}\n{text}").trim());
    middle.widget_info(|| {
        let level = f64::from(layer.style.window.level());
        egui::WidgetInfo::slider(true, level, "Middle of the window")
    });
    let points = f64::from(scale.rect.width().max(1.0));
    let mut by = by_keys(ui, &middle) * scale.width();
    if middle.dragged() {
        by += f64::from(middle.drag_delta().x) / points * scale.width();
    }
    if by != 0.0 {
        let Window { low, high } = layer.style.window;
        let [low, high] = [low, high].map(|end| (f64::from(end) + by) as f32);
        set(ctx, layer, Window::new(low, high));
    }
}

#[derive(Clone, Copy, PartialEq)]
enum End {
    Low,
    High,
}

/// One end of the window: dragged by the mouse, or moved by arrow keys where it has the focus.
fn end_ui(ctx: &Context<'_>, ui: &egui::Ui, layer: &Layer, scale: &Scale, (end, x): (End, f32)) {
    let name = match end {
        End::Low => "Low end of the window",
        End::High => "High end of the window",
    };
    let x_range = x - REACH..=x + REACH;
    let area = Rect::from_x_y_ranges(x_range, scale.rect.y_range());
    let handle = ui.interact(area, id(name), Sense::drag());
    let handle = handle.on_hover_cursor(egui::CursorIcon::ResizeHorizontal);
    let handle = handle.on_hover_text(format!("{name}: drag it, or move it with the arrow keys"));
    let window = layer.style.window;
    let value = f64::from(match end {
        End::Low => window.low,
        End::High => window.high,
    });
    handle.widget_info(|| egui::WidgetInfo::slider(true, value, name));
    let width = match handle.hovered() || handle.dragged() || handle.has_focus() {
        true => 3.0,
        false => 1.5,
    };
    let painter = ui.painter();
    painter.vline(x, scale.rect.y_range(), Stroke::new(width, theme::ACTIVE));
    let grip = Pos2::new(x, scale.rect.center().y);
    painter.circle_filled(grip, 4.0, theme::ACTIVE);
    let dragged = handle.interact_pointer_pos().filter(|_| handle.dragged());
    let by_keys = by_keys(ui, &handle);
    let to = match dragged {
        Some(pos) => scale.to_value(pos.x),
        None if by_keys != 0.0 => value + by_keys * scale.width(),
        None => return,
    };
    // One end does not go past the other.
    let least = scale.width() * 1e-3;
    let Window { low, high } = window;
    let window = match end {
        End::Low => Window::new(to.min(f64::from(high) - least) as f32, high),
        End::High => Window::new(low, to.max(f64::from(low) + least) as f32),
    };
    set(ctx, layer, window);
}

/// By which share of the scale arrow keys move what has the focus.
fn by_keys(ui: &egui::Ui, response: &egui::Response) -> f64 {
    if !response.has_focus() {
        return 0.0;
    }
    let arrows = egui::EventFilter {
        horizontal_arrows: true,
        ..Default::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, arrows));
    ui.input(|input| {
        let pressed = |key: Key| f64::from(u8::from(input.key_pressed(key)));
        let by = pressed(Key::ArrowRight) - pressed(Key::ArrowLeft);
        match input.modifiers.shift {
            true => by * 10.0 * STEP,
            false => by * STEP,
        }
    })
}
