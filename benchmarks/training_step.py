"""How long one training step takes, as ratios to PyTorch eager.

A step is one gradient of the error of a batch and one update of every parameter:
logistic units, half the squared error, plain gradient descent. Ours is a step inside
`train`. `products` is the floor: the five matrix products no step can do without, and
nothing else.

Everything is timed in one run and in turns, so that a busy machine slows all alike; a
ratio is the median over the turns. Each library has a process of its own, one thread,
and its time is what the processor spent on it. scikit-learn has linear output units,
which is a little less work; the others do the same sums.
"""

import multiprocessing
import os
import statistics
import time

import numpy as np

import backprop as bp

SIZES = [
    ((2, 2, 2), 1),
    ((64, 32, 10), 32),
    ((784, 256, 10), 128),
    ((1024, 1024, 1024), 256),
]
TURNS = 21
# A turn repeats a step until it has taken about this long: the clock is fine enough.
TURN_SECONDS = 0.004
ETA = 0.1


def ours(net, X, D):
    """Steps inside `train` of code/backprop.py."""

    def steps(repeats):
        bp.train(net, X, D, ETA, epochs=repeats)

    return steps


def repeated(step):
    """What does a step as often as it is told."""

    def steps(repeats):
        for _ in range(repeats):
            step()

    return steps


def pytorch(net, X, D):
    """A step of PyTorch, eager: what a PyTorch user writes."""
    import torch

    w, b, v, c = parameters = [
        torch.tensor(p, requires_grad=True) for p in (net.w, net.b, net.v, net.c)
    ]
    X, D = torch.tensor(X), torch.tensor(D)
    optimiser = torch.optim.SGD(parameters, lr=ETA)

    def step():
        optimiser.zero_grad()
        O = torch.sigmoid(torch.addmm(c, torch.sigmoid(torch.addmm(b, X, w)), v))
        E = 0.5 * ((D - O) ** 2).sum() / len(D)
        E.backward()
        optimiser.step()

    return step


def scikit_learn(net, X, D):
    """A step of scikit-learn's multi-layer perceptron."""
    from sklearn.neural_network import MLPRegressor

    model = MLPRegressor(
        hidden_layer_sizes=(len(net.b),), activation="logistic", solver="sgd",
        alpha=0, momentum=0, learning_rate_init=ETA, batch_size=len(X), random_state=0,
    )  # fmt: skip

    def step():
        model.partial_fit(X, D)

    return step


def autograd(net, X, D):
    """A step of autograd."""
    import autograd.numpy as anp
    from autograd import grad

    def E(parameters):
        w, b, v, c = parameters
        H = 1 / (1 + anp.exp(-(anp.dot(X, w) + b)))
        O = 1 / (1 + anp.exp(-(anp.dot(H, v) + c)))
        return 0.5 * anp.sum((D - O) ** 2) / len(D)

    parameters, slope = [net.w, net.b, net.v, net.c], grad(E)

    def step():
        nonlocal parameters
        parameters = [p - ETA * s for p, s in zip(parameters, slope(parameters))]

    return step


def products(net, X, D):
    """The matrix products of a step, and nothing else."""
    H, delta_h = np.ones((2, len(X), len(net.b)), X.dtype)
    delta_o = np.ones_like(D)

    def step():
        X @ net.w
        H @ net.v
        delta_o @ net.v.T
        H.T @ delta_o
        X.T @ delta_h

    return step


CONTENDERS = {
    "backprop.py": ours,
    "PyTorch": pytorch,
    "scikit-learn": scikit_learn,
    "autograd": autograd,
    "products": products,
}


def seconds(steps, repeats):
    """The mean time of one step over some repeats."""
    start = time.process_time()
    steps(repeats)
    return (time.process_time() - start) / repeats


def serve(name, pipe):
    """In a process of its own: get ready for each case asked for; time its step."""
    steps, repeats = None, 0
    for case in iter(pipe.recv, "end"):
        if case == "time":
            pipe.send(seconds(steps, repeats))
            continue
        try:
            found = CONTENDERS[name](*problem(*case))
            steps = found if name == "backprop.py" else repeated(found)
        except ImportError:
            pipe.send(False)
            continue
        seconds(steps, 3)
        # Several steps, for a call of `train` checks its arguments once for all.
        repeats = max(5, round(TURN_SECONDS / seconds(steps, 3)))
        pipe.send(True)


def problem(sizes, n, dtype):
    """A random network of these sizes, and n examples for it to learn."""
    rng = np.random.default_rng(0)
    # Small enough that no unit saturates: the slowest numbers are the nearly zero ones.
    net = bp.network(rng, sizes, scale=sizes[0] ** -0.5, dtype=dtype)
    X = rng.uniform(0, 1, (n, sizes[0])).astype(dtype)
    D = rng.uniform(0, 1, (n, sizes[2])).astype(dtype)
    return net, X, D


def start():
    """A process for each contender; returns the pipes to them, by name."""
    context = multiprocessing.get_context("spawn")
    pipes = {}
    for name in CONTENDERS:
        pipes[name], theirs = context.Pipe()
        context.Process(target=serve, args=(name, theirs), daemon=True).start()
    return pipes


def measure(pipes, case):
    """The times of each contender's steps, (turns,) each; none of the uninstalled."""
    for pipe in pipes.values():
        pipe.send(case)
    times = {name: [] for name, pipe in pipes.items() if pipe.recv()}
    for _ in range(TURNS):
        for name in times:
            pipes[name].send("time")
            times[name].append(pipes[name].recv())
    return times


def ratio(times, name, other):
    """The median over the turns of one contender's time by another's."""
    return statistics.median(a / b for a, b in zip(times[name], times[other]))


def table(measured):
    """Yield the lines of the table; put into measured what limits.py asks for."""
    head = "".join(f"{name:>14}" for name in CONTENDERS)
    first = f"{'network':<16}{'batch':>6}{'type':>9}"
    yield f"{first}{head}{'a step':>12} {'/ products':>6}"
    pipes, missing = start(), set()
    for sizes, n in SIZES:
        for dtype in (np.float32, np.float64):
            times = measure(pipes, (sizes, n, dtype))
            missing |= CONTENDERS.keys() - times.keys()
            line = f"{'-'.join(map(str, sizes)):<16}{n:>6}{dtype.__name__:>9}"
            base = "PyTorch" if "PyTorch" in times else "products"
            for name in CONTENDERS:
                line += (
                    f"{ratio(times, name, base):>14.2f}"
                    if name in times
                    else f"{'-':>14}"
                )
            us = statistics.median(times["backprop.py"]) * 1e6
            floor = ratio(times, "backprop.py", "products")
            keep(measured, sizes, times, floor)
            yield f"{line}{us:>9.0f} µs {floor:>6.2f}"
    for pipe in pipes.values():
        pipe.send("end")
    for name in sorted(missing):
        yield f"{name} is not installed and was not measured; make .venv/ready-peers"


def keep(measured, sizes, times, floor):
    """Put into measured the ratios that have a limit, the worse of the two types."""
    size = "-".join(map(str, sizes))
    found = {f"a step of train by its products, {size}": floor}
    if "PyTorch" in times:
        by_torch = ratio(times, "backprop.py", "PyTorch")
        found[f"a step of train by PyTorch's, {size}"] = by_torch
    for what, value in found.items():
        measured[what] = max(value, measured.get(what, 0))


def main():
    """Print the table; return what limits.py asks for."""
    measured = {}
    for pool in ("OMP", "OPENBLAS", "MKL", "VECLIB"):
        os.environ[f"{pool}_NUM_THREADS"] = "1"  # the processes to come read it
    print("One training step; the time of each by PyTorch's. Less is faster.")
    for line in table(measured):
        print(line, flush=True)
    return measured


if __name__ == "__main__":
    main()
