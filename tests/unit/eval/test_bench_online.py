"""The replay's curves are drawn in few points, and look as all of them would.

Run with `pytest tests/unit/eval/test_bench_online.py`.
"""

import numpy as np

from shelftalker.eval.bench.online import thinned

VALUES = np.random.default_rng(0).exponential(0.06, 26_000)
CURVE = np.cumsum(VALUES) / np.arange(1, len(VALUES) + 1)


def test_few_points_draw_a_long_curve_from_end_to_end() -> None:
    places = thinned(CURVE)
    assert 350 < len(places) <= 400
    assert (places[0], places[-1]) == (0, len(CURVE) - 1)
    drawn = np.interp(np.arange(len(CURVE)), places, CURVE[places])
    assert np.abs(drawn - CURVE)[200:].mean() < np.ptp(CURVE[200:]) / 200


def test_no_peak_is_lost() -> None:
    for at, value in ((11, 0.5), (13_337, -0.5), (25_990, 0.2)):
        curve = CURVE.copy()
        curve[at] = value
        assert at in thinned(curve)


def test_a_short_curve_stays_as_it_is() -> None:
    assert thinned(CURVE[:400]).tolist() == list(range(400))
    assert thinned(CURVE[:0]).tolist() == []
