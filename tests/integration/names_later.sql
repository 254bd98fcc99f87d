-- More of it, in a database that has been through names_workload.sql.
\ir names_ask.sql
SELECT NOT EXISTS (SELECT FROM pg_tablespace WHERE spcname = 'space') AS make \gset
\if :make
CREATE TABLESPACE space LOCATION :'tablespace';
\endif
ALTER TABLE kept.item SET TABLESPACE space;
\ir names_ask.sql
INSERT INTO kept.item (id, v) SELECT i, repeat('s', 100) FROM generate_series(60000, 61000) i;
\ir names_ask.sql
CREATE TABLE kept.there (i int PRIMARY KEY) TABLESPACE space;
INSERT INTO kept.there SELECT generate_series(1, 100);
\ir names_ask.sql
ALTER SCHEMA kept RENAME TO "Kept";
\ir names_ask.sql
INSERT INTO "Kept".there SELECT generate_series(101, 200);
\ir names_ask.sql
ALTER SCHEMA "Kept" RENAME TO kept;
\ir names_ask.sql
BEGIN;
INSERT INTO kept.there VALUES (1000);
ALTER TABLE kept.there RENAME TO over_there;
INSERT INTO kept.over_there VALUES (1001);
\ir names_ask.sql
PREPARE TRANSACTION 'renamed';
COMMIT PREPARED 'renamed';
\ir names_ask.sql
DELETE FROM kept.over_there WHERE i > 500;
\ir names_ask.sql
DROP TABLE kept.over_there;
\ir names_ask.sql
