//! The questions of the quiz.

use super::Question;

/// Before the lesson and after it: pairs of questions about the same ideas in other words, so that the scores can be
/// compared.
pub(super) const BEFORE: [Question; 12] = [
    Question {
        text: "A classifier adds up the vectors of all words of a headline and puts a linear layer on the sum. Which \
         two headlines can it never tell apart?",
        answers: &[
            "Lions beat Tigers / Lions beat Bears",
            "Lions beat Tigers / Lions met Tigers",
            "Lions beat Tigers / Bears beat Tigers",
            "Lions beat Tigers / Tigers beat Lions",
        ],
        right: 3,
        why: "A sum is the same for every order of its terms. In the other pairs one word differs, so the sums can \
         differ.",
        page: "01-recurrent-networks",
    },
    Question {
        text: "A simple recurrent layer reads word vectors of 10 numbers. Its state has 4 numbers, and it has one \
         bias vector. It reads a text of 5 words. How many parameters does the layer have?",
        answers: &["44", "56", "60", "300"],
        right: 2,
        why: "10 · 4 for the input, 4 · 4 for the state and 4 for the bias make 60. All 5 steps use the same \
         weights, so it is not 5 · 60 = 300.",
        page: "02-simple-rnn",
    },
    Question {
        text: "The texts of a batch are filled up with zeros at the end. There is no mask, and the classifier reads \
         the state after the last step. What happens to a short text?",
        answers: &[
            "Nothing: an input of zeros changes no state",
            "Its state goes on changing at every pad",
            "The layer stops by itself at the first pad",
            "Its last words are cut off by the pads",
        ],
        right: 1,
        why: "The layer reads a pad like any word and makes a new state: even if the input is zero, the state's \
         weights and the bias are at work. A mask or a packed sequence stops at each text's own end.",
        page: "03-variable-length",
    },
    Question {
        text: "Texts of 3, 10, 4 and 9 words make two batches of two. In each batch the shorter text is filled up to \
         the longer one. How many pads are needed if bucketing puts texts of similar length together?",
        answers: &["0", "2", "12", "14"],
        right: 1,
        why: "The batches are 3 with 4 words and 9 with 10 words: one pad each. Taken as they come, 3 with 10 and 4 \
         with 9, they would need 7 + 5 = 12. Bucketing makes pads fewer; it does not remove all of them.",
        page: "03-variable-length",
    },
    Question {
        text: "On the way back through a recurrent network each step multiplies the gradient by about 0.5. How much \
         of it is left 10 steps back?",
        answers: &["About 0.001 of it", "About 0.05 of it", "About 0.5 of it", "About 5 times as much"],
        right: 0,
        why: "The factors are multiplied: 0.5 to the power of 10 is 1 / 1,024. So the gradient vanishes, and the \
         network learns almost nothing from words that are far back.",
        page: "04-lstm",
    },
    Question {
        text: "For one unit of an LSTM the forget gate is almost 1 and the input gate is almost 0. What does the \
         unit's memory do?",
        answers: &[
            "It forgets its old value and becomes zero",
            "It takes the new word instead of the old value",
            "It adds the whole new value to the old one",
            "It keeps its old value almost unchanged",
        ],
        right: 3,
        why: "The new memory is forget gate times old memory plus input gate times candidate. The forget gate says \
         what stays, so 1 keeps everything; its name misleads.",
        page: "04-lstm",
    },
    Question {
        text: "Without its biases an LSTM layer has 800 weights. How many has a GRU layer that reads the same \
         vectors and has as many units?",
        answers: &["200", "400", "600", "800"],
        right: 2,
        why: "An LSTM has four blocks of weights, a GRU has three: 800 · 3 / 4 = 600. The GRU also does without the \
         separate cell state, but a state has no weights.",
        page: "05-gru",
    },
    Question {
        text: "The gradients are clipped by their norm, the length of all gradients together, with the limit 5. At \
         one update the norm is 10, and one of the numbers is 4. What becomes of this number?",
        answers: &["2", "4", "5", "8"],
        right: 0,
        why: "All numbers are multiplied by the same factor, 5 / 10, so 4 becomes 2 and the direction stays. That \
         the number itself is below 5 does not matter: the limit is for the norm.",
        page: "05-gru",
    },
    Question {
        text: "Which job cannot be given to a network that reads in both directions?",
        answers: &[
            "Mark the names in a finished sentence",
            "Find the topic of a finished headline",
            "Write a text, one word after another",
            "Find the language of a finished page",
        ],
        right: 2,
        why: "The backward direction begins at the end, and a text that is still being written has no end yet. The \
         other three texts are there as a whole.",
        page: "06-bidirectional-and-multilayer",
    },
    Question {
        text: "A layer with 32 units reads a text of 10 words. A second recurrent layer is put on top of it. What \
         must the first layer hand on?",
        answers: &[
            "All its 10 states, 32 numbers each",
            "Only its last state, 32 numbers",
            "The 10 word vectors as they are",
            "Its weights, which both layers share",
        ],
        right: 0,
        why: "The upper layer reads a sequence too, so it needs the state after every word (in Keras: \
         return_sequences=True). Only the classifier at the top is content with the last one.",
        page: "06-bidirectional-and-multilayer",
    },
    Question {
        text: "When do word vectors from another, larger text help a classifier most?",
        answers: &[
            "When very many rows have labels",
            "When they know few of the words",
            "When the word order is important",
            "When few rows have labels",
        ],
        right: 3,
        why: "They bring what words mean, also for words that stand in no labelled row. With very many labelled rows \
         the embedding can learn that from them.",
        page: "07-pretrained-embeddings",
    },
    Question {
        text: "A decoder learns to translate with teacher forcing. At one step its likeliest word is wrong. Which \
         word does it read at the next step?",
        answers: &[
            "Its own word, although wrong",
            "The right word of the example",
            "No word: the sentence ends here",
            "The next word of the source text",
        ],
        right: 1,
        why: "In training the decoder always reads the right word before, whatever it would have written. Its \
         mistake counts in the loss, but it does not lead the next steps astray.",
        page: "08b-translation",
    },
];

/// After the lesson: question k is about the idea of question k of [`BEFORE`].
pub(super) const AFTER: [Question; 12] = [
    Question {
        text: "A network takes the mean of all word vectors of a text and puts a linear layer on it. Which question \
         about the text can it not learn to answer better than by a guess?",
        answers: &[
            "Is the text about sport or about trade?",
            "Which of the two teams beat the other?",
            "Do the Lions come in the text at all?",
            "In which language is the text written?",
        ],
        right: 1,
        why: "The mean is the same for \"Lions beat Tigers\" and \"Tigers beat Lions\". The other questions need \
         only the words that come, in any order.",
        page: "01-recurrent-networks",
    },
    Question {
        text: "A simple recurrent layer reads word vectors of 6 numbers. Its state has 3 numbers, and it has one \
         bias vector. It reads a text of 20 words. How many parameters does the layer have?",
        answers: &["21", "27", "30", "600"],
        right: 2,
        why: "6 · 3 for the input, 3 · 3 for the state and 3 for the bias make 30. The length of the text does not \
         count, as every step uses the same weights; 21 leaves out the state's weights.",
        page: "02-simple-rnn",
    },
    Question {
        text: "The weights of a trained network stay as they are. Still it answers one short text differently when \
         the text stands in another batch. What is the likely reason?",
        answers: &[
            "It reads all texts of a batch into one state",
            "It reads pads, but a mask ends the text too soon",
            "It shuffles the words of a text in every batch",
            "It reads pads, and the batch decides how many",
        ],
        right: 3,
        why: "The longest text of the batch decides how many pads follow, and each pad changes the state. With a \
         mask or a packed sequence a text's answer does not depend on its neighbours.",
        page: "03-variable-length",
    },
    Question {
        text: "Texts of 12, 2, 10 and 5 words make two batches of two. In each batch the shorter text is filled up \
         to the longer one. How many pads are needed if bucketing puts texts of similar length together?",
        answers: &["0", "5", "15", "19"],
        right: 1,
        why: "The batches are 2 with 5 words and 10 with 12 words: 3 + 2 = 5 pads. Taken as they come, 12 with 2 and \
         10 with 5, they would need 10 + 5 = 15; all four in one batch need 19.",
        page: "03-variable-length",
    },
    Question {
        text: "On the way back through a recurrent network each step multiplies the gradient by about 0.1. How much \
         of it is left 6 steps back?",
        answers: &["About 0.6 of it", "About 0.1 of it", "About 0.017 of it", "About 0.000001 of it"],
        right: 3,
        why: "One factor for each step: 0.1 to the power of 6 is one millionth. The factors are neither added (0.6) \
         nor used only once (0.1), so far words hardly change the weights.",
        page: "04-lstm",
    },
    Question {
        text: "One unit of an LSTM shall drop its old value and store what the new word brings. Which gates does it \
         need?",
        answers: &[
            "Forget gate near 1, input gate near 1",
            "Forget gate near 0, input gate near 1",
            "Forget gate near 1, input gate near 0",
            "Forget gate near 0, input gate near 0",
        ],
        right: 1,
        why: "The forget gate says what stays, so near 0 drops the old value; the input gate near 1 lets the new one \
         in. With both near 1 the new value would be added to the old one.",
        page: "04-lstm",
    },
    Question {
        text: "Without its biases a GRU layer has 900 weights. How many has an LSTM layer that reads the same \
         vectors and has as many units?",
        answers: &["675", "900", "1,200", "1,800"],
        right: 2,
        why: "The GRU's three blocks of weights have 300 each, and the LSTM has four: 1,200. It is not twice as \
         many: only the states are two instead of one.",
        page: "05-gru",
    },
    Question {
        text: "The gradients are clipped by their norm, the length of all gradients together, with the limit 5. At \
         one update the norm is 20, and one of the numbers is −4. What becomes of this number?",
        answers: &["−1", "−4", "−5", "−16"],
        right: 0,
        why: "All numbers are multiplied by the same factor, 5 / 20, so −4 becomes −1. To cut each number at −5 and \
         5 would be clipping by value, which changes the direction of the gradient.",
        page: "05-gru",
    },
    Question {
        text: "A program hears a sentence and must give an answer after each word, before the next word comes. Why \
         can it not use a backward layer?",
        answers: &[
            "That layer starts at the last word, which is not there yet",
            "That layer waits until the forward one has learned its weights",
            "That layer learns the reversed language, so it knows no word",
            "That layer has no state, so it cannot answer at every word",
        ],
        right: 0,
        why: "A backward state has read all words from the end to its own place, so the whole sentence must be at \
         hand. The two directions have weights of their own, and a state at every word.",
        page: "06-bidirectional-and-multilayer",
    },
    Question {
        text: "Three recurrent layers with 20 units each stand on each other, and a classifier reads the last state \
         of the top one. For a text of 6 words, what goes from the first layer to the second?",
        answers: &[
            "The state after the last word, 20 numbers",
            "The mean of the 6 states, 20 numbers",
            "A sequence of 6 states, 20 numbers each",
            "The sequence of the 6 word vectors",
        ],
        right: 2,
        why: "Each upper layer makes one step for each word, so the layer below hands on all its states. Only the \
         top layer may give its last state alone.",
        page: "06-bidirectional-and-multilayer",
    },
    Question {
        text: "You have 100 labelled reviews, and a file of word vectors that were learned from millions of pages. \
         What is the best start for the embedding?",
        answers: &[
            "With random vectors, which are trained",
            "With random vectors, which are frozen",
            "With one-hot vectors for all the words",
            "With the file's vectors, which are frozen",
        ],
        right: 3,
        why: "A table that is trained has far more numbers than 100 reviews can teach, so it learns them by heart. \
         The file brings what the words mean, and a frozen table cannot learn rows by heart.",
        page: "07-pretrained-embeddings",
    },
    Question {
        text: "A decoder was trained with teacher forcing. Now it translates a new sentence. Which word does it read \
         at each step?",
        answers: &[
            "Its own word of the step before",
            "The right word of the step before",
            "The source word at the same place",
            "Its first word, again at each step",
        ],
        right: 0,
        why: "There are no right words to read now, so the decoder reads what it has just written. That is why an \
         early mistake can spoil the words after it.",
        page: "08b-translation",
    },
];
