"""Serves an ONNX classifier over HTTP with ONNX Runtime and the run folder's tokenizer.

usage: serve_onnx.py MODEL.onnx RUN_FOLDER [--port 8000]        (port 0: any that is free)
       curl -d '{"texts": ["Home team wins the cup"]}' http://127.0.0.1:8000
"""

import argparse
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from run_folder import encode, without_padding

LONGEST_REQUEST = 1 << 20


class Service:
    def __init__(self, onnx_file, run_folder):
        self.session = onnxruntime.InferenceSession(onnx_file, providers=["CPUExecutionProvider"])
        self.classes = json.loads(self.session.get_modelmeta().custom_metadata_map["classes"])
        self.tokenizer = Tokenizer.from_file(str(Path(run_folder) / "tokenizer.json"))

    def predict(self, texts):
        """The probability of each class for each text."""
        probabilities = np.empty((len(texts), len(self.classes)))
        for places, ids, lengths in without_padding(encode(self.tokenizer, texts)):
            probabilities[places] = self.session.run(["probabilities"], {"ids": ids, "lengths": lengths})[0]
        return [dict(zip(self.classes, row)) for row in probabilities.tolist()]

    def answer(self, body):
        """The status and the JSON for one request."""
        try:
            texts = json.loads(body)["texts"]
        except (ValueError, KeyError, TypeError, RecursionError):
            texts = None
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            return 400, {"error": 'expected {"texts": ["a text", ...]}'}
        return 200, {"probabilities": self.predict(texts)}


def handler(service):
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            length = self.headers.get("Content-Length", "")
            if not length.isdecimal() or int(length) > LONGEST_REQUEST:
                return self.send(413, {"error": f"expected at most {LONGEST_REQUEST} bytes, and their number"})
            self.send(*service.answer(self.rfile.read(int(length))))

        def send(self, status, content):
            content = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    return Handler


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("onnx_file")
    parser.add_argument("run_folder")
    parser.add_argument("--port", type=int, default=8000)
    args = parser.parse_args()
    server = ThreadingHTTPServer(("127.0.0.1", args.port), handler(Service(args.onnx_file, args.run_folder)))
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
