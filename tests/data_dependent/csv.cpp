// SPDX-License-Identifier: MIT
#include <proxcvx/io/csv.hpp>
#include <string>
#include <vector>

#include "support/catch2.hpp"
#include "support/shared.hpp"

namespace pc = proxcvx;
using Strings = std::vector<std::string>;

namespace {

pc::LabelledData read(const char* name, const pc::CsvSettings& settings = {}) {
  return pc::read_csv(tests::shared_path("data") / name, settings);
}

pc::Index positives(const pc::LabelledData& read_data) { return (read_data.data.targets().array() == 1).count(); }

}  // namespace

TEST_CASE("iris: 150 samples of 4 numbers in 3 classes of 50") {
  const auto iris = read("iris.csv", {.targets = pc::Targets::one_hot});
  CHECK(iris.data.size() == 150);
  CHECK(iris.data.dimension() == 4);
  CHECK(iris.classes == Strings{"Iris-setosa", "Iris-versicolor", "Iris-virginica"});
  CHECK(iris.data.targets().rowwise().sum() == pc::Vector<double>{{50.0, 50.0, 50.0}});
  CHECK(iris.features.empty());
  CHECK(iris.label == "4");
  CHECK(iris.data.inputs().col(0) == pc::Vector<double>{{5.1, 3.5, 1.4, 0.2}});
  CHECK(iris.data.inputs().col(149) == pc::Vector<double>{{5.9, 3.0, 5.1, 1.8}});
  const auto signs = read("iris.csv", {.positive = "Iris-virginica"});
  CHECK(positives(signs) == 50);
  CHECK(signs.data.targets()(0, 149) == 1);
}

TEST_CASE("ionosphere: 351 samples of 34 numbers, 225 good and 126 bad") {
  const auto ionosphere = read("ionosphere.csv");
  CHECK(ionosphere.data.size() == 351);
  CHECK(ionosphere.data.dimension() == 34);
  CHECK(ionosphere.classes == Strings{"g", "b"});
  CHECK(positives(ionosphere) == 225);
}

TEST_CASE("banknote: 1372 samples of 4 numbers, 762 genuine and 610 not") {
  const auto banknote = read("banknote_authentication.csv");
  CHECK(banknote.data.size() == 1372);
  CHECK(banknote.data.dimension() == 4);
  CHECK(banknote.classes == Strings{"0", "1"});
  CHECK(positives(banknote) == 762);
}

TEST_CASE("housing: 506 samples of 13 numbers and a price") {
  const auto housing = read("housing.csv", {.targets = pc::Targets::numbers});
  CHECK(housing.data.size() == 506);
  CHECK(housing.data.dimension() == 13);
  CHECK(housing.classes.empty());
  CHECK(housing.data.targets()(0, 0) == 24);
  CHECK(housing.data.targets().maxCoeff() == 50);
  CHECK(housing.data.targets().minCoeff() == 5);
}
