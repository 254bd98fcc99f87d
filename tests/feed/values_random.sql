-- Tables of random values of every type, in the schema `dump`; values_dump.sql prints them.
-- Variables: rows, of each table; seed, from -1 to 1.
set datestyle = 'ISO';
set timezone = 'UTC';
set lc_monetary = 'C';
set client_min_messages = warning;
create schema dump;
select setseed(:seed);

create type public.mood as enum ('sad', 'ok', 'so so', 'glücklich', '"quoted"');
create type public.pair as (a int, b text);
create type public.wide as (n numeric, p public.pair, i interval, m public.mood, f float8, t text[]);
create type public.textrange as range (subtype = text, collation = "C");

create function pg_temp.pick(lowest bigint, highest bigint) returns bigint language sql volatile as
  $$ select lowest + floor(random() * (highest - lowest + 1))::bigint $$;
-- Any 64 bits.
create function pg_temp.bits() returns bigint language sql volatile as
  $$ select (pg_temp.pick(-2147483648, 2147483647) << 32) | pg_temp.pick(0, 4294967295) $$;
-- Small and large magnitudes alike.
create function pg_temp.whole() returns bigint language sql volatile as
  $$ select pg_temp.bits() >> pg_temp.pick(0, 63)::int $$;
create function pg_temp.word(most int default 12) returns text language sql volatile as $$
  select coalesce(string_agg(substr(E'aBcN U"L''\\{}()[],;:|&!<>*\t\n\r\u000b\u0001\u007fäß世🎉0 9', pg_temp.pick(1, 45)::int, 1), ''), '')
  from generate_series(1, pg_temp.pick(0, most))
$$;
create function pg_temp.digits(most int) returns text language sql volatile as $$
  select coalesce(string_agg(pg_temp.pick(0, 9)::text, ''), '')
  from generate_series(1, pg_temp.pick(0, most)), pg_temp.pick(0, 3) keep where keep > 0
$$;
create function pg_temp.number() returns numeric language sql volatile as $$
  select (case when random() < 0.5 then '-' else '' end || '0' || pg_temp.digits(30) ||
          case when random() < 0.7 then '.' || repeat('0', pg_temp.pick(0, 9)::int) || pg_temp.digits(30) || '0' else '' end ||
          case when random() < 0.2 then 'e' || pg_temp.pick(-60, 60) else '' end)::numeric
$$;
create function pg_temp.double() returns float8 language sql volatile as $$
  select case pg_temp.pick(0, 3) when 0 then pg_temp.whole()::float8 / 2 ^ pg_temp.pick(0, 60)
    when 1 then pg_temp.number()::float8
    when 2 then (pg_temp.pick(-1000000, 1000000)::text || 'e' || pg_temp.pick(-290, 290))::float8
    else pg_temp.pick(1, 9007199254740991)::float8 * power(2::float8, pg_temp.pick(-1050, 960)) end
$$;
create function pg_temp.single() returns float4 language sql volatile as $$
  select case pg_temp.pick(0, 2) when 0 then (pg_temp.whole() % 100000000)::float4 / 2 ^ pg_temp.pick(0, 30)
    when 1 then (pg_temp.pick(-100000, 100000)::text || 'e' || pg_temp.pick(-30, 30))::float4
    else (pg_temp.pick(1, 16777215)::float8 * power(2::float8, pg_temp.pick(-145, 100)))::float4 end
$$;
create function pg_temp.moment() returns timestamp language sql volatile as $$
  select case when random() < 0.3 then timestamp '2000-01-01' + make_interval(days => pg_temp.pick(-10000, 10000)::int)
    when random() < 0.5 then timestamp '4714-11-24 BC' + make_interval(days => pg_temp.pick(0, 109203000)::int, secs => pg_temp.pick(0, 86399))
    else timestamp '2000-01-01' + pg_temp.pick(-200000000000000000, 9000000000000000000) / 1000000 * interval '1 second'
      + pg_temp.pick(0, 999999) * interval '1 microsecond' end
$$;
create function pg_temp.span() returns interval language sql volatile as $$
  select make_interval(months => case when random() < 0.6 then pg_temp.pick(-50, 50)::int else 0 end,
                       days => case when random() < 0.6 then pg_temp.pick(-100, 100)::int else 0 end)
    + case when random() < 0.7 then pg_temp.pick(-9000000000000, 9000000000000) / (10 ^ pg_temp.pick(0, 13))::bigint else 0 end
      * interval '1 microsecond'
$$;
create function pg_temp.value(depth int) returns jsonb language plpgsql volatile as $$
begin
  return case pg_temp.pick(0, case when depth > 0 then 7 else 4 end)
    when 0 then 'null'::jsonb
    when 1 then to_jsonb(random() < 0.5)
    when 2 then to_jsonb(pg_temp.number())
    when 3 then to_jsonb(pg_temp.word())
    when 4 then to_jsonb(pg_temp.whole())
    when 5 then (select coalesce(jsonb_agg(pg_temp.value(depth - 1)), '[]') from generate_series(1, pg_temp.pick(0, 12 * depth)))
    else (select coalesce(jsonb_object_agg(pg_temp.word(), pg_temp.value(depth - 1)), '{}') from generate_series(1, pg_temp.pick(0, 12 * depth)))
  end;
end $$;
create function pg_temp.query(depth int) returns tsquery language plpgsql volatile as $$
begin
  return case pg_temp.pick(case when depth > 0 then 0 else 4 end, 5)
    when 0 then pg_temp.query(depth - 1) && pg_temp.query(depth - 1)
    when 1 then pg_temp.query(depth - 1) || pg_temp.query(depth - 1)
    when 2 then !! pg_temp.query(depth - 1)
    when 3 then tsquery_phrase(pg_temp.query(depth - 1), pg_temp.query(depth - 1), pg_temp.pick(0, 3)::int)
    else (quote_literal('a' || translate(pg_temp.word(), E'\\', '')) ||
          (array['', ':A', ':*', ':BD', ':*C'])[pg_temp.pick(1, 5)])::tsquery
  end;
end $$;
create function pg_temp.address() returns inet language sql volatile as $$
  select case when random() < 0.5
    then format('%s.%s.%s.%s/%s', pg_temp.pick(0, 255), pg_temp.pick(0, 255), pg_temp.pick(0, 255), pg_temp.pick(0, 255), pg_temp.pick(0, 32))
    else (select string_agg(case when random() < 0.6 then '0' else to_hex(pg_temp.pick(0, 65535)) end, ':') from generate_series(1, 8))
      || '/' || pg_temp.pick(0, 128) end::inet
$$;
create function pg_temp.make(name text, type text, expression text, n int) returns void language plpgsql as $$
begin
  execute format('create table dump.%I (id "char", v %s)', name, type);
  execute format('insert into dump.%I select ''x'', case when random() < 0.98 then (%s)::%s end from generate_series(1, %s) g',
                 name, expression, type, n);
end $$;

-- A subquery that names g is made anew for each row.
select pg_temp.make(replace(type, '[]', 's'), type, expression, :rows) from (values
  ('bool', 'random() < 0.5 and g > 0'), ('int2', 'pg_temp.pick(-32768, 32767)'), ('int4', 'pg_temp.whole() >> 32'),
  ('int8', 'pg_temp.whole()'), ('oid', 'pg_temp.pick(0, 4294967295)'),
  ('money', 'pg_temp.whole()::numeric / 100'), ('numeric', 'pg_temp.number()'), ('float8', 'pg_temp.double()'),
  ('float4', 'pg_temp.single()'), ('date', 'pg_temp.moment()'), ('timestamp', 'pg_temp.moment()'),
  ('timestamptz', 'pg_temp.moment()::timestamptz'), ('time', 'pg_temp.moment()'),
  ('timetz', 'pg_temp.moment()::time::text || (array[''+00'', ''-03:30'', ''+05:45:15'', ''-12''])[pg_temp.pick(1, 4)]'),
  ('interval', 'pg_temp.span()'), ('text', 'pg_temp.word(200)'), ('name', 'pg_temp.word(15)'), ('char(40)', 'pg_temp.word(30)'),
  ('bytea', 'decode(md5(pg_temp.word()), ''hex'')'), ('uuid', 'md5(pg_temp.word())'), ('inet', 'pg_temp.address()'),
  ('cidr', 'network(pg_temp.address())'), ('macaddr', 'left(md5(pg_temp.word()), 12)'),
  ('varbit', 'left(pg_temp.bits()::bit(64)::text, pg_temp.pick(0, 64)::int)'), ('jsonb', 'pg_temp.value(3)'),
  ('json', 'pg_temp.value(1)'), ('tid', 'format(''(%s,%s)'', pg_temp.pick(0, 4294967295), pg_temp.pick(0, 65535))'),
  ('pg_lsn', 'to_hex(pg_temp.pick(0, 4294967295)) || ''/'' || to_hex(pg_temp.pick(0, 4294967295))'),
  ('tsvector', 'to_tsvector(''simple'', pg_temp.word(80)) || setweight(array_to_tsvector(array[''w'' || pg_temp.word()]), ''B'')'),
  ('tsquery', 'pg_temp.query(4)'), ('point', 'point(pg_temp.double(), pg_temp.double())'),
  ('int4[]', '(select array_agg(nullif(i, 3)) from generate_series(pg_temp.pick(0, 3)::int, pg_temp.pick(0, 9)::int) i where g > 0)'),
  ('text[]', '(select array_agg(case when random() < 0.9 then pg_temp.word() end) from generate_series(1, pg_temp.pick(0, 9)) i where g > 0)'),
  ('numeric[]', '(select array_agg(pg_temp.number()) from generate_series(1, pg_temp.pick(0, 9)) i where g > 0)'),
  ('pair', 'row(g, pg_temp.word())::pair'),
  ('pair[]', '(select array_agg(row(i, pg_temp.word())::pair) from generate_series(1, pg_temp.pick(0, 5)) i where g > 0)'),
  ('wide', 'row(pg_temp.number(), row(g, nullif(pg_temp.word(), ''''))::pair, pg_temp.span(), ''so so''::mood, pg_temp.double(),
     array[pg_temp.word(), null])::wide'),
  ('mood', '(enum_range(null::mood))[pg_temp.pick(1, 5)]'),
  ('numrange', '(select numrange(min(n), max(n), (array[''[]'', ''()'', ''[)''])[pg_temp.pick(1, 3)]) from (values (pg_temp.number()), (pg_temp.number())) t(n) where g > 0)'),
  ('textrange', '(select textrange(min(w collate "C"), max(w collate "C"), ''[]'') from (values (pg_temp.word()), (pg_temp.word())) t(w) where g > 0)'),
  ('tsrange', '(select tsrange(min(m), max(m)) from (values (pg_temp.moment()), (pg_temp.moment())) t(m) where g > 0)')
) as tables(type, expression);

-- 13 has no multirange.
select pg_temp.make('int8multirange', 'int8multirange',
  '(select range_agg(int8range(n * 10, n * 10 + pg_temp.pick(0, 9))) from generate_series(1, pg_temp.pick(0, 30)) n where g > 0)', :rows)
where exists (select from pg_type where typname = 'int8multirange');
