//! Values on the command line that are more than a word or a number.

use crate::render::Colormap;
use crate::volume::{Convention, Interpolation, Plane, Window, WindowRule};
use clap::ValueEnum;
use nalgebra::Point3;
use std::str::FromStr;

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum PlaneArg {
    Axial,
    Coronal,
    Sagittal,
}

impl From<PlaneArg> for Plane {
    fn from(arg: PlaneArg) -> Self {
        match arg {
            PlaneArg::Axial => Self::Axial,
            PlaneArg::Coronal => Self::Coronal,
            PlaneArg::Sagittal => Self::Sagittal,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum InterpolationArg {
    Nearest,
    Linear,
}

impl From<InterpolationArg> for Interpolation {
    fn from(arg: InterpolationArg) -> Self {
        match arg {
            InterpolationArg::Nearest => Self::Nearest,
            InterpolationArg::Linear => Self::Linear,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum ConventionArg {
    /// The patient's right on the left of the picture.
    Radiological,
    /// The patient's left on the left of the picture.
    Neurological,
}

impl From<ConventionArg> for Convention {
    fn from(arg: ConventionArg) -> Self {
        match arg {
            ConventionArg::Radiological => Self::Radiological,
            ConventionArg::Neurological => Self::Neurological,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum ColormapArg {
    Gray,
    Inferno,
    Viridis,
    Diverging,
}

impl From<ColormapArg> for Colormap {
    fn from(arg: ColormapArg) -> Self {
        match arg {
            ColormapArg::Gray => Self::Gray,
            ColormapArg::Inferno => Self::Inferno,
            ColormapArg::Viridis => Self::Viridis,
            ColormapArg::Diverging => Self::Diverging,
        }
    }
}

/// `LO,HI`
pub(super) fn window(text: &str) -> Result<Window, String> {
    let (low, high) = text
        .split_once(',')
        .ok_or("a window is two numbers, LO,HI")?;
    let number = |text: &str| {
        text.trim()
            .parse::<f32>()
            .ok()
            .filter(|n| n.is_finite())
            .ok_or_else(|| format!("{text:?} is not a number"))
    };
    let (low, high) = (number(low)?, number(high)?);
    if low >= high {
        return Err(format!(
            "LO must be below HI, and {low} is not below {high}"
        ));
    }
    Ok(Window::new(low, high))
}

/// The name of a rule for a window
pub(super) fn window_rule(text: &str) -> Result<WindowRule, String> {
    let mut all = WindowRule::ALL.into_iter();
    all.find(|rule| rule.key() == text).ok_or_else(|| {
        let names = WindowRule::ALL.map(WindowRule::key).join(", ");
        format!("{text:?} is none of {names}")
    })
}

/// `WxH`
pub(super) fn size(text: &str) -> Result<[u32; 2], String> {
    let (width, height) = text
        .split_once(['x', 'X'])
        .ok_or("a size is two numbers, WxH")?;
    let number = |text: &str| {
        text.trim()
            .parse::<u32>()
            .ok()
            .filter(|n| (1..=8192).contains(n))
            .ok_or_else(|| format!("{text:?} is not a number of pixels from 1 to 8192"))
    };
    Ok([number(width)?, number(height)?])
}

/// Three whole numbers, `1,2,3`
pub(super) fn triple(text: &str) -> Result<[usize; 3], String> {
    numbers(text, "three whole numbers, 1,2,3")
}

/// Three numbers, `0.5,0.5,0.8`
pub(super) fn triple_of_numbers(text: &str) -> Result<[f64; 3], String> {
    numbers(text, "three numbers, 0.5,0.5,0.8")
}

/// A number that is not infinite
pub(super) fn finite(text: &str) -> Result<f64, String> {
    text.trim()
        .parse()
        .ok()
        .filter(|value: &f64| value.is_finite())
        .ok_or_else(|| format!("{text:?} is not a number"))
}

/// A place of the world in mm, `X,Y,Z`
pub(super) fn place(text: &str) -> Result<Point3<f64>, String> {
    let place = triple_of_numbers(text)?;
    match place.iter().all(|mm| mm.is_finite()) {
        true => Ok(Point3::from(place)),
        false => Err(format!("{text:?} is no place")),
    }
}

/// Six whole numbers, `0,10,0,10,0,10`: from where up to where along each of three axes.
pub(super) fn part(text: &str) -> Result<Part, String> {
    let [a, b, c, d, e, f] = numbers(text, "six whole numbers, 0,10,0,10,0,10")?;
    Ok(Part([[a, c, e], [b, d, f]]))
}

/// A box of voxels: the first, and the one behind the last.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part(pub(super) [[usize; 3]; 2]);

fn numbers<T: FromStr, const N: usize>(text: &str, wanted: &str) -> Result<[T; N], String> {
    let numbers: Option<Vec<T>> = text.split(',').map(|n| n.trim().parse().ok()).collect();
    let numbers = numbers.and_then(|numbers| numbers.try_into().ok());
    numbers.ok_or_else(|| format!("{text:?} is not {wanted}"))
}

/// `i,j,k`, with more numbers for files of more dimensions
pub(super) fn voxel(text: &str) -> Result<VoxelIndex, String> {
    text.split(',')
        .map(|part| {
            part.trim()
                .parse()
                .map_err(|_| format!("{part:?} is not a voxel index (whole, from 0)"))
        })
        .collect::<Result<Vec<usize>, _>>()
        .map(VoxelIndex)
}

/// A voxel index as typed; a type of its own, as clap takes a bare `Vec` for many arguments.
#[derive(Clone, Debug)]
pub(super) struct VoxelIndex(pub(super) Vec<usize>);

/// A number between two ends, neither of which it may be.
fn between(text: &str, low: f64, high: f64) -> Result<f64, String> {
    text.trim()
        .parse::<f64>()
        .ok()
        .filter(|value| low < *value && *value < high)
        .ok_or_else(|| format!("{text:?} is not a number between {low} and {high}"))
}

/// A share that is neither none nor all.
pub(super) fn share(text: &str) -> Result<f64, String> {
    between(text, 0.0, 1.0)
}

/// A share that may be none or all.
pub(super) fn whole_share(text: &str) -> Result<f64, String> {
    text.trim()
        .parse::<f64>()
        .ok()
        .filter(|value| (0.0..=1.0).contains(value))
        .ok_or_else(|| format!("{text:?} is not a share from 0 to 1"))
}

/// How much of what lies below a layer hides.
pub(super) fn opacity(text: &str) -> Result<f32, String> {
    text.parse()
        .ok()
        .filter(|x| (0.0..=1.0).contains(x))
        .ok_or_else(|| format!("{text:?} is not a number from 0 to 1"))
}

/// What a coefficient of agreement can be.
pub(super) fn coefficient(text: &str) -> Result<f64, String> {
    between(text, -1.0, 1.0)
}

/// How often an interval should cover: below one half nobody wants one, and nothing is certain.
pub(super) fn confidence(text: &str) -> Result<f64, String> {
    between(text, 0.5, 1.0)
}

/// A number of resamples that leaves enough of them in the tails of a 95 % interval.
pub(super) fn resamples(text: &str) -> Result<usize, String> {
    const FEWEST: usize = 1000;
    const MOST: usize = 1_000_000;
    text.trim()
        .parse::<usize>()
        .ok()
        .filter(|n| (FEWEST..=MOST).contains(n))
        .ok_or_else(|| format!("{text:?} is not a number of resamples from {FEWEST} to {MOST}"))
}
