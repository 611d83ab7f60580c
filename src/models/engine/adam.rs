//! Adam and AdamW, as PyTorch has them.
//!
//! burn's own optimiser restores its state on the default device, which needs a GPU wherever the
//! GPU backend is compiled in, and keys it by numbers that another process draws anew. This one
//! keeps it in the order of the network's tensors, so that a run can be taken up again bit for
//! bit.

use burn::module::{Module, ModuleMapper, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData};

const BETA_1: f64 = 0.9;
const BETA_2: f64 = 0.999;
const EPSILON: f64 = 1e-8;

/// First and second moments of every tensor that has had a gradient, and the steps so far
/// (Kingma and Ba 2015; bias-corrected, epsilon outside the root).
#[derive(Default)]
pub struct Adam {
    steps: i32,
    weight_decay: f64,
    moments: Vec<Option<[Tensor<1>; 2]>>,
}

impl Adam {
    /// Before the first step.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes this share of every weight that has a gradient away at each step, times the learning rate,
    /// apart from the gradients (Loshchilov and Hutter 2017).
    #[must_use]
    pub fn with_weight_decay(self, weight_decay: f64) -> Self {
        Self {
            weight_decay,
            ..self
        }
    }

    /// Moves a network against its gradients.
    #[must_use]
    pub fn step<M: Module>(&mut self, net: M, grads: GradientsParams, learning_rate: f64) -> M {
        self.steps += 1;
        net.map(&mut Step {
            adam: self,
            grads,
            learning_rate,
            at: 0,
        })
    }

    /// Everything that the next step depends on: the number of steps, then for each tensor its two
    /// moments, empty where there are none.
    #[must_use]
    pub fn state(&self) -> (i32, Vec<[TensorData; 2]>) {
        let none = || TensorData::new(Vec::<f32>::new(), [0]);
        let moments = self.moments.iter().map(|moments| match moments {
            Some(both) => both.clone().map(Tensor::into_data),
            None => [none(), none()],
        });
        (self.steps, moments.collect())
    }

    /// Takes up a state.
    #[must_use]
    pub fn from_state(steps: i32, moments: Vec<[TensorData; 2]>, device: &Device) -> Self {
        let device = device.clone().inner();
        let moments = moments.into_iter().map(|both| {
            let has = both[0].num_elements() > 0;
            has.then(|| both.map(|data| Tensor::from_data(data, &device)))
        });
        Self {
            steps,
            weight_decay: 0.0,
            moments: moments.collect(),
        }
    }
}

struct Step<'a> {
    adam: &'a mut Adam,
    grads: GradientsParams,
    learning_rate: f64,
    at: usize,
}

impl ModuleMapper for Step<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let at = self.at;
        self.at += 1;
        if self.adam.moments.len() <= at {
            self.adam.moments.push(None);
        }
        let (id, tensor, mapper) = param.consume();
        let Some(grad) = self.grads.remove::<D>(id) else {
            return Param::from_mapped_value(id, tensor, mapper);
        };
        let dims = tensor.dims();
        let grad: Tensor<1> = grad.flatten(0, D - 1);
        let [first, second] = match self.adam.moments[at].take() {
            Some([first, second]) => [
                first * BETA_1 + grad.clone() * (1.0 - BETA_1),
                second * BETA_2 + grad.square() * (1.0 - BETA_2),
            ],
            None => [
                grad.clone() * (1.0 - BETA_1),
                grad.square() * (1.0 - BETA_2),
            ],
        };
        let [correction_1, correction_2] =
            [BETA_1, BETA_2].map(|beta: f64| 1.0 - beta.powi(self.adam.steps));
        let spread = second.clone().sqrt() / correction_2.sqrt() + EPSILON;
        let change = first.clone() / spread * (self.learning_rate / correction_1);
        self.adam.moments[at] = Some([first, second]);
        let kept = tensor.inner() * (1.0 - self.learning_rate * self.adam.weight_decay);
        let moved = kept - change.reshape(dims);
        Param::from_mapped_value(id, Tensor::from_inner(moved).require_grad(), mapper)
    }
}
