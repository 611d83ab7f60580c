//! What is wrong with a machine, and what one should know of it.

use super::facts::{DisplayState, Doctor, Finding, Severity};

/// The smallest volume, voxels along a side, that scans of whole heads fit into undiminished.
const HEAD_VOXELS: u32 = 512;

/// The smallest window that shows all panels, in units of the window.
const WINDOW_UNITS: [f32; 2] = [800.0, 500.0];

/// A scan of 512 MiB, its texture and a prediction fit, MiB.
const GOOD_MEMORY_MIB: u64 = 4096;

/// A prediction that takes longer is not waited for at a desk, s.
const LONG_PREDICTION_SECONDS: f64 = 60.0;

pub(super) fn of(doctor: &Doctor) -> Vec<Finding> {
    let mut list = List(Vec::new());
    graphics(doctor, &mut list);
    display(doctor, &mut list);
    for folder in &doctor.folders {
        if let Some(why) = &folder.refused {
            let text = format!(
                "nothing can be written where {} go or lie: {why}",
                folder.of
            );
            match folder.is_needed {
                true => list.wrong(text),
                false => list.remark(text),
            }
        }
    }
    if let Some(memory) = doctor.machine.memory
        && memory.total_mib < GOOD_MEMORY_MIB
    {
        list.remark(format!(
            "{} MiB of memory: large scans may not fit; {GOOD_MEMORY_MIB} MiB are enough for those of heads",
            memory.total_mib
        ));
    }
    match &doctor.networks {
        Ok(networks) if networks.is_empty() => list.wrong("no network comes along".to_owned()),
        Ok(_) => {}
        Err(why) => list.wrong(format!(
            "the networks that come along cannot be opened: {why}"
        )),
    }
    match &doctor.prediction {
        Ok(made) if made.seconds > LONG_PREDICTION_SECONDS => {
            list.remark(format!("a prediction takes {:.0} s", made.seconds));
        }
        Ok(_) => {}
        Err(why) => list.wrong(format!("networks cannot be computed: {why}")),
    }
    if let Some(newest) = &doctor.newest_fault {
        list.remark(format!(
            "recorded faults: {}, the newest on {} by version {}; who reports a fault sends them along",
            doctor.n_faults, newest.at_utc, newest.version
        ));
    }
    list.0
}

struct List(Vec<Finding>);

impl List {
    fn wrong(&mut self, text: String) {
        self.0.push(Finding {
            severity: Severity::Wrong,
            text,
        });
    }

    fn remark(&mut self, text: String) {
        self.0.push(Finding {
            severity: Severity::Remark,
            text,
        });
    }
}

/// What helps where no driver is found.
fn driver_help() -> &'static str {
    match std::env::consts::OS {
        "linux" => {
            "install the driver of the graphics card, or mesa-vulkan-drivers (Debian, Ubuntu, Fedora) \
             for AMD, Intel and machines without a card, and libvulkan1"
        }
        _ => "install the driver of the graphics card",
    }
}

fn graphics(doctor: &Doctor, list: &mut List) {
    let is_modern = |backend: &str| matches!(backend, "vulkan" | "metal" | "dx12");
    if doctor.adapters.is_empty() {
        list.wrong(format!(
            "no Vulkan driver and no other graphics adapter is found, so no window can be opened \
             (pictures and networks are computed by the processor): {}",
            driver_help()
        ));
        return;
    }
    if !doctor
        .adapters
        .iter()
        .any(|adapter| is_modern(&adapter.backend))
    {
        list.wrong(format!(
            "no Vulkan driver is found, only OpenGL, on which large scans and networks are not \
             tried: {}",
            driver_help()
        ));
    }
    match &doctor.picture {
        Err(why) => list.wrong(format!("the graphics adapter cannot draw: {why}")),
        Ok(picture) if !picture.is_same() => list.wrong(format!(
            "{} draws {} of {} pixels otherwise than the processor, where {} may differ; a newer \
             driver may help, and windows with CISTERNA_RENDERER=cpu and `slice --renderer cpu` draw \
             without it",
            picture.adapter, picture.n_differing, picture.n_pixels, picture.n_allowed
        )),
        Ok(picture) => {
            let used = doctor
                .adapters
                .iter()
                .find(|one| one.title == picture.adapter);
            if used.is_some_and(|used| used.is_processor) {
                list.remark(format!(
                    "the processor does the work of a graphics card: it draws pictures of scans by \
                     itself ({} pixels in {:.1} ms), and all else of windows as that adapter",
                    picture.n_pixels, picture.processor_ms
                ));
            }
            if let Some(used) = used.filter(|used| used.volume_voxels < HEAD_VOXELS) {
                list.remark(format!(
                    "scans of more than {} voxels along an axis are drawn coarser",
                    used.volume_voxels
                ));
            }
        }
    }
}

fn display(doctor: &Doctor, list: &mut List) {
    match &doctor.display {
        DisplayState::None | DisplayState::NotAsked => {}
        DisplayState::Failed(why) => list.wrong(format!("no window can be opened: {why}")),
        DisplayState::Seen(seen) => {
            if let (Some(pixels), Some(scale)) = (seen.screen_pixels, seen.scale)
                && pixels
                    .iter()
                    .zip(WINDOW_UNITS)
                    .any(|(&n, units)| (n as f32) < units * scale)
            {
                list.wrong(format!(
                    "the screen of {} x {} pixels at a scale of {scale} is smaller than the window",
                    pixels[0], pixels[1]
                ));
            }
        }
    }
}
