// SPDX-License-Identifier: MIT
#include <proxcvx/core/fifty_digits.hpp>
#include <proxcvx/instances/agnostic_neuron.hpp>
#include <proxcvx/instances/convex_risk.hpp>
#include <proxcvx/instances/leaky_network.hpp>
#include <proxcvx/instances/polyak_lojasiewicz.hpp>
#include <proxcvx/networks/any_activation.hpp>
#include <proxcvx/objectives/exact_rank.hpp>
#include <proxcvx/regions/ball.hpp>
#include <proxcvx/verify/prove_by_theorem.hpp>

#include "instances/random_problems.hpp"

// proved-by-theorem: what is certified is true in 50 digits and near to it, what just fails is never proved.

namespace pc = proxcvx;

namespace by_theorem {

using pc::FiftyDigits;
using pc::Verdict;
using Net = pc::TwoLayer<pc::AnyActivation>;
using Neuron = pc::Neuron<pc::AnyActivation>;
using Wide = pc::Matrix<FiftyDigits>;

constexpr double ulp = 0x1p-52;

/// X X^T, in 50 digits: exact for small numbers of samples, or to 1e-48.
Wide gram(const pc::Matrix<double>& x) {
  Wide result = Wide::Zero(x.rows(), x.rows());
  for (pc::Index i = 0; i < x.rows(); ++i) {
    for (pc::Index j = 0; j < x.rows(); ++j) {
      for (pc::Index k = 0; k < x.cols(); ++k) result(i, j) += FiftyDigits(x(i, k)) * FiftyDigits(x(j, k));
    }
  }
  return result;
}

/// How many eigenvalues of a are below `at` (Sylvester's law of inertia: the negative pivots of a - at I).
pc::Index eigenvalues_below(Wide a, const FiftyDigits& at) {
  pc::Index negative = 0;
  for (pc::Index k = 0; k < a.rows(); ++k) a(k, k) -= at;
  for (pc::Index k = 0; k < a.rows(); ++k) {
    if (a(k, k) < 0) ++negative;
    for (pc::Index i = k + 1; i < a.rows(); ++i) {
      const FiftyDigits factor = a(i, k) / a(k, k);
      for (pc::Index j = k + 1; j < a.rows(); ++j) a(i, j) -= factor * a(k, j);
    }
  }
  return negative;
}

/// The rank by elimination without fractions (Bareiss 1968) of a matrix of small integers.
pc::Index rank_of_integers(Wide a) {
  pc::Index rank = 0;
  FiftyDigits last = 1;
  for (pc::Index j = 0; j < a.cols() && rank < a.rows(); ++j) {
    pc::Index pivot = rank;
    while (pivot < a.rows() && a(pivot, j) == 0) ++pivot;
    if (pivot == a.rows()) continue;
    a.row(pivot).swap(a.row(rank));
    for (pc::Index i = rank + 1; i < a.rows(); ++i) {
      for (pc::Index k = a.cols() - 1; k >= j; --k) {
        a(i, k) = (a(rank, j) * a(i, k) - a(i, j) * a(rank, k)) / last;
      }
    }
    last = a(rank, j);
    ++rank;
  }
  return rank;
}

FiftyDigits norm(const pc::Vector<double>& x) {
  FiftyDigits squares = 0;
  for (const double entry : x) squares += FiftyDigits(entry) * FiftyDigits(entry);
  return sqrt(squares);
}

/// `certified` is on the safe side of `exact`, and within `ulps` of it.
void is_just_below(double certified, const FiftyDigits& exact, double ulps) {
  INFO(certified << " below " << static_cast<double>(exact));
  CHECK(FiftyDigits(certified) <= exact);
  CHECK(FiftyDigits(certified) >= exact * FiftyDigits(1 - ulps * ulp));
}
void is_just_above(double certified, const FiftyDigits& exact, double ulps) {
  INFO(certified << " above " << static_cast<double>(exact));
  CHECK(FiftyDigits(certified) >= exact);
  CHECK(FiftyDigits(certified) <= exact * FiftyDigits(1 + ulps * ulp));
}

double constant(const pc::Theorem& theorem, const std::string& name) {
  for (const auto& one : theorem.constants) {
    if (one.name == name) return one.certified;
  }
  FAIL("no constant " << name);
  return 0;
}
const pc::Premise& premise(const pc::Theorem& theorem, const std::string& name) {
  for (const auto& one : theorem.premises) {
    if (one.name == name) return one;
  }
  FAIL("no premise " << name);
  return theorem.premises.front();
}

Net network(pc::Index inputs, const pc::AnyActivation& activation, const pc::Vector<double>& outer) {
  return Net({.inputs = inputs, .hidden = outer.size()}, activation, outer);
}
pc::Vector<double> vector(std::initializer_list<double> entries) {
  pc::Vector<double> x(static_cast<pc::Index>(entries.size()));
  std::copy(entries.begin(), entries.end(), x.data());
  return x;
}

}  // namespace by_theorem

TEST_CASE("certified eigenvalues contain the exact ones at every scale, within an ulp of the largest or so") {
  using namespace by_theorem;
  for (pc::Index problem = 0; problem < tests::scaled_count(20'000); ++problem) {
    pc::RandomStream stream{pc::Seed{450}, static_cast<std::uint64_t>(problem)};
    const double scale = std::exp2(std::round(stream.uniform(-1, 1)) * 490);
    const pc::Matrix<double> x = scale * problems::dataset(stream, false).inputs();
    const pc::Matrix<double> narrow = x.rows() <= x.cols() ? x : pc::Matrix<double>(x.transpose());
    const Wide exact = gram(narrow) / FiftyDigits(static_cast<double>(x.cols()));
    const auto spectrum = pc::detail::certified_spectrum_of_second_moment(x);
    REQUIRE(spectrum.eigenvalues.size() == static_cast<std::size_t>(narrow.rows()));
    const double largest = spectrum.largest().upper();
    INFO("problem " << problem << ", largest " << largest);
    for (pc::Index k = 0; k < narrow.rows(); ++k) {
      const pc::Interval& enclosure = spectrum.eigenvalues[static_cast<std::size_t>(k)];
      if (enclosure.lower() > 0) CHECK(eigenvalues_below(exact, FiftyDigits(enclosure.lower())) <= k);
      const FiftyDigits above = FiftyDigits(enclosure.upper()) * FiftyDigits(1 + 1e-30) + FiftyDigits(1e-320);
      CHECK(eigenvalues_below(exact, above) >= k + 1);
      CHECK(enclosure.upper() - enclosure.lower() <= 3 * ulp * largest);
    }
  }
}

TEST_CASE("the exact rank of integers, of repeated columns, and of columns that differ by an ulp") {
  using namespace by_theorem;
  for (pc::Index problem = 0; problem < tests::scaled_count(20'000); ++problem) {
    pc::RandomStream stream{pc::Seed{451}, static_cast<std::uint64_t>(problem)};
    const pc::Index rows = 1 + stream.below(6), cols = 1 + stream.below(6), inner = 1 + stream.below(4);
    const auto integers = [&](pc::Index p, pc::Index q) {
      pc::Matrix<double> a(p, q);
      for (double& entry : a.reshaped()) entry = static_cast<double>(stream.below(7)) - 3;
      return a;
    };
    pc::Matrix<double> product = integers(rows, inner) * integers(inner, cols);
    const pc::Index expected = rank_of_integers(product.cast<FiftyDigits>());
    for (pc::Index j = 0; j < cols; ++j) product.col(j) *= std::exp2(std::round(stream.uniform(-1000, 900)));
    INFO("problem " << problem << "\n" << product);
    CHECK(pc::detail::exact_rank(product) == expected);
  }
  pc::Matrix<double> near(2, 2);
  near << 0.1, 0.1, 0.3, 0.3;
  CHECK(pc::detail::exact_rank(near) == 1);
  near(1, 1) = std::nextafter(0.3, 1);
  CHECK(pc::detail::exact_rank(near) == 2);
  CHECK(pc::detail::exact_rank(pc::Matrix<double>::Zero(3, 2)) == 0);
  near(0, 0) = std::nan("");
  CHECK(!pc::detail::exact_rank(near));
  pc::Matrix<double> wide_range = pc::Matrix<double>::Ones(40, 40);
  wide_range.row(0) *= 1e-300;
  CHECK(!pc::detail::exact_rank(wide_range, 1e4));  // no budget, no rank
}

TEST_CASE("4.4: certified constants are on the safe side of 50 digits, and no point violates them") {
  using namespace by_theorem;
  for (pc::Index problem = 0; problem < problems::count(200'000); ++problem) {
    pc::RandomStream stream{pc::Seed{452}, static_cast<std::uint64_t>(problem)};
    const auto data = problems::dataset(stream, true);
    if (!(data.inputs().squaredNorm() > 0)) continue;
    const double slope = std::exp2(stream.uniform(-5, 0));
    const pc::Index hidden = 1 + stream.below(4);
    const auto net = network(data.dimension(), pc::LeakyReLU{slope},
                             problems::vector(stream, hidden, 2) + pc::Vector<double>::Constant(hidden, 1e-3));
    const pc::LeakyNetwork instance{net, data};
    // v of any length, m_0 of any size
    pc::HalfspaceReference reference = instance.reference();
    if (stream.below(2) == 0) reference = {problems::vector(stream, data.dimension(), 2), problems::scale(stream, 3)};
    if (!(reference.direction.norm() > 0)) continue;
    const pc::Theorem theorem = pc::leaky_network_theorem(instance.objective(), reference);
    INFO("problem " << problem);
    CHECK(pc::prove(theorem).verdict() == Verdict::proved_by_theorem);
    const FiftyDigits wanted = FiftyDigits(slope) * FiftyDigits(reference.margin);
    const FiftyDigits lengths = norm(net.outer_weights()) / norm(reference.direction);
    is_just_below(constant(theorem, "mu"), FiftyDigits(2) * wanted * lengths, 4);
    FiftyDigits short_of = 0;
    for (pc::Index i = 0; i < data.size(); ++i) {
      FiftyDigits t = 0;
      for (pc::Index k = 0; k < data.dimension(); ++k) {
        t += FiftyDigits(data.inputs()(k, i)) * FiftyDigits(reference.direction[k]);
      }
      t *= FiftyDigits(data.targets()(0, i));
      const FiftyDigits lacking = wanted - (t < 0 ? t : FiftyDigits(slope) * t);
      if (lacking > 0) short_of += lacking;
    }
    const FiftyDigits xi = short_of / (wanted * FiftyDigits(static_cast<double>(data.size())));
    CHECK(FiftyDigits(constant(theorem, "xi")) >= xi);
    const FiftyDigits largest_t = sqrt(gram(data.inputs()).trace()) * norm(reference.direction);  // >= |t_i|
    CHECK(FiftyDigits(constant(theorem, "xi")) <=
          xi * FiftyDigits(1 + 4 * ulp) + FiftyDigits(1e-17) * largest_t / wanted);
    const auto claim = instance.proxy_pl({1, constant(theorem, "mu"), constant(theorem, "xi")});
    for (pc::Index i = 0; i < problems::points; ++i) {
      problems::has_no_violation(claim, problems::vector(stream, net.parameters()));
    }
    // the instance's own constants, and what they imply; one ulp beyond what is certified is not implied
    const pc::ProxyPLConstants own = instance.constants();
    CHECK(pc::prove(instance.theorem(own)).verdict() == Verdict::proved_by_theorem);
    CHECK(pc::prove(instance.theorem({1, own.mu / 2, own.xi + 1})).verdict() == Verdict::proved_by_theorem);
    const double mu = constant(instance.theorem(), "mu"), level = constant(instance.theorem(), "xi");
    CHECK(pc::prove(instance.theorem({1, std::nextafter(mu, 2 * mu), level})).verdict() == Verdict::inconclusive);
    CHECK(pc::prove(instance.theorem({1, mu, std::nextafter(level, -1)})).verdict() == Verdict::inconclusive);
    CHECK(pc::prove(instance.theorem({1.5, mu, level})).verdict() == Verdict::inconclusive);
    FiftyDigits radius = 0;
    for (pc::Index k = 0; k < data.size(); ++k) {
      const FiftyDigits length = norm(data.inputs().col(k));
      if (radius < length) radius = length;
    }
    const FiftyDigits root = norm(net.outer_weights()) * radius;
    is_just_above(constant(instance.growth_theorem(pc::Noise::single_example), "B"),
                  FiftyDigits(pc::LogisticLoss::self_bounding) * root * root, 20);
  }
}

TEST_CASE("4.4: a premise that just fails is named, and nothing is proved") {
  using namespace by_theorem;
  const pc::Dataset<double> data(pc::Matrix<double>::Constant(1, 2, 0.5),
                                 (pc::Matrix<double>(1, 2) << 1, 1).finished());
  const auto leaky = network(1, pc::LeakyReLU{0.5}, vector({1}));
  const auto risk_of = [&](const Net& net) { return pc::LeakyNetwork<Net>::Risk(net, pc::LogisticLoss{}, data); };
  const auto refused = [](const pc::Theorem& theorem, const std::string& name) {
    const auto report = pc::prove(theorem);
    INFO(report);
    CHECK(report.verdict() == Verdict::inconclusive);
    CHECK(report.weakest().name == name);
    CHECK(report.weakest().holds != pc::Holds::yes);
  };
  const auto theorem = [&](const Net& net, double direction, double margin) {
    return pc::leaky_network_theorem(risk_of(net), {vector({direction}), margin});
  };
  CHECK(pc::prove(theorem(leaky, 1, 0.25)).verdict() == Verdict::proved_by_theorem);
  CHECK(constant(theorem(leaky, 1, 0.25), "xi") == 0);
  const double infinity = std::numeric_limits<double>::infinity(), tiny = std::numeric_limits<double>::denorm_min();
  for (const double margin : {0.0, -0.0, -tiny, -0.1, std::nan(""), infinity}) {
    refused(theorem(leaky, 1, margin), "margin");
  }
  for (const double direction : {0.0, std::nan(""), infinity}) refused(theorem(leaky, direction, 0.1), "direction");
  refused(theorem(network(1, pc::ReLU{}, vector({1})), 1, 0.25), "smallest slope");
  refused(theorem(network(1, pc::Tanh{}, vector({1})), 1, 0.25), "smallest slope");
  refused(theorem(network(1, pc::Swish{}, vector({1})), 1, 0.25), "smallest slope");
  refused(theorem(network(1, pc::LeakyReLU{0.5}, vector({0})), 1, 0.25), "outer weights");
  const Net trained({.inputs = 1, .hidden = 1, .train = pc::Train::all}, pc::LeakyReLU{0.5}, vector({1}));
  refused(theorem(trained, 1, 0.25), "parameters");
  // Proxy convexity asks for neither direction nor margin, but for a homogeneous activation.
  const auto convexity = [&](const Net& net) { return pc::leaky_network_convexity_theorem(risk_of(net)); };
  CHECK(pc::prove(convexity(leaky)).verdict() == Verdict::proved_by_theorem);
  CHECK(pc::prove(pc::LeakyNetwork<Net>(leaky, data).proxy_convexity_theorem()).verdict() ==
        Verdict::proved_by_theorem);
  refused(convexity(network(1, pc::SmoothLeakyReLU{0.5}, vector({1}))), "activation");
  refused(convexity(network(1, pc::ReLU{}, vector({1}))), "smallest slope");
  refused(convexity(network(1, pc::Tanh{}, vector({1}))), "activation");
  refused(convexity(trained), "parameters");
  // a margin of the data that is an ulp too small for a level of 0
  const pc::Theorem at_margin = theorem(leaky, 1, std::nextafter(0.5, 1));
  CHECK(constant(at_margin, "xi") > 0);
  const pc::ProxyPLConstants zero{1, 0.1, 0};
  const pc::HalfspaceReference beyond{vector({1}), std::nextafter(0.5, 1)};
  CHECK(pc::prove(pc::leaky_network_theorem(risk_of(leaky), beyond, &zero)).verdict() == Verdict::inconclusive);
  // labels that contradict each other: true, and vacuous
  CHECK(theorem(leaky, -1, 0.25).vacuous);
  CHECK_THROWS_AS(pc::leaky_network_theorem(risk_of(leaky), {vector({1, 2}), 1}), std::invalid_argument);
}

TEST_CASE("4.2: the certified modulus is below the exact eigenvalue, zero eigenvalues are told from small ones") {
  using namespace by_theorem;
  int proved = 0, singular = 0;
  for (pc::Index problem = 0; problem < problems::count(200'000); ++problem) {
    pc::RandomStream stream{pc::Seed{453}, static_cast<std::uint64_t>(problem)};
    const auto data = problems::dataset(stream, false);
    const pc::LeastSquares<> f(data);
    if (!(f.pl_modulus() > 0)) continue;
    const pc::PolyakLojasiewicz instance{f};
    const auto report = pc::prove(instance);
    INFO("problem " << problem << "\n" << report);
    if (report.verdict() != Verdict::proved_by_theorem) continue;
    ++proved;
    const pc::Matrix<double>& x = data.inputs();
    const Wide exact = gram(x) / FiftyDigits(static_cast<double>(x.cols()));
    const double m = constant(report.theorem, "mu") / 4;
    const auto rank = static_cast<pc::Index>(premise(report.theorem, "rank").value->lower());
    if (rank < x.rows()) ++singular;
    // rank eigenvalues are >= m, and no fewer than d - rank are 0: below 1e-40 of m
    CHECK(eigenvalues_below(exact, FiftyDigits(m)) == x.rows() - rank);
    CHECK(eigenvalues_below(exact, FiftyDigits(m) * FiftyDigits(1e-28)) == x.rows() - rank);
    const double scale = pc::detail::certified_spectrum_of_second_moment(x).largest().upper();
    CHECK(eigenvalues_below(exact, FiftyDigits(m + 4 * ulp * scale)) > x.rows() - rank);
    const auto claim = pc::ProxyPL{f, f, {2, 4 * m, constant(report.theorem, "xi")}};
    for (pc::Index i = 0; i < problems::points; ++i) {
      problems::has_no_violation(claim, problems::vector(stream, data.dimension()));
    }
    CHECK(pc::prove(instance.theorem({2, m, instance.level() + 1})).verdict() == Verdict::proved_by_theorem);
    CHECK(pc::prove(instance.theorem({2, 4 * m * (1 + ulp), instance.level()})).verdict() == Verdict::inconclusive);
  }
  CHECK(proved >= 9 * problems::count(200'000) / 10 - 5);
  CHECK(singular > 0);
}

TEST_CASE("4.2: degenerate data: one sample, nothing but zeros, repeated, tiny, huge, indefinite") {
  using namespace by_theorem;
  const auto certify = [](const pc::Matrix<double>& x) {
    return pc::certify_pl(pc::LeastSquares<>(pc::Dataset<double>(x, pc::Matrix<double>::Ones(1, x.cols()))));
  };
  const auto one = certify(pc::Matrix<double>::Constant(1, 1, 3));
  CHECK(one.modulus <= 9);
  CHECK(one.modulus >= 9 * (1 - 2 * ulp));
  const auto zeros = certify(pc::Matrix<double>::Zero(2, 3));
  CHECK(zeros.premises.back().holds == pc::Holds::no);
  CHECK(zeros.modulus <= 0);
  const pc::Matrix<double> repeated = vector({0.1, 0.7, -0.3}).replicate(1, 4);
  const auto rank_one = certify(repeated);
  CHECK(rank_one.premises.back().holds == pc::Holds::yes);
  is_just_below(rank_one.modulus, gram(repeated.col(0)).trace(), 4);
  const auto tiny = certify(1e-300 * pc::Matrix<double>::Identity(2, 2));  // 1e-600 is no double
  CHECK(tiny.premises.back().holds != pc::Holds::yes);
  CHECK(tiny.modulus <= 0);
  const auto huge = certify(1e150 * pc::Matrix<double>::Identity(2, 2));
  CHECK(huge.premises.back().holds == pc::Holds::yes);
  CHECK(huge.modulus <= 0.51e300);
  CHECK(huge.modulus >= 0.49e300);
  CHECK(certify(1e300 * pc::Matrix<double>::Identity(2, 2)).premises.back().holds != pc::Holds::no);

  pc::Matrix<double> curvature(2, 2);
  curvature << 1, 1, 1, 1;
  CHECK(pc::prove(pc::PolyakLojasiewicz{pc::Quadratic<>(curvature)}).verdict() == Verdict::proved_by_theorem);
  curvature(0, 1) = curvature(1, 0) = std::nextafter(1.0, 2.0);  // determinant -4.4e-16
  const auto indefinite = pc::certify_pl(pc::Quadratic<>(curvature));
  CHECK(indefinite.premises.front().holds == pc::Holds::no);
  CHECK(pc::prove(pc::PolyakLojasiewicz{pc::SquarePlusSine<>{}}).verdict() == Verdict::proved_by_theorem);
}

TEST_CASE("4.1: convexity and growth are proved on any data, B rounded up") {
  using namespace by_theorem;
  for (const double scale : {1e-300, 1e-160, 1.0, 1e150}) {
    const pc::Dataset<double> data(pc::Matrix<double>::Constant(2, 3, scale), pc::Matrix<double>::Ones(1, 3));
    const pc::ConvexRisk instance{pc::LeastSquares<>(data)};
    CHECK(pc::prove(instance).verdict() == Verdict::proved_by_theorem);
    for (const pc::Noise noise : {pc::Noise::full_batch, pc::Noise::single_example}) {
      const auto report = pc::prove(instance.growth_theorem(noise));
      INFO(report);
      CHECK(report.verdict() == Verdict::proved_by_theorem);
      // of both: C = 2, R^2 = lambda_max = 2 scale^2
      const FiftyDigits exact = FiftyDigits(4) * FiftyDigits(scale) * FiftyDigits(scale);
      CHECK(FiftyDigits(constant(report.theorem, "B")) >= exact);
      CHECK(FiftyDigits(constant(report.theorem, "B")) <= exact * FiftyDigits(1 + 20 * ulp) + FiftyDigits(1e-306));
    }
  }
  const pc::Dataset<double> wild(pc::Matrix<double>::Constant(2, 3, 1e200), pc::Matrix<double>::Ones(1, 3));
  const auto overflow = pc::ConvexRisk{pc::LeastSquares<>(wild)}.growth_theorem(pc::Noise::full_batch);
  CHECK(pc::prove(overflow).verdict() == Verdict::inconclusive);
}

TEST_CASE("4.3: certified constants of the neuron are on the safe side of 50 digits") {
  using namespace by_theorem;
  for (pc::Index problem = 0; problem < problems::count(200'000); ++problem) {
    pc::RandomStream stream{pc::Seed{454}, static_cast<std::uint64_t>(problem)};
    const auto data = problems::dataset(stream, false);
    const double slope = std::exp2(stream.uniform(-4, 0));
    const Neuron neuron({.inputs = data.dimension()}, pc::LeakyReLU{slope});
    const pc::AgnosticNeuron instance(neuron, data, problems::vector(stream, data.dimension(), 3));
    const double rho = problems::scale(stream, 5);
    const pc::Theorem theorem = instance.theorem(rho);
    INFO("problem " << problem);
    CHECK(pc::prove(theorem).verdict() == Verdict::proved_by_theorem);
    is_just_below(constant(theorem, "mu"), FiftyDigits(4) / FiftyDigits(rho), 2);
    // xi = (rho/2) sqrt(2 lambda F(v)): the lambda that a certified xi stands for is an upper bound of the exact one
    FiftyDigits risk = 0;
    for (pc::Index i = 0; i < data.size(); ++i) {
      FiftyDigits z = 0;
      for (pc::Index k = 0; k < data.dimension(); ++k) {
        z += FiftyDigits(data.inputs()(k, i)) * FiftyDigits(instance.reference()[k]);
      }
      const FiftyDigits miss = (z < 0 ? FiftyDigits(slope) * z : z) - FiftyDigits(data.targets()(0, i));
      risk += miss * miss / FiftyDigits(2.0 * static_cast<double>(data.size()));
    }
    const FiftyDigits root = FiftyDigits(2) * FiftyDigits(constant(theorem, "xi")) / FiftyDigits(rho);
    const FiftyDigits lambda = root * root / (FiftyDigits(2) * risk);
    const Wide moment = gram(data.inputs()) / FiftyDigits(static_cast<double>(data.size()));
    if (risk > 0 && moment.trace() > 0) {
      CHECK(eigenvalues_below(moment, lambda) == moment.rows());
      // and no loose one, where F(v) does not cancel
      const FiftyDigits size = moment.trace() * pow(norm(instance.reference()), FiftyDigits(2)) + FiftyDigits(1);
      if (risk > size * FiftyDigits(1e-4)) {
        CHECK(eigenvalues_below(moment, lambda * FiftyDigits(1 - 1e-8)) < moment.rows());
      }
    }
    const auto claim = instance.proxy_pl({1, constant(theorem, "mu"), constant(theorem, "xi")});
    const pc::Ball region{instance.reference(), rho};
    pc::Vector<double> w(data.dimension());
    for (pc::Index i = 0; i < problems::points; ++i) {
      region.sample(stream, w);
      problems::has_no_violation(claim, w);
    }
    const pc::Theorem convexity = instance.proxy_convexity_theorem(rho), leaky = instance.leaky_theorem();
    CHECK(pc::prove(convexity).verdict() == Verdict::proved_by_theorem);
    CHECK(pc::prove(leaky).verdict() == Verdict::proved_by_theorem);
    CHECK(constant(convexity, "c") <= 2);
    is_just_above(constant(convexity, "h"), FiftyDigits(2) * FiftyDigits(constant(theorem, "xi")), 2);
    const FiftyDigits gamma = FiftyDigits(slope);
    CHECK(constant(leaky, "c") == slope);
    is_just_above(constant(leaky, "k"), FiftyDigits(1) / (gamma * (FiftyDigits(2) - gamma * gamma)), 2);
    CHECK(pc::prove(instance.theorem(rho, {1, 2 / rho, 2 * constant(theorem, "xi")})).verdict() ==
          Verdict::proved_by_theorem);
    CHECK(pc::prove(instance.theorem(rho, {1, 4.1 / rho, 2 * constant(theorem, "xi")})).verdict() ==
          Verdict::inconclusive);
  }
  const pc::Dataset<double> data(pc::Matrix<double>::Ones(2, 3), pc::Matrix<double>::Ones(1, 3));
  const auto theorem = [&](const pc::AnyActivation& activation, const pc::Vector<double>& v, double rho) {
    const pc::AgnosticNeuron<pc::AnyActivation>::Risk risk(Neuron({.inputs = 2}, activation), pc::SquaredLoss{}, data);
    return pc::prove(pc::agnostic_neuron_theorem(risk, v, rho));
  };
  CHECK(theorem(pc::Tanh{}, vector({1, 0}), 1).verdict() == Verdict::proved_by_theorem);
  CHECK(theorem(pc::Swish{}, vector({1, 0}), 1).weakest().name == "activation");
  CHECK(theorem(pc::Swish{}, vector({1, 0}), 1).verdict() == Verdict::inconclusive);
  for (const double rho : {0.0, -1.0, std::nan(""), std::numeric_limits<double>::infinity()}) {
    CHECK(theorem(pc::Tanh{}, vector({1, 0}), rho).verdict() == Verdict::inconclusive);
  }
  CHECK(theorem(pc::Tanh{}, vector({std::nan(""), 0}), 1).verdict() == Verdict::inconclusive);
}
