// SPDX-License-Identifier: MIT

// The same rows in libtorch, by hand-written tensor operations and by autograd. Each is held against the library's
// gradient before it is measured. Parameters lie as the library's do: m x d row by row is d x m column by column.

#include <torch/torch.h>

#include "../rows/fixtures.hpp"

namespace {

namespace pc = proxcvx;
using rows::add;
using torch::Tensor;

template <class Scalar> inline const auto type = torch::kFloat64;
template <> inline const auto type<float> = torch::kFloat32;

/// A copy of the columns of M as rows.
template <class Scalar> Tensor rows_of(const pc::Matrix<Scalar>& M) {
  return torch::from_blob(const_cast<Scalar*>(M.data()), {M.cols(), M.rows()}, type<Scalar>).clone();
}

template <class Scalar> pc::Vector<Scalar> entries(const Tensor& t) {
  const Tensor flat = t.contiguous();
  return Eigen::Map<const pc::Vector<Scalar>>(flat.template data_ptr<Scalar>(), flat.numel());
}

/// The logistic risk of the two-layer leaky ReLU network; W is m x d, or B x m x d for B parameter vectors.
struct Network {
  Tensor X, y, a;

  template <class Risk> explicit Network(const Risk& f) {
    using Scalar = typename Risk::Scalar;
    X = rows_of<Scalar>(f.data().inputs());
    y = rows_of<Scalar>(f.data().targets()).flatten();
    a = rows_of<Scalar>(f.network().outer_weights()).flatten();
  }

  /// Values and gradients.
  [[nodiscard]] std::pair<Tensor, Tensor> by_hand(const Tensor& W) const {
    const auto n = static_cast<double>(X.size(0));
    const Tensor z = X.matmul(W.transpose(-2, -1));
    const Tensor yz = torch::leaky_relu(z, rows::slope).matmul(a) * y;
    const Tensor signal = torch::sigmoid(-yz) * y * (-1 / n);
    const Tensor back = at::leaky_relu_backward(signal.unsqueeze(-1) * a, z, rows::slope, false);
    return {torch::softplus(-yz).mean(-1), back.transpose(-2, -1).matmul(X)};
  }

  [[nodiscard]] std::pair<Tensor, Tensor> by_autograd(const Tensor& W) const {
    const Tensor outputs = torch::leaky_relu(X.matmul(W.transpose(-2, -1)), rows::slope).matmul(a);
    const Tensor values = torch::softplus(-(outputs * y)).mean(-1);
    return {values.detach(), torch::autograd::grad({values.sum()}, {W})[0]};
  }
};

template <class Scalar> bool agree(const Tensor& gradient, const pc::Vector<Scalar>& expected) {
  return entries<Scalar>(gradient).isApprox(expected, Scalar(1e-4));
}

template <class Scalar> void register_w1(const rows::NetworkShape& shape) {
  const auto run = [shape](benchmark::State& state, bool autograd) {
    const auto f = rows::network_risk<Scalar>(shape);
    const Network network{f};
    const pc::Vector<Scalar> w = f.network().initialize(pc::Seed{2});
    pc::Vector<Scalar> expected(f.dimension());
    f.gradient(w, expected);
    const torch::AutoGradMode mode{autograd};
    const Tensor W = rows_of<Scalar>(w).reshape({shape.hidden, shape.inputs}).set_requires_grad(autograd);
    const auto evaluate = [&] { return autograd ? network.by_autograd(W) : network.by_hand(W); };
    if (!agree<Scalar>(evaluate().second, expected)) return state.SkipWithError("the two gradients differ");
    for (auto _ : state) benchmark::DoNotOptimize(evaluate());
  };
  add<Scalar>(shape.row, shape.text(), "libtorch by hand", [run](benchmark::State& state) { run(state, false); });
  add<Scalar>(shape.row, shape.text(), "libtorch autograd", [run](benchmark::State& state) { run(state, true); });
}

/// Batches of 16 parameter vectors: all at once, the hidden values would go through memory.
template <class Scalar> void register_w3(const rows::NetworkShape& shape) {
  add<Scalar>(shape.row, shape.text(), "libtorch batched", [shape](benchmark::State& state) {
    const auto f = rows::network_risk<Scalar>(shape);
    const Network network{f};
    const pc::Matrix<Scalar> points = rows::parameter_vectors(f, shape.vectors);
    pc::Vector<Scalar> expected(f.dimension());
    f.gradient(points.col(0), expected);
    const torch::NoGradGuard no_grad;
    const Tensor W = rows_of<Scalar>(points).reshape({shape.vectors, shape.hidden, shape.inputs});
    if (!agree<Scalar>(network.by_hand(W.narrow(0, 0, 16)).second[0], expected)) {
      return state.SkipWithError("the two gradients differ");
    }
    for (auto _ : state) {
      for (pc::Index first = 0; first < shape.vectors; first += 16) {
        benchmark::DoNotOptimize(network.by_hand(W.narrow(0, first, 16)));
      }
    }
    rows::count_each(state, shape.vectors);
  });
}

template <class Scalar> void register_w2() {
  const auto run = [](benchmark::State& state, bool autograd) {
    const auto f = rows::tanh_risk<Scalar>();
    const torch::AutoGradMode mode{autograd};
    const Tensor X = rows_of<Scalar>(f.data().inputs()), y = rows_of<Scalar>(f.data().targets()).flatten();
    const Tensor a = rows_of<Scalar>(f.network().outer_weights()).flatten();
    const pc::Vector<Scalar> w = f.network().initialize(pc::Seed{2});
    Tensor W = rows_of<Scalar>(w).reshape({rows::W2.hidden, rows::W2.inputs}).set_requires_grad(autograd);
    pc::Index example = 0;
    for (auto _ : state) {
      const Tensor x = X[example];
      const Tensor h = torch::tanh(W.mv(x));
      const Tensor residual = a.dot(h) - y[example];
      if (autograd) {
        const Tensor gradient = torch::autograd::grad({residual * residual / 2}, {W})[0];
        const torch::NoGradGuard no_grad;
        W.sub_(gradient, 0.01);
      } else {
        W.addr_(torch::tanh_backward(a * residual, h), x, 1, -0.01);
      }
      example = (example + 1) % f.terms();
    }
  };
  add<Scalar>(rows::W2.row, "d 20, m 500", "libtorch by hand", [run](benchmark::State& state) { run(state, false); });
  add<Scalar>(rows::W2.row, "d 20, m 500", "libtorch autograd", [run](benchmark::State& state) { run(state, true); });
}

template <class Scalar> void register_w5() {
  const std::string shape = "10000 x 100";
  add<Scalar>("W5", shape, "libtorch by hand", [](benchmark::State& state) {
    const auto& data = rows::regression_data<Scalar>();
    const torch::NoGradGuard no_grad;
    const Tensor X = rows_of<Scalar>(data.inputs()), y = rows_of<Scalar>(data.targets()).flatten();
    Tensor w = torch::zeros({X.size(1)}, type<Scalar>);
    for (auto _ : state) {
      const Tensor yz = X.mv(w) * y;
      benchmark::DoNotOptimize(torch::softplus(-yz).mean());
      w.sub_(X.t().mv(torch::sigmoid(-yz) * y), -0.1 / static_cast<double>(X.size(0)));
    }
  });
  add<Scalar>("W5s", shape, "libtorch by hand", [](benchmark::State& state) {
    const auto& data = rows::regression_data<Scalar>();
    const torch::NoGradGuard no_grad;
    const Tensor X = rows_of<Scalar>(data.inputs()), y = rows_of<Scalar>(data.targets()).flatten();
    Tensor w = torch::zeros({X.size(1)}, type<Scalar>);
    pc::Index example = 0;
    for (auto _ : state) {
      const Tensor x = X[example], target = y[example];
      const Tensor yz = x.dot(w) * target;
      benchmark::DoNotOptimize(torch::softplus(-yz));
      w.add_(x * (torch::sigmoid(-yz) * target), 0.01);
      example = (example + 1) % data.size();
    }
  });
}

/// The perceptron, layer by layer: weights W_l as the library's, units x inputs column by column, biases b_l.
class Perceptron {
 public:
  template <class Risk> Perceptron(const Risk& f, const pc::Vector<typename Risk::Scalar>& w, bool autograd) {
    using Scalar = typename Risk::Scalar;
    X_ = rows_of<Scalar>(f.data().inputs());
    for (pc::Index l = 0; l < f.network().layers(); ++l) {
      const pc::Matrix<Scalar> transposed = f.network().weights(w, l).transpose();
      const pc::Matrix<Scalar> bias = f.network().bias(w, l);
      parameters_.push_back(rows_of<Scalar>(transposed).set_requires_grad(autograd));
      parameters_.push_back(rows_of<Scalar>(bias).flatten().set_requires_grad(autograd));
    }
    tanh_ = f.network().activation().name() == "tanh";
    const pc::Matrix<Scalar> targets = f.data().targets();
    if (targets.rows() == 1) {
      y_ = rows_of<Scalar>(targets);
    } else {
      y_ = rows_of<Scalar>(targets).argmax(1);
    }
  }

  /// The value, and the gradient by layers.
  [[nodiscard]] std::pair<Tensor, std::vector<Tensor>> by_hand() const {
    const auto n = static_cast<double>(X_.size(0));
    const std::size_t layers = parameters_.size() / 2;
    std::vector<Tensor> values{X_}, sums;  // what each layer reads and what it yields
    for (std::size_t l = 0; l < layers; ++l) {
      sums.push_back(torch::addmm(parameters_[2 * l + 1], values[l], parameters_[2 * l].t()));
      if (l + 1 < layers) values.push_back(activate(sums[l]));
    }
    Tensor value, back;
    if (y_.dim() == 2) {
      const Tensor yz = sums.back() * y_;
      value = torch::softplus(-yz).mean();
      back = torch::sigmoid(-yz) * y_ * (-1 / n);
    } else {
      const Tensor logarithms = torch::log_softmax(sums.back(), 1);
      value = torch::nll_loss(logarithms, y_);
      back = logarithms.exp();
      const Tensor label = y_.unsqueeze(1);
      back.scatter_add_(1, label, torch::full(label.sizes(), -1.0, back.options()));
      back.mul_(1 / n);
    }
    std::vector<Tensor> gradients(2 * layers);
    for (std::size_t l = layers; l-- > 0;) {
      gradients[2 * l] = back.t().mm(values[l]);
      gradients[2 * l + 1] = back.sum(0);
      if (l == 0) break;
      const Tensor before = back.mm(parameters_[2 * l]);
      back = tanh_ ? torch::tanh_backward(before, values[l])
                   : at::leaky_relu_backward(before, sums[l - 1], rows::slope, false);
    }
    return {value, gradients};
  }

  [[nodiscard]] std::pair<Tensor, std::vector<Tensor>> by_autograd() const {
    Tensor outputs = X_;
    for (std::size_t l = 0; l < parameters_.size(); l += 2) {
      if (l > 0) outputs = activate(outputs);
      outputs = torch::linear(outputs, parameters_[l], parameters_[l + 1]);
    }
    const Tensor value =
        y_.dim() == 2 ? torch::softplus(-(outputs * y_)).mean() : torch::cross_entropy_loss(outputs, y_);
    return {value.detach(), torch::autograd::grad({value}, parameters_)};
  }

  /// The gradient as the library has it.
  template <class Scalar> [[nodiscard]] static pc::Vector<Scalar> flat(const std::vector<Tensor>& gradients) {
    std::vector<Tensor> parts;
    for (const Tensor& part : gradients) parts.push_back(part.dim() == 2 ? part.t().reshape({-1}) : part);
    return entries<Scalar>(torch::cat(parts));
  }

 private:
  [[nodiscard]] Tensor activate(const Tensor& z) const {
    return tanh_ ? torch::tanh(z) : torch::leaky_relu(z, rows::slope);
  }

  Tensor X_, y_;
  std::vector<Tensor> parameters_;
  bool tanh_ = false;
};

template <class Scalar, class MakeRisk>
void register_perceptron(const char* row, const std::string& shape, const MakeRisk& make_risk) {
  const auto run = [make_risk](benchmark::State& state, bool autograd) {
    const auto f = make_risk();
    const pc::Vector<Scalar> w = f.network().initialize(pc::Seed{2});
    pc::Vector<Scalar> expected(f.dimension());
    const auto value = static_cast<double>(f.gradient(w, expected));
    const torch::AutoGradMode mode{autograd};
    const Perceptron perceptron(f, w, autograd);
    const auto evaluate = [&] { return autograd ? perceptron.by_autograd() : perceptron.by_hand(); };
    const auto [its_value, its_gradient] = evaluate();
    if (!Perceptron::flat<Scalar>(its_gradient).isApprox(expected, Scalar(1e-4)) ||
        std::abs(its_value.template item<double>() - value) > 1e-4 * value) {
      return state.SkipWithError("the two gradients differ");
    }
    for (auto _ : state) benchmark::DoNotOptimize(evaluate());
  };
  add<Scalar>(row, shape, "libtorch by hand", [run](benchmark::State& state) { run(state, false); });
  add<Scalar>(row, shape, "libtorch autograd", [run](benchmark::State& state) { run(state, true); });
}

template <class Scalar> void register_perceptrons() {
  rows::each_perceptron_activation([](const auto& activation, const char* name) {
    register_perceptron<Scalar>("MLP", rows::perceptron_shape(name, 1),
                                [activation] { return rows::perceptron_risk<Scalar>(activation); });
    register_perceptron<Scalar>("softmax", rows::perceptron_shape(name, 10),
                                [activation] { return rows::classes_risk<Scalar>(activation); });
  });
}

template <class Scalar> void register_scalar() {
  for (const auto& shape : rows::W1) register_w1<Scalar>(shape);
  for (const auto& shape : rows::W3) register_w3<Scalar>(shape);
  register_w2<Scalar>();
  register_w5<Scalar>();
  register_perceptrons<Scalar>();
}

const bool registered = (register_scalar<double>(), register_scalar<float>(), true);

}  // namespace
