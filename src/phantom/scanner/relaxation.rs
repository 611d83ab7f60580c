//! How the tissues of one patient relax.

use super::super::chance::Chance;
use super::super::signal::Relaxation;
use super::super::{Patient, Region, Tissue};

/// What gives a signal of its own: a tissue, or a part of the deep grey matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Substance {
    /// Any tissue; of the deep grey matter the putamen.
    Of(Tissue),
    /// The caudate nucleus.
    Caudate,
    /// The grey part of the thalamus.
    Thalamus,
}

/// Substances have numbers from 0: tissues first.
pub(super) const N_SUBSTANCES: usize = Tissue::ALL.len() + 2;

impl Substance {
    /// What a tissue is in a region.
    #[must_use]
    pub fn in_region(tissue: Tissue, region: Region) -> Self {
        match (tissue, region) {
            (Tissue::DeepGrey, Region::CaudateLeft | Region::CaudateRight) => Self::Caudate,
            (Tissue::DeepGrey, Region::ThalamusLeft | Region::ThalamusRight) => Self::Thalamus,
            _ => Self::Of(tissue),
        }
    }

    pub(super) fn index(self) -> usize {
        match self {
            Self::Of(tissue) => tissue as usize,
            Self::Caudate => Tissue::ALL.len(),
            Self::Thalamus => Tissue::ALL.len() + 1,
        }
    }
}

/// Relaxation at 3 T of everything in one patient's head, the same on every scanner.
#[derive(Clone, Debug, PartialEq)]
pub struct Tissues([Relaxation; N_SUBSTANCES]);

/// The age at which T1 of white matter is shortest, and of grey matter, years: 40 to 45 in 79 adults
/// (Agartz and others, Radiology 1991;181:537), the fourth to sixth decade in 115 (Steen and others, Magn
/// Reson Imaging 1997;15:1133), in white matter before grey.
const YOUNGEST_T1_YEARS: [f64; 2] = [42.0, 52.0];
/// By how much it is longer 40 years before or after; chosen.
const LONGER_AWAY: f64 = 0.05;
/// Standard deviation of what all T1 of a patient have in common (how a sequence sees them differs by
/// scanner: magnetisation transfer, inversions that fall short); chosen.
const SHARED_SD: f64 = 0.03;

/// Mean and standard deviation of T1 in ms, of proton density where CSF has 1, and where it comes from.
struct Published {
    t1_ms: [f64; 2],
    pd: [f64; 2],
    /// 0 for white matter and 1 for grey, of which T1 follows age.
    ages_as: Option<usize>,
}

/// T1 of white matter 838 +- 50, cortex 1607 +- 112, caudate 1395 +- 49, putamen 1332 +- 68 ms (Wright
/// and others, MAGMA 2008;21:121); white matter 832 and grey matter 1331 ms (Wansapura and others, J Magn
/// Reson Imaging 1999;9:531), which is why cortex lies between; CSF 4308.7 +- 146.9 ms (PMC10696635); fat
/// 382 +- 13 ms (de Bazelaire and others, Radiology 2004;230:652). Water of white matter 69.1 +- 1.7 %, of
/// grey matter 83.7 +- 1.2 % (Front Neurol 2019;10:1333). The others are chosen: the grey part of the thalamus,
/// the brainstem, white matter of the cerebellum and the scalp's muscle between white matter and cortex; grey
/// matter of the cerebellum at Wright's cortex, above the mean that is taken here; blood above that, and the
/// globe just below CSF.
fn published(substance: Substance) -> Option<Published> {
    let of = |t1_ms, pd, ages_as| Some(Published { t1_ms, pd, ages_as });
    let white_pd = [0.691, 0.017];
    let grey_pd = [0.837, 0.012];
    match substance {
        Substance::Of(Tissue::White) => of([838.0, 50.0], white_pd, Some(0)),
        Substance::Of(Tissue::CorticalGrey) => of([1510.0, 112.0], grey_pd, Some(1)),
        Substance::Of(Tissue::DeepGrey) => of([1310.0, 68.0], [0.82, 0.015], Some(1)),
        Substance::Caudate => of([1370.0, 60.0], [0.83, 0.015], Some(1)),
        Substance::Thalamus => of([1150.0, 70.0], [0.79, 0.015], Some(1)),
        Substance::Of(Tissue::Brainstem) => of([1070.0, 60.0], [0.745, 0.015], Some(0)),
        Substance::Of(Tissue::CerebellarGrey) => of([1600.0, 100.0], [0.83, 0.015], Some(1)),
        Substance::Of(Tissue::CerebellarWhite) => of([990.0, 55.0], [0.72, 0.017], Some(0)),
        Substance::Of(Tissue::Csf) => of([4308.7, 146.9], [1.0, 0.0], None),
        Substance::Of(Tissue::Globe) => of([4250.0, 150.0], [1.0, 0.0], None),
        Substance::Of(Tissue::Fat) => of([382.0, 13.0], [0.9, 0.03], None),
        Substance::Of(Tissue::Scalp) => of([1250.0, 120.0], [0.72, 0.03], None),
        Substance::Of(Tissue::Blood) => of([1800.0, 100.0], [0.85, 0.02], None),
        Substance::Of(Tissue::Air | Tissue::Bone | Tissue::Dura) => None,
    }
}

impl Tissues {
    /// Draws those of a patient. Nothing lies further than 2.5 standard deviations off.
    #[must_use]
    pub fn draw(patient: &Patient) -> Self {
        let mut chance = Chance::of(patient.seed, "scanner", "tissues");
        let mut within =
            |[mean, sd]: [f64; 2]| mean + sd * chance.normal(0.0, 1.0).clamp(-2.5, 2.5);
        let shared = within([1.0, SHARED_SD]);
        let aged = YOUNGEST_T1_YEARS.map(|youngest| {
            let away = (patient.age_years - youngest) / 40.0;
            1.0 + LONGER_AWAY * (away * away).min(1.5)
        });
        let tissues = Tissue::ALL.iter().map(|&tissue| Substance::Of(tissue));
        let parts = [Substance::Caudate, Substance::Thalamus];
        let mut drawn = tissues.chain(parts).map(|substance| {
            let usual = match substance {
                Substance::Of(tissue) => tissue.relaxation(),
                Substance::Caudate | Substance::Thalamus => Tissue::DeepGrey.relaxation(),
            };
            let [t1, pd] = [within([0.0, 1.0]), within([0.0, 1.0])];
            let Some(published) = published(substance) else {
                return usual;
            };
            let by_age = published.ages_as.map_or(1.0, |which| aged[which] * shared);
            Relaxation {
                t1_ms: by_age * (published.t1_ms[0] + published.t1_ms[1] * t1),
                pd: (published.pd[0] + published.pd[1] * pd).min(1.0),
                t2star_ms: usual.t2star_ms,
            }
        });
        let air = Tissue::Air.relaxation();
        Self(std::array::from_fn(|_| drawn.next().unwrap_or(air)))
    }

    /// That of one of them.
    #[must_use]
    pub fn relaxation(&self, substance: Substance) -> Relaxation {
        self.0[substance.index()]
    }

    pub(super) fn all(&self) -> &[Relaxation; N_SUBSTANCES] {
        &self.0
    }
}
