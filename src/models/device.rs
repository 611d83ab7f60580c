//! What networks are computed on.

use crate::platform::catching;
use burn::tensor::{Device, DeviceKind};
use std::fmt;
use std::str::FromStr;

/// What was asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeviceChoice {
    /// A graphics processor if there is a real one, else the processor.
    #[default]
    Auto,
    /// The graphics processor.
    Gpu,
    /// The processor.
    Cpu,
    /// The processor by LibTorch, which trains about four times as fast; in builds with the feature
    /// `libtorch`.
    LibTorch,
    /// An NVIDIA graphics processor by LibTorch; in builds with the feature `libtorch`.
    LibTorchCuda,
}

impl FromStr for DeviceChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "gpu" => Ok(Self::Gpu),
            "cpu" => Ok(Self::Cpu),
            "libtorch" => Ok(Self::LibTorch),
            "libtorch-cuda" => Ok(Self::LibTorchCuda),
            _ => Err(format!(
                "{text:?} is none of auto, gpu, cpu, libtorch, libtorch-cuda"
            )),
        }
    }
}

/// The device did not give the numbers that it was asked for.
#[derive(Debug, thiserror::Error)]
#[error("the network could not be computed: {0}")]
pub struct DeviceFailed(pub String);

/// The device that was asked for cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the device cannot be used here ({0}); --device cpu computes without")]
pub struct NoGpu(String);

/// A device that works.
#[derive(Clone, Debug)]
pub struct Compute {
    device: Device,
    name: String,
    /// Why it is not what one would expect, if it is not.
    pub remark: Option<String>,
}

impl Compute {
    /// Takes the device asked for and tries it. `gpu` is the name of the machine's graphics
    /// processor, if it has a real one; with `Auto` one that fails is passed over with a remark.
    ///
    /// # Errors
    /// When a graphics processor was asked for and there is none that works.
    pub fn choose(choice: DeviceChoice, gpu: Option<&str>) -> Result<Self, NoGpu> {
        let first = gpu.unwrap_or("the first one");
        let (device, name): (fn() -> Device, String) = match choice {
            DeviceChoice::Cpu => return Ok(Self::cpu()),
            DeviceChoice::Auto if gpu.is_none() => return Ok(Self::cpu()),
            DeviceChoice::Auto | DeviceChoice::Gpu => (
                || Device::wgpu(DeviceKind::DefaultDevice),
                format!("{first} (GPU)"),
            ),
            DeviceChoice::LibTorch => (optional::libtorch()?, "CPU (LibTorch)".to_owned()),
            DeviceChoice::LibTorchCuda => (
                optional::libtorch_cuda()?,
                format!("{first} (CUDA by LibTorch)"),
            ),
        };
        let tried = guarded(|| {
            let device = device();
            let two = burn::tensor::Tensor::<1>::from_floats([1.0, 1.0], &device).sum();
            (device, two.into_scalar::<f32>())
        });
        let why = match tried {
            Ok((device, 2.0)) => {
                return Ok(Self {
                    device,
                    name,
                    remark: None,
                });
            }
            Ok((_, wrong)) => format!("{name} says that 1 + 1 is {wrong}"),
            Err(why) => why,
        };
        match choice {
            DeviceChoice::Auto => {
                let mut cpu = Self::cpu();
                cpu.remark = Some(format!("{first} cannot be used ({why}); the CPU computes"));
                Ok(cpu)
            }
            _ => Err(NoGpu(why)),
        }
    }

    /// The processor.
    #[must_use]
    pub fn cpu() -> Self {
        Self {
            device: Device::flex(),
            name: "CPU".to_owned(),
            remark: None,
        }
    }

    /// burn's name of it.
    #[must_use]
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// Whether it is the processor.
    #[must_use]
    pub fn is_cpu(&self) -> bool {
        self.device == Device::flex()
    }
}

impl fmt::Display for Compute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// Does something that a graphics driver may end in a panic, and gives the panic's message then.
pub(super) fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catching(work).map_err(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|&text| text.to_owned()));
        text.unwrap_or_else(|| "the driver gave up".to_owned())
    })
}

/// Devices that are there only in builds with their feature.
mod optional {
    use super::{Device, NoGpu};

    type Make = Result<fn() -> Device, NoGpu>;

    #[cfg(feature = "libtorch")]
    #[expect(
        clippy::unnecessary_wraps,
        deprecated,
        reason = "burn has no faster training on a CPU yet; without the feature this fails"
    )]
    mod libtorch {
        use super::{Device, Make};

        pub(in super::super) fn cpu() -> Make {
            Ok(Device::libtorch)
        }

        pub(in super::super) fn cuda() -> Make {
            Ok(|| Device::libtorch_cuda(0))
        }
    }

    #[cfg(feature = "libtorch")]
    pub(super) use libtorch::{cpu as libtorch, cuda as libtorch_cuda};

    #[cfg(not(feature = "libtorch"))]
    fn not_built() -> Make {
        let why = "this program was built without the feature libtorch";
        Err(NoGpu(why.to_owned()))
    }

    #[cfg(not(feature = "libtorch"))]
    pub(super) fn libtorch() -> Make {
        not_built()
    }

    #[cfg(not(feature = "libtorch"))]
    pub(super) fn libtorch_cuda() -> Make {
        not_built()
    }
}
