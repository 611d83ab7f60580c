"""The rates and areas that the tests of the cohort of leaks expect: the same model in numpy.

    python leak_oracle.py
"""

import numpy as np
from scipy.stats import mannwhitneyu

N = 200_000
# Silent leaks, missed leaks, three mimics, first parameter of the severity's beta distribution.
PRESETS = {
    "paper": (0.10, 0.14, 0.08, 0.05, 0.05, 2.6),
    "default": (0.05, 0.07, 0.22, 0.10, 0.10, 2.0),
    "clear": (0.03, 0.03, 0.30, 0.12, 0.12, 2.0),
}
POINTS = np.array([2, 2, 2, 1, 1, 1])


def draw(rng, leak, preset):
    silent, missed, crowding, focal, large, alpha = preset
    normal = lambda: rng.standard_normal(N)
    like = rng.random(N) < ((1 - silent) if leak else missed)
    s = np.where(like, rng.beta(alpha, 1.6, N), 0)
    may_mimic = ~like & (not leak)
    mimic = lambda share, low, high: np.where(
        (rng.random(N) < share) & may_mimic, rng.uniform(low, high, N), 0
    )
    m1, m2, m3 = mimic(crowding, 0.5, 1), mimic(focal, 0.8, 2), mimic(large, 1.5, 3.5)
    g = normal()
    z = lambda: np.sqrt(0.35) * g + np.sqrt(0.65) * normal()
    length = lambda mean, sd, less: np.maximum(0, mean + sd * z() - less)
    ssc = length(5.0, 1.7, 4.0 * s + 3.0 * m1)
    ppc = length(4.9, 1.5, 2.0 * s + 3.0 * m1)
    mpd = length(7.0, 1.3, 4.0 * s + 2.5 * m1)
    v = normal() + 4.0 * s + m3
    f = np.where(rng.random(N) < 0.75, 1, 0.2)
    d = 0.35 * normal() + 2.4 * s * f + m2
    sdc = (rng.random(N) < 0.35 * s) | ((m2 > 0) & (rng.random(N) < 0.15))
    seen = np.stack(
        [
            d + 0.35 * normal() > 0.85,
            v + 0.7 * normal() > 2,
            ssc + 0.7 * normal() <= 4,
            sdc,
            ppc + 0.7 * normal() <= 5,
            mpd + 0.7 * normal() <= 6.5,
        ]
    )
    plain = (s == 0) & (m1 == 0) & (m2 == 0) & (m3 == 0)
    return seen, POINTS @ seen, plain


rng = np.random.default_rng(1)
for name, preset in PRESETS.items():
    (positive, p, _), (negative, n, plain) = draw(rng, True, preset), draw(rng, False, preset)
    area = mannwhitneyu(p, n).statistic / N**2
    share = lambda at: (66 * np.mean(at(p)) + 63 * np.mean(at(n))) / 129
    bands = [share(lambda x: x <= 2), share(lambda x: (x > 2) & (x < 5)), share(lambda x: x >= 5)]
    print(name, "area", round(area, 4), "bands", np.round(bands, 3))
    print("  positive", positive.mean(1).round(3), "negative", negative.mean(1).round(3))
    print("  plain negatives", negative[:, plain].mean(1).round(3))
