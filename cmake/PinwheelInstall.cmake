# `cmake --install`: libraries, headers, find_package(pinwheel), pinwheel.pc, and the example.
include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/pinwheel")

configure_package_config_file(
  "${PROJECT_SOURCE_DIR}/cmake/pinwheel-config.cmake.in" "${PROJECT_BINARY_DIR}/pinwheel-config.cmake"
  INSTALL_DESTINATION "${package_dir}" NO_SET_AND_CHECK_MACRO)
# No ABI or API promise before 1.0: only the minor version asked for is compatible.
write_basic_package_version_file(
  "${PROJECT_BINARY_DIR}/pinwheel-config-version.cmake" COMPATIBILITY SameMinorVersion)
file(RELATIVE_PATH PINWHEEL_PC_TO_PREFIX
  "${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig" "${CMAKE_INSTALL_PREFIX}")
string(REGEX REPLACE "/$" "" PINWHEEL_PC_TO_PREFIX "${PINWHEEL_PC_TO_PREFIX}")
configure_file("${PROJECT_SOURCE_DIR}/cmake/pinwheel.pc.in" "${PROJECT_BINARY_DIR}/pinwheel.pc" @ONLY)

install(EXPORT pinwheel-targets NAMESPACE pinwheel:: DESTINATION "${package_dir}" COMPONENT pinwheel)
install(FILES "${PROJECT_BINARY_DIR}/pinwheel-config.cmake" "${PROJECT_BINARY_DIR}/pinwheel-config-version.cmake"
  DESTINATION "${package_dir}" COMPONENT pinwheel)
install(FILES "${PROJECT_BINARY_DIR}/pinwheel.pc"
  DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig" COMPONENT pinwheel)
if(PINWHEEL_BUILD_EXAMPLES)
  install(PROGRAMS $<TARGET_FILE:http_example>
    DESTINATION "${CMAKE_INSTALL_BINDIR}" RENAME pinwheel-http-example COMPONENT pinwheel)
endif()
