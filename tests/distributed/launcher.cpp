// SPDX-License-Identifier: MIT
#include <array>
#include <cstdlib>
#include <proxcvx/distributed/launcher.hpp>
#include <utility>

#include "support/catch2.hpp"

// What a launcher's environment means, with one made up. This file is run without mpirun.

namespace pc = proxcvx;

namespace {

/// Sets some of the launchers' variables, and clears the others, for as long as it lives.
class Pretended {
 public:
  explicit Pretended(const std::vector<std::pair<std::string, std::string>>& variables) {
    clear();
    for (const auto& [name, value] : variables) setenv(name.c_str(), value.c_str(), 1);
  }
  Pretended(const Pretended&) = delete;
  Pretended& operator=(const Pretended&) = delete;
  ~Pretended() { clear(); }

 private:
  static void clear() {
    for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMIX_RANK"}) unsetenv(name);
  }
};

pc::Index processes_by(const std::vector<std::pair<std::string, std::string>>& variables) {
  const Pretended environment{variables};
  return pc::launched_processes();
}

}  // namespace

TEST_CASE("Open MPI, MPICH and a bare PMIx say how many they are; nothing, or nonsense, means one") {
  CHECK(processes_by({}) == 1);
  CHECK(processes_by({{"OMPI_COMM_WORLD_SIZE", "4"}, {"PMIX_RANK", "0"}}) == 4);
  CHECK(processes_by({{"OMPI_COMM_WORLD_SIZE", "1"}, {"PMIX_RANK", "0"}}) == 1);
  CHECK(processes_by({{"PMI_SIZE", "3"}}) == 3);
  CHECK(processes_by({{"PMIX_RANK", "0"}}) == 1);
  CHECK(processes_by({{"PMIX_RANK", "2"}}) == 3);
  for (const char* nonsense : {"", "many", "-2", "0", "2x"}) CHECK(processes_by({{"PMI_SIZE", nonsense}}) == 1);
}

TEST_CASE("a program that cannot talk to the others refuses to run beside them, in one line") {
  {
    const Pretended environment{{{"PMI_SIZE", "2"}}};
    CHECK_THROWS_WITH(pc::require_one_process("it is deaf"), "started as one of 2 processes by mpirun, but it is deaf");
  }
  const Pretended alone{{}};
  CHECK_NOTHROW(pc::require_one_process("it is deaf"));
}
