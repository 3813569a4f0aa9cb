// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>
#include <proxcvx/core/types.hpp>
#include <type_traits>
#include <utility>
#include <vector>

// Working memory for hot loops: a frame hands out matrices from the thread's own arena and gives them back when it
// goes out of scope, like a stack. The arena only grows, so that a loop allocates in its first pass and never again.
// It replaces workspace arguments: const calls stay thread-safe and signatures stay those of the mathematics.

namespace proxcvx {

namespace detail {

/// A stack of bytes in chunks. Chunks never move while they are in use, and as long as the work fits them they stay as
/// they are: the system has to find the pages of a new one, which costs as much as filling them. When the stack is
/// empty again and more was left out at the ends of chunks than taken, they become one that is large enough for all.
class ScratchArena {
 public:
  struct Mark {
    std::size_t chunk = 0;
    std::size_t offset = 0;
    std::size_t taken = 0;    ///< bytes that are in use
    std::size_t skipped = 0;  ///< bytes below them that are not, since a chunk had too few left
  };

  static ScratchArena& local() {
    thread_local ScratchArena arena;
    return arena;
  }

  [[nodiscard]] Mark mark() const { return top_; }

  void* take(std::size_t bytes) {
    bytes = (bytes + alignment - 1) / alignment * alignment;
    while (top_.chunk < chunks_.size() && chunks_[top_.chunk].size - top_.offset < bytes) {
      top_.skipped += chunks_[top_.chunk].size - top_.offset;
      top_ = {top_.chunk + 1, 0, top_.taken, top_.skipped};
    }
    if (top_.chunk == chunks_.size()) chunks_.push_back(Chunk{std::max(bytes, smallest_chunk)});
    void* const place = chunks_[top_.chunk].bytes.get() + top_.offset;
    top_.offset += bytes;
    top_.taken += bytes;
    most_taken_ = std::max(most_taken_, top_.taken);
    most_skipped_ = std::max(most_skipped_, top_.skipped);
    return place;
  }

  void release(Mark mark) {
    top_ = mark;
    if (mark.taken != 0 || most_taken_ == 0) return;
    if (most_skipped_ > most_taken_) {
      std::size_t total = 0;
      for (const Chunk& chunk : chunks_) total += chunk.size;
      chunks_.clear();
      chunks_.push_back(Chunk{total});
    }
    most_taken_ = most_skipped_ = 0;
  }

 private:
  static constexpr std::size_t alignment = 64;
  static constexpr std::size_t smallest_chunk = std::size_t{1} << 16U;

  struct AlignedDelete {
    void operator()(std::byte* bytes) const { ::operator delete (bytes, std::align_val_t{alignment}); }
  };
  struct Chunk {
    explicit Chunk(std::size_t bytes_wanted)
        : size{bytes_wanted},
          bytes{static_cast<std::byte*>(::operator new (bytes_wanted, std::align_val_t{alignment}))} {}
    std::size_t size;
    std::unique_ptr<std::byte, AlignedDelete> bytes;
  };

  std::vector<Chunk> chunks_;
  Mark top_;
  std::size_t most_taken_ = 0, most_skipped_ = 0;  ///< since the stack was empty
};

}  // namespace detail

/// Hands out uninitialised matrices and vectors that live as long as the frame. Frames nest like scopes; a frame
/// belongs to the thread that made it.
template <class Scalar> class ScratchFrame {
 public:
  using MatrixMap = Eigen::Map<Matrix<Scalar>, Eigen::AlignedMax>;
  using VectorMap = Eigen::Map<Vector<Scalar>, Eigen::AlignedMax>;

  ScratchFrame() : mark_{detail::ScratchArena::local().mark()} {}
  ~ScratchFrame() { detail::ScratchArena::local().release(mark_); }
  ScratchFrame(const ScratchFrame&) = delete;
  ScratchFrame& operator=(const ScratchFrame&) = delete;

  /// A rows x cols matrix with undefined entries, aligned to 64 bytes.
  [[nodiscard]] MatrixMap matrix(Index rows, Index cols) { return MatrixMap(take(rows * cols), rows, cols); }

  /// A vector of `size` undefined entries, aligned to 64 bytes.
  [[nodiscard]] VectorMap vector(Index size) { return VectorMap(take(size), size); }

 private:
  Scalar* take(Index count) {
    const auto size = static_cast<std::size_t>(count);
    if constexpr (std::is_trivially_destructible_v<Scalar>) {
      void* const bytes = detail::ScratchArena::local().take(size * sizeof(Scalar));
      auto* const place = static_cast<Scalar*>(bytes);
      if constexpr (!std::is_trivially_default_constructible_v<Scalar>) {
        std::uninitialized_value_construct_n(place, size);
      }
      return place;
    } else {  // scalars that own memory, such as MPFR numbers
      owned_.push_back(std::make_unique<Vector<Scalar>>(count));
      return owned_.back()->data();
    }
  }

  struct Nothing {};
  using Owned = std::conditional_t<std::is_trivially_destructible_v<Scalar>, Nothing,
                                   std::vector<std::unique_ptr<Vector<Scalar>>>>;

  detail::ScratchArena::Mark mark_;
  [[no_unique_address]] Owned owned_;
};

}  // namespace proxcvx
