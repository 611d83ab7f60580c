//! What tissues, fluid and lesions give in the three kinds of scan.

use super::super::Tissue;
use super::super::signal::SignalCurve;
use crate::signal::Sequence;
use crate::volume::Grid;
use nalgebra::Matrix4;

/// A kind of scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SpacesSequence {
    /// The tracer study's T1-weighted sequence, 1 mm isotropic: spaces are dark.
    T1,
    /// T2-weighted, 0.5 x 0.5 x 0.8 mm: spaces are bright.
    T2,
    /// T2-weighted as in the clinic, 0.45 mm in the plane and slices of 4.9 mm.
    T2Clinical,
}

/// Repetition and echo time of a spin echo, ms.
#[derive(Clone, Copy)]
struct SpinEcho {
    tr_ms: f64,
    te_ms: f64,
}

/// What a kind of scan makes of everything in a head.
pub(super) struct Signals {
    /// By [`Tissue`], signed.
    pub(super) tissues: Vec<f32>,
    /// A white matter lesion that takes all of a voxel.
    pub(super) lesion: f32,
    /// Fluid in spaces and lacunes.
    pub(super) fluid: f32,
    /// Blood in a small vein.
    pub(super) blood: f32,
}

/// At its strongest, a lesion's share of the signal of white matter on T1.
const DARKEST_LESION: f32 = 0.7;
/// T2 of a lesion, ms; unverified, as are those of tissues.
const LESION_T2_MS: f64 = 130.0;

impl SpacesSequence {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::T1, Self::T2, Self::T2Clinical];

    /// As on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::T1 => "t1",
            Self::T2 => "t2",
            Self::T2Clinical => "t2-clinical",
        }
    }

    /// Whether spaces are darker than what is around them.
    #[must_use]
    pub fn spaces_are_dark(self) -> bool {
        self == Self::T1
    }

    /// Repetition and echo time in ms of the spin echoes; `None` for the T1-weighted sequence.
    #[must_use]
    pub fn spin_echo_ms(self) -> Option<[f64; 2]> {
        let echo = self.spin_echo()?;
        Some([echo.tr_ms, echo.te_ms])
    }

    fn spin_echo(self) -> Option<SpinEcho> {
        let echo = |tr_ms, te_ms| Some(SpinEcho { tr_ms, te_ms });
        match self {
            Self::T1 => None,
            Self::T2 => echo(2500.0, 80.0),
            Self::T2Clinical => echo(5000.0, 100.0),
        }
    }

    /// Layers that each voxel is cut into along z: a thick slice averages over what it holds.
    pub(super) fn n_layers(self) -> usize {
        match self {
            Self::T1 | Self::T2 => 1,
            Self::T2Clinical => 5,
        }
    }

    /// Standard deviation of the noise over the signal of white matter, in an average head.
    pub(super) fn noise_of_white(self) -> f64 {
        match self {
            Self::T1 => 0.035,
            Self::T2 => 0.06,
            Self::T2Clinical => 0.03,
        }
    }

    /// The grid that is scanned; axes run right, front and up.
    pub(super) fn grid(self) -> Grid {
        let (dims, spacing_mm, first_in_world) = match self {
            Self::T1 => ([256, 256, 256], [1.0, 1.0, 1.0], [-127.5, -139.5, -149.5]),
            Self::T2 => ([320, 400, 216], [0.5, 0.5, 0.8], [-79.75, -119.75, -82.0]),
            Self::T2Clinical => ([480, 512, 34], [0.45, 0.45, 4.9], [-107.8, -135.0, -80.0]),
        };
        let mut affine = Matrix4::new_nonuniform_scaling(&spacing_mm.into());
        for (axis, first) in first_in_world.into_iter().enumerate() {
            affine[(axis, 3)] = first;
        }
        Grid::new(dims, affine).expect("a scaling has an inverse")
    }

    pub(super) fn signals(self) -> Signals {
        let Some(echo) = self.spin_echo() else {
            let sequence = Sequence::default();
            let of = |tissue: &Tissue| SignalCurve::new(&sequence, tissue.relaxation()).at(0.0);
            let tissues: Vec<f32> = Tissue::ALL.iter().map(of).collect();
            return Signals {
                lesion: DARKEST_LESION * tissues[Tissue::White as usize],
                fluid: tissues[Tissue::Csf as usize],
                blood: tissues[Tissue::Blood as usize],
                tissues,
            };
        };
        let of = |tissue: &Tissue| echo.signal(tissue.relaxation().pd, *tissue, t2_ms(*tissue));
        let tissues: Vec<f32> = Tissue::ALL.iter().map(of).collect();
        let white = Tissue::White.relaxation();
        Signals {
            // More water than in white matter.
            lesion: echo.signal(white.pd * 1.1, Tissue::White, LESION_T2_MS),
            fluid: tissues[Tissue::Csf as usize],
            blood: tissues[Tissue::Blood as usize],
            tissues,
        }
    }
}

impl SpinEcho {
    fn signal(self, pd: f64, tissue: Tissue, t2_ms: f64) -> f32 {
        let recovered = 1.0 - (-self.tr_ms / tissue.relaxation().t1_ms).exp();
        (pd * recovered * (-self.te_ms / t2_ms).exp()) as f32
    }
}

/// T2 at 3 T, ms: plausible values without a source. Blood flows out of the slice before its echo.
fn t2_ms(tissue: Tissue) -> f64 {
    match tissue {
        Tissue::Air | Tissue::Bone => 1.0,
        Tissue::Scalp => 40.0,
        Tissue::Fat | Tissue::CorticalGrey | Tissue::CerebellarGrey => 95.0,
        Tissue::Csf => 2000.0,
        Tissue::White => 70.0,
        // Iron shortens it.
        Tissue::DeepGrey => 75.0,
        Tissue::Brainstem | Tissue::CerebellarWhite => 76.0,
        Tissue::Blood => 18.0,
        Tissue::Globe => 1000.0,
        Tissue::Dura => 20.0,
    }
}
