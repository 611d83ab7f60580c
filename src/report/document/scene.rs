//! A drawing as a list of shapes in points, written as SVG and painted as PNG.
//!
//! Both forms come from the same list. The SVG is written here rather than by the chart library,
//! because that one rounds to whole pixels and cannot name the drawing for a screen reader.

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::{
    FontTransform,
    text_anchor::{HPos, Pos, VPos},
};

use super::{html::escaped, table::put};
use crate::report::{
    Figure, FigureError,
    figures::{FONT, Paint, failed, painted_png},
};

/// Pixels of the PNG for each point: 300 to the inch.
const PIXELS_PER_POINT: f64 = 300.0 / 72.0;

/// Two columns of a journal page.
pub(super) const WIDTH: f64 = 504.0;

/// Red, green and blue, sRGB.
pub(super) type Colour = [u8; 3];

pub(super) const BLACK_INK: Colour = [17, 17, 17];
pub(super) const GREY_INK: Colour = [90, 90, 90];
pub(super) const RULE: Colour = [200, 200, 200];
pub(super) const PAPER: Colour = [255, 255, 255];
/// Told apart with every kind of colour vision (Okabe and Ito 2008).
pub(super) const BLUE: Colour = [0, 114, 178];
pub(super) const VERMILION: Colour = [213, 94, 0];

/// Which part of a text lies at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

enum Shape {
    Rect {
        at: [f64; 2],
        size: [f64; 2],
        fill: Colour,
    },
    Line {
        from: [f64; 2],
        to: [f64; 2],
        colour: Colour,
        width: f64,
    },
    Dot {
        at: [f64; 2],
        radius: f64,
        fill: Colour,
    },
    Text {
        at: [f64; 2],
        words: String,
        size: f64,
        anchor: Anchor,
        colour: Colour,
        upwards: bool,
    },
}

/// A drawing, its origin at the upper left.
pub(super) struct Scene {
    width: f64,
    height: f64,
    /// For who cannot see it.
    title: String,
    shapes: Vec<Shape>,
}

impl Scene {
    pub(super) fn new(height: f64, title: impl Into<String>) -> Self {
        Self {
            width: WIDTH,
            height,
            title: title.into(),
            shapes: Vec::new(),
        }
    }

    pub(super) fn rect(&mut self, at: [f64; 2], size: [f64; 2], fill: Colour) {
        self.shapes.push(Shape::Rect { at, size, fill });
    }

    pub(super) fn line(&mut self, from: [f64; 2], to: [f64; 2], colour: Colour, width: f64) {
        self.shapes.push(Shape::Line {
            from,
            to,
            colour,
            width,
        });
    }

    pub(super) fn frame(&mut self, [x, y]: [f64; 2], [w, h]: [f64; 2], colour: Colour, width: f64) {
        let corners = [[x, y], [x + w, y], [x + w, y + h], [x, y + h], [x, y]];
        for side in corners.windows(2) {
            self.line(side[0], side[1], colour, width);
        }
    }

    pub(super) fn dot(&mut self, at: [f64; 2], radius: f64, fill: Colour) {
        self.shapes.push(Shape::Dot { at, radius, fill });
    }

    /// The text's middle line lies at the place.
    pub(super) fn text(
        &mut self,
        at: [f64; 2],
        words: impl Into<String>,
        size: f64,
        anchor: Anchor,
        colour: Colour,
    ) {
        self.shapes.push(Shape::Text {
            at,
            words: words.into(),
            size,
            anchor,
            colour,
            upwards: false,
        });
    }

    /// A text that runs from below to above, centred on the place.
    pub(super) fn text_upwards(&mut self, at: [f64; 2], words: impl Into<String>, size: f64) {
        self.shapes.push(Shape::Text {
            at,
            words: words.into(),
            size,
            anchor: Anchor::Middle,
            colour: BLACK_INK,
            upwards: true,
        });
    }

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
        for shape in &self.shapes {
            shape.write(&mut svg);
        }
        svg + "</svg>\n"
    }
}

impl Shape {
    fn write(&self, svg: &mut String) {
        match self {
            Self::Rect { at, size, fill } => put(
                svg,
                format_args!(
                    "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\"/>\n",
                    short(at[0]),
                    short(at[1]),
                    short(size[0]),
                    short(size[1]),
                    hex(*fill)
                ),
            ),
            Self::Line {
                from,
                to,
                colour,
                width,
            } => put(
                svg,
                format_args!(
                    "<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" stroke=\"{}\" \
                     stroke-width=\"{}\" stroke-linecap=\"square\"/>\n",
                    short(from[0]),
                    short(from[1]),
                    short(to[0]),
                    short(to[1]),
                    hex(*colour),
                    short(*width)
                ),
            ),
            Self::Dot { at, radius, fill } => put(
                svg,
                format_args!(
                    "<circle cx=\"{}\" cy=\"{}\" r=\"{}\" fill=\"{}\"/>\n",
                    short(at[0]),
                    short(at[1]),
                    short(*radius),
                    hex(*fill)
                ),
            ),
            Self::Text { .. } => self.write_text(svg),
        }
    }

    fn write_text(&self, svg: &mut String) {
        let Self::Text {
            at,
            words,
            size,
            anchor,
            colour,
            upwards,
        } = self
        else {
            return;
        };
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
        // The middle line by hand: not every program that opens an SVG knows dominant-baseline.
        put(
            svg,
            format_args!(
                "<text x=\"{x}\" y=\"{y}\" dy=\"0.35em\" font-size=\"{}\" \
                 text-anchor=\"{anchor}\" fill=\"{}\"{turn}>{}</text>\n",
                short(*size),
                hex(*colour),
                escaped(words)
            ),
        );
    }

    fn paint<B: DrawingBackend>(
        &self,
        area: &DrawingArea<B, Shift>,
        scale: f64,
    ) -> Result<(), FigureError> {
        let pixel = |at: [f64; 2]| {
            let [x, y] = at.map(|v| (v * scale).round() as i32);
            (x, y)
        };
        let ink = |[r, g, b]: Colour| RGBColor(r, g, b);
        let drawn = match self {
            Self::Rect { at, size, fill } => {
                let to = pixel([at[0] + size[0], at[1] + size[1]]);
                area.draw(&Rectangle::new([pixel(*at), to], ink(*fill).filled()))
            }
            Self::Line {
                from,
                to,
                colour,
                width,
            } => {
                let width = (width * scale).round().max(1.0) as u32;
                let style = ink(*colour).stroke_width(width);
                area.draw(&PathElement::new([pixel(*from), pixel(*to)], style))
            }
            Self::Dot { at, radius, fill } => {
                let radius = (radius * scale).round() as i32;
                area.draw(&Circle::new(pixel(*at), radius, ink(*fill).filled()))
            }
            Self::Text {
                at,
                words,
                size,
                anchor,
                colour,
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
                let colour = ink(*colour);
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
}

impl Paint for Scene {
    fn paint<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>) -> Result<(), FigureError> {
        area.fill(&WHITE).map_err(failed)?;
        let scale = f64::from(area.dim_in_pixel().0) / self.width;
        for shape in &self.shapes {
            shape.paint(area, scale)?;
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

/// As much of a text as fits, with dots for the rest.
pub(super) fn fitted(words: &str, size: f64, width: f64) -> String {
    let fits = (width / (0.52 * size)).floor().max(2.0) as usize;
    if words.chars().count() <= fits {
        return words.to_owned();
    }
    let kept: String = words.chars().take(fits - 1).collect();
    kept.trim_end().to_owned() + "…"
}

/// Two decimals are a three-hundredth of a millimetre.
fn short(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    // No "-0": the same place must have one name.
    if text == "-0" { "0" } else { text }.to_owned()
}

fn hex([r, g, b]: Colour) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}
