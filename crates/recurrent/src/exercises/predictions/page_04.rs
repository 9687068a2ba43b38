//! Predictions of page 4.

use super::Prediction;

pub(super) const PREDICTIONS: &[Prediction] = &[
    Prediction {
        id: "04.P1",
        title: "what a step does to the cell state",
        hint: "A gate works as a mask. What did the mask of page 3 do with the numbers of a state?",
        right: "b",
        why: "On the road of the cell state there are only × and +, number by number. No matrix mixes the memory and \
              no tanh squeezes it, and on the way back the same holds for the gradient.",
        wrong: &[
            (
                "a",
                "Follow the upper line of the picture: it meets × and +, no matrix. The tanh stands beside it, on the \
                 way down to h.",
            ),
            (
                "c",
                "Then nothing could be forgotten and nothing written. Follow the upper line of the picture: a gate \
                 multiplies, and something is added.",
            ),
        ],
    },
    Prediction {
        id: "04.P2",
        title: "the forget gate at the first word",
        hint: "Look at the formula of f_t: what does the gate read, and is c among it?",
        right: "a",
        why: "The gate is σ of the word, of h and of a bias, and does not look at c. What it says at the first word \
              has no effect, because f ⊙ 0 is 0.",
        wrong: &[
            (
                "b",
                "The gate does not know that the memory is zero: c is not in its formula. Look at the line of word 1.",
            ),
            ("c", "Its bias begins at 1, but σ(1) is 0.73: that is not open. Look at the line of word 1."),
        ],
    },
    Prediction {
        id: "04.P3",
        title: "two sentences at their first word",
        hint: "What has the network read when it computes the gates and states of step 1?",
        right: "c",
        why: "At step 1 the network has read *Alice* and nothing else. What comes later cannot change what was \
              computed before, as the network reads from left to right.",
        wrong: &[
            (
                "a",
                "The network reads from left to right: at the first word nothing of the rest has been read. Compare \
                 the first points of the lines, and mind the axes.",
            ),
            (
                "b",
                "States are made from the gates, the candidate and the state before, and all of these are the same at \
                 step 1. The axes of the states differ between the figures: read the numbers.",
            ),
        ],
    },
    Prediction {
        id: "04.P4",
        title: "who makes the most training steps",
        hint: "A training step is one batch. How many batches has an epoch of each network?",
        right: "a",
        why: "With 8 rows in a batch in place of 16, an epoch has twice as many batches. So after the same two epochs \
              the weights of LSTM(8) have been changed twice as often.",
        wrong: &[
            (
                "b",
                "Packing saves steps of the layer, those on pads. A training step is one batch, and sixteen rows make \
                 a batch, packed or not: look how far the lines go to the right.",
            ),
            (
                "c",
                "In two epochs each network reads each row twice, but not in batches of the same size: in the last \
                 figure look how far the lines go to the right.",
            ),
        ],
    },
    Prediction {
        id: "04.P5",
        title: "which map has no bounds",
        hint: "Go through the formulas of section 2: which of the six is neither a σ, nor a tanh, nor a product of the \
               two?",
        right: "b",
        why: "c is a sum: at each word something is added to what the forget gate has kept, and the sum has no bound \
              of its own. What the others see, h = o ⊙ tanh(c), stays between −1 and 1.",
        wrong: &[
            (
                "a",
                "So it is for the three gates, for g and for h. But the cell state is a sum of what is kept and what \
                 is written, and no tanh is taken of the sum: look at its scale.",
            ),
            ("c", "h shows tanh(c), times a gate, so it stays between −1 and 1: compare the two scales."),
        ],
    },
];
