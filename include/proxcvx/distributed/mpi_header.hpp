// SPDX-License-Identifier: MIT
#pragma once

// mpi.h without the C++ bindings of MPI-2, which left the standard in 2012 and take long to compile; and its constants,
// which are casts in the style of C, under names that strict warnings let pass.

#ifndef OMPI_SKIP_MPICXX
#define OMPI_SKIP_MPICXX 1  // NOLINT(readability-identifier-naming): a name of Open MPI
#endif
#ifndef MPICH_SKIP_MPICXX
#define MPICH_SKIP_MPICXX 1  // NOLINT(readability-identifier-naming): a name of MPICH
#endif

#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wold-style-cast"
#pragma GCC diagnostic ignored "-Wpedantic"
#endif

#include <mpi.h>
#include <type_traits>

#if MPI_VERSION < 3
#error "proxcvx::mpi needs MPI 3.0 or newer"
#endif

namespace proxcvx::mpi::detail {

inline MPI_Comm all_processes() { return MPI_COMM_WORLD; }
inline void* in_place() { return MPI_IN_PLACE; }
inline MPI_Status* no_status() { return MPI_STATUS_IGNORE; }
inline MPI_Request no_request() { return MPI_REQUEST_NULL; }
inline MPI_Op adding() { return MPI_SUM; }
inline MPI_Op one_is_true() { return MPI_LOR; }

/// MPI's name of a type.
template <class T> [[nodiscard]] MPI_Datatype type_of() {
  if constexpr (std::is_same_v<T, unsigned char>) return MPI_BYTE;
  if constexpr (std::is_same_v<T, char>) return MPI_CHAR;
  if constexpr (std::is_same_v<T, int>) return MPI_INT;
  if constexpr (std::is_same_v<T, long long>) return MPI_LONG_LONG;
  if constexpr (std::is_same_v<T, float>) return MPI_FLOAT;
  if constexpr (std::is_same_v<T, double>) return MPI_DOUBLE;
  if constexpr (std::is_same_v<T, long double>) return MPI_LONG_DOUBLE;
}

}  // namespace proxcvx::mpi::detail

#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif
