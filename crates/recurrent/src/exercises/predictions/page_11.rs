//! Predictions of page 11.

use super::Prediction;

pub(super) const PREDICTIONS: &[Prediction] = &[
    Prediction {
        id: "11.P1",
        title: "the numbers of all windows",
        hint: "How many windows are there, and how many pixels has each of them?",
        right: "b",
        why: "36 windows of 64 pixels are 2,304 numbers. The windows overlap: most pixels are in four of them. So what \
              lies on the border of two regions is seen by both.",
        wrong: &[
            (
                "a",
                "That would be so for the 4 × 4 pixels that a region has of its own. It sees two more on each side: \
                 multiply the last two numbers of the shape.",
            ),
            ("c", "A region has 64 numbers, its window. Multiply the last two numbers of the shape."),
        ],
    },
    Prediction {
        id: "11.P2",
        title: "what a factor before the softmax does",
        hint: "Softmax takes e to the power of each score. What does a factor do to the differences between the \
               scores?",
        right: "c",
        why: "Softmax looks at differences of the scores, and the factor makes these six times as large. So the \
              weights are more decided, and z is nearly the second region alone.",
        wrong: &[
            ("a", "The weights sum to 1 in any case: add them up in both lines."),
            (
                "b",
                "A number that is added to all scores makes no difference. A factor does: it stands in the exponent. \
                 Compare the two lines.",
            ),
        ],
    },
    Prediction {
        id: "11.P3",
        title: "where the parameters are",
        hint: "Compute the sizes: D and H are in the code, and an LSTM has four blocks of weights.",
        right: "a",
        why: "Four blocks for an input of 64 and a state of 48 numbers are most of the model. Attention is cheap: its \
              three layers are shared by all regions and all words.",
        wrong: &[
            (
                "b",
                "These three layers are used for each region and each word, but their weights count once. Add up their \
                 lines in the summary.",
            ),
            (
                "c",
                "Each window goes through the same two layers, so their weights count once for all 36. Add up their \
                 lines in the summary.",
            ),
        ],
    },
    Prediction {
        id: "11.P4",
        title: "exact sentences before training",
        hint: "Does an untrained network know which sentences there are?",
        right: "b",
        why: "A guess among 24 captions knows already how a caption looks. The untrained network chooses each of the \
              seven words among 13, and all seven must be right.",
        wrong: &[
            (
                "a",
                "One of 24 would be the guess of somebody who knows all captions. The untrained network must find the \
                 seven words first.",
            ),
            ("c", "That is a guess for one word. Here all seven words of the sentence must be right."),
        ],
    },
    Prediction {
        id: "11.P5",
        title: "what the observer has measured",
        hint: "Which pictures does the observer of the training cell give to `exact_matches`?",
        right: "c",
        why: "The observer has measured on the same held-out pictures, with the same weights. So the numbers after \
              each epoch were no measure of what is learned by heart. Always ask on which rows a number was measured.",
        wrong: &[
            (
                "a",
                "It never saw them, and yet the numbers are the same: the observer has measured on these pictures, \
                 too. See its `exact_matches` in the training cell.",
            ),
            (
                "b",
                "The observer is called when the epoch is over, so the weights are the same. Compare with the last \
                 line under the training.",
            ),
        ],
    },
];
