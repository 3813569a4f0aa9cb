// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <proxcvx/verify/search_space.hpp>

// A (1+1) evolution strategy with the 1/5 success rule (Rechenberg 1973): one point, one random step, kept when the
// level falls. Steps are relative to how far w and v are from the centres of their regions, and v - w from 0, because
// violations lie at any scale.

namespace proxcvx::detail {

/// The length of the steps, relative to the current scale: grows on success, shrinks on failure, level at one in five.
class StepLength {
 public:
  explicit StepLength(double length) : length_{length} {}
  [[nodiscard]] double value() const { return length_; }
  void succeeded() { length_ = std::min(length_ * growth, 4.0); }
  void failed() { length_ *= shrinkage; }
  /// No progress at any length that matters: time to begin elsewhere.
  [[nodiscard]] bool collapsed() const { return length_ < 1e-5; }

 private:
  static constexpr double growth = 1.5;
  static constexpr double shrinkage = 0.9036020036098449;  // growth^{-1/4}
  double length_;
};

/// How far half `which` of x is from the centre of its region; never quite 0.
template <class Space>
[[nodiscard]] typename Space::Scalar scale_of(const Space& space, ConstVectorRef<typename Space::Scalar> x,
                                              Index which) {
  using Scalar = typename Space::Scalar;
  const RegionShape<Scalar>& shape = space.shape(which);
  return std::max(Scalar(scaled_norm(space.read(x, which) - shape.center)), Scalar(Scalar(1e-9) * shape.reach));
}

/// out = a mutation of x: of all of it, of one half, of a few entries, of v relative to w, or of scales alone.
template <class Space>
void mutate(const Space& space, RandomStream& stream, ConstVectorRef<typename Space::Scalar> x, double length,
            VectorRef<typename Space::Scalar> out) {
  using Scalar = typename Space::Scalar;
  out = x;
  const Index kind = stream.below(Space::pairs ? 6 : 3);
  const Index p = space.dimension();
  const auto normal = [&] { return static_cast<Scalar>(length * stream.normal()); };
  const auto growth = [&] { return static_cast<Scalar>(std::exp(std::max(length, 0.05) * stream.normal())); };
  const auto scale = [&](Index which) { return scale_of(space, x, which); };
  const auto shake = [&](Index which, Scalar size) {  // a step of length about `size` times the step length
    auto part = space.half(out, which);
    const Scalar each = size / static_cast<Scalar>(std::sqrt(static_cast<double>(p)));
    for (Index i = 0; i < p; ++i) part[i] += each * normal();
  };
  switch (kind) {
    case 0:  // everything
      for (Index which = 0; which < Space::halves(); ++which) shake(which, scale(which));
      break;
    case 1:  // scales
      for (Index which = 0; which < Space::halves(); ++which) {
        auto part = space.half(out, which);
        const Vector<Scalar>& center = space.shape(which).center;
        part = center + (part - center) * growth();
      }
      break;
    case 2: {  // a few entries of one half
      const Index which = stream.below(Space::halves());
      const Scalar size = scale(which);
      auto part = space.half(out, which);
      const Index entries = 1 + stream.below(std::min<Index>(p, 3));
      for (Index i = 0; i < entries; ++i) part[stream.below(p)] += size * normal();
      break;
    }
    case 3:
      shake(0, scale(0));
      break;
    case 4:
      shake(1, scale(1));
      break;
    default: {  // v relative to w
      const Scalar size = scaled_norm(space.read(x, 1) - space.read(x, 0));
      auto v = space.half(out, 1);
      v = space.read(x, 0) + (v - space.read(x, 0)) * growth();
      shake(1, size);
    }
  }
}

/// Equality, as far as rounding can tell: a claim that is sharp there has drawn the search in, and holds it.
template <class Scalar> [[nodiscard]] bool at_equality(Scalar level) {
  return level >= Scalar(0) && level < Scalar(1024) * unit_roundoff<Scalar>();
}

/// Within half of the digits of equality.
template <class Scalar> [[nodiscard]] bool nearly_equal(Scalar level) {
  using std::sqrt;
  return level >= Scalar(0) && level < Scalar(sqrt(unit_roundoff<Scalar>()));
}

/// Walks from x, of that level, until the start's evaluations are spent, its steps collapse, or it is at equality.
template <class Space>
void evolve(const Space& space, RandomStream& stream, Vector<typename Space::Scalar>& x, typename Space::Scalar level,
            SearchLog<Space>& log) {
  using Scalar = typename Space::Scalar;
  StepLength step{std::pow(10.0, stream.uniform(-1.5, 0))};
  Vector<Scalar> proposal(x.size());
  while (!log.exhausted() && !step.collapsed() && !at_equality(level)) {
    mutate<Space>(space, stream, x, step.value(), proposal);
    const Scalar there = log.visit(proposal);
    if (there < level) {
      x.swap(proposal);
      level = there;
      step.succeeded();
    } else {
      step.failed();
    }
  }
}

}  // namespace proxcvx::detail
