// SPDX-License-Identifier: MIT
#pragma once

#include <proxcvx/distributed/world.hpp>
#include <proxcvx/io/saved_falsify.hpp>
#include <proxcvx/verify/falsify_report.hpp>
#include <proxcvx/verify/ranks.hpp>
#include <proxcvx/verify/report_observer.hpp>
#include <proxcvx/verify/statistics.hpp>
#include <string>
#include <utility>

// check and falsify on all ranks of a run: every rank makes the same call with AcrossRanks among the observers.

namespace proxcvx::mpi {

/// Shares each round of check's blocks, or of falsify's starts, among the ranks:
///     const mpi::World world;
///     const CheckReport report = check(property, region, {.samples = N}, mpi::AcrossRanks{world});
/// Every rank returns the same report: for one binary on one type of CPU that of a single process, byte for byte, for
/// any number of ranks and of threads on each. Observers beside it see the merged report on every rank, and a run ends
/// where one of them asks for it on one rank. What writes or prints is handed in on rank 0 alone, unless each rank has
/// a file of its own; a saved report is one of the whole run, and any number of ranks resumes it.
/// Cost of a round: for a check 2 KB in O(log ranks) messages, for a search the text of each rank's findings. `world`
/// must outlive it.
class AcrossRanks {
 public:
  explicit AcrossRanks(const World& world) : world_{&world} {}

  [[nodiscard]] Index rank() const { return world_->rank(); }
  [[nodiscard]] Index count() const { return world_->size(); }
  [[nodiscard]] bool any(bool flag) const { return world_->any(flag); }
  void merge(MarginStatistics& found) const { world_->merge(found); }
  void merge(FalsifyReport& found) const {
    const std::vector<std::string> texts = world_->gather(saved_text(found));
    FalsifyReport merged = parse_saved_falsify("rank 0", texts.front());
    for (std::size_t i = 1; i < texts.size(); ++i) {
      proxcvx::detail::append(merged, parse_saved_falsify("rank " + std::to_string(i), texts[i]));
    }
    found = std::move(merged);
  }

  /// As an observer it sees nothing.
  template <class Report> void operator()(const Report& /*report*/) const {}

 private:
  const World* world_;
};

static_assert(RanksMerging<AcrossRanks, MarginStatistics> && RanksMerging<AcrossRanks, FalsifyReport>);
static_assert(ReportObserver<AcrossRanks, CheckReport>);

}  // namespace proxcvx::mpi
