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
