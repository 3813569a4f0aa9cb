// SPDX-License-Identifier: MIT
#include <proxcvx/io/idx.hpp>
#include <string>
#include <vector>

#include "support/catch2.hpp"
#include "support/shared.hpp"

namespace pc = proxcvx;

TEST_CASE("MNIST's test images, 0 against 1: 980 and 1135 of 28 x 28 pixels") {
  const auto mnist = pc::read_idx(tests::shared_path("data/t10k-images-idx3-ubyte.gz"),
                                  tests::shared_path("data/t10k-labels-idx1-ubyte.gz"));
  CHECK(mnist.data.size() == 2115);
  CHECK(mnist.data.dimension() == 784);
  CHECK((mnist.data.targets().array() == 1).count() == 980);
  CHECK((mnist.data.targets().array() == -1).count() == 1135);
  CHECK(mnist.classes == std::vector<std::string>{"0", "1"});
  CHECK(mnist.data.inputs().minCoeff() == 0);
  CHECK(mnist.data.inputs().maxCoeff() == 1);
  CHECK(((mnist.data.inputs().array() * 255).round() / 255 == mnist.data.inputs().array()).all());
}

TEST_CASE("MNIST's test images of all ten digits, one-hot or as numbers") {
  const auto read = [](pc::Targets targets) {
    return pc::read_idx(tests::shared_path("data/t10k-images-idx3-ubyte.gz"),
                        tests::shared_path("data/t10k-labels-idx1-ubyte.gz"), {.targets = targets});
  };
  const auto mnist = read(pc::Targets::one_hot);
  CHECK(mnist.data.size() == 10'000);
  CHECK(mnist.data.outputs() == 10);
  CHECK(mnist.classes == std::vector<std::string>{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"});
  CHECK((mnist.data.targets().array() == 0 || mnist.data.targets().array() == 1).all());
  CHECK((mnist.data.targets().colwise().sum().array() == 1).all());
  CHECK(mnist.data.targets().row(0).sum() == 980);
  CHECK(mnist.data.targets().row(1).sum() == 1135);
  const auto numbers = read(pc::Targets::numbers);
  CHECK(numbers.classes.empty());
  CHECK(numbers.data.inputs() == mnist.data.inputs());
  for (pc::Index i = 0; i < 10'000; i += 97) {
    CHECK(mnist.data.targets()(static_cast<pc::Index>(numbers.data.targets()(0, i)), i) == 1);
  }
}
