//! The written rule of the reflux grade on planes made by hand.

use cisterna::anatomy::{
    ENRICHED_RATIO, ISOINTENSE_PLANE_RATIO, NoPlaneGrade, PlaneReflux, PlaneRegions,
};
use cisterna::volume::PLANE_SIZE;

/// Ventricles, subarachnoid space and white matter in three rows of one value each.
fn plane(ventricles: f32, subarachnoid: f32, white: f32) -> (Vec<f32>, PlaneRegions) {
    let mut values = vec![0.0; PLANE_SIZE * PLANE_SIZE];
    let row = |at: usize| (at * PLANE_SIZE..(at + 1) * PLANE_SIZE).collect::<Vec<usize>>();
    let regions = PlaneRegions {
        ventricles: row(10),
        subarachnoid: row(20),
        white: row(30),
    };
    for (pixels, value) in [
        (&regions.ventricles, ventricles),
        (&regions.subarachnoid, subarachnoid),
        (&regions.white, white),
    ] {
        for &pixel in pixels {
            values[pixel] = value;
        }
    }
    (values, regions)
}

#[test]
fn grades_follow_from_two_ratios() {
    #[track_caller]
    fn check(ventricles: f32, subarachnoid: f32, white: f32, grade: u8) {
        let (values, regions) = plane(ventricles, subarachnoid, white);
        let found = PlaneReflux::of_plane(&values, &regions).unwrap();
        assert_eq!(found.grade, grade, "{found:?}");
        let over = f64::from(ventricles) / f64::from(white);
        assert!((found.over_white - over).abs() < 1e-6, "{found:?}");
        assert_eq!(found.is_enriched(), grade >= 3);
        // Whatever the unit of the signal.
        let double: Vec<f32> = values.iter().map(|value| 2.0 * value).collect();
        assert_eq!(
            PlaneReflux::of_plane(&double, &regions).unwrap().grade,
            grade
        );
    }
    // No tracer: CSF is dark, and as dark in the ventricles as outside.
    check(0.05, 0.05, 0.5, 0);
    // Tracer outside only.
    check(0.05, 0.9, 0.5, 0);
    // Half as bright as outside.
    check(0.4, 0.8, 0.5, 3);
    // As bright, and brighter.
    check(0.7, 0.8, 0.5, 4);
    check(0.9, 0.8, 0.5, 4);
    // At the bounds the higher grade counts.
    assert_eq!(PlaneReflux::of_ratios(ENRICHED_RATIO, 0.1).grade, 3);
    assert_eq!(PlaneReflux::of_ratios(ENRICHED_RATIO - 1e-9, 2.0).grade, 0);
    let both = PlaneReflux::of_ratios(ENRICHED_RATIO, ISOINTENSE_PLANE_RATIO);
    assert_eq!(both.grade, 4);
    let below = PlaneReflux::of_ratios(1.0, ISOINTENSE_PLANE_RATIO - 1e-9);
    assert_eq!(below.grade, 3);
}

/// A few pixels of vessel or of plexus in a region change nothing.
#[test]
fn a_plexus_does_not_enrich_the_ventricles() {
    let (mut values, regions) = plane(0.05, 0.8, 0.5);
    for &pixel in &regions.ventricles[..100] {
        values[pixel] = 1.0;
    }
    assert_eq!(PlaneReflux::of_plane(&values, &regions).unwrap().grade, 0);
}

/// Where a scanner shows CSF before the tracer as bright as the rule asks for, a bright plane says nothing.
#[test]
fn what_was_bright_before_the_tracer_has_no_grade() {
    let (after, regions) = plane(0.4, 0.8, 0.5);
    let of = |before: Option<&[f32]>| PlaneReflux::of_plane_after(before, &after, &regions);
    let (dark, _) = plane(0.1, 0.1, 0.5);
    let (bright, _) = plane(0.2, 0.2, 0.5);
    assert_eq!(of(None).unwrap().grade, 3);
    assert_eq!(of(Some(&dark)).unwrap().grade, 3);
    let why = of(Some(&bright)).unwrap_err();
    assert!(matches!(why, NoPlaneGrade::EnrichedBefore(_)), "{why}");
    assert!(why.to_string().contains("0.40 of white matter"), "{why}");
}

#[test]
fn a_plane_without_its_regions_has_no_grade() {
    let (values, mut regions) = plane(0.4, 0.8, 0.5);
    regions.ventricles.truncate(7);
    let none = PlaneReflux::of_plane(&values, &regions).unwrap_err();
    assert_eq!(
        none,
        NoPlaneGrade::TooSmall {
            region: "lateral ventricles",
            pixels: 7,
            least: 20
        }
    );
    let (values, regions) = plane(0.4, 0.0, 0.5);
    let none = PlaneReflux::of_plane(&values, &regions).unwrap_err();
    assert!(none.to_string().contains("subarachnoid"), "{none}");
}
