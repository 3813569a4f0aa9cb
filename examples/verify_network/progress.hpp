// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <ostream>
#include <string>

// Progress of anything that takes longer than two seconds: a bar on a terminal, plain lines otherwise.

namespace verify_network {

class ProgressBar {
 public:
  /// Draws on `stream`; `terminal` says whether a line can be overwritten.
  ProgressBar(std::ostream& stream, bool terminal) : stream_{stream}, terminal_{terminal} {}
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  ~ProgressBar() { clear(); }

  void update(const std::string& what, double done, double total) {
    const auto now = Clock::now();
    if (what != what_) {
      clear();
      what_ = what;
      started_ = now;
      shown_ = now;
    }
    const std::chrono::duration<double> elapsed = now - started_;
    const std::chrono::duration<double> since = now - shown_;
    if (elapsed.count() < 2 || since.count() < (terminal_ ? 0.1 : 5.0)) return;
    shown_ = now;
    const double fraction = total > 0 ? done / total : 0;
    const auto percent = std::to_string(static_cast<int>(100 * fraction)) + " %";
    const auto left = static_cast<long>(elapsed.count() * (1 - fraction) / (fraction > 0 ? fraction : 1));
    const std::string rest = percent + ", about " + std::to_string(left) + " s left";
    if (terminal_) {
      const auto filled = static_cast<std::size_t>(30 * fraction);
      stream_ << '\r' << what << "  [" << std::string(filled, '#') << std::string(30 - filled, '.') << "] " << rest
              << "    " << std::flush;
      drawn_ = true;
    } else {
      stream_ << what << ": " << rest << std::endl;
    }
  }

  /// Takes the bar off the terminal.
  void clear() {
    if (drawn_) stream_ << '\r' << std::string(100, ' ') << '\r' << std::flush;
    drawn_ = false;
  }

 private:
  using Clock = std::chrono::steady_clock;
  std::ostream& stream_;
  bool terminal_;
  bool drawn_ = false;
  std::string what_;
  Clock::time_point started_;
  Clock::time_point shown_;
};

}  // namespace verify_network
