//! Heads after contrast: the six items measured in them are those that were drawn, what enhances is as
//! bright as the equation says, and a twin differs by the leak alone.

use cisterna::anatomy::bern::Item;
use cisterna::phantom::leak::{LeakCase, Mimics, Preset, Subdural, leak_cohort};
use cisterna::phantom::{ContrastHead, ContrastPart, MeasuredItems, Region};
use rayon::prelude::*;

const SEED: u64 = 31;

fn plain(idx: usize, severity: f64) -> LeakCase {
    LeakCase::of(idx, SEED, severity > 0.0, severity, Mimics::default())
}

#[track_caller]
fn check(what: &str, case: &LeakCase, measured: &MeasuredItems) {
    for item in Item::ALL {
        let drawn = case.drawn_mm(item);
        let found = measured.mm(item);
        let off = found.map(|mm| mm - drawn);
        println!(
            "{what} {}: {} drawn {drawn:.2}, measured {found:.2?}",
            case.id,
            item.name()
        );
        assert!(
            off.is_some_and(|off| off.abs() <= 1.0),
            "{what} {}: {} was drawn as {drawn} mm and measured as {found:?}",
            case.id,
            item.name()
        );
    }
}

#[test]
fn what_is_measured_is_what_was_drawn() {
    let with = |mut case: LeakCase, change: fn(&mut LeakCase)| {
        change(&mut case);
        case
    };
    let mut cases = vec![
        ("healthy", plain(0, 0.0)),
        ("healthy", plain(1, 0.0)),
        ("mild", plain(2, 0.35)),
        ("moderate", plain(3, 0.6)),
        ("severe", plain(4, 0.95)),
        (
            "nothing left",
            with(plain(5, 1.0), |case| {
                (
                    case.suprasellar_mm,
                    case.prepontine_mm,
                    case.mamillopontine_mm,
                ) = (0.0, 0.0, 0.3);
                (case.venous, case.other_sinuses) = (6.5, 6.0);
                (case.dura, case.dura_elsewhere) = (3.0, 3.0);
                case.pituitary_mm = 11.0;
                case.subdural = Some(Subdural {
                    thickness_mm: 6.0,
                    is_blood: false,
                    sides: [true, true],
                });
            }),
        ),
        (
            "wide",
            with(plain(6, 0.0), |case| {
                (
                    case.suprasellar_mm,
                    case.prepontine_mm,
                    case.mamillopontine_mm,
                ) = (9.0, 8.5, 10.5);
                (case.venous, case.other_sinuses) = (-2.0, -2.0);
                (case.dura, case.dura_elsewhere) = (-0.8, -0.8);
                case.pituitary_mm = 2.5;
            }),
        ),
    ];
    let mimics = [
        (
            "crowded",
            Mimics {
                crowding: 0.9,
                ..Mimics::default()
            },
        ),
        (
            "focal",
            Mimics {
                focal_dura: 1.8,
                ..Mimics::default()
            },
        ),
        (
            "one sinus",
            Mimics {
                large_sinus: 3.2,
                ..Mimics::default()
            },
        ),
    ];
    for (at, (what, mimics)) in mimics.into_iter().enumerate() {
        cases.push((what, LeakCase::of(7 + at, SEED, false, 0.0, mimics)));
    }
    // One head after another: each takes all processors, and much memory.
    for (what, case) in &cases {
        let head = ContrastHead::draw(case, 1);
        check(what, case, &head.measured());
        for (item, line) in Item::LENGTHS.into_iter().zip(head.lines) {
            let off = line.length_mm() - case.drawn_mm(item);
            assert!(
                off.abs() < 0.35,
                "{what}: the line of {} is off by {off} mm",
                item.name()
            );
        }
    }
}

/// The mean signal where a label is, and the number of its voxels.
fn mean(head: &ContrastHead, label: u8) -> (f64, usize) {
    let voxels = head.labels.iter().zip(&head.signal);
    let inside = voxels
        .filter(|(own, _)| **own == label)
        .map(|(_, signal)| f64::from(*signal));
    let (sum, n) = inside.fold((0.0, 0), |(sum, n), signal| (sum + signal, n + 1));
    (sum / n.max(1) as f64, n)
}

#[test]
fn every_part_is_there_and_as_bright_as_the_equation_has_it() {
    let mut case = plain(3, 0.7);
    case.subdural = Some(Subdural {
        thickness_mm: 4.0,
        is_blood: false,
        sides: [true, true],
    });
    let head = ContrastHead::draw(&case, 2);
    for part in ContrastPart::ALL {
        let (_, n) = mean(&head, part as u8);
        assert!(n > 0, "no {}", part.name());
    }
    #[track_caller]
    fn check(head: &ContrastHead, label: u8, [low, high]: [f64; 2]) {
        let (signal, _) = mean(head, label);
        assert!(
            (low..high).contains(&signal),
            "label {label}: {signal} of white matter"
        );
    }
    check(&head, Region::WhiteLeft as u8, [0.93, 1.02]);
    check(&head, Region::CortexLeft as u8, [0.65, 0.9]);
    check(&head, Region::LateralVentricleLeft as u8, [0.05, 0.35]);
    check(&head, ContrastPart::Pituitary as u8, [1.15, 1.7]);
    check(&head, ContrastPart::Mucosa as u8, [0.8, 1.6]);
    check(&head, ContrastPart::Subdural as u8, [0.4, 0.9]);
    check(&head, ContrastPart::Arteries as u8, [0.0, 0.7]);
}

#[test]
fn a_twin_differs_by_the_leak_alone() {
    let cases = leak_cohort(24, SEED, Preset::Default);
    let case = cases
        .iter()
        .find(|case| case.has_leak && case.severity > 0.5)
        .expect("half of the cases have a leak");
    let twin = case.twin(SEED).unwrap();
    let [head, other] = [case, &twin].map(|case| ContrastHead::draw(case, 2));
    let ((grid, counts), (other_grid, others)) = (head.scan(case), other.scan(&twin));
    assert_eq!(grid, other_grid);
    // Skin, air and face are those of one head, with one noise.
    let n = head.grid.dims()[0];
    let unlike = (0..head.labels.len()).filter(|&v| head.labels[v] != other.labels[v]);
    let unlike: Vec<usize> = unlike.collect();
    assert!(unlike.len() > 1000);
    let scalp = |label: u8| label <= Region::Scalp as u8;
    let outside = unlike
        .iter()
        .filter(|&&v| scalp(head.labels[v]) != scalp(other.labels[v]))
        .count();
    assert!(
        outside * 50 < unlike.len(),
        "{outside} of {} voxels outside",
        unlike.len()
    );
    let alike = counts.iter().zip(&others).filter(|(a, b)| a == b).count();
    assert!(alike * 2 > counts.len(), "{alike} of {}", counts.len());
    assert_eq!(n, 128);
    // A head without signs is its own twin.
    let healthy = plain(9, 0.0);
    assert_eq!(
        healthy.twin(SEED).unwrap(),
        LeakCase {
            has_leak: false,
            ..healthy
        }
    );
}

#[test]
fn the_same_case_gives_the_same_bytes_with_any_number_of_threads() {
    let case = plain(2, 0.5);
    let in_threads = |n: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(n)
            .build()
            .unwrap();
        pool.install(|| {
            let head = ContrastHead::draw(&case, 2);
            let scan = head.scan(&case);
            (head, scan)
        })
    };
    assert!(in_threads(1) == in_threads(3));
}

#[test]
fn noise_gain_and_padding_of_a_scan_are_those_that_were_drawn() {
    let cases = leak_cohort(6, SEED, Preset::Paper);
    cases.par_iter().for_each(|case| {
        let head = ContrastHead::draw(case, 2);
        let (grid, counts) = head.scan(case);
        let [nx, ny, nz] = grid.dims();
        assert_eq!(
            [nx, ny, nz],
            case.scan.field_mm.map(|mm| usize::from(mm) / 2)
        );
        let row = |j: usize| (0..nz).flat_map(move |k| (0..nx).map(move |i| i + nx * (j + ny * k)));
        let [low, high] = case.scan.padding.map(usize::from);
        for j in (0..low).chain(ny - high..ny) {
            assert!(row(j).all(|voxel| counts[voxel] == 0), "padding at {j}");
        }
        // In air the counts follow Rayleigh's distribution, whose mean is 1.2533 standard deviations.
        let j = (low..ny)
            .find(|&j| counts[row(j).next().unwrap()] > 0)
            .unwrap();
        let corner: Vec<f64> = (0..nz / 4)
            .flat_map(|k| (0..nx / 8).map(move |i| i + nx * (j + ny * (nz - 1 - k))))
            .map(|voxel| f64::from(counts[voxel]))
            .collect();
        let mean = corner.iter().sum::<f64>() / corner.len() as f64;
        let expected = 1.2533 * case.scan.noise_of_white * case.scan.counts_of_white;
        assert!((mean / expected - 1.0).abs() < 0.1, "{mean} for {expected}");
    });
}
