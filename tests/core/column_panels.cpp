// SPDX-License-Identifier: MIT
#include <proxcvx/core/column_panels.hpp>
#include <proxcvx/core/random.hpp>
#include <utility>
#include <vector>

#include "support/catch2.hpp"

namespace pc = proxcvx;
using pc::Index;

namespace column_panels_tests {

#if defined(__GNUC__)

/// Steps through panels against those through columns: the same columns and dot products, bit for bit.
template <class S> void panels_are_columns() {
  constexpr Index width = pc::detail::panel_columns<S>, narrow = pc::detail::narrow_count<S>;
  for (const Index rows : {narrow, narrow + 1, 2 * narrow, 3 * narrow - 1, Index{20}, Index{70}}) {
    for (const Index count : {width, 3 * width}) {
      pc::RandomStream normal{pc::Seed{5}, static_cast<std::uint64_t>(100 * rows + count)};
      pc::Matrix<S> columns(rows, count);
      pc::Vector<S> left(rows), right(count), x(rows);
      normal.fill_normal(columns);
      for (auto* vector : {&left, &right, &x}) normal.fill_normal(*vector);
      pc::Matrix<S> moved = columns;
      pc::Vector<S> panels(rows * count), dots(count), dots_of_panels(count);
      pc::detail::transpose_to_panels<S>(moved, panels.data());
      for (const bool backwards : {false, true, true}) {
        const pc::detail::ColumnStep<S> step{left.data(), right.data(), S(0.3)};
        std::vector<Index> seen;
        pc::detail::dot_with_short_columns<true, S>(columns.data(), rows, count, step, x.data(), dots.data(),
                                                    backwards);
        pc::detail::step_and_dot_panels<S>(panels.data(), rows, count, step, x.data(), dots_of_panels.data(), backwards,
                                           [&](Index j) { seen.push_back(j); });
        pc::detail::from_panels<S>(panels.data(), rows, count, moved.data());
        CHECK(moved == columns);
        CHECK(dots_of_panels == dots);
        CHECK(seen.size() == static_cast<std::size_t>(count / width));
        CHECK(seen.front() == (backwards ? count - width : 0));
        std::swap(left, x);
      }
    }
  }
}

#endif

}  // namespace column_panels_tests

#if defined(__GNUC__)

TEST_CASE("columns in panels take the steps of columns where they lie, float") {
  column_panels_tests::panels_are_columns<float>();
}
TEST_CASE("columns in panels take the steps of columns where they lie, double") {
  column_panels_tests::panels_are_columns<double>();
}

#endif
