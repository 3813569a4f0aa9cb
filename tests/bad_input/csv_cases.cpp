// SPDX-License-Identifier: MIT
#include <random>

#include "bad_input/cases.hpp"

namespace {

using tests::BadInput;
using Row = std::vector<std::string>;
using Table = std::vector<Row>;

/// A good table, which each case spoils in one way.
const Table good{{"length", "width", "depth", "kind"}, {"1.5", "-2.25", "3e-1", "left"}, {"2.5", "0.125", "7", "right"},
                 {"-3.5", "4", "+0.5", "left"},        {"4.75", "-1", "2e1", "right"},   {"0.5", "1.5", "-8", "left"},
                 {"6", "2.5", "0.25", "right"}};

std::string text_of(const Table& table) {
  std::string text;
  for (const Row& row : table) {
    for (std::size_t column = 0; column < row.size(); ++column) text += (column == 0 ? "" : ",") + row[column];
    text += '\n';
  }
  return text;
}

BadInput case_of(const std::string& name, const std::string& text, const std::string& mention = "table.csv",
                 const std::vector<std::string>& more = {}) {
  BadInput bad{.name = name, .arguments = {"--data", "@table.csv"}, .files = {{"table.csv", text}}, .mention = mention};
  bad.arguments.insert(bad.arguments.end(), more.begin(), more.end());
  return bad;
}

std::string place(std::size_t line, std::size_t column) {
  return "line " + std::to_string(line + 1) + ", column " + std::to_string(column);
}

/// Cells that are no finite numbers, at every place of the table.
void add_bad_cells(std::vector<BadInput>& cases) {
  const std::vector<std::string> missing{"", "?", "nan", "NaN", "NA", "n/a", "null", "inf", "-Infinity"};
  const std::vector<std::string> no_numbers{
      "wide", "1e999", "-1e999", std::string(400, '9'), "1e-999", "1e", "0x10", "--1", "1.2.3", "1_000", "1 2"};
  for (std::size_t line = 1; line < good.size(); ++line) {
    for (std::size_t column = 0; column < 4; ++column) {
      for (const bool absent : {true, false}) {
        if (!absent && column == 3) continue;  // any text is a label
        for (const std::string& cell : absent ? missing : no_numbers) {
          Table table = good;
          table[line][column] = cell;
          cases.push_back(
              case_of("cell \"" + cell + "\" at " + place(line, column), text_of(table), place(line, column)));
        }
      }
    }
  }
}

/// Rows with too few or too many cells, and a file that ends inside a row.
void add_ragged_rows(std::vector<BadInput>& cases) {
  for (std::size_t line = 0; line < good.size(); ++line) {
    for (const std::size_t width : {1U, 2U, 3U, 5U, 6U, 40U}) {
      Table table = good;
      table[line].resize(width, "1");
      cases.push_back(
          case_of("line " + std::to_string(line + 1) + " of " + std::to_string(width) + " cells", text_of(table)));
    }
    const Table before(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(line));
    const std::string row = text_of({good[line]});
    for (std::size_t size = 1; size < row.rfind(','); ++size) {
      cases.push_back(case_of("line " + std::to_string(line + 1) + " cut to " + std::to_string(size) + " bytes",
                              text_of(before) + row.substr(0, size)));
    }
  }
}

/// Quotes that do not close or close too early, and bytes that are no text.
void add_broken_text(std::vector<BadInput>& cases) {
  for (std::size_t line = 0; line < good.size(); ++line) {
    for (std::size_t column = 0; column < 4; ++column) {
      Table table = good;
      table[line][column] = '"' + good[line][column];
      cases.push_back(case_of("open quote at " + place(line, column), text_of(table)));
      table[line][column] = "\"\"" + good[line][column];
      cases.push_back(case_of("text behind a quote at " + place(line, column), text_of(table)));
    }
  }
  const std::string text = text_of(good);
  for (char byte = 0; byte < 0x20; ++byte) {
    if (byte == '\t' || byte == '\n' || byte == '\r') continue;
    for (const std::size_t at : {std::size_t{0}, text.size() / 2, text.size()}) {
      std::string spoilt = text;
      spoilt.insert(at, 1, byte);
      cases.push_back(case_of("byte " + std::to_string(byte) + " at " + std::to_string(at), spoilt));
    }
  }
  for (unsigned seed = 1; seed <= 30; ++seed) {
    std::mt19937 random(seed);
    std::string junk(random() % 3000, ' ');
    for (char& byte : junk) byte = static_cast<char>(random() & 0xffU);
    cases.push_back(case_of("junk " + std::to_string(seed), junk + '\0'));
  }
}

/// Files that hold no two classes, or nothing at all.
void add_poor_tables(std::vector<BadInput>& cases) {
  const std::string header = text_of({good[0]});
  for (const std::string& text :
       {std::string(), std::string("\n"), std::string("\r\n\n"), std::string("\xef\xbb\xbf"), std::string(" "), header,
        header + "\n\n", std::string("a\n1\n2\n"), std::string("1\n2\n"), std::string("1 2 left\n3 4 right\n"),
        std::string("1,x,left\n2,3,right\n")}) {
    cases.push_back(case_of("poor table of " + std::to_string(text.size()) + " bytes", text));
  }
  for (std::size_t line = 1; line < good.size(); ++line) {
    Table one(2 + line, good[line]);
    one[0] = good[0];
    cases.push_back(case_of("one class, " + std::to_string(line + 1) + " samples", text_of(one), "two classes"));
    Table gap = good;
    gap.insert(gap.begin() + static_cast<std::ptrdiff_t>(line), Row{});
    cases.push_back(case_of("a blank line " + std::to_string(line + 1), text_of(gap), "blank"));
  }
}

/// Good tables with bad flags.
void add_bad_choices(std::vector<BadInput>& cases) {
  const std::string text = text_of(good);
  for (const char* const label :
       {"4", "99", "9999999999", "99999999999999999999", "-1", "nosuch", "Kind", "kind ", "\xc3\xa9"}) {
    cases.push_back(case_of(std::string("label ") + label, text, "label column", {"--label", label}));
  }
  for (const char* const positive : {"nosuch", "LEFT", "1", "left\nright"}) {
    cases.push_back(case_of(std::string("positive ") + positive, text, "positive class", {"--positive", positive}));
  }
  cases.push_back(case_of("regression on words", text, "a number", {"--network", "neuron", "--loss", "squared"}));
  cases.push_back(case_of("positive of numbers", text, "--positive", {"--loss", "squared", "--positive", "left"}));
  cases.push_back(case_of("data twice", text, "--data", {"--data", "@table.csv"}));
  cases.push_back(case_of("data of two kinds", text, "--idx", {"--idx", "@a", "@b"}));
  Table twin = good;
  twin[0][0] = "kind";
  cases.push_back(case_of("two columns of that name", text_of(twin), "only one column", {"--label", "kind"}));
}

/// Finite numbers whose squares or differences are not, and inputs that say nothing.
void add_extreme_numbers(std::vector<BadInput>& cases) {
  const auto table = [](const std::string& size, const std::string& other) {
    return size + ',' + other + ",1\n-" + size + ",-" + other + ",-1\n" + size + ",-" + other + ",1\n";
  };
  const std::vector<std::string> neuron{"--scale", "none", "--network", "neuron", "--loss", "squared"};
  for (const char* const size : {"1e155", "1e200", "1e308", "1.7e308"}) {
    for (const char* const other : {"1", "1e200", "1.7e308"}) {
      const std::string text = table(size, other);
      cases.push_back(case_of(std::string(size) + " and " + other, text, "data: ", {"--scale", "none"}));
      cases.push_back(case_of(std::string(size) + " and " + other + ", neuron", text, "data: ", neuron));
    }
  }
  for (const char* const other : {"1", "1e-300", "0"}) {
    cases.push_back(case_of(std::string("1.7e308 and ") + other + " scaled", table("1.7e308", other), "overflows"));
  }
  for (const char* const small : {"0", "1e-200", "1e-300", "4.9e-324"}) {
    cases.push_back(case_of(std::string("only ") + small, table(small, "0"), "not zero", {"--scale", "none"}));
  }
  cases.push_back(case_of("denormal and scaled", table("4.9e-324", "1"), "denormal"));
  cases.push_back(case_of("constant features", "1,2,a\n1,2,b\n1,2,a\n", "not zero"));
}

void add_unreadable_files(std::vector<BadInput>& cases) {
  for (const std::string& file :
       {std::string("@absent.csv"), std::string("@"), std::string("@table.csv/child"), '@' + std::string(300, 'x'),
        '@' + std::string(5000, 'x'), std::string("/proc/self/mem")}) {
    BadInput bad = case_of("file " + file.substr(0, 40), text_of(good), "");
    bad.arguments[1] = file;
    cases.push_back(bad);
  }
}

}  // namespace

TEST_CASE("bad tables are refused with a message") {
  std::vector<BadInput> cases;
  add_bad_cells(cases);
  add_ragged_rows(cases);
  add_broken_text(cases);
  add_poor_tables(cases);
  add_bad_choices(cases);
  add_extreme_numbers(cases);
  add_unreadable_files(cases);
  tests::check_all(cases, tests::fewest_tables);
}
