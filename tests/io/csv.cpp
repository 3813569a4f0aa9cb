// SPDX-License-Identifier: MIT
#include <bit>
#include <cmath>
#include <iomanip>
#include <limits>
#include <proxcvx/core/random.hpp>
#include <proxcvx/io/csv.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "support/catch2.hpp"
#include "support/temporary.hpp"

namespace pc = proxcvx;
using Strings = std::vector<std::string>;

namespace {

pc::LabelledData read(const std::string& text, const pc::CsvSettings& settings = {}) {
  std::istringstream in(text);
  return pc::read_csv(in, "f", settings);
}

/// The message of the std::invalid_argument that reading throws; "" if it throws none.
std::string refusal(const std::string& text, const pc::CsvSettings& settings = {}) {
  try {
    (void)read(text, settings);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

pc::Matrix<double> row(std::initializer_list<double> entries) {
  pc::Matrix<double> out(1, static_cast<pc::Index>(entries.size()));
  pc::Index i = 0;
  for (const double entry : entries) out(0, i++) = entry;
  return out;
}

const pc::CsvSettings numbers{.targets = pc::Targets::numbers};

}  // namespace

TEST_CASE("a table with a header: names, values and signs") {
  const auto read_data = read("length,width,kind\n1,2,cat\n3,4.5,dog\n-5e-1,.5,cat\n");
  CHECK(read_data.features == Strings{"length", "width"});
  CHECK(read_data.label == "kind");
  CHECK(read_data.classes == Strings{"cat", "dog"});
  pc::Matrix<double> inputs(2, 3);
  inputs << 1, 3, -0.5, 2, 4.5, 0.5;
  CHECK(read_data.data.inputs() == inputs);
  CHECK(read_data.data.targets() == row({1, -1, 1}));
}

TEST_CASE("a table without header: the label may be the only text") {
  const auto read_data = read("1,2,cat\n3,4,dog\n");
  CHECK(read_data.features.empty());
  CHECK(read_data.label == "2");
  CHECK(read_data.data.size() == 2);
  CHECK(read("1,2,0\n3,4,1\n").classes == Strings{"0", "1"});
}

TEST_CASE("the label column: last, by index, by name") {
  const std::string table = "a,y,b\n1,u,2\n3,v,4\n";
  for (const char* label : {"1", "y"}) {
    const auto read_data = read(table, {.label = label});
    CHECK(read_data.features == Strings{"a", "b"});
    CHECK(read_data.label == "y");
    CHECK(read_data.classes == Strings{"u", "v"});
    CHECK(read_data.data.inputs().col(1) == pc::Vector<double>{{3.0, 4.0}});
  }
  const auto first = read("u,1,2\nv,3,4\n", {.label = "0"});
  CHECK(first.label == "0");
  CHECK(first.data.inputs().col(0) == pc::Vector<double>{{1.0, 2.0}});
}

TEST_CASE("names that are numbers need a label by name") {
  CHECK(refusal("0,1,y\n5,6,0\n7,8,1\n") ==
        "f: line 1, column 2: expected numbers in the whole line, or a header (if this is one, give the label column "
        "by its name), got \"y\" beside numbers");
  CHECK(refusal("a,2020,y\n5,6,u\n7,8,v\n").find("f: line 1, column 0: expected numbers in the whole line") == 0);
  CHECK(refusal("1,b,3,u\n4,5,6,v\n").find("f: line 1, column 1") == 0);
  for (const char* names : {"0,1,y\n", "a,2020,y\n"}) {
    const auto read_data = read(names + std::string("5,6,0\n7,8,1\n"), {.label = "y"});
    CHECK(read_data.data.size() == 2);
    CHECK(read_data.features.size() == 2);
  }
}

TEST_CASE("the positive class: the first in file order, or the one asked for, against the rest") {
  const std::string table = "1,a\n2,b\n3,c\n4,b\n";
  CHECK(read(table).data.targets() == row({1, -1, -1, -1}));
  const auto asked = read(table, {.positive = "b"});
  CHECK(asked.data.targets() == row({-1, 1, -1, 1}));
  CHECK(asked.classes == Strings{"b", "a", "c"});
  CHECK(read(table, {.positive = "c"}).classes == Strings{"c", "a", "b"});
  CHECK(read("1,1\n2,1.0\n").classes == Strings{"1", "1.0"});
}

TEST_CASE("one-hot columns and numbers as targets") {
  pc::Matrix<double> one_hot(3, 4);
  one_hot << 1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 1, 0;
  const auto classes = read("1,a\n2,b\n3,c\n4,b\n", {.targets = pc::Targets::one_hot});
  CHECK(classes.data.targets() == one_hot);
  CHECK(classes.classes == Strings{"a", "b", "c"});
  const auto regression = read("x,price\n1,10\n2,20.5\n", numbers);
  CHECK(regression.data.targets() == row({10, 20.5}));
  CHECK(regression.classes.empty());
  CHECK(read("1,3\n", numbers).data.size() == 1);
}

TEST_CASE("ends of lines, byte order mark, quotes, spaces and separators do not change what is read") {
  const auto plain = read("a,b,y\n1,2,u v\n3,4,w\n");
  const std::vector<std::string> same{
      "a,b,y\n1,2,u v\n3,4,w",
      "a,b,y\r\n1,2,u v\r\n3,4,w\r\n",
      "a,b,y\r\n1,2,u v\r\n3,4,w\r",
      "a,b,y\n1,2,u v\n3,4,w\n\n",
      "a,b,y\r\n1,2,u v\r\n3,4,w\r\n\r\n  \r\n\n",
      std::string("\xef\xbb\xbf") + "a,b,y\n1,2,u v\n3,4,w\n",
      "\"a\",\"b\",\"y\"\n\"1\",\"2\",\"u v\"\n\"3\",\"4\",\"w\"\n",
      "\xef\xbb\xbf\"a\" , \"b\",y\r\n \" 1 \"\t,2,\"u v\"  \r\n3,4,w",
      " a ,b\t, y\n  1,\t2 ,u v \n3 , 4,w\n",
      "a;b;y\n1;2;u v\n3;4;w\n",
      "a\tb\ty\n1\t2\tu v\n3\t 4 \tw\n",
      "a,b,y\n+1,2e0,u v\n3.,00004.000,w\n",
  };
  for (const std::string& text : same) {
    INFO(text);
    const auto other = read(text);
    CHECK(other.features == plain.features);
    CHECK(other.label == plain.label);
    CHECK(other.classes == plain.classes);
    CHECK(other.data.inputs() == plain.data.inputs());
    CHECK(other.data.targets() == plain.data.targets());
  }
}

TEST_CASE("quoted cells hold separators, quotes and line breaks") {
  const auto read_data = read("\"a, \"\"b\"\"\",\"y\nz\"\n1,\"u,1\"\n2,\"\"\"\"\n3,it's 5\" long\n");
  CHECK(read_data.features == Strings{"a, \"b\""});
  CHECK(read_data.label == "y\nz");
  CHECK(read_data.classes == Strings{"u,1", "\"", "it's 5\" long"});
  CHECK(refusal("x,y\n1,\"a\nb\"\n?,c\n").find("f: line 4, column 0 (\"x\")") == 0);
}

TEST_CASE("every bad table is refused with its place") {
  struct Bad {
    const char* text;
    const char* message;
  };
  const std::vector<Bad> tables{
      {"", "f: expected a table, got an empty file"},
      {"\n\n \n", "f: expected a table, got an empty file"},
      {"\xef\xbb\xbf", "f: expected a table, got an empty file"},
      {"\n1,a\n2,b\n", "f: line 1: expected a sample, got a blank line"},
      {"1,a\n\n2,b\n", "f: line 2: expected a sample, got a blank line"},
      {"1\n2\n", "f: line 1: expected at least two columns, features and a label, got one column"},
      {"x,y\n", "f: expected at least one sample, got a header only"},
      {"x,y\n\n", "f: expected at least one sample, got a header only"},
      {"x,y\n1,a\n2\n", "f: line 3: expected 2 cells as in line 1, got 1"},
      {"x,y\n1,a\n2,b,\n", "f: line 3: expected 2 cells as in line 1, got 3"},
      {"1,a\n2,b,c\n", "f: line 2: expected 2 cells as in line 1, got 3"},
      {"1,2,a\n3,four,b\n", "f: line 2, column 1: expected a number, got \"four\""},
      {"x,z,y\n1,2,a\n3,four,b\n", "f: line 3, column 1 (\"z\"): expected a number, got \"four\""},
      {"x,y\n1,a\n0x1p3,b\n", "f: line 3, column 0 (\"x\"): expected a number, got \"0x1p3\""},
      {"x,y\n1 2,a\n3,b\n", "f: line 2, column 0 (\"x\"): expected a number, got \"1 2\""},
      {"x;y\n1,5;a\n3;b\n", "f: line 2, column 0 (\"x\"): expected a number, got \"1,5\""},
      {"x,y\n,a\n", "f: line 2, column 0 (\"x\"): expected a value, got a missing one, \"\""},
      {"1,,a\n", "f: line 1, column 1: expected a value, got a missing one, \"\""},
      {"1,NA,a\n", "f: line 1, column 1: expected a value, got a missing one, \"NA\""},
      {"x,y\n n/a ,a\n", "f: line 2, column 0 (\"x\"): expected a value, got a missing one, \"n/a\""},
      {"x,y\nNaN,a\n", "f: line 2, column 0 (\"x\"): expected a value, got a missing one, \"NaN\""},
      {"x,y\n?,a\n", "f: line 2, column 0 (\"x\"): expected a value, got a missing one, \"?\""},
      {"x,y\nnull,a\n", "f: line 2, column 0 (\"x\"): expected a value, got a missing one, \"null\""},
      {"x,y\n1,a\n2,\n", "f: line 3, column 1 (\"y\"): expected a value, got a missing one, \"\""},
      {"x,y\n1,a\n2,\"\"\n", "f: line 3, column 1 (\"y\"): expected a value, got a missing one, \"\""},
      {"x,y\n1,a\n2,nan\n", "f: line 3, column 1 (\"y\"): expected a value, got a missing one, \"nan\""},
      {"x,y\n-inf,a\n", "f: line 2, column 0 (\"x\"): expected a finite value, got \"-inf\""},
      {"x,y\nInfinity,a\n", "f: line 2, column 0 (\"x\"): expected a finite value, got \"Infinity\""},
      {"x,y\n1,inf\n", "f: line 2, column 1 (\"y\"): expected a finite value, got \"inf\""},
      {"1e999,a\n2,b\n", "f: line 1, column 0: expected a number within the range of double, got \"1e999\""},
      {"1,a\n-1e-999,b\n", "f: line 2, column 0: expected a number within the range of double, got \"-1e-999\""},
      {"1,a\n2,a\n", "f: label column 1: expected at least two classes, got only \"a\""},
      {"x,y\n1,a\n", "f: label column \"y\": expected at least two classes, got only \"a\""},
      {"1,\"a\n2,b\n", "f: line 1, column 1: expected a closing quote within 16 MiB, got none"},
      {"x,y\n\"1", "f: line 2, column 0: expected a closing quote within 16 MiB, got none"},
      {"x,y\n\"1\"\"", "f: line 2, column 0: expected a closing quote within 16 MiB, got none"},
      {"\"x\",y\n\"1", "f: line 2, column 0: expected a closing quote within 16 MiB, got none"},
      {"\"", "f: line 1, column 0: expected a closing quote within 16 MiB, got none"},
      {"\"\"\"", "f: line 1, column 0: expected a closing quote within 16 MiB, got none"},
      {"x,y\n\"1\"2,a\n",
       "f: line 2, column 0: expected a separator or the end of the line after a closing quote, got \"2,a\""},
      {"x,y\n\xff\xfe,a\n", "f: line 2, column 0 (\"x\"): expected a number, got \"\\xff\\xfe\""},
      {"x,y\n1,a\n2\r3,b\n", "f: line 3, column 0 (\"x\"): expected a number, got \"2\\x0d3\""},
      {"x,y\n1,a\x1b[2J\n", "f: line 2: expected text in ASCII or UTF-8, got the byte \\x1b"},
  };
  for (const Bad& bad : tables) {
    INFO(bad.text);
    CHECK(refusal(bad.text) == bad.message);
  }
  CHECK(refusal(std::string("x,y\n1,a\n2\0,b\n", 13)) ==
        "f: line 3: expected text in ASCII or UTF-8, got the byte \\x00");
  CHECK(refusal("x,y\n1,10\n2,b\n", numbers) == "f: line 3, column 1 (\"y\"): expected a number, got \"b\"");
  CHECK(refusal("1,2,3\n4,5,b\n", numbers) == "f: line 2, column 2: expected a number, got \"b\"");
}

TEST_CASE("a label column or a positive class that is not there is refused with what there is") {
  CHECK(refusal("a,b,y\n1,2,u\n3,4,v\n", {.label = "z"}) ==
        "f: label column: expected an index in [0, 3) or a name of the header, in line 1 \"a\", \"b\", \"y\", got "
        "\"z\"");
  CHECK(refusal("a,b,y\n1,2,u\n3,4,v\n", {.label = "3"}) ==
        "f: label column: expected an index in [0, 3) or a name of the header, got 3");
  CHECK(refusal("a,y\n1,u\n3,v\n", {.label = "99999999999999999999"}).find("got 99999999999999999999") !=
        std::string::npos);
  CHECK(refusal("a,y\n1,u\n3,v\n", {.label = "-1"}).find("got \"-1\"") != std::string::npos);
  CHECK(refusal("1,2,u\n3,4,v\n", {.label = "u"}) ==
        "f: label column: expected an index in [0, 3), because the file has no header, got \"u\"");
  CHECK(refusal("y,y,z\n1,2,3\n", {.label = "y"}) ==
        "f: label column: expected a name that only one column has, got \"y\"");
  CHECK(refusal("1,u\n3,v\n", {.positive = "w"}) == "f: positive class: expected one of \"u\", \"v\", got \"w\"");
  std::string many;
  for (int i = 0; i < 13; ++i) many += std::to_string(i) + ",c" + std::to_string(i) + "\n";
  const std::string message = refusal(many, {.positive = "w"});
  CHECK(message.find("\"c9\" and 3 more") != std::string::npos);
  CHECK(message.find("c10") == std::string::npos);
}

TEST_CASE("a numeric target that is read as one-hot classes is refused before it fills the memory") {
  std::string table;
  for (int i = 0; i < 1001; ++i) table += "1," + std::to_string(i) + ".5\n";
  const pc::CsvSettings one_hot{.targets = pc::Targets::one_hot};
  CHECK(refusal(table, one_hot) ==
        "f: line 1001, column 1: expected at most 1000 classes, got one more: a numeric target?");
  CHECK(read(table.substr(0, table.rfind("1,")), one_hot).classes.size() == 1000);
}

TEST_CASE("messages stay on one line, short and printable") {
  const std::string message = refusal("x,y\n" + std::string(5000, 'q') + ",a\n");
  CHECK(message == "f: line 2, column 0 (\"x\"): expected a number, got \"" + std::string(40, 'q') + "...\"");
  CHECK(refusal("\"a\nb\",y\n\"1\n\x7f\",a\n") ==
        "f: line 3, column 0 (\"a\\x0ab\"): expected a number, got \"1\\x0a\\x7f\"");
  std::istringstream in("");
  CHECK_THROWS_WITH(pc::read_csv(in, "two\nlines"), "two\\x0alines: expected a table, got an empty file");
}

TEST_CASE("a line of more than 16 MiB or a million cells is refused") {
  const std::size_t limit = std::size_t{16} << 20U;
  CHECK(refusal("1," + std::string(limit, '2') + "\n3,4\n") ==
        "f: line 1: expected at most 16 MiB in a line, got more");
  CHECK(refusal("1,\"" + std::string(limit, '2') + "\"\n3,4\n") ==
        "f: line 1, column 1: expected a closing quote within 16 MiB, got none");
  CHECK(refusal(std::string(std::size_t{1} << 20U, ',')) ==
        "f: line 1: expected at most 2^20 cells in a line, got more");
}

TEST_CASE("files: what is read, and what cannot be") {
  const tests::TemporaryFolder folder;
  const auto file = folder.file("good.csv", "1,a\n2,b\n");
  CHECK(pc::read_csv(file).data.size() == 2);
  CHECK_THROWS_WITH(pc::read_csv(folder.path()), folder.path().string() + ": expected a file, got a folder");
  CHECK_THROWS_WITH(pc::read_csv(folder.path() / "absent"),
                    folder.path().string() + "/absent: expected a readable file, got No such file or directory");
  CHECK_THROWS_AS(pc::read_csv(file / "below"), std::invalid_argument);
  CHECK_THROWS_WITH(pc::read_csv(folder.file("bad.csv", "1,a\n2\n")),
                    folder.path().string() + "/bad.csv: line 2: expected 2 cells as in line 1, got 1");
}

TEST_CASE("what is written with 17 digits is read back bit for bit") {
  pc::RandomStream stream{pc::Seed{5}};
  std::ostringstream table;
  table << std::setprecision(17) << "a,b,y\n";
  std::vector<double> written;
  for (int i = 0; i < 3000; ++i) {
    for (int column = 0; column < 3; ++column) {
      double value = 0;
      do {
        value = std::bit_cast<double>(stream());
      } while (!std::isfinite(value));
      if (i == 0) value = std::numeric_limits<double>::denorm_min();
      if (i == 1) value = -std::numeric_limits<double>::max();
      written.push_back(value);
      table << value << (column < 2 ? ',' : '\n');
    }
  }
  const auto read_data = read(table.str(), numbers);
  REQUIRE(read_data.data.size() == 3000);
  std::size_t next = 0;
  bool same = true;
  for (pc::Index i = 0; i < 3000; ++i) {
    for (const double value :
         {read_data.data.inputs()(0, i), read_data.data.inputs()(1, i), read_data.data.targets()(0, i)}) {
      same = same && std::bit_cast<std::uint64_t>(value) == std::bit_cast<std::uint64_t>(written[next++]);
    }
  }
  CHECK(same);
}
