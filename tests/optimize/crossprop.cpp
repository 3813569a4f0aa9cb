// SPDX-License-Identifier: MIT
#include <cmath>
#include <limits>
#include <proxcvx/optimize/crossprop.hpp>
#include <type_traits>
#include <vector>

#include "optimize/models.hpp"
#include "support/catch2.hpp"

namespace pc = proxcvx;

namespace {

constexpr pc::Index inputs = 5;
constexpr pc::Index hidden = 19;  // more than a register has, and no multiple of it

struct Weights {
  pc::Matrix<double> incoming;
  pc::Matrix<double> outgoing;
};

Weights some_weights(pc::Index units, pc::Index outputs, std::uint64_t seed) {
  pc::RandomStream stream{pc::Seed{seed}};
  Weights weights{pc::Matrix<double>(units, inputs), pc::Matrix<double>(units + 1, outputs)};
  stream.fill_normal(weights.incoming);
  stream.fill_normal(weights.outgoing);
  return weights;
}

/// Every other one has an input that is 0.
pc::Vector<double> example(pc::Index t) {
  pc::Vector<double> x = models::normal_vector(inputs, 100 + static_cast<std::uint64_t>(t));
  if (t % 2 == 1) x[t / 2 % inputs] = 0;
  return x;
}

/// A target for K outputs: probabilities for a softmax, numbers otherwise.
pc::Vector<double> target(pc::Index t, pc::Index outputs, bool probabilities) {
  pc::Vector<double> y = models::normal_vector(outputs, 900 + static_cast<std::uint64_t>(t));
  if (probabilities) y = y.cwiseAbs() / y.cwiseAbs().sum();
  return y;
}

/// The formulas of the file's head, entry by entry in long double: h is K matrices m x d of h_ij, or of h_j D_ij.
template <class Rule, class A> struct Slow {
  using Real = long double;
  Rule rule;
  A activation;
  bool softmax;
  bool jacobian;  // whether the memory sees that of the softmax
  Real alpha;
  pc::Matrix<Real> u, w;
  std::vector<pc::Matrix<Real>> h{};  // for one number per unit, all columns are equal

  void step(const pc::Vector<double>& x, const pc::Vector<double>& goal) {
    const pc::Index m = u.rows();
    const pc::Index d = u.cols();
    const pc::Index outputs = w.cols();
    if (h.empty()) h.assign(static_cast<std::size_t>(outputs), pc::Matrix<Real>::Zero(m, d));
    pc::Vector<Real> phi(m + 1), slope(m), s(outputs), delta(outputs);
    for (pc::Index j = 0; j < m; ++j) {
      Real z = 0;
      for (pc::Index i = 0; i < d; ++i) z += u(j, i) * static_cast<Real>(x[i]);
      phi[j] = activation.value(z);
      slope[j] = activation.derivative(z);
    }
    phi[m] = 1;
    Real total = 0;
    for (pc::Index k = 0; k < outputs; ++k) {
      s[k] = 0;
      for (pc::Index j = 0; j <= m; ++j) s[k] += w(j, k) * phi[j];
      if (softmax) s[k] = std::exp(s[k]);
      total += s[k];
    }
    if (softmax) s /= total;
    for (pc::Index k = 0; k < outputs; ++k) delta[k] = static_cast<Real>(goal[k]) - s[k];
    const auto mine = static_cast<Real>(rule.from_memory());
    const auto weights = static_cast<Real>(rule.from_weights());
    const bool per_unit = Rule::memory == pc::Memory::per_unit;
    auto next_u = u;
    auto next_h = h;
    for (pc::Index j = 0; j < m; ++j) {
      for (pc::Index i = 0; i < d; ++i) {
        const Real D = slope[j] * static_cast<Real>(x[i]);
        const Real inner = per_unit ? Real(1) : D;  // D as the memory sees it
        pc::Vector<Real> q(outputs);
        for (pc::Index k = 0; k < outputs; ++k) {
          q[k] = mine * phi[j] * h[static_cast<std::size_t>(k)](j, i) + weights * w(j, k) * inner;
        }
        for (pc::Index k = 0; k < outputs; ++k) {
          next_u(j, i) += alpha * delta[k] * q[k] * (per_unit ? D : Real(1));
          Real through = q[k];
          if (jacobian) {
            through = 0;
            for (pc::Index l = 0; l < outputs; ++l) through += s[k] * ((k == l ? Real(1) : Real(0)) - s[l]) * q[l];
          }
          next_h[static_cast<std::size_t>(k)](j, i) += alpha * (delta[k] * inner - phi[j] * through);
        }
      }
      for (pc::Index k = 0; k < outputs; ++k) w(j, k) += alpha * delta[k] * phi[j];
    }
    for (pc::Index k = 0; k < outputs; ++k) w(m, k) += alpha * delta[k];
    u = next_u;
    h = next_h;
  }
};

template <class Rule, class A, class Output>
void follows_its_formula(const Rule& rule, const A& activation, const Output& output, pc::Index outputs) {
  constexpr bool softmax = !std::is_same_v<Output, pc::LinearOutput>;
  const auto start = some_weights(hidden, outputs, 3);
  pc::Crossprop learner{
      {.inputs = inputs, .hidden = hidden, .outputs = outputs, .step_size = 0.01}, rule, activation, output};
  learner.set_weights(start.incoming, start.outgoing);
  Slow<Rule, A> slow{rule,
                     activation,
                     softmax,
                     std::is_same_v<Output, pc::SoftmaxOutput>,
                     0.01,
                     start.incoming.cast<long double>(),
                     start.outgoing.cast<long double>()};
  for (pc::Index t = 0; t < 60; ++t) {
    learner.step(example(t), target(t, outputs, softmax));
    slow.step(example(t), target(t, outputs, softmax));
  }
  const auto near = [](const auto& got, const auto& expected) {
    return (got - expected.template cast<double>()).cwiseAbs().maxCoeff() <= 1e-13;
  };
  CHECK(near(learner.incoming(), slow.u));
  CHECK(near(learner.outgoing(), slow.w));
  for (pc::Index k = 0; k < outputs && Rule::memory != pc::Memory::none; ++k) {
    const auto& h = slow.h[static_cast<std::size_t>(k)];
    if (Rule::memory == pc::Memory::per_weight) {
      CHECK(near(learner.memory().middleCols(k * inputs, inputs), h));
    } else {
      CHECK(near(learner.memory().col(k), h.col(0)));
    }
  }
}

template <class Visit> void each_rule(const Visit& visit) {
  visit(pc::Backprop{});
  visit(pc::FullCrossprop{});
  visit(pc::PerWeightCrossprop{});
  visit(pc::PerUnitCrossprop{});
  visit(pc::MixedCrossprop{0.3});
}

template <class Rule, class Output>
void equals_backprop(const Rule& rule, const Output& output, pc::Index outputs, bool forget) {
  constexpr bool softmax = !std::is_same_v<Output, pc::LinearOutput>;
  const pc::CrosspropSettings settings{.inputs = inputs, .hidden = 37, .outputs = outputs, .step_size = 0.02};
  pc::Crossprop backprop{settings, pc::Backprop{}, pc::Tanh{}, output};
  pc::Crossprop learner{settings, rule, pc::Tanh{}, output};
  backprop.initialize(pc::Seed{4});
  learner.initialize(pc::Seed{4});
  bool equal = true;
  bool remembers = false;
  for (pc::Index t = 0; t < 200; ++t) {
    const auto y = target(t, outputs, softmax);
    equal = equal && backprop.step(example(t), y) == learner.step(example(t), y);
    equal = equal && backprop.incoming() == learner.incoming() && backprop.outgoing() == learner.outgoing();
    remembers = remembers || learner.memory().cwiseAbs().maxCoeff() > 1e-3;
    if (forget) learner.reset_memory();
  }
  CHECK(equal);
  CHECK(remembers);
}

}  // namespace

TEST_CASE("every rule of crossprop is its formula, for every kind of output") {
  each_rule([](const auto& rule) {
    follows_its_formula(rule, pc::Tanh{}, pc::LinearOutput{}, 1);
    follows_its_formula(rule, pc::Swish{}, pc::LinearOutput{}, 3);
    follows_its_formula(rule, pc::Tanh{}, pc::SoftmaxOutput{}, 3);
    follows_its_formula(rule, pc::ReLU{}, pc::SoftmaxWithoutJacobian{}, 2);
  });
}

TEST_CASE("without memories the full rule, and with lambda = 1 the mixture, are backprop bit for bit") {
  equals_backprop(pc::FullCrossprop{}, pc::LinearOutput{}, 1, true);
  equals_backprop(pc::MixedCrossprop{1}, pc::LinearOutput{}, 1, false);
  equals_backprop(pc::FullCrossprop{}, pc::SoftmaxOutput{}, 3, true);
  equals_backprop(pc::MixedCrossprop{1}, pc::SoftmaxOutput{}, 3, false);
}

TEST_CASE("with lambda = 0 the mixture is the rule per weight, bit for bit") {
  pc::Crossprop mixed{{.inputs = inputs, .hidden = hidden, .step_size = 0.02}, pc::MixedCrossprop{0}};
  pc::Crossprop per_weight{{.inputs = inputs, .hidden = hidden, .step_size = 0.02}, pc::PerWeightCrossprop{}};
  mixed.initialize(pc::Seed{5});
  per_weight.initialize(pc::Seed{5});
  for (pc::Index t = 0; t < 100; ++t) {
    mixed.step(example(t), example(t)[0]);
    per_weight.step(example(t), example(t)[0]);
  }
  CHECK(mixed.incoming() == per_weight.incoming());
  CHECK(mixed.memory() == per_weight.memory());
}

namespace {

/// The weights w of one frozen unit after 60 steps from u, in long double, and what the full rule remembers meanwhile.
struct Frozen {
  static pc::Vector<long double> outgoing(const pc::Vector<long double>& u, pc::Index outputs, bool softmax) {
    pc::Vector<long double> w = pc::Vector<long double>::Constant(outputs, 0.4L);
    pc::Vector<long double> bias = pc::Vector<long double>::Constant(outputs, -0.1L);
    for (pc::Index t = 0; t < 60; ++t) {
      const long double phi = std::tanh(u.dot(example(t).cast<long double>()));
      pc::Vector<long double> s = w * phi + bias;
      if (softmax) s = s.array().exp() / s.array().exp().sum();
      const pc::Vector<long double> delta = target(t, outputs, softmax).cast<long double>() - s;
      w += 0.05L * delta * phi;
      // The constant unit is held fixed: its own weight answers to u as well, which h leaves out.
    }
    return w;
  }
};

template <class Output> void memory_is_a_derivative(pc::Index outputs) {
  constexpr bool softmax = !std::is_same_v<Output, pc::LinearOutput>;
  const pc::Vector<double> u = 0.5 * models::normal_vector(inputs, 8);
  pc::Matrix<double> w(2, outputs);
  w.row(0).setConstant(0.4);
  w.row(1).setConstant(-0.1);
  // A learner's unit moves; frozen, it is a new learner for each step, which takes over what the last one remembers.
  pc::Crossprop learner{{.inputs = inputs, .hidden = 1, .outputs = outputs, .step_size = 0.05},
                        pc::FullCrossprop{},
                        pc::Tanh{},
                        Output{}};
  learner.set_weights(u.transpose(), w);
  for (pc::Index t = 0; t < 60; ++t) {
    learner.step(example(t), target(t, outputs, softmax));
    pc::Matrix<double> held = learner.outgoing();
    held.row(1) = w.row(1);
    const pc::Matrix<double> memory = learner.memory();
    learner.set_weights(u.transpose(), held);
    learner.set_memory(memory);
  }
  constexpr long double step = 1e-6L;
  for (pc::Index i = 0; i < inputs; ++i) {
    pc::Vector<long double> up = u.cast<long double>();
    pc::Vector<long double> down = up;
    up[i] += step;
    down[i] -= step;
    const pc::Vector<long double> slope =
        (Frozen::outgoing(up, outputs, softmax) - Frozen::outgoing(down, outputs, softmax)) / (2 * step);
    for (pc::Index k = 0; k < outputs; ++k) {
      const auto expected = static_cast<double>(slope[k]);
      CHECK(std::abs(learner.memory()(0, k * inputs + i) - expected) <= 1e-8 * std::abs(expected));
    }
  }
}

}  // namespace

TEST_CASE("the full rule's memory is the derivative of the outgoing weights of one frozen unit") {
  memory_is_a_derivative<pc::LinearOutput>(1);
  memory_is_a_derivative<pc::LinearOutput>(2);
  memory_is_a_derivative<pc::SoftmaxOutput>(3);
}

TEST_CASE("a step of crossprop shows the features and outputs that it used, and returns the loss before it") {
  const auto start = some_weights(hidden, 1, 11);
  pc::Crossprop learner{{.inputs = inputs, .hidden = hidden, .step_size = 0.1}, pc::FullCrossprop{}};
  learner.set_weights(start.incoming, start.outgoing);
  const double loss = learner.step(example(0), 2.0);
  const pc::Vector<double> phi = (start.incoming * example(0)).array().tanh();
  CHECK(learner.features().size() == hidden + 1);
  CHECK((learner.features().head(hidden) - phi).cwiseAbs().maxCoeff() <= 1e-15);
  CHECK(learner.features()[hidden] == 1);
  const double y = start.outgoing.col(0).head(hidden).dot(phi) + start.outgoing(hidden, 0);
  CHECK(learner.outputs()[0] == Approx(y).epsilon(1e-13));
  CHECK(loss == Approx(0.5 * (2 - y) * (2 - y)).epsilon(1e-13));
  const pc::Matrix<double> before = learner.incoming();
  CHECK(learner.predict(example(0))[0] != y);
  CHECK(learner.incoming() == before);
  CHECK(learner.memory().rows() == hidden);
  CHECK(learner.memory().cols() == inputs);
  learner.reset_memory();
  CHECK(learner.memory().isZero(0));
}

TEST_CASE("the loss of a class of probability 0 is finite, and it can be learned") {
  pc::Crossprop learner{
      {.inputs = 1, .hidden = 1, .outputs = 2, .step_size = 1}, pc::FullCrossprop{}, pc::Tanh{}, pc::SoftmaxOutput{}};
  pc::Matrix<double> outgoing = pc::Matrix<double>::Zero(2, 2);
  outgoing(1, 0) = 1000;
  learner.set_weights(pc::Matrix<double>::Ones(1, 1), outgoing);
  const pc::Vector<double> one = pc::Vector<double>::Ones(1);
  CHECK(learner.step(one, pc::Vector<double>{{0, 1}}) == Approx(1000));
  CHECK(learner.outputs()[1] < 1e-300);
  CHECK(learner.outgoing()(1, 1) == 1);
  CHECK(learner.step(one, pc::Vector<double>{{1, 0}}) == Approx(0).margin(1e-12));
}

TEST_CASE("a step that is refused changes nothing") {
  pc::Crossprop learner{{.inputs = inputs, .hidden = hidden, .step_size = 0.1}, pc::FullCrossprop{}};
  learner.initialize(pc::Seed{1});
  pc::Crossprop untouched = learner;
  for (pc::Index t = 0; t < 20; ++t) {
    pc::Vector<double> bad = example(t);
    bad[t % inputs] = t % 3 == 0 ? HUGE_VAL : std::nan("");
    CHECK_THROWS_AS(learner.step(bad, 1.0), std::invalid_argument);
    CHECK_THROWS_AS(learner.step(example(t), bad[t % inputs]), std::invalid_argument);
    CHECK_THROWS_AS(learner.predict(bad), std::invalid_argument);
    CHECK(learner.step(example(t), 1.0) == untouched.step(example(t), 1.0));
  }
  CHECK(learner.incoming() == untouched.incoming());
  CHECK(learner.outgoing() == untouched.outgoing());
  CHECK(learner.memory() == untouched.memory());
}

TEST_CASE("tanh and its slope keep their accuracy at every size") {
  pc::Crossprop<pc::Backprop> one{{.inputs = 1, .hidden = 1}};
  for (const double z : {0.0, 1e-300, 1e-9, 0.3, -0.3, 1.0, -5.0, 19.0, -400.0, 1e4}) {
    one.set_weights(pc::Matrix<double>::Constant(1, 1, z), pc::Matrix<double>::Zero(2, 1));
    one.predict(pc::Vector<double>::Ones(1));
    CHECK(std::abs(one.features()[0] - std::tanh(z)) <= 4 * std::numeric_limits<double>::epsilon());
  }
}

TEST_CASE("crossprop refuses senseless arguments and says which") {
  using Catch::Matchers::ContainsSubstring;
  CHECK_THROWS_WITH((pc::Crossprop{{.inputs = 0}, pc::Backprop{}}), ContainsSubstring("inputs"));
  CHECK_THROWS_WITH((pc::Crossprop{{.hidden = 0}, pc::Backprop{}}), ContainsSubstring("hidden"));
  CHECK_THROWS_WITH((pc::Crossprop{{.outputs = 0}, pc::Backprop{}}), ContainsSubstring("outputs"));
  CHECK_THROWS_WITH((pc::Crossprop{{.outputs = 1}, pc::Backprop{}, pc::Tanh{}, pc::SoftmaxOutput{}}),
                    ContainsSubstring("outputs"));
  for (const double bad : {0.0, -1.0, HUGE_VAL, std::nan("")}) {
    CHECK_THROWS_WITH((pc::Crossprop{{.step_size = bad}, pc::Backprop{}}), ContainsSubstring("step_size"));
  }
  for (const double bad : {-0.1, 1.1, std::nan("")}) {
    CHECK_THROWS_WITH(pc::MixedCrossprop{bad}, ContainsSubstring("lambda"));
  }
  pc::Crossprop learner{{.inputs = inputs, .hidden = hidden}, pc::FullCrossprop{}};
  learner.initialize(pc::Seed{1});
  const pc::Matrix<double> before = learner.incoming();
  CHECK_THROWS_WITH(learner.step(models::normal_vector(3, 1), 1.0), ContainsSubstring("x: ") && ContainsSubstring("5"));
  CHECK_THROWS_WITH(learner.step(example(0), std::nan("")), ContainsSubstring("target"));
  CHECK_THROWS_WITH(learner.step(example(0), target(0, 2, false)), ContainsSubstring("target"));
  CHECK_THROWS_WITH(learner.step(example(0) * HUGE_VAL, 1.0), ContainsSubstring("x: "));
  CHECK_THROWS_WITH(learner.predict(models::normal_vector(6, 1)), ContainsSubstring("x: "));
  CHECK_THROWS_WITH(learner.initialize(pc::Seed{1}, -1), ContainsSubstring("deviation"));
  CHECK_THROWS_WITH(learner.set_weights(before, before), ContainsSubstring("outgoing"));
  CHECK_THROWS_WITH(learner.set_weights(before.transpose(), learner.outgoing()), ContainsSubstring("incoming"));
  CHECK_THROWS_WITH(learner.set_weights(before * std::nan(""), learner.outgoing()), ContainsSubstring("incoming"));
  CHECK_THROWS_WITH(learner.set_memory(before.transpose()), ContainsSubstring("memory"));
  CHECK(learner.incoming() == before);
  pc::Crossprop classes{{.inputs = inputs, .outputs = 2}, pc::Backprop{}, pc::Tanh{}, pc::SoftmaxOutput{}};
  for (const pc::Vector<double>& bad : {pc::Vector<double>{{0.5, 0.6}}, pc::Vector<double>{{1.5, -0.5}}}) {
    CHECK_THROWS_WITH(classes.step(example(0), bad), ContainsSubstring("target") && ContainsSubstring("probabilities"));
  }
}
