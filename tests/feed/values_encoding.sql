-- Tables of all characters of the database's encoding that have an equivalent in UTF8, in the schema `dump`.
set client_min_messages = warning;
create schema dump;
create type public.pair as (a int, b text);

-- What can be converted of these, joined.
create function pg_temp.join_characters(candidates bytea[]) returns text language plpgsql as $$
declare
  candidate bytea;
  joined bytea = '';
begin
  foreach candidate in array candidates loop
    begin
      perform convert(candidate, getdatabaseencoding(), 'UTF8');
      joined = joined || candidate;
    exception when others then null;
    end;
  end loop;
  return convert_from(joined, getdatabaseencoding());
end $$;

create function pg_temp.high_bytes() returns table (b bytea) language sql as
  $$ select set_byte('\x00', 0, n) from generate_series(128, 255) n $$;

create table dump.characters (v text);
insert into dump.characters select pg_temp.join_characters(array_agg(b)) from pg_temp.high_bytes() b;
insert into dump.characters select pg_temp.join_characters(array_agg(b1 || b2)) from pg_temp.high_bytes() b1, pg_temp.high_bytes() b2
  where getdatabaseencoding() like 'EUC%' group by b1;
-- EUC_JP and EUC_JIS_2004 have characters of three bytes, EUC_TW of four.
insert into dump.characters select pg_temp.join_characters(array_agg('\x8f'::bytea || b1 || b2))
  from pg_temp.high_bytes() b1, pg_temp.high_bytes() b2 where getdatabaseencoding() like 'EUC_J%' group by b1;
insert into dump.characters select pg_temp.join_characters(array_agg('\x8ea2'::bytea || b1 || b2))
  from pg_temp.high_bytes() b1, pg_temp.high_bytes() b2 where getdatabaseencoding() = 'EUC_TW' group by b1;
delete from dump.characters where v = '';

create table dump.within as
  select array[v, 'a ' || v] as texts, jsonb_build_object(v, '"' || v) as json, row(1, v || ',')::pair as pair, v::varchar(9)::char(10) as padded,
         quote_literal(left(v, 100))::tsvector as lexeme
  from dump.characters;
