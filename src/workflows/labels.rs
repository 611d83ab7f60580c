//! How the labels of a label map are called and coloured, and by what a scan is taken for one.

use crate::enhancement::{LabelNames, LabelledRegion, freesurfer_colour, freesurfer_name};
use crate::formats::{FileInfo, FormatError, LabelTable, bids};
use crate::render::label_colour;
use crate::volume::{LabelMap, Volume, is_label_map};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// By what a scan is taken for a label map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToldBy {
    /// Its file says so: by the intent in its header, or by its name in BIDS.
    File,
    /// Its values are whole numbers and lie together as labels do.
    Values,
    /// Somebody said so.
    Choice,
}

impl ToldBy {
    /// By what an opened scan is taken for one; `None` where it is not.
    #[must_use]
    pub fn of(volume: &Volume, info: &FileInfo) -> Option<Self> {
        // A map with a unit has values, however few they are, and so has a scan of some hour.
        let is_measured = info.units.is_some() || info.hours_after_injection.is_some();
        match info.is_label_map {
            true => Some(Self::File),
            false if !is_measured && is_label_map(volume) => Some(Self::Values),
            false => None,
        }
    }

    /// In a sentence.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::File => "Its file says that it is a label map",
            Self::Values => "Taken for a label map: its values are whole numbers that lie together",
            Self::Choice => "Taken for a label map because it was chosen as one",
        }
    }
}

/// How labels are called and coloured.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelScheme {
    /// By a table, or as FreeSurfer names its numbers; empty where nobody names them.
    pub names: LabelNames,
    /// A colour for each of [`LabelMap::ids`]: red, green, blue and opacity; the first is clear.
    pub colours: Vec<[u8; 4]>,
    /// The table that was used.
    pub table: Option<PathBuf>,
    /// What to know of it.
    pub remarks: Vec<String>,
}

/// A map of so many of FreeSurfer's numbers at least is one of FreeSurfer's or of SynthSeg's.
const LEAST_OF_FREESURFER: usize = 5;

impl LabelScheme {
    /// By the table chosen, or else by the one that lies beside the map's file, or else as FreeSurfer
    /// has it where nearly all numbers are FreeSurfer's; colours that nobody gave follow from the
    /// numbers.
    ///
    /// # Errors
    /// When the chosen table cannot be used. One beside the file that cannot be is a remark.
    pub fn of(
        map: &LabelMap,
        file: Option<&Path>,
        chosen: Option<&Path>,
    ) -> Result<Self, FormatError> {
        let mut remarks = Vec::new();
        // What lies in a zip has no table beside it.
        let beside = file.filter(|file| file.is_file());
        let table = match (chosen, beside) {
            (Some(chosen), _) => Some(LabelTable::open(chosen)?),
            (None, Some(file)) => bids::label_table(file).unwrap_or_else(|error| {
                remarks.push(format!("The labels have no names: {error}"));
                None
            }),
            (None, None) => None,
        };
        let is_freesurfer = table.is_none() && remarks.is_empty() && is_freesurfer(map);
        let named = |(id, _): (u32, usize)| Some((id, freesurfer_name(id)?));
        let (names, colours) = match &table {
            Some(table) => (table.names.clone(), table.colours.clone()),
            None if is_freesurfer => (map.labels().filter_map(named).collect(), BTreeMap::new()),
            None => (BTreeMap::new(), BTreeMap::new()),
        };
        if let Some(table) = &table {
            remarks.extend(table.remarks.iter().cloned());
            let n_unnamed = map
                .labels()
                .filter(|(id, _)| !names.contains_key(id))
                .count();
            if n_unnamed > 0 {
                let n = map.labels().count();
                remarks.push(format!(
                    "{n_unnamed} of {n} labels have no name in the table: {}",
                    table.path.display()
                ));
            }
        } else if is_freesurfer {
            remarks.push("No table names the labels; the numbers are FreeSurfer's".to_owned());
        } else if remarks.is_empty() {
            remarks.push("No table names the labels".to_owned());
        }
        let colour = |&id: &u32| {
            let of_freesurfer = || is_freesurfer.then(|| freesurfer_colour(id)).flatten();
            let opaque = |[r, g, b]: [u8; 3]| [r, g, b, 255];
            match id {
                0 => [0; 4],
                id => colours
                    .get(&id)
                    .copied()
                    .unwrap_or_else(|| opaque(of_freesurfer().unwrap_or_else(|| label_colour(id)))),
            }
        };
        Ok(Self {
            colours: map.ids().iter().map(colour).collect(),
            names,
            table: table.map(|table| table.path),
            remarks,
        })
    }

    /// The region of a number; `None` for what is not the patient.
    #[must_use]
    pub fn region(&self, id: u32) -> Option<LabelledRegion> {
        LabelledRegion::of(id, Some(&self.names))
    }
}

/// Whether numbers are those of FreeSurfer: nine of ten are known, and there are several, as 1, 2 and 3
/// are in every map.
fn is_freesurfer(map: &LabelMap) -> bool {
    let known = map
        .labels()
        .filter(|(id, _)| freesurfer_name(*id).is_some());
    let (known, n) = (known.count(), map.labels().count());
    known >= LEAST_OF_FREESURFER && 10 * known >= 9 * n
}
