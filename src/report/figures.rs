//! Figures as SVG and PNG.

use image::{ImageFormat, RgbImage};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::{FontStyle, register_font};
use std::io::Cursor;
use std::sync::Once;

/// A figure in both forms.
#[derive(Clone, Debug)]
pub struct Figure {
    /// For print.
    pub svg: String,
    /// For slides: a PNG file.
    pub png: Vec<u8>,
}

/// A figure could not be drawn.
#[derive(Debug, thiserror::Error)]
#[error("the figure could not be drawn: {0}")]
pub struct FigureError(String);

/// Colours that are told apart with every kind of colour vision (Okabe and Ito 2008).
const BLUE: RGBColor = RGBColor(0, 114, 178);
const VERMILION: RGBColor = RGBColor(213, 94, 0);

pub(super) const FONT: &str = "sans-serif";

/// The loss over the epochs: each point is an epoch, the loss on the patients learned from, and
/// the loss on those of the test. The vertical axis is logarithmic.
///
/// # Errors
/// When no epoch has a loss.
pub fn loss_curve(points: &[[f64; 3]], loss: &str) -> Result<Figure, FigureError> {
    figure(&Losses { points, loss })
}

/// How often a study of so many cases reaches its aim: each point is the number of cases, the share
/// of simulated studies, and that share smoothed. `wanted` is the assurance asked for, `aim` what is
/// to be reached.
///
/// # Errors
/// When there are no points.
pub fn assurance_figure(
    points: &[[f64; 3]],
    wanted: f64,
    aim: &str,
) -> Result<Figure, FigureError> {
    figure(&Assurance {
        points,
        wanted,
        aim,
    })
}

/// What is drawn alike on every kind of paper.
pub(super) trait Paint {
    fn paint<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>) -> Result<(), FigureError>;
}

/// A chart for print and for slides.
fn figure(paint: &impl Paint) -> Result<Figure, FigureError> {
    const SIZE: (u32, u32) = (900, 560);
    register_fonts();
    let mut svg = String::new();
    paint.paint(&SVGBackend::with_string(&mut svg, SIZE).into_drawing_area())?;
    Ok(Figure {
        svg,
        png: painted_png(paint, SIZE)?,
    })
}

/// A PNG file of this many pixels.
pub(super) fn painted_png(paint: &impl Paint, size: (u32, u32)) -> Result<Vec<u8>, FigureError> {
    register_fonts();
    let mut pixels = vec![0; (size.0 * size.1 * 3) as usize];
    paint.paint(&BitMapBackend::with_buffer(&mut pixels, size).into_drawing_area())?;
    png(pixels, size)
}

struct Losses<'a> {
    points: &'a [[f64; 3]],
    loss: &'a str,
}

struct Assurance<'a> {
    points: &'a [[f64; 3]],
    wanted: f64,
    aim: &'a str,
}

impl Paint for Assurance<'_> {
    fn paint<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>) -> Result<(), FigureError> {
        let Self {
            points,
            wanted,
            aim,
        } = *self;
        if points.is_empty() {
            return Err(FigureError("no number of cases was tried".to_owned()));
        }
        let most = points.iter().map(|p| p[0]).fold(0.0, f64::max);
        area.fill(&WHITE).map_err(failed)?;
        let mut chart = ChartBuilder::on(area)
            .margin(16)
            .x_label_area_size(44)
            .y_label_area_size(76)
            .build_cartesian_2d(0.0..most * 1.03, 0.0..1.04)
            .map_err(failed)?;
        chart
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .x_desc("Cases")
            .y_desc("Share of studies that reach the aim")
            .x_label_formatter(&|x| format!("{x:.0}"))
            .y_label_formatter(&|y| format!("{y:.2}"))
            .label_style((FONT, 15))
            .axis_desc_style((FONT, 17))
            .draw()
            .map_err(failed)?;
        let curve = points.iter().map(|p| (p[0], p[2]));
        chart
            .draw_series(LineSeries::new(curve, BLUE.stroke_width(2)))
            .map_err(failed)?
            .label(aim)
            .legend(|(x, y)| PathElement::new([(x, y), (x + 24, y)], BLUE.stroke_width(2)));
        let dots = points
            .iter()
            .map(|p| Circle::new((p[0], p[1]), 4, BLUE.filled()));
        chart.draw_series(dots).map_err(failed)?;
        let level = [(0.0, wanted), (most * 1.03, wanted)];
        chart
            .draw_series(LineSeries::new(level, VERMILION.stroke_width(2)))
            .map_err(failed)?
            .label("Wanted")
            .legend(|(x, y)| PathElement::new([(x, y), (x + 24, y)], VERMILION.stroke_width(2)));
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::LowerRight)
            .background_style(WHITE.mix(0.9))
            .label_font((FONT, 16))
            .draw()
            .map_err(failed)?;
        area.present().map_err(failed)
    }
}

impl Paint for Losses<'_> {
    fn paint<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>) -> Result<(), FigureError> {
        let Self { points, loss } = *self;
        let losses = || {
            points
                .iter()
                .flat_map(|p| [p[1], p[2]])
                .filter(|v| *v > 0.0)
        };
        let low = losses().fold(f64::INFINITY, f64::min);
        let high = losses().fold(0.0, f64::max);
        let last = points.last().map_or(2.0, |p| p[0].max(2.0));
        if high <= 0.0 {
            return Err(FigureError("no epoch has a loss".to_owned()));
        }
        area.fill(&WHITE).map_err(failed)?;
        let mut chart = ChartBuilder::on(area)
            .margin(16)
            .x_label_area_size(44)
            .y_label_area_size(76)
            .build_cartesian_2d(1.0..last, (low * 0.9..high * 1.1).log_scale())
            .map_err(failed)?;
        chart
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .x_desc("Epoch")
            .y_desc(format!("Loss ({loss})"))
            .x_label_formatter(&|x| format!("{x:.0}"))
            .y_label_formatter(&|y| format!("{y:.4}"))
            .label_style((FONT, 15))
            .axis_desc_style((FONT, 17))
            .draw()
            .map_err(failed)?;
        let curves = [
            (1, "Patients learned from", BLUE),
            (2, "Patients of the test", VERMILION),
        ];
        for (which, name, colour) in curves {
            let line = points.iter().map(|p| (p[0], p[which]));
            chart
                .draw_series(LineSeries::new(line, colour.stroke_width(2)))
                .map_err(failed)?
                .label(name)
                .legend(move |(x, y)| {
                    PathElement::new([(x, y), (x + 24, y)], colour.stroke_width(2))
                });
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperRight)
            .background_style(WHITE.mix(0.9))
            .label_font((FONT, 16))
            .draw()
            .map_err(failed)?;
        area.present().map_err(failed)
    }
}

pub(super) fn failed(error: impl std::fmt::Display) -> FigureError {
    FigureError(error.to_string())
}

/// The font that the window uses too: the program brings it along, so that a figure looks the
/// same everywhere.
pub(super) fn register_fonts() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Fails only for a font that is none.
        let _ = register_font(FONT, FontStyle::Normal, epaint_default_fonts::UBUNTU_LIGHT);
    });
}

pub(super) fn png(pixels: Vec<u8>, (width, height): (u32, u32)) -> Result<Vec<u8>, FigureError> {
    let image = RgbImage::from_raw(width, height, pixels);
    let image = image.ok_or_else(|| FigureError("its size is wrong".to_owned()))?;
    let mut bytes = Cursor::new(Vec::new());
    image
        .write_to(&mut bytes, ImageFormat::Png)
        .map_err(failed)?;
    Ok(bytes.into_inner())
}

/// One picture of a table of pictures.
#[derive(Clone, Debug)]
pub struct ImageCell {
    /// What stands above it.
    pub title: String,
    /// Square, row-major, the upper row first.
    pub values: Vec<f32>,
    /// What the last colour stands for; the first stands for 0.
    pub high: f32,
    /// The colours, sRGB.
    pub colours: &'static [[u8; 3]],
}

/// Pictures in rows, as a PNG file, on black as on a screen in a dark room.
///
/// # Errors
/// When there is no picture, or one that is not square.
pub fn image_table(rows: &[Vec<ImageCell>]) -> Result<Vec<u8>, FigureError> {
    const SIDE: usize = 256;
    const TITLE: usize = 22;
    const GAP: usize = 6;
    let n_columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    if n_columns == 0 {
        return Err(FigureError("there is no picture".to_owned()));
    }
    register_fonts();
    let width = n_columns * (SIDE + GAP) + GAP;
    let height = rows.len() * (SIDE + TITLE + GAP) + GAP;
    let mut pixels = vec![0_u8; width * height * 3];
    let corner = |row: usize, column: usize| {
        [
            GAP + column * (SIDE + GAP),
            GAP + row * (SIDE + TITLE + GAP),
        ]
    };
    for (at_row, row) in rows.iter().enumerate() {
        for (at_column, cell) in row.iter().enumerate() {
            let [left, top] = corner(at_row, at_column);
            if cell.values.len() != SIDE * SIDE || cell.colours.is_empty() {
                return Err(FigureError(format!("{} is not 256 x 256", cell.title)));
            }
            for (y, line) in cell.values.chunks_exact(SIDE).enumerate() {
                for (x, value) in line.iter().enumerate() {
                    let share = (value / cell.high).clamp(0.0, 1.0);
                    let colour = (share * (cell.colours.len() - 1) as f32).round() as usize;
                    let at = 3 * ((top + TITLE + y) * width + left + x);
                    pixels[at..at + 3].copy_from_slice(&cell.colours[colour]);
                }
            }
        }
    }
    let size = (width as u32, height as u32);
    {
        let area = BitMapBackend::with_buffer(&mut pixels, size).into_drawing_area();
        let style = TextStyle::from((FONT, 15).into_font()).color(&RGBColor(216, 212, 196));
        for (at_row, row) in rows.iter().enumerate() {
            for (at_column, cell) in row.iter().enumerate() {
                let [left, top] = corner(at_row, at_column).map(|at| at as i32);
                area.draw_text(&cell.title, &style, (left, top + 2))
                    .map_err(failed)?;
            }
        }
        area.present().map_err(failed)?;
    }
    png(pixels, size)
}
