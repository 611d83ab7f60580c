//! Which of the scans on the desk the chosen network is given, and which real one its prediction is
//! set beside.

use super::desk::Desk;
use super::prediction::inputs_of;
use crate::models::Model;
use crate::models::tracer::{InputScan, ScanInterval, TARGET_HOURS};
use crate::workflows::hours_text;

impl Desk {
    /// The layer that an interval's scan is taken from: the one chosen, else the first whose hours
    /// lie in it.
    #[must_use]
    pub fn scan_of(&self, interval: ScanInterval) -> Option<usize> {
        let chosen = self.prediction.scans.iter().find(|(of, _)| *of == interval);
        let at_of = |no: u32| self.layers.iter().position(|layer| layer.no == no);
        let can_be = |at: &usize| self.why_no_input(interval, *at).is_none();
        let by_hours =
            |at: &usize| self.signal_hours(*at).and_then(ScanInterval::of) == Some(interval);
        chosen
            .and_then(|&(_, no)| at_of(no))
            .filter(can_be)
            .or_else(|| (0..self.layers.len()).find(by_hours))
    }

    /// Why a scan cannot be given to a network for an interval, in words.
    #[must_use]
    pub fn why_no_input(&self, interval: ScanInterval, at: usize) -> Option<String> {
        let Some(layer) = self.layers.get(at) else {
            return Some("It is not open".to_owned());
        };
        if layer.is_labels {
            return Some("A label map is no scan".to_owned());
        }
        if layer.scan.map.is_some() || layer.scan.made.is_some() {
            return Some("A map of a quantity is no scan".to_owned());
        }
        if layer.filed.volume.grid().dims().contains(&1) {
            return Some(
                "It is one plane; the network's planes are found in a whole head".to_owned(),
            );
        }
        let hours = layer.hours?;
        (ScanInterval::of(hours) != Some(interval)).then(|| {
            format!(
                "It was taken at {}, which is not {}",
                hours_text(hours).to_lowercase(),
                interval.in_words()
            )
        })
    }

    /// The hours of a scan that is no label map and no map of a quantity.
    fn signal_hours(&self, at: usize) -> Option<f64> {
        let layer = &self.layers[at];
        layer.hours.filter(|_| layer.is_signal())
    }

    /// The real scan to compare with: the one nearest to 24 h.
    #[must_use]
    pub fn target_scan(&self) -> Option<usize> {
        let [first, last] = TARGET_HOURS;
        let hours = |at: &usize| self.signal_hours(*at).unwrap_or(f64::INFINITY);
        let far = |at: &usize| (hours(at) - 24.0).abs();
        (0..self.layers.len())
            .filter(|at| (first..=last).contains(&hours(at)))
            .min_by(|a, b| far(a).total_cmp(&far(b)))
    }

    pub(super) fn chosen_idx(&self) -> usize {
        let is_open = |&interval: &ScanInterval| self.scan_of(interval).is_some();
        let has_scans = |model: &Model| {
            let inputs = inputs_of(model);
            inputs.is_some_and(|inputs| inputs.intervals().iter().all(is_open))
        };
        let first = || self.prediction.models.iter().position(has_scans);
        self.prediction.chosen.or_else(first).unwrap_or(0)
    }

    /// The last scan that the chosen network is given.
    #[must_use]
    pub fn input_layer(&self) -> Option<usize> {
        let inputs = inputs_of(self.chosen_model()?)?;
        self.scan_of(*inputs.intervals().last()?)
    }

    /// The network that is to predict.
    #[must_use]
    pub fn chosen_model(&self) -> Option<&Model> {
        self.prediction.models.get(self.chosen_idx())
    }

    /// The scans that the chosen network is given, as far as they are there.
    #[must_use]
    pub fn input_scans(&self) -> Vec<InputScan> {
        let model = self.chosen_model();
        model.map_or_else(Vec::new, |model| self.scans_for(model))
    }

    /// The scans that a network is given, where all of them are there.
    pub(super) fn inputs_for(&self, model: &Model) -> Option<Vec<InputScan>> {
        let scans = self.scans_for(model);
        (scans.len() == inputs_of(model)?.intervals().len()).then_some(scans)
    }

    fn scans_for(&self, model: &Model) -> Vec<InputScan> {
        let inputs = inputs_of(model);
        let intervals = inputs.map_or(&[][..], |inputs| inputs.intervals());
        intervals
            .iter()
            .filter_map(|&interval| {
                let layer = &self.layers[self.scan_of(interval)?];
                // As the file has it, which is what the prediction will say it came from.
                Some(InputScan {
                    interval,
                    volume: layer.filed.volume.clone(),
                    sagittal: None,
                    path: layer.filed.file_or_name(),
                    hours: layer.hours,
                })
            })
            .collect()
    }
}
