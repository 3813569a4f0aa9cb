// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <proxcvx/io/atomic_file.hpp>
#include <proxcvx/io/hex_float.hpp>
#include <proxcvx/io/printable.hpp>
#include <proxcvx/io/sealed_text.hpp>
#include <proxcvx/verify/prove_report.hpp>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// A proof as a file: the claim, the box, and the tree of its bisections in preorder, each leaf with the test that
// proves it; numbers as hexadecimal floats. Boxes are cut at their midpoints, so that the leaves cover the box by
// construction and need not be listed with their ends. The last line is a checksum of all bytes before it (64-bit
// FNV-1a, which any single changed byte changes).
//
//     proxcvx-proof 1              cut = a variable's number, then the lower and the upper half
//     property proxy-pl            m = range or mean-value form, s = convexity around an exact zero
//     statement ...
//     constant alpha 0x1p+1        (as many as there are)
//     pairs 0
//     box -0x1.4p+4 0x1.4p+4       (one per variable: w, or w and then v)
//     zero 0x0p+0                  (those that the caller declared, if any)
//     nodes 3
//     0 m m
//     checksum 0123456789abcdef
//
// A slice is a union of pieces {origin + directions u : low <= u <= high}, each with a tree of its own; in place of the
// box:
//
//     slice 1                      (pieces)
//     origin 0x0p+0 0x0p+0
//     direction 0x1p+0 0x1p+0      (one per variable u)
//     box 0x0p+0 0x1p+0            (one per variable u)
//     nodes 1
//     m

namespace proxcvx {

/// The tree in preorder: a variable to cut along, or -1 for a leaf and its test.
using ProofNodes = std::vector<std::pair<std::int32_t, LeafTest>>;

/// A piece of a slice and its tree.
struct ProofPiece {
  Slice::Piece piece;
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
  ProofNodes nodes;                ///< of the box
  std::vector<ProofPiece> pieces;  ///< of a slice; empty for a box

  /// Of the space that was proved in: that of w, or of (w; v).
  [[nodiscard]] Index space() const { return pieces.empty() ? low.size() : pieces.front().piece.origin.size(); }
};

namespace detail {

[[nodiscard]] inline std::string checksum_line(std::string_view bytes) {
  return "checksum " + fnv_checksum(bytes) + "\n";
}

/// The nodes below a root in preorder.
[[nodiscard]] inline ProofNodes preorder(const std::vector<BisectionNode>& tree, std::int64_t root) {
  ProofNodes nodes;
  std::vector<std::int64_t> left{root};
  while (!left.empty()) {
    const BisectionNode& node = tree[static_cast<std::size_t>(left.back())];
    left.pop_back();
    nodes.emplace_back(node.variable, node.test);
    if (node.variable < 0) continue;
    left.push_back(node.child + 1);
    left.push_back(node.child);
  }
  return nodes;
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
      read_zeros(proof);
      read_tree(proof.nodes, proof.low.size());
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

  void read_tree(ProofNodes& nodes, Index variables) {
    const std::size_t count = counted("nodes ");
    while (nodes.size() < count) read_nodes(nodes, count, variables);
  }

  void read_nodes(ProofNodes& nodes, std::size_t count, Index variables) {
    std::istringstream line(after(""));
    std::string word;
    bool any = false;
    while (line >> word) {
      any = true;
      check(nodes.size() < count, "as many nodes as announced");
      if (word == "m") {
        nodes.emplace_back(-1, LeafTest::mean_value);
      } else if (word == "s") {
        nodes.emplace_back(-1, LeafTest::second_order);
      } else {
        check(word.size() <= 6 && word.find_first_not_of("0123456789") == std::string::npos, "m, s or a variable");
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

namespace detail {

[[nodiscard]] inline std::string proof_line(std::string word, const Vector<double>& numbers) {
  for (const double x : numbers) word += ' ' + hex_float(x);
  return word + '\n';
}
[[nodiscard]] inline std::string proof_box(const Vector<double>& low, const Vector<double>& high) {
  std::string text;
  for (Index k = 0; k < low.size(); ++k) text += "box " + hex_float(low[k]) + ' ' + hex_float(high[k]) + '\n';
  return text;
}
[[nodiscard]] inline std::string proof_nodes(const ProofNodes& nodes) {
  std::string text = "nodes " + std::to_string(nodes.size()) + '\n';
  for (std::size_t k = 0; k < nodes.size(); ++k) {
    const auto& [variable, test] = nodes[k];
    if (variable >= 0) {
      text += std::to_string(variable);
    } else {
      text += test == LeafTest::mean_value ? 'm' : 's';
    }
    text += (k + 1) % 50 == 0 || k + 1 == nodes.size() ? '\n' : ' ';
  }
  return text;
}

}  // namespace detail

/// Writes the proof, on a box or on a slice, whole or not at all (write_atomically). Throws std::invalid_argument
/// unless the report is a complete proof with its tree kept, std::runtime_error where the file can't be written.
inline void write_proof(const std::filesystem::path& path, const ProofReport& report) {
  require(report.verdict() == Verdict::proved_on_box, "report", "a proof (proved-on-box)", to_string(report.verdict()));
  require(!report.tree.empty(), "report: expected a proof that kept its tree (keep_proof)");
  require(!report.slice || report.pieces.size() == report.roots.size(), "report: expected the pieces of its slice");
  std::string text = "proxcvx-proof 1\nproperty " + report.property + "\nstatement " + report.statement + '\n';
  for (const auto& [name, value] : report.constants) text += "constant " + name + ' ' + hex_float(value) + '\n';
  text += std::string("pairs ") + (report.pairs ? "1" : "0") + '\n';
  if (report.slice) {
    text += "slice " + std::to_string(report.pieces.size()) + '\n';
    for (std::size_t k = 0; k < report.pieces.size(); ++k) {
      const Slice::Piece& piece = report.pieces[k];
      text += detail::proof_line("origin", piece.origin);
      for (Index j = 0; j < piece.directions.cols(); ++j) {
        text += detail::proof_line("direction", piece.directions.col(j));
      }
      text += detail::proof_box(piece.low, piece.high);
      text += detail::proof_nodes(detail::preorder(report.tree, static_cast<std::int64_t>(k)));
    }
  } else {
    text += detail::proof_box(report.roots.front().low, report.roots.front().high);
    for (Index zero = 0; zero < report.given_zeros.cols(); ++zero) {
      text += detail::proof_line("zero", report.given_zeros.col(zero));
    }
    text += detail::proof_nodes(detail::preorder(report.tree, 0));
  }
  write_atomically(path, text + detail::checksum_line(text));
}

/// The proof that the bytes of a file say; `name` is what messages call it. Throws std::invalid_argument on a checksum
/// that does not fit, or on anything that write_proof does not write, and then names the line.
[[nodiscard]] inline Proof parse_proof(std::string_view text, const std::string& name) {
  const std::size_t length = detail::checksum_line("").size();
  require(text.size() > length, name + ": expected a proof, but it is too short");
  const std::string_view body = text.substr(0, text.size() - length);
  require(text.substr(body.size()) == detail::checksum_line(body), name + ": its checksum does not fit its bytes");
  return detail::ProofReader(body, name).read();
}

/// Reads a proof. Throws std::invalid_argument on a file that can't be read, and as parse_proof does.
[[nodiscard]] inline Proof read_proof(const std::filesystem::path& path) {
  const std::string name = detail::printable(path.string(), 1000);
  std::ifstream in(path, std::ios::binary);
  require(static_cast<bool>(in), name + ": expected a proof, but it can't be read");
  std::ostringstream content;
  content << in.rdbuf();
  return parse_proof(content.str(), name);
}

}  // namespace proxcvx
