-- Prints all tables of the schema `dump` as lines of words, for tests/feed/values_dump_support.h: the types of the
-- database, the pages of the tables, the values in TOAST, and each value as the server prints it. Bytes are in
-- hexadecimal. Needs a superuser, and a checkpoint since the last change.
--
--   major N
--   encoding N
--   type OID KIND LENGTH ALIGN DELIMITER ELEMENT BASE RANGE-SUBTYPE RANGE
--   field TYPE-OID COLUMN               of a composite type; COLUMN is TYPE LENGTH ALIGN DROPPED
--   label OID BYTES                     of an enum
--   toast RELATION VALUE BYTES          the chunks of a value joined
--   table NAME
--   column COLUMN
--   page BYTES
--   row BLOCK OFFSET VALUE...           VALUE is null, - for a dropped column, or = and the text

set datestyle = 'ISO';
set intervalstyle = 'postgres';
set timezone = 'UTC';
set extra_float_digits = 1;
set bytea_output = 'hex';
set lc_monetary = 'C';

create function pg_temp.print_types() returns setof text language sql as $$
  select format('type %s %s %s %s %s %s %s %s %s', t.oid, typtype, typlen, typalign, typdelim,
                case when typlen = -1 then typelem else 0 end, typbasetype, coalesce(r.rngsubtype, 0),
                coalesce(m.rngtypid, 0))
  from pg_type t
  left join pg_range r on r.rngtypid = t.oid
  left join pg_range m on to_jsonb(m)->>'rngmultitypid' = t.oid::text  -- 13 has no such column
  order by t.oid
$$;

create function pg_temp.print_columns(word text, relation oid) returns setof text language sql as $$
  select format('%s %s %s %s %s', word, atttypid, attlen, attalign, attisdropped::int)
  from pg_attribute where attrelid = relation and attnum > 0 order by attnum
$$;

create function pg_temp.print_fields() returns setof text language sql as $$
  select line from pg_type t, pg_temp.print_columns('field ' || t.oid, t.typrelid) line
  where typtype = 'c' and (typnamespace = 'dump'::regnamespace or typnamespace = 'public'::regnamespace)
$$;

create function pg_temp.print_toast(relation oid) returns setof text language plpgsql as $$
begin
  if relation = 0 then return; end if;
  return query execute format(
    'select format(''toast %%s %%s %%s'', %s, chunk_id, encode(string_agg(chunk_data, '''' order by chunk_seq), ''hex''))
     from %s group by chunk_id order by chunk_id', relation, relation::regclass);
end $$;

create function pg_temp.print_pages(relation regclass) returns setof text language sql as $$
  select 'page ' || encode(pg_read_binary_file(pg_relation_filepath(relation), block * 8192, 8192), 'hex')
  from generate_series(0, pg_relation_size(relation) / 8192 - 1) block
$$;

create function pg_temp.print_rows(relation regclass) returns setof text language plpgsql as $$
declare
  words text;
begin
  select string_agg(case when attisdropped then '''-''' else format(
    'case when %1$I is not distinct from null then ''null''
     else ''='' || encode(convert_to(format(''%%s'', %1$I), ''UTF8''), ''hex'') end', attname) end, ', ' order by attnum)
  into words from pg_attribute where attrelid = relation and attnum > 0;
  return query execute format(
    'select concat_ws('' '', ''row'', (ctid::text::point)[0], (ctid::text::point)[1], %s) from %s', words, relation);
end $$;

create function pg_temp.print_tables() returns setof text language plpgsql as $$
declare
  t record;
begin
  for t in select oid, relname, reltoastrelid from pg_class
           where relnamespace = 'dump'::regnamespace and relkind = 'r' order by relname loop
    return query select pg_temp.print_toast(t.reltoastrelid);
    return next 'table ' || t.relname;
    return query select pg_temp.print_columns('column', t.oid);
    return query select pg_temp.print_pages(t.oid);
    return query select pg_temp.print_rows(t.oid);
  end loop;
end $$;

select 'major ' || current_setting('server_version_num')::int / 10000;
select 'encoding ' || encoding from pg_database where datname = current_database();
select pg_temp.print_types();
select pg_temp.print_fields();
select format('label %s %s', oid, encode(convert_to(enumlabel::text, 'UTF8'), 'hex')) from pg_enum;
select pg_temp.print_tables();
