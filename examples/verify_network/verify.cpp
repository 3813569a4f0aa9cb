// SPDX-License-Identifier: MIT
#include "programs.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <new>
#include <proxcvx/io/printable.hpp>

#include "options.hpp"
#include "outcome.hpp"
#include "output.hpp"
#include "problem.hpp"
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

int run(const vn::Options& options) {
  if (!options.replay.empty()) return vn::replay(options.replay, options.threads, options.quiet ? nullptr : &std::cout);
  proxcvx::require(options.resume.empty() || std::filesystem::is_directory(options.resume), "--resume",
                   "the folder of an earlier --out", options.resume);
  const vn::Problem problem = vn::load_problem(options);
  const bool saves = !options.out.empty();  // the folder comes before the study, whose constants take seconds
  const std::filesystem::path folder = saves ? output_folder(options.out) : std::filesystem::path{};
  vn::ProgressBar bar(std::cerr, isatty(STDERR_FILENO) != 0);
  const auto progress = [&](const std::string& what, double done, double total) {
    if (!options.quiet) bar.update(what, done, total);
  };
  const vn::Study study = vn::study_of(options, problem);
  require_affordable(study);
  const auto save = [&](const vn::Outcome& so_far) {
    if (saves) vn::write_json_report(folder, so_far);
  };
  vn::Outcome outcome = vn::execute(options, problem, study, progress, save);
  bar.clear();
  if (saves) vn::write_witnesses(folder, vn::origin_of(options), outcome);
  if (saves) vn::write_proofs(folder, outcome);
  save(outcome);
  if (!options.quiet) vn::print(std::cout, outcome);
  if (saves) {
    const std::string complaint = vn::write_page_with_pictures(folder, outcome);
    if (!complaint.empty() && !options.quiet) std::cout << '\n' << complaint << '\n';
  }
  return outcome.good() ? 0 : 1;
}

}  // namespace

namespace verify_network {

int verify(int argc, char** argv) {
  try {
    auto options = vn::parse({argv + std::min(argc, 1), argv + argc});
    if (options && options->out.empty()) options->out = options->resume;
    return options ? run(*options) : 0;
  } catch (const std::bad_alloc&) {
    std::cerr << "verify_network: there is not enough memory for a problem of this size\n";
  } catch (const std::exception& error) {
    std::cerr << "verify_network: " << proxcvx::detail::printable(error.what(), 4000) << '\n';  // one line
  }
  return 2;
}

}  // namespace verify_network
