// SPDX-License-Identifier: MIT

// "My network is not in the library. Can I check its inequalities and train it all the same?"
//
// A gated linear unit, N(w; x) = (a.x)(b.x), w = (a, b): the members of the concept pc::Network, and cast. The claim
// is the tangent proxy, which is true of any network under a convex loss l:
//     <grad f(w), w - v> >= f(w) - h(v; w),    h(v; w) = E l(N(w; x) + <grad N(w; x), v - w>; y).

#include <iostream>
#include <proxcvx/proxcvx.hpp>
namespace pc = proxcvx;

template <class Scalar_ = double> struct GatedUnit {
  using Scalar = Scalar_;
  pc::Index size = 1;  // d; the dimension of a and of b

  [[nodiscard]] pc::Index parameters() const { return 2 * size; }
  [[nodiscard]] pc::Index inputs() const { return size; }
  [[nodiscard]] pc::Index outputs() const { return 1; }

  void forward(pc::ConstVectorRef<Scalar> w, pc::ConstMatrixRef<Scalar> X, pc::MatrixRef<Scalar> outputs) const {
    outputs = (w.head(size).transpose() * X).cwiseProduct(w.tail(size).transpose() * X);
  }
  /// Hands the outputs to `signal`, which overwrites them by s_i = dl/dN; then gradient += sum_i s_i grad N(w; x_i).
  void pull_back(pc::ConstVectorRef<Scalar> w, pc::ConstMatrixRef<Scalar> X, auto&& signal,
                 pc::VectorRef<Scalar> gradient) const {
    pc::Matrix<Scalar> s(1, X.cols());
    forward(w, X, s);
    signal(pc::MatrixRef<Scalar>(s));
    gradient.head(size) += X * (w.tail(size).transpose() * X).cwiseProduct(s).transpose();
    gradient.tail(size) += X * (w.head(size).transpose() * X).cwiseProduct(s).transpose();
  }
  /// tangents = <grad N(w; x_i), d>, d a direction.
  void push_forward(pc::ConstVectorRef<Scalar> w, pc::ConstVectorRef<Scalar> d, pc::ConstMatrixRef<Scalar> X,
                    pc::MatrixRef<Scalar> tangents) const {
    tangents = (d.head(size).transpose() * X).cwiseProduct(w.tail(size).transpose() * X) +
               (w.head(size).transpose() * X).cwiseProduct(d.tail(size).transpose() * X);
  }
  /// The same network in another scalar: margins too close to zero for double are decided in more digits. Without it
  /// they stay undecided, and the verdict is `inconclusive`.
  template <class Other> [[nodiscard]] GatedUnit<Other> cast() const { return {size}; }
};
static_assert(pc::Network<GatedUnit<>>);

/// h(v; w), the risk at v of the network linearised about w.
template <class Risk> struct TangentRisk {
  using Scalar = typename Risk::Scalar;
  Risk risk;

  [[nodiscard]] Scalar value(pc::ConstVectorRef<Scalar> v, pc::ConstVectorRef<Scalar> w) const {
    pc::Matrix<Scalar> outputs(1, risk.terms()), tangents(1, risk.terms());
    risk.network().forward(w, risk.data().inputs(), outputs);
    risk.network().push_forward(w, v - w, risk.data().inputs(), tangents);
    outputs += tangents;
    return risk.loss().total(outputs, risk.data().targets()) / static_cast<Scalar>(risk.terms());
  }
  template <class Other> [[nodiscard]] auto cast() const {
    auto other = risk.template cast<Other>();
    return TangentRisk<decltype(other)>{std::move(other)};
  }
};
template <class Risk> TangentRisk(Risk) -> TangentRisk<Risk>;

int main() {
  pc::RandomStream stream{pc::Seed{1}};
  pc::Matrix<double> X(3, 40), w(6, 1), d(6, 1);
  for (auto* matrix : {&X, &w, &d}) stream.fill_normal(*matrix);
  const pc::Matrix<double> y = X.row(0).cwiseProduct(X.row(1)).cwiseSign();  // no linear classifier fits it
  const pc::EmpiricalRisk f{GatedUnit<>{3}, pc::LogisticLoss{}, pc::Dataset<double>{X, y}};

  // pull_back is right if f's gradient is; push_forward, if it is the adjoint: <y, J d> = <J^T y, d>.
  pc::Matrix<double> tangents(1, 40), gradient = pc::Matrix<double>::Zero(6, 1);
  f.network().push_forward(w, d, X, tangents);
  const auto signal = [&](auto outputs) { outputs = y; };
  f.network().pull_back(w, X, signal, gradient.col(0));
  std::cout << pc::check_gradient(f, w) << "adjoint: " << y.cwiseProduct(tangents).sum() << " = "
            << gradient.cwiseProduct(d).sum() << "\n\n";

  const auto report = pc::check(pc::ProxyConvexity{f, f, TangentRisk{f}}, pc::Ball{w.col(0), 2.0}, {.samples = 1'000});
  const auto run = pc::GD{0.5, {.iterations = 300}}.minimize(f, w);
  std::cout << report << "\ngradient descent: f = " << f.value(w) << " -> " << run.last_value << '\n';
  return report.verdict() == pc::Verdict::no_violation_found ? 0 : 1;
}
