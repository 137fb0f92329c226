"""What every function of the book asks of its arguments, and says where they do not do.

    finite("X", X)                      a float array, each number of it finite
    shaped("w", w, ("inputs", "hidden"))   it has that shape; a word is any size
    positive("eta", eta)                a number above 0
    within("mu", mu, "[0, 1)")          a number of that range, here 1 not included
    count("epochs", epochs)             a whole number from 1: 2.0 and True are none
    generator, function, transfer, one_of, instance     of the kind that is meant
    guard(globals())                    the last line of a module of equations

Each raises one ValueError, or TypeError for what is of another kind, which names the
argument, what it was and what was expected. No argument is changed.

An equation is one line, and stays it. `guard` puts a door before it: who comes from
outside is asked for the shapes of the docstring. Modules that are guarded were asked
at a door of their own, and call each other as if there were none.
"""

import inspect
import math
import operator
import re
import sys
from functools import partial, wraps
from sys import _getframe

import numpy as np

KEPT = np.dtype(np.float64), np.dtype(np.float32)
MOST = 10**9  # of anything that is counted: more would only seem to hang


def numbers(name, values):
    """values as a float array, finite or not; float32 and float64 stay what they are.

    What would be lost on the way is refused: imaginary parts, units, masks.
    """
    if type(values) is np.ndarray and values.dtype in KEPT:
        return values
    try:
        a = np.asarray(values)
        if a.dtype.kind in "cmMSU" or isinstance(values, np.ma.MaskedArray):
            raise TypeError
        if a.dtype == object and None in a.ravel().tolist():  # NumPy would say nan
            raise TypeError
        return a if a.dtype in KEPT else a.astype(float)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(
            f"{name} is {short(values)}; expected an array of numbers"
        ) from None


def finite(name, values):
    """values as a float array; ValueError if one of them is not finite."""
    a = numbers(name, values)
    # A sum of squares is finite if each number is; if it is not, look at each.
    if not (math.isfinite(np.vdot(a, a)) or np.isfinite(a).all()):
        where = tuple(int(k) for k in np.argwhere(~np.isfinite(a))[0])
        at = f"{name}{list(where)}" if where else name
        raise ValueError(f"{at} is {a[where]}; expected a finite number")
    return a


def some(name, values):
    """values as a float array of one number at least, each of them finite."""
    a = finite(name, values)
    if a.size == 0:
        raise ValueError(f"{name} is empty; expected a number at least")
    return a


def shaped(name, a, shape, why=""):
    """ValueError unless a has that shape; a word in it stands for any size from 1."""
    if a.shape == shape:
        return
    fits = a.ndim == len(shape)
    for size, want in zip(a.shape, shape):
        fits = fits and (size == want or size > 0 and type(want) is str)
    if not fits:
        wanted = ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "")
        raise ValueError(f"{name} has shape {a.shape}; expected ({wanted}){why}")


def rows(name, values, size, what):
    """values as (n, size), a row per example and at least one; else ValueError."""
    a = finite(name, values)
    each = f": one row per example, one column for each of the {size} {what}"
    shaped(name, a, ("n", size), each)
    return a


def examples(X, D, inputs, outputs):
    """X and D as arrays of so many columns, and as many rows each; else ValueError."""
    X = rows("X", X, inputs, "inputs")
    D = rows("D", D, outputs, "outputs")
    if len(X) != len(D):
        raise ValueError(
            f"D has {len(D)} rows and X has {len(X)}; expected one of each per example"
        )
    return X, D


def number(name, value):
    """ValueError unless value is one real, finite number."""
    if not (_is_number(value) and math.isfinite(value)):
        raise ValueError(f"{name} is {short(value)}; expected a finite number")


def a_number(name, value):
    """value; ValueError unless it is one real number, finite or not."""
    if not _is_number(value):
        raise ValueError(f"{name} is {short(value)}; expected a number")
    return value


def some_of(name, values):
    """values; ValueError if there is none of them."""
    if len(values) == 0:
        raise ValueError(f"{name} is empty; expected one at least")
    return values


def positive(name, value):
    """ValueError unless value is a finite number above 0."""
    if not (_is_number(value) and 0 < value < math.inf):
        raise ValueError(f"{name} is {short(value)}; expected a positive number")


def within(name, value, range, known=None):
    """ValueError unless value is a finite number of the range, "[0, 1)" or "[1, T]":
    a round bracket leaves its end out, and a letter is the number so called in known;
    where it is not known, nothing is asked."""
    number(name, value)
    known = known or {}
    low, high = (end.strip() for end in range[1:-1].split(","))
    ends = [known.get(end, end) for end in (low, high)]
    try:
        low, high = map(float, ends)
    except ValueError:  # a letter that nobody gave
        return
    above = value > low if range[0] == "(" else value >= low
    below = value < high if range[-1] == ")" else value <= high
    if not (above and below):
        shown = f"{range[0]}{ends[0]}, {ends[1]}{range[-1]}"
        raise ValueError(f"{name} is {short(value)}; expected a number in {shown}")


def count(name, value, least=1):
    """value as an int; TypeError for what is no whole number, 2.0 and True too, and
    ValueError for one that is too small or too large to be counted to."""
    expected = f"expected a whole number from {least}"
    try:
        if isinstance(value, (bool, np.bool_)):
            raise TypeError
        whole = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} is {short(value)}; {expected}") from None
    if not least <= whole <= MOST:
        raise ValueError(f"{name} is {short(value)}; {expected} to {MOST:.0e}")
    return whole


def sizes(name, values, each):
    """values as a tuple of counts, one for each word of `each`; if the middle of it is
    "…", of two at least."""
    try:
        found = tuple(count(name, k) for k in values)
    except (TypeError, ValueError):
        found = ()
    if len(found) < 2 or "…" not in each and len(found) != len(each):
        raise ValueError(
            f"{name} is {short(values)}; "
            f"expected ({', '.join(each)}), whole numbers from 1"
        )
    return found


def precision(name, dtype):
    """ValueError unless dtype is a kind of float that stays what it is."""
    try:
        known = np.dtype(dtype) in KEPT
    except TypeError:
        known = False
    if not known:
        raise ValueError(f"{name} is {short(dtype)}; expected float32 or float64")


def instance(name, value, kind, words):
    """TypeError unless value is of that kind; words say which it is."""
    if not isinstance(value, kind):
        raise TypeError(f"{name} is {short(value)}; expected {words}")


def generator(name, value):
    """TypeError unless value is a Generator of NumPy."""
    instance(name, value, np.random.Generator, "a Generator")


def function(name, value, words):
    """TypeError unless value can be called; words say what it is a function of."""
    if not callable(value):
        raise TypeError(f"{name} is {short(value)}; expected a function {words}")


def transfer(name, f):
    """TypeError unless f is a transfer function: one with f(N) and f.slope(N)."""
    if isinstance(f, type) or not (callable(f) and hasattr(f, "slope")):
        raise TypeError(
            f"{name} is {short(f)}; expected a transfer function, such as "
            "transfer_function('logistic')"
        )


def one_of(name, value, known):
    """ValueError unless value is one of the known names."""
    if not (isinstance(value, str) and value in known):
        raise ValueError(
            f"{name} is {short(value)}; expected one of {', '.join(known)}"
        )


def _is_number(value):
    """Whether value is one real number, and no larger than a float can be."""
    real = isinstance(value, (int, float, np.integer, np.floating))
    if not real or isinstance(value, bool):
        return False
    return isinstance(value, float) or abs(value) <= sys.float_info.max


def short(value):
    """value as a message can hold it: one line, and not all digits of 10**400."""
    if isinstance(value, int) and abs(value) > 10**30:
        return f"{'-' * (value < 0)}an integer of {value.bit_length()} bits"
    words = " ".join(repr(value).split())
    return words if len(words) < 200 else words[:200] + "…"


# ---- the door of a module of equations

SHAPES = re.compile(r"((?:\w+(?:, | and ))*\w+) \(([^)]*)\)")


def guard(
    namespace,
    every="",
    counts=(),
    positive=("eta", "epsilon"),
    ranges=None,
    **asking,
):
    """Put a door before each equation of a module: its arguments are asked for.

    namespace is the module's globals(). The shapes are those of the docstring, "Shapes:
    N_h (n, hidden), b (hidden,); returns …", else those of `every`; (any) is one shape,
    whatever it is. A letter is one size throughout. counts are names of whole numbers
    from 1; those of positive are above 0; ranges, name -> range, see `within`; f is a
    transfer function; the rest are numbers. A function whose arguments are other things
    is asked by one of its own: name=function. Of a transfer function, a class with a
    slope, N is asked for.
    """
    namespace["__guarded__"] = True
    for name, thing in list(namespace.items()):
        if inspect.isfunction(thing) and thing.__module__ == namespace["__name__"]:
            said = thing.__doc__ or ""
            shapes = re.search(r"Shapes: (.*?)(?:;|\Z)", said, re.DOTALL)
            if name in asking:
                namespace[name] = _with_a_door(thing, asking[name])
            elif name[0] != "_" and "(eq-" in said:
                found = _read(" ".join((shapes[1] if shapes else every).split()))
                asked = partial(
                    _asked, shapes=found, counts=counts, above=positive,
                    ranges=ranges or {},
                )  # fmt: skip
                namespace[name] = _with_a_door(thing, asked)
        elif inspect.isclass(thing) and thing.__module__ == namespace["__name__"]:
            if inspect.isfunction(vars(thing).get("slope")):
                for name in "__call__", "slope":
                    door = _with_a_door(vars(thing)[name], _net_input)
                    setattr(thing, name, door)


def _net_input(given):
    """What a transfer function is asked of: an array, or a number that remembers."""
    N = given["N"]
    if type(N) is np.ndarray or hasattr(N, "__array_ufunc__"):
        return given
    return given | {"N": numbers("N", N)}


def _read(text):
    """Name -> its shape, as in "O and D (n, outputs)"; "any" for (any)."""
    found = {}
    for some, shape in SHAPES.findall(text):
        sizes = tuple(size.strip() for size in shape.split(",") if size.strip())
        for name in re.split(", | and ", some):
            found[name] = "any" if sizes == ("any",) else sizes
    return found


def _with_a_door(equation, asked):
    signature = inspect.signature(equation)

    @wraps(equation)
    def door(*args, **kwargs):
        if "__guarded__" not in _getframe(1).f_globals:
            given = signature.bind(*args, **kwargs).arguments
            args, kwargs = (), asked(given)
        return equation(*args, **kwargs)

    return door


def _asked(given, shapes, counts, above, ranges):
    """The arguments of an equation, arrays as arrays; else an error that names one."""
    asked, known, common = dict(given), {}, None
    for name, value in given.items():
        own_kind = hasattr(value, "__array_ufunc__") and not isinstance(
            value, (np.ndarray, np.generic)
        )
        if own_kind:
            continue  # a number that remembers: it knows best what it can do
        if name in shapes:
            asked[name] = a = some(name, value)
            if shapes[name] == "any":
                common = common or (name, a.shape)
                shaped(name, a, common[1], f", as {common[0]} has")
                asked[name] = a[()]
                continue
            shaped(name, a, shapes[name])
            sizes = tuple(known.get(size, size) for size in shapes[name])
            shaped(name, a, sizes, f" to fit {' and '.join(given)}")
            known |= dict(zip(shapes[name], a.shape))
        elif name in counts:
            count(name, value)
        elif name == "f":
            transfer(name, value)
        elif name in above:
            positive(name, value)
        else:
            number(name, value)
    for name in ranges.keys() & given.keys():  # once each is known to be a number
        within(name, given[name], ranges[name], given)
    return asked
