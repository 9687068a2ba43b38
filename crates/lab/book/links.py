"""Checks that every link inside the book leads somewhere: the file is there, and so is the place in it.

usage: python links.py DIR
"""

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class Document(HTMLParser):
    """Where one HTML file points to, and the places in it that can be pointed to."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.places: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        for name, value in attributes:
            if name in ("href", "src") and value:
                self.targets.append(value)
            elif name == "id" and value or (tag == "a" and name == "name" and value):
                self.places.add(value)


def broken_links(folder: Path) -> list[str]:
    # the theme leaves templates of its own in _static/
    pages = [path for path in sorted(folder.rglob("*.html")) if "_static" not in path.relative_to(folder).parts]
    documents = {path.resolve(): Document(path) for path in pages}
    broken = []
    for path, document in documents.items():
        for target in document.targets:
            url = urlsplit(target)
            if url.scheme or url.netloc or target == "#":
                continue
            there = (path.parent / unquote(url.path)).resolve() if url.path else path
            if there.is_dir():
                there /= "index.html"
            name = path.relative_to(folder.resolve())
            if not there.exists():
                broken.append(f"{name}: {target}: there is no such file")
            elif url.fragment and there in documents and unquote(url.fragment) not in documents[there].places:
                broken.append(f"{name}: {target}: there is no such place in the file")
    return broken


if __name__ == "__main__":
    problems = broken_links(Path(sys.argv[1]))
    print("\n".join(problems) or "every link inside the book leads somewhere")
    sys.exit(1 if problems else 0)
