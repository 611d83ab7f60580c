//! One DICOM file before its pixels are touched: what its frames are and where they lie.

use super::dataset::{Dataset, Elements, Pixels};
use super::frame::{Frame, PixelFormat};
use super::syntax::{self, PixelCoding, Placement};
use super::tags::{self, Keep};
use super::{functional, mosaic, when};
use crate::formats::error::FormatError;
use crate::formats::source::Source;

/// Frames in one file: several times what the longest real series have.
const MOST_FRAMES: usize = 500_000;
/// Bytes of the file for each frame, its description included.
const SMALLEST_FRAME: u64 = 32;

/// One file.
#[derive(Debug)]
pub(super) struct Image {
    pub(super) source: Source,
    pub(super) format: PixelFormat,
    pub(super) pixels: Pixels,
    /// The data set is deflated and begins at this byte; `pixels.offset` counts what is inflated.
    pub(super) deflated_from: Option<u64>,
    pub(super) n_frames: usize,
    pub(super) frames: Vec<Frame>,
    pub(super) sop_instance: Option<String>,
    pub(super) series_uid: String,
    pub(super) series_number: Option<i64>,
    pub(super) description: Option<String>,
    pub(super) modality: Option<String>,
    pub(super) window: Option<(f64, f64)>,
    pub(super) remarks: Vec<String>,
    /// What else distinguishes series: their identifiers are shared or missing at times.
    pub(super) belongs_to: [Option<String>; 4],
}

/// What a file that may be DICOM turned out to be.
pub(super) enum Found {
    Image(Box<Image>),
    /// DICOM, but no image, or no DICOM at all: why.
    Other(&'static str),
}

/// Finds out what a file is.
pub(super) fn open(source: &Source) -> Result<Found, FormatError> {
    let input = source.open()?;
    let mut elements = Elements::new(input.bytes, Keep::Picture);
    let parsed =
        syntax::parse(&mut elements, Keep::Picture).map_err(|damage| source.refuse(&damage))?;
    let Some((dataset, pixels, placement)) = parsed else {
        return Ok(Found::Other("no DICOM file"));
    };
    let Some(pixels) = pixels else {
        return Ok(Found::Other("DICOM without pixels"));
    };
    let image = Image::new(source, &dataset, pixels, placement, input.most_bytes)?;
    Ok(Found::Image(Box::new(image)))
}

impl Image {
    fn new(
        source: &Source,
        dataset: &Dataset,
        pixels: Pixels,
        placement: Placement,
        most: u64,
    ) -> Result<Self, FormatError> {
        let format = pixel_format(source, dataset, pixels, placement)?;
        let n_frames = match dataset.number(tags::N_FRAMES) {
            None => match dataset.text(tags::N_FRAMES) {
                None => 1,
                Some(text) => {
                    return Err(field(source, tags::N_FRAMES, text, "must be a number"));
                }
            },
            Some(n) if (1.0..4e9).contains(&n) => n as usize,
            Some(n) => return Err(field(source, tags::N_FRAMES, n, "must be at least 1")),
        };
        let mut image = Self {
            source: source.clone(),
            pixels,
            deflated_from: placement.deflated_from,
            n_frames,
            frames: Vec::new(),
            sop_instance: dataset.text(tags::SOP_INSTANCE),
            series_uid: dataset.text(tags::SERIES_UID).unwrap_or_default(),
            series_number: dataset.number(tags::SERIES_NUMBER).map(|n| n as i64),
            description: dataset.text(tags::SERIES_DESCRIPTION),
            modality: dataset.text(tags::MODALITY),
            window: functional::window(dataset),
            remarks: Vec::new(),
            belongs_to: [
                dataset.text(tags::STUDY_UID),
                dataset.text(tags::FRAME_OF_REFERENCE),
                dataset
                    .text(tags::SERIES_DATE)
                    .or_else(|| dataset.text(tags::ACQUISITION_DATE)),
                dataset
                    .text(tags::SERIES_DESCRIPTION)
                    .filter(|_| dataset.text(tags::SERIES_UID).is_none()),
            ],
            format,
        };
        image.check_numbers(dataset)?;
        if !placement.is_as_said {
            image.remarks.push(
                "elements are written otherwise than TransferSyntaxUID says; they are taken as \
                 they are written"
                    .to_owned(),
            );
        }
        image.remarks.extend(dataset.charset().remark());
        image.remark(dataset);
        image.check_claim(most)?;
        let first = image.frame(dataset);
        if n_frames > 1 || !dataset.items(tags::FRAME_GROUPS).is_empty() {
            image.frames = functional::frames(dataset, &first, n_frames);
        } else {
            match mosaic::tiles(dataset, &first) {
                Ok(tiles) => image.frames = tiles.unwrap_or_else(|| vec![first]),
                Err(why) => return Err(source.refuse(&why)),
            }
        }
        let is_filled = |frame: &Frame| {
            image.format.rows.is_multiple_of(frame.rows)
                && image.format.columns.is_multiple_of(frame.columns)
        };
        if !image.frames.iter().all(is_filled) {
            image.remarks.push(
                "the mosaic's tiles do not fill its picture: slices may be cut in the wrong places"
                    .to_owned(),
            );
        }
        Ok(image)
    }

    /// Numbers that place the image or make its values must be read; of others it is said.
    fn check_numbers(&mut self, dataset: &Dataset) -> Result<(), FormatError> {
        const NEEDED: [u32; 6] = [
            tags::POSITION,
            tags::ORIENTATION,
            tags::PIXEL_SPACING,
            tags::IMAGER_PIXEL_SPACING,
            tags::INTERCEPT,
            tags::SLOPE,
        ];
        for (tag, text, is_read) in dataset.odd_numbers() {
            let shown: String = text.chars().filter(|c| !c.is_control()).take(64).collect();
            let name = tags::keyword(tag);
            if is_read {
                let remark = format!("{name} is \"{shown}\": its comma is read as a decimal point");
                if !self.remarks.contains(&remark) {
                    self.remarks.push(remark);
                }
            } else if NEEDED.contains(&tag) {
                let why =
                    "every part must be a number: the image cannot be placed or scaled without";
                return Err(field(&self.source, tag, format!("\"{shown}\""), why));
            } else {
                self.remarks.push(format!(
                    "{name} is \"{shown}\", which is no number, and is not used"
                ));
            }
        }
        let too_few = |tag, n: usize| {
            let found = dataset.numbers(tag).len();
            (found > 0 && found < n).then_some((tag, found, n))
        };
        let vectors = [
            too_few(tags::POSITION, 3),
            too_few(tags::ORIENTATION, 6),
            too_few(tags::PIXEL_SPACING, 2),
            too_few(tags::IMAGER_PIXEL_SPACING, 2),
        ];
        match vectors.into_iter().flatten().next() {
            None => Ok(()),
            Some((tag, found, n)) => {
                let why = format!("it has {n} numbers");
                Err(field(&self.source, tag, format!("{found} numbers"), &why))
            }
        }
    }

    /// The frame of a classic file, or what the frames of an enhanced one have in common.
    fn frame(&self, dataset: &Dataset) -> Frame {
        let kind = dataset.text(tags::IMAGE_TYPE).unwrap_or_default();
        let component = dataset.text(tags::COMPLEX_COMPONENT).unwrap_or_default();
        let slope = dataset.number(tags::SLOPE).filter(|&slope| slope != 0.0);
        let mut frame = Frame {
            rows: self.format.rows,
            columns: self.format.columns,
            orientation: dataset.vector(tags::ORIENTATION),
            position: dataset.vector(tags::POSITION),
            spacing_mm: dataset
                .vector(tags::PIXEL_SPACING)
                .or_else(|| dataset.vector(tags::IMAGER_PIXEL_SPACING)),
            slope: slope.unwrap_or(1.0),
            inter: dataset.number(tags::INTERCEPT).unwrap_or(0.0),
            kind: format!("{kind}\\{component}"),
            echo: dataset.number(tags::ECHO_NUMBER).map(|n| n as i64),
            echo_time_ms: dataset.number(tags::ECHO_TIME),
            temporal: dataset.number(tags::TEMPORAL_POSITION).map(|n| n as i64),
            acquisition: dataset.number(tags::ACQUISITION_NUMBER).map(|n| n as i64),
            instance: dataset
                .number(tags::INSTANCE_NUMBER)
                .map_or(0, |n| n as i64),
            acquired: when::acquired(dataset),
            depth_mm: functional::depth_mm(dataset),
            ..Frame::default()
        };
        frame.precise = functional::precise(dataset, frame.slope);
        frame
    }

    /// The same for copies of one image. Careless anonymisers give all images one identifier, so
    /// that it alone does not do.
    pub(super) fn instance_key(&self) -> Option<String> {
        let instance = self.sop_instance.as_ref()?;
        let first = self.frames.first()?;
        let (place, at) = (first.position, first.acquired);
        let size = (self.format.rows, self.format.columns, self.n_frames);
        Some(format!(
            "{instance} {} {size:?} {place:?} {at:?} {:?}",
            first.instance, first.temporal
        ))
    }

    fn remark(&mut self, dataset: &Dataset) {
        if !dataset.items(tags::MODALITY_LUT).is_empty() {
            self.remarks.push(
                "a Modality LUT Sequence is there and not applied: stored values are shown"
                    .to_owned(),
            );
        }
        match self.format.photometric.as_str() {
            "MONOCHROME1" => self
                .remarks
                .push("MONOCHROME1: low values are meant to be bright".to_owned()),
            "PALETTE COLOR" => self
                .remarks
                .push("a palette image is shown by its stored numbers, not its colours".to_owned()),
            _ if self.format.samples == 3 => self.remarks.push(
                "a colour image is shown as luminance (0.2126 R + 0.7152 G + 0.0722 B)".to_owned(),
            ),
            _ => {}
        }
    }

    /// Refuses a file that claims more pixels than it can hold.
    fn check_claim(&self, most: u64) -> Result<(), FormatError> {
        let needed = u128::from(self.format.frame_bytes()) * self.n_frames as u128;
        let most = if self.deflated_from.is_some() {
            most.saturating_mul(1032)
        } else {
            most
        };
        let there = most.saturating_sub(self.pixels.offset);
        let (expected, got) = if self.format.coding == PixelCoding::Plain {
            let length = self.pixels.length.unwrap_or(0);
            if needed > u128::from(length) {
                (needed, length)
            } else {
                // What follows the last frame need not be there.
                (needed, there)
            }
        } else {
            // No coding shrinks whole images further; small ones may be all of one value.
            ((needed / 2048).saturating_sub(1 << 15), there)
        };
        // A frame of a few bytes is none; this bounds the frames that are made below.
        let is_countable = self.n_frames == 1
            || self.n_frames <= MOST_FRAMES
                && self.n_frames as u64 * SMALLEST_FRAME
                    <= there.saturating_add(self.pixels.offset);
        if expected <= u128::from(got) && is_countable {
            return Ok(());
        }
        Err(FormatError::Truncated {
            claim: format!(
                "Rows, Columns and NumberOfFrames ({} x {} x {} of {} bits)",
                self.format.rows, self.format.columns, self.n_frames, self.format.bits_allocated
            ),
            expected: needed,
            got,
            path: self.source.path(),
        })
    }
}

/// An error that names an element; never for one that says who was scanned.
pub(super) fn field(source: &Source, tag: u32, value: impl ToString, why: &str) -> FormatError {
    FormatError::Field {
        field: tags::keyword(tag).to_owned(),
        value: value.to_string(),
        why: why.to_owned(),
        path: source.path(),
    }
}

fn pixel_format(
    source: &Source,
    dataset: &Dataset,
    pixels: Pixels,
    placement: Placement,
) -> Result<PixelFormat, FormatError> {
    let size = |tag| match dataset.number(tag) {
        Some(n) if (1.0..=65_535.0).contains(&n) => Ok(n as usize),
        Some(n) => Err(field(source, tag, n, "must be from 1 to 65535")),
        None => Err(field(source, tag, "absent", "an image needs it")),
    };
    let bits = |tag| dataset.number(tag).map(|n| n as u32);
    let float = pixels.tag != tags::PIXELS;
    let allocated = match (pixels.tag, bits(tags::BITS_ALLOCATED)) {
        (tags::FLOAT_PIXELS, _) => 32,
        (tags::DOUBLE_PIXELS, _) => 64,
        (_, Some(bits @ (1 | 8 | 16 | 32))) => bits,
        (_, Some(other)) => {
            let why = "only 1, 8, 16 and 32 are opened";
            return Err(field(source, tags::BITS_ALLOCATED, other, why));
        }
        (_, None) => {
            return Err(field(
                source,
                tags::BITS_ALLOCATED,
                "absent",
                "an image needs it",
            ));
        }
    };
    let stored = bits(tags::BITS_STORED).unwrap_or(allocated);
    let high = bits(tags::HIGH_BIT).unwrap_or(stored.saturating_sub(1));
    if stored == 0 || stored > allocated {
        let why = format!("BitsAllocated is {allocated}");
        return Err(field(source, tags::BITS_STORED, stored, &why));
    }
    if high >= allocated || high + 1 < stored {
        let why = format!("BitsAllocated is {allocated} and BitsStored {stored}");
        return Err(field(source, tags::HIGH_BIT, high, &why));
    }
    let samples = match dataset.number(tags::SAMPLES) {
        None => 1,
        Some(n) if n == 1.0 || n == 3.0 && allocated == 8 => n as usize,
        Some(n) => {
            let why = "only 1, and 3 of 8 bits, are opened";
            return Err(field(source, tags::SAMPLES, n, why));
        }
    };
    let photometric = dataset.text(tags::PHOTOMETRIC).unwrap_or_default();
    if photometric == "YBR_FULL_422" && placement.coding == PixelCoding::Plain {
        let why = "colour at half resolution is not opened";
        return Err(field(source, tags::PHOTOMETRIC, photometric, why));
    }
    Ok(PixelFormat {
        rows: size(tags::ROWS)?,
        columns: size(tags::COLUMNS)?,
        samples,
        planar: dataset.number(tags::PLANAR) == Some(1.0),
        bits_allocated: allocated,
        bits_stored: stored,
        high_bit: high,
        signed: dataset.number(tags::SIGNED) == Some(1.0),
        float,
        big_endian: placement.big_endian,
        photometric,
        coding: placement.coding,
    })
}
