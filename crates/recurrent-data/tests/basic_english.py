"""Writes basic_english.json, the tokens of torchtext 0.18's basic_english for MiniNews, AG News and some hard cases;
tests/basic_english.rs compares.

usage: basic_english.py MINI_NEWS AG_NEWS > basic_english.json
torchtext 0.18 needs an old torch, so its answers are stored: for each hundred rows (title, space, description) one
FNV-1a hash over all tokens, a line end after each.
"""
import csv
import json
import os
import sys

from torchtext.data.utils import get_tokenizer

tokenize = get_tokenizer("basic_english")


def fnv1a(text):
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return f"{value:016x}"


def hashes(path):
    with open(path, newline="", encoding="utf-8") as file:
        texts = [f"{title} {description}" for _, title, description in csv.reader(file)]
    hundreds = (texts[i : i + 100] for i in range(0, len(texts), 100))
    return [fnv1a("".join(token + "\n" for text in hundred for token in tokenize(text))) for hundred in hundreds]


cases = [
    "You can now install TorchText using pip!",
    "Don't say \"no\": it's (really) 3.5%; isn't it?",
    "one<br />two <BR />three <br/>four",
    "tab\tline\nno-break\u00a0space \u2003 x",
    "ÉCOLE İstanbul straße",
    "",
    "...",
    "a\\b #36;1.88M &lt;b&gt;",
    "<b\"r />",
]
print(
    json.dumps(
        {
            "cases": [[text, tokenize(text)] for text in cases],
            "mini_news": {part: hashes(os.path.join(sys.argv[1], part + ".csv")) for part in ("train", "test")},
            "ag_news": {part: hashes(os.path.join(sys.argv[2], part + ".csv")) for part in ("train", "test")},
        },
        indent=1,
    )
)
