//! What changes slowly from place to place, at nodes 2 mm apart.

use super::super::field::{Point, bell, hypot, norm, ramp, smooth_max, smooth_min, zip};
use super::super::{Patient, Shape};
use super::frame::Frame;
use super::{
    EDGE_MM, ORIGIN_IN_WORLD, cerebrum, contrast, fine, folds, hindbrain, skull, ventricles,
};
use rayon::prelude::*;

/// Nodes along each axis: one more than needed, so that every voxel has a node on both sides.
const N: usize = EDGE_MM / 2 + 2;
const NODE_MM: f32 = 2.0;

/// How deep folds are worked out, from a little above the surface.
const FOLDED_MM: std::ops::Range<f32> = -6.0..34.0;
/// Far from everything, or air.
const FAR: f32 = 20.0;

/// Slowly varying quantities at a node. Distances are signed, negative inside, in template mm.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    /// The place in the template of the skull.
    pub(super) skull: Point,
    /// The place in the template of the brain.
    pub(super) brain: Point,
    /// To the skin.
    pub(super) skin: f32,
    /// To the inside of the dura.
    pub(super) dura: f32,
    /// To the unfolded outside of the hemispheres, the gap between them included.
    pub(super) cerebrum: f32,
    /// To the unfolded outside of the cerebellum.
    pub(super) cerebellum: f32,
    /// To the brainstem and cord.
    pub(super) stem: f32,
    /// To the lateral ventricles.
    pub(super) lateral: f32,
    /// To a rounder version of the hemispheres.
    round: f32,
    /// Zero where a larger sulcus runs, and how fast it changes per mm.
    pub(super) fold: [f32; 2],
    /// The same of the small ones.
    pub(super) dimple: [f32; 2],
    /// How deep the larger sulci reach here, mm.
    pub(super) fold_depth: f32,
    /// Texture of marrow and muscle.
    pub(super) grain: f32,
    /// Unevenness over several centimetres.
    pub(super) drift: f32,
}

const N_FIELDS: usize = 20;
type Flat = [f32; N_FIELDS];

/// Indices into a flat node.
const CEREBRUM: usize = 8;
const ROUND: usize = 12;
const FOLD: usize = 13;
const DIMPLE: usize = 15;
const FOLD_DEPTH: usize = 17;
const SKIN: usize = 6;

impl Node {
    fn from_flat(f: &Flat) -> Self {
        Self {
            skull: [f[0], f[1], f[2]],
            brain: [f[3], f[4], f[5]],
            skin: f[SKIN],
            dura: f[7],
            cerebrum: f[CEREBRUM],
            cerebellum: f[9],
            stem: f[10],
            lateral: f[11],
            round: f[ROUND],
            fold: [f[FOLD], f[FOLD + 1]],
            dimple: [f[DIMPLE], f[DIMPLE + 1]],
            fold_depth: f[FOLD_DEPTH],
            grain: f[18],
            drift: f[19],
        }
    }

    fn flat(&self) -> Flat {
        let [[sx, sy, sz], [bx, by, bz]] = [self.skull, self.brain];
        let [[f0, f1], [d0, d1]] = [self.fold, self.dimple];
        [
            sx,
            sy,
            sz,
            bx,
            by,
            bz,
            self.skin,
            self.dura,
            self.cerebrum,
            self.cerebellum,
            self.stem,
            self.lateral,
            self.round,
            f0,
            f1,
            d0,
            d1,
            self.fold_depth,
            self.grain,
            self.drift,
        ]
    }
}

/// The nodes of a head.
pub(super) struct Fields {
    pub(super) frame: Frame,
    nodes: Vec<Flat>,
}

impl Fields {
    pub(super) fn new(patient: &Patient) -> Self {
        let frame = Frame::new(patient);
        let mut nodes = vec![[0.0; N_FIELDS]; N * N * N];
        nodes
            .par_chunks_mut(N)
            .enumerate()
            .for_each(|(row, nodes)| {
                for (i, node) in nodes.iter_mut().enumerate() {
                    let p = world_of([i, row % N, row / N]);
                    *node = shapes(&frame, &patient.shape, p).flat();
                }
            });
        let mut fields = Self { frame, nodes };
        fields.fold();
        fields
    }

    /// Fills in the folds, which need the slope of the surface, and then their own slope.
    fn fold(&mut self) {
        let mut values = vec![[1.0; 3]; N * N * N];
        values.par_iter_mut().enumerate().for_each(|(node, value)| {
            *value = self.fold_at([node % N, node / N % N, node / (N * N)]);
        });
        let slope = |index: [usize; 3], which: usize| {
            norm(gradient(index, |n| values[flat_index(n)][which]))
        };
        let mut steepness = vec![[0.0; 2]; N * N * N];
        steepness
            .par_iter_mut()
            .enumerate()
            .for_each(|(node, steep)| {
                if FOLDED_MM.contains(&-self.nodes[node][ROUND]) {
                    let index = [node % N, node / N % N, node / (N * N)];
                    // In the middle of a lobe, where the folds of its sides meet, there are none.
                    let brain = Node::from_flat(&self.nodes[node]).brain;
                    let off_middle = ramp(4.0, 9.0, folds::outwards(brain).off_middle);
                    *steep = [0, 1].map(|which| off_middle * slope(index, which));
                }
            });
        self.nodes
            .par_iter_mut()
            .zip(values)
            .zip(steepness)
            .for_each(|((node, [fold, dimple, depth]), [steep, steep_dimple])| {
                let folds = [fold, steep, dimple, steep_dimple, depth];
                node[FOLD..=FOLD_DEPTH].copy_from_slice(&folds);
            });
    }

    fn fold_at(&self, index: [usize; 3]) -> [f32; 3] {
        let node = Node::from_flat(&self.nodes[flat_index(index)]);
        let depth = -node.round;
        if !FOLDED_MM.contains(&depth) {
            return [1.0; 3];
        }
        // A fold is the same all the way down from the point of the surface above it.
        let p = world_of(index);
        let out = folds::outwards(node.brain);
        let along = |p: Point, mm: f32| zip(p, out.direction, |p, o| p + mm * o);
        let mut reach = depth;
        for _ in 0..4 {
            reach -= self.round_at(along(p, reach));
        }
        let surface = along(p, self.frame.steep * reach);
        let [fold, dimple, depth] = folds::at(
            &self.frame,
            node.brain[0],
            along(node.brain, reach),
            surface,
            p,
        );
        // Sulci converge on the middle of the lobe, and would crowd there.
        let whole = out.off_middle + reach.min(-node.round + 2.0);
        let part = self.frame.deepest_share + 0.18 * out.temporal;
        // The bank of the Sylvian fissure has none of its own.
        let bank = out.temporal * ramp(0.35, 0.75, out.direction[2]);
        let deepest = part * whole * (1.0 - 0.9 * out.between_lobes.max(bank));
        let depth = depth.min(deepest) * ramp(3.0, 9.0, out.off_middle);
        [fold, dimple, depth.max(2.0)]
    }

    /// [`Node::round`] anywhere in the world.
    fn round_at(&self, p: Point) -> f32 {
        let at: Point = std::array::from_fn(|axis| {
            let node = (p[axis] - ORIGIN_IN_WORLD[axis] as f32) / NODE_MM;
            node.clamp(0.0, (N - 2) as f32 + 0.99)
        });
        let low = at.map(|x| x as usize);
        let mut value = 0.0;
        for corner in 0..8 {
            let up = [corner & 1, corner >> 1 & 1, corner >> 2];
            let weight: f32 = (0..3)
                .map(|axis| {
                    let part = at[axis] - low[axis] as f32;
                    if up[axis] == 1 { part } else { 1.0 - part }
                })
                .product();
            let index = std::array::from_fn(|axis| low[axis] + up[axis]);
            value += weight * self.nodes[flat_index(index)][ROUND];
        }
        value
    }

    /// What a point of the world is like, or `None` where it is further than `beyond_mm` from the skin or
    /// outside the nodes.
    pub(super) fn at(&self, p: Point, beyond_mm: f32) -> Option<Node> {
        let mut low = [0; 3];
        let mut part = [0.0; 3];
        for axis in 0..3 {
            let at = (p[axis] - ORIGIN_IN_WORLD[axis] as f32) / NODE_MM;
            if !(0.0..(N - 1) as f32).contains(&at) {
                return None;
            }
            low[axis] = at as usize;
            part[axis] = at - low[axis] as f32;
        }
        let corner = |corner: usize| {
            let up = [corner & 1, corner >> 1 & 1, corner >> 2];
            let weight: f32 = (0..3)
                .map(|a| if up[a] == 1 { part[a] } else { 1.0 - part[a] })
                .product();
            let index = std::array::from_fn(|axis| low[axis] + up[axis]);
            (weight, &self.nodes[flat_index(index)])
        };
        let skin: f32 = (0..8)
            .map(corner)
            .map(|(weight, node)| weight * node[SKIN])
            .sum();
        if skin > beyond_mm {
            return None;
        }
        let mut mean = [0.0; N_FIELDS];
        for (weight, node) in (0..8).map(corner) {
            for (mean, value) in mean.iter_mut().zip(node) {
                *mean += weight * value;
            }
        }
        Some(Node::from_flat(&mean))
    }

    /// Calls `each` with the index along x and the quantities of all voxels of a row that are
    /// not air.
    pub(super) fn each_in_row(
        &self,
        voxel_mm: usize,
        [j, k]: [usize; 2],
        mut each: impl FnMut(usize, &Node),
    ) {
        // Voxel centres in units of nodes.
        let at = |i: usize| (i * voxel_mm) as f32 / NODE_MM + (voxel_mm as f32 - 1.0) / 4.0;
        let split = |x: f32| (x as usize, x - (x as usize) as f32);
        let ((j0, v), (k0, w)) = (split(at(j)), split(at(k)));
        let rows = [[0, 0], [1, 0], [0, 1], [1, 1]]
            .map(|[dj, dk]| &self.nodes[N * ((j0 + dj) + N * (k0 + dk))..][..N]);
        if rows
            .iter()
            .all(|row| row.iter().all(|node| node[SKIN] > 1.5))
        {
            return;
        }
        let weights = [(1.0 - v) * (1.0 - w), v * (1.0 - w), (1.0 - v) * w, v * w];
        let column = |i: usize| -> Flat {
            let mut mean = [0.0; N_FIELDS];
            for (row, weight) in rows.iter().zip(weights) {
                for (mean, value) in mean.iter_mut().zip(&row[i]) {
                    *mean += weight * value;
                }
            }
            mean
        };
        let (mut i_low, mut low, mut high) = (0, column(0), column(1));
        for i in 0..EDGE_MM / voxel_mm {
            let (i0, u) = split(at(i));
            if i0 != i_low {
                low = if i0 == i_low + 1 { high } else { column(i0) };
                high = column(i0 + 1);
                i_low = i0;
            }
            if low[SKIN] + u * (high[SKIN] - low[SKIN]) > voxel_mm as f32 {
                continue;
            }
            let here = std::array::from_fn(|q| low[q] + u * (high[q] - low[q]));
            each(i, &Node::from_flat(&here));
        }
    }
}

fn flat_index([i, j, k]: [usize; 3]) -> usize {
    i + N * (j + N * k)
}

fn world_of(index: [usize; 3]) -> Point {
    std::array::from_fn(|axis| NODE_MM * index[axis] as f32 + ORIGIN_IN_WORLD[axis] as f32)
}

/// The gradient of a quantity at a node, per mm.
fn gradient(index: [usize; 3], value: impl Fn([usize; 3]) -> f32) -> Point {
    std::array::from_fn(|axis| {
        let (mut low, mut high) = (index, index);
        low[axis] = index[axis].saturating_sub(1);
        high[axis] = (index[axis] + 1).min(N - 1);
        (value(high) - value(low)) / (NODE_MM * (high[axis] - low[axis]) as f32)
    })
}

/// All quantities of a node but the folds.
fn shapes(frame: &Frame, shape: &Shape, p: Point) -> Node {
    let skull = frame.skull_from_world(p);
    let mut node = Node {
        skull,
        brain: skull,
        skin: FAR,
        dura: FAR,
        cerebrum: FAR,
        cerebellum: FAR,
        stem: FAR,
        lateral: FAR,
        round: FAR,
        fold: [1.0, 0.0],
        dimple: [1.0, 0.0],
        fold_depth: 0.0,
        grain: 0.0,
        drift: 0.0,
    };
    if skull::is_far_outside(skull) {
        return node;
    }
    // In the neck the brain is too far away to matter.
    let [vault, posterior] = if skull[2] < -112.0 {
        [60.0; 2]
    } else {
        let lobes = cerebrum::lobes(skull);
        [
            smooth_min(lobes[0], lobes[1], 5.0),
            hindbrain::cerebellum(skull, larger_mm(shape)),
        ]
    };
    node.skin = skull::skin(skull, [vault, posterior]);
    if node.skin > 4.0 {
        return node;
    }
    let clivus_mm = shape.fine.map_or(0.0, fine::clivus_mm);
    node.dura = skull::dura(skull, [vault, posterior], shape.cistern_mm, clivus_mm);
    if let Some(leak) = &shape.leak {
        node.dura = contrast::dura(skull, node.dura, leak);
    }
    node.drift = frame.drift.at(p);
    if node.dura > -4.0 {
        node.grain = frame.grain.at(p);
    }
    if node.dura < 6.0 {
        brain(frame, shape, p, &mut node);
    }
    node
}

/// What lies within the dura.
fn brain(frame: &Frame, shape: &Shape, p: Point, node: &mut Node) {
    let t = frame.brain_from_skull(node.skull, p);
    node.brain = t;
    if t[2] < -112.0 {
        node.stem = hindbrain::brainstem(t).max(node.dura + 1.0);
        return;
    }
    let [upper, temporal] = cerebrum::lobes(t);
    // The brain keeps a film of water between itself and the dura.
    let layers = shape.leak.as_ref().map(|leak| leak.layers_mm(node.skull));
    let inside_dura = node.dura + 1.0 + layers.map_or(0.0, |[dura, fluid]| dura + fluid);
    let tight = 1.0 - shape.tight_vertex * ramp(22.0, 46.0, t[2]);
    let gap = shape.gap_mm * tight * (1.0 + 0.15 * node.drift) + temporal_gap(shape, t);
    let midline = tight * (0.22 + 0.3 * shape.sulcus_mm) - cerebrum::midline(t, shape);
    let outside = smooth_min(upper, temporal, 5.0) + gap;
    let outside = cerebrum::with_cysts(outside, t, shape);
    node.cerebrum = smooth_max(outside, midline, 5.0).max(inside_dura);
    node.round = smooth_max(smooth_min(upper, temporal, 10.0), midline, 8.0);
    node.lateral = ventricles::lateral(t, shape);
    if t[2] < 20.0 {
        let cerebellum = hindbrain::cerebellum(t, larger_mm(shape)) + 0.7 + 0.3 * shape.gap_mm;
        node.cerebellum = hindbrain::with_cyst(cerebellum, t, shape).max(inside_dura);
        let film = if layers.is_some() {
            node.dura + 0.3
        } else {
            inside_dura
        };
        let stem = match shape.fine {
            None => hindbrain::brainstem(t),
            Some(fine) => fine::brainstem(t, fine),
        };
        node.stem = stem.max(film);
    }
}

/// How much larger the cerebellum is at each side than where it is not drawn finely, mm.
fn larger_mm(shape: &Shape) -> f32 {
    shape.fine.map_or(0.0, |fine| fine.cerebellum_mm)
}

/// The tips of the temporal lobes shrink first.
fn temporal_gap(shape: &Shape, t: Point) -> f32 {
    let off = hypot(t[1] - 18.0, t[2] + 20.0) / 16.0;
    0.5 * (shape.sylvian_mm - 0.9).max(0.0) * bell(off) * ramp(20.0, 30.0, t[0].abs())
}
