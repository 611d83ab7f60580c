"""How near `cisterna quantify` is to the tracer of simulated patients, whose every voxel is known.

    python quantities.py COHORT QUANTIFIED

COHORT is what `cisterna simulate` wrote, QUANTIFIED what `cisterna quantify --data COHORT --labels phantom
--erode 1` made of it. Prints the table of src/enhancement/measured.md. Needs numpy, scipy and nibabel.
"""

import csv
import sys
from collections import defaultdict
from pathlib import Path

import nibabel
import numpy as np
from scipy import stats

CSF = ("lateral_ventricles", "other_ventricles", "convexity", "cisterns")


def table(path):
    with open(path) as file:
        return list(csv.DictReader(file, delimiter="\t"))


def eroded(labels):
    """Voxels whose six neighbours have their label; others 0."""
    kept = np.zeros_like(labels)
    inner = labels[1:-1, 1:-1, 1:-1]
    same = np.ones(inner.shape, bool)
    for axis in range(3):
        for step in (-1, 1):
            window = [slice(1, -1)] * 3
            window[axis] = slice(1 + step, labels.shape[axis] - 1 + step)
            same &= labels[tuple(window)] == inner
    kept[1:-1, 1:-1, 1:-1] = np.where(same, inner, 0)
    return kept


def half_life(hours, values):
    """The program's rule: a line through the logarithms of three or more scans after the peak."""
    rise = np.array(values) - values[0]
    peak = int(np.argmax(rise[1:])) + 1
    after = rise[peak + 1:]
    if rise[peak] <= 0 or len(after) < 3 or (after <= 0).any():
        return None
    rate = -stats.linregress(np.array(hours[peak + 1:]), np.log(after)).slope
    return np.log(2) / rate if rate > 0 else None


def main(cohort, quantified):
    rows = table(quantified / "regions.tsv")
    groups = {int(r["label"]): r["group"] for r in rows if r["label"] != "n/a" and r["group"] != "n/a"}
    whole = {
        (r["participant_id"], r["session_id"], r["region"]): r
        for r in rows
        if r["quantity"] == "concentration" and r["label"] == "n/a"
    }
    per_cent = defaultdict(list)
    for r in rows:
        near_24_h = 18 <= float(r["hours"]) <= 30
        if r["quantity"] == "percent_change" and r["label"] == "n/a" and near_24_h and r["ratio_of_medians"] != "n/a":
            per_cent[r["region"]].append(100 * (float(r["ratio_of_medians"]) - 1))
    curves = {
        (r["participant_id"], r["region"]): r
        for r in table(quantified / "curves.tsv")
        if r["quantity"] == "concentration" and r["label"] == "n/a"
    }
    truth = cohort / "derivatives/phantom"
    errors, within, lives = defaultdict(list), defaultdict(int), defaultdict(list)
    totals = defaultdict(list)
    for person in sorted({key[0] for key in whole}):
        labels = np.asarray(nibabel.load(next((truth / person / "anat").glob("*_dseg.nii.gz"))).dataobj).astype(int)
        labels = eroded(labels)
        sessions = sorted({key[1] for key in whole if key[0] == person})
        course = defaultdict(list)
        hours = []
        for session in sessions:
            tracer = np.asarray(nibabel.load(next((truth / person / session / "anat").glob("*_tracer.nii.gz"))).dataobj)
            n = np.bincount(labels.ravel(), minlength=64)
            mmol = np.bincount(labels.ravel(), weights=tracer.ravel().astype(float), minlength=64)
            hours.append(float(whole[person, session, "cortex"]["hours"]))
            all_mmol = 0.0
            for group in sorted(set(groups.values())):
                of = [label for label, name in groups.items() if name == group]
                row = whole[person, session, group]
                assert n[of].sum() == int(row["voxels"]), (person, session, group, n[of].sum(), row["voxels"])
                mean = mmol[of].sum() / n[of].sum()
                all_mmol += mmol[of].sum() * 1e-6
                course[group].append(mean)
                if session == sessions[0]:
                    continue
                errors[group].append(float(row["mean"]) - mean)
                within[group] += float(row["mean_low"]) <= mean <= float(row["mean_high"])
            if session != sessions[0]:
                found = float(whole[person, session, "intracranial"]["total_mmol"])
                low, high = (
                    float(whole[person, session, "intracranial"][end]) / float(whole[person, session, "intracranial"]["mean"])
                    for end in ("mean_low", "mean_high")
                )
                totals[round(hours[-1] / 24)].append((found / all_mmol, low * found / all_mmol, high * found / all_mmol))
        for group, values in course.items():
            true, found = half_life(hours, values), curves[person, group]["half_life_h"]
            if true is not None and found != "n/a":
                row = curves[person, group]
                ends = [float(row[end]) if row[end] != "n/a" else np.inf for end in ("half_life_low", "half_life_high")]
                lives[group].append((float(found) / true, ends[0] <= true <= ends[1]))
    print("| group | within | mean error, mmol/l | worst, mmol/l | half-life found / true (curves; true value within the interval) | change at 24 h, % |")
    print("| --- | --- | --- | --- | --- | --- |")
    for group in ("cortex", "white", "subcortical", "brainstem", "cerebellar_cortex", "cerebellar_white", *CSF):
        e, ratio = np.array(errors[group]), [r for r, _ in lives[group]]
        life = "none" if not ratio else f"{min(ratio):.3f} to {max(ratio):.3f} ({len(ratio)}; {sum(w for _, w in lives[group])})"
        change = per_cent[group]
        change = "-" if not change else f"{np.median(change):.0f} ({min(change):.0f} to {max(change):.0f})"
        print(f"| {group.replace('_', ' ')} | {within[group]} of {len(e)} | {e.mean():+.4f} | {np.abs(e).max():.4f} | {life} | {change} |")
    print("\nTracer in these regions, found / true, by days after the injection: middle (range), intervals that hold 1")
    for day, of in sorted(totals.items()):
        ratios = [r for r, _, _ in of]
        held = sum(low <= 1 <= high for _, low, high in of)
        print(f"  day {day}: {np.median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f}), {held} of {len(of)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
