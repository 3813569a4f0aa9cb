// SPDX-License-Identifier: MIT
#include <array>
#include <atomic>
#include <numeric>
#include <proxcvx/core/blas_threads.hpp>
#include <proxcvx/core/parallel.hpp>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/rounding.hpp>
#include <proxcvx/core/scratch.hpp>
#include <proxcvx/core/wider.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/catch2.hpp"

// Block loops, working memory, argument checks and rounding.

namespace pc = proxcvx;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("OpenBLAS, where it does Eigen's products, is kept to one thread inside of a loop and restored after it") {
  const int before = pc::detail::exchange_blas_threads(2);  // 0: Eigen does them itself, or another BLAS
  pc::parallel_for_blocks(0, 2, 2,
                          [&](pc::Index) { CHECK(pc::detail::exchange_blas_threads(0) == (before > 0 ? 1 : 0)); });
  CHECK(pc::detail::exchange_blas_threads(before) == (before > 0 ? 2 : 0));
}

TEST_CASE("every block is done once, whatever the number of threads, and Eigen's threads are restored") {
  const int before = Eigen::nbThreads();
  Eigen::setNbThreads(3);
  const int found = Eigen::nbThreads();
  for (const int threads : {0, 1, 2, 7}) {
    for (const auto& [first, last] : std::vector<std::pair<pc::Index, pc::Index>>{{0, 0}, {0, 1}, {5, 105}, {3, 3}}) {
      std::array<std::atomic<int>, 110> done{};
      std::atomic<bool> alone{true};
      pc::parallel_for_blocks(first, last, threads, [&](pc::Index block) {
        ++done[static_cast<std::size_t>(block)];
        if (Eigen::nbThreads() != 1) alone = false;
      });
      for (pc::Index block = 0; block < 110; ++block) {
        CHECK(done[static_cast<std::size_t>(block)] == (block >= first && block < last ? 1 : 0));
      }
      CHECK(alone);
      CHECK(Eigen::nbThreads() == found);
    }
  }
  {
    const pc::SingleThreadedEigen outer;
    { const pc::SingleThreadedEigen inner; }
    CHECK(Eigen::nbThreads() == 1);
  }
  CHECK(Eigen::nbThreads() == found);
  Eigen::setNbThreads(before);
}

TEST_CASE("the exception of the lowest block arrives, and loops nest") {
  for (const int threads : {1, 2, 7}) {
    CHECK_THROWS_WITH(pc::parallel_for_blocks(0, 40, threads,
                                              [](pc::Index block) {
                                                if (block % 7 == 5) throw std::runtime_error(std::to_string(block));
                                              }),
                      "5");
    std::array<std::atomic<int>, 6> inner{};
    pc::parallel_for_blocks(0, 6, threads, [&](pc::Index block) {
      pc::parallel_for_blocks(0, 10, threads, [&](pc::Index) { ++inner[static_cast<std::size_t>(block)]; });
    });
    for (const auto& count : inner) CHECK(count == 10);
  }
  CHECK_THROWS_WITH(pc::parallel_for_blocks(0, 1, -1, [](pc::Index) {}), ContainsSubstring("threads"));
}

TEST_CASE("a team does its parts of a step, one member finishes it, and all see what it found, in order") {
  const int before = Eigen::nbThreads();
  Eigen::setNbThreads(3);
  constexpr int steps = 2000;
  constexpr pc::Index parts = 5;
  std::array<std::array<int, parts>, 2> done{};
  std::array<int, 2> sums{};
  int finished = 0;
  std::atomic<int> wrong{0};
  pc::detail::TeamSteps team;
  pc::detail::share_parts(parts, [&](const pc::detail::TeamMember& member) {
    const auto begin = [&](int k) {
      const auto side = static_cast<std::size_t>(k % 2);
      for (auto part = member.first; part < member.last; ++part) done[side][static_cast<std::size_t>(part)] = k;
      team.arrive(member, k, [&] {
        wrong += finished++ == k ? 0 : 1;
        sums[side] = std::accumulate(done[side].begin(), done[side].end(), 0);
      });
    };
    begin(0);
    for (int k = 0; k < steps; ++k) {
      if (k + 1 < steps) begin(k + 1);
      team.wait(member, k);
      wrong += sums[static_cast<std::size_t>(k % 2)] == 5 * k ? 0 : 1;
    }
  });
  CHECK(wrong == 0);
  CHECK(finished == steps);
  Eigen::setNbThreads(before);
}

TEST_CASE("scratch frames nest, are aligned, keep their contents while the arena grows, and reuse it") {
  double* outer_place = nullptr;
  float* inner_place = nullptr;
  for (int pass = 0; pass < 3; ++pass) {
    pc::ScratchFrame<double> outer;
    auto a = outer.vector(1000);
    a.setConstant(1);
    {
      pc::ScratchFrame<float> inner;
      auto b = inner.matrix(300, 400);  // beyond the first chunk
      b.setConstant(2);
      auto c = inner.vector(0);
      CHECK(c.size() == 0);
      CHECK(reinterpret_cast<std::uintptr_t>(b.data()) % 64 == 0);
      CHECK((a.array() == 1).all());
      CHECK((b.array() == 2).all());
      if (pass == 1) inner_place = b.data();
      if (pass == 2) CHECK(b.data() == inner_place);  // the same pages
    }
    auto d = outer.matrix(3, 5);
    d.setConstant(3);
    CHECK((a.array() == 1).all());
    CHECK(reinterpret_cast<std::uintptr_t>(a.data()) % 64 == 0);
    CHECK(reinterpret_cast<std::uintptr_t>(d.data()) % 64 == 0);
    if (pass == 1) outer_place = a.data();
    if (pass == 2) CHECK(a.data() == outer_place);
  }
  for (const pc::Index size : {1'000'000, 1, 2'000'000, 1}) {  // what a large piece of work left serves a small one
    pc::ScratchFrame<double> frame;
    auto v = frame.vector(size);
    v.setConstant(1);
    CHECK(v.sum() == static_cast<double>(size));
  }
  pc::ScratchFrame<pc::FiftyDigits> wide;
  CHECK(wide.vector(3).sum() == 0);
}

TEST_CASE("a failed requirement names the argument, what was expected and what came") {
  CHECK_THROWS_WITH(pc::require(false, "eta", "a number > 0", -0.1),
                    "eta: expected a number > 0, got -0.10000000000000001");
  CHECK_THROWS_WITH(pc::require(false, "one sentence"), "one sentence");
  CHECK_THROWS_AS(pc::require(false, "x", "y", 1), std::invalid_argument);
  CHECK_NOTHROW(pc::require(true, "x", "y", 1));
}

TEST_CASE("scaled_norm neither overflows nor underflows, and NaN and infinity come through") {
  const auto check = [](auto scalar) {
    using S = decltype(scalar);
    pc::Vector<S> x(4);
    x << 3, 0, -4, 12;
    const int lowest = std::numeric_limits<S>::min_exponent - std::numeric_limits<S>::digits;
    for (const int exponent : {0, lowest, lowest + 3, lowest / 2, std::numeric_limits<S>::max_exponent - 5}) {
      const pc::Vector<S> scaled = x.unaryExpr([&](const S& e) { return std::ldexp(e, exponent); });
      const S exact = std::ldexp(S(13), exponent);
      CHECK(std::abs(pc::scaled_norm(scaled) - exact) <= S(4) * pc::unit_roundoff<S>() * exact);
    }
    CHECK(pc::scaled_norm(pc::Vector<S>::Zero(3).eval()) == S(0));
    CHECK(pc::scaled_norm(pc::Vector<S>(0)) == S(0));
    x[1] = std::numeric_limits<S>::infinity();
    CHECK(std::isinf(pc::scaled_norm(x)));
    x[3] = std::numeric_limits<S>::quiet_NaN();
    CHECK(std::isnan(pc::scaled_norm(x)));
    x.setConstant(std::numeric_limits<S>::max());
    CHECK(std::isinf(pc::scaled_norm(x)));
  };
  check(float{});
  check(double{});
  check(static_cast<long double>(0));
}

TEST_CASE("gamma is k u/(1 - k u), rounded up, and infinite from k u = 1 on") {
  const auto check = [](auto scalar) {
    using S = decltype(scalar);
    const pc::FiftyDigits u = static_cast<pc::FiftyDigits>(pc::unit_roundoff<S>());
    for (const pc::Index k : {1, 2, 3, 10, 1000, 54321, 1'000'003}) {
      const pc::FiftyDigits exact = pc::FiftyDigits(k) * u / (1 - pc::FiftyDigits(k) * u);
      const pc::FiftyDigits computed = static_cast<pc::FiftyDigits>(pc::gamma<S>(k));
      CHECK(computed >= exact);
      CHECK(computed <= exact * (1 + 16 * u));
    }
    CHECK(pc::gamma<S>(pc::Index{0}) == S(0));
    CHECK(std::isinf(pc::gamma<S>(S(1) / pc::unit_roundoff<S>())));
  };
  check(float{});
  check(double{});
  check(static_cast<long double>(0));
}
