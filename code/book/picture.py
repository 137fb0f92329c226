"""Which of the stepper's drawings is that of a model; pictures.js draws it.

    picture(model)    "network", "unrolled", "grid" or "ways"

What a model declares goes first. Else a quantity over two kinds of which no unit has a
number of its own is over pixels, and makes a grid. Weights within one kind join its
units to themselves a time later, where there are times: a net unrolled; where there are
none, both ways, as do weights between units with states. All else is a network.
"""

from book.trees import names

PICTURES = ("network", "grid", "ways", "unrolled")  # the last along a scan


def picture(model):
    """The name of a model's drawing."""
    if declared := model.declaration.get("picture"):
        return declared
    equations = [e for e in model.equations.values() if e.lhs[0] != "call"]
    shown = {e.name for e in equations}.union(*(names(e.rhs) for e in equations))
    laws = model.instance(0).world.setting.laws
    times = {*model.scan.values()}
    over = {name: s.kinds for name, s in model.symbols.items() if name in shown}
    over |= {
        e.name: tuple(model.notation.over[letter] for letter in e.letters)
        for e in equations
        if e.lhs[0] in ("d", "d2")
    }
    still = {name for name, kinds in over.items() if not times & {*kinds}}
    over = {n: [kind for kind in own if kind not in times] for n, own in over.items()}
    units = {kinds[0] for kinds in over.values() if len(kinds) == 1}
    pairs = {name: kinds for name, kinds in over.items() if len(kinds) == 2}
    if any(not units & {*kinds} for kinds in pairs.values()):
        return "grid"
    joined = {n: k for n, k in pairs.items() if n in still and {*k} <= units}
    given = [joined[n] for n in joined if n in model.symbols and n not in laws]
    if times and any(one == other for one, other in given):
        return "unrolled"
    within = not times and any(one == other for one, other in joined.values())
    return (
        "ways" if within or (model.declaration.get("states") and given) else "network"
    )
