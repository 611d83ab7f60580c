//! Maps as files.

use super::items::ScanMaps;
use crate::formats::bids::{ScanName, write_json};
use crate::formats::{Voxels, write_nifti};
use crate::volume::{Grid, Orientation};
use std::path::Path;

/// Where one scan's maps go.
pub(super) struct MapWriter<'a> {
    pub root: &'a Path,
    pub subject: &'a str,
    pub session: &'a str,
    /// Of the scan before.
    pub orientation: Orientation,
}

impl MapWriter<'_> {
    /// Writes every map that there is, as f32 on the grid of the scan before.
    pub(super) fn write(&self, grid: &Grid, maps: &ScanMaps) -> anyhow::Result<()> {
        self.map(
            grid,
            Some(&maps.signal),
            "fatUnits",
            "T1w",
            "signal of orbital fat",
        )?;
        self.map(grid, maps.percent.as_ref(), "percentChange", "T1w", "%")?;
        let tracer = maps.concentration.as_ref();
        self.map(grid, tracer, "mmolPerLitre", "tracer", "mmol/l")
    }

    fn map(
        &self,
        grid: &Grid,
        map: Option<&Vec<f32>>,
        description: &str,
        suffix: &str,
        units: &str,
    ) -> anyhow::Result<()> {
        let Some(map) = map else {
            return Ok(());
        };
        let name = ScanName {
            subject: self.subject,
            session: Some(self.session),
            description: Some(description),
            suffix,
            ..ScanName::default()
        };
        write_json(
            &name.path(self.root, ".json"),
            &serde_json::json!({
                "Units": units,
                "Description": "Made by Cisterna from a series that is taken as it lies; NaN where there is no value. Research use only.",
            }),
        )?;
        let path = name.path(self.root, ".nii.gz");
        write_nifti(&path, grid, self.orientation, Voxels::F32(map))?;
        Ok(())
    }
}
