// How each type prints: what the output functions of utils/adt print, from what lies on disk.
//
// The ByteSpan is the value's content: all bytes of a fixed-size type, for a varlena those behind its header.
// The functions append to `out`. Those that return bool need nothing but the bytes; false means that these
// cannot be a value of the type. The others can also meet text that is not in the encoding, or another type.
#pragma once

#include <string>

#include "feed/value_renderer.h"

namespace walkit::values {

bool print_bool(ByteSpan content, std::string& out);
bool print_int2(ByteSpan content, std::string& out);
bool print_int4(ByteSpan content, std::string& out);
bool print_int8(ByteSpan content, std::string& out);
bool print_uint4(ByteSpan content, std::string& out);  ///< oid, xid, cid
bool print_uint8(ByteSpan content, std::string& out);  ///< xid8
bool print_int2vector(ByteSpan content, std::string& out);
bool print_oidvector(ByteSpan content, std::string& out);
bool print_tid(ByteSpan content, std::string& out);
bool print_lsn(ByteSpan content, std::string& out);
bool print_snapshot(ByteSpan content, std::string& out);
bool print_money(ByteSpan content, std::string& out);

bool print_bytea(ByteSpan content, std::string& out);
bool print_bits(ByteSpan content, std::string& out);
bool print_uuid(ByteSpan content, std::string& out);
bool print_macaddr(ByteSpan content, std::string& out);  ///< of 6 or 8 bytes
bool print_inet(ByteSpan content, std::string& out);
bool print_cidr(ByteSpan content, std::string& out);

bool print_numeric(ByteSpan content, std::string& out);
bool print_float4(ByteSpan content, std::string& out);
bool print_float8(ByteSpan content, std::string& out);

bool print_point(ByteSpan content, std::string& out);
bool print_lseg(ByteSpan content, std::string& out);
bool print_line(ByteSpan content, std::string& out);
bool print_circle(ByteSpan content, std::string& out);
bool print_path(ByteSpan content, std::string& out);
bool print_polygon(ByteSpan content, std::string& out);

bool print_date(ByteSpan content, std::string& out);
bool print_time(ByteSpan content, std::string& out);
bool print_timetz(ByteSpan content, std::string& out);
bool print_timestamp(ByteSpan content, std::string& out);
bool print_timestamptz(ByteSpan content, std::string& out);
Unavailable print_interval(ValueRenderer& renderer, ByteSpan content, std::string& out);

Unavailable print_char(ValueRenderer& renderer, ByteSpan content, std::string& out);
Unavailable print_name(ValueRenderer& renderer, ByteSpan content, std::string& out);
Unavailable print_text(ValueRenderer& renderer, ByteSpan content, std::string& out);
Unavailable print_xml(ValueRenderer& renderer, ByteSpan content, std::string& out);
Unavailable print_jsonb(ValueRenderer& renderer, ByteSpan content, std::string& out);
Unavailable print_tsvector(ValueRenderer& renderer, ByteSpan content, std::string& out);
Unavailable print_tsquery(ValueRenderer& renderer, ByteSpan content, std::string& out);

// Types that the catalog tells about.
Unavailable print_array(ValueRenderer& renderer, ByteSpan content, std::string& out);
Unavailable print_enum(ValueRenderer& renderer, ByteSpan content, std::string& out);
Unavailable print_composite(ValueRenderer& renderer, const TypeInfo& type, ByteSpan content,
                            std::string& out);
Unavailable print_range(ValueRenderer& renderer, const TypeInfo& type, ByteSpan content, std::string& out);
Unavailable print_multirange(ValueRenderer& renderer, const TypeInfo& type, ByteSpan content,
                             std::string& out);

}  // namespace walkit::values
