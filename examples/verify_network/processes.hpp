// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <proxcvx/verify/falsify_report.hpp>
#include <proxcvx/verify/ranks.hpp>
#include <proxcvx/verify/report_observer.hpp>
#include <proxcvx/verify/statistics.hpp>
#include <string>

// The processes that mpirun started together, or this one alone: ranks for check and falsify, free of MPI's types.

namespace verify_network {

/// Ranks 0, ..., count() - 1; rank 0 prints and writes. Alone unless a kind with MPI says otherwise.
class Processes {
 public:
  Processes() = default;
  Processes(const Processes&) = delete;
  Processes& operator=(const Processes&) = delete;
  virtual ~Processes() = default;

  [[nodiscard]] virtual proxcvx::Index rank() const { return 0; }
  [[nodiscard]] virtual proxcvx::Index count() const { return 1; }
  [[nodiscard]] virtual bool any(bool flag) const { return flag; }
  virtual void merge(proxcvx::MarginStatistics& /*found*/) const {}
  virtual void merge(proxcvx::FalsifyReport& /*found*/) const {}
  /// The text of the first rank that has one, on all ranks; empty where none has.
  [[nodiscard]] virtual std::string first_text(const std::string& text) const { return text; }
  /// Ends all of them at once with that exit status; alone, returns.
  virtual void abort(int /*status*/) const {}

  /// As an observer of a verb they see nothing.
  template <class Report> void operator()(const Report& /*report*/) const {}
};

static_assert(proxcvx::RanksMerging<const Processes, proxcvx::MarginStatistics>);
static_assert(proxcvx::RanksMerging<const Processes, proxcvx::FalsifyReport>);

/// The processes of this run. MPI begins where a launcher started several, and ends with the object. Throws
/// std::runtime_error where they could not talk to each other: each would do all of the work, into one folder.
[[nodiscard]] std::unique_ptr<const Processes> processes();

}  // namespace verify_network
