"""Whether SEG.json says what SEG.txt and SEG.bkp say: `json_numbers.py SEG`, run by json.sh.

A number of the text counts as present if some value of the record's object has it: as a number (decimal or hexadecimal
in the text), inside a string, or as a boolean for T and F. Half numbers of `high/low` and `epoch:xid` pairs count when
the pair is a string or its halves are numbers.
"""
import json
import re
import sys

HEAD = re.compile(
    r"rmgr: (\S+) +len \(rec/tot\): +(\d+)/ *(\d+), tx: +(\d+), lsn: (\S+), prev (\S+), desc: (\S+) ?(.*)", re.S)
NUMBER = re.compile(r"0x[0-9A-Fa-f]+|\d+(?:\.\d+)?(?:e[+-]?\d+)?")
PAYLOAD = re.compile(r"bytes\): ((?:[0-9A-F]{2} )*[0-9A-F]{2})")
TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? UTC")


def leaves(value):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner)
    else:
        yield value


def numbers_of(record):
    """Every number in the object: what a number of the text is looked up in."""
    found = set()
    for leaf in leaves(record):
        if isinstance(leaf, bool):
            found.add(float(leaf))
        elif isinstance(leaf, (int, float)):
            found.update((float(leaf), float(-leaf)))  # the minus of -1 is no part of a number in the text
            if leaf >= 2**32:  # a FullTransactionId or an LSN, shown as two halves
                found.update((float(int(leaf) >> 32), float(int(leaf) & 0xFFFFFFFF)))
        elif isinstance(leaf, str):
            for word in re.findall(r"\b[0-9A-Fa-f]{1,16}\b", leaf):  # longer ones are payloads
                found.add(float(int(word, 16)))
            for word in NUMBER.findall(leaf):
                found.add(value_of(word))
    return found


def value_of(text):
    return float(int(text, 16)) if text.startswith("0x") else float(text)


def unpadded(lsn):
    high, low = lsn.split("/")
    return f"{int(high, 16):X}/{int(low, 16):X}"


def times_of(record):
    """Times of the object as the text has them, to the microsecond and without their zone."""
    return {re.sub(r"[T ]", " ", leaf)[:26] for leaf in leaves(record) if isinstance(leaf, str) and re.match(r"\d{4}-", leaf)}


def missing(text, record):
    """What the text of one record has and its object has not."""
    found, times = numbers_of(record), times_of(record)
    for time in TIME.findall(text):
        if time[:26].removesuffix(" UTC") not in times and not any(known.startswith(time[:19]) for known in times):
            yield time
    text = TIME.sub(" ", text)
    def without_known(pair):
        return " " if all(float(int(half, 16)) in found for half in pair[0].split("/")) else pair[0]

    text = re.sub(r"(?<![0-9A-F/])[0-9A-F]+/[0-9A-F]{1,8}(?![0-9A-F/])", without_known, text)
    payload = PAYLOAD.search(text)
    if payload and any(payload[1].replace(" ", "") == leaf for leaf in leaves(record)):
        text = text.replace(payload[1], " ")
    for word in NUMBER.findall(re.sub(r"[A-Za-z_]+\d+\b|\"[^\"]*\"", " ", text)):
        if value_of(word) not in found and not near(value_of(word), found):
            yield word


def near(value, found):
    """%g and %f lose digits."""
    return any(abs(value - other) <= 1e-5 * abs(value) for other in found)


def records(path):
    """The records of a text dump; in the long form the lines of block references belong to theirs."""
    current = None
    with open(path, encoding="utf-8", errors="replace", newline="\n") as file:
        for line in file:
            if line.startswith("rmgr: "):
                if current is not None:
                    yield current
                current = line
            elif current is not None:
                current += line
    if current is not None:
        yield current


def no_duplicates(pairs):
    keys = [key for key, _ in pairs]
    if len(keys) != len(set(keys)):
        raise ValueError(f"a key twice in {keys}")
    return dict(pairs)


def refuse_constant(name):
    raise ValueError(f"{name} is not JSON")


def main(segment):
    complaints = []
    with open(segment + ".json", "rb") as file:
        lines = file.read().split(b"\n")
    if lines.pop() != b"":
        complaints.append("the last line has no end")
    texts, longs = list(records(segment + ".txt")), list(records(segment + ".bkp"))
    if not len(lines) == len(texts) == len(longs):
        complaints.append(f"{len(lines)} objects, {len(texts)} records, {len(longs)} in the long form")
    for number, (line, text, long) in enumerate(zip(lines, texts, longs), 1):
        try:
            record = json.loads(line.decode("utf-8"), object_pairs_hook=no_duplicates, parse_constant=refuse_constant)
        except ValueError as error:
            complaints.append(f"line {number}: {error}: {line[:200]!r}")
            continue
        head = HEAD.match(text)
        strings = {leaf for leaf in leaves(record) if isinstance(leaf, str)}
        lsns = {unpadded(s) for s in strings if re.fullmatch(r"[0-9A-F]+/[0-9A-F]+", s)}
        lacking = [name for name in (head[1], head[7]) if name not in strings]
        lacking += [lsn for lsn in (head[5], head[6]) if unpadded(lsn) not in lsns]
        lacking += list(missing(" ".join(head.group(2, 3, 4)) + " " + head[8], record))
        lacking += list(missing(" ".join(long.splitlines()[1:]), record))
        if lacking:
            complaints.append(f"line {number}: lacks {lacking[:8]}: {text[:300].rstrip()} | {line[:600].decode()}")
    for complaint in complaints[:5]:
        print(complaint)
    if len(complaints) > 5:
        print(f"... and {len(complaints) - 5} more")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
