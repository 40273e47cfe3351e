# Every header has a test of its own name, or is named in the test that covers it:
# cmake -DINCLUDE=<include folder> -DTESTS=<this folder> -P mirror.cmake
cmake_minimum_required(VERSION 3.22)

file(GLOB_RECURSE tests ${TESTS}/*.cpp)
set(named "")
foreach(test IN LISTS tests)
    file(STRINGS ${test} lines REGEX "^// .*\\.hpp|^#include <mohs/")
    string(APPEND named "${lines}\n")
endforeach()

file(GLOB_RECURSE headers RELATIVE ${INCLUDE}/mohs ${INCLUDE}/mohs/*.hpp)
foreach(header IN LISTS headers)
    string(REGEX REPLACE "\\.hpp$" ".cpp" own ${header})
    string(FIND "${named}" "${header}" at)
    if(NOT EXISTS ${TESTS}/${own} AND at EQUAL -1)
        message(SEND_ERROR "${header} has no test ${own}, and no test says that it covers it")
    endif()
endforeach()
