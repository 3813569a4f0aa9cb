// SPDX-License-Identifier: MIT
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <locale>
#include <proxcvx/core/random.hpp>
#include <proxcvx/io/number.hpp>
#include <sstream>
#include <string>

#include "support/catch2.hpp"

namespace pc = proxcvx;
using pc::detail::NumberStatus;
using pc::detail::parse_number;

namespace {

/// A locale with a comma for the decimal point and points between groups of digits.
struct CommaPoint : std::numpunct<char> {
  char do_decimal_point() const override { return ','; }
  char do_thousands_sep() const override { return '.'; }
  std::string do_grouping() const override { return "\3"; }
};

}  // namespace

TEST_CASE("decimal numbers are read to the nearest double") {
  struct Good {
    const char* text;
    double value;
  };
  for (const Good& good : {Good{"0", 0},
                           {"-0", -0.0},
                           {"+1.5", 1.5},
                           {"1e-3", 1e-3},
                           {".5", .5},
                           {"5.", 5},
                           {"-.5e+2", -50},
                           {"1E5", 1e5},
                           {" \t7\t ", 7},
                           {"0.1", 0.1},
                           {"4.9e-324", 4.9e-324},
                           {"2.2250738585072011e-308", 2.2250738585072011e-308},
                           {"0e999", 0},
                           {"00012", 12},
                           {"1.7976931348623157e308", std::numeric_limits<double>::max()}}) {
    INFO(good.text);
    const auto parsed = parse_number(good.text);
    CHECK(parsed.status == NumberStatus::number);
    CHECK(std::bit_cast<std::uint64_t>(parsed.value) == std::bit_cast<std::uint64_t>(good.value));
  }
}

TEST_CASE("what is no decimal number is refused") {
  for (const char* text :
       {"",     " ",     "-",     "+",     ".",    "e5",  ".e5",      "1e",    "1e+",       "1 2", "1,5",
        "0x10", "0x1p3", "1p3",   "inf",   "-inf", "nan", "infinity", "1_000", "1'000",     "--1", "+-1",
        "-+1",  "++1",   "1.2.3", "1e5.0", "1f",   "1d",  "1L",       "one",   "1\xc2\xa0", "1\n", "\xd9\xa1"}) {
    INFO(text);
    CHECK(parse_number(text).status == NumberStatus::not_a_number);
  }
  CHECK(parse_number(std::string_view("1\0", 2)).status == NumberStatus::not_a_number);
}

TEST_CASE("what does not fit a double is out of range") {
  for (const char* text : {"1e999", "-1e999", "1.8e308", "1e-999", "-1e-400", "1e99999999999999999999"}) {
    INFO(text);
    CHECK(parse_number(text).status == NumberStatus::out_of_range);
  }
  CHECK(parse_number("1" + std::string(400, '0')).status == NumberStatus::out_of_range);
  CHECK(parse_number("0." + std::string(400, '0') + "1").status == NumberStatus::out_of_range);
  CHECK(parse_number("0." + std::string(300, '0') + "1").value == 1e-301);
}

TEST_CASE("the stream that stands in for std::from_chars agrees with it") {
  pc::RandomStream stream{pc::Seed{3}};
  bool same = true;
  for (int i = 0; i < 20'000; ++i) {
    std::ostringstream text;
    text.precision(1 + static_cast<int>(stream.below(17)));
    text << std::bit_cast<double>(stream());
    const auto parsed = parse_number(text.str());
    if (parsed.status == NumberStatus::not_a_number) continue;
    const auto by_stream = pc::detail::number_by_stream(text.str());
    same = same && parsed.status == by_stream.status && parsed.value == by_stream.value;
  }
  CHECK(same);
  for (const char* text : {"1e999", "-1e-400", "1e99999999999999999999", "4.9e-324", "0e999", "5.", ".5"}) {
    INFO(text);
    CHECK(parse_number(text).status == pc::detail::number_by_stream(text).status);
    CHECK(parse_number(text).value == pc::detail::number_by_stream(text).value);
  }
}

TEST_CASE("the locale does not matter") {
  const std::locale before = std::locale::global(std::locale(std::locale::classic(), new CommaPoint));
  const auto parsed = parse_number("1234.5");
  const auto by_stream = pc::detail::number_by_stream("1234.5");
  const auto comma = parse_number("1234,5");
  std::locale::global(before);
  CHECK(parsed.value == 1234.5);
  CHECK(by_stream.value == 1234.5);
  CHECK(comma.status == NumberStatus::not_a_number);
}
