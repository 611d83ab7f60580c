//! The connections of the CSF: what must be open is opened, what must not touch is kept apart,
//! and puddles that are connected to nothing are filled in.

use super::super::field::Point;
use super::super::{Patient, Region, Tissue};
use super::lattice::Fields;
use super::{Drawn, Water, ventricles};
use nalgebra::Point3;

const CSF: u8 = Tissue::Csf as u8;
const OUTER: u8 = Water::Outer as u8;
const INNER: u8 = Water::Inner as u8;
const FOURTH: u8 = Water::Fourth as u8;
const OPENING: u8 = Water::Opening as u8;
const CLOSED: u8 = Water::Closed as u8;

impl Drawn {
    /// Makes the CSF one connected whole, apart from closed cysts, in which the lateral ventricles
    /// reach the subarachnoid space through the fourth ventricle only.
    pub(super) fn finish(&mut self, patient: &Patient, fields: &Fields) {
        self.open_passages(patient, fields);
        self.keep_apart();
        self.fill_puddles();
    }

    fn has_csf(&self, voxel: usize) -> bool {
        self.head.first[voxel] == CSF
            || (self.head.second[voxel] == CSF && self.head.share[voxel] > 0)
    }

    /// Calls `each` with the neighbours across the six faces of a voxel.
    fn each_neighbour(&self, voxel: usize, mut each: impl FnMut(usize)) {
        let n = self.head.grid.dims()[0];
        for (stride, at) in [(1, voxel % n), (n, voxel / n % n), (n * n, voxel / (n * n))] {
            if at > 0 {
                each(voxel - stride);
            }
            if at + 1 < n {
                each(voxel + stride);
            }
        }
    }

    /// Sees to it that narrow passages are open on any grid.
    fn open_passages(&mut self, patient: &Patient, fields: &Fields) {
        let radius = patient.shape.aqueduct_mm;
        let mirror = |[x, y, z]: Point| [-x, y, z];
        let passages: [(&[Point], f32, Region, Water); 4] = [
            (
                &ventricles::MONRO,
                1.5,
                Region::ForamenOfMonroLeft,
                Water::Inner,
            ),
            (
                &ventricles::AQUEDUCT,
                radius,
                Region::Aqueduct,
                Water::Inner,
            ),
            (
                &ventricles::MAGENDIE,
                1.7,
                Region::FourthVentricle,
                Water::Opening,
            ),
            (
                &ventricles::LUSCHKA,
                1.2,
                Region::FourthVentricle,
                Water::Opening,
            ),
        ];
        for (course, radius, region, water) in passages {
            let course = course.to_vec();
            let mirrored: Vec<Point> = course.iter().copied().map(mirror).collect();
            for course in [course, mirrored] {
                let is_monro = region == Region::ForamenOfMonroLeft;
                let region = region_of_side(region, is_monro, course[0][0] > 0.0);
                self.open(fields, &course, radius, region, water);
            }
        }
        // A small fourth ventricle begins only beyond the end of the aqueduct: a voxel between, of
        // which each fills less than half, has the region of what is around, which bars the way.
        if !self.regions_meet(Region::Aqueduct, Region::FourthVentricle) {
            let way_on = ventricles::BELOW_AQUEDUCT;
            self.open(fields, &way_on, radius, Region::Aqueduct, Water::Inner);
        }
    }

    /// Whether CSF of two regions meets at any face between voxels.
    fn regions_meet(&self, one: Region, another: Region) -> bool {
        let holds = |voxel: usize, region: Region| {
            self.head.regions[voxel] == region as u8 && self.has_csf(voxel)
        };
        (0..self.water.len()).any(|voxel| {
            let mut touches = false;
            if holds(voxel, one) {
                self.each_neighbour(voxel, |other| touches |= holds(other, another));
            }
            touches
        })
    }

    /// Opens a passage along a line through points of the brain's template.
    fn open(
        &mut self,
        fields: &Fields,
        course: &[Point],
        radius: f32,
        region: Region,
        water: Water,
    ) {
        let mm = self.head.voxel_mm() as f32;
        let least = (std::f32::consts::PI * radius * radius / (mm * mm)).clamp(0.35, 1.0);
        let mut last: Option<usize> = None;
        for ends in course.windows(2) {
            let [a, b] = [ends[0], ends[1]];
            for step in 0..=40 {
                let t = step as f32 / 40.0;
                let at: Point = std::array::from_fn(|axis| a[axis] + t * (b[axis] - a[axis]));
                let Some(voxel) = self.voxel_at(fields.frame.world_from_brain(at)) else {
                    continue;
                };
                for voxel in self.six_connected(last, voxel) {
                    self.flood_at(voxel, least, region, water);
                }
                last = Some(voxel);
            }
        }
    }

    fn voxel_at(&self, p: Point) -> Option<usize> {
        let [x, y, z] = p.map(f64::from);
        let [i, j, k] = self.head.grid.voxel_at(Point3::new(x, y, z))?;
        let n = self.head.grid.dims()[0];
        Some(i + n * (j + n * k))
    }

    /// The voxels from one to another (at most a corner apart), one axis after the other.
    fn six_connected(&self, from: Option<usize>, to: usize) -> Vec<usize> {
        let Some(mut at) = from else { return vec![to] };
        let n = self.head.grid.dims()[0];
        let mut path = Vec::new();
        for stride in [1, n, n * n] {
            let [here, there] = [at / stride % n, to / stride % n];
            at = at + there * stride - here * stride;
            path.push(at);
        }
        path
    }

    /// Makes at least this share of a voxel water.
    fn flood_at(&mut self, voxel: usize, least: f32, region: Region, water: Water) {
        let head = &mut self.head;
        let has = head.share_of(voxel, Tissue::Csf);
        if has < least {
            if head.first[voxel] == CSF {
                head.first[voxel] = head.second[voxel];
            }
            let share = (255.0 * least) as u8;
            head.second[voxel] = CSF;
            head.share[voxel] = share;
            if share > 127 {
                head.second[voxel] = head.first[voxel];
                head.first[voxel] = CSF;
                head.share[voxel] = 255 - share;
            }
        }
        let old = Region::from_index(head.regions[voxel]);
        if !old.is_some_and(Region::is_ventricular) {
            head.regions[voxel] = region as u8;
            self.water[voxel] = water as u8;
        }
    }

    /// Takes the CSF out of a voxel, whose region becomes that of its tissue.
    fn dry(&mut self, voxel: usize) {
        let head = &mut self.head;
        let was_water = Region::from_index(head.regions[voxel]).is_some_and(Region::is_fluid);
        if head.second[voxel] == CSF || head.share[voxel] == 0 {
            head.second[voxel] = head.first[voxel];
        }
        head.first[voxel] = head.second[voxel];
        head.share[voxel] = 0;
        if head.first[voxel] == CSF || was_water {
            self.take_after_a_neighbour(voxel);
        }
    }

    /// Makes a voxel what the first of its neighbours is that is not water.
    fn take_after_a_neighbour(&mut self, voxel: usize) {
        let mut model = None;
        self.each_neighbour(voxel, |other| {
            let region = Region::from_index(self.head.regions[other]);
            if region.is_some_and(Region::is_parenchyma) && self.head.first[other] != CSF {
                model = model.or(Some(other));
            }
        });
        let head = &mut self.head;
        let (tissue, region) = match model {
            Some(other) => (head.first[other], head.regions[other]),
            None => (Tissue::Dura as u8, Region::Dura as u8),
        };
        if head.first[voxel] == CSF {
            head.first[voxel] = tissue;
            head.second[voxel] = tissue;
        }
        head.regions[voxel] = region;
    }

    /// Leaves a voxel without water between waters that must not touch.
    fn keep_apart(&mut self) {
        for voxel in 0..self.water.len() {
            let water = self.water[voxel];
            let region = Region::from_index(self.head.regions[voxel]);
            if water == CLOSED && region.is_some_and(Region::is_subarachnoid) {
                // More of it lies in the cyst than beyond the wall.
                self.head.regions[voxel] = Region::Cyst as u8;
            }
            if !matches!(water, INNER | FOURTH | CLOSED) || !self.has_csf(voxel) {
                continue;
            }
            let mut touching = Vec::new();
            self.each_neighbour(voxel, |other| {
                let theirs = self.water[other];
                let apart = match water {
                    INNER => matches!(theirs, OUTER | OPENING | CLOSED),
                    FOURTH => matches!(theirs, OUTER | CLOSED),
                    _ => matches!(theirs, OUTER | OPENING),
                };
                if apart && self.has_csf(other) {
                    touching.push(other);
                }
            });
            for other in touching {
                self.dry(other);
            }
        }
    }

    /// Fills in what CSF is not connected to that around the cord.
    fn fill_puddles(&mut self) {
        let n_voxels = self.water.len();
        let is_spinal = |voxel: usize| self.head.regions[voxel] == Region::SpinalSas as u8;
        let spine = (0..n_voxels).find(|&v| is_spinal(v) && self.has_csf(v));
        let in_closed = |voxel: usize| self.water[voxel] == CLOSED && self.has_csf(voxel);
        let mut open: Vec<usize> = (0..n_voxels).filter(|&v| in_closed(v)).collect();
        open.extend(spine);
        let mut is_reached = vec![false; n_voxels];
        for &voxel in &open {
            is_reached[voxel] = true;
        }
        while let Some(voxel) = open.pop() {
            self.each_neighbour(voxel, |other| {
                if !is_reached[other] && self.has_csf(other) {
                    is_reached[other] = true;
                    open.push(other);
                }
            });
        }
        for (voxel, reached) in is_reached.into_iter().enumerate() {
            if !reached && self.has_csf(voxel) {
                self.dry(voxel);
            }
        }
    }
}

fn region_of_side(region: Region, has_sides: bool, right: bool) -> Region {
    if has_sides {
        region.on_side(right)
    } else {
        region
    }
}
