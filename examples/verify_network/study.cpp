// SPDX-License-Identifier: MIT
#include "study.hpp"

#include <proxcvx/optimize/gradient_descent.hpp>
#include <proxcvx/optimize/stochastic_gradient_descent.hpp>

namespace verify_network {

namespace {

template <class Domain>
pc::Result<double> minimized(const Options& o, const Objective& f, const Vector& start, double step_size,
                             pc::Index iterations, const Domain& domain, pc::Index repeat,
                             const RunObserver& observer) {
  if (!o.stochastic()) {
    return pc::GD(pc::ConstantStep{step_size}, {.iterations = iterations}, domain).minimize(f, start, observer);
  }
  const pc::SGDSettings settings{
      .iterations = iterations, .batch = o.batch, .seed = pc::Seed{o.seed + static_cast<std::uint64_t>(repeat)}};
  return pc::SGD(pc::ConstantStep{step_size}, settings, domain).minimize(f, start, observer);
}

}  // namespace

std::function<pc::Result<double>(pc::Index, const RunObserver&)> minimizer(
    const Options& o, const Objective& f, const Vector& start, double step_size, pc::Index iterations,
    const std::optional<pc::Ball<double>>& domain) {
  return [=](pc::Index repeat, const RunObserver& observer) {
    return domain ? minimized(o, f, start, step_size, iterations, *domain, repeat, observer)
                  : minimized(o, f, start, step_size, iterations, pc::Everywhere{}, repeat, observer);
  };
}

void note_users_constants(const Options& o, Claim& claim) {
  if (!o.alpha && !o.mu && !o.xi) return;
  claim.note = "alpha, mu or xi are the user's, not the theorem's";
  if (claim.theorem) claim.theorem->name += ", if the user's constants are right";
}

Study study_of(const Options& options, const Problem& problem) {
  if (options.network == "neuron") return neuron_study(options, problem);
  if (options.network == "mlp") return mlp_study(options, problem);
  return two_layer_study(options, problem);
}

}  // namespace verify_network
