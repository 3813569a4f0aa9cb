// SPDX-License-Identifier: MIT

// activations: W1 small and middle with each activation, beside what leaky ReLU takes there and the activation's own
// vector function over its n m arguments.

#include "fixtures.hpp"

namespace {

namespace pc = proxcvx;

template <class Scalar, class A> auto risk(const A& activation, const rows::NetworkShape& shape) {
  const pc::TwoLayer<A, Scalar> network{{.inputs = shape.inputs, .hidden = shape.hidden}, activation};
  return pc::EmpiricalRisk{network, pc::LogisticLoss{}, rows::halfspace<Scalar>(shape.samples, shape.inputs)};
}

/// Value and gradient, again and again.
template <class Scalar, class A> class Gradient {
 public:
  Gradient(const A& activation, const rows::NetworkShape& shape)
      : f_{risk<Scalar>(activation, shape)}, w_{f_.network().initialize(pc::Seed{2})}, gradient_(f_.dimension()) {}
  void operator()() { benchmark::DoNotOptimize(f_.gradient(w_, gradient_)); }

 private:
  decltype(risk<Scalar>(std::declval<A>(), std::declval<rows::NetworkShape>())) f_;
  pc::Vector<Scalar> w_, gradient_;
};

/// s(z) alone of n m arguments, in pieces that stay in cache.
template <class Scalar, class A> class OwnFunction {
 public:
  OwnFunction(A activation, const rows::NetworkShape& shape)
      : activation_{activation},
        pieces_{(shape.samples * shape.hidden + piece - 1) / piece},
        z_(piece),
        values_(piece) {
    pc::RandomStream stream{pc::Seed{4}};
    stream.fill_normal(z_);
  }
  void operator()() {
    for (pc::Index i = 0; i < pieces_; ++i) {
      pc::detail::for_each_entry(z_.data(), values_.data(), piece,
                                 [&](const auto& z) { return activation_.on_lanes(z).value; });
      benchmark::DoNotOptimize(values_.data());
      benchmark::ClobberMemory();
    }
  }

 private:
  static constexpr pc::Index piece = 1600;
  A activation_;
  pc::Index pieces_;
  pc::Vector<Scalar> z_, values_;
};

template <class Scalar, class A>
void register_activation(const char* name, const A& activation, const rows::NetworkShape& shape) {
  const auto add = [&](const char* who, auto body) {
    rows::add<Scalar>("activations", shape.text() + " " + name, who, body);
  };
  add("proxcvx", [=](benchmark::State& state) {
    Gradient<Scalar, A> gradient(activation, shape);
    for (auto _ : state) gradient();
  });
  add("its function", [=](benchmark::State& state) {
    OwnFunction<Scalar, A> function(activation, shape);
    for (auto _ : state) function();
  });
  add("1.5 leaky ReLU + function", [=](benchmark::State& state) {
    Gradient<Scalar, pc::LeakyReLU> leaky(pc::LeakyReLU{rows::slope}, shape);
    OwnFunction<Scalar, A> function(activation, shape);
    for (auto _ : state) {
      for (int i = 0; i < 3; ++i) leaky();
      for (int i = 0; i < 2; ++i) function();
    }
    rows::count_each(state, 2);
  });
}

template <class Scalar> void register_scalar() {
  for (const auto& shape : {rows::W1[0], rows::W1[1]}) {
    const auto add = [&](const char* name, const auto& activation) {
      register_activation<Scalar>(name, activation, shape);
    };
    add("identity", pc::Identity{});
    add("ReLU", pc::ReLU{});
    add("smooth leaky ReLU", pc::SmoothLeakyReLU{rows::slope});
    add("tanh", pc::Tanh{});
    add("sigmoid", pc::Sigmoid{});
    add("softplus", pc::Softplus{});
    add("swish", pc::Swish{});
  }
}

const bool registered = (register_scalar<double>(), register_scalar<float>(), true);

}  // namespace
