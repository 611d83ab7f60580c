//! Pictures with writing over them, on black as on a screen in a dark room: as pixels, and as SVG in
//! which only the pictures themselves are pixels.

use super::{
    figures::{FONT, FigureError, failed, png, register_fonts},
    markup::{escaped, put},
    paint::{Palette, on_black, paint, short, write_svg},
    scene::{Ink, Mark, Scene, width_of},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use image::{Rgb, RgbImage, imageops};
use plotters::prelude::*;

/// How far the black under a letter reaches beyond it, in units.
const HALO: f64 = 0.9;

/// Pictures and what is written and drawn over them.
pub(crate) struct Collage {
    /// Width and height, pixels.
    pub(crate) size: [u32; 2],
    /// Pixels of a unit, in which everything but the pictures is measured.
    pub(crate) scale: f64,
    /// What lies over the pictures, in units; areas below lines, lines and words in their order.
    pub(crate) scene: Scene,
    /// Upper left corner, pixels, and pixels.
    pictures: Vec<([u32; 2], RgbImage)>,
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
                for under in self.halo(mark) {
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

    /// The same words in black about their place, as a scan may be white there.
    fn halo(&self, mark: &Mark) -> Vec<Mark> {
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
        let far = (HALO * self.scale).round().max(1.0) / self.scale;
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

/// How wide a text is drawn as pixels, in units of its size.
pub(crate) fn text_width(words: &str, size: f64) -> f64 {
    // Large, as a font tells whole pixels.
    const LARGE: f64 = 200.0;
    register_fonts();
    match (FONT, LARGE).into_font().box_size(words) {
        Ok((width, _)) => f64::from(width) * size / LARGE,
        Err(_) => width_of(words, size),
    }
}
