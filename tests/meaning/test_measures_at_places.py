"""Measures that are given an index of whoever asks for them: worked out at each of its places, against NumPy."""

import numpy as np

import neurashed_dsl as nshed

TEXT = """
measure kin(s) = λ[s] / sum(λ[m] for m in node)
measure among(s) = sum(λ[m] for m in into(s)) / sum(λ[m] for m in node)
measure power(k) = sum(λ[m]^k for m in node) / sum(λ[m] for m in node)

network net {
  level a { a1, a2, a3 }
  level b {
    b1 = a1 or a2
    b2 = a3
  }
  classes {
    one <- b1
    two <- b2
  }
  inputs {
    x: a1, a2 -> one
    y: a3 -> two
  }
  update λ by multiplicative(1.05, 0.99)
}
experiment e {
  model net
  run steps: 5
  record r[n in node] = kin(n)
  record rb[n in b] = kin(n)
  record s[n in b] = sum(kin(m) for m in into(n))
  record t[n in node] = among(n)
  record u[n in node, m in node] = kin(n) / kin(m)
  record v = sum(power(j) for j in 1..3)
  record w = sum(sum(power(j) for j in 1..i) for i in 1..3)
  record l[n in node] = λ[n]
}
"""


def test_measures_at_each_place() -> None:
    found = {name: array.values for name, array in nshed.loads(TEXT).run().items()}
    strength = found["l"]
    total = strength.sum(axis=1, keepdims=True)
    share = strength / total
    below = np.stack([strength[:, 0] + strength[:, 1], strength[:, 2]], axis=1)
    expected = {
        "r": share,
        "rb": share[:, 3:],
        "s": below / total,
        "t": np.concatenate([np.zeros((len(strength), 3)), below], axis=1) / total,
        "u": strength[:, :, None] / strength[:, None],
        "v": sum((strength**k).sum(axis=1) for k in (1, 2, 3)) / total[:, 0],
        "w": sum((strength**k).sum(axis=1) for k in (1, 1, 1, 2, 2, 3)) / total[:, 0],
    }
    assert len(strength) == 6
    assert len(np.unique(strength[-1])) > 1
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, rtol=1e-12, err_msg=name)
