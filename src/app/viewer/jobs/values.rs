//! What values scans have: counted, within a region, and along a curve; all volumes of a scan.

use super::open::{Opener, Wanted, remarks_of_others};
use super::{Message, Values, ViewerJobs};
use crate::app::shell::Job;
use crate::app::viewer::Scan;
use crate::app::viewer::curves::CurveKey;
use crate::app::viewer::measures::MeasureKey;
use crate::app::viewer::volumes::LoadedVolumes;
use crate::app::viewer::windowing::ScanValues;
use crate::enhancement::RegionStatistics;
use crate::formats::Place;
use crate::volume::{Volume, WindowRule};
use crate::workflows::{
    AROUND_MM, Curve, CurveRegion, CurveRequest, CurveScan, Measure, MeasureTable, MeasuredScan,
    RegionMeasure, curve, scan_sha256,
};
use nalgebra::Point3;
use std::path::PathBuf;
use std::sync::Arc;

fn tell(job: &Job<Message>, values: Values) {
    job.send(Message::Values(values));
}

impl ViewerJobs {
    /// Counts the values of a scan; its window is to be set by a rule then, if one is given.
    pub(in crate::app::viewer) fn count_values(&self, scan: Arc<Scan>, rule: Option<WindowRule>) {
        self.running.spawn("histogram", move |job| {
            job.say("Counting the values", 0.5);
            let values = ScanValues::of(&scan).map(Arc::new);
            tell(job, Values::Counted(scan, values, rule));
        });
    }

    /// Looks at the values of a scan, where it is shown, within a region; `answer` says what they are for.
    pub(in crate::app::viewer) fn look_within(
        &self,
        volume: Volume,
        region: CurveRegion,
        answer: impl FnOnce(RegionStatistics) -> Values + Send + 'static,
    ) {
        self.running.spawn("region", move |job| {
            job.say("Looking at the region", 0.5);
            tell(job, answer(region.statistics(&volume)));
        });
    }

    /// Measures regions in a scan, where it is shown.
    pub(in crate::app::viewer) fn measure_within(&self, key: MeasureKey, volume: Volume) {
        self.running.spawn("region", move |job| {
            job.say("Measuring the regions", 0.5);
            let regions = key.regions.iter();
            let measures = regions.map(|region| RegionMeasure::of(region, &volume));
            let measures = measures.collect();
            tell(job, Values::Regions(Box::new(key), measures));
        });
    }

    /// Measures all that there is in a scan, where it is shown, and writes it with what that scan is.
    pub(in crate::app::viewer) fn save_measures(
        &self,
        (scan, filed): (MeasuredScan, Arc<Scan>),
        volume: Volume,
        measures: Vec<Measure>,
        path: PathBuf,
    ) {
        self.running.spawn("save", move |job| {
            job.say("Measuring", 0.3);
            let rows = measures.into_iter().map(|measure| {
                let value = measure.value(&volume);
                (measure, value)
            });
            let table = MeasureTable {
                scan,
                rows: rows.collect(),
            };
            job.say("Looking at the scan's file", 0.6);
            let file = filed.place.as_ref().and_then(Place::file);
            let sha256 = scan_sha256(file.as_deref(), &filed.volume);
            let saved = sha256.and_then(|sha256| table.write_new(&sha256, &path));
            job.send(match saved {
                Ok(()) => Message::Saved(format!(
                    "{} measurements are saved: {}",
                    table.rows.len(),
                    path.display()
                )),
                Err(error) => Message::Failed(format!("the measurements are not saved: {error:#}")),
            });
        });
    }

    /// Measures a region along a curve.
    pub(in crate::app::viewer) fn measure_curve(
        &self,
        key: CurveKey,
        scans: Vec<CurveScan>,
        (at, region): (Point3<f64>, CurveRegion),
    ) {
        self.running.spawn("curve", move |job| {
            match measured(job, &scans, at, Some(&region)) {
                Ok(curve) => tell(job, Values::Curve(key, Box::new(curve))),
                Err(_) if job.is_cancelled() => {}
                Err(error) => job.send(Message::Failed(format!("{error:#}"))),
            }
        });
    }

    /// Measures a place, and a region if there is one, along a curve, and writes it.
    pub(in crate::app::viewer) fn save_curve(
        &self,
        scans: Vec<CurveScan>,
        (at, region): (Point3<f64>, Option<CurveRegion>),
        path: PathBuf,
    ) {
        self.running.spawn("save", move |job| {
            let curve = measured(job, &scans, at, region.as_ref());
            job.send(match curve.and_then(|curve| curve.write(&path)) {
                Ok(()) => Message::Saved(format!("The curve is saved: {}", path.display())),
                Err(error) => Message::Failed(format!("the curve is not saved: {error:#}")),
            });
        });
    }

    /// Loads all volumes of a layer's file.
    pub(in crate::app::viewer) fn load_volumes(&self, no: u32, scan: Arc<Scan>) {
        self.spawn_opener("volumes", move |opener| {
            let job = opener.job;
            match loaded(opener, &scan) {
                Ok(Some(scans)) => tell(
                    job,
                    Values::Loaded(LoadedVolumes {
                        no,
                        scaling: scan.scaling,
                        scans,
                    }),
                ),
                Ok(None) => tell(job, Values::NotLoaded(no)),
                Err(why) => {
                    job.send(Message::Failed(why));
                    tell(job, Values::NotLoaded(no));
                }
            }
        });
    }
}

/// A place, and a region if there is one, along a curve.
fn measured(
    job: &Job<Message>,
    scans: &[CurveScan],
    at: Point3<f64>,
    region: Option<&CurveRegion>,
) -> anyhow::Result<Curve> {
    let request = CurveRequest {
        scans,
        at,
        around_mm: AROUND_MM,
        region,
    };
    curve(&request, &|notice| job.notice(notice))
}

/// All volumes of a scan's file; none where that was stopped.
fn loaded(opener: &Opener<'_>, scan: &Arc<Scan>) -> Result<Option<Vec<Arc<Scan>>>, String> {
    /// So much of the progress is opening; the rest is handing over to the graphics adapter.
    const OPENING: f32 = 0.7;
    let Some(place) = &scan.place else {
        return Ok(None);
    };
    let what = format!("Loading all volumes of {}", scan.name);
    opener.job.say(&what, 0.0);
    let progress = |share: f32| opener.job.goes_on(&what, share * OPENING);
    let opened = match place.open_all(scan.scaling, &progress) {
        Ok(opened) => opened,
        Err(_) if opener.job.is_cancelled() => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    let n = opened.len();
    let mut scans = Vec::with_capacity(n);
    for (volume_idx, opened) in opened.into_iter().enumerate() {
        let share = OPENING + (1.0 - OPENING) * volume_idx as f32 / n as f32;
        if opener.job.goes_on(&what, share).is_break() {
            return Ok(None);
        }
        let wanted = Wanted {
            name: scan.name.clone(),
            place: Some(place.clone()),
            volume_idx,
            scaling: scan.scaling,
            hours: scan.hours,
            warnings: remarks_of_others(scan),
            replaces: None,
        };
        scans.push(Arc::new(opener.of_opened(wanted, opened)?));
    }
    Ok(Some(scans))
}
