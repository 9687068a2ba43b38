//! Predictions of page 2.

use super::Prediction;

pub(super) const PREDICTIONS: &[Prediction] = &[
    Prediction {
        id: "02.P1",
        title: "a frequent word in the table",
        hint: "The table does not sort by how often a class uses a word, but by which share of all its uses is in this \
               class.",
        right: "b",
        why: "Every class uses it, so its share is far from large in any of them. A word that all classes use often \
              says little about the class.",
        wrong: &[
            (
                "a",
                "The table does not rank by how often a word is used. It ranks by the share that one class has of all \
                 uses, and no class has most of the uses of *to*.",
            ),
            (
                "c",
                "One class may use it a little more than the others. But the words in the table have nearly all their \
                 uses in one class: look at them.",
            ),
        ],
    },
    Prediction {
        id: "02.P2",
        title: "how many numbers a sentence becomes",
        hint: "Go through the list above: what happens to punctuation, and what is the number 1 for?",
        right: "c",
        why: "Punctuation is removed before the text is split, and a word outside the vocabulary gets the number 1. So \
              no word is lost without a trace: the network sees that there was one.",
        wrong: &[
            ("a", "Point 1 of the list: punctuation is removed, so *final!* becomes *final*. Count the numbers."),
            ("b", "An unknown word is not left out, it gets the number 1: look for it in the result."),
        ],
    },
    Prediction {
        id: "02.P3",
        title: "where the weights are",
        hint: "Take the sizes from the table above: how many numbers has a table of 20,000 rows with 64 numbers each, \
               and how many a matrix of 16 × 64?",
        right: "a",
        why: "20,000 · 64 is 1,280,000, and the recurrent layer has 1,296. So the vocabulary decides how large such a \
              network is.",
        wrong: &[
            (
                "b",
                "It works at every step, but each time with the same weights: 64 · 16 + 16 · 16 + 16 of them. Look at \
                 the column *Param #*.",
            ),
            (
                "c",
                "How many weights a layer has follows from its two sizes, and 20,000 is by far the largest size here: \
                 look at the column *Param #*.",
            ),
        ],
    },
    Prediction {
        id: "02.P4",
        title: "the loss before any training",
        hint: "A network that has learned nothing gives each class about the same probability. The loss is −ln of the \
               probability of the right class.",
        right: "b",
        why: "−ln(1/4) = ln 4 ≈ 1.39, the loss of a guess. It is worth a look in every training: a loss that begins \
              far above it, or that stays near it, is a sign that something is wrong.",
        wrong: &[
            (
                "a",
                "0.25 is the accuracy of a guess among four classes, and the curve of the accuracy begins there. The \
                 loss is −ln of this number.",
            ),
            ("c", "The loss is not the share of the wrong answers, and it may be larger than 1. Here it is −ln(1/4)."),
        ],
    },
    Prediction {
        id: "02.P5",
        title: "measured twice",
        hint: "What does a validation change in the network, and what is drawn at random in it?",
        right: "a",
        why: "To measure changes no weight and draws nothing at random, so the same network gives the same answers to \
              the same rows. You may validate as often as you like, and nothing is learned from these rows.",
        wrong: &[
            (
                "b",
                "A validation only computes answers. No weight changes, so the network cannot remember these rows: \
                 compare with the last line *validation after epoch* in section 4.",
            ),
            (
                "c",
                "Chance is in the first weights and in the order of the training rows. Neither plays a part in \
                 measuring: compare with the last line *validation after epoch* in section 4.",
            ),
        ],
    },
    Prediction {
        id: "02.P6",
        title: "one word at two places",
        hint: "The state after a word is made of two things: the vector of the word, and what else?",
        right: "c",
        why: "The vector and the weights are the same at both places, but each state is made from the one before. So a \
              column shows the text up to this word, not the word alone.",
        wrong: &[
            (
                "a",
                "That is so for the word vectors. A column shows the state, which also depends on the state before: \
                 compare the two columns row by row.",
            ),
            (
                "b",
                "They do differ, but not for this reason. The embedding is a table with one row for each word: *the* \
                 has the same vector wherever it stands.",
            ),
        ],
    },
];
