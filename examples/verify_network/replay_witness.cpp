// SPDX-License-Identifier: MIT
#include "programs.hpp"

#include <exception>
#include <filesystem>
#include <iostream>
#include <proxcvx/io/printable.hpp>
#include <string>

#include "outcome.hpp"
#include "output.hpp"
#include "replay.hpp"
#include "study.hpp"

namespace {

namespace vn = verify_network;

/// The embedded problem with a mu that is far too large, checked at one block of samples.
int demonstrate() {
  const auto options = vn::parse({"--mu", "10", "--xi", "0", "--property", "proxy-pl", "--verbs", "check", "--samples",
                                  "256", "--iterations", "1"});
  const vn::Problem problem = vn::load_problem(*options);
  const vn::Study study = vn::study_of(*options, problem);
  vn::Outcome outcome = vn::execute(
      *options, problem, study, vn::Processes{}, [](const std::string&, double, double) {}, [](const vn::Outcome&) {});
  const std::filesystem::path folder = std::filesystem::current_path();
  vn::write_witnesses(folder, vn::origin_of(*options), outcome);
  const std::filesystem::path file = folder / outcome.properties.front().witness_files.front();
  std::cout << "a false claim about the embedded data; its witness is in " << file.string() << "\n\n";
  return vn::replay(file, 0, &std::cout) == 1 ? 0 : 1;
}

}  // namespace

namespace verify_network {

int replay_witness(int argc, char** argv) {
  try {
    if (argc < 2) return demonstrate();
    if (argc == 2 && argv[1] != std::string("--help")) return vn::replay(argv[1], 0, &std::cout);
    (argc == 2 ? std::cout : std::cerr) << "usage: replay_witness FILE\n";
    return argc == 2 ? 0 : 2;
  } catch (const std::exception& error) {
    std::cerr << "replay_witness: " << proxcvx::detail::printable(error.what(), 4000) << '\n';  // one line
  }
  return 2;
}

}  // namespace verify_network
