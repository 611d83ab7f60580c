//! How far the planes found in simulated heads without tracer are off the anatomy, by diagnosis: mean
//! and largest error of the level and of the midline where they are said to be sure, how many are not
//! sure, and the time that one search takes. `cargo bench --bench planes -- 15` draws fifteen heads of
//! each diagnosis.

use cisterna::anatomy::find_planes;
use cisterna::phantom::{Diagnosis, Head, cohort, scan_without_tracer};
use cisterna::volume::Volume;
use nalgebra::Point3;
use std::io::Write;
use std::time::{Duration, Instant};

const SEED: u64 = 4711;
const VOXEL_MM: usize = 2;

fn main() -> std::io::Result<()> {
    let n = std::env::args().find_map(|word| word.parse().ok());
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "diagnosis   n  level mm (mean, max)  midline mm (mean, max)  not sure  ms"
    )?;
    for diagnosis in Diagnosis::ALL {
        let patients = cohort(n.unwrap_or(5), SEED, Some(diagnosis));
        let (mut levels, mut midlines, mut n_unsure) = (Vec::new(), Vec::new(), 0);
        let mut took = Duration::ZERO;
        for patient in &patients {
            let head = Head::draw(patient, VOXEL_MM);
            let counts = scan_without_tracer(&head, patient);
            let values = counts.into_iter().map(f32::from).collect();
            let volume = Volume::new(head.grid.clone(), values).expect("a value a voxel");
            let start = Instant::now();
            let planes = find_planes(&volume).expect("a head");
            took += start.elapsed();
            let [z, x] = head.study_slices().map(|slice| slice as f64);
            let truth = head.grid.to_world(Point3::new(x, 0.0, z));
            if planes.axial_doubt.is_none() {
                levels.push((planes.axial_mm - truth.z).abs());
            }
            if planes.sagittal_doubt.is_none() {
                midlines.push((planes.sagittal_mm - truth.x).abs());
            }
            n_unsure +=
                usize::from(planes.axial_doubt.is_some() || planes.sagittal_doubt.is_some());
        }
        let [level, midline] = [levels, midlines].map(|errors| {
            let most = errors.iter().copied().fold(0.0, f64::max);
            let mean = errors.iter().sum::<f64>() / errors.len().max(1) as f64;
            format!("{mean:.1}, {most:.1}")
        });
        writeln!(
            out,
            "{:9} {:3}  {level:>20}  {midline:>22}  {n_unsure:8}  {}",
            diagnosis.code(),
            patients.len(),
            took.as_millis() / patients.len().max(1) as u128
        )?;
    }
    Ok(())
}
