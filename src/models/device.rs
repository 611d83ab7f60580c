//! What networks are computed on.

use burn::tensor::{Device, DeviceKind};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
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
}

impl FromStr for DeviceChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "gpu" => Ok(Self::Gpu),
            "cpu" => Ok(Self::Cpu),
            _ => Err(format!("{text:?} is none of auto, gpu, cpu")),
        }
    }
}

/// No graphics processor, although one was asked for.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("no graphics processor can be used here ({0}); --device cpu computes without")]
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
        let named = match (choice, gpu) {
            (DeviceChoice::Cpu, _) | (DeviceChoice::Auto, None) => return Ok(Self::cpu()),
            (DeviceChoice::Gpu, None) => "the first one",
            (_, Some(name)) => name,
        };
        let tried = guarded(|| {
            let device = Device::wgpu(DeviceKind::DefaultDevice);
            let two = burn::tensor::Tensor::<1>::from_floats([1.0, 1.0], &device).sum();
            (device, two.into_scalar::<f32>())
        });
        match (tried, choice) {
            (Ok((device, 2.0)), _) => Ok(Self {
                device,
                name: format!("{named} (GPU)"),
                remark: None,
            }),
            (Ok((_, wrong)), DeviceChoice::Gpu) => {
                Err(NoGpu(format!("{named} says that 1 + 1 is {wrong}")))
            }
            (Err(why), DeviceChoice::Gpu) => Err(NoGpu(why)),
            (tried, _) => {
                let why = tried
                    .err()
                    .unwrap_or_else(|| "it computes wrongly".to_owned());
                let mut cpu = Self::cpu();
                cpu.remark = Some(format!("{named} cannot be used ({why}); the CPU computes"));
                Ok(cpu)
            }
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
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|&text| text.to_owned()));
        text.unwrap_or_else(|| "the driver gave up".to_owned())
    })
}
