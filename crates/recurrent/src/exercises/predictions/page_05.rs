//! Predictions of page 5.

use super::Prediction;

pub(super) const PREDICTIONS: &[Prediction] = &[
    Prediction {
        id: "05.P1",
        title: "what a closed reset gate leaves",
        hint: "In the equation of n, which of the two parts is multiplied by r?",
        right: "b",
        why: "r is multiplied with the part of the state only; the word goes straight into the tanh. With r = 0 the \
              candidate is made from this word alone. What stays of the old state is decided by z, not by r.",
        wrong: &[
            (
                "a",
                "In the figure the line of the word vector goes straight to the candidate. The gate r stands on the \
                 line of the state.",
            ),
            (
                "c",
                "One part of the tanh is 0, not the tanh: the word and its bias are still there. And z alone decides \
                 how much of the old state stays.",
            ),
        ],
    },
    Prediction {
        id: "05.P2",
        title: "what an update gate near 1 does",
        hint: "Put z = 1 into the last equation of section 2.",
        right: "c",
        why: "With z near 1 the candidate has a share 1 - z of almost 0, so the state hardly moves, whatever comes in. \
              So can a GRU keep a number over many words, and the gradient passes as easily.",
        wrong: &[
            (
                "a",
                "The name of the gate misleads. In h = (1 - z) n + z h the gate z is the share of the old state: a new \
                 state is written where z is near 0. Look at the three rows of the result.",
            ),
            (
                "b",
                "It is the old state that is multiplied by z, and z is almost 1. In the result the numbers stay near \
                 0.5 and -0.5.",
            ),
        ],
    },
    Prediction {
        id: "05.P3",
        title: "the size of a GRU and of an LSTM",
        hint: "Count the matrices W of all equations, not the gates alone.",
        right: "a",
        why: "A GRU has a block of weights for each of r, z and n, an LSTM for each of i, f, g and o. Three blocks of \
              four are three quarters; the second bias of the GRU adds a little.",
        wrong: &[
            (
                "b",
                "The candidate has weights, too. So there are three blocks in place of four: divide the second number \
                 by the third.",
            ),
            (
                "c",
                "The cell state c of an LSTM has no weights of its own: it is made from the gates. Count the blocks of \
                 weights, and divide the second number by the third.",
            ),
        ],
    },
    Prediction {
        id: "05.P4",
        title: "the gates at the same word",
        hint: "What does the equation of z read beside the word?",
        right: "b",
        why: "The gates read the word and the state before it. So a GRU can treat the same word in another way, after \
              other words.",
        wrong: &[
            (
                "a",
                "The vector and the weights are the same. But the equation of z has a second part, W_hz h: compare the \
                 three columns.",
            ),
            (
                "c",
                "All three blocks read the state: each of the equations of r, z and n has a matrix for h. Compare the \
                 three columns in the map of z.",
            ),
        ],
    },
    Prediction {
        id: "05.P5",
        title: "what coupled gates cannot do",
        hint: "Put i = 1 - f into the equation of c: what are the shares of the old state and of the candidate together?",
        right: "b",
        why: "The two shares are together always 1, so c is a weighted mean of candidates and stays between -1 and 1. \
              To count, the old number must stay whole while something is added: that needs i and f near 1 at once.",
        wrong: &[
            (
                "a",
                "With f near 1 the candidate has a share of almost 0, and c stays as it is: as the state of a GRU with \
                 z near 1.",
            ),
            (
                "c",
                "With f near 0 the old state is gone, and c is the candidate of this word alone. The two columns show \
                 what fails.",
            ),
        ],
    },
];
