-- Everything that gives a file to a relation or takes it away, and names to relations.
\ir names_ask.sql
CREATE SCHEMA kept;
CREATE TABLE kept.item (id bigserial PRIMARY KEY, v text);
\ir names_ask.sql
INSERT INTO kept.item (v) SELECT repeat('v', i % 500) FROM generate_series(1, 20000) i;
INSERT INTO kept.item (v) SELECT string_agg(md5(i::text || j::text), '') FROM generate_series(1, 20) i, generate_series(1, 200) j GROUP BY i;
\ir names_ask.sql
CREATE INDEX item_v ON kept.item (substr(v, 1, 8));
\ir names_ask.sql
CREATE TABLE "Odd name" ("c d" int UNIQUE);
INSERT INTO "Odd name" VALUES (1), (2);
\ir names_ask.sql
ALTER TABLE "Odd name" RENAME TO plain;
\ir names_ask.sql
INSERT INTO plain VALUES (3);
\ir names_ask.sql
ALTER TABLE plain SET SCHEMA kept;
\ir names_ask.sql
UPDATE kept.plain SET "c d" = "c d" + 10;
ALTER INDEX kept."Odd name_c d_key" RENAME TO plain_key;
\ir names_ask.sql
DELETE FROM kept.plain;
INSERT INTO kept.plain VALUES (7);
\ir names_ask.sql
VACUUM FULL kept.item;
\ir names_ask.sql
UPDATE kept.item SET v = v || 'w' WHERE id % 10 = 0;
\ir names_ask.sql
TRUNCATE kept.plain;
\ir names_ask.sql
INSERT INTO kept.plain SELECT generate_series(1, 100);
\ir names_ask.sql
BEGIN;
TRUNCATE kept.plain;
\ir names_ask.sql
INSERT INTO kept.plain SELECT generate_series(1, 100);
ALTER TABLE kept.plain RENAME TO rolled_back;
INSERT INTO kept.rolled_back SELECT generate_series(101, 200);
\ir names_ask.sql
ROLLBACK;
\ir names_ask.sql
INSERT INTO kept.plain SELECT generate_series(101, 200);
\ir names_ask.sql
BEGIN;
CREATE TABLE kept.own (i int);
SAVEPOINT s;
ALTER TABLE kept.own RENAME TO own_renamed;
INSERT INTO kept.own_renamed SELECT generate_series(1, 100);
\ir names_ask.sql
ROLLBACK TO s;
INSERT INTO kept.own SELECT generate_series(1, 100);
\ir names_ask.sql
COMMIT;
\ir names_ask.sql
REINDEX TABLE kept.item;
\ir names_ask.sql
CLUSTER kept.item USING item_pkey;
\ir names_ask.sql
ALTER TABLE kept.item ALTER COLUMN id TYPE numeric;
\ir names_ask.sql
INSERT INTO kept.item (id, v) SELECT i, repeat('n', 100) FROM generate_series(50000, 52000) i;
\ir names_ask.sql
CREATE TABLE parts (i int, v text) PARTITION BY RANGE (i);
CREATE TABLE parts_low PARTITION OF parts FOR VALUES FROM (0) TO (100);
CREATE TABLE parts_high PARTITION OF parts FOR VALUES FROM (100) TO (200);
CREATE INDEX ON parts (i);
INSERT INTO parts SELECT i, 'p' FROM generate_series(0, 199) i;
\ir names_ask.sql
ALTER TABLE parts DETACH PARTITION parts_low;
CREATE MATERIALIZED VIEW seen AS SELECT * FROM parts;
\ir names_ask.sql
REFRESH MATERIALIZED VIEW seen;
\ir names_ask.sql
CREATE SEQUENCE counter;
SELECT nextval('counter') FROM generate_series(1, 100) \g /dev/null
\ir names_ask.sql
ALTER SEQUENCE counter RESTART;
SELECT nextval('counter') FROM generate_series(1, 100) \g /dev/null
\ir names_ask.sql
CREATE UNLOGGED TABLE unlogged (i int);
INSERT INTO unlogged VALUES (1);
\ir names_ask.sql
ALTER TABLE unlogged SET LOGGED;
INSERT INTO unlogged VALUES (2);
\ir names_ask.sql
CREATE TEMPORARY TABLE passing AS SELECT generate_series(1, 100);
DROP TABLE passing;
CREATE TABLE gone (t text);
INSERT INTO gone VALUES ('x');
\ir names_ask.sql
DROP TABLE gone;
\ir names_ask.sql
