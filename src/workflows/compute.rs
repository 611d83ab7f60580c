//! What networks are computed on.

use super::notice::{Notify, remark};
use crate::models::{Compute, DeviceChoice, NoGpu};

/// The device that networks are computed on, with a remark where it is not what was asked for.
///
/// # Errors
/// When a device was asked for that is not there.
pub fn compute(choice: DeviceChoice, notify: Notify<'_>) -> Result<Compute, NoGpu> {
    let gpu = match choice {
        DeviceChoice::Cpu | DeviceChoice::LibTorch => None,
        _ => crate::render::real_adapter_name(),
    };
    let compute = Compute::choose(choice, gpu.as_deref())?;
    if let Some(why) = &compute.remark {
        remark(notify, why.clone());
    }
    Ok(compute)
}
