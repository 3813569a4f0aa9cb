# SPDX-License-Identifier: MIT
#[=[.rst:
FindRandom123
-------------

Random123 (Salmon et al. 2011) is a folder of headers that brings no CMake package of its own.

Defines the imported target ``Random123::Random123`` and ``Random123_FOUND``. A copy in an unusual place is named by
``-DRandom123_INCLUDE_DIR=...`` (the folder that holds ``Random123/philox.h``) or by ``CMAKE_PREFIX_PATH``.
#]=]

find_path(Random123_INCLUDE_DIR NAMES Random123/philox.h DOC "the folder that holds Random123/philox.h")
mark_as_advanced(Random123_INCLUDE_DIR)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  Random123
  REQUIRED_VARS Random123_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "set Random123_INCLUDE_DIR (the Debian package is librandom123-dev)")

if(Random123_FOUND AND NOT TARGET Random123::Random123)
  add_library(Random123::Random123 INTERFACE IMPORTED)
  set_target_properties(Random123::Random123 PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${Random123_INCLUDE_DIR}")
endif()
