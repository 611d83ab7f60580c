//! From a scan to the probability of a space at each of its voxels.

use super::card::SpacesCard;
use super::input::{SpacesInputError, prepared};
use crate::models::device::{Compute, DeviceFailed};
use crate::models::processor::{FoldedVolumeUNets, TileFailed};
use crate::models::weights::volume_unets_of;
use crate::models::zoo::{Model, ModelError};
use crate::volume::{Interpolation, Volume, VolumeError};
use rayon::prelude::*;
use std::path::Path;

/// Why nothing was predicted.
#[derive(Debug, thiserror::Error)]
pub enum SpacesPredictError {
    /// The network could not be had.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// Its card says what cannot be.
    #[error("the card of the network {model} has a {field} that cannot be: {value}")]
    Card {
        /// The network.
        model: String,
        /// The field.
        field: &'static str,
        /// Its value.
        value: String,
    },
    /// It marks nothing, or is given more than one scan.
    #[error("the network {model} {why}")]
    Unfit {
        /// The network.
        model: String,
        /// Why it does not do.
        why: String,
    },
    /// The scan cannot be given to it.
    #[error(transparent)]
    Input(#[from] SpacesInputError),
    /// The result cannot be placed.
    #[error(transparent)]
    Volume(#[from] VolumeError),
    /// The device gave no numbers.
    #[error(transparent)]
    Device(#[from] DeviceFailed),
    /// The caller asked to stop.
    #[error("stopped")]
    Stopped,
}

/// What the card of a network says of this task.
///
/// # Errors
/// When the network is for another one.
pub fn spaces_card(model: &Model) -> Result<&SpacesCard, ModelError> {
    model.card.task().ok_or_else(|| ModelError::OtherTask {
        name: model.card.name.clone(),
        wanted: "marking perivascular spaces",
    })
}

/// A network ready to predict on a device.
#[derive(Debug)]
pub struct SpacesPredictor {
    net: FoldedVolumeUNets,
    card: SpacesCard,
}

impl SpacesPredictor {
    /// A network on a device.
    ///
    /// # Errors
    /// When it is for another task or an autoencoder, takes more than one scan, or its file is gone or
    /// changed.
    pub fn open(model: &Model, compute: &Compute) -> Result<Self, SpacesPredictError> {
        let card = spaces_card(model)?.clone();
        let name = || model.card.name.clone();
        card.check()
            .map_err(|(field, value)| SpacesPredictError::Card {
                model: name(),
                field,
                value,
            })?;
        let unfit = |why: String| SpacesPredictError::Unfit { model: name(), why };
        if card.is_autoencoder() {
            return Err(unfit("is an autoencoder and marks nothing".to_owned()));
        }
        let shape = &card.network.shape;
        if [shape.channels_in, shape.channels_out] != [1, 1] {
            return Err(unfit(format!(
                "takes {} scans and gives {} maps, where one and one are wanted",
                shape.channels_in, shape.channels_out
            )));
        }
        let weights = model.weights()?;
        let (stored, net) = volume_unets_of(weights, compute.device()).map_err(ModelError::from)?;
        if stored != card.network {
            return Err(unfit("is not what its card says".to_owned()));
        }
        Ok(Self {
            net: FoldedVolumeUNets::new(&stored, net, compute.device()),
            card,
        })
    }

    /// The network itself.
    #[must_use]
    pub fn net(&self) -> &FoldedVolumeUNets {
        &self.net
    }

    /// What the card says.
    #[must_use]
    pub fn card(&self) -> &SpacesCard {
        &self.card
    }

    /// The probability of a space at each voxel of a scan, on the scan's own grid; 0 outside the box of
    /// the head. `progress` is told the share done and answers whether to go on. Not more than about
    /// `most_bytes` are taken at once: where that is too little for all, the head is computed in pieces,
    /// which gives the same.
    ///
    /// # Errors
    /// When the scan shows no head, the network cannot be computed, or `progress` answers to stop.
    pub fn probability(
        &self,
        scan: &Volume,
        path: &Path,
        most_bytes: usize,
        progress: &(dyn Fn(f64) -> bool + Sync),
    ) -> Result<Volume, SpacesPredictError> {
        let input = prepared(scan, &self.card.preparation, path)?;
        let made = self
            .net
            .probabilities(&input.values, input.size, most_bytes, progress);
        let made = made.map_err(|failed| match failed {
            TileFailed::Stopped => SpacesPredictError::Stopped,
            TileFailed::Device(failed) => failed.into(),
        })?;
        let map = input.volume(&made)?;
        let input_from_scan = map.grid().voxel_from_world() * scan.grid().world_from_voxel();
        let [nx, ny, _] = scan.grid().dims();
        let sample = |at: usize| -> f32 {
            let place = [at % nx, at / nx % ny, at / (nx * ny)].map(|i| i as f64);
            let voxel = input_from_scan * nalgebra::Vector4::new(place[0], place[1], place[2], 1.0);
            let voxel = [voxel.x, voxel.y, voxel.z].map(|x| {
                let whole = x.round();
                (if (x - whole).abs() < 1e-6 { whole } else { x }) as f32
            });
            map.sample_voxel(voxel, Interpolation::Linear)
                .unwrap_or(0.0)
        };
        let values: Vec<f32> = (0..scan.values().len())
            .into_par_iter()
            .map(sample)
            .collect();
        Ok(Volume::new(scan.grid().clone(), values)?.with_orientation(scan.orientation()))
    }
}
