// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <numeric>
#include <ostream>
#include <proxcvx/core/mpfr_interval.hpp>
#include <proxcvx/io/proof_file.hpp>
#include <proxcvx/verify/claim.hpp>
#include <proxcvx/verify/exact_zeros.hpp>
#include <proxcvx/verify/margin_enclosure.hpp>
#include <proxcvx/verify/ridge_terms.hpp>
#include <string>
#include <utility>
#include <vector>

// A proof checked again: the boxes are cut anew as the file says, and each leaf's test is repeated in 128-bit MPFR
// intervals. What prover and checker share is the formula of the margin and the rules of slopes, not the arithmetic,
// the search or the bounds. Needs MPFR (proxcvx::mpfr).

namespace proxcvx {

/// What checking a proof found.
struct ProofCheck {
  std::string difference;    ///< how the file's claim differs from the one at hand; empty: it does not
  std::int64_t leaves = 0;   ///< that were tested again
  std::int64_t refused = 0;  ///< those of them whose test fails
  bool covers = false;       ///< the leaves are all of the box
  Index terms = 0;           ///< of a proof term by term; its leaves are theirs
  bool slice = false;        ///< the box is no box, but a slice of the space
  Index declared_zeros = 0;  ///< at which the margin is 0 on the word of the objective or the caller

  [[nodiscard]] bool verified() const { return difference.empty() && leaves > 0 && refused == 0 && covers; }
};

/// Prints what was checked, in a line.
inline std::ostream& operator<<(std::ostream& out, const ProofCheck& check) {
  if (!check.difference.empty()) return out << "not verified: another claim, " << check.difference << '\n';
  out << (check.verified() ? "verified: " : "not verified: ") << check.leaves << " leaves in 128-bit intervals, "
      << check.refused << " refused";
  if (!check.covers) out << ", and they do not cover the " << (check.slice ? "slice" : "box");
  if (check.terms > 0) out << ", of " << check.terms << " terms";
  if (check.slice) out << "; on this slice alone";
  if (check.declared_zeros > 0) out << "; exact zeros at " << check.declared_zeros << " declared points were trusted";
  return out << '\n';
}

namespace detail {

/// origin + directions u.
template <class Form> [[nodiscard]] Vector<Form> point_of_slice(const Slice::Piece& slice, const Vector<Form>& u) {
  Vector<Form> point(slice.origin.size());
  for (Index i = 0; i < point.size(); ++i) {
    point[i] = Form(MpfrInterval(slice.origin[i]));
    for (Index k = 0; k < u.size(); ++k) {
      const double step = slice.directions(i, k);
      if (step != 0) point[i] = point[i] + Form(MpfrInterval(step)) * u[k];
    }
  }
  return point;
}

/// The margin's range or its mean-value form around the midpoint is non-negative, in MPFR intervals, where the point is
/// u in [low, high] or, on a slice, origin + directions u.
template <class Property, class Enclosed>
[[nodiscard]] bool is_certainly_satisfied(const Enclosed& property, const Vector<double>& low,
                                          const Vector<double>& high, const Slice::Piece* slice) {
  using Form = SlopeForm<MpfrInterval>;
  const Index n = low.size();
  // slopes for the widest variables, in their order
  std::vector<Index> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), Index{0});
  std::stable_sort(order.begin(), order.end(), [&](Index a, Index b) { return high[a] - low[a] > high[b] - low[b]; });
  order.resize(std::min(order.size(), std::size_t{Form::capacity}));
  std::sort(order.begin(), order.end());
  Vector<Form> x(n);
  for (Index k = 0; k < n; ++k) x[k] = Form(MpfrInterval(low[k], high[k]));
  for (std::size_t slot = 0; slot < order.size(); ++slot) {
    const Index k = order[slot];
    x[k] = Form::variable(static_cast<int>(slot), middle(low[k], high[k]), x[k].range());
  }
  Form margin;
  const bool certain = encloses_with_certainty([&] {
    const Vector<Form> point = slice == nullptr ? x : point_of_slice(*slice, x);
    if constexpr (HasPairMarginValue<Property, Form>) {
      const Index p = point.size() / 2;
      margin = property.margin_value(point.head(p), point.tail(p));
    } else {
      margin = property.margin_value(point);
    }
  });
  if (!certain) return false;
  MpfrInterval mean = margin.center();
  for (std::size_t slot = 0; slot < order.size(); ++slot) {
    const Form& variable = x[order[slot]];
    mean += margin.slope(static_cast<int>(slot)) * (variable.range() - variable.center());
  }
  return certainly_nonnegative(margin.range()) || certainly_nonnegative(mean);
}

/// In what the proof's claim is not this property; empty if in nothing.
template <class Property> [[nodiscard]] std::string claim_difference(const Property& property, const Proof& proof) {
  ProofReport claim;
  describe_claim(claim, property);
  if (claim.property != proof.property) return "of the property " + in_quotes(proof.property);
  if (claim.statement != proof.statement) return "which states " + in_quotes(proof.statement);
  if (claim.constants != proof.constants) return "with other constants";
  if (claim.pairs != proof.pairs) return proof.pairs ? "over pairs" : "over points";
  if (claim.dimension * (claim.pairs ? 2 : 1) != proof.space()) return "in another dimension";
  return "";
}

}  // namespace detail

namespace detail {

/// Cuts [low, high] anew as the nodes say and calls is_proved(test, low, high) for every leaf, which it counts.
template <class IsProved>
void check_tree(ProofCheck& check, const ProofNodes& nodes, const Vector<double>& low_ends,
                const Vector<double>& high_ends, const IsProved& is_proved) {
  std::vector<std::pair<Vector<double>, Vector<double>>> open{{low_ends, high_ends}};
  std::size_t next = 0;
  for (; next < nodes.size() && !open.empty(); ++next) {
    const auto [variable, test] = nodes[next];
    require(variable < low_ends.size(), "nodes", "variables below " + std::to_string(low_ends.size()), variable);
    auto [low, high] = std::move(open.back());
    open.pop_back();
    if (variable >= 0) {
      const double cut = middle(low[variable], high[variable]);
      Vector<double> upper_low = low, lower_high = high;
      upper_low[variable] = lower_high[variable] = cut;
      open.emplace_back(std::move(upper_low), std::move(high));
      open.emplace_back(std::move(low), std::move(lower_high));
      continue;
    }
    ++check.leaves;
    if (!is_proved(test, low, high)) ++check.refused;
  }
  check.covers = check.covers && open.empty() && next == nodes.size();
}

/// Bounds each term of the proof below, leaf by leaf, over a rectangle that must hold all that its two numbers can be,
/// and adds the bounds up. A leaf that gives no bound is refused; where the sum may be negative, at least one is.
template <class Property> void check_terms(ProofCheck& check, const Property& property, const Proof& proof) {
  check.terms = static_cast<Index>(proof.terms.size());
  if constexpr (HasRidgeMargin<Property>) {
    check.covers = property.has_ridge_margin() && property.ridge_terms() == check.terms;
    if (!check.covers) return;
    const RidgeTerms<MpfrInterval, Property> terms(property);
    const Index p = property.dimension();
    MpfrInterval sum(0);
    for (Index i = 0; i < check.terms; ++i) {
      const ProofTerm& term = proof.terms[static_cast<std::size_t>(i)];
      const Vector<double> direction = property.ridge_direction(i);
      const auto s = range_along<MpfrInterval>(direction, proof.low.head(p), proof.high.head(p));
      const auto t = range_along<MpfrInterval>(direction, proof.low.tail(p), proof.high.tail(p));
      const bool holds_all = certainly_less_equal(term.low[0], s) && certainly_less_equal(s, term.high[0]) &&
                             certainly_less_equal(term.low[1], t) && certainly_less_equal(t, term.high[1]);
      check.covers = check.covers && holds_all;
      double least = infinite;
      check_tree(check, term.nodes, term.low, term.high,
                 [&](LeafTest test, const Vector<double>& low, const Vector<double>& high) {
                   const double bound = terms.lower(i, test, low, high);
                   least = std::min(least, bound);
                   return std::isfinite(bound);
                 });
      if (std::isfinite(least)) sum += MpfrInterval(least);
    }
    if (!certainly_nonnegative(sum)) check.refused = std::max<std::int64_t>(check.refused, 1);
  } else {
    check.covers = false;
  }
}

}  // namespace detail

/// Checks a proof of the property: repeats the test of every leaf. What the file can't say, such as the data of a risk,
/// is that of the property; where it was proved is what the file says. Throws std::invalid_argument on a node that cuts
/// no variable. Cost: an enclosure in MPFR a leaf, some 50 times that of the prover.
template <class Property> [[nodiscard]] ProofCheck verify_proof(const Property& property, const Proof& proof) {
  static_assert(HasMarginEnclosure<Property>, "proxcvx::verify_proof: the property must be one that prove takes");
  ProofCheck check;
  check.difference = detail::claim_difference(property, proof);
  if (!check.difference.empty()) return check;
  check.slice = !proof.pieces.empty();
  check.covers = true;
  const auto enclosed = property.template cast<SlopeForm<MpfrInterval>>();
  for (const auto& [piece, nodes] : proof.pieces) {  // exact zeros can't be proved on a slice
    const auto is_proved = [&, piece = &piece](LeafTest test, const Vector<double>& low, const Vector<double>& high) {
      return test == LeafTest::mean_value && detail::is_certainly_satisfied<Property>(enclosed, low, high, piece);
    };
    detail::check_tree(check, nodes, piece.low, piece.high, is_proved);
  }
  if (check.slice) return check;
  if (!proof.terms.empty()) {
    if (proof.nodes.empty()) {
      detail::check_terms(check, property, proof);
    } else {
      check.covers = false;  // one proof or the other
    }
    return check;
  }
  detail::KnownZeros zeros = detail::declared_zeros(property);
  if (proof.given_zeros.cols() > 0) zeros.given = proof.given_zeros;
  detail::check_tree(check, proof.nodes, proof.low, proof.high,
                     [&](LeafTest test, const Vector<double>& low, const Vector<double>& high) {
                       if (test == LeafTest::mean_value) {
                         return detail::is_certainly_satisfied<Property>(enclosed, low, high, nullptr);
                       }
                       check.declared_zeros = zeros.declared.cols() + zeros.given.cols();
                       return test == LeafTest::second_order &&
                              detail::is_proved_by_convexity<MpfrInterval>(property, zeros, low, high);
                     });
  return check;
}

/// The same, and the proof must be on this slice, to the bit.
template <class Property>
[[nodiscard]] ProofCheck verify_proof(const Property& property, const Slice& slice, const Proof& proof) {
  const auto& pieces = slice.pieces();
  bool same = pieces.size() == proof.pieces.size();
  for (std::size_t k = 0; same && k < pieces.size(); ++k) {
    const Slice::Piece &one = pieces[k], &other = proof.pieces[k].piece;
    same = one.directions.rows() == other.directions.rows() && one.directions.cols() == other.directions.cols() &&
           one.origin == other.origin && one.directions == other.directions && one.low == other.low &&
           one.high == other.high;
  }
  if (same) return verify_proof(property, proof);
  ProofCheck check;
  check.difference = "on another slice";
  return check;
}

/// The same for a box: for a pair property, that of w and of v.
template <class Property>
[[nodiscard]] ProofCheck verify_proof(const Property& property, const Box<double>& box, const Proof& proof) {
  const Index copies = PairProperty<Property> ? 2 : 1;
  if (proof.pieces.empty() && proof.low.size() == copies * box.dimension() &&
      proof.low == box.low().replicate(copies, 1) && proof.high == box.high().replicate(copies, 1)) {
    return verify_proof(property, proof);
  }
  ProofCheck check;
  check.difference = "on another box";
  return check;
}

/// The same for a proof in a file. Throws std::invalid_argument as read_proof does.
template <class Property>
[[nodiscard]] ProofCheck verify_proof(const Property& property, const std::filesystem::path& file) {
  return verify_proof(property, read_proof(file));
}
/// And for a region, a box or a slice, on which the file must prove it.
template <class Property, class Region_>
[[nodiscard]] ProofCheck verify_proof(const Property& property, const Region_& region,
                                      const std::filesystem::path& file) {
  return verify_proof(property, region, read_proof(file));
}

}  // namespace proxcvx
