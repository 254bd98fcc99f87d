CREATE SCHEMA "Odd ""schema""";
CREATE TYPE mood AS ENUM ('sad', 'so "so"', 'it''s \ fine');
CREATE TYPE "order" AS (a int, "B c" text, d mood[]);
CREATE DOMAIN short AS varchar(20) CHECK (length(VALUE) < 15);
CREATE DOMAIN flag AS bool;
CREATE TYPE spans AS RANGE (subtype = numeric);

CREATE TABLE keyed (id int PRIMARY KEY, n int, body text);
CREATE TABLE "Odd ""schema""".keyless (a int, b text, c numeric, j json, p point, f float8, ch char(5), i interval);
CREATE TABLE "user" ("select" int, "Üb""er" text, "a'b\c" text, plain text, PRIMARY KEY ("a'b\c", "select"));
CREATE TABLE by_index (k1 text COLLATE "C" NOT NULL, k2 numeric(10, 2) NOT NULL, v int);
CREATE UNIQUE INDEX by_index_key ON by_index (k2, k1);
ALTER TABLE by_index REPLICA IDENTITY USING INDEX by_index_key;
CREATE TABLE wide (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text, other text, twice text
  GENERATED ALWAYS AS (other || other) STORED);
ALTER TABLE wide ALTER body SET STORAGE EXTERNAL;
CREATE TABLE wide_keyless (body text, other int);
CREATE TABLE shifting (id int PRIMARY KEY DEFERRABLE, v text);
CREATE TABLE parent (id int PRIMARY KEY, v text);
CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent ON DELETE CASCADE ON UPDATE CASCADE);
CREATE TABLE heirs () INHERITS (keyed);
CREATE TABLE parts (id int, k int, v text, PRIMARY KEY (id, k)) PARTITION BY LIST (k);
CREATE TABLE part1 PARTITION OF parts FOR VALUES IN (1);
CREATE TABLE part2 PARTITION OF parts FOR VALUES IN (2);
CREATE TABLE altered (id int PRIMARY KEY, gone text, v int);
CREATE TABLE no_columns ();
CREATE COLLATION blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE blindly (v text COLLATE blind, w varchar(9) COLLATE blind);

CREATE TABLE kinds (
  b bool, by bytea, c "char", nm name, i2 int2, i4 int4, i8 int8, o oid, f4 float4, f8 float8, n numeric,
  n2 numeric(12, 3), m money, t text, vc varchar(10), bp char(6), d date, ti time, tz timetz(2), ts timestamp(3),
  tstz timestamptz, iv interval, ivd interval day to second(2), u uuid, ip inet, net cidr, mac macaddr,
  mac8 macaddr8, bt bit(5), vb varbit, j json, jb jsonb, pt point, ln line, ls lseg, bx box, pa path,
  po polygon, ci circle, tv tsvector, tq tsquery, lsn pg_lsn, xx xml, ai int[], at text[], an numeric(6, 2)[],
  e mood, ae mood[], co "order", aco "order"[], s short, fl flag, afl short[], r int4range, rt tstzrange, rs spans,
  mr int4multirange, x xid);
CREATE TABLE kinds_keyed (LIKE kinds, id serial PRIMARY KEY);

CREATE FUNCTION kind(seed int) RETURNS kinds LANGUAGE sql AS $$
  SELECT ROW(
    seed % 2 = 0, decode(md5(seed::text), 'hex') || '\x5c27'::bytea, chr(33 + seed % 90)::"char", 'n''\' || seed, (-seed)::int2, seed * 7919,
    -9223372036854775807 + seed, seed::oid, (ARRAY['NaN', '-Infinity', '-0', '1e-40', '3.4028235e+38', '0.1'])[1 + seed % 6]::float4,
    (ARRAY['NaN', 'Infinity', '-0', '5e-324', '1.7976931348623157e+308', '0.30000000000000004'])[1 + seed % 6]::float8,
    (ARRAY['NaN', '-Infinity', '0.000', '1e300', '-12345678901234567890.0123456789', '1.00'])[1 + seed % 6]::numeric,
    seed / 3.0, seed * 1.01::numeric::money,
    (ARRAY['', ' ', E'line\nline\r\ttab', $q$it's \ "quoted" $1 :x$q$, 'häß 漢字 😀', 'NULL'])[1 + seed % 6] || seed, 'vc ''' || seed % 9, 'b' || seed % 7,
    (ARRAY['infinity', '-infinity', '0044-03-15 BC', '5874897-12-31', '2000-02-29'])[1 + seed % 5]::date,
    '23:59:59.999999'::time - seed * interval '1 s', ('10:00:00.12+0' || seed % 9 || ':30')::timetz,
    (ARRAY['infinity', '-infinity', '4713-01-01 00:00:00 BC', '294276-12-31 23:59:59.999', 'epoch'])[1 + seed % 5]::timestamp,
    (ARRAY['infinity', '-infinity', '0001-01-01 00:00:00.000001+00 BC', '2024-03-31 02:30:00+01', 'epoch'])[1 + seed % 5]::timestamptz,
    (ARRAY['1 mon -1 day 00:00:01', '-1 years -2 mons +3 days -04:05:06.789', '24:00:00', '1 day', '30 days', '-00:00:00.000001'])[1 + seed % 6]::interval,
    (ARRAY['-1 day 00:00:01', '1 day -04:05:06.78', '24:00:00'])[1 + seed % 3]::interval, md5(seed::text)::uuid,
    (ARRAY['1.2.3.4', '1.2.3.4/8', '::1', 'fe80::1/64'])[1 + seed % 4]::inet, (ARRAY['10.0.0.0/8', '::/0', '1.2.3.4'])[1 + seed % 3]::cidr,
    '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05', (seed % 32)::bit(5), (seed % 32)::bit(5)::varbit || B'01',
    (ARRAY['{"a":  1, "a":2}', 'null', '"x\\y''"', '[1.0,1.00]'])[1 + seed % 4]::json, (ARRAY['{"a":  1, "b":1.00}', 'null', '"x\\y''"'])[1 + seed % 3]::jsonb,
 point(seed, '-0'), '{1,2,3}', '[(1,2),(3,4)]', box(point(0, 0), point(seed, 2)), '[(1,2),(3,4)]',
    '((0,0),(1,1),(2,0))', circle(point(0, 0), seed), 'a:1A,2B ''it''''s'':3 ''b\\c'''::tsvector, '!a & (b:AB | ''c d'':*)', '1/2AB'::pg_lsn,
    '<a b="c''">&lt;\</a>'::xml, ARRAY[seed, NULL, 3], ARRAY['', NULL, 'NULL', 'a,b', 'q"\''', '{}'], ARRAY[[1.00, 2], [3, NULL]],
    (ARRAY['sad', 'so "so"', 'it''s \ fine'])[1 + seed % 3]::mood, ARRAY['it''s \ fine', NULL]::mood[], ROW(seed, 'a,"\''', ARRAY['so "so"']::mood[])::"order",
    ARRAY[ROW(seed, NULL, NULL)::"order", NULL], ('sh' || seed)::short, seed % 3 = 0, ARRAY['x', 'y']::short[], int4range(seed, seed + 5),
    tstzrange('2020-01-01 00:00:00+00', NULL, '[]'), spans(1.00, 2.0, '(]'), '{[1,3),[5,9)}'::int4multirange, (seed + 10)::text::xid)::kinds
$$;
-- Some values are NULL, others all of a row.
CREATE FUNCTION some_kinds(first int, last int) RETURNS SETOF kinds LANGUAGE sql AS $$
  SELECT (CASE WHEN i % 10 = 0 THEN NULL::kinds ELSE kind(i) END).* FROM generate_series(first, last) i
$$;

INSERT INTO keyed SELECT i, i, 'body ' || i FROM generate_series(1, 2000) i;
INSERT INTO heirs SELECT i, i, 'heir' FROM generate_series(1, 20) i;
INSERT INTO "Odd ""schema""".keyless
  SELECT i % 20, E'b\\' || i % 3, (ARRAY[1.0, 1.00, NULL])[1 + i % 3], '{"a": 1}', point(i % 2, 0), -0.0 * (i % 2), 'c', '24:00:00'
  FROM generate_series(1, 100) i;
INSERT INTO "user" SELECT i, 'ü' || i, E'k\\''' || i, NULL FROM generate_series(1, 50) i;
INSERT INTO by_index SELECT 'k' || i, i / 4.0, i FROM generate_series(1, 50) i;
INSERT INTO wide (body, other) SELECT repeat(md5(i::text), 100), 'o' FROM generate_series(1, 40) i;
INSERT INTO wide_keyless SELECT repeat(md5((i / 2)::text), 100), i FROM generate_series(1, 40) i;
INSERT INTO shifting SELECT i, 'v' || i FROM generate_series(1, 20) i;
INSERT INTO parent SELECT i, 'p' FROM generate_series(1, 10) i;
INSERT INTO child SELECT i, 1 + i % 10 FROM generate_series(1, 50) i;
INSERT INTO parts SELECT i, 1 + i % 2, 'v' FROM generate_series(1, 40) i;
INSERT INTO altered SELECT i, 'gone', i FROM generate_series(1, 10) i;
ALTER TABLE altered DROP gone;
ALTER TABLE altered ADD added text DEFAULT 'it''s';
INSERT INTO no_columns SELECT FROM generate_series(1, 3);
INSERT INTO blindly VALUES ('a', 'B'), ('A', 'b'), ('a', 'b');
INSERT INTO kinds SELECT * FROM some_kinds(1, 60);
INSERT INTO kinds_keyed SELECT *, nextval('kinds_keyed_id_seq') FROM some_kinds(1, 60);
