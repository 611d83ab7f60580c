//! How a scan is opened and handed over.

use super::message::Message;
use crate::app::shell::Job;
use crate::app::viewer::labels::Labels;
use crate::app::viewer::scan::window_of_map;
use crate::app::viewer::{Graphics, Scan};
use crate::formats::{Entry, FileInfo, FormatError, Opened, PixelScaling, Place};
use crate::models::tracer::Origin;
use crate::phantom::DemoScans;
use crate::render::VolumeTexture;
use crate::volume::{Volume, Window, can_be_labels};
use crate::workflows::{LabelScheme, Quantity, ToldBy};
use nalgebra::Point3;
use std::path::Path;
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
    /// None for what the program made itself.
    pub(super) place: Option<Place>,
    pub(super) volume_idx: usize,
    pub(super) scaling: PixelScaling,
    pub(super) hours: Option<f64>,
    /// What to know of it, besides what the file itself gives rise to.
    pub(super) warnings: Vec<String>,
    pub(super) replaces: Option<Arc<Scan>>,
}

impl Opener<'_> {
    /// Opens the first volume of a scan; answers whether to go on with the next.
    pub(super) fn open_entry(&self, entry: &Entry, hours: Option<f64>) -> bool {
        let wanted = Wanted {
            name: entry.name.clone(),
            place: Some(entry.place.clone()),
            volume_idx: 0,
            scaling: PixelScaling::default(),
            hours,
            warnings: entry.info.warnings.clone(),
            replaces: None,
        };
        self.open(&entry.place, wanted)
    }

    /// Opens a volume; answers whether to go on with the next.
    pub(super) fn open(&self, place: &Place, wanted: Wanted) -> bool {
        let replaces = wanted.replaces.clone();
        match self.opened(place, wanted) {
            Ok(scan) => self.job.send(Message::Opened { scan, replaces }),
            Err(NotOpened::Cancelled) => return false,
            Err(NotOpened::Why(why)) => self.job.send(Message::Failed(why)),
        }
        true
    }

    /// A volume as a scan.
    pub(super) fn opened(&self, place: &Place, wanted: Wanted) -> Result<Arc<Scan>, NotOpened> {
        let what = format!("Opening {}", wanted.name);
        self.job.say(&what, 0.0);
        let progress = |share: f32| self.job.goes_on(&what, share * 0.9);
        let opened = place.open(wanted.volume_idx, wanted.scaling, &progress)?;
        let scan = self.of_opened(wanted, opened).map_err(NotOpened::Why)?;
        Ok(Arc::new(scan))
    }

    /// What was opened, as a scan.
    ///
    /// # Errors
    /// When it does not fit the graphics adapter.
    pub(super) fn of_opened(&self, mut wanted: Wanted, opened: Opened) -> Result<Scan, String> {
        let own = &opened.info.warnings;
        wanted.warnings.retain(|other| !own.contains(other));
        wanted.warnings = [&own[..], &wanted.warnings].concat();
        self.make(wanted, opened.volume, Some(opened.info), None)
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
        let wanted = Wanted {
            name: "Simulated head".to_owned(),
            place: None,
            volume_idx: 0,
            scaling: PixelScaling::default(),
            hours: Some(scans.sessions()[session_idx].actual_hours),
            warnings: vec!["A simulated head, not a patient.".to_owned()],
            replaces: None,
        };
        let scan = self.make(wanted, volume, None, Some(Point3::from(DEMO_LOOKS_AT)));
        self.hand_over(scan, replaces)
    }

    /// Sends a scan, or why there is none.
    fn hand_over(
        &self,
        scan: Result<Scan, String>,
        replaces: Option<Arc<Scan>>,
    ) -> Option<Arc<Scan>> {
        match scan {
            Ok(scan) => {
                let scan = Arc::new(scan);
                self.job.send(Message::Opened {
                    scan: scan.clone(),
                    replaces,
                });
                Some(scan)
            }
            Err(why) => {
                self.job.send(Message::Failed(why));
                None
            }
        }
    }

    /// Makes a scan of a volume.
    ///
    /// # Errors
    /// When it does not fit the graphics adapter.
    fn make(
        &self,
        wanted: Wanted,
        volume: Volume,
        info: Option<FileInfo>,
        look_at: Option<Point3<f64>>,
    ) -> Result<Scan, String> {
        let texture = self.graphics.texture(&volume);
        let texture = texture.map_err(|error| format!("{error}: {}", wanted.name))?;
        let mut remarks = wanted.warnings;
        if let Some([x, y, z]) = texture.as_ref().and_then(VolumeTexture::reduced_by) {
            let remark = format!(
                "Larger than this graphics adapter allows: drawn coarser by {x} x {y} x {z}. \
                 Values under the pointer are the scan's own."
            );
            // Another volume of a scan brings the remarks of the one before.
            if !remarks.contains(&remark) {
                remarks.push(remark);
            }
        }
        let told_by = info.as_ref().and_then(|info| ToldBy::of(&volume, info));
        let labels = told_by
            .zip(wanted.place.as_ref())
            .and_then(|(told_by, place)| {
                let wanted = WantedLabels {
                    place,
                    volume_idx: wanted.volume_idx,
                    volume: &volume,
                    table: None,
                };
                let labels = labels_of(self.job, self.graphics, &wanted, told_by);
                labels.map_err(|why| remarks.push(why)).ok()
            });
        let can_be_labels = info.is_some() && can_be_labels(&volume);
        let units = info.as_ref().and_then(|info| info.units.as_deref());
        let map = units.and_then(Quantity::of_unit);
        let of_map = map.map(|quantity| window_of_map(quantity, &volume));
        let file = wanted.place.as_ref().and_then(Place::file);
        Ok(Scan {
            name: wanted.name,
            origin: file.and_then(|file| Origin::of_file(&file)),
            place: wanted.place,
            auto: of_map.unwrap_or_else(|| Window::auto(&volume)),
            as_overlay: of_map.unwrap_or_else(|| Window::of_overlay(&volume)),
            labels: labels.map(Arc::new),
            can_be_labels,
            map,
            volume,
            texture: texture.map(Arc::new),
            volume_idx: wanted.volume_idx,
            scaling: wanted.scaling,
            hours: wanted.hours,
            info,
            remarks,
            drawn_first: None,
            look_at,
            made: None,
        })
    }
}

/// Why there is no scan.
pub(super) enum NotOpened {
    /// It was stopped.
    Cancelled,
    /// In words.
    Why(String),
}

impl From<FormatError> for NotOpened {
    fn from(error: FormatError) -> Self {
        match error {
            FormatError::Cancelled => Self::Cancelled,
            error => Self::Why(error.to_string()),
        }
    }
}

/// Whose labels are wanted, and by which table they are named; by the one beside it where none was
/// chosen.
pub(super) struct WantedLabels<'a> {
    pub(super) place: &'a Place,
    pub(super) volume_idx: usize,
    pub(super) volume: &'a Volume,
    pub(super) table: Option<&'a Path>,
}

/// So many different values are no labels.
const MOST_LABELS: usize = 65_535;

/// The labels of a scan.
///
/// # Errors
/// Why there are none, in words.
pub(super) fn labels_of(
    job: &Job<Message>,
    graphics: &Graphics,
    wanted: &WantedLabels<'_>,
    told_by: ToldBy,
) -> Result<Labels, String> {
    let not_labels = |why: &dyn std::fmt::Display| {
        let told = match told_by {
            ToldBy::File => "Its file says that it is a label map, but it",
            ToldBy::Values | ToldBy::Choice => "It",
        };
        format!("{told} is shown as a scan: {why}")
    };
    let progress = |share: f32| job.goes_on("Looking at the labels", share);
    let map = wanted
        .place
        .labels(wanted.volume_idx, wanted.volume, &progress)
        .map_err(|error| not_labels(&error))?;
    let n = map.labels().count();
    if n > MOST_LABELS {
        return Err(not_labels(&format!("{n} different values are no labels")));
    }
    let file = wanted.place.file();
    let scheme =
        LabelScheme::of(&map, file.as_deref(), wanted.table).map_err(|error| error.to_string())?;
    Labels::new(graphics, map, scheme, told_by).map_err(|error| not_labels(&error))
}

/// The remarks on a scan that do not come from its own file, whose warnings come anew with each
/// volume.
pub(super) fn remarks_of_others(scan: &Scan) -> Vec<String> {
    let own = scan.info.as_ref().map_or(&[][..], |info| &info.warnings);
    let remarks = scan.remarks.iter();
    remarks.filter(|r| !own.contains(r)).cloned().collect()
}
