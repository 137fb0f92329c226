r"""A line that parts apples from oranges, found by gradient descent: chapter 03.

    x, y  radius and colour of each fruit   (n,)    m, c  slope and height of the line
    D     desired output of each fruit      (n,)    O     output: how far above the line
    s     a letter that runs over the n specimens   E     error, the mean over them
    eta   learning rate                             theta any one parameter, m or c

The line y = m x + c has two parameters, so its error can be drawn as a landscape. As O
is a straight function of m and c, that landscape is a bowl, the same all over.

    fruits(rng, n)                        n invented fruits: x, y and D
    output(x, y, m, c), error(O, D)       forward
    slope_m(O, D, x), slope_c(O, D)       the slope of E by each parameter
    descent(x, y, D, m, c, eta, steps)    the path downhill, a row (m, c) for each step
    steepest_curvature(x)                 beyond eta = 2 / this, descent diverges
"""

import numpy as np

import arguments


def fruits(rng, n=40):
    """x, y and D, each (n,), of n fruits: the first half apples, the rest oranges.

    x is the radius in cm above 3 cm, y the colour from red, -1, to orange, 1; D is -1/2
    for an apple and 1/2 for an orange. The numbers are invented, drawn from rng.
    """
    arguments.generator("rng", rng)
    n = arguments.count("n", n)
    D = np.repeat([-0.5, 0.5], [n // 2, n - n // 2])
    x = rng.normal(np.where(D < 0, 0.8, 1.1), 0.4)
    y = D + 0.4 - 0.5 * x + rng.normal(0, 0.2, n)
    return x.round(2), y.round(2), D


def output(x, y, m, c):
    r"""How far each fruit lies above the line (eq-fruit-output).

    .. math:: O_s = y_s - (m\, x_s + c)

    Shapes: x and y (n,); returns (n,).
    """
    return y - (m * x + c)


def error(O, D):
    r"""Half the squared difference, the mean over the fruits (eq-fruit-error).

    .. math:: E = \frac{1}{2 n} \sum_s (D_s - O_s)^2

    Shapes: O and D (n,); returns a number.
    """
    return ((D - O) ** 2).sum() / (2 * len(D))


def slope_m(O, D, x):
    r"""The slope of E by the slope of the line (eq-fruit-slope-m).

    .. math:: \frac{\partial E}{\partial m} = \frac{1}{n} \sum_s (D_s - O_s)\, x_s

    Shapes: O, D and x (n,); returns a number.
    """
    return ((D - O) * x).sum() / len(D)


def slope_c(O, D):
    r"""The slope of E by the height of the line (eq-fruit-slope-c).

    .. math:: \frac{\partial E}{\partial c} = \frac{1}{n} \sum_s (D_s - O_s)

    Shapes: O and D (n,); returns a number.
    """
    return (D - O).sum() / len(D)


def downhill(theta, slope, eta):
    r"""A parameter after one step of gradient descent (eq-descent).

    .. math:: \theta \leftarrow \theta - \eta\, \frac{\partial E}{\partial \theta}
    """
    return theta - eta * slope


def descent(x, y, D, m, c, eta, steps):
    """The path from m and c: (steps + 1, 2), a row m, c for the start and each step."""
    x, y, D = (_of_each(n, a, x) for n, a in (("x", x), ("y", y), ("D", D)))
    arguments.number("m", m)
    arguments.number("c", c)
    arguments.positive("eta", eta)
    steps = arguments.count("steps", steps, least=0)
    path = [(m, c)]
    for _ in range(steps):
        O = output(x, y, m, c)
        slopes = slope_m(O, D, x), slope_c(O, D)
        m, c = downhill(m, slopes[0], eta), downhill(c, slopes[1], eta)
        path.append((m, c))
    return np.array(path)


def curvature(x):
    """How the slopes of E change with m and c: the second derivatives of E, (2, 2)."""
    x = _of_each("x", x, x)
    return np.array([[(x * x).mean(), x.mean()], [x.mean(), 1.0]])


def steepest_curvature(x):
    """The curvature of E across its steepest direction, lambda_max: the larger
    eigenvalue of its second derivatives. Descent converges if eta < 2 / lambda_max
    (LeCun, Bottou, Orr & Müller 1998, doi:10.1007/3-540-49430-8_2).
    """
    return np.linalg.eigvalsh(curvature(x))[-1]


def _of_each(name, values, x):
    """values as a float array with a number for each fruit, of which x is a list."""
    a = arguments.finite(name, values)
    arguments.shaped(name, a, ("n",) if values is x else np.shape(x), " as x has")
    return a


arguments.guard(globals(), every="theta and slope (any)")


def draw(rng, count=7):
    """Every given quantity for `count` random fruits and a random line."""
    x, y, D = fruits(rng, count)
    theta, c = rng.normal(size=2)
    return {"x": x, "y": y, "D": D, "theta": theta, "c": c, "n": count, "eta": 0.5}


MODELS = {"fruit": {
    "symbols": {
        "x_s": "x", "y_s": "y", "D_s": "D", "O_s": "O", "m": "m", "c": "c", "n": "n",
        "E_s": "E_s", "E": "E", r"\eta": "eta", r"\theta": "theta",
        r"\frac{\partial E}{\partial \theta}": "slope"},
    "indices": {"s": "fruits"},
    # theta is any one parameter: here it is m.
    "also": (r"m = \theta", r"E_s = \frac{1}{2} (D_s - O_s)^2"),
    "draw": draw}}  # fmt: skip

# Name in code -> what it is, in the order of the notation.
WORDS = {
    "x": "radius of fruit $s$",
    "y": "colour of fruit $s$",
    "m": "slope of the line",
    "c": "height of the line",
    "O": "how far fruit $s$ lies above the line",
    "D": "desired output of fruit $s$",
    "E": "error",
    "E_s": "part of the error that fruit $s$ has",
    "n": "number of fruits",
    "dE_dm": "slope of $E$ by the slope of the line",
    "dE_dc": "slope of $E$ by the height of the line",
    "theta": "any one parameter",
    "slope": "slope of $E$ by any one parameter",
    "eta": "learning rate",
}
