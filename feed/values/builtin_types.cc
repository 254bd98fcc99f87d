#include "feed/values/builtin_types.h"

#include <algorithm>
#include <array>

namespace walkit::values {
namespace {

template <bool (*Print)(ByteSpan, std::string&)>
Unavailable plain(ValueRenderer& /*renderer*/, ByteSpan content, std::string& out) {
  return Print(content, out) ? Unavailable::none : Unavailable::type_unrendered;
}

constexpr auto kTypes = std::to_array<BuiltinType>({
    {16, 1, plain<print_bool>},
    {17, -1, plain<print_bytea>},
    {18, 1, print_char},
    {19, 64, print_name},
    {20, 8, plain<print_int8>},
    {21, 2, plain<print_int2>},
    {22, -1, plain<print_int2vector>},
    {23, 4, plain<print_int4>},
    {25, -1, print_text},
    {26, 4, plain<print_uint4>},  // oid
    {27, 6, plain<print_tid>},
    {28, 4, plain<print_uint4>},  // xid
    {29, 4, plain<print_uint4>},  // cid
    {30, -1, plain<print_oidvector>},
    {114, -1, print_text},  // json
    {142, -1, print_xml},
    {600, 16, plain<print_point>},
    {601, 32, plain<print_lseg>},
    {602, -1, plain<print_path>},
    {603, 32, plain<print_point>},  // box
    {604, -1, plain<print_polygon>},
    {628, 24, plain<print_line>},
    {650, -1, plain<print_cidr>},
    {700, 4, plain<print_float4>},
    {701, 8, plain<print_float8>},
    {718, 24, plain<print_circle>},
    {774, 8, plain<print_macaddr>},  // macaddr8
    {790, 8, plain<print_money>},
    {829, 6, plain<print_macaddr>},
    {869, -1, plain<print_inet>},
    {1042, -1, print_text},  // bpchar
    {1043, -1, print_text},  // varchar
    {1082, 4, plain<print_date>},
    {1083, 8, plain<print_time>},
    {1114, 8, plain<print_timestamp>},
    {1184, 8, plain<print_timestamptz>},
    {1186, 16, print_interval},
    {1266, 12, plain<print_timetz>},
    {1560, -1, plain<print_bits>},
    {1562, -1, plain<print_bits>},  // varbit
    {1700, -1, plain<print_numeric>},
    {1790, -1, print_text},  // refcursor
    {2950, 16, plain<print_uuid>},
    {2970, -1, plain<print_snapshot>},  // txid_snapshot
    {3220, 8, plain<print_lsn>},
    {3614, -1, print_tsvector},
    {3615, -1, print_tsquery},
    {3802, -1, print_jsonb},
    {5038, -1, plain<print_snapshot>},
    {5069, 8, plain<print_uint8>},  // xid8
});

static_assert(std::ranges::is_sorted(kTypes, {}, &BuiltinType::oid));

/// For each OID the number of its row, from 1; 0 where there is none.
constexpr auto kRows = [] {
  std::array<std::uint8_t, kTypes.back().oid + 1> rows{};
  for (std::size_t i = 0; i < kTypes.size(); ++i) rows[kTypes[i].oid] = static_cast<std::uint8_t>(i + 1);
  return rows;
}();

}  // namespace

const BuiltinType* find_builtin(Oid type) {
  if (type >= kRows.size() || kRows[type] == 0) return nullptr;
  return &kTypes[kRows[type] - 1U];
}

}  // namespace walkit::values
