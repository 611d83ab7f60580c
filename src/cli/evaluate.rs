//! `cisterna evaluate`: how good networks are, beside predictions that take none.

use super::train::{PreparationArgs, cases};
use super::{device, print, remark};
use crate::models::{
    Card, Case, DeviceChoice, Evaluation, Model, PLANE_PIXELS, evaluate, predictions,
};
use crate::render::Colormap;
use crate::report::{ImageCell, image_table};
use anyhow::{Context, bail};
use serde_json::json;
use std::fmt::Write;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A BIDS data set with HoursAfterInjection beside its T1-weighted scans.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Networks that come with the program, by name, or files.
    #[arg(long = "model", value_name = "NAME|FILE", num_args = 1.., required = true)]
    models: Vec<String>,
    /// Where the planes lie: a CSV with participant_id, axial_mm, sagittal_mm.
    #[arg(long, value_name = "CSV")]
    planes: Option<PathBuf>,
    /// auto, gpu or cpu.
    #[arg(long, default_value = "auto")]
    device: DeviceChoice,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Draw these patients into a PNG: what goes in, the real scan, and what each network
    /// predicts with its difference.
    #[arg(long, value_name = "SUB", num_args = 1.., requires = "output")]
    figure: Vec<String>,
    /// The PNG of --figure.
    #[arg(short, long = "output", value_name = "PNG")]
    output: Option<PathBuf>,
}

struct Judged {
    card: Card,
    evaluation: Evaluation,
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let compute = device(args.device)?;
    let mut judged = Vec::new();
    let mut rows: Vec<Vec<ImageCell>> = Vec::new();
    for name in &args.models {
        let model = Model::find(name)?;
        let Some(inputs) = &model.card.inputs else {
            bail!("the card of {name} does not say which scans go in");
        };
        let preparing = PreparationArgs::of(model.card.preparation, args.planes.clone());
        let cases = cases(&args.data, inputs, &preparing)?;
        let own = model.card.split_of(&cases.fingerprint);
        // A line takes two others.
        if cases.cases.len() < 3 {
            bail!("{} has too few patients to judge by", args.data.display());
        }
        let (_, net) = model.unet(compute.device())?;
        let net = net.folded();
        let evaluation = evaluate(&net, &cases, own, compute.device())?;
        remark(&format!("{}: {}", model.card.name, model.card.trained_on()));
        let wanted: Vec<String> = args
            .figure
            .iter()
            .map(|subject| subject.trim_start_matches("sub-").to_owned())
            .collect();
        for subject in &wanted {
            let found = cases.of(std::slice::from_ref(subject));
            let case = found
                .first()
                .with_context(|| format!("sub-{subject} has not all the scans"))?;
            let made = predictions(&net, &found, compute.device())?;
            rows.extend(pictures(&model.card.name, subject, case, &made[0]));
        }
        judged.push(Judged {
            card: model.card,
            evaluation,
        });
    }
    if let Some(path) = &args.output {
        let png = image_table(&rows)?;
        std::fs::write(path, png).with_context(|| path.display().to_string())?;
    }
    if args.json {
        let models: Vec<serde_json::Value> = judged.iter().map(Judged::json).collect();
        return print(&serde_json::to_string_pretty(&json!({ "models": models }))?);
    }
    print(&table(&judged))
}

/// Both planes of a patient: what goes in last, the real scan, what is predicted, and how far it
/// is off.
fn pictures(model: &str, subject: &str, case: &Case, made: &[f32]) -> [Vec<ImageCell>; 2] {
    let last = &case.input[case.input.len() - 2 * PLANE_PIXELS..];
    [0, 1].map(|plane| {
        let part = |values: &[f32]| values[plane * PLANE_PIXELS..][..PLANE_PIXELS].to_vec();
        let off: Vec<f32> = part(made)
            .iter()
            .zip(part(&case.target))
            .map(|(made, real)| (made - real).abs())
            .collect();
        let hours = |at: usize| case.hours.get(at).copied().unwrap_or_default();
        let n = case.hours.len();
        let gray = |title: String, values| ImageCell {
            title,
            values,
            high: 1.0,
            colours: Colormap::Gray.table(),
        };
        vec![
            gray(
                format!("sub-{subject}, {:.1} h", hours(n.saturating_sub(2))),
                part(last),
            ),
            gray(format!("Real, {:.1} h", hours(n - 1)), part(&case.target)),
            gray(format!("Predicted by {model}"), part(made)),
            ImageCell {
                title: "Absolute difference, 0 to 0.5".to_owned(),
                values: off,
                high: 0.5,
                colours: Colormap::Inferno.table(),
            },
        ]
    })
}

impl Judged {
    fn interval(&self) -> String {
        self.card
            .inputs
            .as_ref()
            .map_or_else(String::new, ToString::to_string)
    }

    fn json(&self) -> serde_json::Value {
        let evaluation = &self.evaluation;
        json!({
            "name": self.card.name,
            "interval": self.interval(),
            "loss": self.card.loss().map(|loss| loss.to_string()),
            "patients": evaluation.patients,
            "mse": evaluation.test.mse,
            "mae": evaluation.test.mae,
            "train": evaluation.train,
            "train_patients": evaluation.train_patients,
            "is_own_data": evaluation.is_own_data,
            "trained_on": self.card.trained_on(),
            "baselines": evaluation.baselines,
        })
    }
}

/// The errors as the tracer study's Table 2 has them, a row for each network and each baseline.
fn table(judged: &[Judged]) -> String {
    let mut text = format!(
        "{:<16} {:<10} {:<4} {:>8} {:>9} {:>8} {:>9} {:>8}\n",
        "network", "interval", "loss", "patients", "test MSE", "test MAE", "train MSE", "train MAE"
    );
    for one in judged {
        let evaluation = &one.evaluation;
        let loss = one
            .card
            .loss()
            .map_or_else(String::new, |loss| loss.to_string());
        let train = evaluation.train.map_or_else(
            || format!("{:>9} {:>8}", "-", "-"),
            |train| format!("{:>9.5} {:>8.4}", train.mse, train.mae),
        );
        let mut row = |name: &str, loss: &str, mse: f64, mae: f64, train: &str| {
            // Writing to a string does not fail.
            let _ = writeln!(
                text,
                "{name:<16} {:<10} {loss:<4} {:>8} {mse:>9.5} {mae:>8.4} {train}",
                one.interval(),
                evaluation.patients
            );
        };
        row(
            &one.card.name,
            &loss,
            evaluation.test.mse,
            evaluation.test.mae,
            &train,
        );
        let baselines = &evaluation.baselines;
        for (name, errors) in [
            ("  copy", baselines.copy),
            ("  mean", baselines.mean),
            ("  linear", baselines.linear),
        ] {
            row(name, "", errors.mse, errors.mae, "");
        }
    }
    if judged.iter().any(|one| !one.evaluation.is_own_data) {
        text.push_str(
            "\nA network that was not trained on this data set is judged by all of its patients; the\n\
             mean and the lines of each are learned from all others.\n",
        );
    }
    text
}
