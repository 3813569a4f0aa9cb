// SPDX-License-Identifier: MIT
#include <cstdint>
#include <proxcvx/core/random.hpp>
#include <proxcvx/io/csv.hpp>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/catch2.hpp"
#include "support/counts.hpp"

// Damaged tables: read_csv returns a valid data set, or throws std::invalid_argument with one line that names the
// source. Nothing else, whatever the bytes; the sanitizers say whether that is all.

namespace pc = proxcvx;

namespace {

constexpr std::string_view good_table =
    "length,\"width, \"\"mm\"\"\",kind\n"
    "5.1,3.5,setosa\n"
    "4.9,-3.0e0,setosa\n"
    "\"6.2\",2.9,\"versi\ncolor\"\n"
    "5.9,+3.,virginica\n";

std::size_t below(pc::RandomStream& stream, std::size_t count) {
  return static_cast<std::size_t>(stream.below(static_cast<pc::Index>(count)));
}

/// A place in the text, its end included.
std::size_t place(pc::RandomStream& stream, const std::string& text) { return below(stream, text.size() + 1); }

/// Begin and length of a line, with its end.
std::pair<std::size_t, std::size_t> some_line(pc::RandomStream& stream, const std::string& text) {
  const std::size_t at = place(stream, text);
  const std::size_t before = at == 0 ? std::string::npos : text.rfind('\n', at - 1);
  const std::size_t from = before == std::string::npos ? 0 : before + 1;
  const std::size_t end = text.find('\n', from);
  return {from, (end == std::string::npos ? text.size() : end + 1) - from};
}

void mutate(pc::RandomStream& stream, std::string& text) {
  static const std::vector<std::string> junk{",",
                                             "\"",
                                             "\"\"",
                                             "\n",
                                             "\r\n",
                                             "\r",
                                             ";",
                                             "\t",
                                             " ",
                                             "NaN",
                                             "inf",
                                             "?",
                                             "NA",
                                             "1e999",
                                             "-1e-999",
                                             "0x1p3",
                                             "1e",
                                             "-",
                                             "\xef\xbb\xbf",
                                             "\xff\xfe",
                                             "\xc3",
                                             std::string(1, '\0'),
                                             "\x1b[31m",
                                             std::string(400, '9'),
                                             std::string(70, 'q'),
                                             std::string(300, ','),
                                             "kind",
                                             "5.1,3.5,setosa\n",
                                             "\n\n\n",
                                             "e",
                                             ".",
                                             "+"};
  switch (stream.below(6)) {
    case 0:
      text.resize(place(stream, text));
      break;
    case 1:
      if (!text.empty()) {
        char& byte = text[below(stream, text.size())];
        byte = static_cast<char>(static_cast<unsigned char>(byte) ^ (1U << below(stream, 8)));
      }
      break;
    case 2: {
      const auto [from, size] = some_line(stream, text);
      text.erase(from, size);
      break;
    }
    case 3: {
      const auto [from, size] = some_line(stream, text);
      const std::size_t to = place(stream, text);
      text.insert(to, text.substr(from, size));
      break;
    }
    case 4: {
      const std::size_t to = place(stream, text);
      text.insert(to, junk[below(stream, junk.size())]);
      break;
    }
    default: {
      const std::size_t from = place(stream, text);
      text.erase(from, below(stream, 5));
    }
  }
}

const std::vector<pc::CsvSettings>& all_settings() {
  static const std::vector<pc::CsvSettings> all{{},
                                                {.label = "0", .targets = pc::Targets::numbers},
                                                {.label = "kind", .targets = pc::Targets::one_hot},
                                                {.label = "1"},
                                                {.label = "length", .positive = "5.9"},
                                                {.label = "2", .positive = "virginica"}};
  return all;
}

/// Whether what was read keeps LabelledData's promises.
bool is_valid(const pc::LabelledData& read, const pc::CsvSettings& settings) {
  const auto& targets = read.data.targets();
  const auto classes = static_cast<pc::Index>(read.classes.size());
  bool good_targets = targets.allFinite() && read.data.inputs().allFinite();
  if (settings.targets == pc::Targets::signs) {
    good_targets = good_targets && targets.rows() == 1 && (targets.array().abs() == 1).all() && classes >= 2 &&
                   targets.maxCoeff() == 1 && targets.minCoeff() == -1;
  } else if (settings.targets == pc::Targets::one_hot) {
    good_targets = good_targets && targets.rows() == classes && (targets.colwise().sum().array() == 1).all() &&
                   (targets.rowwise().sum().array() >= 1).all() && (targets.array() * (1 - targets.array()) == 0).all();
  } else {
    good_targets = good_targets && targets.rows() == 1 && classes == 0;
  }
  return good_targets && !read.label.empty() &&
         (read.features.empty() || static_cast<pc::Index>(read.features.size()) == read.data.dimension());
}

bool is_good_message(const std::string& message) {
  if (message.substr(0, 6) != "table:" || message.size() < 20 || message.size() > 1000) return false;
  for (const char c : message) {
    if (c < 0x20 || c > 0x7e) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("damaged tables are read or refused, nothing else") {
  const int cases = tests::scaled_count(1'000'000);
  int read_well = 0;
  int refused = 0;
  for (int i = 0; i < cases; ++i) {
    pc::RandomStream stream{pc::Seed{11}, static_cast<std::uint64_t>(i)};
    std::string text{good_table};
    for (pc::Index count = 1 + stream.below(3); count > 0; --count) mutate(stream, text);
    const pc::CsvSettings& settings = all_settings()[below(stream, all_settings().size())];
    std::istringstream in(text);
    try {
      const pc::LabelledData data = pc::read_csv(in, "table", settings);
      if (!is_valid(data, settings)) FAIL("case " << i << " is not valid: " << text);
      ++read_well;
    } catch (const std::invalid_argument& error) {
      if (!is_good_message(error.what())) FAIL("case " << i << ": " << error.what());
      ++refused;
    }
  }
  CHECK(read_well + refused == cases);
  CHECK(read_well > cases / 20);
  CHECK(refused > cases / 20);
}

TEST_CASE("a table that is cut anywhere is read as far as whole lines go, or refused") {
  for (std::size_t size = 0; size <= good_table.size(); ++size) {
    std::istringstream in{std::string(good_table.substr(0, size))};
    try {
      const pc::LabelledData data = pc::read_csv(in, "table");
      CHECK(is_valid(data, {}));
      CHECK(data.features == std::vector<std::string>{"length", "width, \"mm\""});
    } catch (const std::invalid_argument& error) {
      CHECK(is_good_message(error.what()));
    }
  }
}

TEST_CASE("noise is refused") {
  for (int i = 0; i < 500; ++i) {
    pc::RandomStream stream{pc::Seed{12}, static_cast<std::uint64_t>(i)};
    std::string text(1 + below(stream, 3000), ' ');
    for (char& c : text) c = static_cast<char>(stream() & 0xffU);
    text += '\0';
    std::istringstream in(text);
    CHECK_THROWS_AS(pc::read_csv(in, "table"), std::invalid_argument);
  }
}
