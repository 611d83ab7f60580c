//! PNG, still and moving (APNG), with how large a pixel is on paper and what the picture says in words.

use anyhow::Context;
use image::RgbImage;
use std::io::Write;
use std::ops::RangeInclusive;

/// Pixels of a metre of paper: 300 of an inch.
const PIXELS_PER_METRE: u32 = 11_811;
/// A second in parts, of which a delay is a whole number.
const PARTS_OF_SECOND: u16 = 1000;
/// Pictures of a movie in a second: programs play no faster, and a file has no room for longer times.
pub(super) const PER_SECOND: RangeInclusive<f64> = 0.02..=100.0;

fn encoder<W: Write>(
    to: W,
    [width, height]: [u32; 2],
    notes: &[String],
) -> Result<png::Encoder<'static, W>, png::EncodingError> {
    let mut encoder = png::Encoder::new(to, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_pixel_dims(Some(png::PixelDimensions {
        xppu: PIXELS_PER_METRE,
        yppu: PIXELS_PER_METRE,
        unit: png::Unit::Meter,
    }));
    encoder.add_text_chunk("Software".to_owned(), "Cisterna".to_owned())?;
    if !notes.is_empty() {
        encoder.add_itxt_chunk("Description".to_owned(), notes.join("\n"))?;
    }
    Ok(encoder)
}

/// Writes one picture.
pub(super) fn write_still(
    to: impl Write,
    image: &RgbImage,
    notes: &[String],
) -> anyhow::Result<()> {
    let mut writer = encoder(to, image.dimensions().into(), notes)?.write_header()?;
    writer.write_image_data(image.as_raw())?;
    Ok(writer.finish()?)
}

/// Writes pictures of one size that follow each other, over and over.
pub(super) struct Movie<W: Write> {
    writer: png::Writer<W>,
    size: (u32, u32),
}

impl<W: Write> Movie<W> {
    /// `n_frames` pictures will come, so many in a second, of [`PER_SECOND`].
    pub(super) fn new(
        to: W,
        size: [u32; 2],
        (n_frames, per_second): (usize, f64),
        notes: &[String],
    ) -> anyhow::Result<Self> {
        let mut encoder = encoder(to, size, notes)?;
        let n_frames = u32::try_from(n_frames).context("a movie of too many pictures")?;
        encoder.set_animated(n_frames, 0)?;
        let delay = (f64::from(PARTS_OF_SECOND) / per_second).round();
        encoder.set_frame_delay(delay as u16, PARTS_OF_SECOND)?;
        encoder.validate_sequence(true);
        Ok(Self {
            writer: encoder.write_header()?,
            size: size.into(),
        })
    }

    pub(super) fn add(&mut self, image: &RgbImage) -> anyhow::Result<()> {
        anyhow::ensure!(
            image.dimensions() == self.size,
            "the pictures of a movie are of one size, not {:?} and {:?}",
            self.size,
            image.dimensions()
        );
        Ok(self.writer.write_image_data(image.as_raw())?)
    }

    /// # Errors
    /// Where a picture is missing.
    pub(super) fn finish(self) -> anyhow::Result<()> {
        Ok(self.writer.finish()?)
    }
}
