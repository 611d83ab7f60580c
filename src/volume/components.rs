//! Connected components of a mask.
//!
//! A mask is cut into runs along its first axis. Runs of neighbouring rows that touch are joined with
//! union and find (the run-based two-scan method of He, Chao and Suzuki 2008), so that the time goes
//! with the surface of what is in the mask and one look at each voxel.

use rayon::prelude::*;

/// Which voxels touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Neighbours {
    /// The 6 that share a face.
    Faces,
    /// The 18 that share a face or an edge.
    Edges,
    /// The 26 that share a face, an edge or a corner.
    Corners,
}

impl Neighbours {
    /// Rows before a row that its runs may touch: steps along the second and third axis, and by how
    /// many voxels a run may miss one there and touch it still.
    fn rows_before(self) -> &'static [([isize; 2], u32)] {
        match self {
            Self::Faces => &[([-1, 0], 0), ([0, -1], 0)],
            Self::Edges => &[([-1, 0], 1), ([-1, -1], 0), ([0, -1], 1), ([1, -1], 0)],
            Self::Corners => &[([-1, 0], 1), ([-1, -1], 1), ([0, -1], 1), ([1, -1], 1)],
        }
    }
}

/// Voxels of one component that follow each other along the first axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// The first voxel's index along the first axis.
    pub start: u32,
    /// The index behind the last one.
    pub end: u32,
    /// The component, from 0.
    pub component: u32,
}

impl Run {
    fn len(self) -> usize {
        (self.end - self.start) as usize
    }
}

/// The connected components of a mask, in the order of their first voxels (first axis fastest).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Components {
    dims: [usize; 3],
    runs: Vec<Run>,
    /// Where the runs of each row begin, and where those of the last one end.
    of_row: Vec<u32>,
    n: usize,
}

impl Components {
    /// Finds the components of `mask`, one value a voxel with the first axis fastest.
    ///
    /// # Panics
    /// When `mask` has not one value a voxel, or an axis has 2^32 voxels or more.
    #[must_use]
    pub fn of(mask: &[bool], dims: [usize; 3], neighbours: Neighbours) -> Self {
        assert_eq!(
            mask.len(),
            dims.iter().product::<usize>(),
            "a mask has a value a voxel"
        );
        assert!(u32::try_from(dims[0]).is_ok(), "an axis of {dims:?}");
        let (mut runs, of_row) = runs(mask, dims);
        let mut parents: Vec<u32> = (0..runs.len() as u32).collect();
        join(&runs, &of_row, dims, neighbours, &mut parents);
        let mut n = 0;
        for run in 0..runs.len() {
            // A parent comes before its child, so that it is numbered already.
            runs[run].component = match parents[run] as usize {
                root if root == run => {
                    n += 1;
                    n - 1
                }
                parent => runs[parent].component,
            };
        }
        Self {
            dims,
            runs,
            of_row,
            n: n as usize,
        }
    }

    /// How many there are.
    #[must_use]
    pub fn n(&self) -> usize {
        self.n
    }

    /// Voxels along each axis of the mask.
    #[must_use]
    pub fn dims(&self) -> [usize; 3] {
        self.dims
    }

    /// The runs of a row: those at index `j` of the second axis and `k` of the third, in order.
    #[must_use]
    pub fn runs_in_row(&self, j: usize, k: usize) -> &[Run] {
        let row = j + self.dims[1] * k;
        &self.runs[self.of_row[row] as usize..self.of_row[row + 1] as usize]
    }

    /// Voxels of each component.
    #[must_use]
    pub fn sizes(&self) -> Vec<usize> {
        let mut sizes = vec![0; self.n];
        for run in &self.runs {
            sizes[run.component as usize] += run.len();
        }
        sizes
    }

    /// The number of its component from 1 at each voxel, and 0 outside the mask.
    #[must_use]
    pub fn labels(&self) -> Vec<u32> {
        let [nx, ny, nz] = self.dims;
        let mut labels = vec![0; nx * ny * nz];
        labels
            .par_chunks_mut((nx * ny).max(1))
            .enumerate()
            .for_each(|(k, slice)| {
                for j in 0..ny {
                    for run in self.runs_in_row(j, k) {
                        let row = &mut slice[nx * j..][..nx];
                        row[run.start as usize..run.end as usize].fill(run.component + 1);
                    }
                }
            });
        labels
    }

    /// The voxels of each component as places in the mask, in order.
    #[must_use]
    pub fn voxels(&self) -> Vec<Vec<usize>> {
        let mut voxels: Vec<Vec<usize>> =
            self.sizes().into_iter().map(Vec::with_capacity).collect();
        for (row, ends) in self.of_row.windows(2).enumerate() {
            for run in &self.runs[ends[0] as usize..ends[1] as usize] {
                let first = row * self.dims[0];
                voxels[run.component as usize]
                    .extend(first + run.start as usize..first + run.end as usize);
            }
        }
        voxels
    }

    /// The mask of the components that are wanted.
    #[must_use]
    pub fn mask(&self, is_wanted: impl Fn(usize) -> bool) -> Vec<bool> {
        let mut mask = vec![false; self.dims.iter().product()];
        for (row, ends) in self.of_row.windows(2).enumerate() {
            for run in &self.runs[ends[0] as usize..ends[1] as usize] {
                if is_wanted(run.component as usize) {
                    let first = row * self.dims[0];
                    mask[first + run.start as usize..first + run.end as usize].fill(true);
                }
            }
        }
        mask
    }
}

/// All runs, row by row, and where those of each row begin.
fn runs(mask: &[bool], dims: [usize; 3]) -> (Vec<Run>, Vec<u32>) {
    let [nx, ny, _] = dims;
    if mask.is_empty() {
        return (Vec::new(), vec![0; 1 + dims[1] * dims[2]]);
    }
    let slices: Vec<(Vec<Run>, Vec<u32>)> = mask
        .par_chunks(nx * ny)
        .map(|slice| {
            let mut runs = Vec::new();
            let ends = slice.chunks(nx).map(|row| {
                append_runs(row, &mut runs);
                runs.len() as u32
            });
            let ends = ends.collect();
            (runs, ends)
        })
        .collect();
    let mut all = Vec::with_capacity(slices.iter().map(|(runs, _)| runs.len()).sum());
    let mut of_row = Vec::with_capacity(1 + dims[1] * dims[2]);
    of_row.push(0);
    for (runs, ends) in slices {
        let before = all.len() as u32;
        all.extend(runs);
        of_row.extend(ends.into_iter().map(|end| before + end));
    }
    (all, of_row)
}

fn append_runs(row: &[bool], runs: &mut Vec<Run>) {
    let mut at = 0;
    loop {
        // Most of a mask is empty: eight voxels are looked at together.
        let empty = row[at..]
            .chunks_exact(8)
            .take_while(|eight| !eight.iter().fold(false, |any, &voxel| any | voxel))
            .count();
        at += 8 * empty;
        let Some(start) = row[at..].iter().position(|&voxel| voxel) else {
            return;
        };
        let start = at + start;
        let length = row[start..].iter().position(|&voxel| !voxel);
        let end = length.map_or(row.len(), |length| start + length);
        runs.push(Run {
            start: start as u32,
            end: end as u32,
            component: 0,
        });
        at = end;
    }
}

/// Gives each run the first run of its component as parent.
fn join(
    runs: &[Run],
    of_row: &[u32],
    [_, ny, nz]: [usize; 3],
    neighbours: Neighbours,
    parents: &mut [u32],
) {
    for k in 0..nz {
        for j in 0..ny {
            let here = of_row[j + ny * k]..of_row[j + ny * k + 1];
            if here.is_empty() {
                continue;
            }
            for &([dj, dk], miss) in neighbours.rows_before() {
                let (Some(j), Some(k)) = (j.checked_add_signed(dj), k.checked_add_signed(dk))
                else {
                    continue;
                };
                if j < ny {
                    let there = of_row[j + ny * k]..of_row[j + ny * k + 1];
                    join_rows(runs, [here.clone(), there], miss, parents);
                }
            }
        }
    }
    // Runs in order: the parent of a parent is final before that of its child.
    for run in 0..parents.len() {
        parents[run] = parents[parents[run] as usize];
    }
}

fn join_rows(
    runs: &[Run],
    [mut here, mut there]: [std::ops::Range<u32>; 2],
    miss: u32,
    parents: &mut [u32],
) {
    while !here.is_empty() && !there.is_empty() {
        let [a, b] = [here.start, there.start].map(|run| runs[run as usize]);
        if a.start < b.end + miss && b.start < a.end + miss {
            let [a, b] = [here.start, there.start].map(|run| root(parents, run));
            parents[a.max(b) as usize] = a.min(b);
        }
        // The run that ends first meets nothing more.
        if a.end < b.end {
            here.start += 1;
        } else {
            there.start += 1;
        }
    }
}

/// The first run of a component, with the way there halved for the next time.
fn root(parents: &mut [u32], mut run: u32) -> u32 {
    while parents[run as usize] != run {
        let above = parents[parents[run as usize] as usize];
        parents[run as usize] = above;
        run = above;
    }
    run
}
