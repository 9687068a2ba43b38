//! Predictions of page 9.

use super::Prediction;

pub(super) const PREDICTIONS: &[Prediction] = &[
    Prediction {
        id: "09.P1",
        title: "how many labels are wrong",
        hint: "How often is a label right that is one of three moods by chance?",
        right: "c",
        why: "A label that is chosen blindly is right in about one case of three. So about one label in twenty is \
              wrong, and no model can predict those: remember it when you see the accuracy.",
        wrong: &[
            (
                "a",
                "Some of them are right by chance: there are only three moods. The last line of the cell counts the \
                 wrong ones.",
            ),
            ("b", "That is the number of those that are right by chance. The others are wrong."),
        ],
    },
    Prediction {
        id: "09.P2",
        title: "what a baseline gets right",
        hint: "For which rows is this answer right, and how many of all rows are they? The table above says it.",
        right: "a",
        why: "It is right for each row of its class, and `neutral` has half of the rows, in each of the three parts. \
              With classes of different sizes a third is no measure: compare with the largest class.",
        wrong: &[
            (
                "b",
                "It does not guess: it always says the same, and the classes are not of one size. Look at the share of \
                 `neutral` in the table above.",
            ),
            (
                "c",
                "The rows are others, but `split` divides each class in the same way. So the share of the class is \
                 nearly the same in each part.",
            ),
        ],
    },
    Prediction {
        id: "09.P3",
        title: "the columns of a batch",
        hint: "Page 3 pads the texts of a batch. Up to which length?",
        right: "b",
        why: "A batch is padded to its own longest text, so the columns differ from batch to batch. This saves time, \
              and the lengths tell the LSTM where each message ends.",
        wrong: &[
            (
                "a",
                "Texts of other batches do not matter: each batch is padded by itself. Look at the second number of \
                 the ids.",
            ),
            (
                "c",
                "Nothing is cut here: `max_length` is not set. The longest text of the batch gives the number of \
                 columns.",
            ),
        ],
    },
    Prediction {
        id: "09.P4",
        title: "how good a network can be with wrong labels",
        hint: "For which validation rows can a network that understands every message not be right?",
        right: "c",
        why: "A network that says the true mood of every message is wrong where the label is. More epochs do not help: \
              to reach more than that, it would have to learn the wrong labels by heart, and those of other rows are \
              wrong in another way.",
        wrong: &[
            (
                "a",
                "A perfect reader says the true mood, and that counts as a mistake where the label is wrong. Look at \
                 the accuracy after the last epoch.",
            ),
            (
                "b",
                "Nineteen of twenty labels are right, and the wrong ones follow no rule. So the network learns the \
                 rule of the many. Look at the accuracy after the last epoch.",
            ),
        ],
    },
    Prediction {
        id: "09.P5",
        title: "what a loaded model says",
        hint: "Which numbers decide the answer, and which of them are in the run folder?",
        right: "a",
        why: "The answer depends on the layers, their weights and the vocabulary. The layers come from `reader`, the \
              weights and the vocabulary from the folder; the first weights are gone.",
        wrong: &[
            (
                "b",
                "The trained weights come from the folder, and training is nothing but other weights. Compare the two \
                 predictions.",
            ),
            ("c", "`load_into` replaces all weights: nothing of the first ones is left. Compare the two predictions."),
        ],
    },
];
