//! What one would measure in a head.

use super::super::{Region, Tissue};
use super::Head;

/// The larger compartments, in ml.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Volumes {
    /// Grey and white matter, brainstem and cerebellum, with the part of the cord that is in the
    /// picture (about 5 ml).
    pub parenchyma_ml: f64,
    /// All CSF above the foramen magnum, ventricles and cysts included.
    pub intracranial_csf_ml: f64,
    /// Lateral, third and fourth ventricles and what joins them.
    pub ventricles_ml: f64,
    /// The cyst, where there is one.
    pub cyst_ml: f64,
}

impl Head {
    /// The volume of a tissue, from its shares.
    #[must_use]
    pub fn tissue_ml(&self, tissue: Tissue) -> f64 {
        self.ml_where(|_| true, |t| t == tissue)
    }

    /// The volume of the voxels of a region.
    #[must_use]
    pub fn region_ml(&self, region: Region) -> f64 {
        let n = self.regions.iter().filter(|&&r| r == region as u8).count();
        n as f64 * self.voxel_mm().powi(3) / 1000.0
    }

    /// The volume of some tissues in some regions, from their shares.
    fn ml_where(&self, in_region: impl Fn(Region) -> bool, of: impl Fn(Tissue) -> bool) -> f64 {
        let mut wanted_region = [false; 256];
        for &region in Region::ALL {
            wanted_region[region as usize] = in_region(region);
        }
        let mut wanted = [0_u64; 256];
        for &tissue in Tissue::ALL {
            wanted[tissue as usize] = u64::from(of(tissue));
        }
        let mut sum = 0_u64;
        let tissues = self.first.iter().zip(&self.second).zip(&self.share);
        for (region, ((&first, &second), &share)) in self.regions.iter().zip(tissues) {
            if wanted_region[usize::from(*region)] {
                let share = u64::from(share);
                sum += wanted[usize::from(first)] * (255 - share);
                sum += wanted[usize::from(second)] * share;
            }
        }
        sum as f64 / 255.0 * self.voxel_mm().powi(3) / 1000.0
    }

    /// The larger compartments.
    #[must_use]
    pub fn volumes(&self) -> Volumes {
        let sum = |wanted: fn(Region) -> bool| -> f64 {
            let regions = Region::ALL.iter().copied().filter(|&r| wanted(r));
            regions.map(|region| self.region_ml(region)).sum()
        };
        Volumes {
            parenchyma_ml: self.ml_where(|_| true, Tissue::is_parenchyma),
            intracranial_csf_ml: self
                .ml_where(|region| region != Region::SpinalSas, |t| t == Tissue::Csf),
            ventricles_ml: sum(Region::is_ventricular),
            cyst_ml: self.region_ml(Region::Cyst),
        }
    }

    /// The Evans index: the greatest width of the frontal horns over the greatest inner width of
    /// the skull in the same axial slice, both across the midline and from the label map. The
    /// frontal horns are the lateral ventricles in front of the foramina of Monro; the slice is
    /// the one in which they are widest.
    #[must_use]
    pub fn evans_index(&self) -> f64 {
        let [nx, ny, nz] = self.grid.dims();
        let row = |j: usize, k: usize| &self.regions[nx * (j + ny * k)..][..nx];
        let is =
            |region: u8, wanted: fn(Region) -> bool| Region::from_index(region).is_some_and(wanted);
        let is_monro = |region: Region| {
            matches!(
                region,
                Region::ForamenOfMonroLeft | Region::ForamenOfMonroRight
            )
        };
        let has_monro = |j: usize| (0..nz).any(|k| row(j, k).iter().any(|&r| is(r, is_monro)));
        let Some(front) = (0..ny).rev().find(|&j| has_monro(j)) else {
            return f64::NAN;
        };
        let width = |j: usize, k: usize, wanted: fn(Region) -> bool| {
            let row = row(j, k);
            let first = row.iter().position(|&r| is(r, wanted));
            let last = row.iter().rposition(|&r| is(r, wanted));
            first.zip(last).map_or(0, |(first, last)| last - first + 1)
        };
        let horns = |region: Region| {
            matches!(
                region,
                Region::LateralVentricleLeft | Region::LateralVentricleRight
            )
        };
        let within_skull =
            |region: Region| region.is_fluid() || region.is_parenchyma() || region == Region::Dura;
        let slices = (0..nz).map(|k| {
            let horns = (front..ny).map(|j| width(j, k, horns)).max();
            (horns.unwrap_or(0), k)
        });
        // Of equally wide slices the lowest is taken.
        let Some((horns, k)) = slices.rev().max_by_key(|&(width, _)| width) else {
            return f64::NAN;
        };
        let inner = (0..ny).map(|j| width(j, k, within_skull)).max();
        horns as f64 / inner.unwrap_or(0) as f64
    }

    /// The slices that the tracer study predicts, by the anatomy: the axial one that cuts most of
    /// the lateral ventricles, and the sagittal one that cuts most of the third ventricle, the
    /// aqueduct and the fourth. Indices along z and x of the grid.
    #[must_use]
    pub fn study_slices(&self) -> [usize; 2] {
        let [nx, ny, nz] = self.grid.dims();
        let (mut by_z, mut by_x) = (vec![0_u32; nz], vec![0_u32; nx]);
        for (voxel, &stored) in self.regions.iter().enumerate() {
            match Region::from_index(stored) {
                Some(Region::LateralVentricleLeft | Region::LateralVentricleRight) => {
                    by_z[voxel / (nx * ny)] += 1;
                }
                Some(Region::ThirdVentricle | Region::Aqueduct | Region::FourthVentricle) => {
                    by_x[voxel % nx] += 1;
                }
                _ => {}
            }
        }
        [by_z, by_x].map(|counts| {
            let most = counts.iter().max().copied().unwrap_or(0);
            counts.iter().position(|&count| count == most).unwrap_or(0)
        })
    }
}
