// SPDX-License-Identifier: MIT
#include <cmath>
#include <filesystem>
#include <limits>
#include <proxcvx/plot/cloud_picture.hpp>
#include <string>

#include "plot/markup.hpp"
#include "plot/surroundings.hpp"
#include "support/catch2.hpp"

namespace pc = proxcvx;

TEST_CASE("a picture of clouds has a panel and its points for each, over level lines") {
  pc::Matrix<double> inside(2, 3);
  inside << 0, 0.5, -0.5, 0, 0.25, 0.5;
  pc::Matrix<double> half = inside;
  half(0, 1) = 7;
  half(1, 2) = std::numeric_limits<double>::quiet_NaN();
  pc::CloudPicture picture{.title = "Two clouds",
                           .panels = {{"all of them", inside}, {"one of them", half}},
                           .log_density = [](double x, double y) { return -4 * (x * x + y * y); }};
  const surroundings::Folder folder;
  std::string complaint;
  const auto parsed = [&] { return markup::parse(markup::read(folder / "clouds.svg")); };
  REQUIRE(pc::draw_clouds(folder / "clouds.svg", picture, &complaint) == pc::PictureStatus::drawn);
  CHECK(complaint.empty());
  CHECK(std::filesystem::file_size(folder / "clouds.svg") < 100'000);
  for (const std::string words : {"Two clouds", "all of them", "one of them (2 outside)"}) CHECK(parsed().says(words));
  const std::size_t points = parsed().count("use") + parsed().count("circle");
  picture.panels[1].particles = inside;
  REQUIRE(pc::draw_clouds(folder / "clouds.svg", picture) == pc::PictureStatus::drawn);
  CHECK(parsed().count("use") + parsed().count("circle") == points + 2);

  picture.panels[1].particles = pc::Matrix<double>::Zero(3, 2);
  CHECK_THROWS_AS(pc::draw_clouds(folder / "clouds.svg", picture), std::invalid_argument);
  picture.panels.clear();
  CHECK_THROWS_AS(pc::draw_clouds(folder / "clouds.svg", picture), std::invalid_argument);
}
