r"""Equations that run: LaTeX in, a tree out, a number from the tree.

    parse(r"H_h = f(N_h)")        the equation as two trees, or EquationError saying where
    parse_block(tex)              every chain a = b = … of a displayed block
    evaluate(tree, env, index)    the number a tree stands for, given the quantities
    environment(net, x, d, eta)   every quantity of Part I for one example, from trees
    disagreement(a, b, env)       the largest difference of two trees over all indices
    registry(module)              label -> the equation, its function and code line

A tree is a nested tuple, and as JSON nested lists: ("var", "w", "i", "h"), ("num", "2"),
("sum", "o", body), ("add" | "sub" | "mul" | "frac" | "pow" | "gt", a, b), ("neg", a),
("call", "f'", a) and ("d", A, B) for ∂A/∂B; with whole arrays also ("arr", "v"),
("T", a) and ("odot", a, b). The stepper is given these trees and no other mathematics.

A derivative is executed, not looked up: in ∂A/∂B, B is nudged, everything defined after
B is computed again, and the slope of A is read off. The nudge is an imaginary 1e-30
(Squire & Trapp 1998, doi:10.1137/S003614459631241X), so that nothing is subtracted and
nothing is lost to rounding.

Symbols with an index are the numbers of one example: X_i, w_{ih}, \delta_{o1}. Bold
symbols are whole arrays with a row per example: \mathbf{X}\,\mathbf{w} is a matrix
product, \odot multiplies element by element and ^\top transposes; \mathbf{1} is a one
for each example, and \frac{\partial E}{\partial \mathbf{w}} has the shape of w.
"""

import inspect
import re
from dataclasses import dataclass
from functools import cache
from itertools import product

import lark
import numpy as np


class EquationError(ValueError):
    """An equation that the book does not know how to run; says where and why."""


# ---- what the letters mean

# Letter -> {its subscript: the name in code}. "" stands for no subscript. The letters of
# a subscript are indices; a name in a 1-tuple is a number whose subscript is part of it.
SYMBOLS = {
    "X": {"i": "X"},
    "w": {"ih": "w"},
    "b": {"h": "b"},
    "N": {"h": "N_h", "o": "N_o", "": "N"},
    "H": {"h": "H"},
    "v": {"ho": "v"},
    "c": {"o": "c"},
    "O": {"o": "O"},
    "D": {"o": "D"},
    "E": {"o": "E_o", "": "E"},
    r"\delta": {"o": "delta_o", "h": "delta_h"},
    r"\eta": {"": "eta"},
    r"\alpha": {"": "alpha"},
    "n": {"": "n"},
}

# Letters that run over the units of another letter's layer, where two are needed.
SAME_LAYER = {"j": "i", "g": "h", "k": "o", "p": "o"}

# Every quantity of Part I in the order in which it can be computed. What is nudged
# changes what stands below it, and nothing else.
DEFINITIONS = (
    r"N_h = \sum_i X_i\, w_{ih} + b_h",
    r"H_h = f(N_h)",
    r"N_o = \sum_h H_h\, v_{ho} + c_o",
    r"O_o = f(N_o)",
    r"E_o = \frac{1}{2} (D_o - O_o)^2",
    r"E = \sum_o E_o",
)

# ---- LaTeX to tree

GRAMMAR = r"""
chain: expression (RELATION expression)+

?expression: term
    | "-" term                  -> neg
    | expression "+" term       -> add
    | expression "-" term       -> sub
?term: product
    | term ODOT product         -> odot
?product: power
    | power TIMES? product      -> mul
    | SUM SUBSCRIPT product     -> sum
?power: atom
    | atom "^" NUMBER           -> power_of
    | atom "^" "{" expression "}"  -> power_of
    | atom "^" TOP              -> transpose
    | atom "^" "{" TOP "}"      -> transpose

?atom: NUMBER                   -> number
    | symbol
    | whole
    | "(" expression ")"
    | "[" expression ">" expression "]" -> greater
    | "\\lvert" expression "\\rvert" -> absolute
    | FRAC "{" expression "}" "{" expression "}"  -> frac
    | FRAC "{" PARTIAL symbol "}" "{" PARTIAL symbol "}" -> partial
    | FRAC "{" PARTIAL symbol "}" "{" PARTIAL whole "}" -> slopes
    | SQRT "{" expression "}"   -> sqrt
    | F "(" expression ")"      -> call
    | SLOPE "(" expression ")"  -> call
    | FUNCTION "(" expression ("," expression)* ")" -> call
    | FUNCTION symbol           -> call
    | EXP "^" "{" expression "}" -> exp
    | UNDERBRACE "{" expression "}" CAPTION -> annotated
    | UNDERSET "{" expression "}" -> annotated

whole: BOLD "{" (LETTER | NUMBER) "}" SUBSCRIPT?
    | BOLD LETTER SUBSCRIPT?

symbol: LETTER SUBSCRIPT?
    | CHANGE LETTER SUBSCRIPT?  -> change
    | ACCENT "{" LETTER "}" SUBSCRIPT? -> accented

RELATION: "=" | "\\leftarrow" | "\\approx"
TIMES: "\\cdot" | "\\times"
ODOT: "\\odot"
SUM: "\\sum"
FRAC: /\\[td]?frac(?![a-zA-Z])/
SQRT: "\\sqrt"
PARTIAL: "\\partial"
TOP: "\\top"
BOLD: "\\mathbf" | "\\boldsymbol"
SLOPE: "f'"
F: "f"
EXP: "e"
FUNCTION: "\\tanh" | "\\max" | "\\exp" | "\\log" | "\\ln" | "\\cos" | "\\operatorname{sign}"
UNDERBRACE: "\\underbrace"
CAPTION: /_\{\\text\{[^{}]*\}\}/
UNDERSET: /\\underset\{(?:[^{}]|\{[^{}]*\})*\}/
CHANGE: "\\Delta"
ACCENT: "\\hat" | "\\bar" | "\\tilde"
SUBSCRIPT: /_(?:[a-zA-Z0-9]|\{[a-zA-Z0-9+-]+\})/
LETTER.-1: /[a-zA-Z]|\\(?:alpha|beta|gamma|delta|epsilon|varepsilon|zeta|eta|theta|kappa|lambda|mu|nu|xi|pi|rho|sigma|tau|phi|chi|psi|omega)(?![a-zA-Z])/
NUMBER: /\d+(?:\.\d+)?/
%ignore /\s+/
"""

# Typography that does not change what an equation says.
SPACING = re.compile(
    r"\\[,;:!> ]|~|\\q?quad(?![a-zA-Z])|\\(?:[Bb]igg?)[lr]?(?![a-zA-Z])"
    r"|\\(?:left|right)(?!arrow|[a-zA-Z])|\\displaystyle(?![a-zA-Z])|[.,;]\s*$"
)


class _Trees(lark.Transformer):
    """Parse tree to equation tree; `symbols` says what the letters mean."""

    def __init__(self, symbols):
        super().__init__()
        self.symbols = symbols

    def chain(self, parts):
        return [part if isinstance(part, tuple) else str(part) for part in parts]

    def symbol(self, parts, prefix=""):
        letter, subscript = parts[0], _subscript(parts)
        named = self.symbols.get(str(letter))
        if named is None:
            raise _Unknown(letter, f"the letter {letter} has no meaning here")
        if isinstance(named.get(subscript), tuple):
            return ("var", prefix + named[subscript][0])
        units = re.findall(r"[a-z]\d*", subscript)
        layers = "".join(SAME_LAYER.get(unit[0], unit[0]) for unit in units)
        if "".join(units) != subscript or layers.removeprefix("n") not in named:
            known = " or ".join(f"{letter}_{{{key}}}" if key else letter for key in named)
            raise _Unknown(
                letter, f"{letter} has the subscript {subscript!r}; expected {known}"
            )
        key = layers if layers in named else layers.removeprefix("n")
        return ("var", prefix + named[key], *units)

    def change(self, parts):
        return self.symbol(parts[1:], "Delta_")

    def accented(self, parts):
        tree = self.symbol(parts[1:])
        return ("var", tree[1] + "_" + parts[0][1:], *tree[2:])

    def whole(self, parts):
        letter, subscript = parts[1].removeprefix("\\"), _subscript(parts[1:])
        return ("arr", f"{letter}_{subscript}" if subscript else letter)

    def number(self, parts):
        return ("num", str(parts[0]))

    def power_of(self, parts):
        base, exponent = parts
        if not isinstance(exponent, tuple):
            exponent = ("num", str(exponent))
        return ("pow", base, exponent)

    def call(self, parts):
        name = re.sub(r"\\(?:operatorname)?|[{}]", "", parts[0]).replace("ln", "log")
        return ("call", name, *parts[1:])

    def exp(self, parts):
        return ("call", "exp", parts[1])

    def absolute(self, parts):
        return ("call", "abs", parts[0])

    def sqrt(self, parts):
        return ("call", "sqrt", parts[1])

    def mul(self, parts):
        first, last = parts[0], parts[-1]
        return ("mul", first, *(last[1:] if last[0] == "mul" else (last,)))

    def add(self, parts):
        first, last = parts
        return ("add", *(first[1:] if first[0] == "add" else (first,)), last)

    def sum(self, parts):
        return ("sum", _subscript(parts), parts[2])

    def annotated(self, parts):
        return parts[1]

    def frac(self, parts):
        return ("frac", *parts[1:])

    def partial(self, parts):
        return ("d", *(part for part in parts if isinstance(part, tuple)))

    def slopes(self, parts):
        (_, above), (_, below) = (part for part in parts if isinstance(part, tuple))
        return ("arr", f"d{above}_d{below}")

    def odot(self, parts):
        return ("odot", parts[0], parts[2])

    def transpose(self, parts):
        return ("T", parts[0])

    def neg(self, parts):
        return ("neg", *parts)

    def sub(self, parts):
        return ("sub", *parts)

    def greater(self, parts):
        return ("gt", *parts)


class _Unknown(Exception):
    def __init__(self, token, reason):
        super().__init__(reason)
        self.token = token


def _subscript(parts):
    for part in parts[1:]:
        if isinstance(part, lark.Token) and part.type == "SUBSCRIPT":
            return part[1:].strip("{}")
    return ""


@cache
def _parser():
    return lark.Lark(GRAMMAR, start="chain", parser="lalr", maybe_placeholders=False)


def parse_chain(tex, symbols=SYMBOLS):
    """The trees and relations of one line: [left, "=", middle, "=", right, …].

    Raises EquationError with the place and the reason if the grammar of the book does
    not cover it or a letter has no meaning.
    """
    # Blanks keep every place where it was, for the message.
    plain = SPACING.sub(lambda found: " " * len(found.group()), tex)
    try:
        return _Trees(symbols).transform(_parser().parse(plain))
    except lark.exceptions.VisitError as error:
        if not isinstance(error.orig_exc, _Unknown):
            raise
        place, reason = error.orig_exc.token.start_pos, str(error.orig_exc)
    except lark.UnexpectedInput as error:
        ended = isinstance(error, lark.UnexpectedToken) and error.token.type == "$END"
        place = len(tex) if ended else error.pos_in_stream
        reason = "it stops short" if ended else f"cannot read {tex[place:place + 12]!r}"
    raise EquationError(f"{tex[:place]}⟦here⟧{tex[place:]}: {reason}") from None


def parse(tex, symbols=SYMBOLS):
    """The Equation of one line with one relation, or EquationError."""
    chain = parse_chain(tex, symbols)
    if len(chain) != 3:
        raise EquationError(f"{tex}: has {len(chain) // 2} relations; expected one")
    return Equation(tex.strip(), *chain)


def parse_block(tex, symbols=SYMBOLS):
    r"""Every chain of a displayed block.

    In an aligned block a line that starts with a relation goes on with the chain of the
    line before it; \qquad or \quad between two equations on one line parts them.
    """
    tex = re.sub(r"\\(begin|end)\{(aligned|align\*?|split|gathered)\}", "", tex)
    chains = []
    for line in re.split(r"\\\\(?:\[[^\]]*\])?", tex):
        for k, piece in enumerate(re.split(r"\\q?quad(?![a-zA-Z])", line)):
            piece = piece.replace("&", " ").strip().rstrip(".,;")
            if not piece:
                continue
            if re.match(r"=|\\approx|\\leftarrow", piece) and k == 0 and chains:
                chains[-1] += " " + piece
            else:
                chains.append(piece)
    return [parse_chain(chain, symbols) for chain in chains]


@dataclass(frozen=True)
class Equation:
    """One equation, and where it is computed if it comes from a docstring."""

    tex: str
    lhs: tuple
    relation: str
    rhs: tuple
    label: str = ""
    module: str = ""
    function: str = ""
    line: int = 0

    @property
    def name(self):
        """The name in code of what the equation gives: delta_h, dE_dv, v …"""
        if self.lhs[0] == "d":
            return f"d{self.lhs[1][1]}_d{self.lhs[2][1]}"
        return self.lhs[1]


# ---- tree to number


def evaluate(tree, env, index=None):
    """The number (or, of whole arrays, the array) that a tree stands for.

    env maps names in code to the quantities of one example, `f` to the tree of the
    transfer function and `definitions` to what is computed again after a nudge. index
    gives the places, from 0, of the letters that are free in the tree.
    """
    index = index or {}

    def value(tree):
        kind, *parts = tree
        if kind == "num":
            return float(parts[0])
        if kind == "var":
            quantity = _quantity(parts[0], env)
            return quantity[tuple(_place(unit, index) for unit in parts[1:])]
        if kind == "arr":
            return _quantity(parts[0], env)
        if kind == "sum":
            letter, body = parts
            places = range(*_sizes(body, letter, env))
            return sum(evaluate(body, env, {**index, letter: k}) for k in places)
        if kind == "call":
            return _call(parts[0], [value(part) for part in parts[1:]], env)
        if kind == "d":
            return _slope(*parts, env, index)
        return OPERATIONS[kind](*map(value, parts))

    return value(tree)


def _multiply(*factors):
    result = factors[0]
    for factor in factors[1:]:
        arrays = np.ndim(result) and np.ndim(factor)
        result = result @ factor if arrays else result * factor
    return result


OPERATIONS = {
    "neg": lambda a: -a,
    "add": lambda *terms: sum(terms[1:], terms[0]),
    "sub": lambda a, b: a - b,
    "mul": _multiply,
    "odot": lambda a, b: a * b,
    "frac": lambda a, b: a / b,
    "pow": lambda a, b: a**b,
    "gt": lambda a, b: np.where(np.real(a) > np.real(b), 1.0, 0.0),
    "T": np.transpose,
}

FUNCTIONS = {
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "tanh": np.tanh,
    "cos": np.cos,
    # Of complex numbers, those of the real part: what a nudge does to them goes with it.
    "sign": lambda a: np.sign(np.real(a)),
    "abs": lambda a: a * np.sign(np.real(a)),
    # np.maximum would order complex numbers by their imaginary part too.
    "max": lambda a, b: np.where(np.real(a) >= np.real(b), a, b),
}

NUDGE = 1e-30


def _call(name, values, env):
    if name == "f":
        return evaluate(env["f"], {**env, "N": values[0]})
    if name == "f'":  # by the definition of a slope, so that no slope tree is trusted
        nudged = values[0] + NUDGE * 1j
        return np.imag(evaluate(env["f"], {**env, "N": nudged})) / NUDGE
    return FUNCTIONS[name](*values)


def _quantity(name, env):
    if name not in env:
        raise EquationError(f"{name} has no value here; known: {', '.join(env)}")
    return np.asarray(env[name])


def _place(unit, index):
    if len(unit) > 1:
        return int(unit[1:]) - 1
    if unit not in index:
        raise EquationError(f"the index {unit} is neither summed nor on the left side")
    return index[unit]


def _slope(A, B, env, index):
    """∂A/∂B: nudge B, compute again what is defined after it, and see what A did."""
    place = tuple(_place(unit, index) for unit in B[2:])
    nudged = dict(env)
    nudged[B[1]] = np.array(env[B[1]], complex)
    nudged[B[1]][place] += NUDGE * 1j
    names = [equation.name for equation in env["definitions"]]
    later = names.index(B[1]) + 1 if B[1] in names else 0
    for equation in env["definitions"][later:]:
        nudged[equation.name] = tabulate(equation, nudged)
    return np.imag(evaluate(A, nudged, index)) / NUDGE


def letters(tree):
    """The index letters free in a tree, in order of appearance."""
    if tree[0] in ("num", "arr"):
        return ()
    if tree[0] == "var":
        return tuple(dict.fromkeys(unit for unit in tree[2:] if len(unit) == 1))
    found = [u for part in tree[1:] if isinstance(part, tuple) for u in letters(part)]
    bound = tree[1] if tree[0] == "sum" else None
    return tuple(dict.fromkeys(letter for letter in found if letter != bound))


def extent(tree, letter, env):
    """How many places the index letter runs over: the size of an array that has it."""
    if tree[0] == "var" and letter in tree[2:] and tree[1] in env:
        return np.shape(env[tree[1]])[tree[2:].index(letter)]
    for part in tree[1:]:
        if isinstance(part, tuple) and (size := extent(part, letter, env)):
            return size
    return 0


def _sizes(tree, units, env):
    """How far each index letter runs; EquationError if one runs over nothing."""
    sizes = [extent(tree, letter, env) for letter in units]
    for letter, size in zip(units, sizes):
        if not size:
            raise EquationError(f"the index {letter} runs over nothing that is known here")
    return sizes


def tabulate(equation, env):
    """The right side of a definition for every index of its left side, as an array."""
    left = equation.lhs
    units = left[2][2:] if left[0] == "d" else left[2:] if left[0] == "var" else ()
    sizes = _sizes(equation.rhs, units, env)
    values = [
        evaluate(equation.rhs, env, dict(zip(units, places)))
        for places in product(*map(range, sizes))
    ]
    return np.array(values).reshape(sizes)


def disagreement(a, b, env):
    """The largest difference between trees a and b over all their indices, relative to
    the larger of 1 and their size."""
    both = ("add", a, b)
    free = letters(both)
    sizes = _sizes(both, free, env)
    worst = 0.0
    for places in product(*map(range, sizes)):
        index = dict(zip(free, places))
        left, right = evaluate(a, env, index), evaluate(b, env, index)
        if np.shape(left) != np.shape(right):
            return np.inf
        if not (np.isfinite(left).all() and np.isfinite(right).all()):
            return np.inf
        scale = max(1.0, np.max(np.abs(left)), np.max(np.abs(right)))
        worst = max(worst, np.max(np.abs(left - right)) / scale)
    return float(worst)


@cache
def definitions():
    """DEFINITIONS as Equations."""
    return tuple(parse(tex) for tex in DEFINITIONS)


def environment(net, x, d, eta=0.5):
    """Every quantity of Part I for one example x (inputs,), d (outputs,).

    The forward quantities come from DEFINITIONS; each delta is the slope of E by a net
    input, found by nudging. Nothing here comes from the functions of backprop.py.
    """
    env = {name: np.asarray(getattr(net, name)) for name in "wbvc"}
    env |= {"X": np.asarray(x), "D": np.asarray(d), "eta": eta, "n": 1.0}
    env |= {"alpha": getattr(net.f, "alpha", 1.0), "definitions": definitions()}
    env["f"] = registry()["eq-" + net.f.name].rhs
    for equation in definitions():
        env[equation.name] = tabulate(equation, env)
    for delta, N in ("delta_h", "N_h"), ("delta_o", "N_o"):
        places = range(len(env[N]))
        letter = N[-1]
        slope = ("d", ("var", "E"), ("var", N, letter))
        env[delta] = np.array([evaluate(slope, env, {letter: k}) for k in places])
    for name in ("v", "c", "w", "b"):
        units = "ih"[: env[name].ndim]
        slope = ("d", ("var", "E"), ("var", name, *units))
        env["Delta_" + name] = -eta * np.array(
            [
                evaluate(slope, env, dict(zip(units, places)))
                for places in np.ndindex(env[name].shape)
            ]
        ).reshape(env[name].shape)
    return env


# ---- the equations of a module's docstrings

LABEL = re.compile(r"\beq-[a-z0-9-]+")
MATH = re.compile(r"^ *\.\. math:: (.+)$", re.MULTILINE)


@cache
def registry(module_name="backprop", symbols=None):
    """Label -> Equation for every labelled docstring equation of a module, in order.

    A docstring names its labels in order, `(eq-…, eq-…)`, and gives each equation as
    `.. math::` on one line. The code line is the one that assigns the equation's name,
    or else the return. Raises EquationError if labels and equations do not match.
    """
    module = __import__(module_name)
    found = {}
    for function in _functions(module):
        labels = LABEL.findall(function.__doc__ or "")
        texts = MATH.findall(function.__doc__ or "")
        if labels and len(labels) != len(texts):
            raise EquationError(
                f"{module_name}.{function.__qualname__}: {len(labels)} labels "
                f"for {len(texts)} equations"
            )
        for label, tex in zip(labels, texts):
            equation = parse(tex, symbols or getattr(module, "SYMBOLS", SYMBOLS))
            if label in found:
                raise EquationError(f"{label} is given twice in {module_name}")
            found[label] = Equation(
                equation.tex,
                equation.lhs,
                equation.relation,
                equation.rhs,
                label,
                module_name,
                function.__qualname__,
                _code_line(function, equation.name),
            )
    return found


def _functions(module):
    def own(thing):
        return getattr(thing, "__module__", "") == module.__name__

    for thing in list(vars(module).values()):
        if inspect.isclass(thing) and own(thing):
            yield from (m for m in vars(thing).values() if inspect.isfunction(m))
        elif inspect.isfunction(thing) and own(thing):
            yield thing


def _code_line(function, name):
    lines, first = inspect.getsourcelines(function)
    for pattern in rf"\s*{name} = ", r"\s*return ":
        for k in reversed(range(len(lines))):
            if re.match(pattern, lines[k]):
                return first + k
    raise EquationError(f"{function.__qualname__} neither assigns {name} nor returns")
