"""The lesson's models in Keras, on TensorFlow or on JAX, trained as its notebook does. See lesson.py for what is printed.

On JAX a step is compiled for each number of time steps, in the first epoch.
"""

import os
import time

import lesson

args = lesson.arguments("The lesson's models in Keras.", ("--backend", dict(choices=("tensorflow", "jax"), default="tensorflow")))
os.environ["KERAS_BACKEND"] = args.backend
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ["XLA_FLAGS"] = f"--xla_cpu_multi_thread_eigen={str(args.threads > 1).lower()} intra_op_parallelism_threads={args.threads}"

import keras
import numpy as np
import tensorflow as tf

args.start_rss_mb = lesson.peak_rss_mb()
tf.config.threading.set_intra_op_parallelism_threads(args.threads)
tf.config.threading.set_inter_op_parallelism_threads(args.threads)
keras.utils.set_random_seed(args.seed)
size = lesson.MODELS[args.model]
L = keras.layers

# --- data: words to ids, in batches, before the clock starts ------------------------------------------------------------------

start = time.perf_counter()
train_rows, valid_rows = lesson.read(args.train, None), lesson.read(args.test, args.valid_rows)
vectorizer = L.TextVectorization(max_tokens=lesson.VOCABULARY_SIZE)
vectorizer.adapt(tf.constant([row[1] for row in train_rows[: lesson.VOCABULARY_ROWS]]))
train_rows = train_rows[: args.rows]


def dataset(rows):
    texts, labels = [lesson.text(args.model, row) for row in rows], np.array([row[0] for row in rows])
    batches = tf.data.Dataset.from_tensor_slices((tf.constant(texts), labels)).batch(args.batch)
    batches = batches.map(lambda texts, labels: (vectorizer(texts), labels)).cache().prefetch(2)
    for _ in batches:  # fills the cache
        pass
    return batches


train = dataset(train_rows)
valid = dataset(valid_rows) if valid_rows else None
vectorise_s = time.perf_counter() - start

# --- model --------------------------------------------------------------------------------------------------------------------

embedding = L.Embedding(lesson.VOCABULARY_SIZE, size["embedding"], mask_zero=not size["padding"])
hidden = size["hidden"]
layers = {
    "rnn_title": lambda: [L.SimpleRNN(hidden)],
    "rnn_mask": lambda: [L.SimpleRNN(hidden)],
    "lstm8": lambda: [L.LSTM(hidden)],
    "gru": lambda: [L.GRU(hidden)],
    "rnn_mean": lambda: [L.SimpleRNN(hidden, return_sequences=True), L.GlobalAveragePooling1D()],
    "lstm_packed": lambda: [L.LSTM(hidden)],
    "bilstm2": lambda: [L.Bidirectional(L.LSTM(hidden, return_sequences=True)), L.Bidirectional(L.LSTM(hidden))],
}[args.model]()
model = keras.Sequential([embedding, *layers, L.Dense(lesson.CLASSES, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy", metrics=["acc"], optimizer=keras.optimizers.Adam(lesson.LEARNING_RATE))

# The graph is traced outside the clock; then everything goes back to where it was.
model.build((None, None))
model.optimizer.build(model.trainable_variables)
state = [(variable, np.array(variable)) for variable in [*model.variables, *model.optimizer.variables]]
model.fit(train.take(2), shuffle=False, verbose=0)
if valid:
    model.evaluate(valid.take(1), verbose=0)
for variable, value in state:
    variable.assign(value)

facts = dict(
    peer=f"keras {keras.__version__} " + (f"tensorflow {tf.__version__}" if args.backend == "tensorflow" else "jax"),
    rows=len(train_rows),
    params=model.count_params(),
    vectorise_s=round(vectorise_s, 3),
    optimizer="Adam",
    init="keras",
)
lesson.run(args, facts, train_epoch=lambda: model.fit(train, shuffle=False, verbose=0), accuracy=lambda: model.evaluate(valid, verbose=0)[1])
