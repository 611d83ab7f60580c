//! Values on the command line that are more than a word or a number.

use crate::render::Colormap;
use crate::volume::{Convention, Interpolation, Plane, Window};
use clap::ValueEnum;

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
