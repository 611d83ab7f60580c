//! Networks that mark and count perivascular spaces, asked beside the window.

use super::maps::{map_of_labels, map_of_values};
use super::network::on_best;
use super::{Message, ViewerJobs};
use crate::app::shell::Job;
use crate::app::viewer::marks::SpacesQuestion;
use crate::app::viewer::network::{attention_style, probability_style};
use crate::app::viewer::scan::{Marks, NetworkMap, NetworkMapKind};
use crate::app::viewer::{Graphics, SaidCount, Scan};
use crate::enhancement::{LabelNames, Regions};
use crate::models::counts::{Detection, counts_card};
use crate::models::spaces::spaces_card;
use crate::volume::{LabelMap, Volume, VolumeError};
use crate::workflows::{
    CountSpacesRequest, MarkSpacesRequest, SPACES_MOST_BYTES, count_spaces, mark_spaces,
    write_counts,
};
use anyhow::Context as _;
use nalgebra::Point3;
use std::path::PathBuf;
use std::sync::Arc;

impl ViewerJobs {
    /// Marks the spaces of a scan.
    pub(in crate::app::viewer) fn mark_spaces(&self, question: SpacesQuestion) {
        self.ask_about_spaces("spaces", question, |job, graphics, question| {
            marked(job, graphics, question).map(|scan| Message::Marked(Arc::new(scan)))
        });
    }

    /// Counts the spaces of a region.
    pub(in crate::app::viewer) fn count_spaces(&self, question: SpacesQuestion) {
        self.ask_about_spaces("counts", question, |job, graphics, question| {
            counted(job, graphics, question).map(|said| Message::Counted(Arc::new(said)))
        });
    }

    fn ask_about_spaces(
        &self,
        name: &str,
        question: SpacesQuestion,
        ask: fn(&Job<Message>, &Graphics, &SpacesQuestion) -> anyhow::Result<Message>,
    ) {
        let graphics = self.graphics.clone();
        self.running.spawn(name, move |job| {
            let answer = ask(job, &graphics, &question);
            if !job.is_cancelled() {
                job.send(answer.unwrap_or_else(|error| Message::Failed(format!("{error:#}"))));
            }
        });
    }

    /// Writes a count, its map and its places into a folder.
    pub(in crate::app::viewer) fn save_count(&self, said: Arc<SaidCount>, folder: PathBuf) {
        self.running.spawn("save", move |job| {
            job.say("Saving the count", 0.5);
            job.send(match write_counts(&said.counted, &folder) {
                Ok(written) => Message::Saved(format!(
                    "{} files saved in {}",
                    written.len(),
                    folder.display()
                )),
                Err(error) => Message::Failed(format!("{error:#}")),
            });
        });
    }
}

/// The probability of a space, with what a mask is made of.
fn marked(
    job: &Job<Message>,
    graphics: &Graphics,
    question: &SpacesQuestion,
) -> anyhow::Result<Scan> {
    let SpacesQuestion {
        model,
        scan,
        regions,
    } = question;
    let file = scan.file_or_name();
    job.say("Looking at the labels", 0.0);
    let regions = match regions {
        Some((map, labels)) => {
            let grid = scan.volume.grid();
            let regions = Regions::of_labels(&labels.map, labels.table_names(), 0, grid);
            let regions = regions.with_context(|| map.name.clone())?;
            Some((Arc::new(regions), map.file_or_name()))
        }
        None => None,
    };
    let found = mark_spaces(
        &MarkSpacesRequest {
            model,
            scan: &scan.volume,
            file: &file,
            remarks: scan.info.as_ref().map_or(&[][..], |info| &info.warnings),
            regions: regions
                .as_ref()
                .map(|(regions, file)| (&**regions, file.as_path())),
            most_bytes: SPACES_MOST_BYTES,
            compute: &on_best,
        },
        &|notice| job.notice(notice),
    )?;
    let marks = Marks {
        origin: found.origin,
        threshold: spaces_card(model)?.threshold,
        regions: regions.map(|(regions, _)| regions),
    };
    let made = NetworkMap {
        of: scan.clone(),
        kind: NetworkMapKind::Spaces(Arc::new(marks)),
    };
    let name = format!("Spaces on {}", scan.name);
    map_of_values(graphics, name, &found.map, probability_style(), made)
}

fn counted(
    job: &Job<Message>,
    graphics: &Graphics,
    question: &SpacesQuestion,
) -> anyhow::Result<SaidCount> {
    let SpacesQuestion {
        model,
        scan,
        regions,
    } = question;
    let (map, labels) = regions
        .as_ref()
        .context("to count, a label map is wanted")?;
    let counted = count_spaces(
        &CountSpacesRequest {
            model,
            scan: &scan.volume,
            file: &scan.file_or_name(),
            labels: &labels.map.values(),
            names: labels.table_names(),
            labels_file: &map.file_or_name(),
            compute: &on_best,
        },
        &|notice| job.notice(notice),
    )?;
    let card = counts_card(model)?;
    let region = card.region();
    let made = || NetworkMap {
        of: scan.clone(),
        kind: NetworkMapKind::Counts,
    };
    let name = format!("Count in the {}, {}", region.in_words(), scan.name);
    let style = attention_style(&counted.map);
    let map = map_of_values(graphics, name, &counted.map, style, made())?;
    let mut scans = vec![Arc::new(map)];
    let found = &counted.record.detections;
    if !found.is_empty() {
        let names: LabelNames = (1..=found.len() as u32)
            .map(|id| (id, format!("space {id}")))
            .collect();
        let remark = format!("What stands out most in the map of {}", model.card.name);
        let name = format!("Counted spaces, {}", scan.name);
        let places = places(&counted.map, found)?;
        let places = map_of_labels(graphics, name, places, (names, remark), made())?;
        scans.push(Arc::new(places));
    }
    Ok(SaidCount {
        of: scan.clone(),
        region,
        training: card.training.clone(),
        counted,
        scans,
    })
}

/// A box of a voxel and those around it for each place, numbered in their order; where they meet the first
/// one's.
fn places(map: &Volume, found: &[Detection]) -> Result<LabelMap, VolumeError> {
    let grid = map.grid();
    let dims = grid.dims();
    let [nx, ny, _] = dims;
    let mut ids = vec![0_u32; grid.n_voxels()];
    for (id, one) in (1..).zip(found) {
        let Some(at) = grid.voxel_at(Point3::from(one.place_mm)) else {
            continue;
        };
        let around = |axis: usize| at[axis].saturating_sub(1)..(at[axis] + 2).min(dims[axis]);
        for k in around(2) {
            for j in around(1) {
                for i in around(0) {
                    let voxel = &mut ids[i + nx * (j + ny * k)];
                    if *voxel == 0 {
                        *voxel = id;
                    }
                }
            }
        }
    }
    let labels = LabelMap::of_ids(grid.clone(), &ids)?;
    Ok(labels.with_orientation(map.orientation()))
}
