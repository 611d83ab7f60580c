//! A frame of the viewer where there is no GPU: three panes of 427 x 427 pixels with one overlay at half
//! opacity, drawn by the twin of the shader, each frame one slice further on; on all cores and on one.
//!
//! All three panes are drawn in each frame. (In the window a step through slices changes one of them, and
//! the others stay.) The overlay lies on the scan's own grid, as the peer has it, and on one that is turned.
//!
//! The peer is NiiVue in Chromium, drawing by a software adapter (SwiftShader, llvmpipe) at the same sizes:
//! `peers/niivue/bench_niivue.mjs` in the optional folder of test data beside the checkout (`../shared`),
//! in a folder with the two packages of its `package.json`:
//! `node bench_niivue.mjs --base T1.nii.gz --overlay OVERLAY.nii.gz --backend llvmpipe`.
//! Its line "1 overlay, 3 planes: frames/s, draw + 1-pixel read, back to back" is what the numbers here are
//! held against. On two cores of an AMD EPYC it was 34 frames/s by llvmpipe and 26 by SwiftShader, 29 and 38
//! ms a frame. Quote ratios of runs on the same idle machine, never times alone.

use cisterna::render::{Colormap, LayerStyle, SlicePicture, draw_on_cpu};
use cisterna::volume::{Affine, Convention, Grid, Plane, PlaneView, Volume, Window};
use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use nalgebra::{Rotation3, Vector3};
use std::time::Duration;

const SIDE: usize = 256;
const PANE: [u32; 2] = [427, 427];
/// Slices that are gone through, from the first on, and then again.
const SLICES: std::ops::Range<usize> = 68..188;

fn panes(c: &mut Criterion) {
    let scan = head(SIDE, &Affine::identity());
    let turn = Rotation3::from_euler_angles(0.2, -0.15, 0.3).to_homogeneous();
    let overlays = [
        ("own grid", head(SIDE, &Affine::identity())),
        ("turned grid", head(SIDE / 2, &turn)),
    ];
    let mut group = c.benchmark_group("panes");
    group
        .sample_size(20)
        .sampling_mode(SamplingMode::Flat)
        .throughput(Throughput::Elements(u64::from(3 * PANE[0] * PANE[1])))
        .measurement_time(Duration::from_secs(5));
    let one_core = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    let one_core = one_core.expect("a thread");
    for (name, overlay) in &overlays {
        let mut slices = SLICES.cycle();
        let mut frame = || {
            let slice = slices.next().expect("slices in a circle");
            pictures(&scan, overlay, slice).map(|picture| draw_on_cpu(&picture))
        };
        group.bench_function(format!("all cores, {name}"), |b| b.iter(&mut frame));
        group.bench_function(format!("one core, {name}"), |b| {
            one_core.install(|| b.iter(&mut frame));
        });
    }
    group.finish();
}

fn pictures<'a>(
    scan: &'a Volume,
    overlay: &'a Volume,
    slice: usize,
) -> [SlicePicture<&'a Volume>; 3] {
    let at_mm = slice as f64 - (SIDE as f64 - 1.0) / 2.0;
    Plane::ALL.map(|plane| SlicePicture {
        view: PlaneView::fit(
            plane,
            Convention::Radiological,
            scan.grid(),
            at_mm,
            Some(PANE),
        ),
        layers: vec![
            (scan, LayerStyle::base(Window::new(0.0, 400.0))),
            (
                overlay,
                LayerStyle::overlay(Window::new(50.0, 400.0), Colormap::Inferno),
            ),
        ],
        pairing: None,
        background: [0; 3],
    })
}

/// Shells of tissue with noise in a box of 256 mm around the origin, turned about it.
fn head(side: usize, turn: &Affine) -> Volume {
    let spacing_mm = SIDE as f64 / side as f64;
    let corner = Vector3::repeat(-(side as f64 - 1.0) / 2.0);
    let scale = Affine::new_scaling(spacing_mm);
    let grid = Grid::new([side; 3], turn * scale * Affine::new_translation(&corner));
    let middle = (side as f32 - 1.0) / 2.0;
    let along = |index: usize, radius: f32| (index as f32 - middle) / (radius * side as f32);
    let value = |at: usize| {
        let [x, y, z] = [
            along(at % side, 0.3),
            along(at / side % side, 0.38),
            along(at / side / side, 0.34),
        ];
        let tissue = match (x * x + y * y + z * z).sqrt() {
            r if r < 0.2 => 40.0,
            r if r < 0.8 => 220.0,
            r if r < 1.0 => 330.0,
            _ => return 0.0,
        };
        // Hashed from the voxel's place, so that each run has the same.
        let hash = (at as u64 ^ 0x5eed).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        tissue + (hash >> 58) as f32
    };
    let values = (0..side * side * side).map(value).collect();
    Volume::new(grid.expect("an affine with an inverse"), values).expect("a value a voxel")
}

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(Duration::from_secs(1));
    targets = panes
}
criterion_main!(benches);
