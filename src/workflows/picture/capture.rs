//! A picture as a DICOM secondary capture, for archives.

use super::figure::PictureFigure;
use super::words::PICTURE_NOTICE;
use crate::formats::{SecondaryCapture, write_secondary_capture};
use anyhow::Context;
use image::RgbImage;
use std::io::Write;

/// Characters of `SeriesDescription` (LO) and of `DerivationDescription` (ST), PS3.5 6.2.
const MOST_OF_DESCRIPTION: usize = 64;
const MOST_OF_DERIVATION: usize = 1024;

/// Writes a figure that was drawn, with what it says of itself and whom it is filed under.
pub(super) fn write_capture(
    to: &mut impl Write,
    image: &RgbImage,
    figure: &PictureFigure,
) -> anyhow::Result<()> {
    let side = |pixels: u32| u16::try_from(pixels).context("a picture too large for DICOM");
    let title = figure.title();
    let title = match title.is_empty() {
        true => "Picture",
        false => title.as_str(),
    };
    let capture = SecondaryCapture {
        size: [side(image.width())?, side(image.height())?],
        pixels: image.as_raw(),
        program: ("Cisterna", env!("CARGO_PKG_VERSION")),
        description: &cut(title, MOST_OF_DESCRIPTION),
        derivation: &derivation(&figure.notes),
        has_names: figure.has_names,
        patient_name: &figure.patient.name,
        patient_id: &figure.patient.id,
    };
    Ok(write_secondary_capture(to, &capture)?)
}

/// What the picture may be used for, then what it shows and came from, as much as there is room for.
fn derivation(notes: &[String]) -> String {
    let others = notes.iter().map(String::as_str);
    let others = others.filter(|note| *note != PICTURE_NOTICE);
    let lines: Vec<&str> = std::iter::once(PICTURE_NOTICE).chain(others).collect();
    cut(&lines.join("\r\n"), MOST_OF_DERIVATION)
}

/// The beginning of a text that is longer than there is room for.
fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most - 3).collect();
    kept.trim_end().to_owned() + "..."
}
