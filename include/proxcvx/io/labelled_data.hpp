// SPDX-License-Identifier: MIT
#pragma once

#include <proxcvx/data/dataset.hpp>
#include <string>
#include <vector>

// What a file of data holds: samples with targets, and the words that the file has for them.

namespace proxcvx {

/// What a label becomes.
enum class Targets {
  signs,    ///< 1 x n: +1 for the positive class, -1 for the rest
  numbers,  ///< 1 x n: the label itself, for regression
  one_hot   ///< K x n: a column e_k for class k, in the order of LabelledData::classes
};

/// A data set with its names.
struct LabelledData {
  Dataset<double> data;
  std::vector<std::string> features;  ///< a name per row of data.inputs(); empty where the file has none
  std::string label;                  ///< the label column's name; without a header its 0-based index
  std::vector<std::string> classes;   ///< in file order, the positive one first for signs; empty for numbers
};

}  // namespace proxcvx
