//! Predictions of page 8.

use super::Prediction;

pub(super) const PREDICTIONS: &[Prediction] = &[
    Prediction {
        id: "08.P1",
        title: "the pair that is merged first",
        hint: "Read again what is asked of a pair before it becomes a token: how sure it is, or how frequent?",
        right: "c",
        why: "The most frequent pair is merged, whatever else could follow its first letter. th is in many of the most \
              frequent words: the, that, this, with.",
        wrong: &[
            (
                "a",
                "After q there is indeed nearly always a u, but q is rare. Only the number of places counts: read it \
                 below the list.",
            ),
            ("b", "That the two letters are the same does not matter. zz is in very few words."),
        ],
    },
    Prediction {
        id: "08.P2",
        title: "longer and longer contexts",
        hint: "A longer context says more, but how many contexts of other text have been counted often enough?",
        right: "b",
        why: "A context that came only a few times is trusted too much: what followed it there says little about \
              other text. A new context does no harm, as there p_6 = p_5.",
        wrong: &[
            (
                "a",
                "The first letters of a context say most, and a fifth one adds little. So each step brings less than \
                 the one before. The last one even does harm.",
            ),
            ("c", "A letter or two of context say much: after q comes u. Compare n = 1 with n = 3."),
        ],
    },
    Prediction {
        id: "08.P3",
        title: "the bits of an untrained network",
        hint: "The first weights are small, so all scores are near 0. What are their probabilities?",
        right: "a",
        why: "Equal scores give each of 68 tokens 1/68, and log2(68) = 6.09. A first loss that is far from this number \
              is a sign of a mistake.",
        wrong: &[
            (
                "b",
                "For that it would have to know which letters are frequent. An untrained network knows nothing of the \
                 text.",
            ),
            (
                "c",
                "Many bits come from being sure of a wrong letter. With small weights the network is sure of nothing.",
            ),
        ],
    },
    Prediction {
        id: "08.P4",
        title: "where the carried state helps",
        hint: "What does the network know of the text at the first letter of a piece, and what at the last one?",
        right: "c",
        why: "At the first letter a zero state knows nothing of what came before, and the network has hardly learned \
              to begin from it. Some letters later the network has read enough of the piece itself, and most of what \
              helps the next letter stands near by.",
        wrong: &[
            (
                "a",
                "Then the letters of the piece itself would be of no use. After twenty of them the network is nearly \
                 as good without the state of the piece before.",
            ),
            ("b", "At the end of the piece the network has read up to 63 letters of it, so it misses least there."),
        ],
    },
    Prediction {
        id: "08.P5",
        title: "what a higher temperature does to words",
        hint: "The scores are divided by the temperature. What becomes of their differences when it is large?",
        right: "b",
        why: "A high temperature brings the probabilities nearer to each other, so unlikely letters are drawn more \
              often: more variety, and more words that nobody has written. One setting trades the one for the other.",
        wrong: &[
            (
                "a",
                "A letter that makes no word has a small probability. A high temperature raises it, so fewer words are \
                 known.",
            ),
            ("c", "More letters are likely at each place, so the same words come less often."),
        ],
    },
    Prediction {
        id: "08.P6",
        title: "the likeliest text",
        hint: "What is more probable after a frequent phrase: the most frequent one, or a rare one?",
        right: "a",
        why: "Each step takes what is most expected, and what has just been written makes itself more likely. People \
              write less likely words again and again: that is what a text says. So one draws.",
        wrong: &[
            (
                "b",
                "The best is meant in the sense of likely, not of rich. A rare word costs many bits, so a search for \
                 the likeliest text avoids it.",
            ),
            (
                "c",
                "On its own training text it still needs 1.89 bits per letter: it does not know it by heart. Read the \
                 text below.",
            ),
        ],
    },
    Prediction {
        id: "08.P7",
        title: "the same unit on other text",
        hint: "4,000 letters are about a hundred lines. Can a unit follow a number through so many lines by luck?",
        right: "b",
        why: "Among 256 units luck finds one with a small r. It finds none that follows the number through a hundred \
              lines, so a large r holds on other text too. One still has to look.",
        wrong: &[
            (
                "a",
                "That danger is real where there are few lines or the best r is small. Here the unit follows the \
                 number through about a hundred lines.",
            ),
            (
                "c",
                "The unit was chosen to fit the first part, so there it looks a little too good, if anything. Nothing \
                 makes it better on the second.",
            ),
        ],
    },
];
