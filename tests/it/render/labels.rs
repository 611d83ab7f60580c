//! Label maps: each label in its colour, filled or outlined, the same on the GPU and on the CPU.

use super::{GPU, assert_same, base_style, lopsided, oblique, picture, straight};
use crate::shared;
use cisterna::formats::{self, no_progress};
use cisterna::render::{
    ColouredVolume, LabelLook, LayerStyle, SlicePicture, VolumeTexture, draw_on_cpu, label_colour,
};
use cisterna::volume::{Grid, LabelMap, Plane, Volume};
use image::RgbaImage;
use std::collections::BTreeSet;

fn draw_on_gpu(picture: &SlicePicture<ColouredVolume<'_>>) -> RgbaImage {
    let (gpu, pipeline) = &*GPU;
    let layers = picture.layers.iter().map(|(layer, style)| {
        let ColouredVolume { volume, colours } = *layer;
        let texture = match style.labels {
            Some(_) => VolumeTexture::of_labels(&gpu.device, &gpu.queue, volume, colours),
            None => VolumeTexture::new(&gpu.device, &gpu.queue, volume),
        };
        (texture.unwrap(), *style)
    });
    let picture = SlicePicture {
        view: picture.view,
        layers: layers.collect(),
        pairing: None,
        background: picture.background,
    };
    gpu.draw(pipeline, &picture).unwrap()
}

fn look(fill: f32, outline_px: f32) -> LayerStyle {
    LayerStyle {
        opacity: fill,
        labels: Some(LabelLook {
            outline_px,
            outline_opacity: 1.0,
        }),
        ..LayerStyle::labels()
    }
}

fn colours(map: &LabelMap) -> Vec<[u8; 4]> {
    let colour = |&id: &u32| match id {
        0 => [0; 4],
        id => {
            let [r, g, b] = label_colour(id);
            [r, g, b, 255]
        }
    };
    map.ids().iter().map(colour).collect()
}

/// Balls of large numbers in a grid of their own.
fn balls(dims: [usize; 3]) -> LabelMap {
    let grid = Grid::new(dims, oblique(dims, [1.3; 3])).unwrap();
    let mut ids = Vec::new();
    for k in 0..dims[2] {
        for j in 0..dims[1] {
            for i in 0..dims[0] {
                let cell = [i / 7, j / 6, k / 5];
                let off = [i % 7, j % 6, k % 5].map(|at| at as i64 - 3);
                let is_in = off.iter().map(|at| at * at).sum::<i64>() < 9;
                let number = 2_000_000_000 + (cell[0] + 10 * cell[1] + 100 * cell[2]) as u32;
                ids.push(if is_in { number } else { 0 });
            }
        }
    }
    LabelMap::of_ids(grid, &ids).unwrap()
}

fn over<'a>(
    base: &'a Volume,
    map: &'a LabelMap,
    colours: &'a [[u8; 4]],
    style: LayerStyle,
    plane: Plane,
) -> SlicePicture<ColouredVolume<'a>> {
    let plain = picture(plane, base, base_style(), [180, 170]);
    let base = ColouredVolume {
        volume: base,
        colours: &[],
    };
    let labels = ColouredVolume {
        volume: map.index(),
        colours,
    };
    SlicePicture {
        view: plain.view,
        layers: vec![(base, base_style()), (labels, style)],
        pairing: None,
        background: plain.background,
    }
}

#[test]
fn labels_equal_their_cpu_twin_filled_and_outlined() {
    let dims = [40, 48, 36];
    let base = lopsided(dims, straight(dims, [1.0; 3]));
    let map = balls([42, 36, 30]);
    let colours = colours(&map);
    for plane in Plane::ALL {
        for (fill, line) in [(0.5, 0.0), (0.0, 2.0), (0.3, 1.0), (1.0, 3.0)] {
            let picture = over(&base, &map, &colours, look(fill, line), plane);
            let image = draw_on_gpu(&picture);
            let drawn: BTreeSet<_> = image.pixels().map(|p| p.0).collect();
            assert!(drawn.len() > 16, "{} colours", drawn.len());
            assert_same(&image, &draw_on_cpu(&picture));
        }
    }
}

/// A square of one label in a slice, pixel by pixel.
#[test]
fn an_outline_lies_in_its_own_label_and_is_as_wide_as_told() {
    let dims = [20, 20, 1];
    let grid = Grid::new(dims, straight(dims, [1.0; 3])).unwrap();
    let at = |i: usize, j: usize| {
        let inside = (4..16).contains(&i) && (4..16).contains(&j);
        match (inside, i < 10) {
            (false, _) => 0,
            (true, true) => 1,
            (true, false) => 2,
        }
    };
    let ids: Vec<u32> = (0..400).map(|voxel| at(voxel % 20, voxel / 20)).collect();
    let map = LabelMap::of_ids(grid, &ids).unwrap();
    let colours = colours(&map);
    let index = map.index();
    let plain = picture(Plane::Axial, index, base_style(), [20, 20]);
    for width in [1, 2, 3] {
        let picture = SlicePicture {
            view: plain.view,
            layers: vec![(
                ColouredVolume {
                    volume: index,
                    colours: &colours,
                },
                look(0.0, width as f32),
            )],
            pairing: None,
            background: [0; 3],
        };
        for image in [draw_on_gpu(&picture), draw_on_cpu(&picture)] {
            let shown = image.pixels().filter(|p| p.0[..3] != [0; 3]).count();
            // Each label is 6 x 12 pixels; what is left of it within the line is clear.
            let clear = (6 - 2 * width as usize) * (12 - 2 * width as usize);
            assert_eq!(shown, 2 * (72 - clear), "{width} pixels");
        }
    }
}

/// Each label of the file is in a picture of one of its slices, in the colour of its number.
#[track_caller]
fn check_every_label_is_seen(name: &str, on_gpu_too: bool) {
    let Some(path) = shared(&format!("data/nifti/{name}")) else {
        return;
    };
    let volume = formats::open(&path, 0, &no_progress).unwrap().volume;
    let map = LabelMap::of(&volume).unwrap();
    // Colours that are exact: the number itself.
    let exact: Vec<[u8; 4]> = (0..map.ids().len())
        .map(|at| match at {
            0 => [0; 4],
            at => [(at % 251) as u8, 1 + (at / 251) as u8, 200, 255],
        })
        .collect();
    let grid = map.index().grid();
    let (gpu, pipeline) = &*GPU;
    let texture = on_gpu_too
        .then(|| VolumeTexture::of_labels(&gpu.device, &gpu.queue, map.index(), &exact).unwrap());
    let mut seen = [BTreeSet::new(), BTreeSet::new()];
    for slice in 0..Plane::Axial.n_slices(grid) {
        let at_mm = Plane::Axial.position_of_slice(grid, slice);
        let view = cisterna::volume::PlaneView::fit(
            Plane::Axial,
            cisterna::volume::Convention::Radiological,
            grid,
            at_mm,
            None,
        );
        let layer = ColouredVolume {
            volume: map.index(),
            colours: &exact,
        };
        let style = look(1.0, 0.0);
        let cpu = draw_on_cpu(&SlicePicture {
            view,
            layers: vec![(layer, style)],
            pairing: None,
            background: [0; 3],
        });
        seen[0].extend(cpu.pixels().map(|p| p.0).filter(|p| p[2] == 200));
        if let Some(texture) = &texture {
            let picture = SlicePicture {
                view,
                layers: vec![(texture, style)],
                pairing: None,
                background: [0; 3],
            };
            let image = gpu.draw(pipeline, &picture).unwrap();
            seen[1].extend(image.pixels().map(|p| p.0).filter(|p| p[2] == 200));
        }
    }
    let wanted: BTreeSet<[u8; 4]> = exact[1..].iter().copied().collect();
    assert_eq!(seen[0], wanted, "{name} by the CPU");
    if on_gpu_too {
        assert_eq!(seen[1], wanted, "{name} by the GPU");
    }
}

#[test]
fn every_label_of_the_shared_maps_is_seen() {
    check_every_label_is_seen("niivue+niivue/aal.nii.gz", true);
    check_every_label_is_seen("niivue+niivue/labels256.nii.gz", false);
    check_every_label_is_seen("niivue+niivue/lesion.nii.gz", true);
    check_every_label_is_seen(
        "neurolabusc+MRIcron/HarvardOxford-cort-maxprob-thr0-1mm.nii.gz",
        true,
    );
}

/// A box that is handed over anew is drawn, and nothing else changes.
#[test]
fn a_texture_takes_a_box_of_voxels_anew() {
    let (gpu, pipeline) = &*GPU;
    let dims = [10, 9, 8];
    let grid = Grid::new(dims, straight(dims, [1.0; 3])).unwrap();
    let with_box = |is_set: bool| -> Volume {
        let voxel = |at: usize| {
            let [i, j, k] = [at % 10, at / 10 % 9, at / 90];
            let inside = (2..5).contains(&i) && (3..7).contains(&j) && (4..6).contains(&k);
            f32::from(u8::from(is_set && inside || i == 9))
        };
        Volume::new(grid.clone(), (0..720).map(voxel).collect()).unwrap()
    };
    let table = [[0; 4], [255, 0, 0, 255]];
    let (before, after) = (with_box(false), with_box(true));
    let made = |volume: &Volume| VolumeTexture::of_labels(&gpu.device, &gpu.queue, volume, &table);
    let texture = made(&before).unwrap();
    texture.update(&gpu.queue, [2, 3, 4], [3, 4, 2], &[1.0; 24]);
    let wanted = made(&after).unwrap();
    let [found, wanted] = [texture, wanted].map(|texture| {
        let plain = picture(Plane::Axial, &after, base_style(), [40, 36]);
        let picture = SlicePicture {
            view: cisterna::volume::PlaneView::fit(
                Plane::Axial,
                cisterna::volume::Convention::Radiological,
                after.grid(),
                0.5,
                Some([40, 36]),
            ),
            layers: vec![(texture, look(1.0, 0.0))],
            pairing: None,
            background: plain.background,
        };
        gpu.draw(pipeline, &picture).unwrap()
    });
    assert_eq!(found, wanted);
    let red = found.pixels().filter(|p| p.0 == [255, 0, 0, 255]).count();
    // 12 voxels of the box and 9 at the edge, 4 pixels each way.
    assert_eq!(red, 16 * (12 + 9));
}
