//! How a scan is opened and handed over.

use super::message::Message;
use crate::app::shell::Job;
use crate::app::viewer::{Graphics, Scan};
use crate::formats::{self, Entry, FormatError, Place, Scaling};
use crate::phantom::DemoScans;
use crate::render::VolumeTexture;
use crate::volume::{Volume, Window};
use nalgebra::Point3;
use std::sync::Arc;

/// Where the demo looks first: between the lateral ventricles, mm.
const DEMO_LOOKS_AT: [f64; 3] = [0.0, -20.0, 18.0];

/// Opens scans and hands them over.
pub(super) struct Opener<'a> {
    pub(super) job: &'a Job<Message>,
    pub(super) graphics: &'a Graphics,
}

/// A volume that is to be opened.
pub(super) struct Wanted {
    pub(super) name: String,
    pub(super) place: Place,
    pub(super) volume_idx: usize,
    pub(super) scaling: Scaling,
    pub(super) hours: Option<f64>,
    /// Besides what the file itself gives rise to.
    pub(super) warnings: Vec<String>,
    pub(super) replaces: Option<Arc<Scan>>,
}

/// A volume with all it takes to become a [`Scan`], but for the GPU.
struct Ready {
    name: String,
    place: Option<Place>,
    volume: Volume,
    volume_idx: usize,
    scaling: Scaling,
    info: Option<formats::FileInfo>,
    hours: Option<f64>,
    remarks: Vec<String>,
    look_at: Option<Point3<f64>>,
    replaces: Option<Arc<Scan>>,
}

impl Opener<'_> {
    /// Opens the first volume of a scan; tells whether to go on with the next.
    pub(super) fn open_entry(&self, entry: &Entry, hours: Option<f64>) -> bool {
        self.open(Wanted {
            name: entry.name.clone(),
            place: entry.place.clone(),
            volume_idx: 0,
            scaling: Scaling::default(),
            hours,
            warnings: entry.info.warnings.clone(),
            replaces: None,
        })
    }

    /// Opens a volume; tells whether to go on with the next.
    pub(super) fn open(&self, wanted: Wanted) -> bool {
        let what = format!("Opening {}", wanted.name);
        self.job.say(&what, 0.0);
        let progress = |share: f32| self.job.goes_on(&what, share * 0.9);
        let opened = wanted
            .place
            .open(wanted.volume_idx, wanted.scaling, &progress);
        match opened {
            Ok(opened) => {
                let mut remarks = opened.info.warnings.clone();
                let others = wanted.warnings.into_iter();
                remarks.extend(others.filter(|other| !opened.info.warnings.contains(other)));
                self.hand_over(Ready {
                    name: wanted.name,
                    place: Some(wanted.place),
                    remarks,
                    volume: opened.volume,
                    volume_idx: wanted.volume_idx,
                    scaling: wanted.scaling,
                    hours: wanted.hours,
                    info: Some(opened.info),
                    look_at: None,
                    replaces: wanted.replaces,
                });
                true
            }
            Err(FormatError::Cancelled) => false,
            Err(error) => {
                self.job.send(Message::Failed(error.to_string()));
                true
            }
        }
    }

    pub(super) fn hand_over_simulated(
        &self,
        scans: &DemoScans,
        session_idx: usize,
        replaces: Option<Arc<Scan>>,
    ) -> Option<Arc<Scan>> {
        let counts = scans.scan(session_idx);
        let values = counts.iter().map(|&count| f32::from(count)).collect();
        let volume = match Volume::new(scans.head().grid.clone(), values) {
            Ok(volume) => volume,
            Err(error) => {
                self.job.send(Message::Failed(error.to_string()));
                return None;
            }
        };
        self.hand_over(Ready {
            name: "Simulated head".to_owned(),
            place: None,
            volume,
            volume_idx: 0,
            scaling: Scaling::default(),
            info: None,
            hours: Some(scans.sessions()[session_idx].actual_hours),
            remarks: vec!["A simulated head, not a patient.".to_owned()],
            look_at: Some(Point3::from(DEMO_LOOKS_AT)),
            replaces,
        })
    }

    /// Makes a scan of it and sends it; none where it does not fit the graphics adapter.
    fn hand_over(&self, ready: Ready) -> Option<Arc<Scan>> {
        let auto = Window::auto(&ready.volume);
        let as_overlay = Window::of_overlay(&ready.volume);
        let texture =
            match VolumeTexture::new(&self.graphics.device, &self.graphics.queue, &ready.volume) {
                Ok(texture) => texture,
                Err(error) => {
                    self.job
                        .send(Message::Failed(format!("{error}: {}", ready.name)));
                    return None;
                }
            };
        let mut remarks = ready.remarks;
        if let Some([x, y, z]) = texture.reduced_by() {
            let remark = format!(
                "Larger than this graphics adapter allows: drawn coarser by {x} x {y} x {z}. \
                 Values under the pointer are the scan's own."
            );
            // Another volume of a scan brings the remarks of the one before.
            if !remarks.contains(&remark) {
                remarks.push(remark);
            }
        }
        let scan = Arc::new(Scan {
            name: ready.name,
            place: ready.place,
            volume: ready.volume,
            texture: Arc::new(texture),
            volume_idx: ready.volume_idx,
            scaling: ready.scaling,
            hours: ready.hours,
            info: ready.info,
            remarks,
            auto,
            as_overlay,
            look_at: ready.look_at,
        });
        self.job.send(Message::Opened {
            scan: scan.clone(),
            replaces: ready.replaces,
        });
        Some(scan)
    }
}

/// What was said of a scan besides what its own file gave rise to; that is told anew for each
/// volume.
pub(super) fn remarks_of_others(scan: &Scan) -> Vec<String> {
    let own = scan.info.as_ref().map_or(&[][..], |info| &info.warnings);
    let remarks = scan.remarks.iter();
    remarks.filter(|r| !own.contains(r)).cloned().collect()
}
