//! Components of a mask of 256 cubed voxels, 2000 blobs in it, and vesselness of 160 x 214 x 176 voxels at
//! three scales: the median of seven runs, in ms. `cargo bench --bench masks -- FILE` takes the mask from a
//! file of 256^3 bytes, so that other programs can be timed on the same.

use cisterna::volume::{Components, Grid, MaskOverlap, Neighbours, Vesselness, Volume};
use nalgebra::Matrix4;
use std::io::Write;
use std::time::Instant;

const SIDE: usize = 256;

fn main() -> std::io::Result<()> {
    let file = std::env::args().skip(1).find(|word| !word.starts_with('-'));
    let mask = match file {
        Some(file) => std::fs::read(file)?
            .into_iter()
            .map(|byte| byte > 0)
            .collect(),
        None => blobs(),
    };
    assert_eq!(mask.len(), SIDE * SIDE * SIDE, "a mask of 256 cubed voxels");
    let mut out = std::io::stdout().lock();
    let n_inside = mask.iter().filter(|is_in| **is_in).count();
    writeln!(
        out,
        "{n_inside} voxels in the mask, {} threads",
        rayon::current_num_threads()
    )?;
    let dims = [SIDE; 3];
    for kind in [Neighbours::Faces, Neighbours::Edges, Neighbours::Corners] {
        let n = Components::of(&mask, dims, kind).n();
        let runs = median_ms(|| Components::of(&mask, dims, kind).n());
        let labels = median_ms(|| Components::of(&mask, dims, kind).labels().len());
        writeln!(
            out,
            "{kind:?}: {n} components, {runs:.1} ms; with a label a voxel {labels:.1} ms"
        )?;
    }
    let found = Components::of(&mask, dims, Neighbours::Corners);
    let scores = median_ms(|| MaskOverlap::of(&found, &found, 1.0).scores(5.0).n_truth);
    writeln!(
        out,
        "all scores of two masks with these components: {scores:.1} ms"
    )?;

    let dims = [160, 214, 176];
    let grid = Grid::new(dims, Matrix4::identity()).expect("1 mm");
    let value = |voxel: usize| 100.0 + ((voxel * 7919) % 1009) as f32 / 100.0;
    let values = (0..grid.n_voxels()).map(value).collect();
    let scan = Volume::new(grid, values).expect("a value a voxel");
    let settings = Vesselness::published(100.0, 0.08, true);
    let ms = median_ms(|| settings.of(&scan).expect("a scan").values().len());
    writeln!(
        out,
        "vesselness of 160 x 214 x 176 voxels at three scales: {ms:.0} ms"
    )?;
    Ok(())
}

fn median_ms(mut work: impl FnMut() -> usize) -> f64 {
    let mut times: Vec<f64> = (0..7)
        .map(|_| {
            let start = Instant::now();
            std::hint::black_box(work());
            start.elapsed().as_secs_f64() * 1000.0
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[3]
}

/// Ellipsoids with radii of 1 to 5.5 voxels.
fn blobs() -> Vec<bool> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut uniform = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let mut mask = vec![false; SIDE * SIDE * SIDE];
    for _ in 0..2000 {
        let center = [(); 3].map(|()| 7 + (uniform() * (SIDE - 14) as f64) as usize);
        let radii = [(); 3].map(|()| 1.0 + 4.5 * uniform());
        for at in 0..13_usize.pow(3) {
            let off = [at % 13, at / 13 % 13, at / 169];
            let squares = (0..3).map(|a| ((off[a] as f64 - 6.0) / radii[a]).powi(2));
            if squares.sum::<f64>() <= 1.0 {
                let [i, j, k] = std::array::from_fn(|a| center[a] + off[a] - 6);
                mask[i + SIDE * (j + SIDE * k)] = true;
            }
        }
    }
    mask
}
