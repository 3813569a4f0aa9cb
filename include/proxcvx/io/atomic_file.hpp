// SPDX-License-Identifier: MIT
#pragma once

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <proxcvx/io/printable.hpp>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

// Files that are there whole or not at all: written under another name beside their place, then renamed.

namespace proxcvx {

namespace detail {

/// "cannot write PATH: REASON", as std::runtime_error: a failing disk is nobody's argument.
[[noreturn]] inline void fail_to_write(const std::filesystem::path& path, const std::string& reason) {
  throw std::runtime_error("cannot write " + printable(path.string(), 1000) + ": " + reason);
}

[[nodiscard]] inline std::string reason_of(int error) {
  return error == 0 ? "unknown reason" : std::generic_category().message(error);
}

/// A name in the same folder that no other writer uses.
[[nodiscard]] inline std::filesystem::path name_beside(const std::filesystem::path& path) {
  std::random_device random;
  std::string name = "." + path.filename().string() + ".";
  for (int i = 0; i < 4; ++i) name += std::to_string(random() % 100'000U) + (i < 3 ? "-" : ".partial");
  return path.parent_path() / name;
}

/// Creates the file, which must not exist, and writes the text; 0 or the error number.
[[nodiscard]] inline int write_new_file(const std::filesystem::path& path, std::string_view text) {
  errno = 0;
  std::FILE* const file = std::fopen(path.string().c_str(), "wbx");
  if (!file) return errno != 0 ? errno : EIO;
  int error = 0;
  if (std::fwrite(text.data(), 1, text.size(), file) != text.size()) error = errno != 0 ? errno : EIO;
  if (std::fclose(file) != 0 && error == 0) error = errno != 0 ? errno : EIO;
  return error;
}

}  // namespace detail

/// Writes the file, or replaces it, in one step: another program, or a kill at any time, sees the old file or the new
/// one, never a part. A symbolic link is followed. Throws std::runtime_error naming path and reason (no such folder,
/// no space, no permission, not a regular file), and then leaves the old file as it was and nothing beside it.
inline void write_atomically(const std::filesystem::path& path, std::string_view text) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path target = fs::is_symlink(path, error) ? fs::weakly_canonical(path, error) : path;
  if (error && error != std::errc::no_such_file_or_directory) detail::fail_to_write(path, error.message());
  if (!target.has_filename()) detail::fail_to_write(path, "expected the name of a file");
  const fs::file_status status = fs::status(target, error);
  if (fs::exists(status) && !fs::is_regular_file(status)) detail::fail_to_write(path, "it is not a regular file");
  const fs::path partial = detail::name_beside(target);
  if (const int failed = detail::write_new_file(partial, text); failed != 0) {
    fs::remove(partial, error);
    detail::fail_to_write(path, detail::reason_of(failed));
  }
  fs::rename(partial, target, error);
  if (error) {
    const std::string reason = error.message();
    fs::remove(partial, error);
    detail::fail_to_write(path, reason);
  }
}

}  // namespace proxcvx
