//! Where a file puts its voxels.

use super::files::{Folder, Header, counting};
use cisterna::formats::{self, Opened, no_progress};
use cisterna::volume::Orientation;

const SROW: [[f32; 4]; 3] = [
    [-1.2, 0.3, 0.1, 12.0],
    [0.2, 1.9, -0.3, -7.0],
    [0.15, 0.4, 2.6, 3.0],
];

/// 4 x 5 x 6 voxels of 1.5 x 2 x 2.5 mm, the header changed.
fn opened(change: impl FnOnce(&mut Header)) -> Opened {
    let mut header = Header::with_dims(&[4, 5, 6]);
    change(&mut header);
    let folder = Folder::new();
    let path = folder.write("a.nii", &header.file(&counting(120)));
    formats::open(&path, 0, &no_progress).unwrap()
}

fn with_sform(header: &mut Header) {
    (header.sform_code, header.srow) = (2, SROW);
}

fn with_qform(header: &mut Header) {
    header.qform_code = 1;
    header.quatern = [0.1, -0.2, 0.3];
    header.qoffset = [5.0, -6.0, 7.0];
}

/// f32 fields, f64 from there on: to 1e-6 of a mm, as nibabel goes through other roundings.
#[track_caller]
fn check(found: &Opened, source: &str, axcodes: &str, expected: [[f64; 4]; 3]) {
    let info = &found.info;
    assert_eq!(
        (info.affine_source, info.axcodes.as_str()),
        (source, axcodes)
    );
    for (row, expected) in expected.iter().enumerate() {
        for (column, expected) in expected.iter().enumerate() {
            let element = info.affine[row][column];
            assert!(
                (element - expected).abs() < 1e-6,
                "[{row}][{column}]: {element}"
            );
            let placed = found.volume.grid().world_from_voxel()[(row, column)];
            assert_eq!(placed, element);
        }
    }
    assert_eq!(info.affine[3], [0.0, 0.0, 0.0, 1.0]);
    let orientation = found.volume.orientation();
    assert_eq!(orientation == Orientation::Unknown, source == "pixdim");
}

const BY_SFORM: [[f64; 4]; 3] = [
    [
        -1.2000000476837158,
        0.30000001192092896,
        0.10000000149011612,
        12.0,
    ],
    [
        0.20000000298023224,
        1.899999976158142,
        -0.30000001192092896,
        -7.0,
    ],
    [
        0.15000000596046448,
        0.4000000059604645,
        2.5999999046325684,
        3.0,
    ],
];
const BY_QFORM: [[f64; 4]; 3] = [
    [
        1.1099999749660487,
        -1.1928342604719482,
        -0.7773618505128826,
        5.0,
    ],
    [
        0.7746256917776824,
        1.599999970197677,
        -0.7636809457455381,
        -6.0,
    ],
    [
        0.6464171201424961,
        0.13094473037038656,
        2.2499999925494194,
        7.0,
    ],
];

/// `nibabel.Nifti1Header(bytes, check=True).get_best_affine()` and `aff2axcodes` (5.4.2).
#[test]
fn affines_agree_with_nibabel() {
    check(&opened(with_sform), "sform", "LAS", BY_SFORM);
    check(&opened(with_qform), "qform", "RAS", BY_QFORM);
    let by_rows = |header: &mut Header| {
        with_qform(header);
        header.srow = SROW;
    };
    check(&opened(by_rows), "qform", "RAS", BY_QFORM);
    let both = |header: &mut Header| {
        with_qform(header);
        with_sform(header);
        // Whichever code is larger (NiiVue's rule is another).
        (header.qform_code, header.sform_code) = (4, 1);
    };
    check(&opened(both), "sform", "LAS", BY_SFORM);
    let neither = [
        [-1.5, 0.0, 0.0, 2.25],
        [0.0, 2.0, 0.0, -4.0],
        [0.0, 0.0, 2.5, -6.25],
    ];
    check(&opened(|_| ()), "pixdim", "LAS", neither);
    let turned = |quatern: [f32; 3]| {
        opened(move |header| {
            with_qform(header);
            header.quatern = quatern;
        })
    };
    let around_z = [
        [-1.5, 0.0, 0.0, 5.0],
        [0.0, -2.0, 0.0, -6.0],
        [0.0, 0.0, 2.5, 7.0],
    ];
    check(&turned([0.0, 0.0, 1.0]), "qform", "LPS", around_z);
    // Longer than 1 by rounding.
    let around_y = [
        [-1.5, 0.0, 0.0, 5.0],
        [0.0, 2.0, 0.0, -6.0],
        [0.0, 0.0, -2.5, 7.0],
    ];
    check(&turned([0.0, 1.000_000_1, 0.0]), "qform", "LAI", around_y);
    // Shorter than 1 by rounding, as coronal slices without a tilt are written.
    let half = std::f32::consts::FRAC_1_SQRT_2;
    let coronal = [
        [-1.5, 0.0, 0.0, 5.0],
        [0.0, 0.0, 2.5, -6.0],
        [0.0, 2.0, 0.0, 7.0],
    ];
    check(&turned([0.0, half, half]), "qform", "LSA", coronal);
}

#[test]
fn qfac_turns_the_third_axis() {
    #[track_caller]
    fn check_qfac(qfac: f32, axcodes: &str, third: f64) {
        let found = opened(|header| {
            with_qform(header);
            header.pixdim[0] = qfac;
        });
        let mut expected = BY_QFORM;
        for row in &mut expected {
            row[2] *= third;
        }
        check(&found, "qform", axcodes, expected);
    }
    check_qfac(1.0, "RAS", 1.0);
    check_qfac(-1.0, "RAI", -1.0);
    // nibabel mends 0 to 1 when it loads.
    check_qfac(0.0, "RAS", 1.0);
}

#[test]
fn unknown_orientation_is_said() {
    let found = opened(|_| ());
    assert_eq!(found.volume.orientation(), Orientation::Unknown);
    assert!(
        found
            .info
            .warnings
            .iter()
            .any(|w| w.contains("left and right are unknown"))
    );
    // Codes below 0 are no codes.
    let found = opened(|header| {
        with_qform(header);
        with_sform(header);
        (header.qform_code, header.sform_code) = (-1, -1);
    });
    assert_eq!(found.info.affine_source, "pixdim");
    assert_eq!(found.volume.orientation(), Orientation::Unknown);
    let found = opened(with_sform);
    assert_eq!(found.volume.orientation(), Orientation::Known);
    assert!(found.info.warnings.is_empty(), "{:?}", found.info.warnings);
}

/// numpy: the largest distance between `sform @ corner` and `qform @ corner` over the corners of
/// the voxel cells.
#[test]
fn a_disagreement_of_sform_and_qform_is_said() {
    #[track_caller]
    fn check(change: impl FnOnce(&mut Header), expected: Option<&str>) {
        let warnings = opened(|header| {
            with_qform(header);
            header.sform_code = 1;
            header.srow = BY_QFORM.map(|row| row.map(|x| x as f32));
            change(header);
        })
        .info
        .warnings;
        match expected {
            None => assert!(warnings.is_empty(), "{warnings:?}"),
            Some(mm) => {
                assert_eq!(warnings.len(), 1, "{warnings:?}");
                assert!(warnings[0].contains("disagree"), "{warnings:?}");
                assert!(warnings[0].contains(&format!("{mm} mm")), "{warnings:?}");
            }
        }
    }
    // 4.1e-7 mm, 0.005 mm: rounding.
    check(|_| (), None);
    check(|header| header.srow[0][3] += 0.005, None);
    check(|header| header.srow[0][3] += 0.02, Some("0.02"));
    check(|header| header.srow[0][3] += 3.5, Some("3.50"));
    // 19.963989295968943 mm.
    check(|header| header.srow = SROW, Some("19.96"));
}

#[test]
fn a_good_qform_stands_in_for_a_bad_sform() {
    #[track_caller]
    fn check_bad(change: impl FnOnce(&mut Header)) {
        let found = opened(|header| {
            with_qform(header);
            with_sform(header);
            change(header);
        });
        check(&found, "qform", "RAS", BY_QFORM);
        let warnings = &found.info.warnings;
        assert!(
            warnings.iter().any(|w| w.contains("sform is not used")),
            "{warnings:?}"
        );
    }
    check_bad(|header| header.srow = [[0.0; 4]; 3]);
    check_bad(|header| header.srow[1] = header.srow[0]);
    check_bad(|header| header.srow[0][0] = f32::NAN);
    check_bad(|header| header.srow[2][3] = f32::INFINITY);
}

#[test]
fn a_bad_qform_does_not_spoil_a_good_sform() {
    #[track_caller]
    fn check_bad(change: impl FnOnce(&mut Header)) {
        let found = opened(|header| {
            with_qform(header);
            with_sform(header);
            change(header);
        });
        check(&found, "sform", "LAS", BY_SFORM);
    }
    check_bad(|header| header.quatern[0] = f32::NAN);
    check_bad(|header| header.pixdim[2] = 0.0);
    check_bad(|header| header.qoffset[1] = f32::INFINITY);
}

/// A header without a third voxel size is that of a picture.
#[test]
fn a_picture_needs_no_third_size() {
    let mut header = Header::with_dims(&[4, 3]);
    header.pixdim[3] = 0.0;
    let folder = Folder::new();
    let path = folder.write("a.nii", &header.file(&counting(12)));
    let opened = formats::open(&path, 0, &no_progress).unwrap();
    assert_eq!(opened.volume.grid().spacing_mm(), [1.5, 2.0, 1.0]);
    assert_eq!(opened.info.zooms_mm, [1.5, 2.0]);
}
