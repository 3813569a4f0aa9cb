// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <proxcvx/core/require.hpp>
#include <proxcvx/io/gzip_file.hpp>
#include <proxcvx/io/labelled_data.hpp>
#include <span>
#include <string>
#include <vector>

// Images and labels in the IDX format of MNIST (LeCun, Cortes & Burges 1998), gzip'd or plain: big-endian 32-bit sizes
// after a magic number, then a byte per pixel or label. Needs zlib.

namespace proxcvx {

/// What is kept: two classes as signs, or all images.
struct IdxSettings {
  int positive = 0;                  ///< the label that becomes +1, in [0, 255]
  int negative = 1;                  ///< the label that becomes -1, in [0, 255], another one
  Targets targets = Targets::signs;  ///< otherwise all images are kept, whatever the two labels above
};

namespace detail {

/// A byte per sample. Memory grows with what is in the file, not with what its header says.
[[nodiscard]] inline std::vector<unsigned char> read_idx_labels(const std::filesystem::path& labels) {
  GzipFile file{labels};
  const std::size_t magic = file.read_number("IDX labels, a magic number");
  require(magic == 0x801, file.name() + ": magic number", "2049 (IDX labels, a byte each)", magic);
  const std::size_t count = file.read_number("a number of labels");
  std::vector<unsigned char> all;
  while (all.size() < count) {
    const std::size_t size = all.size();
    all.resize(size + std::min<std::size_t>(count - size, 1U << 20U));
    file.read(std::span{all}.subspan(size), std::to_string(count) + " labels");
  }
  file.require_end();
  return all;
}

}  // namespace detail

/// The images: inputs (rows x columns of an image) x n, pixels/255 in [0, 1], row by row; samples in file order.
/// Targets are +1 for `positive` and -1 for `negative`, of which alone images are kept; or those of all images: the
/// label itself (Targets::numbers), or a column e_k for the k-th label that occurs, ascending (Targets::one_hot).
/// `features` stays empty, `label` is "label", `classes` are the labels, for signs the positive one first.
/// Throws std::invalid_argument naming the file: it cannot be read, is no IDX file of that kind, ends too early, goes
/// on too long, is damaged (gzip's checksum), has images of more than 2^24 pixels; numbers of images and labels differ;
/// one of two classes is absent or both are the same; there is no image. O(bytes) time; memory for the images that are
/// kept.
[[nodiscard]] inline LabelledData read_idx(const std::filesystem::path& images, const std::filesystem::path& labels,
                                           const IdxSettings& settings = {}) {
  const bool signs = settings.targets == Targets::signs;
  require(settings.positive >= 0 && settings.positive <= 255, "positive", "a label in [0, 255]", settings.positive);
  require(settings.negative >= 0 && settings.negative <= 255, "negative", "a label in [0, 255]", settings.negative);
  require(!signs || settings.positive != settings.negative, "negative", "another class than the positive one",
          settings.negative);
  const std::vector<unsigned char> label_of = detail::read_idx_labels(labels);

  detail::GzipFile file{images};
  const std::size_t magic = file.read_number("IDX images, a magic number");
  require(magic == 0x803, file.name() + ": magic number", "2051 (IDX images, a byte per pixel)", magic);
  const std::size_t count = file.read_number("a number of images");
  const std::size_t rows = file.read_number("a number of rows");
  const std::size_t columns = file.read_number("a number of columns");
  constexpr std::size_t most = std::size_t{1} << 24U;
  require(rows >= 1 && columns >= 1 && rows <= most && columns <= most && rows * columns <= most,
          file.name() + ": size of an image", "between 1 and 2^24 pixels",
          std::to_string(rows) + " x " + std::to_string(columns));
  require(count == label_of.size(), file.name() + ": number of images",
          std::to_string(label_of.size()) + ", as many as labels", count);

  std::vector<unsigned char> image(rows * columns);
  std::vector<double> pixels;
  std::vector<int> kept;
  for (const unsigned char label : label_of) {
    file.read(image, std::to_string(count) + " images");
    if (signs && label != settings.positive && label != settings.negative) continue;
    kept.push_back(label);
    for (const unsigned char pixel : image) pixels.push_back(pixel / 255.0);
  }
  file.require_end();
  std::vector<int> classes{settings.positive, settings.negative};
  if (!signs) {
    classes = kept;
    std::ranges::sort(classes);
    classes.erase(std::unique(classes.begin(), classes.end()), classes.end());
    require(!classes.empty(), detail::printable(images.string(), 1000) + ": number of images", "a number >= 1", 0);
  }
  for (const int wanted : classes) {
    require(std::ranges::find(kept, wanted) != kept.end(), detail::printable(labels.string(), 1000) + ": labels",
            "some of class " + std::to_string(wanted), "none");
  }
  const auto n = static_cast<Index>(kept.size());
  const auto d = static_cast<Index>(image.size());
  const bool one_hot = settings.targets == Targets::one_hot;
  Matrix<double> targets = Matrix<double>::Zero(one_hot ? static_cast<Index>(classes.size()) : 1, n);
  for (Index i = 0; i < n; ++i) {
    const int label = kept[static_cast<std::size_t>(i)];
    if (one_hot) {
      targets(std::ranges::lower_bound(classes, label) - classes.begin(), i) = 1;
    } else {
      targets(0, i) = signs ? (label == settings.positive ? 1 : -1) : label;
    }
  }
  LabelledData read{Dataset<double>(Eigen::Map<const Matrix<double>>(pixels.data(), d, n), targets), {}, "label", {}};
  if (settings.targets != Targets::numbers) {
    for (const int label : classes) read.classes.push_back(std::to_string(label));
  }
  return read;
}

}  // namespace proxcvx
