// SPDX-License-Identifier: MIT
#include "replay.hpp"

#include <cctype>
#include <fstream>
#include <iterator>
#include <ostream>
#include <proxcvx/core/require.hpp>
#include <proxcvx/io/printable.hpp>
#include <proxcvx/verify/rows.hpp>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "problem.hpp"
#include "study.hpp"

namespace verify_network {

namespace {

constexpr const char* program = "verify_network";

/// Words as one line: what is not a letter, digit or plain sign is %XX.
std::string line_of(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) {
    if (!line.empty()) line += ' ';
    for (const char c : word) {
      const auto byte = static_cast<unsigned char>(c);
      if (std::isalnum(byte) != 0 || std::string_view("-_./:,+=@").find(c) != std::string_view::npos) {
        line += c;
      } else {
        line += '%';
        line += "0123456789abcdef"[byte >> 4U];
        line += "0123456789abcdef"[byte & 15U];
      }
    }
  }
  return line;
}

std::vector<std::string> words_of(const std::string& line, const std::string& where) {
  std::vector<std::string> words;
  std::istringstream stream(line);
  std::string word;
  while (stream >> word) {
    std::string plain;
    for (std::size_t i = 0; i < word.size(); ++i) {
      if (word[i] != '%') {
        plain += word[i];
        continue;
      }
      const std::string digits = word.substr(i + 1, 2);
      proxcvx::require(digits.size() == 2 && digits.find_first_not_of("0123456789abcdef") == std::string::npos,
                       where + ": problem", "%XX with two hexadecimal digits", "%" + digits);
      plain += static_cast<char>(std::stoi(digits, nullptr, 16));
      i += 2;
    }
    words.push_back(plain);
  }
  return words;
}

std::string checksum_of(const std::string& file, const std::string& who) {
  std::error_code error;
  std::ifstream in(file, std::ios::binary);
  proxcvx::require(in.good() && !std::filesystem::is_directory(file, error), who, "a readable file", file);
  return proxcvx::fnv_checksum(std::string(std::istreambuf_iterator<char>(in), {}));
}

std::string checksums_of(const std::vector<std::string>& files, const std::string& who) {
  std::string line;
  for (const std::string& file : files) line += (line.empty() ? "" : " ") + checksum_of(file, who);
  return line;
}

std::vector<std::string> absolute(std::vector<std::string> files) {
  for (std::string& file : files) file = std::filesystem::absolute(file).lexically_normal().string();
  return files;
}

Options options_of(const proxcvx::WitnessFile& file, const std::string& where) {
  const std::vector<std::string> words = words_of(file.origin.problem, where);
  proxcvx::require(!words.empty() && words.front() == program, where + ": problem", "one of " + std::string(program),
                   words.empty() ? "nothing" : words.front());
  try {
    const auto options = parse({words.begin() + 1, words.end()});
    proxcvx::require(options && options->replay.empty(), "expected the flags of a problem");
    return *options;
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument(where + ": problem: " + error.what());
  }
}

}  // namespace

proxcvx::WitnessOrigin origin_of(const Options& options) {
  std::vector<std::string> words{program};
  words.insert(words.end(), options.problem_flags.begin(), options.problem_flags.end());
  const std::vector<std::string> files = absolute(options.files());
  return {.problem = line_of(words), .data = line_of(files), .data_checksum = checksums_of(files, "data")};
}

int replay(const std::filesystem::path& path, int threads, std::ostream* out) {
  const std::string where = proxcvx::detail::printable(path.string(), 1000);
  const proxcvx::WitnessFile file = proxcvx::read_witness(path);
  Options options = options_of(file, where);
  options.threads = threads;
  const std::vector<std::string> files = absolute(options.files());
  const std::string now = checksums_of(files, where + ": data");
  proxcvx::require(line_of(files) == file.origin.data && now == file.origin.data_checksum,
                   where + ": the data has changed since the witness was found: " + line_of(files));
  const Study study = study_of(options, load_problem(options));
  for (const Claim& claim : study.claims) {
    if (claim.name != file.property) continue;
    pc::Verdict verdict{};
    try {
      verdict = claim.replay(path);
    } catch (const std::invalid_argument& error) {
      throw std::invalid_argument(where + ": " + error.what());
    }
    const bool stands = verdict == pc::Verdict::violated;
    if (out != nullptr) {
      *out << "claim    " << file.property;
      for (const auto& [name, value] : file.constants) *out << ", " << name << " = " << pc::detail::shortest(value);
      *out << "\nproblem  " << file.origin.problem << "\nwitness  "
           << (stands ? "the violation stands" : "the violation does not stand") << "\nverdict  "
           << pc::to_string(verdict) << '\n';
    }
    return stands ? 1 : 0;
  }
  throw std::invalid_argument(where + ": property: the problem claims no " + file.property);
}

}  // namespace verify_network
