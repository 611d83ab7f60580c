//! A mask that is looked through: opened, made anew after each change, written.

use super::{Message, ViewerJobs};
use crate::app::viewer::mask::{
    MaskDesk, MaskInputs, MaskMade, STATE_COLOURS, WantedMask, as_map, states,
};
use crate::app::viewer::worksheet::now;
use crate::app::viewer::{Graphics, Scan};
use crate::enhancement::Regions;
use crate::render::VolumeTexture;
use crate::volume::MaskChanges;
use crate::workflows::{MaskOrigin, write_mask};
use std::path::PathBuf;
use std::sync::Arc;

/// A voxel is in a mask of probabilities where the value is above this, at first.
const FIRST_THRESHOLD: f64 = 0.5;

fn made(graphics: &Graphics, inputs: &MaskInputs, generation: u64) -> Result<MaskMade, String> {
    let made = inputs.make();
    let states = states(&inputs.map, &made.state).map_err(|error| error.to_string())?;
    let Graphics { device, queue, .. } = graphics;
    let texture = VolumeTexture::of_labels(device, queue, &states, &STATE_COLOURS);
    Ok(MaskMade {
        made,
        texture: texture.map_err(|error| error.to_string())?,
        generation,
    })
}

fn opened(graphics: &Graphics, wanted: &WantedMask) -> Result<MaskDesk, String> {
    let labels = wanted.labels.as_ref().map(|labels| &labels.map);
    let map = as_map(&wanted.source, labels)?;
    let regions = wanted.regions.as_ref().map(|labels| {
        let names = &labels.scheme.names;
        Regions::of_labels(&labels.map, Some(names), 0, wanted.source.volume.grid())
    });
    let inputs = MaskInputs {
        map,
        threshold: FIRST_THRESHOLD,
        left_out_mm3: 0.0,
        changes: MaskChanges::default(),
        // A label map that lies elsewhere says nothing of this mask.
        regions: regions.and_then(Result::ok).map(Arc::new),
        scan: wanted.scan.clone(),
    };
    let first = made(graphics, &inputs, 0)?;
    Ok(MaskDesk::new(wanted.source.clone(), inputs, first))
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
            let file = source.file_or_name();
            let origin = MaskOrigin {
                source: &file,
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
