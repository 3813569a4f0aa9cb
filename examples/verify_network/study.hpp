// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <proxcvx/guarantees/guarantee.hpp>
#include <proxcvx/optimize/gradient_descent.hpp>
#include <proxcvx/optimize/stochastic_gradient_descent.hpp>
#include <proxcvx/properties/gradient_growth.hpp>
#include <proxcvx/properties/proxy_pl.hpp>
#include <proxcvx/regions/ball.hpp>
#include <proxcvx/verify/check.hpp>
#include <string>
#include <utility>
#include <vector>

#include "options.hpp"
#include "problem.hpp"

// A study is what the program does, free of types: claims to check, a function to minimise, theorems to hold the run
// against. two_layer.cpp, neuron.cpp and mlp.cpp make one from the options; execute() (outcome.hpp) carries it out.

namespace verify_network {

namespace pc = proxcvx;

using Vector = pc::Vector<double>;
using CheckObserver = std::function<void(const pc::CheckReport&)>;
using RunObserver = std::function<void(const pc::Iterate<double>&)>;

/// A guarantee of any kind.
struct Theorem {
  std::string name;
  pc::Measured measured;
  std::function<double(pc::Index)> bound;
};

template <pc::Guarantee G> [[nodiscard]] Theorem theorem(const G& guarantee) {
  return {guarantee.theorem(), guarantee.measured(), [guarantee](pc::Index T) { return guarantee.bound(T); }};
}

/// A property on a region, the proxy that its guarantee speaks of, and the guarantee or why there is none.
struct Claim {
  std::string name;
  std::function<pc::CheckReport(const pc::CheckSettings&, const CheckObserver&)> check;
  std::string proxy_name;
  std::function<double(const Vector&)> proxy;
  double level = 0;  ///< xi, or the reference level: what the guarantee tends to
  std::optional<Theorem> theorem;
  std::string note;
};

/// Everything that one call of the program does.
struct Study {
  std::string network;
  std::string loss;
  Vector start;
  std::vector<Claim> claims;
  std::function<double(const Vector&)> objective;
  std::function<double(const Vector&)> training_error;  ///< empty for regression
  double step_size = 0;
  pc::Index iterations = 0;
  /// Runs the optimizer once; `repeat` chooses the batches of SGD.
  std::function<pc::Result<double>(pc::Index repeat, const RunObserver&)> minimize;
};

[[nodiscard]] Study two_layer_study(const Options& options, const Problem& problem);
[[nodiscard]] Study neuron_study(const Options& options, const Problem& problem);
[[nodiscard]] Study mlp_study(const Options& options, const Problem& problem);

/// The claim that `property` holds on `region`, about the proxy g.
template <class Property, class SampleRegion, class G>
[[nodiscard]] Claim claim(const Property& property, const SampleRegion& region, const G& g, double level) {
  Claim made;
  made.check = [property, region](const pc::CheckSettings& settings, const CheckObserver& observer) {
    return pc::check(property, region, settings, observer);
  };
  made.name = property.name();
  made.proxy_name = g.name();
  made.proxy = [g](const Vector& w) { return g.value(w); };
  made.level = level;
  return made;
}

/// How f is minimised: the optimizer that the options name, projected onto `domain`.
template <class F, class Domain>
[[nodiscard]] auto minimizer(const Options& o, const F& f, const Vector& start, double step_size, pc::Index iterations,
                             const Domain& domain) {
  return [=](pc::Index repeat, const RunObserver& observer) {
    if (!o.stochastic()) {
      return pc::GD(pc::ConstantStep{step_size}, {.iterations = iterations}, domain).minimize(f, start, observer);
    }
    const pc::SGDSettings settings{
        .iterations = iterations, .batch = o.batch, .seed = pc::Seed{o.seed + static_cast<std::uint64_t>(repeat)}};
    return pc::SGD(pc::ConstantStep{step_size}, settings, domain).minimize(f, start, observer);
  };
}

/// The initial parameters: those of --weights, or the network's own by the seed.
template <class Network> [[nodiscard]] Vector initial_weights(const Options& o, const Network& network) {
  pc::require(network.parameters() <= 100'000'000, "--hidden", "at most 100,000,000 parameters", network.parameters());
  return o.weights.empty() ? network.initialize(pc::Seed{o.seed}) : read_weights(o.weights, network.parameters());
}

/// The noise that the optimizer's theorem needs.
[[nodiscard]] inline pc::Noise noise(const Options& o) {
  return o.stochastic() ? pc::Noise::single_example : pc::Noise::full_batch;
}

/// The theorem's constants with the user's own in their place.
[[nodiscard]] inline pc::ProxyPLConstants overridden(const Options& o, const pc::ProxyPLConstants& theorem) {
  return {.alpha = o.alpha.value_or(theorem.alpha), .mu = o.mu.value_or(theorem.mu), .xi = o.xi.value_or(theorem.xi)};
}

/// Says on a claim, and on its theorem, that constants are the user's: the theorem then speaks of what they claim.
inline void note_users_constants(const Options& o, Claim& claim) {
  if (!o.alpha && !o.mu && !o.xi) return;
  claim.note = "alpha, mu or xi are the user's, not the theorem's";
  if (claim.theorem) claim.theorem->name += ", if the user's constants are right";
}

/// Throws std::invalid_argument, naming --mu and --xi, unless both are given where no theorem supplies them.
inline void require_constants(const Options& o, const std::string& why) {
  pc::require(o.mu && o.xi, "--mu and --xi: expected both, because " + why);
  pc::require(o.property != "proxy-convexity",
              "--property: expected proxy-pl, because " + why + " and no theorem gives its proxy convexity");
  pc::require(!o.accuracy, "--accuracy: expected --iterations instead, because " + why);
}

/// A study of a network that no theorem covers: the user's own proxy PL constants, with g = E[-l'] or g = f.
template <class Risk, class G>
[[nodiscard]] Study users_own_study(const Options& o, const Risk& f, const G& g, const std::string& why,
                                    const Vector& start) {
  require_constants(o, why);
  Study study;
  const double alpha = std::is_same_v<Risk, G> ? 2 : 1;
  const pc::ProxyPL<Risk, G> property(f, g, overridden(o, {.alpha = alpha}));
  study.start = start;
  study.step_size = o.step_size.value_or(0.1);
  study.iterations = o.iterations.value_or(1000);
  study.claims.push_back(claim(property, pc::Ball{start, o.radius}, g, property.xi()));
  study.claims.back().note = "none: " + why + "; --mu and --xi are the user's";
  study.objective = [f](const Vector& w) { return f.value(w); };
  study.minimize = minimizer(o, f, start, study.step_size, study.iterations, pc::Everywhere{});
  return study;
}

}  // namespace verify_network
