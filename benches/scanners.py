"""How simulated scans that vary look beside real ones: `python scanners.py DIR SHARED OUT`.

DIR is what `cisterna simulate --scanners varied --hours 0 -o DIR` wrote (whole scans, so without
`--planes-only`), SHARED the folder of test data with the real scans. OUT gets a table and pictures: ratios
of tissues (the real ones by FreeSurfer's labels), histograms, volumes and the surface of white matter, and
a montage. Ends with 1 where a real ratio lies outside of the middle 90 % of the simulated ones. Needs
numpy, scipy, nibabel, scikit-image and Pillow.
"""
import csv
import glob
import os
import sys

import nibabel
import numpy as np
import scipy.ndimage as ndi
from PIL import Image, ImageDraw
from skimage.measure import marching_cubes

# Name, scan, labels.
REAL = [
    ("orig", "mgh/raamana+visualqc/id_001/mri/orig.mgz", "mgh/raamana+visualqc/id_001/mri/aparc+aseg.mgz"),
    ("norm", "mgh/niivue+niivue/norm.mgz", "mgh/niivue+niivue/aparc.a2009s+aseg.mgz"),
    ("t1_crop", "nifti/niivue+niivue-brainchop/t1_crop.nii.gz", None),
    ("colin27", "nifti/neurolabusc+MRIcron/ch2.nii.gz", None),
]
# FreeSurfer's numbers, and the names of regions of the phantom's label map.
PARTS = {
    "white": ([2, 41], ["white_left", "white_right"]),
    "cortex": (None, ["cortex_left", "cortex_right"]),
    "csf": ([4, 43], ["lateral_ventricle_left", "lateral_ventricle_right"]),
    "caudate": ([11, 50], ["caudate_left", "caudate_right"]),
    "putamen": ([12, 51, 13, 52], ["putamen_left", "putamen_right"]),
    "thalamus": ([9, 10, 48, 49], ["thalamus_left", "thalamus_right"]),
    "brainstem": ([16], ["brainstem"]),
    "cerebellar cortex": ([8, 47], ["cerebellar_cortex"]),
    "cerebellar white": ([7, 46], ["cerebellar_white"]),
}
# What must lie within the simulated range.
WANTED = ["cortex", "csf", "putamen", "thalamus"]


def canonical(path):
    image = nibabel.as_closest_canonical(nibabel.load(path))
    return np.asarray(image.dataobj).squeeze()


def real_parts(labels):
    labels = labels.astype(int)
    parts = {name: np.isin(labels, numbers) for name, (numbers, _) in PARTS.items() if numbers}
    parts["cortex"] = ((labels >= 1000) & (labels < 3000)) | ((labels >= 11000) & (labels < 13000))
    return parts


def simulated_parts(root, labels):
    with open(os.path.join(root, "derivatives/phantom/regions_dseg.tsv")) as f:
        numbers = {row["name"]: int(row["index"]) for row in csv.DictReader(f, delimiter="\t")}
    return {name: np.isin(labels, [numbers[n] for n in names]) for name, (_, names) in PARTS.items()}


def inner_voxels(parts):
    """The voxels of each part away from its edge; the cortex is too thin for that."""
    voxels = {}
    for name, part in parts.items():
        box = ndi.find_objects(part.astype(np.uint8))[0]
        box = tuple(slice(max(s.start - 1, 0), s.stop + 1) for s in box)
        inner = part[box] if name == "cortex" else ndi.binary_erosion(part[box])
        voxels[name] = tuple(at + s.start for at, s in zip(np.nonzero(inner), box))
    return voxels


def measure(scan, voxels):
    white = np.median(scan[voxels["white"]])
    row = {name: float(np.median(scan[at]) / white) for name, at in voxels.items()}
    low, high = np.percentile(scan[voxels["white"]], [16, 84])
    row["white spread"] = float(0.5 * (high - low) / white)
    return row, white


def sizes(parts):
    row = {f"{name} ml": float(part.sum() / 1000) for name, part in parts.items()}
    whole = parts["white"] | parts["putamen"] | parts["caudate"] | parts["thalamus"]
    box = ndi.find_objects(whole.astype(np.uint8))[0]
    smooth = ndi.gaussian_filter(np.pad(whole[box], 3).astype(np.float32), 0.7)
    vertices, faces, _, _ = marching_cubes(smooth, 0.5)
    a, b, c = (vertices[faces[:, corner]] for corner in range(3))
    row["white surface cm2"] = float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 200)
    return row


def unlabelled_white(scan):
    """The highest peak among bright voxels near the middle of the head."""
    low, high = head_box(scan)
    size = high - low
    box = scan[tuple(slice(l + s // 4, h - s // 4) for l, h, s in zip(low, high, size))]
    counts, edges = np.histogram(box[box > 0.4 * np.percentile(box, 99.5)], 128)
    at = int(np.argmax(ndi.gaussian_filter1d(counts.astype(float), 2)))
    return 0.5 * (edges[at] + edges[at + 1])


def head_box(scan):
    """The first and the last voxel of the head along each axis, to two voxels."""
    coarse = scan[::2, ::2, ::2]
    head = coarse > 0.15 * np.percentile(coarse[coarse > 0], 99.5)
    where = np.argwhere(ndi.binary_opening(head))
    return 2 * where.min(0), 2 * where.max(0)


def pictures(name, scan, white, middle=None):
    low, high = head_box(scan)
    top = high[2]
    x = (low[0] + high[0]) // 2 if middle is None else middle
    y = (low[1] + high[1]) // 2
    slices = [scan[:, :, top - off] for off in (38, 52, 68, 84, 104)] + [scan[x], scan[:, y]]
    cells = []
    for s in slices:
        s = np.clip(s.T[::-1] / (1.7 * white), 0, 1)
        side = 232
        cell = np.zeros((side, side))
        h, w = min(s.shape[0], side), min(s.shape[1], side)
        top_row, left = (s.shape[0] - h) // 2, (s.shape[1] - w) // 2
        cell[(side - h) // 2:(side - h) // 2 + h, (side - w) // 2:(side - w) // 2 + w] = s[top_row:top_row + h, left:left + w]
        cells.append(cell)
    row = Image.fromarray((np.hstack(cells) * 255).astype(np.uint8))
    ImageDraw.Draw(row).text((4, 4), name, fill=255)
    return np.asarray(row)


def histogram(scan, white):
    values = scan[scan > 0.06 * white] / white
    counts, _ = np.histogram(values, np.linspace(0, 2.5, 51))
    return counts / counts.sum()


def main(root, shared, out):
    os.makedirs(out, exist_ok=True)
    rows, shapes, histograms = [], [], []
    real_pictures, simulated_pictures = [], []
    for name, scan, labels in REAL:
        scan = canonical(os.path.join(shared, "data", scan)).astype(np.float32)
        if labels is None:
            white = unlabelled_white(scan)
        else:
            parts = real_parts(canonical(os.path.join(shared, "data", labels)))
            row, white = measure(scan, inner_voxels(parts))
            rows.append((name, row))
            shapes.append((name, sizes(parts)))
        real_pictures.append(pictures(name, scan, white))
        if name != "norm":
            histograms.append((name, histogram(scan, white)))
    scans = sorted(glob.glob(os.path.join(root, "sub-*/ses-01/anat/*_T1w.nii.gz")))
    simulated, volumes = [], {}
    for path in scans:
        subject = os.path.basename(path).split("_")[0]
        if subject not in volumes:
            labels = glob.glob(os.path.join(root, "derivatives/phantom", subject, "anat/*_dseg.nii.gz"))[0]
            parts = simulated_parts(root, canonical(labels))
            volumes[subject] = sizes(parts)
            voxels = inner_voxels(parts)
        scan = canonical(path).astype(np.float32)
        row, white = measure(scan, voxels)
        name = os.path.basename(path).replace("_ses-01", "").replace("_T1w.nii.gz", "")
        simulated.append((name, row))
        histograms.append((name, histogram(scan, white)))
        simulated_pictures.append(pictures(name, scan, white, 127))
    is_good = write_table(out, rows, simulated, shapes, volumes)
    write_histograms(out, histograms)
    for first in range(0, len(simulated_pictures), 6):
        mixed = simulated_pictures[first:first + 6] + real_pictures
        Image.fromarray(np.vstack(mixed)).save(os.path.join(out, f"montage_{first // 6 + 1}.png"))
    return is_good


def write_table(out, rows, simulated, shapes, volumes):
    is_good = True
    lines = ["| part over white matter | " + " | ".join(name for name, _ in rows) + " | simulated 5 % | 50 % | 95 % |"]
    lines.append("| --- " * (len(rows) + 4) + "|")
    for part in simulated[0][1]:
        low, middle, high = np.percentile([row[part] for _, row in simulated], [5, 50, 95])
        real = [row[part] for _, row in rows]
        if part in WANTED and not all(low <= x <= high for x in real):
            is_good = False
        lines.append(f"| {part} | " + " | ".join(f"{x:.2f}" for x in real) + f" | {low:.2f} | {middle:.2f} | {high:.2f} |")
    lines += ["", "| size | " + " | ".join(name for name, _ in shapes) + " | simulated least | mean | most |"]
    lines.append("| --- " * (len(shapes) + 4) + "|")
    for part in shapes[0][1]:
        ours = [row[part] for row in volumes.values()]
        real = " | ".join(f"{row[part]:.0f}" for _, row in shapes)
        lines.append(f"| {part} | {real} | {min(ours):.0f} | {np.mean(ours):.0f} | {max(ours):.0f} |")
    text = "\n".join(lines) + f"\n\n{len(simulated)} scans of {len(volumes)} simulated heads\n"
    with open(os.path.join(out, "table.md"), "w") as f:
        f.write(text)
    print(text)
    print("every real ratio lies within" if is_good else "a real ratio lies OUTSIDE", "the middle 90 % of the simulated ones")
    return is_good


def write_histograms(out, histograms):
    """The share of the head's voxels by signal over that of white matter, in steps of 0.05."""
    with open(os.path.join(out, "histograms.tsv"), "w") as f:
        f.write("signal_over_white\t" + "\t".join(name for name, _ in histograms) + "\n")
        for at in range(50):
            shares = "\t".join(f"{h[at]:.4f}" for _, h in histograms)
            f.write(f"{0.05 * at + 0.025:.3f}\t{shares}\n")
    ours = np.array([h for name, h in histograms if name.startswith("sub-")])
    low, high = np.percentile(ours, [5, 95], axis=0)
    for name, h in histograms:
        if not name.startswith("sub-"):
            inside = np.mean((h >= low - 1e-9) & (h <= high + 1e-9))
            print(f"histogram of {name}: {100 * inside:.0f} % of its steps within the middle 90 % of the simulated")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    sys.exit(0 if main(*sys.argv[1:]) else 1)
