//! One patient's series, scan by scan.

use super::curves::{curves, reflux_ratio};
use super::inputs::{PatientSeries, SeriesFile, SeriesScan};
use super::items::{RegionItem, ScanMaps, items, rows};
use super::maps::MapWriter;
use super::request::{FatSource, QuantifyRequest};
use super::results::{ConcentrationBasis, QuantifiedPatient, QuantifiedSession, SourceFile};
use crate::anatomy::{FatStatistic, HeadPlanes, find_planes, orbital_fat};
use crate::enhancement::{
    Before, ConcentrationMethod, Regions, assumptions, concentration_of_t1, sequence_of, t1_in_ms,
};
use crate::formats::{self, bids, no_progress};
use crate::models::file_sha256;
use crate::signal::Sequence;
use crate::volume::{Affine, Volume};
use anyhow::{anyhow, bail};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// What one patient's work needs beside the series.
pub(super) struct PatientWork<'a> {
    pub request: &'a QuantifyRequest<'a>,
    /// Fields of the sequence that sidecars lack.
    pub parameters: &'a serde_json::Value,
    pub remarks: Vec<String>,
}

impl PatientWork<'_> {
    /// Measures a series.
    ///
    /// # Errors
    /// When a file cannot be opened or written, when fat is not found, and when `tell` ends it.
    pub(super) fn run(
        &mut self,
        series: &PatientSeries,
        tell: &dyn Fn(f64) -> ControlFlow<()>,
    ) -> anyhow::Result<QuantifiedPatient> {
        if self.request.fat_source == FatSource::Sidecar {
            return self.measured(series, false, tell);
        }
        let unseen = match self.measured(series, true, tell) {
            Err(error) => error.downcast::<FatUnseen>()?,
            measured => return measured,
        };
        if self.request.fat_source == FatSource::Sought {
            let FatUnseen { why, path } = unseen;
            let why = format!("{why}; --fat-from sidecar takes the fat of the sidecars");
            return Err(FatUnseen { why, path }.into());
        }
        self.remarks.clear();
        let remark = format!(
            "sub-{}: {unseen}; the fat of the sidecars is taken for all scans",
            series.subject
        );
        self.remarks.push(remark);
        self.measured(series, false, tell)
            .map_err(|error| match error.is::<FatUnseen>() {
                true => anyhow!("{unseen}; and {error}"),
                false => error,
            })
    }

    /// Measures a series by fat that is sought, or by that of the sidecars.
    fn measured(
        &mut self,
        series: &PatientSeries,
        is_sought: bool,
        tell: &dyn Fn(f64) -> ControlFlow<()>,
    ) -> anyhow::Result<QuantifiedPatient> {
        let first = &series.scans[0].file;
        let scan = self.opened(first)?;
        let planes = match is_sought {
            true => {
                let planes = find_planes(&scan);
                Some(planes.map_err(|error| FatUnseen::new(error, &first.path))?)
            }
            false => None,
        };
        let fat = fat_of(&scan, planes.as_ref(), &first.path)?;
        let (regions, labels) = self.regions(series, &scan)?;
        let before = Before::new(&scan, self.used(fat), regions);
        drop(scan);
        let t1_maps = self.t1_maps(&series.t1)?;
        let (before, basis) = self.with_equation(before, series, &t1_maps);
        let t1_before = t1_maps.first().map(|map| before.sampled(map));
        let items = items(&before);
        let mut sessions = Vec::new();
        for (at, scan) in series.scans.iter().enumerate() {
            if tell(at as f64 / series.scans.len() as f64).is_break() {
                bail!("stopped");
            }
            let (fat, mut maps) = match at {
                0 => (fat, self.maps_of_before(&before)),
                _ => {
                    let volume = self.opened(&scan.file)?;
                    let fat = fat_of(&volume, planes.as_ref(), &scan.file.path)?;
                    let signal = before.fat_units(&volume, self.used(fat));
                    let maps = ScanMaps {
                        percent: Some(before.percent_change(&signal)),
                        concentration: before.concentration(&signal),
                        signal,
                    };
                    (fat, maps)
                }
            };
            if let (Some(t1_before), Some(map), true) =
                (&t1_before, t1_maps.get(at), t1_maps.len() > 1)
            {
                maps.concentration = Some(concentration_of_t1(t1_before, &before.sampled(map)));
            }
            sessions.push(self.session(series, scan, fat, (&before, &items), &maps)?);
        }
        let curves = curves(&sessions);
        Ok(QuantifiedPatient {
            subject: series.subject.clone(),
            diagnosis: series.diagnosis.clone(),
            reflux_grade: series.reflux_grade.clone(),
            labels,
            t1_maps: series.t1.iter().map(|path| file_at(path)).collect(),
            concentration: basis,
            reflux_ratio: reflux_ratio(&sessions),
            sessions,
            curves,
        })
    }

    fn maps_of_before(&self, before: &Before) -> ScanMaps {
        ScanMaps {
            signal: before.signal().to_vec(),
            percent: None,
            concentration: before.concentration(before.signal()),
        }
    }

    fn session(
        &self,
        series: &PatientSeries,
        scan: &SeriesScan,
        orbital_fat: [f32; 2],
        (before, items): (&Before, &[RegionItem]),
        maps: &ScanMaps,
    ) -> anyhow::Result<QuantifiedSession> {
        if let Some(root) = self.request.output {
            let writer = MapWriter {
                root,
                subject: &series.subject,
                session: &scan.session,
                orientation: before.orientation(),
            };
            writer.write(before.grid(), maps)?;
        }
        Ok(QuantifiedSession {
            session: scan.session.clone(),
            hours: scan.hours,
            file: source_file(&scan.file),
            orbital_fat,
            regions: rows(items, before, maps),
        })
    }

    fn opened(&mut self, file: &SeriesFile) -> anyhow::Result<Volume> {
        match &file.placed {
            Some(open) => {
                let placed = open.volume.placed(&open.series_from_file);
                placed.map_err(|error| about(&file.path, error))
            }
            None => self.opened_at(&file.path),
        }
    }

    fn opened_at(&mut self, path: &Path) -> anyhow::Result<Volume> {
        let opened = formats::open_one(path, &no_progress)?;
        self.remarks.extend(opened.info.warnings);
        Ok(opened.volume)
    }

    /// The value that signals are divided by.
    fn used(&self, [mean, median]: [f32; 2]) -> f32 {
        match self.request.fat {
            FatStatistic::Mean => mean,
            FatStatistic::Median => median,
        }
    }

    /// Labels on the grid of the scan before, and the files that they came from.
    fn regions(
        &mut self,
        series: &PatientSeries,
        scan: &Volume,
    ) -> anyhow::Result<(Regions, Vec<SourceFile>)> {
        let Some(file) = &series.labels else {
            self.remarks.push(format!(
                "sub-{}: no label map, so that there are maps and no regions",
                series.subject
            ));
            return Ok((Regions::none(scan.grid()), Vec::new()));
        };
        let map = self.opened(file)?;
        let path = &file.path;
        // What is open may have come out of a zip or out of several files, beside which is no table.
        let table = match file.placed.is_none() || path.is_file() {
            true => bids::label_table(path)?,
            false => None,
        };
        let mut files = vec![source_file(file)];
        if let Some(table) = &table {
            files.push(file_at(&table.path));
            self.remarks.extend(table.remarks.iter().cloned());
        } else {
            self.remarks.push(format!(
                "no table names the labels; the numbers are taken for FreeSurfer's: {}",
                path.display()
            ));
        }
        let names = table.as_ref().map(|table| &table.names);
        let regions = Regions::new(&map, names, self.request.erode, scan.grid())
            .map_err(|error| about(path, error))?;
        let unknown: Vec<&str> = regions
            .regions
            .iter()
            .filter(|region| region.group.is_none())
            .map(|region| region.name.as_str())
            .collect();
        if !unknown.is_empty() {
            self.remarks.push(format!(
                "regions of no known tissue, which have no concentration: {}",
                unknown.join(", ")
            ));
        }
        Ok((regions, files))
    }

    fn t1_maps(&mut self, paths: &[PathBuf]) -> anyhow::Result<Vec<Volume>> {
        let mut maps = Vec::new();
        for path in paths {
            let map = self.opened_at(path)?;
            let sidecar = bids::sidecar_of(path);
            let units = sidecar
                .as_ref()
                .and_then(|json| json.get("Units")?.as_str());
            let (map, assumed) = t1_in_ms(&map, units).map_err(|error| about(path, error))?;
            let told = assumed.map(|words| format!("{words}: {}", path.display()));
            self.remarks.extend(told);
            maps.push(map);
        }
        Ok(maps)
    }

    /// The scan before with what gives concentrations, and what they rest on.
    fn with_equation(
        &mut self,
        before: Before,
        series: &PatientSeries,
        t1_maps: &[Volume],
    ) -> (Before, ConcentrationBasis) {
        let mut basis = ConcentrationBasis {
            method: None,
            sequence: None,
            why_none: None,
            assumptions: Vec::new(),
        };
        if t1_maps.len() > 1 {
            basis.method = Some(ConcentrationMethod::T1Maps);
            basis.assumptions = assumptions(ConcentrationMethod::T1Maps);
            return (before, basis);
        }
        let has_groups = before
            .regions()
            .regions
            .iter()
            .any(|region| region.group.is_some());
        let sequence = match self.sequence(series) {
            Ok(_) if t1_maps.is_empty() && !has_groups => {
                Err("neither a map of T1 nor a region of known tissue".to_owned())
            }
            other => other,
        };
        match sequence {
            Ok((sequence, assumed)) => {
                let before = before.with_equation(sequence, t1_maps.first());
                basis.method = before.method();
                basis.sequence = Some(format!("{sequence:?}"));
                basis.assumptions = assumed;
                basis
                    .assumptions
                    .extend(basis.method.map_or_else(Vec::new, assumptions));
                (before, basis)
            }
            Err(why) => {
                self.remarks.push(format!(
                    "sub-{}: no concentration, only ratios: {why}",
                    series.subject
                ));
                basis.why_none = Some(why);
                (before, basis)
            }
        }
    }

    /// The one sequence of all scans.
    fn sequence(&self, series: &PatientSeries) -> Result<(Sequence, Vec<String>), String> {
        let mut known: Option<(Sequence, Vec<String>)> = None;
        for scan in &series.scans {
            let path = &scan.file.path;
            let mut sidecar = bids::sidecar_of(path).unwrap_or_else(|| serde_json::json!({}));
            let more = self.parameters.as_object().into_iter().flatten();
            if let Some(fields) = sidecar.as_object_mut() {
                for (field, value) in more {
                    fields.entry(field.clone()).or_insert_with(|| value.clone());
                }
            }
            let told = sequence_of(&sidecar);
            let told = told.map_err(|why| format!("{why}: {}", path.display()))?;
            match &known {
                Some((sequence, _)) if *sequence != told.sequence => {
                    return Err(format!(
                        "its sequence is not that of the scan before: {}",
                        path.display()
                    ));
                }
                Some(_) => {}
                None => known = Some((told.sequence, told.assumptions)),
            }
        }
        known.ok_or_else(|| "there is no scan".to_owned())
    }
}

/// An error with the file that it is about.
fn about(path: &Path, error: impl std::fmt::Display) -> anyhow::Error {
    anyhow!("{error}: {}", path.display())
}

/// Why signals of a series have no unit.
#[derive(Debug, thiserror::Error)]
#[error("{why}: {}", path.display())]
struct FatUnseen {
    why: String,
    path: PathBuf,
}

impl FatUnseen {
    fn new(why: impl std::fmt::Display, path: &Path) -> Self {
        Self {
            why: why.to_string(),
            path: path.to_owned(),
        }
    }
}

/// Mean and median of a scan's orbital fat, about the planes of the first scan; of its sidecar
/// without them.
fn fat_of(scan: &Volume, planes: Option<&HeadPlanes>, path: &Path) -> anyhow::Result<[f32; 2]> {
    if bids::is_fat_suppressed(path) {
        let why = "fat was suppressed in this scan (ScanOptions FS), and is the unit of signal";
        bail!(FatUnseen::new(why, path));
    }
    let Some(planes) = planes else {
        let told = [false, true].map(|is_median| bids::orbital_fat(path, is_median));
        let [Some(mean), Some(median)] = told else {
            let why = "the sidecar has no OrbitalFatMean or no OrbitalFatMedian";
            bail!(FatUnseen::new(why, path));
        };
        return Ok([mean, median]);
    };
    let found = |statistic| orbital_fat(scan, planes, statistic).map(|fat| fat.signal);
    let (Some(mean), Some(median)) = (found(FatStatistic::Mean), found(FatStatistic::Median))
    else {
        let why = "no orbital fat is seen, without which scans cannot be compared";
        bail!(FatUnseen::new(why, path));
    };
    Ok([mean, median])
}

fn source_file(file: &SeriesFile) -> SourceFile {
    let moved = file.placed.as_ref().map(|open| open.series_from_file);
    let rows = |affine: Affine| {
        std::array::from_fn(|row| std::array::from_fn(|column| affine[(row, column)]))
    };
    SourceFile {
        series_from_file: moved
            .filter(|affine| *affine != Affine::identity())
            .map(rows),
        ..file_at(&file.path)
    }
}

fn file_at(path: &Path) -> SourceFile {
    SourceFile {
        path: path.to_owned(),
        sha256: file_sha256(path),
        series_from_file: None,
    }
}
