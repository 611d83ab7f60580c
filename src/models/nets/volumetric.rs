//! Layers of three dimensions that burn has no module for, and how convolutions are made here.

use burn::nn::conv::{Conv3d, Conv3dConfig};
use burn::nn::pool::{AvgPool2dConfig, MaxPool2dConfig};
use burn::nn::{PaddingConfig2d, PaddingConfig3d};
use burn::tensor::{Device, Tensor};

/// A convolution of `side` along each axis, with half of it of zeros around.
pub(super) fn conv(
    channels: [usize; 2],
    side: usize,
    stride: usize,
    has_bias: bool,
    device: &Device,
) -> Conv3d {
    let margin = side / 2;
    Conv3dConfig::new(channels, [side; 3])
        .with_stride([stride; 3])
        .with_padding(PaddingConfig3d::Explicit(margin, margin, margin))
        .with_bias(has_bias)
        .init(device)
}

/// A convolution with a bias and half of its kernel of zeros around.
pub(super) fn conv_of(channels: [usize; 2], kernel: [usize; 3], device: &Device) -> Conv3d {
    let [depth, height, width] = kernel.map(|side| side / 2);
    Conv3dConfig::new(channels, kernel)
        .with_padding(PaddingConfig3d::Explicit(depth, height, width))
        .init(device)
}

/// Does something to the last two axes and then to the first of three: what takes the largest or the
/// mean of a box is the same for one axis after the other.
fn by_axes(
    x: Tensor<5>,
    planes: impl Fn(Tensor<4>) -> Tensor<4>,
    rows: impl Fn(Tensor<4>) -> Tensor<4>,
) -> Tensor<5> {
    let [batch, channels, depth, height, width] = x.dims();
    let x = planes(x.reshape([batch, channels * depth, height, width]));
    let [_, _, height, width] = x.dims();
    let x = rows(x.reshape([batch, channels, depth, height * width]));
    let [_, _, depth, _] = x.dims();
    x.reshape([batch, channels, depth, height, width])
}

/// The largest of some neighbours at every other place of an axis or two, with zeros around: nothing
/// may be below 0 where there are any.
fn largest(x: Tensor<4>, sides: [usize; 2], margins: [usize; 2]) -> Tensor<4> {
    let [down, right] = margins;
    MaxPool2dConfig::new(sides)
        .with_strides(sides.map(|side| side.min(2)))
        .with_padding(PaddingConfig2d::Explicit(down, right, down, right))
        .init()
        .forward(x)
}

/// The largest of 3 x 3 x 3 at every other voxel.
pub(super) fn largest_of_neighbours(x: Tensor<5>) -> Tensor<5> {
    by_axes(
        x,
        |x| largest(x, [3, 3], [1, 1]),
        |x| largest(x, [3, 1], [1, 0]),
    )
}

/// The largest of 2 x 2 x 2; an odd last voxel is left out.
pub(super) fn largest_of_eight(x: Tensor<5>) -> Tensor<5> {
    largest_by(x, [2; 3])
}

/// The largest of so many neighbours along each axis, 1 or 2; an odd last voxel is left out.
pub(super) fn largest_by(x: Tensor<5>, [depth, height, width]: [usize; 3]) -> Tensor<5> {
    let largest = |x: Tensor<4>, sides: [usize; 2]| {
        let pool = MaxPool2dConfig::new(sides).with_strides(sides);
        pool.init().forward(x)
    };
    by_axes(
        x,
        |x| largest(x, [height, width]),
        |x| match depth {
            1 => x,
            _ => largest(x, [depth, 1]),
        },
    )
}

/// Twice as large along each axis, each voxel eight times.
pub(super) fn doubled(x: Tensor<5>) -> Tensor<5> {
    doubled_by(x, [2; 3])
}

/// Each voxel so many times along each axis.
pub(super) fn doubled_by(x: Tensor<5>, times: [usize; 3]) -> Tensor<5> {
    let mut x = x;
    for (axis, &times) in times.iter().enumerate() {
        if times == 1 {
            continue;
        }
        let [batch, channels, depth, height, width] = x.dims();
        let mut size = [depth, height, width];
        let before: usize = batch * channels * size[..axis].iter().product::<usize>();
        let behind: usize = size[axis + 1..].iter().product();
        let rows = x.reshape([before, size[axis], 1, behind]);
        size[axis] *= times;
        let [depth, height, width] = size;
        x = rows
            .repeat_dim(2, times)
            .reshape([batch, channels, depth, height, width]);
    }
    x
}

/// Maps with zeros around up to a size, so that they lie in the middle; what odd sizes lost when they
/// were halved.
pub(super) fn fitted(x: Tensor<5>, to: [usize; 3]) -> Tensor<5> {
    let mut x = x;
    for (axis, &to) in to.iter().enumerate() {
        let mut dims = x.dims();
        let lacks = to - dims[axis + 2];
        for (n, is_before) in [(lacks / 2, true), (lacks - lacks / 2, false)] {
            if n == 0 {
                continue;
            }
            dims[axis + 2] = n;
            let zeros = Tensor::zeros(dims, &x.device());
            let parts = if is_before {
                vec![zeros, x]
            } else {
                vec![x, zeros]
            };
            x = Tensor::cat(parts, axis + 2);
        }
    }
    x
}

/// The mean of 2 x 2 x 2; an odd last voxel is left out.
pub(super) fn mean_of_neighbours(x: Tensor<5>) -> Tensor<5> {
    let mean = |x: Tensor<4>, sides: [usize; 2]| {
        let pool = AvgPool2dConfig::new(sides).with_strides(sides);
        pool.init().forward(x)
    };
    by_axes(x, |x| mean(x, [2, 2]), |x| mean(x, [2, 1]))
}
