//! The command line: clap types and one thin `run` per command over the same library calls that
//! the window makes.
//!
//! Standard output is data and nothing else; progress, remarks and errors go to standard error.
//! Exit codes: 0 done, 1 failed, 2 bad usage.

mod bern;
mod bids;
mod compare;
mod convert;
mod correlate;
mod curve;
mod demo;
mod diff;
mod doctor;
mod drawn;
mod evaluate;
mod evaluate_leak;
mod evaluate_spaces;
mod examine;
mod explain;
mod hand_out;
mod info;
mod measure;
mod measures_drawn;
mod model;
mod picture;
mod plan;
mod predict;
mod predict_spaces;
mod progress;
mod quantify;
mod register;
mod regress;
mod report;
mod report_leak;
mod report_spaces;
mod simulate;
mod slice;
mod spaces;
mod stats;
mod study;
mod table_args;
mod train;
mod train_leak;
mod train_counts;
mod train_spaces;
mod values;
mod verify_self;

use crate::platform::record_faults;
use crate::text::visible;
use clap::{Parser, Subcommand};
use progress::notify;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// Offline review of intrathecal-contrast MRI. Research use only, not a medical device.
#[derive(Debug, Parser)]
#[command(
    version,
    propagate_version = true,
    args_conflicts_with_subcommands = true
)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    /// Files to open in the window, as a desktop hands them over: scans, sessions, studies.
    #[arg(value_parser = existing)]
    files: Vec<PathBuf>,
}

/// Without a command there must be a file, or else a command was misspelt.
fn existing(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    match path.exists() {
        true => Ok(path),
        false => Err("neither a command nor a file".to_owned()),
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Open the window, with scans if any are named, or with what a session holds.
    View {
        /// Scans to open: the first is the base, the others lie over it. Or one session, as the window saves
        /// it: what was open and how it was shown.
        paths: Vec<PathBuf>,
        /// Set two of the scans side by side, with their difference: the first two, until others are chosen.
        #[arg(long)]
        compare: bool,
    },
    /// Describe a scan: shape, type, affine, statistics, voxel values.
    Info(info::Args),
    /// Write a scan as NIfTI.
    Convert(convert::Args),
    /// Draw one slice into a PNG file.
    Slice(slice::Args),
    /// Draw scans into a picture to be handed on, with letters, scale, colours and what it came from; a
    /// sheet of slices, or a movie.
    Picture(Box<picture::Args>),
    /// Examine patients from the scanner's files on: register each one's scans, conform them, find fat
    /// and planes, predict, and write it all as a data set.
    Examine(examine::Args),
    /// The work on a cohort as a BIDS App: a command for each participant, on whatever engine starts them,
    /// and one that joins their tables.
    Bids(Box<bids::Args>),
    /// Lay scans of one head on each other, or a head on a template.
    Register(Box<register::Args>),
    /// Measure how far a predicted scan is from the real one.
    Diff(diff::Args),
    /// Make, read and export a blinded reading study.
    Study {
        #[command(subcommand)]
        command: study::Command,
    },
    /// Agreement of a study's raters, from a study file or a CSV.
    Stats(Box<stats::Args>),
    /// Write the report of an unsealed study, or of networks for leaks or perivascular spaces: a page to
    /// print, tables, figures, numbers.
    Report(Box<report::Args>),
    /// The Bern score for leaks of CSF, from worksheets.
    Bern {
        #[command(subcommand)]
        command: bern::Command,
    },
    /// Simulate patients with a tracer in their CSF, examined for a leak of it, or with enlarged
    /// perivascular spaces, as a BIDS data set with the truth.
    Simulate(simulate::Args),
    /// Perivascular spaces: score and mend masks, measure clusters, compute Frangi's vesselness.
    Spaces {
        #[command(subcommand)]
        command: spaces::Command,
    },
    /// Train a network.
    Train {
        #[command(subcommand)]
        command: train::Command,
    },
    /// Predict the planes of 24 h from earlier scans, whether a leak of CSF is likely, or where
    /// perivascular spaces are and how many.
    Predict(predict::Args),
    /// Show what a prediction rests on, as a map over the scan.
    Explain(Box<explain::Args>),
    /// Measure what aligned series say: signal, per cent change, tracer by region and hour.
    Quantify(Box<quantify::Args>),
    /// The signal of a place, and of a region, over the volumes of a scan or over scans of several hours,
    /// as CSV.
    Curve(curve::Args),
    /// Measure the distances, angles and regions of a file on a scan, as CSV or JSON: those that were drawn in
    /// the window, on the same scan or on another one in its world.
    Measure(measure::Args),
    /// Measure how good networks are, beside predictions that take none.
    Evaluate(evaluate::Args),
    /// List, show, import and export networks.
    Model {
        #[command(subcommand)]
        command: model::Command,
    },
    /// Look at this machine: what there is to draw and to compute with, where files go, and whether all of
    /// it works. Says nothing of who uses it.
    Doctor(doctor::Args),
    /// Verify this program: numbers, files, pictures and networks computed now beside what they have to be,
    /// hazards with what holds them, what the papers need. A page to print, JSON and text; fails where
    /// anything does.
    VerifySelf(verify_self::Args),
    /// Write the manual pages and the completions of shells that packages carry.
    #[command(hide = true)]
    HandOut(hand_out::Args),
    /// Open the window on a simulated patient; without a display, write pictures and statistics
    /// of several into a folder.
    Demo(demo::Args),
}

/// Does what the command line asks for.
#[must_use]
pub fn run() -> ExitCode {
    record_faults();
    let filter = tracing_subscriber::EnvFilter::try_from_env("CISTERNA_LOG").unwrap_or_else(|_| {
        tracing_subscriber::EnvFilter::new("warn,winit=error,egui_wgpu=error,wgpu_hal=error")
    });
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .without_time()
        .init();
    let cli = Cli::parse();
    let result = match cli.command.unwrap_or(Command::View {
        paths: cli.files,
        compare: false,
    }) {
        Command::View { paths, compare } => match paths.as_slice() {
            // A study has a window of its own.
            [file] if crate::study::is_study_file(file) => {
                let file = file.clone();
                study::run(&study::Command::Open { file })
            }
            _ => crate::app::view(paths, compare),
        },
        Command::Info(args) => info::run(&args),
        Command::Convert(args) => convert::run(&args),
        Command::Slice(args) => slice::run(&args),
        Command::Picture(args) => picture::run(&args),
        Command::Examine(args) => examine::run(&args),
        Command::Bids(args) => bids::run(&args),
        Command::Register(args) => register::run(&args),
        Command::Diff(args) => diff::run(&args),
        Command::Study { command } => study::run(&command),
        Command::Stats(args) => stats::run(&args),
        Command::Report(args) => report::run(&args),
        Command::Bern { command } => bern::run(&command),
        Command::Simulate(args) => simulate::run(&args),
        Command::Spaces { command } => spaces::run(&command),
        Command::Train { command } => train::run(&command),
        Command::Predict(args) => predict::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Quantify(args) => quantify::run(&args),
        Command::Curve(args) => curve::run(&args),
        Command::Measure(args) => measure::run(&args),
        Command::Evaluate(args) => evaluate::run(&args),
        Command::Model { command } => model::run(&command),
        Command::HandOut(args) => hand_out::run(&args),
        Command::Doctor(args) => doctor::run(&args),
        Command::VerifySelf(args) => verify_self::run(&args),
        Command::Demo(args) => demo::run(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read our output has had enough (`cisterna info X | head -1`).
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            remark(&format!("error: {}", message(&error)));
            ExitCode::FAILURE
        }
    }
}

/// What went wrong and why; a cause that was named already is not named twice.
fn message(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
    })
}

/// Writes data to standard output. Names and comments in it cannot move the cursor: what would stands
/// there as an escape, which in JSON means the same.
fn print(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(visible(text).as_bytes())?;
    if !text.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    out.flush()?;
    Ok(())
}

/// Writes a remark to standard error.
fn remark(text: &str) {
    // A closed standard error must not stop the work.
    let _ = writeln!(std::io::stderr(), "{}", visible(text));
}
