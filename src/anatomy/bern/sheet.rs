//! A worksheet: who marked what on which scan, as JSON.

use super::fields::{Fields, SheetError, refused, shown};
use super::{Findings, Item, Seen};
use crate::text::date_time;
use serde::{Serialize, Serializer};
use serde_json::Value;

/// What `format` says in a worksheet of this version.
pub const SHEET_FORMAT: &str = "cisterna-bern-1";

/// No line in a head is longer, mm.
const LONGEST_MM: f64 = 100.0;

/// A line, whose end points are kept as they were set.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Line {
    /// One end, RAS+ mm.
    pub from_mm: [f64; 3],
    /// The other, RAS+ mm.
    pub to_mm: [f64; 3],
}

impl Line {
    /// How long it is, mm.
    #[must_use]
    pub fn length_mm(&self) -> f64 {
        let squares = (0..3).map(|axis| (self.to_mm[axis] - self.from_mm[axis]).powi(2));
        squares.sum::<f64>().sqrt()
    }
}

/// A length on a worksheet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Measured {
    /// By a line.
    By(Line),
    /// Not at all: the JSON has `"not_assessable"` in the line's place.
    NotAssessable,
}

impl Serialize for Measured {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::By(line) => line.serialize(serializer),
            Self::NotAssessable => Seen::NotAssessable.serialize(serializer),
        }
    }
}

impl Measured {
    /// mm, as measured.
    #[must_use]
    pub fn length_mm(&self) -> Option<f64> {
        match self {
            Self::By(line) => Some(line.length_mm()),
            Self::NotAssessable => None,
        }
    }
}

/// The three signs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Signs {
    /// [`Item::Pachymeningeal`].
    pub pachymeningeal_enhancement: Seen,
    /// [`Item::Venous`].
    pub venous_sinus_engorgement: Seen,
    /// [`Item::Subdural`].
    pub subdural_collection: Seen,
}

/// The three lines.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Marked {
    /// [`Item::Suprasellar`].
    pub suprasellar_cistern: Measured,
    /// [`Item::Prepontine`].
    pub prepontine_cistern: Measured,
    /// [`Item::Mamillopontine`].
    pub mamillopontine_distance: Measured,
}

/// The scan that was marked.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SheetScan {
    /// The name of its file.
    pub name: String,
    /// SHA-256 of its file, or of its voxels' values where it is not one file, as a DICOM series is
    /// (little-endian f32, first axis fastest); 64 hexadecimal digits in lower case.
    pub sha256: String,
    /// The longest edge of its voxels, mm.
    pub voxel_mm: f64,
}

/// A worksheet of one reader.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sheet {
    /// [`SHEET_FORMAT`].
    pub format: String,
    /// Of what.
    pub scan: SheetScan,
    /// By whom.
    pub reader: String,
    /// When the reader signed it, in UTC, such as `2026-05-04T10:20:30Z`; `null` of a draft, which
    /// has no score.
    pub signed_at: Option<String>,
    /// What was judged.
    pub signs: Signs,
    /// What was measured.
    pub lines: Marked,
}

impl Sheet {
    /// Decodes and checks a worksheet; a draft passes.
    ///
    /// # Errors
    /// For what is no worksheet, and for the first field whose value cannot be.
    pub fn from_json(text: &str) -> Result<Self, SheetError> {
        let value: serde_json::Value =
            serde_json::from_str(text).map_err(|error| SheetError::NotASheet(error.to_string()))?;
        let top = Fields::new(
            "",
            &value,
            &["format", "scan", "reader", "signed_at", "signs", "lines"],
        )?;
        let scan = top.object("scan", &["name", "sha256", "voxel_mm"])?;
        let signs = top.object("signs", &Item::SIGNS.map(Item::name))?;
        let lines = top.object("lines", &Item::LENGTHS.map(Item::name))?;
        let sheet = Self {
            format: top.text("format")?,
            scan: SheetScan {
                name: scan.text("name")?,
                sha256: scan.text("sha256")?,
                voxel_mm: scan.number("voxel_mm")?,
            },
            reader: top.text("reader")?,
            signed_at: top.text_or_null("signed_at")?,
            signs: Signs {
                pachymeningeal_enhancement: signs.seen(Item::Pachymeningeal.name())?,
                venous_sinus_engorgement: signs.seen(Item::Venous.name())?,
                subdural_collection: signs.seen(Item::Subdural.name())?,
            },
            lines: Marked {
                suprasellar_cistern: measured(&lines, Item::Suprasellar)?,
                prepontine_cistern: measured(&lines, Item::Prepontine)?,
                mamillopontine_distance: measured(&lines, Item::Mamillopontine)?,
            },
        };
        sheet.check()?;
        Ok(sheet)
    }

    /// The worksheet as indented JSON, numbers to their full precision.
    ///
    /// # Errors
    /// For the first field whose value cannot be.
    pub fn to_json(&self) -> Result<String, SheetError> {
        self.check()?;
        serde_json::to_string_pretty(self).map_err(|error| SheetError::NotASheet(error.to_string()))
    }

    /// The length of an item that has a line.
    #[must_use]
    pub fn measured(&self, item: Item) -> Option<&Measured> {
        match item {
            Item::Suprasellar => Some(&self.lines.suprasellar_cistern),
            Item::Prepontine => Some(&self.lines.prepontine_cistern),
            Item::Mamillopontine => Some(&self.lines.mamillopontine_distance),
            Item::Pachymeningeal | Item::Venous | Item::Subdural => None,
        }
    }

    /// What the reader found.
    #[must_use]
    pub fn findings(&self) -> Findings {
        let mm = |measured: &Measured| measured.length_mm();
        Findings {
            pachymeningeal: self.signs.pachymeningeal_enhancement,
            venous: self.signs.venous_sinus_engorgement,
            suprasellar_mm: mm(&self.lines.suprasellar_cistern),
            subdural: self.signs.subdural_collection,
            prepontine_mm: mm(&self.lines.prepontine_cistern),
            mamillopontine_mm: mm(&self.lines.mamillopontine_distance),
        }
    }

    fn check(&self) -> Result<(), SheetError> {
        if self.format != SHEET_FORMAT {
            let value = format!("{:?}", self.format);
            return refused("format", value, "not \"cisterna-bern-1\"");
        }
        if self.scan.name.trim().is_empty() {
            return refused("scan.name", "empty".to_owned(), "not the name of a file");
        }
        let is_digit = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
        if self.scan.sha256.len() != 64 || !self.scan.sha256.bytes().all(is_digit) {
            let value = format!("{:?}", self.scan.sha256);
            let why = "not 64 hexadecimal digits in lower case";
            return refused("scan.sha256", value, why);
        }
        if !(self.scan.voxel_mm > 0.0 && self.scan.voxel_mm <= 20.0) {
            let value = self.scan.voxel_mm.to_string();
            return refused("scan.voxel_mm", value, "not above 0 and at most 20 mm");
        }
        if self.reader.trim().is_empty() {
            return refused(
                "reader",
                "empty".to_owned(),
                "and every sheet is somebody's",
            );
        }
        if let Some(signed) = &self.signed_at
            && signed.strip_suffix('Z').and_then(date_time).is_none()
        {
            let why = "not a time in UTC such as 2026-05-04T10:20:30Z";
            return refused("signed_at", format!("{signed:?}"), why);
        }
        Item::LENGTHS.into_iter().try_for_each(|item| {
            let Some(Measured::By(line)) = self.measured(item) else {
                return Ok(());
            };
            let mm = line.length_mm();
            if !mm.is_finite() || mm > LONGEST_MM {
                let field = format!("lines.{}", item.name());
                return refused(
                    &field,
                    format!("{mm} mm long"),
                    "and no such line is over 100 mm",
                );
            }
            Ok(())
        })
    }
}

fn measured(lines: &Fields<'_>, item: Item) -> Result<Measured, SheetError> {
    let name = item.name();
    match lines.get(name)? {
        Value::String(text) if text == Seen::NotAssessable.name() => Ok(Measured::NotAssessable),
        Value::Object(_) => {
            let line = lines.object(name, &["from_mm", "to_mm"])?;
            Ok(Measured::By(Line {
                from_mm: line.point("from_mm")?,
                to_mm: line.point("to_mm")?,
            }))
        }
        other => {
            let why = "neither a line with from_mm and to_mm nor \"not_assessable\"";
            refused(&lines.path_of(name), shown(other), why)
        }
    }
}
