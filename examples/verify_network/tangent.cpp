// SPDX-License-Identifier: MIT
#include "tangent.hpp"

#include <algorithm>
#include <cmath>

namespace proxcvx {

template MinNormPoint<double> min_norm_point<double>(ConstMatrixRef<double>);
template double smallest_eigenvalue_bound<Matrix<double>>(const Eigen::MatrixBase<Matrix<double>>&);

}  // namespace proxcvx

namespace verify_network {

namespace {

/// The largest |eigenvalue| of the Hessian of f at w, as far as the power method sees it.
double curvature(const Objective& f, const Vector& w) {
  Vector direction(w.size());
  Vector image(w.size());
  pc::RandomStream stream{pc::Seed{1}, 0, pc::Purpose::search};
  stream.fill_normal(direction);
  double largest = 0;
  for (int step = 0; step < 30; ++step) {
    direction /= pc::scaled_norm(direction);
    f.hessian_vector(w, direction, image);
    const double norm = pc::scaled_norm(image);
    if (!(norm > 0) || !std::isfinite(norm)) break;
    largest = std::max(largest, norm);
    direction = image;
  }
  return largest;
}

/// 1/L, L the curvature at the start; 0.1 where there is none, and for SGD, whose single gradients are larger, no more.
double default_step_size(const Options& o, const Objective& f, const Vector& start) {
  const double step = 1 / curvature(f, start);
  if (!std::isfinite(step)) return 0.1;
  return o.stochastic() ? std::min(step, 0.1) : step;
}

/// A reference that the tangents are likely to like: where descent within the ball gets to in 200 steps.
Vector reference(const Options& o, const Objective& f, const pc::Ball<double>& ball, double step_size) {
  const Vector best = minimizer(o, f, ball.center(), step_size, 200, ball)(0, [](const pc::Iterate<double>&) {}).best;
  return best.allFinite() ? best : ball.center();
}

/// Points for which a minute or so of one processor is enough.
pc::Index affordable(const Tangents& tangents) {
  return static_cast<pc::Index>(std::clamp(4e10 / tangents.local_flops, 16.0, 20'000.0));
}
/// A gigabyte, and minutes for the sixteen points.
bool fits(const Tangents& tangents) { return tangents.local_numbers <= 0x1p27 && tangents.local_flops <= 4e11; }

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
  if (!tangents.interval_form) {
    made.prove = nullptr;
    made.unavailable.emplace("prove", "the softmax loss has no interval form");
  }
  return made;
}

Claim local_claim(const Options& o, const Tangents& tangents, const pc::Ball<double>& region) {
  Claim made = claim(tangents.local, region, tangents.local_proxy, affordable(tangents));
  made.note = "none: the constants are those of a point, the proxy PL theorem needs them on a region, and L";
  made.prove_by_theorem = tangents.local_theorem;
  made.measure = [tangents, region, seed = o.seed] { return measured(tangents, region, seed); };
  return made;
}

Claim convexity_claim(const Options& o, const Tangents& tangents, const pc::Ball<double>& region, double step_size) {
  Claim made = claim(MovingConvexity(tangents.f, tangents.value, tangents.tangent), region, tangents.value);
  made.prove_by_theorem = tangents.convexity_theorem;
  if (o.stochastic()) {
    made.note = "none: nobody knows the growth of this network's single gradients, which SGD's theorem needs";
  } else {
    made.theorem =
        tangents.guarantee([o, f = tangents.f, region, step_size] { return reference(o, f, region, step_size); });
  }
  return made;
}

}  // namespace

Study tangent_study(const Options& o, const Tangents& tangents, const std::string& why, const Vector& start) {
  const bool users = o.mu && o.xi;
  pc::require(users || !(o.alpha || o.mu || o.xi),
              "--mu and --xi: expected both or, for what tangents give, none of "
              "--alpha, --mu and --xi, because " +
                  why);
  pc::require(!o.accuracy, "--accuracy: expected --iterations instead, because " + why +
                               ", and what tangents promise is known at the end of a run");
  const bool local = !users && fits(tangents);
  const std::string too_many =
      "the tangent features of these data take " + pc::detail::shortest(tangents.local_numbers, 3) + " numbers and " +
      pc::detail::shortest(tangents.local_flops, 3) + " operations at each point (2^27 and 4e11 are allowed)";
  pc::require(users || local || o.property != "proxy-pl", "--mu and --xi: expected both, because " + too_many);
  const pc::Ball region{start, o.radius};
  Study study;
  study.start = start;
  study.step_size = o.step_size ? *o.step_size : default_step_size(o, tangents.f, start);
  study.iterations = o.iterations.value_or(1000);
  if (o.wants("proxy-pl") && users) study.claims.push_back(users_claim(o, tangents, why, region));
  if (o.wants("proxy-pl") && local) study.claims.push_back(local_claim(o, tangents, region));
  if (o.wants("proxy-convexity")) {
    study.claims.push_back(convexity_claim(o, tangents, region, study.step_size));
    if (o.wants("proxy-pl") && !users && !local) study.claims.back().remark = "proxy PL is left out: " + too_many;
  }
  study.objective = [f = tangents.f](const Vector& w) { return f.value(w); };
  study.minimize = minimizer(o, tangents.f, start, study.step_size, study.iterations);
  return study;
}

}  // namespace verify_network
