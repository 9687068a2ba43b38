"""Times a warm cell that defines a model: its layers derived, and written by hand, turn by turn.

usage: derive.py [TURNS] [KERNEL]   (a kernelspec's name; default: 15 turns of `rust`)
Prints one JSON line: the median seconds of both, and of their differences.
"""

import json
import statistics
import sys

from session import Session, repository
from test_kernel import DEP

FORWARD = """impl Model for NAME {
    fn forward(&self, batch: &Batch) -> Result<Tensor> {
        let x = self.embedding.forward(&batch.input)?;
        self.linear.forward(&self.lstm.forward(&x, None)?.h_n)
    }
}"""
FIELDS = "struct NAME { embedding: Embedding, lstm: Lstm, linear: Linear }\n"
DERIVED = "#[derive(Module)]\n" + FIELDS + FORWARD
BY_HAND = (
    FIELDS
    + """impl Module for NAME {
    fn layers(&self) -> Vec<(String, &dyn Module)> {
        vec![("embedding".into(), &self.embedding), ("lstm".into(), &self.lstm), ("linear".into(), &self.linear)]
    }
}
"""
    + FORWARD
)


def main():
    """Measures and prints."""
    turns = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    kernel = sys.argv[2] if len(sys.argv) > 2 else "rust"
    seconds = {"derived_s": [], "by_hand_s": []}
    with Session(repository() / "notebooks", kernel) as session:
        cells = [DEP, "let warm = 1;", DERIVED.replace("NAME", "Warm")]
        for code in cells:
            if session.run(code).error:
                sys.exit(f"a cell failed: {code}")
        for turn in range(turns):
            pair = [("derived_s", DERIVED), ("by_hand_s", BY_HAND)]
            for key, code in pair if turn % 2 else reversed(pair):
                cell = session.run(code.replace("NAME", f"Net{turn}{key[:1].upper()}"))
                if cell.error:
                    sys.exit(cell.error)
                seconds[key].append(cell.seconds)
    medians = {key: round(statistics.median(all_seconds), 4) for key, all_seconds in seconds.items()}
    differences = [a - b for a, b in zip(seconds["derived_s"], seconds["by_hand_s"])]
    print(json.dumps({**medians, "difference_s": round(statistics.median(differences), 4)}))


if __name__ == "__main__":
    main()
