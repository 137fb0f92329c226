"""Answers to try the checker on: right ones written in many ways, and what goes wrong.

ANSWERS: (name of the function, how it is written, its right text, {id of a mistake:
(text, wrong text)}). A wrong answer is the right text with one change.
"""

ANSWERS = [
    (
        "net_hidden",
        "matrices",
        "def net_hidden(X, w, b):\n    return X @ w + b",
        {
            "no-bias": (" + b", ""),
            "bias-subtracted": ("+ b", "- b"),
            "transposed-w": ("X @ w", "X @ w.T"),
        },
    ),
    (
        "net_hidden",
        "loops, one example",
        """def net_hidden(X, w, b):
    N = []
    for h in range(len(b)):
        total = b[h]
        for i in range(len(X)):
            total += X[i] * w[i, h]
        N.append(total)
    return N""",
        {
            "no-bias": ("total = b[h]", "total = 0.0"),
            "transposed-w": ("w[i, h]", "w[h, i]"),
            "last-only": ("total += X[i] * w[i, h]", "total = X[i] * w[i, h] + b[h]"),
            "no-weights": ("X[i] * w[i, h]", "X[i]"),
            "bias-subtracted": ("total = b[h]", "total = -b[h]"),
        },
    ),
    (
        "net_hidden",
        "einsum",
        "def net_hidden(X, w, b):\n    return np.einsum('ni,ih->nh', X, w) + b",
        {
            "transposed-w": ("ni,ih->nh", "ni,hi->nh"),
            "no-bias": (" + b", ""),
            "no-weights": ("'ni,ih->nh', X, w", "'ni,ih->nh', X, np.ones_like(w)"),
        },
    ),
    (
        "hidden",
        "e to the power",
        "def hidden(N_h):\n    return 1 / (1 + np.exp(-N_h))",
        {
            "sign-in-exponent": ("-N_h", "N_h"),
            "no-transfer": ("1 / (1 + np.exp(-N_h))", "N_h"),
        },
    ),
    (
        "hidden",
        "with f",
        "def hidden(N_h, f):\n    return f(N_h)",
        {"slope-for-transfer": ("f(N_h)\n", "f.slope(N_h)\n")},
    ),
    (
        "net_output",
        "matrices",
        "def net_output(H, v, c):\n    return np.dot(H, v) + c",
        {
            "no-bias": (" + c", ""),
            "transposed-v": ("np.dot(H, v)", "np.dot(H, v.T)"),
        },
    ),
    (
        "net_output",
        "lists",
        """def net_output(H, v, c):
    return [
        sum(H[h] * v[h][o] for h in range(len(H))) + c[o] for o in range(len(c))
    ]""",
        {
            "transposed-v": ("v[h][o]", "v[o][h]"),
            "no-weights": ("H[h] * v[h][o]", "H[h]"),
            "first-only": ("range(len(H))", "[0]"),
            "bias-subtracted": ("+ c[o]", "- c[o]"),
        },
    ),
    (
        "net_output",
        "with the net input at hand",
        "def net_output(N_h, H, v, c):\n    return H @ v + c",
        {"net-sent": ("H @ v", "N_h @ v"), "no-bias": (" + c", "")},
    ),
    (
        "error",
        "arrays",
        "def error(O, D):\n    return 0.5 * np.sum((D - O) ** 2) / len(D)",
        {
            "factor-two": ("0.5 * ", ""),
            "not-squared": ("(D - O) ** 2", "D - O"),
            "sum-for-mean": (" / len(D)", ""),
            "mean-twice": ("/ len(D)", "/ len(D) ** 2"),
        },
    ),
    (
        "error",
        "loop, one example",
        """def error(O, D):
    E = 0
    for d, o in zip(D, O):
        E += (d - o) ** 2 / 2
    return E""",
        {
            "factor-two": (" / 2", ""),
            "last-only": ("E += ", "E = "),
            "not-squared": ("(d - o) ** 2", "(d - o)"),
        },
    ),
    (
        "error",
        "a mean over the rows",
        "def error(O, D):\n    return (0.5 * ((O - D) ** 2).sum(axis=1)).mean()",
        {
            "square-of-sum": ("((O - D) ** 2).sum(axis=1)", "(O - D).sum(axis=1) ** 2"),
            "sum-for-mean": (".mean()", ".sum()"),
        },
    ),
    (
        "output_delta",
        "arrays",
        "def output_delta(O, D, N_o, f):\n    return (O - D) * f.slope(N_o)",
        {
            "no-slope-output": (" * f.slope(N_o)", ""),
            "sign": ("O - D", "D - O"),
            "slope-at-output": ("f.slope(N_o)", "f.slope(O)"),
            "transfer-for-slope": ("f.slope(N_o)", "f(N_o)"),
            "error-for-difference": ("(O - D)", "0.5 * (O - D) ** 2"),
            "factor-two": ("(O - D)", "2 * (O - D)"),
            "factor-half": ("(O - D)", "0.5 * (O - D)"),
        },
    ),
    (
        "output_delta",
        "the short form",
        "def output_delta(O, D, N_o):\n    return -(D - O) * O * (1 - O)",
        {
            "sign": ("-(D - O)", "(D - O)"),
            "net-in-short-form": ("* O * (1 - O)", "* N_o * (1 - N_o)"),
            "no-slope-output": (" * O * (1 - O)", ""),
            "transfer-for-slope": (" * (1 - O)", ""),
            "factor-two": ("-(D - O)", "-2 * (D - O)"),
        },
    ),
    (
        "output_delta",
        "loop, one example",
        """def output_delta(O, D, N_o, f):
    delta = []
    for o in range(len(O)):
        delta.append((O[o] - D[o]) * f.slope(N_o[o]))
    return delta""",
        {
            "sign": ("O[o] - D[o]", "D[o] - O[o]"),
            "no-slope-output": (" * f.slope(N_o[o])", ""),
            "slope-at-output": ("f.slope(N_o[o])", "f.slope(f(N_o[o]))"),
            "factor-half": ("(O[o] - D[o])", "(O[o] - D[o]) / 2"),
        },
    ),
    (
        "slope_v",
        "matrices",
        "def slope_v(H, delta_o):\n    return H.T @ delta_o / len(H)",
        {
            "transposed-slope": ("H.T @ delta_o", "delta_o.T @ H"),
            "sign": ("H.T", "-H.T"),
            "sum-for-mean": (" / len(H)", ""),
        },
    ),
    (
        "slope_v",
        "outer, one example",
        "def slope_v(H, delta_o, v, N_h, O, D):\n    return np.outer(H, delta_o)",
        {
            "transposed-slope": ("np.outer(H, delta_o)", "np.outer(delta_o, H)"),
            "net-sent": ("np.outer(H", "np.outer(N_h"),
            "raw-difference": ("delta_o)\n", "O - D)\n"),
            "no-input": ("np.outer(H, delta_o)", "np.outer(np.ones_like(H), delta_o)"),
            "weight-for-input": ("np.outer(H, delta_o)", "v * delta_o"),
        },
    ),
    (
        "slope_v",
        "einsum",
        """def slope_v(H, delta_o):
    return np.einsum('nh,no->ho', H, delta_o) / H.shape[0]""",
        {
            "transposed-slope": ("->ho", "->oh"),
            "sum-for-mean": (" / H.shape[0]", ""),
            "mean-twice": (" / H.shape[0]", " / H.shape[0] ** 2"),
        },
    ),
    (
        "slope_c",
        "mean",
        "def slope_c(delta_o):\n    return delta_o.mean(axis=0)",
        {
            "bias-summed": (
                "delta_o.mean(axis=0)",
                "np.full(delta_o.shape[1], delta_o.sum() / len(delta_o))",
            ),
            "sum-for-mean": ("mean(axis=0)", "sum(axis=0)"),
            "sign": ("delta_o.mean", "-delta_o.mean"),
        },
    ),
    (
        "slope_c",
        "itself, one example",
        "def slope_c(delta_o, O, D, c):\n    return delta_o",
        {
            "raw-difference": ("return delta_o", "return O - D"),
            "weight-for-input": ("return delta_o", "return c * delta_o"),
            "error-for-delta": ("return delta_o", "return 0.5 * (O - D) ** 2"),
        },
    ),
    (
        "hidden_delta",
        "matrices",
        """def hidden_delta(delta_o, v, N_h, f):
    return (delta_o @ v.T) * f.slope(N_h)""",
        {
            "no-slope-hidden": (" * f.slope(N_h)", ""),
            "transposed-v": ("v.T", "v"),
            "sign": ("return (", "return -("),
            "slope-at-output": ("f.slope(N_h)", "f.slope(f(N_h))"),
            "transfer-for-slope": ("f.slope(N_h)", "f(N_h)"),
            "no-weights": ("delta_o @ v.T", "delta_o.sum(axis=-1, keepdims=True)"),
        },
    ),
    (
        "hidden_delta",
        "loops, one example",
        """def hidden_delta(delta_o, v, N_h, f):
    delta_h = np.zeros(len(N_h))
    for h in range(len(N_h)):
        for o in range(len(delta_o)):
            delta_h[h] += v[h, o] * delta_o[o]
        delta_h[h] *= f.slope(N_h[h])
    return delta_h""",
        {
            "transposed-v": ("v[h, o]", "v[o, h]"),
            "last-only": ("+= v[h, o]", "= v[h, o]"),
            "no-slope-hidden": ("\n        delta_h[h] *= f.slope(N_h[h])", ""),
            "no-weights": ("v[h, o] * ", ""),
            "sign": ("delta_h[h] +=", "delta_h[h] -="),
            "slope-at-output": ("f.slope(N_h[h])", "f.slope(f(N_h[h]))"),
        },
    ),
    (
        "hidden_delta",
        "loops, a batch",
        """def hidden_delta(delta_o, v, N_h, f):
    rows, hidden = N_h.shape
    delta_h = np.empty((rows, hidden))
    for n in range(rows):
        for h in range(hidden):
            back = sum(v[h, o] * delta_o[n, o] for o in range(v.shape[1]))
            delta_h[n, h] = back * f.slope(N_h)[n, h]
    return delta_h""",
        {
            "transposed-v": ("v[h, o]", "v[o, h]"),
            "first-only": ("range(v.shape[1])", "range(1)"),
            "no-slope-hidden": (" * f.slope(N_h)[n, h]", ""),
            "sign": ("= back", "= -back"),
        },
    ),
    (
        "hidden_delta",
        "einsum, the short form",
        """def hidden_delta(delta_o, v, H, O, D, N_h):
    return np.einsum('no,ho->nh', delta_o, v) * H * (1 - H)""",
        {
            "raw-difference": ("delta_o, v)", "O - D, v)"),
            "transposed-v": ("no,ho->nh", "no,oh->nh"),
            "net-in-short-form": ("* H * (1 - H)", "* N_h * (1 - N_h)"),
            "transfer-for-slope": (" * (1 - H)", ""),
            "no-slope-hidden": (" * H * (1 - H)", ""),
            "error-for-delta": ("delta_o, v)", "0.5 * (O - D) ** 2, v)"),
        },
    ),
    (
        "hidden_delta",
        "with all it could want",
        """def hidden_delta(delta_o, v, N_h, H, O, D, eta, f):
    return f.slope(N_h) * np.dot(delta_o, np.transpose(v))""",
        {
            "updated-v": (
                "np.transpose(v)",
                "np.transpose(v - eta * H.T @ delta_o / len(H))",
            ),
            "raw-difference": ("np.dot(delta_o", "np.dot(O - D"),
        },
    ),
    (
        "slope_w",
        "matrices",
        "def slope_w(X, delta_h):\n    return X.T @ delta_h / len(X)",
        {
            "transposed-slope-w": ("X.T @ delta_h", "delta_h.T @ X"),
            "sum-for-mean": (" / len(X)", ""),
            "sign": ("X.T", "-X.T"),
        },
    ),
    (
        "slope_w",
        "loops, one example",
        """def slope_w(X, delta_h, delta_o, H, w):
    slope = np.zeros_like(w)
    for i in range(len(X)):
        for h in range(len(delta_h)):
            slope[i, h] = X[i] * delta_h[h]
    return slope""",
        {
            "wrong-delta": ("delta_h[h]\n", "delta_o[h]\n"),
            "output-for-input": ("X[i] * delta_h[h]", "H[h] * delta_h[h]"),
            "no-input": ("X[i] * ", ""),
            "weight-for-input": ("X[i] * ", "w[i, h] * "),
            "transposed-slope-w": ("X[i] * delta_h[h]", "X[h] * delta_h[i]"),
        },
    ),
    (
        "slope_b",
        "arrays",
        "def slope_b(delta_h):\n    return np.sum(delta_h, axis=0) / len(delta_h)",
        {
            "sum-for-mean": (" / len(delta_h)", ""),
            "bias-summed": (
                "np.sum(delta_h, axis=0)",
                "np.sum(delta_h) * np.ones(delta_h.shape[1])",
            ),
            "sign": ("np.sum", "-np.sum"),
        },
    ),
    (
        "slope_b",
        "itself, one example",
        "def slope_b(delta_h, b, delta_o):\n    return list(delta_h)",
        {
            "weight-for-input": ("list(delta_h)", "list(b * delta_h)"),
            "wrong-delta": ("list(delta_h)", "list(delta_o)"),
        },
    ),
    (
        "gradient",
        "matrices",
        """def gradient(net, X, D):
    n = len(X)
    H = net.f(X @ net.w + net.b)
    O = net.f(H @ net.v + net.c)
    delta_o = (O - D) * O * (1 - O)
    delta_h = (delta_o @ net.v.T) * H * (1 - H)
    return X.T @ delta_h / n, delta_h.mean(0), H.T @ delta_o / n, delta_o.mean(0)""",
        {
            "no-slope-output": ("(O - D) * O * (1 - O)", "O - D"),
            "no-slope-hidden": (" * H * (1 - H)", ""),
            "raw-difference": ("(delta_o @ net.v.T)", "((O - D) @ net.v.T)"),
            "transposed-v": ("net.v.T", "net.v"),
            "sign": ("(O - D) * O", "(D - O) * O"),
            "updated-v": ("net.v.T", "(net.v - 0.5 * H.T @ delta_o / n).T"),
            "transposed-slope-w": ("X.T @ delta_h", "delta_h.T @ X"),
            "no-bias": ("X @ net.w + net.b", "X @ net.w"),
            "factor-two": ("(O - D) * O", "2 * (O - D) * O"),
        },
    ),
    (
        "gradient",
        "loops over examples, a dict",
        """def gradient(net, X, D):
    total = {name: 0 * getattr(net, name) for name in "wbvc"}
    for x, d in zip(X, D):
        H = [net.f(sum(x[i] * net.w[i, h] for i in range(len(x))) + net.b[h])
             for h in range(len(net.b))]
        O = [net.f(sum(H[h] * net.v[h, o] for h in range(len(H))) + net.c[o])
             for o in range(len(net.c))]
        delta_o = [(O[o] - d[o]) * O[o] * (1 - O[o]) for o in range(len(O))]
        delta_h = [0.0] * len(H)
        for h in range(len(H)):
            for o in range(len(O)):
                delta_h[h] += net.v[h, o] * delta_o[o]
            delta_h[h] *= H[h] * (1 - H[h])
        total["w"] += np.outer(x, delta_h) / len(X)
        total["b"] += np.array(delta_h) / len(X)
        total["v"] += np.outer(H, delta_o) / len(X)
        total["c"] += np.array(delta_o) / len(X)
    return total""",
        {
            "last-only": ("delta_h[h] += net.v", "delta_h[h] = net.v"),
            "transposed-v": ("+= net.v[h, o]", "+= net.v[o, h]"),
            "no-slope-hidden": ("\n            delta_h[h] *= H[h] * (1 - H[h])", ""),
            "sign": ("(O[o] - d[o])", "(d[o] - O[o])"),
            "bias-summed": ("np.array(delta_h) / len(X)", "np.sum(delta_h) / len(X)"),
            "net-in-short-form": (
                "delta_h[h] *= H[h] * (1 - H[h])",
                "N = sum(x[i] * net.w[i, h] for i in range(len(x))) + net.b[h]\n"
                "            delta_h[h] *= N * (1 - N)",
            ),
            "transposed-slope": ("np.outer(H, delta_o)", "np.outer(delta_o, H)"),
        },
    ),
    (
        "update",
        "a network",
        """def update(net, slope, eta):
    return bp.Network(
        net.w - eta * slope.w,
        net.b - eta * slope.b,
        net.v - eta * slope.v,
        net.c - eta * slope.c,
        net.f,
    )""",
        {
            "added": ("net.v - eta", "net.v + eta"),
            "no-eta": ("net.w - eta * slope.w", "net.w - slope.w"),
            "not-updated": ("net.b - eta * slope.b", "net.b"),
            "change-only": ("net.c - eta * slope.c", "-eta * slope.c"),
        },
    ),
]

# Two things at once: (name, right text, changes, the ids).
TWICE = [
    (
        "hidden_delta",
        "def hidden_delta(delta_o, v, N_h, f):\n    return -(delta_o @ v.T)",
        {"sign", "no-slope-hidden"},
    ),
    (
        "hidden_delta",
        "def hidden_delta(delta_o, v, N_h, f):\n    return delta_o @ v",
        {"transposed-v", "no-slope-hidden"},
    ),
    (
        "output_delta",
        "def output_delta(O, D, N_o, f):\n    return 2 * (D - O) * f.slope(N_o)",
        {"sign", "factor-two"},
    ),
    (
        "gradient",
        """def gradient(net, X, D):
    n = len(X)
    H = net.f(X @ net.w + net.b)
    O = net.f(H @ net.v + net.c)
    delta_o = O - D
    delta_h = delta_o @ net.v.T
    return X.T @ delta_h / n, delta_h.mean(0), H.T @ delta_o / n, delta_o.mean(0)""",
        {"no-slope-output", "no-slope-hidden"},
    ),
]


def wrong():
    """(name, how it is written, id, text) of every wrong answer."""
    for name, how, text, changes in ANSWERS:
        text += "\n"
        for id, (old, new) in changes.items():
            if text.count(old) != 1:
                raise ValueError(f"{name}, {how}, {id}: {old!r} does not stand once")
            yield name, how, id, text.replace(old, new)
