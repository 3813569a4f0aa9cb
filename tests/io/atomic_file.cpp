// SPDX-License-Identifier: MIT
#include <sys/resource.h>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <proxcvx/io/atomic_file.hpp>
#include <string>
#include <thread>

#include "support/catch2.hpp"
#include "support/temporary.hpp"

namespace fs = std::filesystem;
namespace pc = proxcvx;
using Catch::Matchers::ContainsSubstring;
using tests::content_of;

namespace {

std::size_t entries(const fs::path& folder) {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : fs::directory_iterator(folder)) ++count;
  return count;
}

/// While it lives, no file of this process grows beyond that size: writing fails as on a full disk.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

}  // namespace

TEST_CASE("a file is written, and replaced, and nothing stays beside it") {
  const tests::TemporaryFolder folder;
  const fs::path file = folder.path() / "report.json";
  pc::write_atomically(file, "first");
  CHECK(content_of(file) == "first");
  const std::string bytes("a\0b\r\n\xff", 6);
  pc::write_atomically(file, bytes);
  CHECK(content_of(file) == bytes);
  pc::write_atomically(file, "");
  CHECK(content_of(file).empty());
  CHECK(entries(folder.path()) == 1);
}

TEST_CASE("a symbolic link stays one") {
  const tests::TemporaryFolder folder;
  const auto file = folder.file("target", "old");
  fs::create_symlink(file, folder.path() / "link");
  pc::write_atomically(folder.path() / "link", "new");
  CHECK(fs::is_symlink(folder.path() / "link"));
  CHECK(content_of(file) == "new");
}

TEST_CASE("what cannot be written is std::runtime_error with path and reason") {
  const tests::TemporaryFolder folder;
  CHECK_THROWS_WITH(pc::write_atomically(folder.path() / "no" / "x", "text"),
                    "cannot write " + folder.path().string() + "/no/x: No such file or directory");
  CHECK_THROWS_WITH(pc::write_atomically(folder.file("plain", "") / "x", "text"), ContainsSubstring("Not a directory"));
  CHECK_THROWS_WITH(pc::write_atomically(folder.path(), "text"), ContainsSubstring("it is not a regular file"));
  CHECK_THROWS_WITH(pc::write_atomically("/dev/null", "text"), ContainsSubstring("it is not a regular file"));
  CHECK_THROWS_WITH(pc::write_atomically("", "text"), ContainsSubstring("the name of a file"));
  CHECK_THROWS_AS(pc::write_atomically(folder.path() / std::string(300, 'x'), "text"), std::runtime_error);
  CHECK(fs::is_character_file("/dev/null"));
  CHECK(entries(folder.path()) == 1);
}

TEST_CASE("a disk that fills up leaves the old file as it was and nothing beside it") {
  const tests::TemporaryFolder folder;
  const auto file = folder.file("report.json", "old");
  std::string message;
  {
    const FileSizeLimit limit(1000);
    try {
      pc::write_atomically(file, std::string(100'000, 'x'));
    } catch (const std::runtime_error& error) {
      message = error.what();
    }
  }
  CHECK(message == "cannot write " + file.string() + ": File too large");
  CHECK(content_of(file) == "old");
  CHECK(entries(folder.path()) == 1);
}

TEST_CASE("a reader sees one whole text or another, whoever writes") {
  const tests::TemporaryFolder folder;
  const auto file = folder.file("report.json", std::string(50'000, 'a'));
  std::atomic<bool> done{false};
  const auto write = [&](char first, char second) {
    for (int i = 0; i < 100; ++i) pc::write_atomically(file, std::string(50'000, i % 2 == 0 ? first : second));
  };
  std::thread writers([&] {
    std::thread other(write, 'c', 'd');
    write('a', 'b');
    other.join();
    done = true;
  });
  int reads = 0;
  bool whole = true;
  while (!done || reads == 0) {
    const std::string text = content_of(file);
    whole = whole && text.size() == 50'000 && text == std::string(50'000, text[0]);
    ++reads;
  }
  writers.join();
  CHECK(whole);
  CHECK(reads > 0);
  CHECK(entries(folder.path()) == 1);
}
