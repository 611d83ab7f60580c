//! The list of what lies in a folder, a zip or a data set, to choose scans from.

use super::names::told_apart;
use crate::formats::{Catalogue, Entry};
use crate::text::typed_date_time;
use eframe::egui;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use time::PrimitiveDateTime;

/// Small pictures that are kept; more than a screen shows, less than a data set has.
const MOST_THUMBNAILS: usize = 400;

/// A catalogue and what was chosen in it.
#[derive(Default)]
pub struct Listing {
    /// What there is.
    pub catalogue: Arc<Catalogue>,
    /// Whether it is on show.
    pub open: bool,
    /// What was chosen and typed.
    pub choice: ListingChoice,
    /// Who was scanned, a line each; only while that is asked for.
    pub identities: Vec<String>,
    /// What to call each entry; those of one name are told apart.
    pub(super) names: Vec<String>,
    /// What each entry's row says, in small letters.
    texts: Vec<String>,
    /// BIDS: the subjects, sessions and suffixes that occur.
    pub(super) values: [BTreeSet<String>; 3],
    /// The entries that the filters leave.
    pub(super) shown: Vec<usize>,
    /// Hours of each entry after the injection or the first scan chosen.
    pub(super) hours: Vec<Option<f64>>,
    /// Pictures by entry; none while they are being made, and where none could be.
    pub(super) thumbnails: HashMap<usize, Option<egui::TextureHandle>>,
}

/// What is chosen and typed in the list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListingChoice {
    /// Entries by number.
    pub chosen: BTreeSet<usize>,
    /// Words that must stand in what a row says.
    pub search: String,
    /// BIDS: only this subject, this session, this suffix.
    pub only: [Option<String>; 3],
    /// BIDS: derivatives as well.
    pub derivatives: bool,
    /// When the tracer was injected.
    pub injected: String,
}

impl Listing {
    /// With thousands of entries this takes a while.
    pub(super) fn new(catalogue: Catalogue) -> Self {
        let entries = &catalogue.entries;
        let named = entries.iter();
        let named = named.map(|entry| (entry.name.as_str(), entry.place.file()));
        let names = told_apart(&named.collect::<Vec<_>>());
        let texts = names.iter().zip(entries);
        let texts = texts.map(|(name, entry)| format!("{name} {}", facts(entry)).to_lowercase());
        let values = |at: usize| -> BTreeSet<String> {
            let facts = entries.iter().filter_map(|entry| bids_facts(entry)[at]);
            facts.map(str::to_owned).collect()
        };
        let mut listing = Self {
            open: true,
            texts: texts.collect(),
            names,
            values: std::array::from_fn(values),
            catalogue: Arc::new(catalogue),
            ..Self::default()
        };
        listing.choose(ListingChoice::default());
        listing
    }

    /// Takes over what was chosen and typed. An injection time that cannot be understood counts as
    /// none.
    pub(super) fn choose(&mut self, choice: ListingChoice) {
        let words: Vec<String> = choice
            .search
            .split_whitespace()
            .map(str::to_lowercase)
            .collect();
        let in_set = |entry: &Entry| {
            let Some(bids) = &entry.bids else {
                return true;
            };
            let mut kept = choice.only.iter().zip(bids_facts(entry));
            let is_kept = kept.all(|(only, fact)| only.is_none() || only.as_deref() == fact);
            is_kept && (bids.pipeline.is_none() || choice.derivatives)
        };
        let entries = &self.catalogue.entries;
        let fits = |&at: &usize| {
            in_set(&entries[at]) && words.iter().all(|word| self.texts[at].contains(word))
        };
        self.shown = (0..entries.len()).filter(fits).collect();
        let chosen: Vec<usize> = choice.chosen.iter().copied().collect();
        let injected = moment(&choice.injected).ok().flatten();
        self.hours = self.catalogue.hours(&chosen, injected);
        self.choice = choice;
    }

    /// Notes that pictures of these entries are being made.
    pub(super) fn ask_for(&mut self, wanted: &[usize]) {
        if self.thumbnails.len() > MOST_THUMBNAILS {
            self.thumbnails.clear();
        }
        self.thumbnails.extend(wanted.iter().map(|&at| (at, None)));
    }

    /// Takes over a picture.
    pub(super) fn take(&mut self, at: usize, picture: egui::TextureHandle) {
        self.thumbnails.insert(at, Some(picture));
    }

    /// The entries that are to be opened and their hours.
    pub(super) fn chosen_entries(&self) -> Vec<(Entry, Option<f64>)> {
        let chosen = self.choice.chosen.iter();
        let opened = |&at: &usize| {
            let entry = self.catalogue.entries.get(at)?;
            Some((entry.clone(), self.hours.get(at).copied()?))
        };
        chosen.filter_map(opened).collect()
    }

    pub(super) fn has_times(&self) -> bool {
        let mut entries = self.catalogue.entries.iter();
        entries.any(|entry| entry.acquired.is_some())
    }
}

/// Subject, session and suffix.
fn bids_facts(entry: &Entry) -> [Option<&str>; 3] {
    let Some(bids) = &entry.bids else {
        return [None; 3];
    };
    [
        Some(bids.subject.as_str()),
        bids.session.as_deref(),
        Some(bids.suffix.as_str()),
    ]
}

/// What a row says below the name.
pub(super) fn facts(entry: &Entry) -> String {
    let info = &entry.info;
    let times = |numbers: &[String]| numbers.join(" × ");
    let voxels: Vec<String> = info.shape.iter().take(3).map(ToString::to_string).collect();
    let sizes: Vec<String> = info
        .zooms_mm
        .iter()
        .map(|&mm| ((mm * 100.0).round() / 100.0).to_string())
        .collect();
    let mut parts = Vec::new();
    parts.extend(entry.modality.clone());
    if let Some(pipeline) = entry.bids.as_ref().and_then(|bids| bids.pipeline.as_ref()) {
        parts.push(format!("derivative of {pipeline}"));
    }
    parts.push(times(&voxels));
    parts.push(format!("{} mm", times(&sizes)));
    if info.volumes > 1 {
        parts.push(format!("{} volumes", info.volumes));
    }
    if let Some(series) = entry.place.series() {
        let n_files = series.n_files;
        parts.push(format!(
            "{n_files} file{}",
            if n_files == 1 { "" } else { "s" }
        ));
    }
    parts.join("  ·  ")
}

/// `2024-01-03 09:15`, with seconds or without; nothing typed is no moment.
pub(super) fn moment(text: &str) -> Result<Option<PrimitiveDateTime>, &'static str> {
    match text.trim().is_empty() {
        true => Ok(None),
        false => typed_date_time(text)
            .map(Some)
            .ok_or("write it as 2024-01-03 09:15"),
    }
}
