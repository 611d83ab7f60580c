//! Who the patients are, and how CSF and tracer move in them.

use super::Shape;
use super::field::uniform;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The groups of the tracer study that the cohorts follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Diagnosis {
    /// Examined, and nothing of the others found.
    Reference,
    /// Arachnoid cyst.
    ArachnoidCyst,
    /// Pineal cyst.
    PinealCyst,
    /// Idiopathic intracranial hypertension.
    Iih,
    /// Spontaneous intracranial hypotension.
    Sih,
    /// Idiopathic normal pressure hydrocephalus.
    Inph,
    /// Hydrocephalus of other kinds.
    Hydrocephalus,
}

impl Diagnosis {
    /// All groups, in the order of the cohort table.
    pub const ALL: [Self; 7] = [
        Self::Reference,
        Self::ArachnoidCyst,
        Self::PinealCyst,
        Self::Iih,
        Self::Sih,
        Self::Inph,
        Self::Hydrocephalus,
    ];

    /// As abbreviated in the cohort table: `REF`, `AC`, `PC`, `IIH`, `SIH`, `iNPH` or `HC`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Reference => "REF",
            Self::ArachnoidCyst => "AC",
            Self::PinealCyst => "PC",
            Self::Iih => "IIH",
            Self::Sih => "SIH",
            Self::Inph => "iNPH",
            Self::Hydrocephalus => "HC",
        }
    }

    /// In words.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Reference => "reference",
            Self::ArachnoidCyst => "arachnoid cyst",
            Self::PinealCyst => "pineal cyst",
            Self::Iih => "idiopathic intracranial hypertension",
            Self::Sih => "spontaneous intracranial hypotension",
            Self::Inph => "idiopathic normal pressure hydrocephalus",
            Self::Hydrocephalus => "hydrocephalus",
        }
    }

    /// The group with this code, upper or lower case.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|diagnosis| diagnosis.code().eq_ignore_ascii_case(code))
    }
}

/// As in the cohort table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sex {
    /// F
    Female,
    /// M
    Male,
}

impl Sex {
    /// `F` or `M`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Female => "F",
            Self::Male => "M",
        }
    }
}

/// Net flow through the aqueduct in the first hours.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EarlyFlow {
    /// As in [`Physiology::aqueduct_net_ml_per_day`].
    pub aqueduct_net_ml_per_day: f64,
    /// Until then, hours after the injection.
    pub until_h: f64,
}

/// How CSF and tracer move in a patient, as far as patients differ.
#[derive(Clone, Debug, PartialEq)]
pub struct Physiology {
    /// Net flow through the aqueduct: positive from the third to the fourth ventricle
    /// (antegrade), negative upwards (retrograde). Healthy 295 +- 53 ml/day by phase-contrast MRI;
    /// in iNPH retrograde in 14 of 21, -1100 +- 2200 ml/day (PubMed Central PMC6154456), of which
    /// only the part that is not exchange counts here.
    pub aqueduct_net_ml_per_day: f64,
    /// Another net flow in the first hours, while the patient lies flat after the puncture.
    pub early: Option<EarlyFlow>,
    /// Pulsatile dispersion, 1 in a young healthy adult.
    pub dispersion_scale: f64,
    /// How strongly pulsation mixes the ventricles and the aqueduct, 1 in a young healthy adult: it
    /// goes with the square of the pressure gradient, and hyperdynamic aqueducts carry several
    /// times the stroke volume of healthy ones.
    pub ventricular_dispersion_scale: f64,
    /// How fast tracer leaves, with CSF and from tissue, 1 in a young healthy adult.
    pub clearance_scale: f64,
    /// How much later than in a young healthy adult the tracer comes to the foramen magnum.
    pub arrival_delay_h: f64,
    /// How much of it comes, 1 in a young healthy adult.
    pub influx_scale: f64,
}

/// Someone who never lived.
#[derive(Clone, Debug, PartialEq)]
pub struct Patient {
    /// Number in the cohort, counted from 1, with four digits: `0001`.
    pub id: String,
    /// All that is random in the head itself (folds, warps) grows from this.
    pub seed: u64,
    /// The group.
    pub diagnosis: Diagnosis,
    /// 18 to 88.
    pub age_years: f64,
    /// The sex, which has a part in the size of the head.
    pub sex: Sex,
    /// The anatomy.
    pub shape: Shape,
    /// The flow.
    pub physiology: Physiology,
}

/// What is drawn for a patient, each from its own random numbers, so that a change in one does
/// not shift the others.
#[derive(Clone, Copy)]
enum Stream {
    Seed,
    Age,
    Sex,
    Shape,
    Physiology,
}

impl Patient {
    /// The patient of this number (from 0) in the cohort of this seed.
    #[must_use]
    pub fn draw(idx: usize, cohort_seed: u64, diagnosis: Diagnosis) -> Self {
        let share = super::cohort::Group::of(diagnosis).female_share();
        let female = f64::from(uniform(&mut stream(idx, cohort_seed, Stream::Sex))) < share;
        let sex = if female { Sex::Female } else { Sex::Male };
        Self::of_sex(idx, cohort_seed, diagnosis, sex)
    }

    /// The same of a given sex: everything else but the size of the head stays as it is.
    pub(super) fn of_sex(idx: usize, cohort_seed: u64, diagnosis: Diagnosis, sex: Sex) -> Self {
        let drawn = |which| stream(idx, cohort_seed, which);
        let age_years = super::cohort::Group::of(diagnosis).age(&mut drawn(Stream::Age));
        Self {
            id: format!("{:04}", idx + 1),
            seed: drawn(Stream::Seed).next_u64(),
            diagnosis,
            age_years,
            sex,
            shape: Shape::draw(&mut drawn(Stream::Shape), diagnosis, age_years, sex),
            physiology: Physiology::draw(&mut drawn(Stream::Physiology), diagnosis, age_years),
        }
    }
}

fn stream(idx: usize, cohort_seed: u64, which: Stream) -> ChaCha8Rng {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&cohort_seed.to_le_bytes());
    key[8..16].copy_from_slice(&(idx as u64).to_le_bytes());
    key[16..24].copy_from_slice(b"patients");
    let mut rng = ChaCha8Rng::from_seed(key);
    rng.set_stream(which as u64);
    rng
}

/// A nearly normal number of mean 0 and standard deviation 1, within -6 and 6: made of sums only,
/// so that it is the same on every machine.
pub(super) fn normal(rng: &mut impl Rng) -> f64 {
    (0..12).map(|_| f64::from(uniform(rng))).sum::<f64>() - 6.0
}

/// A normal number that is drawn again while it is outside the limits.
pub(super) fn normal_within(
    rng: &mut impl Rng,
    [mean, sd]: [f64; 2],
    [low, high]: [f64; 2],
) -> f64 {
    // Each number takes the same share of the stream, however often it is tried.
    (0..16)
        .map(|_| mean + sd * normal(rng))
        .fold(None, |kept: Option<f64>, x| {
            kept.or((low..=high).contains(&x).then_some(x))
        })
        .unwrap_or(mean.clamp(low, high))
}

impl Physiology {
    /// Signs and shares follow the papers named at the fields; sizes and spreads are chosen, such
    /// that groups overlap and reflux is not a function of the diagnosis. Net flows backwards are
    /// about a tenth of what phase-contrast MRI gives: as bulk flow those would wash the ventricles
    /// clear of tracer within a day.
    fn draw(rng: &mut impl Rng, diagnosis: Diagnosis, age_years: f64) -> Self {
        use Diagnosis::{ArachnoidCyst, Hydrocephalus, Iih, Inph, PinealCyst, Reference, Sih};
        let old = ((age_years - 30.0) / 50.0).clamp(0.0, 1.2);
        let turned_share = match diagnosis {
            Reference => 0.08,
            ArachnoidCyst | PinealCyst | Iih => 0.33,
            Sih => 0.12,
            Inph => 0.67,
            Hydrocephalus => 0.6,
        };
        // Ventricles that do not empty well are also those that pulsation fills.
        let (forward_ml_per_day, backward_ml_per_day, pulsation) = match diagnosis {
            Inph | Hydrocephalus => ([140.0, 100.0], [-160.0, 140.0], 12.0),
            Reference | Sih => ([270.0, 110.0], [-50.0, 50.0], 3.0),
            ArachnoidCyst | PinealCyst | Iih => ([230.0, 110.0], [-70.0, 70.0], 5.0),
        };
        let forward = normal_within(rng, forward_ml_per_day, [10.0, 700.0]);
        let backward = normal_within(rng, backward_ml_per_day, [-700.0, -2.0]);
        let early_share = match diagnosis {
            Reference | Sih => 0.12,
            _ => 0.2,
        };
        let is_early = f64::from(uniform(rng)) < early_share;
        let early = EarlyFlow {
            aqueduct_net_ml_per_day: normal_within(rng, [-90.0, 60.0], [-250.0, -10.0]),
            until_h: normal_within(rng, [9.0, 2.0], [5.0, 13.0]),
        };
        let pulsation = pulsation * normal_within(rng, [0.0, 0.9], [-2.0, 2.0]).exp();
        let is_turned = f64::from(uniform(rng)) < turned_share;
        let [dispersion, clearance, influx, delay] = match diagnosis {
            Reference | ArachnoidCyst | PinealCyst => [1.0, 1.0, 1.0, 0.0],
            Iih => [1.15, 0.9, 1.0, 0.0],
            // The tracer leaks out below.
            Sih => [0.8, 1.1, 0.7, 0.3],
            Inph => [1.5, 0.8, 0.95, 0.3],
            Hydrocephalus => [1.3, 0.85, 1.0, 0.15],
        };
        Self {
            aqueduct_net_ml_per_day: if is_turned { backward } else { forward },
            early: (is_early && !is_turned).then_some(early),
            ventricular_dispersion_scale: pulsation,
            dispersion_scale: dispersion * normal_within(rng, [1.0, 0.22], [0.45, 1.8]),
            clearance_scale: clearance
                * (1.0 - 0.15 * old)
                * normal_within(rng, [1.0, 0.15], [0.5, 1.6]),
            arrival_delay_h: delay + 0.2 * old + normal_within(rng, [0.3, 0.2], [0.0, 1.0]),
            influx_scale: influx * normal_within(rng, [1.0, 0.12], [0.65, 1.35]),
        }
    }
}
