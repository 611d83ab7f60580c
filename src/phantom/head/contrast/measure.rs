//! The six items of the Bern score as one would measure them, from the label map alone.

use super::super::super::Region;
use super::{ContrastHead, ContrastPart};
use crate::anatomy::bern::Item;

/// What was measured, mm; `None` where the labels do not show it. Voxels of 1 mm show all six within
/// 1 mm of what was drawn; on voxels of 2 mm dura under 2 mm and the wall of a sinus are not seen.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MeasuredItems {
    /// The mean thickness of the dura over the thickest square of 12 mm of the lateral convexity.
    pub dura_mm: Option<f64>,
    /// By how much the lower wall of the larger transverse sinus bulges.
    pub bulge_mm: Option<f64>,
    /// From the underside of the chiasm to the plane between dorsum and tuberculum sellae.
    pub suprasellar_mm: Option<f64>,
    /// As the thickness of the dura, of what is under it.
    pub subdural_mm: Option<f64>,
    /// The shortest line square to the clivus to the middle third of the pons.
    pub prepontine_mm: Option<f64>,
    /// From the mamillary bodies to the pons.
    pub mamillopontine_mm: Option<f64>,
}

impl MeasuredItems {
    /// The number of an item.
    #[must_use]
    pub fn mm(&self, item: Item) -> Option<f64> {
        match item {
            Item::Pachymeningeal => self.dura_mm,
            Item::Venous => self.bulge_mm,
            Item::Suprasellar => self.suprasellar_mm,
            Item::Subdural => self.subdural_mm,
            Item::Prepontine => self.prepontine_mm,
            Item::Mamillopontine => self.mamillopontine_mm,
        }
    }
}

/// Forwards and down, square to the clivus; and up along it.
const TO_CLIVUS: [f64; 2] = [0.853, -0.522];
const UP_CLIVUS: [f64; 2] = [0.522, 0.853];
/// The step along a line, mm.
const STEP_MM: f64 = 0.1;

/// In a sagittal plane: y and z.
type Place = [f64; 2];

fn moved([y, z]: Place, [dy, dz]: Place, mm: f64) -> Place {
    [y + mm * dy, z + mm * dz]
}

/// What bounds the cisterns below and in front, down to the air under it.
fn is_bone(label: u8) -> bool {
    let bony = [Region::Outside, Region::Scalp, Region::Skull, Region::Dura];
    bony.iter().any(|&region| region as u8 == label) || label == ContrastPart::Mucosa as u8
}

impl ContrastHead {
    /// Measures the six items.
    #[must_use]
    pub fn measured(&self) -> MeasuredItems {
        let Some(plane) = Midplane::of(self) else {
            return MeasuredItems::default();
        };
        let dura = self.thickest(&plane, Region::Dura as u8);
        MeasuredItems {
            dura_mm: dura,
            bulge_mm: self.bulge_mm(&plane),
            suprasellar_mm: plane.suprasellar_mm(),
            subdural_mm: self.thickest(&plane, ContrastPart::Subdural as u8),
            prepontine_mm: plane.prepontine_mm(),
            mamillopontine_mm: plane.mamillopontine_mm(),
        }
    }

    /// The world places of the voxels with a label.
    fn places(&self, label: u8) -> impl Iterator<Item = [f64; 3]> {
        let n = self.grid.dims()[0];
        let voxels = self.labels.iter().enumerate();
        let found = voxels.filter(move |&(_, &own)| own == label);
        found.map(move |(voxel, _)| self.world([voxel % n, voxel / n % n, voxel / (n * n)]))
    }

    fn world(&self, index: [usize; 3]) -> [f64; 3] {
        let affine = self.grid.world_from_voxel();
        std::array::from_fn(|axis| affine[(axis, axis)] * index[axis] as f64 + affine[(axis, 3)])
    }

    /// The greatest mean thickness of a layer over a square of the lateral convexity, along rows from
    /// both sides; 0 where it is nowhere.
    fn thickest(&self, plane: &Midplane<'_>, label: u8) -> Option<f64> {
        const SQUARE_MM: f64 = 12.0;
        let [_, y, z] = plane.mamillary;
        let mm = self.voxel_mm();
        let n = (SQUARE_MM / mm) as usize;
        let mut thickest: Option<f64> = None;
        for side in [-1.0, 1.0] {
            for (a, b) in (0..6).flat_map(|a| (0..3).map(move |b| (a, b))) {
                let corner = [
                    y - 42.0 + SQUARE_MM * f64::from(a),
                    z + 22.0 + SQUARE_MM * f64::from(b),
                ];
                let rows: Vec<[f64; 2]> = (0..n * n)
                    .filter_map(|at| {
                        let [u, v] = [at % n, at / n].map(|at| at as f64 * mm);
                        self.layer([plane.x, corner[0] + u, corner[1] + v], side, label)
                    })
                    .collect();
                if rows.len() < n * n {
                    continue;
                }
                let mean: f64 = rows.iter().map(|row| row[1]).sum::<f64>() / rows.len() as f64;
                // Rows meet the layer at a slant.
                let slope = |by: usize| {
                    let pairs = (0..n * n).filter(|at| {
                        if by == 1 {
                            at % n + 1 < n
                        } else {
                            at / n + 1 < n
                        }
                    });
                    let steps: Vec<f64> = pairs.map(|at| rows[at + by][0] - rows[at][0]).collect();
                    steps.iter().sum::<f64>() / steps.len() as f64 / mm
                };
                let slant = 1.0 + slope(1).powi(2) + slope(n).powi(2);
                let here = mean / slant.sqrt();
                thickest = Some(thickest.map_or(here, |before| before.max(here)));
            }
        }
        thickest
    }

    /// Along a row from the side: how far out the inside of the skull lies, and how thick the layer
    /// under it is.
    fn layer(&self, [x, y, z]: [f64; 3], side: f64, label: u8) -> Option<[f64; 2]> {
        let mm = self.voxel_mm();
        let at = |step: usize| self.label_at([x + side * (100.0 - mm * step as f64), y, z]);
        let n = (90.0 / mm) as usize;
        let bone = (0..n).find(|&step| at(step) == Region::Skull as u8)?;
        let inside = (bone..n).find(|&step| at(step) != Region::Skull as u8)?;
        let deepest = inside + (14.0 / mm) as usize;
        let count = (inside..deepest).filter(|&step| at(step) == label).count();
        Some([100.0 - mm * inside as f64, mm * count as f64])
    }

    /// The mean over sagittal cuts of the larger transverse sinus of how far its lower wall lies under
    /// a straight one.
    fn bulge_mm(&self, plane: &Midplane<'_>) -> Option<f64> {
        let sides = [
            ContrastPart::TransverseSinusLeft,
            ContrastPart::TransverseSinusRight,
        ];
        let cuts = sides.map(|part| self.cuts(plane, part as u8));
        let size = |cuts: &[Vec<[f64; 3]>]| -> f64 {
            let columns = cuts.iter().flatten();
            columns.map(|[_, low, high]| high - low).sum()
        };
        let larger = if size(&cuts[0]) > size(&cuts[1]) {
            &cuts[0]
        } else {
            &cuts[1]
        };
        let bulges: Vec<f64> = larger
            .iter()
            .filter_map(|columns| cut_bulge(columns))
            .collect();
        (bulges.len() > 3).then(|| bulges.iter().sum::<f64>() / bulges.len() as f64)
    }

    /// The columns of a sinus in the sagittal cuts 20 to 36 mm beside the midplane, from the back
    /// forwards: y, the lower and the upper end.
    fn cuts(&self, plane: &Midplane<'_>, label: u8) -> Vec<Vec<[f64; 3]>> {
        let mm = self.voxel_mm();
        let n = self.grid.dims()[0];
        let mut cuts = Vec::new();
        for i in 0..n {
            let aside = (self.world([i, 0, 0])[0] - plane.x).abs();
            if !(20.0..36.0).contains(&aside) {
                continue;
            }
            let mut columns: Vec<[f64; 3]> = Vec::new();
            for j in 0..n {
                let is_in = |k: &usize| self.labels[i + n * (j + n * k)] == label;
                let (low, high) = ((0..n).find(is_in), (0..n).rev().find(is_in));
                if let Some((low, high)) = low.zip(high) {
                    let [_, y, z] = self.world([i, j, low]);
                    // Further in front lies the sigmoid sinus.
                    if columns
                        .last()
                        .is_some_and(|before| y - before[0] > 1.5 * mm)
                    {
                        break;
                    }
                    let top = self.world([i, j, high])[2];
                    columns.push([y, z - 0.5 * mm, top + 0.5 * mm]);
                }
            }
            if !columns.is_empty() {
                cuts.push(columns);
            }
        }
        cuts
    }
}

/// How far the lower wall bulges: the height of the parabola through the lower ends of the columns.
/// Columns behind the highest one are slivers at the skull.
fn cut_bulge(columns: &[[f64; 3]]) -> Option<f64> {
    let height = |column: &[f64; 3]| column[2] - column[1];
    let most = columns.iter().map(height).reduce(f64::max)?;
    let highest = columns.iter().position(|column| height(column) >= most)?;
    let columns = &columns[highest..];
    let (first, last) = (columns.first()?, columns.last()?);
    if columns.len() < 5 {
        return None;
    }
    let n = columns.len() as f64;
    let step = (last[0] - first[0]) / (n - 1.0);
    // Against an even polynomial of degree 2, which has neither mean nor slope.
    let spread = (n * n - 1.0) / 12.0;
    let even = |at: usize| (at as f64 - (n - 1.0) / 2.0).powi(2) - spread;
    let [mut along, mut square] = [0.0; 2];
    for (at, column) in columns.iter().enumerate() {
        along += even(at) * column[1];
        square += even(at) * even(at);
    }
    // Its thin front does not fill voxels.
    let reach = n + 0.5 / step;
    Some(along / square * reach * reach / 4.0)
}

/// The midsagittal plane.
struct Midplane<'a> {
    head: &'a ContrastHead,
    x: f64,
    /// The middle of the mamillary bodies.
    mamillary: [f64; 3],
}

fn middle(places: &[[f64; 3]]) -> Option<[f64; 3]> {
    let n = places.len() as f64;
    let mean = |axis: usize| places.iter().map(|p| p[axis]).sum::<f64>() / n;
    (!places.is_empty()).then(|| [mean(0), mean(1), mean(2)])
}

impl<'a> Midplane<'a> {
    fn of(head: &'a ContrastHead) -> Option<Self> {
        let bodies: Vec<[f64; 3]> = head.places(ContrastPart::MamillaryBodies as u8).collect();
        let gland: Vec<[f64; 3]> = head.places(ContrastPart::Pituitary as u8).collect();
        let mamillary = middle(&bodies)?;
        Some(Self {
            head,
            x: 0.5 * (mamillary[0] + middle(&gland)?[0]),
            mamillary,
        })
    }

    /// The middle of what has a label in this plane, and the lowest and highest z.
    fn part(&self, part: ContrastPart) -> Option<(Place, [f64; 2])> {
        let mm = self.head.voxel_mm();
        let places: Vec<[f64; 3]> = self
            .head
            .places(part as u8)
            .filter(|p| (p[0] - self.x).abs() <= mm)
            .collect();
        let [_, y, z] = middle(&places)?;
        let heights = places.iter().map(|p| p[2]);
        let ends = heights.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], z| {
            [low.min(z), high.max(z)]
        });
        Some(([y, z], ends))
    }

    /// How much of a place has labels of a kind, linear between voxels.
    fn share(&self, [y, z]: Place, is_wanted: impl Fn(u8) -> bool) -> f64 {
        let mm = self.head.voxel_mm();
        let affine = self.head.grid.world_from_voxel();
        let at = [self.x, y, z];
        let voxel: [f64; 3] = std::array::from_fn(|a| (at[a] - affine[(a, 3)]) / mm);
        let mut sum = 0.0;
        for corner in 0..8_usize {
            let mut weight = 1.0;
            let mut place = [0.0; 3];
            for axis in 0..3 {
                let low = voxel[axis].floor();
                let up = (corner >> axis & 1) as f64;
                weight *= 1.0 - (voxel[axis] - low - up).abs();
                place[axis] = (low + up) * mm + affine[(axis, 3)];
            }
            if is_wanted(self.head.label_at(place)) {
                sum += weight;
            }
        }
        sum
    }

    /// The first place along a line, mm from its start, that is or is not of a kind.
    fn until(
        &self,
        from: Place,
        along: Place,
        is_wanted: impl Fn(u8) -> bool + Copy,
        is_in: bool,
    ) -> Option<f64> {
        let steps = (0..400).map(|step| f64::from(step) * STEP_MM);
        let mut lines =
            steps.filter(|&mm| (self.share(moved(from, along, mm), is_wanted) > 0.5) == is_in);
        lines.next()
    }

    /// The same plane, so many mm beside this one.
    fn beside(&self, mm: f64) -> Self {
        Self {
            x: self.x + mm,
            ..*self
        }
    }

    /// Where the chiasm is in the middle of its underside: its label is an oval in the midplane,
    /// whose height follows from its area and length.
    fn under_chiasm(&self) -> Option<Place> {
        let mm = self.head.voxel_mm();
        let places: Vec<[f64; 3]> = self
            .head
            .places(ContrastPart::Chiasm as u8)
            .filter(|p| (p[0] - self.x).abs() <= 1.01 * mm)
            .collect();
        let [_, y, z] = middle(&places)?;
        let mut rows: Vec<[i64; 2]> = places
            .iter()
            .map(|p| [p[0], p[1]].map(|at| (at / mm).round() as i64))
            .collect();
        rows.sort_unstable();
        rows.dedup();
        let mean_height = mm * places.len() as f64 / rows.len() as f64;
        Some([y, z - 2.0 / std::f64::consts::PI * mean_height])
    }

    fn suprasellar_mm(&self) -> Option<f64> {
        let chiasm = self.under_chiasm()?;
        let (_, [lowest, _]) = self.part(ContrastPart::Pituitary)?;
        // Up through dorsum and tuberculum until they end.
        let end = |plane: &Self, y: f64| {
            let from = [y, lowest - 1.0];
            let bone = plane.until(from, [0.0, 1.0], is_bone, true)?;
            let above = plane.until([y, from[1] + bone], [0.0, 1.0], is_bone, false)?;
            Some(from[1] + bone + above)
        };
        // The highest columns, whose tops lie in the plane.
        let crest = |from: f64, to: f64| {
            let n = ((to - from) / 0.5) as usize;
            let ends: Vec<Place> = (0..=n)
                .map(|step| chiasm[0] + from + 0.5 * step as f64)
                .flat_map(|y| [-1.0, 0.0, 1.0].map(|aside| (self.beside(aside), y)))
                .filter_map(|(plane, y)| Some([y, end(&plane, y)?]))
                .collect();
            let top = ends.iter().map(|at| at[1]).reduce(f64::max)?;
            let highest: Vec<&Place> = ends.iter().filter(|at| at[1] >= top - 0.75).collect();
            let mean =
                |of: usize| highest.iter().map(|at| at[of]).sum::<f64>() / highest.len() as f64;
            Some([mean(0), mean(1)])
        };
        let [behind, before] = [crest(-9.0, -2.0)?, crest(4.0, 7.5)?];
        let share = (chiasm[0] - behind[0]) / (before[0] - behind[0]);
        let plane = behind[1] + share * (before[1] - behind[1]);
        Some((chiasm[1] - plane).max(0.0))
    }

    fn prepontine_mm(&self) -> Option<f64> {
        let (middle, [low, high]) = self.part(ContrastPart::Pons)?;
        let is_pons = |label: u8| label == ContrastPart::Pons as u8;
        let third = low + (high - low) / 3.0..=high - (high - low) / 3.0;
        let gaps = (-24..=24).filter_map(|step| {
            let from = moved(middle, UP_CLIVUS, 0.5 * f64::from(step));
            let front = self.until(from, TO_CLIVUS, is_pons, false)?;
            let surface = moved(from, TO_CLIVUS, front);
            if front == 0.0 || !third.contains(&surface[1]) {
                return None;
            }
            self.until(surface, TO_CLIVUS, is_bone, true)
        });
        gaps.min_by(f64::total_cmp)
    }

    fn mamillopontine_mm(&self) -> Option<f64> {
        let [_, y, z] = self.mamillary;
        let is_body = |label: u8| label == ContrastPart::MamillaryBodies as u8;
        let is_pons = |label: u8| label == ContrastPart::Pons as u8;
        let gaps = (0..60).filter_map(|step| {
            let angle = (-170.0 + 2.0 * f64::from(step)).to_radians();
            let along = [angle.cos(), angle.sin()];
            let out = self.until([y, z], along, is_body, false)?;
            self.until(moved([y, z], along, out), along, is_pons, true)
        });
        gaps.min_by(f64::total_cmp)
    }
}
