r"""Training to watch: what a network says of every input, what its hidden units make of
the examples, and its error, epoch after epoch.

    Training(net, X, D, eta=10)     the widget; start it, stop it, go back, change η
    history(net, X, D, eta, epochs) the same numbers: the networks and E of each epoch

Every epoch shows all examples and then updates once, as backprop.train does without a
batch. The widget is this file, training.js and training.css. The browser gets the
equations of backprop.py as trees, and engine.js evaluates them: an updated weight is
the mean of what each example alone would make of it, which is the same as one step
along the mean of the slopes.
"""

import html
import json
import pathlib

import anywidget
import numpy as np
import traitlets

import backprop as bp
from book import engine, stepper
from book.writing import shown


def history(net, X, D, eta, epochs):
    """(networks, errors): the network before each of so many epochs and after the last,
    and E of each. Errors as backprop.train."""
    networks, errors = [net], [bp.error(bp.forward(net, X).O, D)]
    for _ in range(epochs):
        net, _ = bp.train(net, X, D, eta=eta, epochs=1)
        networks.append(net)
        errors.append(bp.error(bp.forward(net, X).O, D))
    return networks, errors


def shared():
    """What every such widget has in common, and with the steppers: the model."""
    return {"book": stepper.shared()["book"]}


class Training(anywidget.AnyWidget):
    """A network of two inputs and at least two hidden units (see the module), with its
    examples X (n, 2) and D (n, outputs) and the learning rate eta.

    given is what the page is told: the parameters, the examples, eta, the transfer
    function. Raises ValueError for a network of another shape, and as backprop.train.
    """

    _esm = engine.module("training")
    _css = pathlib.Path(__file__).with_suffix(".css")
    given = traitlets.Dict().tag(sync=True)
    book = traitlets.Dict().tag(sync=True)

    def __init__(self, net, X, D, eta=10.0):
        bp.train(net, X, D, eta=eta, epochs=1)
        inputs, hidden = net.w.shape
        if inputs != 2 or hidden < 2:
            raise ValueError(
                f"net has {inputs} inputs and {hidden} hidden units; "
                "expected 2 inputs and at least 2 hidden units: a plane shows no more"
            )
        given = {name: getattr(net, name).tolist() for name in bp.Gradient._fields}
        given |= {
            "X": np.asarray(X, float).tolist(),
            "D": np.asarray(D, float).tolist(),
        }
        f = {"name": type(net.f).__name__, **vars(net.f)}
        super().__init__(
            given={**given, "eta": float(eta), "functions": {"f": f}},
            **json.loads(json.dumps(shared())),
        )
        self.net = net

    def __repr__(self):
        sizes = "-".join(map(str, (*self.net.w.shape, len(self.net.c))))
        return f"Training({sizes}, eta {self.given['eta']:g})"

    def _repr_mimebundle_(self, **kwargs):
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle or {}, {})
        return {**data, "text/plain": repr(self), "text/html": self._table()}, metadata

    def _table(self):
        """What it says of each example at first and after 100 and 700 epochs."""
        X, D, eta = (np.array(self.given[name]) for name in ("X", "D", "eta"))
        networks, errors = history(self.net, X, D, float(eta), 700)
        rows = []
        for epoch in 0, 100, 700:
            outputs = bp.forward(networks[epoch], X).O[:, 0]
            cells = "".join(f"<td>{shown(round(float(O), 2))}</td>" for O in outputs)
            rows.append(
                f'<tr><th scope="row">{epoch}</th><td>{errors[epoch]:.2f}</td>'
                f"{cells}</tr>"
            )
        heads = "".join(
            f'<th scope="col">O<sub>o1</sub> for ({x1:g}, {x2:g}), '
            f"desired {d[0]:g}</th>"
            for (x1, x2), d in zip(X, D)
        )
        state = html.escape(json.dumps({"given": self.given}), quote=True)
        return (
            '<div class="training-table" data-widget="training" '
            f'data-state="{state}">\n'
            f"<table><caption>Training, η = {shown(float(eta))}</caption>\n"
            f'<thead><tr><th scope="col">epoch</th><th scope="col">E</th>{heads}</tr>'
            "</thead>\n<tbody>\n" + "\n".join(rows) + "\n</tbody></table></div>"
        )
