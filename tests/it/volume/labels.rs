//! Label maps: which numbers there are, what is taken for one, and changes of a mask.

use super::{indices, value};
use cisterna::volume::{Affine, Grid, LabelMap, MaskChanges, Volume, VolumeError, is_label_map};

fn volume(dims: [usize; 3], value: impl Fn([usize; 3]) -> f32) -> Volume {
    let grid = Grid::new(dims, Affine::identity()).unwrap();
    Volume::new(grid, indices(dims).map(value).collect()).unwrap()
}

#[test]
fn numbers_of_any_size_keep_their_places() {
    let grid = Grid::new([3, 2, 1], Affine::identity()).unwrap();
    // f32 has 2147483520 for the two large ones.
    let ids = [0, 2_147_483_647, 2_147_483_648, 7, 7, 16_777_217];
    let map = LabelMap::of_ids(grid, &ids).unwrap();
    assert_eq!(map.ids(), [0, 7, 16_777_217, 2_147_483_647, 2_147_483_648]);
    let found: Vec<u32> = indices([3, 2, 1])
        .map(|at| map.id_at(at).unwrap())
        .collect();
    assert_eq!(found, ids);
    let counted: Vec<(u32, usize)> = map.labels().collect();
    assert_eq!(counted[0], (7, 2));
    assert_eq!(counted.len(), 4);
    assert_eq!(map.id_at([3, 0, 0]), None);
}

#[test]
fn what_is_no_whole_number_is_no_label() {
    let error = |bad: f32| {
        let of = volume(
            [4, 4, 4],
            |[i, j, k]| if i + j + k == 0 { bad } else { 1.0 },
        );
        LabelMap::of(&of).unwrap_err()
    };
    for bad in [0.5, -1.0, f32::INFINITY, 16_777_218.0] {
        assert_eq!(error(bad), VolumeError::NoLabel(bad));
    }
    let around = volume([4, 4, 4], |[i, ..]| if i == 0 { f32::NAN } else { 3.0 });
    let map = LabelMap::of(&around).unwrap();
    assert_eq!(map.ids(), [0, 3]);
    assert_eq!(map.id_at([0, 1, 1]), Some(0));
}

#[test]
fn labels_are_told_from_scans_by_their_values() {
    let dims = [24, 20, 16];
    #[track_caller]
    fn check(of: &Volume, expected: bool) {
        assert_eq!(is_label_map(of), expected);
    }
    // Blocks of many numbers, some of them large.
    let blocks = |[i, j, k]: [usize; 3]| (1000 * (i / 6) + 10 * (j / 5) + k / 4) as f32;
    check(&volume(dims, blocks), true);
    // Single voxels in little of the volume: a mask of small lesions.
    let dots = |[i, j, k]: [usize; 3]| f32::from(u8::from(i % 5 == 0 && j % 5 == 0 && k % 5 == 0));
    check(&volume(dims, dots), true);
    // Whole numbers that jump from voxel to voxel, as a scan's do; and few of them everywhere.
    check(&volume(dims, |at| value(at, 1)), false);
    check(&volume(dims, |[i, j, k]| ((i + j + k) % 7) as f32), false);
    check(&volume(dims, |at| blocks(at) + 0.25), false);
    check(&volume(dims, |_| 0.0), false);
}

#[test]
fn changes_of_a_mask_go_back_and_forth_by_steps() {
    let mut changes = MaskChanges::default();
    changes.begin();
    changes.set(5, Some(true));
    changes.set(6, Some(true));
    changes.set(6, None);
    changes.begin();
    changes.begin();
    changes.set(9, Some(false));
    assert_eq!(changes.counts(), [1, 1]);
    assert_eq!(changes.values(10), [0, 0, 0, 0, 0, 1, 0, 0, 0, 2]);
    assert_eq!(changes.undo(), [9]);
    assert_eq!(changes.get(9), None);
    assert_eq!(changes.can_undo_redo(), [true, true]);
    assert_eq!(changes.undo(), [5, 6, 6]);
    assert_eq!(changes.counts(), [0, 0]);
    assert!(changes.undo().is_empty());
    assert_eq!(changes.redo(), [5, 6, 6]);
    assert_eq!(changes.redo(), [9]);
    assert!(changes.redo().is_empty());
    let kept: Vec<f32> = changes.values(10).into_iter().map(f32::from).collect();
    let again = MaskChanges::of_values(&kept).unwrap();
    assert!(again.iter().eq(changes.iter()));
    assert_eq!(MaskChanges::of_values(&[0.0, 3.0]), Err(3.0));
    // A new step forgets what was taken back.
    changes.undo();
    changes.begin();
    assert_eq!(changes.can_undo_redo(), [true, false]);
}
