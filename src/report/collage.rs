//! Pictures with writing over them, on black as on a screen in a dark room: as pixels, and as SVG in
//! which only the pictures themselves are pixels.

use super::{
    figures::{FONT, FigureError, failed, png, register_fonts},
    helvetica,
    markup::{escaped, put},
    paint::{Palette, on_black, paint, short, write_svg},
    scene::{Anchor, Ink, Mark, Scene, width_of},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use image::{Rgb, RgbImage, imageops};
use plotters::prelude::*;

/// How far the black under a letter reaches beyond it, in units.
pub(super) const HALO: f64 = 0.9;

/// Pictures and what is written and drawn over them.
pub(crate) struct Collage {
    /// Width and height, pixels.
    pub(crate) size: [u32; 2],
    /// Pixels of a unit, in which everything but the pictures is measured.
    pub(crate) scale: f64,
    /// What lies over the pictures, in units; areas below lines, lines and words in their order.
    pub(crate) scene: Scene,
    /// Upper left corner, pixels, and pixels.
    pub(super) pictures: Vec<([u32; 2], RgbImage)>,
}

impl Collage {
    pub(crate) fn new(size: [u32; 2], scale: f64, title: &str) -> Self {
        let [width, height] = size.map(|pixels| f64::from(pixels) / scale);
        Self {
            size,
            scale,
            scene: Scene::new(width, height, title),
            pictures: Vec::new(),
        }
    }

    /// Puts a picture somewhere, pixel on pixel.
    pub(crate) fn place(&mut self, at: [u32; 2], picture: RgbImage) {
        self.pictures.push((at, picture));
    }

    /// All of it as pixels.
    ///
    /// # Errors
    /// When it cannot be painted.
    pub(crate) fn pixels(&self) -> Result<RgbImage, FigureError> {
        register_fonts();
        let [width, height] = self.size;
        let mut image = RgbImage::from_pixel(width, height, Rgb(on_black(Ink::Paper)));
        for ([x, y], picture) in &self.pictures {
            imageops::replace(&mut image, picture, i64::from(*x), i64::from(*y));
        }
        for mark in &self.scene.marks {
            if let Mark::Rect { at, size, fill } = mark {
                self.fill(&mut image, (*at, *size), *fill);
            }
        }
        let mut pixels = image.into_raw();
        {
            let backend = BitMapBackend::with_buffer(&mut pixels, (width, height));
            let area = backend.into_drawing_area();
            let look = (self.scale, on_black as Palette);
            for mark in &self.scene.marks {
                if matches!(mark, Mark::Rect { .. }) {
                    continue;
                }
                for under in halo(mark, self.scale) {
                    paint(&under, &area, look)?;
                }
                paint(mark, &area, look)?;
            }
            area.present().map_err(failed)?;
        }
        RgbImage::from_raw(width, height, pixels)
            .ok_or_else(|| failed("its number of pixels is not that of its size"))
    }

    /// A rectangle from its first pixel up to, not including, the one at its end: as long in pixels as
    /// it is in units.
    fn fill(&self, image: &mut RgbImage, (at, size): ([f64; 2], [f64; 2]), ink: Ink) {
        let pixel = |unit: f64, end: u32| {
            let pixel = (unit * self.scale).round();
            pixel.clamp(0.0, f64::from(end)) as u32
        };
        let [right, bottom] = [at[0] + size[0], at[1] + size[1]];
        let [width, height] = self.size;
        let colour = Rgb(on_black(ink));
        for y in pixel(at[1], height)..pixel(bottom, height) {
            for x in pixel(at[0], width)..pixel(right, width) {
                image.put_pixel(x, y, colour);
            }
        }
    }

    /// As SVG: pictures embedded as PNG, all else as lines, areas and words.
    ///
    /// # Errors
    /// When a picture cannot be encoded.
    pub(crate) fn svg(&self) -> Result<String, FigureError> {
        let (w, h) = (short(self.scene.width), short(self.scene.height));
        let title = escaped(&self.scene.title);
        let [r, g, b] = on_black(Ink::Paper);
        let paper = format!("#{r:02x}{g:02x}{b:02x}");
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" \
             viewBox=\"0 0 {w} {h}\" role=\"img\" aria-label=\"{title}\" \
             font-family=\"Helvetica Neue, Helvetica, Arial, Liberation Sans, sans-serif\">\n\
             <title>{title}</title>\n<rect width=\"{w}\" height=\"{h}\" fill=\"{paper}\"/>\n"
        );
        for (at, picture) in &self.pictures {
            let size = picture.dimensions();
            let bytes = png(picture.as_raw().clone(), size)?;
            let unit = |pixels: u32| short(f64::from(pixels) / self.scale);
            put(
                &mut svg,
                format_args!(
                    "<image x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" \
                     preserveAspectRatio=\"none\" href=\"data:image/png;base64,{}\"/>\n",
                    unit(at[0]),
                    unit(at[1]),
                    unit(size.0),
                    unit(size.1),
                    STANDARD.encode(bytes)
                ),
            );
        }
        let halo = format!(
            " paint-order=\"stroke\" stroke=\"{paper}\" stroke-width=\"{}\" \
             stroke-linejoin=\"round\"",
            2.0 * HALO
        );
        for mark in &self.scene.marks {
            write_svg(mark, &mut svg, (on_black, &halo));
        }
        Ok(svg + "</svg>\n")
    }
}

/// The same words in black about their place, as a scan may be white there.
fn halo(mark: &Mark, scale: f64) -> Vec<Mark> {
    let Mark::Text {
        at,
        words,
        size,
        anchor,
        upwards,
        ..
    } = mark
    else {
        return Vec::new();
    };
    let far = (HALO * scale).round().max(1.0) / scale;
    let steps = [-far, 0.0, far];
    let about = steps.iter().flat_map(|x| steps.map(|y| [*x, y]));
    about
        .filter(|step| *step != [0.0; 2])
        .map(|[x, y]| Mark::Text {
            at: [at[0] + x, at[1] + y],
            words: words.clone(),
            size: *size,
            anchor: *anchor,
            ink: Ink::Paper,
            upwards: *upwards,
        })
        .collect()
}

/// Words as pixels on nothing.
pub(super) struct WordsAlone {
    /// Width and height, pixels.
    pub(super) size: [u32; 2],
    /// Red, green and blue of each.
    pub(super) colours: Vec<u8>,
    /// How much each hides of what lies below, from nothing at 0 to all at 255.
    pub(super) cover: Vec<u8>,
}

/// Words with the black about them and nothing else, for documents whose font lacks a letter. They begin
/// `margin` units from the left, and their middle line is that of the room, which is in units; `scale` is
/// pixels of a unit.
///
/// # Errors
/// When they cannot be painted.
pub(super) fn words_alone(
    (words, size, ink): (&str, f64, Ink),
    (room, margin): ([f64; 2], f64),
    scale: f64,
) -> Result<WordsAlone, FigureError> {
    register_fonts();
    let pixels_of = room.map(|units| (units * scale).ceil().max(1.0) as u32);
    let [width, height] = pixels_of;
    let mark = Mark::Text {
        at: [margin, room[1] / 2.0],
        words: words.to_owned(),
        size,
        anchor: Anchor::Start,
        ink,
        upwards: false,
    };
    let painted = |palette: Palette| -> Result<Vec<u8>, FigureError> {
        let mut pixels = vec![0_u8; 3 * width as usize * height as usize];
        {
            let backend = BitMapBackend::with_buffer(&mut pixels, (width, height));
            let area = backend.into_drawing_area();
            for under in halo(&mark, scale) {
                paint(&under, &area, (scale, palette))?;
            }
            paint(&mark, &area, (scale, palette))?;
            area.present().map_err(failed)?;
        }
        Ok(pixels)
    };
    let white: Palette = |_| [255; 3];
    let cover = painted(white)?;
    Ok(WordsAlone {
        size: pixels_of,
        colours: painted(on_black)?,
        cover: cover.chunks_exact(3).map(|pixel| pixel[0]).collect(),
    })
}

/// How wide a text may be drawn, in units of its size: as pixels or in Helvetica, as documents have it,
/// whichever is wider. So there is room for it in all of them.
pub(crate) fn text_width(words: &str, size: f64) -> f64 {
    let in_helvetica = helvetica::encoded(words);
    let in_helvetica = in_helvetica.map_or(0.0, |words| helvetica::width(&words, size));
    width_in_pixels(words, size).max(in_helvetica)
}

fn width_in_pixels(words: &str, size: f64) -> f64 {
    // Large, as a font tells whole pixels.
    const LARGE: f64 = 200.0;
    register_fonts();
    match (FONT, LARGE).into_font().box_size(words) {
        Ok((width, _)) => f64::from(width) * size / LARGE,
        Err(_) => width_of(words, size),
    }
}
