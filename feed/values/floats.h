// Floating point numbers in their shortest form.
#pragma once

#include <string>

namespace walkit::values {

/// As float4out and float8out print with extra_float_digits = 1.
void append_float(std::string& out, float value);
void append_float(std::string& out, double value);

}  // namespace walkit::values
