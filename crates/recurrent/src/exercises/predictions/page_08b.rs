//! Predictions of page 8b.

use super::Prediction;

pub(super) const PREDICTIONS: &[Prediction] = &[
    Prediction {
        id: "08b.P1",
        title: "which dates are hardest",
        hint: "In which dates does each part say by itself what it is: the month, the day, the year?",
        right: "c",
        why: "A name says which month it is, and only the digits of the day are left to read. Of digits only, those of the month and of the day stand side by side and are mixed up; the sign between them must say which number is which.",
        wrong: &[
            (
                "a",
                "They are long, but easy to read: the month has a name, and the weekday may be left out. Compare the \
                 rows of the table.",
            ),
            (
                "b",
                "There are a few dozen names, and each comes often. A month with a name has no digits to mix up. Compare the rows of the table.",
            ),
        ],
    },
    Prediction {
        id: "08b.P2",
        title: "two sentences in one state",
        hint: "Every word of the text must be right. The state has the same size, and now carries twice as much.",
        right: "c",
        why: "The state does not grow with the text. It carries one sentence, and with two of them some words are lost. \
              One lost word makes the whole text wrong.",
        wrong: &[
            (
                "a",
                "The numbers of a state are no places for words: the network has to learn how to pack the words into \
                 them, and how to take them out. See how many texts of two are exact.",
            ),
            ("b", "All words must be right, and one lost word is enough to fail. See how many texts of two are exact."),
        ],
    },
    Prediction {
        id: "08b.P3",
        title: "longer texts with attention",
        hint: "How many states can the decoder look at, when a text has 10 words, and when it has 40?",
        right: "b",
        why: "The encoder leaves one state for each word, so a longer text has more of them. The decoder needs only to \
              find the right one.",
        wrong: &[
            (
                "a",
                "The limit was the size of what is handed over. With attention it grows with the text: one state for \
                 each word.",
            ),
            (
                "c",
                "The decoder still starts from the last state, and looks at all others too. Compare the first numbers of the two models.",
            ),
        ],
    },
    Prediction {
        id: "08b.P4",
        title: "where it looks for a word that has moved",
        hint: "Which English word says what must be written there?",
        right: "c",
        why: "The weights depend on what is needed next, and not on the place. So the order of the two languages may \
              differ: the rows of the noun and the adjective cross.",
        wrong: &[
            ("a", "Nothing ties the weights to the place. Find the row of \"casa\" in the map."),
            ("b", "The last state says it for short texts only. Find the row of \"casa\" in the map."),
        ],
    },
    Prediction {
        id: "08b.P5",
        title: "a wider beam",
        hint: "What does a beam look for? And a model that is right about its words gives the right text a high \
               probability.",
        right: "a",
        why: "A wider beam finds likelier texts, and for this model the likelier text is more often the right one. What \
              the state has lost, no search can bring back.",
        wrong: &[
            (
                "b",
                "That happens with some models. Here the likelier texts are more often right: compare the three lines.",
            ),
            (
                "c",
                "ln p is that of one text, the best one, and more beginnings only give more texts to choose from. \
                 Compare the three lines.",
            ),
        ],
    },
    Prediction {
        id: "08b.P6",
        title: "the right words against its own",
        hint: "What do the two read before the first word? And before the tenth, after a mistake at the ninth?",
        right: "a",
        why: "Before the first word both read only the sign that begins a text. Later one of them reads mistakes, its \
              own, and these lead to further ones.",
        wrong: &[
            ("b", "Before the first word both read the same. Compare the lines at the left end of the figure."),
            (
                "c",
                "The network is the same, but what it reads is not: after a mistake the one reads the right word, the \
                 other its own.",
            ),
        ],
    },
    Prediction {
        id: "08b.P7",
        title: "1,900 pairs",
        hint: "People wrote the sentences of the baseline, so all its runs of words are good Dutch. How often has the \
               network seen a word that stands in three of its sentences?",
        right: "b",
        why: "The network has learned some words and common runs, but most words came too seldom. The nearest sentence is \
              often of the same page of the help, and shares whole runs with the right translation.",
        wrong: &[
            (
                "a",
                "Most words of these sentences came only a few times in the training. Compare the numbers with those of \
                 the baselines.",
            ),
            (
                "c",
                "The English sentence shares hardly a word with the Dutch one. Compare the numbers with those of the \
                 baselines.",
            ),
        ],
    },
];
