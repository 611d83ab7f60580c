//! Worksheets of the Bern score: opened, tabulated, and two readers compared.

use crate::anatomy::bern::{Item, Seen, Sheet};
use crate::formats::bids;
use crate::models::{file_sha256, hex};
use crate::stats::{
    BlandAltman, Interval, LimitsInterval, Outcome, TransitionMatrix, Weights, bland_altman,
    cohen_kappa,
};
use crate::text::{self, Limit};
use crate::volume::Volume;
use anyhow::{Context, anyhow, bail};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A signed worksheet and where it lies.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenedSheet {
    /// Its file.
    pub path: PathBuf,
    /// What it says.
    pub sheet: Sheet,
}

/// Opens worksheets.
///
/// # Errors
/// For a file that is no worksheet, with the field that is wrong, and for a draft: the path comes last.
pub fn open_sheets(paths: &[PathBuf]) -> anyhow::Result<Vec<OpenedSheet>> {
    let open = |path: &PathBuf| {
        let text = text::open(path, Limit::Settings)?;
        let sheet =
            Sheet::from_json(&text).map_err(|error| anyhow!("{error}: {}", path.display()))?;
        if sheet.signed_at.is_none() {
            bail!(
                "signed_at is null: a draft has no score until its reader signs it: {}",
                path.display()
            );
        }
        let path = path.clone();
        Ok(OpenedSheet { path, sheet })
    };
    paths.iter().map(open).collect()
}

/// Writes a worksheet.
///
/// # Errors
/// When there is such a file already, which is not overwritten, and when it cannot be written.
pub fn write_sheet(sheet: &Sheet, path: &Path) -> anyhow::Result<()> {
    let text = sheet.to_json()?;
    if path.exists() {
        bail!(
            "there is such a file already, which is not overwritten: {}",
            path.display()
        );
    }
    Ok(bids::write_text(path, &(text + "\n"))?)
}

/// By what a worksheet or a session knows its scan again: SHA-256 of the scan's file, or of its voxels'
/// values (little-endian f32, first axis fastest) where it is not one file, as a DICOM series or a pair of
/// header and voxels is.
///
/// # Errors
/// When the file is gone.
pub fn scan_sha256(file: Option<&Path>, volume: &Volume) -> anyhow::Result<String> {
    match file {
        // What lies in a zip is no file of its own.
        Some(file) if file.is_file() && !is_header_of_pair(file) => file_sha256(file)
            .with_context(|| format!("the file cannot be opened any more: {}", file.display())),
        _ => {
            let mut hasher = Sha256::new();
            for value in volume.values() {
                hasher.update(value.to_le_bytes());
            }
            Ok(hex(&hasher.finalize()))
        }
    }
}

/// Whether the voxels lie in another file.
fn is_header_of_pair(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let name = name.to_lowercase();
    name.ends_with(".hdr") || name.ends_with(".hdr.gz")
}

/// The JSON files of a folder, by name.
///
/// # Errors
/// Where the folder cannot be listed or has none.
pub fn sheets_in(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let listed = std::fs::read_dir(folder)
        .with_context(|| format!("cannot list the folder: {}", folder.display()))?;
    let mut paths = Vec::new();
    for entry in listed {
        let path = entry
            .with_context(|| format!("cannot list the folder: {}", folder.display()))?
            .path();
        let is_json = path
            .extension()
            .is_some_and(|e| e.eq_ignore_ascii_case("json"));
        if is_json && path.is_file() {
            paths.push(path);
        }
    }
    if paths.is_empty() {
        bail!(
            "the folder has no worksheets (*.json): {}",
            folder.display()
        );
    }
    paths.sort();
    Ok(paths)
}

/// How far two readers agree on the scans that both scored.
#[derive(Clone, Debug, PartialEq)]
pub struct BernAgreement {
    /// The two, in the order of the differences.
    pub readers: [String; 2],
    /// Scans that both scored.
    pub n_scans: usize,
    /// Cohen's kappa of present and absent, by item; a scan that one of them could not assess does
    /// not count.
    pub kappa: Vec<(Item, Outcome)>,
    /// Kappa of the three bands with linear weights, where neither depends on what was not
    /// assessable.
    pub band: Outcome,
    /// Bias and limits of agreement of each length, mm.
    pub lengths: Vec<(Item, BlandAltman)>,
}

/// Compares two readers on the scans that both scored, which are told by their hashes.
///
/// # Errors
/// Unless the sheets are of two readers, or two are named; when a reader has two sheets of one scan,
/// and when no scan has sheets of both.
pub fn bern_agreement(
    sheets: &[OpenedSheet],
    readers: Option<[String; 2]>,
    confidence: f64,
) -> anyhow::Result<BernAgreement> {
    let readers = match readers {
        Some(readers) => readers,
        None => two_readers(sheets)?,
    };
    let [first, second] = [&readers[0], &readers[1]].map(|reader| by_scan(sheets, reader));
    let (first, second) = (first?, second?);
    let pairs: Vec<(&Sheet, &Sheet)> = first
        .iter()
        .filter_map(|(scan, a)| Some((*a, *second.get(scan)?)))
        .collect();
    if pairs.is_empty() {
        bail!(
            "no scan has sheets of both {} and {}",
            readers[0],
            readers[1]
        );
    }
    let interval = Interval::at(confidence);
    let level = |seen: Seen| match seen {
        Seen::Absent => Some(0.0),
        Seen::Present => Some(1.0),
        Seen::NotAssessable => None,
    };
    let kappa_of = |levels: &[f64], graded: &[(f64, f64)], weights| {
        TransitionMatrix::from_pairs(levels, &readers[0], &readers[1], graded)
            .map(|table| cohen_kappa(&table, weights, interval))
    };
    let mut kappa = Vec::new();
    for item in Item::ALL {
        let graded: Vec<(f64, f64)> = pairs
            .iter()
            .filter_map(|(a, b)| level(a.findings().seen(item)).zip(level(b.findings().seen(item))))
            .collect();
        kappa.push((item, kappa_of(&[0.0, 1.0], &graded, Weights::Identity)?));
    }
    let band = |sheet: &Sheet| {
        sheet
            .findings()
            .score()
            .band()
            .map(|band| f64::from(band as u8))
    };
    let bands: Vec<(f64, f64)> = pairs
        .iter()
        .filter_map(|(a, b)| band(a).zip(band(b)))
        .collect();
    let lengths = Item::LENGTHS.map(|item| {
        let measured: Vec<(f64, f64)> = pairs
            .iter()
            .filter_map(|(a, b)| {
                a.findings()
                    .length_mm(item)
                    .zip(b.findings().length_mm(item))
            })
            .collect();
        (
            item,
            bland_altman(&measured, LimitsInterval::Exact, confidence),
        )
    });
    Ok(BernAgreement {
        n_scans: pairs.len(),
        kappa,
        band: kappa_of(&[0.0, 1.0, 2.0], &bands, Weights::Linear)?,
        lengths: lengths.to_vec(),
        readers,
    })
}

fn two_readers(sheets: &[OpenedSheet]) -> anyhow::Result<[String; 2]> {
    let names: BTreeSet<&str> = sheets.iter().map(|s| s.sheet.reader.as_str()).collect();
    match names.iter().collect::<Vec<_>>()[..] {
        [a, b] => Ok([(*a).to_owned(), (*b).to_owned()]),
        _ => bail!(
            "agreement is of two readers, and the sheets are of {}: {}",
            names.len(),
            names.into_iter().collect::<Vec<_>>().join(", ")
        ),
    }
}

/// The sheets of a reader by the hash of their scan.
fn by_scan<'a>(
    sheets: &'a [OpenedSheet],
    reader: &str,
) -> anyhow::Result<BTreeMap<&'a str, &'a Sheet>> {
    let mut found: BTreeMap<&str, &OpenedSheet> = BTreeMap::new();
    for opened in sheets.iter().filter(|s| s.sheet.reader == reader) {
        if let Some(before) = found.insert(&opened.sheet.scan.sha256, opened) {
            bail!(
                "two sheets of {reader} are of one scan (scan.sha256): {} and {}",
                before.path.display(),
                opened.path.display()
            );
        }
    }
    if found.is_empty() {
        bail!("no sheet is of the reader {reader}");
    }
    Ok(found
        .into_iter()
        .map(|(scan, of)| (scan, &of.sheet))
        .collect())
}
