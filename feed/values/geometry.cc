// point, lseg, box, line, circle, path, polygon.
//
// Format: utils/geo_decls.h; all are of float8. Text: utils/adt/geo_ops.c.
#include "feed/values/floats.h"
#include "feed/values/printers.h"
#include "walreader/bytes.h"

namespace walkit::values {
namespace {

constexpr std::size_t kFloatSize = 8;
constexpr std::size_t kPointSize = 2 * kFloatSize;

double take_float(Cursor& in) { return std::bit_cast<double>(in.u64()); }

/// Numbers with commas between.
void append_floats(std::string& out, Cursor& in, int count) {
  for (int i = 0; i < count; ++i) {
    if (i > 0) out += ',';
    append_float(out, take_float(in));
  }
}

/// (x,y),(x,y)...
void append_points(std::string& out, ByteSpan points) {
  Cursor in(points);
  while (in.remaining() >= kPointSize) {
    out += in.remaining() == points.size() ? "(" : ",(";
    append_floats(out, in, 2);
    out += ')';
  }
}

/// `points` is all that is left, and must be as many.
bool print_enclosed(std::string& out, ByteSpan points, std::uint32_t count, std::string_view brackets) {
  if (points.size() % kPointSize != 0 || points.size() / kPointSize != count) return false;
  out += brackets[0];
  append_points(out, points);
  out += brackets[1];
  return true;
}

}  // namespace

bool print_point(ByteSpan content, std::string& out) {
  append_points(out, content);
  return true;
}

bool print_lseg(ByteSpan content, std::string& out) { return print_enclosed(out, content, 2, "[]"); }

bool print_line(ByteSpan content, std::string& out) {
  Cursor in(content);
  out += '{';
  append_floats(out, in, 3);
  out += '}';
  return in.ok();
}

bool print_circle(ByteSpan content, std::string& out) {
  out += '<';
  append_points(out, content.first(kPointSize));
  out += ',';
  Cursor in(content.subspan(kPointSize));
  append_floats(out, in, 1);
  out += '>';
  return in.ok();
}

/// Number of points, whether it is closed, padding, the points.
bool print_path(ByteSpan content, std::string& out) {
  Cursor in(content);
  const std::uint32_t count = in.u32();
  const bool closed = in.u32() != 0;
  in.skip(4);
  return in.ok() && print_enclosed(out, in.rest(), count, closed ? "()" : "[]");
}

/// Number of points, bounding box, the points.
bool print_polygon(ByteSpan content, std::string& out) {
  Cursor in(content);
  const std::uint32_t count = in.u32();
  in.skip(2 * kPointSize);
  return in.ok() && print_enclosed(out, in.rest(), count, "()");
}

}  // namespace walkit::values
