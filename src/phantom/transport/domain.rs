//! The head as the solver sees it: which cells hold CSF, which hold tissue, and which faces
//! between them are open.

use super::Parameters;

/// What a cell mostly is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Zone {
    /// Bone, skin, air: neither CSF nor tissue.
    Outside,
    /// The subarachnoid space around the hemispheres.
    Sas,
    /// A cistern at the base or around the cerebellum.
    Cistern,
    /// The subarachnoid space below the foramen magnum; not counted as intracranial.
    SpinalSas,
    /// Where spinal CSF comes in: the lowest layer of the spinal space. Not counted as intracranial.
    Inlet,
    /// The subarachnoid space of the upper convexity, where CSF leaves.
    Outlet,
    /// Either lateral ventricle.
    LateralVentricle,
    /// The third ventricle, with the foramina of Monro.
    ThirdVentricle,
    /// The aqueduct.
    Aqueduct,
    /// The fourth ventricle, with its outlets.
    FourthVentricle,
    /// Grey matter.
    Grey,
    /// White matter.
    White,
    /// Brainstem and spinal cord.
    Brainstem,
    /// A cyst that communicates with the CSF through its wall only.
    ClosedCyst,
}

impl Zone {
    /// Every zone, in the order of its number.
    pub const ALL: [Self; 14] = [
        Self::Outside,
        Self::Sas,
        Self::Cistern,
        Self::SpinalSas,
        Self::Inlet,
        Self::Outlet,
        Self::LateralVentricle,
        Self::ThirdVentricle,
        Self::Aqueduct,
        Self::FourthVentricle,
        Self::Grey,
        Self::White,
        Self::Brainstem,
        Self::ClosedCyst,
    ];

    /// Whether the zone is one of CSF or cyst fluid.
    #[must_use]
    pub fn is_fluid(self) -> bool {
        !matches!(self, Self::Outside) && !self.is_tissue()
    }

    /// Whether the zone is one of tissue.
    #[must_use]
    pub fn is_tissue(self) -> bool {
        matches!(self, Self::Grey | Self::White | Self::Brainstem)
    }

    /// Whether the zone lies above the foramen magnum.
    #[must_use]
    pub fn is_intracranial(self) -> bool {
        !matches!(self, Self::Outside | Self::SpinalSas | Self::Inlet)
    }

    /// Whether the zone is one of the four ventricles or the aqueduct.
    #[must_use]
    pub fn is_ventricle(self) -> bool {
        matches!(
            self,
            Self::LateralVentricle | Self::ThirdVentricle | Self::Aqueduct | Self::FourthVentricle
        )
    }

    fn is_sas(self) -> bool {
        self.is_fluid() && !self.is_ventricle() && self != Self::ClosedCyst
    }

    /// Whether CSF is continuous between two zones where they touch.
    ///
    /// Voxels are thicker than the membranes between the ventricles and the cisterns, so which
    /// spaces open into each other is said here and not left to partial volume.
    #[must_use]
    pub fn opens_to(self, other: Self) -> bool {
        let one_way = |a: Self, b: Self| match a {
            Self::LateralVentricle | Self::Aqueduct => b == Self::ThirdVentricle,
            Self::FourthVentricle => b == Self::Aqueduct || b.is_sas(),
            _ => a.is_sas() && b.is_sas(),
        };
        (self == other && self.is_fluid()) || one_way(self, other) || one_way(other, self)
    }
}

/// A head on a grid of cubes. Arrays hold `dims` values, the first index fastest.
///
/// Crop the grid to the head: memory goes with the cells of the grid, time with those in use.
#[derive(Clone, Debug)]
pub struct Domain {
    /// Cells along each axis.
    pub dims: [usize; 3],
    /// The edge of a cell, mm.
    pub spacing_mm: f64,
    /// Share of each cell that is CSF or cyst fluid, 0 to 1.
    pub csf: Vec<f32>,
    /// Share of each cell that is parenchyma, 0 to 1; with `csf` at most 1.
    pub tissue: Vec<f32>,
    /// What each cell mostly is. CSF in a cell of a tissue zone belongs to the fluid zone next to
    /// it, and the other way round.
    pub zone: Vec<Zone>,
}

/// Shares below this are left out: they hold next to nothing and would only be stiff.
const SMALLEST_SHARE: f32 = 0.01;

/// No unknown here.
pub(super) const NONE: u32 = u32::MAX;

impl Domain {
    /// The volume of a cell, mm3.
    #[must_use]
    pub fn cell_mm3(&self) -> f64 {
        self.spacing_mm.powi(3)
    }

    /// # Panics
    ///
    /// Where an array does not have one value a cell, or there are more than 2^31 cells.
    pub(super) fn check(&self) {
        let n: usize = self.dims.iter().product();
        let sizes = [self.csf.len(), self.tissue.len(), self.zone.len()];
        assert_eq!(sizes, [n; 3], "one value a cell: csf, tissue and zone");
        assert!(n < 1 << 31, "fewer than 2^31 cells, not {n}");
    }

    /// From a cell to the next along each axis.
    pub(super) fn strides(&self) -> [usize; 3] {
        [1, self.dims[0], self.dims[0] * self.dims[1]]
    }

    /// The fluid zone of every cell that holds CSF; `Outside` elsewhere.
    #[must_use]
    pub fn fluid_zones(&self) -> Vec<Zone> {
        self.spread(&self.csf, Zone::is_fluid, Zone::Sas)
    }

    /// The tissue zone of every cell that holds tissue; `Outside` elsewhere.
    #[must_use]
    pub fn tissue_zones(&self) -> Vec<Zone> {
        self.spread(&self.tissue, Zone::is_tissue, Zone::Grey)
    }

    /// Gives cells that hold some of a compartment, but are mostly something else, the zone of
    /// that compartment which most of their neighbours have; in sweeps, until none is left.
    fn spread(&self, shares: &[f32], fits: impl Fn(Zone) -> bool, otherwise: Zone) -> Vec<Zone> {
        let held = |i: usize| shares[i] >= SMALLEST_SHARE;
        let own = |(i, &zone): (usize, &Zone)| match held(i) && fits(zone) {
            true => zone,
            false => Zone::Outside,
        };
        let mut zones: Vec<Zone> = self.zone.iter().enumerate().map(own).collect();
        let open = |i: &usize| held(*i) && !fits(self.zone[*i]);
        let mut pending: Vec<usize> = (0..zones.len()).filter(open).collect();
        while !pending.is_empty() {
            let voted: Vec<Zone> = pending
                .iter()
                .map(|&i| self.vote(i, shares, &zones))
                .collect();
            let stuck = voted.iter().all(|&zone| zone == Zone::Outside);
            let mut left = Vec::new();
            for (&i, &zone) in pending.iter().zip(&voted) {
                match zone {
                    Zone::Outside if stuck => zones[i] = otherwise,
                    Zone::Outside => left.push(i),
                    _ => zones[i] = zone,
                }
            }
            pending = left;
        }
        zones
    }

    /// The zone that most of the compartment around a cell has; nearer neighbours count for more.
    fn vote(&self, i: usize, shares: &[f32], zones: &[Zone]) -> Zone {
        let [nx, ny, _] = self.dims;
        let at = [i % nx, i / nx % ny, i / (nx * ny)];
        let mut votes = [0.0_f32; Zone::ALL.len()];
        for code in 0..27 {
            let step = [code % 3, code / 3 % 3, code / 9];
            let reach: usize = step.iter().filter(|&&s| s != 1).count();
            let inside = (0..3).all(|a| (1..=self.dims[a]).contains(&(at[a] + step[a])));
            if reach == 0 || !inside {
                continue;
            }
            let [x, y, z] = std::array::from_fn(|a| at[a] + step[a] - 1);
            let j = x + nx * (y + ny * z);
            votes[zones[j] as usize] += shares[j] / reach as f32;
        }
        votes[0] = 0.0;
        let mut best = 0;
        for zone in 1..votes.len() {
            if votes[zone] > votes[best] {
                best = zone;
            }
        }
        Zone::ALL[best]
    }
}

/// What flows or diffuses through one face, or within one cell, between two unknowns.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    /// The unknown on the lower side.
    pub a: u32,
    /// The unknown on the upper side.
    pub b: u32,
    /// What leaves `a` for `b` for each mmol/l in `a`, mm3/s.
    pub forward: f64,
    /// What leaves `b` for `a` for each mmol/l in `b`, mm3/s.
    pub back: f64,
}

/// The unknowns of a domain: one for the CSF and one for the tissue of each cell that holds them,
/// in the order of the cells, CSF first.
pub(super) struct Mesh<'a> {
    pub domain: &'a Domain,
    pub fluid_zone: Vec<Zone>,
    pub tissue_zone: Vec<Zone>,
    /// The unknown of a cell's CSF, or `NONE`.
    pub of_csf: Vec<u32>,
    /// The unknown of a cell's tissue, or `NONE`.
    pub of_tissue: Vec<u32>,
    /// The cell of each unknown, and whether it is tissue.
    pub unknowns: Vec<(u32, bool)>,
}

impl<'a> Mesh<'a> {
    pub(super) fn new(domain: &'a Domain) -> Self {
        domain.check();
        let fluid_zone = domain.fluid_zones();
        let tissue_zone = domain.tissue_zones();
        let mut of_csf = vec![NONE; domain.csf.len()];
        let mut of_tissue = of_csf.clone();
        let mut unknowns = Vec::new();
        for i in 0..domain.csf.len() {
            for (zone, of, is_tissue) in [
                (fluid_zone[i], &mut of_csf, false),
                (tissue_zone[i], &mut of_tissue, true),
            ] {
                if zone != Zone::Outside {
                    of[i] = unknowns.len() as u32;
                    unknowns.push((i as u32, is_tissue));
                }
            }
        }
        Self {
            domain,
            fluid_zone,
            tissue_zone,
            of_csf,
            of_tissue,
            unknowns,
        }
    }

    /// The zone of the fluid or tissue of an unknown.
    pub(super) fn zone(&self, unknown: usize) -> Zone {
        let (cell, is_tissue) = self.unknowns[unknown];
        match is_tissue {
            true => self.tissue_zone[cell as usize],
            false => self.fluid_zone[cell as usize],
        }
    }

    /// The volume of an unknown, mm3.
    pub(super) fn volume_mm3(&self, unknown: usize) -> f64 {
        let (cell, is_tissue) = self.unknowns[unknown];
        let shares = if is_tissue {
            &self.domain.tissue
        } else {
            &self.domain.csf
        };
        f64::from(shares[cell as usize]) * self.domain.cell_mm3()
    }

    /// The share of the face between cells `i` and `j` where CSF meets CSF: the smaller of the
    /// two shares.
    fn meets(&self, i: usize, j: usize) -> f64 {
        match self.of_csf[i] != NONE && self.of_csf[j] != NONE {
            true => f64::from(self.domain.csf[i].min(self.domain.csf[j])),
            false => 0.0,
        }
    }

    /// The share of the face between cells `i` and `j` through which CSF can flow.
    pub(super) fn opening(&self, i: usize, j: usize) -> f64 {
        match self.fluid_zone[i].opens_to(self.fluid_zone[j]) {
            true => self.meets(i, j),
            false => 0.0,
        }
    }

    /// Calls `visit` with the lower cell, the upper cell and the axis of every inner face.
    pub(super) fn for_each_face(&self, mut visit: impl FnMut(usize, usize, usize)) {
        let dims = self.domain.dims;
        let strides = self.domain.strides();
        for k in 0..dims[2] {
            for j in 0..dims[1] {
                let row = dims[0] * (j + dims[1] * k);
                for i in 0..dims[0] {
                    let cell = row + i;
                    if self.of_csf[cell] == NONE && self.of_tissue[cell] == NONE {
                        continue;
                    }
                    for (axis, at) in [i, j, k].into_iter().enumerate() {
                        if at + 1 < dims[axis] {
                            visit(cell, cell + strides[axis], axis);
                        }
                    }
                }
            }
        }
    }
}

/// Coefficients by zone, and the links that follow from them.
pub(super) struct Coefficients {
    diffusion: [f64; Zone::ALL.len()],
    pia: f64,
    cyst_wall: f64,
    porosity: f64,
}

impl Coefficients {
    pub(super) fn new(parameters: &Parameters) -> Self {
        let p = parameters;
        let dispersed = |r: f64| (1.0 + r) * p.csf_diffusion;
        let enhanced = |d: f64| (1.0 + p.tissue_dispersion) * d;
        let diffusion = Zone::ALL.map(|zone| match zone {
            Zone::Outside => 0.0,
            Zone::Grey => enhanced(p.grey_diffusion),
            Zone::White => enhanced(p.white_diffusion),
            Zone::Brainstem => enhanced(p.brainstem_diffusion),
            Zone::Aqueduct => dispersed(p.aqueduct_dispersion),
            Zone::ClosedCyst => p.csf_diffusion,
            Zone::Cistern => dispersed(p.cistern_dispersion),
            Zone::SpinalSas | Zone::Inlet => dispersed(p.spinal_dispersion),
            zone if zone.is_ventricle() => dispersed(p.ventricle_dispersion),
            _ => dispersed(p.sas_dispersion),
        });
        Self {
            diffusion,
            pia: p.pia_mm_per_s,
            cyst_wall: p.cyst_wall_mm_per_s,
            porosity: p.porosity,
        }
    }

    /// Conductance per mm2 over half a cell of each side, with a membrane of resistance
    /// `wall` s/mm between; mm/s.
    fn across(&self, half_mm: f64, a: Zone, b: Zone, wall: f64) -> f64 {
        let depth = |zone: Zone| half_mm / self.diffusion[zone as usize];
        1.0 / (depth(a) + depth(b) + wall)
    }

    /// The same between CSF and tissue, for the difference of concentration in fluid, mm/s. What
    /// diffuses in tissue is `porosity` times the concentration in its fluid.
    fn through_pia(&self, csf: Zone, csf_mm: f64, tissue: Zone, tissue_mm: f64) -> f64 {
        let wall = match csf {
            Zone::ClosedCyst => 1.0 / self.pia + 1.0 / self.cyst_wall,
            _ => 1.0 / self.pia,
        };
        let inner = tissue_mm / (self.porosity * self.diffusion[tissue as usize]);
        1.0 / (wall + inner + csf_mm / self.diffusion[csf as usize])
    }

    /// Calls `visit` with every link through the face between two cells, given the CSF that
    /// flows through it from `i` to `j`, mm3/s.
    ///
    /// A face is shared out so: CSF against CSF and tissue against tissue over the smaller of
    /// their shares, and what is left of CSF on one side against what is left of tissue on the
    /// other over the smaller of these.
    pub(super) fn face_links(
        &self,
        mesh: &Mesh<'_>,
        [i, j]: [usize; 2],
        flow_mm3_per_s: f64,
        mut visit: impl FnMut(Link),
    ) {
        let domain = mesh.domain;
        let h = domain.spacing_mm;
        let [csf_i, csf_j] = [i, j].map(|cell| mesh.fluid_zone[cell]);
        let [tissue_i, tissue_j] = [i, j].map(|cell| mesh.tissue_zone[cell]);
        let both_tissue = tissue_i != Zone::Outside && tissue_j != Zone::Outside;
        let met = mesh.meets(i, j);
        let grown = match both_tissue {
            true => f64::from(domain.tissue[i].min(domain.tissue[j])),
            false => 0.0,
        };
        if met > 0.0 {
            let wall = match (csf_i.opens_to(csf_j), csf_i, csf_j) {
                (true, ..) => Some(0.0),
                (_, Zone::ClosedCyst, _) | (.., Zone::ClosedCyst) => Some(1.0 / self.cyst_wall),
                _ => None,
            };
            if let Some(wall) = wall {
                let spread = met * h * h * self.across(0.5 * h, csf_i, csf_j, wall);
                let [a, b] = [mesh.of_csf[i], mesh.of_csf[j]];
                visit(fitted(a, b, spread, flow_mm3_per_s));
            }
        }
        if grown > 0.0 {
            let spread = grown * h * h * self.across(0.5 * h, tissue_i, tissue_j, 0.0);
            visit(fitted(mesh.of_tissue[i], mesh.of_tissue[j], spread, 0.0));
        }
        for (csf_cell, tissue_cell) in [(i, j), (j, i)] {
            let [a, b] = [mesh.of_csf[csf_cell], mesh.of_tissue[tissue_cell]];
            if a == NONE || b == NONE {
                continue;
            }
            let csf_left = f64::from(domain.csf[csf_cell]) - met;
            let tissue_left = f64::from(domain.tissue[tissue_cell]) - grown;
            let area = csf_left.min(tissue_left) * h * h;
            if area > 0.0 {
                let zones = (mesh.fluid_zone[csf_cell], mesh.tissue_zone[tissue_cell]);
                let per_mm2 = self.through_pia(zones.0, 0.5 * h, zones.1, 0.5 * h);
                visit(self.exchange(a, b, area * per_mm2));
            }
        }
    }

    /// The exchange between the CSF and the tissue of one cell, if it holds both.
    ///
    /// Their common surface is taken as `4 csf tissue` faces: a full face in a cell that is half
    /// and half. With the faces between cells this makes the surface of a staircase, up to half
    /// more than the smooth one; the fitted permeability of the pia makes up for it.
    pub(super) fn cell_link(&self, mesh: &Mesh<'_>, i: usize) -> Option<Link> {
        let [a, b] = [mesh.of_csf[i], mesh.of_tissue[i]];
        if a == NONE || b == NONE {
            return None;
        }
        let h = mesh.domain.spacing_mm;
        let [csf, tissue] = [mesh.domain.csf[i], mesh.domain.tissue[i]].map(f64::from);
        let zones = (mesh.fluid_zone[i], mesh.tissue_zone[i]);
        let per_mm2 = self.through_pia(zones.0, 0.5 * h * csf, zones.1, 0.5 * h * tissue);
        Some(self.exchange(a, b, 4.0 * csf * tissue * h * h * per_mm2))
    }

    fn exchange(&self, csf: u32, tissue: u32, conductance: f64) -> Link {
        Link {
            a: csf,
            b: tissue,
            forward: conductance,
            back: conductance / self.porosity,
        }
    }
}

/// The exponentially fitted flux of Scharfetter and Gummel 1969: the exact one between two points
/// for steady transport in one dimension. Centred where diffusion rules, upwind where flow does,
/// never negative.
fn fitted(a: u32, b: u32, spread: f64, flow: f64) -> Link {
    let peclet = flow / spread;
    Link {
        a,
        b,
        forward: spread * bernoulli(-peclet),
        back: spread * bernoulli(peclet),
    }
}

/// x / (exp(x) - 1).
fn bernoulli(x: f64) -> f64 {
    if x.abs() < 1e-6 {
        1.0 - 0.5 * x
    } else {
        x / x.exp_m1()
    }
}
