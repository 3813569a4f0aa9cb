// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <proxcvx/core/philox.hpp>
#include <proxcvx/core/random.hpp>
#include <vector>

#include "support/catch2.hpp"

namespace pc = proxcvx;

namespace {

pc::RandomStream stream_of(std::uint64_t index, pc::Purpose purpose = pc::Purpose::user) {
  return pc::RandomStream{pc::Seed{3}, index, purpose};
}

}  // namespace

TEST_CASE("Philox4x64-10 gives the known answers of Random123's kat_vectors") {
  using Words = std::array<std::uint64_t, 4>;
  CHECK(pc::detail::philox({0, 0, 0, 0}, {0, 0}) ==
        Words{0x16554d9eca36314c, 0xdb20fe9d672d0fdc, 0xd7e772cee186176b, 0x7e68b68aec7ba23b});
}

TEST_CASE("streams are pure functions of (seed, index, purpose, draw), in any order") {
  std::vector<std::uint64_t> forward;
  for (std::uint64_t i = 0; i < 50; ++i) {
    auto stream = stream_of(i);
    for (int k = 0; k < 6; ++k) forward.push_back(stream());
  }
  for (std::uint64_t i = 50; i-- > 0;) {
    auto stream = stream_of(i);
    for (std::size_t k = 0; k < 6; ++k) CHECK(stream() == forward[6 * i + k]);
  }
  std::vector<std::uint64_t> sorted = forward;
  std::sort(sorted.begin(), sorted.end());
  CHECK(std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end());
  CHECK(stream_of(0, pc::Purpose::points)() != stream_of(0, pc::Purpose::references)());
  CHECK(pc::RandomStream{pc::Seed{1}}() != pc::RandomStream{pc::Seed{2}}());
}

TEST_CASE("uniform is in (0, 1), normal is normal: moments within 5 sigma over the indices") {
  constexpr int n = 100'000;
  double uniforms = 0, uniform_squares = 0, normals = 0, squares = 0, fourths = 0, products = 0;
  bool inside = true;
  for (std::uint64_t i = 0; i < n; ++i) {
    auto stream = stream_of(i);
    const double u = stream.uniform();
    inside = inside && u > 0 && u < 1;
    uniforms += u - 0.5;
    uniform_squares += (u - 0.5) * (u - 0.5) - 1.0 / 12;
    const double x = stream.normal();
    const double y = stream.normal();
    normals += x;
    squares += x * x - 1;
    fourths += x * x * x * x - 3;
    products += x * y;
  }
  CHECK(inside);
  const double root = std::sqrt(static_cast<double>(n));
  CHECK(std::abs(uniforms) <= 5 * root / std::sqrt(12.0));
  CHECK(std::abs(uniform_squares) <= 5 * root / std::sqrt(180.0));
  CHECK(std::abs(normals) <= 5 * root);
  CHECK(std::abs(squares) <= 5 * root * std::sqrt(2.0));
  CHECK(std::abs(fourths) <= 5 * root * std::sqrt(96.0));
  CHECK(std::abs(products) <= 5 * root);
  auto stream = stream_of(1);
  for (int k = 0; k < 1000; ++k) {
    const double u = stream.uniform(-3, 2);
    if (!(u > -3 && u < 2)) FAIL_CHECK(u);
  }
}

TEST_CASE("below is in range and without bias") {
  for (const pc::Index count : {1, 2, 3, 7, 100}) {
    std::vector<double> hits(static_cast<std::size_t>(count), 0.0);
    constexpr int n = 20'000;
    auto stream = stream_of(static_cast<std::uint64_t>(count));
    for (int k = 0; k < n; ++k) ++hits.at(static_cast<std::size_t>(stream.below(count)));
    const double p = 1 / static_cast<double>(count);
    for (const double hit : hits) CHECK(std::abs(hit - n * p) <= 5 * std::sqrt(n * p * (1 - p)));
  }
  // 3 * 2^61 does not divide 2^64: without rejection the lower third would be drawn 3/8 of the time
  constexpr pc::Index large = pc::Index{3} << 61;
  auto stream = stream_of(0);
  int lower = 0;
  for (int k = 0; k < 9000; ++k) lower += stream.below(large) < large / 3 ? 1 : 0;
  CHECK(std::abs(lower - 3000) <= 5 * std::sqrt(2000.0));
}

TEST_CASE("a vector of normal numbers is what as many calls return, to the bit, wherever it begins and ends") {
  for (pc::Index size = 0; size < 310; size += size < 70 ? 1 : 23) {
    pc::RandomStream at_once{pc::Seed{4}, static_cast<std::uint64_t>(size)};
    pc::RandomStream one_by_one = at_once;
    for (pc::Index before = 0; before < size % 3; ++before) CHECK(at_once.normal() == one_by_one.normal());
    if (size % 5 == 0) CHECK(at_once() == one_by_one());  // an odd number of words was drawn
    pc::Matrix<double> filled(size, 2);
    at_once.fill_normal(filled);
    bool same = true;
    for (const double x : filled.reshaped()) same = same && x == one_by_one.normal();
    CHECK(same);
    pc::Matrix<float> larger(size + 1, 2);
    auto block = larger.topRows(size);
    at_once.fill_normal(block);
    for (const float x : block.reshaped()) same = same && x == static_cast<float>(one_by_one.normal());
    CHECK(same);
    CHECK(at_once.normal() == one_by_one.normal());
  }
}

TEST_CASE("normal numbers by registers are Box and Muller's within 4 ulp, in the tails too") {
  const auto exact = [](double u, double v) {
    const double quarter = std::nearbyint(4 * v);
    const long double angle = static_cast<long double>(4 * v - quarter) * std::numbers::pi_v<long double> / 2;
    const long double radius = std::sqrt(-2 * std::log(static_cast<long double>(u)));
    long double x = radius * std::cos(angle), y = radius * std::sin(angle);
    for (int turns = 0; turns < static_cast<int>(quarter); ++turns) x = -std::exchange(y, x);
    return std::pair{x, y};
  };
  const auto ulps = [](double found, long double wanted) {
    return static_cast<double>(std::abs(static_cast<long double>(found) - wanted) / std::abs(wanted)) * 0x1p52;
  };
  pc::RandomStream stream{pc::Seed{6}};
  double worst = 0;
  for (int i = 0; i < 40'000; ++i) {
    const double u =
        i % 2 == 0 ? stream.uniform() : std::ldexp(0.5 + stream.uniform() / 2, -static_cast<int>(stream.below(52)));
    const double near = std::ldexp(0.5 + stream.uniform() / 2, -static_cast<int>(stream.below(50)));
    const double v = i % 3 == 0 ? stream.uniform() : (static_cast<double>(stream.below(4)) + near) / 4;
    for (const double low : {u, 1 - u}) {
      if (!(low >= 0x1p-53 && low < 1)) continue;
      const auto [x, y] = exact(low, v);
      const auto found = pc::detail::normal_pair(low, v);
      worst = std::max({worst, ulps(found.first, x), ulps(found.second, y)});
    }
  }
  CHECK(worst <= 4);
}
