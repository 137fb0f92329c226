r"""One step of contrastive divergence: what the data do, less what is dreamt of them.

v  visible units, the data   h  hidden units, drawn   u  visible units, dreamt
w  between them   a, b  biases   r, s  draws of chance, kept: it runs twice the same
"""

from backprop import Logistic


def net(v, w, b):
    r"""The net input of each hidden unit (eq-cd-net).

    .. math:: N_j = \sum_i v_i\, w_{ij} + b_j
    """
    return v @ w + b


def probability(N, f):
    r"""How probable it is that a hidden unit is on (eq-cd-probability).

    .. math:: q_j = f(N_j)
    """
    return f(N)


def drawn(q, r):
    r"""The hidden units, drawn (eq-cd-drawn).

    .. math:: h_j = [q_j > r_j]
    """
    return (q > r).astype(float)


def net_back(h, w, a):
    r"""The net input of each visible unit (eq-cd-net-back).

    .. math:: M_i = \sum_j h_j\, w_{ij} + a_i
    """
    return h @ w.T + a


def probability_back(M, f):
    r"""How probable it is that a visible unit is on (eq-cd-probability-back).

    .. math:: p_i = f(M_i)
    """
    return f(M)


def dreamt(p, s):
    r"""The visible units, dreamt (eq-cd-dreamt).

    .. math:: u_i = [p_i > s_i]
    """
    return (p > s).astype(float)


def net_again(u, w, b):
    r"""The net input of each hidden unit, of the dream (eq-cd-net-again).

    .. math:: K_j = \sum_i u_i\, w_{ij} + b_j
    """
    return u @ w + b


def probability_again(K, f):
    r"""How probable it is that a hidden unit is on, of the dream (eq-cd-again).

    .. math:: k_j = f(K_j)
    """
    return f(K)


def update(w, v, q, u, k, eta):
    r"""Up with what the data do, down with what is dreamt (eq-cd-update).

    .. math:: w_{ij} \leftarrow w_{ij} + \eta\, (v_i\, q_j - u_i\, k_j)
    """
    return w + eta * (v.T @ q - u.T @ k) / len(v)


def draw(rng, visible=4, hidden=3, examples=5):
    """Random weights, data and draws of chance."""
    return {
        "v": rng.integers(2, size=(examples, visible)).astype(float),
        "w": rng.normal(size=(visible, hidden)), "a": rng.normal(size=visible),
        "b": rng.normal(size=hidden), "r": rng.uniform(size=(examples, hidden)),
        "s": rng.uniform(size=(examples, visible)), "f": Logistic(), "eta": 0.3,
    }  # fmt: skip


MODELS = {
    "divergence": {
        "symbols": r"v_i w_{ij} a_i b_j N_j q_j r_j h_j M_i p_i s_i u_i K_j k_j \eta",
        "indices": {"i": "visible", "j": "hidden", "n": "examples"},
        "rows": "v N q r h M p s u K k",
        "functions": {"f": (Logistic,)},
        "positive": "eta",
        "phases": {
            "data": "eq-cd-net", "dream": "eq-cd-net-back", "update": "eq-cd-update"
        },
        "draw": draw,
    },
}  # fmt: skip
