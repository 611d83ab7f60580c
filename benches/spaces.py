"""What a simulated cohort with perivascular spaces is like, beside what is published: `python spaces.py DIR`.

DIR is what `cisterna simulate --cohort spaces` wrote. Needs numpy, scipy and nibabel.
"""
import csv
import glob
import os
import sys

import nibabel
import numpy as np
import scipy.ndimage as ndi

FULL = np.ones((3, 3, 3))


def table(path):
    with open(path) as f:
        return list(csv.DictReader(f, delimiter="\t"))


def mask(root, subject, what):
    path = glob.glob(os.path.join(root, "derivatives/phantom", subject, "anat", f"*_desc-{what}.nii.gz"))[0]
    image = nibabel.load(path)
    return np.asarray(image.dataobj), np.prod(image.header.get_zooms()[:3])


def f1(a, b, size):
    def kept(m):
        labels, n = ndi.label(m, FULL)
        sizes = np.bincount(labels.ravel())
        wanted = sizes > size
        wanted[0] = False
        return wanted[labels]
    x, y = kept(a), kept(b)
    la, na = ndi.label(x, FULL)
    lb, nb = ndi.label(y, FULL)
    tp1 = len(set(la[b > 0]) - {0})
    tp2 = len(set(ndi.label(a, FULL)[0][y]) - {0})
    fp = nb - len(set(lb[a > 0]) - {0})
    if not na or not tp2:
        return np.nan
    s, p = tp1 / na, tp2 / (tp2 + fp)
    return 2 * s * p / (s + p)


def main(root):
    people = table(os.path.join(root, "participants.tsv"))
    ratings = table(os.path.join(root, "derivatives/phantom/ratings.tsv"))
    first, second = ratings[0::2], ratings[1::2]
    print(len(people), "heads")
    for name in ("age", "n_spaces", "n_visible", "spaces_mm3", "mask_mm3", "n_lesions"):
        v = np.array([float(p[name]) for p in people])
        print(f"  {name}: mean {v.mean():.1f}, SD {v.std(ddof=1):.1f}, {v.min():.1f} to {v.max():.1f}")
    age = np.array([float(p["age"]) for p in people])
    seen = np.array([float(p["n_visible"]) for p in people])
    print(f"  visible by age: r {np.corrcoef(age, seen)[0, 1]:.2f}")
    for name in ("count_centrum_semiovale", "count_basal_ganglia", "count_hippocampi", "count_midbrain"):
        a, b = (np.array([float(r[name]) for r in rows]) for rows in (first, second))
        print(f"  {name}: mean {a.mean():.1f}, SD {a.std(ddof=1):.1f}, r {np.corrcoef(a, b)[0, 1]:.2f}, MAE {np.abs(a - b).mean():.2f}")
    for name in ("zhu_white_matter", "zhu_basal_ganglia", "potter_centrum_semiovale", "potter_basal_ganglia", "potter_midbrain"):
        grades = [int(r[name]) for r in first]
        same = np.mean([x[name] == y[name] for x, y in zip(first, second)])
        print(f"  {name}: {np.bincount(grades, minlength=5).tolist()}, raters agree in {same:.2f}")
    marked = np.array([int(r["n_marked"]) for r in first])
    print(f"  marked by rater 1: mean {marked.mean():.0f}, {marked.min()} to {marked.max()}")
    dice, f, sizes, cosines, widths, lengths = [], {0: [], 5: [], 10: []}, [], [], [], []
    for person in people[:12]:
        subject = person["participant_id"]
        (a, mm3), (b, _) = mask(root, subject, "rater1_mask"), mask(root, subject, "rater2_mask")
        dice.append(2 * ((a > 0) & (b > 0)).sum() / ((a > 0).sum() + (b > 0).sum()))
        for size in f:
            f[size].append(f1(a, b, size / mm3))
        labels, n = ndi.label(a, FULL)
        sizes.extend(np.bincount(labels.ravel())[1:] * mm3)
        rows = [r for r in table(os.path.join(root, "derivatives/phantom", subject, f"{subject}_spaces.tsv")) if r["region"].startswith("white")]
        p = np.array([[float(r[k]) for k in ("x_mm", "y_mm", "z_mm")] for r in rows])
        d = np.array([[float(r[k]) for k in ("direction_x", "direction_y", "direction_z")] for r in rows])
        radius = p - p.mean(0)
        cosines.extend(np.abs((radius * d).sum(1)) / np.linalg.norm(radius, axis=1))
        widths.extend(float(r["width_mm"]) for r in rows)
        lengths.extend(float(r["length_mm"]) for r in rows)
    print(f"  raters: voxel Dice {np.mean(dice):.2f}, F1 " + ", ".join(f"> {s} mm3 {np.nanmean(v):.2f}" for s, v in f.items()))
    sizes = np.array(sizes)
    print(f"  clusters a head {len(sizes) / len(dice):.0f}; mm3 5-25-50-75-95 %:", np.percentile(sizes, [5, 25, 50, 75, 95]).round(1),
          "; > 5, 10, 15:", [round(float((sizes > s).mean()), 2) for s in (5, 10, 15)])
    for name, v in (("cosine with radius", cosines), ("width mm", widths), ("length mm", lengths)):
        print(f"  {name} 5-25-50-75-95 %:", np.percentile(v, [5, 25, 50, 75, 95]).round(2))


main(sys.argv[1])
