// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <proxcvx/io/saved_check.hpp>
#include <proxcvx/io/sealed_text.hpp>
#include <proxcvx/verify/claim.hpp>
#include <proxcvx/verify/report.hpp>
#include <proxcvx/verify/verdict.hpp>
#include <string>
#include <string_view>

// A witness in a file of its own, so that anyone can replay it: the claim with its constants, where it came from, and
// the vectors in hexadecimal floats, sealed by a checksum.

namespace proxcvx {

/// Where a witness came from, in the words of the program that found it; empty where there is nothing to say.
struct WitnessOrigin {
  std::string problem;        ///< name and flags
  std::string data;           ///< path of the data
  std::string data_checksum;  ///< fnv_checksum of its bytes
};

/// What a witness file holds.
struct WitnessFile {
  WitnessOrigin origin;
  std::string property;
  Constants constants;
  std::string scalar;
  Vector<double> w;
  Vector<double> v;  ///< empty for point properties
};

namespace detail {

inline constexpr std::string_view witness_title = "proxcvx witness 1";

}  // namespace detail

/// Writes a report's witness whole or not at all; `report` is what `check` or `falsify` returned. Throws
/// std::invalid_argument where it has none, std::runtime_error where the file can't be written.
template <class Report>
void write_witness(const std::filesystem::path& path, const Report& report, const WitnessOrigin& origin = {}) {
  require(report.witness.has_value(), "report: expected one with a witness");
  SealedWriter out{detail::witness_title};
  out.line("problem", origin.problem);
  out.line("data", origin.data);
  out.line("data-checksum", origin.data_checksum);
  out.line("property", report.property);
  out.line("constants", static_cast<std::int64_t>(report.constants.size()));
  for (const auto& [name, value] : report.constants) {
    out.line("name", name);
    out.line("value", value);
  }
  out.line("scalar", report.scalar);
  detail::save_vector(out, "w", report.witness->w);
  detail::save_vector(out, "v", report.witness->v);
  write_atomically(path, out.text());
}

/// Throws std::runtime_error where the file can't be read, and std::invalid_argument naming file and line where it is
/// cut short, altered, or no witness.
[[nodiscard]] inline WitnessFile read_witness(const std::filesystem::path& path) {
  SealedReader in = SealedReader::of_file(path, detail::witness_title);
  WitnessFile file;
  file.origin.problem = in.text("problem");
  file.origin.data = in.text("data");
  file.origin.data_checksum = in.text("data-checksum");
  file.property = in.text("property");
  const auto constants = in.integer("constants");
  for (std::int64_t i = 0; i < constants; ++i) {
    std::string name = in.text("name");
    file.constants.emplace_back(std::move(name), in.number("value"));
  }
  file.scalar = in.text("scalar");
  file.w = detail::saved_vector(in, "w");
  file.v = detail::saved_vector(in, "v");
  in.finish();
  return file;
}

/// Evaluates the property at the file's witness in the widest scalar that it reaches: violated where the violation
/// stands, no_violation_found where the margin is positive, inconclusive where nobody can tell or it is not finite.
/// Throws as read_witness does, and std::invalid_argument where the file is of another property, constants, scalar or
/// dimension. The data behind the property is the caller's: compare origin.data_checksum.
template <class Property> [[nodiscard]] Verdict replay(const Property& property, const std::filesystem::path& path) {
  static_assert(detail::expect_property<Property>());
  using Scalar = typename Property::Scalar;
  const WitnessFile file = read_witness(path);
  CheckReport claim;
  detail::describe_claim(claim, property);
  detail::require_same("property", claim.property, file.property);
  detail::require_same("scalar", claim.scalar, file.scalar);
  require(claim.constants == file.constants, "saved constants: expected those of the property");
  detail::require_same("dimension", claim.dimension, file.w.size());
  detail::require_same("dimension of v", claim.pairs ? claim.dimension : 0, file.v.size());
  const detail::Escalation<Property> escalation{property};
  const Vector<Scalar> w = file.w.cast<Scalar>();
  detail::Decision decided;
  if constexpr (PairProperty<Property>) {
    const Vector<Scalar> v = file.v.cast<Scalar>();
    decided = escalation.confirm(w, v);
  } else {
    decided = escalation.confirm(w);
  }
  if (decided.outcome == Outcome::violated) return Verdict::violated;
  return decided.outcome == Outcome::satisfied ? Verdict::no_violation_found : Verdict::inconclusive;
}

}  // namespace proxcvx
