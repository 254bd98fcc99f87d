#!/usr/bin/env bash
# walkit feed over files that somebody damaged: it says so, or leaves out or marks what it does not know, and never gives
# a row that the whole files do not give. Where pages have no checksums, a byte of a name may pass for another.
#
#   WALKIT_TEST_DAMAGES=500         so many random bytes of the data directory instead of 40
#   WALKIT_TEST_SEED=7              other ones
#   WALKIT_TEST_PG=13,14,16,17,18   with these majors instead of 15 (see lib.sh)
# shellcheck source=tests/integration/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
on_each_major "$0"

server_init --wal-segsize=1 --data-checksums
server_start wal_level=replica autovacuum=off wal_keep_size=1GB
sql --file=- <<'SQL'
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE t (id int PRIMARY KEY, v text, m mood, r int4range);
INSERT INTO t SELECT i, 'old', 'ok', int4range(i, i + 2) FROM generate_series(1, 300) i;
ALTER TABLE t ADD COLUMN d int DEFAULT 7, DROP COLUMN r;
DO $$ BEGIN FOR i IN 1..20 LOOP EXECUTE format('CREATE TABLE filler_%s (id int PRIMARY KEY, v text)', i); END LOOP; END $$;
SQL
server_stop
as_server_user cp -a "$scratch/data" "$scratch/base"
server_start wal_level=replica autovacuum=off wal_keep_size=1GB full_page_writes=off
sql -c "INSERT INTO t VALUES (301, 'new', 'sad', 1)" -c "UPDATE t SET v = 'newer' WHERE id % 3 = 0" \
  -c "DELETE FROM t WHERE id > 250" -c "INSERT INTO filler_7 VALUES (1, 'x')" -c "SELECT pg_switch_wal()" >/dev/null
server_stop
database=$(basename "$(find "$scratch/base/base" -mindepth 1 -maxdepth 1 -name '[0-9]*' | sort -V | tail -1)")

WALKIT=$WALKIT python3 -B - "$scratch" "$database" "${WALKIT_TEST_DAMAGES:-40}" "${WALKIT_TEST_SEED:-3}" <<'PYTHON'
import json, os, random, subprocess, sys

scratch, database, damages, seed = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
base, wal = scratch + "/base", scratch + "/data/pg_wal"
random.seed(seed)


def feed():
    done = subprocess.run([os.environ["WALKIT"], "feed", "--catalog=" + base, "--database=postgres", wal],
                          capture_output=True, timeout=60)
    errors = [line for line in done.stderr.decode().splitlines() if "full_page_writes was off" not in line]
    return done.returncode, done.stdout.decode().splitlines(), "\n".join(errors)


def fail(*what):
    sys.exit("FAILED: " + " ".join(map(str, what)))


status, whole, errors = feed()
if status != 0 or errors or len(whole) < 150:
    fail("the whole:", status, errors)
known = set(whole)


def sound(line):
    """An event of the whole, or one that says what it does not know and is of the whole but for that."""
    event = json.loads(line)
    if line in known or event["event"] in ("gap", "begin"):
        return True
    return "unavailable" in event or "old_unavailable" in event


def check(what, may_be_whole=True):
    status, lines, errors = feed()
    if status not in (0, 1, 3):
        fail(what, "exit status", status, errors)
    if status != 0 and len(errors.splitlines()) != 1:
        fail(what, "not one line on stderr:", errors)
    for line in lines:
        if not sound(line):
            fail(what, "another event than of the whole:", line)
    if not may_be_whole and status == 0 and lines == whole:
        fail(what, "was not noticed")
    missing = [line for line in whole if line not in lines]
    if status == 0 and missing and not any("unavailable" in line for line in lines):
        fail(what, "events are missing and nothing says so:", missing[0])
    return status, errors


class Changed:
    """A file, changed for as long as this lives."""

    def __init__(self, path, change):
        self.path = path
        with open(path, "rb") as file:
            self.bytes = file.read()
        changed = bytearray(self.bytes)
        change(changed)
        with open(path, "wb") as file:
            file.write(changed)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with open(self.path, "wb") as file:
            file.write(self.bytes)


def flip(at, bit):
    def change(data):
        data[at] ^= 1 << bit
    return change


def zero(start, size):
    def change(data):
        data[start:start + size] = bytes(size)
    return change


def cut(size):
    def change(data):
        del data[size:]
    return change


catalogs = {"pg_class": 1259, "pg_attribute": 1249, "pg_type": 1247, "pg_namespace": 2615, "pg_enum": 3501,
            "pg_index": 2610, "pg_range": 3541}
paths = {name: f"{base}/base/{database}/{oid}" for name, oid in catalogs.items()}
paths |= {"pg_database": base + "/global/1262", "map": f"{base}/base/{database}/pg_filenode.map",
          "shared map": base + "/global/pg_filenode.map", "pg_control": base + "/global/pg_control",
          "pg_xact": base + "/pg_xact/0000"}
told = 0
for name in catalogs:
    pages = os.path.getsize(paths[name]) // 8192
    for block in range(pages):
        with Changed(paths[name], flip(block * 8192 + random.randrange(24, 8192), random.randrange(8))):
            status, errors = check(f"{name}, block {block}, a bit")
            if status != 3 or f"/{catalogs[name]} is damaged in block {block}" not in errors:
                fail(f"{name}, block {block}, a bit:", status, errors)
        with Changed(paths[name], zero(block * 8192, 8192)):
            check(f"{name}, block {block}, zeros")
        with Changed(paths[name], cut(block * 8192 + 100)):
            check(f"{name}, cut in block {block}")
for count in range(damages):
    name = random.choice(list(paths))
    size = min(os.path.getsize(paths[name]), 8192 if name == "pg_control" else 1 << 30)
    at, bit = random.randrange(size), random.randrange(8)
    with Changed(paths[name], flip(at, bit)):
        told += check(f"{name}, byte {at}, bit {bit}")[0] != 0
print(f"{damages} damaged bytes, {told} of them told")

# A table's page: its rows are not known any more.
table = [entry for entry in os.listdir(f"{base}/base/{database}") if entry.isdigit() and int(entry) >= 16384]
for entry in table:
    path = f"{base}/base/{database}/{entry}"
    if os.path.getsize(path) > 0:
        with Changed(path, flip(5000, 3)):
            check(f"file {entry}, a bit")

# Every byte of one record.
segments = sorted(entry for entry in os.listdir(wal) if len(entry) == 24 and not entry.startswith("archive"))
delete = json.loads([line for line in whole if '"delete"' in line][5])
high, low = (int(part, 16) for part in delete["lsn"].split("/"))
segment = [entry for entry in segments if int(entry[8:16], 16) == high and int(entry[16:], 16) == low >> 20][0]
for at in range(low % (1 << 20), low % (1 << 20) + 54):
    with Changed(f"{wal}/{segment}", flip(at, random.randrange(8))):
        status, errors = check(f"WAL, byte {at}", may_be_whole=False)
        if status != 1 or "error in WAL record" not in errors:
            fail(f"WAL, byte {at}:", status, errors)
PYTHON
