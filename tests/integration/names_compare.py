#!/usr/bin/env python3
"""Compares names in `dump --format=json` and `stats --json` with what a server said while it wrote the WAL.

    names_compare.py TOLD DUMP STATS

TOLD has lines lsn|tablespace/database/file|label, all files of a database for each time it was asked. A record was
written between two of these times: its files have the names of one of them.
"""
import bisect
import collections
import json
import sys


def number(lsn):
    high, low = lsn.split("/")
    return int(high, 16) << 32 | int(low, 16)


def read_told(path):
    told = collections.defaultdict(dict)  # database: {lsn: {file: label}}
    with open(path) as lines:
        for line in lines:
            lsn, file, label = line.rstrip("\n").split("|", 2)
            told[file.split("/")[1]].setdefault(number(lsn), {})[file] = label
    return {database: (sorted(times), [times[lsn] for lsn in sorted(times)]) for database, times in told.items()}


def identifier(name):
    plain = name and all(c.islower() or c.isdigit() or c == "_" for c in name) and not name[0].isdigit()
    return name if plain else '"' + name + '"'


def label(name):
    if name is None:
        return None
    of = name["table"] and f'{identifier(name["table_schema"])}.{identifier(name["table"])}'
    own = f'{identifier(name["schema"])}.{identifier(name["name"])}'
    text = {
        "table": own,
        "materialized view": own,
        "sequence": f"sequence {own}",
        "index": f"index {own} of {of}",
        "toast": f"toast of {of}",
        "toast index": f"toast index of {of}",
    }[name["kind"]]
    return (identifier(name["database"]) + ": " if name["database"] else "") + text


def files_in(value):
    if isinstance(value, dict):
        if {"tablespace", "database", "relation", "name"} <= value.keys():
            yield value
        for member in value.values():
            yield from files_in(member)
    elif isinstance(value, list):
        for item in value:
            yield from files_in(item)


def file_of(row):
    return f'{row["tablespace"]}/{row["database"]}/{row["relation"]}'


told = read_told(sys.argv[1])
checked = collections.Counter()
wrong = []
for line in open(sys.argv[2]):
    record = json.loads(line)
    kind = f'{record["rmgr"]}/{record["type"]}'
    for row in files_in(record):
        file, found = file_of(row), label(row["name"])
        times, answers = told.get(str(row["database"]), ([], []))
        at = bisect.bisect_right(times, number(record["lsn"]))
        before = answers[at - 1].get(file) if at > 0 else None
        after = answers[at].get(file) if at < len(answers) else None
        if found is not None and found in (before, after):
            checked["named"] += 1
            checked["named only later"] += before is None
        elif before is None and after is None:
            checked["unknown to the server, too" if found is None else "between two times"] += 1
        elif found is None and before is None and kind == "Storage/CREATE":
            checked["created"] += 1
        elif found is None and before is None and kind.startswith("XLOG/FPI"):
            checked["copied before its name"] += 1
        else:
            wrong.append(f'{record["lsn"]} {kind} {file}: {found}, not {before} or {after}')

stats = json.load(open(sys.argv[3]))
last = {}
for _, answers in told.values():
    for answer in answers:
        last.update(answer)
for row in stats["relation"]:
    if row["relation"] is None or file_of(row) not in last:
        continue
    checked["in stats"] += 1
    if label(row["name"]) != last[file_of(row)]:
        wrong.append(f'stats: {file_of(row)}: {label(row["name"])}, not {last[file_of(row)]}')
for member in ("total_bytes", "records", "images"):
    by_relation, by_table = (sum(row[member] for row in stats[by]) for by in ("relation", "table"))
    if by_relation != by_table:
        wrong.append(f"stats: {member} {by_relation} by relation, {by_table} by table")

print(", ".join(f"{count} {what}" for what, count in checked.items()))
for line in wrong[:30]:
    print(line)
if wrong or checked["named"] < 10000 or checked["in stats"] < 100:
    sys.exit(f"{len(wrong)} wrong")
