"""One training of the writer (page 8) or of the listener (page 8c) in PyTorch, on the same rows.

usage: torch_writer_and_vowels.py writer|vowels SEED DATA   (DATA: the project's data folder)

Prints one JSON line, as the example writer_and_vowels does.
"""

import csv
import json
import math
import sys
import time
from itertools import groupby
from pathlib import Path

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence

STREAMS, PIECE = 32, 64


def train(model, epochs, learning_rate, batches, loss_of):
    """Adam, gradients clipped to norm 1, a learning rate that falls to 0 along a cosine. Gives back the seconds."""
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    total = epochs * len(batches(0))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: (1 + math.cos(math.pi * step / total)) / 2)
    begin = time.perf_counter()
    model.train()
    for epoch in range(epochs):
        for number, batch in enumerate(batches(epoch)):
            optimizer.zero_grad()
            loss_of(number, batch).backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
    return time.perf_counter() - begin


class Writer(nn.Module):
    def __init__(self, letters):
        super().__init__()
        self.embedding = nn.Embedding(letters, 32)
        self.lstm = nn.LSTM(32, 128, batch_first=True)
        self.linear = nn.Linear(128, letters)
        self.state = None

    def forward(self, ids):
        h, state = self.lstm(self.embedding(ids), self.state)
        self.state = tuple(part.detach() for part in state)
        return self.linear(h)


def pieces(ids):
    """Pieces of parallel streams of the text, in their order."""
    streams = ids[: len(ids) // STREAMS * STREAMS].view(STREAMS, -1)
    starts = range(0, (streams.shape[1] - 1) // PIECE * PIECE, PIECE)
    return [streams[:, start : start + PIECE + 1] for start in starts]


def writer(data):
    text = (data / "shakespeare" / "shakespeare.txt").read_text(encoding="utf-8")
    letters = {letter: id for id, letter in enumerate(sorted(set(text)))}
    ids = torch.tensor([letters[letter] for letter in text])
    cut = len(ids) // 10 * 9
    model = Writer(len(letters))

    def loss(number, rows, reduction="mean"):
        if number == 0:
            model.state = None
        scores = model(rows[:, :-1])
        return nn.functional.cross_entropy(scores.flatten(0, 1), rows[:, 1:].flatten(), reduction=reduction)

    seconds = train(model, 1, 4e-3, lambda _: pieces(ids[:cut]), loss)
    model.eval()
    with torch.no_grad():
        losses = [loss(number, rows).item() for number, rows in enumerate(pieces(ids[cut:]))]
    return sum(losses) / len(losses) / math.log(2), seconds


class Listener(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(12, 64, batch_first=True, bidirectional=True)
        self.dropout = nn.Dropout(0.5)
        self.linear = nn.Linear(128, 9)

    def forward(self, recordings):
        x = pad_sequence(recordings, batch_first=True)
        lengths = [len(recording) for recording in recordings]
        _, h = self.gru(pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False))
        return self.linear(self.dropout(torch.cat([h[0], h[1]], 1)))


def recordings(path):
    """Frames and speaker (from 0) of each recording."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))[1:]
    found = []
    for _, frames in groupby(rows, lambda row: row[0]):
        frames = list(frames)
        found.append((torch.tensor([[float(value) for value in frame[3:]] for frame in frames]), int(frames[0][1]) - 1))
    return found


def vowels(data):
    known, unknown = (recordings(data / "japanese_vowels" / part) for part in ("train.csv", "test.csv"))
    model = Listener()

    def batches(_):
        order = torch.randperm(len(known)).tolist()
        return [[known[row] for row in order[first : first + 32]] for first in range(0, len(known), 32)]

    def loss(_, batch):
        return nn.functional.cross_entropy(model([x for x, _ in batch]), torch.tensor([who for _, who in batch]))

    seconds = train(model, 60, 0.01, batches, loss)
    model.eval()
    with torch.no_grad():
        said = model([x for x, _ in unknown]).argmax(1)
    right = sum(int(guess == who) for guess, (_, who) in zip(said.tolist(), unknown))
    return 100 * right / len(unknown), seconds


task, seed, data = sys.argv[1:]
torch.set_num_threads(2)
torch.manual_seed(int(seed))
result, seconds = {"writer": writer, "vowels": vowels}[task](Path(data))
line = {"library": f"PyTorch {torch.__version__}", "task": task, "seed": int(seed), "result": result, "seconds": seconds}
print(json.dumps(line))
