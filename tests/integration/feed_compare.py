"""Compares the events of `walkit feed` with those of a witness, change by change; prints differences and fails.

Usage: feed_compare.py test_decoding EVENTS SLOT_CHANGES    SLOT_CHANGES: lines of LSN, tab, xid, tab, JSON string
       feed_compare.py triggers EVENTS AUDIT_ROWS           AUDIT_ROWS: lines of a JSON object each

walkit may know more: whole old rows, and values that test_decoding calls unchanged. It may never know less here.
"""

import json
import re
import sys

COLUMN = re.compile(r'("(?:[^"]|"")+"|\w+)\[(.*?)\]:(null|unchanged-toast-datum|B?\'(?:[^\']|\'\')*\'|[^ ]+) ?')
UNCHANGED = object()


def value_text(value):
    """A value of an event as the server's output function prints it."""
    if value is True or value is False:
        return "t" if value else "f"
    return value


def row(values):
    return None if values is None else {name: value_text(value) for name, value in values.items()}


def read_events(path):
    """[(xid, commit end, [change])] in order, and the messages outside of transactions."""
    transactions, messages = [], []
    for line in open(path):
        event = json.loads(line, parse_int=str, parse_float=str)
        kind = event["event"]
        if kind == "begin":
            transactions.append((int(event["xid"]), event["commit_end"], []))
            assert "partial" not in event, line
        elif kind == "message":
            text = (event["prefix"], event["content"])
            (transactions[-1][2] if event["transactional"] else messages).append(("message", *text))
        elif kind not in ("commit", "schema"):
            assert not {"unavailable", "old_unavailable"} & event.keys(), line
            table = f'{event["schema"]}.{event["table"]}'
            change = (kind, table, row(event.get("new")), row(event.get("old")))
            if kind == "truncate":
                change += (event.get("restart_identity", False), event.get("cascade", False))
            transactions[-1][2].append(change)
    return [transaction for transaction in transactions if transaction[2]], messages  # without mere DDL


def decoded_value(text):
    if text == "null":
        return None
    if text == "unchanged-toast-datum":
        return UNCHANGED
    if text in ("true", "false"):
        return text[0]
    if text.startswith("B'"):
        text = text[1:]
    return text[1:-1].replace("''", "'") if text.startswith("'") else text


def unquoted(name):
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


def decoded_row(text):
    values, at = {}, 0
    while at < len(text):
        match = COLUMN.match(text, at)
        assert match, text[at:]
        values[unquoted(match[1])] = decoded_value(match[3])
        at = match.end()
    return values


def table_name(text):
    return ".".join(unquoted(part) for part in re.findall(r'"(?:[^"]|"")+"|\w+', text))


def decoded_changes(data):
    """The changes of one line of test_decoding's."""
    if data.startswith("message: "):
        match = re.match(r"message: transactional: . prefix: (.*?), sz: \d+ content:(.*)", data, re.DOTALL)
        return [("message", match[1], match[2])]
    match = re.match(r'table (.*?): (INSERT|UPDATE|DELETE|TRUNCATE): (.*)', data, re.DOTALL)
    tables, kind, rest = match.groups()
    if kind == "TRUNCATE":
        flags = ("restart_seqs" in rest, "cascade" in rest)
        return [("truncate", table_name(table), None, None, *flags) for table in tables.split(", ")]
    old, new = None, None
    if rest == "(no-tuple-data)":
        old = {}
    elif kind == "DELETE":
        old = decoded_row(rest)
    elif rest.startswith("old-key: "):
        before, after = rest[9:].split(" new-tuple: ")
        old, new = decoded_row(before), decoded_row(after)
    else:
        new = decoded_row(rest)
    return [(kind.lower(), table_name(tables), new, old)]


def read_slot(path):
    transactions, messages, current = [], [], None
    for line in open(path):
        lsn, xid, data = line.rstrip("\n").split("\t")
        data = json.loads(data)
        if data.startswith("BEGIN"):
            current = []
        elif data.startswith("COMMIT"):
            if current:
                transactions.append((int(xid), lsn, current))
        elif data.startswith("message: transactional: 0"):
            messages += decoded_changes(data)
        else:
            current += decoded_changes(data)
    return transactions, messages


def known_in(witness, event):
    """Whether the event's row has all that the witness knows."""
    if witness is None:
        return True
    return event is not None and all(event.get(name, UNCHANGED) == value for name, value in witness.items()
                                     if value is not UNCHANGED)


def agree(witness, event):
    if witness[0] == "message" or witness[0] == "truncate":
        return witness == event
    kind, table, new, old = witness
    if (kind, table) != event[:2] or not known_in(new, event[2]) or not known_in(old, event[3]):
        return False
    return new is None or set(new) == set(event[2])


def compare(witness, events, same_change):
    differences = 0
    for wanted, got in zip(witness, events):
        if wanted[:2] != got[:2] or len(wanted[2]) != len(got[2]):
            print(f"transaction {wanted[:2]} of {len(wanted[2])} changes, walkit's {got[:2]} of {len(got[2])}")
            print(f"  witness {str(wanted[2])[:2000]}\n  walkit  {str(got[2])[:2000]}")
            return 1
        for change, event in zip(wanted[2], got[2]):
            if not same_change(change, event):
                print(f"xid {wanted[0]}:\n  witness {str(change)[:2000]}\n  walkit  {str(event)[:2000]}")
                differences += 1
    if len(witness) != len(events):
        print(f"{len(witness)} transactions, walkit has {len(events)}")
        differences += 1
    return differences


def against_slot(events_path, slot_path):
    events, messages = read_events(events_path)
    slot, slot_messages = read_slot(slot_path)
    differences = compare(slot, events, agree)
    if messages != slot_messages:
        print(f"messages {slot_messages}, walkit's {messages}")
        differences += 1
    return differences, sum(len(transaction[2]) for transaction in slot)


def against_triggers(events_path, audit_path):
    by_xid = {}
    for line in open(audit_path):
        entry = json.loads(line)
        change = (entry["op"].lower(), entry["tbl"], entry["new"], entry["old"])
        by_xid.setdefault(entry["xid"], []).append(change)
    events, _ = read_events(events_path)
    watched = [(xid, "", [change[:4] for change in changes if change[1] != "public.audit_log" and change[0] != "message"])
               for xid, _, changes in events]
    watched = [transaction for transaction in watched if transaction[2]]
    order = [transaction[0] for transaction in watched]
    witness = [(xid, "", by_xid[xid]) for xid in sorted(by_xid, key=lambda xid: order.index(xid) if xid in order else -1)]
    return compare(witness, watched, lambda change, event: change == event), sum(map(len, by_xid.values()))


def main():
    mode, events_path, witness_path = sys.argv[1:]
    differences, changes = (against_slot if mode == "test_decoding" else against_triggers)(events_path, witness_path)
    print(f"{changes} changes compared, {differences} differences")
    return 1 if differences or changes == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
