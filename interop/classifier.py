"""The classifier of a run folder as a PyTorch module: the same names in its state_dict, the same logits."""

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Classifier(nn.Module):
    """Embedding, recurrent layers, a linear layer on the final state or on the mean of the states, with dropout where the run lists it."""

    def __init__(self, run, reading):
        super().__init__()
        self.run, self.reading = run, reading
        for name in (layer["name"] for layer in run.run["layers"]):
            levels = [level for level in run.levels if level.layer == name]
            if levels:
                first = levels[0]
                inputs = run.weights[first.name("weight_ih", "")].shape[1]
                options = {"nonlinearity": reading.nonlinearity} if first.cell == "RNN" else {}
                options |= {"bidirectional": len(first.directions) == 2, "dropout": run.dropout(name)}
                layer = getattr(nn, first.cell)(inputs, first.hidden, len(levels), batch_first=True, **options)
            elif name == run.embedding:
                layer = nn.Embedding(*run.weights[f"{name}.weight"].shape)
            elif name == run.linear:
                layer = nn.Linear(*reversed(run.weights[f"{name}.weight"].shape))
            else:
                layer = nn.Dropout(run.dropout(name))
            self.add_module(name, layer)
        self.load_state_dict({name: torch.from_numpy(weight) for name, weight in run.weights.items()})
        trained = run.trained()
        for name, parameter in self.named_parameters():
            parameter.requires_grad_(name in trained)

    def forward(self, ids, lengths):
        """ids (B, T) and lengths (B,) to logits (B, C)."""
        x = ids
        for name, layer in self.named_children():
            if isinstance(layer, nn.RNNBase):
                x, h_n = states(layer, x, lengths, self.reading.masked)
                if name == self.run.levels[-1].layer:
                    x = read(self.reading.state, x, h_n[-2 if layer.bidirectional else -1 :], lengths)
            else:
                x = layer(x)
        return x

    @torch.no_grad()
    def logits(self, ids, lengths):
        """The same on numpy arrays."""
        return self.eval()(torch.from_numpy(ids), torch.from_numpy(lengths)).double().numpy()


def states(layer, x, lengths, masked):
    """All states (B, T, D·H) of a recurrent layer, and the final ones of each level and direction (B, H)."""
    if masked:
        packed, h_n = layer(pack_padded_sequence(x, lengths.cpu(), batch_first=True, enforce_sorted=False))
        x = pad_packed_sequence(packed, batch_first=True, total_length=x.shape[1])[0]
    else:
        x, h_n = layer(x)
    return x, h_n[0] if isinstance(h_n, tuple) else h_n


def read(state, x, h_n, lengths):
    """What is classified (B, D·H)."""
    match state:
        case "final":
            return torch.cat(list(h_n), 1)
        case "mean":
            return x.mean(1)
        case "mean of length":
            return (x * (torch.arange(x.shape[1]) < lengths[:, None])[..., None]).sum(1) / lengths[:, None]


def load(run):
    """The classifier with the run's weights, checked against the logits that the Rust model gave."""
    return Classifier(run, run.reading(lambda reading, ids, lengths: Classifier(run, reading).logits(ids, lengths)))
