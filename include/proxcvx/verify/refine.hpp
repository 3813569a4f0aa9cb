// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <proxcvx/properties/open_claim.hpp>
#include <proxcvx/verify/evolution.hpp>
#include <proxcvx/verify/search_space.hpp>
#include <utility>

// The point that makes an open constant tight, made tighter: a local minimisation of x -> the constant at which the
// margin is zero at x. With the claim closed at that constant, the gradient of this function is along that of the
// margin (Dinkelbach 1967): conjugate gradients (Polak & Ribiere 1969) where the property has its gradient, then steps
// along axes and random directions, which need none.

namespace proxcvx::detail {

/// The claim closed at a constant, as a space to search; the constant is replaced as it is sharpened or weakened.
/// Constants are oriented here, so that a smaller one is weaker: c where the largest is wanted, -c else.
template <class Property, class Points, class References> class ClosedClaim {
 public:
  using Space = SearchSpace<Property, Points, References>;
  using Scalar = typename Property::Scalar;

  ClosedClaim(const OpenClaim<Property>& claim, const Points& points, const References& references, Seed seed)
      : claim_{claim}, closed_{claim.with(claim.initial)}, constant_{claim.initial} {
    space_.emplace(*closed_, points, references, seed);
  }
  ClosedClaim(const ClosedClaim&) = delete;
  ClosedClaim& operator=(const ClosedClaim&) = delete;

  [[nodiscard]] const OpenClaim<Property>& claim() const { return claim_; }
  [[nodiscard]] const Space& space() const { return *space_; }
  [[nodiscard]] double constant() const { return constant_; }
  [[nodiscard]] double oriented(double c) const { return claim_.sharpest == Sharpest::largest ? c : -c; }

  /// Closes the claim at another constant, at the lowest one where that is below and included. False, and nothing
  /// changes, where the claim does not admit that.
  bool close(double constant) {
    if (claim_.lowest_included && constant < claim_.lowest) constant = claim_.lowest;
    if (!claim_.admits(constant)) return false;
    closed_.emplace(claim_.with(constant));
    constant_ = constant;
    return true;
  }

  /// What x, a point of the regions, says of the constant.
  [[nodiscard]] TightConstant at(ConstVectorRef<Scalar> x) const { return at(x, space_->margin(x)); }
  [[nodiscard]] TightConstant at(ConstVectorRef<Scalar> x, const Margin<Scalar>& margin) const {
    return tightest(claim_, constant_, margin, claim_.slope(space_->read(x, 0), space_->read(x, Space::halves() - 1)));
  }

 private:
  const OpenClaim<Property>& claim_;
  std::optional<Property> closed_;
  double constant_;
  std::optional<Space> space_;  // refers to closed_, whose place does not change
};

/// The weakest constant that was demanded, and where.
template <class Property, class Points, class References> class Refinement {
 public:
  using Closed = ClosedClaim<Property, Points, References>;
  using Space = typename Closed::Space;
  using Scalar = typename Property::Scalar;

  explicit Refinement(Closed& closed) : closed_{closed}, x_{Vector<Scalar>::Zero(closed.space().size())} {}

  [[nodiscard]] bool found() const { return level_ < std::numeric_limits<double>::infinity(); }
  [[nodiscard]] const Vector<Scalar>& x() const { return x_; }
  [[nodiscard]] const TightConstant& tight() const { return tight_; }
  /// In gradients of f: a margin and a slope are two.
  [[nodiscard]] Index evaluations() const { return evaluations_; }

  /// Takes x where its constant is weaker, and closes the claim at that. x lies in the regions.
  bool offer(ConstVectorRef<Scalar> x) {
    if (!(level_of(x, closed_.at(x)) < level_)) return false;
    x_ = x;
    settle();
    return true;
  }

  /// Minimises the constant about x(), and from points beside it, since x() may be a saddle; again as long as one of
  /// those gets lower. By at most `budget` evaluations, once more for each time that one did, up to 8.
  void polish(RandomStream& stream, Index budget) {
    if (!found()) return;
    Vector<Scalar> beside(x_.size());
    bool lower = true;
    for (int pass = 0; pass < 8 && lower; ++pass) {
      end_ = evaluations_ + budget / 2;
      if constexpr (Space::has_gradient) along_gradients();
      along_axes(stream);
      if constexpr (Space::has_gradient) along_gradients();
      lower = false;
      for (const double size : {1e-3, 1e-2, 1e-1}) {
        stream.fill_normal(beside);
        beside *= static_cast<Scalar>(size) / scaled_norm(beside);
        scale(beside);
        beside += x_;
        lower = attempt(beside, stream, budget / 6) || lower;
      }
    }
  }

  /// Minimises the constant from another point, by at most `budget` evaluations, and goes there where it ends up weaker
  /// than that of x() beyond rounding. Else nothing changes.
  bool attempt(const Vector<Scalar>& from, RandomStream& stream, Index budget) {
    trial_ = from;
    if (!closed_.space().enter(trial_)) return false;
    if (!(level_of(trial_, closed_.at(trial_)) < std::numeric_limits<double>::infinity())) return false;
    const Vector<Scalar> x = x_;
    const TightConstant tight = tight_;
    const double level = level_;
    const double constant = closed_.constant();
    x_ = trial_;
    settle();
    end_ = evaluations_ + budget;
    if constexpr (Space::has_gradient) {
      along_gradients();
    } else {
      along_axes(stream);
    }
    const double rounding = 8 * std::max(std::abs(tight.beyond - tight.safe), std::abs(tight_.beyond - tight_.safe));
    if (!std::isfinite(level) || level_ < level - rounding) return true;
    x_ = x;
    tight_ = tight;
    level_ = level;
    (void)closed_.close(constant);
    return false;
  }

 private:
  /// What is minimised: the oriented constant beyond which x is violated.
  [[nodiscard]] double level_of(ConstVectorRef<Scalar> /*x*/, const TightConstant& tight) {
    evaluations_ += 2;
    if (tight.demand != Demand::bound || !tight.narrow) return std::numeric_limits<double>::infinity();
    return closed_.oriented(tight.beyond);
  }

  /// Closes the claim at the constant of x, again until that is a fixed point up to rounding.
  void settle() {
    for (int pass = 0; pass < 8; ++pass) {
      tight_ = closed_.at(x_);
      evaluations_ += 2;
      const double before = level_;
      level_ = closed_.oriented(tight_.beyond);
      const bool admitted = closed_.close(tight_.beyond);
      if (!admitted || std::abs(level_ - before) <= 1e-14 * std::abs(level_)) break;
    }
  }

  /// The level of x + length * direction, projected into `trial`.
  [[nodiscard]] double try_step(const Vector<Scalar>& direction, double length, Vector<Scalar>& trial) {
    trial = x_ + direction * static_cast<Scalar>(length);
    if (!closed_.space().enter(trial)) return std::numeric_limits<double>::infinity();
    return level_of(trial, closed_.at(trial));
  }

  /// The best of a row of steps along a direction: doubled while that helps, else halved until it does, then the
  /// vertex of the parabola through the last three. True where the constant became weaker; `length` is the step.
  bool line_search(const Vector<Scalar>& direction, double& length) {
    double best = level_;
    double best_length = 0;
    const auto probe = [&](double step) {
      const double level = try_step(direction, step, trial_);
      if (level < best) {
        best = level;
        best_length = step;
        kept_ = trial_;
      }
      return level;
    };
    double low = level_;
    double step = length;
    double middle = probe(step);
    if (middle < low) {
      for (int doubling = 0; doubling < 30 && evaluations_ < end_; ++doubling) {
        const double far = probe(2 * step);
        if (!(far < middle)) {
          vertex(probe, 0, low, step, middle, 2 * step, far);
          break;
        }
        step *= 2;
        middle = far;
      }
    } else {
      double far = middle;
      while (step > 1e-12 && evaluations_ < end_) {
        step /= 2;
        middle = probe(step);
        if (middle < low) {
          vertex(probe, 0, low, step, middle, 2 * step, far);
          break;
        }
        far = middle;
        if (step < 1e-6 * length && best_length == 0) step /= 8;
      }
    }
    if (best_length == 0) return false;
    length = best_length;
    x_ = kept_;
    settle();
    return true;
  }

  template <class Probe>
  static void vertex(const Probe& probe, double a, double at_a, double b, double at_b, double c, double at_c) {
    if (!std::isfinite(at_c)) return;
    const double p = (b - a) * (at_b - at_c);
    const double q = (b - c) * (at_b - at_a);
    const double down = 2 * (p - q);
    const double best = b - ((b - a) * p - (b - c) * q) / down;
    if (std::isfinite(best) && best > a && best < c && best != b) (void)probe(best);
  }

  /// Conjugate gradients in lengths relative to how far w and v are from the centres of their regions.
  void along_gradients() requires Space::has_gradient {
    const Space& space = closed_.space();
    Vector<Scalar> gradient(x_.size());
    Vector<Scalar> last = Vector<Scalar>::Zero(x_.size());
    Vector<Scalar> direction = Vector<Scalar>::Zero(x_.size());
    Vector<Scalar> step(x_.size());
    double length = 0.1;
    int quiet = 0;
    for (bool steepest = true; evaluations_ + Space::gradient_cost < end_ && quiet < 4;) {
      space.gradient(x_, gradient, Lowered::level);
      evaluations_ += Space::gradient_cost;
      scale(gradient);
      const Scalar norm = scaled_norm(gradient);
      if (!(norm > Scalar(0)) || !is_finite(norm)) return;
      gradient /= norm;
      const Scalar turned = steepest ? Scalar(0) : Scalar((gradient - last * (last.dot(gradient))).dot(gradient));
      const Scalar ratio = steepest ? Scalar(0) : norm / last_norm_;
      direction = direction * std::max(Scalar(0), Scalar(turned * ratio)) - gradient;
      if (!(direction.dot(gradient) < Scalar(0))) direction = -gradient;
      step = direction / scaled_norm(direction);
      scale(step);
      const double before = level_;
      double tried = steepest ? std::max(length, 1e-3) : length;
      if (line_search(step, tried)) {
        length = tried;
        quiet = std::abs(before - level_) <= 1e-14 * std::abs(level_) ? quiet + 1 : 0;
        last = gradient;
        last_norm_ = norm;
        steepest = false;
      } else {
        if (steepest) return;
        steepest = true;
      }
    }
  }

  void scale(Vector<Scalar>& direction) const {
    for (Index which = 0; which < Space::halves(); ++which) {
      closed_.space().half(direction, which) *= scale_of(closed_.space(), x_, which);
    }
  }

  /// Steps both ways along up to 16 axes, else along random directions; halved where none helps.
  void along_axes(RandomStream& stream) {
    const Index size = x_.size();
    Vector<Scalar> direction(size);
    double length = 0.05;
    while (length > 1e-10 && evaluations_ < end_) {
      bool helped = false;
      for (Index i = 0; i < std::min<Index>(size, 16) && evaluations_ < end_; ++i) {
        if (size <= 16) {
          direction = Vector<Scalar>::Unit(size, i);
        } else {
          stream.fill_normal(direction);
          direction /= scaled_norm(direction);
        }
        scale(direction);
        for (const double sign : {1.0, -1.0}) {
          if (!(try_step(direction, sign * length, trial_) < level_)) continue;
          x_ = trial_;
          settle();
          helped = true;
          break;
        }
      }
      length = helped ? std::min(2 * length, 0.25) : length / 2;
    }
  }

  Closed& closed_;
  Vector<Scalar> x_;
  Vector<Scalar> trial_;
  Vector<Scalar> kept_;
  TightConstant tight_;
  double level_ = std::numeric_limits<double>::infinity();
  Scalar last_norm_ = Scalar(1);
  Index evaluations_ = 0;
  Index end_ = 0;
};

}  // namespace proxcvx::detail
