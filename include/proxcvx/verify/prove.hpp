// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <proxcvx/regions/box.hpp>
#include <proxcvx/regions/slice.hpp>
#include <proxcvx/verify/branch_and_bound.hpp>
#include <proxcvx/verify/claim.hpp>
#include <proxcvx/verify/exact_zeros.hpp>
#include <proxcvx/verify/margin_enclosure.hpp>
#include <proxcvx/verify/prove_report.hpp>
#include <proxcvx/verify/termwise.hpp>
#include <utility>
#include <vector>

// prove: a claim on a whole box, by branch and bound in outward-rounded interval arithmetic (theory 3.6). No sample is
// evidence here. A box is proved where the enclosure of the margin, its range or its mean-value form, is non-negative,
// or where the margin is exactly 0 at a declared point, or on the diagonal for convexity, and convex around it. The
// claim is refuted at the center of a box where the enclosure is negative, and the witness is evaluated again in up to
// 50 digits. At kinks of the library's activations the proof is for every slope in [gamma, 1]. Where the margin is a
// mean of functions of two numbers each, it is first tried term by term (verify/termwise.hpp).
//
// Where the objective is undefined, or its formula compares numbers that the box leaves open, nothing is proved. An
// objective that brings its own intervals, not formulas in the scalar SlopeForm, must itself be defined on all of the
// box: a bounded outer function hides an undefined inner value, as in tanh(log(x)).

namespace proxcvx {

/// How long and how a claim is to be proved.
struct ProveSettings {
  std::int64_t boxes = 100'000'000;  ///< examined at most
  double seconds = 60;               ///< taken at most, looked at after every few thousand boxes
  int threads = 0;                   ///< 0: all that OpenMP offers; but for `seconds`, the result does not depend on it
  bool keep_proof = true;            ///< keep the tree of boxes in the report, 16 bytes each, for write_proof
  /// Of the planes of a claim whose terms depend on two numbers each: examined at most, a term on average, before boxes
  /// are, and within half of `seconds`. 0: such a claim is not tried term by term.
  std::int64_t rectangles = 4096;
  /// Points (a column each) at which the margin is exactly 0 with derivative 0, on the caller's word: a point property
  /// with a smooth margin. Those that the objective declares (minimizer(), minimum()) are known without.
  Matrix<double> zeros = {};
};

namespace detail {

/// Examines boxes of one property and domain: enclosure first, exact zeros next.
template <class Property> class BoxExaminer {
 public:
  using Enclosure = MarginEnclosure<Property>;

  BoxExaminer(const Property& property, const typename Enclosure::Enclosed& enclosed,
              const std::vector<DomainPiece>& domain, const KnownZeros& zeros)
      : property_{property}, zeros_{zeros}, enclosure_{enclosed, domain} {}

  [[nodiscard]] BoxAnswer examine(const SearchBox& box) {
    const BoxLook look = enclosure_.look(box);
    BoxAnswer answer{LeafTest::none, look.center_upper < 0, look.bound, look.cut};
    if (look.bound >= 0) {
      answer.test = LeafTest::mean_value;
    } else if (!answer.refuted && is_proved_by_convexity<Interval>(property_, zeros_, box.low, box.high)) {
      answer.test = LeafTest::second_order;
    }
    return answer;
  }

 private:
  const Property& property_;
  const KnownZeros& zeros_;
  Enclosure enclosure_;
};

template <class Property> [[nodiscard]] Index space_of(const Property& property) {
  return property.dimension() * (PairProperty<Property> ? 2 : 1);
}

[[nodiscard]] inline double volume_share(const SearchBox& box, const std::vector<DomainPiece>& domain) {
  const DomainPiece& piece = domain[static_cast<std::size_t>(box.piece)];
  double share = 1 / static_cast<double>(domain.size());
  for (Index k = 0; k < box.low.size(); ++k) {
    if (piece.low[k] < piece.high[k]) {
      share *= (box.high[k] / 2 - box.low[k] / 2) / (piece.high[k] / 2 - piece.low[k] / 2);
    }
  }
  return share;
}

/// The center of a box as a witness, evaluated again.
template <class Property>
[[nodiscard]] Witness witness_at_center(const Property& property, const SearchBox& box,
                                        const std::vector<DomainPiece>& domain) {
  const DomainPiece& piece = domain[static_cast<std::size_t>(box.piece)];
  Vector<double> x(box.low.size());
  for (Index k = 0; k < x.size(); ++k) x[k] = midpoint(Interval{box.low[k], box.high[k]});
  if (piece.directions.size() != 0) x = piece.origin + piece.directions * x;
  const Escalation<Property> escalation{property};
  if constexpr (PairProperty<Property>) {
    const Index p = property.dimension();
    return evaluated_again(escalation, Vector<double>(x.head(p)), Vector<double>(x.tail(p)));
  } else {
    return evaluated_again(escalation, x);
  }
}

/// Whether the claim is proved term by term on the whole box, which is then in the report.
template <class Property>
[[nodiscard]] bool proves_termwise(const Property& property, const DomainPiece& box, const ProveSettings& settings,
                                   ProofReport& report) {
  if constexpr (HasRidgeMargin<Property>) {
    if (settings.rectangles == 0 || !property.has_ridge_margin()) return false;
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    const std::int64_t terms = property.ridge_terms();
    const std::int64_t rectangles = settings.rectangles > most / terms ? most : settings.rectangles * terms;
    TermwiseOutcome found =
        prove_termwise(property, box.low, box.high, {rectangles, settings.seconds / 2, settings.keep_proof});
    report.rectangles = found.rectangles;
    if (!found.proved) return false;
    report.boxes = report.termwise = 1;
    report.roots.push_back({box.low, box.high});
    report.terms = std::move(found.terms);
    if (settings.keep_proof) report.tree.push_back({-1, -1, LeafTest::termwise});
    return true;
  } else {
    return false;
  }
}

template <class Property>
[[nodiscard]] ProofReport prove_on(const Property& property, const std::vector<DomainPiece>& domain, bool slice,
                                   std::string region, const ProveSettings& settings) {
  static_assert(HasMarginEnclosure<Property>,
                "proxcvx::prove: every part of the property (f, g, h) must be a formula for any scalar: "
                "`template <class S> auto cast() const`, and value() and gradient() in the scalar SlopeForm<Interval>");
  require(settings.boxes >= 1, "boxes", "a number >= 1", settings.boxes);
  require(settings.seconds > 0, "seconds", "a number > 0", settings.seconds);
  require(settings.rectangles >= 0, "rectangles", "a number >= 0", settings.rectangles);
  require(settings.zeros.cols() == 0 || settings.zeros.rows() == property.dimension(), "zeros",
          "columns of dimension " + std::to_string(property.dimension()), settings.zeros.rows());
  const auto started = std::chrono::steady_clock::now();
  const auto elapsed = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  };
  ProofReport report;
  describe_claim(report, property);
  report.region = std::move(region);
  report.slice = slice;

  KnownZeros zeros{Matrix<double>(property.dimension(), 0), Matrix<double>(property.dimension(), 0), false};
  if (!slice) {
    zeros = declared_zeros(property);
    if (settings.zeros.cols() > 0) zeros.given = settings.zeros;
  }
  report.given_zeros = zeros.given;
  if (!slice && proves_termwise(property, domain.front(), settings, report)) {
    report.seconds = elapsed();
    return report;
  }
  report.declared_zeros = zeros.declared.cols() + zeros.given.cols();

  std::vector<SearchBox> roots;
  for (const DomainPiece& piece : domain) {
    roots.push_back({static_cast<Index>(roots.size()), piece.low, piece.high});
    report.roots.push_back({piece.low, piece.high});
  }
  const auto enclosed = property.template cast<SlopeForm<Interval>>();
  SearchOutcome found = branch_and_bound(
      std::move(roots), {settings.boxes, settings.seconds - elapsed(), settings.threads, settings.keep_proof},
      [&] { return BoxExaminer<Property>(property, enclosed, domain, zeros); });

  report.boxes = found.boxes;
  report.mean_value = found.mean_value;
  report.second_order = found.second_order;
  report.open = static_cast<std::int64_t>(found.open.size());
  report.tree = std::move(found.tree);
  for (const SearchBox& box : found.open) report.open_volume += volume_share(box, domain);
  const auto worst = std::min<std::size_t>(found.open.size(), 10);
  std::partial_sort(found.open.begin(), found.open.begin() + static_cast<std::ptrdiff_t>(worst), found.open.end(),
                    [](const SearchBox& a, const SearchBox& b) { return less_urgent(b, a); });
  for (std::size_t k = 0; k < worst; ++k) {
    report.worst.push_back({found.open[k].low, found.open[k].high, found.open[k].bound});
  }
  if (found.refuted) report.witness = witness_at_center(property, *found.refuted, domain);
  if (found.refuted) {
    report.end = ProofEnd::violation;
  } else if (found.out_of_boxes || found.out_of_time) {
    report.end = found.out_of_boxes ? ProofEnd::box_limit : ProofEnd::time_limit;
  } else if (report.open > 0) {
    report.end = ProofEnd::indivisible;
  }
  report.seconds = elapsed();
  return report;
}

template <class Property> void expect_proof_region(const Property& property, Index dimension) {
  static_assert(expect_property<Property>());
  static_assert(std::is_same_v<typename Property::Scalar, double>, "proxcvx::prove: the property must be in double");
  require(dimension == property.dimension(), "box", "dimension " + std::to_string(property.dimension()), dimension);
}

}  // namespace detail

/// Proves the property for all points of a box (a pair property: for all pairs of its points), refutes it, or says what
/// is left open. Cost: an enclosure of the margin a box, which is a few dozen evaluations; proofs in up to about 8
/// dimensions are within reach. Throws std::invalid_argument on a box of another dimension or senseless settings.
template <class Property>
[[nodiscard]] ProofReport prove(const Property& property, const Box<double>& box, const ProveSettings& settings = {}) {
  detail::expect_proof_region(property, box.dimension());
  Vector<double> low = box.low(), high = box.high();
  if constexpr (PairProperty<Property>) {
    low = box.low().replicate(2, 1);
    high = box.high().replicate(2, 1);
  }
  return detail::prove_on(property, {{low, high, {}, {}}}, false, detail::box_text(box.low(), box.high()), settings);
}

/// Proves a pair property for all w in one box and v in another. The same cost and exceptions.
template <class Property>
[[nodiscard]] ProofReport prove(const Property& property, const Box<double>& points, const Box<double>& references,
                                const ProveSettings& settings = {}) {
  static_assert(PairProperty<Property>,
                "proxcvx::prove: two boxes need a PairProperty, `Margin<Scalar> margin(w, v) const`");
  detail::expect_proof_region(property, points.dimension());
  detail::expect_proof_region(property, references.dimension());
  const Index p = property.dimension();
  Vector<double> low(2 * p), high(2 * p);
  low << points.low(), references.low();
  high << points.high(), references.high();
  return detail::prove_on(property, {{low, high, {}, {}}}, false,
                          "w: " + detail::box_text(points.low(), points.high()) +
                              "; v: " + detail::box_text(references.low(), references.high()),
                          settings);
}

/// Proves the property on a slice: a line, a plane or a tube, for a pair property in the space of (w; v). Exact zeros
/// of the margin can't be proved there. The center of a box is rounded before it becomes a witness. Throws
/// std::invalid_argument on a slice of another space or senseless settings.
template <class Property>
[[nodiscard]] ProofReport prove(const Property& property, const Slice& slice, const ProveSettings& settings = {}) {
  detail::expect_proof_region(property, property.dimension());
  require(slice.dimension() == detail::space_of(property), "slice",
          "dimension " + std::to_string(detail::space_of(property)), slice.dimension());
  std::vector<detail::DomainPiece> domain;
  for (const Slice::Piece& piece : slice.pieces()) {
    domain.push_back({piece.low, piece.high, piece.origin, piece.directions});
  }
  ProofReport report = detail::prove_on(property, domain, true, slice.description(), settings);
  if (settings.keep_proof) report.pieces = slice.pieces();
  return report;
}

}  // namespace proxcvx
