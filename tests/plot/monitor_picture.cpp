// SPDX-License-Identifier: MIT
#include <cmath>
#include <limits>
#include <proxcvx/core/random.hpp>
#include <proxcvx/plot/monitor_picture.hpp>

#include "plot/markup.hpp"
#include "plot/surroundings.hpp"
#include "support/catch2.hpp"

namespace pc = proxcvx;
using pc::Outcome;
using pc::PictureStatus;
using surroundings::Folder;

namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();

markup::Document drawn(const pc::MonitorReport& report) {
  const Folder folder;
  std::string complaint;
  REQUIRE(pc::draw_monitor(folder / "monitor.svg", report, &complaint) == PictureStatus::drawn);
  CHECK(complaint.empty());
  CHECK(folder.files() == 1);
  CHECK(std::filesystem::file_size(folder / "monitor.svg") < 80'000);
  return markup::parse(markup::read(folder / "monitor.svg"));
}

/// A run of `count` iterates whose margin at t is margin(t): violated where negative, undecided at 0.
template <class Margin> pc::MonitorReport run(pc::Index count, const Margin& margin) {
  pc::MonitorReport report;
  report.inequality.property = "proxy PL <of a test>";
  report.inequality.sampled = false;
  report.inequality.samples = count;
  for (pc::Index t = 0; t < count; ++t) {
    pc::MonitorRow row;
    row.t = t;
    row.margin = margin(t);
    row.outcome = std::isnan(row.margin) ? Outcome::non_finite
                  : row.margin > 0       ? Outcome::satisfied
                  : row.margin < 0       ? Outcome::violated
                                         : Outcome::undecided;
    report.inequality.statistics.record(row.outcome, {row.margin, 0, t}, false, false);
    row.proxy = 1 / static_cast<double>(t + 1);
    row.measured = row.proxy;
    row.bound = 2 / static_cast<double>(t + 1);
    row.distance = std::exp(-0.01 * static_cast<double>(t));
    report.rows.push_back(row);
  }
  return report;
}

/// The points of an outcome: how many marks a picture has in its colour (one of them is the legend's).
std::size_t marks(const markup::Document& picture, const std::string& colour) {
  std::size_t count = 0;
  for (const std::string& value : picture.values("color")) count += value == colour ? 1U : 0U;
  return count;
}

const std::string blue = "rgb(  0, 119, 187)";
const std::string red = "rgb(204,  51,  17)";

}  // namespace

TEST_CASE("a monitored run is one picture that says what was claimed, found and promised") {
  auto report = run(5000, [](pc::Index t) { return t == 70 ? -1e-3 : 1.0 / static_cast<double>(t + 1); });
  report.proxy = pc::ProxyReport{.proxy = "g", .bounded = true, .theorem = "promise"};
  report.measures_distance = true;
  report.first_failure = pc::MonitorFailure{70, "margin violated"};
  const auto all = drawn(report);
  for (const std::string words :
       {"proxy PL <of a test>", "5,000 iterates", "first failure at t = 70: margin violated", "margin", "proxy",
        "distance", "satisfied: 4,999", "violated: 1", "g(w_t)", "min g(w_t)", "bound(T)", "T = t + 1"}) {
    CHECK(all.says(words));
  }
  CHECK(marks(all, red) == 2);  // however long the run, the one violation is in sight
  CHECK_FALSE(all.says("not finite"));

  report.proxy.reset();
  report.measures_distance = false;
  const auto alone = drawn(report);
  CHECK(alone.says("margin"));
  CHECK_FALSE(alone.says("bound(T)"));
  CHECK_FALSE(alone.says("distance"));
}

TEST_CASE("each iterate of a short run is a point in the colour of its outcome, and a gap where it is not finite") {
  const auto report = run(12, [](pc::Index t) { return t == 3 ? missing : t % 4 == 1 ? -0.5 : 2.0; });
  const auto picture = drawn(report);
  CHECK(marks(picture, blue) == 8 + 1);
  CHECK(marks(picture, red) == 3 + 1);
  CHECK(picture.says("inconclusive: 12 iterates, 1 margin not finite and not shown"));
  CHECK(picture.says("no failure"));
}

TEST_CASE("the signed axis is monotone, odd, logarithmic beyond its band, and has zero in sight") {
  pc::RandomStream stream{pc::Seed{6}};
  for (int trial = 0; trial < 400; ++trial) {
    const double exponent = stream.uniform(-100, 100);
    const double extent = stream.uniform(0, 45);
    const auto kind = stream.below(3);
    std::vector<double> values;
    for (auto i = stream.below(30) + 1; i > 0; --i) {
      const double magnitude = std::pow(10.0, exponent + stream.uniform(0, extent));
      const bool negative = kind == 0 || (kind == 1 && stream.below(2) == 0);
      values.push_back(negative ? -magnitude : magnitude);
    }
    if (stream.below(4) == 0) values.push_back(0);
    const pc::detail::SignedLogAxis axis(values);
    CHECK(axis.position(0) == 0);
    CHECK((axis.low() < 0 && axis.high() > 0));
    std::ranges::sort(values);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double at = axis.position(values[i]);
      CHECK((at > axis.low() && at < axis.high()));
      CHECK(axis.position(-values[i]) == -at);
      CHECK(std::signbit(at) == (values[i] < 0));
      if (i > 0 && values[i] > values[i - 1]) CHECK(at > axis.position(values[i - 1]));
    }
    const double largest = std::max(-values.front(), values.back());
    CHECK(axis.position(largest) - axis.position(largest / 1.1) == Approx(std::log10(1.1)));
    const auto ticks = axis.ticks();
    CHECK(std::ranges::count(ticks, "0", &pc::detail::Tick::label) == 1);
    for (const auto& tick : ticks) {
      CHECK((tick.at >= axis.low() && tick.at <= axis.high()));
      if (!tick.label.empty() && tick.at != 0) CHECK(tick.label.starts_with("\xe2\x88\x92") == (tick.at < 0));
    }
  }
}

TEST_CASE("runs of every kind can be drawn") {
  const double largest = std::numeric_limits<double>::max();
  const double smallest = std::numeric_limits<double>::denorm_min();
  CHECK(drawn(pc::MonitorReport{}).says("no failure"));
  for (const double margin : {0.0, 1.0, -1.0, largest, -largest, smallest, -smallest, missing}) {
    for (const pc::Index count : {1, 2, 15, 1000}) {
      CAPTURE(margin, count);
      auto report = run(count, [&](pc::Index t) { return t % 3 == 0 ? margin : 0.1; });
      report.measures_distance = true;
      report.proxy = pc::ProxyReport{.bounded = true};
      for (pc::MonitorRow& row : report.rows) {
        row.proxy = row.t % 2 == 0 ? margin : row.proxy;
        row.bound = margin;
        row.distance = missing;
      }
      CHECK(drawn(report).says("bound(T)"));
    }
  }
}

TEST_CASE("without gnuplot there is no picture of a monitor and nothing else happens") {
  const Folder folder;
  const surroundings::Gnuplot gone(folder / "no-such-program");
  CHECK(pc::draw_monitor(folder / "monitor.svg", run(9, [](pc::Index) { return 1.0; })) == PictureStatus::no_gnuplot);
  CHECK(folder.files() == 0);
}
