-- What the feed is tried on: every kind of change that there is. Run twice, in a cluster with wal_level=logical, whose
-- test_decoding is the witness, and in one with wal_level=replica, where triggers are (audit() does nothing in the
-- first).
SELECT setseed(0.42);
CREATE SCHEMA s2;
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TYPE s2.pair AS (x int, y text);
CREATE DOMAIN posint AS int CHECK (value > 0);
CREATE TABLE types (
  id int PRIMARY KEY, i2 smallint, i8 bigint, f4 real, f8 double precision, n numeric, nn numeric(12,3), b boolean,
  tx text, vc varchar(20), bp char(6), nm name, by bytea, d date, t time, tz timetz, ts timestamp, tsz timestamptz,
  iv interval, u uuid, j json, jb jsonb, ia int[], ta text[], m mood, p s2.pair, dm posint, r int4range, bi bit(5),
  vb varbit, ip inet, ci cidr, ma macaddr, pt point, o oid, tv tsvector);
SELECT audit('types');
INSERT INTO types
SELECT i, i, i * 10000000000, i / 7.0, random() * 1e9 - 5e8, random()::numeric * 1e6, i * 1.5, i % 2 = 0,
  repeat('x"\', i % 5) || E'\n' || i, 'v' || i, 'b' || i, 'n' || i, decode(md5(i::text), 'hex'), date '2000-01-01' + i * 100,
  time '00:00' + i * interval '17 min', timetz '00:00+02' + i * interval '1 min', timestamp '1999-12-31 23:59:59.5' + i * interval '1 day',
  timestamptz '2020-06-01 00:00:00+00' + i * interval '1.5 hours', i * interval '1 mon 2 days 03:04:05.5', md5(i::text)::uuid,
  json_build_object('a', i, 'b', null), jsonb_build_object('k', i, 'l', '[1, 2.50, "z"]'::jsonb), ARRAY[i, null, -i],
  ARRAY['a b', 'q"', null, ''], (ARRAY['sad', 'ok', 'happy'])[1 + i % 3]::mood, ROW(i, 'p,' || i)::s2.pair, i + 1,
  int4range(i, i + 3), i::bit(5), B'1011', ('10.0.0.' || i)::inet, '192.168.0.0/24', '08:00:2b:01:02:03', point(i, -i), i,
  to_tsvector('english', 'the quick fox ' || i)
FROM generate_series(0, 60) i;
INSERT INTO types (id, f4, f8, n, d, ts, tsz) VALUES
  (1001, 'NaN', 'NaN', 'NaN', 'infinity', 'infinity', '-infinity'),
  (1002, '-Infinity', 'Infinity', '-1e-20', '0044-03-15 BC', '0001-01-01 BC', '294276-12-31 23:59:59.999999+00');
UPDATE types SET tx = tx || '!', n = n * 2 WHERE id % 3 = 0;
UPDATE types SET id = id + 5000 WHERE id < 5;
DELETE FROM types WHERE id BETWEEN 10 AND 20;

-- Transactions.
CREATE TABLE tx (id int PRIMARY KEY, v text);
SELECT audit('tx');
BEGIN; INSERT INTO tx VALUES (1, 'a'); SAVEPOINT a; INSERT INTO tx VALUES (2, 'gone'); UPDATE tx SET v = 'gone' WHERE id = 1;
ROLLBACK TO a; INSERT INTO tx VALUES (3, 'c'); SAVEPOINT b; UPDATE tx SET v = 'd' WHERE id = 3; RELEASE b; COMMIT;
BEGIN; INSERT INTO tx VALUES (4, 'never'); ROLLBACK;
BEGIN; INSERT INTO tx VALUES (5, 'prepared'); SAVEPOINT s; INSERT INTO tx VALUES (6, 'prepared, too'); PREPARE TRANSACTION 'one';
BEGIN; INSERT INTO tx VALUES (7, 'prepared in vain'); PREPARE TRANSACTION 'two';
INSERT INTO tx VALUES (8, 'between');
COMMIT PREPARED 'one';
ROLLBACK PREPARED 'two';
BEGIN; SAVEPOINT s; INSERT INTO tx VALUES (9, 'prepared by a subtransaction alone'); PREPARE TRANSACTION 'three';
COMMIT PREPARED 'three';
DO $$ BEGIN FOR i IN 100..400 LOOP
  BEGIN INSERT INTO tx VALUES (i, 'sub ' || i); IF i % 7 = 0 THEN RAISE division_by_zero; END IF;
  EXCEPTION WHEN division_by_zero THEN NULL; END;
END LOOP; END $$;
INSERT INTO tx VALUES (1, 'conflict'), (900, 'new') ON CONFLICT (id) DO UPDATE SET v = excluded.v;
INSERT INTO tx VALUES (1, 'conflict'), (901, 'new') ON CONFLICT DO NOTHING;
SELECT 1 FROM tx WHERE id = 3 FOR UPDATE;
BEGIN; INSERT INTO tx VALUES (902, 'm'); SELECT pg_logical_emit_message(true, 'greeting', 'hello "world"'); COMMIT;
SELECT pg_logical_emit_message(false, 'outside', 'of any transaction');

-- Replica identities, and no key at all.
CREATE TABLE nokey (a int, b text);
CREATE TABLE fullid (a int, b text, c int);
ALTER TABLE fullid REPLICA IDENTITY FULL;
CREATE TABLE byindex (a int NOT NULL, b int NOT NULL, c text);
CREATE UNIQUE INDEX byindex_key ON byindex (b, a);
ALTER TABLE byindex REPLICA IDENTITY USING INDEX byindex_key;
CREATE TABLE noid (a int PRIMARY KEY, b int);
ALTER TABLE noid REPLICA IDENTITY NOTHING;
SELECT audit('nokey'), audit('fullid'), audit('byindex'), audit('noid');
INSERT INTO nokey VALUES (1, null), (2, 'two');
INSERT INTO fullid VALUES (1, null, 3), (2, 'two', null);
INSERT INTO byindex VALUES (1, 2, 'c'), (3, 4, 'd');
INSERT INTO noid SELECT i, i FROM generate_series(1, 5) i;
UPDATE nokey SET b = 'x'; UPDATE fullid SET c = 9; UPDATE byindex SET c = 'e'; UPDATE byindex SET a = a + 10; UPDATE noid SET b = 0;
DELETE FROM nokey WHERE a = 1; DELETE FROM fullid WHERE a = 1; DELETE FROM byindex WHERE b = 2; DELETE FROM noid WHERE a > 3;

-- Large values: compressed, out of line, changed and not.
CREATE TABLE large (id int PRIMARY KEY, big text, raw text, k int);
ALTER TABLE large ALTER raw SET STORAGE external;
SELECT audit('large');
INSERT INTO large SELECT i, repeat(md5(i::text), 300 * i), repeat('r' || i, 3000), 0 FROM generate_series(1, 8) i;
INSERT INTO large SELECT 100, string_agg(md5(i::text), ''), null, 1 FROM generate_series(1, 4000) i;
UPDATE large SET k = k + 1;
UPDATE large SET raw = raw || 'changed' WHERE id % 2 = 0;
DELETE FROM large WHERE id IN (1, 2, 100);
VACUUM FULL large;
UPDATE large SET k = k + 1;
ALTER TABLE large SET TABLESPACE elsewhere;
UPDATE large SET k = k + 1;
ALTER TABLE large ALTER k TYPE bigint;
UPDATE large SET k = k + 1;

-- Copying, and many rows on one page.
CREATE TABLE copied (a int PRIMARY KEY, b text);
SELECT audit('copied');
COPY copied FROM PROGRAM 'seq 1 500 | sed "s/.*/&\tline &/"';
UPDATE copied SET b = b || ' again' WHERE a % 10 = 0;
UPDATE copied SET b = b || ' and again' WHERE a % 10 = 0;
VACUUM copied;
DELETE FROM copied WHERE a % 3 = 0;
VACUUM FREEZE copied;
UPDATE copied SET a = -a WHERE a % 50 = 1;
VACUUM FULL copied;
UPDATE copied SET b = 'after VACUUM FULL' WHERE a % 100 = 2;
CLUSTER copied USING copied_pkey;
DELETE FROM copied WHERE a > 400;

-- Tables that change their looks.
CREATE TABLE shape (a int PRIMARY KEY, b text, c int, g int GENERATED ALWAYS AS (a * 2) STORED);
SELECT audit('shape');
INSERT INTO shape VALUES (1, 'one', 1), (2, 'two', 2);
ALTER TABLE shape ADD COLUMN d int DEFAULT 42;
ALTER TABLE shape ADD COLUMN e text;
INSERT INTO shape (a, b, c, e) VALUES (3, 'three', 3, 'e');
UPDATE shape SET e = 'old row' WHERE a = 1;
ALTER TABLE shape DROP COLUMN b;
INSERT INTO shape (a, c) VALUES (4, 4);
DELETE FROM shape WHERE a = 2;
BEGIN;
INSERT INTO shape (a, c) VALUES (5, 5);
ALTER TABLE shape ALTER COLUMN c TYPE bigint;
INSERT INTO shape (a, c) VALUES (6, 600000000000);
UPDATE shape SET c = c + 1 WHERE a = 1;
COMMIT;
ALTER TABLE shape RENAME COLUMN c TO cc;
ALTER TABLE shape RENAME TO shape2;
UPDATE shape2 SET cc = -cc;
ALTER TABLE shape2 SET SCHEMA s2;
DELETE FROM s2.shape2 WHERE a = 4;
ALTER TYPE mood ADD VALUE 'ecstatic';
INSERT INTO types (id, m) VALUES (2000, 'ecstatic');
ALTER TYPE mood RENAME VALUE 'sad' TO 'blue';
UPDATE types SET tx = 'renamed label' WHERE id IN (6, 9);

-- Partitions, with rows that move.
CREATE TABLE parted (a int, b text, PRIMARY KEY (a)) PARTITION BY RANGE (a);
CREATE TABLE parted_low PARTITION OF parted FOR VALUES FROM (0) TO (100);
CREATE TABLE parted_high PARTITION OF parted FOR VALUES FROM (100) TO (200);
SELECT audit('parted_low'), audit('parted_high');
INSERT INTO parted SELECT i, 'p' || i FROM generate_series(95, 105) i;
UPDATE parted SET a = a + 50 WHERE a = 99;
DELETE FROM parted WHERE a = 105;

-- No catalog, whatever its schema.
CREATE TABLE information_schema.own (a int PRIMARY KEY, b text);
SELECT audit('information_schema.own');
INSERT INTO information_schema.own VALUES (1, 'one');
VACUUM FULL pg_class;
UPDATE information_schema.own SET b = 'after VACUUM FULL of a catalog';

-- What is nobody's business.
CREATE TEMP TABLE temporary (a int); INSERT INTO temporary VALUES (1);
CREATE UNLOGGED TABLE unlogged (a int); INSERT INTO unlogged VALUES (1);
CREATE MATERIALIZED VIEW view AS SELECT * FROM tx WITH NO DATA; REFRESH MATERIALIZED VIEW view;
CREATE TABLE "Quo ted" ("A b" int PRIMARY KEY, "c""d" text); SELECT audit('"Quo ted"'); INSERT INTO "Quo ted" VALUES (1, 'q');

TRUNCATE nokey, fullid;
INSERT INTO nokey VALUES (7, 'after');
TRUNCATE noid RESTART IDENTITY CASCADE;

-- The second time the file is cut, and that of a table made here, too; with savepoints there is another one.
BEGIN;
TRUNCATE nokey;
INSERT INTO nokey VALUES (8, 'between');
TRUNCATE nokey;
INSERT INTO nokey VALUES (9, 'after the second');
SAVEPOINT a; TRUNCATE nokey, fullid; INSERT INTO nokey VALUES (10, 'x'); TRUNCATE nokey; RELEASE a;
INSERT INTO nokey VALUES (11, 'after the savepoint');
SAVEPOINT b; TRUNCATE nokey; ROLLBACK TO b;
CREATE TABLE made (a int); SELECT audit('made');
INSERT INTO made VALUES (1); TRUNCATE made; INSERT INTO made VALUES (2);
COMMIT;
-- VACUUM cuts files, too.
DELETE FROM nokey; VACUUM nokey; INSERT INTO nokey VALUES (12, 'after VACUUM');
