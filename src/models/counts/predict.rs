//! From a region to the count, the map that it is the mean of, and the places that stand out in it.

use super::card::CountsCard;
use super::input::CountsInput;
use crate::models::device::{Compute, DeviceFailed, guarded};
use crate::models::nets::Counter;
use crate::models::weights::counter_of;
use crate::models::zoo::{Model, ModelError};
use crate::volume::{Grid, Volume, VolumeError};
use burn::tensor::{Device, Tensor, TensorData};
use nalgebra::{Matrix4, Point3};
use serde::Serialize;

/// Why nothing was predicted.
#[derive(Debug, thiserror::Error)]
pub enum CountsPredictError {
    /// The network could not be had.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// Its card says what cannot be, or something else than its weights.
    #[error("the card of the network {model} has a {field} that cannot be: {value}")]
    Card {
        /// The network.
        model: String,
        /// The field.
        field: &'static str,
        /// Its value.
        value: String,
    },
    /// The map cannot be placed.
    #[error(transparent)]
    Volume(#[from] VolumeError),
    /// The device gave no numbers.
    #[error(transparent)]
    Device(#[from] DeviceFailed),
}

/// What the card of a network says of this task.
///
/// # Errors
/// When the network is for another one.
pub fn counts_card(model: &Model) -> Result<&CountsCard, ModelError> {
    model.card.task().ok_or_else(|| ModelError::OtherTask {
        name: model.card.name.clone(),
        wanted: "counting perivascular spaces",
    })
}

/// A network ready to count on a device.
#[derive(Debug)]
pub struct CountsPredictor {
    net: Counter,
    card: CountsCard,
    device: Device,
}

/// What a network counts in a region, and where.
#[derive(Clone, Debug)]
pub struct Counted {
    /// The count, which may have a fraction and be below 0.
    pub count: f64,
    /// What is counted where the map is 0 everywhere: the mean of the map and this are the count.
    pub bias: f64,
    /// Where the count comes from: a voxel adds its value over the number of voxels.
    pub map: Volume,
}

/// A place that stands out in a map.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Detection {
    /// RAS+ mm.
    pub place_mm: [f64; 3],
    /// The map's value there.
    pub value: f32,
}

impl CountsPredictor {
    /// A network on a device.
    ///
    /// # Errors
    /// When it is for another task, or its file is gone or changed.
    pub fn open(model: &Model, compute: &Compute) -> Result<Self, CountsPredictError> {
        let card = counts_card(model)?.clone();
        let refused = |(field, value)| CountsPredictError::Card {
            model: model.card.name.clone(),
            field,
            value,
        };
        card.check().map_err(refused)?;
        let weights = model.weights()?;
        let (stored, net) = counter_of(weights, compute.device()).map_err(ModelError::from)?;
        if stored != card.network {
            return Err(refused(("network", stored.in_words())));
        }
        Ok(Self {
            net,
            card,
            device: compute.device().clone(),
        })
    }

    /// What the card says.
    #[must_use]
    pub fn card(&self) -> &CountsCard {
        &self.card
    }

    fn tensor(&self, input: &CountsInput) -> Tensor<5> {
        let [nx, ny, nz] = input.size;
        let data = TensorData::new(input.values.clone(), [1, 1, nz, ny, nx]);
        Tensor::from_data(data, &self.device)
    }

    /// The count alone.
    ///
    /// # Errors
    /// When the device gives no number.
    pub fn count(&self, input: &CountsInput) -> Result<f64, DeviceFailed> {
        let made = guarded(|| {
            let count = self.net.forward(self.tensor(input));
            f64::from(count.into_scalar::<f32>())
        });
        let count = made.map_err(DeviceFailed)?;
        match count.is_finite() {
            true => Ok(count),
            false => Err(DeviceFailed(format!("the network counts {count}"))),
        }
    }

    /// The count and its map.
    ///
    /// # Errors
    /// When the device gives no numbers.
    pub fn counted(&self, input: &CountsInput) -> Result<Counted, CountsPredictError> {
        let made = guarded(|| {
            let map = self.net.attention(self.tensor(input));
            let [_, _, nz, ny, nx] = map.dims();
            (map.into_data().try_to_vec::<f32>(), [nx, ny, nz])
        });
        let (values, size) = made.map_err(DeviceFailed)?;
        let values = values.map_err(|error| DeviceFailed(format!("{error:?}")))?;
        let bias = self.net.bias();
        let sum: f64 = values.iter().copied().map(f64::from).sum();
        let count = bias + sum / values.len() as f64;
        if !count.is_finite() {
            return Err(DeviceFailed(format!("the network counts {count}")).into());
        }
        // Where the lattice is halved, a voxel lies in the middle of those that it stands for.
        let mut input_from_map = Matrix4::identity();
        for (axis, (whole, halved)) in input.size.iter().zip(size).enumerate() {
            let times = (whole / halved.max(1)) as f64;
            input_from_map[(axis, axis)] = times;
            input_from_map[(axis, 3)] = (times - 1.0) / 2.0;
        }
        let grid = Grid::new(size, input.grid.world_from_voxel() * input_from_map)?;
        Ok(Counted {
            count,
            bias,
            map: Volume::new(grid, values)?,
        })
    }
}

/// Voxels above 0 that are larger than all 26 around them, the largest first; as many as are counted. Of
/// equal neighbours the first counts.
#[must_use]
pub fn detections(map: &Volume, count: f64) -> Vec<Detection> {
    let dims = map.grid().dims();
    let [nx, ny, nz] = dims;
    let values = map.values();
    let is_peak = |at: usize| {
        let value = values[at];
        let place = [at % nx, at / nx % ny, at / (nx * ny)];
        let range = |axis: usize| place[axis].saturating_sub(1)..(place[axis] + 2).min(dims[axis]);
        range(2).all(|k| {
            range(1).all(|j| {
                range(0).all(|i| {
                    let other = i + nx * (j + ny * k);
                    other == at || values[other] < value || (values[other] == value && other > at)
                })
            })
        })
    };
    let mut peaks: Vec<usize> = (0..nx * ny * nz)
        .filter(|&at| values[at] > 0.0 && is_peak(at))
        .collect();
    peaks.sort_by(|&a, &b| values[b].total_cmp(&values[a]).then(a.cmp(&b)));
    peaks.truncate(count.round().max(0.0) as usize);
    peaks
        .into_iter()
        .map(|at| {
            let voxel = [at % nx, at / nx % ny, at / (nx * ny)].map(|i| i as f64);
            Detection {
                place_mm: map.grid().to_world(Point3::from(voxel)).coords.into(),
                value: values[at],
            }
        })
        .collect()
}
