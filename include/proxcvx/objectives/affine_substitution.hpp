// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <proxcvx/core/concepts.hpp>
#include <proxcvx/core/require.hpp>
#include <proxcvx/core/rounding.hpp>
#include <proxcvx/core/scratch.hpp>
#include <span>
#include <string>
#include <utility>

// A linear change of variables: u -> f(Q u + b) for any objective or proxy f, with gradient Q^T grad f(Q u + b).

namespace proxcvx {

/// u -> f(Q u + b), Q of any shape d x p. f is an objective, or a proxy, or any callable on a vector, or a reference
/// h(v; w), which becomes h(Q v + b; Q u + b). O(dp) and a call of f. Copies share Q and b.
/// It bounds no rounding errors: how an error of Q u + b moves f is not known of every f.
template <class F, class Scalar_ = double> class AffineSubstitution {
 public:
  using Scalar = Scalar_;

  /// Throws std::invalid_argument unless Q is not empty and finite, and b finite with Q's rows, as many as f has
  /// parameters.
  AffineSubstitution(F f, Matrix<Scalar> Q, Vector<Scalar> b) : f_{std::move(f)} {
    require(Q.size() > 0, "Q", "at least one entry", 0);
    require(b.size() == Q.rows(), "b", std::to_string(Q.rows()) + " entries, one for each row of Q", b.size());
    for (Index j = 0; j < Q.cols(); ++j) {
      for (Index i = 0; i < Q.rows(); ++i) require(is_finite(Q(i, j)), "Q", "finite entries", "a non-finite one");
    }
    for (Index i = 0; i < b.size(); ++i) require(is_finite(b[i]), "b", "finite entries", "a non-finite one");
    if constexpr (detail::HasDimension<F>) {
      require(f_.dimension() == Q.rows(), "Q", std::to_string(f_.dimension()) + " rows, as f has parameters", Q.rows());
    }
    shared_ = std::make_shared<const Shared>(Shared{std::move(Q), std::move(b)});
  }

  [[nodiscard]] const F& inner() const { return f_; }
  [[nodiscard]] const Matrix<Scalar>& Q() const { return shared_->Q; }
  [[nodiscard]] const Vector<Scalar>& b() const { return shared_->b; }
  [[nodiscard]] Index dimension() const { return Q().cols(); }
  [[nodiscard]] std::string name() const {
    if constexpr (requires { f_.name(); }) return f_.name() + "(Qu + b)";
    return "f(Qu + b)";
  }

  /// f(Q u + b).
  [[nodiscard]] Scalar value(ConstVectorRef<Scalar> u) const
      requires(detail::HasValue<F> || std::invocable<const F&, ConstVectorRef<Scalar>>) {
    ScratchFrame<Scalar> frame;
    auto w = frame.vector(Q().rows());
    substitute(u, w);
    return proxy_value<Scalar>(f_, w);
  }

  /// f(Q v + b; Q u + b) of a reference that moves.
  [[nodiscard]] Scalar value(ConstVectorRef<Scalar> v, ConstVectorRef<Scalar> u) const
      requires(requires(const F& f, const Vector<Scalar>& at) { f.value(at, at); } ||
               std::invocable<const F&, const Vector<Scalar>&, const Vector<Scalar>&>) {
    ScratchFrame<Scalar> frame;
    auto reference = frame.vector(Q().rows());
    auto w = frame.vector(Q().rows());
    substitute(v, reference);
    substitute(u, w);
    if constexpr (requires { f_.value(reference, w); }) {
      return f_.value(reference, w);
    } else {
      return f_(reference, w);
    }
  }

  /// The value, and Q^T grad f(Q u + b) into `out`.
  Scalar gradient(ConstVectorRef<Scalar> u, VectorRef<Scalar> out) const requires detail::HasGradient<F> {
    return pulled_back(u, out, [&](auto& w, auto& slope) { return f_.gradient(w, slope); });
  }

  [[nodiscard]] Index terms() const requires FiniteSumObjective<F> { return f_.terms(); }
  /// The mean over the batch's terms, and its gradient into `out`.
  Scalar gradient(ConstVectorRef<Scalar> u, std::span<const Index> batch,
                  VectorRef<Scalar> out) const requires FiniteSumObjective<F> {
    return pulled_back(u, out, [&](auto& w, auto& slope) { return f_.gradient(w, batch, slope); });
  }

  /// Q^T Hess f(Q u + b) Q direction.
  void hessian_vector(ConstVectorRef<Scalar> u, ConstVectorRef<Scalar> direction,
                      VectorRef<Scalar> out) const requires TwiceDifferentiableObjective<F> {
    curved(u, direction, out, [&](auto& w, auto& d, auto& into) { f_.hessian_vector(w, d, into); });
  }
  /// The same for the mean over the batch's terms.
  void hessian_vector(ConstVectorRef<Scalar> u, std::span<const Index> batch, ConstVectorRef<Scalar> direction,
                      VectorRef<Scalar> out) const requires TwiceDifferentiableSum<F> {
    curved(u, direction, out, [&](auto& w, auto& d, auto& into) { f_.hessian_vector(w, batch, d, into); });
  }

  /// The same function in another scalar.
  template <class Other>
  requires requires(const F& f) { f.template cast<Other>(); }
  [[nodiscard]] auto cast() const {
    using Inner = decltype(f_.template cast<Other>());
    return AffineSubstitution<Inner, Other>(f_.template cast<Other>(), Q().template cast<Other>(),
                                            b().template cast<Other>());
  }

 private:
  struct Shared {
    Matrix<Scalar> Q;
    Vector<Scalar> b;
  };

  template <class W> void substitute(ConstVectorRef<Scalar> u, W& w) const {
    w = b();
    w.noalias() += Q() * u;
  }
  template <class Gradient>
  Scalar pulled_back(ConstVectorRef<Scalar> u, VectorRef<Scalar> out, const Gradient& gradient) const {
    ScratchFrame<Scalar> frame;
    auto w = frame.vector(Q().rows());
    auto slope = frame.vector(Q().rows());
    substitute(u, w);
    const Scalar value = gradient(w, slope);
    out.noalias() = Q().transpose() * slope;
    return value;
  }
  template <class Curve>
  void curved(ConstVectorRef<Scalar> u, ConstVectorRef<Scalar> direction, VectorRef<Scalar> out,
              const Curve& curve) const {
    ScratchFrame<Scalar> frame;
    auto w = frame.vector(Q().rows());
    auto d = frame.vector(Q().rows());
    auto into = frame.vector(Q().rows());
    substitute(u, w);
    d.noalias() = Q() * direction;
    curve(w, d, into);
    out.noalias() = Q().transpose() * into;
  }

  F f_;
  std::shared_ptr<const Shared> shared_;
};

template <class F, class DerivedQ, class DerivedB>
AffineSubstitution(F, const Eigen::MatrixBase<DerivedQ>&, const Eigen::MatrixBase<DerivedB>&)
    -> AffineSubstitution<F, typename DerivedQ::Scalar>;

}  // namespace proxcvx
