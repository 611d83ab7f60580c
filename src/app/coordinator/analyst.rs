//! The statistics' thread: thousands of resamples take seconds, and reports more.

use super::reply::{Outbox, Reply, Results};
use super::results::{SealedResults, StudyResults};
use super::words::sentence;
use crate::report::{
    Analysis, AnalysisOptions, ReportOptions, StudyAnalysis, StudyData, report_files, write_report,
};
use crate::study::{GradeTable, TableRow, write_new};
use anyhow::{Context as _, bail};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::mpsc::Receiver;

/// What is to be computed or written.
pub(super) enum StatisticsRequest {
    /// Agreement by case code alone.
    Sealed {
        grades: Vec<TableRow>,
        levels: Vec<f64>,
    },
    /// Everything an unsealed study says.
    Study(Box<StudyData>),
    /// The report of the study, into a new folder.
    Report(PathBuf),
    /// One of the report's figures, by its name there, to a new file.
    Figure(String, PathBuf),
}

/// Computes while the window is open.
pub(super) struct Analyst {
    data: Option<Box<StudyData>>,
    /// The report, once it was made: its figures are saved one by one.
    files: Option<Vec<(String, Vec<u8>)>>,
    replies: Outbox,
}

impl Analyst {
    pub(super) fn new(replies: Outbox) -> Self {
        Self {
            data: None,
            files: None,
            replies,
        }
    }

    /// Works until the window is gone. Of statistics that wait, only the latest are computed.
    pub(super) fn run(mut self, requests: &Receiver<StatisticsRequest>) {
        let mut waiting = VecDeque::new();
        while let Some(request) = waiting.pop_front().or_else(|| requests.recv().ok()) {
            waiting.extend(requests.try_iter());
            let is_newer = |other: &StatisticsRequest| {
                matches!(
                    other,
                    StatisticsRequest::Sealed { .. } | StatisticsRequest::Study(_)
                )
            };
            if matches!(request, StatisticsRequest::Sealed { .. }) && waiting.iter().any(is_newer) {
                continue;
            }
            self.answer(request);
        }
    }

    fn answer(&mut self, request: StatisticsRequest) {
        match request {
            StatisticsRequest::Sealed { grades, levels } => {
                self.replies.send(Reply::Computing);
                let results = sealed(grades, levels);
                self.reply(results);
            }
            StatisticsRequest::Study(data) => {
                self.replies.send(Reply::Computing);
                let analysis = StudyAnalysis::of(&data, &ReportOptions::default());
                self.data = Some(data);
                let results = analysis.map(|of| Results::Study(Box::new(StudyResults::of(of))));
                self.reply(results.map_err(Into::into));
            }
            StatisticsRequest::Report(folder) => {
                let said = self.report(&folder);
                self.replies
                    .send(Reply::Saved(said.map_err(|error| sentence(&error))));
            }
            StatisticsRequest::Figure(name, path) => {
                let said = self.figure(&name, &path);
                self.replies
                    .send(Reply::Saved(said.map_err(|error| sentence(&error))));
            }
        }
    }

    fn reply(&self, results: anyhow::Result<Results>) {
        self.replies.send(Reply::Computed(
            results.map(Box::new).map_err(|error| sentence(&error)),
        ));
    }

    fn data(&self) -> anyhow::Result<&StudyData> {
        self.data.as_deref().context("the study is still sealed")
    }

    fn report(&self, folder: &Path) -> anyhow::Result<String> {
        write_report(self.data()?, &ReportOptions::default(), folder)?;
        Ok(format!("The report is written: {}", folder.display()))
    }

    /// The ending of the path says whether it is vectors or pixels.
    fn figure(&mut self, name: &str, path: &Path) -> anyhow::Result<String> {
        let ending = path.extension().and_then(|ending| ending.to_str());
        let ending = match ending.map(str::to_lowercase).as_deref() {
            Some("svg") => "svg",
            Some("png") => "png",
            _ => bail!(
                "a figure is saved as .svg or .png, by the end of its path: {}",
                path.display()
            ),
        };
        if self.files.is_none() {
            self.files = Some(report_files(self.data()?, &ReportOptions::default())?);
        }
        let parts = self.files.iter().flatten().filter_map(|(file, bytes)| {
            let stem = file.strip_prefix("figures/")?.strip_suffix(ending)?;
            let rest = stem.strip_suffix('.')?.strip_prefix(name)?;
            (rest.is_empty() || rest.starts_with("_part_")).then_some((rest, bytes))
        });
        let mut n_written = 0;
        for (rest, bytes) in parts {
            let stem = path.file_stem().and_then(|stem| stem.to_str());
            let stem = stem.unwrap_or("figure");
            let path = path.with_file_name(format!("{stem}{rest}.{ending}"));
            write_new(&path, bytes)?;
            n_written += 1;
        }
        match n_written {
            0 => bail!("the report has no figure \"{name}\""),
            1 => Ok(format!("The figure is written: {}", path.display())),
            n => Ok(format!(
                "The figure's {n} parts are written: {}",
                path.display()
            )),
        }
    }
}

fn sealed(grades: Vec<TableRow>, levels: Vec<f64>) -> anyhow::Result<Results> {
    if grades.is_empty() {
        return Ok(Results::NoGrades);
    }
    let options = AnalysisOptions {
        levels: Some(levels),
        ..AnalysisOptions::default()
    };
    let analysis = Analysis::of(&GradeTable::new(grades)?, &options)?;
    let results = SealedResults::of(analysis).context("there is no agreement to compute")?;
    Ok(Results::Sealed(Box::new(results)))
}
