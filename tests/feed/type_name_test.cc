// The names are what format_type() of PostgreSQL 15 prints for these types and modifiers, as pg_attribute has
// them.
#include "feed/type_name.h"

#include <gtest/gtest.h>

#include <map>

namespace walkit {
namespace {

class Types final : public TypeCatalog {
 public:
  Types() {
    add(23, "pg_catalog", "int4", 0, 4);
    add(1007, "pg_catalog", "_int4", 23, -1);
    add(22, "pg_catalog", "int2vector", 21, -1);
    add(18, "pg_catalog", "char", 0, 1);
    add(25, "pg_catalog", "text", 0, -1);
    for (const Oid oid : {1042, 1043, 1083, 1114, 1184, 1186, 1560, 1562, 1700})
      add(oid, "pg_catalog", "built_in", 0, -1);
    add(20000, "public", "mood", 0, 4);
    add(20001, "s2", "Pair", 0, -1);
    add(20002, "s2", "_Pair", 20001, -1);
  }
  const TypeInfo* type(Oid oid) const override {
    const auto found = types_.find(oid);
    return found == types_.end() ? nullptr : &found->second;
  }
  std::optional<std::string_view> enum_label(Oid) const override { return {}; }

 private:
  void add(Oid oid, std::string schema, std::string name, Oid element, std::int16_t length) {
    TypeInfo& type = types_[oid];
    type.oid = oid;
    type.schema = std::move(schema);
    type.name = std::move(name);
    type.element = element;
    type.storage.length = length;
  }
  std::map<Oid, TypeInfo> types_;
};

TEST(TypeName, BuiltInTypesHaveTheirWords) {
  const Types types;
  EXPECT_EQ(type_name(types, 23, -1), "integer");
  EXPECT_EQ(type_name(types, 1007, -1), "integer[]");
  EXPECT_EQ(type_name(types, 22, -1), "int2vector");
  EXPECT_EQ(type_name(types, 18, -1), "\"char\"");
  EXPECT_EQ(type_name(types, 25, -1), "text");
}

TEST(TypeName, ModifiersAreThoseOfTheType) {
  const Types types;
  EXPECT_EQ(type_name(types, 1043, 24), "character varying(20)");
  EXPECT_EQ(type_name(types, 1043, -1), "character varying");
  EXPECT_EQ(type_name(types, 1042, 9), "character(5)");
  EXPECT_EQ(type_name(types, 1042, -1), "bpchar");
  EXPECT_EQ(type_name(types, 1560, 3), "bit(3)");
  EXPECT_EQ(type_name(types, 1560, -1), "\"bit\"");
  EXPECT_EQ(type_name(types, 1562, 5), "bit varying(5)");
  EXPECT_EQ(type_name(types, 1083, 3), "time(3) without time zone");
  EXPECT_EQ(type_name(types, 1184, -1), "timestamp with time zone");
  EXPECT_EQ(type_name(types, 1700, 655366), "numeric(10,2)");
  EXPECT_EQ(type_name(types, 1700, 329730), "numeric(5,-2)");
  EXPECT_EQ(type_name(types, 1186, 470286338), "interval day to second(2)");
  EXPECT_EQ(type_name(types, 1186, -1), "interval");
}

TEST(TypeName, OthersAreQuotedAndQualifiedAsNeeded) {
  const Types types;
  EXPECT_EQ(type_name(types, 20000, -1), "mood");
  EXPECT_EQ(type_name(types, 20001, -1), "s2.\"Pair\"");
  EXPECT_EQ(type_name(types, 20002, -1), "s2.\"Pair\"[]");
  EXPECT_EQ(type_name(types, 4711, -1), "???");
}

}  // namespace
}  // namespace walkit
