//! Small pictures of the three signs of the Bern score, there and not there, from heads of the phantom.
//!
//! A head on voxels of 1 mm takes seconds to draw; so the pictures are compiled in, as
//! [`sign_pack`] packs them.

use super::head::{ContrastHead, ContrastPart};
use super::leak::{LeakCase, Mimics, Subdural};
use crate::anatomy::bern::Item;
use crate::volume::{Interpolation, Volume, VolumeError};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use nalgebra::{Point3, Vector3};
use std::io::{Read, Write};

/// Pixels along each side of a picture.
pub const EXAMPLE_SIDE: usize = 128;

static PACK: &[u8] = include_bytes!("../../assets/signs.gz");

/// A picture of a sign.
#[derive(Clone, Debug, PartialEq)]
pub struct SignExample {
    /// Which.
    pub item: Item,
    /// Whether it is there.
    pub is_present: bool,
    /// Rows from the top.
    pub grey: Vec<u8>,
}

/// Which pictures there are, in the order of the pack.
fn order() -> impl Iterator<Item = (Item, bool)> {
    let both = |item| [(item, false), (item, true)];
    Item::SIGNS.into_iter().flat_map(both)
}

/// The pictures, each sign first as it is not there.
///
/// # Errors
/// None, unless the program was built wrongly.
pub fn sign_examples() -> std::io::Result<Vec<SignExample>> {
    let mut packed = Vec::new();
    GzDecoder::new(PACK).read_to_end(&mut packed)?;
    let pictures = packed.chunks_exact(EXAMPLE_SIDE * EXAMPLE_SIDE);
    let named = order().zip(pictures);
    Ok(named
        .map(|((item, is_present), grey)| SignExample {
            item,
            is_present,
            grey: grey.to_vec(),
        })
        .collect())
}

/// Draws the pictures and packs them. Takes seconds.
///
/// # Errors
/// None, unless memory is short.
pub fn sign_pack() -> std::io::Result<Vec<u8>> {
    let mut out = GzEncoder::new(Vec::new(), Compression::best());
    for (item, is_present) in order() {
        let drawn = draw(item, is_present).map_err(std::io::Error::other)?;
        out.write_all(&drawn)?;
    }
    out.finish()
}

/// A patient of whom nothing is known but this sign.
fn case(item: Item, is_present: bool) -> LeakCase {
    let mut case = LeakCase::of(0, 7, is_present, 0.0, Mimics::default());
    let dura = if item == Item::Pachymeningeal && is_present {
        2.4
    } else {
        0.1
    };
    case.dura = dura;
    case.dura_elsewhere = dura;
    case.venous = if item == Item::Venous && is_present {
        7.0
    } else {
        -2.0
    };
    case.other_sinuses = case.venous;
    case.subdural = (item == Item::Subdural && is_present).then_some(Subdural {
        thickness_mm: 6.0,
        is_blood: false,
        sides: [true; 2],
    });
    case
}

fn draw(item: Item, is_present: bool) -> Result<Vec<u8>, VolumeError> {
    let case = case(item, is_present);
    let head = ContrastHead::draw(&case, 1);
    let volume = Volume::new(head.grid.clone(), head.signal.clone())?;
    let (middle, right, mm_per_pixel) = match item {
        Item::Venous => {
            let part = match case.right_is_dominant {
                true => ContrastPart::TransverseSinusRight,
                false => ContrastPart::TransverseSinusLeft,
            };
            (middle_of(&head, part), -Vector3::y(), 0.4)
        }
        // Both hemispheres from the front, the patient's right on the left.
        _ => (Point3::new(0.0, -20.0, 30.0), -Vector3::x(), 1.25),
    };
    let half = (EXAMPLE_SIDE as f64 - 1.0) / 2.0;
    let pixel = |at: usize| {
        let [x, y] = [at % EXAMPLE_SIDE, at / EXAMPLE_SIDE].map(|at| at as f64 - half);
        let point = middle + mm_per_pixel * (x * right - y * Vector3::z());
        let signal = volume.sample(point, Interpolation::Linear).unwrap_or(0.0);
        (signal / 2.0 * 255.0).clamp(0.0, 255.0) as u8
    };
    Ok((0..EXAMPLE_SIDE * EXAMPLE_SIDE).map(pixel).collect())
}

/// The middle of a part of the head.
fn middle_of(head: &ContrastHead, part: ContrastPart) -> Point3<f64> {
    let n = head.grid.dims()[0];
    let (mut sum, mut count) = (Vector3::zeros(), 0.0);
    for (voxel, _) in (0..)
        .zip(&head.labels)
        .filter(|(_, label)| **label == part as u8)
    {
        let index = [voxel % n, voxel / n % n, voxel / (n * n)].map(|at| at as f64);
        sum += Vector3::from(index);
        count += 1.0;
    }
    head.grid.to_world(Point3::from(sum / f64::max(count, 1.0)))
}
