// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <limits>
#include <proxcvx/core/random.hpp>
#include <proxcvx/plot/histogram_picture.hpp>
#include <proxcvx/plot/run_picture.hpp>
#include <sstream>

#include "plot/markup.hpp"
#include "plot/surroundings.hpp"
#include "support/catch2.hpp"

namespace pc = proxcvx;
using pc::PictureStatus;
using surroundings::Folder;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr std::size_t largest_picture = 40'000;

/// Draws, holds the picture to what every picture keeps, and reads it.
markup::Document drawn(const pc::RunPicture& picture) {
  const Folder folder;
  std::string complaint;
  REQUIRE(pc::draw_run(folder / "run.svg", picture, &complaint) == PictureStatus::drawn);
  CHECK(complaint.empty());
  CHECK(folder.files() == 1);
  CHECK(std::filesystem::file_size(folder / "run.svg") < largest_picture);
  return markup::parse(markup::read(folder / "run.svg"));
}

markup::Document drawn(const pc::MarginHistogram& histogram, const std::string& title) {
  const Folder folder;
  std::string complaint;
  REQUIRE(pc::draw_histogram(folder / "margins.svg", histogram, title, &complaint) == PictureStatus::drawn);
  CHECK(complaint.empty());
  CHECK(std::filesystem::file_size(folder / "margins.svg") < largest_picture);
  return markup::parse(markup::read(folder / "margins.svg"));
}

std::vector<double> falling(std::size_t count, double power = -1) {
  std::vector<double> values;
  for (std::size_t t = 1; t <= count; ++t) values.push_back(std::pow(static_cast<double>(t), power));
  return values;
}

/// How many separate pieces a picture's lines have.
std::size_t pieces(const markup::Document& picture) {
  std::size_t count = 0;
  for (const std::string& path : picture.values("d")) {
    count += static_cast<std::size_t>(std::count(path.begin(), path.end(), 'M'));
  }
  return count;
}

std::size_t bars(const markup::Document& picture) { return picture.count("polygon"); }

}  // namespace

TEST_CASE("a run is a well-formed picture that says what it shows") {
  const auto picture = drawn({.title = "A run",
                              .y_label = "proxy",
                              .curves = {{"mean of G", falling(10'000), false}, {"bound", falling(10'000, -0.5), true}},
                              .level = 1e-3,
                              .level_name = "xi"});
  for (const std::string words : {"A run", "proxy", "mean of G", "bound", "xi", "iteration t", "100"}) {
    CHECK(picture.says(words));
  }
  CHECK(picture.count("script") == 0);
  const auto dashes = picture.values("stroke-dasharray");
  CHECK(dashes.size() >= 2);  // the guarantee and the level
  CHECK_FALSE(picture.says("lower edge"));
}

TEST_CASE("a run in stages has its iterations on an even axis") {
  for (const bool even : {false, true}) {
    const auto picture = drawn({.curves = {{"loss", falling(200), false}}, .even_iterations = even});
    CHECK(picture.says("150") == even);  // a logarithmic axis has 1, 10 and 100
  }
}

TEST_CASE("texts are drawn as they are, whatever they hold") {
  const Folder folder;
  const std::string mark = (folder / "mark").string();
  const std::vector<std::string> texts{"a < b & c > \"d\" 'e' ''f''",
                                       "\\ $x %d %s {a}_b^c @m ~n",
                                       "ends in a backslash\\",
                                       "'; set output; #",
                                       "`touch " + mark + "`",
                                       "system('touch')\\n",
                                       "\xce\xbe \xe2\x89\xa5 \xe2\x80\x96w\xe2\x80\x96\xc2\xb2 \xf0\x9f\x8e\xb2",
                                       "{/Symbol a} [1:2] END",
                                       "'",
                                       "\"",
                                       "$(touch x)",
                                       "!touch x"};
  for (const std::string& text : texts) {
    CAPTURE(text);
    const auto run = drawn({.title = "t" + text,
                            .y_label = "y" + text.substr(0, 40),
                            .curves = {{"c" + text, falling(5), false}},
                            .level = 2,
                            .level_name = "l" + text});
    for (const std::string place : {"t", "c", "l"}) CHECK(run.says(place + text));
    CHECK(run.says("y" + text.substr(0, 40)));
    CHECK(drawn(pc::MarginHistogram{}, text).says(text));
  }
  CHECK_FALSE(std::filesystem::exists(mark));
}

TEST_CASE("text that is not UTF-8 or holds control characters becomes text that is") {
  const auto picture = drawn({.title = "a\xff\x01z\xc3", .curves = {{"line\nbreak\ttab", {1}, false}}});
  CHECK(picture.says("a\xef\xbf\xbd\xef\xbf\xbdz\xef\xbf\xbd"));
  CHECK(picture.says("line break tab"));
}

TEST_CASE("long texts are wrapped, and what is cut off ends in an ellipsis") {
  const std::string words = "one two three four five six seven eight nine ten eleven twelve ";
  const auto picture = drawn({.title = words + words + words + words + words});
  CHECK(picture.says("one two three"));
  CHECK(picture.says("\xe2\x80\xa6"));

  pc::RandomStream stream{pc::Seed{4}};
  for (int trial = 0; trial < 300; ++trial) {
    std::string text;
    for (std::uint64_t i = stream.below(60); i > 0; --i) text += stream.below(5) == 0 ? " " : "\xc3\xa9";
    std::string joined;
    for (const std::string& line : pc::detail::wrapped(text, 8, 1000)) {
      CHECK(pc::detail::characters(line).size() <= 8);
      joined += line;
    }
    std::erase(text, ' ');
    std::erase(joined, ' ');
    CHECK(joined == text);
  }
}

TEST_CASE("balanced lines say the same in as many lines, and none is much shorter than the others") {
  const std::string title = "Gradient descent on a two-layer network, noisy halfspace, n = 500";
  const auto lines = pc::detail::balanced(title, 62, 3);
  REQUIRE(lines.size() == 2);
  CHECK(lines[0] + " " + lines[1] == title);
  CHECK(lines[1].size() > 20);
  const std::string endless(400, 'x');
  CHECK(pc::detail::balanced(endless, 62, 2) == pc::detail::wrapped(endless, 62, 2));
  CHECK(pc::detail::balanced("short", 62, 2) == std::vector<std::string>{"short"});
  CHECK(pc::detail::balanced("", 62, 2).empty());
}

TEST_CASE("a path is a path, whatever it holds") {
  const Folder folder;
  const auto path = folder / "it's \"$(touch x)` \\ \xc3\xa9 %s.svg";
  CHECK(pc::draw_run(path, {.curves = {{"f", falling(3), false}}}) == PictureStatus::drawn);
  CHECK(markup::parse(markup::read(path)).count("svg") == 1);
  CHECK(folder.files() == 1);
}

TEST_CASE("thinning keeps the ends, the peaks and the gaps, at no more than 400 points") {
  for (const std::size_t count : {0U, 1U, 2U, 399U, 400U, 401U, 402U, 1000U, 54'321U, 1'000'000U}) {
    CAPTURE(count);
    std::vector<double> values = falling(count);
    const bool has_marks = count > 300;
    if (has_marks) {
      values[count / 2] = 1e6;
      values[count / 3] = -1e6;
      values[count / 5] = not_a_number;
    }
    const auto kept = pc::detail::thinned(values);
    CHECK(kept.size() == std::min<std::size_t>(count, kept.size()));
    CHECK(kept.size() <= 400);
    CHECK(std::adjacent_find(kept.begin(), kept.end(), std::greater_equal<>{}) == kept.end());
    if (count <= 400) CHECK(kept.size() == count);
    if (count > 0) CHECK((kept.front() == 0 && kept.back() == count - 1));
    if (has_marks) {
      for (const std::size_t part : {2U, 3U, 5U}) CHECK(std::ranges::binary_search(kept, count / part));
    }
    // Log-spaced: no two neighbours are further apart than a tenth of where they are, beyond the first few.
    for (std::size_t i = 1; count > 400 && i < kept.size(); ++i) {
      if (kept[i - 1] > 100) CHECK(static_cast<double>(kept[i]) < 1.25 * static_cast<double>(kept[i - 1]));
    }
  }
  const auto all_gaps = pc::detail::thinned(std::vector<double>(5000, not_a_number));
  CHECK((all_gaps.size() <= 400 && all_gaps.front() == 0 && all_gaps.back() == 4999));
}

TEST_CASE("values that are not finite leave gaps") {
  const auto whole = drawn({.curves = {{"f", {5, 4, 3, 2.5, 2, 1}, false}}});
  for (const double gap : {not_a_number, infinity, -infinity}) {
    const auto broken = drawn({.curves = {{"f", {5, 4, gap, 2.5, 2, 1}, false}}});
    CHECK(pieces(broken) == pieces(whole) + 1);
  }
  std::vector<double> values = falling(10'000);
  const auto smooth = drawn({.curves = {{"f", values, false}}});
  values[5000] = not_a_number;
  CHECK(pieces(drawn({.curves = {{"f", values, false}}})) == pieces(smooth) + 1);
}

TEST_CASE("values at or below zero are at the lower edge of a logarithmic axis, and the picture says so") {
  const pc::RunPicture picture{.curves = {{"f", {1, 0.1, 0, -3, 0.01}, false}}};
  const pc::detail::RunAxis axis(picture);
  CHECK(axis.logarithmic);
  CHECK(axis.low < 0.01);
  CHECK(axis.low > 0.005);
  CHECK(axis.high > 1);
  for (const double value : {0.0, -3.0, -1e300}) CHECK(axis.position(value) == axis.low);
  for (const double value : {0.01, 0.1, 1.0}) CHECK(axis.position(value) == value);
  CHECK(drawn(picture).says("\xe2\x89\xa4 0 are drawn at the lower edge"));
}

TEST_CASE("the axis is linear where nothing is positive") {
  const pc::RunPicture picture{.curves = {{"f", {-5, -3, 0}, false}}};
  const pc::detail::RunAxis axis(picture);
  CHECK_FALSE(axis.logarithmic);
  for (const double value : {-5.0, -3.0, 0.0}) {
    CHECK(axis.position(value) == value);
    CHECK((value > axis.low && value < axis.high));
  }
  const auto document = drawn(picture);
  CHECK_FALSE(document.says("lower edge"));
  CHECK(
      document.says("\xe2\x88\x92"
                    "4"));
}

TEST_CASE("curves of every kind can be drawn") {
  const double largest = std::numeric_limits<double>::max();
  const double smallest = std::numeric_limits<double>::denorm_min();
  const std::vector<std::vector<double>> curves{{},
                                                {1},
                                                {0},
                                                {-1},
                                                {not_a_number},
                                                {infinity, -infinity},
                                                {0, 0, 0},
                                                {7, 7, 7},
                                                {largest, smallest},
                                                {-largest, largest},
                                                {-largest, -smallest},
                                                {-smallest, -smallest},
                                                {-1, -1 - 1e-15},
                                                {1, 1 + 1e-15, 1},
                                                {1e-300, 2e-300},
                                                std::vector<double>(2000, 0.25),
                                                falling(1500, -100)};
  for (std::size_t i = 0; i < curves.size(); ++i) {
    CAPTURE(i);
    CHECK(drawn({.title = "kind", .curves = {{"alone", curves[i], false}}}).says("alone"));
    const auto both = drawn({.curves = {{"beside", falling(50), false}, {"this", curves[i], true}}, .level = 0});
    CHECK((both.says("beside") && both.says("this")));
  }
  CHECK(drawn(pc::RunPicture{}).says("iteration t"));
  CHECK(drawn(pc::RunPicture{.x_label = "stretch t"}).says("stretch t"));
  pc::RunPicture many{.title = "many"};
  for (int i = 0; i < 12; ++i) many.curves.push_back({"curve " + std::to_string(i), falling(40, -0.1 * i), i % 3 == 0});
  CHECK(drawn(many).says("curve 11"));
}

TEST_CASE("a logarithmic axis has a handful of labels, each at the number that it says") {
  const auto said = [](std::string label) {
    const auto replace = [&](const std::string& from, const std::string& to) {
      for (std::size_t at = label.find(from); at != std::string::npos; at = label.find(from))
        label.replace(at, from.size(), to);
    };
    replace("\xe2\x88\x92", "-");
    replace(
        "\xc3\x97"
        "10^{",
        "e");
    replace("10^{", "1e");
    replace("}", "");
    return std::stod(label);
  };
  pc::RandomStream stream{pc::Seed{8}};
  for (int trial = 0; trial < 3000; ++trial) {
    const double exponent = stream.uniform(-200, 200);
    const double extent = std::pow(10.0, stream.uniform(-2.5, 2));
    const double low = std::pow(10.0, exponent);
    const double high = std::pow(10.0, exponent + extent);
    CAPTURE(exponent, extent);
    const auto ticks = pc::detail::logarithmic_ticks(low, high);
    std::size_t labels = 0;
    for (const auto& tick : ticks) {
      CHECK((tick.at >= low * (1 - 1e-6) && tick.at <= high * (1 + 1e-6)));
      if (tick.label.empty()) continue;
      ++labels;
      CHECK(said(tick.label) == Approx(tick.at).epsilon(1e-9));
    }
    CHECK((labels >= 2 && labels <= 9));
  }
}

TEST_CASE("the axis of margins holds every margin, and its labels stand in the right octave") {
  pc::RandomStream stream{pc::Seed{9}};
  for (int trial = 0; trial < 500; ++trial) {
    pc::MarginHistogram histogram;
    const int spread = 1 + static_cast<int>(stream.below(120));
    const double sign = stream.below(3) == 0 ? 0 : -1;
    for (std::uint64_t i = stream.below(40); i > 0; --i) {
      histogram.record(
          std::ldexp(stream.uniform(sign, 1), static_cast<int>(stream.below(static_cast<std::uint64_t>(spread))) - 70));
    }
    const pc::detail::MarginAxis axis(histogram);
    std::int64_t total = axis.about_zero();
    for (const std::int64_t count : axis.negative()) total += count;
    for (const std::int64_t count : axis.positive()) total += count;
    CHECK(total == histogram.total());
    if (!axis.positive().empty()) CHECK(axis.positive().back() > 0);
    if (!axis.negative().empty()) CHECK(axis.negative().back() > 0);
    const auto ticks = axis.ticks();
    CHECK(std::ranges::count(ticks, "0", &pc::detail::Tick::label) == 1);
    CHECK(ticks.size() <= 14);
    for (const auto& tick : ticks) {
      CHECK((tick.at >= axis.low() && tick.at <= axis.high()));
      if (tick.at == 0) continue;
      CHECK((tick.label.find("\xe2\x88\x92") == 0) == (tick.at < 0));
      const double magnitude = std::exp2(std::abs(tick.at) - 0.5 + axis.inner());
      CHECK(pc::detail::number_label(std::copysign(magnitude, tick.at)) == tick.label);
    }
  }
}

TEST_CASE("a histogram has a bar per occupied octave and says how many margins are on either side of zero") {
  pc::MarginHistogram histogram;
  CHECK(bars(drawn(histogram, "none")) == 0);

  for (int i = 0; i < 1234; ++i) histogram.record(0.3);
  const auto one = drawn(histogram, "one bin");
  CHECK(bars(one) == 1);
  CHECK(one.says("above 0: 1,234"));
  CHECK(one.says("below 0: 0"));
  CHECK(one.says("margin"));
  CHECK(one.says("0.5"));

  histogram.record(0);
  histogram.record(-1e-3);
  histogram.record(-1e-3);
  const auto three = drawn(histogram, "three bins");
  CHECK(bars(three) == 3);
  CHECK(three.says("below 0: 2"));
  CHECK(three.says("about 0: 1"));

  pc::MarginHistogram full;
  for (int exponent = pc::MarginHistogram::lowest - 1; exponent <= pc::MarginHistogram::highest; ++exponent) {
    full.record(std::ldexp(1.0, exponent));
    full.record(-std::ldexp(1.0, exponent));
  }
  const auto everything = drawn(full, "every bin");
  CHECK(bars(everything) == pc::MarginHistogram::bins);
  CHECK(everything.says("about 0: 2"));

  pc::MarginHistogram negative;
  negative.record(-std::numeric_limits<double>::max());
  CHECK(bars(drawn(negative, "far below")) == 1);
  pc::MarginHistogram zero;
  zero.record(-0.0);
  CHECK(bars(drawn(zero, "zero")) == 1);
}

TEST_CASE("a check's picture says what was claimed, examined and found") {
  pc::CheckReport report;
  report.property = "proxy PL <of a test>";
  report.region = "ball of radius 5";
  for (int i = 0; i < 4096; ++i) report.statistics.record(pc::Outcome::satisfied, {0.1 + i, 0, i}, false, true);
  const Folder folder;
  const auto says = [&](const std::string& words) {
    REQUIRE(pc::draw_histogram(folder / "margins.svg", report) == PictureStatus::drawn);
    std::string text;  // of all lines of the title, as one
    std::istringstream pieces(markup::parse(markup::read(folder / "margins.svg")).text);
    for (std::string piece; pieces >> piece;) text += (text.empty() ? "" : " ") + piece;
    return text.find(words) != std::string::npos;
  };
  CHECK(says("proxy PL <of a test>"));
  CHECK(says("no-violation-found: 4,096 points examined"));
  CHECK(says("ball of radius 5"));
  CHECK_FALSE(says("not finite"));

  report.statistics.record(pc::Outcome::non_finite, {not_a_number, 0, 9000}, false, true);
  report.region = std::string(500, 'r');
  CHECK(says("inconclusive: 4,097 points examined, 1 not finite and not shown"));

  report.statistics.vacuous = report.statistics.examined;
  report.pairs = true;
  report.witness = pc::Witness{};
  report.witness->stands = true;
  CHECK(says("violated: 4,097 pairs examined, vacuous at all of them"));
}

TEST_CASE("without gnuplot there is no picture and nothing else happens") {
  const Folder folder;
  const surroundings::Gnuplot gone(folder / "no-such-program");
  std::string complaint;
  CHECK_FALSE(pc::gnuplot_available());
  CHECK(pc::draw_run(folder / "run.svg", {.curves = {{"f", falling(9), false}}}, &complaint) ==
        PictureStatus::no_gnuplot);
  CHECK(pc::draw_histogram(folder / "margins.svg", pc::MarginHistogram{}, "none") == PictureStatus::no_gnuplot);
  CHECK_THAT(complaint, Catch::Matchers::ContainsSubstring("no-such-program"));
  CHECK(folder.files() == 0);
}

TEST_CASE("a gnuplot that fails in any way leaves the file that was there") {
  const Folder folder;
  const auto svg = folder / "run.svg";
  std::ofstream(svg) << "before";
  const std::vector<std::string> failures{"exit 1",
                                          "kill -9 $$",
                                          "exit 0",
                                          "echo '<svg><g>'",
                                          "echo complaint >&2; exit 3",
                                          "echo '<svg></svg>'; exit 2",
                                          "exec <&- ; kill -PIPE $$"};
  for (std::size_t i = 0; i < failures.size(); ++i) {
    CAPTURE(failures[i]);
    const surroundings::Gnuplot failing(folder.script("failing" + std::to_string(i), failures[i]));
    std::string complaint;
    CHECK(pc::draw_run(svg, {.curves = {{"f", falling(99), false}}}, &complaint) == PictureStatus::failed);
    CHECK_FALSE(complaint.empty());
    if (i == 4) CHECK_THAT(complaint, Catch::Matchers::ContainsSubstring("status 3\ncomplaint"));
  }
  CHECK(markup::read(svg) == "before");
  CHECK(folder.files() == 1 + failures.size());
}

TEST_CASE("another program may draw in gnuplot's place") {
  const Folder folder;
  {
    const surroundings::Gnuplot other(folder.script("other", "echo '<svg>mine</svg>'"));
    CHECK(pc::gnuplot_available());
    CHECK(pc::draw(folder / "mine.svg", "plot x") == PictureStatus::drawn);
  }
  CHECK(markup::read(folder / "mine.svg") == "<svg>mine</svg>\n");
  CHECK(pc::gnuplot_available());
}

TEST_CASE("gnuplot's complaints are handed over, not printed") {
  const Folder folder;
  std::string complaint;
  CHECK(pc::draw(folder / "wrong.svg", "plot no_such_function(x)", &complaint) == PictureStatus::failed);
  CHECK_THAT(complaint, Catch::Matchers::ContainsSubstring("undefined"));
  CHECK(pc::draw(folder / "right.svg", "plot x", &complaint) == PictureStatus::drawn);
  CHECK(complaint.empty());
}

TEST_CASE("a picture that has no place to go is bad input") {
  const Folder folder;
  CHECK_THROWS_AS((void)pc::draw(folder / "no/such/folder/x.svg", "plot x"), std::runtime_error);
}

TEST_CASE("the names of what became of a picture") {
  CHECK(pc::to_string(PictureStatus::drawn) == "drawn");
  CHECK(pc::to_string(PictureStatus::no_gnuplot) == "no-gnuplot");
  CHECK(pc::to_string(PictureStatus::failed) == "failed");
}
