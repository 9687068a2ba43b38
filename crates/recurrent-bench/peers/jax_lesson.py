"""The lesson's models in plain JAX (jit, lax.scan, optax). See lesson.py for what is printed.

jit compiles a step for each shape: T is rounded up to a multiple of 8, so that there are few. The first epoch compiles them.
"""

import os
import sys
import time
from functools import partial

import lesson

ROUND = 8
args = lesson.arguments(
    "The lesson's models in JAX.",
    ("--optimizer", dict(choices=("adam", "sparse"), default="adam", help="sparse: only a batch's embedding rows, as torch.optim.SparseAdam")),
)
if args.device != "cpu":
    sys.exit(f"--device {args.device}: this script trains on the processor only")
os.environ["XLA_FLAGS"] = f"--xla_cpu_multi_thread_eigen={str(args.threads > 1).lower()} intra_op_parallelism_threads={args.threads}"
os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import jax.numpy as jnp
import numpy as np
import optax

args.start_rss_mb = lesson.peak_rss_mb()
size = lesson.MODELS[args.model]
sparse = args.optimizer == "sparse"

# --- data: words to ids before the clock starts ------------------------------------------------------------------------------

start = time.perf_counter()
train_rows, valid_rows = lesson.read(args.train, None), lesson.read(args.test, args.valid_rows)
vocabulary = lesson.vocabulary(train_rows)
train_rows = train_rows[: args.rows]


def encode(rows):
    return [(lesson.ids(vocabulary, args.model, row), row[0]) for row in rows]


train, valid = encode(train_rows), encode(valid_rows)
vectorise_s = time.perf_counter() - start


def batches(examples, rng):
    """ids (B, T), lengths, labels and weights: a row that only fills a batch up has weight 0."""
    order = range(len(examples)) if rng is None else rng.permutation(len(examples))
    for first in range(0, len(examples), args.batch):
        chosen = [examples[row] for row in order[first : first + args.batch]]
        longest = max(len(ids) for ids, _ in chosen)
        ids = np.zeros((args.batch, -(-longest // ROUND) * ROUND), np.int32)
        lengths, labels, weights = np.ones(args.batch, np.int32), np.zeros(args.batch, np.int32), np.zeros(args.batch, np.float32)
        for row, (own, label) in enumerate(chosen):
            ids[row, : len(own)], labels[row], weights[row] = own, label, 1
            lengths[row] = longest if size["padding"] else len(own)
        yield ids, lengths, labels, weights


# --- model --------------------------------------------------------------------------------------------------------------------

E, H, V = size["embedding"], size["hidden"], lesson.VOCABULARY_SIZE
LAYERS, DIRECTIONS = (2, 2) if args.model == "bilstm2" else (1, 1)
KIND = {"rnn": "rnn", "gru": "gru"}.get(args.model.split("_")[0], "lstm")
GATES = {"rnn": 1, "gru": 3, "lstm": 4}[KIND]


def initial(seed):
    """Uniform numbers, as PyTorch's recurrent layers begin with."""
    keys = iter(jax.random.split(jax.random.key(seed), 2 + 2 * LAYERS * DIRECTIONS))
    uniform = lambda shape, bound: jax.random.uniform(next(keys), shape, minval=-bound, maxval=bound)
    inputs = [E] + [DIRECTIONS * H] * (LAYERS - 1)
    direction = lambda inputs: dict(w_ih=uniform((inputs, GATES * H), H**-0.5), w_hh=uniform((H, GATES * H), H**-0.5), b=jnp.zeros(GATES * H))
    layers = [[direction(count) for _ in range(DIRECTIONS)] for count in inputs]
    linear = dict(w=uniform((DIRECTIONS * H, lesson.CLASSES), 0.2), b=jnp.zeros(lesson.CLASSES))
    return uniform((V, E), 0.05), dict(layers=layers, linear=linear)


def cell(weights, state, x, is_word):
    """One step; a sequence that has ended keeps its state."""
    h, c = state
    z = h @ weights["w_hh"]
    if KIND == "rnn":
        new = jnp.tanh(x + z), c
    elif KIND == "gru":
        (x_r, x_z, x_n), (h_r, h_z, h_n) = jnp.split(x, 3, -1), jnp.split(z, 3, -1)
        keep = jax.nn.sigmoid(x_z + h_z)
        new = (1 - keep) * jnp.tanh(x_n + jax.nn.sigmoid(x_r + h_r) * h_n) + keep * h, c
    else:
        i, f, g, o = jnp.split(x + z, 4, -1)
        c_new = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        new = jax.nn.sigmoid(o) * jnp.tanh(c_new), c_new
    state = tuple(jnp.where(is_word, new, old) for new, old in zip(new, (h, c)))
    return state, state[0]


def read(weights, x, mask, reverse):
    """The last state and all states of one direction; x is (T, B, inputs)."""
    zeros = jnp.zeros((x.shape[1], H))
    step = lambda state, one: cell(weights, state, *one)
    (h, _), states = jax.lax.scan(step, (zeros, zeros), (x @ weights["w_ih"] + weights["b"], mask), reverse=reverse)
    return h, states


def logits(model, vectors, lengths):
    x = jnp.swapaxes(vectors, 0, 1)
    mask = (jnp.arange(x.shape[0])[:, None] < lengths[None])[..., None]
    for layer in model["layers"]:
        last, states = zip(*(read(weights, x, mask, direction == 1) for direction, weights in enumerate(layer)))
        x = jnp.concatenate(states, -1)
    h = (x * mask).sum(0) / lengths[:, None] if args.model == "rnn_mean" else jnp.concatenate(last, -1)
    return h @ model["linear"]["w"] + model["linear"]["b"]


def loss(model, vectors, lengths, labels, weights):
    each = optax.softmax_cross_entropy_with_integer_labels(logits(model, vectors, lengths), labels)
    return (each * weights).sum() / weights.sum()


# --- training -----------------------------------------------------------------------------------------------------------------

adam = optax.adam(lesson.LEARNING_RATE)


@partial(jax.jit, donate_argnums=(0, 1))
def dense_step(parameters, state, ids, *batch):
    gradient = jax.grad(lambda table, model: loss(model, table[ids], *batch), argnums=(0, 1))(*parameters)
    updates, state = adam.update(gradient, state)
    return optax.apply_updates(parameters, updates), state


@partial(jax.jit, donate_argnums=(0, 1))
def sparse_step(parameters, state, ids, *batch):
    (table, model), (of_model, m, v, count) = parameters, state
    d_model, d_vectors = jax.grad(loss, argnums=(0, 1))(model, table[ids], *batch)
    updates, of_model = adam.update(d_model, of_model)
    model = optax.apply_updates(model, updates)
    tokens = ids.reshape(-1)
    rows, place = jnp.unique(tokens, return_inverse=True, size=tokens.shape[0], fill_value=V)
    gradient = jnp.zeros((tokens.shape[0], E)).at[place.reshape(-1)].add(d_vectors.reshape(-1, E))
    count, (beta1, beta2) = count + 1, (0.9, 0.999)
    m_rows = beta1 * m[rows] + (1 - beta1) * gradient
    v_rows = beta2 * v[rows] + (1 - beta2) * gradient**2
    change = lesson.LEARNING_RATE * (m_rows / (1 - beta1**count)) / (jnp.sqrt(v_rows / (1 - beta2**count)) + 1e-8)
    put = dict(mode="drop")  # the fill value is no row
    state = of_model, m.at[rows].set(m_rows, **put), v.at[rows].set(v_rows, **put), count
    return (table.at[rows].add(-change, **put), model), state


step = sparse_step if sparse else dense_step
predict = jax.jit(lambda parameters, ids, lengths: logits(parameters[1], parameters[0][ids], lengths).argmax(-1))
parameters, rng = initial(args.seed), np.random.default_rng(args.seed)
params = sum(numbers.size for numbers in jax.tree.leaves(parameters))
zeros = lambda: jnp.zeros((V, E))
state = (adam.init(parameters[1]), zeros(), zeros(), jnp.float32(0)) if sparse else adam.init(parameters)


def train_epoch():
    global parameters, state
    for batch in batches(train, rng):
        parameters, state = step(parameters, state, *batch)
    jax.block_until_ready(parameters)


def accuracy():
    right = sum(
        ((np.asarray(predict(parameters, ids, lengths)) == labels) * weights).sum() for ids, lengths, labels, weights in batches(valid, None)
    )
    return float(right / len(valid))


facts = dict(
    peer=f"jax {jax.__version__}" + (" sparse" if sparse else ""),
    rows=len(train),
    params=params,
    vectorise_s=round(vectorise_s, 3),
    optimizer="rows of a batch, as SparseAdam + optax.adam" if sparse else "optax.adam",
    init="pytorch",
)
lesson.run(args, facts, train_epoch, accuracy)
