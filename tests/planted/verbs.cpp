// SPDX-License-Identifier: MIT
#include <proxcvx/objectives/quadratic.hpp>
#include <proxcvx/optimize/gradient_descent.hpp>
#include <proxcvx/verify/check.hpp>
#include <proxcvx/verify/check_points.hpp>
#include <proxcvx/verify/falsify.hpp>
#include <proxcvx/verify/monitor.hpp>
#include <proxcvx/verify/prove.hpp>
#include <sstream>

#include "planted/claims.hpp"

namespace pc = proxcvx;

namespace planted {

template <class S>
pc::FalsifyReport searched(const PairClaim<S>& claim, const Where<S>& where, std::uint64_t seed, int threads) {
  return pc::falsify(claim, where, {.seed = pc::Seed{seed}, .threads = threads});
}
template <class S>
pc::FalsifyReport searched(const PointClaim<S>& claim, const Where<S>& where, std::uint64_t seed, int threads) {
  return pc::falsify(claim, where, {.seed = pc::Seed{seed}, .threads = threads});
}
template <class S> pc::CheckReport sampled(const PairClaim<S>& claim, const Where<S>& where, pc::Index points) {
  return pc::check(claim, where, {.samples = points, .seed = pc::Seed{20}});
}
template <class S> pc::CheckReport sampled(const PointClaim<S>& claim, const Where<S>& where, pc::Index points) {
  return pc::check(claim, where, {.samples = points, .seed = pc::Seed{20}});
}

pc::ProofReport proved(const PairClaim<double>& claim, const pc::Box<double>& box) {
  return pc::prove(claim, box, {.boxes = 4'000, .keep_proof = false});
}
pc::ProofReport proved(const PointClaim<double>& claim, const pc::Box<double>& box) {
  return pc::prove(claim, box, {.boxes = 4'000, .keep_proof = false});
}

namespace {

/// As the sampling of that seed goes on.
pc::Vector<double> drawn(const Where<double>& where, pc::RandomStream& stream) {
  pc::Vector<double> w(where.dimension());
  where.sample(stream, w);
  return w;
}

template <class Monitor>
pc::MonitorReport descended(const AnyFunction<double>& f, const Where<double>& where, pc::RandomStream& stream,
                            Monitor monitor) {
  (void)pc::GD(pc::ConstantStep{0.1}, {.iterations = 100}, where).minimize(f, drawn(where, stream), monitor);
  return monitor.report();
}

}  // namespace

pc::MonitorReport watched(const PairClaim<double>& claim, const Where<double>& where, std::uint64_t seed) {
  pc::RandomStream stream{pc::Seed{seed}, 1};
  pc::Matrix<double> references(where.dimension(), 5);
  references.col(0) = where.center();
  for (pc::Index k = 1; k < references.cols(); ++k) references.col(k) = drawn(where, stream);
  return descended(claim.objective(), where, stream, pc::Monitor<PairClaim<double>>(claim, references));
}
pc::MonitorReport watched(const PointClaim<double>& claim, const Where<double>& where, std::uint64_t seed) {
  pc::RandomStream stream{pc::Seed{seed}, 1};
  return descended(claim.objective(), where, stream, pc::Monitor<PointClaim<double>>(claim));
}

pc::CheckReport examined(const PairClaim<double>& claim, const pc::Matrix<double>& points,
                         const pc::Matrix<double>& references) {
  return pc::check(claim, points, references);
}
pc::CheckReport examined(const PointClaim<double>& claim, const pc::Matrix<double>& points) {
  return pc::check(claim, points);
}

template pc::FalsifyReport searched(const PairClaim<double>&, const Where<double>&, std::uint64_t, int);
template pc::FalsifyReport searched(const PointClaim<double>&, const Where<double>&, std::uint64_t, int);
template pc::FalsifyReport searched(const PairClaim<float>&, const Where<float>&, std::uint64_t, int);
template pc::FalsifyReport searched(const PointClaim<float>&, const Where<float>&, std::uint64_t, int);
template pc::CheckReport sampled(const PairClaim<double>&, const Where<double>&, pc::Index);
template pc::CheckReport sampled(const PointClaim<double>&, const Where<double>&, pc::Index);
template pc::CheckReport sampled(const PairClaim<float>&, const Where<float>&, pc::Index);
template pc::CheckReport sampled(const PointClaim<float>&, const Where<float>&, pc::Index);

}  // namespace planted

TEST_CASE("a descent on the margin goes on where the scale-free margin is 1 to the last digit") {
  // ||w - c||^2 < -2 xi in 12 dimensions: a ball so small that the scale-free margin is flat but for its last digits.
  const pc::Index p = 12;
  pc::Vector<double> c(p);
  for (pc::Index i = 0; i < p; ++i) c[i] = std::sin(1.0 + static_cast<double>(i)) / 2;
  const pc::Quadratic<double> f(pc::Matrix<double>::Identity(p, p), c);
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const auto report = planted::searched<double>(planted::pl(f, 0.5, -1e-20), planted::cube(p, 1), seed);
    INFO(report);
    CHECK(report.verdict() == pc::Verdict::violated);
  }
}

TEST_CASE("with descents on the margin too, the report does not depend on the number of threads") {
  const pc::Vector<double> c = pc::Vector<double>::Constant(3, 0.25);
  const pc::Quadratic<double> f(pc::Matrix<double>::Identity(3, 3), c);
  const auto printed = [&](int threads) {
    std::ostringstream out;
    out.precision(17);
    const auto report = planted::searched<double>(planted::pl(f, 0.5, -1e-6), planted::cube(3, 1), 2, threads);
    out << report << report.first_violation_cost << ' ' << report.smallest.value;
    if (report.witness) out << ' ' << report.witness->w.transpose();
    return out.str();
  };
  const std::string one = printed(1);
  CHECK(one.find("violated") != std::string::npos);
  for (const int threads : {2, 3, 7}) CHECK(printed(threads) == one);
}
