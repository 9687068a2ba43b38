//! Predictions of page 1.

use super::Prediction;

pub(super) const PREDICTIONS: &[Prediction] = &[
    Prediction {
        id: "01.P1",
        title: "the weights of a longer headline",
        hint: "Look at the formula: which of its letters carry the number i of the step, and which do not?",
        right: "b",
        why: "W_H, W_I and b carry no number of a step: all blocks share them. So a text may have any length, and what \
              is learned at one place serves at every other.",
        wrong: &[
            (
                "a",
                "In the figure each block has the same letters, W_H and W_I, and the folded network has only one \
                 block: no weights belong to one step.",
            ),
            (
                "c",
                "In the figure only the last state goes to the linear layer, and a state has as many numbers after six \
                 words as after three.",
            ),
        ],
    },
    Prediction {
        id: "01.P2",
        title: "the first step from an empty state",
        hint: "With S_0 = 0 only W_I X_1 + b is left in the tanh. The first word is (1, 0, 0): which column of W_I \
               does it take?",
        right: "a",
        why: "The word takes the first column of W_I, so the sums are 0.5 + 0.1 and 0.1 − 0.1. A state of zero only \
              means that W_H adds nothing: the word and the bias count from the first step on.",
        wrong: &[
            (
                "b",
                "S_0 = 0 takes away the part of W_H only. The word and the bias are still in both sums: look at the \
                 first number of S_1.",
            ),
            (
                "c",
                "The word does add something to both sums. But in the second one its 0.1 and the bias of −0.1 cancel, \
                 and tanh(0) is 0.",
            ),
        ],
    },
    Prediction {
        id: "01.P3",
        title: "from a state to a word",
        hint: "A row of W_O makes the score of one word from both numbers of the state, and b_O is added: compute the \
               three scores.",
        right: "c",
        why: "The scores are −0.09, 0.93 and 0.09 + 0.83 + 0.2 = 1.12, and softmax keeps their order. The numbers of a \
              state are no scores of words: W_O says what they mean for each word.",
        wrong: &[
            (
                "a",
                "Its score is the first number of the state, −0.09, and its bias is 0: the smallest of the three \
                 scores. Softmax keeps their order.",
            ),
            (
                "b",
                "The second number of the state is the larger one, but the score of the third word has it, too, and \
                 there 0.09 and 0.2 are added to it.",
            ),
        ],
    },
    Prediction {
        id: "01.P4",
        title: "the same words, the other way round",
        hint: "The last step reads X_1. From which state does it start?",
        right: "a",
        why: "Each word is read with a state that has seen the words before it. So another order ends in another \
              state, and a sum of word vectors has no such thing.",
        wrong: &[
            (
                "b",
                "The words and the weights are the same, but each word now meets another state: compare the two lines.",
            ),
            (
                "c",
                "S_1 was made of this word and an empty state. Here the state has seen two words before: compare the \
                 second line with S_1 in section 3.",
            ),
        ],
    },
];
