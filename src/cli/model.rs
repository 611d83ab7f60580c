//! `cisterna model`: the networks there are, and those of other programs.

use super::{print, remark};
use crate::models::tracer::{Inputs, unet};
use crate::models::{
    Card, Compute, Layout, Model, OutputActivation, TaskCard, WARNING, export_safetensors,
};
use crate::workflows::{ImportRequest, import};
use anyhow::bail;
use clap::{Subcommand, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// The networks that come with the program.
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// The card of a network.
    Show {
        /// A network that comes with the program, by name, or a file.
        model: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Take over a checkpoint of another program: PyTorch (zip or older pickle), safetensors or
    /// burnpack.
    Import(Import),
    /// Write the weights for other programs: safetensors, or burnpack by the name's ending.
    Export {
        /// A network that comes with the program, by name, or a file.
        model: String,
        /// The file: .safetensors or .bpk.
        #[arg(short, long = "output", value_name = "FILE")]
        output: PathBuf,
    },
}

#[derive(Debug, clap::Args)]
pub(super) struct Import {
    /// The checkpoint.
    file: PathBuf,
    /// What the network is.
    #[arg(long = "as", value_name = "KIND")]
    kind: KindArg,
    /// How its tensors are named.
    #[arg(long, default_value = "auto")]
    layout: LayoutArg,
    /// What comes after the last convolution, where the layout does not say.
    #[arg(long)]
    head: Option<HeadArg>,
    /// Which scans go in, as far as known: pre, 1-2h, ...
    #[arg(long, value_name = "I")]
    interval: Option<Inputs>,
    /// The licence of the weights, as far as known.
    #[arg(long)]
    licence: Option<String>,
    /// By what it will be called; otherwise the file's name.
    #[arg(long)]
    name: Option<String>,
    /// The file.
    #[arg(short, long = "output", value_name = "OUT.bpk")]
    output: PathBuf,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum KindArg {
    /// A U-net that predicts the planes of 24 h.
    #[value(alias = "unet")]
    Tracer,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum LayoutArg {
    Auto,
    Milesial,
    Mateuszbuda,
    Cisterna,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum HeadArg {
    Identity,
    Sigmoid,
}

pub(super) fn run(command: &Command) -> anyhow::Result<()> {
    match command {
        Command::List { json } => list(*json),
        Command::Show { model, json } => show(&Model::find(model)?.card, *json),
        Command::Import(import) => take_over(import),
        Command::Export { model, output } => export(model, output),
    }
}

fn list(json: bool) -> anyhow::Result<()> {
    let models = Model::embedded()?;
    if json {
        let cards: Vec<&Card> = models.iter().map(|model| &model.card).collect();
        return print(&serde_json::to_string_pretty(&cards)?);
    }
    remark(WARNING);
    let mut text = String::new();
    for model in &models {
        let card = &model.card;
        text += &format!(
            "{:<12} {}; {}\n",
            card.name,
            card.task.part().summary(),
            card.trained_on()
        );
    }
    print(&text)
}

fn show(card: &Card, json: bool) -> anyhow::Result<()> {
    match json {
        true => print(&serde_json::to_string_pretty(card)?),
        false => print(&card.to_markdown()),
    }
}

fn take_over(args: &Import) -> anyhow::Result<()> {
    let KindArg::Tracer = args.kind;
    import(ImportRequest {
        file: &args.file,
        layout: match args.layout {
            LayoutArg::Auto => None,
            LayoutArg::Milesial => Some(Layout::Milesial),
            LayoutArg::Mateuszbuda => Some(Layout::Mateuszbuda),
            LayoutArg::Cisterna => Some(Layout::Cisterna),
        },
        activation: args.head.map(|head| match head {
            HeadArg::Identity => OutputActivation::Identity,
            HeadArg::Sigmoid => OutputActivation::Sigmoid,
        }),
        inputs: args.interval.clone(),
        licence: args.licence.clone(),
        name: args.name.clone(),
        output: &args.output,
    })?;
    print(&args.output.display().to_string())
}

fn export(name: &str, output: &std::path::Path) -> anyhow::Result<()> {
    let model = Model::find(name)?;
    let TaskCard::Tracer(_) = &model.card.task;
    let (_, net) = unet(&model, Compute::cpu().device())?;
    match output.extension().and_then(|ending| ending.to_str()) {
        Some("safetensors") => export_safetensors(&net, output)?,
        Some("bpk") => Model::write(&net, &model.card, output)?,
        _ => bail!(
            "the name must end in .safetensors or .bpk: {}",
            output.display()
        ),
    }
    print(&output.display().to_string())
}
