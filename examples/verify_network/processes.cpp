// SPDX-License-Identifier: MIT
#include "processes.hpp"

#include <proxcvx/distributed/launcher.hpp>
#include <utility>

#ifdef VERIFY_NETWORK_WITH_MPI
#include <proxcvx/distributed/across_ranks.hpp>  // if found
#include <proxcvx/distributed/world.hpp>         // if found
#endif

namespace verify_network {

#ifdef VERIFY_NETWORK_WITH_MPI

namespace {

class ProcessesOnMPI : public Processes {
 public:
  explicit ProcessesOnMPI(proxcvx::Index launched) {
    if (world_.size() > 1) return;
    proxcvx::require_one_process("this program was built with another MPI than mpirun's", launched);
  }
  [[nodiscard]] proxcvx::Index rank() const override { return world_.rank(); }
  [[nodiscard]] proxcvx::Index count() const override { return world_.size(); }
  [[nodiscard]] bool any(bool flag) const override { return world_.any(flag); }
  void merge(proxcvx::MarginStatistics& found) const override { ranks_.merge(found); }
  void merge(proxcvx::FalsifyReport& found) const override { ranks_.merge(found); }
  [[nodiscard]] std::string first_text(const std::string& text) const override {
    for (std::string& other : world_.gather(text)) {
      if (!other.empty()) return std::move(other);
    }
    return {};
  }
  void abort(int status) const override { world_.abort(status); }

 private:
  proxcvx::mpi::World world_;
  proxcvx::mpi::AcrossRanks ranks_{world_};
};

}  // namespace

std::unique_ptr<const Processes> processes() {
  const proxcvx::Index launched = proxcvx::launched_processes();
  if (launched > 1) return std::make_unique<const ProcessesOnMPI>(launched);
  return std::make_unique<const Processes>();  // MPI takes a second to begin
}

#else

std::unique_ptr<const Processes> processes() {
  proxcvx::require_one_process("this program was built without MPI");
  return std::make_unique<const Processes>();
}

#endif

}  // namespace verify_network
