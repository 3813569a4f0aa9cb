// SPDX-License-Identifier: MIT
#pragma once

#include <zlib.h>

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <proxcvx/core/require.hpp>
#include <proxcvx/io/printable.hpp>
#include <span>
#include <string>
#include <system_error>

// The bytes of a file, gzip'd or plain (zlib tells which), one after the other.

namespace proxcvx::detail {

/// A file that is read once, front to back. Every error is std::invalid_argument naming the file.
class GzipFile {
 public:
  explicit GzipFile(const std::filesystem::path& file) : name_(printable(file.string(), 1000)) {
    std::error_code error;
    require(!std::filesystem::is_directory(file, error), name_, "a file", "a folder");
    errno = 0;
    file_ = gzopen(file.string().c_str(), "rb");
    if (!file_) require(false, name_, "a readable file", std::generic_category().message(errno != 0 ? errno : ENOMEM));
  }

  GzipFile(const GzipFile&) = delete;
  GzipFile& operator=(const GzipFile&) = delete;
  ~GzipFile() { gzclose_r(file_); }

  [[nodiscard]] const std::string& name() const { return name_; }

  /// Reads as many bytes as `out` has; `what` says in the message what is missing where there are fewer.
  void read(std::span<unsigned char> out, const std::string& what) {
    const std::size_t got = read_some(out);
    if (got < out.size()) require(false, name_, what, "the end of the file");
  }

  /// Checks that nothing follows, and the checksum of a gzip'd file.
  void require_end() {
    unsigned char more = 0;
    require(read_some({&more, 1}) == 0, name_, "the end of the file", "more bytes than its sizes say");
  }

  /// A 32-bit number, most significant byte first.
  [[nodiscard]] std::size_t read_number(const std::string& what) {
    unsigned char bytes[4] = {};
    read(bytes, what);
    return std::size_t{bytes[0]} << 24U | std::size_t{bytes[1]} << 16U | std::size_t{bytes[2]} << 8U | bytes[3];
  }

 private:
  /// How many bytes there were, at most out.size() < 2^31. Throws where the compressed data is damaged or cut.
  std::size_t read_some(std::span<unsigned char> out) {
    const int got = gzread(file_, out.data(), static_cast<unsigned>(out.size()));
    int status = Z_OK;
    const char* const reason = gzerror(file_, &status);
    if (status == Z_ERRNO) require(false, name_, "a readable file", std::generic_category().message(errno));
    if (got < 0 || status != Z_OK) require(false, name_, "complete gzip'd data", zlib_words(status, reason));
    return static_cast<std::size_t>(got);
  }

  static std::string zlib_words(int status, const std::string& reason) {
    if (status == Z_BUF_ERROR) return "its end too early";
    return "damaged data (" + reason.substr(reason.rfind(": ") == std::string::npos ? 0 : reason.rfind(": ") + 2) + ")";
  }

  std::string name_;
  gzFile file_ = nullptr;
};

}  // namespace proxcvx::detail
