//! `cisterna slice`

use super::drawn::{Drawn, difference};
use super::values::{
    ColormapArg, ConventionArg, InterpolationArg, PlaneArg, opacity, size, window, window_rule,
};
use crate::render::{
    Colormap, ColouredVolume, Gpu, LabelLook, LayerStyle, Pairing, RenderError, SlicePicture,
    SlicePipeline, VolumeTexture, draw_on_cpu, real_adapter_name,
};
use crate::volume::{Plane, PlaneView, Volume, Window, WindowRule};
use crate::workflows::ToldBy;
use anyhow::{Context, bail};
use clap::ValueEnum;
use image::RgbaImage;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The scan; one of several in a folder or a zip as PATH!NAME or PATH!NUMBER.
    path: PathBuf,
    /// The anatomical plane.
    #[arg(long)]
    plane: PlaneArg,
    /// Where along the plane's normal, in mm of the world (default: the middle slice).
    #[arg(
        long,
        value_name = "MM",
        conflicts_with = "index",
        allow_negative_numbers = true
    )]
    at: Option<f64>,
    /// The stored slice, counted from 0, along the voxel axis nearest to the normal.
    #[arg(long, value_name = "N")]
    index: Option<usize>,
    /// The volume, counted from 0 over all scans (default: the first of the only scan).
    #[arg(long, value_name = "T")]
    volume: Option<usize>,
    /// Values drawn black and white (default: the 2nd and 98th percentile); with a difference,
    /// the values of its first and last colour.
    #[arg(long, value_name = "LO,HI", value_parser = window, allow_hyphen_values = true)]
    window: Option<Window>,
    /// The window by a rule: full (the least value to the greatest), most (1st to 99th percentile), auto
    /// (2nd to 98th), tissue (2nd to 98th of what is brighter than the background), bright (from the
    /// median of that on), dark (up to it).
    #[arg(long, value_name = "RULE", value_parser = window_rule, conflicts_with_all = ["window", "difference"])]
    window_rule: Option<WindowRule>,
    /// Size of the picture; the scan is fitted into it (default: one pixel for each of the
    /// smallest voxel edges).
    #[arg(long, value_name = "WxH", value_parser = size)]
    size: Option<[u32; 2]>,
    /// How values between voxels are interpolated.
    #[arg(long, default_value = "linear")]
    interpolation: InterpolationArg,
    /// Which side of the patient is on the left.
    #[arg(long, default_value = "radiological")]
    convention: ConventionArg,
    /// A scan to lay over the first. May lie on another grid.
    #[arg(long, value_name = "PATH", conflicts_with = "difference")]
    overlay: Option<PathBuf>,
    /// The overlay's values of the first and last colour; at or below LO it is not drawn.
    #[arg(long, value_name = "LO,HI", value_parser = window, allow_hyphen_values = true, requires = "overlay")]
    overlay_window: Option<Window>,
    /// Colours of the overlay or the difference.
    #[arg(long, value_name = "NAME")]
    colormap: Option<ColormapArg>,
    /// Opacity of the overlay, 0 to 1.
    #[arg(long, value_name = "X", default_value_t = 0.5, value_parser = opacity)]
    opacity: f32,
    /// Whether the overlay, or the scan where there is none, is a label map: each label in its colour,
    /// no label clear.
    #[arg(
        long,
        value_name = "WHEN",
        default_value = "auto",
        conflicts_with = "difference"
    )]
    labels: LabelsArg,
    /// A table of names and colours of labels (BIDS, FreeSurfer, ITK-SNAP, 3D Slicer, FSLeyes, AFNI);
    /// otherwise that beside the label map.
    #[arg(long, value_name = "FILE", conflicts_with = "difference")]
    label_table: Option<PathBuf>,
    /// Pixels that a line around each label is wide.
    #[arg(long, value_name = "PIXELS", default_value_t = 0.0, value_parser = outline, conflicts_with = "difference")]
    outline: f32,
    /// Draw how this scan differs from the first, in place of both.
    #[arg(long, value_name = "PATH")]
    difference: Option<PathBuf>,
    /// Draw the difference with its sign (this scan less the first).
    #[arg(long, requires = "difference")]
    signed: bool,
    /// Where to draw (default: the GPU where there is one).
    #[arg(long)]
    renderer: Option<RendererArg>,
    /// The PNG file to write.
    #[arg(short, long = "output", value_name = "OUT.png")]
    output: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum RendererArg {
    Gpu,
    Cpu,
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum LabelsArg {
    /// By the header, the name or the values, unless a window or colours of values are given for it.
    Auto,
    /// It is one.
    Yes,
    /// It is none.
    No,
}

fn outline(text: &str) -> Result<f32, String> {
    text.parse()
        .ok()
        .filter(|x| (0.0..=50.0).contains(x))
        .ok_or_else(|| format!("{text:?} is not a number of pixels from 0 to 50"))
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let base = open(args, &args.path, args.volume)?;
    let other = match args.overlay.as_ref().or(args.difference.as_ref()) {
        Some(path) => Some(open(args, path, None)?),
        None => None,
    };
    let on_top = other.as_ref().unwrap_or(&base);
    if on_top.labels.is_none() && (args.label_table.is_some() || args.outline > 0.0) {
        bail!(
            "--label-table and --outline are of labels, and what lies on top is taken for none; \
             --labels yes takes it for them"
        );
    }
    let view = view(args, &base.volume)?;
    let window = base_window(args, &base.volume)?;
    let style = LayerStyle {
        interpolation: args.interpolation.into(),
        ..LayerStyle::base(window)
    };
    let first = match (&base.labels, &other) {
        (Some(_), None) => label_style(args, 1.0),
        _ => style,
    };
    let as_values = |of: &Option<Drawn>| args.difference.is_some() || of.is_some();
    let mut picture = SlicePicture {
        view,
        layers: vec![(base.coloured(!as_values(&other)), first)],
        pairing: None,
        background: [0; 3],
    };
    if let Some(other) = &other {
        let colormap = args.colormap.map(Colormap::from);
        if args.difference.is_some() {
            let difference = difference(args.signed, style.window, (args.window, colormap));
            picture.pairing = Some(Pairing::Difference(difference));
            picture.layers.push((other.coloured(false), style));
        } else if other.labels.is_some() {
            let layer = (other.coloured(true), label_style(args, args.opacity));
            picture.layers.push(layer);
        } else {
            let window = args
                .overlay_window
                .unwrap_or_else(|| Window::of_overlay(&other.volume));
            let style = LayerStyle {
                opacity: args.opacity,
                interpolation: args.interpolation.into(),
                ..LayerStyle::overlay(window, colormap.unwrap_or(Colormap::Inferno))
            };
            picture.layers.push((other.coloured(false), style));
        }
    }
    let image = draw(args.renderer, &picture)?;
    image
        .save_with_format(&args.output, image::ImageFormat::Png)
        .with_context(|| format!("cannot write the picture: {}", args.output.display()))?;
    say_what_was_drawn(&picture, &base.volume, args);
    Ok(())
}

/// The values of the scan that are drawn black and white.
fn base_window(args: &Args, base: &Volume) -> anyhow::Result<Window> {
    match (args.window, args.window_rule) {
        (Some(window), _) => Ok(window),
        (None, None) => Ok(Window::auto(base)),
        (None, Some(rule)) => rule.window(base).with_context(|| {
            format!(
                "--window-rule is {}, and by that rule both ends are one value: {}",
                rule.key(),
                args.path.display()
            )
        }),
    }
}

fn label_style(args: &Args, opacity: f32) -> LayerStyle {
    LayerStyle {
        opacity,
        labels: Some(LabelLook {
            outline_px: args.outline,
            outline_opacity: 1.0,
        }),
        ..LayerStyle::labels()
    }
}

/// Whether what lies on top is asked for as values.
fn wants_values(args: &Args) -> bool {
    match args.overlay {
        Some(_) => args.overlay_window.is_some() || args.colormap.is_some(),
        None => args.window.is_some() || args.window_rule.is_some(),
    }
}

fn open(args: &Args, path: &Path, volume_idx: Option<usize>) -> anyhow::Result<Drawn> {
    // Only what lies on top is drawn as labels.
    let is_asked = args.overlay.as_deref().unwrap_or(&args.path) == path;
    let table = args.label_table.as_deref();
    Drawn::open(path, (volume_idx, table), |volume, info| {
        match args.labels {
            _ if !is_asked || args.difference.is_some() => None,
            LabelsArg::Yes => Some(ToldBy::Choice),
            LabelsArg::No => None,
            LabelsArg::Auto if wants_values(args) => None,
            LabelsArg::Auto => ToldBy::of(volume, info),
        }
    })
}

fn view(args: &Args, base: &Volume) -> anyhow::Result<PlaneView> {
    let plane = Plane::from(args.plane);
    let grid = base.grid();
    let n_slices = plane.n_slices(grid);
    let at_mm = match (args.at, args.index) {
        (Some(at_mm), _) => at_mm,
        (None, Some(index)) if index < n_slices => plane.position_of_slice(grid, index),
        (None, Some(index)) => bail!(
            "--index is {index}, and there are {n_slices} {} slices (counted from 0): {}",
            plane.name().to_lowercase(),
            args.path.display()
        ),
        (None, None) => plane.nearest_slice_mm(grid, grid.center_in_world()[plane.normal_axis()]),
    };
    Ok(PlaneView::fit(
        plane,
        args.convention.into(),
        grid,
        at_mm,
        args.size,
    ))
}

fn draw(
    renderer: Option<RendererArg>,
    picture: &SlicePicture<ColouredVolume<'_>>,
) -> anyhow::Result<RgbaImage> {
    let by_cpu = match renderer {
        Some(renderer) => renderer == RendererArg::Cpu,
        // Where the processor does the work of an adapter, the twin of the shader is the faster way.
        None => real_adapter_name().is_none(),
    };
    if by_cpu {
        return Ok(draw_on_cpu(picture));
    }
    match draw_on_gpu(picture) {
        Ok(image) => Ok(image),
        Err(error) if renderer.is_none() => {
            super::remark(&format!("drawn on the CPU: {error}"));
            Ok(draw_on_cpu(picture))
        }
        Err(error) => Err(error.into()),
    }
}

fn draw_on_gpu(picture: &SlicePicture<ColouredVolume<'_>>) -> Result<RgbaImage, RenderError> {
    let gpu = Gpu::headless()?;
    let pipeline = SlicePipeline::new(&gpu.device, &gpu.queue, SlicePipeline::IMAGE);
    let mut layers = Vec::new();
    for (layer, style) in &picture.layers {
        let ColouredVolume { volume, colours } = *layer;
        let texture = match style.labels {
            Some(_) => VolumeTexture::of_labels(&gpu.device, &gpu.queue, volume, colours)?,
            None => VolumeTexture::new(&gpu.device, &gpu.queue, volume)?,
        };
        if let Some(by) = texture.reduced_by() {
            super::remark(&format!(
                "the scan is larger than the graphics adapter allows and is drawn coarser by {by:?}"
            ));
        }
        layers.push((texture, *style));
    }
    gpu.draw(
        &pipeline,
        &SlicePicture {
            view: picture.view,
            layers,
            pairing: picture.pairing,
            background: picture.background,
        },
    )
}

fn say_what_was_drawn(picture: &SlicePicture<ColouredVolume<'_>>, base: &Volume, args: &Args) {
    let axis = picture.view.plane.normal_axis();
    let letters = picture.view.letters(base.orientation());
    let window = match picture.pairing {
        Some(Pairing::Difference(difference)) => difference.style.window,
        _ => picture.layers[0].1.window,
    };
    super::remark(&format!(
        "{} at {} = {:.2} mm, {} on the left, window {} to {}: {}",
        picture.view.plane.name(),
        ["x", "y", "z"][axis],
        picture.view.to_world([0.0, 0.0])[axis],
        letters.left,
        window.low,
        window.high,
        args.output.display(),
    ));
}
