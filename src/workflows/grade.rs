//! Where ventricles and subarachnoid space lie in a patient's axial plane: by a label map where the data
//! set has one, else as they are found in the first scan.

use crate::anatomy::PlaneRegions;
use crate::enhancement::{Group, LabelledRegion};
use crate::formats::bids::{self, BidsScan};
use crate::formats::{self, no_progress};
use crate::models::tracer::Case;
use crate::volume::{Interpolation, PLANE_SIZE, Plane, plane_view};
use anyhow::bail;
use nalgebra::Point3;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The label maps of a data set: those in `derivatives` whose names end in `_dseg`.
pub(super) struct LabelMaps {
    by_subject: BTreeMap<String, Vec<PathBuf>>,
}

impl LabelMaps {
    /// Finds them; of a patient of whom there are planes, that of the axial one.
    pub(super) fn of(root: &Path) -> anyhow::Result<Self> {
        let (all, _) = bids::scans(root)?;
        let is_map = |scan: &&BidsScan| {
            let is_sagittal = scan.acquisition.as_deref() == Some("sagittal");
            scan.pipeline.is_some() && scan.suffix == "dseg" && !is_sagittal
        };
        let mut by_subject = BTreeMap::<String, Vec<PathBuf>>::new();
        for map in all.iter().filter(is_map) {
            let maps = by_subject.entry(map.subject.clone()).or_default();
            maps.push(map.path.clone());
        }
        Ok(Self { by_subject })
    }

    /// The regions of the axial plane about a point, by the label map of a patient; `None` where there is
    /// none.
    ///
    /// # Errors
    /// When there are several, and when it cannot be opened.
    pub(super) fn regions(
        &self,
        subject: &str,
        axial_center: Point3<f64>,
    ) -> anyhow::Result<Option<PlaneRegions>> {
        let path = match self.by_subject.get(subject).map(Vec::as_slice) {
            None | Some([]) => return Ok(None),
            Some([path]) => path,
            Some([first, second, ..]) => bail!(
                "there are several label maps of sub-{subject}: {} and {}",
                first.display(),
                second.display()
            ),
        };
        let map = formats::open_one(path, &no_progress)?.volume;
        let names = bids::label_table(path)?.map(|table| table.names);
        let view = plane_view(Plane::Axial, axial_center);
        let mut regions = PlaneRegions::default();
        for pixel in 0..PLANE_SIZE * PLANE_SIZE {
            let [x, y] = [pixel % PLANE_SIZE, pixel / PLANE_SIZE].map(|at| at as f64 + 0.5);
            let Some(label) = map.sample(view.to_world([x, y]), Interpolation::Nearest) else {
                continue;
            };
            let region = LabelledRegion::of(label.round().max(0.0) as u32, names.as_ref());
            match region.and_then(|region| region.group) {
                Some(Group::LateralVentricles) => regions.ventricles.push(pixel),
                Some(Group::Convexity | Group::Cisterns | Group::Csf) => {
                    regions.subarachnoid.push(pixel);
                }
                Some(Group::White) => regions.white.push(pixel),
                _ => {}
            }
        }
        Ok(Some(regions))
    }

    /// The regions of a patient of a data set, by the label map or else by the first scan, and by which.
    pub(super) fn regions_of(
        &self,
        case: &Case,
    ) -> anyhow::Result<Option<(PlaneRegions, RegionsBy)>> {
        if let Some(regions) = self.regions(&case.subject, case.centers[0])? {
            return Ok(Some((regions, RegionsBy::Labels)));
        }
        let found = case.regions.clone();
        Ok(found.map(|regions| (regions, RegionsBy::FirstScan)))
    }
}

/// By what the regions were known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RegionsBy {
    /// A label map.
    Labels,
    /// The dark CSF of the first scan.
    FirstScan,
}
