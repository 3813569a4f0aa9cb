// SPDX-License-Identifier: MIT
#pragma once

#include <cstdlib>
#include <proxcvx/core/types.hpp>
#include <stdexcept>
#include <string>

// What a launcher (mpirun, mpiexec, srun) leaves in the environment of the processes that it starts. So a program that
// was built without MPI, or with another MPI than the launcher's, can refuse to run as many times beside itself.

namespace proxcvx {

namespace detail {

/// The variable as a whole number; `otherwise` where it is not set or is none.
[[nodiscard]] inline Index environment_number(const char* name, Index otherwise) {
  const char* const text = std::getenv(name);
  if (text == nullptr) return otherwise;
  char* end = nullptr;
  const long long number = std::strtoll(text, &end, 10);
  return end == text || *end != '\0' ? otherwise : static_cast<Index>(number);
}

}  // namespace detail

/// How many processes a launcher started together, this one among them: by OMPI_COMM_WORLD_SIZE (Open MPI), PMI_SIZE
/// (MPICH, srun); at least PMIX_RANK + 1 where only that is set. 1 where nothing says more.
[[nodiscard]] inline Index launched_processes() {
  for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"}) {
    if (const Index size = detail::environment_number(name, 0); size > 0) return size;
  }
  const Index rank = detail::environment_number("PMIX_RANK", 0);
  return rank > 0 ? rank + 1 : 1;
}

/// Throws std::runtime_error where a launcher started several processes that cannot talk to each other, `why` not:
/// each would do all of the work, into the same files. `processes` is for a program that asked before it began MPI,
/// which may change the environment.
inline void require_one_process(const std::string& why, Index processes = launched_processes()) {
  if (processes <= 1) return;
  throw std::runtime_error("started as one of " + std::to_string(processes) + " processes by mpirun, but " + why);
}

}  // namespace proxcvx
