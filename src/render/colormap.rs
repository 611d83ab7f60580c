//! Colours for values. Defined here once; the shader, its twin and the colour bars share them.

use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// A map from 0..1 to colours, even to the eye.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Colormap {
    /// Black to white.
    #[default]
    Gray,
    /// Black over red to pale yellow (matplotlib's, CC0).
    Inferno,
    /// Violet over green to yellow (matplotlib's, CC0).
    Viridis,
    /// Blue over black to orange, for values with a sign: equally light on both sides of the
    /// middle and dark there, for a dark room.
    Diverging,
}

impl Colormap {
    /// All, in the order of their rows in the shader's table.
    pub const ALL: [Self; 4] = [Self::Gray, Self::Inferno, Self::Viridis, Self::Diverging];
    /// Entries of a table.
    pub const N_COLOURS: usize = 256;

    /// The name on the command line and on screen.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Gray => "gray",
            Self::Inferno => "inferno",
            Self::Viridis => "viridis",
            Self::Diverging => "diverging",
        }
    }

    pub(super) fn row(self) -> usize {
        match self {
            Self::Gray => 0,
            Self::Inferno => 1,
            Self::Viridis => 2,
            Self::Diverging => 3,
        }
    }

    /// The table, sRGB.
    #[must_use]
    pub fn table(self) -> &'static [[u8; 3]] {
        static GRAY: LazyLock<Vec<[u8; 3]>> =
            LazyLock::new(|| (0..=255).map(|value| [value; 3]).collect());
        static DIVERGING: LazyLock<Vec<[u8; 3]>> = LazyLock::new(diverging);
        match self {
            Self::Gray => &GRAY,
            Self::Inferno => {
                include_bytes!("../../assets/colormaps/inferno.rgb")
                    .as_chunks()
                    .0
            }
            Self::Viridis => {
                include_bytes!("../../assets/colormaps/viridis.rgb")
                    .as_chunks()
                    .0
            }
            Self::Diverging => &DIVERGING,
        }
    }

    /// The colour of a value from 0 to 1, between two entries of the table; channels 0 to 1.
    // NOTE: keep in sync with `colour` in shaders/slice.wgsl.
    #[must_use]
    pub fn colour(self, value: f32) -> [f32; 3] {
        let table = self.table();
        let at = value.clamp(0.0, 1.0) * (Self::N_COLOURS - 1) as f32;
        let low = at.floor().min((Self::N_COLOURS - 2) as f32);
        let weight = at - low;
        let (a, b) = (table[low as usize], table[low as usize + 1]);
        std::array::from_fn(|channel| {
            let (a, b) = (f32::from(a[channel]), f32::from(b[channel]));
            (a + (b - a) * weight) / 255.0
        })
    }
}

/// Two hues of equal lightness that fall to black in the middle, straight lines in Oklab
/// (Ottosson 2020).
fn diverging() -> Vec<[u8; 3]> {
    const LIGHTNESS: f64 = 0.78;
    const BLUE: [f64; 2] = [-0.04, -0.11];
    const ORANGE: [f64; 2] = [0.07, 0.13];
    (0..Colormap::N_COLOURS)
        .map(|entry| {
            let side = entry as f64 / (Colormap::N_COLOURS - 1) as f64 * 2.0 - 1.0;
            let hue = if side < 0.0 { BLUE } else { ORANGE };
            let size = side.abs();
            srgb_from_oklab([LIGHTNESS * size, hue[0] * size, hue[1] * size])
        })
        .collect()
}

/// The colour of a label that nobody gave one: it hangs on the number alone, not on which others there
/// are. The first ones are told apart by the colour-blind too (Okabe and Ito 2008); from then on each
/// hue is turned from the one before by the golden angle, in three lightnesses in turns (Oklab).
#[must_use]
pub fn label_colour(id: u32) -> [u8; 3] {
    const FIRST: [u32; 7] = [
        0xe6_9f_00, 0x56_b4_e9, 0x00_9e_73, 0xf0_e4_42, 0x00_72_b2, 0xd5_5e_00, 0xcc_79_a7,
    ];
    const GOLDEN_ANGLE_DEG: f64 = 137.507_764;
    const CHROMA: f64 = 0.13;
    const LIGHTNESS: [f64; 3] = [0.72, 0.58, 0.84];
    let first = id.checked_sub(1).and_then(|at| FIRST.get(at as usize));
    if let Some(first) = first {
        let [_, r, g, b] = first.to_be_bytes();
        return [r, g, b];
    }
    let hue = (f64::from(id) * GOLDEN_ANGLE_DEG).to_radians();
    let lightness = LIGHTNESS[id as usize % LIGHTNESS.len()];
    srgb_from_oklab([lightness, CHROMA * hue.cos(), CHROMA * hue.sin()])
}

fn srgb_from_oklab([lightness, a, b]: [f64; 3]) -> [u8; 3] {
    let l = (lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b).powi(3);
    let m = (lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b).powi(3);
    let s = (lightness - 0.089_484_177_5 * a - 1.291_485_548_0 * b).powi(3);
    [
        4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s,
        -1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s,
        -0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701_0 * s,
    ]
    .map(|linear| {
        let linear = linear.clamp(0.0, 1.0);
        let encoded = if linear <= 0.003_130_8 {
            12.92 * linear
        } else {
            1.055 * linear.powf(1.0 / 2.4) - 0.055
        };
        (encoded * 255.0).round() as u8
    })
}
