# SPDX-License-Identifier: MIT
#[=[.rst:
FindMPFR
--------

MPFR (Fousse et al. 2007), correctly rounded numbers of any precision, brings no CMake package of its own.

Defines the imported target ``MPFR::MPFR``, which carries GMP, and ``MPFR_FOUND``. A copy in an unusual place is named by
``CMAKE_PREFIX_PATH``.
#]=]

find_path(MPFR_INCLUDE_DIR NAMES mpfr.h DOC "the folder that holds mpfr.h")
find_path(MPFR_GMP_INCLUDE_DIR NAMES gmp.h DOC "the folder that holds gmp.h")
find_library(MPFR_LIBRARY NAMES mpfr DOC "the MPFR library")
find_library(MPFR_GMP_LIBRARY NAMES gmp DOC "the GMP library")
mark_as_advanced(MPFR_INCLUDE_DIR MPFR_GMP_INCLUDE_DIR MPFR_LIBRARY MPFR_GMP_LIBRARY)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  MPFR
  REQUIRED_VARS MPFR_LIBRARY MPFR_INCLUDE_DIR MPFR_GMP_LIBRARY MPFR_GMP_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "the Debian package is libmpfr-dev")

if(MPFR_FOUND AND NOT TARGET MPFR::MPFR)
  add_library(MPFR::MPFR INTERFACE IMPORTED)
  set_target_properties(
    MPFR::MPFR PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${MPFR_INCLUDE_DIR};${MPFR_GMP_INCLUDE_DIR}"
                          INTERFACE_LINK_LIBRARIES "${MPFR_LIBRARY};${MPFR_GMP_LIBRARY}")
endif()
