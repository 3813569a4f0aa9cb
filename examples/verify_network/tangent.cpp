// SPDX-License-Identifier: MIT
#include "tangent.hpp"

#include <algorithm>
#include <proxcvx/optimize/gradient_descent.hpp>

namespace verify_network {

namespace {

/// The linearised risk as an objective.
struct Linear {
  using Scalar = double;
  const LinearGradient& f;
  pc::Index parameters;

  [[nodiscard]] pc::Index dimension() const { return parameters; }
  [[nodiscard]] double value(pc::ConstVectorRef<double> v) const {
    Vector unused(parameters);
    return f(v, unused);
  }
  double gradient(pc::ConstVectorRef<double> v, pc::VectorRef<double> out) const { return f(v, out); }
};

/// 1/L of the linearised risk; 0.1 where it has none, and for SGD, whose single gradients are larger, no more.
double step_size(const Options& o, const Tangents& tangents) {
  const bool known = tangents.curvature > 0 && std::isfinite(1 / tangents.curvature);
  const double step = known ? 1 / tangents.curvature : 0.1;
  return o.step_size.value_or(o.stochastic() ? std::min(step, 0.1) : step);
}

/// Where projected descent on the linearised risk gets to from the start: a reference that the tangents like.
Vector linear_reference(const Tangents& tangents, const pc::Ball<double>& ball) {
  if (!(tangents.curvature > 0) || !std::isfinite(1 / tangents.curvature)) return ball.center();
  const Linear linear{tangents.linear, ball.dimension()};
  return pc::GD(pc::ConstantStep{1 / tangents.curvature}, {.iterations = 200}, ball)
      .minimize(linear, ball.center())
      .best;
}

/// Points for which a minute or so of one processor is enough.
pc::Index affordable(const Tangents& tangents) {
  return static_cast<pc::Index>(std::clamp(4e10 / tangents.local_flops, 16.0, 20'000.0));
}
/// A gigabyte.
bool fits(const Tangents& tangents) { return tangents.local_numbers <= 0x1p27; }

/// The constants at the start and at the first samples of the region.
MeasuredConstants measured(const Tangents& tangents, const pc::Ball<double>& region, std::uint64_t seed) {
  const pc::ProxyPLConstants at_start = tangents.constants_at(region.center());
  MeasuredConstants found{.proxy = tangents.constants_speak,
                          .alpha = at_start.alpha,
                          .mu_at_start = at_start.mu,
                          .mu_least = at_start.mu,
                          .mu_largest = at_start.mu,
                          .points = 1 + std::min<pc::Index>(15, affordable(tangents))};
  Vector w(region.dimension());
  for (pc::Index i = 0; i + 1 < found.points; ++i) {
    pc::RandomStream stream{pc::Seed{seed}, static_cast<std::uint64_t>(i), pc::Purpose::points};
    region.sample(stream, w);
    const double mu = tangents.constants_at(w).mu;
    found.mu_least = std::min(found.mu_least, mu);
    found.mu_largest = std::max(found.mu_largest, mu);
  }
  return found;
}

Claim users_claim(const Options& o, const Tangents& tangents, const std::string& why, const pc::Ball<double>& region) {
  const ProxyPL property(tangents.f, tangents.local_proxy, overridden(o, {.alpha = tangents.local_alpha}));
  Claim made = claim(property, region, tangents.local_proxy, property.xi());
  made.note = "none: " + why + "; --mu and --xi are the user's";
  return made;
}

Claim local_claim(const Options& o, const Tangents& tangents, const pc::Ball<double>& region) {
  Claim made = claim(tangents.local, region, tangents.local_proxy, affordable(tangents));
  made.note = "none: the constants are those of a point, the proxy PL theorem needs them on a region, and L";
  made.prove_by_theorem = tangents.local_theorem;
  made.measure = [tangents, region, seed = o.seed] { return measured(tangents, region, seed); };
  return made;
}

Claim convexity_claim(const Options& o, const Tangents& tangents, const pc::Ball<double>& region) {
  Claim made = claim(MovingConvexity(tangents.f, tangents.value, tangents.tangent), region, tangents.value);
  made.prove_by_theorem = tangents.convexity_theorem;
  if (o.stochastic()) {
    made.note = "none: nobody knows the growth of this network's single gradients, which SGD's theorem needs";
  } else {
    made.theorem = tangents.guarantee([tangents, region] { return linear_reference(tangents, region); });
  }
  return made;
}

}  // namespace

Study tangent_study(const Options& o, const Tangents& tangents, const std::string& why, const Vector& start) {
  const bool users = o.mu && o.xi;
  pc::require(users || !(o.alpha || o.mu || o.xi), "--mu and --xi: expected both or, for what tangents give, none of "
                                                   "--alpha, --mu and --xi, because " + why);
  pc::require(!o.accuracy, "--accuracy: expected --iterations instead, because " + why +
                               ", and what tangents promise is known at the end of a run");
  const bool local = !users && fits(tangents);
  const std::string too_many = "the tangent features of these data take " +
                               pc::detail::shortest(tangents.local_numbers, 3) + " numbers, and 2^27 fit";
  pc::require(users || local || o.property != "proxy-pl", "--mu and --xi: expected both, because " + too_many);
  const pc::Ball region{start, o.radius};
  Study study;
  study.start = start;
  study.step_size = step_size(o, tangents);
  study.iterations = o.iterations.value_or(1000);
  if (o.wants("proxy-pl") && users) study.claims.push_back(users_claim(o, tangents, why, region));
  if (o.wants("proxy-pl") && local) study.claims.push_back(local_claim(o, tangents, region));
  if (o.wants("proxy-convexity")) {
    study.claims.push_back(convexity_claim(o, tangents, region));
    if (o.wants("proxy-pl") && !users && !local) study.claims.back().remark = "proxy PL is left out: " + too_many;
  }
  study.objective = [f = tangents.f](const Vector& w) { return f.value(w); };
  study.minimize = minimizer(o, tangents.f, start, study.step_size, study.iterations);
  return study;
}

}  // namespace verify_network
