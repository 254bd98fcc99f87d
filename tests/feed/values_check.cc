// values_check FILE: compares each value of a dump (values_dump.sql) with what the server printed for it.
#include <cstdio>
#include <exception>

#include "tests/feed/values_dump_support.h"

int main(int argc, char** argv) try {
  using namespace walkit::test;
  if (argc != 2) return 2;
  Dump dump = parse_dump(read_dump(argv[1]));
  const Comparison result = compare(dump);
  for (const std::string& difference : result.differences) std::printf("%s\n", difference.c_str());
  std::printf("%zu tables, %zu values, %zu equal\n", dump.tables.size(), result.values, result.equal);
  return result.values > 0 && result.equal == result.values ? 0 : 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
