// SPDX-License-Identifier: MIT
#include "programs.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <memory>
#include <new>
#include <optional>
#include <proxcvx/io/printable.hpp>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "options.hpp"
#include "outcome.hpp"
#include "output.hpp"
#include "problem.hpp"
#include "processes.hpp"
#include "progress.hpp"
#include "replay.hpp"
#include "study.hpp"

namespace {

namespace vn = verify_network;

/// The folder of --out, made if it is not there.
std::filesystem::path output_folder(const std::string& name) {
  const std::filesystem::path folder{name};
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  proxcvx::require(!error && std::filesystem::is_directory(folder), "--out", "a folder that can be made", name);
  return folder;
}

/// As many iterations as --iterations may ask for; --accuracy can ask a theorem for more than a life is long.
void require_affordable(const vn::Study& study) {
  proxcvx::require(study.iterations <= 100'000'000, "--accuracy", "one that at most 100,000,000 iterations reach",
                   std::to_string(study.iterations) + " iterations");
}

/// What a run is about, read and worked out; every rank has its own.
struct Prepared {
  vn::Options options;
  std::optional<vn::Problem> problem;  ///< none for a replay
  vn::Study study;
  std::filesystem::path folder;
};

/// Nothing where the command line asked for no more than help. Only rank 0 prints and writes.
std::optional<Prepared> prepare(const std::vector<std::string>& words, const vn::Processes& processes) {
  auto options = vn::parse(words);
  if (!options) return std::nullopt;
  if (options->out.empty()) options->out = options->resume;
  if (processes.rank() > 0) {
    options->out.clear();
    options->quiet = true;
  }
  if (!options->replay.empty()) return Prepared{*options, {}, {}, {}};
  proxcvx::require(options->resume.empty() || processes.rank() > 0 || std::filesystem::is_directory(options->resume),
                   "--resume", "the folder of an earlier --out", options->resume);
  vn::Problem problem = vn::load_problem(*options);
  // the folder comes before the study, whose constants take seconds
  std::filesystem::path folder = options->out.empty() ? std::filesystem::path{} : output_folder(options->out);
  vn::Study study = vn::study_of(*options, problem);
  require_affordable(study);
  return Prepared{*options, std::move(problem), std::move(study), std::move(folder)};
}

/// The exit status on rank 0; the others know nothing of the run.
int run(const Prepared& prepared, const vn::Processes& processes) {
  const vn::Options& options = prepared.options;
  if (!options.replay.empty()) {
    if (processes.rank() > 0) return 0;
    return vn::replay(options.replay, options.threads, options.quiet ? nullptr : &std::cout);
  }
  const bool saves = !options.out.empty();
  vn::ProgressBar bar(std::cerr, isatty(STDERR_FILENO) != 0);
  const auto progress = [&](const std::string& what, double done, double total) {
    if (!options.quiet) bar.update(what, done, total);
  };
  const auto save = [&](const vn::Outcome& so_far) {
    if (saves) vn::write_json_report(prepared.folder, so_far);
  };
  vn::Outcome outcome = vn::execute(options, *prepared.problem, prepared.study, processes, progress, save);
  bar.clear();
  if (processes.rank() > 0) return 0;
  if (saves) vn::write_witnesses(prepared.folder, vn::origin_of(options), outcome);
  if (saves) vn::write_proofs(prepared.folder, outcome);
  save(outcome);
  if (!options.quiet) vn::print(std::cout, outcome);
  if (saves) {
    const std::string complaint = vn::write_page_with_pictures(prepared.folder, outcome);
    if (!complaint.empty() && !options.quiet) std::cout << '\n' << complaint << '\n';
  }
  return outcome.good() ? 0 : 1;
}

/// What was thrown by `act`, in one line; empty where nothing was.
template <class Act> std::string complaint_of(const Act& act) {
  try {
    act();
  } catch (const std::bad_alloc&) {
    return "there is not enough memory for a problem of this size";
  } catch (const std::exception& error) {
    return proxcvx::detail::printable(error.what(), 4000);
  }
  return {};
}

int refuse(const std::string& complaint) {
  std::cerr << "verify_network: " + complaint + '\n';
  return 2;
}

/// Bad input is found by all ranks before they work together: one of them says so. What goes wrong later on one rank
/// ends all of them at once; rank 0, if it has the same to say, is given the time to be the first.
int verify_on(const vn::Processes& processes, const std::vector<std::string>& words) {
  if (processes.rank() > 0) std::cout.setstate(std::ios::failbit);
  std::optional<Prepared> prepared;
  const std::string bad = processes.first_text(complaint_of([&] { prepared = prepare(words, processes); }));
  if (!bad.empty()) return processes.rank() > 0 ? 2 : refuse(bad);
  if (!prepared) return 0;
  int status = 2;
  const std::string failure = complaint_of([&] { status = run(*prepared, processes); });
  if (!failure.empty()) {
    if (processes.rank() > 0) std::this_thread::sleep_for(std::chrono::seconds(2));
    refuse(failure);
    processes.abort(2);
    return 2;
  }
  const std::string agreed = processes.first_text(processes.rank() == 0 ? std::to_string(status) : "");
  return std::stoi(agreed);
}

}  // namespace

namespace verify_network {

int verify(int argc, char** argv) {
  std::unique_ptr<const vn::Processes> processes;
  const std::string alone = complaint_of([&] { processes = vn::processes(); });
  return alone.empty() ? verify_on(*processes, {argv + std::min(argc, 1), argv + argc}) : refuse(alone);
}

}  // namespace verify_network
