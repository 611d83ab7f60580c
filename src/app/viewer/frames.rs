//! Volumes of a scan and scans of a series, gone through one by one or played.

use super::choice::Layout;
use super::cine::Played;
use super::compare::CompareEdit;
use super::desk::Desk;
use super::scan::{Layer, Scan};
use super::volumes::{LoadedVolumes, n_volumes};
use crate::formats::PixelScaling;
use crate::workflows::volume_text;
use std::sync::Arc;

/// So many scans lie side by side at most.
pub(super) const MOST_BESIDE: usize = 9;

impl Desk {
    /// The layer whose volumes are gone through: the chosen one, or else the first that has several.
    #[must_use]
    pub fn layer_of_volumes(&self) -> Option<usize> {
        let has_several = |at: &usize| {
            let layer = self.layers.get(*at);
            layer.is_some_and(|layer| n_volumes(&layer.filed) > 1)
        };
        let mut all = 0..self.layers.len();
        let is_seen = self.layout != Layout::Prediction;
        let chosen = Some(self.selected).filter(has_several);
        chosen.or_else(|| all.find(has_several)).filter(|_| is_seen)
    }

    /// All volumes of a layer's file, once they are loaded as it is scaled.
    pub(super) fn loaded(&self, layer: &Layer) -> Option<&[Arc<Scan>]> {
        let mut loaded = self.volumes.iter();
        let is_of = |of: &&LoadedVolumes| of.no == layer.no && of.scaling == layer.filed.scaling;
        loaded.find(is_of).map(|of| &of.scans[..])
    }

    /// A volume of a scan's file, where it is loaded.
    pub(super) fn loaded_volume(
        &self,
        scan: &Arc<Scan>,
        volume_idx: usize,
        scaling: PixelScaling,
    ) -> Option<Arc<Scan>> {
        let mut layers = self.layers.iter();
        let layer = layers.find(|layer| Arc::ptr_eq(&layer.filed, scan))?;
        let loaded = self.loaded(layer)?.get(volume_idx)?;
        (loaded.scaling == scaling).then(|| loaded.clone())
    }

    /// Takes in the volumes of a layer; not where that was closed meanwhile, or is scaled otherwise.
    pub(super) fn take_volumes(&mut self, loaded: LoadedVolumes) {
        let mut layers = self.layers.iter();
        let no = loaded.no;
        let is_open = layers.any(|layer| layer.no == no && layer.filed.scaling == loaded.scaling);
        self.volumes.retain(|of| of.no != no);
        if !is_open {
            return;
        }
        let name = loaded.scans.first().map_or("", |scan| &scan.name);
        self.notice = format!("{} volumes of {name} are loaded", loaded.scans.len());
        self.volumes.push(loaded);
        if self.cine.waits_for == Some(no) {
            self.cine.play(Played::Volumes(no));
        }
    }

    /// Lets go of the volumes of layers that are closed.
    pub(super) fn unload_closed(&mut self) {
        let layers = &self.layers;
        self.volumes
            .retain(|of| layers.iter().any(|layer| layer.no == of.no));
    }

    /// The volume that many further on, of the layer whose volumes are gone through; none where it is there
    /// already.
    pub(super) fn next_volume(&self, by: isize) -> Option<(usize, usize)> {
        let at = self.layer_of_volumes()?;
        let scan = &self.layers[at].filed;
        let next = scan.volume_idx.saturating_add_signed(by);
        let next = next.min(n_volumes(scan) - 1);
        (next != scan.volume_idx).then_some((at, next))
    }

    /// Which volume is shown of how many, in words; none where there is one only.
    pub(super) fn volume_text(&self) -> Option<String> {
        let layer = self.layers.get(self.layer_of_volumes()?)?;
        Some(volume_text(layer.filed.volume_idx, n_volumes(&layer.filed)))
    }

    /// The scans that lie side by side: those that are ticked, by hours; at most `MOST_BESIDE`.
    #[must_use]
    pub fn beside(&self) -> Vec<usize> {
        let order = self.by_hours().into_iter();
        let seen = order.filter(|&at| self.layers[at].visible);
        seen.take(MOST_BESIDE).collect()
    }

    /// The scans that have columns: those side by side, all of the time series, or the one of it that is
    /// looked at.
    #[must_use]
    pub fn columns(&self) -> Vec<usize> {
        if self.layout == Layout::Grid {
            return self.beside();
        }
        let series = self.series();
        let one = series.iter().copied().find(|&at| self.is_the_one(at));
        one.map_or(series, |one| vec![one])
    }

    /// Whether a scan is the one of the time series that is looked at.
    #[must_use]
    pub fn is_the_one(&self, at: usize) -> bool {
        self.layers.get(at).map(|layer| layer.no) == self.one_scan && self.one_scan.is_some()
    }

    /// Looks at one scan of the time series at a time, or at all of them.
    pub(super) fn look_at_one(&mut self, one: bool) {
        let first = self.series().first().map(|&at| self.layers[at].no);
        self.one_scan = first.filter(|_| one);
        if !one && self.cine.playing == Some(Played::Scans) {
            self.cine.stop();
        }
    }

    /// Goes to the next scan by hours, or the one before: in the time series to look at it alone, where two
    /// are compared as the second. `wraps`: from the last one on to the first.
    pub(super) fn step_scan(&mut self, by: isize, wraps: bool) {
        match self.layout {
            Layout::TimeSeries => {
                let series = self.series();
                let now = series.iter().position(|&at| self.is_the_one(at));
                let next = match now {
                    Some(now) => stepped(now, by, series.len(), wraps),
                    // From all of them to the first, or to the last.
                    None if by > 0 => 0,
                    None => series.len().saturating_sub(1),
                };
                self.one_scan = series.get(next).map(|&at| self.layers[at].no);
            }
            Layout::Compare => {
                let Some([first, second]) = self.pair() else {
                    return;
                };
                let others: Vec<usize> = self
                    .series()
                    .into_iter()
                    .filter(|&at| at != first)
                    .collect();
                let now = others.iter().position(|&at| at == second).unwrap_or(0);
                if let Some(&next) = others.get(stepped(now, by, others.len(), wraps)) {
                    self.change_compare(CompareEdit::Pick(1, next));
                }
            }
            Layout::Lightbox => {
                let order = self.by_hours();
                let now = order.iter().position(|&at| at == self.selected);
                let next = stepped(now.unwrap_or(0), by, order.len(), wraps);
                if let Some(&next) = order.get(next) {
                    self.selected = next;
                    self.follow_sheet();
                }
            }
            Layout::Planes | Layout::Grid | Layout::Prediction => {}
        }
    }

    /// What is played in this layout.
    ///
    /// # Errors
    /// Why there is nothing, in words.
    pub fn to_play(&self) -> Result<Played, String> {
        match self.layout {
            Layout::Planes | Layout::Grid | Layout::Lightbox => {
                let at = self.layer_of_volumes().ok_or(
                    "There is nothing to play: no scan has several volumes; scans of several hours are played \
                     in Time series",
                )?;
                Ok(Played::Volumes(self.layers[at].no))
            }
            Layout::TimeSeries if self.series().len() > 1 => Ok(Played::Scans),
            Layout::TimeSeries => Err("There is one scan only: nothing to play".to_owned()),
            Layout::Compare | Layout::Prediction => Err(
                "Volumes are played in Planes, scans of several hours in Time series".to_owned(),
            ),
        }
    }

    /// The volume that comes after the one that is shown of a layer that is played, around from the last to
    /// the first; none where that was closed, or its volumes are no longer loaded.
    pub(super) fn volume_to_play(&self, no: u32) -> Option<(Arc<Scan>, usize)> {
        let layer = self.layers.iter().find(|layer| layer.no == no)?;
        let n = self.loaded(layer)?.len();
        Some((layer.filed.clone(), (layer.filed.volume_idx + 1) % n.max(1)))
    }
}

/// A place so many further on among so many: around the end, or as far as that.
fn stepped(at: usize, by: isize, n: usize, wraps: bool) -> usize {
    match wraps {
        true => (at as isize + by).rem_euclid((n as isize).max(1)) as usize,
        false => at.saturating_add_signed(by).min(n.saturating_sub(1)),
    }
}
