//! The shader's twin: the same picture from the same numbers, on the CPU.

use super::lanes::{Blend, ColourTable, LANES, Lanes, Round, SampleLayer};
use super::style::{LayerUniform, SliceUniform};
use super::{MAX_LAYERS, SlicePicture};
use crate::volume::Volume;
use image::RgbaImage;
use pulp::Arch;
use rayon::prelude::*;

/// What a layer is held in for the CPU.
pub trait CpuLayer {
    /// Its voxels.
    fn volume(&self) -> &Volume;

    /// The colours of labels, whose places the voxels are; none for other values.
    fn label_colours(&self) -> &[[u8; 4]] {
        &[]
    }
}

impl CpuLayer for &Volume {
    fn volume(&self) -> &Volume {
        self
    }
}

/// A layer of voxels and the colours of their labels, if they are such.
#[derive(Clone, Copy, Debug)]
pub struct ColouredVolume<'a> {
    /// Its voxels.
    pub volume: &'a Volume,
    /// The colours of labels.
    pub colours: &'a [[u8; 4]],
}

impl CpuLayer for ColouredVolume<'_> {
    fn volume(&self) -> &Volume {
        self.volume
    }

    fn label_colours(&self) -> &[[u8; 4]] {
        self.colours
    }
}

/// Draws a picture on all cores.
#[must_use]
pub fn draw<V: CpuLayer>(picture: &SlicePicture<V>) -> RgbaImage {
    let slice = SliceUniform::new(picture, |layer| {
        let grid = layer.volume().grid();
        (*grid.voxel_from_world(), grid.dims())
    });
    let layers = picture.layers.iter().take(MAX_LAYERS);
    let layers = layers.zip(slice.layers).map(|((layer, _), uniform)| Layer {
        volume: layer.volume(),
        labels: layer.label_colours(),
        table: ColourTable::of(&uniform),
        uniform,
    });
    let twin = Twin {
        arch: Arch::new(),
        layers: layers.collect(),
        difference: ColourTable::of(&slice.difference),
        slice,
    };
    let [width, height] = picture.view.size;
    let mut pixels = vec![0_u8; width as usize * height as usize * 4];
    pixels
        .par_chunks_exact_mut(width.max(1) as usize * 4)
        .enumerate()
        .for_each(|(y, row)| {
            for (at, bytes) in row.chunks_mut(LANES * 4).enumerate() {
                let first = [(at * LANES) as f32 + 0.5, y as f32 + 0.5];
                let colours = &twin.run(first);
                twin.arch.dispatch(Round { colours, bytes });
            }
        });
    // The buffer has the size of the picture by construction.
    RgbaImage::from_raw(width, height, pixels).unwrap_or_default()
}

/// A layer on the CPU.
struct Layer<'a> {
    uniform: LayerUniform,
    volume: &'a Volume,
    labels: &'a [[u8; 4]],
    table: ColourTable,
}

/// The colours of a run: red, green and blue from 0 to 1.
type Colours = [Lanes; 3];

/// A picture as the twin has it.
struct Twin<'a> {
    /// The vectors that the processor has.
    arch: Arch,
    slice: SliceUniform,
    layers: Vec<Layer<'a>>,
    difference: ColourTable,
}

// NOTE: keep in sync with shaders/slice.wgsl; the functions below bear the same names there.
impl Twin<'_> {
    /// The pixels whose first one has its middle here.
    fn run(&self, first: [f32; 2]) -> Colours {
        let [r, g, b, _] = self.slice.background;
        let mut out = [r, g, b].map(|channel| [channel; LANES]);
        match (self.slice.is_paired(), &self.layers[..]) {
            (true, [first_layer, second_layer, ..]) => {
                self.fragment_paired(&mut out, [first_layer, second_layer], first);
            }
            _ => self.fragment(&mut out, first),
        }
        out
    }

    fn fragment(&self, out: &mut Colours, first: [f32; 2]) {
        for layer in &self.layers {
            let values = self.sample_layer(layer, first, [0.0; 2]);
            match layer.uniform.has_labels() {
                false => self.blend(out, layer, &values),
                true => {
                    let is_line = self.is_outline(layer, first, &values);
                    blend_labels(out, layer, &values, &is_line);
                }
            }
        }
    }

    fn sample_layer(&self, layer: &Layer<'_>, first: [f32; 2], beside: [f32; 2]) -> Lanes {
        self.arch.dispatch(SampleLayer {
            slice: &self.slice,
            layer: &layer.uniform,
            volume: layer.volume,
            first,
            beside,
        })
    }

    fn blend(&self, out: &mut Colours, layer: &Layer<'_>, values: &Lanes) {
        self.arch.dispatch(Blend {
            out,
            layer: &layer.uniform,
            table: &layer.table,
            values,
        });
    }

    /// Whether another label lies as far to one of four sides as the line is wide.
    fn is_outline(&self, layer: &Layer<'_>, first: [f32; 2], values: &Lanes) -> [bool; LANES] {
        let mut is_line = [false; LANES];
        let width = layer.uniform.outline[0];
        if width > 0.0 && !is_empty(values) {
            for beside in four_sides(width) {
                let there = self.sample_layer(layer, first, beside);
                for (is_line, (value, there)) in is_line.iter_mut().zip(values.iter().zip(there)) {
                    *is_line |= *value != if there.is_nan() { 0.0 } else { there };
                }
            }
        }
        is_line
    }

    /// The first two layers set against each other.
    fn fragment_paired(&self, out: &mut Colours, pair: [&Layer<'_>; 2], first: [f32; 2]) {
        let slice = &self.slice;
        if slice.mode < 3 {
            let [real, predicted] = pair.map(|layer| self.sample_layer(layer, first, [0.0; 2]));
            // Where one of them has no value there is no difference: NaN.
            let mut values = predicted;
            for (value, real) in values.iter_mut().zip(real) {
                *value -= real;
                if slice.mode == 1 {
                    *value = value.abs();
                }
            }
            self.arch.dispatch(Blend {
                out,
                layer: &slice.difference,
                table: &self.difference,
                values: &values,
            });
            return;
        }
        // One layer or the other, or the second with the edges of the first.
        let down = (first[1] / slice.pairing[0]).floor();
        let is_first: [bool; LANES] = std::array::from_fn(|lane| {
            let x = first[0] + lane as f32;
            match slice.mode {
                3 => x < slice.pairing[0],
                4 => ((x / slice.pairing[0]).floor() + down) % 2.0 == 0.0,
                _ => false,
            }
        });
        for (layer, shows_first) in pair.into_iter().zip([true, false]) {
            if is_first.contains(&shows_first) {
                let mut values = self.sample_layer(layer, first, [0.0; 2]);
                for (value, is_first) in values.iter_mut().zip(is_first) {
                    if is_first != shows_first {
                        *value = f32::NAN;
                    }
                }
                self.blend(out, layer, &values);
            }
        }
        if slice.mode == 5 {
            let shares = self.edge(pair[0], first);
            for (channel, above) in out.iter_mut().zip(slice.outline) {
                for (out, share) in channel.iter_mut().zip(shares) {
                    *out += (above - *out) * share;
                }
            }
        }
    }

    /// How much of an edge of a layer there is: from 0 to 1 where the slope goes from `FAINT_EDGE` to
    /// `FULL_EDGE`, in windows a mm.
    fn edge(&self, layer: &Layer<'_>, first: [f32; 2]) -> Lanes {
        const FAINT_EDGE: f32 = 0.08;
        const FULL_EDGE: f32 = 0.2;
        let sides = four_sides(self.slice.pairing[0]);
        let [right, left, below, above] = sides.map(|side| self.sample_layer(layer, first, side));
        let scale = layer.uniform.per_width * self.slice.pairing[1];
        std::array::from_fn(|lane| {
            let across = (right[lane] - left[lane]) * scale;
            let down = (below[lane] - above[lane]) * scale;
            let slope = (across * across + down * down).sqrt();
            // Where one of the four has no value there is no edge.
            match slope.is_nan() {
                true => 0.0,
                false => ((slope - FAINT_EDGE) / (FULL_EDGE - FAINT_EDGE)).clamp(0.0, 1.0),
            }
        })
    }
}

/// To the right, to the left, below and above.
fn four_sides(reach: f32) -> [[f32; 2]; 4] {
    [[reach, 0.0], [-reach, 0.0], [0.0, reach], [0.0, -reach]]
}

fn is_empty(values: &Lanes) -> bool {
    values.iter().all(|value| value.is_nan())
}

/// The colours of labels at their places in the table; beyond the table there is none.
fn blend_labels(out: &mut Colours, layer: &Layer<'_>, values: &Lanes, is_line: &[bool; LANES]) {
    let full = layer.uniform.opacity;
    let of_line = layer.uniform.outline[1].max(full);
    for (lane, value) in values
        .iter()
        .enumerate()
        .filter(|(_, value)| !value.is_nan())
    {
        let colour = layer.labels.get(*value as usize).copied();
        let [r, g, b, alpha] = colour
            .unwrap_or_default()
            .map(|byte| f32::from(byte) / 255.0);
        let share = alpha * if is_line[lane] { of_line } else { full };
        for (channel, above) in out.iter_mut().zip([r, g, b]) {
            channel[lane] += (above - channel[lane]) * share;
        }
    }
}
