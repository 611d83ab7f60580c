//! Networks that mark and count perivascular spaces: what they are given of what is open, and what becomes
//! of what they make.

use super::desk::Desk;
use super::labels::Labels;
use super::mask::WantedMask;
use super::network::{NetworkTask, SaidCount};
use super::scan::{Layer, MAX_SCANS, Scan};
use super::volumes::n_volumes;
use crate::models::Model;
use std::sync::Arc;

/// What a network is given, for a job.
pub(super) struct SpacesQuestion {
    pub(super) model: Model,
    pub(super) scan: Arc<Scan>,
    /// A label map and its labels.
    pub(super) regions: Option<(Arc<Scan>, Arc<Labels>)>,
}

/// What it would be given.
pub(super) struct Given<'a> {
    pub(super) scan: &'a Layer,
    pub(super) regions: Option<&'a Layer>,
}

/// Layers that an answer brings along: a map, and places.
const MOST_NEW: usize = 2;

impl Desk {
    /// Label maps of which it is known which tissues their labels are.
    fn region_maps(&self) -> impl Iterator<Item = &Layer> {
        self.layers.iter().filter(|layer| {
            let labels = layer.shown_labels();
            let tells = labels.is_some_and(|labels| labels.tell_regions());
            let mask = self.mask.as_ref();
            let is_mask = mask.is_some_and(|mask| Arc::ptr_eq(&mask.source, &layer.filed));
            tells && !is_mask && layer.filed.made.is_none()
        })
    }

    /// Why no label map tells regions, in words.
    pub(super) fn why_no_regions(&self) -> String {
        let is_other = |layer: &&Layer| layer.is_labels && layer.filed.made.is_none();
        match self.layers.iter().find(is_other) {
            Some(layer) => format!(
                "{} does not say which tissues its labels are: no table names them, and their numbers are \
                 not FreeSurfer's",
                layer.scan.name
            ),
            None => "No label map of this head is open".to_owned(),
        }
    }

    /// What a network that marks or counts is given.
    ///
    /// # Errors
    /// Why it cannot be asked, in words.
    pub(super) fn given(&self, task: NetworkTask) -> Result<Given<'_>, String> {
        let scan = self.chosen_signal().ok_or("Open a scan of a head")?;
        let n = n_volumes(&scan.filed);
        if n != 1 {
            let name = &scan.scan.name;
            return Err(format!("{name} has {n} volumes, where one is wanted"));
        }
        let mut maps = self.region_maps();
        let regions = match (maps.next(), maps.next()) {
            (Some(_), Some(_)) => {
                return Err(
                    "Several label maps are open: close all but that of this head".to_owned(),
                );
            }
            (first, _) => first,
        };
        if task == NetworkTask::Counts && regions.is_none() {
            return Err(format!(
                "{}. To count, a label map says where the region is: FreeSurfer's, SynthSeg's or one that a \
                 table names; where its file does not say that it is one, choose it and tick Label map",
                self.why_no_regions()
            ));
        }
        let is_moved = |layer: &&Layer| layer.placement.is_moved() && !self.alignment.before;
        if let Some(layer) = [Some(scan), regions].into_iter().flatten().find(is_moved) {
            return Err(format!(
                "{} was moved, and networks are given scans where their files say: show it there first",
                layer.scan.name
            ));
        }
        if self.layers.len() + MOST_NEW > MAX_SCANS {
            return Err(format!(
                "{MAX_SCANS} scans can be open, and the answer needs {MOST_NEW} of them: close some first"
            ));
        }
        Ok(Given { scan, regions })
    }

    /// The same, for a job; none where the chosen network is another or cannot be asked.
    pub(super) fn question(&self, task: NetworkTask) -> Option<SpacesQuestion> {
        let model = self
            .network
            .model()
            .filter(|_| self.network.task() == Some(task))?;
        let given = self.given(task).ok()?;
        let regions = given.regions;
        Some(SpacesQuestion {
            model: model.clone(),
            scan: given.scan.filed.clone(),
            regions: regions
                .and_then(|layer| Some((layer.filed.clone(), layer.shown_labels()?.clone()))),
        })
    }

    /// Takes in the probability of spaces as a layer; answers with the mask to be opened of it.
    pub(super) fn take_marks(&mut self, marked: &Arc<Scan>) -> Option<WantedMask> {
        self.add(marked.clone(), None);
        let mut layers = self.layers.iter();
        let layer = layers.find(|layer| Arc::ptr_eq(&layer.filed, marked))?;
        Some(self.wanted_mask(layer))
    }

    /// Takes in a count, in place of what was counted before; its map comes as layers.
    pub(super) fn take_count(&mut self, counted: Arc<SaidCount>) {
        let before = self.network.counted.replace(counted.clone());
        let before = before.map_or_else(Vec::new, |before| before.scans.clone());
        self.exchange_maps(&before, &counted.scans);
    }
}
