//! Predictions of page 7.

use super::Prediction;

pub(super) const PREDICTIONS: &[Prediction] = &[
    Prediction {
        id: "07.P1",
        title: "what more words cover",
        hint: "Which words come into a vocabulary first: frequent ones or rare ones?",
        right: "b",
        why: "The frequent words are in both vocabularies. The words that a larger corpus adds are rarer, and each of \
              them covers little. But they are many, and they often say what a title is about.",
        wrong: &[
            (
                "a",
                "Compare the two ratios in the result. The words that come last are rare, so each of them adds little.",
            ),
            (
                "c",
                "The words of the corpus count as well, although it has no labels: a vocabulary is made from text \
                 alone. The second line of the result covers more than the first.",
            ),
        ],
    },
    Prediction {
        id: "07.P2",
        title: "the loss before anything is learned",
        hint: "What is σ(0)? And how many terms does the sum have here?",
        right: "c",
        why: "σ(0) is one half, so each of the three words adds ln 2: the neighbour and two negatives. With 5 \
              negatives the loss begins near 6 · ln 2 = 4.16; when you train, see how far it falls below that.",
        wrong: &[
            (
                "a",
                "A score of 0 means a probability of one half, not a right answer. The loss is near 0 only when the \
                 neighbour has a large score and the negatives have strongly negative ones.",
            ),
            ("b", "That is the loss of one word. J is a sum over the neighbour and both negatives."),
        ],
    },
    Prediction {
        id: "07.P3",
        title: "whose neighbours are near",
        hint: "Which words does skip-gram give similar vectors: those that stand together, or those that have the same \
               neighbours?",
        right: "b",
        why: "Words of one topic stand among the same words, so their vectors must tell the same neighbours and become \
              similar. The text alone has taught that, without a label.",
        wrong: &[
            (
                "a",
                "It never saw the groups, but it saw which words stand around each word, and these are alike within a \
                 topic. Compare the two numbers of the last line.",
            ),
            (
                "c",
                "Vectors become similar when the words around them are the same, and not only when the words stand \
                 side by side. Compare the two numbers of the last line.",
            ),
        ],
    },
    Prediction {
        id: "07.P4",
        title: "which words the file lacks",
        hint: "How many vectors did section 3 make, and of which words?",
        right: "a",
        why: "Skip-gram has made a vector for each word of this vocabulary, and the file holds all of them. With a \
              download that is otherwise: it lacks names and new words, so always read this line.",
        wrong: &[
            (
                "b",
                "Rare words have a vector, too; it may only be a poorer one. The first line of the result counts them.",
            ),
            (
                "c",
                "No label took part: the vectors come from all titles and descriptions. The first line of the result \
                 counts the words that have one.",
            ),
        ],
    },
];
