//! The twin against one pixel at a time, over drawn pictures: the same bytes.
//!
//! What is drawn here of a pixel is written down plainly, from the styles: it knows nothing of runs,
//! vectors, tables of colours or flags.

use super::{lopsided, oblique, straight};
use cisterna::render::{
    Colormap, ColouredVolume, Difference, LabelLook, LayerStyle, Pairing, SlicePicture, draw_on_cpu,
};
use cisterna::volume::{Affine, Convention, Grid, Interpolation, Plane, PlaneView, Volume, Window};
use image::{Rgba, RgbaImage};
use nalgebra::{Point3, Rotation3, Vector3};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeSet;

type Picture<'a> = SlicePicture<ColouredVolume<'a>>;
type Colour = [f32; 3];

fn pixel_alone(picture: &Picture<'_>, [x, y]: [f32; 2]) -> Colour {
    let mut colour = picture.background.map(|byte| f32::from(byte) / 255.0);
    let layers = &picture.layers[..picture.layers.len().min(4)];
    let ([first, second, ..], Some(pairing)) = (layers, picture.pairing) else {
        for layer in layers {
            over(&mut colour, picture, layer, [x, y]);
        }
        return colour;
    };
    match pairing {
        Pairing::Difference(Difference { signed, style }) => {
            let real = value_at(picture, first, [x, y]);
            let predicted = value_at(picture, second, [x, y]);
            if let (Some(real), Some(predicted)) = (real, predicted) {
                let difference = predicted - real;
                let shown = if signed { difference } else { difference.abs() };
                over_value(&mut colour, &style, shown);
            }
        }
        Pairing::Swipe(share) => {
            let is_first = x < (share * picture.view.size[0] as f32).round();
            over_alone(
                &mut colour,
                picture,
                if is_first { first } else { second },
                [x, y],
            );
        }
        Pairing::Checkerboard(side) => {
            let [column, row] = [x, y].map(|at| (at / side.max(1.0)).floor());
            let is_first = (column + row) % 2.0 == 0.0;
            over_alone(
                &mut colour,
                picture,
                if is_first { first } else { second },
                [x, y],
            );
        }
        Pairing::Outline(line) => {
            over_alone(&mut colour, picture, second, [x, y]);
            let share = edge_alone(picture, first, [x, y]);
            for (out, line) in colour.iter_mut().zip(line) {
                *out += (f32::from(line) / 255.0 - *out) * share;
            }
        }
    }
    colour
}

fn transformed(matrix: &Affine, point: [f32; 3]) -> [f32; 3] {
    let of = |row, column| matrix[(row, column)] as f32;
    [0, 1, 2].map(|row| {
        of(row, 0) * point[0] + of(row, 1) * point[1] + of(row, 2) * point[2] + of(row, 3)
    })
}

fn value_at(
    picture: &Picture<'_>,
    (layer, style): &(ColouredVolume<'_>, LayerStyle),
    [x, y]: [f32; 2],
) -> Option<f32> {
    let world = transformed(&picture.view.world_from_pixel, [x, y, 0.0]);
    let voxel = transformed(layer.volume.grid().voxel_from_world(), world);
    let interpolation = match style.labels {
        Some(_) => Interpolation::Nearest,
        None => style.interpolation,
    };
    layer.volume.sample_voxel(voxel, interpolation)
}

fn over(
    colour: &mut Colour,
    picture: &Picture<'_>,
    layer: &(ColouredVolume<'_>, LayerStyle),
    at: [f32; 2],
) {
    let (voxels, style) = layer;
    let (Some(look), Some(place)) = (style.labels, value_at(picture, layer, at)) else {
        return over_alone(colour, picture, layer, at);
    };
    let width = look.outline_px.round();
    let sides = [[width, 0.0], [-width, 0.0], [0.0, width], [0.0, -width]];
    let is_line = width > 0.0
        && sides.iter().any(|[across, down]| {
            let beside = [at[0] + across, at[1] + down];
            value_at(picture, layer, beside).unwrap_or(0.0) != place
        });
    let opacity = match is_line {
        true => look.outline_opacity.max(style.opacity),
        false => style.opacity,
    };
    let label = voxels
        .colours
        .get(place as usize)
        .copied()
        .unwrap_or_default();
    let [r, g, b, alpha] = label.map(|byte| f32::from(byte) / 255.0);
    for (out, above) in colour.iter_mut().zip([r, g, b]) {
        *out += (above - *out) * (alpha * opacity);
    }
}

/// A layer by its values, whatever they are.
fn over_alone(
    colour: &mut Colour,
    picture: &Picture<'_>,
    layer: &(ColouredVolume<'_>, LayerStyle),
    at: [f32; 2],
) {
    if let Some(value) = value_at(picture, layer, at) {
        over_value(colour, &layer.1, value);
    }
}

fn over_value(colour: &mut Colour, style: &LayerStyle, value: f32) {
    let is_diverging = style.colormap == Colormap::Diverging;
    if style.cut_below && !is_diverging && value <= style.window.low {
        return;
    }
    let high = ((value - style.window.low) * (1.0 / style.window.width())).clamp(0.0, 1.0);
    let share = if style.invert { 1.0 - high } else { high };
    let cover = match is_diverging && (style.cut_below || style.follows_value) {
        true => (2.0 * share - 1.0).abs(),
        false => 1.0,
    };
    let opacity = match style.follows_value && !is_diverging {
        true => style.opacity * high,
        false => style.opacity,
    };
    for (out, above) in colour.iter_mut().zip(style.colormap.colour(share)) {
        *out += (above - *out * cover) * opacity;
    }
}

fn edge_alone(
    picture: &Picture<'_>,
    layer: &(ColouredVolume<'_>, LayerStyle),
    [x, y]: [f32; 2],
) -> f32 {
    let reach = (0.7 / picture.view.mm_per_pixel()) as f32;
    let sides = [
        [x + reach, y],
        [x - reach, y],
        [x, y + reach],
        [x, y - reach],
    ];
    let [Some(right), Some(left), Some(below), Some(above)] =
        sides.map(|at| value_at(picture, layer, at))
    else {
        return 0.0;
    };
    let scale = 1.0 / layer.1.window.width() * (0.5 / 0.7) as f32;
    let [across, down] = [(right - left) * scale, (below - above) * scale];
    let slope = (across * across + down * down).sqrt();
    ((slope - 0.08) / (0.2 - 0.08)).clamp(0.0, 1.0)
}

fn pixels_alone(picture: &Picture<'_>) -> RgbaImage {
    let [width, height] = picture.view.size;
    RgbaImage::from_fn(width, height, |x, y| {
        let colour = pixel_alone(picture, [x as f32 + 0.5, y as f32 + 0.5]);
        let [r, g, b] = colour.map(|channel| (channel.clamp(0.0, 1.0) * 255.0 + 0.5) as u8);
        Rgba([r, g, b, 255])
    })
}

fn one_of<T: Copy>(rng: &mut ChaCha8Rng, all: &[T]) -> T {
    all[rng.random_range(0..all.len())]
}

/// A grid of some voxels anywhere near the origin: straight, mirrored, turned or sheared.
fn drawn_grid(rng: &mut ChaCha8Rng) -> Grid {
    let dims = [0; 3].map(|_| one_of(rng, &[1, 2, 3, 7, 12, 20, 20, 33]));
    let spacing_mm = [0; 3].map(|_| one_of(rng, &[-1.3, 0.4, 1.0, 1.0, -1.0, 2.5]));
    let mut affine = straight(dims, spacing_mm);
    if rng.random_bool(0.6) {
        let angles = [0; 3].map(|_| rng.random_range(-3.2..3.2));
        let turn = Rotation3::from_euler_angles(angles[0], angles[1], angles[2]);
        affine = turn.to_homogeneous() * affine;
    }
    if rng.random_bool(0.2) {
        affine[(0, 1)] += 0.3;
    }
    if rng.random_bool(0.15) {
        // Out of the picture, or nearly.
        affine[(0, 3)] += 25.0;
    }
    Grid::new(dims, affine).unwrap()
}

fn drawn_volume(rng: &mut ChaCha8Rng, has_labels: bool) -> Volume {
    const ODD: [f32; 6] = [
        f32::NAN,
        f32::NAN,
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::MAX,
        -2e37,
    ];
    let grid = drawn_grid(rng);
    let odd = one_of(rng, &[0.0, 0.0, 0.1, 0.6]);
    let values = (0..grid.n_voxels()).map(|_| match has_labels {
        _ if rng.random_bool(odd) => one_of(rng, &ODD),
        true => rng.random_range(0_u8..6).into(),
        false => rng.random_range(-50.0..450.0),
    });
    let values = values.collect();
    Volume::new(grid, values).unwrap()
}

fn drawn_style(rng: &mut ChaCha8Rng, has_labels: bool) -> LayerStyle {
    let look = LabelLook {
        outline_px: one_of(rng, &[0.0, 1.0, 2.4, 5.0]),
        outline_opacity: one_of(rng, &[1.0, 0.4]),
    };
    LayerStyle {
        window: one_of(
            rng,
            &[
                Window::new(0.0, 400.0),
                Window::new(-100.0, 100.0),
                Window::new(200.0, 200.0),
            ],
        ),
        colormap: one_of(rng, &Colormap::ALL),
        invert: rng.random_bool(0.3),
        opacity: one_of(rng, &[1.0, 0.5, 0.0, 0.77]),
        interpolation: one_of(rng, &[Interpolation::Nearest, Interpolation::Linear]),
        cut_below: rng.random_bool(0.4),
        follows_value: rng.random_bool(0.3),
        labels: has_labels.then_some(look),
    }
}

fn drawn_view(rng: &mut ChaCha8Rng) -> PlaneView {
    let size = one_of(
        rng,
        &[[1, 90], [200, 1], [64, 30], [65, 28], [127, 24], [40, 33]],
    );
    let center = Point3::from([0; 3].map(|_| one_of(rng, &[0.0, 0.0, 0.5, -1.3, 3.0])));
    let mut view = PlaneView::new(
        one_of(rng, &Plane::ALL),
        one_of(rng, &[Convention::Radiological, Convention::Neurological]),
        center,
        one_of(rng, &[0.05, 0.25, 0.25, 0.37, 1.0]),
        size,
    );
    if rng.random_bool(0.5) {
        let axis = Vector3::from([0; 3].map(|_| rng.random_range(-1.0..1.0)));
        let turn = Rotation3::new(axis).to_homogeneous();
        view.world_from_pixel = turn * view.world_from_pixel;
    }
    view
}

fn drawn_pairing(rng: &mut ChaCha8Rng) -> Option<Pairing> {
    match rng.random_range(0..8) {
        0 => Some(Pairing::Swipe(rng.random_range(0.0..1.0))),
        1 => Some(Pairing::Checkerboard(one_of(rng, &[0.2, 3.0, 17.5]))),
        2 => Some(Pairing::Outline([20, 200, 90])),
        3 => Some(Pairing::Difference(Difference {
            signed: rng.random_bool(0.5),
            style: drawn_style(rng, false),
        })),
        _ => None,
    }
}

#[test]
fn runs_of_pixels_are_drawn_as_pixels_alone() {
    let colours = [
        [0, 0, 0, 0],
        [230, 20, 60, 255],
        [10, 250, 9, 128],
        [9, 8, 200, 255],
    ];
    let mut rng = ChaCha8Rng::seed_from_u64(64);
    // Pictures of some colours: without a pairing, and of each kind of it.
    let mut n_coloured = [0; 5];
    for n in 0..1600 {
        let layers = 0..rng.random_range(0..=5);
        let layers = layers.map(|_| {
            let has_labels = rng.random_bool(0.3);
            (
                drawn_volume(&mut rng, has_labels),
                drawn_style(&mut rng, has_labels),
            )
        });
        let layers: Vec<_> = layers.collect();
        let coloured = layers.iter().map(|(volume, style)| {
            let colours: &[[u8; 4]] = if style.labels.is_some() {
                &colours
            } else {
                &[]
            };
            (ColouredVolume { volume, colours }, *style)
        });
        let picture = SlicePicture {
            view: drawn_view(&mut rng),
            layers: coloured.collect(),
            pairing: drawn_pairing(&mut rng),
            background: [10, 20, 30],
        };
        let (found, wanted) = (draw_on_cpu(&picture), pixels_alone(&picture));
        let differing = found.pixels().zip(wanted.pixels()).filter(|(a, b)| a != b);
        assert_eq!(
            differing.count(),
            0,
            "picture {n}: {:?} {:?} {:?}",
            picture.view,
            picture.pairing,
            layers.iter().map(|(_, style)| style).collect::<Vec<_>>()
        );
        let colours: BTreeSet<_> = found.pixels().map(|pixel| pixel.0).collect();
        let way = match picture.pairing.filter(|_| layers.len() >= 2) {
            None => 0,
            Some(Pairing::Difference(_)) => 1,
            Some(Pairing::Swipe(_)) => 2,
            Some(Pairing::Checkerboard(_)) => 3,
            Some(Pairing::Outline(_)) => 4,
        };
        n_coloured[way] += usize::from(colours.len() > 8);
    }
    // A test of empty pictures would pass whatever the code does.
    assert!(n_coloured.iter().all(|n| *n >= 8), "{n_coloured:?}");
}

/// As the window has them: hundreds of pixels across, each run full, rows on several threads.
#[test]
fn a_pane_is_drawn_as_its_pixels_alone() {
    let dims = [40, 48, 36];
    let base = lopsided(dims, straight(dims, [1.0, 1.1, 1.3]));
    let over = lopsided(dims, oblique(dims, [1.0, 0.9, 1.3]));
    let layer = |volume, style| {
        let colours: &[[u8; 4]] = &[];
        (ColouredVolume { volume, colours }, style)
    };
    for plane in Plane::ALL {
        let picture = SlicePicture {
            view: PlaneView::fit(
                plane,
                Convention::Radiological,
                base.grid(),
                2.2,
                Some([427, 400]),
            ),
            layers: vec![
                layer(&base, super::base_style()),
                layer(
                    &over,
                    LayerStyle::overlay(Window::new(350.0, 800.0), Colormap::Inferno),
                ),
            ],
            pairing: None,
            background: [0; 3],
        };
        let differing = draw_on_cpu(&picture) != pixels_alone(&picture);
        assert!(!differing, "{plane:?}");
    }
}
