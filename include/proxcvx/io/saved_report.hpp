// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <proxcvx/io/atomic_file.hpp>
#include <proxcvx/io/sealed_text.hpp>
#include <proxcvx/verify/report.hpp>
#include <proxcvx/verify/report_observer.hpp>
#include <proxcvx/version.hpp>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

// What the files of all reports share: the claim, vectors and witnesses as lines that lose no bit, and the observer
// that saves a report while its run goes on.

namespace proxcvx {

namespace detail {

inline void save_vector(SealedWriter& out, std::string_view key, const Vector<double>& vector) {
  std::string words = std::to_string(vector.size());
  for (Index i = 0; i < vector.size(); ++i) {
    words += ' ';
    words += hex_float(vector[i]);
  }
  out.line(key, words);
}

inline Vector<double> saved_vector(SealedReader& in, std::string_view key) {
  const std::string line = in.text(key);
  std::istringstream words{line};
  Index size = -1;
  words >> size;
  const auto longest = static_cast<Index>(line.size());  // a size that the line can't hold allocates nothing
  require(!words.fail() && size >= 0 && size <= longest, in.place() + ": expected the number of entries first");
  Vector<double> vector(size);
  std::string word;
  for (Index i = 0; i < size; ++i) {
    require(static_cast<bool>(words >> word), in.place(), std::to_string(size) + " entries", i);
    vector[i] = from_hex_float(word);
  }
  require((words >> std::ws).eof(), in.place() + ": more entries than it says");
  return vector;
}

/// The version of the library, and the fields that say what is claimed and where.
template <class Report> void save_claim(SealedWriter& out, const Report& report) {
  out.line("version", PROXCVX_VERSION_STRING);
  out.line("property", report.property);
  out.line("statement", report.statement);
  out.line("constants", static_cast<std::int64_t>(report.constants.size()));
  for (const auto& [name, value] : report.constants) {
    out.line("name", name);
    out.line("value", value);
  }
  out.line("dimension", std::int64_t{report.dimension});
  out.line("pairs", std::int64_t{report.pairs});
  out.line("rigorous-rounding", std::int64_t{report.rigorous_rounding});
  out.line("region", report.region);
  out.line("scalar", report.scalar);
  out.line("seed", std::to_string(report.seed.value));
}

/// Throws where another version of the library wrote them.
template <class Report> void saved_claim(SealedReader& in, Report& report) {
  const std::string version = in.text("version");
  require(version == PROXCVX_VERSION_STRING, in.place() + ": version of proxcvx", PROXCVX_VERSION_STRING,
          in_quotes(version));
  report.property = in.text("property");
  report.statement = in.text("statement");
  const auto constants = in.integer("constants");
  for (std::int64_t i = 0; i < constants; ++i) {
    std::string name = in.text("name");
    report.constants.emplace_back(std::move(name), in.number("value"));
  }
  report.dimension = in.integer<Index>("dimension");
  report.pairs = in.integer("pairs") != 0;
  report.rigorous_rounding = in.integer("rigorous-rounding") != 0;
  report.region = in.text("region");
  report.scalar = in.text("scalar");
  report.seed.value = in.integer<std::uint64_t>("seed");
}

inline void save_witness(SealedWriter& out, std::string_view key, const std::optional<Witness>& witness) {
  out.line(key, std::int64_t{witness.has_value()});
  if (!witness) return;
  out.line("point", std::int64_t{witness->point});
  out.line("reference", std::int64_t{witness->reference});
  out.line("margin", witness->margin);
  out.line("error", witness->error);
  out.line("scalar", witness->scalar);
  out.line("stands", std::int64_t{witness->stands});
  save_vector(out, "w", witness->w);
  save_vector(out, "v", witness->v);
}

inline std::optional<Witness> saved_witness(SealedReader& in, std::string_view key) {
  if (in.integer(key) == 0) return std::nullopt;
  Witness witness;
  witness.point = in.integer<Index>("point");
  witness.reference = in.integer<Index>("reference");
  witness.margin = in.number("margin");
  witness.error = in.number("error");
  witness.scalar = in.text("scalar");
  witness.stands = in.integer("stands") != 0;
  witness.w = saved_vector(in, "w");
  witness.v = saved_vector(in, "v");
  return witness;
}

}  // namespace detail

/// A report of a run that has a form on file (saved_check.hpp, saved_falsify.hpp).
template <class Report>
concept SavedReport = requires(const Report& report) {
  { saved_text(report) } -> std::convertible_to<std::string>;
  { report.complete() } -> std::convertible_to<bool>;
};

/// An observer that saves the report of a check or a search: after the first round, then every so many seconds, and
/// when all is done, each time whole or not at all (write_atomically). What a kill loses is the work since. Throws
/// std::runtime_error when it can't write.
class SaveEvery {
 public:
  explicit SaveEvery(std::filesystem::path path, double seconds = 5) : path_{std::move(path)}, every_{seconds} {}

  template <SavedReport Report> void operator()(const Report& report) {
    if (every_.due() || report.complete()) write_atomically(path_, saved_text(report));
  }

 private:
  std::filesystem::path path_;
  detail::Every every_;
};

}  // namespace proxcvx
