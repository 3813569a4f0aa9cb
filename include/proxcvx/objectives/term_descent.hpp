// SPDX-License-Identifier: MIT
#pragma once

#include <proxcvx/core/one_term.hpp>
#include <proxcvx/core/rounding.hpp>
#include <span>
#include <type_traits>

// The terms of an empirical risk one at a time, where its network offers the gradient in one input as outer products.

namespace proxcvx::detail {

/// What a risk, which has network(), loss(), data() and terms(), offers of single terms.
template <class Risk, class Net> class TermDescent {
  using S = typename Net::Scalar;
  static constexpr bool has_parts = OuterProductNetwork<Net>;
  static constexpr bool has_walk = has_parts && !std::is_void_v<typename WalkOfNetwork<Net>::Type>;

 public:
  using DescendsByTerm = Risk;

  /// w -= eta grad f_i(w) without forming the gradient; false, and w as it was, where f_i or its gradient may not be
  /// finite. A forward and a backward pass of one input, O(p) with one pass over w to read and one to write.
  bool descend(VectorRef<S> w, Index i, const S& eta) const requires has_parts {
    bool finite = false;
    const S* const x = self().data().inputs().col(i).data();
    self().network().pull_back_one(
        w, self().data().inputs().col(i), [&](MatrixRef<S> outputs) { finite = signal_of(i, outputs); },
        [&](std::span<const OuterProduct<S>> parts) {
          for (const OuterProduct<S>& part : parts) {
            finite = finite &&
                     (part.left.data() == x ? is_surely_finite(part, self().data().radius()) : is_surely_finite(part));
          }
          if (!finite) return;
          for (const OuterProduct<S>& part : parts) subtract_multiple(w.data(), part, eta);
        });
    return finite;
  }

  /// Steps one after the other: each is descend, in one pass over w altogether (TermDescentObjective).
  class Walk {
   public:
    Walk(const Risk& risk, VectorRef<S> w) : risk_{risk}, walk_{risk.network(), w} {}
    bool step(Index i, const S& eta) {
      return walk_.step(risk_.data().inputs().col(i), eta,
                        [&](MatrixRef<S> outputs) { return risk_.signal_of(i, outputs); });
    }
    void finish() { walk_.finish(); }

   private:
    const Risk& risk_;
    typename WalkOfNetwork<Net>::Type walk_;
  };
  [[nodiscard]] Walk walk(VectorRef<S> w) const requires has_walk { return Walk{self(), w}; }

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

  /// The outputs of input i become its signal; returns whether that and f_i are surely finite.
  [[nodiscard]] bool signal_of(Index i, MatrixRef<S> outputs) const {
    const auto& loss = self().loss();
    if constexpr (requires { requires std::decay_t<decltype(loss)>::finite_at_finite_outputs; }) {
      if (outputs.size() == 1) {  // no logarithm is needed
        S& output = outputs(0, 0);
        const bool finite = is_finite(output);
        output = loss.derivative(output, self().data().targets()(0, i));
        return finite;
      }
    }
    return is_finite(S(loss.differentiate(outputs, self().data().targets().middleCols(i, 1))));
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
