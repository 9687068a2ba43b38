//! Predictions of page 10.

use super::Prediction;

pub(super) const PREDICTIONS: &[Prediction] = &[
    Prediction {
        id: "10.P1",
        title: "how long a symbol must be kept",
        hint: "At which step is the first symbol read, and at which is it written? Then the same for the last one.",
        right: "b",
        why: "The symbols come out in the order in which they went in, so each waits for the sign and for the others: \
              n + 1 steps. The network must keep all six at the same time.",
        wrong: &[
            ("a", "Count in the two lines: all symbols are moved to the right by the same number of places."),
            ("c", "The last symbol is read last, but it is written last, too. Count in the two lines."),
        ],
    },
    Prediction {
        id: "10.P2",
        title: "the way through a grid",
        hint: "Begin in the cell at the bottom left. How many times must it go to the right, how many times upwards?",
        right: "a",
        why: "Each way goes twice to the right and twice upwards, in whatever order: five cells. Each step to the \
              right is helped by the memory c. The steps upwards are not, and in a deep stack they are many.",
        wrong: &[
            ("b", "It must go to the right as well, from \"3\" to \"copy\". Follow one way and count."),
            (
                "c",
                "The arrows go upwards and to the right only, so one way never meets all cells. Follow one and count.",
            ),
        ],
    },
    Prediction {
        id: "10.P3",
        title: "the block against an LSTM",
        hint: "Compare the lines of `grid_block` with the equations of the LSTM. Does a gate treat the two halves in \
               different ways?",
        right: "c",
        why: "Both LSTMs of the block read the same h, and gates work unit by unit. So two of them with H units are \
              one with 2H. Only where the halves go is new.",
        wrong: &[
            (
                "a",
                "Both of them read the same h, and each unit has its own weights. So two LSTMs with H units are one \
                 with 2H units: see the largest difference.",
            ),
            (
                "b",
                "Inside the block nothing knows of directions: the halves go different ways only afterwards. See the \
                 largest difference.",
            ),
        ],
    },
    Prediction {
        id: "10.P4",
        title: "the parameters of a deeper grid",
        hint: "Which fields of the struct hold weights, and which of them depend on the depth?",
        right: "a",
        why: "All layers use the same block, so its weights count once. A deeper network computes more, but has no \
              more to learn.",
        wrong: &[
            (
                "b",
                "That would be so if each layer had its own block. There is one field `block` for all layers: compare \
                 the two lines.",
            ),
            (
                "c",
                "A layer brings nothing of its own that is learned: its first h and m are zeros, and the block is \
                 shared. Compare the two lines.",
            ),
        ],
    },
    Prediction {
        id: "10.P5",
        title: "the shape of the scores",
        hint: "How many steps does a row of the task have? The first cell of section 1 shows one.",
        right: "c",
        why: "The network answers at each of the 13 steps: six symbols, the sign, six answers. Which of these answers \
              count is decided later, in the loss.",
        wrong: &[
            (
                "a",
                "That is the shape of a classifier, which reads the last state only. Here the linear layer reads the \
                 state of each step.",
            ),
            (
                "b",
                "The network scores every step, also those at which it has nothing to write. The loss leaves these out \
                 later.",
            ),
        ],
    },
    Prediction {
        id: "10.P6",
        title: "which of two deep networks learns",
        hint: "Think of what each network hands over upwards, and of the gradient on its way down to the embedding.",
        right: "b",
        why: "Through the memory on the way up the gradient reaches the bottom of the grid, so its lower layers learn \
              soon. In the stack of eight layers little of it arrives. The next two cells say whether other seeds \
              agree.",
        wrong: &[
            (
                "a",
                "The number of parameters does not say how well they can be trained. Compare the symbols right with \
                 the blind guess of 12.5 %.",
            ),
            (
                "c",
                "More freedom helps only when the gradient reaches the lower layers. Compare the symbols right with \
                 the blind guess of 12.5 %.",
            ),
        ],
    },
];
