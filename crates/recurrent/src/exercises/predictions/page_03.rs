//! Predictions of page 3.

use super::Prediction;

pub(super) const PREDICTIONS: &[Prediction] = &[
    Prediction {
        id: "03.P1",
        title: "the padding of three sequences",
        hint: "The batch is a rectangle: how many numbers does it hold, and how many of them are ids of the sequences?",
        right: "b",
        why: "The rectangle has 3 · 5 = 15 places, and 9 of them hold ids. The longest row decides for all: one long \
              text in a batch is enough to fill it with pads.",
        wrong: &[
            ("a", "6 pads beside 9 ids make 67 %. But the share is that of the whole batch, 6 of 15: count the zeros."),
            ("c", "60 % of the batch, 9 of 15, are the ids. Padding is what is left."),
        ],
    },
    Prediction {
        id: "03.P2",
        title: "the shape of a masked output",
        hint: "`x` is a rectangle, and the pads are part of it. Can a tensor have rows of different length?",
        right: "a",
        why: "A tensor stays a rectangle: the lengths change what stands at the places of the pads, not how many \
              places there are. The state at each row's own end is in `h_n`.",
        wrong: &[
            (
                "b",
                "Without pads a batch is no rectangle of rows and steps any more; section 4 shows how it is then \
                 stored. Here `output` is as long as `x`: look at the first line.",
            ),
            ("c", "This is the shape of `h_n`. `output` has a state for every step."),
        ],
    },
    Prediction {
        id: "03.P3",
        title: "packed, and masked",
        hint: "What did the mask do with the state of a row at a pad?",
        right: "c",
        why: "At a masked pad the state stayed as it was, so to leave the pad out changes nothing but the time: 9 \
              steps are computed in place of 15.",
        wrong: &[
            (
                "a",
                "With the mask a pad changed nothing in these rows, so it makes no difference to leave it out: look at \
                 the last line.",
            ),
            (
                "b",
                "The rows have nothing to do with each other, and within a row the words still come one after the \
                 other: look at the last line.",
            ),
        ],
    },
    Prediction {
        id: "03.P4",
        title: "the padding in buckets",
        hint: "The boundaries are 20, 25, 30 and so on: which lengths come into one bucket?",
        right: "b",
        why: "A bucket takes a range of lengths, so a row is still filled up to the longest of its batch, but that one \
              is not much longer. Narrower buckets leave less padding, and mix the rows less.",
        wrong: &[
            (
                "a",
                "A bucket reaches from one boundary to the next, so its texts still differ in length: look at the \
                 padding in the bar of the buckets.",
            ),
            (
                "c",
                "How many pads a row gets depends on the longest row of its own batch, and in a bucket that is one of \
                 similar length: compare the two upper bars.",
            ),
        ],
    },
    Prediction {
        id: "03.P5",
        title: "updates in an epoch of buckets",
        hint: "The weights change once for each batch. Do the pads have an influence on how many batches there are?",
        right: "a",
        why: "There is one update for each batch, and sixteen rows make a batch, with pads or without. (The last batch \
              of a bucket may be smaller, which makes a few updates more.) Pads cost time within a batch.",
        wrong: &[
            (
                "b",
                "A step on a pad is a step of the layer, within a batch. The axis counts training steps, one for each \
                 batch: compare how far both figures go to the right.",
            ),
            (
                "c",
                "Each row stands in one bucket only, so all buckets together are one epoch: compare how far both \
                 figures go to the right.",
            ),
        ],
    },
    Prediction {
        id: "03.P6",
        title: "two networks before the first pad",
        hint: "Both networks started from the same weights. Do they still have the same ones?",
        right: "b",
        why: "One training read pads and the other did not, so they ended with different weights, and these work at \
              every word. A unit of one network says nothing about the unit with the same number in the other.",
        wrong: &[
            (
                "a",
                "A mask does nothing on a word, but the weights come from two different trainings: compare the columns \
                 of the words in both maps.",
            ),
            (
                "c",
                "The state before the first word is zero in both, but the word vector and W_ih are not the same any \
                 more: compare the first columns.",
            ),
        ],
    },
    Prediction {
        id: "03.P7",
        title: "unknown words and the full text",
        hint: "A test word is unknown if the counted texts did not have it. Which words does a description have that a \
               title does not?",
        right: "c",
        why: "New texts are written mostly with words that other texts of their kind have, too. So count in the kind \
              of text that the network will read, and as much of it as you train on.",
        wrong: &[
            (
                "a",
                "The rare words are added to the vocabulary. A vectoriser that knows more words finds fewer unknown \
                 ones: look at the first two lines.",
            ),
            (
                "b",
                "The rows are new, but few of their words are: other texts of the same kind use them, too. Look at the \
                 first two lines.",
            ),
        ],
    },
];
