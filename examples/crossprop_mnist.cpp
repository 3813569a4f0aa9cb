// SPDX-License-Identifier: MIT

// "Does crossprop reuse the features of images when their labels change?"
//
// The ten digits of MNIST online, one pass a stage, by a network d-100-10 with tanh and softmax; from stage to stage
// the labels are shifted cyclically, in stage k to (label + k) mod 10, and nothing is reset: the features could stay,
// only the outgoing weights must change (after Veeriah, Zhang & Sutton 2017). For each way of learning: the share of
// right answers, before the step on an example, and the cross entropy over the last 1,000 examples of each stage, and
// how far the features went.
//
//   crossprop_mnist [--quick] [--data IMAGES LABELS] [--runs N] [--step-size ALPHA] [--out DIR]
//
// IMAGES and LABELS are IDX files, gzip'd or plain. Without them the data are ten random patterns of 8 x 8 pixels of
// which a sixth is flipped, no handwriting. --quick makes one run of 4 stages of 1,000 examples instead of 3 runs of
// 6 stages of all images (of 5,000 patterns); --out writes curves.csv, cross_entropy.svg and features.svg to DIR.

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <numeric>
#include <proxcvx/io/idx.hpp>
#include <proxcvx/proxcvx.hpp>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace pc = proxcvx;

constexpr pc::Index units = 100;
constexpr pc::Index classes = 10;

struct Settings {
  pc::Index runs = 3;
  pc::Index stages = 6;
  pc::Index samples = 0;  // of a stage; all where it is 0
  double step_size = 0.01;
  double deviation = 0.1;  // of all weights at first
};

/// A rule of one's own: the outgoing weights learn from random features, which stay as they are.
struct FixedFeatures {
  static constexpr pc::Memory memory = pc::Memory::none;
  [[nodiscard]] double from_memory() const { return 0; }
  [[nodiscard]] double from_weights() const { return 0; }
};
static_assert(pc::CrosspropRule<FixedFeatures>);

/// Ten random patterns, a third of whose pixels is white; in an example each pixel is flipped with probability 1/6.
pc::Dataset<double> patterns(pc::Index samples, pc::Seed seed) {
  constexpr pc::Index pixels = 64;
  pc::RandomStream drawing{seed, 0, pc::Purpose::points};
  pc::Matrix<double> pattern(pixels, classes);
  for (double& pixel : pattern.reshaped()) pixel = drawing.uniform() < 1.0 / 3 ? 1 : 0;
  pc::Matrix<double> x(pixels, samples);
  pc::Matrix<double> y = pc::Matrix<double>::Zero(classes, samples);
  for (pc::Index i = 0; i < samples; ++i) {
    pc::RandomStream stream{seed, static_cast<std::uint64_t>(i), pc::Purpose::data};
    const pc::Index k = stream.below(classes);
    y(k, i) = 1;
    for (pc::Index j = 0; j < pixels; ++j) {
      x(j, i) = stream.uniform() < 1.0 / 6 ? 1 - pattern(j, k) : pattern(j, k);
    }
  }
  return {x, y};
}

/// Examples over which a point of a curve averages.
pc::Index stretch_of(pc::Index samples) { return std::max<pc::Index>(samples / 40, 1); }

/// What a way of learning did, a number for each stretch of examples: sums over runs, divided in the end.
struct Curves {
  explicit Curves(std::size_t points) : right(points), loss(points), features(points), outgoing(points) {}

  std::vector<double> right;     // the share of right answers
  std::vector<double> loss;      // the mean cross entropy
  std::vector<double> features;  // ||U - U_0||^2 after it
  std::vector<double> outgoing;  // ||W - W_0||^2 after it

  void add(const Curves& other, double share) {
    for (std::size_t i = 0; i < right.size(); ++i) {
      right[i] += share * other.right[i];
      loss[i] += share * other.loss[i];
      features[i] += share * other.features[i];
      outgoing[i] += share * other.outgoing[i];
    }
  }
};

struct Stages {
  pc::Index count;
  pc::Index samples;               // of each
  std::vector<pc::Index> order{};  // of all stages, one after the other

  [[nodiscard]] pc::Index stretch() const { return stretch_of(samples); }
  [[nodiscard]] std::size_t points() const { return static_cast<std::size_t>(count * (samples / stretch())); }
};

/// A pass over the data in a random order for each stage, or over as many examples as it has.
Stages draw_stages(const Settings& settings, pc::Index size, pc::Seed seed) {
  const pc::Index samples = settings.samples > 0 ? std::min(settings.samples, size) : size;
  Stages stages{settings.stages, samples / stretch_of(samples) * stretch_of(samples)};
  std::vector<pc::Index> all(static_cast<std::size_t>(size));
  for (pc::Index stage = 0; stage < stages.count; ++stage) {
    std::iota(all.begin(), all.end(), pc::Index{0});
    pc::RandomStream stream{seed, static_cast<std::uint64_t>(stage), pc::Purpose::batches};
    for (std::size_t i = 0; i + 1 < all.size(); ++i) {  // Fisher & Yates 1938
      std::swap(all[i], all[i + static_cast<std::size_t>(stream.below(size - static_cast<pc::Index>(i)))]);
    }
    stages.order.insert(stages.order.end(), all.begin(), all.begin() + stages.samples);
  }
  return stages;
}

template <class Rule, class Output>
Curves learn(const Rule& rule, const Output& output, const pc::Dataset<double>& data, const Stages& stages,
             const Settings& settings, pc::Seed seed) {
  const pc::Index d = data.dimension();
  pc::Crossprop learner{{.inputs = d + 1, .hidden = units, .outputs = classes, .step_size = settings.step_size},
                        rule,
                        pc::Tanh{},
                        output};
  learner.initialize(seed, settings.deviation);
  const pc::Matrix<double> u = learner.incoming();
  const pc::Matrix<double> w = learner.outgoing();
  pc::Vector<double> x(d + 1);
  x[d] = 1;
  pc::Vector<double> target(classes);
  Curves curves(stages.points());
  for (pc::Index t = 0; t < stages.count * stages.samples; ++t) {
    const pc::Index n = stages.order[static_cast<std::size_t>(t)];
    x.head(d) = data.inputs().col(n);
    for (pc::Index k = 0; k < classes; ++k) target[(k + t / stages.samples) % classes] = data.targets()(k, n);
    const auto point = static_cast<std::size_t>(t / stages.stretch());
    const double share = 1 / static_cast<double>(stages.stretch());
    curves.loss[point] += share * learner.step(x, target);
    pc::Index answer = 0;
    learner.outputs().maxCoeff(&answer);
    curves.right[point] += share * target[answer];
    if ((t + 1) % stages.stretch() == 0) {
      curves.features[point] = (learner.incoming() - u).squaredNorm();
      curves.outgoing[point] = (learner.outgoing() - w).squaredNorm();
    }
  }
  return curves;
}

const std::vector<std::string> names{"backprop",     "full",           "per weight",        "per unit",
                                     "lambda = 1/2", "features fixed", "full, no Jacobian", "per weight, no Jacobian"};

std::vector<Curves> one_run(const pc::Dataset<double>& data, const Settings& settings, std::uint64_t run) {
  const Stages stages = draw_stages(settings, data.size(), pc::Seed{run});
  const auto by = [&](const auto& rule, const auto& output) {
    return learn(rule, output, data, stages, settings, pc::Seed{run + 1'000'000});
  };
  const pc::SoftmaxOutput softmax;
  const pc::SoftmaxWithoutJacobian approximate;  // as in the code of the paper's authors
  return {by(pc::Backprop{}, softmax),           by(pc::FullCrossprop{}, softmax),
          by(pc::PerWeightCrossprop{}, softmax), by(pc::PerUnitCrossprop{}, softmax),
          by(pc::MixedCrossprop{0.5}, softmax),  by(FixedFeatures{}, softmax),
          by(pc::FullCrossprop{}, approximate),  by(pc::PerWeightCrossprop{}, approximate)};
}

/// The mean of a curve over the last `count` points of a stage.
double at_the_end_of(const std::vector<double>& curve, std::size_t stage, std::size_t stages, std::size_t count) {
  const auto end = curve.begin() + static_cast<std::ptrdiff_t>((stage + 1) * curve.size() / stages);
  return std::accumulate(end - static_cast<std::ptrdiff_t>(count), end, 0.0) / static_cast<double>(count);
}

void write(const std::filesystem::path& folder, const std::vector<Curves>& all, pc::Index stretch,
           const std::string& what) {
  std::filesystem::create_directories(folder);
  std::ostringstream csv;
  csv << "learner,examples,right,cross_entropy,features_moved,outgoing_moved\n" << std::setprecision(7);
  pc::RunPicture loss{.title = what + "; labels shifted by one after each stage; t: a stretch of " +
                               std::to_string(stretch) + " examples",
                      .y_label = "cross entropy",
                      .x_label = "stretch t",
                      .even_iterations = true};
  pc::RunPicture features{
      .title = loss.title, .y_label = "||U - U_0||^2", .x_label = loss.x_label, .even_iterations = true};
  for (std::size_t k = 0; k < all.size(); ++k) {
    for (std::size_t i = 0; i < all[k].right.size(); ++i) {
      csv << '"' << names[k] << "\"," << static_cast<pc::Index>(i + 1) * stretch << ',' << all[k].right[i] << ','
          << all[k].loss[i] << ',' << all[k].features[i] << ',' << all[k].outgoing[i] << '\n';
    }
    if (k >= 6) continue;  // the approximations are in the table
    loss.curves.push_back({names[k], all[k].loss});
    if (names[k] != "features fixed") features.curves.push_back({names[k], all[k].features});
  }
  pc::write_atomically(folder / "curves.csv", csv.str());
  for (const auto& [name, picture] : {std::pair{"cross_entropy.svg", &loss}, std::pair{"features.svg", &features}}) {
    std::cout << name << ": " << pc::draw_run(folder / name, *picture) << '\n';
  }
}

void print(const std::vector<Curves>& all, const Settings& settings, std::size_t count) {
  const auto stages = static_cast<std::size_t>(settings.stages);
  const auto heading = [&] {
    std::cout << std::left << std::setw(25) << "learner" << std::right;
    for (std::size_t stage = 0; stage < stages; ++stage) std::cout << std::setw(7) << "k = " + std::to_string(stage);
  };
  std::cout << "right answers, %\n";
  heading();
  std::cout << std::setw(13) << "||U-U0||^2" << std::setw(13) << "||W-W0||^2" << '\n';
  for (std::size_t k = 0; k < all.size(); ++k) {
    std::cout << std::left << std::setw(25) << names[k] << std::right << std::fixed << std::setprecision(1);
    for (std::size_t stage = 0; stage < stages; ++stage) {
      std::cout << std::setw(7) << 100 * at_the_end_of(all[k].right, stage, stages, count);
    }
    std::cout << std::setprecision(3) << std::setw(13) << all[k].features.back() << std::setw(13)
              << all[k].outgoing.back() << '\n';
  }
  std::cout << "\ncross entropy\n";
  heading();
  std::cout << '\n';
  for (std::size_t k = 0; k < all.size(); ++k) {
    std::cout << std::left << std::setw(25) << names[k] << std::right << std::setprecision(3);
    for (std::size_t stage = 0; stage < stages; ++stage) {
      std::cout << std::setw(7) << at_the_end_of(all[k].loss, stage, stages, count);
    }
    std::cout << '\n';
  }
}

int run(int argc, char** argv) {
  Settings settings;
  bool quick = false;
  std::filesystem::path images;
  std::filesystem::path labels;
  std::filesystem::path folder;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--quick") {
      quick = true;
    } else if (word == "--data" && i + 2 < argc) {
      images = argv[++i];
      labels = argv[++i];
    } else if (word == "--out" && i + 1 < argc) {
      folder = argv[++i];
    } else if (word == "--runs" && i + 1 < argc && std::atoi(argv[i + 1]) > 0) {
      settings.runs = std::atoi(argv[++i]);
    } else if (word == "--step-size" && i + 1 < argc && std::atof(argv[i + 1]) > 0) {
      settings.step_size = std::atof(argv[++i]);
    } else {
      std::cerr << "usage: crossprop_mnist [--quick] [--data IMAGES LABELS] [--runs N] [--step-size ALPHA] "
                   "[--out DIR]\n";
      return 1;
    }
  }
  if (quick) {
    settings.runs = 1;
    settings.stages = 4;
    settings.samples = 1'000;
  }
  const bool embedded = images.empty();
  const auto data =
      embedded ? patterns(5'000, pc::Seed{1}) : pc::read_idx(images, labels, {.targets = pc::Targets::one_hot}).data;
  pc::require(data.outputs() == classes, "labels", "ten different ones", data.outputs());

  std::vector<std::vector<Curves>> of_run(static_cast<std::size_t>(settings.runs));
  pc::parallel_for_blocks(0, settings.runs, 0, [&](pc::Index k) {
    of_run[static_cast<std::size_t>(k)] = one_run(data, settings, static_cast<std::uint64_t>(k) + 1);
  });
  std::vector<Curves> all(names.size(), Curves(of_run[0][0].right.size()));
  for (const auto& one : of_run) {
    for (std::size_t k = 0; k < all.size(); ++k) all[k].add(one[k], 1.0 / static_cast<double>(settings.runs));
  }

  const pc::Index samples = draw_stages(settings, data.size(), pc::Seed{1}).samples;
  const pc::Index stretch = stretch_of(samples);
  const pc::Index count = std::max<pc::Index>(std::min<pc::Index>(1'000, samples / 2) / stretch, 1);
  const std::string what = (embedded ? "random patterns (no --data given)" : images.filename().string()) +
                           ", mean of " + std::to_string(settings.runs) + (settings.runs == 1 ? " run" : " runs");
  std::cout << what << "; " << data.dimension() << " pixels, " << samples << " examples a stage, labels + k\n"
            << "Over the last " << count * stretch << " examples of each stage:\n\n";
  print(all, settings, static_cast<std::size_t>(count));
  if (!folder.empty()) write(folder, all, stretch, what);
  return 0;
}

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "crossprop_mnist: " << error.what() << '\n';
    return 1;
  }
}
