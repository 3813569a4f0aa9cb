// SPDX-License-Identifier: MIT
#include <cmath>
#include <limits>
#include <proxcvx/core/random.hpp>
#include <proxcvx/verify/histogram.hpp>

#include "support/catch2.hpp"

namespace pc = proxcvx;
using pc::MarginHistogram;

namespace {

std::size_t bin_of(double margin) {
  MarginHistogram histogram;
  histogram.record(margin);
  std::size_t found = MarginHistogram::bins;
  for (std::size_t i = 0; i < MarginHistogram::bins; ++i) {
    if (histogram.bin(i).count == 1) found = i;
  }
  return found;
}

}  // namespace

TEST_CASE("histogram bins tile the line") {
  const MarginHistogram empty;
  CHECK(empty.bin(0).low == -std::numeric_limits<double>::infinity());
  CHECK(empty.bin(MarginHistogram::bins - 1).high == std::numeric_limits<double>::infinity());
  for (std::size_t i = 0; i + 1 < MarginHistogram::bins; ++i) {
    CHECK(empty.bin(i).high == empty.bin(i + 1).low);
    CHECK(empty.bin(i).low < empty.bin(i).high);
  }
}

TEST_CASE("a margin falls into the bin that contains its magnitude") {
  pc::RandomStream stream{pc::Seed{5}};
  for (int i = 0; i < 20'000; ++i) {
    const double margin = std::ldexp(stream.uniform(-1, 1), static_cast<int>(stream.below(140)) - 90);
    const auto bin = MarginHistogram{}.bin(bin_of(margin));
    // Positive bins are closed below; negative ones mirror them, closed at their upper (smaller) magnitude.
    CHECK(std::abs(margin) <= std::max(std::abs(bin.low), std::abs(bin.high)));
    if (bin.low > 0) CHECK((margin >= bin.low && margin < bin.high));
    if (bin.high < 0) CHECK((margin > bin.low && margin <= bin.high));
  }
}

TEST_CASE("zero, denormal and huge margins have a bin") {
  const std::size_t middle = MarginHistogram::bins / 2;
  CHECK(bin_of(0.0) == middle);
  CHECK(bin_of(-0.0) == middle);
  CHECK(bin_of(std::numeric_limits<double>::denorm_min()) == middle);
  CHECK(bin_of(-1e-300) == middle);
  CHECK(bin_of(std::numeric_limits<double>::max()) == MarginHistogram::bins - 1);
  CHECK(bin_of(std::numeric_limits<double>::lowest()) == 0);
}

TEST_CASE("merged histograms are the histogram of the whole, in any order") {
  pc::RandomStream stream{pc::Seed{6}};
  MarginHistogram whole;
  MarginHistogram first;
  MarginHistogram second;
  for (int i = 0; i < 5000; ++i) {
    const double margin = stream.normal();
    whole.record(margin);
    (i < 1234 ? first : second).record(margin);
  }
  MarginHistogram forward = first;
  forward.merge(second);
  MarginHistogram backward = second;
  backward.merge(first);
  CHECK(forward == whole);
  CHECK(backward == whole);
  CHECK(whole.total() == 5000);
}
