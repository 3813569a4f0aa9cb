// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <proxcvx/objectives/affine_substitution.hpp>
#include <proxcvx/objectives/calculus.hpp>
#include <proxcvx/properties/at_reference.hpp>
#include <proxcvx/properties/gradient_growth.hpp>
#include <proxcvx/properties/proxy_convexity.hpp>
#include <proxcvx/properties/proxy_pl.hpp>
#include <proxcvx/proxies/affine.hpp>
#include <proxcvx/proxies/constant.hpp>
#include <proxcvx/regions/ball.hpp>
#include <proxcvx/regions/box.hpp>
#include <proxcvx/verify/falsify_report.hpp>
#include <proxcvx/verify/monitor_table.hpp>
#include <proxcvx/verify/prove_report.hpp>
#include <proxcvx/verify/table.hpp>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "planted/any_function.hpp"
#include "support/catch2.hpp"
#include "support/counts.hpp"

// Planted faults: true claims, and claims that are false by a known amount or on a set of known measure. A false one
// must be found by falsify with 3,000 evaluations, a true one must never be found violated by any verb.

namespace planted {

template <class S> using PairClaim = pc::ProxyConvexity<AnyFunction<S>, AnyFunction<S>, AnyFunction<S>>;

/// The margin of a point claim as the formula that prove encloses.
struct EnclosedMargin {
  std::function<Form(pc::ConstVectorRef<Form>)> formula;
  [[nodiscard]] Form margin_value(pc::ConstVectorRef<Form> w) const { return formula(w); }
};

/// Any of the inequalities at a point.
template <class S> class PointClaim {
 public:
  using Scalar = S;
  using AtOne = pc::AtReference<PairClaim<S>>;
  using PL = pc::ProxyPL<AnyFunction<S>, AnyFunction<S>>;
  using Growth = pc::GradientGrowth<AnyFunction<S>, AnyFunction<S>>;

  template <class Property>
  requires(!std::is_same_v<Property, PointClaim>) PointClaim(Property property)  // NOLINT(google-explicit-constructor)
      : property_{std::move(property)} {}

  [[nodiscard]] pc::Index dimension() const {
    return std::visit([](const auto& p) { return p.dimension(); }, property_);
  }
  [[nodiscard]] const AnyFunction<S>& objective() const {
    if (const auto* at = std::get_if<AtOne>(&property_)) return at->property().objective();
    if (const auto* pl = std::get_if<PL>(&property_)) return pl->objective();
    return std::get<Growth>(property_).objective();
  }
  [[nodiscard]] pc::Margin<S> margin(pc::ConstVectorRef<S> w) const {
    return std::visit([&](const auto& p) { return p.margin(w); }, property_);
  }
  void margin_gradient(pc::ConstVectorRef<S> w, pc::VectorRef<S> out) const {
    std::visit([&](const auto& p) { p.margin_gradient(w, out); }, property_);
  }
  void scale_free_gradient(pc::ConstVectorRef<S> w, pc::VectorRef<S> out) const {
    std::visit([&](const auto& p) { p.scale_free_gradient(w, out); }, property_);
  }
  static constexpr pc::Index margin_gradient_cost = AtOne::margin_gradient_cost;  // the dearest of the three
  template <class Other>
  requires std::is_same_v<Other, pc::WiderScalar<S>>
  [[nodiscard]] PointClaim<Other> cast() const {
    return std::visit([](const auto& p) { return PointClaim<Other>(p.template cast<Other>()); }, property_);
  }
  template <class Other>
  requires(std::is_same_v<Other, Form>&& std::is_same_v<S, double>) [[nodiscard]] EnclosedMargin cast() const {
    const auto enclosed = [](const auto& p) {
      return EnclosedMargin{[q = p.template cast<Form>()](pc::ConstVectorRef<Form> w) { return q.margin_value(w); }};
    };
    if (const auto* pl = std::get_if<PL>(&property_)) return enclosed(*pl);
    return enclosed(std::get<AtOne>(property_));
  }

 private:
  std::variant<AtOne, PL, Growth> property_;
};

/// A ball or a box. With points to look near, kinks or points of equality, every fourth sample is next to one of them,
/// at 1e-18 to 1 times as far as the region goes, or on it.
template <class S> class Where {
 public:
  using Scalar = S;
  Where(pc::Ball<S> ball) : region_{std::move(ball)} {}  // NOLINT(google-explicit-constructor)
  Where(pc::Box<S> box) : region_{std::move(box)} {}     // NOLINT(google-explicit-constructor)

  [[nodiscard]] pc::Index dimension() const {
    return std::visit([](const auto& r) { return r.dimension(); }, region_);
  }
  [[nodiscard]] pc::Vector<S> center() const {
    return std::visit([](const auto& r) { return pc::Vector<S>(r.center()); }, region_);
  }
  [[nodiscard]] std::string description() const {
    return std::visit([](const auto& r) { return r.description(); }, region_);
  }
  /// A box that lies in the region, or one that the region lies in.
  [[nodiscard]] pc::Box<S> box(bool inside) const {
    if (const auto* box = std::get_if<pc::Box<S>>(&region_)) return *box;
    const auto& ball = std::get<pc::Ball<S>>(region_);
    const double side = inside ? (1 - 1e-15) / std::sqrt(static_cast<double>(dimension())) : 1;
    const pc::Vector<S> half = pc::Vector<S>::Constant(dimension(), static_cast<S>(ball.radius() * side));
    return pc::Box<S>(ball.center() - half, ball.center() + half);
  }
  /// The same region, with a column each for the points to look near.
  [[nodiscard]] Where near(pc::Matrix<S> points, double reach) const {
    Where where = *this;
    where.near_ = std::move(points);
    where.reach_ = reach;
    return where;
  }
  void sample(pc::RandomStream& stream, pc::VectorRef<S> out) const {
    if (near_.cols() == 0 || stream.below(4) != 0) {
      std::visit([&](const auto& r) { r.sample(stream, out); }, region_);
      return;
    }
    const double step = stream.below(8) == 0 ? 0 : std::pow(10.0, stream.uniform(-18, 0));
    pc::detail::uniform_direction(stream, out);
    out = near_.col(stream.below(near_.cols())) + static_cast<S>(reach_ * step) * out;
    project(out);
  }
  [[nodiscard]] bool contains(pc::ConstVectorRef<S> w) const {
    return std::visit([&](const auto& r) { return r.contains(w); }, region_);
  }
  void project(pc::VectorRef<S> w) const {
    std::visit([&](const auto& r) { r.project(w); }, region_);
  }

 private:
  std::variant<pc::Ball<S>, pc::Box<S>> region_;
  pc::Matrix<S> near_;
  double reach_ = 0;
};

/// The cube [-reach, reach]^dimension.
template <class S = double> Where<S> cube(pc::Index dimension, double reach) {
  const auto corner = static_cast<S>(reach);
  return pc::Box<S>(pc::Vector<S>::Constant(dimension, -corner), pc::Vector<S>::Constant(dimension, corner));
}
/// The ball about 0; radii on a log scale.
template <class S = double> Where<S> ball(pc::Index dimension, double radius) {
  return pc::Ball<S>(pc::Vector<S>::Zero(dimension), radius);
}

// The classical conditions (properties/special_cases.hpp), with functions that are any.

template <class S> PairClaim<S> proxy_convex(AnyFunction<S> f, AnyFunction<S> g, AnyFunction<S> h) {
  return {std::move(f), std::move(g), std::move(h)};
}
template <class F> PairClaim<typename F::Scalar> convex(const F& function) {
  return PairClaim<typename F::Scalar>(AnyFunction<typename F::Scalar>(function));
}
/// factor f + offset.
template <class S> AnyFunction<S> affine(double factor, AnyFunction<S> f, double offset = 0) {
  return pc::Affine<AnyFunction<S>>(factor, std::move(f), offset);
}
/// factor f, as an objective.
template <class S> AnyFunction<S> times(double factor, AnyFunction<S> f) {
  if (factor == 1) return f;
  return pc::Scaled<AnyFunction<S>>(factor, std::move(f));
}
template <class F>
PointClaim<typename F::Scalar> quasar(const F& function, const pc::Vector<typename F::Scalar>& minimizer, double zeta) {
  using S = typename F::Scalar;
  const AnyFunction<S> f(function);
  return pc::AtReference<PairClaim<S>>(proxy_convex<S>(f, affine<S>(zeta, f), affine<S>(zeta, f)), minimizer);
}
template <class F> PointClaim<typename F::Scalar> pl(const F& function, const pc::ProxyPLConstants& constants) {
  using S = typename F::Scalar;
  const AnyFunction<S> f(function);
  return pc::ProxyPL<AnyFunction<S>, AnyFunction<S>>(f, f, constants);
}
/// Of modulus m about the minimum f*.
template <class F> PointClaim<typename F::Scalar> pl(const F& function, double modulus, double minimum = 0) {
  return pl(function, {.alpha = 2, .mu = 4 * modulus, .xi = minimum});
}

/// A function of one variable as one of many (4.8): u -> f(<a, u>), where the largest entry of a is 1. Moduli become
/// |a|^2 times as large.
inline constexpr pc::Index many = 8;
inline constexpr double modulus_of_many = 3.5625;
template <class F> AnyFunction<double> of_many(const F& f) {
  const pc::Matrix<double> a{{0.5, -0.75, 1, 0.375, -0.625, 0.875, 0.25, -0.625}};
  return pc::AffineSubstitution<F>(f, a, pc::Vector<double>::Zero(1));
}

// The verbs, compiled once (verbs.cpp).

template <class S>
pc::FalsifyReport searched(const PairClaim<S>&, const Where<S>&, std::uint64_t seed, int threads = 0);
template <class S>
pc::FalsifyReport searched(const PointClaim<S>&, const Where<S>&, std::uint64_t seed, int threads = 0);
template <class S> pc::CheckReport sampled(const PairClaim<S>&, const Where<S>&, pc::Index points);
template <class S> pc::CheckReport sampled(const PointClaim<S>&, const Where<S>&, pc::Index points);
pc::ProofReport proved(const PairClaim<double>&, const pc::Box<double>&);
pc::ProofReport proved(const PointClaim<double>&, const pc::Box<double>&);
/// Along a descent of the claim's objective in the region; pairs against the region's centre and some samples.
pc::MonitorReport watched(const PairClaim<double>&, const Where<double>&, std::uint64_t seed);
pc::MonitorReport watched(const PointClaim<double>&, const Where<double>&, std::uint64_t seed);
pc::CheckReport examined(const PairClaim<double>&, const pc::Matrix<double>& points,
                         const pc::Matrix<double>& references);
pc::CheckReport examined(const PointClaim<double>&, const pc::Matrix<double>& points);

/// Seeds that each claim is searched with.
inline constexpr std::uint64_t seeds = 5;

/// Counts how many claims there were, and how often a false one was found.
class Count {
 public:
  /// Searches for violations of false claims only, for what is asked of their witnesses.
  static Count of_false_claims() {
    Count count;
    count.only_false_ = true;
    return count;
  }
  /// Proves, on boxes that hold all of a false claim's region and none but a true one's; and monitors descents of true
  /// claims.
  static Count of_proofs() {
    Count count;
    count.proves_ = true;
    return count;
  }

  /// It is found by most seeds: claims that must fail.
  template <class Claim, class Region>
  void must_fail(const std::string& name, const Claim& claim, const Region& where) {
    const auto found = found_by(name, claim, where);
    INFO(name << ": found with " << found << " of " << seeds << " seeds");
    CHECK(2 * found > seeds);
  }
  template <class Claim, class Region> void is_false(const std::string& name, const Claim& claim, const Region& where) {
    if (proves_) return is_never_proved(name, claim, where);
    (void)found_by(name, claim, where);
  }
  /// Neither a search nor 1e5 samples (1e7 in a long run) find a violation.
  template <class Claim, class Region> void is_true(const std::string& name, const Claim& claim, const Region& where) {
    if (only_false_) return;
    if (proves_) return is_never_refuted(name, claim, where);
    ++true_claims;
    stands(name, claim, where, seeds, tests::scaled_count<pc::Index>(10'000'000));
  }
  /// A neighbour of a false claim that is true with something to spare: for proofs.
  template <class Claim, class Region> void has_room(const std::string& name, const Claim& claim, const Region& where) {
    if (proves_) is_true(name + ", its true neighbour", claim, where);
  }
  /// The same with that many seeds and points, or pairs where the claim is about pairs.
  template <class Claim, class Region>
  static void stands(const std::string& name, const Claim& claim, const Region& where, std::uint64_t with_seeds,
                     pc::Index points) {
    for (std::uint64_t seed = 1; seed <= with_seeds; ++seed) {
      const auto report = searched(claim, where, seed);
      INFO(name << ", seed " << seed << '\n' << report);
      CHECK(report.verdict() != pc::Verdict::violated);
      CHECK(report.candidates.violated == 0);
    }
    const auto report = sampled(claim, where, pc::PairProperty<Claim> ? samples_for(points) : points);
    INFO(name << '\n' << report);
    CHECK(report.verdict() != pc::Verdict::violated);
    CHECK(report.statistics.violated == 0);
    CHECK(report.statistics.non_finite == 0);
    CHECK(report.statistics.examined >= static_cast<std::int64_t>(points));
  }
  /// All pairs of a block of 256 samples are examined.
  static pc::Index samples_for(pc::Index pairs) {
    const auto block = static_cast<pc::Index>(std::ceil(std::sqrt(static_cast<double>(pairs))));
    return block <= 256 ? block : pairs / 64;
  }
  /// At least 95 % of the searches for a violation found it.
  void is_enough() const {
    CAPTURE(found, searches, missed);
    CHECK(100 * found >= 95 * searches);
  }
  void add(const Count& other) {
    true_claims += other.true_claims;
    false_claims += other.false_claims;
    searches += other.searches;
    found += other.found;
    missed += other.missed;
    proofs += other.proofs;
    refutations += other.refutations;
  }

  int true_claims = 0;
  int false_claims = 0;
  int searches = 0;
  int found = 0;
  std::string missed;
  int proofs = 0;       ///< of_proofs alone: true claims that were proved
  int refutations = 0;  ///< and false ones that were refuted
  /// A false claim that was found so, and whether a point or pair of the region violates it in double already.
  struct Found {
    std::string name;
    pc::FalsifyReport report;
    std::function<bool(const pc::Vector<double>& w, const pc::Vector<double>& v)> fails;
  };
  std::vector<Found> witnesses;  ///< of_false_claims alone: what was found, in double

 private:
  template <class Claim, class Region>
  void is_never_proved(const std::string& name, const Claim& claim, const Region& where) {
    if (!claim.objective().proved()) return;
    ++false_claims;
    const auto report = proved(claim, where.box(false));
    INFO(name << '\n' << report);
    CHECK(report.verdict() != pc::Verdict::proved_on_box);
    refutations += report.verdict() == pc::Verdict::violated ? 1 : 0;
  }

  template <class Claim, class Region>
  void is_never_refuted(const std::string& name, const Claim& claim, const Region& where) {
    if (!claim.objective().proved()) return;
    ++true_claims;
    const auto report = proved(claim, where.box(true));
    INFO(name << '\n' << report);
    CHECK_FALSE(report.witness);
    CHECK(report.verdict() != pc::Verdict::violated);
    proofs += report.verdict() == pc::Verdict::proved_on_box ? 1 : 0;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
      const auto run = watched(claim, where, seed);
      INFO(run);
      CHECK(run.verdict() != pc::Verdict::violated);
      CHECK(run.inequality.statistics.violated == 0);
      CHECK(run.inequality.statistics.examined > 0);
    }
  }

  template <class Claim, class Region>
  std::uint64_t found_by(const std::string& name, const Claim& claim, const Region& where) {
    ++false_claims;
    std::uint64_t here = 0;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
      const auto report = searched(claim, where, seed);
      here += report.verdict() == pc::Verdict::violated ? 1 : 0;
      CHECK(report.evaluations <= 3000);
      if constexpr (std::is_same_v<typename Claim::Scalar, double>) {
        if (only_false_ && report.verdict() == pc::Verdict::violated) keep_witness(name, claim, where, report);
      }
    }
    searches += static_cast<int>(seeds);
    found += static_cast<int>(here);
    if (here < seeds) missed += name + " (" + std::to_string(here) + " of " + std::to_string(seeds) + "), ";
    return here;
  }

  template <class Claim, class Region>
  void keep_witness(const std::string& name, const Claim& claim, const Region& where, const pc::FalsifyReport& report) {
    witnesses.push_back({name, report, [claim, where](const pc::Vector<double>& w, const pc::Vector<double>& v) {
                           const auto fails = [](const pc::Margin<double>& m) { return m.value < -8 * m.error; };
                           if constexpr (pc::PairProperty<Claim>) {
                             return where.contains(w) && where.contains(v) && fails(claim.margin(w, v));
                           } else {
                             return where.contains(w) && fails(claim.margin(w));
                           }
                         }});
  }

  bool only_false_ = false;
  bool proves_ = false;
};

}  // namespace planted
