//! The scans of a data set: which there are, of whom, and when they were taken.

use super::files::DESCRIPTION;
use super::table::TsvTable;
use crate::formats::error::FormatError;
use crate::formats::sidecar;
use crate::formats::source::Source;
use crate::text::date_time;
use std::cell::OnceCell;
use std::cmp::Reverse;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use time::PrimitiveDateTime;

/// A scan of a data set, or what a pipeline made of one.
#[derive(Clone, Debug, PartialEq)]
pub struct BidsScan {
    /// The patient: what follows `sub-`.
    pub subject: String,
    /// What follows `ses-`, in the file's name or in its folder's.
    pub session: Option<String>,
    /// What follows `acq-`.
    pub acquisition: Option<String>,
    /// All keys and values of the file's name, in their order: `("sub", "01")` and so on.
    pub entities: Vec<(String, String)>,
    /// `T1w`, `bold`, `dseg`, ...
    pub suffix: String,
    /// The folder: `anat`, `func`, `dwi`, `perf`, ...; empty where a pipeline has none.
    pub kind: String,
    /// Whose folder in `derivatives` it lies in; `derivatives` where the patients lie in that
    /// folder itself, and `None` for a raw scan.
    pub pipeline: Option<String>,
    /// Where it is.
    pub path: PathBuf,
    /// From the injection of the tracer to the scan, h, where a sidecar says: the one beside the
    /// scan, or one that it inherits from.
    pub hours_after_injection: Option<f64>,
    /// `acq_time` of the table `*_scans.tsv`, by the scanner's clock, or in UTC where the table
    /// has a `Z`.
    pub acquired: Option<PrimitiveDateTime>,
}

/// Whether a folder is a data set: it has a `dataset_description.json`, or a folder `sub-*`.
#[must_use]
pub fn is_data_set(path: &Path) -> bool {
    if path.join(DESCRIPTION).is_file() {
        return true;
    }
    Listing::of(path).is_ok_and(|listing| {
        let mut folders = listing.folders.iter();
        folders.any(|(name, _)| name.starts_with("sub-"))
    })
}

/// Every NIfTI file in `sub-*/[ses-*/]*/`, and every NIfTI or MGH file in such a folder or above it
/// in `derivatives/*/` or `derivatives/`: raw scans first, each by subject, session, folder and
/// name. A file is left out when its name is not made of entities and a suffix, or names another
/// patient or session than its folder.
///
/// # Errors
/// When a folder cannot be listed.
pub fn scans(root: &Path) -> Result<(Vec<BidsScan>, Vec<String>), FormatError> {
    let mut search = Search::default();
    search.go(root)?;
    let derivatives = root.join("derivatives");
    if derivatives.is_dir() {
        let listing = Listing::of(&derivatives)?;
        let (subjects, pipelines): (Vec<_>, Vec<_>) = listing
            .folders
            .into_iter()
            .partition(|(name, _)| name.starts_with("sub-"));
        if !subjects.is_empty() {
            search.pipeline = Some("derivatives".to_owned());
            search.go(&derivatives)?;
        }
        for (name, folder) in pipelines {
            search.pipeline = Some(name);
            search.go(&folder)?;
        }
    }
    Ok(search.sorted())
}

/// The raw T1-weighted scans of [`scans`], without a look at any other folder than `anat`.
///
/// # Errors
/// As [`scans`].
pub fn t1w_scans(root: &Path) -> Result<(Vec<BidsScan>, Vec<String>), FormatError> {
    let mut search = Search {
        only: Some(("anat", "T1w")),
        ..Search::default()
    };
    search.go(root)?;
    Ok(search.sorted())
}

/// The hours from the injection to a scan that was opened by itself, by the sidecars that it
/// inherits from: in its folder and in those above it, up to the one that holds its patient's.
pub(in crate::formats) fn inherited_hours(
    scan: &Source,
    warnings: &mut Vec<String>,
) -> Option<f64> {
    let name = Name::parse(sidecar::stem(scan.inner_path())?)?;
    let (_, subject) = name.entities.iter().find(|(key, _)| key == "sub")?;
    let patient = format!("sub-{subject}");
    let folders = scan.folders();
    // A kind of scan, a session, the patient, the data set.
    let is_patient = |folder: &PathBuf| folder.file_name().is_some_and(|n| *n == *patient);
    let n_below = folders.iter().take(4).position(is_patient)?;
    let mut levels = folders.iter().take(n_below + 2);
    levels.find_map(|folder| {
        let sidecars = Sidecars::of(scan.files_in(folder));
        let hours = sidecars.hours(&name);
        warnings.extend(sidecars.remarks(&name));
        hours
    })
}

#[derive(Default)]
struct Search {
    /// As [`BidsScan::pipeline`].
    pipeline: Option<String>,
    /// The only folder and the only suffix that are wanted.
    only: Option<(&'static str, &'static str)>,
    found: Vec<BidsScan>,
    remarks: Vec<String>,
}

impl Search {
    /// Looks through a data set, raw or a pipeline's.
    fn go(&mut self, root: &Path) -> Result<(), FormatError> {
        self.walk(root, Position::default(), &mut Vec::new())
    }

    /// `above` holds the levels above the folder, the root first.
    fn walk(
        &mut self,
        folder: &Path,
        position: Position<'_>,
        above: &mut Vec<Level>,
    ) -> Result<(), FormatError> {
        let listing = Listing::of(folder)?;
        above.push(Level::of(folder, &listing, &mut self.remarks));
        if position.kind.is_some() || self.pipeline.is_some() {
            let files = listing.files.into_iter();
            let mut remarks = Vec::new();
            let scans = files
                .filter_map(|(name, path)| self.scan(&name, path, position, above, &mut remarks));
            let scans: Vec<BidsScan> = scans.collect();
            self.found.extend(scans);
            self.remarks.extend(remarks);
        }
        for (name, path) in &listing.folders {
            let is_wanted = |position: &Position<'_>| match (position.kind, self.only) {
                (Some(kind), Some((wanted, _))) => kind == wanted,
                _ => true,
            };
            if let Some(below) = position.below(name).filter(is_wanted) {
                self.walk(path, below, above)?;
            }
        }
        above.pop();
        Ok(())
    }

    /// The scan that a file is, if it is one that is wanted.
    fn scan(
        &self,
        file: &str,
        path: PathBuf,
        position: Position<'_>,
        levels: &[Level],
        remarks: &mut Vec<String>,
    ) -> Option<BidsScan> {
        let endings = match &self.pipeline {
            None => &[".nii.gz", ".nii"][..],
            Some(_) => &[".nii.gz", ".nii", ".mgz", ".mgh"],
        };
        let name = Name::parse(endings.iter().find_map(|e| file.strip_suffix(e))?)?;
        if self.only.is_some_and(|(_, suffix)| name.suffix != suffix) {
            return None;
        }
        let value = |key: &str| name.entities.iter().find(|(k, _)| k == key).map(|(_, v)| v);
        let (subject, session) = (value("sub")?, value("ses"));
        let differs = |folder: Option<&str>, value: &str| folder.is_some_and(|f| f != value);
        if differs(position.subject, subject)
            || session.is_some_and(|s| differs(position.session, s))
        {
            return None;
        }
        let mut nearest_first = levels.iter().rev();
        let hours_after_injection = nearest_first.clone().find_map(|level| {
            let hours = level.sidecars.hours(&name);
            remarks.extend(level.sidecars.remarks(&name));
            hours
        });
        Some(BidsScan {
            subject: subject.clone(),
            session: session.cloned().or(position.session.map(str::to_owned)),
            acquisition: value("acq").cloned(),
            kind: position.kind.unwrap_or_default().to_owned(),
            pipeline: self.pipeline.clone(),
            hours_after_injection,
            acquired: nearest_first.find_map(|level| level.acquired.get(&path).copied()),
            entities: name.entities,
            suffix: name.suffix,
            path,
        })
    }

    /// The scans in order, and the tables and sidecars that could not be used.
    fn sorted(mut self) -> (Vec<BidsScan>, Vec<String>) {
        fn key(scan: &BidsScan) -> impl Ord {
            let place = (&scan.subject, &scan.session, &scan.kind);
            (
                scan.pipeline.is_some(),
                place,
                scan.path.file_name(),
                &scan.path,
            )
        }
        self.found.sort_by(|a, b| key(a).cmp(&key(b)));
        self.remarks.sort();
        self.remarks.dedup();
        (self.found, self.remarks)
    }
}

/// What the folders on the way say.
#[derive(Clone, Copy, Default)]
struct Position<'a> {
    subject: Option<&'a str>,
    session: Option<&'a str>,
    kind: Option<&'a str>,
}

impl<'a> Position<'a> {
    /// One folder further down; `None` where there are no scans.
    fn below(self, folder: &'a str) -> Option<Self> {
        if self.kind.is_some() {
            None
        } else if self.subject.is_none() {
            let subject = Some(folder.strip_prefix("sub-")?);
            Some(Self { subject, ..self })
        } else if let (Some(session), None) = (folder.strip_prefix("ses-"), self.session) {
            let session = Some(session);
            Some(Self { session, ..self })
        } else {
            let kind = Some(folder);
            Some(Self { kind, ..self })
        }
    }
}

/// A file's name without its ending.
struct Name {
    entities: Vec<(String, String)>,
    suffix: String,
}

impl Name {
    fn parse(stem: &str) -> Option<Self> {
        let (front, suffix) = stem
            .rsplit_once('_')
            .map_or((None, stem), |(front, suffix)| (Some(front), suffix));
        let entities = front.into_iter().flat_map(|front| front.split('_'));
        let entities = entities.map(|entity| {
            let (key, value) = entity.split_once('-')?;
            Some((key.to_owned(), value.to_owned()))
        });
        Some(Self {
            entities: entities.collect::<Option<_>>()?,
            suffix: (!suffix.contains('-')).then(|| suffix.to_owned())?,
        })
    }
}

/// What the files of a folder say of the scans in it and below it.
struct Level {
    sidecars: Sidecars,
    /// By the scan's path.
    acquired: HashMap<PathBuf, PrimitiveDateTime>,
}

impl Level {
    fn of(folder: &Path, listing: &Listing, remarks: &mut Vec<String>) -> Self {
        let mut acquired = HashMap::new();
        for (name, path) in &listing.files {
            if name.ends_with("_scans.tsv") {
                match TsvTable::open(path) {
                    Ok(table) => {
                        acquired.extend(times_of(folder, &table));
                        remarks.extend(table.remarks);
                    }
                    // The scans are there all the same; only their times are not.
                    Err(error) => remarks.push(error.to_string()),
                }
            }
        }
        Self {
            sidecars: Sidecars::of(
                listing
                    .files
                    .iter()
                    .map(|(name, path)| (name.clone(), Source::File(path.clone()))),
            ),
            acquired,
        }
    }
}

/// The times in a table `*_scans.tsv` of the scans below its folder.
fn times_of<'a>(
    folder: &'a Path,
    table: &'a TsvTable,
) -> impl Iterator<Item = (PathBuf, PrimitiveDateTime)> + 'a {
    let columns = table.column("filename").zip(table.column("acq_time"));
    columns.into_iter().flat_map(move |(file, time)| {
        let rows = table.rows.iter();
        rows.filter_map(move |row| Some((folder.join(&row[file]), date_time(&row[time])?)))
    })
}

/// The JSON files of a folder that are about scans. Those with more entities, which are about
/// fewer scans, come first.
struct Sidecars(Vec<JsonFile>);

impl Sidecars {
    fn of(files: impl IntoIterator<Item = (String, Source)>) -> Self {
        let json_files = files.into_iter().filter_map(|(name, source)| {
            Some(JsonFile {
                name: Name::parse(name.strip_suffix(".json")?)?,
                source,
                content: OnceCell::new(),
            })
        });
        let mut json_files: Vec<JsonFile> = json_files.collect();
        json_files.sort_by(|a, b| {
            let n_entities = |file: &JsonFile| Reverse(file.name.entities.len());
            let key = |file: &JsonFile| (n_entities(file), file.source.path());
            key(a).cmp(&key(b))
        });
        Self(json_files)
    }

    /// The hours of a scan, from the first sidecar about it that has them.
    fn hours(&self, scan: &Name) -> Option<f64> {
        let mut about_it = self.0.iter().filter(|s| s.is_about(scan));
        about_it.find_map(JsonFile::hours)
    }

    /// What was remarkable in the sidecars that were opened for a scan.
    fn remarks(&self, scan: &Name) -> Vec<String> {
        let about_it = self.0.iter().filter(|s| s.is_about(scan));
        let opened = about_it.filter_map(|sidecar| sidecar.content.get());
        opened.flat_map(|(_, remarks)| remarks.clone()).collect()
    }
}

/// A JSON file that is about scans.
struct JsonFile {
    name: Name,
    source: Source,
    /// The hours in it and what is to be remarked about it, once it was opened.
    content: OnceCell<(Option<f64>, Vec<String>)>,
}

impl JsonFile {
    /// By the inheritance principle: the same suffix, and no entity that the scan has not.
    fn is_about(&self, scan: &Name) -> bool {
        let mut entities = self.name.entities.iter();
        self.name.suffix == scan.suffix && entities.all(|e| scan.entities.contains(e))
    }

    fn hours(&self) -> Option<f64> {
        let content = self.content.get_or_init(|| {
            let mut remarks = Vec::new();
            let hours = match sidecar::open(&self.source) {
                Ok((json, remark)) => {
                    remarks.extend(remark);
                    sidecar::hours_in(&json, &self.source, &mut remarks)
                }
                Err(why) => {
                    remarks.push(format!("the sidecar is not used: {why}"));
                    None
                }
            };
            (hours, remarks)
        });
        content.0
    }
}

/// What a folder holds, sorted by name; hidden files and folders are not looked at.
#[derive(Default)]
struct Listing {
    folders: Vec<(String, PathBuf)>,
    files: Vec<(String, PathBuf)>,
}

impl Listing {
    fn of(folder: &Path) -> Result<Self, FormatError> {
        let io = |source| FormatError::Io {
            source,
            path: folder.to_owned(),
        };
        let mut listing = Self::default();
        for entry in std::fs::read_dir(folder).map_err(io)? {
            let entry = entry.map_err(io)?;
            let (name, path) = (entry.file_name(), entry.path());
            let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) else {
                continue;
            };
            let kind = entry.file_type().map_err(io)?;
            // Behind a link may be either.
            let is_folder = kind.is_dir() || kind.is_symlink() && path.is_dir();
            let list = match is_folder {
                true => &mut listing.folders,
                false => &mut listing.files,
            };
            list.push((name.to_owned(), path));
        }
        listing.folders.sort();
        listing.files.sort();
        Ok(listing)
    }
}
