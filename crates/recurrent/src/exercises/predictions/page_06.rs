//! Predictions of page 6.

use super::Prediction;

pub(super) const PREDICTIONS: &[Prediction] = &[
    Prediction {
        id: "06.P1",
        title: "how far a change goes in two layers",
        hint: "Begin at the word and follow the arrows, upwards and to the right.",
        right: "c",
        why: "From x at \"two\" the arrows go up and to the right only. A second layer does not change that: as long \
              as all layers read forwards, no state knows what comes after its word.",
        wrong: &[
            (
                "a",
                "It reads all of them, but one after the other: at \"Apple\" it reads the lower state at \"Apple\" \
                 only. In the figure no arrow goes to the left.",
            ),
            ("b", "The states go on to the right, in both layers. Follow the arrows from \"two\" to the last cell."),
        ],
    },
    Prediction {
        id: "06.P2",
        title: "what the upper layer knows of later words",
        hint: "The forward cells of the upper layer read both states of the lower one. Which of these have seen the \
               last word?",
        right: "b",
        why: "The backward states of the lower layer carry the last word to the first place, and there both directions \
              of the upper layer read them. So from the second layer on each state knows of the whole text.",
        wrong: &[
            (
                "a",
                "That is right for one layer, as in exercise 06.3. Here the forward cell of the upper layer reads the \
                 backward states of the lower layer as well: follow the arrows from x at \"percent\".",
            ),
            (
                "c",
                "The forward state at \"percent\" reads the word through the lower layer, so it changes at least \
                 there. Follow the arrows from x at \"percent\" to see how much further it goes.",
            ),
        ],
    },
    Prediction {
        id: "06.P3",
        title: "where a backward layer begins",
        hint: "A state starts from zero. Where has this direction read one word only?",
        right: "a",
        why: "The backward direction starts from zero behind the last word, so at the last word it has read one word \
              only. Its final state, the one that goes into h_n, is on the left.",
        wrong: &[
            (
                "b",
                "The columns stand in the order of the words, but this direction reads from the right: its state \
                 starts from zero there.",
            ),
            (
                "c",
                "Each column is the state after all words that were read up to there, not of one word. Compare the \
                 first column with the last one.",
            ),
        ],
    },
    Prediction {
        id: "06.P4",
        title: "what changes the number of parameters",
        hint: "Look at `build`: how many rows does the embedding have?",
        right: "c",
        why: "The embedding has 20,000 rows in each model, used or not, and a mask has no weights. So these models \
              differ in what they read, not in their size: a fair comparison.",
        wrong: &[
            (
                "a",
                "More words use more rows of the table, but `build` gives it 20,000 rows in each model. Look at the \
                 column `parameters`.",
            ),
            (
                "b",
                "The lengths say only where a text ends; nothing in them is learned. Look at the column `parameters`.",
            ),
        ],
    },
];
