# The servers that ./dev bench measures side by side, and what it counts allocations with: all of them are the target
# `perf_servers`. Built with everything else only where tests run them.
set(servers_exclude EXCLUDE_FROM_ALL)
if(PINWHEEL_BUILD_TESTS AND NOT CMAKE_CXX_FLAGS_DEBUG MATCHES "-fsanitize")
  set(servers_exclude "")
endif()
add_custom_target(perf_servers)

find_package(Threads REQUIRED)
if(PKG_CONFIG_FOUND)
  pkg_check_modules(libevent_extra QUIET IMPORTED_TARGET libevent_extra)
  pkg_check_modules(liburing QUIET IMPORTED_TARGET liburing>=2.3)
endif()

# pinwheel_perf_server(<name> SOURCES <file>... [LINKS <target>...])
function(pinwheel_perf_server name)
  cmake_parse_arguments(PARSE_ARGV 1 server "" "" "SOURCES;LINKS")
  add_executable(${name} ${servers_exclude} ${server_SOURCES})
  target_include_directories(${name} PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}")
  target_link_libraries(${name} PRIVATE ${server_LINKS} Threads::Threads)
  pinwheel_compile_options(${name})
  add_dependencies(perf_servers ${name})
endfunction()

set(program peers/server_program.cc)
pinwheel_perf_server(bench_server SOURCES pinwheel/bench_server.cc LINKS pinwheel::framework)
pinwheel_perf_server(beast_server SOURCES peers/beast_server.cc ${program})
if(libevent_extra_FOUND)
  pinwheel_perf_server(evhttp_server SOURCES peers/evhttp_server.cc ${program}
    LINKS PkgConfig::libevent_core PkgConfig::libevent_extra)
endif()
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")  # The floors scan with SSE2.
  pinwheel_perf_server(epoll_floor SOURCES floor/epoll_floor.cc ${program})
  if(liburing_FOUND)
    pinwheel_perf_server(io_uring_floor SOURCES floor/io_uring_floor.cc ${program} LINKS PkgConfig::liburing)
  endif()
endif()

add_library(allocation_counter MODULE ${servers_exclude} bench/allocation_counter.cc)
set_target_properties(allocation_counter PROPERTIES PREFIX "")
pinwheel_compile_options(allocation_counter)
add_dependencies(perf_servers allocation_counter)
