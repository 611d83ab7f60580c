//! Regions of a series, measured where its scans lie in the window.

use super::{Message, ViewerJobs};
use crate::anatomy::FatStatistic;
use crate::app::viewer::regions::{MeasuredRegions, RegionSeries};
use crate::workflows::{FatSource, QuantifyRequest, QuantifySource, quantify};
use std::sync::Arc;

impl ViewerJobs {
    /// Measures all regions in all scans; nothing is written.
    pub(in crate::app::viewer) fn measure_regions(&self, series: RegionSeries) {
        self.running.spawn("regions", move |job| {
            job.say("Measuring regions", 0.0);
            let (scans, labels) = series.placed();
            let request = QuantifyRequest {
                source: QuantifySource::Placed {
                    scans: &scans,
                    labels: &labels,
                },
                erode: 0,
                fat: FatStatistic::Median,
                fat_source: FatSource::SoughtOrSidecar,
                parameters: None,
                output: None,
            };
            match quantify(&request, &|notice| job.notice(notice)) {
                Ok(quantified) => {
                    let measured = MeasuredRegions::new(quantified, series);
                    job.send(Message::Regions(Arc::new(measured)));
                }
                Err(_) if job.is_cancelled() => {}
                Err(error) => job.send(Message::Failed(format!(
                    "the regions cannot be measured: {error:#}"
                ))),
            }
        });
    }
}
