//! A head of ellipsoids to test transport on: 400 ml of CSF with ventricles and an aqueduct, and
//! 1300 ml of tissue whose cortex is folded along a gyroid.

use cisterna::phantom::transport::{Domain, Zone};

type Point = [f64; 3];

/// Approximate signed distance to an ellipsoid.
fn ellipsoid(p: Point, center: Point, radii: Point) -> f64 {
    let s: Point = std::array::from_fn(|a| (p[a] - center[a]) / radii[a]);
    let norm = |v: Point| v.iter().map(|x| x * x).sum::<f64>().sqrt();
    let steep = norm(std::array::from_fn(|a| s[a] / radii[a]));
    norm(s) * (norm(s) - 1.0) / steep.max(1e-6)
}

/// Signed distance to a tube with round ends.
fn tube(p: Point, from: Point, to: Point, radius: f64) -> f64 {
    let along: Point = std::array::from_fn(|a| to[a] - from[a]);
    let here: Point = std::array::from_fn(|a| p[a] - from[a]);
    let dot = |u: Point, v: Point| u.iter().zip(v).map(|(u, v)| u * v).sum::<f64>();
    let t = (dot(along, here) / dot(along, along)).clamp(0.0, 1.0);
    let off: Point = std::array::from_fn(|a| here[a] - t * along[a]);
    dot(off, off).sqrt() - radius
}

/// Ventricles, aqueduct and the way out of the fourth ventricle.
fn inner_space(p: Point) -> Option<Zone> {
    let mirrored = [p[0].abs(), p[1], p[2]];
    let spaces = [
        (
            ellipsoid(mirrored, [15.0, 0.0, 12.0], [8.0, 33.0, 10.0]),
            Zone::LateralVentricle,
        ),
        (
            ellipsoid(p, [0.0, -4.0, -6.0], [3.0, 15.0, 11.0]),
            Zone::ThirdVentricle,
        ),
        (
            tube(mirrored, [0.0, 5.0, 0.0], [12.0, 6.0, 8.0], 2.0),
            Zone::ThirdVentricle,
        ),
        (
            ellipsoid(p, [0.0, -27.0, -46.0], [8.0, 6.0, 12.0]),
            Zone::FourthVentricle,
        ),
        (
            tube(p, [0.0, -15.0, -14.0], [0.0, -25.0, -37.0], 1.1),
            Zone::Aqueduct,
        ),
        (
            tube(p, [0.0, -30.0, -53.0], [0.0, -33.0, -64.0], 3.0),
            Zone::Cistern,
        ),
    ];
    spaces
        .into_iter()
        .find(|(d, _)| *d < 0.0)
        .map(|(_, zone)| zone)
}

fn zone_at(p: Point) -> Zone {
    let depth = -ellipsoid(p, [0.0; 3], [70.0, 87.0, 67.0]);
    if depth < 0.0 {
        return if tube(p, [0.0, -15.0, -60.0], [0.0, -15.0, -108.0], 9.0) > 0.0 {
            Zone::Outside
        } else if tube(p, [0.0, -12.0, -60.0], [0.0, -13.0, -120.0], 5.0) < 0.0 {
            Zone::Brainstem
        } else if p[2] < -102.0 {
            Zone::Inlet
        } else {
            Zone::SpinalSas
        };
    }
    if let Some(zone) = inner_space(p) {
        return zone;
    }
    let rim = 2.6 + 3.0 * ((-30.0 - p[2]) / 10.0).clamp(0.0, 1.0);
    let wave = std::f64::consts::TAU / 24.0;
    let [x, y, z] = [wave * (p[0] + 6.0), wave * p[1], wave * p[2]];
    let gyroid = x.sin() * y.cos() + y.sin() * z.cos() + z.sin() * x.cos();
    let from_sheet = gyroid.abs() / (1.25 * wave);
    if depth < rim || (from_sheet < 1.05 && depth < 18.0) {
        return match p[2] {
            z if z < -35.0 => Zone::Cistern,
            z if z > 35.0 && depth < rim => Zone::Outlet,
            _ => Zone::Sas,
        };
    }
    if tube(p, [0.0, -12.0, -20.0], [0.0, -12.0, -70.0], 12.0) < 0.0 {
        Zone::Brainstem
    } else if depth > 20.0 || from_sheet > 4.0 {
        Zone::White
    } else {
        Zone::Grey
    }
}

/// The head on cubes of `spacing_mm`, from 216 samples a cube.
pub(crate) fn head(spacing_mm: f64) -> Domain {
    const SAMPLES: usize = 6;
    let low = [-72.0, -90.0, -108.0];
    let high = [72.0, 90.0, 70.0];
    let dims: [usize; 3] = std::array::from_fn(|a| ((high[a] - low[a]) / spacing_mm) as usize);
    let n = dims.iter().product();
    let mut domain = Domain {
        dims,
        spacing_mm,
        csf: vec![0.0; n],
        tissue: vec![0.0; n],
        zone: vec![Zone::Outside; n],
    };
    for cell in 0..n {
        let at = [
            cell % dims[0],
            cell / dims[0] % dims[1],
            cell / (dims[0] * dims[1]),
        ];
        let mut counts = [0_u16; Zone::ALL.len()];
        for sample in 0..SAMPLES.pow(3) {
            let of = [
                sample % SAMPLES,
                sample / SAMPLES % SAMPLES,
                sample / SAMPLES.pow(2),
            ];
            let p = std::array::from_fn(|a| {
                low[a] + spacing_mm * (at[a] as f64 + (of[a] as f64 + 0.5) / SAMPLES as f64)
            });
            counts[zone_at(p) as usize] += 1;
        }
        let share = |fits: fn(Zone) -> bool| {
            let zones = Zone::ALL.into_iter().zip(counts);
            let held: u16 = zones.filter(|(z, _)| fits(*z)).map(|(_, n)| n).sum();
            f32::from(held) / SAMPLES.pow(3) as f32
        };
        domain.csf[cell] = share(Zone::is_fluid);
        domain.tissue[cell] = share(Zone::is_tissue);
        // The aqueduct is thinner than a cell, and must not break.
        let most = Zone::ALL.into_iter().max_by_key(|z| counts[*z as usize]);
        let has_aqueduct = counts[Zone::Aqueduct as usize] > 0;
        domain.zone[cell] = if has_aqueduct {
            Zone::Aqueduct
        } else {
            most.unwrap()
        };
    }
    domain
}
