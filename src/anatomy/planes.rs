//! Where the two planes of the tracer study lie in a head.

use nalgebra::Point3;
use serde::Serialize;

use super::HeadError;
use super::lattice::{CELL_MM, Lattice};
use super::midline::Midline;
use super::ventricles::{Frame, Ventricles};
use crate::volume::Volume;

/// Why a plane of a head may lie elsewhere than it should.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub enum Doubt {
    /// The lateral ventricles are not seen: the level is that of most heads.
    NoVentricles,
    /// What is dark on the left is not where it is on the right.
    OneSided,
    /// The top of the head is not in the scan.
    TopCut,
    /// The vertex points down.
    UpsideDown,
    /// The vertex is not up, or right is not right.
    LyingWrong,
    /// The head is turned too far for a plane that is straight in the scan.
    Turned,
}

impl Doubt {
    /// Whether it is of how the head lies, so that no plane holds, wherever it was told to be.
    #[must_use]
    pub fn is_of_head(self) -> bool {
        matches!(self, Self::UpsideDown | Self::LyingWrong)
    }
}

impl std::fmt::Display for Doubt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::NoVentricles => {
                "the ventricles do not stand out; the axial plane lies 72 mm below the vertex"
            }
            Self::OneSided => {
                "what is taken for the ventricles differs between left and right; the axial plane may lie wrong"
            }
            Self::TopCut => {
                "the top of the head is not in the scan; the axial plane may lie wrong"
            }
            Self::UpsideDown => "the head seems to lie upside down in the scan",
            Self::LyingWrong => {
                "the head seems not to lie as the scan's directions say"
            }
            Self::Turned => {
                "the head is turned by more than 5 degrees to a side; the sagittal plane holds only in the middle"
            }
        })
    }
}

/// The planes of a head and what they were found by. All in RAS+ mm.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct HeadPlanes {
    /// The head-foot position of the axial plane: the level at which most of the lateral
    /// ventricles is cut.
    pub axial_mm: f64,
    /// The left-right position of the sagittal plane: where the plane about which the head is most
    /// nearly its own mirror image passes the third ventricle.
    pub sagittal_mm: f64,
    /// The front-back position of the middle of the head.
    pub middle_mm: f64,
    /// The top of the scalp; of a head whose top is cut off, where it would be.
    pub vertex_mm: f64,
    /// How far the head is turned: yaw, with the nose to the left, and roll, with the vertex to the
    /// right, degrees.
    pub turn_deg: [f64; 2],
    /// Why the axial plane may be wrong.
    pub axial_doubt: Option<Doubt>,
    /// Why the sagittal plane may be wrong.
    pub sagittal_doubt: Option<Doubt>,
    /// The plane of symmetry.
    #[serde(skip)]
    pub(super) midline: Midline,
}

impl HeadPlanes {
    /// Where the middle of the head and its vertex are.
    pub(super) fn frame(&self) -> Frame {
        Frame {
            midline: self.midline,
            middle_mm: self.middle_mm,
            vertex_mm: self.vertex_mm,
        }
    }
}

/// A level below the vertex at which most heads show their lateral ventricles, mm. The levels found in
/// whole heads without tracer lie 57 to 81 mm below it, most of them 67 to 75.
const USUAL_LEVEL_MM: f64 = 72.0;

/// The widths and lengths of heads, mm, and their least height in the picture. Far about those of
/// adults, so that a scan with a coil's artefacts or without a face is still one of a head.
const WIDTH_MM: std::ops::RangeInclusive<f64> = 110.0..=260.0;
const LEAST_HEIGHT_MM: f64 = 80.0;

/// The area of head in a slice at the ends of a head, mm2: more than noise or a headphone fills.
const END_MM2: f64 = 400.0;

/// Where the third ventricle lies: below the vertex and behind the middle of the head, mm.
const THIRD_MM: [f64; 2] = [90.0, 10.0];

/// How far a head may be turned, degrees: at 5 a structure 30 mm in front of the third ventricle lies
/// 2.6 mm off a straight plane, no further than the aqueduct is wide with its walls.
const MOST_TURN_DEG: f64 = 5.0;

/// The area of head in the last slice of a scan from which the head goes on above it, mm2.
const CUT_MM2: f64 = 3000.0;

/// From the vertex to the widest slice of a head, mm.
const DOME_MM: f64 = 85.0;

/// What is seen of a head as it lies.
struct Found {
    frame: Frame,
    is_cut: bool,
    ventricles: Option<Ventricles>,
}

/// Where a head begins and ends along each axis, cells.
fn extents(lattice: &Lattice) -> Result<[[usize; 2]; 3], HeadError> {
    let cells = (END_MM2 / (CELL_MM * CELL_MM)) as usize;
    let ends = [0, 1, 2].map(|axis| {
        let areas = lattice.areas(axis);
        let first = areas.iter().position(|&n| n >= cells)?;
        let last = areas.iter().rposition(|&n| n >= cells)?;
        Some([first, last])
    });
    let [Some(x), Some(y), Some(z)] = ends else {
        return Err(HeadError::Size(0.0, 0.0, 0.0));
    };
    let size = [x, y, z].map(|[first, last]| (last - first + 1) as f64 * CELL_MM);
    let fits =
        WIDTH_MM.contains(&size[0]) && WIDTH_MM.contains(&size[1]) && size[2] >= LEAST_HEIGHT_MM;
    if !fits {
        return Err(HeadError::Size(size[0], size[1], size[2]));
    }
    Ok([x, y, z])
}

/// Looks at a head as it lies.
fn look(lattice: &Lattice, [x, y, z]: [[usize; 2]; 3]) -> Found {
    let middle = |[first, last]: [usize; 2], axis: usize| {
        lattice.corner[axis] + (first + last) as f64 / 2.0 * CELL_MM
    };
    let areas = lattice.areas(2);
    let top = z[1];
    let is_cut = top + 3 >= lattice.dims[2] && areas[top] as f64 * CELL_MM * CELL_MM > CUT_MM2;
    let mut vertex_mm = lattice.world([0, 0, top]).z;
    if is_cut {
        // The upper head as half an ellipsoid: its slices grow as 1 - (1 - depth)^2.
        let reach = top.saturating_sub((110.0 / CELL_MM) as usize)..=top;
        let widest = areas[reach].iter().copied().max().unwrap_or(1).max(1);
        let share = areas[top] as f64 / widest as f64;
        vertex_mm += DOME_MM * (1.0 - (1.0 - share).max(0.0).sqrt());
    }
    let middle_mm = middle(y, 1);
    let third = Point3::new(
        middle(x, 0),
        middle_mm - THIRD_MM[1],
        vertex_mm - THIRD_MM[0],
    );
    let ends = y.map(|j| lattice.world([0, j, 0]).y);
    let frame = Frame {
        midline: Midline::find(lattice, third, ends, vertex_mm),
        middle_mm,
        vertex_mm,
    };
    Found {
        ventricles: Ventricles::find(lattice, &frame),
        frame,
        is_cut,
    }
}

/// The signal of the midline as a share of that 10 mm beside it, 30 to 60 mm above the ventricles and
/// below them: above lies the fissure between the hemispheres, below brain stem.
fn fissure(lattice: &Lattice, frame: &Frame, from: Point3<f64>) -> [f64; 2] {
    let right = frame.midline.right();
    let front = frame.midline.front();
    let up = right.cross(&front);
    [up, -up].map(|way| {
        let (mut middle, mut beside) = (0.0, 0.0);
        for far in (30..=60).step_by(2) {
            for aside in (-20..=20).step_by(2) {
                let far = f64::from(far);
                let at = from + far * way + f64::from(aside) / 55.0 * far * front;
                let value = |at| f64::from(lattice.near(at).min(lattice.bright));
                middle += value(at);
                beside += (value(at + 10.0 * right) + value(at - 10.0 * right)) / 2.0;
            }
        }
        middle / beside.max(f64::MIN_POSITIVE)
    })
}

/// The least share of the ventricles that has a mirror image. Those of real heads have 0.76 to 0.99.
const LEAST_SYMMETRY: f64 = 0.6;

/// Ventricles reach further from front to back than up and down: their spread (standard deviation) along
/// the two is 16 to 25 mm and 4 to 11 mm in real heads.
const MOST_STEEP: f64 = 0.75;

/// Both sides of a head are more alike than front and back or top and bottom, whose difference is 1.3 to
/// 8 times as large in real heads.
const MOST_UNLIKE: f64 = 0.9;

impl Found {
    /// Why the head may not lie as the scan says.
    fn lie(&self, lattice: &Lattice, ends: [[usize; 2]; 3]) -> Option<Doubt> {
        if !self.is_turned() {
            let [sides, ends, heights] = Midline::axes(lattice, ends);
            if sides > MOST_UNLIKE * ends.min(heights) {
                return Some(Doubt::LyingWrong);
            }
        }
        let (middle, spread) = self.ventricles.as_ref()?.middle(lattice);
        if spread.z > MOST_STEEP * spread.y {
            return Some(Doubt::LyingWrong);
        }
        let [above, below] = fissure(lattice, &self.frame, middle);
        (above > below).then_some(Doubt::UpsideDown)
    }

    /// Whether the midline is too far from a plane that is straight in the scan.
    fn is_turned(&self) -> bool {
        let turn_deg = self.frame.midline.turn_deg();
        turn_deg.iter().any(|deg| deg.abs() > MOST_TURN_DEG)
    }

    /// Why the level may be wrong though the head lies right.
    fn level_doubt(&self) -> Option<Doubt> {
        match &self.ventricles {
            None => Some(Doubt::NoVentricles),
            Some(found) if found.symmetry() < LEAST_SYMMETRY => Some(Doubt::OneSided),
            Some(_) => self.is_cut.then_some(Doubt::TopCut),
        }
    }
}

/// Whether a scan is that of a head, as [`find_planes`] asks first.
///
/// # Errors
/// Why it is none.
pub fn check_head(volume: &Volume) -> Result<(), HeadError> {
    extents(&Lattice::of(volume)?).map(|_| ())
}

/// Finds the study's planes in a T1-weighted scan of a head.
///
/// The sagittal plane is where that about which the brain's half of the head is most nearly its own
/// mirror image passes the third ventricle. The axial one is the level at which most of the lateral
/// ventricles is cut, as long as no tracer has reached them; where they are not seen, it is 72 mm below
/// the vertex. What makes either doubtful is said.
///
/// # Errors
/// When what is bright in the scan has not the size of a head.
pub fn find_planes(volume: &Volume) -> Result<HeadPlanes, HeadError> {
    let lattice = Lattice::of(volume)?;
    let ends = extents(&lattice)?;
    let found = look(&lattice, ends);
    let frame = found.frame;
    let level_mm = found.ventricles.as_ref().map(|v| v.level_mm(&lattice));
    let mut planes = HeadPlanes {
        axial_mm: level_mm.unwrap_or(frame.vertex_mm - USUAL_LEVEL_MM),
        sagittal_mm: frame.midline.at.x,
        middle_mm: frame.middle_mm,
        vertex_mm: frame.vertex_mm,
        turn_deg: frame.midline.turn_deg(),
        axial_doubt: found.level_doubt(),
        sagittal_doubt: None,
        midline: frame.midline,
    };
    let mut lie = found.lie(&lattice, ends);
    if lie.is_none() && level_mm.is_none() {
        let flipped = lattice.flipped();
        let [x, y, z] = ends;
        let ends = [x, y, [z[1], z[0]].map(|k| lattice.dims[2] - 1 - k)];
        let found = look(&flipped, ends);
        if found.ventricles.is_some() && found.lie(&flipped, ends).is_none() {
            lie = Some(Doubt::UpsideDown);
        }
    }
    if lie.is_some() {
        [planes.axial_doubt, planes.sagittal_doubt] = [lie; 2];
    } else if found.is_turned() {
        planes.sagittal_doubt = Some(Doubt::Turned);
    }
    Ok(planes)
}
