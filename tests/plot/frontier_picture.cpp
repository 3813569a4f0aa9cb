// SPDX-License-Identifier: MIT
#include <cmath>
#include <limits>
#include <proxcvx/plot/frontier_picture.hpp>
#include <string>

#include "plot/markup.hpp"
#include "plot/surroundings.hpp"
#include "support/catch2.hpp"

namespace pc = proxcvx;

namespace frontier_pictures {

markup::Document picture_of(const pc::Frontier& frontier) {
  const surroundings::Folder folder;
  std::string complaint;
  REQUIRE(pc::draw_frontier(folder / "frontier.svg", frontier, &complaint) == pc::PictureStatus::drawn);
  CHECK(complaint.empty());
  CHECK(folder.files() == 1);
  CHECK(std::filesystem::file_size(folder / "frontier.svg") < 100'000);
  return markup::parse(markup::read(folder / "frontier.svg"));
}

}  // namespace frontier_pictures

TEST_CASE("a frontier's picture shows hull, samples and one line, at any scale and with nothing to show") {
  for (const double scale : {1e-200, 1.0, 1e100}) {
    pc::Frontier frontier;
    frontier.proxy = "g <of a 'test'>";
    frontier.region = "ball";
    frontier.samples = 5000;
    for (int i = 0; i < 400; ++i) frontier.others.push_back({i * scale, (i + i * i % 97) * scale, i});
    frontier.hull = {{0, 0, 0}, {200 * scale, 2 * scale, 3}, {400 * scale, 100 * scale, 4}};
    const auto picture = frontier_pictures::picture_of(frontier);
    CHECK(picture.says("lower hull"));
    CHECK(picture.says("samples (the first ones)"));
    CHECK(picture.says("mu = 0.02, xi = 0"));
    CHECK(picture.says("g <of a 'test'>"));
  }
  CHECK_FALSE(frontier_pictures::picture_of({}).says("lower hull"));
  pc::Frontier single;
  single.hull = single.others = {{3, 0, 0}};
  CHECK_FALSE(frontier_pictures::picture_of(single).says("one of its lines"));
}
