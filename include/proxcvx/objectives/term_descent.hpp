// SPDX-License-Identifier: MIT
#pragma once

#include <proxcvx/core/one_term.hpp>
#include <proxcvx/core/rounding.hpp>
#include <span>

// The terms of an empirical risk one at a time, where its network offers the gradient in one input as outer products.

namespace proxcvx::detail {

/// What a risk, which has network(), loss(), data() and terms(), offers of single terms.
template <class Risk, class Net> class TermDescent {
  using S = typename Net::Scalar;
  static constexpr bool has_parts = OuterProductNetwork<Net>;

 public:
  using DescendsByTerm = Risk;

  /// w -= eta grad f_i(w) without forming the gradient; false, and w as it was, where f_i or its gradient may not be
  /// finite. A forward and a backward pass of one input, O(p) with one pass over w to read and one to write.
  bool descend(VectorRef<S> w, Index i, const S& eta) const requires has_parts {
    bool finite = false;
    visit_parts(w, i, [&](const S& value, std::span<const OuterProduct<S>> parts) {
      finite = is_finite(value);
      for (const OuterProduct<S>& part : parts) finite = finite && is_surely_finite(part);
      if (!finite) return;
      for (const OuterProduct<S>& part : parts) subtract_multiple(w.data(), part, eta);
    });
    return finite;
  }

  /// Term i comes soon: asks for its input.
  void prefetch(Index i) const requires has_parts {
    prefetch_entries(self().data().inputs().data() + i * self().data().dimension(), self().data().dimension());
  }

 protected:
  /// f_i(w), and its gradient into `out`.
  S term_gradient(ConstVectorRef<S> w, Index i, VectorRef<S> out) const requires has_parts {
    S result(0);
    visit_parts(w, i, [&](const S& value, std::span<const OuterProduct<S>> parts) {
      result = value;
      for (const OuterProduct<S>& part : parts) {
        const Index rows = part.left.size();
        for (Index j = 0; j < part.right.size(); ++j) {
          out.segment(part.first + j * rows, rows) = part.right[j] * part.left;
        }
      }
    });
    return result;
  }

 private:
  [[nodiscard]] const Risk& self() const { return static_cast<const Risk&>(*this); }

  template <class Visitor> void visit_parts(ConstVectorRef<S> w, Index i, const Visitor& visitor) const {
    eigen_assert(i >= 0 && i < self().terms());
    S value(0);
    self().network().pull_back_one(
        w, self().data().inputs().col(i),
        [&](MatrixRef<S> outputs) {
          value = self().loss().differentiate(outputs, self().data().targets().middleCols(i, 1));
        },
        [&](std::span<const OuterProduct<S>> parts) { visitor(value, parts); });
  }
};

}  // namespace proxcvx::detail
