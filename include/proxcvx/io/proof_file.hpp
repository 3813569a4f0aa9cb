// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <proxcvx/io/atomic_file.hpp>
#include <proxcvx/io/hex_float.hpp>
#include <proxcvx/io/printable.hpp>
#include <proxcvx/io/proof_text.hpp>
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
//
// A proof term by term (verify/termwise.hpp) is on a box, and has in place of its nodes, for each term, the rectangle
// of the two numbers s = a.w and t = a.v that it is a function of, and a tree that cuts s (0) or t (1); each leaf is
// how the term was bounded below there:
//
//     terms 1                      m = range or mean-value form, r = quadratic form of residuals
//     term -0x1p+0 0x1p+0 -0x1p+0 0x1p+0
//     nodes 1
//     r

namespace proxcvx {

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
      text += leaf_letter(test);
    }
    text += (k + 1) % 50 == 0 || k + 1 == nodes.size() ? '\n' : ' ';
  }
  return text;
}

}  // namespace detail

/// Writes the proof, on a box (term by term or not) or on a slice, whole or not at all (write_atomically). Throws
/// std::invalid_argument unless the report is a complete proof with its tree kept, std::runtime_error where the file
/// can't be written.
inline void write_proof(const std::filesystem::path& path, const ProofReport& report) {
  require(report.verdict() == Verdict::proved_on_box, "report", "a proof (proved-on-box)", to_string(report.verdict()));
  require(!report.tree.empty(), "report: expected a proof that kept its tree (keep_proof)");
  require(!report.slice || report.pieces.size() == report.roots.size(), "report: expected the pieces of its slice");
  require((report.tree.front().test == LeafTest::termwise) == !report.terms.empty(),
          "report: expected the terms of a proof term by term, and of no other");
  for (const TermProof& term : report.terms) require(!term.tree.empty(), "report: expected the tree of each term");
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
    if (report.terms.empty()) text += detail::proof_nodes(detail::preorder(report.tree, 0));
    if (!report.terms.empty()) text += "terms " + std::to_string(report.terms.size()) + '\n';
    for (const TermProof& term : report.terms) {
      text += detail::proof_line("term", Vector<double>{{term.low[0], term.high[0], term.low[1], term.high[1]}});
      text += detail::proof_nodes(detail::preorder(term.tree, 0));
    }
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
