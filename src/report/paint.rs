//! Scenes as SVG and PNG.
//!
//! The SVG is written here rather than by the chart library, because that one rounds to whole
//! pixels and cannot name the drawing for a screen reader.

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::{
    FontTransform,
    text_anchor::{HPos, Pos, VPos},
};

use super::{
    figures::{FONT, Figure, FigureError, Paint, failed, painted_png},
    markup::{escaped, put},
    scene::{Anchor, Colour, Ink, Mark, Scene, arm_colour},
};

/// Pixels of the PNG for each point: 300 to the inch.
const PIXELS_PER_POINT: f64 = 300.0 / 72.0;

const WHITE_PAPER: Colour = [255, 255, 255];

/// The colours of inks on what is drawn on.
pub(super) type Palette = fn(Ink) -> Colour;

/// The colour of an ink on paper.
fn on_paper(ink: Ink) -> Colour {
    match ink {
        Ink::Black => [17, 17, 17],
        Ink::Grey => [90, 90, 90],
        Ink::Rule => [200, 200, 200],
        Ink::Paper => WHITE_PAPER,
        Ink::Interval => [0, 114, 178],
        Ink::Median => [213, 94, 0],
        Ink::Case => [120, 160, 190],
        Ink::Empty => [244, 244, 244],
        Ink::Share(share) => shade(share),
        Ink::Arm(idx) => arm_colour(idx),
        Ink::Shade(share) => [(255.0 * share.clamp(0.0, 1.0)).round() as u8; 3],
        Ink::Exact(colour) => colour,
    }
}

/// The colour of an ink on black, as on a screen in a dark room.
pub(super) fn on_black(ink: Ink) -> Colour {
    match ink {
        Ink::Black => [216, 212, 196],
        Ink::Grey => [160, 158, 150],
        Ink::Rule => [80, 80, 80],
        Ink::Paper => [0, 0, 0],
        other => on_paper(other),
    }
}

/// From paper to a blue on which black ink is still easy to see.
fn shade(share: f64) -> Colour {
    const FULL: [f64; 3] = [92.0, 166.0, 214.0];
    std::array::from_fn(|idx| {
        let paper = f64::from(WHITE_PAPER[idx]);
        (paper + (FULL[idx] - paper) * share).round() as u8
    })
}

impl Scene {
    /// Both forms.
    pub(super) fn figure(&self) -> Result<Figure, FigureError> {
        let pixels = |points: f64| (points * PIXELS_PER_POINT).round() as u32;
        Ok(Figure {
            svg: self.svg(),
            png: with_density(painted_png(
                self,
                (pixels(self.width), pixels(self.height)),
            )?),
        })
    }

    fn svg(&self) -> String {
        let (w, h) = (self.width, self.height);
        let title = escaped(&self.title);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}pt\" height=\"{h}pt\" \
             viewBox=\"0 0 {w} {h}\" \
             role=\"img\" aria-label=\"{title}\" font-family=\"Helvetica Neue, Helvetica, Arial, \
                    Liberation Sans, sans-serif\">\n\
             <title>{title}</title>\n<rect width=\"{w}\" height=\"{h}\" fill=\"#ffffff\"/>\n"
        );
        for mark in &self.marks {
            write_svg(mark, &mut svg, (on_paper, ""));
        }
        svg + "</svg>\n"
    }
}

/// `about_texts` are attributes that each text gets, with a blank before them.
pub(super) fn write_svg(mark: &Mark, svg: &mut String, (palette, about_texts): (Palette, &str)) {
    let hex = |ink: &Ink| {
        let [r, g, b] = palette(*ink);
        format!("#{r:02x}{g:02x}{b:02x}")
    };
    match mark {
        Mark::Rect { at, size, fill } => put(
            svg,
            format_args!(
                "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\"/>\n",
                short(at[0]),
                short(at[1]),
                short(size[0]),
                short(size[1]),
                hex(fill)
            ),
        ),
        Mark::Line {
            from,
            to,
            ink,
            width,
        } => put(
            svg,
            format_args!(
                "<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" stroke=\"{}\" stroke-width=\"{}\" \
                 stroke-linecap=\"square\"/>\n",
                short(from[0]),
                short(from[1]),
                short(to[0]),
                short(to[1]),
                hex(ink),
                short(*width)
            ),
        ),
        Mark::Dot { at, radius, fill } => put(
            svg,
            format_args!(
                "<circle cx=\"{}\" cy=\"{}\" r=\"{}\" fill=\"{}\"/>\n",
                short(at[0]),
                short(at[1]),
                short(*radius),
                hex(fill)
            ),
        ),
        Mark::Text {
            at,
            words,
            size,
            anchor,
            ink,
            upwards,
        } => {
            let (x, y) = (short(at[0]), short(at[1]));
            let anchor = match anchor {
                Anchor::Start => "start",
                Anchor::Middle => "middle",
                Anchor::End => "end",
            };
            let turn = match upwards {
                true => format!(" transform=\"rotate(-90 {x} {y})\""),
                false => String::new(),
            };
            // The middle line by hand: not every program that opens an SVG knows
            // dominant-baseline.
            put(
                svg,
                format_args!(
                    "<text x=\"{x}\" y=\"{y}\" dy=\"0.35em\" font-size=\"{}\" \
                     text-anchor=\"{anchor}\" fill=\"{}\"{turn}{about_texts}>{}</text>\n",
                    short(*size),
                    hex(ink),
                    escaped(words)
                ),
            );
        }
    }
}

pub(super) fn paint<B: DrawingBackend>(
    mark: &Mark,
    area: &DrawingArea<B, Shift>,
    (scale, palette): (f64, Palette),
) -> Result<(), FigureError> {
    let pixel = |at: [f64; 2]| {
        let [x, y] = at.map(|v| (v * scale).round() as i32);
        (x, y)
    };
    let rgb = |ink: Ink| {
        let [r, g, b] = palette(ink);
        RGBColor(r, g, b)
    };
    let drawn = match mark {
        Mark::Rect { at, size, fill } => {
            let to = pixel([at[0] + size[0], at[1] + size[1]]);
            area.draw(&Rectangle::new([pixel(*at), to], rgb(*fill).filled()))
        }
        Mark::Line {
            from,
            to,
            ink,
            width,
        } => {
            let width = (width * scale).round().max(1.0) as u32;
            let style = rgb(*ink).stroke_width(width);
            area.draw(&PathElement::new([pixel(*from), pixel(*to)], style))
        }
        Mark::Dot { at, radius, fill } => {
            let radius = (radius * scale).round() as i32;
            area.draw(&Circle::new(pixel(*at), radius, rgb(*fill).filled()))
        }
        Mark::Text {
            at,
            words,
            size,
            anchor,
            ink,
            upwards,
        } => {
            let side = match anchor {
                Anchor::Start => HPos::Left,
                Anchor::Middle => HPos::Center,
                Anchor::End => HPos::Right,
            };
            let turn = match upwards {
                true => FontTransform::Rotate270,
                false => FontTransform::None,
            };
            let font = (FONT, size * scale).into_font().transform(turn);
            let colour = rgb(*ink);
            let style = TextStyle::from(font).color(&colour);
            let style = style.pos(Pos::new(side, VPos::Center));
            // The font's box reaches further down than up.
            let lowered = match upwards {
                true => [at[0] + 0.06 * size, at[1]],
                false => [at[0], at[1] + 0.06 * size],
            };
            area.draw_text(words, &style, pixel(lowered))
        }
    };
    drawn.map_err(failed)
}

impl Paint for Scene {
    fn paint<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>) -> Result<(), FigureError> {
        area.fill(&WHITE).map_err(failed)?;
        let scale = f64::from(area.dim_in_pixel().0) / self.width;
        for mark in &self.marks {
            paint(mark, area, (scale, on_paper))?;
        }
        area.present().map_err(failed)
    }
}

/// The PNG file told that it has 11,811 pixels to the metre (300 to the inch), so that programs
/// place it at its size. The chunk stands right after the header, which is 33 bytes long.
fn with_density(mut png: Vec<u8>) -> Vec<u8> {
    const CHUNK: [u8; 21] = [
        0, 0, 0, 9, b'p', b'H', b'Y', b's', 0, 0, 0x2e, 0x23, 0, 0, 0x2e, 0x23, 1, 0x78, 0xa5,
        0x3f, 0x76,
    ];
    const HEADER: usize = 33;
    if png.len() > HEADER {
        png.splice(HEADER..HEADER, CHUNK);
    }
    png
}

/// Two decimals are a three-hundredth of a millimetre.
pub(super) fn short(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    // No "-0": the same place must have one name.
    if text == "-0" { "0" } else { text }.to_owned()
}
