//! A figure as pictures and what lies over them.

use super::figure::{PictureFigure, PicturePanel};
use super::marks::{BAR_COLUMN, LINE, MARGIN, NOTE, bars, broken, has_own_scale, panel_marks};
use crate::render::draw_on_cpu;
use crate::report::collage::Collage;
use crate::report::scene::{Anchor, Ink};
use crate::workflows::notice::{Notify, working};
use anyhow::{Context, bail};
use image::DynamicImage;

/// The longest side of a picture, pixels; beyond it few programs open one.
const LONGEST_SIDE: u32 = 16_384;
/// Pixels of a picture: 300 MB while it is made.
const MOST_PIXELS: u64 = 100_000_000;
/// A colour bar with its words is at least so high, units.
const LEAST_BAR: f64 = 96.0;
/// Notes have at least so much room, units.
const LEAST_WIDTH: f64 = 180.0;

/// Draws a figure. `shares` are how far the work is before and after it, 0 to 1.
///
/// # Errors
/// When there is nothing to draw or too much, and when it is stopped.
pub(super) fn composed(
    figure: &PictureFigure,
    (notify, [begin, end]): (Notify<'_>, [f64; 2]),
) -> anyhow::Result<Collage> {
    let (size, notes) = measured(figure)?;
    let mut collage = Collage::new(size, figure.scale, &figure.title());
    let n_panels = figure.panels.len();
    for (at, panel) in figure.panels.iter().enumerate() {
        let share = begin + (end - begin) * at as f64 / n_panels as f64;
        if working(notify, "Drawing the picture", share).is_break() {
            bail!("stopped");
        }
        let picture = draw_on_cpu(&panel.slice);
        let picture = DynamicImage::ImageRgba8(picture).into_rgb8();
        collage.place(panel.at, picture);
        let before = &figure.panels[..at];
        let has_scale = has_own_scale(panel, before);
        panel_marks(&mut collage.scene, panel, (figure.scale, has_scale));
    }
    let below = f64::from(content(figure)[1]) / figure.scale;
    let left = f64::from(extent(&figure.panels)[0]) / figure.scale + MARGIN;
    bars(&mut collage.scene, &figure.bars, [left, below]);
    for (row, note) in notes.into_iter().enumerate() {
        let at = [MARGIN, below + MARGIN + LINE * (row as f64 + 0.5)];
        collage.scene.text(at, note, NOTE, Anchor::Start, Ink::Grey);
    }
    Ok(collage)
}

/// Width and height of the whole in pixels, and its notes in lines that fit.
fn measured(figure: &PictureFigure) -> anyhow::Result<([u32; 2], Vec<String>)> {
    let is_scale = figure.scale.is_finite() && figure.scale > 0.0;
    let first = figure.panels.first();
    let first = first.filter(|_| is_scale);
    first.context("there is nothing to take a picture of")?;
    let [width, height] = content(figure);
    let room = f64::from(width) / figure.scale - 2.0 * MARGIN;
    let notes = broken(&figure.notes, NOTE, room);
    let foot = match notes.len() {
        0 => 0.0,
        n => 2.0 * MARGIN + LINE * n as f64,
    };
    let foot = (foot * figure.scale).ceil() as u32;
    let size = [width, height.saturating_add(foot)];
    let n_pixels = u64::from(size[0]) * u64::from(size[1]);
    if size.iter().any(|side| *side > LONGEST_SIDE) || n_pixels > MOST_PIXELS {
        bail!(
            "the picture would have {} x {} pixels, and at most {LONGEST_SIDE} along a side and {} million in \
             all are drawn: choose a lower resolution",
            size[0],
            size[1],
            MOST_PIXELS / 1_000_000
        );
    }
    Ok((size, notes))
}

/// Width and height of panels together, pixels.
fn extent(panels: &[PicturePanel]) -> [u32; 2] {
    [0, 1].map(|axis| {
        let ends = panels.iter();
        let ends = ends.map(|panel| panel.at[axis].saturating_add(panel.slice.view.size[axis]));
        ends.max().unwrap_or(1)
    })
}

/// Width and height of panels and bars, pixels.
fn content(figure: &PictureFigure) -> [u32; 2] {
    let [width, height] = extent(&figure.panels);
    let pixels = |units: f64| (units * figure.scale).ceil() as u32;
    let (beside, least) = match figure.bars.len() {
        0 => (0, 1),
        n => (pixels(BAR_COLUMN), pixels(LEAST_BAR * n as f64)),
    };
    [
        width.saturating_add(beside).max(pixels(LEAST_WIDTH)),
        height.max(least),
    ]
}
