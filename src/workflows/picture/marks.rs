//! What lies over the pictures of a figure and beside them: letters of the sides, scale bars, colour bars,
//! rulers, words. All in units; how many pixels that is, is for whoever paints it.

use super::figure::{PictureBar, PicturePanel};
use super::words::{number_text, shortened, side_text};
use crate::render::Pairing;
use crate::report::collage::text_width;
use crate::report::scene::{Anchor, Ink, Scene};

/// Around words.
pub(super) const MARGIN: f64 = 8.0;
/// From line to line of notes.
pub(super) const LINE: f64 = 15.0;
/// The size of notes.
pub(super) const NOTE: f64 = 11.0;
/// How much room colour bars take at the right.
pub(super) const BAR_COLUMN: f64 = 108.0;

/// The size of letters, and in narrow panels.
const LETTER: f64 = 13.0;
const SMALL: f64 = 10.0;
/// Below this width a panel is narrow.
const NARROW: f64 = 200.0;
/// Of a panel's width, so much at most is the scale bar.
const MOST_OF_WIDTH: f64 = 0.3;
/// Lengths that such a bar may have, mm.
const LENGTHS_MM: [f64; 11] = [200.0, 100.0, 50.0, 20.0, 10.0, 5.0, 2.0, 1.0, 0.5, 0.2, 0.1];
/// Rulers and angles, and the crosshair, as the window has them.
const RULER: Ink = Ink::Exact([0x66, 0xd9, 0xe8]);
const CROSSHAIR: Ink = Ink::Exact([0x4c, 0x98, 0x74]);

/// A rectangle of units.
#[derive(Clone, Copy)]
struct Area {
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

impl Area {
    fn of(panel: &PicturePanel, scale: f64) -> Self {
        let [left, top] = panel.at.map(|pixels| f64::from(pixels) / scale);
        let [width, height] = panel.slice.view.size;
        Self {
            left,
            top,
            right: left + f64::from(width) / scale,
            bottom: top + f64::from(height) / scale,
        }
    }

    fn width(self) -> f64 {
        self.right - self.left
    }

    fn middle(self) -> [f64; 2] {
        [
            f64::midpoint(self.left, self.right),
            f64::midpoint(self.top, self.bottom),
        ]
    }

    /// The part of a line that lies within (Liang and Barsky 1984).
    fn clipped(self, [from, to]: [[f64; 2]; 2]) -> Option<[[f64; 2]; 2]> {
        let along = [to[0] - from[0], to[1] - from[1]];
        let (mut first, mut last) = (0.0_f64, 1.0_f64);
        let sides = [
            (-along[0], from[0] - self.left),
            (along[0], self.right - from[0]),
            (-along[1], from[1] - self.top),
            (along[1], self.bottom - from[1]),
        ];
        for (step, room) in sides {
            if step == 0.0 {
                if room < 0.0 {
                    return None;
                }
            } else if step < 0.0 {
                first = first.max(room / step);
            } else {
                last = last.min(room / step);
            }
        }
        let at = |share: f64| [from[0] + along[0] * share, from[1] + along[1] * share];
        (first <= last).then(|| [at(first), at(last)])
    }
}

/// Whether no panel before this one has the same pixels in mm.
pub(super) fn has_own_scale(panel: &PicturePanel, before: &[PicturePanel]) -> bool {
    let mm = panel.slice.view.mm_per_pixel();
    !before
        .iter()
        .any(|other| (other.slice.view.mm_per_pixel() / mm - 1.0).abs() < 1e-6)
}

/// What lies over a panel.
pub(super) fn panel_marks(
    scene: &mut Scene,
    panel: &PicturePanel,
    (scale, has_scale): (f64, bool),
) {
    let area = Area::of(panel, scale);
    let size = match area.width() < NARROW {
        true => SMALL,
        false => LETTER,
    };
    if has_scale {
        let mm_per_unit = panel.slice.view.mm_per_pixel() * scale;
        scale_bar(scene, area, (size, mm_per_unit));
    }
    let on_picture = |point| {
        let [x, y] = panel.slice.view.to_pixel(point);
        [area.left + x / scale, area.top + y / scale]
    };
    if let Some(point) = panel.crosshair {
        crosshair(scene, area, on_picture(point));
    }
    if let Some(Pairing::Swipe(share)) = panel.slice.pairing {
        let x = area.left + f64::from(share) * area.width();
        scene.line([x, area.top], [x, area.bottom], Ink::Grey, 1.0);
    }
    let mut taken = Vec::new();
    for line in &panel.lines {
        let points: Vec<[f64; 2]> = line.points.iter().map(|at| on_picture(*at)).collect();
        let colour = line.colour.map_or(RULER, Ink::Exact);
        let beside = line.beside.map(on_picture);
        measured(
            scene,
            area,
            (&points, colour),
            (beside, &line.text),
            &mut taken,
        );
    }
    let n_above = titles(scene, area, panel, size);
    letters(scene, area, panel, (size, n_above));
}

/// Its name on the left and where it lies on the right; answers how many lines reach the middle.
fn titles(scene: &mut Scene, area: Area, panel: &PicturePanel, size: f64) -> usize {
    let axis = panel.slice.view.plane.normal_axis();
    let at_mm = panel.slice.view.to_world([0.0, 0.0])[axis];
    let position = side_text(axis, at_mm, panel.orientation) + " mm";
    let top = area.top + MARGIN + size / 2.0;
    let edge = MARGIN * 0.75;
    let right = [area.right - edge, top];
    let beside = text_width(&position, size) + 2.0 * MARGIN;
    scene.text(right, position, size, Anchor::End, Ink::Black);
    let mut n_above = 0;
    let room = area.width() - 2.0 * edge;
    for (row, title) in panel.title.iter().enumerate() {
        let room = match row {
            0 => room - beside,
            _ => room,
        };
        let words = shortened(title, |words| text_width(words, size) <= room);
        if text_width(&words, size) > area.width() / 2.0 - 2.0 * MARGIN {
            n_above = row + 1;
        }
        let at = [area.left + edge, top + row as f64 * size * 1.35];
        scene.text(at, words, size, Anchor::Start, Ink::Black);
    }
    n_above
}

fn letters(scene: &mut Scene, area: Area, panel: &PicturePanel, (size, n_above): (f64, usize)) {
    let letters = panel.slice.view.letters(panel.orientation);
    let [x, y] = area.middle();
    let edge = MARGIN * 0.75;
    let top = area.top + MARGIN + size / 2.0 + n_above as f64 * size * 1.35;
    let bottom = area.bottom - MARGIN - size / 2.0;
    for (at, letter, anchor) in [
        ([area.left + edge, y], letters.left, Anchor::Start),
        ([area.right - edge, y], letters.right, Anchor::End),
        ([x, top], letters.top, Anchor::Middle),
        ([x, bottom], letters.bottom, Anchor::Middle),
    ] {
        scene.text(at, letter.to_string(), size, anchor, Ink::Black);
    }
}

/// A bar at the lower right, and how long it is in the patient.
fn scale_bar(scene: &mut Scene, area: Area, (size, mm_per_unit): (f64, f64)) {
    let units = |mm: f64| mm / mm_per_unit;
    let fits = |mm: &&f64| units(**mm) <= MOST_OF_WIDTH * area.width();
    // A picture that is looked at from very near or far has none.
    let Some(mm) = LENGTHS_MM.iter().find(fits) else {
        return;
    };
    if units(*mm) < 2.0 {
        return;
    }
    let left = area.right - MARGIN - units(*mm);
    let top = area.bottom - MARGIN - 3.0;
    scene.rect([left - 1.0, top - 1.0], [units(*mm) + 2.0, 5.0], Ink::Paper);
    scene.rect([left, top], [units(*mm), 3.0], Ink::Black);
    let words = [area.right - MARGIN, top - size * 0.8];
    scene.text(words, format!("{mm} mm"), size, Anchor::End, Ink::Black);
}

/// Two lines with a gap, so that what they point at is seen.
fn crosshair(scene: &mut Scene, area: Area, [x, y]: [f64; 2]) {
    const GAP: f64 = 9.0;
    for ends in [
        [[area.left, y], [x - GAP, y]],
        [[x + GAP, y], [area.right, y]],
        [[x, area.top], [x, y - GAP]],
        [[x, y + GAP], [x, area.bottom]],
    ] {
        let [from, to] = ends;
        let is_forwards = from[0] <= to[0] && from[1] <= to[1];
        if let (true, Some([from, to])) = (is_forwards, area.clipped(ends)) {
            scene.line(from, to, CROSSHAIR, 1.0);
        }
    }
}

/// A line and what was measured by it beside it, below what stands there already: `taken` is where each
/// begins, its middle line and how wide it is.
fn measured(
    scene: &mut Scene,
    area: Area,
    (points, colour): (&[[f64; 2]], Ink),
    (beside, text): (Option<[f64; 2]>, &str),
    taken: &mut Vec<[f64; 3]>,
) {
    const STEP: f64 = SMALL * 1.35;
    let parts = points.windows(2);
    let parts: Vec<[[f64; 2]; 2]> = parts
        .filter_map(|ends| area.clipped([ends[0], ends[1]]))
        .collect();
    let Some(&[from, to]) = parts.first() else {
        return;
    };
    for [from, to] in &parts {
        scene.line(*from, *to, Ink::Paper, 3.0);
    }
    for [from, to] in &parts {
        scene.line(*from, *to, colour, 1.5);
    }
    let middle = [f64::midpoint(from[0], to[0]), f64::midpoint(from[1], to[1])];
    let is_within = |[x, y]: &[f64; 2]| {
        (area.left..=area.right).contains(x) && (area.top..=area.bottom).contains(y)
    };
    let middle = beside.filter(is_within).unwrap_or(middle);
    let width = text_width(text, SMALL);
    let (x, left, anchor) = match middle[0] > area.middle()[0] {
        true => (middle[0] - MARGIN, middle[0] - MARGIN - width, Anchor::End),
        false => (middle[0] + MARGIN, middle[0] + MARGIN, Anchor::Start),
    };
    let mut at = [x, middle[1] - MARGIN];
    let is_taken = |y: f64, [other, middle, wide]: &[f64; 3]| {
        (y - middle).abs() < STEP && left < other + wide && *other < left + width
    };
    while taken.iter().any(|other| is_taken(at[1], other)) {
        at[1] += STEP;
    }
    taken.push([left, at[1], width]);
    scene.text(at, text, SMALL, anchor, Ink::Black);
}

/// Colour bars, one below the other from the top on, each with what it is of and its unit.
pub(super) fn bars(scene: &mut Scene, bars: &[PictureBar], [left, below]: [f64; 2]) {
    const STEPS: u32 = 128;
    const HIGHEST: f64 = 220.0;
    const WIDTH: f64 = 12.0;
    let cell = (below / bars.len().max(1) as f64).min(HIGHEST);
    for (at, bar) in bars.iter().enumerate() {
        let top = cell * at as f64 + MARGIN;
        let room = BAR_COLUMN - 2.0 * MARGIN;
        let heads = [&bar.title, &bar.unit].into_iter();
        let heads = heads.map(|head| broken(std::slice::from_ref(head), NOTE, room));
        let heads: Vec<String> = heads.flat_map(|head| head.into_iter().take(2)).collect();
        let n_heads = heads.len();
        for (row, head) in heads.into_iter().enumerate() {
            let at = [left, top + LINE * (row as f64 + 0.5)];
            scene.text(at, head, NOTE, Anchor::Start, Ink::Black);
        }
        let top = top + LINE * n_heads as f64 + MARGIN;
        let bottom = (cell * (at + 1) as f64 - MARGIN).max(top + 2.0 * LINE);
        let height = bottom - top;
        for step in 0..STEPS {
            // Each goes on to the lower end, where the next ones lie over it: no seams.
            let down = f64::from(step) / f64::from(STEPS) * height;
            let share = 1.0 - (step as f32 + 0.5) / STEPS as f32;
            let share = if bar.style.invert { 1.0 - share } else { share };
            let colour = bar.style.colormap.colour(share);
            let colour = colour.map(|channel| (channel * 255.0 + 0.5) as u8);
            let size = [WIDTH, height - down];
            scene.rect([left, top + down], size, Ink::Exact(colour));
        }
        let window = bar.style.window;
        let middle = window.low + window.width() / 2.0;
        let ends = [
            (window.high, top + NOTE / 2.0),
            (middle, f64::midpoint(top, bottom)),
            (window.low, bottom - NOTE / 2.0),
        ];
        for (value, y) in ends {
            let words = number_text(f64::from(value));
            let at = [left + WIDTH + 6.0, y];
            scene.text(at, words, NOTE, Anchor::Start, Ink::Black);
        }
    }
}

/// Lines broken between words, and within words that are too long, so that each has room.
pub(super) fn broken(lines: &[String], size: f64, room: f64) -> Vec<String> {
    let fits = |text: &str| text_width(text, size) <= room;
    let mut all = Vec::new();
    for line in lines {
        let mut row = String::new();
        for word in line.split_whitespace() {
            let longer = match row.is_empty() {
                true => word.to_owned(),
                false => format!("{row} {word}"),
            };
            if fits(&longer) {
                row = longer;
                continue;
            }
            if !row.is_empty() {
                all.push(std::mem::take(&mut row));
            }
            for letter in word.chars() {
                row.push(letter);
                if row.chars().count() > 1 && !fits(&row) {
                    row.pop();
                    all.push(std::mem::replace(&mut row, letter.to_string()));
                }
            }
        }
        if !row.is_empty() {
            all.push(row);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::{Area, broken};

    #[test]
    fn lines_are_cut_at_the_edges() {
        let area = Area {
            left: 0.0,
            top: 0.0,
            right: 10.0,
            bottom: 10.0,
        };
        #[track_caller]
        fn check(area: Area, line: [[f64; 2]; 2], expected: Option<[[f64; 2]; 2]>) {
            assert_eq!(area.clipped(line), expected);
        }
        check(
            area,
            [[2.0, 3.0], [8.0, 3.0]],
            Some([[2.0, 3.0], [8.0, 3.0]]),
        );
        check(
            area,
            [[-5.0, 5.0], [15.0, 5.0]],
            Some([[0.0, 5.0], [10.0, 5.0]]),
        );
        check(
            area,
            [[5.0, 15.0], [5.0, -5.0]],
            Some([[5.0, 10.0], [5.0, 0.0]]),
        );
        check(area, [[-5.0, -1.0], [15.0, -1.0]], None);
        check(area, [[12.0, 0.0], [20.0, 8.0]], None);
    }

    #[test]
    fn nothing_of_a_note_is_lost() {
        let note =
            "One note that is much longer than its line and a_word_that_is_longer_still".to_owned();
        let rows = broken(std::slice::from_ref(&note), 10.0, 60.0);
        assert!(rows.len() > 4, "{rows:?}");
        let letters = |text: &str| text.replace(' ', "");
        assert_eq!(letters(&rows.concat()), letters(&note));
        assert_eq!(broken(&["short".to_owned()], 10.0, 60.0), ["short"]);
    }
}
