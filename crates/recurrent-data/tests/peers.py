"""What Keras and tokenizers make of the texts of FOLDER/train.csv and test.csv; tests/peers.rs compares.

usage: peers.py keras FOLDER COLUMNS ADAPT_ROWS MAX_TOKENS SPLIT
           (a line with the vocabulary as JSON, then a line of ids for each row)
       peers.py tokenizers FOLDER COLUMNS TOKENIZER.json                    a line of ids for each row
COLUMNS: 1 the title, 1,2 title and description. ADAPT_ROWS, MAX_TOKENS: 0 for all.
"""
import csv
import json
import os
import sys


def texts(folder, columns):
    columns = [int(c) for c in columns.split(",")]
    for part in ("train.csv", "test.csv"):
        with open(os.path.join(folder, part), newline="", encoding="utf-8") as file:
            for row in csv.reader(file):
                yield " ".join(row[c] for c in columns)


def keras_ids(folder, columns, adapt_rows, max_tokens, split):
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import keras

    rows = list(texts(folder, columns))
    vectorizer = keras.layers.TextVectorization(
        max_tokens=int(max_tokens) or None,
        split=split,
        ragged=True,
    )
    vectorizer.adapt(rows[: int(adapt_rows) or len(rows)])
    print(json.dumps([str(token) for token in vectorizer.get_vocabulary()]))
    for start in range(0, len(rows), 1000):
        for ids in vectorizer(rows[start : start + 1000]).to_list():
            print(*ids)


def tokenizers_ids(folder, columns, file):
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(file)
    for text in texts(folder, columns):
        print(*tokenizer.encode(text).ids)


{"keras": keras_ids, "tokenizers": tokenizers_ids}[sys.argv[1]](*sys.argv[2:])
