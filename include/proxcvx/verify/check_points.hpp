// SPDX-License-Identifier: MIT
#pragma once

#include <proxcvx/verify/check.hpp>

// check on explicit points, such as a trajectory against references: everything is examined and counted, but points
// that nobody drew at random support no statement about a probability, and the report makes none.

namespace proxcvx {

namespace detail {

template <class Property>
[[nodiscard]] CheckReport points_report(const Property& property, ConstMatrixRef<typename Property::Scalar> points,
                                        std::string region) {
  require(points.rows() == property.dimension(), "points",
          "columns of dimension " + std::to_string(property.dimension()), points.rows());
  require(points.cols() >= 1, "points", "at least one column", points.cols());
  CheckReport report = new_report(property, 0.99);
  report.region = std::move(region);
  report.sampled = false;
  report.samples = points.cols();
  return report;
}

}  // namespace detail

/// Examines a point property at each column of `points`. The witness names the column.
template <class Property>
requires PointProperty<Property>
[[nodiscard]] CheckReport check(const Property& property, const Matrix<typename Property::Scalar>& points) {
  CheckReport report = detail::points_report(property, points, std::to_string(points.cols()) + " given points");
  const SingleThreadedEigen guard;
  const detail::Escalation<Property> escalation{property};
  for (Index i = 0; i < points.cols(); ++i) {
    detail::examine_point(property, escalation, points.col(i), i, false, report.statistics);
  }
  const LocatedMargin& worst = report.statistics.worst_violation;
  if (worst.found()) detail::confirm_witness(report, escalation, points.col(worst.point).eval());
  return report;
}

/// Examines a pair property at all pairs of two clouds: w a column of `points`, v a column of `references`.
/// The witness names the columns. Cost: a gradient and a proxy per point, 2 p flops a pair.
template <class Property>
requires PairProperty<Property>
[[nodiscard]] CheckReport check(const Property& property, const Matrix<typename Property::Scalar>& points,
                                const Matrix<typename Property::Scalar>& references) {
  CheckReport report = detail::points_report(
      property, points,
      std::to_string(points.cols()) + " given points against " + std::to_string(references.cols()) + " references");
  require(references.rows() == property.dimension(), "references",
          "columns of dimension " + std::to_string(property.dimension()), references.rows());
  const SingleThreadedEigen guard;
  const detail::Escalation<Property> escalation{property};
  for (Index first = 0; first < points.cols(); first += block_size) {
    const Index rows = std::min(block_size, points.cols() - first);
    for (Index other = 0; other < references.cols(); other += block_size) {
      const Index columns = std::min(block_size, references.cols() - other);
      detail::examine_pairs(property, escalation, points.middleCols(first, rows), references.middleCols(other, columns),
                            first, other, false, report.statistics);
    }
  }
  const LocatedMargin& worst = report.statistics.worst_violation;
  if (worst.found()) {
    detail::confirm_witness(report, escalation, points.col(worst.point).eval(), references.col(worst.reference).eval());
  }
  return report;
}

}  // namespace proxcvx
