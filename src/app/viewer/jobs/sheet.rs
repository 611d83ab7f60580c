//! What a worksheet of the Bern score needs of its scan, and its file.

use super::{Message, ViewerJobs};
use crate::anatomy::bern::Sheet;
use crate::anatomy::find_planes;
use crate::app::viewer::Scan;
use crate::formats::Place;
use crate::workflows::{scan_sha256, write_sheet};
use std::path::PathBuf;
use std::sync::Arc;

impl ViewerJobs {
    /// Looks for the midsagittal plane of a head, and tells by what its file is known again.
    pub(in crate::app::viewer) fn examine(&self, scan: Arc<Scan>) {
        self.running.spawn("midline", move |job| {
            job.say("Looking for the midsagittal plane", 0.3);
            let planes = find_planes(&scan.volume).map_err(|error| error.to_string());
            job.send(Message::Midline(scan.clone(), planes));
            job.say("Looking at the scan's file", 0.8);
            let file = scan.place.as_ref().and_then(Place::file);
            let hash = scan_sha256(file.as_deref(), &scan.volume);
            let hash = hash.map_err(|error| error.to_string());
            job.send(Message::Hashed(scan, hash));
        });
    }

    /// Writes a signed worksheet.
    pub(in crate::app::viewer) fn save_sheet(&self, scan: Arc<Scan>, sheet: Sheet, path: PathBuf) {
        self.running.spawn("sheet", move |job| {
            job.say("Saving the worksheet", 0.5);
            job.send(match write_sheet(&sheet, &path) {
                Ok(()) => Message::SheetSaved(scan, Box::new(sheet), path),
                Err(error) => Message::Failed(error.to_string()),
            });
        });
    }
}
