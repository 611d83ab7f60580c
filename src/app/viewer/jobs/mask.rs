//! A mask that is looked through: opened, made anew after each change, written.

use super::{Message, ViewerJobs};
use crate::app::viewer::mask::{
    MaskDesk, MaskInputs, MaskMade, STATE_COLOURS, WantedMask, as_map, states,
};
use crate::app::viewer::session::{SessionMask, resolved, voxels_of_runs};
use crate::app::viewer::worksheet::now;
use crate::app::viewer::{Graphics, Scan};
use crate::enhancement::Regions;
use crate::volume::MaskChanges;
use crate::workflows::{MaskOrigin, write_mask};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A voxel is in a mask of probabilities where the value is above this, at first.
const FIRST_THRESHOLD: f64 = 0.5;

fn made(graphics: &Graphics, inputs: &MaskInputs, generation: u64) -> Result<MaskMade, String> {
    let made = inputs.make();
    let states = states(&inputs.map, &made.state).map_err(|error| error.to_string())?;
    let texture = graphics.texture_of_labels(&states, &STATE_COLOURS);
    Ok(MaskMade {
        made,
        texture: texture.map_err(|error| error.to_string())?,
        generation,
    })
}

/// What a mask is made of at first.
fn inputs(wanted: &WantedMask) -> Result<MaskInputs, String> {
    let labels = wanted.labels.as_ref().map(|labels| &labels.map);
    let map = as_map(&wanted.source, labels)?;
    let marks = wanted.source.marks();
    let regions = match marks.and_then(|marks| marks.regions.clone()) {
        // Those that were given to the network.
        Some(regions) => Some(regions),
        None => {
            let regions = wanted.regions.as_ref().map(|labels| {
                let names = &labels.scheme.names;
                Regions::of_labels(&labels.map, Some(names), 0, wanted.source.volume.grid())
            });
            // A label map that lies elsewhere says nothing of this mask.
            regions.and_then(Result::ok).map(Arc::new)
        }
    };
    Ok(MaskInputs {
        map,
        threshold: marks.map_or(FIRST_THRESHOLD, |marks| marks.threshold),
        left_out_mm3: 0.0,
        changes: MaskChanges::default(),
        regions,
        scan: wanted.scan.clone(),
    })
}

fn opened(graphics: &Graphics, wanted: &WantedMask) -> Result<MaskDesk, String> {
    let inputs = inputs(wanted)?;
    let first = made(graphics, &inputs, 0)?;
    Ok(MaskDesk::new(wanted.source.clone(), inputs, first))
}

/// A mask that a session holds, with what was changed of it.
///
/// # Errors
/// Why it cannot be looked through, in words.
pub(super) fn opened_again(
    graphics: &Graphics,
    wanted: &WantedMask,
    kept: SessionMask,
    folder: &Path,
) -> Result<MaskDesk, String> {
    let SessionMask {
        scan: _,
        open,
        threshold,
        left_out_mm3,
        brush_mm,
        by,
        order,
        chosen,
        style,
        put_in,
        taken_out,
        changed,
        saved,
    } = kept;
    let mut inputs = inputs(wanted)?;
    (inputs.threshold, inputs.left_out_mm3) = (threshold, left_out_mm3);
    let n_voxels = inputs.map.grid().n_voxels();
    let voxels = |text: &str| {
        let voxels = voxels_of_runs(text, n_voxels);
        voxels.map_err(|why| format!("what was changed of {}: {why}", wanted.source.name))
    };
    let put_in = voxels(&put_in)?.into_iter().map(|voxel| (voxel, true));
    let taken_out = voxels(&taken_out)?.into_iter().map(|voxel| (voxel, false));
    inputs.changes = MaskChanges::of_voxels(put_in.chain(taken_out));
    let first = made(graphics, &inputs, u64::from(changed))?;
    let mut mask = MaskDesk::again(wanted.source.clone(), inputs, first);
    (mask.open, mask.brush_mm, mask.by) = (open, brush_mm, by);
    (mask.order, mask.style) = (order, style);
    let n_clusters = mask.made().clusters.len() as u32;
    mask.chosen = chosen.filter(|id| (1..=n_clusters).contains(id));
    let saved = saved.map(|path| resolved(&path, folder));
    mask.saved = saved.filter(|path| path.exists());
    Ok(mask)
}

impl ViewerJobs {
    /// Opens a mask to be looked through.
    pub(in crate::app::viewer) fn open_mask(&self, wanted: WantedMask) {
        let graphics = self.graphics.clone();
        self.running.spawn("mask", move |job| {
            job.say("Measuring the clusters", 0.5);
            job.send(match opened(&graphics, &wanted) {
                Ok(mask) => Message::MaskOpened(Box::new(mask)),
                Err(why) => Message::Failed(why),
            });
        });
    }

    /// Makes the mask anew.
    pub(in crate::app::viewer) fn make_mask(
        &self,
        source: Arc<Scan>,
        inputs: MaskInputs,
        generation: u64,
    ) {
        let graphics = self.graphics.clone();
        self.running.spawn("clusters", move |job| {
            job.say("Measuring the clusters", 0.5);
            let made = made(&graphics, &inputs, generation);
            let made = made.map_err(|why| job.send(Message::Failed(why)));
            job.send(Message::MaskMade(source, made.ok().map(Box::new)));
        });
    }

    /// Writes the mask as it is, what was changed of it, and its table.
    pub(in crate::app::viewer) fn save_mask(&self, mask: &MaskDesk, folder: PathBuf) {
        let (source, inputs, by) = (mask.source.clone(), mask.inputs.clone(), mask.by.clone());
        let generation = mask.generation();
        self.running.spawn("save", move |job| {
            job.say("Saving the mask", 0.5);
            // What a network made is called after its scan.
            let of = source.made.as_ref().map_or(&source, |made| &made.of);
            let file = of.file_or_name();
            let origin = MaskOrigin {
                source: &file,
                network: source.marks().map(|marks| &marks.origin),
                by: &by,
                at: &now(),
            };
            let request = inputs.request();
            job.send(
                match write_mask(&request, &inputs.make(), &origin, &folder) {
                    Ok(written) => Message::MaskSaved {
                        source,
                        generation,
                        folder,
                        n: written.len(),
                    },
                    Err(error) => Message::Failed(format!("{error:#}")),
                },
            );
        });
    }
}
