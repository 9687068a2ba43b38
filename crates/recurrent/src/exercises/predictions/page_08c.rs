//! Predictions of page 8c.

use super::Prediction;

pub(super) const PREDICTIONS: &[Prediction] = &[
    Prediction {
        id: "08c.P1",
        title: "right on seen and on unseen images",
        hint: "How many parameters are there for each image? What can a network do with them?",
        right: "b",
        why: "There are more than thirty parameters for each image, enough to learn the images by heart. On unseen images \
              only what holds for all digits helps.",
        wrong: &[
            (
                "a",
                "The weights were changed until the seen images came out right. Nothing did that for the unseen ones.",
            ),
            ("c", "So it would be with far more images than parameters. Here it is the other way round."),
        ],
    },
    Prediction {
        id: "08c.P2",
        title: "what the mean of the frames tells",
        hint: "Compare a digit that moves to the right with the same film backwards. What are the two means?",
        right: "a",
        why: "The mean shows the line along which the digit moved. But a way and the opposite way give the same mean, \
              so of two ways one has to be guessed.",
        wrong: &[
            (
                "b",
                "The mean tells more than one frame: it is blurred along the way. Look at the last picture of the \
                 figure.",
            ),
            (
                "c",
                "A film and the same film backwards have the same mean, but opposite ways. No network can tell them \
                 apart from it.",
            ),
        ],
    },
    Prediction {
        id: "08c.P3",
        title: "a film backwards",
        hint: "Look at the frames from the last to the first, as if you had not seen the film. Which way does the \
               digit move?",
        right: "c",
        why: "A film of a move to the right, played backwards, is a film of a move to the left. The network reads the \
              frames in the order in which they come.",
        wrong: &[
            (
                "a",
                "All frames are there, but in another order, and it is the order that tells one way from the opposite \
                 one.",
            ),
            (
                "b",
                "The film is as clear as before: frame by frame the digit moves by one pixel. It only moves the other \
                 way.",
            ),
        ],
    },
    Prediction {
        id: "08c.P4",
        title: "a network that meets pads for the first time",
        hint: "The GRU computes a step for each frame. With x = 0, does its state stay the same?",
        right: "a",
        why: "A frame of zeros still makes a step: the state h goes through the gates and the biases, and moves away \
              from what it was after the last real frame. The network never learnt to keep it.",
        wrong: &[
            ("b", "Only W_ih x is zero. The state before and the biases go into the step as ever, so h changes."),
            ("c", "The longer sequence has no more sound in it. It only has steps that change the state."),
        ],
    },
    Prediction {
        id: "08c.P5",
        title: "rules for the sun in five years",
        hint: "The cycle takes about 11 years. Where in the cycle is the sun 60 months from now?",
        right: "c",
        why: "Five years are nearly half a cycle: from many spots to few, or from few to many. To say that all stays as \
              it is, is then worse than to say the mean.",
        wrong: &[
            (
                "a",
                "The mean lies in the middle, so it is off by about half the height of a wave. Another rule can be off \
                 by the whole height.",
            ),
            (
                "b",
                "11 years ago the sun was at about the same place in its cycle. The cycles differ in height, but this \
                 rule at least rises and falls with the sun.",
            ),
        ],
    },
    Prediction {
        id: "08c.P6",
        title: "rules for tomorrow and for next week",
        hint: "Which rule looks at the last days, and which one only at the calendar?",
        right: "b",
        why: "The climatology knows only the day of the year, so it does not matter when the forecast is made. The \
              weather of yesterday tells less about a day the further away it is.",
        wrong: &[
            ("a", "It is the other way round: the climatology does not read the last days at all."),
            ("c", "The climatology does not read the last days, so more days in between take nothing from it."),
        ],
    },
];
