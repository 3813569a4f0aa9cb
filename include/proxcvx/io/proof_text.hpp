// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>
#include <proxcvx/io/hex_float.hpp>
#include <proxcvx/properties/margin.hpp>
#include <proxcvx/regions/slice.hpp>
#include <proxcvx/verify/bisection.hpp>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// What a proof file says, and how its lines are read. Their format is described in io/proof_file.hpp.

namespace proxcvx {

/// The tree in preorder: a variable to cut along, or -1 for a leaf and its test.
using ProofNodes = std::vector<std::pair<std::int32_t, LeafTest>>;

/// A piece of a slice and its tree.
struct ProofPiece {
  Slice::Piece piece;
  ProofNodes nodes;
};

/// The rectangle of a term's two numbers, and its tree.
struct ProofTerm {
  Vector<double> low;
  Vector<double> high;
  ProofNodes nodes;
};

/// What a proof file says.
struct Proof {
  std::string property;
  std::string statement;
  Constants constants;
  bool pairs = false;
  Vector<double> low;  ///< of w, or of (w; v); empty for a slice
  Vector<double> high;
  Matrix<double> given_zeros;      ///< points of exact zeros on the caller's word, a column each
  ProofNodes nodes;                ///< of the box; empty for a proof term by term
  std::vector<ProofTerm> terms;    ///< of a proof term by term
  std::vector<ProofPiece> pieces;  ///< of a slice; empty for a box

  /// Of the space that was proved in: that of w, or of (w; v).
  [[nodiscard]] Index space() const { return pieces.empty() ? low.size() : pieces.front().piece.origin.size(); }
};

namespace detail {

[[nodiscard]] constexpr char leaf_letter(LeafTest test) {
  return test == LeafTest::mean_value ? 'm' : (test == LeafTest::residuals ? 'r' : 's');
}

/// Reads a proof line by line.
class ProofReader {
 public:
  ProofReader(std::string_view text, std::string path) : rest_{text}, path_{std::move(path)} {}

  [[nodiscard]] Proof read() {
    Proof proof;
    expect_line("proxcvx-proof 1");
    proof.property = after("property ");
    proof.statement = after("statement ");
    while (starts("constant ")) {
      const std::string line = after("constant ");
      const std::size_t space = line.rfind(' ');
      check(space != std::string::npos && space > 0, "a name and a number");
      proof.constants.emplace_back(line.substr(0, space), number(line.substr(space + 1)));
    }
    const std::string pairs = after("pairs ");
    check(pairs == "0" || pairs == "1", "0 or 1");
    proof.pairs = pairs == "1";
    if (starts("slice ")) {
      read_slice(proof);
    } else {
      read_box(proof.low, proof.high);
      check(!proof.pairs || proof.low.size() % 2 == 0, "a box");
      if (starts("terms ")) {
        check(proof.pairs, "a proof of pairs");
        read_terms(proof);
      } else {
        read_zeros(proof);
        read_tree(proof.nodes, proof.low.size());
      }
    }
    check(rest_.empty(), "nothing after the nodes");
    return proof;
  }

 private:
  void read_box(Vector<double>& low_ends, Vector<double>& high_ends) {
    std::vector<double> low, high;
    while (starts("box ")) {
      const std::vector<double> ends = numbers(after("box "));
      check(ends.size() == 2 && std::isfinite(ends[0]) && std::isfinite(ends[1]) && ends[0] <= ends[1],
            "two finite ends, low <= high");
      low.push_back(ends[0]);
      high.push_back(ends[1]);
    }
    check(!low.empty(), "a box");
    low_ends = Eigen::Map<const Vector<double>>(low.data(), static_cast<Index>(low.size()));
    high_ends = Eigen::Map<const Vector<double>>(high.data(), static_cast<Index>(high.size()));
  }

  void read_zeros(Proof& proof) {
    const Index variables = proof.low.size();
    std::vector<double> zeros;
    while (starts("zero ")) {
      const std::vector<double> zero = numbers(after("zero "));
      check(static_cast<Index>(zero.size()) == variables && !proof.pairs, "a number per variable");
      zeros.insert(zeros.end(), zero.begin(), zero.end());
    }
    proof.given_zeros =
        Eigen::Map<const Matrix<double>>(zeros.data(), variables, static_cast<Index>(zeros.size()) / variables);
  }

  void read_slice(Proof& proof) {
    const std::size_t count = counted("slice ");
    while (proof.pieces.size() < count) {
      ProofPiece next;
      const std::vector<double> origin = finite_numbers("origin ");
      const auto space = static_cast<Index>(origin.size());
      check(space >= 1 && (!proof.pairs || space % 2 == 0), "a point");
      check(proof.pieces.empty() || space == proof.space(), "a point of the same space");
      next.piece.origin = Eigen::Map<const Vector<double>>(origin.data(), space);
      std::vector<double> directions;
      while (starts("direction ")) {
        const std::vector<double> direction = finite_numbers("direction ");
        check(direction.size() == origin.size(), "a number per entry of the origin");
        directions.insert(directions.end(), direction.begin(), direction.end());
      }
      next.piece.directions =
          Eigen::Map<const Matrix<double>>(directions.data(), space, static_cast<Index>(directions.size()) / space);
      read_box(next.piece.low, next.piece.high);
      check(next.piece.low.size() == next.piece.directions.cols(), "a box for each direction");
      read_tree(next.nodes, next.piece.low.size());
      proof.pieces.push_back(std::move(next));
    }
  }

  void read_terms(Proof& proof) {
    const std::size_t count = counted("terms ");
    while (proof.terms.size() < count) {
      const std::vector<double> ends = finite_numbers("term ");
      check(ends.size() == 4 && ends[0] <= ends[1] && ends[2] <= ends[3], "the ends of a rectangle");
      ProofTerm next{Vector<double>{{ends[0], ends[2]}}, Vector<double>{{ends[1], ends[3]}}, {}};
      read_tree(next.nodes, 2, LeafTest::residuals);
      proof.terms.push_back(std::move(next));
    }
  }

  /// Leaves are by range or mean value, or by the other test.
  void read_tree(ProofNodes& nodes, Index variables, LeafTest other = LeafTest::second_order) {
    const std::size_t count = counted("nodes ");
    while (nodes.size() < count) read_nodes(nodes, count, variables, other);
  }

  void read_nodes(ProofNodes& nodes, std::size_t count, Index variables, LeafTest other) {
    std::istringstream line(after(""));
    std::string word;
    bool any = false;
    while (line >> word) {
      any = true;
      check(nodes.size() < count, "as many nodes as announced");
      if (word == "m") {
        nodes.emplace_back(-1, LeafTest::mean_value);
      } else if (word == std::string(1, leaf_letter(other))) {
        nodes.emplace_back(-1, other);
      } else {
        check(word.size() <= 6 && word.find_first_not_of("0123456789") == std::string::npos,
              std::string("m, ") + leaf_letter(other) + " or a variable");
        const int variable = std::stoi(word);
        check(variable < variables, "a variable of the box");
        nodes.emplace_back(variable, LeafTest::none);
      }
    }
    check(any, "nodes");
  }

  [[nodiscard]] std::size_t counted(std::string_view word) {
    std::istringstream text(after(word));
    std::size_t count = 0;
    check(static_cast<bool>(text >> count) && text.eof() && count >= 1, "how many");
    return count;
  }
  [[nodiscard]] std::vector<double> finite_numbers(std::string_view word) {
    const std::vector<double> result = numbers(after(word));
    for (const double x : result) check(std::isfinite(x), "finite numbers");
    return result;
  }
  [[nodiscard]] std::vector<double> numbers(const std::string& text) const {
    std::istringstream words(text);
    std::vector<double> result;
    for (std::string word; words >> word;) result.push_back(number(word));
    return result;
  }
  [[nodiscard]] double number(const std::string& word) const {
    try {
      return from_hex_float(word);
    } catch (const std::invalid_argument&) {
      check(false, "a hexadecimal float");
      return 0;
    }
  }
  [[nodiscard]] bool starts(std::string_view word) const { return rest_.substr(0, word.size()) == word; }
  void expect_line(std::string_view line) { check(after("") == line, line); }
  /// The rest of the next line, which begins with `word`.
  [[nodiscard]] std::string after(std::string_view word) {
    ++line_;
    const std::size_t end = rest_.find('\n');
    check(end != std::string_view::npos && starts(word), word.empty() ? "another line" : word);
    const std::string line{rest_.substr(word.size(), end - word.size())};
    rest_.remove_prefix(end + 1);
    return line;
  }
  void check(bool condition, std::string_view expected) const {
    if (!condition) refuse(path_ + ", line " + std::to_string(line_), expected, "something else");
  }

  std::string_view rest_;
  std::string path_;
  Index line_ = 0;
};

}  // namespace detail

}  // namespace proxcvx
