//! Maps as files.

use super::items::ScanMaps;
use super::results::Quantity;
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
        let signal = Some(&maps.signal);
        self.map(grid, signal, "fatUnits", "T1w", Quantity::FatUnits)?;
        let percent = maps.percent.as_ref();
        self.map(
            grid,
            percent,
            "percentChange",
            "T1w",
            Quantity::PercentChange,
        )?;
        let tracer = maps.concentration.as_ref();
        self.map(
            grid,
            tracer,
            "mmolPerLitre",
            "tracer",
            Quantity::Concentration,
        )
    }

    fn map(
        &self,
        grid: &Grid,
        map: Option<&Vec<f32>>,
        description: &str,
        suffix: &str,
        quantity: Quantity,
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
                "Units": quantity.unit(),
                "Description": "Made by Cisterna from a series that is taken as it lies; NaN where there is no value. Research use only.",
            }),
        )?;
        let path = name.path(self.root, ".nii.gz");
        write_nifti(&path, grid, self.orientation, Voxels::F32(map))?;
        Ok(())
    }
}
