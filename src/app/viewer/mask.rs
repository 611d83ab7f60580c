//! A mask that is looked through over its scan: by a threshold and a smallest size, cluster by cluster,
//! with a brush. What is changed by hand is kept apart from what the file said.

use super::labels::Labels;
use super::scan::Scan;
use crate::enhancement::Regions;
use crate::render::{LayerStyle, VolumeTexture};
use crate::volume::{Grid, LabelMap, MaskChanges, Plane, Volume, VolumeError};
use crate::workflows::{ClusterRow, MadeMask, MaskRequest, PictureVolume, make_mask};
use nalgebra::{Point3, Vector3};
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

/// Thresholds that can be chosen; above the last of them would be nothing.
pub(super) const THRESHOLDS: RangeInclusive<f64> = 0.0..=0.999;
/// How wide the brush can be, mm.
pub(super) const BRUSHES_MM: RangeInclusive<f64> = 0.2..=30.0;

/// A change of the mask that is being looked through.
#[derive(Clone, Debug, PartialEq)]
pub enum MaskEdit {
    /// Show its panel or hide it; what was changed stays.
    Show(bool),
    /// A voxel is in the mask where the value is above this.
    Threshold(f64),
    /// Clusters of at most so many mm3 are left out.
    LeftOut(f64),
    /// How wide the brush is, mm.
    Brush(f64),
    /// A stroke begins.
    Begin,
    /// The brush went from one place of the world to another in a plane, and puts voxels in or takes
    /// them out.
    Stroke(Plane, [Point3<f64>; 2], bool),
    /// Take out the cluster at a place of the world.
    TakeOutAt(Point3<f64>),
    /// Choose a cluster and go there, or choose none.
    Choose(Option<u32>),
    /// Take out a cluster.
    TakeOut(u32),
    /// Take back what was changed last.
    Undo,
    /// Do it again.
    Redo,
    /// How it is drawn.
    Style(LayerStyle),
    /// Who looks through it.
    By(String),
    /// What the table is sorted by.
    Sort(ClusterOrder),
}

/// What the table of clusters is sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClusterOrder {
    /// The largest first.
    #[default]
    Volume,
    /// The longest first.
    Length,
    /// The widest first.
    Width,
    /// By region, then the largest first.
    Region,
}

/// What a mask is made of, shared with the job that makes it.
#[derive(Clone)]
pub(super) struct MaskInputs {
    pub(super) map: Volume,
    pub(super) threshold: f64,
    pub(super) left_out_mm3: f64,
    pub(super) changes: MaskChanges,
    pub(super) regions: Option<Arc<Regions>>,
    pub(super) scan: Option<Volume>,
}

impl MaskInputs {
    pub(super) fn request(&self) -> MaskRequest<'_> {
        MaskRequest {
            map: &self.map,
            threshold: self.threshold,
            left_out_mm3: self.left_out_mm3,
            changes: &self.changes,
            regions: self.regions.as_deref(),
            scan: self.scan.as_ref(),
        }
    }

    pub(super) fn make(&self) -> MadeMask {
        make_mask(&self.request())
    }
}

/// What a mask is opened from.
pub(super) struct WantedMask {
    pub(super) source: Arc<Scan>,
    /// The labels of the source, where it is a label map.
    pub(super) labels: Option<Arc<Labels>>,
    /// Where its clusters lie.
    pub(super) regions: Option<Arc<Labels>>,
    /// What it lies on, on the same grid.
    pub(super) scan: Option<Volume>,
}

/// What a job made.
pub(super) struct MaskMade {
    pub(super) made: MadeMask,
    pub(super) texture: Option<VolumeTexture>,
    /// Of what state of the desk.
    pub(super) generation: u64,
}

/// A mask that is looked through.
pub struct MaskDesk {
    /// Whether its panel is shown.
    pub open: bool,
    /// The file of the mask or of the probabilities.
    pub source: Arc<Scan>,
    /// Whether its values are more than 0 and 1, so that a threshold says something.
    pub is_probability: bool,
    /// How wide the brush is, mm.
    pub brush_mm: f64,
    /// Who looks through it.
    pub by: String,
    /// The cluster chosen, by its number.
    pub chosen: Option<u32>,
    /// What the table is sorted by.
    pub order: ClusterOrder,
    /// Where it was saved as it is now.
    pub saved: Option<PathBuf>,
    /// How it is drawn.
    pub style: LayerStyle,
    pub(super) inputs: MaskInputs,
    /// What was made last, with what was painted since.
    made: MadeMask,
    texture: Option<VolumeTexture>,
    /// Its states for the twin of the shader, until one of them changes.
    voxels: OnceLock<PictureVolume>,
    generation: u64,
    /// What the job that is running makes, or made.
    asked: u64,
    is_running: bool,
}

/// So many voxels at most are handed to the GPU between two frames: a few milliseconds.
const MOST_AT_ONCE: usize = 1 << 20;

/// Colours of the states of a mask: none, in it, put in by hand, taken out by hand.
pub(super) const STATE_COLOURS: [[u8; 4]; 4] = [
    [0; 4],
    [0xe6, 0x9f, 0x00, 0xff],
    [0x00, 0xb4, 0x7a, 0xff],
    [0xcc, 0x79, 0xa7, 0x80],
];

impl MaskDesk {
    pub(super) fn new(source: Arc<Scan>, inputs: MaskInputs, first: MaskMade) -> Self {
        let values = inputs.map.values();
        Self {
            open: true,
            is_probability: values.iter().any(|value| *value != 0.0 && *value != 1.0),
            source,
            brush_mm: 2.0,
            by: String::new(),
            chosen: None,
            order: ClusterOrder::default(),
            saved: None,
            style: LayerStyle::labels(),
            inputs,
            made: first.made,
            texture: first.texture,
            voxels: OnceLock::new(),
            generation: 0,
            asked: 0,
            is_running: false,
        }
    }

    /// A mask that was looked through before: what was changed of it is in no file.
    pub(super) fn again(source: Arc<Scan>, inputs: MaskInputs, first: MaskMade) -> Self {
        Self {
            generation: first.generation,
            asked: first.generation,
            ..Self::new(source, inputs, first)
        }
    }

    /// What the mask is now.
    #[must_use]
    pub fn made(&self) -> &MadeMask {
        &self.made
    }

    /// What was changed by hand.
    #[must_use]
    pub fn changes(&self) -> &MaskChanges {
        &self.inputs.changes
    }

    /// The threshold and the volume that is left out, mm3.
    #[must_use]
    pub fn limits(&self) -> (f64, f64) {
        (self.inputs.threshold, self.inputs.left_out_mm3)
    }

    /// Whether the table is of the mask as it is now.
    #[must_use]
    pub fn is_current(&self) -> bool {
        self.generation == self.asked && !self.is_running
    }

    /// Whether it is in no file: something was changed, or a network made it.
    #[must_use]
    pub fn is_unsaved(&self) -> bool {
        let is_new = self.generation > 0 || self.source.marks().is_some();
        is_new && self.saved.is_none()
    }

    /// Counts changes, so that it is known what is of which state.
    pub(super) fn generation(&self) -> u64 {
        self.generation
    }

    /// A state was saved; what was changed since was not.
    pub(super) fn take_saved(&mut self, generation: u64, folder: PathBuf) {
        if generation == self.generation {
            self.saved = Some(folder);
        }
    }

    pub(super) fn texture(&self) -> Option<VolumeTexture> {
        self.texture.clone()
    }

    /// The same for the twin of the shader; made where it is drawn.
    pub(super) fn voxels(&self) -> PictureVolume {
        let make = || {
            let (map, state) = (self.inputs.map.clone(), self.made.state.clone());
            // There is a state for each voxel.
            PictureVolume::labels(STATE_COLOURS.to_vec(), move || {
                states(&map, &state).unwrap_or(map)
            })
        };
        self.voxels.get_or_init(make).clone()
    }

    /// What a job is to make, where something changed since the last one and none is running.
    pub(super) fn wanted(&mut self) -> Option<(MaskInputs, u64)> {
        if self.is_running || self.generation == self.asked {
            return None;
        }
        self.is_running = true;
        self.asked = self.generation;
        Some((self.inputs.clone(), self.generation))
    }

    /// Takes what a job made, if it could; an older state only ends the waiting.
    pub(super) fn take(&mut self, made: Option<MaskMade>) {
        self.is_running = false;
        if let Some(made) = made
            && made.generation == self.generation
        {
            self.made = made.made;
            self.texture = made.texture;
            self.voxels = OnceLock::new();
            let n = self.made.clusters.len() as u32;
            self.chosen = self.chosen.filter(|id| *id <= n);
        }
    }

    fn changed(&mut self) {
        self.generation += 1;
        self.saved = None;
    }

    /// The cluster at a place of the world, by its number.
    #[must_use]
    pub fn cluster_at(&self, point: Point3<f64>) -> Option<u32> {
        let grid = self.inputs.map.grid();
        let [i, j, k] = grid.voxel_at(point)?;
        let [nx, ny, _] = grid.dims();
        let cluster = *self.made.cluster.get(i + nx * (j + ny * k))?;
        (cluster > 0).then_some(cluster)
    }

    /// The numbers of the clusters in the order of the table.
    #[must_use]
    pub fn sorted(&self) -> Vec<usize> {
        let rows = &self.made.clusters;
        let mut order: Vec<usize> = (0..rows.len()).collect();
        let by = |value: fn(&ClusterRow) -> f64| {
            move |a: &usize, b: &usize| value(&rows[*b]).total_cmp(&value(&rows[*a]))
        };
        match self.order {
            ClusterOrder::Volume => order.sort_by(by(|row| row.mm3)),
            ClusterOrder::Length => order.sort_by(by(|row| row.length_mm)),
            ClusterOrder::Width => order.sort_by(by(|row| row.width_mm)),
            ClusterOrder::Region => {
                order.sort_by(by(|row| row.mm3));
                order.sort_by(|a, b| rows[*a].region.cmp(&rows[*b].region));
            }
        }
        order
    }

    fn is_base(&self, voxel: usize) -> bool {
        self.inputs.map.values()[voxel] > self.inputs.threshold as f32
    }

    /// The state of a voxel by what was changed and by the threshold; clusters are measured later.
    fn state_now(&self, voxel: usize) -> u8 {
        match self.inputs.changes.get(voxel) {
            Some(true) => MadeMask::PUT_IN,
            Some(false) => MadeMask::TAKEN_OUT,
            None if self.is_base(voxel) => MadeMask::IN,
            None => 0,
        }
    }

    /// Puts voxels in or takes them out; answers those that were not so before.
    fn set_all(&mut self, mut voxels: Vec<usize>, is_in: bool) -> Vec<usize> {
        voxels.retain(|&voxel| MadeMask::is_in(self.made.state[voxel]) != is_in);
        for &voxel in &voxels {
            self.set(voxel, is_in);
        }
        voxels
    }

    fn set(&mut self, voxel: usize, is_in: bool) {
        // What is put back where the file has it is no change.
        let to = match (is_in, self.is_base(voxel)) {
            (false, false) => None,
            (is_in, _) => Some(is_in),
        };
        let to = match (is_in, self.inputs.changes.get(voxel)) {
            // Unless its cluster is so small that it would be left out again.
            (true, Some(false)) if self.is_base(voxel) && self.inputs.left_out_mm3 == 0.0 => None,
            _ => to,
        };
        self.inputs.changes.set(voxel, to);
        self.made.state[voxel] = self.state_now(voxel);
    }

    /// Changes what an edit says; answers which voxels are drawn otherwise then.
    pub(super) fn apply(&mut self, edit: &MaskEdit) -> Vec<usize> {
        let voxels = match edit {
            MaskEdit::Show(open) => {
                self.open = *open;
                return Vec::new();
            }
            MaskEdit::Brush(mm) => {
                self.brush_mm = mm.clamp(*BRUSHES_MM.start(), *BRUSHES_MM.end());
                return Vec::new();
            }
            MaskEdit::Style(style) => {
                self.style = *style;
                return Vec::new();
            }
            MaskEdit::By(name) => {
                self.by.clone_from(name);
                self.saved = None;
                return Vec::new();
            }
            MaskEdit::Sort(order) => {
                self.order = *order;
                return Vec::new();
            }
            MaskEdit::Choose(id) => {
                self.chosen = *id;
                return Vec::new();
            }
            MaskEdit::Begin => {
                self.inputs.changes.begin();
                return Vec::new();
            }
            MaskEdit::Threshold(threshold) => {
                self.inputs.threshold = threshold.clamp(*THRESHOLDS.start(), *THRESHOLDS.end());
                Vec::new()
            }
            MaskEdit::LeftOut(mm3) => {
                self.inputs.left_out_mm3 = mm3.max(0.0);
                Vec::new()
            }
            MaskEdit::Stroke(plane, [from, to], is_in) => {
                let voxels = brushed(self.inputs.map.grid(), *plane, [*from, *to], self.brush_mm);
                self.set_all(voxels, *is_in)
            }
            MaskEdit::TakeOutAt(point) => match self.cluster_at(*point) {
                Some(id) => self.take_out(id),
                None => Vec::new(),
            },
            MaskEdit::TakeOut(id) => self.take_out(*id),
            MaskEdit::Undo => self.step(MaskChanges::undo),
            MaskEdit::Redo => self.step(MaskChanges::redo),
        };
        let is_limit = matches!(edit, MaskEdit::Threshold(_) | MaskEdit::LeftOut(_));
        if is_limit || !voxels.is_empty() {
            self.changed();
        }
        if !voxels.is_empty() {
            self.voxels = OnceLock::new();
        }
        voxels
    }

    fn take_out(&mut self, id: u32) -> Vec<usize> {
        self.inputs.changes.begin();
        let place = (id as usize).wrapping_sub(1);
        let voxels = self.made.voxels.get_mut(place);
        let voxels = voxels.map(std::mem::take).unwrap_or_default();
        for &voxel in &voxels {
            self.made.cluster[voxel] = 0;
        }
        self.chosen = None;
        self.set_all(voxels, false)
    }

    fn step(&mut self, step: fn(&mut MaskChanges) -> Vec<usize>) -> Vec<usize> {
        let voxels = step(&mut self.inputs.changes);
        for &voxel in &voxels {
            self.made.state[voxel] = self.state_now(voxel);
        }
        voxels
    }

    /// Draws these voxels as they are now, unless the box around them is large: then the job that
    /// measures the clusters draws them a moment later.
    pub(super) fn redraw(&self, queue: &eframe::wgpu::Queue, voxels: &[usize]) {
        let [nx, ny, _] = self.inputs.map.grid().dims();
        let index = |voxel: usize| [voxel % nx, voxel / nx % ny, voxel / (nx * ny)];
        let (Some(texture), Some(&first)) = (&self.texture, voxels.first()) else {
            return;
        };
        let (mut low, mut high) = (index(first), index(first));
        for &voxel in voxels {
            for (axis, at) in index(voxel).into_iter().enumerate() {
                low[axis] = low[axis].min(at);
                high[axis] = high[axis].max(at);
            }
        }
        let dims: [usize; 3] = std::array::from_fn(|axis| high[axis] - low[axis] + 1);
        if dims.iter().product::<usize>() > MOST_AT_ONCE {
            return;
        }
        let mut values = Vec::with_capacity(dims.iter().product());
        for k in low[2]..=high[2] {
            for j in low[1]..=high[1] {
                let row = nx * (j + ny * k);
                let states = &self.made.state[row + low[0]..=row + high[0]];
                values.extend(states.iter().map(|&state| f32::from(state)));
            }
        }
        texture.update(queue, low, dims, &values);
    }

    /// Whether the window may paint into it: what is drawn coarser than it is cannot be painted.
    #[must_use]
    pub fn can_paint(&self) -> bool {
        let reduced_by = self.texture.as_ref().and_then(VolumeTexture::reduced_by);
        reduced_by.is_none()
    }
}

/// The voxels of a disc that was moved from one place to another in a plane: those whose middle is
/// within the radius of the way in the plane and within half a slice of it, and the one under the
/// brush.
fn brushed(grid: &Grid, plane: Plane, [from, to]: [Point3<f64>; 2], brush_mm: f64) -> Vec<usize> {
    let normal = plane.normal_axis();
    let half_mm = plane.step_mm(grid) / 2.0;
    let radius = brush_mm / 2.0;
    let edge_mm = grid.longest_edge_mm();
    let mut reach = Vector3::repeat(radius + edge_mm);
    reach[normal] = half_mm + edge_mm;
    let [low, high] = [
        from.coords.inf(&to.coords) - reach,
        from.coords.sup(&to.coords) + reach,
    ];
    // The box of voxels around the box of the world.
    let (mut first, mut last) = ([usize::MAX; 3], [0_usize; 3]);
    for corner in 0..8 {
        let at = Point3::from(Vector3::from_fn(|axis, _| {
            if corner >> axis & 1 == 0 {
                low[axis]
            } else {
                high[axis]
            }
        }));
        let voxel = grid.to_voxel(at);
        for axis in 0..3 {
            let most = (grid.dims()[axis] - 1) as f64;
            first[axis] = first[axis].min(voxel[axis].floor().clamp(0.0, most) as usize);
            last[axis] = last[axis].max(voxel[axis].ceil().clamp(0.0, most) as usize);
        }
    }
    let way = to - from;
    let under = grid.voxel_at(to);
    let [nx, ny, _] = grid.dims();
    let mut voxels = Vec::new();
    for k in first[2]..=last[2] {
        for j in first[1]..=last[1] {
            for i in first[0]..=last[0] {
                let middle = grid.to_world(Point3::new(i as f64, j as f64, k as f64));
                let share = match way.norm_squared() {
                    0.0 => 0.0,
                    square => ((middle - from).dot(&way) / square).clamp(0.0, 1.0),
                };
                let mut off = middle - (from + way * share);
                let deep = off[normal].abs();
                off[normal] = 0.0;
                let is_hit = off.norm() <= radius && deep < half_mm * (1.0 + 1e-6);
                if is_hit || under == Some([i, j, k]) {
                    voxels.push(i + nx * (j + ny * k));
                }
            }
        }
    }
    voxels
}

/// The states of a mask as a label map.
///
/// # Errors
/// None, as there is a state for each voxel.
pub(super) fn states(map: &Volume, state: &[u8]) -> Result<Volume, VolumeError> {
    let values = state.iter().map(|&state| f32::from(state)).collect();
    Ok(Volume::new(map.grid().clone(), values)?.with_orientation(map.orientation()))
}

/// A mask of probabilities or of labels: labels count as 1.
pub(super) fn as_map(scan: &Scan, labels: Option<&LabelMap>) -> Result<Volume, String> {
    let within = |value: &f32| (-1e-6..=1.0 + 1e-6).contains(value);
    if scan.volume.values().iter().all(within) {
        return Ok(scan.volume.clone());
    }
    match labels {
        Some(labels) => {
            let index = labels.index();
            let values = index.values().iter().map(|&place| place.min(1.0)).collect();
            let map = Volume::new(index.grid().clone(), values);
            map.map(|map| map.with_orientation(index.orientation()))
                .map_err(|error| error.to_string())
        }
        None => Err(format!(
            "{} is no mask: its values are neither probabilities from 0 to 1 nor labels",
            scan.name
        )),
    }
}
