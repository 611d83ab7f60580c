//! `cisterna model`: the networks there are, and those of other programs.

use super::train::today;
use super::{print, remark};
use crate::models::{
    Card, Checkpoint, Compute, Head, Imported, Inputs, Layout, Model, Origin, Preparation, WARNING,
    export_safetensors, file_sha256,
};
use anyhow::{Context, bail};
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
    Unet,
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
        let inputs = card
            .inputs
            .as_ref()
            .map_or_else(String::new, ToString::to_string);
        text += &format!(
            "{:<12} from {inputs}, {} features; {}\n",
            card.name,
            card.shape.features,
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

fn take_over(import: &Import) -> anyhow::Result<()> {
    let KindArg::Unet = import.kind;
    let layout = match import.layout {
        LayoutArg::Auto => None,
        LayoutArg::Milesial => Some(Layout::Milesial),
        LayoutArg::Mateuszbuda => Some(Layout::Mateuszbuda),
        LayoutArg::Cisterna => Some(Layout::Cisterna),
    };
    let head = import.head.map(|head| match head {
        HeadArg::Identity => Head::Identity,
        HeadArg::Sigmoid => Head::Sigmoid,
    });
    let checkpoint = Checkpoint::open(&import.file)?;
    let found = layout.or_else(|| checkpoint.layout());
    let (shape, net) = checkpoint.unet(layout, head, Compute::cpu().device())?;
    if let Some(inputs) = &import.interval
        && inputs.channels() != shape.channels_in
    {
        bail!(
            "{inputs} makes {} planes, but the network takes {}: {}",
            inputs.channels(),
            shape.channels_in,
            import.file.display()
        );
    }
    if shape.channels_out != 2 {
        bail!(
            "the network gives {} planes, where an axial and a sagittal one are wanted: {}",
            shape.channels_out,
            import.file.display()
        );
    }
    let file = import
        .file
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let stem = import
        .file
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let card = Card {
        name: import.name.clone().unwrap_or(stem),
        warning: WARNING.to_owned(),
        use_of_it: "Taken over from another program's checkpoint. What it was trained on and how good it is are not known here. Not to be used for any decision about a patient.".to_owned(),
        licence: import.licence.clone(),
        date: today(),
        made_by: format!("cisterna {}", env!("CARGO_PKG_VERSION")),
        n_weights: net.n_weights(),
        shape,
        inputs: import.interval.clone(),
        preparation: Preparation::default(),
        origin: Origin::Imported(Imported {
            file,
            sha256: file_sha256(&import.file)
                .with_context(|| format!("cannot be opened again: {}", import.file.display()))?,
            layout: found.context("the layout is not known")?,
        }),
    };
    Model::write(&net, &card, &import.output)?;
    print(&import.output.display().to_string())
}

fn export(name: &str, output: &std::path::Path) -> anyhow::Result<()> {
    let model = Model::find(name)?;
    let (_, net) = model.unet(Compute::cpu().device())?;
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
