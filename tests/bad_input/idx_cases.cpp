// SPDX-License-Identifier: MIT
#include <zlib.h>

#include <cstdint>

#include "bad_input/cases.hpp"

namespace {

using tests::BadInput;

/// Big-endian.
std::string word(std::uint32_t number) {
  std::string out;
  for (unsigned shift = 32; shift > 0; shift -= 8) out += static_cast<char>(number >> (shift - 8) & 0xffU);
  return out;
}

/// Four images of 2 x 2 pixels.
const std::string images = word(0x803) + word(4) + word(2) + word(2) + "abcdefghijklmnop";
const std::string labels = word(0x801) + word(4) + std::string("\0\1\0\1", 4);

std::string gzipped(const std::string& bytes) {
  const tests::TemporaryFolder folder;
  const std::string path = (folder.path() / "x.gz").string();
  const gzFile file = gzopen(path.c_str(), "wb");
  REQUIRE(file != nullptr);
  REQUIRE(gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size())) == static_cast<int>(bytes.size()));
  REQUIRE(gzclose(file) == Z_OK);
  return tests::content_of(path);
}

BadInput case_of(const std::string& name, const std::string& image_file, const std::string& label_file,
                 const std::string& mention, const std::vector<std::string>& more = {}) {
  BadInput bad{.name = name,
               .arguments = {"--idx", "@images", "@labels"},
               .files = {{"images", image_file}, {"labels", label_file}},
               .mention = mention};
  bad.arguments.insert(bad.arguments.end(), more.begin(), more.end());
  return bad;
}

/// A case for a spoilt file of images and one for a spoilt file of labels; the message names the file.
void add_spoilt(std::vector<BadInput>& cases, const std::string& name, bool of_images, const std::string& spoilt) {
  cases.push_back(case_of((of_images ? "images, " : "labels, ") + name, of_images ? spoilt : images,
                          of_images ? labels : spoilt, of_images ? "images: " : "labels: "));
}

/// Cut at every byte, plain and gzip'd.
void add_cut_files(std::vector<BadInput>& cases) {
  for (const bool zip : {false, true}) {
    for (const bool of_images : {true, false}) {
      const std::string& plain = of_images ? images : labels;
      const std::string whole = zip ? gzipped(plain) : plain;
      for (std::size_t size = 0; size < whole.size(); ++size) {
        if (zip && size == 0) continue;  // the same as a plain one of no bytes
        add_spoilt(cases, (zip ? "gzip'd, cut to " : "cut to ") + std::to_string(size), of_images,
                   whole.substr(0, size));
      }
    }
  }
}

/// Every bit of the checksum and the length at the end of gzip'd data, flipped.
void add_bad_checksums(std::vector<BadInput>& cases) {
  for (const bool of_images : {true, false}) {
    const std::string whole = gzipped(of_images ? images : labels);
    for (std::size_t back = 1; back <= 8; ++back) {
      for (unsigned bit = 0; bit < 8; bit += 2) {
        std::string spoilt = whole;
        char& byte = spoilt[whole.size() - back];
        byte = static_cast<char>(static_cast<unsigned char>(byte) ^ (1U << bit));
        add_spoilt(cases, "bit " + std::to_string(bit) + " of byte -" + std::to_string(back), of_images, spoilt);
      }
    }
  }
}

/// Headers that lie.
void add_bad_headers(std::vector<BadInput>& cases) {
  for (const bool of_images : {true, false}) {
    const std::string& plain = of_images ? images : labels;
    for (std::size_t at = 0; at < 4; ++at) {
      for (const char byte : {'\x02', '\x0d', '\x7f'}) {
        std::string spoilt = plain;
        spoilt[at] = byte;
        add_spoilt(cases, "magic byte " + std::to_string(at) + " is " + std::to_string(byte), of_images, spoilt);
      }
    }
    add_spoilt(cases, "a byte too many", of_images, plain + "x");
    add_spoilt(cases, "gzip'd, a byte too many", of_images, gzipped(plain + "x"));
  }
  const std::uint32_t most = 0xffffffffU;
  for (const std::uint32_t count : {0U, 1U, 2U, 3U, 5U, 6U, 100U, 65536U, 0x7fffffffU, 0x80000000U, most}) {
    add_spoilt(cases, std::to_string(count) + " images", true, word(0x803) + word(count) + images.substr(8));
    cases.push_back(
        case_of(std::to_string(count) + " labels", images, word(0x801) + word(count) + labels.substr(8), "expected"));
    for (const bool of_rows : {true, false}) {
      if (count == 2) continue;
      add_spoilt(cases, std::to_string(count) + (of_rows ? " rows" : " columns"), true,
                 images.substr(0, 8) + (of_rows ? word(count) + word(2) : word(2) + word(count)) + images.substr(16));
    }
  }
  add_spoilt(cases, "both sizes the largest", true, images.substr(0, 8) + word(most) + word(most) + images.substr(16));
}

void add_bad_image_choices(std::vector<BadInput>& cases) {
  cases.push_back(case_of("exchanged", labels, images, "magic number"));
  for (const char* const classes : {"0,2", "7,1", "0,255", "1,1", "0,0", "-1,0", "0,256", "1000000,0", "0", "0,1,2",
                                    "a,b", "0,nan", "0.5,1", "0x0,1", "0,99999999999"}) {
    cases.push_back(case_of(std::string("classes ") + classes, images, labels, "", {"--classes", classes}));
  }
  for (const auto& [a, b] : std::vector<std::pair<std::string, std::string>>{{"@absent", "@labels"},
                                                                             {"@images", "@absent"},
                                                                             {"@", "@labels"},
                                                                             {"@images", "@"},
                                                                             {"@images", "@labels/x"}}) {
    BadInput bad = case_of("files " + a + " and " + b, images, labels, "expected");
    bad.arguments[1] = a;
    bad.arguments[2] = b;
    cases.push_back(bad);
  }
}

}  // namespace

TEST_CASE("bad IDX files are refused with a message") {
  std::vector<BadInput> cases;
  add_cut_files(cases);
  add_bad_checksums(cases);
  add_bad_headers(cases);
  add_bad_image_choices(cases);
  tests::check_all(cases, tests::fewest_idx_files);
}
