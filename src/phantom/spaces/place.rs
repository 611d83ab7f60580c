//! Where spaces, lesions and veins of a head lie.

use super::super::Patient;
use super::super::chance::Chance;
use super::super::head::{N_TISSUES, Solid};
use super::cohort::Burden;
use super::geometry::Tube;
use super::region::SpaceRegion;
use super::relaxation::SpacesSequence;
use crate::volume::{Grid, Neighbours, dilated, eroded};
use nalgebra::{Point3, Vector3};

/// A perivascular space.
#[derive(Clone, Debug, PartialEq)]
pub struct Space {
    /// Where its middle lies.
    pub region: SpaceRegion,
    /// Its shape.
    pub tube: Tube,
    /// How much of it is fluid; the rest is vessel and tissue.
    pub fluid: f64,
}

/// What may be taken for a space.
#[derive(Clone, Debug, PartialEq)]
pub enum Lesion {
    /// A white matter lesion: an ellipsoid with a soft edge.
    WhiteMatter {
        /// Its middle, RAS+ mm.
        center: Point3<f64>,
        /// Along x, y and z, mm.
        radii: Vector3<f64>,
        /// From 0 to 1: how much of the largest change of signal.
        strength: f64,
    },
    /// A hole of 3 to 15 mm that is full of fluid.
    Lacune {
        /// Its middle, RAS+ mm.
        center: Point3<f64>,
        /// Along x, y and z, mm.
        radii: Vector3<f64>,
    },
    /// A vein on its way to the ventricle.
    Vein(Tube),
}

/// A head and all that was drawn into it; each kind of scan sees the same.
pub struct SpacesHead {
    /// Whose.
    pub patient: Patient,
    /// Its spaces, in the order in which they were drawn.
    pub spaces: Vec<Space>,
    /// What may be taken for them.
    pub lesions: Vec<Lesion>,
    /// The height of the roof of the lateral ventricles, mm.
    pub ventricles_top_mm: f64,
    pub(super) solid: Solid,
}

/// How spaces of a region are drawn.
struct Habit {
    name: &'static str,
    mean_n: f64,
    /// Median and spread of the logarithm.
    width_mm: [f64; 2],
    length_mm: [f64; 2],
    fluid: [f64; 2],
    jitter: f64,
}

/// Spaces per ml of deep white matter, most of them too small to be seen.
const PER_ML: f64 = 0.5;
/// A layer of 1 mm with fewer voxels of fluid is above the roof of the ventricles.
const ROOF_VOXELS: u32 = 40;
/// Nearer to the midline, white matter is callosum: mm of the template.
const CALLOSUM_MM: f64 = 12.0;
/// The rim of the white matter without spaces, mm.
const RIM_MM: usize = 3;

impl SpacesHead {
    /// Draws the head of a patient with its spaces.
    #[must_use]
    pub fn draw(patient: &Patient) -> Self {
        let solid = Solid::of(patient);
        let map = Map::of(patient, &solid);
        let burden = Burden::of(patient);
        let mut spaces = map.white_spaces(&burden);
        spaces.extend(map.basal_spaces(&burden));
        spaces.extend(map.other_spaces(&burden));
        Self {
            patient: patient.clone(),
            spaces,
            lesions: map.lesions(),
            ventricles_top_mm: map.ventricles_top_mm(),
            solid,
        }
    }
}

/// The labels of a head on voxels of 1 mm.
struct Map<'a> {
    patient: &'a Patient,
    grid: Grid,
    labels: Vec<u8>,
}

impl<'a> Map<'a> {
    fn of(patient: &'a Patient, solid: &Solid) -> Self {
        let grid = SpacesSequence::T1.grid();
        let labels = solid.cut(&grid, 1, &[0.0; N_TISSUES]).labels;
        Self {
            patient,
            grid,
            labels,
        }
    }

    fn chance(&self, what: &str) -> Chance {
        Chance::of(self.patient.seed, "spaces", what)
    }

    fn mask(&self, is_wanted: impl Fn(SpaceRegion) -> bool) -> Vec<bool> {
        let of = |&label: &u8| is_wanted(SpaceRegion::from_index(label));
        self.labels.iter().map(of).collect()
    }

    fn places(&self, mask: &[bool]) -> Vec<Point3<f64>> {
        let [nx, ny, _] = self.grid.dims();
        let of = |voxel: usize| {
            let index = [voxel % nx, voxel / nx % ny, voxel / (nx * ny)];
            self.grid.to_world(Point3::from(index.map(|i| i as f64)))
        };
        let inside = mask.iter().enumerate().filter(|(_, is_in)| **is_in);
        inside.map(|(voxel, _)| of(voxel)).collect()
    }

    fn at(&self, point: Point3<f64>) -> SpaceRegion {
        let [nx, ny, _] = self.grid.dims();
        let voxel = self.grid.voxel_at(point);
        voxel.map_or(SpaceRegion::Outside, |[i, j, k]| {
            SpaceRegion::from_index(self.labels[i + nx * (j + ny * k)])
        })
    }

    /// About where a point of the world lies in the template.
    fn template(&self, p: Point3<f64>) -> Vector3<f64> {
        let scale = self.patient.shape.scale.map(f64::from);
        p.coords.component_div(&Vector3::from(scale))
    }

    /// The roof of the lateral ventricles: where fluid ends above their bodies, below the callosum.
    fn ventricles_top_mm(&self) -> f64 {
        let scale = f64::from(self.patient.shape.scale[2]);
        let is_beside = |p: &Point3<f64>| {
            let t = self.template(*p);
            (4.0..16.0).contains(&t.x.abs()) && (-40.0..20.0).contains(&t.y)
        };
        let fluid = self.mask(|region| region == SpaceRegion::Fluid);
        let mut by_mm = [0_u32; 90];
        for p in self.places(&fluid).iter().filter(|p| is_beside(p)) {
            if let Some(n) = by_mm.get_mut(p.z.max(0.0) as usize) {
                *n += 1;
            }
        }
        let within = (14.0 * scale) as usize;
        let top = (within..90).find(|&mm| by_mm[mm] < ROOF_VOXELS);
        top.unwrap_or(within) as f64
    }

    /// A tube with its middle in the region of `center` that stays among the regions `is_room`; made
    /// shorter where it would not.
    fn tube(
        &self,
        chance: &mut Chance,
        habit: &Habit,
        center: Point3<f64>,
        way: Vector3<f64>,
        is_room: impl Fn(SpaceRegion) -> bool,
    ) -> Option<Tube> {
        let shared = chance.normal(0.0, 1.0);
        // Long spaces are wide: the two are correlated by 0.4.
        let width_spread = habit.width_mm[1] * shared;
        let length_spread = 0.4 * shared + chance.normal(0.0, f64::sqrt(1.0 - 0.16));
        let width_mm = (habit.width_mm[0] * width_spread.exp()).clamp(0.2, 4.0);
        let mut length_mm =
            (habit.length_mm[0] * (habit.length_mm[1] * length_spread).exp()).clamp(1.5, 25.0);
        let way = (way + chance.jitter(habit.jitter)).try_normalize(1e-6)?;
        let aside = way.cross(&chance.jitter(1.0)).try_normalize(1e-6)?;
        let bow = chance.between(0.0, 0.08) * aside;
        let taper = chance.between(0.0, 0.35);
        let beads = [
            0.18,
            length_mm / chance.between(1.5, 3.0),
            chance.between(0.0, 1.0),
        ];
        for _ in 0..6 {
            let half = 0.5 * length_mm * way;
            let tube = Tube {
                ends: [center - half, center + half],
                bow: length_mm * bow,
                width_mm,
                taper,
                beads,
            };
            if (0..=8).all(|at| is_room(self.at(tube.at(f64::from(at) / 8.0).0))) {
                return Some(tube);
            }
            length_mm *= 0.75;
        }
        None
    }

    /// Draws spaces with their middles at such places, accepted with a chance of their own.
    fn spaces(
        &self,
        habit: &Habit,
        places: &[Point3<f64>],
        weight: impl Fn(Point3<f64>) -> f64,
        way: impl Fn(Point3<f64>) -> Vector3<f64>,
        is_room: impl Fn(SpaceRegion) -> bool + Copy,
    ) -> Vec<Space> {
        let mut chance = self.chance(habit.name);
        let n = chance.poisson(habit.mean_n);
        let mut spaces = Vec::with_capacity(n);
        // A region may be too small for what was drawn for it.
        let mut tries = 200 * n.max(1);
        while spaces.len() < n && tries > 0 && !places.is_empty() {
            tries -= 1;
            let within = chance.jitter(0.3);
            let center = places[chance.place(places.len())] + within;
            if !chance.happens(weight(center)) {
                continue;
            }
            let fluid = chance.between(habit.fluid[0], habit.fluid[1]);
            if let Some(tube) = self.tube(&mut chance, habit, center, way(center), is_room) {
                spaces.push(Space {
                    region: self.at(tube.center()),
                    tube,
                    fluid,
                });
            }
        }
        spaces
    }

    /// Along the small vessels that run from the surface to the ventricles.
    fn white_spaces(&self, burden: &Burden) -> Vec<Space> {
        let white = self.mask(SpaceRegion::is_white);
        let deep = eroded(&white, self.grid.dims(), Neighbours::Faces, RIM_MM);
        let places = self.places(&deep);
        let habit = Habit {
            name: "white",
            mean_n: PER_ML * places.len() as f64 / 1000.0 * burden.white,
            width_mm: [0.62 * burden.width, 0.35],
            length_mm: [5.0, 0.45],
            fluid: [0.3, 0.7],
            jitter: 0.45,
        };
        let weight = |p: Point3<f64>| {
            let t = self.template(p);
            // The callosum has none.
            if t.x.abs() < CALLOSUM_MM {
                return 0.0;
            }
            // Frontal and parietal lobes have more than temporal and occipital ones.
            match (t.z > 14.0, t.y > 20.0) {
                (true, _) if t.y > -72.0 => 1.0,
                (true, _) => 0.5,
                (false, true) => 0.6,
                (false, false) => 0.3,
            }
        };
        let way = |p: Point3<f64>| p - self.hub(p);
        self.spaces(
            &habit,
            &places,
            weight,
            |p| way(p).normalize(),
            SpaceRegion::is_white,
        )
    }

    /// The place of the ventricles to which the vessels at a point of the white matter run.
    fn hub(&self, p: Point3<f64>) -> Point3<f64> {
        let scale = self.patient.shape.scale.map(f64::from);
        let t = self.template(p);
        let x = 13.0 * t.x.signum();
        Point3::new(
            x * scale[0],
            (0.5 * t.y).clamp(-38.0, 24.0) * scale[1],
            12.0 * scale[2],
        )
    }

    /// Along the lenticulostriate arteries, which rise from the anterior perforated substance and fan
    /// out in the putamen and the caudate.
    fn basal_spaces(&self, burden: &Burden) -> Vec<Space> {
        let basal = self.mask(SpaceRegion::is_basal_ganglia);
        let places = self.places(&eroded(&basal, self.grid.dims(), Neighbours::Faces, 1));
        let scale = self.patient.shape.scale.map(f64::from);
        let habit = Habit {
            name: "basal",
            mean_n: 23.0 * burden.basal,
            width_mm: [0.8 * burden.width, 0.4],
            length_mm: [6.0, 0.4],
            fluid: [0.5, 0.9],
            jitter: 0.12,
        };
        let root = |p: Point3<f64>| {
            let side = p.x.signum();
            Point3::new(17.0 * side * scale[0], 4.0 * scale[1], -13.0 * scale[2])
        };
        let weight = |p: Point3<f64>| (-((p - root(p)).norm() - 6.0).max(0.0) / 12.0).exp();
        let way = |p: Point3<f64>| (p - root(p)).normalize();
        self.spaces(&habit, &places, weight, way, |region| {
            region.is_basal_ganglia() || region.is_white()
        })
    }

    /// Of hippocampi, midbrain and thalami.
    fn other_spaces(&self, burden: &Burden) -> Vec<Space> {
        let narrow = |name: &'static str, mean_n: f64, length_mm: f64| Habit {
            name,
            mean_n: mean_n * burden.rest,
            width_mm: [0.9 * burden.width, 0.35],
            length_mm: [length_mm, 0.35],
            fluid: [0.5, 0.9],
            jitter: 0.3,
        };
        let of = |habit: &Habit,
                  is_it: fn(SpaceRegion) -> bool,
                  way: fn(Point3<f64>) -> Vector3<f64>| {
            let places = self.places(&self.mask(is_it));
            self.spaces(habit, &places, |_| 1.0, way, is_it)
        };
        // Backwards, upwards and to the middle.
        let mut spaces = of(
            &narrow("hippocampus", 6.0, 2.5),
            SpaceRegion::is_hippocampus,
            |p| Vector3::new(0.1 * p.x.signum(), -0.85, 0.5),
        );
        // Along the vessels that enter between the peduncles.
        spaces.extend(of(
            &narrow("midbrain", 4.0, 3.5),
            |region| region == SpaceRegion::Midbrain,
            |p| Vector3::new(0.3 * p.x.signum(), -0.4, 0.85),
        ));
        spaces.extend(of(
            &narrow("thalamus", 3.0, 3.0),
            |region| {
                matches!(
                    region,
                    SpaceRegion::ThalamusLeft | SpaceRegion::ThalamusRight
                )
            },
            |_| Vector3::new(0.0, -0.3, 0.95),
        ));
        spaces
    }

    fn lesions(&self) -> Vec<Lesion> {
        let mut chance = self.chance("lesions");
        let age = self.patient.age_years;
        let white = self.mask(SpaceRegion::is_white);
        let dims = self.grid.dims();
        let deep = self.places(&eroded(&white, dims, Neighbours::Faces, 2));
        let near_fluid = dilated(&self.ventricles(), dims, Neighbours::Faces, 7);
        let beside: Vec<bool> = white.iter().zip(near_fluid).map(|(w, n)| *w && n).collect();
        let beside: Vec<Point3<f64>> = self.places(&beside);
        let mut lesions = Vec::new();
        let old = ((age - 35.0) / 40.0).max(0.0);
        let uneven = f64::exp(chance.normal(0.0, 0.5));
        let n_lesions = chance.poisson((4.0 + 36.0 * old * old) * uneven);
        for _ in 0..n_lesions {
            let places = if chance.happens(0.5) { &beside } else { &deep };
            let median = f64::exp(chance.normal(0.0, 0.45));
            let radius = (1.7 * median).clamp(1.0, 4.0 + 3.0 * old);
            let center = places[chance.place(places.len())];
            lesions.push(Lesion::WhiteMatter {
                center,
                radii: Vector3::from_fn(|_, _| radius * chance.between(0.7, 1.4)),
                strength: chance.between(0.33, 1.0),
            });
        }
        let core = self.mask(|region| {
            region.is_basal_ganglia() || region.is_white() || region.name().starts_with("thalamus")
        });
        let core = self.places(&eroded(&core, dims, Neighbours::Faces, 4));
        for _ in 0..chance.poisson(0.2 + 1.3 * old) {
            let radius = (2.6 * f64::exp(chance.normal(0.0, 0.35))).clamp(1.5, 7.5);
            let center = core[chance.place(core.len())];
            lesions.push(Lesion::Lacune {
                center,
                radii: Vector3::from_fn(|_, _| radius * chance.between(0.75, 1.25))
                    .map(|r| r.clamp(1.5, 7.5)),
            });
        }
        lesions.extend(self.veins(&mut chance, &beside));
        lesions
    }

    /// Veins run as spaces do, longer and straighter.
    fn veins(&self, chance: &mut Chance, beside: &[Point3<f64>]) -> Vec<Lesion> {
        let habit = Habit {
            name: "veins",
            mean_n: 12.0,
            width_mm: [0.4, 0.25],
            length_mm: [14.0, 0.3],
            fluid: [0.0, 0.0],
            jitter: 0.1,
        };
        let n = chance.poisson(habit.mean_n);
        let mut veins = Vec::new();
        for _ in 0..n {
            let near = beside[chance.place(beside.len())];
            if self.template(near).x.abs() < CALLOSUM_MM {
                continue;
            }
            let Some(way) = (near - self.hub(near)).try_normalize(1e-6) else {
                continue;
            };
            let center = near + 6.0 * way;
            veins.extend(self.tube(chance, &habit, center, way, SpaceRegion::is_white));
        }
        veins.into_iter().map(Lesion::Vein).collect()
    }

    /// Fluid in the midst of the head.
    fn ventricles(&self) -> Vec<bool> {
        let [nx, ny, _] = self.grid.dims();
        let is_inside = |voxel: usize| {
            let index = [voxel % nx, voxel / nx % ny, voxel / (nx * ny)];
            let p = self.grid.to_world(Point3::from(index.map(|i| i as f64)));
            let t = self.template(p);
            t.x.abs() < 26.0 && (-50.0..34.0).contains(&t.y) && (0.0..40.0).contains(&t.z)
        };
        let fluid = self.mask(|region| region == SpaceRegion::Fluid);
        let inside = fluid.iter().enumerate();
        inside
            .map(|(voxel, is_fluid)| *is_fluid && is_inside(voxel))
            .collect()
    }
}
