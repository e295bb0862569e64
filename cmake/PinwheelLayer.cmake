# One compiled library for each layer, and one include spelling for everyone.

set(PINWHEEL_INCLUDE_DIR "${PROJECT_BINARY_DIR}/include")

# Lays <build>/include/pinwheel/<folder> -> <source>/<folder>; `install` copies the same tree.
function(pinwheel_link_layers)
  file(MAKE_DIRECTORY "${PINWHEEL_INCLUDE_DIR}/pinwheel")
  foreach(folder IN LISTS ARGN)
    file(CREATE_LINK "${PROJECT_SOURCE_DIR}/${folder}" "${PINWHEEL_INCLUDE_DIR}/pinwheel/${folder}" SYMBOLIC)
  endforeach()
endfunction()

# pinwheel_layer(<name> [EXCLUDE <subfolder>...] [DEPENDS <target>...] [PRIVATE_DEPENDS <target>...]
#                [PRECOMPILE <header>...])
#
# Makes pinwheel::<name> of every .cc below the current folder. Every .h is public, installed and compiled alone by
# `all_verify_interface_header_sets`, except those in a folder named detail/, which public headers do not include.
# New files are found without an edit here.
function(pinwheel_layer name)
  cmake_parse_arguments(PARSE_ARGV 1 layer "" "" "EXCLUDE;DEPENDS;PRIVATE_DEPENDS;PRECOMPILE")

  # Globbed through the link, so that a header's path below the base directory is the path people include.
  file(RELATIVE_PATH folder "${PROJECT_SOURCE_DIR}" "${CMAKE_CURRENT_SOURCE_DIR}")
  set(linked "${PINWHEEL_INCLUDE_DIR}/pinwheel/${folder}")
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS "${linked}/*.h")
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cc")
  list(FILTER headers EXCLUDE REGEX "/detail/")
  foreach(excluded IN LISTS layer_EXCLUDE)
    list(FILTER headers EXCLUDE REGEX "^${linked}/${excluded}/")
    list(FILTER sources EXCLUDE REGEX "^${CMAKE_CURRENT_SOURCE_DIR}/${excluded}/")
  endforeach()

  set(library pinwheel_${name})
  add_library(${library} STATIC ${sources})
  add_library(pinwheel::${name} ALIAS ${library})
  set_target_properties(${library} PROPERTIES EXPORT_NAME ${name} VERIFY_INTERFACE_HEADER_SETS ON)
  target_sources(${library} PUBLIC FILE_SET HEADERS BASE_DIRS "${PINWHEEL_INCLUDE_DIR}" FILES ${headers})
  target_link_libraries(${library} PUBLIC ${layer_DEPENDS} PRIVATE ${layer_PRIVATE_DEPENDS})
  pinwheel_compile_options(${library})
  if(PINWHEEL_PRECOMPILE_HEADERS AND layer_PRECOMPILE)
    target_precompile_headers(${library} PRIVATE ${layer_PRECOMPILE})
  endif()

  install(TARGETS ${library} EXPORT pinwheel-targets
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT pinwheel
    FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT pinwheel)
endfunction()
