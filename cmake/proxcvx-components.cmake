# SPDX-License-Identifier: MIT
#
# The optional parts: proxcvx::NAME is proxcvx::proxcvx plus what the part needs. A line per part, read by the build
# tree and by the installed package, so that both know the same parts and each looks for a dependency only when asked.
#
#   name    the component and the target's name
#   package what find_package looks for
#   target  what it must define
#   header  a regular expression for the #include that shows the need of it

macro(proxcvx_components_table)
  #                 name    package        target                          header
  proxcvx_component(json    nlohmann_json  nlohmann_json::nlohmann_json    "nlohmann/json")
  proxcvx_component(zlib    ZLIB           ZLIB::ZLIB                      "zlib\\.h")
  proxcvx_component(mpfr    MPFR           MPFR::MPFR                      "mpfr\\.h")
  proxcvx_component(mpi     MPI            MPI::MPI_CXX                    "mpi\\.h")
  proxcvx_component(openmp  OpenMP         OpenMP::OpenMP_CXX              "")  # omp.h is included under _OPENMP only
endmacro()

# Fills proxcvx_components and, for each, proxcvx_NAME_{package,target,header}.
macro(proxcvx_component name package target header)
  list(APPEND proxcvx_components ${name})
  set(proxcvx_${name}_package ${package})
  set(proxcvx_${name}_target ${target})
  set(proxcvx_${name}_header "${header}")
endmacro()

set(proxcvx_components "")
proxcvx_components_table()

# Defines proxcvx::NAME if its dependency is there; sets proxcvx_NAME_FOUND. A macro, because what find_package sets
# belongs to the caller's scope.
macro(proxcvx_find_component name)
  if(NOT TARGET proxcvx::${name})
    find_package(${proxcvx_${name}_package} QUIET)
    if(TARGET ${proxcvx_${name}_target})
      add_library(proxcvx::${name} INTERFACE IMPORTED GLOBAL)
      target_link_libraries(proxcvx::${name} INTERFACE proxcvx::proxcvx ${proxcvx_${name}_target})
    endif()
  endif()
  if(TARGET proxcvx::${name})
    set(proxcvx_${name}_FOUND TRUE)
  else()
    set(proxcvx_${name}_FOUND FALSE)
  endif()
endmacro()
