//! Voxels in other orders give the same picture, with the letters where they belong.

use super::*;

/// The same head stored in another order of axes: new axis `a` runs along old axis `order[a]`,
/// backwards where `flip[a]`.
fn reordered(volume: &Volume, order: [usize; 3], flip: [bool; 3]) -> Volume {
    let old = volume.grid();
    let dims = order.map(|axis| old.dims()[axis]);
    let mut old_from_new = Affine::zeros();
    old_from_new[(3, 3)] = 1.0;
    for axis in 0..3 {
        let sign = if flip[axis] { -1.0 } else { 1.0 };
        old_from_new[(order[axis], axis)] = sign;
        if flip[axis] {
            old_from_new[(order[axis], 3)] = dims[axis] as f64 - 1.0;
        }
    }
    let mut values = Vec::with_capacity(old.n_voxels());
    for k in 0..dims[2] {
        for j in 0..dims[1] {
            for i in 0..dims[0] {
                let new = [i, j, k];
                let mut index = [0; 3];
                for axis in 0..3 {
                    index[order[axis]] = if flip[axis] {
                        dims[axis] - 1 - new[axis]
                    } else {
                        new[axis]
                    };
                }
                values.push(volume.value(index).unwrap());
            }
        }
    }
    let grid = Grid::new(dims, old.world_from_voxel() * old_from_new).unwrap();
    Volume::new(grid, values).unwrap()
}

fn all_orders() -> Vec<([usize; 3], [bool; 3])> {
    let mut all = Vec::new();
    for order in [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ] {
        for bits in 0..8 {
            all.push((order, [0, 1, 2].map(|axis| bits >> axis & 1 == 1)));
        }
    }
    all
}

#[test]
fn all_48_axis_orders_give_the_same_picture() {
    let Some(path) = shared("data/nifti/rordenlab+niimath-bitmap/T1.nii.gz") else {
        return;
    };
    let head = formats::open(&path, 0, &formats::no_progress)
        .unwrap()
        .volume;
    let window = Window::auto(&head);
    let expected = Plane::ALL.map(|plane| {
        let at_mm = plane.nearest_slice_mm(
            head.grid(),
            head.grid().center_in_world()[plane.normal_axis()],
        );
        let view = PlaneView::fit(plane, Convention::Radiological, head.grid(), at_mm, None);
        draw_on_cpu(&SlicePicture {
            view,
            layers: vec![(&head, LayerStyle::base(window))],
            pairing: None,
            background: [0; 3],
        })
    });
    let mut axcodes = std::collections::BTreeSet::new();
    for (order, flip) in all_orders() {
        let stored = reordered(&head, order, flip);
        axcodes.insert(stored.grid().axcodes());
        let middle = stored.grid().center_in_world();
        for (plane, expected) in Plane::ALL.into_iter().zip(&expected) {
            let at_mm = plane.nearest_slice_mm(stored.grid(), middle[plane.normal_axis()]);
            let view = PlaneView::fit(plane, Convention::Radiological, stored.grid(), at_mm, None);
            let image = draw_on_cpu(&SlicePicture {
                view,
                layers: vec![(&stored, LayerStyle::base(window))],
                pairing: None,
                background: [0; 3],
            });
            assert_same(&image, expected);
            assert_eq!(
                view.letters(Orientation::Known),
                PlaneView::fit(plane, Convention::Radiological, head.grid(), 0.0, None)
                    .letters(Orientation::Known)
            );
        }
    }
    assert_eq!(axcodes.len(), 48);
}

/// The pictures of one brain that others stored in different orders.
#[test]
fn brains_stored_by_others_in_other_orders_give_the_same_picture() {
    let Some(folder) = shared("data/nifti/niivue+niivue/nifti_space") else {
        return;
    };
    let mut first: Option<RgbaImage> = None;
    let mut n_files = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let brain = formats::open(&path, 0, &formats::no_progress)
            .unwrap()
            .volume;
        let style = LayerStyle::base(Window::new(0.0, 90.0));
        let image = draw_on_cpu(&picture(Plane::Sagittal, &brain, style, [150, 150]));
        if let Some(first) = &first {
            assert_same(first, &image);
        }
        first.get_or_insert(image);
        n_files += 1;
    }
    assert!(n_files > 10);
}

#[test]
fn letters_come_from_the_matrix_that_drew_the_picture() {
    // A scan that is bright on the patient's right only: the letter R must stand on that side of
    // the picture, whatever the convention and however the scan is stored.
    let dims = [20, 24, 22];
    let right = {
        let grid = Grid::new(dims, straight(dims, [1.0; 3])).unwrap();
        let values = (0..grid.n_voxels())
            .map(|at| {
                if at % dims[0] >= dims[0] / 2 {
                    1.0
                } else {
                    0.0
                }
            })
            .collect();
        Volume::new(grid, values).unwrap()
    };
    for convention in [Convention::Radiological, Convention::Neurological] {
        for plane in [Plane::Axial, Plane::Coronal] {
            for (order, flip) in all_orders() {
                let stored = reordered(&right, order, flip);
                let view = PlaneView::fit(plane, convention, stored.grid(), 0.5, Some([40, 40]));
                let image = draw_on_cpu(&SlicePicture {
                    view,
                    layers: vec![(&stored, LayerStyle::base(Window::new(0.0, 1.0)))],
                    pairing: None,
                    background: [0; 3],
                });
                let bright_on_left = image.get_pixel(8, 20).0[0] > image.get_pixel(31, 20).0[0];
                let letters = view.letters(Orientation::Known);
                let (bright, dark) = if bright_on_left {
                    (letters.left, letters.right)
                } else {
                    (letters.right, letters.left)
                };
                assert_eq!((bright, dark), ('R', 'L'), "{plane:?} {convention:?}");
                assert_eq!(bright_on_left, convention == Convention::Radiological);
                assert_eq!(view.letters(Orientation::Unknown).left, '?');
            }
        }
    }
}
