"""Compares what a Kafka broker holds with the events that `walkit feed` wrote to a file; fails where they differ.

Usage: feed_kafka_compare.py FORMAT PREFIX EVENTS MESSAGES once|killed|again

MESSAGES has a JSON object a line for each message: topic, partition, offset, key, value, headers. Every event must be
there, on its topic and under its key, and nothing else; in each partition in the order of ids; equal keys in one
partition. A message may come again, but with `once`, the same to the letter: after the feed was killed from an earlier
one on, and so with `again`, after an error, when the broker may have taken later ones without the one that failed.
"""

import collections
import json
import re
import sys


def parse(text):
    return json.loads(text, parse_int=str, parse_float=str)


def topic_of(prefix, *names):
    legal = ["".join(c if re.match(r"[a-zA-Z0-9._-]", c) else "__" if ord(c) > 0xFFFF else "_" for c in name)
             for name in names]
    return ".".join([prefix, *legal])


def walkit_event(prefix, event):
    """Topic, key and id that an event of walkit's own format must have."""
    if event["event"] == "message":
        return topic_of(prefix, "message"), {"prefix": event["prefix"]}, event["id"]
    if event["event"] in ("begin", "commit", "schema"):
        return topic_of(prefix, "transaction"), None, event["id"]
    key = event.get("key")
    return topic_of(prefix, event["database"], event["schema"], event["table"]), key, event["id"]


def wal2json_event(prefix, event):
    if event["action"] in "BC":
        return topic_of(prefix, "transaction"), None, ...
    if event["action"] == "M":
        return topic_of(prefix, "message"), {"prefix": event["prefix"]}, ...
    return topic_of(prefix, "postgres", event["schema"], event["table"]), ..., ...


def debezium_event(prefix, event):
    if event["op"] == "m":
        return topic_of(prefix, "message"), {"prefix": event["message"]["prefix"]}, ...
    return topic_of(prefix, event["source"]["schema"], event["source"]["table"]), ..., ...


EXPECTED = {"walkit": walkit_event, "wal2json": wal2json_event, "debezium": debezium_event}


def place(identity):
    """What sorts ids as their events come."""
    lsn, ordinal, *part = identity.split("/")[2:]
    number = {"begin": -1, "message": -1, "commit": 1 << 62}.get(ordinal)
    return int(lsn, 16), int(ordinal) if number is None else number, part


def key_complaint(form, key, value):
    """Of a key that only the row can tell: its members are the row's."""
    if key is None:
        return None
    if form == "debezium":
        row = value["before"] or value["after"]
    else:
        columns = value.get("identity") or value.get("columns") or []
        row = {column["name"]: column["value"] for column in columns}
    wrong = {name for name in key if row.get(name, ...) != key[name]}
    return f"key {key} is not of {row}" if wrong else None


def first_ones(ids):
    return list(dict.fromkeys(ids))


def last_ones(ids):
    return first_ones(reversed(ids))[::-1]


def complaints(form, prefix, events, messages, times):
    """Yields what is wrong."""
    known, partitions, orders = {}, {}, collections.defaultdict(list)
    seen = collections.Counter()
    for message in messages:
        identity = message["headers"].get("id")
        content = message["topic"], message["key"], message["value"]
        if known.setdefault(identity, content) != content:
            yield f"two contents of {identity}: {known[identity]} and {content}"
        seen[identity] += 1
        orders[message["topic"], message["partition"]].append(identity)
        if message["key"] is not None:
            there = partitions.setdefault((message["topic"], message["key"]), message["partition"])
            if there != message["partition"]:
                yield f'key {message["key"]} of {message["topic"]} is in two partitions'
    if times == "once" and max(seen.values(), default=0) > 1:
        yield f"{sum(seen.values()) - len(seen)} messages more than once"
    for there, ids in orders.items():
        for order in [last_ones(ids)] + ([first_ones(ids)] if times != "again" else []):
            if order != sorted(order, key=place):
                yield f"{there} is not in order: {order}"

    wanted = collections.Counter()
    for line in events:
        topic, key, identity = EXPECTED[form](prefix, parse(line))
        wanted[topic, line] += 1
        if identity is not ...:
            found = known.get(identity)
            if found is None or found[0] != topic or (found[1] and parse(found[1])) != key:
                yield f"{identity} should be in {topic} with the key {key}: {found}"
    there = collections.Counter((topic, value) for topic, _, value in known.values())
    for missing in wanted - there:
        yield f"missing: {missing}"
    for invented in there - wanted:
        yield f"invented: {invented}"
    if form != "walkit":
        for topic, key, value in known.values():
            if topic not in (f"{prefix}.transaction", f"{prefix}.message"):
                complaint = key_complaint(form, key and parse(key), parse(value))
                if complaint:
                    yield complaint


def main():
    form, prefix, events_path, messages_path, times = sys.argv[1:]
    events = [line.rstrip("\n") for line in open(events_path)]
    messages = [json.loads(line) for line in open(messages_path)]
    found = list(complaints(form, prefix, events, messages, times))
    for complaint in found[:20]:
        print(complaint[:1000])
    keys = sum(message["key"] is not None for message in messages)
    print(f"{form}: {len(events)} events, {len(messages)} messages, {keys} with a key, {len(found)} complaints")
    return 1 if found or not events else 0


if __name__ == "__main__":
    sys.exit(main())
