-- Tables of chosen values of every type, in the schema `dump`; values_dump.sql prints them. PostgreSQL 15 and later.
set datestyle = 'ISO';
set timezone = 'UTC';
set lc_monetary = 'C';
set client_min_messages = warning;
create schema dump;

create type public.mood as enum ('sad', 'ok', 'so so', 'glücklich', '"quoted"');
create domain public.small as int check (value < 1000);
create domain public.title as text;
create domain public.titles as public.title[];
create type public.pair as (a int, b text);
create domain public.point_of as public.pair check ((value).a <> 0);
create domain public.feeling as public.mood;
create domain public.span as int4range;
create type public.deep as (n numeric, p public.pair, ps public.pair[], at timestamptz, m public.mood, "empty" text);
create type public.changed as (a int, gone text, c text);
create type public.textrange as range (subtype = text, collation = "C");
create type public.pairrange as range (subtype = public.pair);
create type public.floatrange as range (subtype = float8);

create function pg_temp.make(name text, type text, variadic texts text[]) returns void language plpgsql as $$
begin
  execute format('create table dump.%I (v %s)', name, type);
  execute format('insert into dump.%I select t::%s from unnest($1) t', name, type) using texts;
  execute format('insert into dump.%I values (null)', name);
end $$;

do $$ begin
perform pg_temp.make('bool', 'bool', 't', 'f');
perform pg_temp.make('int2', 'int2', '0', '1', '-1', '9', '10', '99', '100', '-32768', '32767');
perform pg_temp.make('int4', 'int4', '0', '7', '-7', '1000000000', '-2147483648', '2147483647');
perform pg_temp.make('int8', 'int8', '0', '-1', '4294967296', '-9223372036854775808', '9223372036854775807');
perform pg_temp.make('oid', 'oid', '0', '1', '4294967295');
perform pg_temp.make('xid', 'xid', '0', '3', '4294967295');
perform pg_temp.make('xid8', 'xid8', '0', '3', '18446744073709551615');
perform pg_temp.make('cid', 'cid', '0', '4294967295');
perform pg_temp.make('tid', 'tid', '(0,0)', '(1,2)', '(4294967295,65535)', '(65536,1)');
perform pg_temp.make('pg_lsn', 'pg_lsn', '0/0', '16/B374D848', 'FFFFFFFF/FFFFFFFF');
perform pg_temp.make('pg_snapshot', 'pg_snapshot', '10:20:', '10:20:10,14,15', '1:9223372036854775807:5');
perform pg_temp.make('txid_snapshot', 'txid_snapshot', '10:20:', '10:20:10,14,15');
perform pg_temp.make('int2vector', 'int2vector', '', '1', '1 -2 32767');
perform pg_temp.make('oidvector', 'oidvector', '', '0', '1 2 4294967295');
perform pg_temp.make('money', 'money', '0', '0.01', '-0.01', '0.99', '1', '-1.5', '999.99', '1000', '-1000', '12345.67',
  '1234567.89', '100000000', '-92233720368547758.08', '92233720368547758.07', '1000000', '1002003.04');
perform pg_temp.make('uuid', 'uuid', '00000000-0000-0000-0000-000000000000', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
  'ffffffff-ffff-ffff-ffff-ffffffffffff');
perform pg_temp.make('bytea', 'bytea', '', '\x00', '\xdeadbeef00ff', E'\\\\000abc');
perform pg_temp.make('bit', 'bit(11)', '00000000000', '10101010101', '11111111111');
perform pg_temp.make('bit8', 'bit(8)', '10000001');
perform pg_temp.make('varbit', 'varbit', '', '1', '0', '1011', '10000000', '100000001', repeat('10', 100));
perform pg_temp.make('macaddr', 'macaddr', '08:00:2b:01:02:03', 'ff:ff:ff:ff:ff:ff', '00:00:00:00:00:00');
perform pg_temp.make('macaddr8', 'macaddr8', '08:00:2b:01:02:03:04:05', '08:00:2b:01:02:03');
perform pg_temp.make('inet', 'inet', '0.0.0.0', '192.168.0.1', '192.168.0.1/24', '255.255.255.255/0', '10.1.2.3/32',
  '::', '::1', '::1/64', '::2', '::ffff:1.2.3.4', '::1.2.3.4', '::ffff:0:1.2.3.4', '2001:db8::1', '2001:db8:0:0:1::',
  '1:2:3:4:5:6:7:8/127', '1:0:0:4:0:0:0:8', '1:0:3:0:5:0:7:0', 'fe80::/10', '0:0:1::', '1::/128', '::5:1.2.3.4',
  '0:0:0:0:0:0:1:0', '0:0:0:0:0:ffff:0:0', '0:1:2:3:4:5:6:7', '1:2:3:4:5:6:0:0', '::ffff:1.2.3.4/96', '0:0:3:0:0:6:7:8');
perform pg_temp.make('cidr', 'cidr', '10.0.0.0/8', '192.168.1.1', '0.0.0.0/0', '::/0', '2001:db8::/32', '::1',
  '::ffff:1.2.3.0/120');

perform pg_temp.make('numeric', 'numeric', '0', '0.0', '0.00000', '-0', '1', '-1', '10', '9999', '10000', '10001', '99999999',
  '100000000', '100000001', '1e20', '1e100', '-1e100', '1.0', '1.10', '1.1000', '0.1', '0.0001', '0.00001', '0.00010001',
  '1e-20', '1.5e-300', '123456789.123456789', '-0.5', '-12345.6789', '10000.0001', '100000000.00000001',
  '0.1234567890123456789012345678901234567890', '12345678901234567890123456789012345678901234567890',
  '5e16383', '1e-16383', 'NaN', 'Infinity', '-Infinity', '3.00000000000000', '1e256', '1e-252', '1e-64', '1.5e64',
  '1e258', '0.' || repeat('0', 63), '0.' || repeat('0', 64), '0.' || repeat('1', 64), '9999.9999', '1000000000000000',
  '0.999999999', '99990000', '99990000.0000', '1e131071', '100', '1000', '0.01', '0.001', '10000e-4', '123.4500');
perform pg_temp.make('numeric_typmod', 'numeric(12,3)', '0', '1', '-1.5', '123456789.123', 'NaN');
perform pg_temp.make('float8', 'float8', '0', '-0', '1', '-1', '0.1', '-0.5', '100', '123456', '1234567', '1e14', '1e15', '1e16',
  '123456789012345', '1234567890123456', '999999999999999', '9007199254740991', '9007199254740992', '9007199254740993',
  '9007199254740994', '0.0001', '0.00001', '0.00012345', '0.000012345', '1e-5', '1.5e300', '1.7976931348623157e308',
  '-1.7976931348623157e308', '2.2250738585072014e-308', '5e-324', '1e22', '1e23', '1e24', '9.5367431640625e-07',
  '4.294967294', '4.294967296', '8.5899345920e9', '3.141592653589793', '2.718281828459045', 'NaN', 'Infinity', '-Infinity',
  '1.1', '33554432', '0.3', '2.9802322387695312e-08', '5.764607523034235e39', '1.152921504606847e40', '2.305843009213694e40',
  '18014398509481984', '36028797018963968', '5.684341886080801e-14', '1.0e+2', '299792458', '6.02214076e23', '1e-300');
perform pg_temp.make('float4', 'float4', '0', '-0', '1', '-1', '0.1', '0.5', '1e5', '123456', '999999', '1e6', '1234567', '1e7',
  '16777216', '16777217', '33554432', '67108864', '0.0001', '0.00001', '1e-5', '3.4028235e38', '-3.4028235e38',
  '1.17549435e-38', '1e-45', '1.4e-45', 'NaN', 'Infinity', '-Infinity', '3.1415927', '8388608', '8589934592', '9.5367432e-07',
  '1.1920929e-07', '4194304', '8.5899346e9', '1.23456789', '1e10', '5e9', '2.5e-10', '7.0064923e-45', '1e20');
perform pg_temp.make('date', 'date', '2000-01-01', '1999-12-31', '2024-02-29', '1900-02-28', '1900-03-01', '1600-02-29',
  '0001-01-01', '0001-12-31 BC', '0004-02-29', '0005-02-29 BC', '4713-01-01 BC', '4714-11-24 BC', '9999-12-31', '10000-01-01',
  '5874897-12-31', 'infinity', '-infinity', '1970-01-01', '0100-03-01 BC');
perform pg_temp.make('time', 'time', '00:00', '24:00', '23:59:59.999999', '12:34:56', '12:34:56.7', '12:34:56.000001', '01:02:03.12');
perform pg_temp.make('timetz', 'timetz', '00:00+00', '24:00-15:59:59', '23:59:59.999999+15:59', '12:34:56.5-08', '01:00+05:30',
  '01:00-05:30', '01:00+05:30:15', '01:00-00:00:01');
perform pg_temp.make('timestamp', 'timestamp', '2000-01-01', '1999-12-31 23:59:59.999999', '2024-02-29 12:34:56.789',
  '1970-01-01', '2038-01-19 03:14:08', '0001-01-01', '0001-12-31 23:59:59.5 BC', '4714-11-24 BC', '4713-01-01 00:00:00.000001 BC',
  '294276-12-31 23:59:59.999999', '10000-01-01 01:02:03', '9999-12-31 23:59:59.000001', 'infinity', '-infinity',
  '1582-10-15', '1582-10-04', '1900-01-01 00:00:00.1', '2000-02-29', '2100-02-28 23:59:59.99', '0044-03-15 12:00 BC',
  '2000-01-01 00:00:00.000001', '1999-12-31 23:59:59.000001', '2001-09-09 01:46:40', '2024-12-31 24:00', '1-1-1',
  '0099-01-01', '0999-06-15 06:07:08.090807', '1752-09-14', '1066-10-14', '1492-10-12', '1969-07-20 20:17:40', '2020-02-02 20:20:02.02',
  '0001-02-28 BC', '0001-02-29 BC', '0002-03-01 BC', '0401-02-28 BC', '1600-12-31', '1700-03-01', '1800-03-01', '2400-02-29');
perform pg_temp.make('timestamptz', 'timestamptz', '2000-01-01 00:00+00', '1999-12-31 23:59:59.999999-12', '4714-11-24 00:00+00 BC',
  '294276-12-31 23:59:59.999999+00', 'infinity', '-infinity', '2024-06-01 12:00+02', '0044-03-15 12:00+00 BC', '2024-06-01 12:00:00.25+05:30');
perform pg_temp.make('interval', 'interval', '0', '1 year', '-1 year', '2 years', '1 mon', '-1 mon', '13 mons', '-13 mons', '1 day',
  '-1 day', '2 days', '1 hour', '-1 hour', '1 minute', '1 second', '-1 second', '0.000001 seconds', '-0.000001 seconds', '1.5 seconds',
  '1 year 2 mons 3 days 04:05:06.789', '-1 year -2 mons -3 days -04:05:06.789', '1 year -3 days', '-1 year 3 days', '-1 mon 3 days -1 hour',
  '-1 mon 3 days 1 hour', '-3 days 1 hour', '3 days -1 hour', '1 year -1 hour', '-1 year 1 hour', '1 mon -1 day 00:00:01',
  '100 hours', '1000000 hours', '-1000000:59:59.999999', '178000000 years', '-178000000 years', '2147483647 days', '-2147483648 days',
  '2147483647 hours', '11 mons 30 days 23:59:59.999999', '1 day 00:00:00.1', '-1 day -00:00:00.1', '23:59:59', '24:00:00', '1 day 24:00:00',
  '-00:00:01', '-00:01:00', '1 year 1 mon', '-1 year +1 day', '2 mons -2 days +02:02');
perform pg_temp.make('point', 'point', '(0,0)', '(1.5,-2.25)', '(-0,1e300)', '(NaN,Infinity)', '(1e-10,123456789)');
perform pg_temp.make('lseg', 'lseg', '[(0,0),(1,1)]', '[(-1.5,2),(3e20,4)]');
perform pg_temp.make('box', 'box', '(1,1),(0,0)', '(-1.5,2),(3,-4)');
perform pg_temp.make('line', 'line', '{1,2,3}', '{-1,0.5,1e100}', '[(0,0),(1,2)]');
perform pg_temp.make('circle', 'circle', '<(0,0),1>', '<(-1.5,2.5),0.1>');
perform pg_temp.make('path', 'path', '[(0,0)]', '((0,0),(1,1),(2,0))', '[(0,0),(1,1),(2,0)]', '((1.5,-2))');
perform pg_temp.make('polygon', 'polygon', '((0,0))', '((0,0),(1,1),(2,0))', '((0,0),(4,0),(4,4),(0,4.5))');
end $$;

do $$ begin
perform pg_temp.make('text', 'text', '', 'a', 'NULL', 'hello world', 'grüße 世界 🎉', E'tab\tnewline\nquote''"back\\slash', repeat('x', 126),
  repeat('x', 127), repeat('ä', 1000));
perform pg_temp.make('varchar', 'varchar(20)', '', 'varchar', 'trailing   ');
perform pg_temp.make('bpchar', 'char(10)', '', 'a', 'padded', 'ünï', '0123456789');
perform pg_temp.make('bpchar_free', 'bpchar', '', 'a  ', 'b');
perform pg_temp.make('name', 'name', '', 'pg_class', 'Größe', repeat('n', 63));
perform pg_temp.make('char', '"char"', '', 'a', '"', '\', '\377', '\200', '\011');
perform pg_temp.make('refcursor', 'refcursor', 'c1', '');
perform pg_temp.make('json', 'json', '{}', '{ "a" : [1, 2.50,null ], "a":"\u00e4" }', '"x"');
perform pg_temp.make('xml', 'xml', '<a/>', '<?xml version="1.0"?><a/>', E'<?xml version="1.0"?>\n<a/>', '<?xml version="1.0" encoding="UTF-8"?><a>ä</a>',
  '<?xml version="1.1" encoding="UTF-8"?><a/>', '<?xml version="1.0" standalone="yes"?><a/>', '<?xml version=''1.0'' standalone=''no'' ?>  <a/>',
  'just text', E'\n\ntext', '', '<?xml-stylesheet href="x"?><a/>', E'<?xml version = "1.0" ?>\n\n<a/>', '<a b="c">d</a><!-- e -->');
perform pg_temp.make('jsonb', 'jsonb', '{}', '[]', 'null', 'true', 'false', '""', '"x"', '0', '-0', '1', '1.50', '-1e10', '1e-10', '123456789012345678901234567890',
  '[1, 2, 3]', '[[], {}, [[]], [{}]]', '{"a": 1, "b": [1, "two", null, true, false], "c": {"d": {"e": "f"}}}', '{"bb": 1, "a": 2, "ccc": 3}',
  '["\b\f\n\r\t\"\\\/\u0001\u001f\u007f\u00e4\ud83c\udf89"]', '{"": "", " ": " ", "\"": "\\"}', '{"long key with spaces": "ä", "ü": 1}',
  '[1.0, 10.00, 0.001, 1E400]', '[null]', '["a", 1, "bb", 2.5, "ccc", [1], "d", {"x": 0}]', '{"a": {"b": [[[[1, [2]], 3], "x"]]}}');
perform pg_temp.make('tsvector', 'tsvector', '', 'a', 'a b c', 'a:1', 'a:1,2,3', 'a:1A,2B,3C,4D', '''quo''''ted'' ''back\\slash'' ''with space''',
  'fat:2,4 cat:3 rat:5A', 'ä:1 ö:2B ü', 'a:16383', 'aa b:1');
perform pg_temp.make('tsquery', 'tsquery', '', 'a', 'a & b', 'a | b', '!a', '!!a', '!(a & b)', 'a & b & c', 'a | b & c', '(a | b) & c', 'a & (b | c)',
  'a <-> b', 'a <5> b', 'a <0> b', 'a <-> b <-> c', 'a <-> (b <-> c)', 'a <-> (b & c)', '(a | b) <-> c', '!a <-> b', '!(a <-> b)', 'a:*', 'a:AB', 'a:*ABCD',
  'a:D & b:*C', '''it''''s'' & ''b\\s''', 'ä & !ö | ü', 'a & !(b | c) & d', '(a & b) | (c & d)', '((a | b) & (c | d)) <2> e');
end $$;

do $$ begin
perform pg_temp.make('int4s', 'int4[]', '{}', '{1}', '{1,2,3}', '{NULL}', '{1,NULL,3}', '{{1,2},{3,4}}', '{{{1},{2}},{{3},{4}}}', '[0:2]={1,2,3}',
  '[-1:0][2:3]={{1,2},{3,4}}', '[2:2]={NULL}', '{{{{{{1,2}}}}}}', '{NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,9}');
perform pg_temp.make('texts', 'text[]', '{}', '{""}', '{a,b}', '{NULL,"NULL","null","Null"}', '{"a b","a,b","a\"b","a\\b","{","}"," ","a;b"}',
  E'{"\t","\n","a\u000b"}', '{ä,"ö ü"}', '{{a,NULL},{"",d}}');
perform pg_temp.make('boxes', 'box[]', '{(1,1),(0,0);(2,2),(1,1)}');
perform pg_temp.make('points', 'point[]', '{"(1,1)","(0,0)"}');
perform pg_temp.make('bools', 'bool[]', '{t,f,NULL,t}');
perform pg_temp.make('int2s', 'int2[]', '{1,2,NULL,3}');
perform pg_temp.make('int8s', 'int8[]', '{1,NULL,-3}');
perform pg_temp.make('numerics', 'numeric[]', '{1.5,NULL,NaN,1e50,0}');
perform pg_temp.make('timestamptzs', 'timestamptz[]', '{2024-01-01 00:00+00,infinity,NULL}');
perform pg_temp.make('intervals', 'interval[]', '{1 day,NULL,"1 year -1 day"}');
perform pg_temp.make('names', 'name[]', '{a,"b c"}');
perform pg_temp.make('chars', '"char"[]', '{a,"\"",""}');
perform pg_temp.make('uuids', 'uuid[]', '{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11,NULL}');
perform pg_temp.make('tids', 'tid[]', '{"(1,2)","(3,4)"}');
perform pg_temp.make('macaddrs', 'macaddr[]', '{08:00:2b:01:02:03,08:00:2b:01:02:04}');
perform pg_temp.make('timetzs', 'timetz[]', '{01:00+02,02:00-03}');
perform pg_temp.make('jsonbs', 'jsonb[]', '{"{\"a\": [1, \"x\"]}",null}');
perform pg_temp.make('byteas', 'bytea[]', '{"\\x0102",NULL}');
perform pg_temp.make('inets', 'inet[]', '{1.2.3.4,::1/64}');
perform pg_temp.make('bitss', 'varbit[]', '{101,"",1}');
perform pg_temp.make('moods', 'mood[]', '{sad,"so so",glücklich,"\"quoted\"",NULL}');
perform pg_temp.make('mood', 'mood', 'sad', 'ok', 'so so', 'glücklich', '"quoted"');
perform pg_temp.make('small', 'small', '1', '-5');
perform pg_temp.make('title', 'title', 'a title', '');
perform pg_temp.make('point_of', 'point_of', '(1,"a b")');
perform pg_temp.make('points_of', 'point_of[]', '{"(1,\"a b\")",NULL}');
perform pg_temp.make('feeling', 'feeling', 'so so');
perform pg_temp.make('feelings', 'feeling[]', '{ok,"so so"}');
perform pg_temp.make('span', 'span', '[1,5)');
perform pg_temp.make('titles', 'titles', '{a,"b c"}');
perform pg_temp.make('pair', 'pair', '(1,a)', '(,)', '(1,"")', '(-1,"a ""b"" \\ (c), d")', '(,NULL)', E'(1,"\n")', '(1," ")', '(1,grüße)');
perform pg_temp.make('pairs', 'pair[]', '{}', '{"(1,a)",NULL,"(,)","(2,\"b c\")"}', '{"(1,\"a\\\\\"\"b\")"}');
perform pg_temp.make('deep', 'deep', '(1.5,"(1,x)","{""(2,\\""y z\\"")"",NULL}","2024-01-01 00:00+00","so so","")', '(,,,,,)');
perform pg_temp.make('int4range', 'int4range', 'empty', '[1,5)', '(,5)', '[1,)', '(,)', '[-10,-5)');
perform pg_temp.make('int8range', 'int8range', '[1,5)', '(,9223372036854775807)');
perform pg_temp.make('numrange', 'numrange', '(1.5,2.5)', '[1.5,2.5]', '(0,1e30]', '[NaN,NaN]', '(,0.0)', '[1,)');
perform pg_temp.make('daterange', 'daterange', '[2024-01-01,2024-02-01)', '[2024-01-01,infinity)', '(,)');
perform pg_temp.make('tsrange', 'tsrange', '[2024-01-01 10:00,2024-01-01 11:00)', '(-infinity,infinity]', '(,"2024-01-01 00:00:00.5"]');
perform pg_temp.make('tstzrange', 'tstzrange', '[2024-01-01 10:00+00,2024-01-01 11:00+00)', 'empty');
perform pg_temp.make('textrange', 'textrange', '[a,b)', '["",z]', '("a b","c,d")', '["(","]"]', '(,"\"\\")', '[' || repeat('a', 200) || ',' || repeat('b', 5) || ']');
perform pg_temp.make('pairrange', 'pairrange', '["(1,a)","(2,b)")', '["(1,\"x y\")",)');
perform pg_temp.make('floatrange', 'floatrange', '[0.1,1e20)', '(-Infinity,NaN)');
perform pg_temp.make('ranges', 'int4range[]', '{"[1,5)",empty,NULL,"(,)"}');
perform pg_temp.make('int4multirange', 'int4multirange', '{}', '{[1,5)}', '{[1,2),[4,5),[7,8),[10,11),[13,14),[16,17),[19,20),[22,23),[25,26)}', '{(,1),[5,)}', '{(,)}');
perform pg_temp.make('nummultirange', 'nummultirange', '{(1.5,2.5),[100,1e20],(1e21,)}', '{[1,1],[2,2],[3,3],[4.5,5],[6,7),[8,9),[10,11]}');
perform pg_temp.make('tstzmultirange', 'tstzmultirange', '{[2024-01-01 10:00+00,2024-01-01 11:00+00),[2025-01-01 00:00+00,)}');
perform pg_temp.make('textmultirange', 'textmultirange', '{[a,b),["c d","e,f"),[g,h),[i,j),[k,"l]"),[m,)}', '{}');
end $$;

-- Corners of floating point: all powers of two and of ten.
create table dump.float8_powers as
  select (2 ^ n::numeric)::text::float8 as v from generate_series(0, 1023) n
  union all select ('1e' || n)::float8 from generate_series(-307, 308) n
  union all select (power(2::float8, n)) from generate_series(-1022, -1) n;
create table dump.float4_powers as
  select power(2::float8, n)::float4 as v from generate_series(-126, 127) n
  union all select ('1e' || n)::float4 from generate_series(-37, 38) n;

-- Dropped attributes of a composite type, and rows older than an attribute.
create table dump.changed (v changed);
insert into dump.changed values ('(1,gone,c)');
alter type public.changed drop attribute gone;
alter type public.changed add attribute d int;
insert into dump.changed values ('(2,cc,3)');

-- Many columns: alignment, nulls, dropped columns, columns with names of types before and after.
create table dump.mixed (a "char", b int8, c text, d int2, e numeric, f bool, g float8, h name, i text, j interval, k bytea, l point, m uuid, n int4[]);
insert into dump.mixed select 'x', n, repeat('t', n), n, n / 7.0, n % 2 = 0, n / 3.0, 'n' || n, case when n % 3 = 0 then 'i' || n end,
  case when n % 2 = 0 then make_interval(days => n) end, decode(repeat('ab', n), 'hex'), case when n % 5 <> 0 then point(n, -n) end,
  case when n % 2 = 1 then 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid end, array[n, null, n + 1] from generate_series(1, 20) n;
alter table dump.mixed drop column c, drop column g;
alter table dump.mixed add column o date;
insert into dump.mixed (a, b, o) values ('y', 1, '2024-01-01');

-- From 17 on there are infinite intervals; before, the same bytes are ordinary ones.
select current_setting('server_version_num')::int >= 170000 as infinite_intervals \gset
\if :infinite_intervals
insert into dump.interval values ('infinity'), ('-infinity');
\endif

-- TOAST: compressed in line, out of line plain, out of line compressed; by both methods.
select 'lz4' = any (enumvals) as has_lz4 from pg_settings where name = 'default_toast_compression' \gset
\if :has_lz4
\set other_method lz4
\else
\set other_method pglz
\endif
create table dump.toasted (p text compression pglz, l text compression :other_method, e text, j jsonb, d deep, n numeric, t text[]);
alter table dump.toasted alter e set storage external;
insert into dump.toasted (p, l, t) values (repeat('compress me ', 400), repeat('compress me, too ', 400), array[repeat('element ', 900), 'b']);
insert into dump.toasted (p) select string_agg(md5(n::text) || repeat('-', 40), '') from generate_series(1, 150) n;
insert into dump.toasted (l) select string_agg(md5(n::text) || repeat('-', 40), '') from generate_series(1, 150) n;
insert into dump.toasted (e) select string_agg(md5(n::text), '') from generate_series(1, 150) n;
insert into dump.toasted (e) values (repeat('ä', 2000));
insert into dump.toasted (j) select jsonb_object_agg('key ' || n, jsonb_build_array(n, md5(n::text), n / 7.0, null, n % 2 = 0)) from generate_series(1, 100) n;
insert into dump.toasted (j) select jsonb_agg(n) from generate_series(1, 300) n;
insert into dump.toasted (d) values (row(1, row(2, repeat('b ', 3000)), array[row(3, repeat('c"', 2000))::pair], null, 'sad', repeat('z', 3000)));
insert into dump.toasted (n) values (('1' || repeat('23456789', 1000) || '.5')::numeric);
