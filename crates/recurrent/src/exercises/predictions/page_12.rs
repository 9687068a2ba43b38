//! Predictions of page 12.

use super::Prediction;

pub(super) const PREDICTIONS: &[Prediction] = &[
    Prediction {
        id: "12.P1",
        title: "the passes of a scan",
        hint: "d is doubled after each pass. How often, until it reaches 1,024?",
        right: "c",
        why: "2 multiplied by itself ten times is 1,024. So 1,024 steps need ten passes, and a million steps need twenty.",
        wrong: &[
            (
                "a",
                "That is the loop. In a pass of the scan all steps take in an earlier one at the same time, and after \
                 each pass they reach twice as far back.",
            ),
            (
                "b",
                "The passes do not grow with the number of steps: one pass more serves twice as many steps. Count how \
                 often 1 is doubled until it is 1,024.",
            ),
        ],
    },
    Prediction {
        id: "12.P2",
        title: "loop or scan on two cores",
        hint: "Count the products: the loop does one for each number, the scan two in each pass.",
        right: "b",
        why: "Each of the ten passes goes over nearly all numbers. That is more than ten times the work, and there are \
              not enough cores to do it at the same time. A GPU has them.",
        wrong: &[
            (
                "a",
                "For that the work of a pass must be done all at once, by thousands of cores. Two cores do it piece by \
                 piece, and there are ten passes of it.",
            ),
            (
                "c",
                "The loop goes over each number once, the scan once in each of its ten passes. Compare the last \
                 numbers of the two lines of 32 rows.",
            ),
        ],
    },
    Prediction {
        id: "12.P3",
        title: "equal scores under a causal mask",
        hint: "Which steps may step 2 look at?",
        right: "b",
        why: "The mask takes away the two later steps, and the softmax shares the weight among those that are left.",
        wrong: &[
            ("a", "Steps 3 and 4 come later: the mask gives them a weight of 0."),
            ("c", "It may also look at step 1, whose score is the same."),
        ],
    },
    Prediction {
        id: "12.P4",
        title: "longer sentences than in training",
        hint: "The answer rests on the first words. Which of the six cannot hold, or find, the first words?",
        right: "b",
        why: "Each found its own way: a state that settles (page 4), a gate that stays shut, or a look back to the \
              beginning. The transformer meets position vectors that it has never seen. A likely reason why it is right: the \
              subject stands at the first positions, which it knows.",
        wrong: &[
            (
                "a",
                "An RNN can hold one fact: some seeds of page 4 did. And the transformer looks at the first positions, \
                 which it has seen in every sentence. Compare the means.",
            ),
            (
                "c",
                "A state that is kept is as good as a look back, where there is so little to keep. Compare the means.",
            ),
        ],
    },
    Prediction {
        id: "12.P5",
        title: "copying with a simple RNN",
        hint: "The start is that of page 4's *RNN, orthogonal*. From how far away did it learn there? Here nothing can be learned from near by.",
        right: "a",
        why: "Every answer stands 25 steps back, and five symbols must be held apart. The gradient of the simple RNN \
              hardly reaches so far, and there are no shorter examples to learn from first.",
        wrong: &[
            (
                "b",
                "That would need a part of the symbols to be held over 25 steps. Networks with gates do so. Look at \
                 the line of the RNN.",
            ),
            ("c", "Two of the six do so: those that can look back at the symbols. The RNN must carry them all."),
        ],
    },
    Prediction {
        id: "12.P6",
        title: "questions that are answered rightly",
        hint: "Many questions need the last sentence about one person. Some need two sentences: who has it, where is he?",
        right: "c",
        why: "The best, the LSTM with attention, gets 79 %, the mean of three seeds, and all but the RNN beat the rule. Which questions stay hard is not measured here; those that need two sentences are likely ones.",
        wrong: &[
            (
                "a",
                "The question itself says already whether a person or a place is asked for. That alone is more than \
                 the most frequent answer.",
            ),
            (
                "b",
                "Short stories still need a memory of who is where and who has what, and 3,000 stories in five epochs \
                 are few.",
            ),
        ],
    },
    Prediction {
        id: "12.P7",
        title: "the better writer",
        hint: "Which of the two knows before training which letter came just before?",
        right: "c",
        why: "For a recurrent network the letter before is what it has just read. The transformer must first find out \
              from its position vectors which step is the one before, and this training is short. It needs a longer \
              one: the open exercise at the end of the page gives it three times as much.",
        wrong: &[
            (
                "a",
                "It may look at all letters, but what to look at must be learned. That needs more training than this.",
            ),
            ("b", "The number of weights is the same; what is built in is not. Compare the bits."),
        ],
    },
    Prediction {
        id: "12.P8",
        title: "layer norm and a large input",
        hint: "With a state of zero all sums are 100 times as large. What does layer norm divide by?",
        right: "a",
        why: "The mean and the deviation of the sums are 100 times as large, too, so the normed numbers are the same. \
              Without layer norm tanh is in its flat part, where it has almost no gradient.",
        wrong: &[
            ("b", "A state behind tanh is never above 1. And the norm divides by the deviation, which grows as well."),
            (
                "c",
                "tanh takes large sums to its ends, −1 and 1: the differences between units and the gradient are lost. \
                 Compare the lines.",
            ),
        ],
    },
    Prediction {
        id: "12.P9",
        title: "the memory of a stream",
        hint: "What does the LSTM need of the steps before, when `detach` cuts their graph?",
        right: "c",
        why: "The state is overwritten at each step, and the tensors of a piece are freed after it. The 102 numbers \
              are all that is left of the past.",
        wrong: &[
            ("a", "These numbers are overwritten, not collected: the next step needs the last state only."),
            (
                "b",
                "The LSTM keeps no keys and values. An attention over all letters would: the last number of each line.",
            ),
        ],
    },
];
