// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <proxcvx/verify/report.hpp>
#include <string>
#include <utility>
#include <vector>

#include "processes.hpp"
#include "study.hpp"

// What a study finds: reports of the checks, and the run held beside its guarantees.

namespace verify_network {

/// A guarantee beside what the run did. Curves have an entry for T = 1, 2, ...
struct GuaranteeOutcome {
  std::string theorem = {};
  std::string quantity = {};   ///< what is bounded, in words
  double bound = 0;            ///< at the last T
  double measured = 0;         ///< at the last T
  double standard_error = 0;   ///< of `measured`, for SGD
  bool held = false;           ///< measured <= bound at every T: within 1e-12, for SGD within 4 standard errors
  bool vacuous = false;        ///< the last bound is no better than g(w_0): it says nothing that the start did not
  pc::Index first_broken = 0;  ///< the smallest T where it was not; 0: none
  std::vector<double> bounds = {};
  std::vector<double> measurements = {};
};

/// Everything that the verbs found of one claim. `report` is check's, with nothing examined where it was not asked for.
struct PropertyOutcome {
  pc::CheckReport report = {};
  bool checked = true;
  std::optional<pc::FalsifyReport> search = {};
  std::optional<Fitted> fitted = {};
  std::optional<pc::ProofReport> proof = {};
  std::optional<MeasuredConstants> measured = {};
  std::vector<std::pair<std::string, std::string>> unavailable = {};  ///< verbs that were asked for in vain, and why
  std::string unproved = {};                                          ///< why no proof on the cube was tried
  std::string proof_file = {};  ///< its name in the folder of --out, where it went through
  std::optional<pc::TheoremReport> by_theorem = {};
  std::optional<pc::MonitorReport> monitored = {};
  std::vector<std::string> witness_files = {};  ///< names in the folder of --out, one for each verb with a violation
  std::string proxy_name = {};
  std::vector<double> proxy = {};  ///< g(w_0), g(w_1), ...: of the run, or the mean over the runs of SGD
  double level = 0;
  std::optional<GuaranteeOutcome> guarantee = {};
  std::string note = {};
  std::string remark = {};

  /// What all verbs together say: violated where one of them found a violation that stands; proved-by-theorem, or else
  /// proved-on-box, where the proof went through; else what check, or where it was not asked for the search or the
  /// monitor, says.
  [[nodiscard]] pc::Verdict evidence() const;
  /// A check that ended early says nothing unless that was planned: N was fixed in advance.
  [[nodiscard]] pc::Verdict check_verdict() const;
};

struct RunOutcome {
  std::string optimizer = {};
  double step_size = 0;
  pc::Index iterations = 0;
  std::string status = {};
  bool finite = true;  ///< no loss or gradient became NaN or infinite
  double initial_loss = 0;
  double final_loss = 0;
  std::optional<double> training_error = {};
  double proxy_best = 0;
  double proxy_mean = 0;
};

/// What verify_network writes and prints. `checked` properties come first; the run is there when it was made.
struct Outcome {
  std::string data = {};
  pc::Index samples = 0;
  pc::Index dimension = 0;
  pc::Index parameters = 0;
  std::string network = {};
  std::string loss = {};
  pc::Index classes = 0;  ///< of the softmax loss; 0: another
  std::vector<PropertyOutcome> properties = {};
  std::optional<RunOutcome> run = {};
  std::vector<std::pair<std::string, double>> seconds = {};

  /// No verb found a violation or, where it was asked to check or monitor, cannot tell; the run stayed finite and every
  /// guarantee that applies held.
  [[nodiscard]] bool good() const;
};

/// Told what is being done, and how much of it is.
using Progress = std::function<void(const std::string& what, double done, double total)>;
/// Told of the outcome so far, after each part and now and then in between: what a kill would leave.
using Checkpoint = std::function<void(const Outcome&)>;

/// Checks each claim, runs the optimizer, and holds the run beside the guarantees. Checks and searches are shared among
/// the processes; all else is done by rank 0, which alone has the whole outcome.
[[nodiscard]] Outcome execute(const Options& options, const Problem& problem, const Study& study,
                              const Processes& processes, const Progress& progress, const Checkpoint& checkpoint);

}  // namespace verify_network
