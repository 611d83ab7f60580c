//! What numbers tell of the arms before and after they were made alike.

use super::heads::{Pair, code, pairs, posed_heads};
use crate::shared;
use cisterna::study::{ArmPlanes, CaseImage, Equalise, Equalised, Judgement, StudyError, judge};
use cisterna::volume::{PLANE_SIZE, PlaneImage, PlanePair};

fn arms(pairs: &[Pair]) -> Vec<ArmPlanes> {
    let arm = |pair: &Pair, arm: &str, planes: &PlanePair| ArmPlanes {
        patient: pair.patient.clone(),
        arm: arm.to_owned(),
        planes: planes.clone(),
    };
    pairs
        .iter()
        .flat_map(|pair| {
            [
                arm(pair, "real", &pair.real),
                arm(pair, "predicted", &pair.predicted),
            ]
        })
        .collect()
}

fn judged(arms: &[ArmPlanes], images: &[CaseImage]) -> Vec<Judgement> {
    let pictures: Vec<(&str, bool, &CaseImage)> = arms
        .iter()
        .zip(images)
        .map(|(arm, image)| (arm.patient.as_str(), arm.arm == "real", image))
        .collect();
    judge(&pictures)
}

#[test]
fn numbers_tell_arms_apart_until_they_are_made_alike() {
    let Some(shared) = shared("data") else { return };
    let arms = arms(&pairs(posed_heads(&shared, 36, 1, true), "1-2h-l2"));
    let as_they_come: Vec<CaseImage> = arms
        .iter()
        .enumerate()
        .map(|(at, arm)| {
            let planes = PlanePair {
                axial: arm.planes.axial.clone().by_own_range(),
                sagittal: arm.planes.sagittal.clone().by_own_range(),
            };
            CaseImage::from_pair(code(at), &planes).unwrap()
        })
        .collect();
    let before = judged(&arms, &as_they_come);
    assert!(
        before[0].auroc > 0.95 && before[1].auroc > 0.95,
        "{before:?}"
    );

    let strict = Equalised::of(&arms, Equalise::Strict).unwrap();
    // Noise of one study can point to an arm by chance, that of eight less. That of 36 patients stays: a
    // standard error of 0.08; the bench has more of them.
    let mut areas = [const { Vec::new() }; 2];
    for _ in 0..8 {
        let images: Vec<CaseImage> = (0..arms.len())
            .map(|at| strict.picture(at, code(at)).unwrap())
            .collect();
        for (areas, judgement) in areas.iter_mut().zip(judged(&arms, &images)) {
            areas.push(judgement.auroc);
        }
    }
    for of_studies in areas {
        let mean = of_studies.iter().sum::<f64>() / of_studies.len() as f64;
        assert!((0.25..=0.75).contains(&mean), "{of_studies:?}");
    }
    for at in 0..arms.len() {
        assert!(
            (18.0..40.0).contains(&strict.psnr_db(at)),
            "{}",
            strict.psnr_db(at)
        );
    }
    noise_is_of_each_picture(&strict);
}

/// Two pictures of one image share what is seen, and neither air nor the finest detail.
fn noise_is_of_each_picture(strict: &Equalised) {
    let [one, two] = [1, 2].map(|at| strict.picture(0, code(at)).unwrap());
    let corner = |image: &CaseImage| -> Vec<f64> {
        (0..20 * PLANE_SIZE)
            .filter(|at| at % PLANE_SIZE < 20)
            .map(|at| f64::from(image.axial[at]))
            .collect()
    };
    let (a, b) = (corner(&one), corner(&two));
    let mean = |of: &[f64]| of.iter().sum::<f64>() / of.len() as f64;
    let (mean_a, mean_b) = (mean(&a), mean(&b));
    let product = |x: &[f64], mx: f64, y: &[f64], my: f64| -> f64 {
        x.iter().zip(y).map(|(x, y)| (x - mx) * (y - my)).sum()
    };
    let (aa, bb) = (
        product(&a, mean_a, &a, mean_a),
        product(&b, mean_b, &b, mean_b),
    );
    let correlation = product(&a, mean_a, &b, mean_b) / (aa * bb).sqrt();
    assert!(correlation.abs() < 0.2, "{correlation}");
    // Air is noise about 0.12 of the full scale, whatever the scan had there: 0.03 and the dither.
    let sd = (aa / a.len() as f64).sqrt() / 255.0;
    assert!(
        (mean_a / 255.0 - 0.12).abs() < 0.005 && (sd - 0.03).abs() < 0.004,
        "{mean_a} {sd}"
    );
}

fn disc(value: impl Fn(usize, usize) -> f32, inside: impl Fn(usize, usize) -> bool) -> PlanePair {
    let at = |i: usize| (i % PLANE_SIZE, i / PLANE_SIZE);
    let is_head = |(x, y): (usize, usize)| x.abs_diff(128).pow(2) + y.abs_diff(128).pow(2) < 8100;
    let n = PLANE_SIZE * PLANE_SIZE;
    let plane = PlaneImage {
        data: (0..n)
            .map(|i| {
                if is_head(at(i)) {
                    value(at(i).0, at(i).1)
                } else {
                    0.0
                }
            })
            .collect(),
        inside: (0..n).map(|i| inside(at(i).0, at(i).1)).collect(),
    };
    PlanePair {
        axial: plane.clone(),
        sagittal: plane,
    }
}

/// Something that is not in steps.
fn smooth(x: usize, y: usize) -> f32 {
    100.0 + 40.0 * (x as f32 / 17.3).sin() * (y as f32 / 11.9).cos() + 0.01 * (x * y) as f32
}

#[track_caller]
fn check_refused(other: PlanePair, expected: &str) {
    let arm = |arm: &str, planes: PlanePair| ArmPlanes {
        patient: "p".into(),
        arm: arm.into(),
        planes,
    };
    let arms = [
        arm("real", disc(smooth, |_, _| true)),
        arm("predicted", other),
    ];
    let refused = Equalised::of(&arms, Equalise::Standard).unwrap_err();
    assert!(matches!(refused, StudyError::Unequal { .. }));
    let said = refused.to_string();
    assert!(said.contains(expected), "{said}");
}

#[test]
fn what_cannot_be_made_alike_is_refused_with_the_reason() {
    check_refused(
        disc(|x, y| (smooth(x, y) / 8.0).round(), |_, _| true),
        "different values",
    );
    check_refused(
        disc(smooth, |x, _| x < 110),
        "of the head is in the field of all arms",
    );
    check_refused(
        disc(
            |x, y| smooth(x / 8 * 8, y / 8 * 8) + 0.05 * smooth(y, x),
            |_, _| true,
        ),
        "as in a JPEG picture",
    );
    check_refused(disc(|_, _| 0.0, |_, _| true), "no head is seen");
}

/// Black bars, a cut chin and exact zeros are the same in all arms: the field of all is shown.
#[test]
fn all_arms_show_one_field() {
    let arm = |arm: &str, planes: PlanePair| ArmPlanes {
        patient: "p".into(),
        arm: arm.into(),
        planes,
    };
    let arms = [
        arm("real", disc(smooth, |_, y| y < 170)),
        arm("predicted", disc(smooth, |_, _| true)),
    ];
    let made = Equalised::of(&arms, Equalise::Standard).unwrap();
    for at in 0..2 {
        let image = made.picture(at, code(at)).unwrap();
        let rows = &image.axial[171 * PLANE_SIZE..];
        let mean = rows.iter().map(|&v| f64::from(v)).sum::<f64>() / rows.len() as f64;
        assert!((mean / 255.0 - 0.12).abs() < 0.002, "{mean}");
    }
}
