//! Predictions of page 8d.

use super::Prediction;

pub(super) const PREDICTIONS: &[Prediction] = &[
    Prediction {
        id: "08d.P1",
        title: "the last place of the story",
        hint: "How many of the five sentences name a place? And who is asked about: somebody who has been named.",
        right: "c",
        why: "A short story names few places, and such a question is asked only where the holder has been at one of \
              them. So a guess that looks into the story is far better than one of five. A baseline can be stronger \
              than one thinks.",
        wrong: &[
            (
                "a",
                "No sentence names both the thing and a place, but the holder is at one of the places that the story \
                 names, and it may be the last one.",
            ),
            (
                "b",
                "That would be a guess among all five places. The rule takes one that the story names, and a story of \
                 five sentences names few.",
            ),
        ],
    },
    Prediction {
        id: "08d.P2",
        title: "how far back an LSTM remembers",
        hint: "What happens to the state between the needed sentence and the question?",
        right: "a",
        why: "Each sentence that comes after the needed one changes the same state. Where none comes after it, nothing \
              has written over it yet.",
        wrong: &[
            ("b", "What was read first has been written over most often: every later sentence changes the same state."),
            (
                "c",
                "The gates let it keep something, but the network does not know yet what will be asked, and its state \
                 has room for little. Compare the distances in the figure.",
            ),
        ],
    },
    Prediction {
        id: "08d.P3",
        title: "attention over the distance",
        hint: "Must a fact stay in the last state if the states of all words are kept?",
        right: "b",
        why: "The state right after a fact is kept as it was, however many sentences follow. The question can look at \
              it, so a fact far back loses less.",
        wrong: &[
            (
                "a",
                "The states far back are as easy to reach as the near ones: the dot product knows no distance. Compare \
                 the ends of the lines.",
            ),
            (
                "c",
                "The states do come from such an LSTM. But each of them is kept as it was when its word was read, and \
                 the LSTM alone keeps only the last one. Compare the ends of the lines.",
            ),
        ],
    },
    Prediction {
        id: "08d.P4",
        title: "one rule, asked twice",
        hint: "The first rule is always right about the holder of a thing and about the place of a person.",
        right: "a",
        why: "Each of the two questions needs one sentence, and the rule finds it. The first answer says what the \
              second question is: that is what one look at the story cannot do.",
        wrong: &[
            (
                "b",
                "The rule that asks once takes the last place of the story, whoever went there. This one asks for the \
                 place of the holder. Compare the last two lines.",
            ),
            (
                "c",
                "No sentence has both, so the rule needs two of them, one for each question. Look at its line in the \
                 column of the thing.",
            ),
        ],
    },
    Prediction {
        id: "08d.P5",
        title: "what a second look is good for",
        hint: "For which kind does the first look not know yet which sentence to look at?",
        right: "c",
        why: "The other kinds need one sentence, and one look finds it. For a thing the first look can find the holder, and the second one then knows whom to ask for. Here this is learned only a little: compare with the rule that asks twice.",
        wrong: &[
            (
                "a",
                "The other kinds were right before: one sentence needs one look. Compare the two lines, kind by kind.",
            ),
            (
                "b",
                "The weights are the same, but the question is another one: what the first look found is added to it.",
            ),
        ],
    },
];
