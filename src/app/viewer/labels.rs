//! Scans of whole numbers, which may be labels, and the regions that these stand for.

use crate::enhancement::{LabelNames, LabelledRegion, check_labels, label_of};
use crate::formats::bids;
use crate::volume::Volume;
use std::path::Path;

/// What a scan of whole numbers says where these are labels.
pub struct Labels {
    /// Whether its file says that they are.
    pub is_told: bool,
    /// By the table beside it; none for FreeSurfer's numbers, or why the table cannot be used.
    names: Result<Option<LabelNames>, String>,
    /// What to know of the names.
    remarks: Vec<String>,
}

impl Labels {
    /// Of a volume from a file, which says or does not say that it is a label map; `None` where its
    /// values cannot be labels.
    ///
    /// # Errors
    /// Where the file says that they are labels and they cannot be, in words.
    pub(super) fn of(
        volume: &Volume,
        is_told: bool,
        file: Option<&Path>,
    ) -> Result<Option<Self>, String> {
        match check_labels(volume) {
            Err(error) if is_told => {
                return Err(format!(
                    "Its file says that it is a label map, but it is shown as a scan: {error}"
                ));
            }
            Err(_) => return Ok(None),
            Ok(()) => {}
        }
        // What lies in a zip has no table beside it.
        let table = match file.filter(|file| file.is_file()) {
            Some(file) => bids::label_table(file).map_err(|error| error.to_string()),
            None => Ok(None),
        };
        let remarks = match &table {
            Ok(Some(table)) => table.remarks.clone(),
            Ok(None) => {
                vec!["No table names the labels; the numbers are taken for FreeSurfer's".to_owned()]
            }
            Err(error) => vec![format!("The labels have no names: {error}")],
        };
        Ok(Some(Self {
            is_told,
            names: table.map(|table| table.map(|table| table.names)),
            remarks,
        }))
    }

    /// What to know of the names.
    #[must_use]
    pub fn remarks(&self) -> &[String] {
        &self.remarks
    }

    /// The region that a value stands for; `None` for what is not the patient, or no label.
    #[must_use]
    pub fn region(&self, value: f32) -> Option<LabelledRegion> {
        let label = label_of(value).ok()?;
        match &self.names {
            Ok(names) => LabelledRegion::of(label, names.as_ref()),
            Err(_) => LabelledRegion::of(label, Some(&LabelNames::new())),
        }
    }
}

/// A region as the window calls it.
pub(super) fn region_text(region: &LabelledRegion) -> String {
    match region.name == region.label.to_string() {
        true => format!("{}, without a name", region.label),
        false => format!("{} ({})", region.name, region.label),
    }
}
