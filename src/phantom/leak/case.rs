//! Who is examined, and what the leak and what resembles it make of the head.

use super::super::field::uniform;
use super::super::patient::{normal, normal_within};
use super::super::{Diagnosis, Sex, Shape};
use super::random::{Stream, beta, between, happens, stream};
use super::scanner::LeakScan;
use crate::anatomy::bern::{Findings, Item, Seen};
use rand::Rng;

/// How hard a cohort is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Preset {
    /// Near the study of 129 patients: a network can be a little better than the Bern score.
    Paper,
    /// More patients without a leak resemble one with it in a single finding.
    Default,
    /// Hardly a leak without signs.
    Clear,
}

/// What a preset stands for.
struct Mix {
    /// Of the leaks, those without a sign.
    silent_share: f64,
    /// Of the others, those with all signs: the leak was not found.
    missed_share: f64,
    /// Of the others, those with a crowded fossa, with focal dura and with one large sinus.
    mimic_shares: [f64; 3],
    /// The first parameter of the severity's beta distribution; the second is 1.6.
    alpha: f64,
}

impl Preset {
    /// All.
    pub const ALL: [Self; 3] = [Self::Paper, Self::Default, Self::Clear];

    /// As on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Paper => "paper",
            Self::Default => "default",
            Self::Clear => "clear",
        }
    }

    fn mix(self) -> Mix {
        let (silent_share, missed_share, mimic_shares, alpha) = match self {
            Self::Paper => (0.10, 0.14, [0.08, 0.05, 0.05], 2.6),
            Self::Default => (0.05, 0.07, [0.22, 0.10, 0.10], 2.0),
            Self::Clear => (0.03, 0.03, [0.30, 0.12, 0.12], 2.0),
        };
        Mix {
            silent_share,
            missed_share,
            mimic_shares,
            alpha,
        }
    }
}

/// What of a head without a leak resembles one with it; 0 where nothing does.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Mimics {
    /// A small posterior fossa, which narrows the cisterns: 0.5 to 1.
    pub crowding: f64,
    /// Dura that is thick at one place, as over a meningioma: 0.8 to 2.
    pub focal_dura: f64,
    /// One transverse sinus that is large by itself: 1.5 to 3.5.
    pub large_sinus: f64,
}

/// A collection under the dura.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Subdural {
    /// Where it is thickest, mm.
    pub thickness_mm: f64,
    /// Blood, which is bright, or else little more than CSF.
    pub is_blood: bool,
    /// On the right, the left, or both sides.
    pub sides: [bool; 2],
}

/// One patient of the cohort: who never lived.
#[derive(Clone, Debug, PartialEq)]
pub struct LeakCase {
    /// Number in the cohort, counted from 1, with four digits: `0001`.
    pub id: String,
    /// All that is random in the head itself grows from this.
    pub seed: u64,
    /// Whether a leak was found: the label.
    pub has_leak: bool,
    /// 23 to 87.
    pub age_years: f64,
    /// The sex, which has a part in the size of the head.
    pub sex: Sex,
    /// How far the head shows the signs of low pressure, 0 to 1.
    pub severity: f64,
    /// What only resembles them.
    pub mimics: Mimics,
    /// [`Item::Suprasellar`], mm.
    pub suprasellar_mm: f64,
    /// [`Item::Prepontine`], mm.
    pub prepontine_mm: f64,
    /// [`Item::Mamillopontine`], mm.
    pub mamillopontine_mm: f64,
    /// How full the dominant transverse sinus is: its lower wall is convex above
    /// [`LeakCase::VENOUS_FROM`].
    pub venous: f64,
    /// How full the other sinuses are, on the same scale: what makes one sinus large has no part
    /// in it.
    pub other_sinuses: f64,
    /// Whether the dominant sinus is the right one.
    pub right_is_dominant: bool,
    /// How thick and bright the dura is where it is thickest: it enhances above
    /// [`LeakCase::DURA_FROM`].
    pub dura: f64,
    /// The same where nothing focal is.
    pub dura_elsewhere: f64,
    /// What lies under it.
    pub subdural: Option<Subdural>,
    /// The height of the pituitary, mm; the head has less where the chiasm leaves no more room.
    pub pituitary_mm: f64,
    /// The rim of CSF around the optic nerves, in standard deviations from the mean.
    pub optic_sheath: f64,
    /// What the simulated reader saw.
    pub reader: Findings,
    /// How the head was scanned.
    pub scan: LeakScan,
    /// The rest of the anatomy, as it would be without a leak.
    pub shape: Shape,
}

/// A cohort of so many cases, of which 66 of 129 have a leak as nearly as whole cases allow, in an
/// order drawn from the seed.
#[must_use]
pub fn leak_cohort(n: usize, cohort_seed: u64, preset: Preset) -> Vec<LeakCase> {
    let n_leaks = (n * 66 + 64) / 129;
    let mut has_leak: Vec<bool> = (0..n).map(|place| place < n_leaks).collect();
    super::super::cohort::shuffle(&mut has_leak, cohort_seed);
    let case = |(idx, has_leak)| LeakCase::draw(idx, cohort_seed, preset, has_leak);
    has_leak.into_iter().enumerate().map(case).collect()
}

/// What is a patient's own, whether there is a leak or not.
struct Own {
    /// Shared by the three cisterns.
    cisterns: f64,
    /// Of each of them.
    cistern: [f64; 3],
    venous: [f64; 2],
    dura: f64,
    /// Whether the dura answers as it does early.
    is_early: bool,
}

impl Own {
    fn draw(idx: usize, cohort_seed: u64) -> Self {
        let of = |which| stream(idx, cohort_seed, which);
        let cisterns = &mut of(Stream::Cisterns);
        let venous = &mut of(Stream::Venous);
        let dura = &mut of(Stream::Dura);
        Self {
            cisterns: normal(cisterns),
            cistern: [(); 3].map(|()| normal(cisterns)),
            venous: [(); 2].map(|()| normal(venous)),
            dura: normal(dura),
            is_early: happens(dura, 0.75),
        }
    }

    /// How wide a cistern is, in standard deviations.
    fn z(&self, which: usize) -> f64 {
        0.35_f64.sqrt() * self.cisterns + 0.65_f64.sqrt() * self.cistern[which]
    }
}

impl LeakCase {
    /// [`LeakCase::venous`] from which the sign is there.
    pub const VENOUS_FROM: f64 = 2.0;
    /// [`LeakCase::dura`] from which the sign is there.
    pub const DURA_FROM: f64 = 0.85;

    /// The case of this number (from 0) in the cohort of this seed.
    #[must_use]
    pub fn draw(idx: usize, cohort_seed: u64, preset: Preset, has_leak: bool) -> Self {
        let mix = preset.mix();
        let of = |which| stream(idx, cohort_seed, which);
        let like_share = if has_leak {
            1.0 - mix.silent_share
        } else {
            mix.missed_share
        };
        let is_like = happens(&mut of(Stream::Likeness), like_share);
        let drawn = beta(&mut of(Stream::Severity), mix.alpha, 1.6);
        let severity = if is_like { drawn } else { 0.0 };
        let mimic = |which, share, range| {
            let rng = &mut of(which);
            let is_there = happens(rng, share) && !has_leak && !is_like;
            let how_much = between(rng, range);
            if is_there { how_much } else { 0.0 }
        };
        let [crowding, focal_dura, large_sinus] = mix.mimic_shares;
        let mimics = Mimics {
            crowding: mimic(Stream::Crowding, crowding, [0.5, 1.0]),
            focal_dura: mimic(Stream::FocalDura, focal_dura, [0.8, 2.0]),
            large_sinus: mimic(Stream::LargeSinus, large_sinus, [1.5, 3.5]),
        };
        Self::of(idx, cohort_seed, has_leak, severity, mimics)
    }

    /// The same head had the leak left no trace: severity 0, everything else as it is. The exact
    /// difference of two such heads is what the leak does.
    #[must_use]
    pub fn twin(&self, cohort_seed: u64) -> Option<Self> {
        let idx = self.id.parse::<usize>().ok()?.checked_sub(1)?;
        Some(Self::of(idx, cohort_seed, self.has_leak, 0.0, self.mimics))
    }

    /// A case of a given severity.
    #[must_use]
    pub fn of(idx: usize, cohort_seed: u64, has_leak: bool, severity: f64, mimics: Mimics) -> Self {
        let of = |which| stream(idx, cohort_seed, which);
        let age_years = normal_within(&mut of(Stream::Age), [54.0, 14.8], [23.0, 87.0]);
        let sex = if happens(&mut of(Stream::Sex), 84.0 / 129.0) {
            Sex::Female
        } else {
            Sex::Male
        };
        let own = Own::draw(idx, cohort_seed);
        let (s, m1) = (severity, mimics.crowding);
        let length = |mean: f64, sd: f64, which: usize, less: f64| {
            (mean + sd * own.z(which) - less).max(0.0)
        };
        let answer = if own.is_early { 1.0 } else { 0.2 };
        let dura_elsewhere = 0.35 * own.dura + 2.4 * s * answer;
        let shape_rng = &mut of(Stream::Shape);
        let shape = Shape::draw(shape_rng, Diagnosis::Reference, age_years, sex);
        let mut case = Self {
            id: format!("{:04}", idx + 1),
            seed: of(Stream::Seed).next_u64(),
            has_leak,
            age_years,
            sex,
            severity,
            mimics,
            suprasellar_mm: length(5.0, 1.7, 0, 4.0 * s + 3.0 * m1),
            prepontine_mm: length(4.9, 1.5, 1, 2.0 * s + 3.0 * m1),
            mamillopontine_mm: length(7.0, 1.3, 2, 4.0 * s + 2.5 * m1),
            venous: own.venous[0] + 4.0 * s + mimics.large_sinus,
            other_sinuses: own.venous[1] + 4.0 * s,
            right_is_dominant: happens(shape_rng, 0.65),
            dura: dura_elsewhere + mimics.focal_dura,
            dura_elsewhere,
            subdural: subdural(&mut of(Stream::Subdural), s, mimics.focal_dura > 0.0),
            pituitary_mm: 5.0 + 1.2 * normal(&mut of(Stream::Pituitary)) + 4.0 * s,
            optic_sheath: normal(&mut of(Stream::OpticSheath)) - 1.5 * s,
            reader: NOTHING_SEEN,
            scan: LeakScan::draw(idx, cohort_seed),
            shape,
        };
        case.reader = case.seen_by_a_reader(&mut of(Stream::Reader));
        case
    }

    /// What is true of the head.
    #[must_use]
    pub fn findings(&self) -> Findings {
        self.findings_with([0.0; 5])
    }

    /// The simulated reader: off by 0.7 mm on lengths, by 0.7 on the sinus and by 0.35 on the dura,
    /// as standard deviations; a collection is not overlooked.
    fn seen_by_a_reader(&self, rng: &mut impl Rng) -> Findings {
        let sd = [0.7, 0.7, 0.7, 0.7, 0.35];
        self.findings_with(sd.map(|sd| sd * normal(rng)))
    }

    fn findings_with(&self, off: [f64; 5]) -> Findings {
        let length = |mm: f64, off: f64| Some((mm + off).max(0.0));
        Findings {
            pachymeningeal: Seen::from(self.dura + off[4] > Self::DURA_FROM),
            venous: Seen::from(self.venous + off[3] > Self::VENOUS_FROM),
            suprasellar_mm: length(self.suprasellar_mm, off[0]),
            subdural: Seen::from(self.subdural.is_some()),
            prepontine_mm: length(self.prepontine_mm, off[1]),
            mamillopontine_mm: length(self.mamillopontine_mm, off[2]),
        }
    }

    /// What an item of the head measures as it is drawn, mm: the lengths; the thickness of the dura
    /// where it is thickest and of the collection; by how much the lower wall of the dominant
    /// transverse sinus bulges, which is negative where it is concave.
    #[must_use]
    pub fn drawn_mm(&self, item: Item) -> f64 {
        match item {
            Item::Pachymeningeal => dura_mm(self.dura),
            Item::Venous => bulge_mm(self.venous),
            Item::Suprasellar => self.suprasellar_mm,
            Item::Subdural => self.subdural.map_or(0.0, |s| s.thickness_mm),
            Item::Prepontine => self.prepontine_mm,
            Item::Mamillopontine => self.mamillopontine_mm,
        }
    }
}

const NOTHING_SEEN: Findings = Findings {
    pachymeningeal: Seen::NotAssessable,
    venous: Seen::NotAssessable,
    suprasellar_mm: None,
    subdural: Seen::NotAssessable,
    prepontine_mm: None,
    mamillopontine_mm: None,
};

/// Fluid with a share of 0.35 of the severity; beside focal dura also in 15 %.
fn subdural(rng: &mut impl Rng, severity: f64, has_focal_dura: bool) -> Option<Subdural> {
    let [by_leak, by_focus] = [(); 2].map(|()| f64::from(uniform(rng)));
    let thickness_mm = between(rng, [2.0, 6.0]);
    let is_blood = happens(rng, 0.3);
    let side = uniform(rng);
    let is_there = by_leak < 0.35 * severity || (has_focal_dura && by_focus < 0.15);
    is_there.then_some(Subdural {
        thickness_mm,
        is_blood,
        sides: [side < 0.8, side >= 0.2],
    })
}

/// How thick dura of this strength is, mm: 0.3 to 0.5 where it is normal, 1 where the sign begins.
pub(in crate::phantom) fn dura_mm(strength: f64) -> f64 {
    let normal = (0.4 + 0.28 * strength.min(0.35)).max(0.3);
    (normal + (strength - 0.35).max(0.0)).min(3.2)
}

/// Gadobutrol in it, mmol/l.
pub(in crate::phantom) fn dura_mmol_per_l(strength: f64) -> f64 {
    (0.15 + 0.3 * (strength - 0.35).max(0.0)).min(0.45)
}

/// How far the lower wall of a transverse sinus bulges, mm.
pub(in crate::phantom) fn bulge_mm(venous: f64) -> f64 {
    0.5 * (venous - LeakCase::VENOUS_FROM)
}
