# SPDX-License-Identifier: MIT
#
# What ./dev test checks beyond the tests of the code, each an entry with a label: lint, strict, consumers, readme,
# sanitized, interval. The work is done by the scripts in tools/, which run as well by hand. They keep what passed in
# CHECKED and look again only at what changed.

find_package(Python3 3.9 REQUIRED COMPONENTS Interpreter)
cmake_host_system_information(RESULT processors QUERY NUMBER_OF_LOGICAL_CORES)
set(tools "${proxcvx_SOURCE_DIR}/tools")
set(checked --checked "${proxcvx_BINARY_DIR}/checked")

# proxcvx_check(NAME LABEL [SERIAL] COMMAND...): an entry; SERIAL ones use all processors themselves.
function(proxcvx_check name label)
  cmake_parse_arguments(PARSE_ARGV 2 check "SERIAL" "" "COMMAND")
  add_test(NAME ${name} COMMAND ${check_COMMAND})
  set_tests_properties(${name} PROPERTIES LABELS ${label})
  if(check_SERIAL)
    set_tests_properties(${name} PROPERTIES PROCESSORS ${processors})
  endif()
endfunction()

proxcvx_check(lint.format lint COMMAND Python3::Interpreter "${tools}/lint.py" format)
proxcvx_check(lint.names lint COMMAND Python3::Interpreter "${tools}/lint.py" tidy ${checked})
set_tests_properties(lint.names PROPERTIES COST 1000) # the longest on one processor: first
proxcvx_check(lint.house lint COMMAND Python3::Interpreter "${tools}/house_rules.py")

# ./dev strict compiles each header alone by g++ too.
proxcvx_check(strict.g++ strict COMMAND Python3::Interpreter "${tools}/strict.py" --compiler g++ --together ${checked})
proxcvx_check(strict.clang++ strict SERIAL
              COMMAND Python3::Interpreter "${tools}/strict.py" --compiler clang++ ${checked})

proxcvx_check(readme.blocks readme
              COMMAND Python3::Interpreter "${tools}/blocks.py" --compiler "${CMAKE_CXX_COMPILER}" ${checked})
set_tests_properties(readme.blocks PROPERTIES COST 1000)

foreach(kind add_subdirectory fetch_content find_package pkg_config include_flag)
  set(compiler "${CMAKE_CXX_COMPILER}")
  if(kind STREQUAL "include_flag")
    set(compiler g++)
  endif()
  proxcvx_check(consumer.${kind} consumers
                COMMAND sh "${CMAKE_CURRENT_SOURCE_DIR}/consumers/run" ${kind} "${proxcvx_BINARY_DIR}"
                        "${CMAKE_COMMAND}" "${compiler}")
endforeach()

proxcvx_check(interval.fast_math interval
              COMMAND Python3::Interpreter "${tools}/interval_refusals.py" g++ clang++)
proxcvx_check(interval.matrix interval SERIAL
              COMMAND Python3::Interpreter "${tools}/interval_matrix.py" ${checked})

# One bad input after the other leaves half a processor idle: the tests of one processor fill it.
proxcvx_check(sanitized.laws sanitized
              COMMAND sh "${tools}/sanitized" "${proxcvx_BINARY_DIR}/sanitized" "${CMAKE_COMMAND}" ${processors})
set_tests_properties(sanitized.laws PROPERTIES COST 2000)
