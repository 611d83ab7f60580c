//! `cisterna model`: the networks there are, and those of other programs.

use super::values::triple;
use super::{notify, print, remark};
use crate::models::leak::{IntensityScaling, LeakPreparation};
use crate::models::tracer::{Inputs, unet};
use crate::models::{
    Card, Classifier, ClassifierKind, Compute, Layout, Model, Network, OutputActivation, Precision,
    TaskCard, WARNING, classifier_of, counter_of, volume_unets_of,
};
use crate::workflows::{
    ImportRequest, LeakImportRequest, SpacesImportRequest, import, import_leak, import_spaces,
    put_trial,
};
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
    /// burnpack; networks for spaces from Keras too.
    Import(Import),
    /// Put what `evaluate -o` found on the card of a tracer network: what it may be used for, and how its
    /// spread becomes a standard deviation.
    Tried {
        /// A network that comes with the program, by name, or a file.
        model: String,
        /// `evaluation.json` of `evaluate -o`, with patients that the network did not learn from.
        #[arg(long, value_name = "FILE")]
        evaluation: PathBuf,
        /// The file: the same network with the new card.
        #[arg(short, long = "output", value_name = "OUT.bpk")]
        output: PathBuf,
    },
    /// Write the weights for other programs, with the card: safetensors, or burnpack by the name's ending.
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
    /// Leak networks: voxels that scans are brought to, left-right, back-front and feet-head;
    /// otherwise as a bundle says, or 240,260,260.
    #[arg(long, value_name = "X,Y,Z", value_parser = triple)]
    size: Option<[usize; 3]>,
    /// Leak networks: the size of their voxels; 1 unless told.
    #[arg(long, value_name = "MM")]
    spacing_mm: Option<f64>,
    /// Leak networks: how values are scaled: none, as unless told, min-max, z-score or
    /// z-score-nonzero, tissue.
    #[arg(long)]
    scaling: Option<IntensityScaling>,
    /// Leak networks: what numbers are divided by before they become probabilities, where they were
    /// calibrated.
    #[arg(long, value_name = "T")]
    temperature: Option<f64>,
    /// Leak networks: which number stands for a leak, from 0; otherwise the last one.
    #[arg(long, value_name = "N")]
    positive: Option<usize>,
    /// Networks for spaces: checkpoints of the other folds, whose mean is told.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    folds: Vec<PathBuf>,
    /// Networks for spaces: what norms add to the variance, where the file does not tell it; otherwise
    /// 0.001, as in Keras.
    #[arg(long, value_name = "E")]
    epsilon: Option<f64>,
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
    /// A three-dimensional DenseNet as MONAI names its tensors, or a MONAI bundle of one: says whether
    /// a leak of CSF is likely. Its blocks are those that the tensors tell.
    #[value(alias = "densenet", alias = "leak")]
    Densenet121,
    /// A U-net of three dimensions that marks perivascular spaces, as SHIVA's: a file of Keras (.h5,
    /// .weights.h5, .keras), or PyTorch with tensors named as this program names them.
    Spaces,
    /// A small fully convolutional network as the UK Biobank's authors name its tensors, for the same.
    Sfcn,
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
        Command::Tried {
            model,
            evaluation,
            output,
        } => {
            put_trial(model, evaluation, output)?;
            print(&output.display().to_string())
        }
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
    let kind = match args.kind {
        KindArg::Spaces => return take_over_spaces(args),
        KindArg::Tracer => None,
        KindArg::Densenet121 => Some(ClassifierKind::Densenet(None)),
        KindArg::Sfcn => Some(ClassifierKind::Sfcn),
    };
    if !args.folds.is_empty() || args.epsilon.is_some() {
        bail!("--folds and --epsilon are for networks for spaces");
    }
    if let Some(kind) = kind {
        return take_over_leak(args, kind);
    }
    let of_leak = [
        ("--size", args.size.is_some()),
        ("--spacing-mm", args.spacing_mm.is_some()),
        ("--scaling", args.scaling.is_some()),
        ("--temperature", args.temperature.is_some()),
        ("--positive", args.positive.is_some()),
    ];
    if let Some((name, _)) = of_leak.iter().find(|(_, is_given)| *is_given) {
        bail!("{name} is for leak networks");
    }
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

fn take_over_spaces(args: &Import) -> anyhow::Result<()> {
    let is_other = args.interval.is_some()
        || args.head.is_some()
        || !matches!(args.layout, LayoutArg::Auto)
        || args.size.is_some()
        || args.spacing_mm.is_some()
        || args.scaling.is_some()
        || args.temperature.is_some()
        || args.positive.is_some();
    if is_other {
        bail!("of a network for spaces only --folds, --epsilon, --licence and --name can be told");
    }
    let mut files = vec![args.file.clone()];
    files.extend(args.folds.iter().cloned());
    import_spaces(&SpacesImportRequest {
        files: &files,
        epsilon: args.epsilon,
        licence: args.licence.clone(),
        name: args.name.clone(),
        output: &args.output,
    })?;
    print(&args.output.display().to_string())
}

fn take_over_leak(args: &Import, kind: ClassifierKind) -> anyhow::Result<()> {
    if args.interval.is_some() || args.head.is_some() || !matches!(args.layout, LayoutArg::Auto) {
        bail!("--interval, --head and --layout are for tracer networks");
    }
    let notify = notify();
    let usual = LeakPreparation::default();
    let request = LeakImportRequest {
        file: &args.file,
        kind,
        size: args.size,
        preparation: LeakPreparation {
            spacing_mm: args.spacing_mm.unwrap_or(usual.spacing_mm),
            scaling: args.scaling.unwrap_or(usual.scaling),
            ..usual
        },
        temperature: args.temperature,
        positive: args.positive,
        licence: args.licence.clone(),
        name: args.name.clone(),
        output: &args.output,
    };
    import_leak(request, &notify)?;
    drop(notify);
    print(&args.output.display().to_string())
}

fn export(name: &str, output: &std::path::Path) -> anyhow::Result<()> {
    let model = Model::find(name)?;
    let device = Compute::cpu();
    match &model.card.task {
        TaskCard::Tracer(_) => {
            let (_, net) = unet(&model, device.device())?;
            export_net(&net, &model, Precision::Half, output)?;
        }
        TaskCard::Spaces(_) => {
            let (_, net) = volume_unets_of(model.weights()?, device.device())?;
            export_net(&net, &model, Precision::Half, output)?;
        }
        TaskCard::Counts(_) => {
            let (_, net) = counter_of(model.weights()?, device.device())?;
            export_net(&net, &model, Precision::Half, output)?;
        }
        TaskCard::Leak(_) => match classifier_of(model.weights()?, device.device())? {
            Classifier::Densenet(net) => export_net(&*net, &model, Precision::Single, output)?,
            Classifier::Sfcn(net) => export_net(&*net, &model, Precision::Single, output)?,
        },
    }
    print(&output.display().to_string())
}

fn export_net(
    net: &impl Network,
    model: &Model,
    precision: Precision,
    output: &std::path::Path,
) -> anyhow::Result<()> {
    match output.extension().and_then(|ending| ending.to_str()) {
        Some("safetensors") => Model::export_safetensors(net, &model.card, output)?,
        Some("bpk") => Model::write_as(net, &model.card, precision, output)?,
        _ => bail!(
            "the name must end in .safetensors or .bpk: {}",
            output.display()
        ),
    }
    Ok(())
}
