// SPDX-License-Identifier: MIT
#include <zlib.h>

#include <cstdint>
#include <filesystem>
#include <proxcvx/core/random.hpp>
#include <proxcvx/io/idx.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/catch2.hpp"
#include "support/temporary.hpp"

namespace fs = std::filesystem;
namespace pc = proxcvx;

namespace {

/// Big-endian.
std::string word(std::uint32_t number) {
  std::string out;
  for (unsigned shift = 32; shift > 0; shift -= 8) out += static_cast<char>(number >> (shift - 8) & 0xffU);
  return out;
}

/// Five images of 2 x 3 pixels: pixel k of image i is 40 i + k.
std::string images_idx() {
  std::string out = word(0x803) + word(5) + word(2) + word(3);
  for (int i = 0; i < 5; ++i) {
    for (int k = 0; k < 6; ++k) out += static_cast<char>(40 * i + k);
  }
  return out;
}

std::string labels_idx() { return word(0x801) + word(5) + std::string("\x01\x00\x07\x01\x00", 5); }

std::string gzipped(const std::string& bytes) {
  const tests::TemporaryFolder folder;
  const fs::path path = folder.path() / "x.gz";
  const gzFile file = gzopen(path.string().c_str(), "wb");
  REQUIRE(file != nullptr);
  REQUIRE(gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size())) == static_cast<int>(bytes.size()));
  REQUIRE(gzclose(file) == Z_OK);
  return tests::content_of(path);
}

/// Writes both files and reads them.
pc::LabelledData read(const std::string& images, const std::string& labels, const pc::IdxSettings& settings = {}) {
  const tests::TemporaryFolder folder;
  return pc::read_idx(folder.file("images", images), folder.file("labels", labels), settings);
}

/// The message of std::invalid_argument, without the folder; "" where both files are read.
std::string refusal(const std::string& images, const std::string& labels, const pc::IdxSettings& settings = {}) {
  const tests::TemporaryFolder folder;
  try {
    (void)pc::read_idx(folder.file("images", images), folder.file("labels", labels), settings);
  } catch (const std::invalid_argument& error) {
    const std::string message = error.what();
    const std::string prefix = folder.path().string() + "/";
    return message.substr(0, prefix.size()) == prefix ? message.substr(prefix.size()) : message;
  }
  return "";
}

}  // namespace

TEST_CASE("plain and gzip'd files hold the same images; two classes are kept") {
  pc::Matrix<double> inputs(6, 4);
  const int kept[] = {0, 1, 3, 4};
  for (pc::Index i = 0; i < 4; ++i) {
    for (pc::Index k = 0; k < 6; ++k) inputs(k, i) = (40 * kept[i] + static_cast<int>(k)) / 255.0;
  }
  for (const bool zip_images : {false, true}) {
    for (const bool zip_labels : {false, true}) {
      const auto data =
          read(zip_images ? gzipped(images_idx()) : images_idx(), zip_labels ? gzipped(labels_idx()) : labels_idx());
      CHECK(data.data.inputs() == inputs);
      CHECK(data.data.targets() == pc::Matrix<double>{{-1, 1, -1, 1}});
      CHECK(data.classes == std::vector<std::string>{"0", "1"});
      CHECK(data.features.empty());
    }
  }
  const auto other = read(images_idx(), labels_idx(), {.positive = 7, .negative = 1});
  CHECK(other.data.targets() == pc::Matrix<double>{{-1, 1, -1}});
  CHECK(other.classes == std::vector<std::string>{"7", "1"});
}

TEST_CASE("bad settings and bad files are refused with what is wrong") {
  const std::string images = images_idx();
  const std::string labels = labels_idx();
  CHECK(refusal(images, labels, {.positive = -1}) == "positive: expected a label in [0, 255], got -1");
  CHECK(refusal(images, labels, {.negative = 256}) == "negative: expected a label in [0, 255], got 256");
  CHECK(refusal(images, labels, {.positive = 1}) == "negative: expected another class than the positive one, got 1");
  CHECK(refusal(images, labels, {.positive = 2}) == "labels: labels: expected some of class 2, got none");
  CHECK(refusal(images, labels, {.negative = 9}) == "labels: labels: expected some of class 9, got none");
  CHECK(refusal(labels, labels) == "images: magic number: expected 2051 (IDX images, a byte per pixel), got 2049");
  CHECK(refusal(images, images) == "labels: magic number: expected 2049 (IDX labels, a byte each), got 2051");
  CHECK(refusal("", labels) == "images: expected IDX images, a magic number, got the end of the file");
  CHECK(refusal(images, "1,2,a\n3,4,b\n").find("labels: magic number: expected 2049") == 0);
  CHECK(refusal(images + "x", labels) == "images: expected the end of the file, got more bytes than its sizes say");
  CHECK(refusal(images, labels + "x") == "labels: expected the end of the file, got more bytes than its sizes say");
  CHECK(refusal(gzipped(images + "x"), labels).find("images: expected the end") == 0);
  CHECK(refusal(images, word(0x801) + word(4) + std::string("\0\1\0\1", 4)) ==
        "images: number of images: expected 4, as many as labels, got 5");
  CHECK(refusal(word(0x803) + word(5) + word(0) + word(3), labels) ==
        "images: size of an image: expected between 1 and 2^24 pixels, got 0 x 3");
  const tests::TemporaryFolder folder;
  const auto file = folder.file("labels", labels);
  CHECK_THROWS_WITH(pc::read_idx(folder.path(), file), folder.path().string() + ": expected a file, got a folder");
  CHECK_THROWS_WITH(pc::read_idx(folder.path() / "absent", file),
                    folder.path().string() + "/absent: expected a readable file, got No such file or directory");
}

TEST_CASE("sizes that no file could hold are refused without the memory for them") {
  const std::string labels = labels_idx();
  const std::uint32_t most = 0xffffffffU;
  CHECK(refusal(images_idx(), word(0x801) + word(most) + "abc") ==
        "labels: expected 4294967295 labels, got the end of the file");
  CHECK(refusal(word(0x803) + word(5) + word(most) + word(most), labels) ==
        "images: size of an image: expected between 1 and 2^24 pixels, got 4294967295 x 4294967295");
  CHECK(refusal(word(0x803) + word(5) + word(1U << 16U) + word(1U << 16U), labels).find("images: size of an image") ==
        0);
  CHECK(refusal(word(0x803) + word(5) + word(1U << 12U) + word(1U << 12U) + "abc", labels) ==
        "images: expected 5 images, got the end of the file");
  CHECK(refusal(word(0x803) + word(most) + word(1) + word(1), labels) ==
        "images: number of images: expected 5, as many as labels, got 4294967295");
}

TEST_CASE("a file that is cut at any byte is refused") {
  const std::string images = images_idx();
  const std::string labels = labels_idx();
  for (const bool zip : {false, true}) {
    const std::string whole_images = zip ? gzipped(images) : images;
    const std::string whole_labels = zip ? gzipped(labels) : labels;
    for (std::size_t size = 0; size < whole_images.size(); ++size) {
      INFO("images cut to " << size << " of " << whole_images.size());
      CHECK(refusal(whole_images.substr(0, size), whole_labels).find("images: ") == 0);
    }
    for (std::size_t size = 0; size < whole_labels.size(); ++size) {
      INFO("labels cut to " << size << " of " << whole_labels.size());
      CHECK(refusal(whole_images, whole_labels.substr(0, size)).find("labels: ") == 0);
    }
  }
}

TEST_CASE("a gzip'd file with any bit flipped is refused or holds the same data") {
  const std::string good = gzipped(images_idx());
  const auto expected = read(images_idx(), labels_idx());
  int refused = 0;
  for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(static_cast<unsigned char>(bad[bit / 8]) ^ (1U << (bit % 8)));
    if (!refusal(bad, labels_idx()).empty()) {
      ++refused;
      continue;
    }
    INFO("bit " << bit);
    CHECK(read(bad, labels_idx()).data.inputs() == expected.data.inputs());  // a header's time or system was hit
  }
  CHECK(refused > static_cast<int>(8 * (good.size() - 10)));
  std::string wrong_sum = good;
  wrong_sum[good.size() - 8] = static_cast<char>(wrong_sum[good.size() - 8] ^ 1);
  CHECK(refusal(wrong_sum, labels_idx()) ==
        "images: expected complete gzip'd data, got damaged data (incorrect data check)");
  CHECK(refusal(good.substr(0, good.size() - 1), labels_idx()) ==
        "images: expected complete gzip'd data, got its end too early");
}

TEST_CASE("a plain file with any bit flipped, and noise, are read or refused, nothing else") {
  const std::string images = images_idx();
  const std::string labels = labels_idx();
  for (std::size_t bit = 0; bit < 8 * images.size(); ++bit) {
    std::string bad = images;
    bad[bit / 8] = static_cast<char>(static_cast<unsigned char>(bad[bit / 8]) ^ (1U << (bit % 8)));
    CHECK(refusal(bad, labels).empty() == (bit / 8 >= 16));
  }
  for (std::size_t bit = 0; bit < 8 * 8; ++bit) {
    std::string bad = labels;
    bad[bit / 8] = static_cast<char>(static_cast<unsigned char>(bad[bit / 8]) ^ (1U << (bit % 8)));
    CHECK_FALSE(refusal(images, bad).empty());
  }
  for (std::uint64_t i = 0; i < 200; ++i) {
    pc::RandomStream stream{pc::Seed{2}, i};
    std::string noise(static_cast<std::size_t>(stream.below(300)), ' ');
    for (char& c : noise) c = static_cast<char>(stream() & 0xffU);
    CHECK_FALSE(refusal(noise, labels).empty());
    CHECK_FALSE(refusal("\x1f\x8b\x08" + noise, labels).empty());
  }
}

TEST_CASE("all images are kept where targets are one-hot or numbers") {
  const auto one_hot = read(images_idx(), labels_idx(), {.targets = pc::Targets::one_hot});
  CHECK(one_hot.data.size() == 5);
  CHECK(one_hot.classes == std::vector<std::string>{"0", "1", "7"});
  CHECK(one_hot.data.targets() == pc::Matrix<double>{{0, 1, 0, 0, 1}, {1, 0, 0, 1, 0}, {0, 0, 1, 0, 0}});
  CHECK(one_hot.data.inputs()(5, 2) == 85 / 255.0);
  const auto numbers =
      read(images_idx(), labels_idx(), {.positive = 3, .negative = 3, .targets = pc::Targets::numbers});
  CHECK(numbers.data.targets() == pc::Matrix<double>{{1, 0, 7, 1, 0}});
  CHECK(numbers.classes.empty());
  CHECK(numbers.data.inputs() == one_hot.data.inputs());
  CHECK(refusal(word(0x803) + word(0) + word(2) + word(3), word(0x801) + word(0), {.targets = pc::Targets::one_hot}) ==
        "images: number of images: expected a number >= 1, got 0");
}
