// SPDX-License-Identifier: MIT
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>
#include <proxcvx/instances/polyak_lojasiewicz.hpp>
#include <proxcvx/optimize/gradient_descent.hpp>
#include <proxcvx/verify/monitor.hpp>

#include "support/catch2.hpp"

// allocation.cpp holds Eigen's allocations to nothing; here everything that goes through operator new is counted, which
// is what strings, rows and scratch memory do. The operators serve the whole test program, and only count.

namespace pc = proxcvx;

namespace {
std::atomic<long> allocations{0};

void* counted(std::size_t size, std::size_t alignment) {
  ++allocations;
  void* const place = alignment <= alignof(std::max_align_t)
                          ? std::malloc(size > 0 ? size : 1)
                          : std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  if (!place) throw std::bad_alloc{};
  return place;
}
}  // namespace

void* operator new(std::size_t size) { return counted(size, 1); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return counted(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* place) noexcept { std::free(place); }
void operator delete(void* place, std::size_t /*size*/) noexcept { std::free(place); }
void operator delete(void* place, std::align_val_t /*alignment*/) noexcept { std::free(place); }
void operator delete(void* place, std::size_t /*size*/, std::align_val_t /*alignment*/) noexcept { std::free(place); }

TEST_CASE("an iterate that keeps no row costs no allocation of any kind, and rows cost log many") {
  const pc::PolyakLojasiewicz instance{pc::SquarePlusSine<>{}};
  const pc::Vector<double> w0 = pc::Vector<double>::Constant(1, 3.0);
  const auto guarantee = instance.guarantee(w0, {.iterations = 5000, .step_size = 1e-4});
  const pc::WatchedProxy proxy{instance.objective(), guarantee};
  const pc::Matrix<double> references = pc::Matrix<double>::Constant(1, 300, 0.5);
  const auto spent = [&](auto& monitor) {
    long before = 0;
    const auto watch = [&](const pc::Iterate<double>& iterate) {
      (void)monitor(iterate);
      if (iterate.t == 1) before = allocations;
    };
    (void)pc::GD{1e-4, {.iterations = 5000}}.minimize(instance.objective(), w0, watch);
    return allocations - before;
  };
  const long of_the_run = [&] {  // what the last evaluation and the end of a run cost without a monitor
    long before = 0;
    const auto watch = [&](const pc::Iterate<double>& iterate) {
      if (iterate.t == 1) before = allocations;
    };
    (void)pc::GD{1e-4, {.iterations = 5000}}.minimize(instance.objective(), w0, watch);
    return allocations - before;
  }();
  pc::Monitor points{instance.property(), proxy, {.every = 100'000, .distance_to = w0}};
  CHECK(spent(points) == of_the_run);
  CHECK(points.report().inequality.statistics.satisfied == 5000);
  pc::Monitor pairs{pc::convexity(instance.objective()), references, proxy, {.every = 100'000}};
  CHECK(spent(pairs) <= of_the_run + 1);  // the words of the first failure
  CHECK(pairs.report().inequality.statistics.violated > 0);
  pc::Monitor every{instance.property(), proxy};
  CHECK(spent(every) <= of_the_run + 8);  // 64 rows doubled to 8192
  CHECK(every.report().rows.size() == 5000);
}
