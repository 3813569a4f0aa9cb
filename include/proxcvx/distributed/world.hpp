// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <exception>
#include <limits>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/types.hpp>
#include <proxcvx/data/dataset.hpp>
#include <proxcvx/distributed/mpi_header.hpp>
#include <proxcvx/verify/ranks.hpp>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

// The processes that mpirun started together, from MPI's beginning to its end, and the few things that they say to each
// other. MPI 3.0, C interface; needs proxcvx::mpi. Errors inside MPI end the run, which is MPI's default.

namespace proxcvx::mpi {

namespace detail {

/// Numbers in one message: MPI 3 counts them by int.
inline constexpr Index longest_message = Index{1} << 30;

}  // namespace detail

/// All processes of this run, its ranks. Made once, at the beginning of main, it starts MPI (unless the program has)
/// and ends it (then). Everything but rank() and size() is collective: all ranks call it, in the same order, each from
/// one thread. Where it goes because of an exception MPI is not ended: the others wait for this rank, and the launcher,
/// which sees it leave, ends them.
class World {
 public:
  /// Throws std::runtime_error where MPI does not allow for threads beside the one that calls it.
  World() {
    int started = 0;
    MPI_Initialized(&started);
    if (started == 0) {
      int level = MPI_THREAD_SINGLE;
      MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &level);
      ends_ = true;
      if (level < MPI_THREAD_FUNNELED) throw std::runtime_error("this MPI allows no threads (MPI_THREAD_FUNNELED)");
    }
    MPI_Comm_dup(detail::all_processes(), &ranks_);  // messages of our own
    MPI_Comm_rank(ranks_, &rank_);
    MPI_Comm_size(ranks_, &size_);
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  ~World() {
    if (std::uncaught_exceptions() > exceptions_) return;
    MPI_Comm_free(&ranks_);
    if (ends_) MPI_Finalize();
  }

  /// This process: 0, ..., size() - 1.
  [[nodiscard]] Index rank() const { return rank_; }
  [[nodiscard]] Index size() const { return size_; }
  [[nodiscard]] MPI_Comm communicator() const { return ranks_; }

  /// Whether it is so on one rank.
  [[nodiscard]] bool any(bool flag) const {
    int answer = flag ? 1 : 0;
    MPI_Allreduce(detail::in_place(), &answer, 1, detail::type_of<int>(), detail::one_is_true(), ranks_);
    return answer != 0;
  }

  /// The texts of all ranks, in their order. Throws std::length_error, on all ranks, beyond 2 GiB together.
  [[nodiscard]] std::vector<std::string> gather(const std::string& text) const {
    const auto ranks = static_cast<std::size_t>(size_);
    const auto own = static_cast<long long>(text.size());
    std::vector<long long> sizes(ranks);
    MPI_Allgather(&own, 1, detail::type_of<long long>(), sizes.data(), 1, detail::type_of<long long>(), ranks_);
    std::vector<int> counts(ranks), places(ranks);
    long long total = 0;
    for (std::size_t i = 0; i < ranks; ++i) {
      counts[i] = static_cast<int>(sizes[i]);
      places[i] = static_cast<int>(total);
      total += sizes[i];
      if (total > std::numeric_limits<int>::max()) throw std::length_error("mpi::World::gather: more than 2 GiB");
    }
    std::string all(static_cast<std::size_t>(total), '\0');
    MPI_Allgatherv(text.data(), counts[static_cast<std::size_t>(rank_)], detail::type_of<char>(), all.data(),
                   counts.data(), places.data(), detail::type_of<char>(), ranks_);
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < ranks; ++i) {
      texts.push_back(all.substr(static_cast<std::size_t>(places[i]), static_cast<std::size_t>(counts[i])));
    }
    return texts;
  }

  /// Each entry becomes its sum over all ranks, in O(log size) messages.
  template <class Scalar> void sum(Scalar* values, Index count) const {
    static_assert(std::is_floating_point_v<Scalar>, "proxcvx::mpi: MPI adds float, double and long double");
    for (Index first = 0; first < count; first += detail::longest_message) {
      const auto some = static_cast<int>(std::min(detail::longest_message, count - first));
      MPI_Allreduce(detail::in_place(), values + first, some, detail::type_of<Scalar>(), detail::adding(), ranks_);
    }
  }
  [[nodiscard]] Index sum(Index value) const {
    auto total = static_cast<long long>(value);
    MPI_Allreduce(detail::in_place(), &total, 1, detail::type_of<long long>(), detail::adding(), ranks_);
    return static_cast<Index>(total);
  }

  /// `value` becomes all ranks' values merged by value.merge(other), whose order must not matter: O(log size) messages.
  template <class Value> void merge(Value& value) const {
    static_assert(std::is_trivially_copyable_v<Value>, "proxcvx::mpi: only plain values can be sent as they are");
    MPI_Datatype type{};
    MPI_Op operation{};
    MPI_Type_contiguous(static_cast<int>(sizeof(Value)), detail::type_of<unsigned char>(), &type);
    MPI_Type_commit(&type);
    MPI_Op_create(&merge_values<Value>, 1, &operation);
    MPI_Allreduce(detail::in_place(), &value, 1, type, operation, ranks_);
    MPI_Op_free(&operation);
    MPI_Type_free(&type);
  }

  /// Ends all ranks at once; the launcher's exit status is `status`.
  [[noreturn]] void abort(int status) const {
    MPI_Abort(ranks_, status);
    std::terminate();
  }

 private:
  template <class Value> static void merge_values(void* from, void* into, int* count, MPI_Datatype* /*type*/) {
    const auto* const theirs = static_cast<const Value*>(from);
    auto* const ours = static_cast<Value*>(into);
    for (int i = 0; i < *count; ++i) ours[i].merge(theirs[i]);
  }

  MPI_Comm ranks_{};
  int rank_ = 0;
  int size_ = 1;
  bool ends_ = false;
  int exceptions_ = std::uncaught_exceptions();
};

/// This rank's samples of a data set that all ranks hold: adjacent columns, as many on each rank up to one.
/// Throws std::invalid_argument where there are more ranks than samples.
template <class Scalar> [[nodiscard]] Dataset<Scalar> share(const Dataset<Scalar>& data, const World& world) {
  require(data.size() >= world.size(), "data", "a sample for each of " + std::to_string(world.size()) + " ranks",
          data.size());
  const IndexRange mine = share_of({0, data.size()}, world.rank(), world.size());
  return Dataset<Scalar>(data.inputs().middleCols(mine.first, mine.size()),
                         data.targets().middleCols(mine.first, mine.size()));
}

}  // namespace proxcvx::mpi
