//! What is written in the corners of a picture: which scan, where, how it is windowed and how large it is
//! drawn. In a small picture the name stays, then the slice.

use super::content::PaneContent;
use crate::app::shell::theme;
use crate::app::viewer::{
    Desk, Layer, WindowLink,
    paint::shadowed,
    text::{compared_name, full_name, number, position_text},
};
use crate::volume::{EdgeLetters, Grid, Plane, Window};
use crate::workflows::shortened;
use eframe::egui::{Align2, FontId, Painter, Rect, Stroke, pos2, vec2};

/// Below this width the writing would run into itself.
const NARROW: f32 = 240.0;
/// Below this height only the upper corners are written in.
const LOW: f32 = 170.0;
/// From line to line.
const LINE: f32 = 18.0;
/// Lengths of the scale bar, mm.
const LENGTHS_MM: [f64; 8] = [100.0, 50.0, 20.0, 10.0, 5.0, 2.0, 1.0, 0.5];

/// What there is to write on a pane.
pub(super) struct Corners<'a> {
    pub(super) desk: &'a Desk,
    pub(super) plane: Plane,
    pub(super) content: PaneContent,
    pub(super) name: &'a str,
    pub(super) letters: EdgeLetters,
    pub(super) mm_per_point: f64,
}

/// The slice of a pane, as a screen reader has it behind all else.
pub(super) fn slice_words(desk: &Desk, plane: Plane, content: PaneContent) -> String {
    let number = slice_number(desk, plane, content);
    number.map_or_else(String::new, |(n, of)| format!(", slice {n} of {of}"))
}

/// Which slice of its scan a pane shows, and of how many; none where it shows several grids or planes of a
/// prediction.
fn slice_number(desk: &Desk, plane: Plane, content: PaneContent) -> Option<(usize, usize)> {
    desk.slice_number(plane, grid_of(desk, plane, content)?)
}

fn grid_of(desk: &Desk, plane: Plane, content: PaneContent) -> Option<&Grid> {
    let grid_of_layer = |at: usize| {
        let layer = desk.layers.get(at)?;
        Some(layer.scan.volume.grid())
    };
    match content {
        PaneContent::Side(_) | PaneContent::Scan(_) => {
            grid_of_layer(content.windowed(desk, plane)?)
        }
        PaneContent::Layers | PaneContent::Pair | PaneContent::Difference => {
            desk.base().map(|base| base.volume.grid())
        }
        PaneContent::Made(_) | PaneContent::MadePair => None,
    }
}

/// What stands in which corner, as far as there is room.
struct Words {
    upper_left: Vec<String>,
    upper_right: Option<String>,
    lower_left: Vec<String>,
}

impl Corners<'_> {
    pub(super) fn write(&self, painter: &Painter, rect: Rect) {
        let is_narrow = rect.width() < NARROW;
        let small = FontId::proportional(13.0);
        let inner = rect.shrink(5.0);
        let width = |text: &str| {
            let galley = painter.layout_no_wrap(text.to_owned(), small.clone(), theme::ON_PICTURE);
            galley.size().x
        };
        let words = self.words(inner, is_narrow, &width);
        // The upper letter stands below what is written as far as the middle.
        let reaches = |line: &String| width(line) > inner.width() / 2.0 - 12.0;
        let n_above = words.upper_left.iter().rposition(reaches);
        let under = vec2(0.0, LINE * n_above.map_or(0.0, |row| row as f32 + 1.0));
        let big = FontId::proportional(if is_narrow { 13.0 } else { 16.0 });
        let letters = self.letters;
        for (pos, align, letter) in [
            (inner.left_center(), Align2::LEFT_CENTER, letters.left),
            (inner.right_center(), Align2::RIGHT_CENTER, letters.right),
            (inner.center_top() + under, Align2::CENTER_TOP, letters.top),
            (inner.center_bottom(), Align2::CENTER_BOTTOM, letters.bottom),
        ] {
            shadowed(painter, pos, align, &letter.to_string(), big.clone());
        }
        for (row, line) in words.upper_left.iter().enumerate() {
            let pos = inner.left_top() + vec2(0.0, LINE * row as f32);
            shadowed(painter, pos, Align2::LEFT_TOP, line, small.clone());
        }
        for (row, line) in words.lower_left.iter().rev().enumerate() {
            let pos = inner.left_bottom() - vec2(0.0, LINE * row as f32);
            shadowed(painter, pos, Align2::LEFT_BOTTOM, line, small.clone());
        }
        if let Some(position) = &words.upper_right {
            let pos = inner.right_top();
            shadowed(painter, pos, Align2::RIGHT_TOP, position, small.clone());
        }
        if self.is_written() && !is_narrow && rect.height() >= LOW {
            self.scale_bar(painter, inner, small);
        }
    }

    /// Whether more than names is written.
    fn is_written(&self) -> bool {
        self.desk.kept.settings.corner_text
    }

    fn words(&self, inner: Rect, is_narrow: bool, width: &dyn Fn(&str) -> f32) -> Words {
        let (desk, plane) = (self.desk, self.plane);
        let is_written = self.is_written();
        // All columns lie at the same place; where there is little room the first says it.
        let has_position = is_written && (!is_narrow || self.content.is_first(desk));
        let position = has_position.then(|| position_text(desk, plane));
        let beside = position.as_ref().map_or(8.0, |text| width(text) + 24.0);
        let room = inner.width() - beside;
        let mut upper_left = self.names(room, width);
        if is_written {
            let number = slice_number(desk, plane, self.content);
            let slice = number.filter(|_| has_position).and_then(|(n, of)| {
                let texts = [format!("Slice {n} of {of}"), format!("{n}/{of}")];
                texts
                    .into_iter()
                    .find(|text| width(text) < inner.width() - 8.0)
            });
            upper_left.extend(slice);
            let of_pair = self.window_of_pair();
            upper_left.extend(of_pair.filter(|text| !is_narrow && width(text) < inner.width()));
        }
        // The left letter stands in the middle.
        let most = ((inner.height() / 2.0 - 12.0) / LINE).floor().max(1.0) as usize;
        upper_left.truncate(most);
        let has_lower = is_written && !is_narrow && inner.height() >= LOW - 10.0;
        let lower_left = match has_lower {
            true => self.window_and_zoom(inner, width),
            false => Vec::new(),
        };
        Words {
            upper_left,
            upper_right: position,
            lower_left,
        }
    }

    /// Which scan, or which two, and the plane.
    fn names(&self, room: f32, width: &dyn Fn(&str) -> f32) -> Vec<String> {
        let (desk, plane) = (self.desk, self.plane.name());
        let short = |text: &str| shortened(text, |words| width(words) <= room);
        let with_plane = format!("{}, {}", self.name, plane.to_lowercase());
        match self.name {
            // What lies over each other has a name only while words are wanted.
            _ if self.content == PaneContent::Layers => {
                let scans = self.is_written().then(|| seen_name(desk)).flatten();
                let of_volume = match self.name {
                    "" => plane.to_owned(),
                    _ => with_plane,
                };
                let plane = self.is_written().then_some(of_volume);
                let scans = scans.map(|name| short(&name));
                scans.into_iter().chain(plane).collect()
            }
            "" => vec![plane.to_owned()],
            _ if width(&with_plane) < room => vec![with_plane],
            // Both of two names are to be seen.
            name => {
                let halves = self.content.in_halves(name);
                halves.iter().map(|text| short(text)).collect()
            }
        }
    }

    /// The window of the scan that a drag changes, where it is seen, and how large the picture is drawn.
    fn window_and_zoom(&self, inner: Rect, width: &dyn Fn(&str) -> f32) -> Vec<String> {
        let desk = self.desk;
        let view = self.content.view_of(desk, self.plane);
        let zoom = desk.view_state(view).zoom;
        let window = self.content.windowed(desk, self.plane);
        let is_here = |at: &usize| match self.content {
            PaneContent::Layers => is_seen(desk, *at),
            PaneContent::Pair => false,
            _ => true,
        };
        let window = window.filter(is_here);
        let window = window.and_then(|at| window_of(desk.layers.get(at)?));
        let lines = window
            .map(|window| {
                let [level, width] = [window.level(), window.width()];
                let [level, width] = [level, width].map(|value| number(f64::from(value)));
                format!("L {level}  W {width}")
            })
            .into_iter()
            .chain([format!("Zoom {zoom:.1}x")]);
        // The lower letter stands in the middle.
        lines
            .filter(|text| width(text) < inner.width() / 2.0 - 14.0)
            .collect()
    }

    /// The window of two that are compared, and which of them a drag changes it of.
    fn window_of_pair(&self) -> Option<String> {
        let desk = self.desk;
        if self.content != PaneContent::Pair {
            return None;
        }
        let at = self.content.windowed(desk, self.plane)?;
        let window = window_of(desk.layers.get(at)?)?;
        let [low, high] = [window.low, window.high].map(|value| number(f64::from(value)));
        Some(match desk.compare.link {
            WindowLink::Values => format!("Window of both {low} to {high}"),
            _ => format!("Window of {} {low} to {high}", compared_name(desk, at)),
        })
    }

    /// A bar at the lower right, and how long it is in the patient.
    fn scale_bar(&self, painter: &Painter, inner: Rect, font: FontId) {
        let points = |mm: f64| (mm / self.mm_per_point) as f32;
        let most = (inner.width() * 0.3).min(inner.width() / 2.0 - 20.0);
        // A picture that is looked at from very near or far has none.
        let fits = |mm: &f64| (8.0..=most).contains(&points(*mm));
        let Some(mm) = LENGTHS_MM.into_iter().find(fits) else {
            return;
        };
        let end = inner.right_bottom() - vec2(2.0, 4.0);
        let start = pos2(end.x - points(mm), end.y);
        let under = Rect::from_two_pos(start, end).expand2(vec2(3.0, 5.0));
        painter.rect_filled(under, 3.0, theme::UNDER_TEXT);
        let stroke = Stroke::new(1.5, theme::ON_PICTURE);
        painter.line_segment([start, end], stroke);
        for at in [start, end] {
            let up = vec2(0.0, 3.0);
            painter.line_segment([at - up, at + up], stroke);
        }
        let above = inner.right_bottom() - vec2(0.0, 10.0);
        shadowed(
            painter,
            above,
            Align2::RIGHT_BOTTOM,
            &format!("{mm} mm"),
            font,
        );
    }
}

/// The window of a scan; a label map has none.
fn window_of(layer: &Layer) -> Option<Window> {
    (!layer.is_labels).then_some(layer.style.window)
}

/// Whether a scan is drawn where all lie over each other.
fn is_seen(desk: &Desk, at: usize) -> bool {
    let layer = desk.layers.get(at);
    layer.is_some_and(|layer| layer.visible && !desk.is_hidden(layer))
}

/// The chosen scan where it is seen, or else the first that is, and how many others lie over each other.
fn seen_name(desk: &Desk) -> Option<String> {
    let seen: Vec<usize> = (0..desk.layers.len())
        .filter(|at| is_seen(desk, *at))
        .collect();
    let first = seen.contains(&desk.selected).then_some(desk.selected);
    let first = first.or_else(|| seen.first().copied())?;
    let name = full_name(desk, first);
    Some(match seen.len() {
        0 | 1 => name,
        n => format!("{name} and {} more", n - 1),
    })
}
