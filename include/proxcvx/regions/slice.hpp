// SPDX-License-Identifier: MIT
#pragma once

#include <proxcvx/core/require.hpp>
#include <proxcvx/core/types.hpp>
#include <string>
#include <utility>
#include <vector>

// Thin sets of a space that has too many dimensions for a proof on a box: lines, planes, and a tube about a trajectory.

namespace proxcvx {

/// A union of pieces {origin + directions u : low <= u <= high}. For a pair property the space is that of (w; v).
class Slice {
 public:
  struct Piece {
    Vector<double> origin;      ///< p
    Matrix<double> directions;  ///< p x q, a direction per column
    Vector<double> low;         ///< q
    Vector<double> high;        ///< q
  };

  /// Throws std::invalid_argument unless there is a piece, all lie in one space, shapes fit, entries are finite and
  /// low <= high.
  Slice(std::vector<Piece> pieces, std::string description)
      : pieces_{std::move(pieces)}, description_{std::move(description)} {
    require(!pieces_.empty(), "pieces", "at least one", 0);
    for (const Piece& piece : pieces_) {
      require(piece.origin.size() == dimension() && piece.origin.size() >= 1, "origin",
              "dimension " + std::to_string(dimension()), piece.origin.size());
      require(piece.directions.rows() == dimension() && piece.directions.cols() >= 1, "directions",
              "columns of dimension " + std::to_string(dimension()), piece.directions.rows());
      require(piece.low.size() == piece.directions.cols() && piece.high.size() == piece.low.size(), "low, high",
              "an entry per direction, " + std::to_string(piece.directions.cols()), piece.low.size());
      require(
          piece.origin.allFinite() && piece.directions.allFinite() && piece.low.allFinite() && piece.high.allFinite(),
          "slice: expected finite entries");
      require((piece.low.array() <= piece.high.array()).all(), "slice: expected low <= high in every entry");
    }
  }

  /// {from + t (to - from) : 0 <= t <= 1}; to - from is rounded.
  [[nodiscard]] static Slice line(const Vector<double>& from, const Vector<double>& to) {
    require(from.size() == to.size(), "to", "dimension " + std::to_string(from.size()), to.size());
    return {{{from, to - from, Vector<double>::Zero(1), Vector<double>::Ones(1)}},
            "line in " + std::to_string(from.size()) + " dimensions"};
  }

  /// {center + a first + b second : |a|, |b| <= reach}.
  [[nodiscard]] static Slice plane(const Vector<double>& center, const Vector<double>& first,
                                   const Vector<double>& second, double reach) {
    require(first.size() == center.size(), "first", "dimension " + std::to_string(center.size()), first.size());
    require(second.size() == center.size(), "second", "dimension " + std::to_string(center.size()), second.size());
    Matrix<double> directions(center.size(), 2);
    directions << first, second;
    return {{{center, std::move(directions), Vector<double>::Constant(2, -reach), Vector<double>::Constant(2, reach)}},
            "plane in " + std::to_string(center.size()) + " dimensions"};
  }

  /// All points within `radius`, in every coordinate, of the segments between a trajectory's points, a column each.
  [[nodiscard]] static Slice tube(const Matrix<double>& trajectory, double radius) {
    require(trajectory.cols() >= 2, "trajectory", "at least two points, a column each", trajectory.cols());
    require(radius >= 0, "radius", "a number >= 0", radius);
    const Index p = trajectory.rows();
    std::vector<Piece> pieces;
    for (Index t = 0; t + 1 < trajectory.cols(); ++t) {
      Matrix<double> directions(p, p + 1);
      directions << trajectory.col(t + 1) - trajectory.col(t), Matrix<double>::Identity(p, p);
      Vector<double> low = Vector<double>::Constant(p + 1, -radius);
      Vector<double> high = Vector<double>::Constant(p + 1, radius);
      low[0] = 0;
      high[0] = 1;
      pieces.push_back({trajectory.col(t), std::move(directions), std::move(low), std::move(high)});
    }
    return {std::move(pieces),
            "tube about " + std::to_string(trajectory.cols()) + " points in " + std::to_string(p) + " dimensions"};
  }

  /// Of the space that the slice lies in.
  [[nodiscard]] Index dimension() const { return pieces_.front().origin.size(); }
  [[nodiscard]] const std::vector<Piece>& pieces() const { return pieces_; }
  [[nodiscard]] const std::string& description() const { return description_; }

 private:
  std::vector<Piece> pieces_;
  std::string description_;
};

}  // namespace proxcvx
