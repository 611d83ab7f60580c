//! What values scans have: counted, within a region, and along a curve; all volumes of a scan.

use super::open::{Opener, Wanted, remarks_of_others};
use super::{Message, Values, ViewerJobs};
use crate::app::shell::Job;
use crate::app::viewer::Scan;
use crate::app::viewer::curves::CurveKey;
use crate::app::viewer::volumes::LoadedVolumes;
use crate::app::viewer::windowing::ScanValues;
use crate::volume::{Volume, WindowRule};
use crate::workflows::{AROUND_MM, CurveRegion, CurveRequest, CurveScan, curve, ignore_notices};
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

    /// Looks at the values of a scan within a region; `volume` is the scan where it is shown.
    pub(in crate::app::viewer) fn look_within(
        &self,
        scan: Arc<Scan>,
        volume: Volume,
        (name, region): (String, CurveRegion),
    ) {
        self.running.spawn("region", move |job| {
            job.say("Looking at the region", 0.5);
            let within = region.statistics(&volume);
            tell(job, Values::Within(scan, name, within));
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
            let request = CurveRequest {
                scans: &scans,
                at,
                around_mm: AROUND_MM,
                region: Some(&region),
            };
            match curve(&request, &|notice| job.notice(notice)) {
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
            job.say("Saving the curve", 0.5);
            let request = CurveRequest {
                scans: &scans,
                at,
                around_mm: AROUND_MM,
                region: region.as_ref(),
            };
            let saved = curve(&request, &ignore_notices).and_then(|curve| curve.write(&path));
            job.send(match saved {
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
