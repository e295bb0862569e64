# How every file of the project is compiled. Nothing here reaches a user's build, except C++20.

# A second build of the same files is nearly free where ccache is installed. It asks for this much trust before it
# caches files that use a precompiled header.
find_program(PINWHEEL_CCACHE ccache)
if(PINWHEEL_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER env CCACHE_SLOPPINESS=pch_defines,time_macros "${PINWHEEL_CCACHE}")
endif()

set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

# Warnings are errors where a preset says so (CMAKE_COMPILE_WARNING_AS_ERROR), not for people who build a release of ours.
function(pinwheel_compile_options target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
endfunction()
