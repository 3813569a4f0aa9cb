// SPDX-License-Identifier: MIT
#pragma once

#include <proxcvx/objectives/softmax_cross_entropy.hpp>
#include <utility>
#include <variant>

#include "objectives/models.hpp"

namespace laws {

/// Any of the library's losses behind one type, so that the laws are compiled once for all of them.
struct AnyLoss {
  std::variant<pc::LogisticLoss, pc::SquaredLoss, pc::ExponentialLoss, pc::SoftmaxCrossEntropy> choice;

  template <class Outputs, class Targets>
  [[nodiscard]] auto total(const Outputs& outputs, const Targets& targets) const {
    return std::visit([&](const auto& loss) { return loss.total(outputs, targets); }, choice);
  }
  template <class Outputs, class Targets> auto differentiate(Outputs&& outputs, const Targets& targets) const {
    return std::visit([&](const auto& loss) { return loss.differentiate(outputs, targets); }, choice);
  }
  template <class Outputs, class Tangents, class Targets>
  void curvature(Outputs&& outputs, Tangents&& tangents, const Targets& targets) const {
    std::visit([&](const auto& loss) { loss.curvature(outputs, tangents, targets); }, choice);
  }
  template <class Outputs, class Targets>
  [[nodiscard]] auto rounding(const Outputs& outputs, const Targets& targets, typename Outputs::Scalar delta) const {
    return std::visit([&](const auto& loss) { return loss.rounding(outputs, targets, delta); }, choice);
  }
  template <class Targets> void require_targets(const Targets& targets) const {
    std::visit([&](const auto& loss) { loss.require_targets(targets); }, choice);
  }
  [[nodiscard]] std::string name() const {
    return std::visit([](const auto& loss) { return loss.name(); }, choice);
  }
};

static_assert(pc::Loss<AnyLoss>);

/// Those that take this many outputs.
inline std::vector<AnyLoss> losses_for(pc::Index outputs) {
  std::vector<AnyLoss> losses{{pc::LogisticLoss{}}, {pc::SquaredLoss{}}, {pc::ExponentialLoss{}}};
  if (outputs >= 2) losses.push_back({pc::SoftmaxCrossEntropy{}});
  return losses;
}

/// Random data with targets that the loss takes.
template <class S>
pc::Dataset<S> random_data(const AnyLoss& any, pc::RandomStream& stream, pc::Index dimension, pc::Index outputs,
                           pc::Index samples, double scale) {
  return std::visit(
      [&](const auto& loss) { return models::random_data<S>(loss, stream, dimension, outputs, samples, scale); },
      any.choice);
}

}  // namespace laws
