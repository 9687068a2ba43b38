"""The lesson's models in PyTorch, trained as its tutorials do. See lesson.py for what is printed.

On a GPU its recurrent layers are cuDNN's, in f32 without TF32.
"""

import itertools
import sys
import time

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence

import lesson

OPTIMIZERS = {"adam": "Adam", "fused": "Adam(fused=True)", "sparse": "SparseAdam(embedding) + Adam"}
args = lesson.arguments(
    "The lesson's models in PyTorch.",
    ("--padded", dict(action="store_true", help="read padding too where the lesson packs, and take each sequence's own end")),
    ("--optimizer", dict(choices=OPTIMIZERS, default="adam", help="fused: one kernel per step; sparse: only a batch's embedding rows")),
)
torch.set_num_threads(args.threads)
device = torch.device(args.device)
if device.type == "cuda" and not torch.cuda.is_available():
    sys.exit(f"--device {args.device}: this PyTorch finds no NVIDIA GPU")
torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
size = lesson.MODELS[args.model]
if args.padded and size["padding"]:
    sys.exit(f"{args.model} reads padding anyway")

# --- data: words to ids before the clock starts ------------------------------------------------------------------------------

start = time.perf_counter()
train_rows, valid_rows = lesson.read(args.train, None), lesson.read(args.test, args.valid_rows)
vocabulary = lesson.vocabulary(train_rows)
train_rows = train_rows[: args.rows]


def encode(rows):
    return [(torch.tensor(lesson.ids(vocabulary, args.model, row)), row[0]) for row in rows]


train, valid = encode(train_rows), encode(valid_rows)
vectorise_s = time.perf_counter() - start


def batches(examples, shuffle):
    order = torch.randperm(len(examples)).tolist() if shuffle else range(len(examples))
    for first in range(0, len(examples), args.batch):
        chosen = [examples[row] for row in order[first : first + args.batch]]
        ids = pad_sequence([ids for ids, _ in chosen], batch_first=True)
        lengths, labels = torch.tensor([len(ids) for ids, _ in chosen]), torch.tensor([label for _, label in chosen])
        yield ids.to(device), lengths, labels.to(device)  # packing wants lengths on the CPU


# --- model --------------------------------------------------------------------------------------------------------------------


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        layers, directions = (2, 2) if args.model == "bilstm2" else (1, 1)
        kind = {"rnn": nn.RNN, "gru": nn.GRU}.get(args.model.split("_")[0], nn.LSTM)
        self.embedding = nn.Embedding(lesson.VOCABULARY_SIZE, size["embedding"], sparse=args.optimizer == "sparse")
        self.rnn = kind(size["embedding"], size["hidden"], num_layers=layers, bidirectional=directions == 2, batch_first=True)
        self.linear = nn.Linear(size["hidden"] * directions, lesson.CLASSES)

    def forward(self, ids, lengths):
        x = self.embedding(ids)
        if not size["padding"] and not args.padded:
            x = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        output, h_n = self.rnn(x)
        if args.model == "rnn_mean":
            return self.linear(output.mean(1))
        if args.padded:
            # Forwards the state at the own end is that of a packed sequence; backwards the padding has been read before.
            ends = output[torch.arange(len(output), device=device), lengths.to(device) - 1]
            if self.rnn.bidirectional:
                ends = torch.cat([ends[:, : size["hidden"]], output[:, 0, size["hidden"] :]], 1)
            return self.linear(ends)
        if isinstance(h_n, tuple):
            h_n = h_n[0]
        return self.linear(torch.cat([h_n[-2], h_n[-1]], 1) if self.rnn.bidirectional else h_n[-1])


def build():
    """A model with its optimisers; the same seed gives the same weights and the same order of rows."""
    torch.manual_seed(args.seed)
    model = Classifier().to(device)
    embedding = list(model.embedding.parameters())
    others = [parameter for name, parameter in model.named_parameters() if not name.startswith("embedding")]
    if args.optimizer == "sparse":
        return model, [torch.optim.SparseAdam(embedding, lr=lesson.LEARNING_RATE), torch.optim.Adam(others, lr=lesson.LEARNING_RATE)]
    return model, [torch.optim.Adam(embedding + others, lr=lesson.LEARNING_RATE, fused=args.optimizer == "fused")]


loss_function = nn.CrossEntropyLoss()


def learn(model, optimizers, some_batches):
    model.train()
    for ids, lengths, labels in some_batches:
        for optimizer in optimizers:
            optimizer.zero_grad()
        loss_function(model(ids, lengths), labels).backward()
        for optimizer in optimizers:
            optimizer.step()


# The first step loads parts of PyTorch (half a minute from a cold disk): outside the clock, with a model that is thrown away.
learn(*build(), itertools.islice(batches(train, shuffle=False), 2))
model, optimizers = build()


def train_epoch():
    learn(model, optimizers, batches(train, shuffle=True))
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def gpu_mb():
    return round(torch.cuda.memory_allocated(device) / 2**20, 1)


@torch.no_grad()
def accuracy():
    model.eval()
    right = sum((model(ids, lengths).argmax(1) == labels).sum().item() for ids, lengths, labels in batches(valid, shuffle=False))
    return right / len(valid)


suffix = "" if args.optimizer == "adam" else f" {args.optimizer}"
if args.padded:
    suffix += " padded"
facts = dict(
    peer=f"torch {torch.__version__}{suffix}",
    rows=len(train),
    params=sum(parameter.numel() for parameter in model.parameters()),
    vectorise_s=round(vectorise_s, 3),
    optimizer=OPTIMIZERS[args.optimizer],
    init="pytorch",
    device="CPU" if device.type == "cpu" else f"cuda:{device.index or 0}, {torch.cuda.get_device_name(device)}",
)
lesson.run(args, facts, train_epoch, accuracy, gpu_mb if device.type == "cuda" else None)
