// SPDX-License-Identifier: MIT
//
// What docs/scaling.md is fitted to. `mpirun -n R scaling` measures, in turns within one run, what one rank does alone
// and what R ranks do together: full-batch GD at W1 large and a check; then gradients, steps, products and messages
// alone. Times are medians in seconds; OMP_NUM_THREADS=1 gives each rank one thread.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <proxcvx/data/noisy_halfspace.hpp>
#include <proxcvx/distributed/across_ranks.hpp>
#include <proxcvx/distributed/distributed_risk.hpp>
#include <proxcvx/distributed/world.hpp>
#include <proxcvx/networks/two_layer.hpp>
#include <proxcvx/objectives/empirical_risk.hpp>
#include <proxcvx/optimize/gradient_descent.hpp>
#include <proxcvx/optimize/stochastic_gradient_descent.hpp>
#include <proxcvx/properties/proxy_pl.hpp>
#include <proxcvx/proxies/loss_derivative.hpp>
#include <proxcvx/regions/ball.hpp>
#include <proxcvx/verify/check.hpp>
#include <string>
#include <thread>
#include <vector>

namespace {

namespace pc = proxcvx;

template <class Act> double seconds(const Act& act) {
  const auto begin = std::chrono::steady_clock::now();
  act();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double median(std::vector<double> times) {
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

/// All ranks meet without one of them keeping a processor busy.
void meet_asleep(const pc::mpi::World& world) {
  MPI_Request request{};
  MPI_Ibarrier(world.communicator(), &request);
  for (int done = 0; done == 0;) {
    MPI_Test(&request, &done, pc::mpi::detail::no_status());
    if (done == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

struct Pair {
  std::vector<double> alone;
  std::vector<double> together;
};

/// `one` on rank 0 while the others sleep, then `all` on every rank, in turns.
template <class One, class All> void measure(const pc::mpi::World& world, Pair& times, const One& one, const All& all) {
  meet_asleep(world);
  if (world.rank() == 0) times.alone.push_back(seconds(one));
  meet_asleep(world);
  (void)world.any(false);  // all meet
  times.together.push_back(seconds(all));
}

void print(const pc::mpi::World& world, const std::string& what, const Pair& times) {
  if (world.rank() > 0) return;
  std::printf("%-34s 1 rank %10.3g s   %d ranks %10.3g s   speed-up %.3f\n", what.c_str(), median(times.alone),
              static_cast<int>(world.size()), median(times.together), median(times.alone) / median(times.together));
  std::fflush(stdout);
}

auto network_of(pc::Index d, pc::Index m) {
  return pc::TwoLayer<pc::LeakyReLU>{{.inputs = d, .hidden = m}, pc::LeakyReLU{0.1}};
}

void print_alone(const pc::mpi::World& world, const std::string& what, double time, double flops) {
  if (world.rank() == 0) std::printf("%-34s %10.3g s   %.3g Gflop/s\n", what.c_str(), time, flops / time * 1e-9);
}

}  // namespace

int main(int argc, char**) {
  const int rounds = argc > 1 ? 1 : 5;  // any argument: quickly
  const pc::mpi::World world;

  const pc::Index n = 1000, d = 1000, m = 2048;
  const auto data = pc::noisy_halfspace({.samples = n, .dimension = d, .margin = 0.05, .noise = 0.01}, pc::Seed{7});
  const auto network = network_of(d, m);
  const pc::EmpiricalRisk whole{network, pc::LogisticLoss{}, data};
  const pc::EmpiricalRisk part{network, pc::LogisticLoss{}, pc::mpi::share(data, world)};
  const pc::mpi::DistributedRisk f{world, part};
  const pc::mpi::DistributedRisk in_pieces{world, part, {.pieces = 2}};
  const pc::Vector<double> w0 = network.initialize(pc::Seed{1});
  const pc::GD gd(pc::ConstantStep{0.1}, {.iterations = 20});
  Pair descent, pieces, checks;
  const auto small = pc::noisy_halfspace({.samples = 200, .dimension = 50, .margin = 0.1, .noise = 0.01}, pc::Seed{7});
  const pc::EmpiricalRisk risk{network_of(50, 64), pc::LogisticLoss{}, small};
  const pc::ProxyPL property{risk, pc::LossDerivative{risk}, {.alpha = 1, .mu = 0.01, .xi = 0.2}};
  const pc::Ball region{risk.network().initialize(pc::Seed{1}), 5.0};
  const pc::CheckSettings settings{.samples = 16'384};
  for (int round = 0; round < rounds; ++round) {
    measure(
        world, descent, [&] { (void)gd.minimize(whole, w0); }, [&] { (void)gd.minimize(f, w0); });
    measure(
        world, pieces, [&] { (void)gd.minimize(whole, w0); }, [&] { (void)gd.minimize(in_pieces, w0); });
    measure(
        world, checks, [&] { (void)pc::check(property, region, settings); },
        [&] { (void)pc::check(property, region, settings, pc::mpi::AcrossRanks{world}); });
  }
  print(world, "GD, 20 iterations, W1 large", descent);
  print(world, "  the same in 2 pieces", pieces);
  print(world, "check, 16,384 points, (200, 50, 64)", checks);

  std::vector<double> times;
  if (world.rank() == 0) {
    pc::Vector<double> gradient(w0.size());
    for (int round = 0; round < rounds; ++round) {
      times.push_back(seconds([&] { whole.gradient(w0, gradient); }));
    }
    print_alone(world, "gradient, W1 large", median(times), 4.0 * n * d * m);
    times.clear();
    const pc::SGD sgd(pc::ConstantStep{0.01}, {.iterations = 50, .batch = 32});
    for (int round = 0; round < rounds; ++round) times.push_back(seconds([&] { (void)sgd.minimize(whole, w0); }) / 50);
    print_alone(world, "SGD step, batch 32, W1 large", median(times), 4.0 * 32 * d * m);
    times.clear();
    const pc::Matrix<double>& x = data.inputs();
    pc::Matrix<double> gram(n, n);
    for (int round = 0; round < rounds; ++round) times.push_back(seconds([&] { gram.noalias() = x.transpose() * x; }));
    print_alone(world, "Gram product, 1000 x 1000", median(times), 2.0 * n * n * d);
  }
  for (const pc::Index count : {1, 1000, 100'000, 2'048'000}) {
    std::vector<double> numbers(static_cast<std::size_t>(count), 1e-300);
    times.clear();
    for (int round = 0; round < 4 * rounds; ++round) {
      meet_asleep(world);
      (void)world.any(false);  // all meet
      times.push_back(seconds([&] { world.sum(numbers.data(), count); }));
    }
    if (world.rank() == 0)
      std::printf("sum of %7ld numbers over ranks      %10.3g s\n", static_cast<long>(count), median(times));
  }
  return 0;
}
