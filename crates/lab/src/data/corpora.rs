//! What can be fetched, from where, and the hash of each file.

use clap::ValueEnum;

use super::sentence_pairs::Pairs;

/// Name of a corpus on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Name {
    /// The news of the lesson: 120,000 + 7,600 articles of four classes, 31 MB
    AgNews,
    /// Image captions in English and German: 29,000 + 1,014 pairs, 1.3 MB
    Multi30k,
    /// The Shakespeare text of char-rnn and nanoGPT, whose numbers are published: 1.1 MB
    TinyShakespeare,
}

/// Files that are fetched together.
pub struct Corpus {
    /// Its folder in `data/`.
    pub folder: &'static str,
    pub files: &'static [CorpusFile],
    /// The same files at each.
    pub addresses: &'static [&'static str],
    /// What is said of its licence.
    pub licence: &'static str,
    /// What holds while it is not there.
    pub without: &'static str,
}

pub struct CorpusFile {
    pub name: &'static str,
    /// What is in it, for people.
    pub holds: &'static str,
    pub sha256: &'static str,
    /// The table that is made of it.
    pub pairs: Option<Pairs>,
}

impl Name {
    pub fn corpus(self) -> &'static Corpus {
        match self {
            Self::AgNews => &AG_NEWS,
            Self::Multi30k => &MULTI30K,
            Self::TinyShakespeare => &TINY_SHAKESPEARE,
        }
    }
}

const fn file(name: &'static str, holds: &'static str, sha256: &'static str) -> CorpusFile {
    CorpusFile { name, holds, sha256, pairs: None }
}

/// The corpus of Zhang, Zhao and LeCun (2015), "Character-level Convolutional Networks for Text Classification", in the
/// files that torchtext uses: its address, then OneFlow's copy. (torchtext's MD5 of the same bytes:
/// b1a00f826fdfbd249f79597b59e1dc12 and d52ea96a97a2d943681189a97654912d.)
pub static AG_NEWS: Corpus = Corpus {
    folder: "ag_news",
    files: &[
        file("train.csv", "120,000 rows", "76a0a2d2f92b286371fe4d4044640910a04a803fdd2538e0f3f29a5c6f6b672e"),
        file("test.csv", "7,600 rows", "521465c2428ed7f02f8d6db6ffdd4b5447c1c701962353eb2c40d548c3c85699"),
    ],
    addresses: &[
        "https://raw.githubusercontent.com/mhjabreel/CharCnn_Keras/master/data/ag_news_csv",
        "https://oneflow-public.oss-cn-beijing.aliyuncs.com/datasets/FlowText/AG_NEWS",
    ],
    licence: "AG News is for research and other non-commercial use; data/README.md names its source.",
    without: "AG News was not downloaded, so the notebooks go on with MiniNews (data/mini_news)",
};

/// Multi30k (Elliott and others, 2016, arXiv 1605.00459), in the archives that torchtext uses. torchtext's list has the
/// hash of each archive and of each file in it.
static MULTI30K: Corpus = Corpus {
    folder: "multi30k",
    files: &[
        CorpusFile {
            name: "training.tar.gz",
            holds: "29,000 sentences",
            sha256: "20140d013d05dd9a72dfde46478663ba05737ce983f478f960c1123c6671be5e",
            pairs: Some(Pairs {
                english: ("train.en", "4b4d37e774976ef44fecca1738cdeb3b3ba384851a59a755b9c5e6aa7d87b13c"),
                translation: ("train.de", "695df46f6fd14567e69970408a2c129a50e778a910ecb1585a92eb25b2c7accc"),
                table: "train.tsv",
            }),
        },
        CorpusFile {
            name: "validation.tar.gz",
            holds: "1,014 sentences",
            sha256: "a7aa20e9ebd5ba5adce7909498b94410996040857154dab029851af3a866da8c",
            pairs: Some(Pairs {
                english: ("val.en", "40cd20974079d9afb0e3d27c659a8e059cc2fcf850b4bc23ede13fc36dd8a865"),
                translation: ("val.de", "fd0fc009db2446cfc12d96a382aff0d3122cb47577b352d0f7e0bb3a38e2e552"),
                table: "validation.tsv",
            }),
        },
    ],
    addresses: &[
        "https://raw.githubusercontent.com/neychev/small_DL_repo/master/datasets/Multi30k",
        "http://www.quest.dcs.shef.ac.uk/wmt16_files_mmt",
    ],
    licence: "The captions are those of Flickr30k and their translations, for research; data/README.md names the source.",
    without: "Multi30k was not downloaded; page 8b goes on with the sentences that are shipped (data/sentences)",
};

/// The text that Karpathy's char-rnn (2015) and nanoGPT are measured on.
static TINY_SHAKESPEARE: Corpus = Corpus {
    folder: "tiny_shakespeare",
    files: &[file(
        "input.txt",
        "1,115,394 letters",
        "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
    )],
    addresses: &["https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare"],
    licence: "The plays are in the public domain.",
    without: "tiny_shakespeare was not downloaded; page 8 goes on with the plays that are shipped (data/shakespeare)",
};
