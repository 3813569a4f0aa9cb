// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <numeric>
#include <proxcvx/core/concepts.hpp>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/scratch.hpp>
#include <proxcvx/distributed/world.hpp>
#include <span>
#include <string>
#include <utility>
#include <vector>

// A mean over data that no rank holds alone:  f(w) = (1/n) sum_r n_r f_r(w),  f_r the mean over the n_r terms of rank
// r.

namespace proxcvx::mpi {

/// How a gradient is summed over the ranks.
struct DistributedRiskSettings {
  /// 1: when all of a rank's terms are through. k > 1: in k pieces, each summed while the next is worked through, at k
  /// times the traffic and a second copy of the rank's data. The last piece's sum, which nothing hides, is as long as
  /// the one of 1: docs/scaling.md.
  Index pieces = 1;
};

/// The mean of the terms of all ranks, from the mean `part` of each rank's own:
///     const EmpiricalRisk part{network, LogisticLoss{}, mpi::share(data, world)};
///     const mpi::DistributedRisk f{world, part};
///     const auto result = GD(ConstantStep{0.1}).minimize(f, w0);     // on every rank, with the same result
/// A rank's terms are numbered behind those of the ranks before it, so that SGD draws the same batches as alone.
/// value, gradient and hessian_vector are collective: all ranks call them with the same w, each from one thread. They
/// return the same numbers on every rank, up to rounding those of the risk of all data; summed in another order.
/// Cost: the part's, and p + 1 numbers in O(log ranks) messages. Nothing is allocated after the first call.
/// `world` must outlive it.
template <FiniteSumObjective Part> class DistributedRisk {
 public:
  using Scalar = typename Part::Scalar;

  /// Collective. Throws std::invalid_argument, on all ranks, where they differ in dimension or a rank has fewer terms
  /// than pieces.
  DistributedRisk(const World& world, Part part, DistributedRiskSettings settings = {})
      : world_{&world}, part_{std::move(part)} {
    const std::vector<std::string> dimensions = world.gather(std::to_string(part_.dimension()));
    for (const std::string& other : dimensions) {
      require(other == dimensions.front(), "part", "dimension " + dimensions.front() + " as on rank 0", other);
    }
    const bool divides = settings.pieces >= 1 && settings.pieces <= part_.terms();
    const bool possible = settings.pieces == 1 || (ReducesToExamples<Part> && divides && one_message());
    require(!world.any(!possible), "pieces", "a number in [1, the terms of each rank]", settings.pieces);
    std::vector<std::string> counts = world.gather(std::to_string(part_.terms()));
    for (std::size_t i = 0; i < counts.size(); ++i) {
      const auto count = static_cast<Index>(std::stoll(counts[i]));
      if (static_cast<Index>(i) < world.rank()) first_ += count;
      terms_ += count;
    }
    if (settings.pieces > 1) cut(settings.pieces);
  }

  /// The mean over this rank's terms.
  [[nodiscard]] const Part& part() const { return part_; }
  [[nodiscard]] Index dimension() const { return part_.dimension(); }
  /// n, the terms of all ranks.
  [[nodiscard]] Index terms() const { return terms_; }
  /// This rank's terms among them.
  [[nodiscard]] IndexRange own_terms() const { return {first_, first_ + part_.terms()}; }
  [[nodiscard]] std::string name() const { return "F"; }

  /// f(w).
  [[nodiscard]] Scalar value(ConstVectorRef<Scalar> w) const {
    Scalar sum = weight(part_) * part_.value(w);
    world_->sum(&sum, 1);
    return sum;
  }

  /// f(w), and its gradient into `out`.
  Scalar gradient(ConstVectorRef<Scalar> w, VectorRef<Scalar> out) const {
    if (!pieces_.empty()) return gradient_in_pieces(w, out);
    return summed(weighted_gradient(part_, w, out), out);
  }

  /// The mean over the batch's terms, numbered over all ranks, and its gradient into `out`: each rank adds its own.
  Scalar gradient(ConstVectorRef<Scalar> w, std::span<const Index> batch, VectorRef<Scalar> out) const {
    const auto [own, of_batch] = own_of(batch);
    Scalar sum(0);
    if (own.empty()) {
      out.setZero();
    } else {
      sum = of_batch * part_.gradient(w, own, out);
      out *= of_batch;
    }
    return summed(sum, out);
  }

  /// The Hessian at w times `direction` into `out`.
  void hessian_vector(ConstVectorRef<Scalar> w, ConstVectorRef<Scalar> direction,
                      VectorRef<Scalar> out) const requires TwiceDifferentiableObjective<Part> {
    part_.hessian_vector(w, direction, out);
    out *= weight(part_);
    world_->sum(out.data(), out.size());
  }

 private:
  [[nodiscard]] Scalar weight(const Part& part) const {
    return static_cast<Scalar>(part.terms()) / static_cast<Scalar>(terms_);
  }

  /// A part's share of the value, and of the gradient into `out`; in one pass where that names itself.
  Scalar weighted_gradient(const Part& part, ConstVectorRef<Scalar> w, VectorRef<Scalar> out) const {
    if constexpr (GradientAloneObjective<Part> && requires { part.weighted_gradient(w, Scalar(1), out); }) {
      return part.weighted_gradient(w, weight(part), out);
    } else {
      const Scalar value = part.gradient(w, out);
      out *= weight(part);
      return weight(part) * value;
    }
  }

  /// `out` becomes its sum over the ranks, while that of `value`, which is returned, is on its way.
  Scalar summed(Scalar value, VectorRef<Scalar> out) const {
    MPI_Request request{};
    MPI_Iallreduce(detail::in_place(), &value, 1, detail::type_of<Scalar>(), detail::adding(), world_->communicator(),
                   &request);
    world_->sum(out.data(), out.size());
    MPI_Wait(&request, detail::no_status());
    return value;
  }

  /// Those terms of a batch that are this rank's, by their numbers there, and their share of the batch.
  [[nodiscard]] std::pair<std::span<const Index>, Scalar> own_of(std::span<const Index> batch) const {
    require(!batch.empty(), "batch", "at least one index", 0);
    thread_local std::vector<Index> own;
    own.clear();
    for (const Index term : batch) {
      if (term >= first_ && term < first_ + part_.terms()) own.push_back(term - first_);
    }
    return {own, static_cast<Scalar>(own.size()) / static_cast<Scalar>(batch.size())};
  }

  /// Each piece's gradient is summed as a whole.
  [[nodiscard]] bool one_message() const { return part_.dimension() <= detail::longest_message; }

  void cut(Index pieces) {
    if constexpr (ReducesToExamples<Part>) {
      for (Index i = 0; i < pieces; ++i) {
        const IndexRange some = share_of({0, part_.terms()}, i, pieces);
        std::vector<Index> kept(static_cast<std::size_t>(some.size()));
        std::iota(kept.begin(), kept.end(), some.first);
        pieces_.push_back(part_.on_examples(kept));
      }
    }
  }

  Scalar gradient_in_pieces(ConstVectorRef<Scalar> w, VectorRef<Scalar> out) const {
    ScratchFrame<Scalar> frame;
    auto buffers = frame.matrix(out.size(), 2);
    std::array<MPI_Request, 2> requests{detail::no_request(), detail::no_request()};
    const auto finish = [&](std::size_t which) {
      if (requests[which] == detail::no_request()) return;
      MPI_Wait(&requests[which], detail::no_status());
      out += buffers.col(static_cast<Index>(which));
    };
    Scalar value(0);
    out.setZero();
    for (std::size_t i = 0; i < pieces_.size(); ++i) {
      const std::size_t which = i % 2;
      finish(which);
      auto buffer = buffers.col(static_cast<Index>(which));
      value += weighted_gradient(pieces_[i], w, buffer);
      MPI_Iallreduce(detail::in_place(), buffer.data(), static_cast<int>(buffer.size()), detail::type_of<Scalar>(),
                     detail::adding(), world_->communicator(), &requests[which]);
    }
    finish(pieces_.size() % 2);
    finish((pieces_.size() + 1) % 2);
    world_->sum(&value, 1);
    return value;
  }

  const World* world_;
  Part part_;
  Index terms_ = 0;
  Index first_ = 0;
  std::vector<Part> pieces_;  // none: in one
};

template <class Part> DistributedRisk(const World&, Part) -> DistributedRisk<Part>;
template <class Part> DistributedRisk(const World&, Part, DistributedRiskSettings) -> DistributedRisk<Part>;

}  // namespace proxcvx::mpi
