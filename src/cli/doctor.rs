//! `cisterna doctor`

use super::{notify, print};
use crate::app::{has_display, look_at_display};
use crate::platform::without_own_names;
use crate::workflows::{DisplayState, Doctor, FolderFacts, Severity, doctor};
use anyhow::bail;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// One JSON object, to be sent along with the report of a fault.
    #[arg(long)]
    json: bool,
    /// Open no window, not even for a moment.
    #[arg(long)]
    no_window: bool,
    /// End in a fault on purpose, to see the record that it leaves.
    #[arg(long, conflicts_with_all = ["json", "no_window"])]
    fault: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    if args.fault {
        fault_on_purpose();
    }
    let display = match has_display() {
        _ if args.no_window => DisplayState::NotAsked,
        false => DisplayState::None,
        true => match look_at_display() {
            Ok(seen) => DisplayState::Seen(seen),
            Err(why) => DisplayState::Failed(without_own_names(&format!("{why:#}"))),
        },
    };
    let found = doctor(display, &notify())?;
    match args.json {
        true => print(&serde_json::to_string_pretty(&found)?)?,
        false => print(&text(&found))?,
    }
    match found.n_wrong() {
        0 => Ok(()),
        1 => bail!("one thing is wrong with this machine, see above"),
        n => bail!("{n} things are wrong with this machine, see above"),
    }
}

/// Its message has a path in it, so that one can see that the record has none.
#[expect(clippy::panic, reason = "it is asked for")]
fn fault_on_purpose() {
    let program = std::env::current_exe().unwrap_or_default();
    panic!("asked for by --fault: {}", program.display());
}

/// Lines of a name and what there is to say of it.
struct Lines(String);

impl Lines {
    fn add(&mut self, name: &str, text: &str) {
        self.0.push_str(&format!("{name:<12} {text}\n"));
    }
}

fn text(found: &Doctor) -> String {
    let mut lines = Lines(format!("Cisterna {}. {}\n\n", found.version, found.warning));
    machine(found, &mut lines);
    graphics(found, &mut lines);
    for folder in &found.folders {
        lines.add("folder", &folder_text(folder));
    }
    match &found.networks {
        Err(why) => lines.add("networks", why),
        Ok(networks) => {
            let names: Vec<&str> = networks.iter().map(|one| one.name.as_str()).collect();
            lines.add("networks", &names.join(", "));
        }
    }
    lines.add(
        "prediction",
        &match &found.prediction {
            Err(why) => why.clone(),
            Ok(made) => format!(
                "{} in {:.1} s by {} ({:.1} s to wake it)",
                made.network, made.seconds, made.device, made.waking_seconds
            ),
        },
    );
    if !found.variables.is_empty() {
        lines.add("variables", &format!("{} set", found.variables.join(", ")));
    }
    match &found.newest_fault {
        None => lines.add("faults", "none recorded"),
        Some(fault) => {
            let place = fault.place.as_deref().unwrap_or("an unknown place");
            let text = format!(
                "{} recorded, the newest in {place}: {}",
                found.n_faults, fault.message
            );
            lines.add("faults", &text);
        }
    }
    lines.0.push('\n');
    for finding in &found.findings {
        let name = match finding.severity {
            Severity::Wrong => "WRONG",
            Severity::Remark => "note",
        };
        lines.add(name, &finding.text);
    }
    if found.n_wrong() == 0 {
        lines.0.push_str("All is well.\n");
    }
    lines.0
}

fn machine(found: &Doctor, lines: &mut Lines) {
    let machine = &found.machine;
    let kernel = machine.kernel.as_deref().unwrap_or("unknown");
    lines.add(
        "system",
        &format!(
            "{}, kernel {kernel}, {}",
            machine.system, machine.architecture
        ),
    );
    let threads = machine
        .threads
        .map_or_else(|| "unknown".to_owned(), |n| n.to_string());
    let processor = machine.processor.as_deref().unwrap_or("unknown");
    lines.add(
        "processor",
        &format!("{processor}, {threads} threads, {}", machine.vectors),
    );
    lines.add(
        "memory",
        &match machine.memory {
            None => "nobody can be asked on this system".to_owned(),
            Some(memory) => format!(
                "{} MiB, {} MiB free",
                memory.total_mib, memory.available_mib
            ),
        },
    );
}

fn graphics(found: &Doctor, lines: &mut Lines) {
    if found.adapters.is_empty() {
        lines.add("graphics", "none");
    }
    for adapter in &found.adapters {
        let is_used = found
            .picture
            .as_ref()
            .is_ok_and(|trial| trial.adapter == adapter.title);
        let used = if is_used { ", used" } else { "" };
        lines.add("graphics", &format!(
            "{}, driver {}, pictures to {} pixels, volumes to {} voxels, memory in pieces of {} MiB{used}",
            adapter.title, adapter.driver, adapter.picture_pixels, adapter.volume_voxels, adapter.buffer_mib
        ));
    }
    lines.add(
        "picture",
        &match &found.picture {
            Err(why) => why.clone(),
            Ok(trial) => format!(
                "adapter {:.1} ms, processor {:.1} ms, {} of {} pixels differ ({} may)",
                trial.adapter_ms,
                trial.processor_ms,
                trial.n_differing,
                trial.n_pixels,
                trial.n_allowed
            ),
        },
    );
    lines.add(
        "display",
        &match &found.display {
            DisplayState::None => "none".to_owned(),
            DisplayState::NotAsked => "not looked at".to_owned(),
            DisplayState::Failed(why) => why.clone(),
            DisplayState::Seen(seen) => {
                let size = seen.screen_pixels.map(|[w, h]| format!("{w} x {h} pixels"));
                let scale = seen
                    .scale
                    .map_or_else(|| "unknown".to_owned(), |scale| scale.to_string());
                let size = size.unwrap_or_else(|| "size unknown".to_owned());
                format!("{size}, scale {scale}, drawn by {}", seen.adapter)
            }
        },
    );
}

fn folder_text(folder: &FolderFacts) -> String {
    let place = folder
        .place
        .as_ref()
        .map_or_else(String::new, |place| format!(" ({place})"));
    let rights = folder.refused.as_deref().unwrap_or("can be written");
    format!("{}{place}: {rights}", folder.of)
}
