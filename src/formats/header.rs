//! What a file says of itself, field by field, with what may say who was scanned left out unless it is
//! asked for.
//!
//! What is shown is what a list names (the geometry, the sequence, the scanner, the contrast agent);
//! anything else is hidden: names, dates, institutions, identifiers, comments, and whatever a vendor put into
//! elements of its own. So a field that nobody thought of says nothing.

use super::info::FileInfo;
use serde::Serialize;

/// More of a value than that is cut off.
const LONGEST: usize = 240;

/// What a file says of itself, in parts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileHeader {
    /// In the order in which they are shown.
    pub parts: Vec<HeaderPart>,
}

/// Fields that belong together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HeaderPart {
    /// What they are of.
    pub title: &'static str,
    /// The fields.
    pub rows: Vec<HeaderRow>,
}

/// One field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HeaderRow {
    /// Its name in the file's standard.
    pub name: String,
    /// Its value in words; none where it is hidden.
    pub value: Option<String>,
}

impl FileHeader {
    /// Fields whose values are hidden.
    #[must_use]
    pub fn n_hidden(&self) -> usize {
        let rows = self.parts.iter().flat_map(|part| &part.rows);
        rows.filter(|row| row.value.is_none()).count()
    }

    /// A field's value; none where it is hidden, or not there.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        let mut rows = self.parts.iter().flat_map(|part| &part.rows);
        rows.find(|row| row.name == name)?.value.as_deref()
    }
}

impl HeaderPart {
    /// A part, unless it has no fields.
    pub(super) fn new(title: &'static str, rows: Vec<HeaderRow>) -> Option<Self> {
        (!rows.is_empty()).then_some(Self { title, rows })
    }

    /// Where the voxels lie, and of what kind they are: what all formats have.
    pub(super) fn geometry(info: &FileInfo) -> Self {
        let numbers = |numbers: &[f64], digits: usize| -> Vec<String> {
            let text = |number: &f64| format!("{number:.digits$}");
            numbers.iter().map(text).collect()
        };
        let shape: Vec<String> = info.shape.iter().map(ToString::to_string).collect();
        let mut rows = vec![
            HeaderRow::shown("Format", format!("{}, {}", info.format, info.dtype)),
            HeaderRow::shown("Stored voxels", shape.join(" x ")),
            HeaderRow::shown("Volumes", info.volumes),
            HeaderRow::shown("Voxel size", numbers(&info.zooms_mm, 4).join(" x ") + " mm"),
            HeaderRow::shown("Axes", &info.axcodes),
            HeaderRow::shown("Placed by", info.affine_source),
        ];
        for (row, name) in info
            .affine
            .iter()
            .zip(["Affine, x", "Affine, y", "Affine, z"])
        {
            rows.push(HeaderRow::shown(name, numbers(row, 4).join("  ")));
        }
        if let Some([low, high]) = info.window {
            rows.push(HeaderRow::shown(
                "Window in the file",
                format!("{low} to {high}"),
            ));
        }
        if let Some(units) = &info.units {
            rows.push(HeaderRow::shown("Unit of the values", units));
        }
        if let Some(hours) = info.hours_after_injection {
            rows.push(HeaderRow::shown("Hours after injection", hours));
        }
        Self {
            title: "Geometry",
            rows,
        }
    }
}

impl HeaderRow {
    /// A field that is shown.
    pub(super) fn shown(name: impl Into<String>, value: impl ToString) -> Self {
        Self::new(name, value, true)
    }

    /// A field that is shown, or else hidden.
    pub(super) fn new(name: impl Into<String>, value: impl ToString, is_shown: bool) -> Self {
        let value = is_shown.then(|| {
            let value = value.to_string();
            match value.char_indices().nth(LONGEST) {
                Some((end, _)) => format!("{}...", &value[..end]),
                None => value,
            }
        });
        Self {
            name: name.into(),
            value,
        }
    }
}
