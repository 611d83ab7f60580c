//! Voxels of a mask as runs in a text: each the first voxel and how many follow it with it.

/// As `1204+3 1300+1`; `voxels` go up.
pub(super) fn text(voxels: impl IntoIterator<Item = usize>) -> String {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for voxel in voxels {
        match runs.last_mut() {
            Some((first, n)) if *first + *n == voxel => *n += 1,
            _ => runs.push((voxel, 1)),
        }
    }
    let texts: Vec<String> = runs
        .iter()
        .map(|(first, n)| format!("{first}+{n}"))
        .collect();
    texts.join(" ")
}

/// The runs of a text.
fn runs(text: &str) -> impl Iterator<Item = Result<(usize, usize), String>> {
    text.split_whitespace().map(|run| {
        let numbers = run.split_once('+');
        let numbers = numbers.and_then(|(first, n)| Some((first.parse().ok()?, n.parse().ok()?)));
        numbers.ok_or_else(|| format!("{run:?} is no run of voxels such as 1204+3"))
    })
}

/// Whether a text holds nothing but runs.
///
/// # Errors
/// The first part that is none.
pub(super) fn check(text: &str) -> Result<(), String> {
    runs(text).try_for_each(|run| run.map(drop))
}

/// The voxels of a text.
///
/// # Errors
/// The first part that is no run, or that does not lie within so many voxels.
pub(in crate::app::viewer) fn voxels(text: &str, n_voxels: usize) -> Result<Vec<usize>, String> {
    let mut voxels = Vec::new();
    for run in runs(text) {
        let (first, n) = run?;
        let end = first.checked_add(n).filter(|&end| end <= n_voxels);
        let end = end.ok_or_else(|| format!("{first}+{n} is not within {n_voxels} voxels"))?;
        voxels.extend(first..end);
        // Runs may lie over each other, but not without end.
        if voxels.len() > n_voxels {
            return Err(format!("more than {n_voxels} voxels are told"));
        }
    }
    Ok(voxels)
}

#[cfg(test)]
mod tests {
    use super::{check, text, voxels};

    #[test]
    fn runs_come_back() {
        for kept in [vec![], vec![0], vec![3, 4, 5, 9, 11, 12]] {
            let told = text(kept.iter().copied());
            assert_eq!(voxels(&told, 13).unwrap(), kept, "{told}");
        }
        assert_eq!(text([3, 4, 5, 9]), "3+3 9+1");
    }

    #[test]
    fn what_is_no_run_is_named() {
        for wrong in ["3", "3+", "+1", "a+1", "3+1,4+1", "-1+2"] {
            assert!(check(wrong).unwrap_err().contains("is no run"), "{wrong}");
        }
        let all = usize::MAX;
        for outside in ["0+14", "13+1", &format!("{all}+2")] {
            assert!(voxels(outside, 13).unwrap_err().contains("within 13"));
        }
        let many = ["0+13"; 3].join(" ");
        assert!(voxels(&many, 13).unwrap_err().contains("more than 13"));
    }
}
