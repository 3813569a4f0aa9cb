// SPDX-License-Identifier: MIT
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <proxcvx/core/random.hpp>
#include <proxcvx/io/hex_float.hpp>
#include <string>
#include <vector>

#include "support/catch2.hpp"

namespace pc = proxcvx;
using Limits = std::numeric_limits<double>;

namespace {

bool same_bits(double a, double b) { return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b); }

std::string by_printf(double value) {
  char text[64];
  std::snprintf(text, sizeof text, "%a", value);
  return text;
}

}  // namespace

TEST_CASE("hexadecimal floats are those of C, and come back bit for bit") {
  std::vector<double> values{0.0,
                             -0.0,
                             1.0,
                             -1.5,
                             0.1,
                             1e300,
                             Limits::min(),
                             -Limits::max(),
                             Limits::denorm_min(),
                             -3e-310,
                             std::nextafter(Limits::min(), 0.0),
                             Limits::epsilon()};
  pc::RandomStream stream{pc::Seed{1}};
  while (values.size() < 5000) {
    auto bits = stream();
    if (values.size() % 3 == 0) bits &= ~(std::uint64_t{0x7ff} << 52U);  // a denormal
    if (std::isfinite(std::bit_cast<double>(bits))) values.push_back(std::bit_cast<double>(bits));
  }
  bool all_agree = true;
  bool all_return = true;
  for (const double value : values) {
    const std::string text = pc::hex_float(value);
    all_agree = all_agree && text == by_printf(value) && same_bits(std::strtod(text.c_str(), nullptr), value);
    all_return = all_return && same_bits(pc::from_hex_float(text), value);
  }
  CHECK(all_agree);
  CHECK(all_return);
  CHECK(pc::hex_float(1.5) == "0x1.8p+0");
  CHECK(pc::hex_float(Limits::denorm_min()) == "0x0.0000000000001p-1022");
}

TEST_CASE("infinities and NaN have words") {
  CHECK(pc::hex_float(Limits::quiet_NaN()) == "NaN");
  CHECK(pc::hex_float(-Limits::infinity()) == "-Infinity");
  CHECK(std::isnan(pc::from_hex_float("NaN")));
  CHECK(pc::from_hex_float("Infinity") == Limits::infinity());
  CHECK(pc::from_hex_float("-Infinity") == -Limits::infinity());
}

TEST_CASE("other spellings of the same double are read") {
  CHECK(pc::from_hex_float("0x3p-1") == 1.5);
  CHECK(pc::from_hex_float("0xap0") == 10);
  CHECK(pc::from_hex_float("-0x.8p+1") == -1);
  CHECK(pc::from_hex_float("0x1p-1074") == Limits::denorm_min());
}

TEST_CASE("what is no hexadecimal float, or no double, is refused") {
  for (const char* text : {"",
                           "-",
                           "1.5",
                           "0x",
                           "0x1",
                           "0x1p",
                           "0x1p+",
                           "0x1p-",
                           "0xp0",
                           "0x.p0",
                           "0x1.8.0p0",
                           "0x1.8p0 ",
                           " 0x1p0",
                           "+0x1p0",
                           "0X1p0",
                           "0x1P0",
                           "0x1.gp0",
                           "0x1p0x",
                           "0x1p1.5",
                           "0x1p1024",
                           "-0x1p9999",
                           "0x1p-1075",
                           "0x1p99999",
                           "0x1.00000000000001p0",
                           "0x3fffffffffffffp0",
                           "0x1.8p-1074",
                           "nan",
                           "inf",
                           "--Infinity"}) {
    INFO(text);
    CHECK_THROWS_AS(pc::from_hex_float(text), std::invalid_argument);
  }
  CHECK_THROWS_WITH(pc::from_hex_float("1\n5"),
                    "hexadecimal float: expected a double such as 0x1.8p+0, got \"1\\x0a5\"");
}
