//! Worksheets of the Bern score as they are filled in: three lines, three signs, a signature. What a
//! network says of the scan stays hidden until its worksheet is signed.

use super::scan::Scan;
use crate::anatomy::HeadPlanes;
use crate::anatomy::bern::{
    Findings, Item, Line, Marked, Measured, SHEET_FORMAT, Score, Seen, Sheet, SheetScan, Signs,
};
use std::path::PathBuf;
use std::sync::Arc;
use time::OffsetDateTime;

/// A change of the open worksheet.
#[derive(Clone, Debug, PartialEq)]
pub enum SheetEdit {
    /// Show it or hide it; nothing that was entered is lost.
    Show(bool),
    /// The next line drawn is this length, or is an ordinary ruler.
    Draw(Option<Item>),
    /// A length cannot be measured in this scan.
    NotAssessable(Item),
    /// A sign is there, is not, or cannot be judged.
    Sign(Item, Seen),
    /// Show how an item is judged, or no longer.
    Explain(Option<Item>),
    /// Who fills it in.
    Reader(String),
    /// Sign it.
    SignNow,
    /// Go on from what was signed; that stays as it was saved.
    Correct,
}

/// A worksheet that is being filled in.
pub struct Worksheet {
    /// The scan, where its file says.
    pub scan: Arc<Scan>,
    /// Where the midsagittal plane lies, or why it was not found; none while it is looked for.
    pub planes: Option<Result<HeadPlanes, String>>,
    /// SHA-256 of the scan, once it is known, or why it is not.
    pub sha256: Option<Result<String, String>>,
    /// Who fills it in.
    pub reader: String,
    /// What was signed last; nothing changes while it stands.
    pub signed: Option<Sheet>,
    /// Where that was saved.
    pub saved: Option<PathBuf>,
    /// The item whose definition is shown.
    pub explained: Option<Item>,
    pub(super) lines: [Option<Measured>; 3],
    pub(super) signs: [Option<Seen>; 3],
    drawing: Option<Item>,
}

impl Worksheet {
    pub(super) fn new(scan: Arc<Scan>) -> Self {
        Self {
            scan,
            planes: None,
            sha256: None,
            reader: String::new(),
            signed: None,
            saved: None,
            explained: None,
            lines: [None; 3],
            signs: [None; 3],
            drawing: None,
        }
    }

    /// The line of a length, where one was drawn.
    #[must_use]
    pub fn line(&self, item: Item) -> Option<Line> {
        match self.length(item)? {
            Measured::By(line) => Some(line),
            Measured::NotAssessable => None,
        }
    }

    /// A length as it was entered.
    #[must_use]
    pub fn length(&self, item: Item) -> Option<Measured> {
        self.lines[Item::LENGTHS.iter().position(|of| *of == item)?]
    }

    /// A sign as it was judged.
    #[must_use]
    pub fn sign(&self, item: Item) -> Option<Seen> {
        self.signs[Item::SIGNS.iter().position(|of| *of == item)?]
    }

    /// The length that the next line is of.
    #[must_use]
    pub fn drawing(&self) -> Option<Item> {
        self.drawing.filter(|_| self.signed.is_none())
    }

    fn set_length(&mut self, item: Item, length: Option<Measured>) {
        let place = Item::LENGTHS.iter().position(|of| *of == item);
        if let (Some(place), None) = (place, &self.signed) {
            self.lines[place] = length;
        }
    }

    pub(super) fn set_line(&mut self, item: Item, line: Line) {
        self.set_length(item, Some(Measured::By(line)));
    }

    pub(super) fn clear(&mut self, item: Item) {
        self.set_length(item, None);
    }

    /// A length was drawn: the next one that is not there yet follows.
    pub(super) fn drawn(&mut self) {
        let mut open = Item::LENGTHS.into_iter();
        self.drawing = open.find(|item| self.length(*item).is_none());
    }

    /// Items that are entered, of six.
    #[must_use]
    pub fn n_entered(&self) -> usize {
        self.lines.iter().flatten().count() + self.signs.iter().flatten().count()
    }

    /// What was found, once all six items are entered.
    #[must_use]
    pub fn findings(&self) -> Option<Findings> {
        let [pachymeningeal, venous, subdural] = self.signs;
        let [suprasellar, prepontine, mamillopontine] = self.lines;
        Some(Findings {
            pachymeningeal: pachymeningeal?,
            venous: venous?,
            suprasellar_mm: suprasellar?.length_mm(),
            subdural: subdural?,
            prepontine_mm: prepontine?.length_mm(),
            mamillopontine_mm: mamillopontine?.length_mm(),
        })
    }

    /// The score, once all six items are entered.
    #[must_use]
    pub fn score(&self) -> Option<Score> {
        self.findings().map(|findings| findings.score())
    }

    /// Whether the length of an item is within a voxel of its threshold.
    #[must_use]
    pub fn is_near_threshold(&self, item: Item) -> bool {
        let mm = self.length(item).and_then(|length| length.length_mm());
        let pair = mm.zip(item.at_most_mm());
        let voxel_mm = self.scan.volume.grid().longest_edge_mm();
        pair.is_some_and(|(mm, at_most)| (mm - at_most).abs() <= voxel_mm)
    }

    /// Why it cannot be signed, in words.
    ///
    /// # Errors
    /// What is missing.
    pub fn to_sign(&self) -> Result<Sheet, String> {
        let missing = 6 - self.n_entered();
        let ([Some(a), Some(b), Some(c)], [Some(d), Some(e), Some(f)]) = (self.lines, self.signs)
        else {
            return Err(match missing {
                1 => "One item is not entered yet".to_owned(),
                n => format!("{n} items are not entered yet"),
            });
        };
        if self.reader.trim().is_empty() {
            return Err("The reader's name or initials are missing".to_owned());
        }
        let sha256 = match &self.sha256 {
            None => return Err("The scan's hash is being computed".to_owned()),
            Some(Err(why)) => return Err(why.clone()),
            Some(Ok(hash)) => hash.clone(),
        };
        let file = self.scan.file_or_name();
        let name = file
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        let sheet = Sheet {
            format: SHEET_FORMAT.to_owned(),
            scan: SheetScan {
                name: name.unwrap_or_else(|| self.scan.name.clone()),
                sha256,
                voxel_mm: self.scan.volume.grid().longest_edge_mm(),
            },
            reader: self.reader.trim().to_owned(),
            signed_at: Some(now()),
            signs: Signs {
                pachymeningeal_enhancement: d,
                venous_sinus_engorgement: e,
                subdural_collection: f,
            },
            lines: Marked {
                suprasellar_cistern: a,
                prepontine_cistern: b,
                mamillopontine_distance: c,
            },
        };
        sheet.to_json().map_err(|error| error.to_string())?;
        Ok(sheet)
    }
}

/// In UTC, such as `2026-05-04T10:20:30Z`.
pub(super) fn now() -> String {
    let now = OffsetDateTime::now_utc();
    let (date, time) = (now.date(), now.time());
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
        date.year(),
        u8::from(date.month()),
        date.day(),
        time.hour(),
        time.minute(),
        time.second()
    )
}

/// The worksheets of the scans that are open.
#[derive(Default)]
pub struct WorksheetDesk {
    /// Whether the panel is there.
    pub open: bool,
    pub(super) all: Vec<Worksheet>,
    /// Which of them it shows.
    pub(super) at: usize,
}

impl WorksheetDesk {
    /// The one that is shown.
    #[must_use]
    pub fn shown(&self) -> Option<&Worksheet> {
        self.all.get(self.at).filter(|_| self.open)
    }

    pub(super) fn shown_mut(&mut self) -> Option<&mut Worksheet> {
        let is_open = self.open;
        self.all.get_mut(self.at).filter(|_| is_open)
    }

    /// Shows that of a scan, or begins one; answers whether it is new.
    pub(super) fn show(&mut self, scan: &Arc<Scan>) -> bool {
        self.open = true;
        let mut all = self.all.iter();
        let found = all.position(|sheet| Arc::ptr_eq(&sheet.scan, scan));
        self.at = found.unwrap_or(self.all.len());
        if found.is_none() {
            let mut sheet = Worksheet::new(scan.clone());
            // Whoever filled in the last one is likely to fill in this one.
            sheet.reader = self
                .all
                .last()
                .map_or_else(String::new, |last| last.reader.clone());
            sheet.drawing = Some(Item::LENGTHS[0]);
            self.all.push(sheet);
        }
        found.is_none()
    }

    /// That of a scan.
    pub(super) fn of(&mut self, scan: &Arc<Scan>) -> Option<&mut Worksheet> {
        let mut all = self.all.iter_mut();
        all.find(|sheet| Arc::ptr_eq(&sheet.scan, scan))
    }

    /// Whether a scan's worksheet was begun and is not signed: then nobody may be told what a network
    /// says of it.
    #[must_use]
    pub fn is_blind_to(&self, scan: &Arc<Scan>) -> bool {
        let mut all = self.all.iter();
        all.any(|sheet| Arc::ptr_eq(&sheet.scan, scan) && sheet.signed.is_none())
    }

    /// The scans whose worksheets hold something that is in no file.
    pub(super) fn unsaved(&self) -> impl Iterator<Item = &Arc<Scan>> {
        let all = self.all.iter();
        all.filter(|sheet| sheet.n_entered() > 0 && sheet.saved.is_none())
            .map(|sheet| &sheet.scan)
    }

    /// Takes away that of a scan.
    pub(super) fn forget(&mut self, scan: &Arc<Scan>) {
        let mut all = self.all.iter();
        if let Some(place) = all.position(|sheet| Arc::ptr_eq(&sheet.scan, scan)) {
            self.all.remove(place);
            self.open &= self.at != place;
            self.at -= usize::from(self.at > place);
        }
    }

    /// Changes what an edit says; answers with what is to be told.
    pub(super) fn apply(&mut self, edit: SheetEdit) -> Result<(), String> {
        if let SheetEdit::Show(open) = edit {
            self.open = open && !self.all.is_empty();
            return Ok(());
        }
        let Some(sheet) = self.shown_mut() else {
            return Ok(());
        };
        match edit {
            SheetEdit::Show(_) => {}
            SheetEdit::Explain(item) => sheet.explained = item,
            SheetEdit::Correct => {
                sheet.signed = None;
                sheet.saved = None;
            }
            _ if sheet.signed.is_some() => {}
            SheetEdit::Draw(item) => sheet.drawing = item,
            SheetEdit::NotAssessable(item) => {
                sheet.set_length(item, Some(Measured::NotAssessable));
                sheet.drawn();
            }
            SheetEdit::Sign(item, seen) => {
                if let Some(place) = Item::SIGNS.iter().position(|of| *of == item) {
                    sheet.signs[place] = Some(seen);
                }
            }
            SheetEdit::Reader(name) => sheet.reader = name,
            SheetEdit::SignNow => {
                sheet.signed = Some(sheet.to_sign()?);
                sheet.drawing = None;
            }
        }
        Ok(())
    }
}
