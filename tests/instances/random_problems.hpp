// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <proxcvx/core/random.hpp>
#include <proxcvx/data/dataset.hpp>
#include <proxcvx/verify/escalation.hpp>

#include "instances/tables.hpp"
#include "support/catch2.hpp"
#include "support/counts.hpp"

// Random small problems, and the question that theorems of section 4 are asked on each: is there a violation?
// docs/theory.md has the list.

namespace problems {

namespace pc = proxcvx;

/// Parameter vectors examined per problem.
inline constexpr pc::Index points = 20;

/// Problems that make up `full` margins in a long run, 1 % of them otherwise.
inline pc::Index count(pc::Index full) { return tests::scaled_count(full) / points; }

/// 2^e, e uniform in [-range, range].
inline double scale(pc::RandomStream& stream, double range) { return std::exp2(stream.uniform(-range, range)); }

template <class Scalar = double> pc::Vector<Scalar> vector(pc::RandomStream& stream, pc::Index size, double range = 6) {
  pc::Vector<Scalar> w(size);
  stream.fill_normal(w);
  w *= static_cast<Scalar>(scale(stream, range));
  for (Scalar& x : w) {
    if (stream.below(8) == 0) x = Scalar(0);  // zeros put units on their kink
  }
  return w;
}

/// d in 1..6, n in 1..10: inputs of any scale, now and then zero, repeated or opposite; labels +-1 or numbers.
inline pc::Dataset<double> dataset(pc::RandomStream& stream, bool signs) {
  const pc::Index d = 1 + stream.below(6);
  const pc::Index n = 1 + stream.below(10);
  pc::Matrix<double> x(d, n);
  stream.fill_normal(x);
  x *= scale(stream, 3);
  for (pc::Index i = 1; i < n; ++i) {
    if (stream.below(10) == 0) x.col(i) = (stream.below(2) == 0 ? 1.0 : -1.0) * x.col(stream.below(i));
    if (stream.below(20) == 0) x.col(i).setZero();
  }
  pc::Matrix<double> y(1, n);
  for (pc::Index i = 0; i < n; ++i) {
    y(0, i) = signs ? (stream.below(2) == 0 ? 1.0 : -1.0) : stream.normal() * scale(stream, 3);
  }
  return {x, y};
}

/// What has_no_violation was told since the last reset.
struct Asked {
  pc::Index decided = 0;    ///< satisfied, in some scalar
  pc::Index undecided = 0;  ///< equal, as far as 50 digits show
};
inline Asked& asked() {
  static Asked counts;
  return counts;
}

/// Calls body(stream, data, points) for random data sets, drawn and of the tables of ../shared (where they are): in a
/// long run a million of each kind, with one point to look at; otherwise with 20 points each, 10,000 in all.
template <class Body> void on_random_data(std::uint64_t seed, bool signs, const Body& body) {
  for (const bool real : {false, true}) {
    if (real && tables().empty()) {
      WARN("not on real data: no folder " << tests::shared_path().string());
      continue;
    }
    asked() = {};
    const pc::Index problems = tests::long_run() ? 1'000'000 : 10'000 / points / (tables().empty() ? 1 : 2);
    for (pc::Index problem = 0; problem < problems; ++problem) {
      pc::RandomStream stream{pc::Seed{seed}, static_cast<std::uint64_t>(problem) + (real ? 1ULL << 40U : 0)};
      const auto data = real ? sample_of_table(stream, signs) : dataset(stream, signs);
      INFO((real ? "sample of a table " : "problem ") << problem);
      body(stream, data, tests::long_run() ? 1 : points);
    }
    if (tests::long_run())
      WARN((real ? "tables: " : "random data: ")
           << problems << " data sets, " << asked().decided << " margins decided, " << asked().undecided
           << " at equality to 50 digits");
  }
}

/// The property's margin at the points is decided, and no decision is a violation.
template <class Property, class... Points> void has_no_violation(const Property& property, const Points&... at) {
  const pc::detail::Escalation<Property> escalation{property};
  const auto decided = escalation.decide(property.margin(at...), at...);
  if (decided.outcome == pc::Outcome::satisfied) ++asked().decided;
  if (decided.outcome == pc::Outcome::undecided) ++asked().undecided;
  if (decided.outcome == pc::Outcome::satisfied || decided.outcome == pc::Outcome::undecided) return;
  CAPTURE(decided.value, decided.error, decided.scalar);
  FAIL_CHECK("a violation of a theorem");
}

/// The opposite: it is violated there, in the widest scalar.
template <class Property, class... Points> void is_violated(const Property& property, const Points&... at) {
  const pc::detail::Escalation<Property> escalation{property};
  const auto decided = escalation.confirm(at...);
  CAPTURE(decided.value, decided.error, decided.scalar);
  CHECK(decided.outcome == pc::Outcome::violated);
}

}  // namespace problems
