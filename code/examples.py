"""The networks and examples that the book computes with.

running()   the network of chapters 02 to 05: two inputs, two hidden, two outputs
chain()     the smallest network with a hidden unit, for the front page
mazur()     the worked example of Mazur (2015), to be reproduced digit by digit
two_hidden()   two hidden layers, for the exercises of chapter 08
xor()       exclusive or, with one output for "yes" and one for "no"
FOUR        the picture that chapter 01 begins with: which of the digits it is
"""

import numpy as np

import backprop as bp

# The row of scikit-learn's 1797 digits that holds the 4 of chapters 01 and 06. It is
# one of the 360 pictures that they never learn from.
FOUR = 1731


def running():
    """The network, X (1, 2) and D (1, 2) of chapters 02 to 05.

    The numbers are short enough for a pencil, and chosen so that no two of the
    mistakes the book can name give the same value anywhere.
    """
    net = bp.Network(
        w=np.array([[0.2, -0.4], [0.7, 0.5]]),
        b=np.array([0.1, -0.3]),
        v=np.array([[0.8, -0.6], [0.3, 0.9]]),
        c=np.array([-0.2, 0.4]),
    )
    return net, np.array([[0.6, 0.9]]), np.array([[0.9, 0.1]])


def chain():
    """One input, one hidden and one output unit, its X (1, 1) and D (1, 1): the net
    input of the output can be had in the head, as the hidden unit gives one half."""
    net = bp.Network(
        w=np.array([[0.4]]),
        b=np.array([-0.24]),
        v=np.array([[1.2]]),
        c=np.array([0.2]),
    )
    return net, np.array([[0.6]]), np.array([[0.9]])


def mazur():
    """The network, X and D of M. Mazur, A Step by Step Backpropagation Example (2015),
    https://mattmazur.com/2015/03/17/a-step-by-step-backpropagation-example/.

    There the two units of a layer share one bias; here each has its own, of that value.
    """
    net = bp.Network(
        w=np.array([[0.15, 0.25], [0.20, 0.30]]),
        b=np.array([0.35, 0.35]),
        v=np.array([[0.40, 0.50], [0.45, 0.55]]),
        c=np.array([0.60, 0.60]),
    )
    return net, np.array([[0.05, 0.10]]), np.array([[0.01, 0.99]])


def two_hidden():
    """Name -> what the model of depth.py is given: 2 inputs, 3 and 2 hidden units, one
    output, one example. No slip that the book can name gives another one's number."""
    return {
        "X": np.array([[0.5, 0.8]]),
        "D": np.array([[0.9]]),
        "w": np.array([[0.4, -0.7, 0.3], [0.6, 0.2, -0.5]]),
        "a": np.array([0.1, -0.3, 0.2]),
        "u": np.array([[0.7, -0.6], [0.9, -0.4], [-0.8, 0.5]]),
        "b": np.array([-0.2, 0.4]),
        "v": np.array([[1.3], [-0.7]]),
        "c": np.array([-0.5]),
        "f": bp.Logistic(),
    }


def xor():
    """X (4, 2) and D (4, 2): the first output says that the inputs differ, the second
    that they are the same."""
    X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    differ = X[:, :1] != X[:, 1:]
    return X, np.hstack([differ, ~differ]).astype(float)


# Model -> the quantities of the example that its chapters work with.
WORKED = {
    "backprop": lambda: {**dict(zip(("net", "X", "D"), running())), "eta": 0.5},
    "throw": lambda: {"X": 2.0, "w": 3.0, "v": 2.0, "D": 10.0, "eta": 0.01},
    "depth": two_hidden,
}
