//! Pictures: the shader against its twin, and both against what is known of the scan.

mod labels;
mod orders;
mod pairings;
mod twin;

use crate::shared;
use cisterna::formats;
use cisterna::render::{
    Colormap, Difference, Gpu, LayerStyle, Pairing, SLICE_SHADER, SlicePicture, SlicePipeline,
    VolumeTexture, draw_on_cpu, label_colour,
};
use cisterna::volume::{
    Affine, Convention, Grid, Interpolation, Orientation, Plane, PlaneView, Volume, Window,
};
use image::RgbaImage;
use nalgebra::{Point3, Rotation3, Vector3};
use std::sync::LazyLock;

/// One device for all tests: software drivers take long to start.
static GPU: LazyLock<(Gpu, SlicePipeline)> = LazyLock::new(|| {
    let gpu = Gpu::headless().expect("a graphics adapter; ./dev setup installs a software one");
    println!("drawn by {}", gpu.name);
    let pipeline = SlicePipeline::new(&gpu.device, &gpu.queue, SlicePipeline::IMAGE);
    (gpu, pipeline)
});

fn draw_on_gpu(picture: &SlicePicture<&Volume>) -> RgbaImage {
    let (gpu, pipeline) = &*GPU;
    let layers: Vec<_> = picture
        .layers
        .iter()
        .map(|(volume, style)| {
            let texture = VolumeTexture::new(&gpu.device, &gpu.queue, volume).unwrap();
            (texture, *style)
        })
        .collect();
    gpu.draw(
        pipeline,
        &SlicePicture {
            view: picture.view,
            layers,
            pairing: picture.pairing,
            background: picture.background,
        },
    )
    .unwrap()
}

/// Within 1/255 a channel on at least 99.9 % of the pixels: what two ways of rounding f32 leave.
#[track_caller]
pub(super) fn assert_same(a: &RgbaImage, b: &RgbaImage) {
    assert_eq!(a.dimensions(), b.dimensions());
    let differing = a
        .pixels()
        .zip(b.pixels())
        .filter(|(a, b)| a.0.iter().zip(b.0).any(|(a, b)| a.abs_diff(b) > 1))
        .count();
    let allowed = (f64::from(a.width() * a.height()) * 0.001) as usize;
    assert!(
        differing <= allowed,
        "{differing} pixels differ, {allowed} may"
    );
}

#[track_caller]
fn assert_twins(picture: &SlicePicture<&Volume>) {
    let image = draw_on_gpu(picture);
    // A test of two black pictures would pass whatever the code does.
    let colours: std::collections::BTreeSet<_> = image.pixels().map(|p| p.0).collect();
    assert!(
        colours.len() > 16,
        "only {} colours are drawn",
        colours.len()
    );
    assert_same(&image, &draw_on_cpu(picture));
}

/// Something without symmetry: a slope, a blob off the middle, a marker, and a hole of NaN.
pub(super) fn lopsided(dims: [usize; 3], world_from_voxel: Affine) -> Volume {
    let grid = Grid::new(dims, world_from_voxel).unwrap();
    let mut values = Vec::with_capacity(grid.n_voxels());
    for k in 0..dims[2] {
        for j in 0..dims[1] {
            for i in 0..dims[0] {
                let voxel = Point3::new(i as f64, j as f64, k as f64);
                values.push(lopsided_at(grid.to_world(voxel)));
            }
        }
    }
    Volume::new(grid, values).unwrap()
}

fn lopsided_at(point_in_world: Point3<f64>) -> f32 {
    let [x, y, z] = [point_in_world.x, point_in_world.y, point_in_world.z];
    if (x + 14.0).hypot(y - 10.0).hypot(z) < 4.0 {
        return f32::NAN;
    }
    let blob = (-((x - 9.0).powi(2) + (y + 5.0).powi(2) + (z - 3.0).powi(2)) / 60.0).exp();
    (300.0 + 4.0 * x + 2.0 * y - 3.0 * z + 500.0 * blob + 40.0 * (x * y / 50.0).sin()) as f32
}

pub(super) fn straight(dims: [usize; 3], spacing_mm: [f64; 3]) -> Affine {
    let mut affine = Affine::new_nonuniform_scaling(&Vector3::from(spacing_mm));
    for axis in 0..3 {
        affine[(axis, 3)] = -(dims[axis] as f64 - 1.0) / 2.0 * spacing_mm[axis];
    }
    affine
}

pub(super) fn oblique(dims: [usize; 3], spacing_mm: [f64; 3]) -> Affine {
    let turn = Rotation3::from_euler_angles(0.3, -0.5, 0.8).to_homogeneous();
    turn * straight(dims, spacing_mm)
}

fn base_style() -> LayerStyle {
    LayerStyle::base(Window::new(150.0, 800.0))
}

fn picture(
    plane: Plane,
    volume: &Volume,
    style: LayerStyle,
    size: [u32; 2],
) -> SlicePicture<&Volume> {
    let at_mm = plane.nearest_slice_mm(volume.grid(), 2.0);
    SlicePicture {
        view: PlaneView::fit(
            plane,
            Convention::Radiological,
            volume.grid(),
            at_mm,
            Some(size),
        ),
        layers: vec![(volume, style)],
        pairing: None,
        background: [10, 20, 30],
    }
}

#[test]
fn every_shader_is_valid() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/shaders");
    let mut n_shaders = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let source = std::fs::read_to_string(&path).unwrap();
        let module = naga::front::wgsl::parse_str(&source)
            .unwrap_or_else(|error| panic!("{}", error.emit_to_string(&source)));
        naga::valid::Validator::new(
            naga::valid::ValidationFlags::all(),
            naga::valid::Capabilities::empty(),
        )
        .validate(&module)
        .unwrap_or_else(|error| panic!("{}: {error:?}", path.display()));
        n_shaders += 1;
    }
    assert_eq!(n_shaders, 1);
    assert!(SLICE_SHADER.contains("fn fragment"));
}

#[test]
fn the_gpu_slice_equals_its_cpu_twin() {
    let dims = [40, 48, 36];
    let volumes = [
        lopsided(dims, straight(dims, [1.0, 1.1, 1.3])),
        lopsided(dims, oblique(dims, [1.0, 0.9, 1.3])),
    ];
    for volume in &volumes {
        for plane in Plane::ALL {
            for interpolation in [Interpolation::Nearest, Interpolation::Linear] {
                for colormap in Colormap::ALL {
                    let style = LayerStyle {
                        interpolation,
                        colormap,
                        invert: colormap == Colormap::Viridis,
                        ..base_style()
                    };
                    // A size without a common measure with the voxels.
                    assert_twins(&picture(plane, volume, style, [211, 173]));
                }
            }
        }
    }
}

#[test]
fn four_layers_on_four_grids_equal_their_cpu_twin() {
    let dims = [30, 34, 28];
    let volumes = [
        lopsided([40, 48, 36], straight([40, 48, 36], [1.0; 3])),
        lopsided(dims, oblique(dims, [1.4, 1.2, 1.0])),
        lopsided([12, 50, 12], straight([12, 50, 12], [2.0, 0.5, 1.5])),
        lopsided(dims, oblique(dims, [0.5, 0.6, 0.7])),
    ];
    for plane in Plane::ALL {
        let mut picture = picture(plane, &volumes[0], base_style(), [200, 200]);
        for (volume, colormap) in volumes[1..].iter().zip(&Colormap::ALL[1..]) {
            let style = LayerStyle::overlay(Window::new(350.0, 800.0), *colormap);
            picture.layers.push((volume, style));
        }
        assert_twins(&picture);
    }
}

#[test]
fn differences_of_two_grids_equal_their_cpu_twin() {
    let real = lopsided([40, 48, 36], straight([40, 48, 36], [1.0; 3]));
    let coarse = [22, 26, 20];
    let predicted = lopsided(coarse, oblique(coarse, [2.0; 3]));
    for signed in [false, true] {
        let mut picture = picture(Plane::Axial, &real, base_style(), [190, 210]);
        picture.layers.push((&predicted, base_style()));
        picture.pairing = Some(Pairing::Difference(Difference {
            signed,
            style: LayerStyle {
                colormap: Colormap::Diverging,
                ..LayerStyle::base(Window::new(-60.0, 60.0))
            },
        }));
        assert_twins(&picture);
    }
}

#[test]
fn a_texture_in_another_place_is_drawn_as_one_made_there() {
    let (gpu, pipeline) = &*GPU;
    let dims = [40, 48, 36];
    let volume = lopsided(dims, straight(dims, [1.0, 1.1, 1.3]));
    let moved = volume.placed(&oblique([1; 3], [1.0; 3])).unwrap();
    for longest in [2048, 20] {
        let within =
            |volume| VolumeTexture::within(&gpu.device, &gpu.queue, volume, longest).unwrap();
        let textures = [within(&volume).placed(moved.grid()), within(&moved)];
        let [there, anew] = textures.map(|texture| {
            let picture = SlicePicture {
                view: picture(Plane::Coronal, &volume, base_style(), [150, 140]).view,
                layers: vec![(texture, base_style())],
                pairing: None,
                background: [0; 3],
            };
            gpu.draw(pipeline, &picture).unwrap()
        });
        assert_eq!(there, anew);
    }
}

#[test]
fn a_difference_is_predicted_less_real() {
    let grid = Grid::new([8; 3], straight([8; 3], [1.0; 3])).unwrap();
    let constant = |value: f32| Volume::new(grid.clone(), vec![value; 512]).unwrap();
    let (real, predicted) = (constant(10.0), constant(4.0));
    let mut picture = picture(Plane::Axial, &real, base_style(), [8, 8]);
    picture.layers.push((&predicted, base_style()));
    let gray = |signed, low, high| Difference {
        signed,
        style: LayerStyle::base(Window::new(low, high)),
    };
    // |4 - 10| = 6 of 0..12 is the middle gray; -6 of -12..12 a quarter.
    for (difference, expected) in [(gray(false, 0.0, 12.0), 128), (gray(true, -12.0, 12.0), 64)] {
        picture.pairing = Some(Pairing::Difference(difference));
        for image in [draw_on_gpu(&picture), draw_on_cpu(&picture)] {
            assert_eq!(image.get_pixel(4, 4).0, [expected, expected, expected, 255]);
        }
    }
}

#[test]
fn overlays_let_their_background_through() {
    let grid = Grid::new([8; 3], straight([8; 3], [1.0; 3])).unwrap();
    let base = Volume::new(grid.clone(), vec![100.0; 512]).unwrap();
    let half: Vec<f32> = (0..512)
        .map(|at| if at % 8 < 4 { 0.0 } else { 5.0 })
        .collect();
    let overlay = Volume::new(grid, half).unwrap();
    let mut picture = picture(
        Plane::Axial,
        &base,
        LayerStyle::base(Window::new(0.0, 200.0)),
        [8, 8],
    );
    let style = LayerStyle {
        opacity: 1.0,
        interpolation: Interpolation::Nearest,
        ..LayerStyle::overlay(Window::new(0.0, 5.0), Colormap::Gray)
    };
    picture.layers.push((&overlay, style));
    for image in [draw_on_gpu(&picture), draw_on_cpu(&picture)] {
        // The low x are the patient's left, which radiologists have on the right of the screen.
        assert_eq!(
            image.get_pixel(6, 4).0[0],
            128,
            "the base shows where the overlay is 0"
        );
        assert_eq!(
            image.get_pixel(1, 4).0[0],
            255,
            "the overlay hides the base elsewhere"
        );
    }
}

#[test]
fn diverging_overlays_are_clear_in_the_middle_and_where_there_is_no_value() {
    let grid = Grid::new([8; 3], straight([8; 3], [1.0; 3])).unwrap();
    let base = Volume::new(grid.clone(), vec![100.0; 512]).unwrap();
    // Along x in pairs: the low end, the middle, half way up, no value.
    let along = [-5.0, -5.0, 0.0, 0.0, 2.5, 2.5, f32::NAN, f32::NAN];
    let values = (0..512).map(|at| along[at % 8]).collect();
    let overlay = Volume::new(grid, values).unwrap();
    let mut picture = picture(
        Plane::Axial,
        &base,
        LayerStyle::base(Window::new(0.0, 200.0)),
        [8, 8],
    );
    let style = LayerStyle {
        opacity: 0.5,
        interpolation: Interpolation::Nearest,
        ..LayerStyle::overlay(Window::new(-5.0, 5.0), Colormap::Diverging)
    };
    picture.layers.push((&overlay, style));
    let [low, half] = [0.0, 0.75].map(|share| Colormap::Diverging.colour(share));
    let mixed = |colour: [f32; 3], cover: f32| {
        colour.map(|c| ((0.5 * c + 0.5 * (1.0 - 0.5 * cover)) * 255.0).round() as u8)
    };
    for image in [draw_on_gpu(&picture), draw_on_cpu(&picture)] {
        let at = |x: u32| image.get_pixel(x, 4).0;
        let near = |x: u32, [r, g, b]: [u8; 3]| {
            let found = at(x);
            let off = [r, g, b]
                .iter()
                .zip(found)
                .map(|(a, b)| a.abs_diff(b))
                .max();
            assert!(off <= Some(1), "{found:?}, not {r} {g} {b}");
        };
        // The low x are on the right. Nothing veils the scan in the middle and beside it.
        near(7, mixed(low, 1.0));
        near(4, [128; 3]);
        near(3, mixed(half, 0.5));
        near(0, [128; 3]);
    }
}

#[test]
fn layers_of_different_grids_meet_in_world_space() {
    // A ball at a known place, stored on two grids that have nothing in common.
    let ball = |point: Point3<f64>| {
        let from_middle = (point - Point3::new(7.0, -4.0, 2.0)).norm();
        (200.0 - 20.0 * from_middle).max(0.0) as f32
    };
    let make = |dims: [usize; 3], affine: Affine| {
        let grid = Grid::new(dims, affine).unwrap();
        let mut values = Vec::new();
        for k in 0..dims[2] {
            for j in 0..dims[1] {
                for i in 0..dims[0] {
                    values.push(ball(
                        grid.to_world(Point3::new(i as f64, j as f64, k as f64)),
                    ));
                }
            }
        }
        Volume::new(grid, values).unwrap()
    };
    let a = make([60, 60, 60], straight([60, 60, 60], [0.8; 3]));
    let b = make([70, 64, 66], oblique([70, 64, 66], [0.8, 0.9, 0.7]));
    for plane in Plane::ALL {
        let mut picture = picture(plane, &a, base_style(), [240, 240]);
        picture.layers.push((&b, base_style()));
        picture.pairing = Some(Pairing::Difference(Difference {
            signed: false,
            style: LayerStyle::base(Window::new(0.0, 200.0)),
        }));
        let image = draw_on_gpu(&picture);
        // Trilinear interpolation of a cone errs by at most its slope times half a voxel, 10 of
        // 200, at the tip and much less elsewhere; a shift by one voxel would give 16.
        let largest = image.pixels().map(|p| p.0[0]).filter(|&v| v > 14).count();
        assert!(largest < 12, "{plane:?}: {largest} pixels differ");
    }
}

#[test]
fn a_volume_beyond_the_limits_is_drawn_coarser_in_the_same_place() {
    let dims = [50, 46, 40];
    let volume = lopsided(dims, oblique(dims, [1.0; 3]));
    let (gpu, pipeline) = &*GPU;
    let texture = VolumeTexture::within(&gpu.device, &gpu.queue, &volume, 16).unwrap();
    assert_eq!(texture.reduced_by(), Some([4, 3, 3]));
    let wanted = picture(Plane::Axial, &volume, base_style(), [120, 120]);
    let coarse = gpu
        .draw(
            pipeline,
            &SlicePicture {
                view: wanted.view,
                layers: vec![(texture, base_style())],
                pairing: None,
                background: wanted.background,
            },
        )
        .unwrap();
    let fine = draw_on_cpu(&wanted);
    // The means over 3 or 4 voxels of a picture that is smooth but for its edge: a wrong place
    // would move the edge by pixels and the slope by tens of grays.
    let mean: f64 = fine
        .pixels()
        .zip(coarse.pixels())
        .map(|(a, b)| f64::from(a.0[0].abs_diff(b.0[0])))
        .sum::<f64>()
        / f64::from(fine.width() * fine.height());
    assert!(mean < 6.0, "mean difference {mean}");
    let whole = VolumeTexture::new(&gpu.device, &gpu.queue, &volume).unwrap();
    assert_eq!(whole.reduced_by(), None);
}

#[test]
fn a_picture_that_is_too_large_is_refused() {
    let dims = [8; 3];
    let volume = lopsided(dims, straight(dims, [1.0; 3]));
    let (gpu, pipeline) = &*GPU;
    let texture = VolumeTexture::new(&gpu.device, &gpu.queue, &volume).unwrap();
    let mut picture = SlicePicture {
        view: picture(Plane::Axial, &volume, base_style(), [8, 8]).view,
        layers: vec![(texture, base_style())],
        pairing: None,
        background: [0; 3],
    };
    picture.view.size = [1 << 20, 8];
    assert!(gpu.draw(pipeline, &picture).is_err());
}

/// The published tables are matplotlib's; the diverging one is ours and must be even.
#[test]
fn colormaps_are_what_they_say() {
    let ends = |map: Colormap| (map.table()[0], map.table()[255]);
    assert_eq!(ends(Colormap::Gray), ([0; 3], [255; 3]));
    // matplotlib 3.10: inferno and viridis at 0 and 1, times 255.
    assert_eq!(ends(Colormap::Inferno), ([0, 0, 4], [252, 255, 164]));
    assert_eq!(ends(Colormap::Viridis), ([68, 1, 84], [253, 231, 37]));
    let luminance = |[r, g, b]: [u8; 3]| {
        let linear = |c: u8| (f64::from(c) / 255.0).powf(2.2);
        0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
    };
    for map in Colormap::ALL {
        assert_eq!(map.table().len(), Colormap::N_COLOURS);
        let upper = if map == Colormap::Diverging { 128 } else { 0 };
        let table = &map.table()[upper..];
        for pair in table.windows(2) {
            assert!(
                luminance(pair[1]) >= luminance(pair[0]) - 2e-3,
                "{} gets darker at {pair:?}",
                map.name()
            );
        }
    }
    // Labels have no order: one is told from the next few, whichever they are.
    let labels: Vec<[u8; 3]> = (1..=256).map(label_colour).collect();
    for (at, one) in labels.iter().enumerate() {
        for other in labels.iter().skip(at + 1).take(4) {
            let apart: u32 = (0..3).map(|c| u32::from(one[c].abs_diff(other[c]))).sum();
            assert!(apart > 60, "{one:?} and {other:?} at {at}");
        }
    }
    let diverging = Colormap::Diverging.table();
    for at in 0..128 {
        let (low, high) = (luminance(diverging[at]), luminance(diverging[255 - at]));
        assert!(
            (low - high).abs() < 0.06,
            "uneven at {at}: {low} and {high}"
        );
    }
}
