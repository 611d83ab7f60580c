//! What is done with a participant: each task is a workflow that people call by itself too.

use super::request::{BidsAppRequest, BidsTask};
use super::view::{View, names_in};
use crate::anatomy::FatStatistic;
use crate::formats::bids::{self, BidsScan, write_tsv};
use crate::models::Model;
use crate::models::leak::InputMode;
use crate::registration::Kernel;
use crate::workflows::compute::compute;
use crate::workflows::counts::{PredictCountsRequest, predict_counts};
use crate::workflows::examine::{ExamineRequest, Outcome, examine};
use crate::workflows::leak::{Fill, LeakRequest, OcclusionRequest, explain_leak};
use crate::workflows::notice::{Notify, remark};
use crate::workflows::predict_cohort::{PredictCohortRequest, predict_cohort, write_cohort_table};
use crate::workflows::quantify::{FatSource, QuantifyRequest, QuantifySource, labels_of, quantify};
use crate::workflows::spaces::{PredictSpacesRequest, predict_spaces, stem};
use anyhow::{Context, bail};
use std::path::{Path, PathBuf};

/// Voxels of a box of an occlusion map, as in the paper.
const PATCH: [usize; 3] = [12, 13, 13];

/// Does the task for what a view shows, into a new folder.
pub(super) fn run(
    request: &BidsAppRequest<'_>,
    subject: &str,
    view: &View,
    made: &Path,
    notify: Notify<'_>,
) -> anyhow::Result<()> {
    let work = Work {
        request,
        subject,
        root: &view.root,
        made,
        notify,
    };
    match request.task {
        BidsTask::Examine => work.examine(),
        BidsTask::Predict(model) => work.predict(model),
        BidsTask::Quantify => work.quantify(),
        BidsTask::Segment(model) => work.segment(model),
        BidsTask::Count(model) => work.count(model),
        BidsTask::Explain(model) => work.explain(model),
    }
}

struct Work<'a> {
    request: &'a BidsAppRequest<'a>,
    subject: &'a str,
    root: &'a Path,
    made: &'a Path,
    notify: Notify<'a>,
}

impl Work<'_> {
    fn examine(&self) -> anyhow::Result<()> {
        let done = examine(
            &ExamineRequest {
                sources: &[self.root.to_owned()],
                output: self.made,
                injected: None,
                series: &[],
                labels: self.request.labels.map(Path::new),
                erode: Some(0),
                kernel: Kernel::Linear,
                predicts: true,
                device: self.request.device,
            },
            self.notify,
        )?;
        for one in done {
            if let Outcome::Failed(why) = one.outcome {
                bail!("{why}");
            }
        }
        self.without_cohort(&self.made.join("derivatives").join("quantities"))
    }

    fn predict(&self, model: &Model) -> anyhow::Result<()> {
        let request = PredictCohortRequest {
            model,
            data: self.root,
            compute: &|| compute(self.request.device, self.notify),
            output: self.made,
        };
        let done = predict_cohort(&request, self.notify)?;
        for one in &done {
            if let Err(why) = &one.outcome {
                bail!("{why}");
            }
        }
        write_cohort_table(&done, self.made)?;
        Ok(())
    }

    fn quantify(&self) -> anyhow::Result<()> {
        let request = QuantifyRequest {
            source: QuantifySource::DataSet {
                root: self.root,
                labels: self.request.labels,
            },
            erode: 0,
            fat: FatStatistic::Median,
            fat_source: FatSource::Sought,
            parameters: None,
            output: Some(self.made),
        };
        quantify(&request, self.notify)?;
        self.without_cohort(self.made)
    }

    /// Means over one patient are none.
    fn without_cohort(&self, folder: &Path) -> anyhow::Result<()> {
        if !folder.is_dir() {
            return Ok(());
        }
        for name in names_in(folder)? {
            if name.starts_with("cohort") {
                std::fs::remove_file(folder.join(name))?;
            }
        }
        Ok(())
    }

    fn segment(&self, model: &Model) -> anyhow::Result<()> {
        let all = bids::scans(self.root)?.0;
        let mut rows = Vec::new();
        for scan in self.scans(&all, "T1w")? {
            let labels = self.labels(&all)?;
            let marked = predict_spaces(
                &PredictSpacesRequest {
                    model,
                    scan: &scan.path,
                    labels: labels.as_deref(),
                    threshold: None,
                    left_out_mm3: 0.0,
                    most_bytes: self.request.most_bytes,
                    compute: &|| compute(self.request.device, self.notify),
                    output: self.made,
                },
                self.notify,
            )?;
            let record = marked.record;
            self.tell(&record.origin.remarks);
            rows.push(vec![
                record.origin.file,
                record.clusters.to_string(),
                format!("{:.3}", record.mm3),
            ]);
        }
        Ok(write_tsv(
            &self.made.join("spaces.tsv"),
            &["file", "clusters", "mm3"],
            &rows,
        )?)
    }

    fn count(&self, model: &Model) -> anyhow::Result<()> {
        let all = bids::scans(self.root)?.0;
        let mut rows = Vec::new();
        for scan in self.scans(&all, "T2w")? {
            let labels = self.labels(&all)?;
            let labels = labels.context("to count, a label map says where the region is")?;
            let (record, _) = predict_counts(
                &PredictCountsRequest {
                    model,
                    scan: &scan.path,
                    labels: &labels,
                    compute: &|| compute(self.request.device, self.notify),
                    output: self.made,
                },
                self.notify,
            )?;
            self.tell(&record.remarks);
            rows.push(vec![
                record.file,
                record.region,
                format!("{:.4}", record.count),
            ]);
        }
        Ok(write_tsv(
            &self.made.join("counts.tsv"),
            &["file", "region", "count"],
            &rows,
        )?)
    }

    fn explain(&self, model: &Model) -> anyhow::Result<()> {
        let all = bids::scans(self.root)?.0;
        let labels = match self.request.labels {
            Some(_) => self.labels(&all)?,
            None => None,
        };
        std::fs::create_dir_all(self.made)?;
        let mut rows = Vec::new();
        for scan in self.scans(&all, "T1w")? {
            let name = format!("{}_occlusion.nii.gz", stem(&scan.path));
            let explained = explain_leak(
                &OcclusionRequest {
                    of: LeakRequest {
                        model,
                        scan: &scan.path,
                        mode: InputMode::default(),
                        compute: &|| compute(self.request.device, self.notify),
                    },
                    patch: PATCH,
                    stride: PATCH,
                    fill: Fill::Zero,
                    part: None,
                    number: None,
                    from_the_beginning: false,
                    output: &self.made.join(&name),
                    raw: None,
                    checks: None,
                    labels: labels.as_deref(),
                },
                self.notify,
            )?;
            let record = explained.record;
            let logit = record
                .logits
                .get(record.number)
                .context("the network gives no such number")?;
            rows.push(vec![
                record.came_from.file,
                record.stands_for,
                format!("{logit:.6}"),
            ]);
        }
        Ok(write_tsv(
            &self.made.join("logits.tsv"),
            &["file", "of", "logit"],
            &rows,
        )?)
    }

    /// The participant's own scans of a kind.
    fn scans<'s>(&self, all: &'s [BidsScan], suffix: &str) -> anyhow::Result<Vec<&'s BidsScan>> {
        let is_wanted = |scan: &&BidsScan| {
            scan.pipeline.is_none() && scan.kind == "anat" && scan.suffix == suffix
        };
        let found: Vec<&BidsScan> = all.iter().filter(is_wanted).collect();
        match found.is_empty() {
            true => bail!("there is no {suffix} scan"),
            false => Ok(found),
        }
    }

    fn labels(&self, all: &[BidsScan]) -> anyhow::Result<Option<PathBuf>> {
        labels_of(all, self.subject, self.request.labels)
    }

    fn tell(&self, remarks: &[String]) {
        for text in remarks {
            remark(self.notify, format!("sub-{}: {text}", self.subject));
        }
    }
}
