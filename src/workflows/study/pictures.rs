//! The pictures of a study: one place for all arms of a patient, made alike, judged and shown.

use crate::formats::{self, no_progress};
use crate::study::{
    ArmPlanes, CaseImage, CaseRow, Equalised, Key, Protocol, StudyError, judge, write_new,
};
use crate::volume::{Orientation, PLANE_SIZE, Plane, PlaneImage, PlanePair, Volume};
use anyhow::{Context, bail};
use nalgebra::Point3;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// So far apart, in mm, two arms do not show the same place.
const SAME_PLACE_MM: f64 = 0.6;
/// How many patients' pictures a preview writes.
const MOST_DRAWN: usize = 8;

/// The planes of all cases, as they will be shown.
pub(super) struct Pictures {
    arms: Vec<ArmPlanes>,
    /// Where the protocol asks for it.
    equalised: Option<Equalised>,
}

impl Pictures {
    /// `planes` go with `cases`, one by one.
    pub(super) fn of(
        protocol: &Protocol,
        cases: &[CaseRow],
        planes: Vec<PlanePair>,
    ) -> Result<Self, StudyError> {
        let arms: Vec<ArmPlanes> = cases
            .iter()
            .zip(planes)
            .map(|(case, planes)| ArmPlanes {
                patient: case.patient.clone(),
                arm: case.arm.clone(),
                planes,
            })
            .collect();
        let equalised = protocol
            .equalise
            .map(|how| Equalised::of(&arms, how))
            .transpose()?;
        Ok(Self { arms, equalised })
    }

    /// A picture for each code of the key, in the order of the case list.
    pub(super) fn images(&self, key: &Key) -> Result<Vec<CaseImage>, StudyError> {
        let mut images = Vec::with_capacity(key.cases().len());
        for (at, arm) in self.arms.iter().enumerate() {
            let codes = key.cases().iter();
            for entry in codes.filter(|of| of.patient == arm.patient && of.arm == arm.arm) {
                let code = entry.code.clone();
                images.push(match &self.equalised {
                    Some(equalised) => equalised.picture(at, code)?,
                    None => CaseImage::from_pair(code, &by_own_range(&arm.planes))?,
                });
            }
        }
        Ok(images)
    }

    /// How well numbers tell the arm, and what making the arms alike cost.
    pub(super) fn judged(&self, key: &Key, images: &[CaseImage]) -> String {
        let mut text = String::new();
        let reference = &key.protocol().arms[0];
        let judged: Vec<(&str, bool, &CaseImage)> = images
            .iter()
            .filter_map(|image| {
                let entry = key.entry(&image.code)?;
                Some((entry.patient.as_str(), entry.arm == *reference, image))
            })
            .collect();
        let judgements = judge(&judged);
        if judgements.is_empty() {
            text.push_str(
                "Too few patients with several arms to judge whether numbers tell the arm\n",
            );
        } else {
            let _ = writeln!(
                text,
                "Whether numbers tell {reference} from the other arms of the same patient, learnt \
                 from other patients:\narea under the ROC curve, 0.5 is chance; the last line is \
                 what is graded, and is not hidden"
            );
        }
        for judgement in judgements {
            let _ = writeln!(
                text,
                "{:<36} {:.2} (standard error {:.2}, {} patients)",
                judgement.what, judgement.auroc, judgement.standard_error, judgement.n_patients
            );
        }
        match &self.equalised {
            None => text.push_str(
                "The protocol has no `equalise`: pictures are shown as they come, and noise, \
                 sharpness and histogram may tell the arm\n",
            ),
            Some(equalised) => {
                let mut of_arm: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
                for (at, arm) in self.arms.iter().enumerate() {
                    let psnr_db = equalised.psnr_db(at);
                    of_arm.entry(&arm.arm).or_default().push(psnr_db);
                }
                let _ = writeln!(text, "What is left of each arm, against its own original:");
                for (arm, psnr_db) in of_arm {
                    let mean = psnr_db.iter().sum::<f64>() / psnr_db.len() as f64;
                    let _ = writeln!(text, "{arm:<36} {mean:.1} dB (peak signal to noise)");
                }
            }
        }
        text
    }

    /// Writes the pictures of some patients: above the originals, below what raters see.
    pub(super) fn draw(
        &self,
        protocol: &Protocol,
        key: &Key,
        images: &[CaseImage],
        folder: &Path,
    ) -> anyhow::Result<()> {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the folder: {}", folder.display()))?;
        let mut patients: Vec<&str> = self.arms.iter().map(|arm| arm.patient.as_str()).collect();
        patients.dedup();
        for (number, patient) in (1..).zip(patients.into_iter().take(MOST_DRAWN)) {
            let mut tiles: Vec<[Vec<u8>; 2]> = Vec::new();
            for name in &protocol.arms {
                let is_it = |of: &&ArmPlanes| of.patient == patient && of.arm == *name;
                let Some(arm) = self.arms.iter().find(is_it) else {
                    continue;
                };
                let shown = images.iter().find(|image| {
                    let entry = key.entry(&image.code);
                    entry.is_some_and(|of| of.patient == patient && of.arm == *name)
                });
                let shown = shown.context("a case without a picture")?;
                let before = CaseImage::from_pair(shown.code.clone(), &by_own_range(&arm.planes))?;
                tiles.push([before.axial, shown.axial.clone()]);
                tiles.push([before.sagittal, shown.sagittal.clone()]);
            }
            write_tiles(&tiles, &folder.join(format!("patient-{number}.png")))?;
        }
        Ok(())
    }
}

fn by_own_range(planes: &PlanePair) -> PlanePair {
    PlanePair {
        axial: planes.axial.clone().by_own_range(),
        sagittal: planes.sagittal.clone().by_own_range(),
    }
}

/// Columns of two planes, one above the other.
fn write_tiles(columns: &[[Vec<u8>; 2]], path: &Path) -> anyhow::Result<()> {
    let (width, height) = (columns.len() * PLANE_SIZE, 2 * PLANE_SIZE);
    let mut pixels = vec![0_u8; width * height];
    for (column, tiles) in columns.iter().enumerate() {
        for (row, tile) in tiles.iter().enumerate() {
            for (y, line) in tile.chunks(PLANE_SIZE).enumerate() {
                let start = (row * PLANE_SIZE + y) * width + column * PLANE_SIZE;
                pixels[start..start + PLANE_SIZE].copy_from_slice(line);
            }
        }
    }
    let picture = image::GrayImage::from_raw(width as u32, height as u32, pixels)
        .context("a picture of the wrong size")?;
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Png)?;
    Ok(write_new(path, &bytes.into_inner())?)
}

/// The points in which the axial and the sagittal plane of a patient are centred, RAS+ mm.
#[derive(Clone, Copy)]
struct PlaneCenters {
    axial: Point3<f64>,
    sagittal: Point3<f64>,
}

impl PlaneCenters {
    /// About the middle of a scan, as `predict` cuts planes, at the levels that the list says.
    fn in_scan(volume: &Volume, axial_mm: Option<f64>, sagittal_mm: Option<f64>) -> Self {
        let middle = volume.grid().center_in_world();
        Self {
            axial: Point3::new(middle.x, middle.y, axial_mm.unwrap_or(middle.z)),
            sagittal: Point3::new(sagittal_mm.unwrap_or(middle.x), middle.y, middle.z),
        }
    }

    /// Where two planes lie most apart: which, in which direction, and both positions in mm.
    fn farthest(&self, other: &Self) -> (String, f64, f64) {
        const DIRECTIONS: [&str; 3] = ["left-right", "front-back", "head-foot"];
        let planes = [
            ("axial", self.axial, other.axial),
            ("sagittal", self.sagittal, other.sagittal),
        ];
        planes
            .into_iter()
            .flat_map(|(plane, own, all)| {
                (0..3).map(move |axis| {
                    let what = format!("the middle of the {plane} plane, {}", DIRECTIONS[axis]);
                    (what, own[axis], all[axis])
                })
            })
            .max_by(|a, b| (a.1 - a.2).abs().total_cmp(&(b.1 - b.2).abs()))
            .unwrap_or_default()
    }
}

/// What a line of the case list names.
enum OpenedCase {
    /// A scan, to be cut.
    Scan(Volume),
    /// Two planes that were cut before.
    Planes(PlanePair, PlaneCenters),
}

/// The planes of all lines of a case list, with the scans' own values. All arms of a patient are
/// cut at one place: where planes among them lie, else about the middle of the first scan, at the
/// levels that the list says.
///
/// # Errors
/// Where the arms of a patient do not show one place.
pub fn open_planes(cases: &[CaseRow]) -> anyhow::Result<Vec<PlanePair>> {
    let mut planes: Vec<Option<PlanePair>> = vec![None; cases.len()];
    let mut of_patient: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, case) in cases.iter().enumerate() {
        of_patient.entry(&case.patient).or_default().push(at);
    }
    for lines in of_patient.into_values() {
        let sources: anyhow::Result<Vec<OpenedCase>> =
            lines.iter().map(|&at| open_source(&cases[at])).collect();
        let sources = sources?;
        let rows: Vec<&CaseRow> = lines.iter().map(|&at| &cases[at]).collect();
        let place = common_place(&rows, &sources)?;
        for ((&at, row), source) in lines.iter().zip(&rows).zip(sources) {
            planes[at] = Some(match source {
                OpenedCase::Planes(pair, _) => pair,
                OpenedCase::Scan(volume) => cut(row, &volume, place)?,
            });
        }
    }
    planes
        .into_iter()
        .map(|pair| pair.context("a case without planes"))
        .collect()
}

fn open_source(case: &CaseRow) -> anyhow::Result<OpenedCase> {
    let open = |path: &Path| {
        let volume = formats::open_one(path, &no_progress)?.volume;
        // Raters see the letters of the patient's sides on every picture.
        if volume.orientation() == Orientation::Unknown {
            bail!(
                "left and right are not known in this scan, so that no picture for raters is cut \
                 from it: {}",
                path.display()
            );
        }
        Ok(volume)
    };
    let first = open(&case.image)?;
    let Some(path) = &case.sagittal_image else {
        return Ok(OpenedCase::Scan(first));
    };
    let second = open(path)?;
    let pair = PlanePair {
        axial: whole_plane(&first, Plane::Axial, &case.image)?,
        sagittal: whole_plane(&second, Plane::Sagittal, path)?,
    };
    let place = PlaneCenters {
        axial: first.grid().center_in_world(),
        sagittal: second.grid().center_in_world(),
    };
    Ok(OpenedCase::Planes(pair, place))
}

/// The place at which all arms of a patient are shown.
fn common_place(rows: &[&CaseRow], sources: &[OpenedCase]) -> anyhow::Result<PlaneCenters> {
    let said = |of: fn(&CaseRow) -> Option<f64>| rows.iter().find_map(|row| of(row));
    let cut = sources.iter().find_map(|source| match source {
        OpenedCase::Planes(_, place) => Some(*place),
        OpenedCase::Scan(_) => None,
    });
    let in_first = || match sources.first()? {
        OpenedCase::Scan(volume) => Some(PlaneCenters::in_scan(
            volume,
            said(|row| row.axial_mm),
            said(|row| row.sagittal_mm),
        )),
        OpenedCase::Planes(_, place) => Some(*place),
    };
    let place = cut.or_else(in_first).context("a patient without images")?;
    for (row, source) in rows.iter().zip(sources) {
        let check = |what: &str, own: f64, all: f64| -> anyhow::Result<()> {
            if (own - all).abs() <= SAME_PLACE_MM {
                return Ok(());
            }
            bail!(
                "patient \"{}\", arm \"{}\": {what} {own:.1} is not where another arm is shown, at \
                 {all:.1} mm; raters would see two places: {}",
                row.patient,
                row.arm,
                row.image.display()
            )
        };
        if let OpenedCase::Planes(_, own) = source {
            let (what, own, all) = own.farthest(&place);
            check(&what, own, all)?;
        }
        if let Some(own) = row.axial_mm {
            check("axial_mm", own, place.axial.z)?;
        }
        if let Some(own) = row.sagittal_mm {
            check("sagittal_mm", own, place.sagittal.x)?;
        }
    }
    Ok(place)
}

/// A file of one slice, pixel by pixel.
fn whole_plane(volume: &Volume, plane: Plane, path: &Path) -> anyhow::Result<PlaneImage> {
    let grid = volume.grid();
    let image = PlaneImage::extract(volume, plane, grid.center_in_world());
    if plane.n_slices(grid) != 1 || image.inside.contains(&false) {
        bail!(
            "this is not one {} slice of 256 x 256 mm, as `predict` writes it: {}",
            plane.name().to_lowercase(),
            path.display()
        );
    }
    Ok(image)
}

/// Both planes of a scan, with its own values, where its line says.
///
/// # Errors
/// When they lie outside the scan.
pub fn scan_planes(case: &CaseRow, volume: &Volume) -> anyhow::Result<PlanePair> {
    let place = PlaneCenters::in_scan(volume, case.axial_mm, case.sagittal_mm);
    cut(case, volume, place)
}

fn cut(case: &CaseRow, volume: &Volume, place: PlaneCenters) -> anyhow::Result<PlanePair> {
    let planes = PlanePair {
        axial: PlaneImage::extract(volume, Plane::Axial, place.axial),
        sagittal: PlaneImage::extract(volume, Plane::Sagittal, place.sagittal),
    };
    if planes.is_empty() {
        bail!(
            "axial_mm {:?} or sagittal_mm {:?} lies outside the scan: {}",
            case.axial_mm,
            case.sagittal_mm,
            case.image.display()
        );
    }
    Ok(planes)
}
