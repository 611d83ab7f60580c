//! A look at the machine: what there is to draw and to compute with, where files go, whether a picture
//! comes out right and how long a prediction takes.
//!
//! Nothing in the answer says whose machine it is, as it is made to be handed on.

mod facts;
mod findings;
mod trials;

pub use facts::{DisplayFacts, DisplayState, Doctor, Finding, FolderFacts, NetworkFacts, Severity};
pub(super) use trials::draw_twice;
pub use trials::{PictureTrial, PredictionTrial};

use super::notice::{Notify, working};
use crate::models::Model;
use crate::phantom::DemoScans;
use crate::platform::{
    Machine, catching, data_folder, fault_folder, faults_in, is_writable, settings_folder,
    shown_folder, state_folder, without_own_names,
};
use crate::render::graphics_adapters;
use crate::volume::Volume;
use anyhow::bail;
use std::path::Path;

/// Variables that change adapters, drivers, folders or the log.
const VARIABLES: [&str; 13] = [
    "CISTERNA_LOG",
    "CISTERNA_RENDERER",
    "LIBGL_ALWAYS_SOFTWARE",
    "MESA_LOADER_DRIVER_OVERRIDE",
    "RAYON_NUM_THREADS",
    "VK_DRIVER_FILES",
    "VK_ICD_FILENAMES",
    "VK_LOADER_DRIVERS_DISABLE",
    "WGPU_ADAPTER_NAME",
    "WGPU_BACKEND",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_STATE_HOME",
];

/// Looks at this machine. The display is looked at by who can open windows, before.
///
/// # Errors
/// When `notify` answers to stop.
pub fn doctor(display: DisplayState, notify: Notify<'_>) -> anyhow::Result<Doctor> {
    let step = |what: &str, share: f64| match working(notify, what, share).is_break() {
        true => bail!("stopped"),
        false => Ok(()),
    };
    step("looking at the graphics adapters", 0.1)?;
    let adapters = caught(|| Ok(graphics_adapters()));
    step("drawing a picture twice", 0.2)?;
    let scan = demo_scan()?;
    let picture = caught(|| draw_twice(&scan));
    step("predicting", 0.4)?;
    let prediction = caught(|| trials::time_prediction(scan, notify));
    let networks = Model::embedded().map(|models| models.iter().map(network).collect());
    let mut faults = fault_folder().map_or_else(Vec::new, |folder| faults_in(&folder));
    let is_set = |name: &&str| std::env::var_os(name).is_some();
    let mut doctor = Doctor {
        warning: "Research use only, not a medical device.",
        version: env!("CARGO_PKG_VERSION"),
        machine: Machine::this(),
        adapters: adapters.unwrap_or_default(),
        picture,
        display,
        folders: folders(),
        networks: networks.map_err(|why| why.to_string()),
        prediction,
        variables: VARIABLES.into_iter().filter(is_set).collect(),
        n_faults: faults.len(),
        newest_fault: (!faults.is_empty()).then(|| faults.swap_remove(0)),
        findings: Vec::new(),
    };
    doctor.findings = findings::of(&doctor);
    Ok(doctor)
}

/// The simulated patient of the demo before the tracer, on voxels of 2 mm.
pub(super) fn demo_scan() -> anyhow::Result<Volume> {
    let demo = DemoScans::coarse();
    let values = demo.scan(0).into_iter().map(f32::from).collect();
    Ok(Volume::new(demo.head().grid.clone(), values)?)
}

/// A driver that ends in a panic is what is looked for here, and no fault of the program.
pub(super) fn caught<T>(work: impl FnOnce() -> anyhow::Result<T>) -> Result<T, String> {
    match catching(work) {
        Ok(result) => result.map_err(|why| without_own_names(&format!("{why:#}"))),
        Err(_) => Err("the driver ended it; see what was printed before".to_owned()),
    }
}

fn network(model: &Model) -> NetworkFacts {
    NetworkFacts {
        name: model.card.name.clone(),
        sha256: model.sha256(),
    }
}

fn folders() -> Vec<FolderFacts> {
    let of = |of, folder: Option<&Path>, is_shown: bool, is_needed| FolderFacts {
        of,
        place: folder.filter(|_| is_shown).map(shown_folder),
        refused: match folder.map(is_writable) {
            None => Some("this system has no such folder".to_owned()),
            // The system's words alone: they name no path.
            Some(Err(why)) => Some(why.kind().to_string()),
            Some(Ok(())) => None,
        },
        is_needed,
    };
    let here = std::env::current_dir().ok();
    vec![
        of("keys of this user", data_folder().as_deref(), true, true),
        of("records of faults", fault_folder().as_deref(), true, true),
        of("settings", settings_folder().as_deref(), true, false),
        of(
            "what was opened and what is open",
            state_folder().as_deref(),
            true,
            false,
        ),
        of("temporary files", Some(&std::env::temp_dir()), false, true),
        of(
            "the folder that the program was started in",
            here.as_deref(),
            false,
            false,
        ),
    ]
}
