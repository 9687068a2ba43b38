"""The classifier of a run folder as a PyTorch module: the same names in its state_dict, the same logits."""

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Classifier(nn.Module):
    """Embedding, recurrent layers, a linear layer on the final state or on the mean of the states."""

    def __init__(self, run, reading):
        super().__init__()
        self.run, self.reading = run, reading
        self.add_module(run.embedding, nn.Embedding(*run.weights[f"{run.embedding}.weight"].shape))
        for name in dict.fromkeys(level.layer for level in run.levels):
            levels = [level for level in run.levels if level.layer == name]
            first = levels[0]
            inputs = run.weights[first.name("weight_ih", "")].shape[1]
            options = {"nonlinearity": reading.nonlinearity} if first.cell == "RNN" else {}
            bidirectional = len(first.directions) == 2
            layer = getattr(nn, first.cell)(inputs, first.hidden, len(levels), batch_first=True, bidirectional=bidirectional, **options)
            self.add_module(name, layer)
        outputs, inputs = run.weights[f"{run.linear}.weight"].shape
        self.add_module(run.linear, nn.Linear(inputs, outputs))
        self.load_state_dict({name: torch.from_numpy(weight) for name, weight in run.weights.items()})
        trained = run.trained()
        for name, parameter in self.named_parameters():
            parameter.requires_grad_(name in trained)

    def forward(self, ids, lengths):
        """ids (B, T) and lengths (B,) to logits (B, C)."""
        x = self.get_submodule(self.run.embedding)(ids)
        for name in dict.fromkeys(level.layer for level in self.run.levels):
            layer = self.get_submodule(name)
            if self.reading.masked:
                packed, h_n = layer(pack_padded_sequence(x, lengths.cpu(), batch_first=True, enforce_sorted=False))
                x = pad_packed_sequence(packed, batch_first=True, total_length=ids.shape[1])[0]
            else:
                x, h_n = layer(x)
            h_n = h_n[0] if isinstance(h_n, tuple) else h_n
            directions = 2 if layer.bidirectional else 1
        state = {
            "final": lambda: torch.cat(list(h_n[-directions:]), 1),
            "mean": lambda: x.mean(1),
            "mean of length": lambda: (x * (torch.arange(x.shape[1]) < lengths[:, None])[..., None]).sum(1) / lengths[:, None],
        }[self.reading.state]()
        return self.get_submodule(self.run.linear)(state)

    @torch.no_grad()
    def logits(self, ids, lengths):
        """The same on numpy arrays."""
        return self.eval()(torch.from_numpy(ids), torch.from_numpy(lengths)).double().numpy()


def load(run):
    """The classifier with the run's weights, checked against the logits that the Rust model gave."""
    return Classifier(run, run.reading(lambda reading, ids, lengths: Classifier(run, reading).logits(ids, lengths)))
